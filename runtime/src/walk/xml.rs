//! The list of an XML answer, read row by row as its elements end.

use std::sync::Arc;

use bytes::Bytes;

use crate::decode::XmlRows;
use crate::json::{Error, Slot};
use crate::xml::{self, RowReader};

/// A list in a body, on the way through it. Each call is given that body.
pub(crate) struct XmlWalk {
    list: Arc<XmlRows>,
    reader: RowReader,
    /// How many rows were read.
    pub(crate) rows: u64,
    /// What the row that is read was made into; kept, as the next one takes as much memory.
    text: Vec<u8>,
}

impl XmlWalk {
    /// The way to a list in any body.
    pub(crate) fn new(list: Arc<XmlRows>) -> Self {
        Self { list, reader: RowReader::default(), rows: 0, text: Vec::new() }
    }

    /// The same way in a body that is whole; `None` if there is no list in it, or what is there is guessed.
    pub(crate) fn in_whole(mut self, body: &[u8]) -> Option<Self> {
        let first = self.reader.next(self.list.pattern(), body, true).ok()??;
        let is_certain = self.rows > 0 || self.list.is_certain(first);
        is_certain.then_some(self)
    }

    /// The same way as far as another one, if the list in its body begins as this one does.
    pub(crate) fn up_to(mut self, other: &Self, body: &[u8], other_body: &[u8]) -> Option<Self> {
        for _ in 0..other.rows {
            self.reader.next(self.list.pattern(), body, true).ok()??;
            self.reader.pass();
        }
        self.rows = other.rows;
        let is_same = body.get(self.reader.passed()?)? == other_body.get(other.reader.passed()?)?;
        is_same.then_some(self)
    }

    /// Up to where the body was looked at.
    pub(crate) fn position(&self) -> usize {
        self.reader.position()
    }

    /// Whether another row follows.
    pub(crate) fn has_row(&mut self, body: &[u8]) -> bool {
        matches!(self.reader.next(self.list.pattern(), body, true), Ok(Some(_)))
    }

    /// Reads the next row, and whether it fits; `None` behind the last. A row that does not fit is passed over.
    pub(crate) fn read(&mut self, body: &[u8], row: &mut dyn Slot) -> Option<Result<bool, Error>> {
        let element = self.reader.next(self.list.pattern(), body, true).ok()??;
        let fits = self.list.fill(row, element, &mut self.text);
        self.pass();
        Some(fits)
    }

    /// Reads the next row of a body that is still arriving; `false` if it is not there yet, or does not fit.
    pub(crate) fn read_arrived(&mut self, body: &[u8], row: &mut dyn Slot) -> bool {
        let Ok(Some(element)) = self.reader.next(self.list.pattern(), body, false) else { return false };
        let is_certain = self.rows > 0 || self.list.is_certain(element);
        let is_there = is_certain && self.list.fill(row, element, &mut self.text) == Ok(true);
        if is_there {
            self.pass();
        }
        is_there
    }

    /// What else the body says, as JSON, once all rows were read.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the body.
    pub(crate) fn finish(&mut self, body: &[u8]) -> Result<Bytes, String> {
        let rest = self.reader.rest(self.list.pattern(), body)?;
        Ok(xml::to_json(&rest).to_string().into())
    }

    fn pass(&mut self) {
        self.reader.pass();
        self.rows += 1;
    }
}
