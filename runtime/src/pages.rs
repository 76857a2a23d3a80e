//! Follows a listing from page to page.
//!
//! A request and what the method says about its pages go in; one page comes out at a time, with where its rows are, or
//! where they begin. Nothing here depends on the type of a row.

use std::sync::Arc;
use std::time::Duration;

use bindery_ir::{ErrorShape, Pagination, Rows};
use bytes::Bytes;
use http::StatusCode;

use crate::Error;
use crate::call::Call;
use crate::client::Client;
use crate::deadline::{Deadline, Over};
use crate::decode::{Decoder, Document, ListIn, Repeats, RowList};
use crate::early_rows::{Changed, EarlyRows};
use crate::json;
use crate::lines::{LineSlot, Lines};
use crate::page::{Page, PageRows};
use crate::page_limits::{PageLimit, PageLimits};
use crate::page_rows::{Found, Keep, Outline, first_broken, outlined, rows_of};
use crate::projection::Projection;
use crate::reply::Reply;
use crate::request::{Called, Request};
use crate::turn::{Said, Seen, Turn, follow, turn};
use crate::walk::Walk;

/// A listing on its way: what was asked for and where it goes on.
pub(crate) struct Pages {
    client: Client,
    answer: Answer,
    keep: Keep,
    /// The list that rows are made of, if they are read where they stand.
    list: Option<Arc<RowList>>,
    /// How long a page may take.
    within: Option<Duration>,
    pub(crate) limits: PageLimits,
    /// The request for the next page; `None` behind the last.
    next: Option<Request>,
    /// The lines of the page that is still arriving.
    lines: Option<Arrival>,
    /// The page whose rows are being read.
    open: Option<Open>,
    /// How many pages came.
    fetched: u64,
    /// How many rows were in them.
    rows: u64,
    seen: Seen,
}

/// A page that arrives line by line.
struct Arrival {
    lines: Lines,
    called: Arc<Called>,
    status: StatusCode,
    /// What is wrong with the line after those that were given out.
    broken: Option<Error>,
}

/// A page of which it is not known yet how it goes on.
struct Open {
    request: Request,
    reply: Reply,
    document: Document,
}

