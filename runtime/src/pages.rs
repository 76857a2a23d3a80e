//! Follows a listing from page to page.
//!
//! A request and what the method says about its pages go in; one page comes out at a time, as the text of its
//! rows. Nothing here depends on the type of a row.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::Error;
use crate::call::Call;
use crate::client::Client;
use crate::deadline::Deadline;
use crate::decode::{Decoder, Document};
use crate::json::{self, Kind, Reader, scan, seek, seek_keys};
use crate::lines::{LineSlot, Lines};
use crate::link_header;
use crate::page_limits::{PageLimit, PageLimits};
use crate::projection::Projection;
use crate::redact::shown;
use crate::reply::Reply;
use crate::request::Request;
use bindery_ir::{ErrorShape, JsonPath, NextPage, PagePointer, PageToken, Pagination, Rows, Text, TokenSlot};
use bytes::Bytes;
use http::StatusCode;
use regex_lite::Regex;

/// How many levels below the top a value is still near it: the two elements that XML is wrapped in.
const NEAR: usize = 2;

/// A listing on its way: what was asked for and where it goes on.
pub(crate) struct Pages {
    client: Client,
    answer: Answer,
    keep: Keep,
    /// How long a page may take.
    within: Option<Duration>,
    pub(crate) limits: PageLimits,
    /// The request for the next page; `None` behind the last.
    next: Option<Request>,
    /// The lines of the page that is still arriving.
    lines: Option<Arrival>,
    /// How many pages came.
    fetched: u64,
    /// How many rows were in them.
    rows: u64,
    seen: Seen,
}

/// A page that arrives line by line.
struct Arrival {
    lines: Lines,
    method: Arc<str>,
    status: StatusCode,
    /// What is wrong with the line after those that were given out.
    broken: Option<Error>,
}

/// What is kept of the rows of a page.
enum Keep {
    /// All of each; it is passed over to see that it is JSON.
    Checked,
    /// All of each, for someone who reads it whole and sees that himself.
    Unread,
    /// Some properties.
    Some(Projection),
}

/// What the method says about its answers.
struct Answer {
    decoder: Decoder<'static>,
    pagination: Option<Pagination>,
    /// Whether no page but the first is wanted.
    is_single: bool,
    error: Option<ErrorShape>,
}

/// One page.
pub(crate) struct Page {
    pub(crate) method: Arc<str>,
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
    /// Where in it the rows are that have not been read.
    pub(crate) rows: std::vec::IntoIter<Range<usize>>,
}

impl Page {
    /// The text of the next row, in the memory of the page.
    pub(crate) fn next_row(&mut self) -> Option<Bytes> {
        self.rows.next().map(|range| self.body.slice(range))
    }

    /// Whether a row is left.
    pub(crate) fn has_row(&self) -> bool {
        self.rows.len() > 0
    }
}

/// The pages that were asked for, by what told them apart. Only fingerprints are kept: there may be many.
struct Seen {
    hasher: RandomState,
    fingerprints: HashSet<u64>,
}

impl Seen {
    /// Notes a page; `false` when it was asked for before.
    fn insert(&mut self, page: &str) -> bool {
        self.fingerprints.insert(self.hasher.hash_one(page))
    }
}

impl Pages {
    pub(crate) fn new(client: Client, call: &Call<'_>, mut first: Request) -> Self {
        let response = &call.method().response;
        let answer = Answer {
            decoder: Decoder::of(call.method()).into_owned(),
            pagination: response.pagination.clone().filter(|_| !call.settings().single_page),
            is_single: call.settings().single_page,
            error: response.error.clone(),
        };
        if answer.pagination.is_none() {
            first.lines = answer.decoder.may_be_lines().map(LineSlot::new);
        }
        let mut seen = Seen { hasher: RandomState::new(), fingerprints: HashSet::new() };
        seen.insert(first.url.as_str());
        let (within, limits) = (client.time_for(call), client.page_limits(call));
        let (keep, next) = (Keep::Checked, Some(first));
        Self { client, answer, keep, within, limits, next, lines: None, fetched: 0, rows: 0, seen }
    }

    /// The same for someone who reads all of each row, so that it need not be read to find the next one. What is wrong
    /// with a row is then an error of that row.
    pub(crate) fn with_rows_read(mut self) -> Self {
        self.keep = Keep::Unread;
        self
    }

