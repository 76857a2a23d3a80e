//! The events of XML that may still be arriving.
//!
//! A body goes in, and from where it is read on; events come out, as far as they are all there. A body that is still on
//! its way is read on from where this stopped, as often as more of it has come.

use quick_xml::Reader;
use quick_xml::events::{BytesText, Event};

/// What some write before the first character, and is none.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Events from a place in a body on.
pub(super) struct Events<'b> {
    reader: Reader<&'b [u8]>,
    body: &'b [u8],
    /// Where in it the reader began.
    start: usize,
    is_whole: bool,
    /// Text before that.
    before: Option<String>,
}

impl<'b> Events<'b> {
    /// The events from there on. What a body that is not whole ends in may be the beginning of something.
    pub(super) fn from(body: &'b [u8], start: usize, is_whole: bool) -> Self {
        let mut rest = body.get(start..).unwrap_or_default();
        let mut marks = String::new();
        while let Some(behind) = rest.strip_prefix(BYTE_ORDER_MARK.as_bytes()) {
            marks.push_str(BYTE_ORDER_MARK);
            rest = behind;
        }
        let begun_at = start.saturating_add(marks.len());
        // Anywhere else it is a character. The reader would leave it out, as it takes every place for the first.
        let before = (start > 0 && !marks.is_empty()).then_some(marks);
        let mut reader = Reader::from_reader(rest);
        let config = reader.config_mut();
        // What is open is known to whoever reads, also where this begins in the middle.
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.expand_empty_elements = true;
        Self { reader, body, start: begun_at, is_whole, before }
    }

    /// The next event; `None` when no other is there.
    ///
    /// # Errors
    /// When there will be none, whatever comes.
    pub(super) fn next(&mut self) -> Result<Option<Event<'b>>, String> {
        if let Some(before) = self.before.take() {
            return Ok(Some(Event::Text(BytesText::from_escaped(before))));
        }
        match self.reader.read_event() {
            Ok(Event::Eof) => Ok(None),
            Ok(Event::Text(_)) if !self.is_whole && self.position() == self.body.len() => Ok(None),
            Ok(event) => Ok(Some(event)),
            Err(_) if !self.is_whole => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Where in the body the last event ends.
    pub(super) fn position(&self) -> usize {
        self.start.saturating_add(usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX))
    }
}
