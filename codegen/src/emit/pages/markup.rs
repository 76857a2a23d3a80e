//! The building blocks of a page: front matter, tabs, tables, fenced code.

use super::escape;

/// What stands between the `---` lines at the top.
pub(super) struct FrontMatter<'a> {
    /// The words that mark a generated file.
    pub(super) mark: &'a str,
    pub(super) title: &'a str,
    pub(super) keywords: Vec<&'a str>,
    /// The id that a site refers to the page by, where it has one of its own.
    pub(super) id: Option<&'a str>,
}

impl FrontMatter<'_> {
    /// The block for a page of a provider, with a sentence for search engines.
    pub(super) fn write(&self, provider: &str, description: &str) -> String {
        let mut text = format!("---\n# {}\ntitle: {}\n", self.mark, escape::yaml(self.title));
        text.push_str("hide_title: false\nhide_table_of_contents: false\nkeywords:\n");
        for keyword in &self.keywords {
            text.push_str(&format!("  - {}\n", escape::yaml(keyword)));
        }
        let image = format!("/img/{provider}-provider-featured-image.png");
        text.push_str(&format!("description: {}\ncustom_edit_url: null\n", escape::yaml(description)));
        text.push_str(&format!("image: {}\n", escape::yaml(&image)));
        if let Some(id) = self.id {
            text.push_str(&format!("id: '{id}'\n"));
        }
        text.push_str("---\n\n");
        text
    }
}

/// A tab: its value, what it is called, and what it holds.
pub(super) struct Tab {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) content: String,
}

impl Tab {
    /// A tab that is called by its value.
    pub(super) fn named(value: &str, content: String) -> Self {
        Self { value: value.to_owned(), label: value.to_owned(), content }
    }
}

/// Tabs, of which the first is shown first.
pub(super) fn tabs(tabs: &[Tab]) -> String {
    let first = tabs.first().map(|tab| tab.value.as_str()).unwrap_or_default();
    let values: Vec<String> =
        tabs.iter().map(|tab| format!("        {{ label: '{}', value: '{}' }}", tab.label, tab.value)).collect();
    let mut text = format!("<Tabs\n    defaultValue=\"{first}\"\n    values={{[\n{}\n    ]}}\n>\n", values.join(",\n"));
    for tab in tabs {
        text.push_str(&format!("<TabItem value=\"{}\">\n\n{}\n</TabItem>\n", tab.value, tab.content.trim_end()));
    }
    text.push_str("</Tabs>\n");
    text
}

/// A table row: the anchor of the row, and its cells as they are written.
pub(super) struct Row {
    pub(super) anchor: Option<String>,
    pub(super) cells: Vec<String>,
}

/// A table with headings.
pub(super) fn table(headings: &[&str], rows: &[Row]) -> String {
    let mut text = "<table>\n<thead>\n    <tr>\n".to_owned();
    for heading in headings {
        text.push_str(&format!("    <th>{heading}</th>\n"));
    }
    text.push_str("    </tr>\n</thead>\n<tbody>\n");
    for row in rows {
        match &row.anchor {
            Some(anchor) => text.push_str(&format!("<tr id=\"{}\">\n", escape::attribute(anchor))),
            None => text.push_str("<tr>\n"),
        }
        for cell in &row.cells {
            text.push_str(&format!("    <td>{cell}</td>\n"));
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody>\n</table>\n");
    text
}

/// A name that readers can copy with a click.
pub(super) fn copyable(name: &str) -> String {
    format!("<CopyableCode code=\"{}\" />", escape::attribute(name))
}

/// Code between fences that nothing in it can close.
pub(super) fn fence(language: &str, code: &str) -> String {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let marks = "`".repeat(longest.max(2) + 1);
    format!("{marks}{language}\n{code}\n{marks}\n")
}
