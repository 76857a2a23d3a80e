//! Reading a table: the rows of one answer, one after the other, their columns cut out when they are asked for.

use std::cell::RefCell;
use std::sync::Arc;

use bindery_runtime::json::{Cutter, is_key, properties};
use bytes::Bytes;

use crate::answer::{Index, Lookup};
use crate::row::{ColumnValue, IndexKey, convert};
use crate::state::{Enough, Plan, State};
use crate::table::{ColumnType, Table, TableColumn};
use crate::value::Value;

/// A table of a statement: what the callbacks of SQLite work on.
#[derive(Debug)]
pub(crate) struct TableOfStatement {
    pub(crate) table: Arc<Table>,
    pub(crate) state: Arc<State>,
}

/// A cursor.
#[derive(Debug)]
pub(crate) struct Scan {
    of: Arc<TableOfStatement>,
    answer: usize,
    rows: Arc<Vec<Bytes>>,
    /// The rows to read; all of them when nothing is said.
    selection: Option<Arc<[u32]>>,
    is_complete: bool,
    position: usize,
    /// The values that were sent, by column.
    given: Vec<(usize, Value)>,
    cut: RefCell<Cut>,
}

/// Where the columns of the current row lie.
#[derive(Debug, Default)]
struct Cut {
    /// The row that was cut, plus one.
    row: usize,
    /// The columns that may be asked for, in the order of what is cut.
    columns: Vec<usize>,
    cutter: Cutter,
}

impl Scan {
    pub(crate) fn new(of: Arc<TableOfStatement>) -> Self {
        Self {
            of,
            answer: 0,
            rows: Arc::default(),
            selection: None,
            is_complete: true,
            position: 0,
            given: Vec::new(),
            cut: RefCell::default(),
        }
    }

    /// Begins to read, with the values SQLite passes.
    pub(crate) fn start(&mut self, plan: i32, values: Vec<Value>) -> Result<(), Enough> {
        self.rows = Arc::default();
        self.selection = None;
        self.is_complete = true;
        self.position = 0;
        self.given.clear();
        let Some((_, plan)) = self.of.state.plan(plan) else { return Ok(()) };
        let mut values = values.into_iter();
        for column in &plan.arguments {
            let value = values.next().unwrap_or(Value::Null);
            if value.is_null() {
                // Nothing equals NULL.
                return Ok(());
            }
            let ty = self.of.table.columns.get(*column).map_or(ColumnType::Any, |column| column.ty);
            self.given.push((*column, value.of_type(ty)));
        }
        let probe = plan.probe.zip(values.next());
        if probe.as_ref().is_some_and(|(_, value)| value.is_null()) {
            return Ok(());
        }
        self.prepare_cut(&plan);
        let arguments = self.arguments(&plan);
        let table = Arc::clone(&self.of.table);
        match self.of.state.look_up(&table, &plan, arguments)? {
            Lookup::Nothing => {}
            Lookup::Rows { answer, rows, is_complete } => {
                self.answer = answer;
                self.rows = rows;
                self.is_complete = is_complete;
                if let Some((column, value)) = probe {
                    self.select(column, &value);
                }
                self.look_for_more()?;
            }
        }
        Ok(())
    }

    /// The values of the parameters, defaults included, in the order of the parameters.
    fn arguments(&mut self, plan: &Plan) -> Vec<(usize, Value)> {
        let Some(candidate) = self.of.table.candidates.get(plan.candidate) else { return Vec::new() };
        for (column, value) in self.of.state.defaults(&self.of.table.name) {
            if candidate.parameters.contains_key(&column) && !self.given.iter().any(|(given, _)| *given == column) {
                self.given.push((column, value));
            }
        }
        let mut arguments: Vec<(usize, Value)> = self
            .given
            .iter()
            .filter_map(|(column, value)| Some((*candidate.parameters.get(column)?, value.clone())))
            .collect();
        arguments.extend(plan.first_rows.map(|(parameter, rows)| (parameter, Value::Integer(rows))));
        arguments.sort_by_key(|(parameter, _)| *parameter);
        arguments
    }

