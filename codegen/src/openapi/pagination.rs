//! How a listing goes on: as a document says, or as its operation gives away.

use bindery_ir::{JsonPath, NextPage, PagePointer, Pagination, PaginationReason, Text, TokenSlot, WireName};

use super::document::Cursor;
use super::operation::Operation;
use super::schema::{Property, SchemaReader};
use super::vocabulary;
use crate::{Diagnostic, Severity};

/// Reads a `pagination` block. `None`, with a diagnostic, when it says something that is not known.
pub(super) fn declared(block: Cursor<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<Pagination> {
    vocabulary::check(Some(block), "pagination", diagnostics);
    for token in ["requestToken", "responseToken", "responseTerminator"] {
        vocabulary::check(block.get(token), "token", diagnostics);
    }
    match read_block(block) {
        Ok(next) => Some(Pagination { next, reason: PaginationReason::Declared }),
        Err(unknown) => {
            let at = unknown.unwrap_or(block);
            let message = match at.text() {
                Some(text) => format!("`{}` is no way of paging that is known", text.escape_debug()),
                None => "this way of paging is not known".to_owned(),
            };
            diagnostics.push(
                at.finding(Severity::Warning, "openapi/pagination", message)
                    .assuming("only the first page of these listings is read")
                    .with_hint("name where the response has a token and where the request wants it"),
            );
            None
        }
    }
}

/// The way of a block, or the place in it that is not understood.
fn read_block(block: Cursor<'_>) -> Result<NextPage, Option<Cursor<'_>>> {
    let by_number = match block.get("algorithm") {
        None => false,
        Some(algorithm) => match algorithm.text() {
            Some("page_number") => true,
            Some("odata_next_link") => false,
            _ => return Err(Some(algorithm)),
        },
    };
    let to = block.get("requestToken").ok_or(None)?;
    let name = || to.text_of("key").filter(|key| !key.is_empty()).map(WireName::from).ok_or(to.get("key"));
    let location = to.get("location");
    let slot = match to.text_of("location") {
        Some("query") => Some(TokenSlot::Query(name()?)),
        Some("body") => Some(TokenSlot::Body(name()?)),
        Some("request") => None,
        _ => return Err(location),
    };
    let from = pointer(block.get("responseToken").ok_or(None)?)?;
    match slot {
        Some(to) if by_number => {
            Ok(NextPage::Number { current: from, last: pointer(block.get("responseTerminator").ok_or(None)?)?, to })
        }
        None if by_number => Err(location),
        Some(to) => Ok(NextPage::Token { from, to }),
        None => Ok(NextPage::Url(from)),
    }
}

fn pointer(token: Cursor<'_>) -> Result<PagePointer, Option<Cursor<'_>>> {
    let key = token.text_of("key").ok_or(token.get("key"))?;
    // A pattern of its own for a header is not known; the usual form of `Link` is.
    if let Some(pattern) = token.path(&["args", "regex"]) {
        return Err(Some(pattern));
    }
    match token.text_of("location") {
        Some("body") => Ok(PagePointer::Body(JsonPath::parse(key))),
        Some("header") => Ok(PagePointer::Header(Text::Owned(key.to_owned()))),
        _ => Err(token.get("location")),
    }
}

/// Properties of a page that hold the whole URL of the next one, in every API that has them.
const NEXT_URLS: [&str; 3] = ["nextLink", "@odata.nextLink", "next_page_url"];

/// Properties of a page that hold a token, and the parameters that take it. Both have to be there; names are compared
/// without regard to case, `-` and `_`.
const TOKENS: [(&str, &[&str]); 9] = [
    ("nextpagetoken", &["pagetoken"]),
    ("nexttoken", &["nexttoken"]),
    ("nextcursor", &["cursor", "nextcursor"]),
    ("nextmarker", &["marker"]),
    ("nextpage", &["page", "pagetoken"]),
    ("continuationtoken", &["continuationtoken"]),
    ("nextcontinuationtoken", &["continuationtoken"]),
    ("lastid", &["after", "afterid"]),
    ("paginationtoken", &["paginationtoken"]),
];

/// Where a page says which one it is, and which is the last: members of a page, or of its member of that name.
const NUMBERS: [(&[&str], &str, &str); 3] =
    [(&[], "page", "pages"), (&["result_info"], "page", "total_pages"), (&["pagination"], "page", "total_pages")];

/// Infers how a listing goes on from its operation and the properties of its page.
pub(super) fn inferred<'a>(
    operation: &Operation<'a>,
    page: &[Property<'a>],
    schemas: &mut SchemaReader<'a>,
) -> Option<Pagination> {
    let because = |next, reason: String| Some(Pagination { next, reason: PaginationReason::Inferred(reason.into()) });
    let body = |key: &str| PagePointer::Body(JsonPath::key(key.to_owned()));
    let has = |name: &str| page.iter().any(|property| property.name == name);
    // `x-ms-pageable` names the property that holds the next URL.
    let pageable = operation.cursor.text_at(&["x-ms-pageable", "nextLinkName"]).filter(|name| has(name));
    if let Some(name) = pageable {
        return because(NextPage::Url(body(name)), format!("x-ms-pageable names `{name}`"));
    }
    if let Some(name) = NEXT_URLS.into_iter().find(|name| has(name)) {
        return because(NextPage::Url(body(name)), format!("the page has a property `{name}`"));
    }
    let parameters = operation.query_names();
    for property in page {
        let Some((_, takers)) = TOKENS.iter().find(|(name, _)| *name == plain(property.name)) else { continue };
        let taker = parameters.iter().find(|name| takers.contains(&plain(name).as_str()));
        if let Some(taker) = taker {
            let reason = format!("the page has `{}`, and the request takes `{taker}`", property.name);
            let to = TokenSlot::Query(WireName::from(*taker));
            return because(NextPage::Token { from: body(property.name), to }, reason);
        }
    }
    let taker = parameters.iter().find(|name| plain(name) == "page")?;
    for (inside, current, last) in NUMBERS {
        let outer = inside.iter().try_fold(page.to_vec(), |page, key| {
            let member = page.iter().find(|property| property.name == *key)?.schema;
            Some(schemas.properties(member))
        });
        let has = |name: &str| outer.as_ref().is_some_and(|page| page.iter().any(|property| property.name == name));
        if has(current) && has(last) {
            let at = |key: &str| {
                let keys = inside.iter().chain([&key]).map(|key| Text::Owned((*key).to_owned()));
                PagePointer::Body(JsonPath(keys.collect()))
            };
            let reason = format!("the page has `{current}` and `{last}`, and the request takes `{taker}`");
            let to = TokenSlot::Query(WireName::from(*taker));
            return because(NextPage::Number { current: at(current), last: at(last), to }, reason);
        }
    }
    None
}

/// A name without case, `-` and `_`.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}
