//! Documents change: twenty edits of a page or a document, and what `diff`, `lint` and `check` say of each.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of a test fails the test")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const CONFIG: &str = "[providers.bakery]\ndocs = \"spec/docs\"\nopenapi = \"spec/openapi\"\nout = \"out\"\n";

const PROVIDER: &str = "id: bakery
name: bakery
title: Bakery
providerServices:
  bread: { service: { $ref: bakery/v1/services/bread.yaml }, title: Bread }
  cake: { service: { $ref: bakery/v1/services/cake.yaml }, title: Cake }
";

const BREAD: &str = "openapi: 3.0.3
info: { title: Bread, version: '1' }
servers: [{ url: https://bakery.example }]
paths:
  /loaves:
    get:
      description: Lists all loaves.
      parameters:
        - { name: limit, in: query, schema: { type: integer } }
      responses:
        '200': { description: All., content: { application/json: { schema: { $ref: '#/components/schemas/Loaves' } } } }
  /loaves/{loaf}:
    get:
      description: Reads one loaf.
      parameters:
        - { name: loaf, in: path, required: true, schema: { type: string } }
      responses:
        '200': { description: One., content: { application/json: { schema: { $ref: '#/components/schemas/Loaf' } } } }
    put:
      description: Bakes a loaf.
      parameters:
        - { name: loaf, in: path, required: true, schema: { type: string } }
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Loaf' } } } }
      responses:
        '200': { description: It., content: { application/json: { schema: { $ref: '#/components/schemas/Loaf' } } } }
    delete:
      description: Eats a loaf.
      parameters:
        - { name: loaf, in: path, required: true, schema: { type: string } }
      responses: { '204': { description: Gone. } }
components:
  schemas:
    Loaf:
      type: object
      properties:
        flour: { description: What it is baked from., type: string }
        weight: { description: In grams., type: integer }
    Loaves:
      type: object
      properties:
        items: { type: array, items: { $ref: '#/components/schemas/Loaf' } }
  x-stackQL-resources:
    loaf:
      id: bakery.bread.loaf
      name: loaf
      title: Loaf
      methods:
        list:
          operation: { $ref: '#/paths/~1loaves/get' }
          response: { mediaType: application/json, openAPIDocKey: '200', objectKey: $.items }
        get:
          operation: { $ref: '#/paths/~1loaves~1{loaf}/get' }
          response: { mediaType: application/json, openAPIDocKey: '200' }
        bake:
          operation: { $ref: '#/paths/~1loaves~1{loaf}/put' }
          response: { mediaType: application/json, openAPIDocKey: '200' }
        eat:
          operation: { $ref: '#/paths/~1loaves~1{loaf}/delete' }
          response: { openAPIDocKey: '204' }
      sqlVerbs:
        select:
          - $ref: '#/components/x-stackQL-resources/loaf/methods/get'
          - $ref: '#/components/x-stackQL-resources/loaf/methods/list'
        insert:
          - $ref: '#/components/x-stackQL-resources/loaf/methods/bake'
        delete:
          - $ref: '#/components/x-stackQL-resources/loaf/methods/eat'
";

const CAKE: &str = "openapi: 3.0.3
info: { title: Cake, version: '1' }
servers: [{ url: https://bakery.example }]
paths:
  /cakes:
    get:
      responses: { '200': { description: All., content: { application/json: { schema: { type: array, items: { type: object, properties: { sugar: { type: string } } } } } } } }
components:
  x-stackQL-resources:
    cake:
      id: bakery.cake.cake
      methods:
        list: { operation: { $ref: '#/paths/~1cakes/get' }, response: { mediaType: application/json, openAPIDocKey: '200' } }
      sqlVerbs: { select: [{ $ref: '#/components/x-stackQL-resources/cake/methods/list' }] }
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
| <CopyableCode code=\"weight\" /> | `integer` | In grams. |
## Methods
| Name | Accessible by | Required Params | Description |
|:-----|:--------------|:----------------|:------------|
| <CopyableCode code=\"get\" /> | `SELECT` | <CopyableCode code=\"loaf\" /> | Reads one loaf. |
| <CopyableCode code=\"list\" /> | `SELECT` |  | Lists all loaves. |
| <CopyableCode code=\"bake\" /> | `INSERT` | <CopyableCode code=\"loaf\" /> | Bakes a loaf. |
| <CopyableCode code=\"eat\" /> | `DELETE` | <CopyableCode code=\"loaf\" /> | Eats a loaf. |
";

const CAKE_PAGE: &str = "---
title: cake
---
## Overview
<table><tbody>
<tr><td><b>Type</b></td><td>Resource</td></tr>
<tr><td><b>Id</b></td><td><CopyableCode code=\"bakery.cake.cake\" /></td></tr>
</tbody></table>

## Fields
| Name | Datatype |
|:-----|:---------|
| <CopyableCode code=\"sugar\" /> | `string` |
## Methods
| Name | Accessible by | Required Params |
|:-----|:--------------|:----------------|
| <CopyableCode code=\"list\" /> | `SELECT` |  |
";

const SPEC: &str = "spec/openapi/services/bread.yaml";
const LOAF: &str = "spec/docs/bread/loaf.md";
const CODE: &str = "out/src/bread/loaf.rs";

/// A provider in a folder, generated; `old` is a copy of its documents.
struct Project(TempDir);

impl Project {
    fn new() -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        project.write("bindery.toml", CONFIG);
        for folder in ["spec", "old"] {
            project.write(&format!("{folder}/openapi/provider.yaml"), PROVIDER);
            project.write(&format!("{folder}/openapi/services/bread.yaml"), BREAD);
            project.write(&format!("{folder}/openapi/services/cake.yaml"), CAKE);
            project.write(&format!("{folder}/docs/bread/loaf.md"), PAGE);
            project.write(&format!("{folder}/docs/cake/cake.md"), CAKE_PAGE);
        }
        let output = project.run(&["generate"]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        project
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.path().join(path)).unwrap()
    }

    /// Replaces what stands at one place of a file.
    #[track_caller]
    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert_eq!(text.matches(from).count(), 1, "{path}: {from}");
        self.write(path, &text.replace(from, to));
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("bindery"));
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
        command.current_dir(self.0.path()).env("XDG_CACHE_HOME", cache).args(arguments).output().unwrap()
    }

    /// What a command says as JSON, and its exit code.
    fn report(&self, arguments: &[&str]) -> (Value, i32) {
        let output = self.run(&[arguments, &["--format", "json"]].concat());
        (serde_json::from_slice(&output.stdout).unwrap(), output.status.code().unwrap())
    }

    /// Everything that the three commands say, a line each.
    fn said(&self) -> String {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (diff, diff_code) = self.report(&["diff", "old", "spec", "--exit-code"]);
        let changes = diff["changes"].as_array().unwrap().iter().map(|change| {
            let subject = ["service", "resource", "method"].map(|part| text(&change["subject"][part]));
            let subject: Vec<&str> = subject.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
            format!("{} {} {}", text(&change["rule"]), subject.join("."), text(&change["member"])).trim_end().to_owned()
        });
        let changes: Vec<String> = changes.collect();
        let (lint, lint_code) = self.report(&["lint"]);
        let findings: Vec<String> = lint["findings"].as_array().unwrap().iter().map(|f| text(&f["code"])).collect();
        let (check, check_code) = self.report(&["check"]);
        let reasons = check["providers"][0]["reasons"].as_array().unwrap().iter().map(|reason| {
            let files: Vec<String> = reason["files"].as_array().unwrap().iter().map(text).collect();
            let files: Vec<&str> = files.iter().map(|file| file.rsplit('/').next().unwrap_or(file)).collect();
            format!("{} {} {}", reason["service"].as_str().unwrap_or("-"), text(&reason["reason"]), files.join(" "))
        });
        let reasons: Vec<String> = reasons.map(|reason| reason.trim_end().to_owned()).collect();
        format!(
            "diff {diff_code}: {}\nlint {lint_code}: {}\ncheck {check_code}: {}\n",
            changes.join(", "),
            findings.join(", "),
            reasons.join(", ")
        )
    }
}

/// An edit, and what is said then.
struct Case {
    name: &'static str,
    edits: &'static [(&'static str, &'static str, &'static str)],
    said: &'static str,
}

