//! What can be wrong with text that should be JSON.

use jiter::{JiterError, JiterErrorType, JsonErrorType, LinePosition};

/// Text that is not JSON, or JSON that cannot be taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text breaks the grammar of JSON.
    #[error("not JSON: {reason} at line {line}, column {column}")]
    Syntax {
        /// What is wrong.
        reason: String,
        /// The line, counted from 1.
        line: usize,
        /// The column in bytes, counted from 1.
        column: usize,
    },
    /// The bytes are not UTF-8.
    #[error("not JSON: byte {index} is not part of UTF-8 text")]
    Encoding {
        /// The first byte that is not UTF-8, counted from 0.
        index: usize,
    },
    /// Arrays and objects are nested deeper than any honest answer is.
    #[error("the JSON is nested too deeply at line {line}, column {column}")]
    TooDeep {
        /// The line, counted from 1.
        line: usize,
        /// The column in bytes, counted from 1.
        column: usize,
    },
    /// The JSON is well-formed, but is not what was asked for.
    #[error("the JSON does not fit: {reason}")]
    Unfit {
        /// In which way.
        reason: String,
    },
}

impl Error {
    /// Makes an error of the parser's, for a parser that started at byte `base` of `bytes`.
    pub(super) fn at(error: &JiterError, base: usize, bytes: &[u8]) -> Self {
        let LinePosition { line, column } = LinePosition::find(bytes, base.saturating_add(error.index));
        match &error.error_type {
            JiterErrorType::JsonError(JsonErrorType::RecursionLimitExceeded) => Self::TooDeep { line, column },
            reason => Self::Syntax { reason: reason.to_string(), line, column },
        }
    }
}
