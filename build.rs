//! Compiles `spec/` into the catalog that the binary carries, so that it answers for those providers with no setup.

fn main() -> Result<(), bindery_codegen::BuildError> {
    println!("cargo::rerun-if-changed=build.rs");
    bindery_codegen::Builder::from_config("bindery.toml")?.compile_catalog()
}
