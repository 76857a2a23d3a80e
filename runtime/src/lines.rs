//! Takes in an answer line by line, while it arrives: a log that is followed has no end, and the lines that are there are
//! rows already.
//!
//! The open answer goes in; groups of whole lines come out, as many as arrived at once. Memory holds what arrived last.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};

use crate::Error;
use crate::transport::Arriving;

/// Where a transport leaves an answer that is to be taken in line by line; it says so of a request.
#[derive(Clone)]
pub(crate) struct LineSlot(Arc<Shared>);

struct Shared {
    /// The media type that the method declares.
    declared: String,
    open: Mutex<Option<Arriving>>,
}

impl LineSlot {
    pub(crate) fn new(declared: &str) -> Self {
        Self(Arc::new(Shared { declared: declared.to_owned(), open: Mutex::default() }))
    }

    /// The media type that the method declares.
    pub(crate) fn declared(&self) -> &str {
        &self.0.declared
    }

    pub(crate) fn put(&self, arriving: Arriving) {
        *self.0.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(arriving);
    }

    /// The lines of the answer, if it has some.
    pub(crate) fn take(&self) -> Option<Lines> {
        let arriving = self.0.open.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some(Lines { arriving, rest: BytesMut::new(), is_over: false })
    }
}

/// An answer that is taken in line by line.
pub(crate) struct Lines {
    arriving: Arriving,
    /// The beginning of a line.
    rest: BytesMut,
    is_over: bool,
}

impl Lines {
    /// The next lines, with where they are in their text; `None` behind the last.
    pub(crate) async fn next(&mut self) -> Result<Option<(Bytes, Vec<Range<usize>>)>, Error> {
        while !self.is_over {
            let whole = match self.arriving.next().await? {
                Some(piece) => {
                    let end = memchr::memrchr(b'\n', &piece).map(|end| self.rest.len() + end + 1);
                    self.rest.extend_from_slice(&piece);
                    match end {
                        Some(end) => self.rest.split_to(end),
                        None if self.rest.len() > self.arriving.limit() => return Err(self.arriving.too_large()),
                        None => continue,
                    }
                }
                None => {
                    self.is_over = true;
                    self.rest.split()
                }
            };
            let whole = whole.freeze();
            let lines = lines_of(&whole);
            if !lines.is_empty() {
                return Ok(Some((whole, lines)));
            }
        }
        Ok(None)
    }
}

/// Where the lines are that are not blank.
fn lines_of(text: &[u8]) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut lines = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let end = start + line.len();
        let content = line.trim_ascii();
        if !content.is_empty() {
            let first = start + (line.len() - line.trim_ascii_start().len());
            lines.push(first..first + content.len());
        }
        start = end;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_without_what_is_around_them() {
        let text = b" {}\r\n\n\t\n[1]\n x";
        let lines: Vec<&[u8]> = lines_of(text).into_iter().map(|line| &text[line]).collect();
        assert_eq!(lines, [b"{}".as_slice(), b"[1]", b"x"]);
        assert!(lines_of(b"\n \n").is_empty());
    }
}
