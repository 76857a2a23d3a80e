//! The Fields section and the Parameters table.
//!
//! An empty Fields section, one that says that the resource cannot be selected from, and one with tables look alike
//! and mean different things: see [`FieldsSection`].

use std::collections::HashSet;
use std::ops::Range;

use super::cell::plain_text;
use super::names::NameKind;
use super::page_text::{PageText, printable};
use super::sections::{Document, Part, Topic};
use super::table::{self, Column, Row, Table};
use super::{FieldRow, FieldsSection, FieldsTab};

/// What the Fields section says, with two facts that it gives away about the page.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// The section.
    pub(super) section: FieldsSection,
    /// Whether it says that the resource is a view.
    pub(super) is_view: bool,
    /// Whether its tables are HTML tables; `None` when there are none.
    pub(super) is_html: Option<bool>,
}

/// Reads the Fields section. Where the heading is missing, its sentence can stand at the end of the Overview.
pub(super) fn read(text: &PageText<'_>, document: &Document) -> Fields {
    let mut fields = Fields::default();
    let mut tabs: Vec<FieldsTab> = Vec::new();
    for part in parts(document, Topic::Fields) {
        for mut table in table::read(text, document, part.range.clone()) {
            if !table.has(&[Column::Name, Column::Datatype]) {
                continue;
            }
            fields.is_html.get_or_insert(table.is_html);
            let rows = std::mem::take(&mut table.rows).into_iter();
            let rows: Vec<FieldRow> = rows.filter_map(|row| field_row(text, &table, row, NameKind::Field)).collect();
            match tabs.iter_mut().find(|tab| tab.tab == part.tab) {
                Some(tab) => tab.rows.extend(rows),
                None => tabs.push(FieldsTab { tab: part.tab.clone(), rows }),
            }
        }
    }
    let prose = prose(text, document);
    fields.is_view = prose.contains("> This resource is a view");
    fields.section = if tabs.iter().any(|tab| !tab.rows.is_empty()) {
        FieldsSection::Known(tabs)
    } else if says_not_selectable(&prose) {
        FieldsSection::NotSelectable
    } else {
        FieldsSection::Unknown
    };
    fields
}

/// Reads the tables of parameters: those of the Parameters section, and those that stand among the methods.
pub(super) fn read_parameters(text: &PageText<'_>, document: &Document, among_methods: Vec<Table>) -> Vec<FieldRow> {
    let mut parameters = Vec::new();
    let mut seen = HashSet::new();
    let mut read = |mut table: Table| {
        if !table.has(&[Column::Name, Column::Datatype]) {
            return;
        }
        for row in std::mem::take(&mut table.rows) {
            let offset = row.offset;
            let Some(parameter) = field_row(text, &table, row, NameKind::Parameter) else { continue };
            if !seen.insert(parameter.name.clone()) {
                let message = format!("the parameter `{}` is described twice", parameter.name);
                let diagnostic = text.note("docs/duplicate-parameter", text.rest_of_line(offset), message);
                let hint = "describe it once for all methods";
                text.report(diagnostic.assuming("both descriptions are kept").with_hint(hint));
            }
            parameters.push(parameter);
        }
    };
    among_methods.into_iter().for_each(&mut read);
    for part in parts(document, Topic::Parameters) {
        table::read(text, document, part.range.clone()).into_iter().for_each(&mut read);
    }
    parameters
}

fn parts(document: &Document, topic: Topic) -> impl Iterator<Item = &Part> {
    document.on(topic).flat_map(|section| &section.parts)
}

/// Reads a row of a table of names and datatypes; `None` when it has to be left out.
fn field_row(text: &PageText<'_>, table: &Table, mut row: Row, kind: NameKind) -> Option<FieldRow> {
    report_short_row(text, table, &row);
    let name_cell = table.cell(&row, Column::Name)?;
    let name = name_cell.value();
    if name.is_empty() {
        let place = name_cell.place.clone();
        if kind == NameKind::Parameter {
            let diagnostic = text.error("docs/empty-name", place, "a parameter has no name");
            text.report(diagnostic.assuming("the row is left out").with_hint("give it a name"));
            return None;
        }
        let diagnostic = text.warning("docs/empty-name", place, "a field has no name");
        text.report(diagnostic.assuming("the row is kept").with_hint("give it a name"));
    }
    if !kind.accepts(name) {
        let message = format!("`{}` cannot be a name", printable(name));
        let diagnostic = text.error("docs/bad-name", text.word(name_cell.place.clone(), name), message);
        let hint = match kind {
            NameKind::Field => "write what is seen, in not more than 1,000 characters",
            _ => "write letters, digits and `_+$.-[]#`",
        };
        text.report(diagnostic.assuming("the row is left out").with_hint(hint));
        return None;
    }
    let datatype = table.cell(&row, Column::Datatype).map(|cell| (cell.value(), &cell.place));
    if let Some((datatype, place)) = datatype.filter(|(datatype, _)| !is_known_datatype(datatype)) {
        let message = format!("`{}` is no known datatype", printable(datatype));
        let diagnostic = text.note("docs/unknown-datatype", text.word(place.clone(), datatype), message);
        let hint = "write a type of JSON, with its format in parentheses: `string (date-time)`";
        text.report(diagnostic.assuming("it is read as any value").with_hint(hint));
    }
    Some(FieldRow {
        name: table.take(&mut row, Column::Name).into_value(),
        datatype: table.take(&mut row, Column::Datatype).into_value(),
        description: table.take(&mut row, Column::Description).into_text(),
        line: text.line(row.offset),
    })
}

