//! Tables of a part of a page: markdown and HTML alike become a header of known columns and rows of cells.
//!
//! Markdown tables are read here and not by the markdown parser, because generated rows break its rules: their
//! descriptions run over several lines, with blank lines and list items between, and hold unescaped pipes. What a
//! reader makes of them is: a row goes on until the next row begins, and surplus pipes belong to the last cell.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr_iter, memmem};

use super::cell::Cell;
use super::html_table;
use super::page_text::PageText;
use super::sections::Document;

/// For how many cells of a row room is made beforehand.
const MOST_COLUMNS: usize = 5;

/// A table with a header that was understood, as far as it has one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// What its columns hold; empty for a table without header.
    pub(super) header: Vec<Column>,
    /// Its rows, without the header.
    pub(super) rows: Vec<Row>,
    /// Whether it is an HTML table.
    pub(super) is_html: bool,
    /// Where it begins on the page.
    pub(super) offset: usize,
}

impl Table {
    /// Whether it has all these columns.
    pub(super) fn has(&self, columns: &[Column]) -> bool {
        columns.iter().all(|column| self.header.contains(column))
    }

    /// The cell of a row in a column.
    pub(super) fn cell<'r>(&self, row: &'r Row, column: Column) -> Option<&'r Cell> {
        row.cells.get(self.header.iter().position(|known| *known == column)?)
    }

    /// The same, taken out of the row; an empty cell where the row has none.
    pub(super) fn take(&self, row: &mut Row, column: Column) -> Cell {
        let position = self.header.iter().position(|known| *known == column);
        position.and_then(|position| row.cells.get_mut(position)).map(std::mem::take).unwrap_or_default()
    }
}

/// A row of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    /// Where it begins on the page.
    pub(super) offset: usize,
    /// Its cells; there can be fewer than the header has columns.
    pub(super) cells: Vec<Cell>,
}

/// What a column holds, by its heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Name,
    Datatype,
    AccessibleBy,
    Required,
    Optional,
    Description,
    Unknown,
}

impl Column {
    /// The column under a heading.
    pub(super) fn named(heading: &str) -> Self {
        const HEADINGS: [(&str, Column); 10] = [
            ("name", Column::Name),
            ("datatype", Column::Datatype),
            ("data type", Column::Datatype),
            ("type", Column::Datatype),
            ("accessible by", Column::AccessibleBy),
            ("required params", Column::Required),
            ("required parameters", Column::Required),
            ("optional params", Column::Optional),
            ("optional parameters", Column::Optional),
            ("description", Column::Description),
        ];
        let heading = heading.trim_matches(['*', '`', ' ']);
        let known = HEADINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(heading));
        known.map_or(Self::Unknown, |(_, column)| *column)
    }
}

/// All tables that begin in a range, in order. Fenced code holds none.
pub(super) fn read(source: &PageText<'_>, document: &Document, range: Range<usize>) -> Vec<Table> {
    let mut tables = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let line = source.line_at(at, range.end);
        if let Some(fence) = document.fence_at(at) {
            at = fence.range.end.max(at + line.len() + 1);
        } else if let Some(column) = html_table_start(line) {
            let (table, end, closed) = html_table::read(source.text(), at + column..range.end);
            if !closed {
                let place = source.rest_of_line(at + column);
                let diagnostic = source.warning("docs/unterminated-table", place, "the table is not closed");
                let assumed = "it ends with its section or tab";
                source.report(diagnostic.assuming(assumed).with_hint("close it with `</table>`"));
            }
            tables.push(table);
            at = end.max(at + 1);
        } else if is_markdown_header(source, at, line, range.end) {
            let (table, end) = read_markdown(source, document, at, range.end);
            tables.push(table);
            at = end.max(at + line.len() + 1);
        } else {
            at += line.len() + 1;
        }
    }
    tables
}

