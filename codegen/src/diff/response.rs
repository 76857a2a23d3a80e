//! What a method answers with: rows, columns, pages.

use std::collections::HashMap;

use bindery_ir::{Column, Method, NextPage, PagePointer, PageToken, Pagination, Response, Rows, TokenSlot, Type};

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
    if others(before) != others(after) {
        changes.add(Change::new(Rule::AnswersChanged).from(others(before)).to(others(after)).at(origin));
    }
    diff_columns(changes, old, new);
    match (followed(before), followed(after)) {
        (None, Some(_)) => changes.add(Change::new(Rule::PaginationAdded).at(origin)),
        (Some(_), None) => changes.add(Change::new(Rule::PaginationRemoved).at(origin)),
        (Some(before), Some(after)) if before.next != after.next => {
            changes.add(Change::new(Rule::PaginationChanged).from(shown(before)).to(shown(after)).at(origin));
        }
        _ => {}
    }
}

/// How a listing goes on, if it does.
fn followed(response: &Response) -> Option<&Pagination> {
    response.pagination.as_ref().filter(|pagination| pagination.next != NextPage::Nowhere)
}

/// What other statuses of success answer with, in words.
fn others(response: &Response) -> String {
    let others: Vec<String> =
        response.others.iter().map(|other| format!("{} with {}", type_name(&other.ty), other.status)).collect();
    if others.is_empty() { "nothing".to_owned() } else { others.join(", ") }
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
        PagePointer::Nearest { names, .. } => format!("`{}`, wherever it is", names.join("` or `")),
        PagePointer::Header(name) => format!("the header `{name}`"),
        PagePointer::HeaderMatch { header, pattern } => format!("the header `{header}` where it is like `{pattern}`"),
    };
    let slot = |to: &TokenSlot| match to {
        TokenSlot::Query(name) | TokenSlot::Body(name) => format!("`{name}`"),
    };
    match &pagination.next {
        NextPage::Url(from) => format!("the address in {}", pointer(from)),
        NextPage::Token { from, to } => format!("the token in {} for {}", pointer(from), slot(to)),
        NextPage::Tokens(tokens) => {
            let token = |token: &PageToken| format!("{} for {}", pointer(&token.from), slot(&token.to));
            format!("the tokens in {}", tokens.iter().map(token).collect::<Vec<_>>().join(", "))
        }
        NextPage::Number { to, .. } | NextPage::Counted { to, .. } => {
            format!("the number of the page for {}", slot(to))
        }
        NextPage::Offset { to, .. } => format!("the number of rows to leave out for {}", slot(to)),
        NextPage::Nowhere => "nothing".to_owned(),
    }
}
