//! Pages that `bindery generate --emit docs` writes: what is in the folder, and that they say what they were made of.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

fn bindery(arguments: &[&str]) -> Output {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("bindery"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[track_caller]
fn assert_exit(output: &Output, code: i32) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{}\n{said}", stdout(output));
}

/// The pages of the API kept in `spec/azure/openapi`, written into a new folder.
fn written() -> (TempDir, Output) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("docs").to_string_lossy().into_owned();
    let output = generate("generate", &out);
    assert_exit(&output, 0);
    (folder, output)
}

fn generate(command: &str, out: &str) -> Output {
    bindery(&[command, "--provider", "azure", "--openapi", "spec/azure/openapi", "--emit", "docs", "--out", out])
}

/// What `bindery inspect docs` reads from the pages below a folder.
fn inspected(folder: &Path) -> Vec<Value> {
    let output = bindery(&["inspect", "docs", &folder.to_string_lossy()]);
    assert_exit(&output, 0);
    stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn an_api_without_pages_gets_a_page_for_every_resource() {
    let (folder, output) = written();
    let docs = folder.path().join("docs");
    assert!(stdout(&output).contains("docs/api_management/backend/index.md"), "{}", stdout(&output));
    for page in ["index.md", "api_management/index.md", "api_management/backend/index.md", "resources/index.md"] {
        assert!(docs.join(page).is_file(), "{page}");
    }

    let pages = inspected(&docs);
    let backend = pages.iter().find(|page| page["resource"] == "backend").unwrap();
    assert_eq!((&backend["dialect"], &backend["kind"]), (&Value::from("utils-html"), &Value::from("resource")));
    let openapi = bindery(&["inspect", "openapi", "spec/azure/openapi"]);
    let documents = stdout(&openapi);
    let resources = documents.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let described = resources.into_iter().find(|resource| resource["id"] == "azure.api_management.backend").unwrap();
    let names = |methods: &Value| -> Vec<Value> {
        methods.as_array().unwrap().iter().map(|method| method["name"].clone()).collect()
    };
    assert_eq!(names(&backend["methods"]), names(&described["methods"]));
    let tabs: Vec<&String> = backend["fields"].as_object().unwrap().keys().collect();
    assert_eq!(tabs, ["get", "list_by_service"]);
    let first = &backend["fields"]["get"][0];
    assert_eq!((&first[0], &first[1]), (&Value::from("id"), &Value::from("string (arm-id)")));
    assert_eq!(backend["manifests"].as_array().unwrap().len(), 1);
    let described: Vec<&Value> = backend["parameters"].as_array().unwrap().iter().map(|row| &row[0]).collect();
    assert!(described.contains(&&Value::from("$filter")) && described.contains(&&Value::from("properties")));

    let index = pages.iter().find(|page| page["kind"] == "service_index" && page["title"] == "api_management").unwrap();
    let entries = index["index"]["entries"].as_array().unwrap();
    assert_eq!(index["index"]["totals"]["total resources"], Value::from(entries.len()));
    assert!(pages.iter().any(|page| page["kind"] == "provider_index" && page["title"] == "azure"));
}

#[test]
fn crates_from_pages_that_were_written_have_the_same_methods() {
    let (folder, _) = written();
    let (docs, out) = (folder.path().join("docs"), folder.path().join("crate"));
    let (docs, out) = (docs.to_string_lossy(), out.to_string_lossy());
    assert_exit(&bindery(&["generate", "--provider", "azure", "--docs", &docs, "--out", &out]), 0);
    let module = fs::read_to_string(folder.path().join("crate/src/api_management/backend.rs")).unwrap();
    for item in ["pub struct Backend", "pub struct Get", "pub struct ListByService", "pub struct CreateOrUpdate"] {
        assert!(module.contains(item), "{item}");
    }
    assert!(module.contains("No document says how this method travels"));
}

#[test]
fn pages_are_checked_and_repaired_like_crates() {
    let (folder, _) = written();
    let docs = folder.path().join("docs");
    let out = docs.to_string_lossy().into_owned();
    assert_exit(&generate("check", &out), 0);

    let page = docs.join("api_management/backend/index.md");
    let fresh = fs::read_to_string(&page).unwrap();
    fs::write(&page, fresh.replace("Reads one backend", "Reads no backend")).unwrap();
    let gone = docs.join("bakery/loaf/index.md");
    fs::create_dir_all(gone.parent().unwrap()).unwrap();
    fs::write(&gone, &fresh).unwrap();
    fs::write(docs.join("mine.md"), "---\ntitle: mine\n---\n").unwrap();
    let stale = generate("check", &out);
    assert_exit(&stale, 1);
    assert!(stdout(&stale).contains("-    <td>Reads no backend"), "{}", stdout(&stale));

    assert_exit(&generate("generate", &out), 0);
    assert_eq!(fs::read_to_string(&page).unwrap(), fresh);
    assert!(!gone.exists(), "a page of a resource that is gone goes too");
    assert!(docs.join("mine.md").is_file(), "a page of somebody else stays");
}

#[test]
fn pages_are_never_written_over_those_they_were_read_from() {
    let without = bindery(&["generate", "azure", "--emit", "docs"]);
    assert_exit(&without, 2);
    assert!(String::from_utf8_lossy(&without.stderr).contains("--out"));

    let folder = tempfile::tempdir().unwrap();
    let page = "spec/azure/docs/api_management/backend.md";
    let copy = folder.path().join("backend.md");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(page), &copy).unwrap();
    let docs = folder.path().to_string_lossy().into_owned();
    let over = bindery(&["generate", "--provider", "azure", "--docs", &docs, "--emit", "docs", "--out", &docs]);
    assert_exit(&over, 2);
    assert!(String::from_utf8_lossy(&over.stderr).contains("write to another folder"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
