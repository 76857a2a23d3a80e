//! Running text as what it is made of: text and tags.
//!
//! In: a part of a page, markdown or HTML. Out: [`Piece`]s, in order. What stands between backticks is text, save
//! for a line break: generators put it there for a line end, whatever it stood in.
//!
//! This is no HTML parser, because the text is no HTML: `{subscriptionId}`, `Dictionary<String, String>`,
//! `<CopyableCode />` without an end tag and addresses with `&region=` stand in it.

use std::ops::Range;

use memchr::{memchr2, memmem};

use super::tag::{CodeSpans, Tag};

/// Something that running text is made of.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// Text, whose character references are not decoded yet.
    Text(&'t str),
    /// A tag, and the offset where it begins.
    Tag(Tag<'t>, usize),
}

/// What bounds a code span: a backtick that is never matched is text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// The end of the text.
    Text,
    /// The end of the table cell it stands in.
    Cell,
}

/// The pieces of a text, from an offset on.
pub(super) struct Pieces<'t> {
    text: &'t str,
    /// Where the next piece begins.
    pub(super) at: usize,
    extent: Extent,
    spans: CodeSpans,
    /// How far the extent of code spans is known.
    extent_end: usize,
    /// Where the code span that was begun ends.
    code_end: usize,
}

impl<'t> Pieces<'t> {
    /// The pieces of a range of a text.
    pub(super) fn new(text: &'t str, range: Range<usize>, extent: Extent) -> Self {
        let text = text.get(..range.end).unwrap_or(text);
        let start = range.start;
        Self { text, at: start, extent, spans: CodeSpans::default(), extent_end: start, code_end: start }
    }

    /// The length of the run of backticks at the current place; what it opens is remembered.
    fn backticks(&mut self) -> usize {
        if self.at < self.code_end {
            return 1;
        }
        if self.extent_end <= self.at {
            self.extent_end = match self.extent {
                Extent::Text => self.text.len(),
                Extent::Cell => self.end_of_cell(),
            };
        }
        match self.spans.at(self.text, self.at, self.extent_end) {
            Ok(span) => {
                let run = span.start - self.at;
                self.code_end = span.end + run;
                run
            }
            Err(run) => run,
        }
    }

    fn end_of_cell(&self) -> usize {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        memmem::find(rest, b"</t").map_or(self.text.len(), |length| self.at + length)
    }

    fn take(&mut self, length: usize) -> Piece<'t> {
        let text = self.text.get(self.at..self.at + length).unwrap_or_default();
        self.at += length;
        Piece::Text(text)
    }
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        let rest = self.text.as_bytes().get(self.at..).filter(|rest| !rest.is_empty())?;
        match memchr2(b'<', b'`', rest) {
            Some(0) if rest.first() == Some(&b'`') => {
                let run = self.backticks();
                Some(self.take(run))
            }
            Some(0) => {
                let tag = Tag::at(self.text, self.at).filter(|tag| self.code_end <= self.at || tag.is("br"));
                let Some(tag) = tag else { return Some(self.take(1)) };
                let start = std::mem::replace(&mut self.at, tag.end);
                Some(Piece::Tag(tag, start))
            }
            Some(length) => Some(self.take(length)),
            None => Some(self.take(rest.len())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str, extent: Extent) -> Vec<String> {
        let show = |piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Tag(tag, _) => format!("[{}]", tag.name),
        };
        Pieces::new(text, 0..text.len(), extent).map(show).collect()
    }

    #[test]
    fn text_that_only_looks_like_a_tag_is_text() {
        assert_eq!(pieces("a <Key, Value> <br/>b", Extent::Text), ["a ", "<", "Key, Value> ", "[br]", "b"]);
    }

    #[test]
    fn between_backticks_only_a_line_break_is_a_tag() {
        assert_eq!(pieces("`<b><br>`<b>", Extent::Text), ["`", "<", "b>", "[br]", "`", "[b]"]);
    }

    #[test]
    fn a_backtick_is_not_matched_by_one_of_another_cell() {
        assert_eq!(pieces("`<b></td>`", Extent::Cell), ["`", "[b]", "[td]", "`"]);
        assert_eq!(pieces("`<b></td>`", Extent::Text), ["`", "<", "b>", "<", "/td>", "`"]);
    }
}