/// Reports a row that has fewer cells than its table has columns.
pub(super) fn report_short_row(text: &PageText<'_>, table: &Table, row: &Row) {
    if row.cells.len() < table.header.len() {
        let message = format!("the row has {} of {} cells", row.cells.len(), table.header.len());
        let diagnostic = text.warning("docs/short-row", text.rest_of_line(row.offset), message);
        let hint = "write every cell, an empty one as two blanks";
        text.report(diagnostic.assuming("the missing ones are empty").with_hint(hint));
    }
}

/// A type word, with a format in parentheses after some of them: `string (date-time)`.
fn is_known_datatype(datatype: &str) -> bool {
    const WORDS: [&str; 11] =
        ["", "string", "object", "array", "integer", "boolean", "number", "any", "text", "null", "unknown"];
    let (word, format) = datatype.split_once(" (").map_or((datatype, None), |(word, format)| (word, Some(format)));
    let is_format = |format: &str| {
        let signs = ['_', '-', ' '];
        format.strip_suffix(')').is_some_and(|format| {
            !format.is_empty() && format.chars().all(|c| c.is_alphanumeric() || signs.contains(&c))
        })
    };
    (WORDS.contains(&word) || word == "undefined") && format.is_none_or(is_format)
}

/// What the page says about fields outside of tables.
fn prose(text: &PageText<'_>, document: &Document) -> String {
    let topics = [Topic::Fields, Topic::Overview];
    let sections = topics.into_iter().find_map(|topic| document.on(topic).next());
    let ranges = sections.into_iter().flat_map(|section| &section.parts).map(|part| part.range.clone());
    let says_something = |range: &Range<usize>| {
        text.contains(range.clone(), "not supported") || text.contains(range.clone(), "This resource is a view")
    };
    ranges.filter(says_something).map(|range| lines_of_prose(text, range)).collect()
}

/// Only lines that begin as a sentence or a quotation: rows of tables hold descriptions, which can say anything.
fn lines_of_prose(text: &PageText<'_>, range: Range<usize>) -> String {
    let is_prose = |line: &&str| {
        let line = line.trim_start();
        line.starts_with(['`', '>', 'S']) || line.starts_with("<code>SELECT") || line.starts_with("'SELECT")
    };
    let mut prose = String::new();
    for line in text.lines(range).map(|(_, line)| line).filter(is_prose) {
        prose.push_str(line);
        prose.push('\n');
    }
    prose
}

/// Whether one of the lines is the generators' sentence "`SELECT` not supported for this resource, …".
fn says_not_selectable(prose: &str) -> bool {
    prose.lines().filter(|line| line.contains("not supported")).any(|line| {
        let plain = plain_text(line).replace(['`', '\''], "");
        let rest = plain.strip_prefix("SELECT").map(str::trim_start);
        rest.is_some_and(|rest| rest.strip_prefix("operation ").unwrap_or(rest).starts_with("not supported"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_datatype_of_real_pages_is_known() {
        for datatype in
            ["", "string", "undefined", "string (role name)", "string (date-time-rfc1123)", "integer (int64)"]
        {
            assert!(is_known_datatype(datatype), "{datatype}");
        }
        for datatype in ["str", "string ()", "string (a", "string(a)", "String"] {
            assert!(!is_known_datatype(datatype), "{datatype}");
        }
    }

    #[test]
    fn the_sentence_is_known_in_every_generators_words() {
        for sentence in [
            "`SELECT` not supported for this resource, use `SHOW METHODS` to view available operations for the resource.",
            "`SELECT` not supported for this resource, see the methods section for supported operations.",
            "<code>SELECT</code> operation not supported for this resource.",
            "SELECT not supported for this resource",
        ] {
            assert!(says_not_selectable(sentence), "{sentence}");
        }
        assert!(!says_not_selectable("`SELECT` queries return the fields that are not supported elsewhere"));
    }
}
