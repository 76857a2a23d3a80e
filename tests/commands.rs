//! The `bindery` command from outside: what it prints, writes and answers.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const CONFIG: &str =
    "[providers.bakery]\ndocs = \"spec/docs\"\nopenapi = \"spec/openapi\"\nout = \"generated/bakery\"\n";

const PROVIDER: &str = "id: bakery
name: bakery
version: v1
title: Bakery
config:
  auth:
    type: bearer
    credentialsenvvar: BAKERY_TOKEN
providerServices:
  bread:
    id: bread:v1
    name: bread
    service:
      $ref: bakery/v1/services/bread.yaml
    title: Bread
    version: v1
";

const BREAD: &str = "openapi: 3.0.3
info: { title: Bread, version: '1' }
servers:
  - url: https://bakery.example
paths:
  /loaves/{loaf}:
    get:
      description: Reads one loaf.
      parameters:
        - { name: loaf, in: path, required: true, schema: { type: string } }
      responses:
        '200':
          description: The loaf.
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/Loaf'
components:
  schemas:
    Loaf:
      type: object
      properties:
        flour: { description: What it is baked from., type: string }
  x-stackQL-resources:
    loaf:
      id: bakery.bread.loaf
      name: loaf
      title: Loaf
      methods:
        get:
          operation: { $ref: '#/paths/~1loaves~1{loaf}/get' }
          response: { mediaType: application/json, openAPIDocKey: '200' }
      sqlVerbs:
        select:
          - $ref: '#/components/x-stackQL-resources/loaf/methods/get'
";

const PAGE: &str = "---
title: loaf
---
## Overview
<table><tbody>
<tr><td><b>Name</b></td><td><code>loaf</code></td></tr>
<tr><td><b>Type</b></td><td>Resource</td></tr>
<tr><td><b>Id</b></td><td><CopyableCode code=\"bakery.bread.loaf\" /></td></tr>
</tbody></table>

## Fields
| Name | Datatype | Description |
|:-----|:---------|:------------|
| <CopyableCode code=\"flour\" /> | `string` | What it is baked from. |
## Methods
| Name | Accessible by | Required Params | Description |
|:-----|:--------------|:----------------|:------------|
| <CopyableCode code=\"get\" /> | `SELECT` | <CopyableCode code=\"loaf\" /> | Reads one loaf. |
";

const LOAF_FILE: &str = "generated/bakery/src/bread/loaf.rs";

/// A folder with a configuration, a page and documents of an invented bakery.
struct Project {
    folder: TempDir,
}

impl Project {
    fn new() -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap() };
        project.write("bindery.toml", CONFIG);
        project.write("spec/openapi/provider.yaml", PROVIDER);
        project.write("spec/openapi/services/bread.yaml", BREAD);
        project.write("spec/docs/bread/loaf.md", PAGE);
        project
    }

    fn generated() -> Self {
        let project = Self::new();
        assert_exit(&project.run(&["generate"]), 0);
        project
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.folder.path().join(path)).unwrap();
        assert!(text.contains(from), "{path} has no `{from}`");
        self.write(path, &text.replace(from, to));
    }

    fn run(&self, arguments: &[&str]) -> Output {
        bindery(self.folder.path(), arguments)
    }

    fn tree(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        let root = self.folder.path().join(folder);
        let mut open = vec![root.clone()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                    files.insert(name, fs::read(path).unwrap());
                }
            }
        }
        assert!(!files.is_empty());
        files
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("bindery"));
    command.current_dir(folder).args(arguments);
    // What is remembered between runs is not mixed with what people remember.
    command.env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    command
}