/// What the method says about its answers.
struct Answer {
    decoder: Decoder<'static>,
    pagination: Option<Pagination>,
    /// Whether no page but the first is wanted.
    is_single: bool,
    error: Option<ErrorShape>,
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
        let seen = Seen::only(first.url.as_str());
        let (within, limits) = (client.time_for(call), client.page_limits(call));
        let (keep, list, next) = (Keep::Checked, None, Some(first));
        Self { client, answer, keep, list, within, limits, next, lines: None, open: None, fetched: 0, rows: 0, seen }
    }

    /// The same for someone who reads all of each row, so that it need not be read to find the next one. What is wrong
    /// with a row is then an error of that row.
    pub(crate) fn with_rows_read(mut self) -> Self {
        self.keep = Keep::Unread;
        self.list = RowList::of(&self.answer.decoder).map(Arc::new);
        // Middleware may refuse an answer, once it is whole.
        if !self.client.has_middleware()
            && let Some(first) = &mut self.next
        {
            first.early = self.list.clone().map(EarlyRows::new);
        }
        self
    }

    /// Where the page is that comes next, while it is on its way.
    pub(crate) fn early(&self) -> Option<EarlyRows> {
        self.next.as_ref()?.early.clone()
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
        let Some(request) = self.next.take() else { return Ok(None) };
        if let Some(limit) = self.limits.page_after(self.fetched) {
            return Err(self.limit_reached(&request.called.path, limit, self.rows));
        }
        let deadline = Deadline::after(self.within);
        let reply = self.client.exchange(&request, deadline, self.answer.error.as_ref()).await?;
        self.client.counters().page();
        if let Some(lines) = request.lines.as_ref().and_then(LineSlot::take) {
            // Those of an answer that was no lines are not among these.
            Self::behind_early_rows(&request, None, &[])?;
            self.fetched += 1;
            let called = Arc::clone(&request.called);
            return self.arrived(Arrival { lines, called, status: reply.status, broken: None }).await;
        }
        let (called, status) = (Arc::clone(&request.called), reply.status);
        let list = self.list.as_ref().and_then(|list| list.in_answer(&reply.headers));
        if let Some(walk) = Self::behind_early_rows(&request, list.as_ref(), &reply.body)? {
            self.fetched += 1;
            let body = reply.body.clone();
            let document = Document { json: body.clone(), source: None };
            self.open = Some(Open { request, reply, document });
            return Ok(Some(Page { called, status, body, rows: PageRows::Walk(walk) }));
        }
        let document = self.answer.decoder.document(&reply, Repeats::All);
        let document = document.map_err(|reason| undecodable(&request, &reply, reason))?;
        self.fetched += 1;
        let unreadable = |error| unreadable(&request, status, error);
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
        self.go_on(Open { request, reply, document }, outline, rows.len() as u64)?;
        Ok(Some(Page { called, status, body, rows: PageRows::There(rows.into_iter()) }))
    }

    /// The way through the rows of an answer, behind those that were given out while it arrived; `None` if they are not read
    /// where they stand.
    fn behind_early_rows(request: &Request, list: Option<&ListIn>, answer: &[u8]) -> Result<Option<Walk>, Error> {
        let Some(early) = &request.early else { return Ok(list.and_then(|list| Walk::to(answer, list))) };
        let changed = |Changed { rows }| Error::PageChanged { method: request.called.path.clone(), rows };
        early.go_on(list, answer).map_err(changed)
    }

    /// Learns how the listing goes on, from a page of which every row was read.
    pub(crate) fn close(&mut self, page: &mut Page) -> Result<(), Error> {
        let (PageRows::Walk(walk), Some(mut open)) = (&mut page.rows, self.open.take()) else { return Ok(()) };
        let rows = walk.rows();
        let outline = match walk {
            Walk::Json(walk) => match walk.finish(&page.body) {
                Some(outline) => Some(outline),
                // This also tells what is wrong, if something is.
                None => {
                    outlined(&page.body, &Rows::Many(walk.list.path.clone()), &mut Keep::Checked)
                        .map_err(|error| unreadable(&open.request, open.reply.status, error))?
                        .1
                }
            },
            Walk::Xml(walk) => {
                let rest = walk.finish(&page.body).map_err(|reason| undecodable(&open.request, &open.reply, reason))?;
                open.document = Document { json: Bytes::from_static(b"null"), source: Some(rest) };
                None
            }
        };
        self.go_on(open, outline, rows)
    }

    /// Finds the request for the page after this one, which had so many rows.
    fn go_on(&mut self, page: Open, outline: Option<Outline>, rows: u64) -> Result<(), Error> {
        let Open { mut request, reply, document } = page;
        self.rows += rows;
        let turn = if let Some(query) = request.graphql.clone().filter(|_| !self.answer.is_single) {
            // What a document reshapes has lost its cursor, or has one that the rest has not.
            let bodies = [Some(&document.json), document.source.as_ref()];
            bodies.into_iter().flatten().find_map(|body| query.next(body)).map_or(Turn::End, Turn::Cursor)
        } else if let Some(pagination) = &self.answer.pagination {
            let said = Said { document: &document, outline, reply: &reply };
            let failed = |error| unreadable(&request, reply.status, error);
            turn(&said, &pagination.next, &request, rows).map_err(failed)?
        } else {
            Turn::End
        };
        if follow(&mut request, turn, &mut self.seen, self.fetched)? {
            self.next = Some(request);
        }
        Ok(())
    }

    /// What arrives next of a page that arrives line by line.
    async fn arrived(&mut self, mut arrival: Arrival) -> Result<Option<Page>, Error> {
        if let Some(error) = arrival.broken {
            return Err(error);
        }
        let deadline = Deadline::after(self.within);
        let arrived = deadline.bound(arrival.lines.next()).await;
        let over = |Over| deadline.exceeded(arrival.called.path.clone(), 1, None);
        let Some((body, mut rows)) = arrived.map_err(over)?? else { return Ok(None) };
        self.client.counters().received(body.len());
        if matches!(self.keep, Keep::Checked)
            && let Some((good, error)) = first_broken(&body, &rows)
        {
            rows.truncate(good);
            arrival.broken = Some(Error::Decode {
                method: arrival.called.path.clone(),
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
        let (called, status) = (Arc::clone(&arrival.called), arrival.status);
        self.lines = Some(arrival);
        Ok(Some(Page { called, status, body, rows: PageRows::There(rows.into_iter()) }))
    }

    /// The error that says that there may be more, after so many rows.
    pub(crate) fn limit_reached(&self, method: &str, limit: PageLimit, rows: u64) -> Error {
        Error::LimitReached { method: method.to_owned(), limit, pages: self.fetched, rows }
    }
}

fn undecodable(request: &Request, reply: &Reply, reason: String) -> Error {
    Error::Decode { method: request.called.path.clone(), status: reply.status, reason, source: None }
}

fn unreadable(request: &Request, status: StatusCode, error: json::Error) -> Error {
    Error::Decode { method: request.called.path.clone(), status, reason: error.to_string(), source: Some(error) }
}
