//! What can go wrong with a statement. Every message says what was met, where, and what to do about it.

use std::fmt;
use std::sync::Arc;

use crate::mutation::Failed;

/// Why a statement has no result.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is no statement, or SQLite finds something wrong with it.
    #[error("{message}\n{place}")]
    Syntax {
        /// What is wrong.
        message: String,
        /// Where.
        place: Place,
    },
    /// No method of a table can be called with what the statement says.
    #[error("{}", reasons.join("\n"))]
    Unplannable {
        /// For each table, what it needs and what is given.
        reasons: Vec<String>,
    },
    /// There is no such provider, service, resource, method or column.
    #[error("there is no {what} `{name}`{}", meant(nearest))]
    Unknown {
        /// What kind of thing it would be.
        what: &'static str,
        /// The name that was given.
        name: String,
        /// The names that are closest to it.
        nearest: Vec<String>,
    },
    /// A placeholder has no value.
    #[error("the placeholder `{name}` has no value: bind one")]
    Unbound {
        /// The placeholder, as it is written.
        name: String,
    },
    /// The statement is well-formed, but not one that can be run.
    #[error("{reason}")]
    Unsupported {
        /// What it asks for, and what to do instead.
        reason: String,
    },
    /// A call failed.
    #[error("{0}")]
    Call(Arc<bindery_runtime::Error>),
    /// Some of the calls of a statement that changes things failed.
    #[error("{0}")]
    Mutation(Arc<Failed>),
    /// The statement asked for more than it may.
    #[error("{reason}")]
    Limit {
        /// Which limit, and how to raise it.
        reason: String,
    },
    /// What a provider can do could not be found out.
    #[error("{reason}")]
    Definitions {
        /// What went wrong.
        reason: String,
    },
    /// A query that was to return a row returned none.
    #[error("the query returned no row")]
    NoRow,
    /// A row does not have what was asked of it.
    #[error("{reason}")]
    Row {
        /// What is missing or does not fit.
        reason: String,
    },
    /// SQLite failed while it ran the statement.
    #[error("{0}")]
    Sqlite(String),
}

/// A place in the text of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// The line.
    pub text: String,
}

impl Place {
    pub(crate) fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset.min(text.len())).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = text.get(line_start..).unwrap_or_default().lines().next().unwrap_or_default();
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        Self { line: before.matches('\n').count() + 1, column, text: line.to_owned() }
    }
}

/// How much of a long line is shown on either side.
const SHOWN: usize = 60;

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let skipped = (self.column - 1).saturating_sub(SHOWN);
        let shown: String = self.text.chars().skip(skipped).take(2 * SHOWN).collect();
        let shown = shown.replace('\t', " ");
        let marker = " ".repeat(self.column - 1 - skipped);
        write!(f, "  at line {}, column {}:\n    {shown}\n    {marker}^", self.line, self.column)
    }
}

impl Error {
    pub(crate) fn syntax(text: &str, offset: usize, message: impl Into<String>) -> Self {
        Self::Syntax { message: message.into(), place: Place::of(text, offset) }
    }

    pub(crate) fn unsupported(reason: impl Into<String>) -> Self {
        Self::Unsupported { reason: reason.into() }
    }

    pub(crate) fn unknown<'n>(what: &'static str, name: &str, known: impl IntoIterator<Item = &'n str>) -> Self {
        Self::Unknown { what, name: name.to_owned(), nearest: nearest(name, known) }
    }

    /// Whether a provider says that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Call(error) if error.is_not_found())
    }

    /// The argument that cannot be sent, where that is what is wrong.
    pub(crate) fn invalid_argument(&self) -> Option<&str> {
        match self {
            Self::Call(error) => match &**error {
                bindery_runtime::Error::InvalidArgument { name, .. } => Some(name),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a provider or the network failed, rather than the statement.
    pub fn is_from_provider(&self) -> bool {
        matches!(self, Self::Call(_) | Self::Mutation(_))
    }
}

impl From<bindery_runtime::Error> for Error {
    fn from(error: bindery_runtime::Error) -> Self {
        Self::Call(Arc::new(error))
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error.to_string())
    }
}

fn meant(nearest: &[String]) -> String {
    match nearest {
        [] => String::new(),
        names => {
            format!("; did you mean {}?", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
        }
    }
}

/// How many names are suggested.
const SUGGESTIONS: usize = 3;

/// The names that are closest to one, the closest first.
pub(crate) fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let plain = |name: &str| name.to_ascii_lowercase().replace(['_', '-'], "");
    let wanted = plain(name);
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|candidate| {
            let other = plain(candidate);
            let distance = distance(&wanted, &other);
            let is_part = wanted.len() >= 3 && (other.contains(&wanted) || wanted.contains(&other) && other.len() >= 3);
            (distance <= 1 + wanted.len() / 4 || is_part).then_some((distance, candidate))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().take(SUGGESTIONS).map(|(_, name)| name.to_owned()).collect()
}

/// How many characters must be changed, added or left out to make one name of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, c) in one.chars().enumerate() {
        let mut diagonal = at;
        let mut left = at + 1;
        let mut next = vec![left];
        for (known, above) in other.iter().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(c != *known)).min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters() {
        let text = "SELECT\n  'é', $ FROM";
        let place = Place::of(text, text.find('$').unwrap());
        assert_eq!((place.line, place.column), (2, 8));
        assert_eq!(place.to_string(), "  at line 2, column 8:\n      'é', $ FROM\n           ^");
        assert_eq!(Place::of("a", 99).column, 2);
    }

    #[test]
    fn close_names_are_found() {
        let known = ["backends", "backend", "services", "api_management", "subscription_id"];
        assert_eq!(nearest("bakend", known), ["backend", "backends"]);
        assert_eq!(nearest("subscriptionId", known), ["subscription_id"]);
        assert_eq!(nearest("management", known), ["api_management"]);
        assert!(nearest("zzz", known).is_empty());
    }
}
