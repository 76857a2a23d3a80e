//! HTML tables to rows of cells.
//!
//! In: the place where a table begins. Out: [`Table`]. A row begins at `<tr>`, a cell at `<td>` or `<th>`, and either
//! ends where the next one begins, whether its end tag is there or not. A table inside a cell is part of that
//! cell, without its markup.

use std::ops::Range;

use super::cell::CellBuilder;
use super::markup::{Extent, Piece, Pieces};
use super::table::{Column, Row, Table};
use super::tag::Tag;

/// Reads the table that begins at the start of a range and does not reach beyond its end.
///
/// Returns it with the offset behind it and whether it was closed.
pub(super) fn read(text: &str, range: Range<usize>) -> (Table, usize, bool) {
    let mut reader = Reader { table: Table { is_html: true, offset: range.start, ..Table::default() }, cell: None };
    let mut pieces = Pieces::new(text, range, Extent::Cell);
    let mut closed = false;
    for piece in pieces.by_ref() {
        match &piece {
            Piece::Tag(tag, _) if tag.closing && tag.is("table") => {
                closed = true;
                break;
            }
            Piece::Tag(tag, offset) if reader.structure(tag, *offset) => {}
            piece => {
                if let Some((cell, _)) = &mut reader.cell {
                    cell.piece(piece);
                }
            }
        }
    }
    reader.end_cell(pieces.at);
    reader.table.rows.retain(|row| !row.cells.is_empty());
    (reader.table, pieces.at, closed)
}

struct Reader {
    table: Table,
    /// The cell that is open, and whether it is a heading.
    cell: Option<(CellBuilder, bool)>,
}

impl Reader {
    /// Follows a tag that rows and cells consist of; whether it is one.
    fn structure(&mut self, tag: &Tag<'_>, offset: usize) -> bool {
        let is_heading = tag.is("th");
        let is_cell = is_heading || tag.is("td");
        let is_row = tag.is("tr");
        if !(is_cell || is_row || tag.is("thead") || tag.is("tbody")) {
            return false;
        }
        self.end_cell(offset);
        if is_row && !tag.closing {
            self.table.rows.push(Row { offset, cells: Vec::new() });
        } else if is_cell && !tag.closing {
            if self.table.rows.is_empty() {
                self.table.rows.push(Row { offset, cells: Vec::new() });
            }
            self.cell = Some((CellBuilder::new(tag.end), is_heading));
        }
        true
    }

    fn end_cell(&mut self, end: usize) {
        let Some((cell, is_heading)) = self.cell.take() else { return };
        let cell = cell.finish(end);
        if is_heading && self.table.rows.len() <= 1 {
            self.table.header.push(Column::named(cell.text()));
        } else if let Some(row) = self.table.rows.last_mut() {
            row.cells.push(cell);
        }
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
        assert_eq!(text.get(table.rows[0].cells[1].place.clone()), Some("b"));
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
    fn cells_without_a_row_make_one() {
        assert_eq!(read_all("<table><td>a</td><td>b</td></table>"), [["a", "b"]]);
    }

    #[test]
    fn a_table_in_a_cell_does_not_hide_the_rest() {
        let text = "<table><tr><td>a<table><i>b</i></td><td>c</td></tr></table>";
        assert_eq!(read_all(text), [["ab", "c"]]);
    }
}
