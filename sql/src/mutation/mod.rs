//! Statements that change things: INSERT, UPDATE, REPLACE, DELETE and EXEC.
//!
//! A statement is read into what it wants to call; SQLite computes the arguments, a row for each call; the calls are
//! made; what comes back is what `RETURNING` works on.

mod arguments;
mod calls;
mod method;
mod parse;
mod send;

use std::fmt;
use std::sync::Arc;

use bindery_ir::{Method, Resource, Verb};
use bindery_runtime::Client;
use futures_util::{StreamExt, stream};

use crate::engine::Shared;
use crate::error::Error;
use crate::job::{Bound, TemporaryTable};
use crate::query::RowStream;
use crate::requests::Requested;
use crate::select::{Select, start};
use crate::statement::columns;
use crate::table::{ColumnType, Table};
use crate::value::Value;

use calls::Calls;
pub(crate) use parse::{Exec, parse, parse_exec};

/// A statement that changes things.
#[derive(Debug)]
pub(crate) struct Mutation {
    pub(crate) verb: Verb,
    pub(crate) table: Arc<Table>,
    pub(crate) shape: Shape,
    /// Whether calls are made one after the other.
    pub(crate) is_ordered: bool,
    /// Whether what a call begins is waited for.
    pub(crate) awaits: bool,
    /// What `RETURNING` lists.
    pub(crate) returning: Option<String>,
}

/// Where the arguments come from.
#[derive(Debug)]
pub(crate) enum Shape {
    /// Names, and a query or `VALUES` with a row for each call.
    Rows { names: Vec<String>, source: String },
    /// Assignments, and a condition that says what they are made to.
    Change { assignments: Vec<(String, String)>, condition: String },
    /// A method by its name, with its arguments and perhaps a whole body.
    Call { method: usize, arguments: Vec<(String, String)>, body: Option<String> },
}

impl Mutation {
    pub(crate) fn resource(&self) -> &Resource {
        &self.table.resource
    }
}

/// A call that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Applied {
    /// The place of its row among those of the statement, counted from 1.
    pub row: usize,
    /// The status of the answer.
    pub status: u16,
}

/// Not all the calls of a statement succeeded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Failed {
    /// The method that was called.
    pub method: String,
    /// The rows that were applied.
    pub applied: Vec<Applied>,
    /// The rows that failed, each with the reason.
    pub failed: Vec<(usize, Error)>,
    /// The rows that were never sent, because others had failed.
    pub unsent: Vec<usize>,
    /// The first of the rows that were not even computed, if there may be such.
    pub uncomputed: Option<usize>,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let ([(_, error)], [], [], None) = (&*self.failed, &*self.applied, &*self.unsent, self.uncomputed) {
            return error.fmt(f);
        }
        let total = self.applied.len() + self.failed.len() + self.unsent.len();
        write!(f, "{}: {} of {total} rows failed", self.method, self.failed.len())?;
        for (row, error) in self.failed.iter().take(5) {
            write!(f, "\n  row {row}: {}", error.to_string().replace('\n', "\n    "))?;
        }
        if self.failed.len() > 5 {
            write!(f, "\n  and {} more", self.failed.len() - 5)?;
        }
        let applied: Vec<usize> = self.applied.iter().map(|applied| applied.row).collect();
        write!(f, "\n  applied: {}", ranges(&applied))?;
        write!(f, "\n  never sent: {}", ranges(&self.unsent))?;
        match self.uncomputed {
            Some(first) => write!(f, ", and all from row {first}"),
            None => Ok(()),
        }
    }
}

