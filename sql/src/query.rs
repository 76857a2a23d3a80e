//! A statement on its way: values are bound, then it is fetched or executed.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use tokio::sync::mpsc;

use crate::engine::Shared;
use crate::error::Error;
use crate::fetch::Fetcher;
use crate::job::{Bound, Ending, Message};
use crate::query_plan::PlanLine;
use crate::requests::Requested;
use crate::result::{Column, Row};
use crate::state::State;
use crate::statement;
use crate::value::Value;

/// A statement with the values bound to it. See [`Engine::query`](crate::Engine::query).
#[must_use = "a query does nothing until it is fetched or executed"]
pub struct Query {
    engine: Arc<Shared>,
    sql: String,
    bound: Bound,
}

impl Query {
    pub(crate) fn new(engine: Arc<Shared>, sql: String) -> Self {
        Self { engine, sql, bound: Bound::default() }
    }

    /// Binds a value to the next `?`.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.bound.positional.push(value.into());
        self
    }

    /// Binds a value to the placeholder of that name: `:name`, `$name` or `@name`.
    pub fn bind_named(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.bound.named.insert(name.into(), value.into());
        self
    }

    /// Runs the statement and returns its rows as they are known.
    ///
    /// # Errors
    /// When the statement cannot be run. What goes wrong later is an item of the stream.
    pub async fn fetch(self) -> Result<RowStream, Error> {
        statement::run(&self.engine, &self.sql, self.bound).await
    }

    /// Runs the statement and returns all its rows.
    ///
    /// # Errors
    /// When the statement, or a call it needs, fails.
    pub async fn fetch_all(self) -> Result<Vec<Row>, Error> {
        self.fetch().await?.all().await
    }

    /// Runs the statement and returns its first row.
    ///
    /// # Errors
    /// When it has none, or the statement fails.
    pub async fn fetch_one(self) -> Result<Row, Error> {
        self.fetch_optional().await?.ok_or(Error::NoRow)
    }

    /// Runs the statement and returns its first row, if it has one.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn fetch_optional(self) -> Result<Option<Row>, Error> {
        self.fetch().await?.next().await.transpose()
    }

    /// Runs the statement to its end.
    ///
    /// # Errors
    /// When it fails.
    pub async fn execute(self) -> Result<Summary, Error> {
        let mut rows = self.fetch().await?;
        while let Some(row) = rows.next().await {
            row?;
        }
        Ok(rows.summary())
    }
}

impl fmt::Debug for Query {
    /// Without the values: they may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query").field("sql", &self.sql).finish_non_exhaustive()
    }
}

/// What a statement did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// How many things it changed: calls that were made, or rows of the user's own tables.
    pub changed: usize,
    /// How many calls it made to read.
    pub calls: usize,
    /// How many of these calls were not made, because an earlier statement's answer was kept.
    pub reused: usize,
    /// How often SQLite ran it.
    pub runs: usize,
    /// What the user should know besides.
    pub notices: Vec<String>,
}

/// The rows of a statement, as they are known. Dropping it cancels the statement.
pub struct RowStream {
    columns: Option<Arc<[Column]>>,
    ready: VecDeque<Row>,
    source: Option<Source>,
    /// Where the rows come from that SQLite does not compute.
    others: Option<BoxStream<'static, Result<Vec<Value>, Error>>>,
    /// Whether they are computed from rows of providers.
    pub(crate) reads_providers: bool,
    shows_requests: bool,
    summary: Summary,
}

struct Source {
    messages: mpsc::Receiver<Message>,
    fetcher: Fetcher,
    fetching: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    state: Arc<State>,
    plan: Vec<PlanLine>,
}

impl Drop for Source {
    fn drop(&mut self) {
        self.state.cancel();
    }
}

impl RowStream {
    /// Rows that are there already.
    pub(crate) fn of(columns: Arc<[Column]>, rows: Vec<Vec<Value>>) -> Self {
        let ready = rows.into_iter().map(|values| Row::new(Arc::clone(&columns), values)).collect();
        Self { columns: Some(columns), ready, ..Self::empty() }
    }

    /// Rows that are computed one after the other.
    pub(crate) fn of_stream(columns: Arc<[Column]>, rows: BoxStream<'static, Result<Vec<Value>, Error>>) -> Self {
        Self { columns: Some(columns), others: Some(rows), ..Self::empty() }
    }

    /// What a job on another thread sends, for which these calls are made.
    pub(crate) fn of_job(
        messages: mpsc::Receiver<Message>,
        fetcher: Fetcher,
        state: Arc<State>,
        reads_providers: bool,
    ) -> Self {
        let source = Source { messages, fetcher, fetching: None, state, plan: Vec::new() };
        Self { source: Some(source), reads_providers, ..Self::empty() }
    }

    fn empty() -> Self {
        let (ready, summary) = (VecDeque::new(), Summary::default());
        let (reads_providers, shows_requests) = (false, false);
        Self { columns: None, ready, source: None, others: None, reads_providers, shows_requests, summary }
    }

