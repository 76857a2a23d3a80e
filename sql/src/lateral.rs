//! A view as a table that takes parameters from the tables it is joined to.
//!
//! SQLite has no LATERAL: it carries an equality with a constant into a UNION or a GROUP BY, but not one with a column of
//! another table. So such a view becomes a virtual table with a connection of its own. Whether it can be read with some
//! of its columns given is asked of SQLite there, and there it is read. What is missing is recorded in the state that
//! all tables of the statement share.
//!
//! A row is known by the values that its view was read with, and its place among the rows of that reading. So rows that are
//! read twice can be told from others as long as the same columns are given each time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::vtab::{IndexConstraintOp, IndexInfo};

use crate::lexer::quote;
use crate::query_plan::can_run;
use crate::state::{Level, State};
use crate::table::ColumnType;
use crate::value::Value;

/// The number of all plans that read a view; what is given is in the text beside it.
pub(crate) const VIEW_PLAN: i32 = 0x5900_0000;

/// What a view is believed to cost when nothing of it is given, and when something is.
const COSTS: [f64; 2] = [1e7, 5e3];

/// How many rows a view is believed to have.
const ROWS: i64 = 200;

/// A view of a statement.
pub(crate) struct ViewOfStatement {
    pub(crate) name: String,
    /// The names of its columns, and how they are declared.
    columns: Vec<(String, String)>,
    /// Where it is an ordinary view.
    inner: Mutex<Connection>,
    state: Arc<State>,
    /// The numbers of readings: by the columns that were given, and their values.
    readings: Mutex<HashMap<(String, Vec<String>), i64>>,
}

/// The rows of a view with some values given.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// The same for the same values of the same columns.
    number: i64,
    pub(crate) rows: Vec<Vec<Value>>,
}

impl Reading {
    /// A number that no other row of the view has.
    pub(crate) fn row_id(&self, place: usize) -> i64 {
        (self.number << 32) | i64::try_from(place).unwrap_or(0)
    }
}

impl ViewOfStatement {
    /// A view that is defined in a connection.
    pub(crate) fn new(name: &str, inner: Connection, state: Arc<State>) -> rusqlite::Result<Self> {
        let columns = {
            // This asks what columns there are without asking how they could be read.
            let mut statement = inner.prepare("SELECT name, type FROM pragma_table_info(?)")?;
            let columns = statement.query_map([name], |row| Ok((row.get(0)?, row.get(1)?)))?;
            columns.collect::<rusqlite::Result<Vec<_>>>()?
        };
        Ok(Self { name: name.to_owned(), columns, inner: Mutex::new(inner), state, readings: Mutex::default() })
    }

    /// How SQLite declares it.
    pub(crate) fn declaration(&self) -> String {
        let columns: Vec<String> =
            self.columns.iter().map(|(name, declared)| format!("{} {declared}", quote(name))).collect();
        format!("CREATE TABLE t({})", columns.join(", "))
    }

    /// Whether a column shows objects and lists of a provider.
    pub(crate) fn is_json(&self, column: usize) -> bool {
        self.columns
            .get(column)
            .is_some_and(|(_, declared)| ColumnType::of_declared(Some(declared)) == ColumnType::Json)
    }

    /// Answers SQLite, which asks whether it can be read with what is known; `false` refuses.
    pub(crate) fn best_index(&self, info: &mut IndexInfo) -> rusqlite::Result<bool> {
        let mut given: Vec<(usize, usize)> = Vec::new();
        for (at, constraint) in info.constraints().enumerate() {
            let Ok(column) = usize::try_from(constraint.column()) else { continue };
            let is_equality = constraint.operator() == IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_EQ;
            if is_equality && constraint.is_usable() && !given.iter().any(|(known, _)| *known == column) {
                given.push((column, at));
            }
        }
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let can_do = |given: &[(usize, usize)]| {
            let columns: Vec<usize> = given.iter().map(|(column, _)| *column).collect();
            can_run(&inner, &self.state, &self.query(&columns, &[]))
        };
        if !can_do(&given)? {
            if given.is_empty() || !can_do(&[])? {
                return Ok(false);
            }
            given.clear();
        }
        if self.state.level() > Level::Everything {
            given.sort_unstable();
            for column in given.clone() {
                let fewer: Vec<(usize, usize)> = given.iter().copied().filter(|other| *other != column).collect();
                if can_do(&fewer)? {
                    given = fewer;
                }
            }
        }
        for (index, (_, at)) in (1..).zip(&given) {
            let mut usage = info.constraint_usage(*at);
            usage.set_argv_index(index);
            usage.set_omit(false);
        }
        let places: Vec<String> = given.iter().map(|(column, _)| column.to_string()).collect();
        info.set_idx_str(&places.join(","));
        info.set_idx_num(VIEW_PLAN);
        let [all, some] = COSTS;
        info.set_estimated_cost(if given.is_empty() { all } else { some });
        info.set_estimated_rows(ROWS);
        Ok(true)
    }

    /// The query of the rows that have these values. Of values that are not known yet, it is known where they go.
    fn query(&self, given: &[usize], values: &[Value]) -> String {
        let condition = |(number, column): (usize, &usize)| {
            let (name, declared) = self.columns.get(*column)?;
            let value = values.get(number - 1).map_or("?", |value| compared(declared, value));
            Some(format!("{} = {}", quote(name), value.replace('?', &format!("?{number}"))))
        };
        let conditions: Vec<String> = (1..).zip(given).filter_map(condition).collect();
        let condition = if conditions.is_empty() { "1".to_owned() } else { conditions.join(" AND ") };
        format!("SELECT * FROM temp.{} WHERE {condition}", quote(&self.name))
    }

    /// Its rows with these values, as far as they are known.
    pub(crate) fn read(&self, plan: &str, values: &[Value]) -> rusqlite::Result<Reading> {
        let given: Vec<usize> = plan.split(',').filter_map(|column| column.parse().ok()).collect();
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (strict, loose) = (self.query(&given, &[]), self.query(&given, values));
        let query = if loose != strict && can_run(&inner, &self.state, &loose)? { loose } else { strict };
        let mut statement = inner.prepare(&query)?;
        for (at, value) in values.iter().enumerate() {
            statement.raw_bind_parameter(at + 1, value.to_sqlite())?;
        }
        let width = statement.column_count();
        let mut found = Vec::new();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            found.push((0..width).map(|at| row.get_ref(at).map_or(Value::Null, Value::of)).collect());
        }
        drop(rows);
        let key = (plan.to_owned(), values.iter().map(|value| format!("{value:?}")).collect());
        let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        let next = i64::try_from(readings.len()).unwrap_or(0);
        Ok(Reading { number: *readings.entry(key).or_insert(next), rows: found })
    }
}

/// How a value is compared with a column, so that all rows are found that may equal it where the view is joined.
///
/// What it is compared with there may be a number's column, which makes SQLite compare a text as the number that it says,
/// or a text's, which does the reverse. A bare value has no such affinity, and would miss the text `1` for the number 1.
/// SQLite compares again what is found.
fn compared(declared: &str, value: &Value) -> &'static str {
    match (value, ColumnType::of_declared(Some(declared))) {
        (Value::Integer(_) | Value::Real(_), ColumnType::Any | ColumnType::Text | ColumnType::Json) => {
            "CAST(? AS NUMERIC)"
        }
        (Value::Text(_), ColumnType::Any) => "CAST(? AS TEXT)",
        _ => "?",
    }
}
