//! What a method answers with: rows, columns, pages.

use std::collections::HashMap;

use bindery_ir::{Column, Method, NextPage, PagePointer, Pagination, Rows, TokenSlot, Type};

use super::Rule;
use super::change::{Change, Changes};
use super::schema::{is_same_type, type_name};

/// Compares what two generations of a method answer with.
pub(super) fn diff(changes: &mut Changes<'_>, old: &Method, new: &Method) {
    let origin = &new.origin;
    let (before, after) = (&old.response, &new.response);
    if rows(&before.rows) != rows(&after.rows) {
        changes.add(Change::new(Rule::RowsChanged).from(rows(&before.rows)).to(rows(&after.rows)).at(origin));
    }
    if !is_same_type(&before.row, &after.row) {
        let change = Change::new(Rule::RowRetyped).from(type_name(&before.row)).to(type_name(&after.row));
        changes.add(change.at(origin));
    }
    diff_columns(changes, old, new);
    match (&before.pagination, &after.pagination) {
        (None, Some(_)) => changes.add(Change::new(Rule::PaginationAdded).at(origin)),
        (Some(_), None) => changes.add(Change::new(Rule::PaginationRemoved).at(origin)),
        (Some(before), Some(after)) if before.next != after.next => {
            changes.add(Change::new(Rule::PaginationChanged).from(shown(before)).to(shown(after)).at(origin));
        }
        _ => {}
    }
}

fn diff_columns(changes: &mut Changes<'_>, old: &Method, new: &Method) {
    fn by_name(method: &Method) -> HashMap<&str, &Column> {
        method.response.columns.iter().map(|column| (column.name.as_str(), column)).collect()
    }
    let (was, is) = (by_name(old), by_name(new));
    for column in &new.response.columns {
        let change = |rule| Change::new(rule).of(&column.name).at(&new.origin);
        match was.get(column.name.as_str()) {
            None => changes.add(change(Rule::ColumnAdded)),
            Some(before) if !is_same_type(&before.ty, &column.ty) => {
                let rule = if before.ty == Type::Any { Rule::ColumnTyped } else { Rule::ColumnRetyped };
                changes.add(change(rule).from(type_name(&before.ty)).to(type_name(&column.ty)));
            }
            Some(_) => {}
        }
    }
    for column in old.response.columns.iter().filter(|column| !is.contains_key(column.name.as_str())) {
        changes.add(Change::new(Rule::ColumnRemoved).of(&column.name).at(&new.origin));
    }
}

fn rows(rows: &Rows) -> &'static str {
    match rows {
        Rows::None => "nothing",
        Rows::One(_) => "one row",
        Rows::Many(_) => "many rows",
    }
}

/// `$.nextLink` as URL, or `$.token` into `pageToken`.
fn shown(pagination: &Pagination) -> String {
    let pointer = |pointer: &PagePointer| match pointer {
        PagePointer::Body(path) => format!("`{path}`"),
        PagePointer::Header(name) => format!("the header `{name}`"),
    };
    match &pagination.next {
        NextPage::Url(from) => format!("the address in {}", pointer(from)),
        NextPage::Token { from, to } => {
            let slot = match to {
                TokenSlot::Query(name) | TokenSlot::Body(name) => name,
            };
            format!("the token in {} for `{slot}`", pointer(from))
        }
    }
}
