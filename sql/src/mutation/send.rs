//! Makes the calls of a statement, several at once, and keeps account of what became of each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bindery_ir::Method;
use bindery_runtime::Client;
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::{Applied, Calls, Failed, is_read};
use crate::engine::Shared;
use crate::error::Error;
use crate::fetch::call;
use crate::row::{ColumnValue, convert, is_key, properties};
use crate::table::TableColumn;
use crate::value::Value;

/// What came back for a row.
pub(crate) struct Reply {
    /// Its place, counted from 1.
    pub(crate) row: usize,
    pub(crate) rows: Vec<Bytes>,
    status: u16,
}

/// Makes all calls. After one has failed, no more are begun.
pub(crate) async fn all(
    engine: &Arc<Shared>,
    client: &Client,
    calls: &Calls<'_>,
    is_ordered: bool,
) -> Result<Vec<Reply>, Error> {
    let concurrency = if is_ordered { 1 } else { engine.settings.concurrency };
    let has_failed = AtomicBool::new(false);
    engine.progress.wanted(calls.rows.len());
    let (failed_yet, method) = (&has_failed, calls.method);
    let outcomes: Vec<(usize, Option<Result<Reply, Error>>)> = stream::iter(calls.rows.iter().enumerate())
        .map(|(at, arguments)| async move {
            if failed_yet.load(Ordering::Relaxed) {
                return (at + 1, None);
            }
            let result = one(client, method, arguments, at + 1).await;
            if result.is_err() {
                failed_yet.store(true, Ordering::Relaxed);
            }
            engine.progress.done(0);
            (at + 1, Some(result))
        })
        .buffered(concurrency)
        .collect()
        .await;
    let (mut replies, mut failed, mut unsent) = (Vec::new(), Vec::new(), Vec::new());
    for (row, outcome) in outcomes {
        match outcome {
            Some(Ok(reply)) => replies.push(reply),
            Some(Err(error)) => failed.push((row, error)),
            None => unsent.push(row),
        }
    }
    if failed.is_empty() {
        return Ok(replies);
    }
    let applied = replies.iter().map(|reply| Applied { row: reply.row, status: reply.status }).collect();
    Err(Error::Mutation(Arc::new(Failed { method: method.path(), applied, failed, unsent })))
}

async fn one(client: &Client, method: &Method, arguments: &[(usize, Value)], row: usize) -> Result<Reply, Error> {
    let mut listing = client.listing(call(method, arguments))?;
    let mut rows = Vec::new();
    while let Some(page) = listing.next().await? {
        rows.extend(page);
    }
    if rows.is_empty() && !is_read(method) {
        // RETURNING has a row for each call, even where a provider says nothing.
        rows.push(Bytes::from_static(b"{}"));
    }
    Ok(Reply { row, rows, status: listing.status().map_or(0, |status| status.as_u16()) })
}

/// The value of a column in the text of a row.
pub(crate) fn value(row: &[u8], column: &TableColumn) -> Value {
    let mut found = None;
    match &column.property {
        Some(property) => properties(row, |key, place| {
            if is_key(key, property) {
                found = Some(place);
            }
            found.is_none()
        }),
        None if column.hidden => return Value::Null,
        None => found = Some(0..row.len()),
    }
    match found.and_then(|place| row.get(place)).map(|json| convert(json, column.ty)) {
        None | Some(ColumnValue::Null) => Value::Null,
        Some(ColumnValue::Integer(number)) => Value::Integer(number),
        Some(ColumnValue::Real(number)) => Value::Real(number),
        Some(ColumnValue::Text(text)) => Value::Text(text.into_owned()),
        Some(ColumnValue::Json(text)) => Value::Text(text.to_owned()),
    }
}