    /// Keeps only the properties of these names.
    pub(crate) fn keep(&mut self, properties: Vec<String>) {
        self.keep = Keep::Some(Projection::new(properties));
    }

    /// Whether there is another page.
    pub(crate) fn has_next(&self) -> bool {
        self.next.is_some() || self.lines.is_some()
    }

    /// Fetches the next page, or what has arrived of one; `None` behind the last.
    pub(crate) async fn fetch(&mut self) -> Result<Option<Page>, Error> {
        if let Some(arrival) = self.lines.take() {
            return self.arrived(arrival).await;
        }
        let Some(mut request) = self.next.take() else { return Ok(None) };
        if let Some(limit) = self.limits.page_after(self.fetched) {
            return Err(self.limit_reached(&request.path, limit, self.rows));
        }
        let deadline = Deadline::after(self.within);
        let reply = self.client.exchange(&request, deadline, self.answer.error.as_ref()).await?;
        self.client.counters().page();
        if let Some(lines) = request.lines.as_ref().and_then(LineSlot::take) {
            self.fetched += 1;
            let method = Arc::clone(&request.path);
            return self.arrived(Arrival { lines, method, status: reply.status, broken: None }).await;
        }
        let unreadable = |error: json::Error| Error::Decode {
            method: request.path.to_string(),
            status: reply.status,
            reason: error.to_string(),
            source: Some(error),
        };
        let document = self.answer.decoder.document(&reply).map_err(|reason| Error::Decode {
            method: request.path.to_string(),
            status: reply.status,
            reason,
            source: None,
        })?;
        let (found, outline) = match &self.answer.pagination {
            Some(_) => outlined(&document.json, &self.answer.decoder.rows, &mut self.keep).map_err(unreadable)?,
            None => (rows_of(&document.json, &self.answer.decoder.rows, &mut self.keep).map_err(unreadable)?, None),
        };
        let (body, rows) = match (found, &mut self.keep) {
            (Found::Kept { text, rows }, _) => (Bytes::from(text), rows),
            (Found::There(rows), Keep::Checked | Keep::Unread) => (document.json.clone(), rows),
            (Found::There(rows), Keep::Some(projection)) => {
                let kept = projection.rows(&document.json, &rows);
                (Bytes::from(kept.text), kept.rows)
            }
        };
        self.fetched += 1;
        self.rows += rows.len() as u64;
        let method = Arc::clone(&request.path);
        let status = reply.status;
        if let Some(query) = request.graphql.clone().filter(|_| !self.answer.is_single) {
            // What a document reshapes has lost its cursor, or has one that the rest has not.
            let bodies = [Some(&document.json), document.source.as_ref()];
            if let Some(cursor) = bodies.into_iter().flatten().find_map(|body| query.next(body))
                && follow(&mut request, Turn::Cursor(cursor), &mut self.seen, self.fetched)?
            {
                self.next = Some(request);
            }
        } else if let Some(pagination) = &self.answer.pagination {
            let said = Said { document: &document, outline, reply: &reply };
            let turn = turn(&said, &pagination.next, &request, rows.len()).map_err(unreadable)?;
            if follow(&mut request, turn, &mut self.seen, self.fetched)? {
                self.next = Some(request);
            }
        }
        Ok(Some(Page { method, status, body, rows: rows.into_iter() }))
    }

    /// What arrives next of a page that arrives line by line.
    async fn arrived(&mut self, mut arrival: Arrival) -> Result<Option<Page>, Error> {
        if let Some(error) = arrival.broken {
            return Err(error);
        }
        let deadline = Deadline::after(self.within);
        let over = || Error::DeadlineExceeded {
            method: arrival.method.to_string(),
            within: deadline.within.unwrap_or_default(),
            attempts: 1,
            last: None,
        };
        let Some((body, mut rows)) = deadline.bound(arrival.lines.next()).await.map_err(|_| over())?? else {
            return Ok(None);
        };
        self.client.counters().received(body.len());
        if matches!(self.keep, Keep::Checked)
            && let Some((good, error)) = first_broken(&body, &rows)
        {
            rows.truncate(good);
            arrival.broken = Some(Error::Decode {
                method: arrival.method.to_string(),
                status: arrival.status,
                reason: format!("a line is broken: {error}"),
                source: Some(error),
            });
        }
        self.rows += rows.len() as u64;
        let (body, rows) = match &mut self.keep {
            Keep::Checked | Keep::Unread => (body, rows),
            Keep::Some(projection) => {
                let kept = projection.rows(&body, &rows);
                (Bytes::from(kept.text), kept.rows)
            }
        };
        let (method, status) = (Arc::clone(&arrival.method), arrival.status);
        self.lines = Some(arrival);
        Ok(Some(Page { method, status, body, rows: rows.into_iter() }))
    }

