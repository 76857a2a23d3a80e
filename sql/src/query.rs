//! A statement on its way: values are bound, then it is fetched or executed.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use tokio::sync::mpsc;

use crate::engine::{Session, Shared};
use crate::error::Error;
use crate::fetch::Fetcher;
use crate::job::{Bound, ByName, Ending, Job, Message, NamedView, TemporaryTable};
use crate::joins::{Grouping, Side, adapt, may_be_grouped};
use crate::lexer::{Kind, has_word, tokens};
use crate::names::rewrite;
use crate::query_plan::PlanLine;
use crate::requests::Requested;
use crate::result::{Column, Row};
use crate::state::{Manner, State};
use crate::table::Table;
use crate::value::Value;
use crate::views::{expand, expand_by_name};
use crate::{rounds, statement};

/// How many messages wait for whoever reads a stream.
const WAITING: usize = 8;

/// How many calls a statement with a LIMIT asks for at first.
const FIRST_BUDGET: usize = 4;

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

/// What a statement that SQLite runs consists of.
#[derive(Debug, Default)]
pub(crate) struct Select {
    pub(crate) sql: String,
    pub(crate) bound: Bound,
    pub(crate) temporary: Vec<TemporaryTable>,
    pub(crate) writes: bool,
    pub(crate) explain: bool,
}

/// Lets SQLite run a statement.
pub(crate) fn start(engine: &Arc<Shared>, select: Select) -> Result<RowStream, Error> {
    let session = engine.session();
    let mut select = select;
    let mut has_document_views = false;
    let written = select.sql.clone();
    if let Some(expanded) = expand(&select.sql, &engine.tables, session.provider.as_deref())? {
        select.sql = expanded;
        has_document_views = true;
    }
    select.sql = adapt(&select.sql, &engine.tables, session.provider.as_deref(), Grouping::Never)?.sql;
    let rewritten = rewrite(&select.sql, &engine.tables, session.provider.as_deref())?;
    let views = views(engine, &session, &rewritten.sql, Grouping::Never)?;
    let has_views = has_document_views || !views.is_empty();
    let has_names = has_views || may_be_grouped(&written);
    let mut by_name = has_names.then(|| by_name(engine, &session, &written)).transpose()?;
    let all_views = views.iter().chain(by_name.iter().flat_map(|by_name| &by_name.views));
    let all_tables = rewritten.tables.iter().chain(all_views.flat_map(|view| &view.definition.tables));
    let defaults: HashMap<String, BTreeMap<usize, Value>> =
        all_tables.map(|table| (table.name.clone(), defaults_of(engine, &session, table))).collect();
    if let Some(by_name) = &mut by_name {
        by_name.comes_first = by_name.has_sides && defaults.values().any(|values| !values.is_empty());
    }
    let reads_providers = !rewritten.tables.is_empty() || !views.is_empty();
    let may_stop_early = may_stop_early(&select.sql);
    let manner = Manner {
        by_page: may_stop_early,
        budget: may_stop_early.then_some(FIRST_BUDGET),
        missing_is_empty: session.missing_is_empty.unwrap_or(engine.settings.missing_is_empty),
        unknown_is_null: has_document_views,
        joins_unnamed: joins_unnamed(&rewritten.sql) || views.iter().any(|view| joins_unnamed(&view.definition.sql)),
    };
    let now =
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| i64::try_from(time.as_millis()).unwrap_or(0));
    let job = Job {
        original: select.sql,
        rewritten,
        bound: select.bound,
        defaults,
        temporary: select.temporary,
        views,
        by_name,
        store: if select.writes { Some(engine.store.open()?) } else { engine.store.address() },
        writes: select.writes,
        explain: select.explain,
        max_calls: engine.settings.max_calls,
        now,
    };
    let state = Arc::new(State::new(manner));
    let (sender, messages) = mpsc::channel(WAITING);
    let worker_state = Arc::clone(&state);
    tokio::task::spawn_blocking(move || rounds::run(&job, &worker_state, &sender));
    let fetcher = Fetcher::new(Arc::clone(engine));
    let source = Source { messages, fetcher, fetching: None, state, plan: Vec::new() };
    Ok(RowStream { source: Some(source), reads_providers, ..RowStream::empty() })
}

