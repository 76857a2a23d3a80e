//! `bindery lint` over a site of pages: it says nothing of one that is as it should be, and finds each thing that can be
//! wrong when that alone is.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of a test fails the test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const GROUP: &str = "resources/resource_group/index.md";
const SERVICE: &str = "resources/index.md";

fn bindery(arguments: &[&str]) -> Output {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("bindery"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap()
}

/// The pages that are written for `spec/azure/openapi`, in a folder of their own.
struct Site(TempDir);

impl Site {
    fn new() -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        let out = site.path("azure");
        let from = ["--provider", "azure", "--openapi", "spec/azure/openapi", "--service", "resources"];
        let output =
            bindery(&[["generate"].as_slice(), &from, &["--emit", "docs", "--out", &out.to_string_lossy()]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        site
    }

    fn path(&self, page: &str) -> PathBuf {
        self.0.path().join(page)
    }

    fn page(&self, page: &str) -> String {
        fs::read_to_string(self.path(&format!("azure/{page}"))).unwrap()
    }

    fn write(&self, page: &str, text: &str) {
        let path = self.path(&format!("azure/{page}"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Replaces the only place where something stands on a page.
    fn change(&self, page: &str, from: &str, to: &str) {
        let text = self.page(page);
        assert_eq!(text.matches(from).count(), 1, "{from}");
        self.write(page, &text.replace(from, to));
    }

    fn lint(&self, arguments: &[&str]) -> Output {
        let folder = self.0.path().to_string_lossy().into_owned();
        bindery(&[["lint", folder.as_str()].as_slice(), arguments].concat())
    }

    fn findings(&self) -> Vec<Value> {
        let report: Value = serde_json::from_slice(&self.lint(&["--format", "json"]).stdout).unwrap();
        report["findings"].as_array().unwrap().clone()
    }
}

/// What breaks a site in one way, and what is found then: the code, the page, and words of the message.
struct Case {
    breaks: fn(&Site),
    finds: [&'static str; 3],
}

const CASES: [Case; 9] = [
    Case {
        breaks: |site| {
            site.change(
                GROUP,
                "WHERE subscriptionId = '{{ subscriptionId }}' -- required\nAND $filter",
                "WHERE $filter",
            );
        },
        finds: ["docs/example-parameters", GROUP, "the SELECT example of `list` lacks `subscriptionId`"],
    },
    Case {
        breaks: |site| site.change(GROUP, "AND $top = '{{ $top }}'", "AND $skip = '1'"),
        finds: ["docs/example-parameters", GROUP, "`$skip` is neither a parameter of `list` nor a field"],
    },
    Case {
        breaks: |site| {
            site.change(
                GROUP,
                "EXEC azure.resources.resource_group.check_existence",
                "EXEC azure.resources.resource_group.is_there",
            );
            site.change(GROUP, "<TabItem value=\"check_existence\">", "<TabItem value=\"\">");
        },
        finds: ["docs/unknown-example-method", GROUP, "the example shows `is_there`"],
    },
    Case {
        breaks: |site| {
            let text = site.page(GROUP);
            let (before, example) = text.split_once("## `DELETE` examples").unwrap();
            let (_, behind) = example.split_once("## Lifecycle").unwrap();
            site.write(GROUP, &format!("{before}## Lifecycle{behind}"));
        },
        finds: ["docs/no-example", GROUP, "`delete` has no DELETE example"],
    },
    Case {
        breaks: |site| {
            site.change(
                SERVICE,
                "href=\"/services/resources/resource_group/\">resource_group<",
                "href=\"/services/resources/groups/\">groups<",
            );
            fs::rename(site.path("azure/resources/resource_group"), site.path("azure/resources/groups")).unwrap();
        },
        finds: ["docs/path-differs", "resources/groups/index.md", "the page lies at `resources/groups`"],
    },
    Case {
        breaks: |site| site.change(GROUP, "  - resources\n  - azure\n", "  - resources\n  - aws\n"),
        finds: ["docs/foreign-keywords", GROUP, "the keywords name `aws`"],
    },
    Case {
        breaks: |site| {
            site.change(
                SERVICE,
                "resource_group</a><br />",
                "resource_group</a><br />\n<a href=\"/services/resources/gone/\">gone</a>",
            );
            site.change(SERVICE, "total resources: __1__", "total resources: __2__");
        },
        finds: ["docs/index-missing-page", SERVICE, "lists `gone`"],
    },
    Case {
        breaks: |site| {
            let copy = site.page(GROUP).replace("resource_group", "tag");
            site.write("resources/tag/index.md", &copy);
        },
        finds: ["docs/index-unlisted", "resources/tag/index.md", "does not list this page"],
    },
    Case {
        breaks: |site| site.change(SERVICE, "total resources: __1__", "total resources: __3__"),
        finds: ["docs/index-count", SERVICE, "says total resources: 3, and lists 1"],
    },
];

#[test]
fn each_thing_that_is_wrong_is_found_where_it_is_and_nothing_else() {
    let clean = Site::new();
    assert_eq!(clean.findings(), Vec::<Value>::new());
    for Case { breaks, finds: [code, page, words] } in CASES {
        let site = Site::new();
        breaks(&site);
        let findings = site.findings();
        let own: Vec<_> = findings.iter().filter(|found| found["code"] == code).collect();
        let [found] = own.as_slice() else { panic!("{code}: {findings:#?}") };
        assert!(found["message"].as_str().unwrap().contains(words), "{found}");
        assert!(Path::new(found["origin"]["file"].as_str().unwrap()).ends_with(page), "{found}");
        assert!(!found["hint"].as_str().unwrap().is_empty(), "{found}");
        // A method whose only example is not its own any more has none: nothing else follows from anything else.
        let others: Vec<_> = findings
            .iter()
            .filter(|found| ![code, "docs/no-example"].contains(&found["code"].as_str().unwrap()))
            .collect();
        assert!(others.is_empty(), "{code}: {others:#?}");
    }
}

#[test]
fn findings_fail_only_where_they_are_denied() {
    let site = Site::new();
    assert_eq!(site.lint(&["--deny", "note"]).status.code(), Some(0));
    site.change(GROUP, "  - resources\n  - azure\n", "  - resources\n  - aws\n");
    assert_eq!(site.lint(&["--deny", "warning"]).status.code(), Some(0), "it is a note");
    assert_eq!(site.lint(&["--deny", "note"]).status.code(), Some(1));
    site.change(
        GROUP,
        "<CopyableCode code=\"azure.resources.resource_group\" />",
        "<CopyableCode code=\"resource_group\" />",
    );
    let output = site.lint(&[]);
    assert_eq!(output.status.code(), Some(1), "an error fails by itself");
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("error[docs/bad-id]") && shown.contains("index.md:27:"), "{shown}");
    assert!(shown.contains("`resource_group` is not the identity of a resource"), "{shown}");
}

#[test]
fn annotations_name_file_line_and_column() {
    let site = Site::new();
    site.change(GROUP, "AND $top = '{{ $top }}'", "AND $skip = '1'");
    let output = site.lint(&["--format", "github"]);
    let annotations = String::from_utf8(output.stdout).unwrap();
    let line = 1 + site.page(GROUP).lines().position(|line| line.contains("$skip")).unwrap();
    let expected = format!("resource_group/index.md,line={line},col=5,endColumn=10,title=docs/example-parameters::");
    assert!(annotations.starts_with("::warning file=") && annotations.contains(&expected), "{annotations}");
}

#[test]
fn many_findings_are_counted_and_not_all_shown() {
    let site = Site::new();
    for number in 0..9 {
        let copy = site.page(GROUP).replace("resource_group", &format!("group{number}"));
        site.write(&format!("resources/group{number}/index.md"), &copy);
    }
    let shown = String::from_utf8(site.lint(&["--color", "never"]).stdout).unwrap();
    assert_eq!(shown.matches("note[docs/index-unlisted]").count(), 5, "{shown}");
    assert!(
        shown.contains("docs/index-unlisted  9  4 not shown") && shown.ends_with("0 errors, 0 warnings, 9 notes\n"),
        "{shown}"
    );
    let all = String::from_utf8(site.lint(&["--all"]).stdout).unwrap();
    assert_eq!(all.matches("docs/index-unlisted]").count(), 9);
}