/// Numbers as people write them: `1-3, 7`.
fn ranges(numbers: &[usize]) -> String {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for number in sorted {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    if ranges.is_empty() {
        return "no row".to_owned();
    }
    let write =
        |(first, last): &(usize, usize)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    format!("row {}", ranges.iter().map(write).collect::<Vec<_>>().join(", "))
}

/// Carries a statement out.
pub(crate) async fn run(engine: &Arc<Shared>, mutation: Mutation, bound: Bound) -> Result<RowStream, Error> {
    let plan = arguments::plan(engine, &mutation)?;
    let resource = Arc::clone(&mutation.table.resource);
    let calls = Calls::begin(engine, &resource, plan, bound.clone()).await?;
    let client = engine.tables.known_member(resource.id.provider())?.client()?;
    let Some(method) = calls.method().and_then(|method| resource.method(method.name.as_str())) else {
        return Err(Error::no_method(mutation.verb.as_str(), resource.id.as_str()));
    };
    if engine.settings.dry_run {
        return Ok(dry_run(client, calls));
    }
    let returning = mutation.returning.clone().or_else(|| shown_by_exec(&mutation, method));
    let manner = send::Manner { is_ordered: mutation.is_ordered, awaits: mutation.awaits, keeps: returning.is_some() };
    let replies = send::all(engine, &client, calls, manner).await;
    if !is_read(method) {
        engine.kept.forget(resource.id.provider());
    }
    let replies = replies?;
    let changed = replies.len();
    let Some(returning) = returning else { return Ok(RowStream::done(changed, None)) };
    let (result, visible) = result_table(&mutation.table, method, replies);
    let list = if returning.trim() == "*" { visible } else { returning };
    let select =
        Select { sql: format!("SELECT {list} FROM result"), bound, temporary: vec![result], ..Select::default() };
    Ok(start(engine, select)?.with_changed(changed))
}

fn is_read(method: &Method) -> bool {
    method
        .http
        .as_ref()
        .is_some_and(|http| matches!(http.method, bindery_ir::HttpMethod::Get | bindery_ir::HttpMethod::Head))
}

/// EXEC shows what comes back, if anything does.
fn shown_by_exec(mutation: &Mutation, method: &Method) -> Option<String> {
    (mutation.verb == Verb::Exec && method.response.rows != bindery_ir::Rows::None).then(|| "*".to_owned())
}

/// The column with the status of the answer, where nothing else is called so.
const STATUS: &str = "http_status";

/// What came back as a table, and the list of the columns that `*` stands for. What was sent is there too, under the
/// names of the parameters that the answer does not have, and the status of the answer.
fn result_table(table: &Table, method: &Method, replies: Vec<send::Reply>) -> (TemporaryTable, String) {
    let of_method = Table::of_method(Arc::clone(&table.resource), method_place(&table.resource, method));
    let columns: Vec<(usize, &crate::table::TableColumn)> =
        of_method.columns.iter().enumerate().filter(|(at, column)| column.same_as == *at).collect();
    let parameters = of_method.candidates.first().map(|candidate| &candidate.parameters);
    let has_status = of_method.column(STATUS).is_none();
    let mut rows: Vec<Vec<Value>> = Vec::new();
    for reply in replies {
        let sent = &reply.sent;
        for row in &reply.rows {
            let values = columns.iter().map(|(at, column)| {
                let from_row = send::value(row, column);
                if !from_row.is_null() {
                    return from_row;
                }
                let parameter = parameters.and_then(|parameters| parameters.get(at));
                let value = parameter.and_then(|parameter| sent.iter().find(|(place, _)| place == parameter));
                value.map_or(Value::Null, |(_, value)| value.clone())
            });
            let status = has_status.then(|| Value::Integer(reply.status.into()));
            rows.push(values.chain(status).collect());
        }
    }
    let visible: Vec<String> = columns
        .iter()
        .filter(|(_, column)| !column.hidden)
        .map(|(_, column)| crate::lexer::quote(&column.name))
        .collect();
    let status = has_status.then(|| (STATUS.to_owned(), ColumnType::Integer));
    let columns = columns.iter().map(|(_, column)| (column.name.clone(), column.ty)).chain(status).collect();
    (TemporaryTable { name: "result".to_owned(), columns, rows }, visible.join(", "))
}

fn method_place(resource: &Resource, method: &Method) -> usize {
    resource.methods.iter().position(|known| std::ptr::eq(known, method)).unwrap_or_default()
}

/// The requests that would be sent, behind those that had to be.
fn dry_run(client: Client, mut calls: Calls) -> RowStream {
    let sent = stream::iter(std::mem::take(&mut calls.requests)).map(Ok);
    let unsent = stream::try_unfold((client, calls), |(client, mut calls)| async move {
        let Some(arguments) = calls.next().await.transpose()? else { return Ok(None) };
        let Some(method) = calls.method() else { return Ok(None) };
        let preview = client.preview(&crate::fetch::call(method, &arguments))?;
        Ok(Some((Requested::new(method, preview, false), (client, calls))))
    });
    RowStream::of_requests(sent.chain(unsent).boxed())
}

/// What a statement would call: the method, and how many arguments it lacks.
pub(crate) fn explain(engine: &Shared, mutation: &Mutation) -> Result<RowStream, Error> {
    let plan = arguments::plan(engine, mutation)?;
    let http = plan.method.http.as_ref().map(|http| format!("{} {}", http.method, http.path));
    let steps = match plan.lookup {
        Some(lookup) => vec![("look up the rows", Some(lookup)), ("call for each", http)],
        None => vec![("call for each row of arguments", http)],
    };
    let rows = steps
        .into_iter()
        .map(|(step, note)| vec![Value::from(step), Value::Text(plan.method.path()), Value::from(note)])
        .collect();
    Ok(RowStream::of(columns(&["step", "call", "note"]), rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_named_as_people_do() {
        assert_eq!(ranges(&[3, 1, 2, 7]), "row 1-3, 7");
        assert_eq!(ranges(&[]), "no row");
    }
}
