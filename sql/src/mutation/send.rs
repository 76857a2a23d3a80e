//! Makes the calls of a statement, several at once, and keeps account of what became of each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bindery_ir::{Method, Rows};
use bindery_runtime::Client;
use bindery_runtime::json::{Kind, Reader, seek};
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
    let call = call(method, arguments);
    if is_read(method) {
        // A listing is read to its end.
        let mut listing = client.listing(call)?;
        let mut rows = Vec::new();
        while let Some(page) = listing.next().await? {
            rows.extend(page);
        }
        return Ok(Reply { row, rows, status: 200 });
    }
    let reply = client.send(call).await?;
    let status = reply.status().as_u16();
    let rows = rows_of(reply.body(), &method.response.rows);
    Ok(Reply { row, rows, status })
}

/// The rows of an answer. What was done is done: an answer that cannot be read has none.
fn rows_of(body: &Bytes, rows: &Rows) -> Vec<Bytes> {
    let read = || -> Result<Vec<Bytes>, bindery_runtime::json::Error> {
        let (path, is_list) = match rows {
            Rows::None => return Ok(Vec::new()),
            Rows::One(path) => (path, false),
            Rows::Many(path) => (path, true),
        };
        let mut reader = Reader::new(body)?;
        if !seek(&mut reader, path)? || reader.kind()? == Kind::Null {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        let mut more = if is_list { reader.first_item()? } else { true };
        while more {
            reader.kind()?;
            let start = reader.position();
            reader.skip()?;
            found.push(body.slice(start..reader.position()));
            more = is_list && reader.next_item()?;
        }
        Ok(found)
    };
    let found = read().unwrap_or_default();
    // RETURNING has a row for each call, even where a provider says nothing.
    if found.is_empty() { vec![Bytes::from_static(b"{}")] } else { found }
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
