//! Makes the calls of a statement, several at once, and keeps account of what became of each.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bindery_ir::{Method, Resource, Rows};
use bindery_runtime::Client;
use bindery_runtime::json::{Kind, Reader, is_key, properties, seek};
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::calls::{Arguments, Calls};
use super::{Applied, Failed, is_read};
use crate::engine::Shared;
use crate::error::Error;
use crate::fetch::call;
use crate::row::{ColumnValue, convert};
use crate::table::TableColumn;
use crate::value::Value;

/// How calls are made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// One after the other.
    pub(super) is_ordered: bool,
    /// What a call begins is waited for.
    pub(super) awaits: bool,
    /// What was sent and what comes back is kept.
    pub(super) keeps: bool,
}

/// What came back for a row.
pub(super) struct Reply {
    /// Its place, counted from 1.
    row: usize,
    pub(super) status: u16,
    /// What was sent, if it is kept.
    pub(super) sent: Arguments,
    /// The rows of the answer, if they are kept.
    pub(super) rows: Vec<Bytes>,
}

/// What became of a row.
enum Outcome {
    Applied(Reply),
    Failed(Error),
    Unsent,
}

/// Makes all calls. After one has failed, no more are begun.
pub(super) async fn all(
    engine: &Arc<Shared>,
    client: &Client,
    calls: Calls,
    manner: Manner,
) -> Result<Vec<Reply>, Error> {
    let Some(path) = calls.method().map(Method::path) else { return Ok(Vec::new()) };
    let concurrency = if manner.is_ordered { 1 } else { engine.settings.concurrency };
    let (mut computed, has_rest) = (calls.computed(), calls.has_rest());
    let has_failed = Arc::new(AtomicBool::new(false));
    let sender = Sender { engine: Arc::clone(engine), client: client.clone(), of: calls.method_of_resource(), manner };
    // What is held while others wait borrows nothing, so that callers can run statements in tasks of their own.
    let failed_yet = Arc::clone(&has_failed);
    let rows = stream::unfold(calls, move |mut calls| {
        // What is computed is accounted for; what is not need not be any more.
        let is_over = failed_yet.load(Ordering::Relaxed) && calls.computed() == 0;
        async move { if is_over { None } else { calls.next().await.map(|arguments| (arguments, calls)) } }
    });
    let outcomes = rows
        .enumerate()
        .map(move |(at, arguments)| {
            let (sender, has_failed) = (sender.clone(), Arc::clone(&has_failed));
            async move {
                if has_failed.load(Ordering::Relaxed) {
                    return (at + 1, Outcome::Unsent);
                }
                let outcome = sender.send(arguments, at + 1).await.map_or_else(Outcome::Failed, Outcome::Applied);
                if matches!(outcome, Outcome::Failed(_)) {
                    has_failed.store(true, Ordering::Relaxed);
                }
                (at + 1, outcome)
            }
        })
        .buffered(concurrency);
    let mut outcomes = pin!(outcomes);
    let (mut replies, mut failed, mut unsent) = (Vec::new(), Vec::new(), Vec::new());
    while let Some((row, outcome)) = outcomes.next().await {
        computed = computed.max(row);
        match outcome {
            Outcome::Applied(reply) => replies.push(reply),
            Outcome::Failed(error) => failed.push((row, error)),
            Outcome::Unsent => unsent.push(row),
        }
    }
    if failed.is_empty() {
        return Ok(replies);
    }
    let applied = replies.iter().map(|reply| Applied { row: reply.row, status: reply.status }).collect();
    let uncomputed = has_rest.then_some(computed + 1);
    Err(Error::Mutation(Arc::new(Failed { method: path, applied, failed, unsent, uncomputed })))
}

/// Makes the calls of one method.
#[derive(Clone)]
struct Sender {
    engine: Arc<Shared>,
    client: Client,
    /// The resource, and the place of the method among its methods.
    of: (Arc<Resource>, usize),
    manner: Manner,
}

impl Sender {
    async fn send(&self, arguments: Result<Arguments, Error>, row: usize) -> Result<Reply, Error> {
        self.engine.progress.wanted(1);
        let result = match arguments {
            Ok(arguments) => self.call(arguments, row).await,
            Err(error) => Err(error),
        };
        self.engine.progress.done(0);
        result
    }

    async fn call(&self, arguments: Arguments, row: usize) -> Result<Reply, Error> {
        let (resource, at) = &self.of;
        let Some(method) = resource.methods.get(*at) else {
            return Err(Error::no_method("the statement", resource.id.as_str()));
        };
        let mut rows = Vec::new();
        let status;
        if self.manner.awaits && !is_read(method) {
            let reply = self.client.start(call(method, &arguments)).await?.wait().await?;
            status = reply.status().as_u16();
            rows.extend(row_of(reply.body(), method));
        } else {
            let mut listing = self.client.listing(call(method, &arguments))?;
            while let Some(page) = listing.next().await? {
                if self.manner.keeps {
                    rows.extend(page);
                }
            }
            status = listing.status().map_or(0, |status| status.as_u16());
        }
        if rows.is_empty() && !is_read(method) {
            // RETURNING has a row for each call, even where a provider says nothing.
            rows.push(Bytes::from_static(b"{}"));
        }
        Ok(if self.manner.keeps {
            Reply { row, status, sent: arguments, rows }
        } else {
            Reply { row, status, sent: Vec::new(), rows: Vec::new() }
        })
    }
}

/// The thing that an operation made, where the method says that answers have it.
fn row_of(body: &Bytes, method: &Method) -> Option<Bytes> {
    let mut range = 0..body.len();
    let is_object = {
        let mut reader = Reader::new(body).ok()?;
        if let Rows::One(path) = &method.response.rows
            && seek(&mut reader, path).ok()?
        {
            let kind = reader.kind().ok()?;
            let start = reader.position();
            reader.skip().ok()?;
            range = start..reader.position();
            kind == Kind::Object
        } else {
            Reader::new(body).ok()?.kind().ok()? == Kind::Object
        }
    };
    is_object.then(|| body.slice(range))
}

/// The value of a column in the text of a row.
pub(super) fn value(row: &[u8], column: &TableColumn) -> Value {
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
