//! Wishes → answers: the calls of a round, made together, as many at once as the engine allows.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bindery_ir::Method;
use bindery_runtime::{Call, Listing};
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use crate::answer::{Delivery, Demand};
use crate::engine::Shared;
use crate::error::Error;
use crate::requests::Requested;
use crate::value::Value;

/// Makes the calls of one statement.
#[derive(Clone)]
pub(crate) struct Fetcher {
    engine: Arc<Shared>,
    /// Listings that go on, by their answer.
    listings: Arc<Mutex<HashMap<usize, Listing>>>,
    notices: Arc<Mutex<Vec<String>>>,
    /// How many answers of earlier statements were of use.
    reused: Arc<AtomicUsize>,
    /// What was sent, where that is to be shown.
    requests: Arc<Mutex<Vec<Requested>>>,
}

impl Fetcher {
    pub(crate) fn new(engine: Arc<Shared>) -> Self {
        let (listings, notices, reused, requests) = Default::default();
        Self { engine, listings, notices, reused, requests }
    }

    /// How many answers of earlier statements were of use.
    pub(crate) fn reused(&self) -> usize {
        self.reused.load(Ordering::Relaxed)
    }

    /// What the user should know of the calls that were made.
    pub(crate) fn take_notices(&self) -> Vec<String> {
        std::mem::take(&mut *self.notices.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The requests that were made, each listing once: those of a dry run, which shows them.
    pub(crate) fn take_requests(&self) -> Vec<Requested> {
        std::mem::take(&mut *self.requests.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes the calls of a round.
    pub(crate) async fn fetch_all(&self, demands: Vec<Demand>) -> Vec<Delivery> {
        self.engine.progress.round(demands.len());
        let concurrency = self.engine.settings.concurrency;
        stream::iter(demands).map(|demand| self.fetch(demand)).buffer_unordered(concurrency).collect().await
    }

    async fn fetch(&self, demand: Demand) -> Delivery {
        let known = self.listings.lock().unwrap_or_else(PoisonError::into_inner).remove(&demand.answer);
        // What a limit cuts off is no whole answer, and what changes things is called each time.
        let cache = self
            .engine
            .settings
            .cache
            .filter(|_| known.is_none() && self.engine.settings.max_pages.is_none() && demand.is_harmless());
        if let Some(rows) = cache.and_then(|time| self.engine.kept.get(&demand, time)) {
            self.engine.progress.reused(rows.len());
            self.reused.fetch_add(1, Ordering::Relaxed);
            return Delivery { answer: demand.answer, rows, is_complete: true, error: None };
        }
        let mut rows = Vec::new();
        let result = match known.map_or_else(|| self.begin(&demand), Ok) {
            Ok(listing) => self.read(&demand, listing, &mut rows).await,
            Err(error) => Err(error),
        };
        self.engine.progress.done(rows.len());
        if let (Some(time), Ok(true)) = (cache, &result) {
            self.engine.kept.insert(&demand, &rows, time);
        }
        let (is_complete, error) = match result {
            Ok(is_complete) => (is_complete, None),
            Err(error) => (true, Some(Arc::new(error))),
        };
        Delivery { answer: demand.answer, rows, is_complete, error }
    }

    fn begin(&self, demand: &Demand) -> Result<Listing, Error> {
        let resource = &demand.table.resource;
        let Some(method) = resource.methods.get(demand.method) else {
            return Err(Error::unsupported(format!("`{}` has no such method", resource.id)));
        };
        let client = self.engine.tables.known_member(resource.id.provider())?.client()?;
        let call = call(method, &demand.arguments);
        if self.engine.settings.dry_run {
            let requested = Requested::new(method, client.preview(&call)?, true);
            self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(requested);
        }
        let listing = client.listing(call)?;
        Ok(match &demand.kept {
            Some(kept) => listing.keeping(kept.iter().cloned()),
            None => listing,
        })
    }

    /// Reads pages; whether the last one was among them.
    async fn read(&self, demand: &Demand, mut listing: Listing, rows: &mut Vec<Bytes>) -> Result<bool, Error> {
        let mut left = demand.pages.unwrap_or(usize::MAX);
        while left > 0 && !listing.is_over() {
            if self.engine.settings.max_pages.is_some_and(|max| listing.fetched() >= max.get()) {
                self.note(format!(
                    "{}: only the first {} pages were read, as the limit of pages says; there are more",
                    demand.table.name,
                    listing.fetched()
                ));
                return Ok(true);
            }
            let Some(page) = listing.next().await? else { break };
            rows.extend(page);
            left -= 1;
        }
        let is_over = listing.is_over();
        if !is_over {
            self.listings.lock().unwrap_or_else(PoisonError::into_inner).insert(demand.answer, listing);
        }
        Ok(is_over)
    }

    fn note(&self, notice: String) {
        let mut notices = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
        if !notices.contains(&notice) {
            notices.push(notice);
        }
    }
}

/// The call of a method with values by the place of their parameter.
pub(crate) fn call<'m>(method: &'m Method, arguments: &[(usize, Value)]) -> Call<'m> {
    let mut call = Call::new(method);
    for (at, value) in arguments {
        let Some(parameter) = method.parameters.get(*at) else { continue };
        if let Some(argument) = value.argument(parameter) {
            call = call.with(parameter.name.as_str().to_owned(), argument);
        }
    }
    call
}
