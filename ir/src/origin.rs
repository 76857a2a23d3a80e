//! Where a fact was read.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Text;

/// The file, line and JSON pointer a node of the model was read from.
///
/// Generated code carries [`Origin::UNKNOWN`]: a line number there would make every line inserted at the top
/// of a document rewrite every generated file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The file, as it was named to the reader, with `/` between its parts.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub file: Text,
    /// The line, counted from 1; 0 when it is not known.
    #[serde(default)]
    pub line: u32,
    /// The JSON pointer (RFC 6901) inside a YAML or JSON document; empty for a page.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub pointer: Text,
}

impl Origin {
    /// Nothing is known, or nothing is worth saying.
    pub const UNKNOWN: Self = Self { file: Text::Borrowed(""), line: 0, pointer: Text::Borrowed("") };

    /// A line of a page.
    pub fn line(file: impl Into<Text>, line: u32) -> Self {
        Self { file: file.into(), line, pointer: Text::Borrowed("") }
    }

    /// A node of a structured document.
    pub fn pointer(file: impl Into<Text>, line: u32, pointer: impl Into<Text>) -> Self {
        Self { file: file.into(), line, pointer: pointer.into() }
    }

    /// Whether nothing is known.
    pub fn is_unknown(&self) -> bool {
        self.file.is_empty()
    }
}

impl fmt::Display for Origin {
    /// `file:line#pointer`, leaving out what is not known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if !self.pointer.is_empty() {
            write!(f, "#{}", self.pointer)?;
        }
        Ok(())
    }
}
