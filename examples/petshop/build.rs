//! Turns the documents in `api/` into a module for the program and a catalog for its fake.

fn main() -> Result<(), bindery_codegen::BuildError> {
    let petshop = bindery_codegen::Builder::new("petshop").openapi("api");
    petshop.compile()?;
    petshop.compile_catalog()
}
