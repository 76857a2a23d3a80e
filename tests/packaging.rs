//! The generated crates of this repository could be published as they are: cargo packs them, with what they depend on in a
//! registry that it makes up, and what comes out has everything that crates.io and docs.rs want.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of a test fails the test")]

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use flate2::read::GzDecoder;

/// How large a crate may be that crates.io takes, in bytes.
const LARGEST: u64 = 10 * 1024 * 1024;

/// What has to be packed for the generated crates to find what they depend on.
const PACKAGES: [&str; 5] = ["bindery-ir", "bindery-mock", "bindery-runtime", "bindery-azure", "bindery-github"];

#[test]
fn generated_crates_are_packed_with_all_that_a_registry_wants() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = tempfile::tempdir().unwrap();
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // What was packed is the folder, which is compiled elsewhere: `cargo package` without `--no-verify` would do it again.
    cargo.args(["package", "--offline", "--no-verify", "--allow-dirty", "--quiet"]).current_dir(root);
    cargo.args(PACKAGES.iter().flat_map(|package| ["--package", package]));
    let output = cargo.arg("--target-dir").arg(target.path()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("warning"), "cargo misses nothing: {said}");

    for name in ["azure", "github"] {
        let package = format!("bindery-{name}-{}", env!("CARGO_PKG_VERSION"));
        let archive = target.path().join("package").join(format!("{package}.crate"));
        assert!(fs::metadata(&archive).unwrap().len() < LARGEST);
        tar::Archive::new(GzDecoder::new(File::open(&archive).unwrap())).unpack(target.path()).unwrap();
        let read = |path: &str| fs::read_to_string(target.path().join(&package).join(path)).unwrap();
        let manifest: toml_edit::DocumentMut = read("Cargo.toml").parse().unwrap();
        let text = |key: &str| manifest["package"][key].as_str().unwrap_or_default().to_owned();
        for key in ["description", "license", "readme", "repository", "documentation", "rust-version"] {
            assert!(!text(key).is_empty(), "{name} has no {key}");
        }
        assert_eq!(manifest["package"]["metadata"]["docs"]["rs"]["all-features"].as_bool(), Some(true));
        let runtime = &manifest["dependencies"]["bindery-runtime"];
        assert!(runtime.get("path").is_none() && runtime["version"].as_str().is_some(), "{runtime}");
        let keywords = manifest["package"]["keywords"].as_array().unwrap();
        assert!(keywords.len() <= 5 && keywords.iter().all(|word| word.as_str().unwrap().len() <= 20));

        // Every feature is a row of the readme, a module of the crate, and the first of them an example.
        let (readme, lib) = (read("README.md"), read("src/lib.rs"));
        let features = manifest["features"].as_table().unwrap();
        let services = features.iter().map(|(feature, _)| feature).filter(|name| !["default", "full"].contains(name));
        for service in services {
            assert!(readme.contains(&format!("| `{service}` |")), "{service}: {readme}");
            assert!(lib.contains(&format!("pub mod {service};")) && !read(&format!("src/{service}/mod.rs")).is_empty());
        }
        assert!(readme.contains(&format!("bindery-{name} = {{ version = ")), "{readme}");
    }
}
