//! Pages that mean harm, or mean nothing: they are read without a panic, and what is dangerous is left out.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use bindery_codegen::Severity;
use bindery_codegen::docs::{FieldsSection, Page, read_page};
use proptest::prelude::*;

const PAGE: &str = "--- \ntitle: cheese\n---\n\nimport CopyableCode from 'x';\nimport Tabs from '@theme/Tabs';\n\nBlurb.\n\n## Overview\n<table><tbody>\n<tr><td><b>Type</b></td><td>Resource</td></tr>\n<tr><td><b>Id</b></td><td><CopyableCode code=\"shop.counter.cheese\" /></td></tr>\n</tbody></table>\n\n## Fields\n<Tabs>\n<TabItem value=\"get\">\n\n<table>\n<thead>\n<tr>\n<th>Name</th>\n<th>Datatype</th>\n<th>Description</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td><CopyableCode code=\"id\" /></td>\n<td><code>string</code></td>\n<td>a &lt;b&gt;<br />`c`</td>\n</tr>\n</tbody>\n</table>\n</TabItem>\n</Tabs>\n\n## Methods\n| Name | Accessible by | Required Params | Description |\n|:--|:--|:--|:--|\n| <CopyableCode code=\"get\" /> | `SELECT` | <CopyableCode code=\"id, If-Match\" /> | one\ntwo \\| three |\n\n## `SELECT` examples\n```sql\nSELECT id\n```\n";

/// The page with one method of this name and description.
fn with_method(name: &str, description: &str) -> Page {
    read_page(
        "p.md",
        &PAGE.replace("\"get\" /> |", &format!("\"{name}\" /> |")).replace("one\ntwo \\| three", description),
    )
}

#[test]
fn a_description_can_say_anything() {
    for description in [
        "ends */ a comment",
        "ends \"# a raw string",
        "#[doc = \"x\"] #![allow(all)]",
        "{{ handlebars }} {not} ${interpolated}",
        "\u{202e}backwards\u{202c}",
        "```",
        "closes ``` a fence ```",
        "&amp;lt;script&amp;gt;",
    ] {
        let page = with_method("get", description);
        let expected = description.replace("&amp;", "&");
        assert_eq!(page.methods[0].description, expected);
        assert_eq!(page.sql_examples.len(), 1, "{description}");
        assert_eq!(page.diagnostics, []);
    }
    assert_eq!(with_method("get", "a\rb\u{85}c\u{2028}## Methods").methods[0].description, "a b c ## Methods");
}

#[test]
fn a_description_that_opens_a_fence_takes_no_section_with_it() {
    let page = with_method("get", "text\n```sql\nSELECT");
    assert_eq!((page.methods.len(), page.sql_examples.len()), (1, 1));
    assert_eq!(page.sql_examples[0].sql, "SELECT id");
}

#[test]
fn a_method_that_would_leave_its_folder_is_refused() {
    for name in ["../../x", "a/b", "..", "a\u{202e}b", "a\rb", "a b", "a`b", "\u{1b}[31m"] {
        let page = with_method(name, "x");
        assert!(page.methods.is_empty(), "{name:?}");
        let error = &page.diagnostics[0];
        assert_eq!((error.code, error.severity), ("docs/bad-name", Severity::Error), "{name:?}");
        assert!(!error.to_string().contains(['\u{202e}', '\u{1b}', '\r']), "{name:?}");
    }
}

#[test]
fn a_parameter_that_would_leave_its_place_is_refused() {
    let page = read_page("p.md", &PAGE.replace("If-Match", "../x, a'b, $filter"));
    assert_eq!(page.methods[0].required, ["id", "$filter"]);
    let codes: Vec<_> = page.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, ["docs/bad-name", "docs/bad-name"]);
}

#[test]
fn a_page_without_anything_is_a_page() {
    for text in ["", "\u{feff}", "---", "\n\n", "## Methods", "|", "<table", "```"] {
        let page = read_page("p.md", text);
        assert!(page.id.is_none() && page.methods.is_empty(), "{text}");
        assert!(page.diagnostics.iter().any(|diagnostic| diagnostic.code == "docs/no-id"), "{text}");
    }
}

#[test]
fn depth_and_repetition_do_no_harm() {
    for piece in [
        "<td>", "<code>", "<a \"", "`", "``a`", "&", "&amp", "<table>", "> ", "- ", "[", "<b>", "| ", "\n## ", "<!--",
        "*a_",
    ] {
        for template in ["Blurb.", "a &lt;b&gt;<br />`c`", "two \\|", "SELECT id"] {
            let page = read_page("p.md", &PAGE.replace(template, &piece.repeat(5_000)));
            assert_eq!(page.path, "p.md");
        }
    }
}

/// Cuts, doubles and overwrites pieces of a text.
fn mutated(text: &str, edits: &[(usize, usize, u8, String)]) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for (at, length, kind, piece) in edits {
        let start = at % (characters.len() + 1);
        let end = (start + length).min(characters.len());
        let taken: Vec<char> = characters[start..end].to_vec();
        match kind % 3 {
            0 => drop(characters.splice(start..end, [])),
            1 => drop(characters.splice(end..end, taken)),
            _ => drop(characters.splice(start..end, piece.chars())),
        }
    }
    characters.into_iter().collect()
}

/// What must hold for every page, whatever it was made of.
fn assert_sound(page: &Page, text: &str) {
    let lines = u32::try_from(text.matches('\n').count() + 1).unwrap();
    assert!(page.diagnostics.iter().all(|diagnostic| (1..=lines).contains(&diagnostic.origin.line)));
    assert!(page.methods.iter().all(|method| !method.name.as_str().contains(['/', '\\', '\n'])));
    assert!(page.methods.iter().all(|method| (1..=lines).contains(&method.line)));
    if let FieldsSection::Known(tabs) = &page.fields {
        assert!(tabs.iter().any(|tab| !tab.rows.is_empty()));
    }
    assert!(page.to_json().is_object());
}

proptest! {
    #[test]
    fn any_bytes_are_a_page(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let text = String::from_utf8_lossy(&bytes);
        assert_sound(&read_page("p.md", &text), &text);
    }

    #[test]
    fn any_text_is_a_page(text in "\\PC*|[\\s\\S]{0,300}|([|`<>&#:\\-\n\r \\\\/a\"=]|<td>|<table>|</table>|```|## Methods\n|## Fields\n){0,80}") {
        assert_sound(&read_page("p.md", &text), &text);
    }

    #[test]
    fn any_change_to_a_page_leaves_a_page(
        edits in prop::collection::vec((any::<usize>(), 0_usize..60, any::<u8>(), "[|`<>&#:\n\r /a\"\u{202e}]{0,6}|```|<table>|</td>|## Methods\n"), 1..8)
    ) {
        let text = mutated(PAGE, &edits);
        assert_sound(&read_page("p.md", &text), &text);
    }
}
