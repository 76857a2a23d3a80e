//! Answers that are kept from one statement to the next, for as long as the user allows it.
//!
//! Only whole answers to calls that read are kept, and all of a provider's are let go when a statement changes something
//! there.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::answer::Demand;

/// How many bytes of answers are kept; the oldest are let go first.
const MOST_BYTES: usize = 256 << 20;

/// The answers that are kept.
#[derive(Debug, Default)]
pub(crate) struct KeptAnswers {
    answers: Mutex<HashMap<Key, Kept>>,
}

/// A call: resource, method and arguments.
type Key = (String, usize, Vec<(usize, String)>);

#[derive(Debug)]
struct Kept {
    since: Instant,
    rows: Vec<Bytes>,
    /// The properties that the rows have; `None` for all.
    properties: Option<Arc<BTreeSet<String>>>,
    bytes: usize,
}

impl KeptAnswers {
    fn key(demand: &Demand) -> Key {
        let arguments = demand.arguments.iter().map(|(at, value)| (*at, value.to_string())).collect();
        (demand.table.resource.id.to_string(), demand.method, arguments)
    }

    /// The answer to a call, if one is at hand that is not older and has what is wanted of it.
    pub(crate) fn get(&self, demand: &Demand, not_older: Duration) -> Option<Vec<Bytes>> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = answers.get(&Self::key(demand)).filter(|kept| kept.since.elapsed() <= not_older)?;
        let has_all = match (&kept.properties, &demand.kept) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(there), Some(wanted)) => there.is_superset(wanted),
        };
        has_all.then(|| kept.rows.clone())
    }

    /// Keeps an answer.
    pub(crate) fn insert(&self, demand: &Demand, rows: &[Bytes], not_older: Duration) {
        let bytes = rows.iter().map(|row| row.len() + size_of::<Bytes>()).sum();
        let kept = Kept { since: Instant::now(), rows: rows.to_vec(), properties: demand.kept.clone(), bytes };
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.insert(Self::key(demand), kept);
        answers.retain(|_, kept| kept.since.elapsed() <= not_older);
        while answers.values().map(|kept| kept.bytes).sum::<usize>() > MOST_BYTES {
            let oldest = answers.iter().min_by_key(|(_, kept)| kept.since).map(|(key, _)| key.clone());
            let Some(oldest) = oldest else { break };
            answers.remove(&oldest);
        }
    }

    /// Lets the answers of a provider go: something was changed there.
    pub(crate) fn forget(&self, provider: &str) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|(resource, ..), _| resource.split('.').next() != Some(provider));
    }
}
