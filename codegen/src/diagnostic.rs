//! What a reader has to say about its input.
//!
//! Readers never stop at the first problem: they note it as a [`Diagnostic`], assume what is most likely, and
//! go on. Each has a stable code, so that people can look it up and scripts can count it. A diagnostic is plain data
//! and carries all that is needed to show it: the documents need not be read again.

use std::fmt;
use std::ops::Range;

use bindery_ir::Origin;
use serde::Serialize;

/// Something a reader noticed, with the place and a way out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// A stable name: `docs/no-id`, `openapi/unresolved-reference`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Where it is.
    pub origin: Origin,
    /// The other place, where two documents disagree.
    #[serde(skip_serializing_if = "Origin::is_unknown")]
    pub other: Origin,
    /// The column, counted from 1 in characters; 0 when it is not known.
    pub column: u32,
    /// How many characters from there it is about; 0 when that is not known.
    #[serde(skip_serializing_if = "is_zero")]
    pub length: u32,
    /// The text at that place, shortened; empty when it says nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub excerpt: String,
    /// The column of the excerpt's first character, which is beyond 1 where it is cut out of a long line; 0 when it
    /// is not known.
    #[serde(skip_serializing_if = "is_zero")]
    pub excerpt_column: u32,
    /// What was assumed, or is done with it: `the page is left out`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub assumed: String,
    /// What to do about it: `give the Overview table a row Id`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hint: String,
}

/// How many characters of a line are shown.
const EXCERPT: usize = 120;

/// How many characters before the place are shown where a line is too long to be shown from its beginning.
const LEAD: usize = 30;

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; the output is what one would expect.
    Note,
    /// Something was assumed or degraded; the output works.
    Warning,
    /// Something could not be read and is missing from the output.
    Error,
}

impl Diagnostic {
    /// An error without column, excerpt and hint.
    pub fn error(code: &'static str, origin: Origin, message: impl Into<String>) -> Self {
        Self::of(Severity::Error, code, origin, message)
    }

    /// A warning without column, excerpt and hint.
    pub fn warning(code: &'static str, origin: Origin, message: impl Into<String>) -> Self {
        Self::of(Severity::Warning, code, origin, message)
    }

    /// A note without column, excerpt and hint.
    pub fn note(code: &'static str, origin: Origin, message: impl Into<String>) -> Self {
        Self::of(Severity::Note, code, origin, message)
    }

    /// The same for a severity that is known only when it is read.
    pub(crate) fn of(severity: Severity, code: &'static str, origin: Origin, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            origin,
            other: Origin::UNKNOWN,
            column: 0,
            length: 0,
            excerpt: String::new(),
            excerpt_column: 0,
            assumed: String::new(),
            hint: String::new(),
        }
    }

    /// The same, at a column.
    #[must_use]
    pub fn at_column(mut self, column: u32) -> Self {
        self.column = column;
        self
    }

    /// The same, showing the text it is about. Only the first line is kept, and not more than 120 characters.
    #[must_use]
    pub fn with_excerpt(mut self, text: &str) -> Self {
        self.excerpt = printable(text.lines().next().unwrap_or_default()).take(EXCERPT).collect();
        self.excerpt_column = 0;
        self
    }

    /// The same, pointing at `length` characters from a column of a line. `line` begins in column 1 and may go on
    /// with other lines; of a long one, the 120 characters around the place are kept, and what is not seen but moves
    /// the cursor or turns the reading direction is replaced.
    ///
    /// ```
    /// # use bindery_codegen::Diagnostic;
    /// # use bindery_ir::Origin;
    /// let diagnostic = Diagnostic::note("docs/x", Origin::line("a.md", 3), "odd").pointing_at("| get | FETCH |", 9, 5);
    /// assert_eq!(diagnostic.marked(), Some(8..13));
    /// ```
    #[must_use]
    pub fn pointing_at(mut self, line: &str, column: u32, length: u32) -> Self {
        let before = usize::try_from(column.saturating_sub(1)).unwrap_or(0);
        let fits = before + usize::try_from(length.max(1)).unwrap_or(1) <= EXCERPT;
        let skipped = if fits { 0 } else { before.saturating_sub(LEAD) };
        let line = line.split('\n').next().unwrap_or_default();
        let line = line.strip_suffix('\r').unwrap_or(line);
        self.excerpt = printable(line).skip(skipped).take(EXCERPT).collect();
        self.excerpt_column = u32::try_from(skipped + 1).unwrap_or(0);
        self.column = column;
        self.length = length;
        self
    }

    /// The bytes of the excerpt that it is about; `None` when that is not known. At least one character, unless the
    /// place is the end of the excerpt.
    pub fn marked(&self) -> Option<Range<usize>> {
        let before = self.column.checked_sub(self.excerpt_column.max(1))?;
        if self.excerpt.is_empty() || self.excerpt_column == 0 {
            return None;
        }
        let mut ends = self.excerpt.char_indices().map(|(at, _)| at).chain([self.excerpt.len()]);
        let start = ends.nth(usize::try_from(before).ok()?)?;
        let length = usize::try_from(self.length.max(1)).ok()?;
        Some(start..ends.nth(length - 1).unwrap_or(self.excerpt.len()))
    }

    /// The same, naming the place that this one disagrees with.
    #[must_use]
    pub fn against(mut self, other: Origin) -> Self {
        self.other = other;
        self
    }

    /// The same, saying what was assumed or is done with it.
    #[must_use]
    pub fn assuming(mut self, assumed: impl Into<String>) -> Self {
        self.assumed = assumed.into();
        self
    }

    /// The same, saying what to do.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// Text that is safe to print on a terminal, with as many characters as before.
