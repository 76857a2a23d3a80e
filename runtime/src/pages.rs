//! Follows a listing from page to page.
//!
//! A request and what the method says about its pages go in; one page comes out at a time, as the text of its
//! rows. Nothing here depends on the type of a row.

use std::collections::HashSet;
use std::ops::Range;

use bindery_ir::{JsonPath, Method, NextPage, PagePointer, Pagination, Rows, TokenSlot};
use bytes::Bytes;
use http::StatusCode;
use url::Url;

use crate::Error;
use crate::client::Client;
use crate::json::{self, Kind, Reader, seek};
use crate::link_header;
use crate::redact::shown;
use crate::reply::Reply;
use crate::request::Request;

/// A listing on its way: what was asked for and where it goes on.
pub(crate) struct Pages {
    client: Client,
    answer: Answer,
    /// The request for the next page; `None` behind the last.
    next: Option<Request>,
    /// The pages that were asked for, by URL or token.
    seen: HashSet<String>,
}

/// What the method says about its answers.
struct Answer {
    rows: Rows,
    pagination: Option<Pagination>,
    error: Option<bindery_ir::ErrorShape>,
}

/// One page.
pub(crate) struct Page {
    pub(crate) method: String,
    pub(crate) status: StatusCode,
    body: Bytes,
    rows: std::vec::IntoIter<Range<usize>>,
}

impl Page {
    /// The text of the next row.
    pub(crate) fn next_row(&mut self) -> Option<Bytes> {
        self.rows.next().map(|range| self.body.slice(range))
    }
}

impl Pages {
    pub(crate) fn new(client: Client, method: &Method, first: Request) -> Self {
        let response = &method.response;
        let answer = Answer {
            rows: response.rows.clone(),
            pagination: response.pagination.clone(),
            error: response.error.clone(),
        };
        let seen = HashSet::from([first.url.to_string()]);
        Self { client, answer, next: Some(first), seen }
    }

    /// Whether the last page has been fetched.
    pub(crate) fn is_over(&self) -> bool {
        self.next.is_none()
    }

    /// Fetches the next page; `None` behind the last.
    pub(crate) async fn fetch(&mut self) -> Result<Option<Page>, Error> {
        let Some(request) = self.next.take() else { return Ok(None) };
        let reply = self.client.exchange(&request, self.answer.error.as_ref()).await?;
        let unreadable = |error: json::Error| Error::Decode {
            method: request.path.clone(),
            status: reply.status,
            reason: error.to_string(),
            source: Some(error),
        };
        // A body of nothing has no rows; everything else is looked at where it was received.
        let body = if reply.json() == b"null" { Bytes::from_static(b"null") } else { reply.body.clone() };
        let rows = rows_of(&body, &self.answer.rows).map_err(unreadable)?;
        let go_on = match &self.answer.pagination {
            Some(pagination) => next_of(&body, &reply, &pagination.next).map_err(unreadable)?,
            None => None,
        };
        let page = Page { method: request.path.clone(), status: reply.status, body, rows: rows.into_iter() };
        if let (Some(go_on), Some(pagination)) = (go_on, &self.answer.pagination) {
            self.next = Some(follow(request, &go_on, &pagination.next, &mut self.seen)?);
        }
        Ok(Some(page))
    }
}

/// Where in a body its rows are.
fn rows_of(body: &[u8], rows: &Rows) -> Result<Vec<Range<usize>>, json::Error> {
    let (path, many) = match rows {
        Rows::None => return Ok(Vec::new()),
        Rows::One(path) => (path, false),
        Rows::Many(path) => (path, true),
    };
    let mut reader = Reader::new(body)?;
    // A listing without rows may leave the list out.
    if !seek(&mut reader, path)? || reader.kind()? == Kind::Null {
        return Ok(Vec::new());
    }
    if many && reader.kind()? != Kind::Array {
        return Err(json::Error::Unfit { reason: format!("there is no list at `{path}`") });
    }
    let mut ranges = Vec::new();
    let mut more = if many { reader.first_item()? } else { true };
    while more {
        reader.kind()?;
        let start = reader.position();
        reader.skip()?;
        ranges.push(start..reader.position());
        more = many && reader.next_item()?;
    }
    Ok(ranges)
}

