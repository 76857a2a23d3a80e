//! HTML tables to rows of cells.
//!
//! Pages hold HTML tables whose text is not HTML: `{subscriptionId}`, `Dictionary<String, String>`, `<CopyableCode />`
//! without an end tag, addresses with `&region=`. [`tidy`] first writes the table again so that an HTML parser
//! reads it as it was meant; then scraper, by the rules of HTML 5, says where rows and cells begin and end.

use std::fmt::Write as _;
use std::ops::Range;

use scraper::{ElementRef, Html};

use super::cell::Cell;
use super::entity;
use super::table::{Column, Row, Table};
use super::tag::{CodeSpans, Tag};

/// The attribute by which a tidied row or cell says where it stood on the page.
pub(super) const OFFSET: &str = "data-offset";

/// Reads the table that begins at the start of a range and does not reach beyond its end.
///
/// Returns it with the offset behind it and whether it was closed.
pub(super) fn read(text: &str, range: Range<usize>) -> (Table, usize, bool) {
    let Tidied { html, end, closed } = tidy(text, range.clone(), Keep::Table);
    (rows(&Html::parse_fragment(&html), range.start), end, closed)
}

fn rows(html: &Html, offset: usize) -> Table {
    let mut table = Table { is_html: true, offset, ..Table::default() };
    for node in html.root_element().descendants() {
        let Some(element) = ElementRef::wrap(node) else { continue };
        match element.value().name() {
            "tr" => {
                let offset = element.attr(OFFSET).and_then(|offset| offset.parse().ok()).unwrap_or(offset);
                table.rows.push(Row { offset, cells: Vec::new() });
            }
            "th" if table.rows.len() <= 1 => table.header.push(Column::named(Cell::from_element(element).text())),
            "td" | "th" => {
                if let Some(row) = table.rows.last_mut() {
                    row.cells.push(Cell::from_element(element));
                }
            }
            _ => {}
        }
    }
    table.rows.retain(|row| !row.cells.is_empty());
    table
}

/// The text of a cell of a markdown table, or of a paragraph, as HTML that holds code elements and line breaks only.
pub(super) fn tidy_text(text: &str) -> String {
    tidy(text, 0..text.len(), Keep::Text).html
}

/// The plain text of a paragraph.
pub(super) fn plain_text(text: &str) -> String {
    Cell::from_markdown(text, 0).text().to_owned()
}

/// What of the markup survives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    /// Code and line breaks.
    Text,
    /// The same and the parts of one table, up to its end.
    Table,
}

struct Tidied {
    html: String,
    end: usize,
    closed: bool,
}

/// Writes HTML that means to a parser what the page means to its reader.
///
/// Only the tags that carry meaning here are kept, code elements are never nested and always closed, everything
/// else is text: so the tree that the parser builds is as flat as the table, whatever the page holds.
fn tidy(text: &str, range: Range<usize>, keep: Keep) -> Tidied {
    let mut writer = Writer { html: String::with_capacity(range.len() + range.len() / 4), in_code: false };
    let text = text.get(..range.end).unwrap_or(text);
    let mut spans = CodeSpans::default();
    let mut cell_end = range.start;
    let mut code_end = range.start;
    let mut at = range.start;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (plain, rest) = rest.split_at(rest.find(['<', '`']).unwrap_or(rest.len()));
        writer.text(&entity::decode(plain));
        at += plain.len();
        if rest.starts_with('`') {
            if cell_end <= at {
                cell_end = if keep == Keep::Table { end_of_cell(text, at) } else { text.len() };
            }
            let mut run = 1;
            if code_end <= at {
                (run, code_end) = match spans.at(text, at, cell_end) {
                    Ok(span) => (span.start - at, span.end + (span.start - at)),
                    Err(run) => (run, code_end),
                };
            }
            writer.text(text.get(at..at + run).unwrap_or_default());
            at += run;
        } else if rest.starts_with('<') {
            // In code only a line break is a tag: generators put it there for a line end, whatever it stood in.
            let tag = Tag::at(text, at).filter(|tag| code_end <= at || tag.is("br"));
            let Some(tag) = tag else {
                writer.text("<");
                at += 1;
                continue;
            };
            if keep == Keep::Table && tag.closing && tag.is("table") {
                return Tidied { html: writer.finish(), end: tag.end, closed: true };
            }
            writer.tag(&tag, at, keep);
            at = tag.end;
        }
    }
    Tidied { html: writer.finish(), end: text.len(), closed: false }
}