    /// The error that says that there may be more, after so many rows.
    pub(crate) fn limit_reached(&self, method: &str, limit: PageLimit, rows: u64) -> Error {
        Error::LimitReached { method: method.to_owned(), limit, pages: self.fetched, rows }
    }
}

/// The rows of a body.
enum Found {
    /// They are there in the body.
    There(Vec<Range<usize>>),
    /// What is kept of them is there in a text of their own.
    Kept { text: Vec<u8>, rows: Vec<Range<usize>> },
}

impl Found {
    const NOTHING: Self = Self::There(Vec::new());
}

/// The first of these rows that is no JSON, and what is wrong with it.
fn first_broken(body: &[u8], rows: &[Range<usize>]) -> Option<(usize, json::Error)> {
    let check = |row: &Range<usize>| -> Result<(), json::Error> {
        let mut reader = Reader::new(body.get(row.clone()).unwrap_or_default())?;
        reader.kind()?;
        reader.skip()?;
        reader.finish()
    };
    rows.iter().enumerate().find_map(|(number, row)| check(row).err().map(|error| (number, error)))
}

/// The rows of a body; of a list, what is kept of them.
fn rows_of(body: &[u8], rows: &Rows, keep: &mut Keep) -> Result<Found, json::Error> {
    let (path, many) = match rows {
        Rows::None => return Ok(Found::NOTHING),
        Rows::One(path) => (path, false),
        Rows::Many(path) => (path, true),
    };
    let mut reader = Reader::new(body)?;
    let kind = reader.kind()?;
    if !path.keys().is_empty() && !matches!(kind, Kind::Object | Kind::Null) {
        return Err(json::Error::Unfit { reason: format!("it is no object with something at `{path}`") });
    }
    // A listing without rows may leave the list out.
    if !seek(&mut reader, path)? || reader.kind()? == Kind::Null {
        return Ok(Found::NOTHING);
    }
    if many && reader.kind()? != Kind::Array {
        return Err(json::Error::Unfit { reason: format!("there is no list at `{path}`") });
    }
    if many {
        return items(body, &mut reader, keep);
    }
    let start = reader.position();
    reader.skip()?;
    Ok(Found::There(std::iter::once(start..reader.position()).collect()))
}

/// Where the members of an answer are, so that it is read once although several things are looked for in it.
type Outline = scan::Members;

/// Where in a body its rows are, and where everything else is if they are a list at its top.
fn outlined(body: &[u8], rows: &Rows, keep: &mut Keep) -> Result<(Found, Option<Outline>), json::Error> {
    let Rows::Many(path) = rows else { return Ok((rows_of(body, rows, keep)?, None)) };
    if let ([wanted], Keep::Unread) = (path.keys(), &keep)
        && let Some((rows, outline)) = scan::members(body, wanted)
    {
        return Ok((Found::There(rows.unwrap_or_default()), Some(outline)));
    }
    let mut reader = Reader::new(body)?;
    let ([wanted], Kind::Object) = (path.keys(), reader.kind()?) else {
        return Ok((rows_of(body, rows, keep)?, None));
    };
    let mut found = None;
    let mut outline = Outline::new();
    let mut key = reader.first_key()?;
    while let Some(name) = key {
        let kind = reader.kind()?;
        let start = reader.position();
        if found.is_none() && name == **wanted {
            found = Some(match kind {
                Kind::Null => {
                    reader.skip()?;
                    Found::NOTHING
                }
                Kind::Array => items(body, &mut reader, keep)?,
                _ => return Err(json::Error::Unfit { reason: format!("there is no list at `{path}`") }),
            });
        } else {
            reader.skip()?;
        }
        // Of members of the same name, the first counts.
        outline.entry(name.into_owned()).or_insert(start..reader.position());
        key = reader.next_key()?;
    }
    Ok((found.unwrap_or(Found::NOTHING), Some(outline)))
}

