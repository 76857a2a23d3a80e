//! One page of a listing: the rows that have not been read.
//!
//! The body goes in, with where its rows are or where they begin; one row after the other comes out, as text or read.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;

use crate::Error;
use crate::json::{self, Json, Slot, fill_from};
use crate::request::Called;
use crate::walk::Walk;

/// One page.
pub(crate) struct Page {
    pub(crate) called: Arc<Called>,
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
    pub(crate) rows: PageRows,
}

/// The rows of a page that have not been read.
pub(crate) enum PageRows {
    /// They are there.
    There(std::vec::IntoIter<Range<usize>>),
    /// They are found by reading them.
    Walk(Walk),
}

impl Page {
    /// The text of the next row; in the memory of the page, where it is there.
    pub(crate) fn next_text(&mut self) -> Option<Bytes> {
        match &mut self.rows {
            PageRows::There(rows) => rows.next().map(|place| self.body.slice(place)),
            // What is found by reading may be reshaped by it.
            PageRows::Walk(walk) => {
                let mut row: Option<Json> = None;
                walk.read(&self.body, &mut row)?.ok()?;
                row.map(|row| Bytes::from(row.get().to_owned()))
            }
        }
    }

    /// Reads the next row.
    pub(crate) fn next_row(&mut self, row: &mut dyn Slot) -> Option<Result<(), Error>> {
        let fits = match &mut self.rows {
            PageRows::There(rows) => fill_from(self.body.get(rows.next()?)?, row),
            PageRows::Walk(walk) => walk.read(&self.body, row)?,
        };
        Some(match fits {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.unreadable(None)),
            Err(error) => Err(self.unreadable(Some(error))),
        })
    }

    /// Whether a row is left.
    pub(crate) fn has_row(&mut self) -> bool {
        match &mut self.rows {
            PageRows::There(rows) => rows.len() > 0,
            PageRows::Walk(walk) => walk.has_row(&self.body),
        }
    }

    fn unreadable(&self, source: Option<json::Error>) -> Error {
        let reason = match &source {
            Some(error) => format!("a row is broken: {error}"),
            None => "a row does not fit the type it is documented to have".to_owned(),
        };
        Error::Decode { method: self.called.path.clone(), status: self.status, reason, source }
    }
}
