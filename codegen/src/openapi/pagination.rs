//! How a listing goes on: as a document says, or as its operation gives away.

use bindery_ir::{
    JsonPath, Method, NextPage, PagePointer, PageToken, Pagination, PaginationReason, Response, Rows, Text, TokenSlot,
    Verb, WireName,
};
use regex_lite::Regex;

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
    let header = || Text::Owned(key.to_owned());
    match (token.text_of("location"), token.path(&["args", "regex"])) {
        (Some("body"), None) => Ok(PagePointer::Body(JsonPath::parse(key))),
        (Some("header"), None) => Ok(PagePointer::Header(header())),
        (Some("header"), Some(at)) => match at.text().filter(|pattern| Regex::new(pattern).is_ok()) {
            Some(pattern) => {
                Ok(PagePointer::HeaderMatch { header: header(), pattern: Text::Owned(pattern.to_owned()) })
            }
            None => Err(Some(at)),
        },
        (Some("body"), Some(at)) => Err(Some(at)),
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

/// What names of tokens begin with, and the parameters that take them, before the same rest.
const PREFIXES: (&str, &str) = ("lastevaluated", "exclusivestart");

/// Parameters that take the tokens of a page of XML, and what the elements are called that hold the next ones: the first
/// of these that has a text. No schema says so, for it describes the rows alone. A request has to have all parameters of a
/// group.
const XML_TOKENS: [&[(&str, &[&str])]; 17] = [
    &[("key-marker", &["NextKeyMarker"]), ("version-id-marker", &["NextVersionIdMarker"])],
    &[("key-marker", &["NextKeyMarker"]), ("upload-id-marker", &["NextUploadIdMarker"])],
    &[("part-number-marker", &["NextPartNumberMarker"])],
    &[("name", &["NextRecordName"]), ("type", &["NextRecordType"]), ("identifier", &["NextRecordIdentifier"])],
    &[("dnsname", &["NextDNSName"]), ("hostedzoneid", &["NextHostedZoneId"])],
    &[
        ("hostedzoneid", &["HostedZoneIdMarker"]),
        ("trafficpolicyinstancename", &["TrafficPolicyInstanceNameMarker"]),
        ("trafficpolicyinstancetype", &["TrafficPolicyInstanceTypeMarker"]),
    ],
    &[
        ("trafficpolicyinstancename", &["TrafficPolicyInstanceNameMarker"]),
        ("trafficpolicyinstancetype", &["TrafficPolicyInstanceTypeMarker"]),
    ],
    &[("trafficpolicyid", &["TrafficPolicyIdMarker"])],
    &[("trafficpolicyversion", &["TrafficPolicyVersionMarker"])],
    &[
        ("startcontinentcode", &["NextContinentCode"]),
        ("startcountrycode", &["NextCountryCode"]),
        ("startsubdivisioncode", &["NextSubdivisionCode"]),
    ],
    &[("Marker", &["NextMarker", "Marker"])],
    &[("marker", &["NextMarker"])],
    &[("NextToken", &["NextToken"])],
    &[("nextToken", &["nextToken"])],
    &[("nexttoken", &["NextToken"])],
    &[("continuation-token", &["NextContinuationToken", "ContinuationToken"])],
    &[("pageToken", &["NextPageToken"])],
];

/// The element of a page of XML that says whether there are more.
const XML_MORE: &str = "IsTruncated";

/// A parameter of [`XML_TOKENS`] that takes this property of the last row, where the page has no element for it.
const XML_LAST: (&str, &str) = ("marker", "Key");

/// Tokens that are in an object of the page: where, what they are called, and the parameter that takes them.
const INNER_TOKENS: [(&[&str], &str, &str); 4] = [
    (&["metadata"], "continue", "continue"),
    (&["result_info"], "cursor", "cursor"),
    (&["result_info", "cursors"], "after", "cursor"),
    (&["result"], "next_page_token", "page_token"),
];

/// Where a page says which one it is, and which is the last: members of a page, or of its member of that name.
const NUMBERS: [(&[&str], &str, &str); 3] =
    [(&[], "page", "pages"), (&["result_info"], "page", "total_pages"), (&["pagination"], "page", "total_pages")];

/// Where a page says which one it is, how many rows it has room for, and how many there are in all.
const COUNTS: [(&[&str], &str, &str, &str); 1] = [(&["result_info"], "page", "per_page", "total_count")];

fn because(next: NextPage, reason: String) -> Pagination {
    Pagination { next, reason: PaginationReason::Inferred(reason.into()) }
}

/// Leaves an answer that is one object as it came where only `EXEC` asks for it: who does wants that object. A `SELECT` wants
/// everything.
pub(super) fn leave_alone(method: &mut Method) {
    let Response { rows, pagination, .. } = &mut method.response;
    let is_inferred = |pagination: &Pagination| pagination.reason != PaginationReason::Declared;
    if matches!(rows, Rows::One(_))
        && !method.verbs.contains(&Verb::Select)
        && pagination.as_ref().is_some_and(is_inferred)
    {
        *pagination = None;
    }
}

/// Lets a listing end with its first page although something else was inferred.
pub(super) fn switch_off(pagination: &mut Option<Pagination>) {
    if let Some(Pagination { next, reason }) = pagination
        && let PaginationReason::Inferred(why) = reason
    {
        *reason = PaginationReason::SwitchedOff(std::mem::take(why));
        *next = NextPage::Nowhere;
    }
}

/// Whether that was done to a method.
pub(super) fn is_switched_off(method: &Method) -> bool {
    let reason = method.response.pagination.as_ref().map(|pagination| &pagination.reason);
    matches!(reason, Some(PaginationReason::SwitchedOff(_)))
}

/// Infers how a listing in XML goes on from the parameters of its operation and the properties of a row.
pub(super) fn inferred_from_xml(operation: &Operation<'_>, row: &[Property<'_>]) -> Option<Pagination> {
    let parameters = operation.query_names();
    let has_all = |group: &&&[(&str, &[&str])]| group.iter().all(|(taker, _)| parameters.contains(taker));
    let group = XML_TOKENS.iter().find(has_all)?;
    let token = |(taker, elements): &(&'static str, &'static [&'static str])| {
        let is_last = (*taker == XML_LAST.0) && row.iter().any(|property| property.name == XML_LAST.1);
        let from = PagePointer::Nearest {
            names: elements.iter().map(|name| Text::Borrowed(name)).collect(),
            more: Some(Text::Borrowed(XML_MORE)),
            last: is_last.then_some(Text::Borrowed(XML_LAST.1)),
        };
        PageToken { from, to: TokenSlot::Query(WireName::from(*taker)) }
    };
    let mut tokens: Vec<PageToken> = group.iter().map(token).collect();
    let takers: Vec<&str> = group.iter().map(|(taker, _)| *taker).collect();
    let reason = format!("the request takes `{}`, and answers are XML", takers.join("`, `"));
    let next = match tokens.pop() {
        Some(PageToken { from, to }) if tokens.is_empty() => NextPage::Token { from, to },
        last => NextPage::Tokens(tokens.into_iter().chain(last).collect()),
    };
    Some(because(next, reason))
}

/// A listing that says nothing of how it goes on.
pub(super) struct Listing<'r, 'a> {
    pub(super) operation: &'r Operation<'a>,
    /// The properties of its page.
    pub(super) page: Vec<Property<'a>>,
    /// The headers that come with it.
    pub(super) headers: Option<Cursor<'a>>,
}

impl<'a> Listing<'_, 'a> {
    /// Infers how it goes on.
    pub(super) fn inferred(&self, schemas: &mut SchemaReader<'a>) -> Option<Pagination> {
        let parameters = self.operation.query_names();
        (self.url())
            .or_else(|| self.link())
            .or_else(|| self.token(&parameters, schemas))
            .or_else(|| self.inner_token(&parameters, schemas))
            .or_else(|| self.offset(&parameters))
            .or_else(|| self.number(&parameters, schemas))
    }

    /// Infers how an answer goes on that is one object and no list, which only what is meant for nothing else can tell.
    pub(super) fn inferred_of_one(&self, schemas: &mut SchemaReader<'a>) -> Option<Pagination> {
        self.url().or_else(|| self.token(&self.operation.query_names(), schemas))
    }

    fn has(&self, name: &str) -> bool {
        self.page.iter().any(|property| property.name == name)
    }

    fn url(&self) -> Option<Pagination> {
        let at = |name: &str| NextPage::Url(PagePointer::Body(JsonPath::key(name.to_owned())));
        // `x-ms-pageable` names the property that holds the next URL.
        let pageable = self.operation.cursor.text_at(&["x-ms-pageable", "nextLinkName"]).filter(|name| self.has(name));
        if let Some(name) = pageable {
            return Some(because(at(name), format!("x-ms-pageable names `{name}`")));
        }
        let name = NEXT_URLS.into_iter().find(|name| self.has(name))?;
        Some(because(at(name), format!("the page has a property `{name}`")))
    }

    fn link(&self) -> Option<Pagination> {
        let mut headers = self.headers.into_iter().flat_map(Cursor::entries).map(|(name, _)| name);
        headers.any(|name| name.eq_ignore_ascii_case("link")).then(|| {
            let next = NextPage::Url(PagePointer::Header("Link".into()));
            because(next, "the answer has a header `Link`".to_owned())
        })
    }

    fn token(&self, parameters: &[&'a str], schemas: &mut SchemaReader<'a>) -> Option<Pagination> {
        let mut in_body = None;
        self.page.iter().find_map(|property| {
            let takers = takers(&plain(property.name));
            if takers.is_empty() {
                return None;
            }
            let taker = |names: &[&'a str]| names.iter().copied().find(|name| takers.contains(&plain(name)));
            let in_body = in_body.get_or_insert_with(|| self.operation.body_names(schemas));
            let to = match (taker(parameters), taker(in_body)) {
                (Some(name), _) => TokenSlot::Query(WireName::from(name)),
                (None, Some(name)) => TokenSlot::Body(WireName::from(name)),
                (None, None) => return None,
            };
            let (TokenSlot::Query(name) | TokenSlot::Body(name)) = &to;
            let reason = format!("the page has `{}`, and the request takes `{name}`", property.name);
            let from = PagePointer::Body(JsonPath::key(property.name.to_owned()));
            Some(because(NextPage::Token { from, to }, reason))
        })
    }

    fn inner_token(&self, parameters: &[&'a str], schemas: &mut SchemaReader<'a>) -> Option<Pagination> {
        let known = INNER_TOKENS.into_iter().filter(|(_, _, taker)| parameters.contains(taker));
        known.into_iter().find_map(|(inside, token, taker)| {
            self.inside(inside, schemas).filter(|inner| inner.contains(&token))?;
            let path = path_to(inside, token);
            let reason = format!("the page has `{path}`, and the request takes `{taker}`");
            let to = TokenSlot::Query(WireName::from(taker));
            Some(because(NextPage::Token { from: PagePointer::Body(path), to }, reason))
        })
    }

    fn offset(&self, parameters: &[&'a str]) -> Option<Pagination> {
        (self.has("more") && parameters.contains(&"offset")).then(|| {
            let to = TokenSlot::Query(WireName::from("offset"));
            let reason = "the page has `more`, and the request takes `offset`".to_owned();
            because(NextPage::Offset { more: JsonPath::key("more"), to }, reason)
        })
    }

    fn number(&self, parameters: &[&'a str], schemas: &mut SchemaReader<'a>) -> Option<Pagination> {
        let taker = parameters.iter().find(|name| plain(name) == "page")?;
        let to = || TokenSlot::Query(WireName::from(*taker));
        for (inside, current, last) in NUMBERS {
            if self.inside(inside, schemas).is_some_and(|inner| [current, last].iter().all(|name| inner.contains(name)))
            {
                let at = |key| PagePointer::Body(path_to(inside, key));
                let reason = format!("the page has `{current}` and `{last}`, and the request takes `{taker}`");
                return Some(because(NextPage::Number { current: at(current), last: at(last), to: to() }, reason));
            }
        }
        for (inside, current, size, total) in COUNTS {
            let names = [current, size, total];
            if self.inside(inside, schemas).is_some_and(|inner| names.iter().all(|name| inner.contains(name))) {
                let at = |key| PagePointer::Body(path_to(inside, key));
                let reason = format!("the page has `{size}` and `{total}`, and the request takes `{taker}`");
                let next = NextPage::Counted { current: at(current), size: at(size), total: at(total), to: to() };
                return Some(because(next, reason));
            }
        }
        None
    }

    /// The names of the properties of an object inside the page.
    fn inside(&self, keys: &[&str], schemas: &mut SchemaReader<'a>) -> Option<Vec<&'a str>> {
        let found = keys.iter().try_fold(self.page.clone(), |page, key| {
            let member = page.iter().find(|property| property.name == *key)?.schema;
            Some(schemas.properties(member))
        });
        Some(found?.into_iter().map(|property| property.name).collect())
    }
}

/// The plain names of the parameters that take a token of this plain name.
fn takers(token: &str) -> Vec<String> {
    let known = TOKENS.iter().filter(|(name, _)| *name == token).flat_map(|(_, takers)| takers.iter());
    let paired = token.strip_prefix(PREFIXES.0).map(|rest| format!("{}{rest}", PREFIXES.1));
    known.map(|taker| (*taker).to_owned()).chain(paired).collect()
}

fn path_to(inside: &[&'static str], key: &'static str) -> JsonPath {
    JsonPath(inside.iter().chain([&key]).map(|key| Text::Borrowed(key)).collect())
}

/// A name without case, `-` and `_`.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}