/// The items of the list that comes next.
fn items(body: &[u8], reader: &mut Reader<'_>, keep: &mut Keep) -> Result<Found, json::Error> {
    reader.kind()?;
    if let Keep::Some(projection) = keep
        && let Some(kept) = projection.list(body, reader.position())
    {
        reader.rewind(kept.end);
        return Ok(Found::Kept { text: kept.text, rows: kept.rows });
    }
    let mut ranges = Vec::new();
    let mut more = reader.first_item()?;
    while more {
        reader.kind()?;
        let start = reader.position();
        reader.skip()?;
        ranges.push(start..reader.position());
        more = reader.next_item()?;
    }
    Ok(Found::There(ranges))
}

/// What an answer may say of the page after it.
struct Said<'a> {
    document: &'a Document,
    outline: Option<Outline>,
    reply: &'a Reply,
}

/// How a listing goes on.
enum Turn {
    /// It does not.
    End,
    /// At this URL.
    Url(String),
    /// With these in the same request; `None` where a token has to go.
    Tokens(Vec<(TokenSlot, Option<String>)>),
    /// With this in the same GraphQL query.
    Cursor(String),
}

fn number(text: Option<String>) -> Option<u64> {
    text?.parse().ok()
}

/// What an answer says of the page after it.
fn turn(answer: &Said<'_>, next: &NextPage, request: &Request, rows: usize) -> Result<Turn, json::Error> {
    let said = |pointer: &PagePointer| answer.at(pointer);
    let token = |to: &TokenSlot, value: Option<String>| match value {
        Some(value) => Turn::Tokens(vec![(to.clone(), Some(value))]),
        None => Turn::End,
    };
    Ok(match next {
        NextPage::Nowhere => Turn::End,
        NextPage::Url(pointer) => said(pointer)?.map_or(Turn::End, Turn::Url),
        NextPage::Token { from, to } => {
            let found = said(from)?;
            if found.is_none() {
                answer.check_end(&[from])?;
            }
            token(to, found)
        }
        NextPage::Tokens(tokens) => {
            let one = |PageToken { from, to }: &PageToken| Ok((to.clone(), said(from)?));
            let from: Vec<_> = tokens.iter().map(|token| &token.from).collect();
            let tokens: Vec<_> = tokens.iter().map(one).collect::<Result<_, json::Error>>()?;
            if tokens.iter().all(|(_, token)| token.is_none()) {
                answer.check_end(&from)?;
            }
            if tokens.iter().any(|(_, token)| token.is_some()) { Turn::Tokens(tokens) } else { Turn::End }
        }
        NextPage::Number { current, last, to } => {
            let current = number(said(current)?).or_else(|| number(request.value_at(to))).unwrap_or(1);
            let is_more = number(said(last)?).is_some_and(|last| current < last);
            token(to, is_more.then(|| current.saturating_add(1).to_string()))
        }
        NextPage::Counted { current, size, total, to } => {
            let current = number(said(current)?).or_else(|| number(request.value_at(to))).unwrap_or(1);
            let (size, total) = (number(said(size)?), number(said(total)?));
            let so_far = size.map(|size| current.saturating_mul(size));
            // A page without rows is the last, whatever was counted.
            let is_more = rows > 0 && so_far.zip(total).is_some_and(|(so_far, total)| so_far < total);
            token(to, is_more.then(|| current.saturating_add(1).to_string()))
        }
        NextPage::Offset { more, to } => {
            let has_more = answer.text(more)?.is_some_and(|more| more == "true");
            let offset: u64 = request.value_at(to).and_then(|text| text.parse().ok()).unwrap_or(0);
            token(to, has_more.then(|| offset.saturating_add(rows as u64).to_string()))
        }
    })
}

