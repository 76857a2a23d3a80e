//! What a statement wants of providers, and what was received for it.
//!
//! A demand goes out to be fetched; its deliveries come in, page by page, and become an answer.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use bindery_ir::{HttpMethod, Location};
use bytes::Bytes;

use crate::error::Error;
use crate::row::IndexKey;
use crate::table::{ColumnSet, Table};
use crate::value::Value;

/// Something to fetch.
#[derive(Clone, Debug)]
pub(crate) struct Demand {
    /// The answer it goes to.
    pub(crate) answer: usize,
    pub(crate) table: Arc<Table>,
    /// The place of the method among those of the resource.
    pub(crate) method: usize,
    /// Values by the place of their parameter.
    pub(crate) arguments: Vec<(usize, Value)>,
    /// How many pages at most; `None` for all.
    pub(crate) pages: Option<usize>,
    /// The properties of the rows that are kept; `None` for all.
    pub(crate) kept: Option<Arc<BTreeSet<String>>>,
}

impl Demand {
    /// Whether calling it needlessly does no harm.
    pub(crate) fn is_harmless(&self) -> bool {
        let http = self.table.resource.methods.get(self.method).and_then(|method| method.http.as_ref());
        http.is_none_or(|http| matches!(http.method, HttpMethod::Get | HttpMethod::Head))
    }
}

/// What became of a demand.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) answer: usize,
    pub(crate) rows: Vec<Bytes>,
    pub(crate) is_complete: bool,
    pub(crate) error: Option<Arc<Error>>,
}

/// What was received for a call so far.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) rows: Arc<Vec<Bytes>>,
    pub(crate) is_complete: bool,
    pub(crate) error: Option<Arc<Error>>,
    pub(crate) is_there: bool,
    pub(crate) is_wanted: bool,
    /// How many pages the next demand asks for.
    pub(crate) step: usize,
    pub(crate) demand: Option<Demand>,
    /// How often rows were looked for by the value of a column.
    pub(crate) probes: HashMap<usize, usize>,
    pub(crate) indexes: HashMap<usize, Arc<Index>>,
}

impl Answer {
    /// Whether an error says that there is no such thing: it was not found, or nothing can have such a name.
    pub(crate) fn is_of_nothing(&self, error: &Error) -> bool {
        let is_in_path = |name: &str| {
            let demand = self.demand.as_ref();
            let method = demand.and_then(|demand| demand.table.resource.methods.get(demand.method));
            let parameter = method.and_then(|method| method.parameter(name));
            parameter.is_some_and(|parameter| parameter.location == Location::Path)
        };
        error.is_not_found() || error.invalid_argument().is_some_and(is_in_path)
    }

    /// Whether its rows have what these columns of a table show.
    pub(crate) fn has(&self, table: &Table, columns: &ColumnSet) -> bool {
        let kept = self.demand.as_ref().and_then(|demand| demand.kept.as_ref());
        kept.is_none_or(|kept| {
            columns.iter().all(|column| match table.property(*column) {
                Some(property) => kept.contains(property),
                None => table.columns.get(*column).is_none_or(|column| column.hidden),
            })
        })
    }
}

/// The rows of an answer by the value of a column.
pub(crate) type Index = HashMap<IndexKey, Arc<[u32]>>;

/// What a table is told when it asks for an answer.
pub(crate) enum Lookup {
    /// It is not there yet, or it is an error: there are no rows for now.
    Nothing,
    /// The rows so far.
    Rows { answer: usize, rows: Arc<Vec<Bytes>>, is_complete: bool },
}