///
/// ```
/// # use bindery_codegen::printable;
/// assert_eq!(printable("a\u{1b}[31mb\tc").collect::<String>(), "a\u{fffd}[31mb\tc");
/// ```
pub fn printable(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|c| if c != '\t' && is_invisible(c) { char::REPLACEMENT_CHARACTER } else { c })
}

/// Whether a character is not seen but changes what is: controls, direction marks, zero-width characters.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

impl fmt::Display for Diagnostic {
    /// In the shape that compilers have made familiar: sentence, place, excerpt, note, help.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]: {}", self.severity, self.code, self.message)?;
        if !self.origin.is_unknown() {
            write!(f, "\n  --> {}", self.origin.file)?;
            if self.origin.line > 0 {
                write!(f, ":{}", self.origin.line)?;
            }
            if self.column > 0 {
                write!(f, ":{}", self.column)?;
            }
            if !self.origin.pointer.is_empty() {
                write!(f, " ({})", self.origin.pointer)?;
            }
        }
        if !self.excerpt.is_empty() {
            write!(f, "\n   | {}", self.excerpt)?;
        }
        if !self.other.is_unknown() {
            write!(f, "\n  ::: {}", self.other)?;
        }
        if !self.assumed.is_empty() {
            write!(f, "\n   = note: {}", self.assumed)?;
        }
        if !self.hint.is_empty() {
            write!(f, "\n   = help: {}", self.hint)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_reads_like_a_compilers() {
        let diagnostic = Diagnostic::warning("docs/unknown-verb", Origin::line("a/b.md", 12), "`FETCH` is no SQL verb")
            .at_column(3)
            .with_excerpt("| get | `FETCH` |\nmore")
            .assuming("it is read as EXEC")
            .with_hint("write a verb of SQL");
        let expected = [
            "warning[docs/unknown-verb]: `FETCH` is no SQL verb",
            "  --> a/b.md:12:3",
            "   | | get | `FETCH` |",
            "   = note: it is read as EXEC",
            "   = help: write a verb of SQL",
        ];
        assert_eq!(diagnostic.to_string(), expected.join("\n"));
    }

    fn pointing_at(line: &str, column: u32, length: u32) -> Diagnostic {
        Diagnostic::note("docs/x", Origin::line("p.md", 1), "odd").pointing_at(line, column, length)
    }

    fn marked(line: &str, column: u32, length: u32) -> Option<String> {
        let diagnostic = pointing_at(line, column, length);
        Some(diagnostic.excerpt[diagnostic.marked()?].to_owned())
    }

    #[test]
    fn the_marked_text_is_that_at_the_column_counted_in_characters() {
        assert_eq!(marked("  über alles\nmore", 3, 4).as_deref(), Some("über"));
        assert_eq!(marked("über", 2, 0).as_deref(), Some("b"), "a place without length is one character");
        assert_eq!(marked("über", 3, 9).as_deref(), Some("er"), "a mark ends with its line");
        assert_eq!(marked("über", 5, 1).as_deref(), Some(""), "the end of a line is a place");
        assert_eq!(marked("über", 6, 1), None);
        assert_eq!(marked("über", 0, 1), None, "no column, no mark");
        assert_eq!(marked("", 1, 1), None);
    }

    #[test]
    fn a_place_far_into_a_line_is_shown_with_what_is_around_it() {
        let line = format!("{}HERE{}", "ä".repeat(5000), "z".repeat(5000));
        let diagnostic = pointing_at(&line, 5001, 4);
        assert_eq!(&diagnostic.excerpt[diagnostic.marked().unwrap()], "HERE");
        assert_eq!((diagnostic.excerpt_column, diagnostic.excerpt.chars().count()), (4971, EXCERPT));
        assert_eq!(marked(&line, u32::MAX, u32::MAX), None);
    }

    #[test]
    fn an_excerpt_moves_no_cursor_and_keeps_its_columns() {
        let diagnostic = pointing_at("\u{1b}[2J\u{202e}x\r\n", 6, 1);
        assert_eq!(diagnostic.excerpt, "\u{fffd}[2J\u{fffd}x");
        assert_eq!(&diagnostic.excerpt[diagnostic.marked().unwrap()], "x");
    }

    #[test]
    fn an_excerpt_without_its_column_has_no_mark() {
        assert_eq!(pointing_at("x", 1, 1).with_excerpt("y").marked(), None);
    }
}