impl Said<'_> {
    /// What a pointer leads to, if the answer has something there.
    fn at(&self, pointer: &PagePointer) -> Result<Option<String>, json::Error> {
        let headers = &self.reply.headers;
        let said = match pointer {
            PagePointer::Body(path) => self.text(path)?,
            PagePointer::Nearest { names, more, last } => {
                let more = self.is_more(more.as_deref())?;
                if more == Some(false) {
                    return Ok(None);
                }
                let body = self.whole();
                let found = names.iter().map(|name| nearest(body, name)).collect::<Result<Vec<_>, _>>()?;
                match (found.into_iter().flatten().find(|text| !text.trim().is_empty()), last) {
                    (None, Some(last)) if more.is_some() => nearest_last(body, last)?,
                    (found, _) => found,
                }
            }
            PagePointer::Header(name) if name.eq_ignore_ascii_case("link") => {
                let links = headers.get_all("link").iter();
                links.filter_map(|value| value.to_str().ok()).find_map(link_header::next).map(str::to_owned)
            }
            PagePointer::Header(name) => headers.get(&**name).and_then(|value| value.to_str().ok()).map(str::to_owned),
            PagePointer::HeaderMatch { header, pattern } => {
                let broken = |error| json::Error::Unfit {
                    reason: format!("the document finds the next page by `{pattern}`, which is no pattern ({error})"),
                };
                let pattern = Regex::new(pattern).map_err(broken)?;
                let mut values = headers.get_all(&**header).iter().filter_map(|value| value.to_str().ok());
                values.find_map(|value| first_group(&pattern, value))
            }
        };
        Ok(said.filter(|text| !text.trim().is_empty()))
    }

    /// The body as it was before it was reshaped.
    fn whole(&self) -> &[u8] {
        self.document.source.as_ref().unwrap_or(&self.document.json)
    }

    /// What the truth of that name says of whether there is more.
    fn is_more(&self, name: Option<&str>) -> Result<Option<bool>, json::Error> {
        let Some(name) = name else { return Ok(None) };
        Ok(nearest(self.whole(), name)?.and_then(|text| text.trim().parse().ok()))
    }

    /// Sees to it that a page without a token is the last one.
    fn check_end(&self, pointers: &[&PagePointer]) -> Result<(), json::Error> {
        for pointer in pointers {
            let PagePointer::Nearest { names, more: Some(more), .. } = pointer else { continue };
            if self.is_more(Some(more))? == Some(true) {
                let names = names.join("` or `");
                let reason =
                    format!("`{more}` says that there is another page, but there is no `{names}` that leads to it");
                return Err(json::Error::Unfit { reason });
            }
        }
        Ok(())
    }

    /// What a path leads to in the document, or in what that was made from.
    fn text(&self, path: &JsonPath) -> Result<Option<String>, json::Error> {
        let body = &self.document.json;
        let text = match (&self.outline, path.keys().split_first()) {
            (Some(outline), Some((first, rest))) => {
                match outline.get(&**first).and_then(|range| body.get(range.clone())) {
                    Some(value) => text_at(value, rest)?,
                    None => None,
                }
            }
            _ => text_at(body, path.keys())?,
        };
        match (text, &self.document.source) {
            (None, Some(source)) => text_at(source, path.keys()),
            (text, _) => Ok(text),
        }
    }
}

/// What a pattern finds in a text: its first group that took part, or all of it.
fn first_group(pattern: &Regex, text: &str) -> Option<String> {
    let found = pattern.captures(text)?;
    let group = (1..found.len()).find_map(|group| found.get(group)).or_else(|| found.get(0));
    group.map(|group| group.as_str().to_owned())
}

/// The value of a name at the top of a body, or in an object at most two levels down: the one nearest to the top.
fn nearest(body: &[u8], name: &str) -> Result<Option<String>, json::Error> {
    let mut objects = vec![0];
    for _ in 0..=NEAR {
        let mut inner = Vec::new();
        for object in objects {
            let Some(mut reader) = body.get(object..).map(Reader::new).transpose()? else { continue };
            if reader.kind()? != Kind::Object {
                continue;
            }
            let mut member = reader.first_key()?;
            while let Some(key) = member {
                let is_it = key == name;
                let kind = reader.kind()?;
                if is_it && !matches!(kind, Kind::Object | Kind::Array) {
                    return scalar(&mut reader);
                }
                if kind == Kind::Object {
                    inner.push(object + reader.position());
                }
                reader.skip()?;
                member = reader.next_key()?;
            }
        }
        objects = inner;
    }
    Ok(None)
}