fn html_table_start(line: &str) -> Option<usize> {
    if line.starts_with('|') {
        return None;
    }
    let column = memmem::find(line.as_bytes(), b"<table")?;
    line.get(column + 6..)?
        .starts_with(['>', ' ', '\t'])
        .then_some(column)
        .or_else(|| line.ends_with("<table").then_some(column))
}

/// Whether a line with pipes is followed by the line of dashes that makes it a header.
fn is_markdown_header(source: &PageText<'_>, at: usize, line: &str, end: usize) -> bool {
    line.trim_start().starts_with('|') && is_delimiter(source.line_at((at + line.len() + 1).min(end), end))
}

fn is_delimiter(line: &str) -> bool {
    let line = line.trim();
    line.starts_with('|') && line.bytes().all(|b| matches!(b, b'|' | b'-' | b':' | b' ' | b'\t')) && line.contains('-')
}

/// Reads the markdown table whose header begins at an offset; returns it with the offset behind its last row.
fn read_markdown(source: &PageText<'_>, document: &Document, start: usize, end: usize) -> (Table, usize) {
    let header = source.line_at(start, end);
    let columns = cells(header, usize::MAX);
    let mut table = Table { offset: start, ..Table::default() };
    table.header = columns.iter().map(|(_, cell)| Column::named(Cell::from_markdown(cell, 0).text())).collect();

    let delimiter = start + header.len() + 1;
    let mut at = delimiter + source.line_at(delimiter, end).len() + 1;
    let mut rows = RowSplitter::default();
    while at < end {
        let line = source.line_at(at, end);
        let next = at + line.len() + 1;
        let is_between_rows = rows.current.is_none() || rows.is_ended;
        if is_markdown_header(source, at, line, end)
            || (is_between_rows && (html_table_start(line).is_some() || document.fence_at(at).is_some()))
        {
            break;
        }
        rows.line(at, line);
        at = next;
    }
    rows.end_row();
    let width = table.header.len();
    table.rows = rows.rows.into_iter().map(|range| markdown_row(source, range, width)).collect();
    (table, at)
}

/// Puts lines together to rows.
#[derive(Default)]
struct RowSplitter {
    rows: Vec<Range<usize>>,
    current: Option<Range<usize>>,
    /// Whether the row's last line ended in a pipe: a blank line then ends the row for good.
    is_ended: bool,
    /// Whether the first row begins with a bare word, so that every line with a leading pipe is a row.
    is_plain: bool,
}

impl RowSplitter {
    fn line(&mut self, offset: usize, line: &str) {
        let begins_row = self.begins_row(line);
        let is_blank = line.trim().is_empty();
        if begins_row {
            self.end_row();
            self.current = Some(offset..offset + line.len());
        } else if is_blank && self.is_ended {
            self.end_row();
        } else if let Some(row) = &mut self.current {
            row.end = offset + line.len();
        }
        if !is_blank {
            self.is_ended = ends_in_pipe(line);
        }
    }

    fn begins_row(&mut self, line: &str) -> bool {
        let Some(first) = line.trim_start().strip_prefix('|').map(str::trim_start) else { return false };
        let is_marked = ["<CopyableCode", "`", "<code>", "<a ", "[`"].iter().any(|form| first.starts_with(form));
        if self.rows.is_empty() && self.current.is_none() {
            self.is_plain = !is_marked;
        }
        is_marked || self.is_plain
    }

    fn end_row(&mut self) {
        self.rows.extend(self.current.take());
    }
}

fn markdown_row(source: &PageText<'_>, range: Range<usize>, width: usize) -> Row {
    let offset = range.start;
    let cells = cells(source.slice(range), width);
    let read = |(at, cell): (usize, &str)| {
        let unescaped = if cell.contains("\\|") { Cow::Owned(cell.replace("\\|", "|")) } else { Cow::Borrowed(cell) };
        Cell::from_markdown(&unescaped, offset + at)
    };
    Row { offset, cells: cells.into_iter().map(read).collect() }
}

