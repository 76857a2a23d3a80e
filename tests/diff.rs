//! `bindery diff` between folders, revisions of git and generated crates.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn bindery(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("bindery"));
    command.current_dir(folder).args(arguments).output().unwrap()
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[track_caller]
fn git(folder: &Path, arguments: &[&str]) {
    let who = ["-c", "user.name=Shop", "-c", "user.email=shop@example.org", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").current_dir(folder).args(who).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The page of a resource in a folder `docs/counter`, with the methods of its table.
fn write_page(folder: &Path, methods: &str) {
    let page = format!(
        "---\ntitle: cheese\n---\n\n## Overview\n<table><tbody>\n<tr><td><b>Type</b></td><td>Resource</td></tr>\n\
         <tr><td><b>Id</b></td><td><code>shop.counter.cheese</code></td></tr>\n</tbody></table>\n\n## Fields\n## Methods\n\
         | Name | Accessible by | Required Params |\n|:--|:--|:--|\n{methods}"
    );
    let path = folder.join("docs/counter");
    fs::create_dir_all(&path).unwrap();
    fs::write(path.join("cheese.md"), page).unwrap();
}

#[test]
fn a_revision_is_compared_with_the_work_tree() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    git(folder, &["init", "--quiet"]);
    write_page(folder, "| `get` | `SELECT` | `id` |\n| `list` | `SELECT` | |\n");
    git(folder, &["add", "."]);
    git(folder, &["commit", "--quiet", "-m", "first"]);
    write_page(folder, "| `get` | `SELECT` | `id, region` |\n| `list` | `SELECT` | |\n| `sell` | `EXEC` | `id` |\n");

    let output = bindery(folder, &["diff", "HEAD:docs", "docs"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "only --exit-code fails");
    assert!(text.contains("cheese.get: requires `region`, which is new  [parameter-required]"), "{text}");
    // `list` can do nothing with an `id`, and so such a SELECT fails rather than that it calls that.
    assert!(!text.contains("calls `list`"), "{text}");
    assert!(text.contains("cheese.sell: is new  [method-added]"), "{text}");
    assert!(text.ends_with("next version: major\n"), "{text}");

    let output = bindery(folder, &["diff", "HEAD:docs", "docs", "--format", "json", "--exit-code"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!((&report["step"], &report["counts"]["sql"]["breaking"]), (&"major".into(), &1.into()));
    let changes = report["changes"].as_array().unwrap();
    let change = changes.iter().find(|change| change["rule"] == "parameter-required").unwrap();
    assert_eq!(change["member"], "region");
    assert_eq!(change["origin"]["file"], "docs/counter/cheese.md");

    let output = bindery(folder, &["diff", "HEAD:docs", "HEAD:docs", "--exit-code"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stdout).unwrap().ends_with("next version: none\n"));
}

#[test]
fn what_is_accepted_with_a_reason_does_not_break() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    write_page(&old, "| `get` | `SELECT` | `id` |\n| `list` | `SELECT` | |\n");
    write_page(&new, "| `get` | `SELECT` | `id` |\n");
    let accept = "[[diff.accept]]\nrule = \"method-removed\"\nsubject = \"shop.counter.cheese.list\"\nreason = \"nobody listed\"\n";
    fs::write(folder.path().join("bindery.toml"), accept).unwrap();
    let output = bindery(folder.path(), &["diff", "old", "new", "--exit-code", "--format", "markdown"]);
    let markdown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{markdown}");
    assert!(markdown.contains("- `cheese.list`: is gone (accepted: nobody listed)"), "{markdown}");

    let output = bindery(folder.path(), &["diff", "old", "old"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "what accepts nothing is to be removed");
    assert!(said.contains("nothing of it changed"), "{said}");
}

#[test]
fn a_generated_crate_says_what_it_was_generated_from() {
    let output = bindery(repository(), &["diff", "generated/github", "generated/github"]);
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().last(), Some("next version: none"));
    let services = ["--service", "issues"];
    let arguments =
        [["diff", "spec/github/openapi", "generated/github", "--format", "json"].as_slice(), &services].concat();
    let report: Value = serde_json::from_slice(&bindery(repository(), &arguments).stdout).unwrap();
    let rules: Vec<&str> =
        report["changes"].as_array().unwrap().iter().filter_map(|change| change["rule"].as_str()).collect();
    assert!(!rules.iter().any(|rule| rule.starts_with("method-") || rule.starts_with("resource-")), "{rules:?}");
}

#[test]
fn what_is_neither_a_path_nor_a_revision_is_refused() {
    for (arguments, words) in [
        (["diff", "nowhere", "spec"], "`nowhere` is neither a file or folder nor REV:PATH"),
        (["diff", "HEAD:nowhere", "spec/azure"], "holds no pages, no specs and no generated crate"),
        (["diff", "no-such-revision:spec", "spec/azure"], "no-such-revision"),
    ] {
        let output = bindery(repository(), &arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(words), "{said}");
    }
}