fn bindery(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

fn repository(arguments: &[&str]) -> Output {
    bindery(Path::new(env!("CARGO_MANIFEST_DIR")), arguments)
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[track_caller]
fn assert_exit(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}\n{}", stdout(output), stderr(output));
}

#[test]
fn generate_says_what_it_read_and_is_repeatable_with_any_threads_from_anywhere() {
    let project = Project::new();
    let output = project.run(&["generate", "--jobs", "1"]);
    assert_exit(&output, 0);
    assert!(stdout(&output).contains("bakery: read 1 pages and 2 documents: 1 services, 1 resources, 1 methods"));
    let first = project.tree("generated");
    assert!(first.contains_key("bakery/src/bread/loaf.rs"));

    let again = project.run(&["generate"]);
    assert!(stdout(&again).contains("wrote 0 of"), "{}", stdout(&again));
    assert_eq!(project.tree("generated"), first);

    fs::remove_dir_all(project.folder.path().join("generated")).unwrap();
    assert_exit(&project.run(&["generate", "--jobs", "8"]), 0);
    assert_eq!(project.tree("generated"), first);

    fs::remove_dir_all(project.folder.path().join("generated")).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let config = project.folder.path().join("bindery.toml");
    assert_exit(&bindery(elsewhere.path(), &["generate", "--config", config.to_str().unwrap()]), 0);
    assert_eq!(project.tree("generated"), first);
}

#[test]
fn check_is_content_with_fresh_output_and_notices_a_touched_spec() {
    let project = Project::generated();
    assert_exit(&project.run(&["check"]), 0);
    project.edit("spec/openapi/services/bread.yaml", "Reads one loaf.", "Reads a single loaf.");
    project.edit("spec/docs/bread/loaf.md", "Reads one loaf.", "Reads a single loaf.");
    let output = project.run(&["check"]);
    assert_exit(&output, 1);
    assert!(stdout(&output).contains("Reads a single loaf."), "{}", stdout(&output));
}

#[test]
fn check_shows_a_touched_output_in_every_format() {
    let project = Project::generated();
    project.edit(LOAF_FILE, "Reads one loaf.", "Reads no loaf.");
    let text = project.run(&["check"]);
    assert_exit(&text, 1);
    let lines = stdout(&text);
    assert!(lines.lines().any(|line| line == "-/// Reads no loaf."), "{lines}");
    assert!(lines.lines().any(|line| line == "+/// Reads one loaf."), "{lines}");
    assert!(lines.contains("@@ "), "{lines}");

    let json = project.run(&["check", "--format", "json"]);
    assert_exit(&json, 1);
    let report: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(report["up_to_date"], false);
    assert_eq!(report["providers"][0]["stale"][0]["path"], "src/bread/loaf.rs");
    assert_eq!(report["providers"][0]["stale"][0]["kind"], "changed");

    let github = project.run(&["check", "--format", "github"]);
    assert_exit(&github, 1);
    assert!(stdout(&github).starts_with(&format!("::error file={LOAF_FILE}::changed")), "{}", stdout(&github));
}

#[test]
fn generate_repairs_everything_but_files_of_others() {
    let project = Project::generated();
    let fresh = project.tree("generated/bakery");
    fs::remove_file(project.folder.path().join(LOAF_FILE)).unwrap();
    let missing = project.run(&["check"]);
    assert_exit(&missing, 1);
    assert!(stdout(&missing).contains(&format!("missing: {LOAF_FILE}")));
    assert_exit(&project.run(&["generate"]), 0);
    assert_eq!(project.tree("generated/bakery"), fresh);

    project.write("generated/bakery/src/bread/cake.rs", "// @generated by bindery 0.1.0 from spec; do not edit.\n");
    project.write("generated/bakery/notes.txt", "mine\n");
    let extra = project.run(&["check"]);
    assert_exit(&extra, 1);
    assert!(stdout(&extra).contains("extra: generated/bakery/notes.txt"));
    let output = project.run(&["generate"]);
    assert_exit(&output, 0);
    assert!(stderr(&output).contains("notes.txt was not written by bindery"), "{}", stderr(&output));
    assert!(stdout(&output).contains("removed  generated/bakery/src/bread/cake.rs"), "{}", stdout(&output));
    let mut left = project.tree("generated/bakery");
    assert_eq!(left.remove("notes.txt").as_deref(), Some(&b"mine\n"[..]));
    assert_eq!(left, fresh);
}

#[test]
fn folders_do_without_a_configuration() {
    let project = Project::new();
    let words = "generate --provider bakery --openapi spec/openapi --docs spec/docs --out here --service";
    let words: Vec<&str> = words.split(' ').collect();
    assert_exit(&project.run(&[&words[..], &["bread"]].concat()), 0);
    assert!(project.tree("here").contains_key("src/bread/loaf.rs"));
    let unknown = project.run(&[&words[..], &["shoes"]].concat());
    assert_exit(&unknown, 2);
    assert!(stderr(&unknown).contains("`bakery` has no service `shoes`"), "{}", stderr(&unknown));
}

#[test]
fn what_is_not_there_is_named() {
    let project = Project::new();
    let provider = project.run(&["generate", "smithy"]);
    assert_exit(&provider, 2);
    assert!(stderr(&provider).contains("no provider `smithy`; it has bakery"), "{}", stderr(&provider));
    let config = project.run(&["generate", "--config", "nowhere.toml"]);
    assert_exit(&config, 2);
    assert!(stderr(&config).contains("nowhere.toml") && stderr(&config).contains("--provider"), "{}", stderr(&config));
}

#[test]
fn a_broken_document_is_named_with_its_line_and_the_others_are_generated() {
    let project = Project::new();
    let cakes = "  cakes:\n    id: cakes:v1\n    name: cakes\n    service:\n      $ref: bakery/v1/services/cakes.yaml\n    title: Cakes\n    version: v1\n";
    project.write("spec/openapi/provider.yaml", &format!("{PROVIDER}{cakes}"));
    project.write("spec/openapi/services/cakes.yaml", "openapi: 3.0.3\npaths: [unclosed\ninfo: {}\n");
    let output = project.run(&["generate"]);
    assert_exit(&output, 2);
    let said = stderr(&output);
    let line = said.split("services/cakes.yaml:").nth(1).and_then(|rest| rest.chars().next());
    assert!(line.is_some_and(|digit| ('2'..='4').contains(&digit)), "{said}");
    assert!(project.tree("generated/bakery").contains_key("src/bread/loaf.rs"));
}

#[test]
fn inspect_docs_shows_the_page_in_its_order() {
    let path = "spec/azure/docs/api_management/backend.md";
    let output = repository(&["inspect", "docs", path]);
    assert_exit(&output, 0);
    assert_eq!(stdout(&output).lines().count(), 1);
    let page: Value = serde_json::from_slice(&output.stdout).unwrap();
    let methods: Vec<(&str, &str, String)> = (page["methods"].as_array().unwrap().iter())
        .map(|method| {
            let required: Vec<&str> =
                method["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
            (method["name"].as_str().unwrap(), method["verb"].as_str().unwrap(), required.join(" "))
        })
        .collect();
    let service = "resourceGroupName serviceName subscriptionId";
    let backend = format!("backendId {service}");
    let guarded = format!("If-Match {backend}");
    let expected = [
        ("get", "SELECT", backend.clone()),
        ("list_by_service", "SELECT", service.to_owned()),
        ("create_or_update", "INSERT", backend.clone()),
        ("delete", "DELETE", guarded.clone()),
        ("_list_by_service", "EXEC", service.to_owned()),
        ("reconnect", "EXEC", backend),
        ("update", "EXEC", guarded),
    ];
    assert_eq!(methods, expected);
    assert_eq!(page["fields"], serde_json::json!({}));
    assert_eq!(page["fields_state"], "unknown");
    assert_eq!((&page["path"], &page["resource"]), (&Value::from(path), &Value::from("backend")));

    let json: Value =
        serde_json::from_slice(&repository(&["inspect", "docs", path, "--format", "json"]).stdout).unwrap();
    assert_eq!(json, Value::Array(vec![page]));
    let text = repository(&["inspect", "docs", path, "--format", "text"]);
    assert!(stdout(&text).contains(&format!("SELECT   list_by_service({})", service.replace(' ', ", "))));
}

#[test]
fn inspect_openapi_shows_the_resource_with_its_methods() {
    let output = repository(&["inspect", "openapi", "spec/azure/openapi"]);
    assert_exit(&output, 0);
    let resources: Vec<Value> = stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let backend = resources.iter().find(|resource| resource["id"] == "azure.api_management.backend").unwrap();
    let names: Vec<&str> = backend["methods"].as_array().unwrap().iter().filter_map(|m| m["name"].as_str()).collect();
    // In the order in which statements try them; what only EXEC reaches comes last.
    let expected = ["get", "list_by_service", "create_or_update", "delete", "_list_by_service", "reconnect", "update"];
    assert_eq!(names, expected);
    let listing = &backend["methods"][1];
    assert_eq!(listing["response"]["object_key"], "$.value");
    assert_eq!(listing["pagination"]["next"]["url"]["body"][0], "nextLink");
    let array = repository(&["inspect", "openapi", "spec/azure/openapi", "--format", "json"]);
    let array: Value = serde_json::from_str(&stdout(&array)).unwrap();
    assert_eq!(array.as_array().map(Vec::len), Some(resources.len()));
    let text = repository(&["inspect", "openapi", "spec/azure/openapi", "--format", "text"]);
    assert!(stdout(&text).contains("azure.api_management.backend\n"));
}

#[test]
fn inspect_openapi_shows_what_the_configuration_says_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let document = "openapi: 3.0.3\nservers: [{url: https://bakery.example}]\npaths:\n  /loaves:\n    get:\n      operationId: Loaves_list\n      responses: {'200': {content: {application/json: {schema: {type: object, properties: {value: {type: array, items: {type: object, properties: {flour: {type: string}}}}, nextLink: {type: string}}}}}}}\n";
    fs::create_dir(folder.path().join("spec")).unwrap();
    fs::write(folder.path().join("spec/bread.yaml"), document).unwrap();
    let inspect = |more: &[&str]| {
        let output = command(folder.path(), &[&["inspect", "openapi", "spec"], more].concat()).output().unwrap();
        let resource: Value =
            stdout(&output).lines().next().map(|line| serde_json::from_str(line).unwrap()).unwrap_or_default();
        (output.status.code(), resource["methods"][0]["pagination"].clone(), stderr(&output))
    };
    let (code, followed, _) = inspect(&[]);
    assert_eq!((code, &followed["next"]["url"]["body"][0]), (Some(0), &Value::from("nextLink")));
    let config = |pattern: &str| {
        let text = format!(
            "[providers.bakery]\nopenapi = 'spec'\nout = 'out'\n[providers.bakery.mapping]\nfirst_page_only = ['{pattern}']\n"
        );
        fs::write(folder.path().join("bindery.toml"), text).unwrap();
    };
    config("bread/loaves/*");
    let (code, ended, _) = inspect(&[]);
    let why = followed["reason"]["inferred"].clone();
    let expected = serde_json::json!({"next": "nowhere", "reason": {"switched_off": why}});
    assert_eq!((code, ended), (Some(0), expected));
    // An entry that does nothing is a mistake, also when nothing else is wrong.
    config("bread/rolls/*");
    let (code, kept, told) = inspect(&[]);
    assert_eq!((code, kept), (Some(2), followed.clone()));
    assert!(told.contains("`bread/rolls/*` is no listing whose next page was inferred"), "{told}");
    // Folders that it does not name are read as they are.
    let (code, other, _) = inspect(&["--config", "nowhere.toml"]);
    assert_eq!((code, other), (Some(2), Value::Null));
}

/// A fake that does not outlive its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn mock_prints_its_address_and_wants_a_token() {
    let unknown = repository(&["mock", "nosuch"]);
    assert_exit(&unknown, 2);
    assert!(stderr(&unknown).contains("azure, github"), "{}", stderr(&unknown));

    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), &["mock", "azure", "--port", "0"]);
    let mut running = Running(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let request =
        format!("GET /subscriptions?api-version=2022-12-01 HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");

    running.0.kill().unwrap();
    assert!(!running.0.wait().unwrap().success());
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn the_committed_crates_are_fresh() {
    assert_exit(&repository(&["check"]), 0);
}