/// The statement with all its views called by name, those of the left sides of joins among them.
fn by_name(engine: &Shared, session: &Session, sql: &str) -> Result<ByName, Error> {
    let provider = session.provider.as_deref();
    let (sql, named) = expand_by_name(sql, &engine.tables, provider)?;
    let adapted = adapt(&sql, &engine.tables, provider, Grouping::WhereNeeded)?;
    let rewritten = rewrite(&adapted.sql, &engine.tables, provider)?;
    let mut views = views(engine, session, &rewritten.sql, Grouping::WhereNeeded)?;
    let mut sides = adapted.sides;
    for (name, text) in named {
        let adapted = adapt(&text, &engine.tables, provider, Grouping::WhereNeeded)?;
        views.push(NamedView::new(name, &adapted.sql, &engine.tables, provider)?);
        sides.extend(adapted.sides);
    }
    let has_sides = !sides.is_empty();
    add_sides(&mut views, sides, engine, provider)?;
    Ok(ByName { rewritten, views, has_sides, comes_first: false })
}

/// Adds the left sides of joins to the views. Those of the same name are the same.
fn add_sides(
    views: &mut Vec<NamedView>,
    sides: Vec<Side>,
    engine: &Shared,
    provider: Option<&str>,
) -> Result<(), Error> {
    for side in sides {
        if !views.iter().any(|view| view.name == side.name) {
            views.push(NamedView::new(side.name, &side.text, &engine.tables, provider)?);
        }
    }
    Ok(())
}

/// The values of parameters that a table has without being told.
fn defaults_of(engine: &Shared, session: &Session, table: &Arc<Table>) -> BTreeMap<usize, Value> {
    let mut values = BTreeMap::new();
    let provider = table.resource.id.provider();
    let client = engine.tables.member(provider).and_then(|member| member.client().ok());
    for candidate in &table.candidates {
        let Some(method) = table.method(candidate) else { continue };
        for (column, at) in &candidate.parameters {
            let Some(parameter) = method.parameters.get(*at) else { continue };
            if let Some(value) = engine.default(session, provider, parameter) {
                values.entry(*column).or_insert(value);
            } else if parameter.location == bindery_ir::Location::Server
                && client.as_ref().is_some_and(|client| client.has_server_variable(parameter.wire_name.as_str()))
            {
                // The client knows it; NULL sends nothing.
                values.entry(*column).or_insert(Value::Null);
            }
        }
    }
    values
}

/// The views of the user that a statement names, and those that they name. Their order does not matter: SQLite looks
/// into a view when it is used.
fn views(engine: &Shared, session: &Session, sql: &str, grouping: Grouping) -> Result<Vec<NamedView>, Error> {
    let mut found: BTreeMap<String, NamedView> = BTreeMap::new();
    if !engine.store.has_views() {
        return Ok(Vec::new());
    }
    let provider = session.provider.as_deref();
    let mut sides = Vec::new();
    let mut texts = vec![sql.to_owned()];
    while let Some(sql) = texts.pop() {
        for token in tokens(&sql)?.iter().filter(|token| token.is_name()) {
            let name = token.name().to_ascii_lowercase();
            if found.contains_key(&name) {
                continue;
            }
            let Some(text) = engine.store.view(&name) else { continue };
            let text = expand(&text, &engine.tables, provider)?.unwrap_or(text);
            let adapted = adapt(&text, &engine.tables, provider, grouping)?;
            found.insert(name.clone(), NamedView::new(name, &adapted.sql, &engine.tables, provider)?);
            texts.extend(adapted.sides.iter().map(|side| side.text.clone()));
            texts.push(adapted.sql);
            sides.extend(adapted.sides);
        }
    }
    let mut views = found.into_values().collect();
    add_sides(&mut views, sides, engine, provider)?;
    Ok(views)
}

/// Whether tables are joined by columns of the same name.
fn joins_unnamed(sql: &str) -> bool {
    has_word(sql, "using") || has_word(sql, "natural")
}

/// Whether a statement may be content with some of the rows of its tables.
fn may_stop_early(sql: &str) -> bool {
    if !has_word(sql, "limit") {
        return false;
    }
    let Ok(tokens) = tokens(sql) else { return false };
    let mut depth = 0_usize;
    let mut has_limit = false;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Symbol if token.is_symbol('(') => depth += 1,
            Kind::Symbol if token.is_symbol(')') => depth = depth.saturating_sub(1),
            Kind::Word if depth == 0 => {
                has_limit |= token.is("limit");
                let is_aggregate = [
                    "count",
                    "sum",
                    "min",
                    "max",
                    "avg",
                    "total",
                    "group_concat",
                    "json_group_array",
                    "json_group_object",
                    "string_agg",
                ]
                .iter()
                .any(|name| token.is(name))
                    && tokens.get(at + 1).is_some_and(|next| next.is_symbol('('));
                if is_aggregate || token.is("order") || token.is("group") || token.is("over") {
                    return false;
                }
            }
            _ => {}
        }
    }
    has_limit
}
