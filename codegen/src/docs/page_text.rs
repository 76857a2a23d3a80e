//! The text of a page, made regular, and the way from an offset in it to a line and a column.
//!
//! In: the text as it was found. Out: [`PageText`], whose text has no byte order mark and LF line ends, and which
//! reports diagnostics at offsets. Lines end at LF only: a lone CR inside a table cell does not start a new one.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Range;

use bindery_ir::Origin;
use memchr::{memchr, memchr_iter, memmem};

use crate::Diagnostic;

/// How many bytes into a line columns are counted: a page can be one line of many complaints.
const FARTHEST_COLUMN: usize = 20_000;

/// How many bytes a line has where a page has short ones: for how many lines room is made beforehand.
const USUAL_LINE: usize = 32;

/// How many characters of a name are quoted in a message.
const LONGEST_QUOTATION: usize = 200;

/// How many bytes of a place are looked at.
const LONGEST_MARK: usize = 500;

/// A page's text with what is needed to name a place in it.
pub(super) struct PageText<'t> {
    path: &'t str,
    text: Cow<'t, str>,
    line_starts: Vec<usize>,
    diagnostics: RefCell<Vec<Diagnostic>>,
}

impl<'t> PageText<'t> {
    /// Takes a page; CRLF becomes LF, which leaves the number of every line as it was.
    pub(super) fn new(path: &'t str, text: &'t str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let has_cr = memchr(b'\r', text.as_bytes()).is_some();
        let text = if has_cr { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) };
        let mut line_starts = Vec::with_capacity(text.len() / USUAL_LINE + 1);
        line_starts.push(0);
        line_starts.extend(memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1));
        Self { path, text, line_starts, diagnostics: RefCell::default() }
    }

    /// The whole text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// A part of the text; empty when the bounds are none of characters.
    pub(super) fn slice(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// Whether a part of the text holds some words.
    pub(super) fn contains(&self, range: Range<usize>, words: &str) -> bool {
        self.find(range, words).is_some()
    }

    /// Where some words stand in a part of the text.
    pub(super) fn find(&self, range: Range<usize>, words: &str) -> Option<usize> {
        let start = range.start;
        memmem::find(self.slice(range).as_bytes(), words.as_bytes()).map(|at| start + at)
    }

    /// The rest of a line from an offset on, without its line end and not beyond another offset.
    pub(super) fn line_at(&self, offset: usize, end: usize) -> &str {
        first_line(self.slice(offset..end))
    }

    /// The number of the line that holds an offset, counted from 1.
    pub(super) fn line(&self, offset: usize) -> u32 {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// Where the line that holds an offset begins.
    pub(super) fn line_start(&self, offset: usize) -> usize {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or(0)
    }

    /// The lines between two offsets, each with its offset and without its line end.
    pub(super) fn lines(&self, range: Range<usize>) -> impl Iterator<Item = (usize, &str)> {
        let mut offset = range.start;
        std::iter::from_fn(move || {
            let start = offset;
            let line = (start < range.end).then(|| self.line_at(start, range.end))?;
            offset += line.len() + 1;
            Some((start, line))
        })
    }

    /// The line that begins at an offset, or what is left of it, without its line end.
    pub(super) fn rest_of_line(&self, offset: usize) -> Range<usize> {
        offset..offset + self.line_at(offset, self.text.len()).len()
    }

    /// Where a word stands in a part of the text; the whole part where it is written in another way.
    pub(super) fn word(&self, part: Range<usize>, word: &str) -> Range<usize> {
        match self.find(part.clone(), word) {
            Some(start) if !word.is_empty() => start..start + word.len(),
            _ => part,
        }
    }

    /// An error about a part of the text, showing where that begins.
    pub(super) fn error(&self, code: &'static str, place: Range<usize>, message: impl Into<String>) -> Diagnostic {
        self.show(Diagnostic::error(code, self.origin(&place), message), place)
    }

    /// A warning about a part of the text, showing where that begins.
    pub(super) fn warning(&self, code: &'static str, place: Range<usize>, message: impl Into<String>) -> Diagnostic {
        self.show(Diagnostic::warning(code, self.origin(&place), message), place)
    }

    /// A note about a part of the text, showing where that begins.
    pub(super) fn note(&self, code: &'static str, place: Range<usize>, message: impl Into<String>) -> Diagnostic {
        self.show(Diagnostic::note(code, self.origin(&place), message), place)
    }

    /// Keeps what was found.
    pub(super) fn report(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    fn origin(&self, place: &Range<usize>) -> Origin {
        Origin::line(self.path.to_owned(), self.line(place.start))
    }

    /// Points at a place. Where it is too far into its line to count the column, the line is shown from its beginning.
    fn show(&self, diagnostic: Diagnostic, place: Range<usize>) -> Diagnostic {
        let start = self.line_start(place.start);
        let count = |range: Range<usize>| u32::try_from(self.slice(range).chars().count()).unwrap_or(0);
        if place.start - start > FARTHEST_COLUMN {
            return diagnostic.with_excerpt(self.shown(start..start));
        }
        let marked = first_line(self.slice(place.start..self.boundary(place.end.min(place.start + LONGEST_MARK))));
        let length = u32::try_from(marked.trim_end().chars().count()).unwrap_or(0);
        diagnostic.pointing_at(self.shown(start..place.start), count(start..place.start) + 1, length)
    }

    /// A range and as much behind it as can be of interest.
    fn shown(&self, range: Range<usize>) -> &str {
        self.slice(range.start..self.boundary(range.end + LONGEST_MARK))
    }

    /// The offset, or the next one before it where a character begins.
    fn boundary(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        (0..=offset).rev().find(|offset| self.text.is_char_boundary(*offset)).unwrap_or(0)
    }

    /// Everything reported so far, in the order of the page.
    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut diagnostics = self.diagnostics.into_inner();
        diagnostics.sort_by_key(|diagnostic| (diagnostic.origin.line, diagnostic.column));
        diagnostics
    }
}

/// A text up to its first line end.
pub(super) fn first_line(text: &str) -> &str {
    let end = memchr(b'\n', text.as_bytes()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// What is printed of a text inside of a message: its first line, or the beginning of that, and nothing that moves the
/// cursor.
pub(super) fn printable(text: &str) -> String {
    crate::printable(first_line(text)).take(LONGEST_QUOTATION).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_at_lf_and_crlf_but_not_at_a_lone_cr() {
        let source = PageText::new("p.md", "\u{feff}a\r\nb\rc\nd");
        assert_eq!(source.text(), "a\nb\rc\nd");
        assert_eq!([0, 1, 2, 4, 6].map(|offset| source.line(offset)), [1, 1, 2, 2, 3]);
        assert_eq!(source.lines(2..7).collect::<Vec<_>>(), [(2, "b\rc"), (6, "d")]);
    }

    #[test]
    fn a_report_names_line_and_column_and_shows_no_escape_sequences() {
        let source = PageText::new("p.md", "first\nä\u{1b}[31mx\n");
        source.report(source.error("docs/bad-name", 8..13, "bad").with_hint("mend it"));
        let diagnostics = source.into_diagnostics();
        assert_eq!(
            diagnostics[0].to_string(),
            "error[docs/bad-name]: bad\n  --> p.md:2:2\n   | ä\u{fffd}[31mx\n   = help: mend it"
        );
        assert_eq!(&diagnostics[0].excerpt[diagnostics[0].marked().unwrap()], "\u{fffd}[31m");
    }
}
