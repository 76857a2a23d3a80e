//! What arrived, in order: each request goes in before it is answered, its status when it is.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;

use crate::message::Request;

/// How many requests are remembered; the oldest are forgotten first.
pub const MAX_RECORDED_REQUESTS: usize = 100_000;
/// How many bytes of bodies are remembered; the oldest requests are forgotten first.
pub const MAX_RECORDED_BYTES: usize = 256 << 20;

/// A request that arrived.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The HTTP method.
    pub method: Method,
    /// The path as it was received, still percent-encoded.
    pub path: String,
    /// The pairs of the query, decoded, in the order in which they were sent.
    pub query: Vec<(String, String)>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; empty when there was none.
    pub body: Bytes,
    /// The status it was answered with; `None` while it is not answered yet.
    pub status: Option<u16>,
}

impl Recorded {
    /// The value of a header, when there was one and it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The value of the first query pair of that name.
    pub fn query_value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `null` when it is empty or is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// The place of a request in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

impl Ticket {
    /// How many requests arrived up to this one, counted from 1.
    pub(crate) fn ordinal(self) -> u64 {
        self.0
    }
}

/// All requests that are remembered.
#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    arrived: u64,
    bytes: usize,
    entries: VecDeque<(Ticket, Recorded)>,
}

impl Journal {
    /// Writes a request down, not answered yet.
    pub(crate) fn arrive(&self, request: &Request) -> Ticket {
        let entry = Recorded {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query_pairs(),
            headers: request.headers.clone(),
            body: request.body.clone(),
            status: None,
        };
        self.with(|pages| {
            pages.arrived += 1;
            let ticket = Ticket(pages.arrived);
            pages.bytes += entry.body.len();
            pages.entries.push_back((ticket, entry));
            pages.forget_the_oldest();
            ticket
        })
    }

    /// Adds the status of its answer to a request, unless the request was forgotten meanwhile.
    pub(crate) fn answered(&self, ticket: Ticket, status: u16) {
        self.with(|pages| {
            if let Ok(index) = pages.entries.binary_search_by_key(&ticket.0, |(ticket, _)| ticket.0)
                && let Some((_, entry)) = pages.entries.get_mut(index)
            {
                entry.status = Some(status);
            }
        });
    }

    /// All that is remembered, in the order of arrival.
    pub(crate) fn all(&self) -> Vec<Recorded> {
        self.with(|pages| pages.entries.iter().map(|(_, entry)| entry.clone()).collect())
    }

    /// Forgets every request; their count goes on.
    pub(crate) fn clear(&self) {
        self.with(|pages| {
            pages.entries.clear();
            pages.bytes = 0;
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut Pages) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Pages {
    fn forget_the_oldest(&mut self) {
        while self.entries.len() > MAX_RECORDED_REQUESTS || self.bytes > MAX_RECORDED_BYTES {
            let Some((_, entry)) = self.entries.pop_front() else { return };
            self.bytes = self.bytes.saturating_sub(entry.body.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_reaches_the_request_it_answers() {
        let journal = Journal::default();
        let first = journal.arrive(&Request::new(Method::GET, "/a"));
        let second = journal.arrive(&Request::new(Method::GET, "/b"));
        journal.answered(second, 404);
        let statuses: Vec<_> = journal.all().into_iter().map(|entry| (entry.path, entry.status)).collect();
        assert_eq!(statuses, [("/a".to_owned(), None), ("/b".to_owned(), Some(404))]);
        journal.clear();
        journal.answered(first, 200);
        assert!(journal.all().is_empty());
        assert_eq!(journal.arrive(&Request::new(Method::GET, "/c")).ordinal(), 3);
    }
}