    /// The requests of a dry run.
    pub(crate) fn of_requests(rows: BoxStream<'static, Result<Requested, Error>>) -> Self {
        let values = rows.map_ok(|requested| requested.values()).boxed();
        Self { shows_requests: true, ..Self::of_stream(Requested::columns(), values) }
    }

    /// The requests of a query in place of its rows. They are sent: which ones follow, the answers say. Where one fails, it
    /// is shown before the error.
    pub(crate) async fn into_requests(mut self) -> Self {
        // An error ends the source.
        let fetcher = self.source.as_ref().map(|source| source.fetcher.clone());
        let error = loop {
            match self.next().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => break Some(Err(error)),
                None => break None,
            }
        };
        let requests = fetcher.map(|fetcher| fetcher.take_requests()).unwrap_or_default();
        let rows = stream::iter(requests.into_iter().map(Ok).chain(error)).boxed();
        Self { summary: self.summary(), ..Self::of_requests(rows) }
    }

    /// Whether the rows are the requests of a dry run (`method`, `sent`, `request`, `headers`, `body`, `curl`), not what
    /// the statement asks for.
    pub fn shows_requests(&self) -> bool {
        self.shows_requests
    }

    /// The requests that were made so far, in a dry run.
    pub(crate) fn take_requests(&self) -> Vec<Requested> {
        self.source.as_ref().map(|source| source.fetcher.take_requests()).unwrap_or_default()
    }

    /// No rows: the statement said all in what it did.
    pub(crate) fn done(changed: usize, notice: impl Into<Option<String>>) -> Self {
        let mut stream = Self::of(Arc::from([]), Vec::new());
        stream.summary.changed = changed;
        stream.summary.notices.extend(notice.into());
        stream
    }

    pub(crate) fn with_changed(mut self, changed: usize) -> Self {
        self.summary.changed = changed;
        self
    }

    /// The columns. Waits until they are known.
    ///
    /// # Errors
    /// When the statement fails before.
    pub async fn columns(&mut self) -> Result<Arc<[Column]>, Error> {
        if self.columns.is_none()
            && let Some(row) = self.next().await
        {
            self.ready.push_front(row?);
        }
        Ok(self.columns.clone().unwrap_or_else(|| Arc::from([])))
    }

    /// The next row; `None` behind the last.
    pub async fn next(&mut self) -> Option<Result<Row, Error>> {
        StreamExt::next(self).await
    }

    /// All rows that are left.
    ///
    /// # Errors
    /// With the first error.
    pub async fn all(mut self) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::new();
        while let Some(row) = self.next().await {
            rows.push(row?);
        }
        Ok(rows)
    }

    /// What the statement did so far.
    pub fn summary(&self) -> Summary {
        self.summary.clone()
    }

    /// How SQLite reads the tables, once the statement is over.
    pub(crate) async fn plan(mut self) -> Result<Vec<PlanLine>, Error> {
        let mut plan = Vec::new();
        while let Some(row) = self.next().await {
            row?;
        }
        if let Some(source) = &mut self.source {
            plan = std::mem::take(&mut source.plan);
        }
        Ok(plan)
    }

    fn receive(&mut self, message: Message) -> Option<Error> {
        match message {
            Message::Columns(columns) => self.columns = Some(columns),
            Message::Rows(rows) => self.ready.extend(rows),
            Message::Fetch(demands, reply) => {
                if let Some(source) = &mut self.source {
                    let fetcher = source.fetcher.clone();
                    source.fetching = Some(Box::pin(async move {
                        // When nobody takes them, the statement is over.
                        let _ = reply.send(fetcher.fetch_all(demands).await);
                    }));
                }
            }
            Message::End(Ok(Ending { runs, calls, changes, plan })) => {
                self.summary.runs = runs;
                self.summary.calls = calls;
                self.summary.changed = changes;
                if let Some(source) = &mut self.source {
                    self.summary.notices.extend(source.fetcher.take_notices());
                    self.summary.reused = source.fetcher.reused();
                    source.plan = plan;
                }
            }
            Message::End(Err(error)) => return Some(error),
        }
        None
    }
}

impl Stream for RowStream {
    type Item = Result<Row, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(row) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(row)));
            }
            let this = &mut *self;
            if let (Some(others), Some(columns)) = (&mut this.others, &this.columns) {
                let row = ready!(others.as_mut().poll_next(context));
                let columns = Arc::clone(columns);
                return Poll::Ready(row.map(|row| row.map(|values| Row::new(columns, values))));
            }
            let Some(source) = &mut self.source else { return Poll::Ready(None) };
            if let Some(fetching) = &mut source.fetching {
                ready!(fetching.as_mut().poll(context));
                source.fetching = None;
            }
            match ready!(source.messages.poll_recv(context)) {
                Some(message) => {
                    if let Some(error) = self.receive(message) {
                        self.source = None;
                        return Poll::Ready(Some(Err(error)));
                    }
                }
                None => return Poll::Ready(None),
            }
        }
    }
}

impl fmt::Debug for RowStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowStream")
            .field("columns", &self.columns)
            .field("ready", &self.ready.len())
            .finish_non_exhaustive()
    }
}
