//! The builder as cargo sees it: this program runs itself as a build script, and reads what that tells cargo.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a helper of a test fails the test"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use bindery_codegen::{BuildError, Builder};

const DOCUMENT: &str = "openapi: 3.0.3
info: { title: Pets, version: '1' }
servers: [{ url: https://pets.example }]
paths:
  /pets/{petId}:
    get:
      operationId: getPet
      parameters: [{ name: petId, in: path, required: true, schema: { type: string } }]
      responses: { '200': { description: One., content: { application/json: { schema: { type: object, properties: { name: { type: string } } } } } } }
";

/// Not a test: what is run as a build script, with its folder as the current one.
#[test]
#[ignore = "run by the others"]
fn script() -> Result<(), BuildError> {
    match std::env::var("SCRIPT_CONFIG") {
        Ok(config) => Builder::from_config(config)?.compile_catalog(),
        Err(_) => Builder::new("petshop").openapi("api").compile(),
    }
}

fn run(folder: &Path, config: Option<&str>) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "script", "--ignored", "--nocapture"]).current_dir(folder);
    command.env("OUT_DIR", folder.join("out")).envs(config.map(|config| ("SCRIPT_CONFIG", config)));
    command.output().unwrap()
}

/// The instructions to cargo.
fn instructions(output: &Output) -> Vec<String> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    // The first one may follow the name of the test on its line.
    text.lines().filter_map(|line| line.find("cargo::").map(|at| line[at..].to_owned())).collect()
}

#[test]
fn good_documents_are_compiled_and_watched() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("api")).unwrap();
    fs::write(folder.path().join("api/pets.yaml"), DOCUMENT).unwrap();
    let output = run(folder.path(), None);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    // Cargo looks at every file of a folder, so that one that is new is seen as well; it looks at nothing else.
    assert_eq!(instructions(&output), ["cargo::rerun-if-changed=api"]);
    let code = fs::read_to_string(folder.path().join("out/petshop.rs")).unwrap();
    assert!(code.contains("pub mod pets") && code.lines().all(|line| line.len() < 20_000), "it can be read");
}

#[test]
fn a_configuration_is_watched_with_all_that_it_names() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("conf/api")).unwrap();
    fs::write(folder.path().join("conf/api/pets.yaml"), DOCUMENT).unwrap();
    fs::write(folder.path().join("conf/bindery.toml"), "[providers.pets]\nopenapi = \"api\"\nout = \"x\"\n").unwrap();
    let output = run(folder.path(), Some("conf/bindery.toml"));
    let expected = ["cargo::rerun-if-changed=conf/bindery.toml", "cargo::rerun-if-changed=conf/api"];
    assert_eq!(instructions(&output), expected);
    assert!(folder.path().join("out/catalog.json").is_file() && !folder.path().join("conf/x").exists());
}

#[test]
fn what_is_wrong_is_told_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let api = folder.path().join("api");
    fs::create_dir(&api).unwrap();
    fs::write(api.join("pets.yaml"), DOCUMENT.replace("/pets/{petId}", "/pets/{id}")).unwrap();
    let output = run(folder.path(), None);
    let told = instructions(&output);
    assert!(output.status.success(), "warnings fail nothing");
    assert!(
        told.iter().any(|line| line.starts_with("cargo::warning=api/pets.yaml:6:5: no parameter declares")),
        "{told:#?}"
    );
    assert!(!told.iter().any(|line| line.starts_with("cargo::error")), "{told:#?}");

    fs::write(api.join("toys.yaml"), "openapi: 3.0.3\npaths: [unclosed\ninfo: {}\n").unwrap();
    let output = run(folder.path(), None);
    let told = instructions(&output);
    let errors: Vec<&String> = told.iter().filter(|line| line.starts_with("cargo::error=api/toys.yaml:")).collect();
    assert!(
        !output.status.success() && errors.len() == 1 && errors.iter().all(|e| e.contains("[openapi/yaml]")),
        "{told:#?}"
    );
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(said.contains("Error: 1 errors in the documents of `petshop`; the first:\nerror[openapi/yaml]"), "{said}");
}
