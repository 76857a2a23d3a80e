//! The text of a page, made regular, and the way from an offset in it to a line and a column.
//!
//! In: the text as it was found. Out: [`PageText`], whose text has no byte order mark and LF line ends, and which
//! reports diagnostics at offsets. Lines end at LF only: a lone CR inside a table cell does not start a new one.

use std::borrow::Cow;
use std::cell::RefCell;

use bindery_ir::Origin;
use memchr::{memchr, memchr_iter, memmem};

use crate::{Diagnostic, Severity};

/// How many bytes into a line columns are counted: a page can be one line of many complaints.
const FARTHEST_COLUMN: usize = 20_000;

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
        let line_starts = std::iter::once(0).chain(memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1)).collect();
        Self { path, text, line_starts, diagnostics: RefCell::default() }
    }

    /// The whole text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// A part of the text; empty when the bounds are none of characters.
    pub(super) fn slice(&self, range: std::ops::Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// Whether a part of the text holds some words.
    pub(super) fn contains(&self, range: std::ops::Range<usize>, words: &str) -> bool {
        self.find(range, words).is_some()
    }

    /// Where some words stand in a part of the text.
    pub(super) fn find(&self, range: std::ops::Range<usize>, words: &str) -> Option<usize> {
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
    pub(super) fn lines(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = (usize, &str)> {
        let mut offset = range.start;
        std::iter::from_fn(move || {
            let start = offset;
            let line = (start < range.end).then(|| self.line_at(start, range.end))?;
            offset += line.len() + 1;
            Some((start, line))
        })
    }

    /// Notes a problem at an offset. The excerpt is the line there, with control characters made visible.
    pub(super) fn report(
        &self,
        severity: Severity,
        code: &'static str,
        offset: usize,
        message: impl Into<String>,
        hint: &str,
    ) {
        let line = self.line(offset);
        let start = self.line_start(offset);
        let origin = Origin::line(self.path.to_owned(), line);
        let diagnostic = match severity {
            Severity::Error => Diagnostic::error(code, origin, message),
            Severity::Warning => Diagnostic::warning(code, origin, message),
            Severity::Note => Diagnostic::note(code, origin, message),
        };
        let rest = self.text.get(start..).unwrap_or_default();
        let excerpt = printable(rest);
        let diagnostic = diagnostic.at_column(self.column(start, offset)).with_excerpt(excerpt.trim()).with_hint(hint);
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    /// The column of an offset, counted from 1; 0, which says that it is not known, where it is too far to count.
    fn column(&self, line_start: usize, offset: usize) -> u32 {
        let before = self.slice(line_start..offset);
        if before.len() > FARTHEST_COLUMN { 0 } else { u32::try_from(before.chars().count() + 1).unwrap_or(0) }
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

/// Text that is safe to print on a terminal: what moves the cursor or turns the reading direction is replaced.
///
/// Only the first line is kept, and not more of it than an excerpt needs.
pub(super) fn printable(text: &str) -> String {
    let line = text.chars().take_while(|c| *c != '\n').take(200);
    line.map(|c| if is_invisible(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Whether a character is not seen but changes what is: controls, direction marks, zero-width characters.
pub(super) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
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
        source.report(Severity::Error, "docs/bad-name", 8, "bad", "mend it");
        let diagnostics = source.into_diagnostics();
        assert_eq!(
            diagnostics[0].to_string(),
            "error[docs/bad-name]: bad\n  --> p.md:2:2\n   | ä\u{fffd}[31mx\n   = help: mend it"
        );
    }
}
