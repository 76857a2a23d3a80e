//! How a listing goes on: as a document says, or as the response gives away.

use bindery_ir::{JsonPath, NextPage, PagePointer, Pagination, PaginationReason, Text, TokenSlot, WireName};

use super::document::Cursor;
use super::schema::Property;
use crate::Diagnostic;

/// Reads a `pagination` block. `None`, with a diagnostic, when it says something that is not known.
pub(crate) fn declared(block: &Cursor<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<Pagination> {
    let next = read_block(block);
    if next.is_none() {
        diagnostics.push(
            Diagnostic::warning("openapi/pagination", block.origin(), "this way of paging is not known")
                .with_hint("only the first page of these listings is read"),
        );
    }
    next.map(|next| Pagination { next, reason: PaginationReason::Declared })
}

fn read_block(block: &Cursor<'_>) -> Option<NextPage> {
    if block.text_of("algorithm").is_some_and(|algorithm| algorithm != "odata_next_link") {
        return None;
    }
    let from = block.get("responseToken")?;
    let key = from.text_of("key")?;
    let from = match from.text_of("location")? {
        "body" => PagePointer::Body(JsonPath::parse(key)),
        "header" => PagePointer::Header(Text::Owned(key.to_owned())),
        _ => return None,
    };
    let to = block.get("requestToken")?;
    let name = || to.text_of("key").filter(|key| !key.is_empty()).map(WireName::from);
    match to.text_of("location")? {
        "request" => Some(NextPage::Url(from)),
        "query" => Some(NextPage::Token { from, to: TokenSlot::Query(name()?) }),
        "body" => Some(NextPage::Token { from, to: TokenSlot::Body(name()?) }),
        _ => None,
    }
}

/// Infers how a listing goes on from its operation and the properties of its page.
///
/// `x-ms-pageable` names the property that holds the next URL; without it, `nextLink` and `@odata.nextLink` mean
/// the same in every API that has them.
pub(crate) fn inferred(operation: &Cursor<'_>, page: &[Property<'_>]) -> Option<Pagination> {
    let has = |name: &str| page.iter().any(|property| property.name == name);
    let pageable = operation.path(&["x-ms-pageable", "nextLinkName"]).and_then(|name| name.text());
    let (key, reason) = match pageable {
        Some(name) if has(name) => (name, format!("x-ms-pageable names `{name}`")),
        _ => {
            let name = ["nextLink", "@odata.nextLink"].into_iter().find(|name| has(name))?;
            (name, format!("the page has a property `{name}`"))
        }
    };
    Some(Pagination {
        next: NextPage::Url(PagePointer::Body(JsonPath::key(key.to_owned()))),
        reason: PaginationReason::Inferred(reason.into()),
    })
}
