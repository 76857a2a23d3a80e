//! Which generation of generators a page comes from.
//!
//! Decided by what the page holds and not by who it is about. Nothing is read differently because of it: it is
//! told to people, and to tests.

use super::Dialect;
use super::fields::Fields;
use super::methods::{Methods, TableForm};
use super::page_text::PageText;
use super::sections::{Document, Topic};

/// Recognises the dialect of an index page.
pub(super) fn recognise_index(text: &PageText<'_>, document: &Document) -> Dialect {
    let preamble = text.slice(document.preamble.clone());
    let has_overview = document.on(Topic::Overview).next().is_some();
    match preamble.lines().find(|line| line.starts_with(":::info")) {
        Some(line) if line.starts_with(":::info[") => Dialect::IndexUtils,
        _ if has_overview || preamble.contains("selectable resources") => Dialect::IndexPy,
        _ => Dialect::IndexJs,
    }
}

/// Recognises the dialect of a page about a resource or view.
pub(super) fn recognise(text: &PageText<'_>, document: &Document, fields: &Fields, methods: &Methods) -> Dialect {
    let preamble = text.slice(document.preamble.clone());
    let has_tabs = preamble.contains("@theme/Tabs");
    let is_html = methods.table.map(|table| table.is_html).or(fields.is_html);
    if document.on(Topic::SqlDefinition).next().is_some() {
        return Dialect::UtilsView;
    }
    match (is_html, methods.table) {
        (Some(true), Some(TableForm { columns: 5.., .. })) => Dialect::UtilsHtml,
        (Some(true), _) => Dialect::AwsHtml,
        _ if has_tabs => Dialect::JsMd,
        _ if preamble.contains("CopyableCode") || is_html.is_none() => Dialect::PyMd,
        _ if text.slice(0..text.text().len()).contains("| <CopyableCode") => Dialect::PyMd,
        _ => Dialect::PyMdBacktick,
    }
}
