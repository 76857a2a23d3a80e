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
        Err(_) => {
            let documents = std::env::var("SCRIPT_DOCUMENTS").unwrap_or_else(|_| "api".to_owned());
            Builder::new("petshop").openapi(documents).compile()
        }
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

/// A build script of a crate that needs nothing to be built: it lets this program be the build script, tells cargo what that
/// tells, and notes that it was run.
const SCRIPT: &str = r#"
use std::io::Write;

fn main() {
    let script = std::env::var("SCRIPT").unwrap();
    let output = std::process::Command::new(script).args(["--exact", "script", "--ignored", "--nocapture"]).output().unwrap();
    assert!(output.status.success());
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        if let Some(at) = line.find("cargo::") {
            println!("{}", &line[at..]);
        }
    }
    let runs = std::env::var("RUNS").unwrap();
    std::fs::OpenOptions::new().create(true).append(true).open(runs).unwrap().write_all(b"run\n").unwrap();
}
"#;

/// A crate whose build script reads `documents`, built by cargo.
struct Crate {
    folder: tempfile::TempDir,
    documents: &'static str,
}

impl Crate {
    fn new(documents: &'static str) -> Self {
        let new = Self { folder: tempfile::tempdir().unwrap(), documents };
        new.write("crate/Cargo.toml", "[package]\nname = \"pets\"\nedition = \"2024\"\n[workspace]\n");
        new.write("crate/build.rs", SCRIPT);
        new.write("crate/src/lib.rs", "");
        new.write("crate/api/pets.yaml", DOCUMENT);
        assert!(new.is_run(), "the first time");
        assert!(!new.is_run(), "nothing changed");
        new
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Builds the crate; whether cargo ran the script.
    fn is_run(&self) -> bool {
        let runs = self.folder.path().join("runs");
        let count = || fs::read_to_string(&runs).unwrap_or_default().lines().count();
        let before = count();
        // Cargo compares times, and some file systems count them coarsely.
        std::thread::sleep(std::time::Duration::from_millis(20));
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["check", "--quiet", "--offline"]).current_dir(self.folder.path().join("crate"));
        cargo.env("SCRIPT", std::env::current_exe().unwrap()).env("RUNS", &runs);
        cargo.env("SCRIPT_DOCUMENTS", self.documents).env_remove("CARGO_TARGET_DIR").env_remove("RUSTC_WRAPPER");
        let output = cargo.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        count() > before
    }
}

#[test]
fn cargo_runs_the_script_again_when_an_input_is_edited_added_or_removed() {
    let pets = Crate::new("api");
    for (path, text) in [("README.md", "x"), ("src/lib.rs", "// x"), ("apis/other.yaml", "x"), ("api.txt", "x")] {
        pets.write(&format!("crate/{path}"), text);
        assert!(!pets.is_run(), "{path} is no input");
    }
    pets.write("crate/api/pets.yaml", &DOCUMENT.replace("One.", "A pet."));
    assert!(pets.is_run() && !pets.is_run(), "an edit, once");
    pets.write("crate/api/services/toys.yaml", &DOCUMENT.replace("pets", "toys"));
    assert!(pets.is_run() && !pets.is_run(), "a new document, once");
    fs::remove_file(pets.folder.path().join("crate/api/services/toys.yaml")).unwrap();
    assert!(pets.is_run() && !pets.is_run(), "one less, once");
    // Cargo looks at all files of a folder that it is told of, and has no words for some of them.
    pets.write("crate/api/notes.txt", "x");
    assert!(pets.is_run() && !pets.is_run(), "a file among the documents, once");
}

#[test]
fn a_document_that_is_named_is_all_that_cargo_looks_at() {
    let pets = Crate::new("api/pets.yaml");
    pets.write("crate/api/notes.txt", "x");
    pets.write("crate/api/toys.yaml", &DOCUMENT.replace("pets", "toys"));
    assert!(!pets.is_run(), "what lies beside it is no input");
    pets.write("crate/api/pets.yaml", &DOCUMENT.replace("One.", "A pet."));
    assert!(pets.is_run() && !pets.is_run(), "an edit, once");
}
