//! What SQLite says went wrong, told of the text that the user wrote.

use crate::error::{Error, nearest};
use crate::job::ByName;
use crate::joins::SIDE;
use crate::lexer::tokens;
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
    /// The statement with its views by name, if it has some.
    pub(crate) by_name: Option<&'j ByName>,
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
            return Error::Unplannable { reasons: self.reasons() };
        }
        if message == "not authorized" {
            return Error::unsupported("a statement can neither attach files nor use PRAGMA");
        }
        Error::Sqlite(self.with_suggestion(message))
    }

    /// Why tables cannot be read.
    fn reasons(&self) -> Vec<String> {
        let rejections = self.state.rejections();
        if rejections.is_empty() {
            return vec!["the statement cannot be planned: a table lacks parameters".to_owned()];
        }
        let has_or = tokens(&self.rewritten.sql).is_ok_and(|tokens| tokens.iter().any(|token| token.is("or")));
        let mut reasons = Vec::new();
        for rejection in &rejections {
            let of_table = || rejections.iter().filter(|other| other.table == rejection.table);
            // What is asked of the parts of an OR together says nothing that one of them does not.
            if has_or && !rejection.gives_something && of_table().any(|other| other.gives_something) {
                continue;
            }
            let mut reason = rejection.reason.clone();
            if let Some(view) = self.view_of(&rejection.table) {
                reason.push_str(&format!("; the view `{view}` reads it"));
            }
            if has_or && (of_table().count() > 1 || self.state.has_plan_for(&rejection.table)) {
                reason.push_str("; of an OR, every part must give all of it");
            }
            reasons.push(reason);
        }
        reasons
    }

    /// The view that reads a table which the statement itself does not name.
    fn view_of(&self, table: &str) -> Option<&str> {
        let by_name = self.by_name?;
        let names = |rewritten: &Rewritten| rewritten.tables.iter().any(|named| named.name == table);
        let mut reading = by_name.views.iter().filter(|view| names(&view.definition));
        let is_named = names(&by_name.rewritten) || reading.clone().any(|view| view.name.starts_with(SIDE));
        let view = reading.next().filter(|_| !is_named)?;
        // Views of documents are numbered.
        Some(view.name.split(" view ").next().unwrap_or(&view.name))
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