/// The value of a name in the last item of the first list that has one there, or in an object, as near to the top as
/// [`nearest`] looks: XML has a list only where there are several.
fn nearest_last(body: &[u8], name: &str) -> Result<Option<String>, json::Error> {
    let mut objects = vec![0];
    for _ in 0..=NEAR {
        let mut inner = Vec::new();
        for object in objects {
            let Some(mut reader) = body.get(object..).map(Reader::new).transpose()? else { continue };
            if reader.kind()? != Kind::Object {
                continue;
            }
            let mut member = reader.first_key()?;
            while member.is_some() {
                let kind = reader.kind()?;
                let start = object + reader.position();
                if kind == Kind::Array {
                    let mut last = None;
                    let mut is_more = reader.first_item()?;
                    while is_more {
                        reader.kind()?;
                        let item = object + reader.position();
                        reader.skip()?;
                        last = Some(item..object + reader.position());
                        is_more = reader.next_item()?;
                    }
                    let value =
                        last.and_then(|item| body.get(item)).map(|item| text_at(item, &[Text::Owned(name.to_owned())]));
                    if let Some(found) = value.transpose()?.flatten() {
                        return Ok(Some(found));
                    }
                } else {
                    if kind == Kind::Object {
                        inner.push(start);
                    }
                    reader.skip()?;
                }
                member = reader.next_key()?;
            }
        }
        objects = inner;
    }
    nearest(body, name)
}

/// The text, number or truth a path leads to, also as the only item of a list. Anything else is no pointer to a page.
fn text_at(body: &[u8], path: &[Text]) -> Result<Option<String>, json::Error> {
    let mut reader = Reader::new(body)?;
    if !seek_keys(&mut reader, path)? {
        return Ok(None);
    }
    if reader.kind()? == Kind::Array {
        if !reader.first_item()? {
            return Ok(None);
        }
        let text = scalar(&mut reader)?;
        return Ok(if reader.next_item()? { None } else { text });
    }
    scalar(&mut reader)
}

fn scalar(reader: &mut Reader<'_>) -> Result<Option<String>, json::Error> {
    match reader.kind()? {
        Kind::String => reader.string(),
        Kind::Number => Ok(reader.number()?.map(str::to_owned)),
        Kind::Boolean => Ok(reader.boolean()?.map(|truth| truth.to_string())),
        Kind::Null | Kind::Array | Kind::Object => reader.skip().map(|()| None),
    }
}

/// Makes the request the one for the next page; `false` when there is none.
fn follow(request: &mut Request, turn: Turn, seen: &mut Seen, pages: u64) -> Result<bool, Error> {
    let repeated =
        |request: &Request, page: String| Error::RepeatedPage { method: request.path.to_string(), page, pages };
    match turn {
        Turn::End => return Ok(false),
        Turn::Url(reference) => {
            request.read_from(&reference)?;
            if !seen.insert(request.url.as_str()) {
                return Err(repeated(request, shown(&request.url)));
            }
        }
        Turn::Tokens(tokens) => {
            let fingerprint: Vec<_> = tokens.iter().map(|(_, token)| token.as_deref().unwrap_or_default()).collect();
            if !seen.insert(&fingerprint.join("\n")) {
                return Err(repeated(request, "the same token".to_owned()));
            }
            for (to, token) in &tokens {
                request.set(to, token.as_deref())?;
            }
        }
        Turn::Cursor(cursor) => {
            if !seen.insert(&cursor) {
                return Err(repeated(request, "the same cursor".to_owned()));
            }
            request.set_cursor(&cursor)?;
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use bindery_ir::{HttpBinding, HttpMethod, Method, SqlName};
    use url::Url;

    use super::*;
    use crate::binding::{Destination, bind};
    use crate::call::Call;

    /// The URL of the page after one that was posted to `https://h:444/a/list?x=1`.
    fn followed(reference: &str) -> Result<String, Error> {
        let mut method = Method::new("demo.shop.thing".parse().unwrap(), SqlName::new("list"));
        method.http = Some(HttpBinding::new(HttpMethod::Post, "/list"));
        let base_url = Some(Url::parse("https://h:444/a").unwrap());
        let mut request = bind(&Call::new(&method), &Destination { base_url, ..Destination::default() }).unwrap();
        request.read_from(reference).map(|()| format!("{} {}", request.method, request.url))
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
