//! What a statement that SQLite runs consists of, and what it says while it runs.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, mpsc};

use crate::answer::{Delivery, Demand};
use crate::error::Error;
use crate::lexer::quote;
use crate::names::{Rewritten, rewrite};
use crate::query_plan::PlanLine;
use crate::result::{Column, Row};
use crate::table::ColumnType;
use crate::tables::Tables;
use crate::value::Value;

/// A statement to run.
#[derive(Debug, Default)]
pub(crate) struct Job {
    /// The text of the user, for messages.
    pub(crate) original: String,
    pub(crate) rewritten: Rewritten,
    pub(crate) bound: Bound,
    /// Values for parameters that the statement does not say, by the name of the table.
    pub(crate) defaults: HashMap<String, BTreeMap<usize, Value>>,
    /// Tables that exist for this statement only.
    pub(crate) temporary: Vec<TemporaryTable>,
    /// The views it uses.
    pub(crate) views: Vec<NamedView>,
    /// The statement with all views by name, for where they must take parameters from what they are joined to.
    pub(crate) by_name: Option<ByName>,
    /// Where the tables of the user are.
    pub(crate) store: Option<String>,
    /// Whether it changes tables of the user.
    pub(crate) writes: bool,
    /// Whether it is only to be explained.
    pub(crate) explain: bool,
    /// How many calls it may make.
    pub(crate) max_calls: usize,
    /// What time it is, in milliseconds since 1970.
    pub(crate) now: i64,
}

/// A table that exists for one statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct TemporaryTable {
    pub(crate) name: String,
    pub(crate) columns: Vec<(String, ColumnType)>,
    pub(crate) rows: Vec<Vec<Value>>,
}

/// A view, with the statement that defines it.
#[derive(Clone, Debug)]
pub(crate) struct NamedView {
    pub(crate) name: String,
    pub(crate) definition: Rewritten,
}

impl NamedView {
    /// A view of that text.
    pub(crate) fn new(name: String, text: &str, tables: &Tables, provider: Option<&str>) -> Result<Self, Error> {
        let definition = rewrite(&format!("CREATE TEMP VIEW {} AS {text}", quote(&name)), tables, provider)?;
        Ok(Self { name, definition })
    }
}

/// A statement whose views are tables.
#[derive(Clone, Debug)]
pub(crate) struct ByName {
    pub(crate) rewritten: Rewritten,
    pub(crate) views: Vec<NamedView>,
    /// Whether some of the views are the left sides of joins.
    pub(crate) has_sides: bool,
    /// Whether it is tried before the statement as text: where a table takes a value that nobody said, SQLite would not ask
    /// the right side of a join for the one that the join says.
    pub(crate) comes_first: bool,
}

/// The values of placeholders.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bound {
    pub(crate) positional: Vec<Value>,
    pub(crate) named: BTreeMap<String, Value>,
}

impl Bound {
    /// The value of a placeholder as SQLite names it: `?1`, `:name`.
    pub(crate) fn value(&self, placeholder: &str) -> Option<&Value> {
        if let Some(number) = placeholder.strip_prefix('?') {
            return self.positional.get(number.parse::<usize>().ok()?.checked_sub(1)?);
        }
        self.named.get(placeholder.get(1..)?)
    }
}

/// What a job says while it runs.
#[derive(Debug)]
pub(crate) enum Message {
    Columns(Arc<[Column]>),
    Rows(Vec<Row>),
    /// Wishes, and where what becomes of them goes.
    Fetch(Vec<Demand>, mpsc::Sender<Vec<Delivery>>),
    End(Result<Ending, Error>),
}

/// What a job says in the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ending {
    /// How often it ran.
    pub(crate) runs: usize,
    /// How many calls it wished for.
    pub(crate) calls: usize,
    /// How many rows of the user's tables it changed.
    pub(crate) changes: usize,
    /// How SQLite reads the tables.
    pub(crate) plan: Vec<PlanLine>,
}
