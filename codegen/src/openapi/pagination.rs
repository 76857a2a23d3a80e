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

/// Parameters that take the token of a page of XML, and what the element is called that holds the next one: the first of
/// these that has a text. No schema says so, for it describes the rows alone. Elements that repeat what was asked are not
/// among them.
const XML_TOKENS: [(&str, &[&str]); 6] = [
    ("Marker", &["NextMarker", "Marker"]),
    ("marker", &["NextMarker"]),
    ("NextToken", &["NextToken"]),
    ("nextToken", &["nextToken"]),
    ("nexttoken", &["NextToken"]),
    ("continuation-token", &["NextContinuationToken"]),
];

/// Tokens that are in an object of the page: its name, theirs, and the parameter that takes them.
const INNER_TOKENS: [(&str, &str, &str); 1] = [("metadata", "continue", "continue")];

/// Where a page says which one it is, and which is the last: members of a page, or of its member of that name.
const NUMBERS: [(&[&str], &str, &str); 3] =
    [(&[], "page", "pages"), (&["result_info"], "page", "total_pages"), (&["pagination"], "page", "total_pages")];

fn because(next: NextPage, reason: String) -> Pagination {
    Pagination { next, reason: PaginationReason::Inferred(reason.into()) }
}

/// Infers how a listing in XML goes on from the parameters of its operation.
pub(super) fn inferred_from_xml(operation: &Operation<'_>) -> Option<Pagination> {
    let parameters = operation.query_names();
    let (taker, elements) = XML_TOKENS.iter().find(|(taker, _)| parameters.contains(taker))?;
    let from = PagePointer::Nearest(elements.iter().map(|name| Text::Borrowed(name)).collect());
    let reason = format!("the request takes `{taker}`, and answers are XML");
    Some(because(NextPage::Token { from, to: TokenSlot::Query(WireName::from(*taker)) }, reason))
}

/// Infers how a listing goes on from its operation, the properties of its page and the headers that come with it.
pub(super) fn inferred<'a>(
    operation: &Operation<'a>,
    page: &[Property<'a>],
    headers: Option<Cursor<'a>>,
    schemas: &mut SchemaReader<'a>,
) -> Option<Pagination> {
    let body = |key: &str| PagePointer::Body(JsonPath::key(key.to_owned()));
    let has = |name: &str| page.iter().any(|property| property.name == name);
    // `x-ms-pageable` names the property that holds the next URL.
    let pageable = operation.cursor.text_at(&["x-ms-pageable", "nextLinkName"]).filter(|name| has(name));
    if let Some(name) = pageable {
        return Some(because(NextPage::Url(body(name)), format!("x-ms-pageable names `{name}`")));
    }
    if let Some(name) = NEXT_URLS.into_iter().find(|name| has(name)) {
        return Some(because(NextPage::Url(body(name)), format!("the page has a property `{name}`")));
    }
    let mut headers = headers.into_iter().flat_map(Cursor::entries).map(|(name, _)| name);
    if headers.any(|name| name.eq_ignore_ascii_case("link")) {
        return Some(because(
            NextPage::Url(PagePointer::Header("Link".into())),
            "the answer has a header `Link`".to_owned(),
        ));
    }
    let parameters = operation.query_names();
    let in_body = operation.body_names(schemas);
    for property in page {
        let Some((_, takers)) = TOKENS.iter().find(|(name, _)| *name == plain(property.name)) else { continue };
        let taker = |names: &[&'a str]| names.iter().copied().find(|name| takers.contains(&plain(name).as_str()));
        let to = match (taker(&parameters), taker(&in_body)) {
            (Some(name), _) => TokenSlot::Query(WireName::from(name)),
            (None, Some(name)) => TokenSlot::Body(WireName::from(name)),
            (None, None) => continue,
        };
        let (TokenSlot::Query(name) | TokenSlot::Body(name)) = &to;
        let reason = format!("the page has `{}`, and the request takes `{name}`", property.name);
        return Some(because(NextPage::Token { from: body(property.name), to }, reason));
    }
    for (object, token, taker) in INNER_TOKENS.into_iter().filter(|(_, _, taker)| parameters.contains(taker)) {
        let Some(member) = page.iter().find(|property| property.name == object) else { continue };
        if schemas.properties(member.schema).iter().any(|property| property.name == token) {
            let from = PagePointer::Body(JsonPath([object, token].map(Text::Borrowed).into_iter().collect()));
            let reason = format!("the page has `{object}.{token}`, and the request takes `{taker}`");
            return Some(because(NextPage::Token { from, to: TokenSlot::Query(WireName::from(taker)) }, reason));
        }
    }
    if has("more") && parameters.contains(&"offset") {
        let to = TokenSlot::Query(WireName::from("offset"));
        let reason = "the page has `more`, and the request takes `offset`".to_owned();
        return Some(because(NextPage::Offset { more: JsonPath::key("more"), to }, reason));
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
            return Some(because(NextPage::Number { current: at(current), last: at(last), to }, reason));
        }
    }
    None
}

/// A name without case, `-` and `_`.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}
