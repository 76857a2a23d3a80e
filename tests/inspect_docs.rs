//! `bindery inspect docs` over folders in which not everything is as it should be.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const PAGE: &[u8] =
    b"---\ntitle: NAME\n---\n\n## Overview\n<table><tbody>\n<tr><td><b>Type</b></td><td>Resource</td></tr>\n\
<tr><td><b>Id</b></td><td><code>shop.counter.NAME</code></td></tr>\n</tbody></table>\n\n## Fields\n## Methods\n\
| Name | Accessible by | Required Params | Description |\n|:--|:--|:--|:--|\n| `get` | `SELECT` | `id` | SAYS |\n";

/// A page about a resource, with a description in any bytes.
fn page(name: &str, says: &[u8]) -> Vec<u8> {
    let named = String::from_utf8_lossy(PAGE).replace("NAME", name);
    let (before, behind) = named.split_once("SAYS").unwrap();
    [before.as_bytes(), says, behind.as_bytes()].concat()
}

fn inspect(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("bindery"));
    command.current_dir(folder).args(["inspect", "docs", "."]).args(arguments).output().unwrap()
}

fn objects(output: &Output) -> Vec<Value> {
    output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(object).collect()
}

fn object(line: &[u8]) -> Value {
    serde_json::from_slice(line).unwrap()
}

#[test]
fn a_damaged_page_is_read_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("cheese.md"), page("cheese", b"Cr\xe8me \xff.")).unwrap();
    let output = inspect(folder.path(), &[]);
    let pages = objects(&output);
    assert_eq!(pages[0]["methods"][0]["description"], "Cr\u{fffd}me \u{fffd}.");
    let diagnostic = &pages[0]["diagnostics"][0];
    assert_eq!((diagnostic["code"].as_str(), diagnostic["origin"]["line"].as_u64()), (Some("docs/not-utf8"), Some(15)));
    assert!(diagnostic["message"].as_str().unwrap().contains("in 2 places"), "{diagnostic}");
    assert_eq!(output.status.code(), Some(0), "a warning is no failure");
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.md"), page("a", b"x")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("b.md")).unwrap();
    fs::write(folder.path().join("c.md"), page("c", b"x")).unwrap();
    let output = inspect(folder.path(), &["--quiet"]);
    let resources: Vec<Value> = objects(&output).iter().map(|page| page["resource"].clone()).collect();
    assert_eq!(resources, ["a", "c"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("source/unreadable") && said.contains("b.md"), "{said}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_order_is_that_of_the_paths_with_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..300 {
        let name = format!("r{number}");
        fs::write(folder.path().join(format!("{name}.md")), page(&name, b"x")).unwrap();
    }
    let one = inspect(folder.path(), &["--jobs", "1"]);
    let many = inspect(folder.path(), &["--jobs", "7"]);
    assert_eq!(objects(&one).len(), 300);
    assert!(one.stdout == many.stdout);
}
