//! The engine: providers with their clients, how statements are run, and what users keep between statements.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bindery_ir::{Parameter, Provider, ProviderName, Resource, Service, ServiceName, snake_case};
use bindery_runtime::Client;

use crate::error::Error;
use crate::kept::KeptAnswers;
use crate::query::Query;
use crate::store::Store;
use crate::tables::{Definitions, Member, Tables};
use crate::value::Value;

/// How many calls are under way at once, if nothing else is said.
const CONCURRENCY: usize = 32;

/// How many calls a statement may make, if nothing else is said.
const MAX_CALLS: usize = 100_000;

/// Runs SQL over providers. Clones share everything, and it can be used from many tasks at once.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use bindery_sql::Engine;
///
/// let client = bindery_azure::client().credential(bindery_azure::Token::new("s3cret")).build()?;
/// let engine = Engine::builder().resources(bindery_azure::resources(), client).build();
/// let rows = engine
///     .query("SELECT name, properties ->> 'url' AS url FROM azure.api_management.backend
///             WHERE subscriptionId = ? AND resourceGroupName = ? AND serviceName = ?")
///     .bind("00000000-0000-0000-0000-000000000001")
///     .bind("rg")
///     .bind("apim")
///     .fetch_all()
///     .await?;
/// for row in rows {
///     println!("{:?} {:?}", row.text("name"), row.text("url"));
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Engine {
    pub(crate) shared: Arc<Shared>,
}

/// What the clones of an engine share.
pub(crate) struct Shared {
    pub(crate) tables: Tables,
    pub(crate) settings: Settings,
    pub(crate) store: Store,
    pub(crate) progress: Progress,
    pub(crate) kept: KeptAnswers,
    session: Mutex<Session>,
}

/// How statements are run.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) concurrency: usize,
    pub(crate) max_calls: usize,
    pub(crate) max_pages: Option<NonZeroUsize>,
    pub(crate) missing_is_empty: bool,
    pub(crate) dry_run: bool,
    /// How long answers are kept for other statements.
    pub(crate) cache: Option<Duration>,
    /// Values for parameters, by provider (empty for all) and name.
    pub(crate) defaults: BTreeMap<(String, String), Value>,
}

/// What `USE` and `SET` change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Session {
    pub(crate) provider: Option<String>,
    pub(crate) missing_is_empty: Option<bool>,
    pub(crate) defaults: BTreeMap<(String, String), Value>,
}

/// What an engine is doing, counted over all its statements.
#[derive(Debug, Default)]
pub struct Progress {
    wanted: AtomicUsize,
    done: AtomicUsize,
    rows: AtomicUsize,
    rounds: AtomicUsize,
    reused: AtomicUsize,
}

impl Progress {
    pub(crate) fn round(&self, calls: usize) {
        self.rounds.fetch_add(1, Ordering::Relaxed);
        self.wanted(calls);
    }

    /// The rounds of calls that were begun.
    pub fn rounds(&self) -> usize {
        self.rounds.load(Ordering::Relaxed)
    }

    pub(crate) fn reused(&self, rows: usize) {
        self.reused.fetch_add(1, Ordering::Relaxed);
        self.done(rows);
    }

    /// The calls that were not made, because an earlier statement's answer was kept.
    pub fn calls_reused(&self) -> usize {
        self.reused.load(Ordering::Relaxed)
    }

    pub(crate) fn wanted(&self, calls: usize) {
        self.wanted.fetch_add(calls, Ordering::Relaxed);
    }

    pub(crate) fn done(&self, rows: usize) {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }

    /// The calls that are known to be needed so far.
    pub fn calls_wanted(&self) -> usize {
        self.wanted.load(Ordering::Relaxed)
    }

    /// The calls that are over, and those that were not made because an answer was kept.
    pub fn calls_done(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }

    /// The rows that arrived.
    pub fn rows(&self) -> usize {
        self.rows.load(Ordering::Relaxed)
    }
}

impl Engine {
    /// An engine without providers, to which some are added.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    /// A statement, to which values are bound before it is run.
    pub fn query(&self, sql: impl Into<String>) -> Query {
        Query::new(Arc::clone(&self.shared), sql.into())
    }

    /// What it is doing.
    pub fn progress(&self) -> &Progress {
        &self.shared.progress
    }

    /// How many requests its clients have sent again after a failure.
    pub fn retries(&self) -> u64 {
        self.shared.tables.members().iter().filter_map(Member::known_client).map(|client| client.counts().retries).sum()
    }

