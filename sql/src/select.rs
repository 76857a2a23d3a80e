//! From the text of a statement that SQLite runs to the job that runs it.
//!
//! The text and its values go in, with what the session knows; it is adapted to what SQLite can plan, its names are rewritten
//! and its views looked up. A stream of its rows comes out.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc;

use crate::engine::{Session, Shared};
use crate::error::Error;
use crate::fetch::Fetcher;
use crate::job::{Bound, ByName, Job, NamedView, TemporaryTable};
use crate::joins::{Grouping, Side, adapt, may_be_grouped};
use crate::lexer::{Kind, has_word, tokens};
use crate::names::rewrite;
use crate::query::RowStream;
use crate::rounds;
use crate::state::{Manner, State};
use crate::table::Table;
use crate::value::Value;
use crate::views::{expand, expand_by_name};

/// How many messages wait for whoever reads a stream.
const WAITING: usize = 8;

/// How many calls a statement with a LIMIT asks for at first.
const FIRST_BUDGET: usize = 4;

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
    Ok(RowStream::of_job(messages, Fetcher::new(Arc::clone(engine)), state, reads_providers))
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