/// Where the cell that holds an offset ends.
fn end_of_cell(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find("</t")).map_or(text.len(), |length| at + length)
}

struct Writer {
    html: String,
    in_code: bool,
}

impl Writer {
    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(['<', '&', '\0']) {
            let (plain, special) = rest.split_at(at);
            self.html.push_str(plain);
            self.html.push_str(match special.as_bytes().first() {
                Some(b'<') => "&lt;",
                Some(b'&') => "&amp;",
                _ => "\u{fffd}",
            });
            rest = special.get(1..).unwrap_or_default();
        }
        self.html.push_str(rest);
    }

    fn tag(&mut self, tag: &Tag<'_>, offset: usize, keep: Keep) {
        let name = tag.name.to_ascii_lowercase();
        match (name.as_str(), tag.closing) {
            ("br", _) => self.html.push_str("<br>"),
            ("copyablecode", false) => {
                self.end_code();
                self.html.push_str("<copyablecode code=\"");
                let code = entity::decode(tag.attribute("code").unwrap_or_default());
                let code = code.replace('&', "&amp;").replace('"', "&quot;").replace('\0', "\u{fffd}");
                let _ = write!(self.html, "{code}\"></copyablecode>");
            }
            ("code", false) if !tag.self_closing => {
                self.end_code();
                self.html.push_str("<code>");
                self.in_code = true;
            }
            ("code", true) => self.end_code(),
            ("tr" | "td" | "th", false) if keep == Keep::Table => {
                self.end_code();
                let _ = write!(self.html, "<{name} {OFFSET}=\"{offset}\">");
            }
            ("thead" | "tbody" | "tr" | "td" | "th", _) if keep == Keep::Table => {
                self.end_code();
                let slash = if tag.closing { "/" } else { "" };
                let _ = write!(self.html, "<{slash}{name}>");
            }
            ("table", false) if keep == Keep::Table && self.html.is_empty() => self.html.push_str("<table>"),
            _ => {}
        }
    }

    fn end_code(&mut self) {
        if self.in_code {
            self.html.push_str("</code>");
            self.in_code = false;
        }
    }

    fn finish(mut self) -> String {
        self.end_code();
        self.html
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &str) -> Vec<Vec<String>> {
        let (table, ..) = read(text, 0..text.len());
        let texts = |row: &Row| row.cells.iter().map(|cell| cell.text().to_owned()).collect();
        table.rows.iter().map(texts).collect()
    }

    #[test]
    fn a_header_row_glued_to_the_first_row_is_a_header_all_the_same() {
        let text =
            "<table><tbody><tr><th>Name</th><th>Datatype</th></tr><tr><td>a</td><td>b</td></tr>\n</tbody></table>x";
        let (table, end, closed) = read(text, 0..text.len());
        assert_eq!(table.header, [Column::Name, Column::Datatype]);
        assert_eq!((table.rows.len(), end, closed), (1, text.len() - 1, true));
        assert_eq!(text.get(table.rows[0].offset..).map(|row| row.starts_with("<tr><td>a")), Some(true));
        assert_eq!(table.rows[0].cells[1].offset, text.find("<td>b").unwrap());
    }

    #[test]
    fn text_that_is_no_html_stays_text() {
        let text = "<table><tr><td>{x} a<b <Key, Value> `<td>` & &region; `c</td><td>d</td></tr></table>";
        assert_eq!(read_all(text), [["{x} a<b <Key, Value> `<td>` & &region; `c", "d"]]);
    }

    #[test]
    fn missing_end_tags_are_forgiven() {
        assert_eq!(read_all("<table><tr><td>a<td><code>b<tr><td>c"), [vec!["a", "b"], vec!["c"]]);
    }

    #[test]
    fn a_table_in_a_cell_does_not_hide_the_rest() {
        let text = "<table><tr><td>a<table><i>b</i></td><td>c</td></tr></table>";
        assert_eq!(read_all(text), [["ab", "c"]]);
    }
}