/// Cuts a row at its unescaped pipes, from the left, into as many cells as there are columns; the last cell keeps
/// the surplus pipes. Backticks do not protect a pipe.
fn cells(row: &str, width: usize) -> Vec<(usize, &str)> {
    let row = row.trim_end();
    let row = if ends_in_pipe(row) { row.strip_suffix('|').unwrap_or(row) } else { row };
    let mut at = row.len() - row.trim_start().len();
    at += usize::from(row.get(at..).is_some_and(|rest| rest.starts_with('|')));
    let mut cells = Vec::with_capacity(width.min(MOST_COLUMNS));
    while cells.len() + 1 < width {
        let rest = row.get(at..).unwrap_or_default();
        let Some(length) = unescaped_pipe(rest) else { break };
        cells.push((at, rest.get(..length).unwrap_or_default()));
        at += length + 1;
    }
    cells.push((at, row.get(at..).unwrap_or_default()));
    cells
}

fn unescaped_pipe(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr_iter(b'|', bytes).find(|at| !bytes.get(..*at).is_some_and(|before| before.ends_with(b"\\")))
}

fn ends_in_pipe(line: &str) -> bool {
    let line = line.trim_end();
    line.ends_with('|') && !line.ends_with("\\|")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs::sections;

    const HEADER: &str = "| Name | Datatype | Description |\n|:-----|:---------|:------------|\n";

    fn read_rows(rows: &str) -> Vec<Vec<String>> {
        let text = format!("## Fields\n{HEADER}{rows}");
        let source = PageText::new("p.md", &text);
        let document = sections::read(&source, 0);
        let tables = read(&source, &document, 0..text.len());
        assert_eq!(tables[0].header, [Column::Name, Column::Datatype, Column::Description]);
        let texts = |row: &Row| row.cells.iter().map(|cell| cell.value().to_owned()).collect();
        tables.iter().flat_map(|table| table.rows.iter().map(texts)).collect()
    }

    #[test]
    fn a_row_goes_on_until_the_next_one_begins() {
        let rows = "| <CopyableCode code=\"a\" /> | `string` | one\n\n 1. two\n- three\n<see href=\"x\" /> |\n| <CopyableCode code=\"b\" /> | `text` | four |\n\nafterwards\n";
        assert_eq!(read_rows(rows), [["a", "string", "one 1. two - three"], ["b", "text", "four"]]);
    }

    #[test]
    fn a_row_that_ended_goes_on_in_the_next_line_but_not_after_a_blank_one() {
        let rows = "| `a` | `b` | one |\ntwo |\n\nthree |\n| `c` | `d` | four |";
        assert_eq!(read_rows(rows), [["a", "b", "one | two"], ["c", "d", "four"]]);
    }

    #[test]
    fn surplus_pipes_belong_to_the_description() {
        let rows = "| `a` | `b` | x \\| y | z || {0,57} |\n| `c` | | `d|e` |\n";
        assert_eq!(read_rows(rows), [["a", "b", "x | y | z || {0,57}"], ["c", "", "d|e"]]);
    }

    #[test]
    fn a_row_may_lack_cells() {
        assert_eq!(read_rows("| `a` ||\n| `b` |\n| `c` | `` | x |"), [vec!["a", ""], vec!["b"], vec!["c", "", "x"]]);
    }

    #[test]
    fn plain_names_are_rows_when_the_first_one_is_plain() {
        assert_eq!(read_rows("| a | b | c |\n| d | e | f |\n"), [["a", "b", "c"], ["d", "e", "f"]]);
    }

    #[test]
    fn tables_in_fenced_code_are_none() {
        let text = format!("## Fields\n```md\n{HEADER}| `a` | `b` | c |\n```\n");
        let source = PageText::new("p.md", &text);
        let document = sections::read(&source, 0);
        assert_eq!(read(&source, &document, 0..text.len()), []);
    }
}
