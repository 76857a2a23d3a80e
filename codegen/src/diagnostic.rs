//! What a reader has to say about its input.
//!
//! Readers never stop at the first problem: they note it as a [`Diagnostic`], assume what is most likely, and
//! go on. Each has a stable code, so that people can look it up and scripts can count it.

use std::fmt;

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
    /// The column, counted from 1; 0 when it is not known.
    pub column: u32,
    /// The text at that place, shortened; empty when it says nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub excerpt: String,
    /// What to do, or what was assumed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hint: String,
}

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
        Self::new(code, Severity::Error, origin, message)
    }

    /// A warning without column, excerpt and hint.
    pub fn warning(code: &'static str, origin: Origin, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, origin, message)
    }

    /// A note without column, excerpt and hint.
    pub fn note(code: &'static str, origin: Origin, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Note, origin, message)
    }

    fn new(code: &'static str, severity: Severity, origin: Origin, message: impl Into<String>) -> Self {
        Self { code, severity, message: message.into(), origin, column: 0, excerpt: String::new(), hint: String::new() }
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
        self.excerpt = text.lines().next().unwrap_or_default().chars().take(120).collect();
        self
    }

    /// The same, saying what to do or what was assumed.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
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
    /// In the shape that compilers have made familiar: sentence, place, excerpt, help.
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
            .with_hint("read as EXEC");
        assert_eq!(
            diagnostic.to_string(),
            "warning[docs/unknown-verb]: `FETCH` is no SQL verb\n  --> a/b.md:12:3\n   | | get | `FETCH` |\n   = help: read as EXEC"
        );
    }
}