    /// The names of its providers.
    pub fn providers(&self) -> impl Iterator<Item = &str> {
        self.shared.tables.members().iter().map(Member::name)
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("providers", &self.providers().collect::<Vec<_>>())
            .field("settings", &self.shared.settings)
            .finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn session(&self) -> Session {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn change_session(&self, change: impl FnOnce(&mut Session)) {
        change(&mut self.session.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The default value of a parameter of a provider, under any of its spellings.
    pub(crate) fn default(&self, session: &Session, provider: &str, parameter: &Parameter) -> Option<Value> {
        let [name, wire_name] = [parameter.name.as_str(), parameter.wire_name.as_str()];
        let names = [name.to_owned(), wire_name.to_owned(), snake_case(name), snake_case(wire_name)];
        let of = |defaults: &BTreeMap<(String, String), Value>| {
            if defaults.is_empty() {
                return None;
            }
            names.iter().find_map(|name| {
                let key = |provider: &str| (provider.to_owned(), name.clone());
                defaults.get(&key(provider)).or_else(|| defaults.get(&key(""))).cloned()
            })
        };
        of(&session.defaults).or_else(|| of(&self.settings.defaults))
    }
}

/// Settings for an [`Engine`].
#[must_use = "a builder does nothing until `build` is called"]
pub struct EngineBuilder {
    tables: Tables,
    settings: Settings,
}

impl Default for EngineBuilder {
    fn default() -> Self {
        Self {
            tables: Tables::default(),
            settings: Settings {
                concurrency: CONCURRENCY,
                max_calls: MAX_CALLS,
                max_pages: None,
                missing_is_empty: false,
                dry_run: false,
                cache: None,
                defaults: BTreeMap::new(),
            },
        }
    }
}

impl EngineBuilder {
    /// Adds a provider with a client that takes its credential from the environment, in place of any of that name.
    pub fn provider(mut self, definitions: impl Definitions + 'static) -> Self {
        self.tables
            .add(Member::new(Box::new(definitions), Box::new(|provider| Client::for_provider(provider).build())));
        self
    }

    /// Adds a provider whose client is made when it is first called.
    pub fn provider_by(
        mut self,
        definitions: impl Definitions + 'static,
        client: impl Fn(&Provider) -> Result<Client, bindery_runtime::Error> + Send + Sync + 'static,
    ) -> Self {
        self.tables.add(Member::new(Box::new(definitions), Box::new(client)));
        self
    }

    /// Adds a provider with its client.
    pub fn provider_with(mut self, definitions: impl Definitions + 'static, client: Client) -> Self {
        self.tables.add(Member::new(Box::new(definitions), Box::new(move |_| Ok(client.clone()))));
        self
    }

    /// Adds the resources of a generated crate, with their client.
    pub fn resources<'r>(mut self, resources: impl IntoIterator<Item = &'r Resource>, client: Client) -> Self {
        let mut provider = Provider::new(ProviderName::from(client.provider()));
        for resource in resources {
            let services = provider.services.to_mut();
            let at = services.iter().position(|service| service.name == *resource.id.service());
            let at = at.unwrap_or_else(|| {
                services.push(Service::new(ServiceName::from(resource.id.service())));
                services.len() - 1
            });
            if let Some(service) = services.get_mut(at) {
                service.resources.to_mut().push(resource.clone());
            }
        }
        self.tables.add(Member::new(Box::new(provider), Box::new(move |_| Ok(client.clone()))));
        self
    }

    /// How many calls are under way at once; 32, if not said.
    pub fn concurrency(mut self, calls: NonZeroUsize) -> Self {
        self.settings.concurrency = calls.get();
        self
    }

    /// How many calls a statement may make before it is given up; 100,000, if not said.
    pub fn max_calls(mut self, calls: usize) -> Self {
        self.settings.max_calls = calls;
        self
    }

    /// How many pages of a listing are read; all, if not said. Where the limit bites, a notice says so.
    pub fn max_pages(mut self, pages: NonZeroUsize) -> Self {
        self.settings.max_pages = Some(pages);
        self
    }

    /// Whether a row that the provider does not find (404) is no row, rather than an error.
    pub fn missing_is_empty(mut self, empty: bool) -> Self {
        self.settings.missing_is_empty = empty;
        self
    }

    /// How long answers are kept for other statements; not at all, if not said. They are let go before when a statement
    /// changes something at their provider. [`Summary::reused`](crate::Summary::reused) says how many were of use.
    pub fn cache(mut self, time: Duration) -> Self {
        self.settings.cache = Some(time);
        self
    }

    /// Whether statements show their requests instead of what they do: a row for each, with what may be a secret masked.
    /// What an `INSERT`, `UPDATE`, `REPLACE`, `DELETE` or `EXEC` calls is not sent. What a query reads is, because the
    /// answers say which requests follow; a listing is shown once, whatever its pages.
    pub fn dry_run(mut self, dry: bool) -> Self {
        self.settings.dry_run = dry;
        self
    }

    /// A value for a parameter of a provider, for statements that do not say it; for every provider, if its name is
    /// empty.
    pub fn default_value(mut self, provider: &str, parameter: &str, value: impl Into<Value>) -> Self {
        self.settings.defaults.insert((provider.to_owned(), parameter.to_owned()), value.into());
        self
    }

    /// Makes the engine.
    pub fn build(self) -> Engine {
        let Self { tables, settings } = self;
        let (store, progress) = (Store::default(), Progress::default());
        let kept = KeptAnswers::default();
        Engine { shared: Arc::new(Shared { tables, settings, store, progress, kept, session: Mutex::default() }) }
    }
}

impl fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineBuilder").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Error {
    /// Calls that no method serves any more: kept here because only engines know all providers.
    pub(crate) fn no_method(verb: &str, table: &str) -> Self {
        Self::unsupported(format!("no method of `{table}` answers {verb}"))
    }
}