    fn prepare_cut(&self, plan: &Plan) {
        let mut cut = self.cut.borrow_mut();
        let table = &self.of.table;
        let has_property = |column: &&usize| table.property(**column).is_some();
        let columns: Vec<usize> = plan.read.iter().filter(has_property).copied().collect();
        if cut.columns != columns {
            let names = columns.iter().filter_map(|column| table.property(*column).map(str::to_owned)).collect();
            cut.cutter = Cutter::new(names);
            cut.columns = columns;
        }
        cut.row = 0;
    }

    fn select(&mut self, column: usize, value: &Value) {
        let value = match value {
            Value::Null | Value::Blob(_) => return,
            Value::Integer(number) => ColumnValue::Integer(*number),
            Value::Real(number) => ColumnValue::Real(*number),
            Value::Text(text) => ColumnValue::Text(text.as_str().into()),
        };
        let (Some(key), Some(of)) = (IndexKey::of(&value), self.of.table.columns.get(column)) else { return };
        self.selection = self.of.state.probe(self.answer, column, &key, |rows| index(rows, of));
    }

    pub(crate) fn next(&mut self) -> Result<(), Enough> {
        self.position += 1;
        self.look_for_more()
    }

    /// At the end of what has arrived, asks for what has not.
    fn look_for_more(&self) -> Result<(), Enough> {
        if self.is_complete || !self.is_over() {
            return Ok(());
        }
        self.of.state.want_rest(self.answer)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.position >= self.selection.as_ref().map_or(self.rows.len(), |selection| selection.len())
    }

    /// The place of the current row in its answer.
    fn row_number(&self) -> usize {
        match &self.selection {
            Some(selection) => selection.get(self.position).map_or(usize::MAX, |row| *row as usize),
            None => self.position,
        }
    }

    /// A number that no other row of the statement has.
    pub(crate) fn row_id(&self) -> i64 {
        let (answer, row) = (i64::try_from(self.answer).unwrap_or(0), i64::try_from(self.row_number()).unwrap_or(0));
        (answer << 32) | row
    }

    /// Gives the value of a column to `take`.
    pub(crate) fn column<T>(&self, column: usize, take: impl FnOnce(ColumnValue<'_>) -> T) -> T {
        let table = &self.of.table;
        let column = table.canonical(column);
        let number = self.row_number();
        let (Some(row), Some(of)) = (self.rows.get(number), table.columns.get(column)) else {
            return take(ColumnValue::Null);
        };
        if of.property.is_none() && !of.hidden {
            return take(convert(row, ColumnType::Any));
        }
        let mut cut = self.cut.borrow_mut();
        if cut.row != number + 1 {
            cut.row = number + 1;
            cut.cutter.cut(row);
        }
        let place = cut.columns.iter().position(|known| *known == column).and_then(|at| cut.cutter.place(at));
        if let Some(json) = place.and_then(|place| row.get(place)) {
            let value = convert(json, of.ty);
            if value != ColumnValue::Null {
                return take(value);
            }
        }
        match self.given.iter().find(|(given, _)| *given == column).map(|(_, value)| value) {
            None | Some(Value::Null | Value::Blob(_)) => take(ColumnValue::Null),
            Some(Value::Integer(number)) => take(ColumnValue::Integer(*number)),
            Some(Value::Real(number)) => take(ColumnValue::Real(*number)),
            Some(Value::Text(text)) => take(ColumnValue::Text(text.as_str().into())),
        }
    }
}

/// The rows by the value of a column.
fn index(rows: &[Bytes], column: &TableColumn) -> Index {
    let mut lists: std::collections::HashMap<IndexKey, Vec<u32>> = std::collections::HashMap::new();
    let Some(property) = column.property.as_deref() else { return Index::new() };
    for (number, row) in rows.iter().enumerate() {
        let mut found = None;
        properties(row, |key, place| {
            if is_key(key, property) {
                found = Some(place);
            }
            found.is_none()
        });
        let Some(json) = found.and_then(|place| row.get(place)) else { continue };
        if let Some(key) = IndexKey::of(&convert(json, column.ty)) {
            lists.entry(key).or_default().push(u32::try_from(number).unwrap_or(u32::MAX));
        }
    }
    lists.into_iter().map(|(key, list)| (key, list.into())).collect()
}
