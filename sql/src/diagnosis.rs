//! What SQLite says went wrong, told of the text that the user wrote.

use crate::error::{Error, nearest};
use crate::names::Rewritten;
use crate::state::State;

/// What messages of SQLite are told with.
#[derive(Clone, Copy)]
pub(crate) struct Diagnosis<'j> {
    /// The text of the user.
    pub(crate) original: &'j str,
    /// The text that is run.
    pub(crate) rewritten: &'j Rewritten,
    pub(crate) state: &'j State,
}

impl Diagnosis<'_> {
    /// What is wrong with the text that is run.
    pub(crate) fn explain(&self, error: &rusqlite::Error) -> Error {
        self.explain_at(error, 0)
    }

    /// What is wrong with a text in which the one that is run stands behind so many bytes.
    pub(crate) fn explain_at(&self, error: &rusqlite::Error, prefix: usize) -> Error {
        let rusqlite::Error::SqlInputError { msg, offset, .. } = error else {
            return match error {
                rusqlite::Error::SqliteFailure(_, Some(message)) => self.said(message),
                error => self.said(&error.to_string()),
            };
        };
        if msg == "no query solution" {
            return self.said(msg);
        }
        let message = self.with_suggestion(msg);
        match usize::try_from(*offset).ok().and_then(|offset| offset.checked_sub(prefix)) {
            Some(offset) => Error::syntax(self.original, self.rewritten.original(offset), message),
            None => Error::Sqlite(message),
        }
    }

    fn said(&self, message: &str) -> Error {
        if message == "no query solution" {
            let mut reasons = self.state.reasons();
            reasons.dedup();
            if reasons.is_empty() {
                reasons.push("the statement cannot be planned: a table lacks parameters".to_owned());
            }
            return Error::Unplannable { reasons };
        }
        if message == "not authorized" {
            return Error::unsupported("a statement can neither attach files nor use PRAGMA");
        }
        Error::Sqlite(self.with_suggestion(message))
    }

    fn with_suggestion(&self, message: &str) -> String {
        let Some(name) = message.strip_prefix("no such column: ") else { return message.to_owned() };
        let name = name.rsplit('.').next().unwrap_or(name);
        let columns = self.rewritten.tables.iter().flat_map(|table| &table.columns);
        let own = columns.filter(|column| column.name != name).map(|column| column.name.as_str());
        match nearest(name, own).as_slice() {
            [] => message.to_owned(),
            names => format!("{message}; did you mean `{}`?", names.join("`, `")),
        }
    }
}