/// The URL or token of the next page, if the answer names one.
fn next_of(body: &[u8], reply: &Reply, next: &NextPage) -> Result<Option<String>, json::Error> {
    let (NextPage::Url(pointer) | NextPage::Token { from: pointer, .. }) = next;
    let said = match pointer {
        PagePointer::Body(path) => text_at(body, path)?,
        PagePointer::Header(name) if name.eq_ignore_ascii_case("link") => {
            let headers = reply.headers.get_all("link").iter();
            headers.filter_map(|value| value.to_str().ok()).find_map(link_header::next).map(str::to_owned)
        }
        PagePointer::Header(name) => {
            reply.headers.get(&**name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        }
    };
    Ok(said.filter(|text| !text.trim().is_empty()))
}

/// The text or number a path leads to. Anything else is no pointer to a page.
fn text_at(body: &[u8], path: &JsonPath) -> Result<Option<String>, json::Error> {
    let mut reader = Reader::new(body)?;
    if !seek(&mut reader, path)? {
        return Ok(None);
    }
    match reader.kind()? {
        Kind::String => reader.string(),
        Kind::Number => Ok(reader.number()?.map(str::to_owned)),
        _ => Ok(None),
    }
}

/// The request for the next page.
fn follow(mut request: Request, go_on: &str, next: &NextPage, seen: &mut HashSet<String>) -> Result<Request, Error> {
    let pages = seen.len();
    let method = request.path.clone();
    let repeated = |page: String| Error::RepeatedPage { method: method.clone(), page, pages };
    match next {
        NextPage::Url(_) => {
            request = at_url(request, go_on)?;
            if !seen.insert(request.url.to_string()) {
                return Err(repeated(shown(&request.url)));
            }
        }
        NextPage::Token { to, .. } => {
            if !seen.insert(go_on.to_owned()) {
                return Err(repeated("the same token".to_owned()));
            }
            match to {
                TokenSlot::Query(name) => request.set_query(name.as_str(), go_on),
                TokenSlot::Body(name) if request.set_body(name.as_str(), go_on) => {}
                TokenSlot::Body(name) => {
                    let reason = "the token of the next page goes there, but the body is no object".to_owned();
                    return Err(Error::InvalidArgument { method, name: name.to_string(), reason });
                }
            }
        }
    }
    Ok(request)
}

/// The request for a page at a URL. It is read, whatever the first page was asked for with.
fn at_url(request: Request, reference: &str) -> Result<Request, Error> {
    let invalid =
        || Error::Configuration { reason: format!("{}: the provider names a next page that is no URL", request.path) };
    let mut url = request.url.join(reference.trim()).map_err(|_| invalid())?;
    check_origin(&request, &url)?;
    url.set_fragment(None);
    // Some transports make a credential of the user name in a URL. Nobody chose this one.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let mut headers = request.headers;
    headers.remove(http::header::CONTENT_TYPE);
    Ok(Request { method: bindery_ir::HttpMethod::Get, url, headers, body: None, ..request })
}

fn check_origin(request: &Request, next: &Url) -> Result<(), Error> {
    if next.origin() == request.url.origin() {
        return Ok(());
    }
    Err(Error::ForeignOrigin {
        method: request.path.clone(),
        from: request.url.origin().ascii_serialization(),
        to: next.origin().ascii_serialization(),
    })
}

#[cfg(test)]
mod tests {
    use bindery_ir::{HttpBinding, HttpMethod, SqlName};

    use super::*;
    use crate::call::Call;
    use crate::request::{Destination, bind};

    /// The URL of the page after one that was posted to `https://h:444/a/list?x=1`.
    fn followed(reference: &str) -> Result<String, Error> {
        let mut method = Method::new("demo.shop.thing".parse().unwrap(), SqlName::new("list"));
        method.http = Some(HttpBinding::new(HttpMethod::Post, "/list"));
        let base_url = Some(Url::parse("https://h:444/a").unwrap());
        let first = bind(&Call::new(&method), &Destination { base_url, ..Destination::default() }).unwrap();
        at_url(first, reference).map(|request| format!("{} {}", request.method, request.url))
    }

    #[test]
    fn a_reference_leads_to_a_page_at_home() {
        for (reference, expected) in [
            ("?page=2", "GET https://h:444/a/list?page=2"),
            ("/b#part", "GET https://h:444/b"),
            (" https://h:444/b?c=%2F ", "GET https://h:444/b?c=%2F"),
            ("https://eve:pw@h:444/b", "GET https://h:444/b"),
        ] {
            assert_eq!(followed(reference).unwrap(), expected, "{reference}");
        }
        for reference in ["https://h/b", "http://h:444/b", "//evil:444/b", "https://h:444@evil/b", "data:,x"] {
            assert!(matches!(followed(reference), Err(Error::ForeignOrigin { .. })), "{reference}");
        }
    }
}
