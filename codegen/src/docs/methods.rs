//! The Methods table.

use std::collections::HashSet;

use bindery_ir::{SqlName, Verb};

use super::MethodRow;
use super::cell::{Cell, plain_text};
use super::fields::report_short_row;
use super::names::NameKind;
use super::page_text::{PageText, printable};
use super::sections::{Document, Topic};
use super::table::{self, Column, Row, Table};

/// The Methods section.
#[derive(Debug, Default)]
pub(super) struct Methods {
    /// The rows of its tables.
    pub(super) rows: Vec<MethodRow>,
    /// The form of its table; `None` without a table.
    pub(super) table: Option<TableForm>,
    /// The other tables of the section. One generation describes parameters there.
    pub(super) others: Vec<Table>,
}

/// What tells the dialects apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TableForm {
    /// Whether it is an HTML table.
    pub(super) is_html: bool,
    /// How many columns it has.
    pub(super) columns: usize,
}

/// Reads the Methods section.
pub(super) fn read(text: &PageText<'_>, document: &Document) -> Methods {
    let mut methods = Methods::default();
    let mut seen = HashSet::new();
    for part in document.on(Topic::Methods).flat_map(|section| &section.parts) {
        for mut table in table::read(text, document, part.range.clone()) {
            if !table.has(&[Column::Name, Column::AccessibleBy]) {
                methods.others.push(table);
                continue;
            }
            let form = TableForm { is_html: table.is_html, columns: table.header.len() };
            methods.table.get_or_insert(form);
            for row in std::mem::take(&mut table.rows) {
                let offset = row.offset;
                let Some(method) = method_row(text, &table, row) else { continue };
                if seen.insert((method.name.clone(), method.verb)) {
                    methods.rows.push(method);
                } else {
                    let message = format!("the method `{}` is listed twice for {}", method.name, method.verb);
                    let diagnostic = text.warning("docs/duplicate-method", text.rest_of_line(offset), message);
                    text.report(diagnostic.assuming("the first row counts").with_hint("remove one of them"));
                }
            }
        }
    }
    methods
}

/// Reports a resource page without a Methods table, unless it says that there are no methods.
pub(super) fn report_missing(text: &PageText<'_>, document: &Document) {
    let section = document.on(Topic::Methods).next();
    let mut lines =
        section.into_iter().flat_map(|section| &section.parts).flat_map(|part| text.lines(part.range.clone()));
    let says_so = lines.any(|(_, line)| {
        line.starts_with("No additional methods available")
            || plain_text(line).starts_with("Currently only SELECT is supported")
    });
    if !says_so {
        let offset = section.map_or(document.preamble.start, |section| section.offset);
        let place = text.rest_of_line(offset);
        let diagnostic = text.warning("docs/no-methods-table", place, "the page has no table of methods");
        let hint = "add `## Methods` with the columns Name, Accessible by, Required Params, Description";
        text.report(diagnostic.assuming("the resource has no methods").with_hint(hint));
    }
}

fn method_row(text: &PageText<'_>, table: &Table, mut row: Row) -> Option<MethodRow> {
    report_short_row(text, table, &row);
    let name_cell = table.cell(&row, Column::Name)?;
    let name = name_cell.value();
    if name.is_empty() {
        let diagnostic = text.error("docs/empty-name", name_cell.place.clone(), "a method has no name");
        text.report(diagnostic.assuming("the row is left out").with_hint("give it a name"));
        return None;
    }
    if !NameKind::Method.accepts(name) {
        let message = format!("`{}` cannot be the name of a method", printable(name));
        let diagnostic = text.error("docs/bad-name", text.word(name_cell.place.clone(), name), message);
        let hint = "write letters, digits, `_`, `-` and single dots";
        text.report(diagnostic.assuming("the row is left out").with_hint(hint));
        return None;
    }
    let parameters = |column| table.cell(&row, column).map(|cell| parameters(text, name, cell)).unwrap_or_default();
    Some(MethodRow {
        name: SqlName::from(name),
        verb: verb(text, table, &row),
        required: parameters(Column::Required),
        optional: parameters(Column::Optional),
        description: table.take(&mut row, Column::Description).into_text(),
        line: text.line(row.offset),
    })
}

fn verb(text: &PageText<'_>, table: &Table, row: &Row) -> Verb {
    let cell = table.cell(row, Column::AccessibleBy);
    let word = cell.map(Cell::value).unwrap_or_default();
    Verb::parse(word).unwrap_or_else(|| {
        let place = cell.map_or(row.offset..row.offset, |cell| text.word(cell.place.clone(), word));
        let diagnostic = text.warning("docs/unknown-verb", place, format!("`{}` is no SQL verb", printable(word)));
        let hint = "write SELECT, INSERT, UPDATE, REPLACE, DELETE or EXEC";
        text.report(diagnostic.assuming("it is read as EXEC").with_hint(hint));
        Verb::Exec
    })
}

/// The parameters of a cell, verbatim. Items without a name are left out, and names that cannot be one.
fn parameters(text: &PageText<'_>, method: &str, cell: &Cell) -> Vec<SqlName> {
    let mut parameters: Vec<SqlName> = Vec::new();
    let mut seen = HashSet::new();
    for name in cell.items() {
        if name.is_empty() {
            let message = format!("a parameter of `{method}` has no name");
            let diagnostic = text.warning("docs/empty-name", cell.place.clone(), message);
            text.report(diagnostic.assuming("the item is left out").with_hint("remove the surplus comma"));
        } else if !NameKind::Parameter.accepts(name) {
            let message = format!("`{}` of `{method}` cannot be the name of a parameter", printable(name));
            let diagnostic = text.error("docs/bad-name", text.word(cell.place.clone(), name), message);
            let hint = "write letters, digits and `_+$.-[]#`";
            text.report(diagnostic.assuming("the parameter is left out").with_hint(hint));
        } else {
            if !seen.insert(name) {
                let message = format!("`{method}` lists the parameter `{name}` twice");
                let diagnostic = text.note("docs/duplicate-parameter", text.word(cell.place.clone(), name), message);
                let assumed = "both are kept: one can be a property of the body";
                text.report(diagnostic.assuming(assumed).with_hint("remove one where they are the same"));
            }
            parameters.push(SqlName::from(name));
        }
    }
    parameters
}
