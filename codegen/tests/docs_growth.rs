//! Reading a page takes time in proportion to the page, whatever it is made of.
//!
//! Every shape is read at two sizes, and what is compared is how much longer the larger one took: seconds say nothing
//! on a machine that is busy with something else, and time of the reading thread alone is not disturbed by it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a test fails by panicking")]

use bindery_codegen::docs::{Page, read_page};
use bindery_codegen::lint::examine;
use nix::sys::resource::{UsageWho, getrusage};

/// How many times the smaller page the larger one is.
const GROWTH: usize = 8;

/// How much more than `GROWTH` times as long the larger one may take. Reading in time that grows with the square of the
/// size would take `GROWTH` times more.
const TOLERANCE: f64 = 2.5;

/// What is read faster than this is read in proportion, or the machine's clock is too coarse to tell.
const NOTHING: f64 = 0.02;

const TOP: &str = "---\ntitle: cheese\n---\n\n## Overview\n<table><tbody>\n<tr><td><b>Id</b></td><td><code>shop.counter.cheese</code></td></tr>\n</tbody></table>\n\n## Fields\n";
const METHODS: &str = "\n## Methods\n| Name | Accessible by | Required Params | Description |\n|:--|:--|:--|:--|\n";

/// Seconds that reading a page takes, and the page.
fn read(text: &str) -> (f64, Page) {
    let seconds = || {
        let usage = getrusage(UsageWho::RUSAGE_THREAD).unwrap();
        [usage.user_time(), usage.system_time()].map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6)
    };
    let before: f64 = seconds().iter().sum();
    let page = read_page("p.md", text);
    examine(&page);
    (seconds().iter().sum::<f64>() - before, page)
}

/// Reads a page of a shape at both sizes and compares; `size` is the larger one.
fn assert_proportional(what: &str, size: usize, shape: impl Fn(usize) -> String, holds: impl Fn(&Page, usize) -> bool) {
    let (small, large) = (shape(size / GROWTH), shape(size));
    let first = (0..3).map(|_| read(&small).0).fold(f64::INFINITY, f64::min);
    let (second, page) = read(&large);
    let allowed = GROWTH as f64 * TOLERANCE * first.max(NOTHING);
    println!("{what}: {:.1} MB in {second:.2} s, an eighth of it in {first:.3} s", large.len() as f64 / 1e6);
    assert!(second <= allowed, "{what}: {second:.2} s, and {first:.3} s for an eighth of it");
    assert!(holds(&page, size), "{what}: {:?}", page.diagnostics.first());
}

fn markdown_row(name: &str, description: &str) -> String {
    format!("| <CopyableCode code=\"{name}\" /> | `SELECT` | <CopyableCode code=\"a, b\" /> | {description} |\n")
}

fn html_field(name: &str, description: &str) -> String {
    format!(
        "<tr>\n<td><CopyableCode code=\"{name}\" /></td>\n<td><code>string</code></td>\n<td>{description}</td>\n</tr>\n"
    )
}

const HTML_HEADER: &str =
    "<table>\n<thead>\n<tr>\n<th>Name</th>\n<th>Datatype</th>\n<th>Description</th>\n</tr>\n</thead>\n<tbody>\n";

#[test]
fn a_cell_of_ten_megabytes() {
    for piece in ["word ", "a | b \\| ", "one\n\ntwo ", "`x` ``", "<b>&lt;x&gt;</b> ", "< "] {
        let page = |size: usize| format!("{TOP}{METHODS}{}", markdown_row("get", &piece.repeat(size / piece.len())));
        assert_proportional(&format!("a markdown cell of {piece:?}"), 10_000_000, page, |page, _| {
            page.methods.len() == 1
        });
    }
    for piece in ["word ", "<b>&lt;x&gt;</b> ", "`x` ``"] {
        let page = |size: usize| {
            let row = html_field("id", &piece.repeat(size / piece.len()));
            format!("{TOP}{HTML_HEADER}{row}</tbody>\n</table>\n{METHODS}{}", markdown_row("get", ""))
        };
        assert_proportional(&format!("an HTML cell of {piece:?}"), 10_000_000, page, |page, _| page.methods.len() == 1);
    }
}

#[test]
fn a_hundred_thousand_rows() {
    let rows = |count: usize, row: fn(&str, &str) -> String| -> String {
        (0..count).map(|n| row(&format!("m{n}"), "What it does.")).collect()
    };
    assert_proportional(
        "methods",
        100_000,
        |count| format!("{TOP}{METHODS}{}", rows(count, markdown_row)),
        |page, count| page.methods.len() == count,
    );
    assert_proportional(
        "fields and examples",
        100_000,
        |count| {
            let example = |n: usize| {
                format!(
                    "<TabItem value=\"m{n}\">\n\n```sql\nSELECT id FROM shop.counter.cheese WHERE a = '1' AND b = '2';\n```\n</TabItem>\n"
                )
            };
            let examples = (0..count / 10).map(example).collect::<Vec<_>>().concat();
            let methods = rows(count / 10, markdown_row);
            format!(
                "{TOP}{HTML_HEADER}{}</tbody>\n</table>\n{METHODS}{methods}\n## `SELECT` examples\n{examples}",
                rows(count, html_field)
            )
        },
        |page, count| page.sql_examples.len() == count / 10,
    );
    assert_proportional(
        "examples that no tab attributes",
        20_000,
        |count| {
            let example = "```sql\nSELECT id FROM shop.counter.cheese WHERE a = '1' AND c = '2';\n```\n";
            format!("{TOP}{METHODS}{}\n## `SELECT` examples\n{}", rows(count, markdown_row), example.repeat(count))
        },
        |page, count| page.sql_examples.len() == count,
    );
    assert_proportional(
        "broken rows",
        100_000,
        |count| format!("{TOP}{METHODS}{}", "| `../x` | `FETCH` |\n".repeat(count)),
        |page, count| page.diagnostics.len() >= count,
    );
}

#[test]
fn ten_thousand_levels() {
    let nested = |open: &'static str, close: &'static str| {
        move |count: usize| {
            format!("{TOP}{}x\n{}{METHODS}{}", open.repeat(count), close.repeat(count), markdown_row("get", ""))
        }
    };
    for (open, close) in [
        ("<Tabs>\n<TabItem value=\"x\">\n", "</TabItem>\n</Tabs>\n"),
        ("<TabItem value=\"x\">", "</TabItem>"),
        ("> ", ""),
        ("- ", ""),
        ("> - ", ""),
        ("<table><tr><td>", "</td></tr></table>\n"),
        ("<code>", "</code>"),
        ("[", "]"),
        ("**a *", ""),
        ("````\n```\n", ""),
    ] {
        assert_proportional(&format!("levels of {open:?}"), 10_000, nested(open, close), |_, _| true);
    }
}

#[test]
fn a_line_of_fifty_megabytes() {
    for piece in ["word ", "|", "``a", "<", "<!--", "&amp", "](", "*a_", "TabItem"] {
        let page =
            |size: usize| format!("{TOP}{}\n{METHODS}{}", piece.repeat(size / piece.len()), markdown_row("get", ""));
        assert_proportional(&format!("a line of {piece:?}"), 50_000_000, page, |page, _| page.methods.len() == 1);
    }
}
