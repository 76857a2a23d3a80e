//! The rows of a page that is still on its way, given out while its bytes come in.
//!
//! The transport leaves here what has arrived of an answer; the listing takes rows from it as soon as they are whole. An
//! answer that breaks off is asked for again as ever, and what was given out of it has to be in the next one too: so no row
//! is lost, and none comes twice.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::json::FromJson;
use crate::received::Received;
use crate::walk::Walk;

/// Up to how many bytes without a whole row are looked at again with every piece that arrives; if there are more, when they
/// have become twice as many. So looking takes time in proportion to what arrives, whatever the pieces.
const SHORT: usize = 4096;

/// A page on its way, shared by the transport and the listing.
#[derive(Clone)]
pub(crate) struct EarlyRows {
    /// The name of the list of rows at the top of the page; `None` if the page is the list.
    list: Option<Arc<str>>,
    /// The media type that the method declares.
    declared: Arc<str>,
    arrived: Arc<Mutex<Arrived>>,
}

#[derive(Default)]
struct Arrived {
    /// What has arrived of the current attempt.
    body: Received,
    /// Whether rows can be read from it.
    may_be_read: bool,
    /// The way through its rows, once their list has begun.
    walk: Option<Walk>,
    /// How much has to be there before it is looked at again.
    wanted: usize,
    /// The text of the rows that were given out of an attempt that broke off, from the beginning of their list, and the way
    /// through them.
    given: Option<(Bytes, Walk)>,
}

/// The page that came was another one than that of which rows were given out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Changed {
    /// How many rows were given out.
    pub(crate) rows: u64,
}

impl EarlyRows {
    pub(crate) fn new(list: Option<&str>, declared: &str) -> Self {
        Self { list: list.map(Arc::from), declared: declared.into(), arrived: Arc::default() }
    }

    fn arrived(&self) -> MutexGuard<'_, Arrived> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The media type that the method declares.
    pub(crate) fn declared(&self) -> &str {
        &self.declared
    }

    /// An attempt gets an answer. Whether rows may be read from it has to do with its status and its form.
    pub(crate) fn begin(&self, body: Received, may_be_read: bool) {
        let mut arrived = self.arrived();
        let before = std::mem::replace(&mut *arrived, Arrived { body, may_be_read, ..Arrived::default() });
        let read = before.walk.filter(|walk| walk.rows > 0);
        arrived.given = before.given.or_else(|| read.map(|walk| (before.body.into_bytes(), walk)));
    }

    pub(crate) fn push(&self, chunk: Bytes) {
        self.arrived().body.push(chunk);
    }

    pub(crate) fn len(&self) -> usize {
        self.arrived().body.as_slice().len()
    }

    /// The answer, all of which has arrived.
    pub(crate) fn take_body(&self) -> Bytes {
        std::mem::take(&mut self.arrived().body).into_bytes()
    }

    /// The next row, if all of it has arrived and it fits its type. What is wrong with another one is told when the page is
    /// whole.
    pub(crate) fn next<T: FromJson>(&self) -> Option<T> {
        let mut arrived = self.arrived();
        let Arrived { body, may_be_read, walk, wanted, given } = &mut *arrived;
        let body = body.as_slice();
        // Whether a second answer begins as the first did is only looked at when it is whole.
        if !*may_be_read || given.is_some() || body.len() < *wanted {
            return None;
        }
        if walk.is_none() {
            *walk = Walk::to(body, self.list.as_deref());
        }
        let row = walk.as_mut().and_then(|walk| walk.read_arrived(body));
        if row.is_none() {
            let unread = body.len() - walk.as_ref().map_or(0, Walk::position);
            *wanted = body.len() + if unread < SHORT { 1 } else { unread };
        }
        row
    }

    /// The way through the rows of the page that has come, behind those that were given out while it came. `walk` is at its
    /// beginning; `None` if there is no such way.
    pub(crate) fn go_on(&self, walk: Option<Walk>, page: &[u8]) -> Result<Option<Walk>, Changed> {
        let mut arrived = self.arrived();
        let Arrived { walk: same, given, .. } = std::mem::take(&mut *arrived);
        match (given, same.filter(|same| same.rows > 0)) {
            (Some((body, given)), _) => {
                let rows = given.rows;
                let begins_alike = |walk: Walk| walk.as_far_as(&given, page, &body);
                walk.and_then(begins_alike).map(Some).ok_or(Changed { rows })
            }
            (None, Some(same)) => Ok(Some(same)),
            (None, None) => Ok(walk),
        }
    }
}