include!("living_documents/cases.rs");

#[test]
fn each_edit_is_told_exactly() {
    assert!(CASES.len() >= 20);
    let mut wrong = String::new();
    for Case { name, edits, said } in CASES {
        let project = Project::new();
        assert_eq!(project.said(), "diff 0: \nlint 0: \ncheck 0: \n", "nothing is said before an edit");
        for (path, from, to) in *edits {
            project.edit(path, from, to);
        }
        let actual = project.said();
        if actual.trim_end() != *said {
            wrong += &format!("{name}:\n{actual}\nexpected:\n{said}\n\n");
        }
        // Generating makes up for everything but what was wrong with the documents.
        let code = project.run(&["generate"]).status.code();
        if code == Some(0) {
            assert_eq!(project.run(&["check"]).status.code(), Some(0), "{name}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn another_generator_and_another_configuration_are_told_from_other_documents() {
    let project = Project::new();
    let reasons = |project: &Project| project.said().lines().nth(2).unwrap_or_default().to_owned();
    let lock = project.read("bindery.lock");
    project.edit("bindery.lock", concat!("generator = \"", env!("CARGO_PKG_VERSION")), "generator = \"0.0.1");
    let expected = "check 1: bread generator-changed, cake generator-changed, - generator-changed";
    assert_eq!(reasons(&project), expected);
    project.write("bindery.lock", &lock);

    project.write("bindery.toml", &format!("{CONFIG}version = \"2.0.0\"\n"));
    let expected = "check 1: bread configuration-changed, cake configuration-changed, - configuration-changed";
    assert_eq!(reasons(&project), expected);
    project.write("bindery.toml", CONFIG);

    fs::remove_file(project.0.path().join("bindery.lock")).unwrap();
    assert_eq!(reasons(&project), "check 1: bread not-locked, cake not-locked, - not-locked");
    project.write("bindery.lock", "<<<<<<< ours\n");
    let output = project.run(&["check"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("bindery.lock") && said.contains("delete it and run `bindery generate`"), "{said}");
}

#[test]
fn a_service_that_went_is_told_by_its_documents() {
    let project = Project::new();
    fs::remove_file(project.0.path().join("spec/openapi/services/cake.yaml")).unwrap();
    fs::remove_file(project.0.path().join("spec/docs/cake/cake.md")).unwrap();
    project.edit(
        "spec/openapi/provider.yaml",
        "  cake: { service: { $ref: bakery/v1/services/cake.yaml }, title: Cake }\n",
        "",
    );
    let said = project.said();
    assert!(said.contains("service-removed cake"), "{said}");
    assert!(said.contains("cake documents-changed cake.md cake.yaml, - documents-changed provider.yaml"), "{said}");
}

#[test]
fn reasons_are_said_as_text_and_as_annotations() {
    let project = Project::new();
    project.edit(LOAF, "| Eats a loaf.", "| Eats one.");
    let text = String::from_utf8(project.run(&["check"]).stdout).unwrap();
    assert!(text.contains("bakery: `bread`: documents changed: spec/docs/bread/loaf.md\n"), "{text}");
    let annotations = String::from_utf8(project.run(&["check", "--format", "github"]).stdout).unwrap();
    assert!(annotations.contains("::error file=bindery.lock::`bread`: documents changed:"), "{annotations}");
}

#[test]
fn every_code_is_explained_and_an_unknown_one_is_guessed() {
    let project = Project::new();
    let list = String::from_utf8(project.run(&["explain"]).stdout).unwrap();
    let codes: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(codes.len() > 60);
    for code in ["docs/no-methods-table", "merge/verb-differs", "parameter-required"] {
        let output = project.run(&["explain", code]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && said.starts_with(code) && said.lines().count() > 4, "{said}");
    }
    let output = project.run(&["explain", "verb-differs"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("did you mean merge/verb-differs"), "{said}");
}

#[test]
fn levels_and_a_baseline_decide_what_fails() {
    let project = Project::new();
    project.edit(LOAF, "`DELETE` | <CopyableCode code=\"loaf\" />", "`EXEC` | <CopyableCode code=\"loaf\" />");
    let lint = |arguments: &[&str]| {
        let (report, code) = project.report(&[&["lint"], arguments].concat());
        let codes = report["findings"].as_array().unwrap().iter();
        let codes: Vec<String> = codes.map(|found| found["code"].as_str().unwrap().to_owned()).collect();
        (codes.join(", "), code)
    };
    assert_eq!(lint(&[]), ("merge/verb-differs".to_owned(), 0));
    let config = |levels: &str| project.write("bindery.toml", &format!("{CONFIG}[lint]\n{levels}"));
    config("\"merge/verb-differs\" = \"deny\"\n");
    assert_eq!(lint(&[]), ("merge/verb-differs".to_owned(), 1));
    config("\"merge/verb-differs\" = \"allow\"\n");
    assert_eq!(lint(&[]), (String::new(), 0));
    config("\"merge/verb-difers\" = \"allow\"\n");
    let output = project.run(&["lint"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && said.contains("there is no such code"), "{said}");

    config("baseline = \"known.toml\"\n\"merge/verb-differs\" = \"deny\"\n");
    let missing = project.run(&["lint"]);
    assert_eq!(missing.status.code(), Some(2), "a baseline that is not there is not an empty one");
    assert_eq!(project.run(&["lint", "--write-baseline"]).status.code(), Some(0));
    assert!(project.read("known.toml").contains("code = \"merge/verb-differs\""));
    assert_eq!(lint(&[]), (String::new(), 0));
    project.edit(LOAF, "`SELECT` |  | Lists", "`EXEC` |  | Lists");
    assert_eq!(lint(&[]), ("merge/verb-differs".to_owned(), 1), "what is not known is said");
    project.edit(LOAF, "`EXEC` |  | Lists", "`SELECT` |  | Lists");
    project.edit(LOAF, "`EXEC` | <CopyableCode code=\"loaf\" />", "`DELETE` | <CopyableCode code=\"loaf\" />");
    assert_eq!(lint(&["--deny", "warning"]), ("lint/stale-baseline".to_owned(), 1));
    // Who reads something else cannot tell.
    assert_eq!(lint(&["spec/openapi/services/cake.yaml"]), ("openapi/no-provider-document".to_owned(), 0));
}
