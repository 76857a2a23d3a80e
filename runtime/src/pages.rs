//! Follows a listing from page to page.
//!
//! A request and what the method says about its pages go in; one page comes out at a time, as the text of its
//! rows. Nothing here depends on the type of a row.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bindery_ir::{ErrorShape, Pagination};
use bytes::Bytes;
use http::StatusCode;

use crate::Error;
use crate::call::Call;
use crate::client::Client;
use crate::deadline::Deadline;
use crate::decode::Decoder;
use crate::json;
use crate::lines::{LineSlot, Lines};
use crate::page_limits::{PageLimit, PageLimits};
use crate::page_rows::{Found, Keep, first_broken, outlined, rows_of};
use crate::projection::Projection;
use crate::request::Request;
use crate::turn::{Said, Seen, Turn, follow, turn};

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
