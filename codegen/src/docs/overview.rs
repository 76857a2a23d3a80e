//! The Overview table: what the page is about.
//!
//! In: a page's sections. Out: [`Overview`]. The identity comes from its Id row and from nowhere else.

use std::ops::Range;

use bindery_ir::ResourceId;

use super::PageKind;
use super::names::NameKind;
use super::page_text::PageText;
use super::sections::{Document, Topic};
use super::table::{self, Row};

/// The rows of the Overview table.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Overview {
    /// The Type row: `Resource`, `View`, `Service`; empty without one.
    pub(super) kind: String,
    /// The Id row, verbatim, with its place.
    pub(super) id: Option<(String, Range<usize>)>,
}

/// Reads the table, which is expected in the Overview section and accepted before it.
pub(super) fn read(text: &PageText<'_>, document: &Document) -> Overview {
    let mut overview = Overview::default();
    let sections = document.on(Topic::Overview).flat_map(|section| &section.parts).map(|part| part.range.clone());
    for range in sections.chain([document.preamble.clone()]) {
        if overview.id.is_some() {
            break;
        }
        for row in table::read(text, document, range).iter().flat_map(|table| &table.rows) {
            read_row(&mut overview, row);
        }
    }
    overview
}

fn read_row(overview: &mut Overview, row: &Row) {
    let [name, value, ..] = row.cells.as_slice() else { return };
    match name.text() {
        "Type" if overview.kind.is_empty() => value.value().clone_into(&mut overview.kind),
        "Id" if overview.id.is_none() => overview.id = Some((value.value().to_owned(), value.place.clone())),
        _ => {}
    }
}

/// The identity of a resource page; problems are reported. A page of another kind lacks it too, and loses nothing by it.
pub(super) fn identity(
    text: &PageText<'_>,
    document: &Document,
    overview: &Overview,
    kind: PageKind,
) -> Option<ResourceId> {
    let assumed = "the page is about no resource, and nothing is made of it";
    let hint = "give the Overview table a row Id with `<CopyableCode code=\"provider.service.resource\" />`";
    let Some((id, place)) = &overview.id else {
        let offset = document.on(Topic::Overview).next().map_or(document.preamble.start, |section| section.offset);
        let message = "the page does not say which resource it is about";
        let place = text.rest_of_line(offset);
        let diagnostic = match kind {
            PageKind::Other => text.warning("docs/no-id", place, message),
            _ => text.error("docs/no-id", place, message),
        };
        text.report(diagnostic.assuming(assumed).with_hint(hint));
        return None;
    };
    let parsed = id.parse::<ResourceId>().ok().filter(|id| {
        [id.provider(), id.service(), id.resource()].into_iter().all(|part| NameKind::Identity.accepts(part))
    });
    if parsed.is_none() {
        let message = format!("`{}` is not the identity of a resource", super::page_text::printable(id));
        let diagnostic = text.error("docs/bad-id", text.word(place.clone(), id), message);
        text.report(diagnostic.assuming(assumed).with_hint(hint));
    }
    parsed
}
