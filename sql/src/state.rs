//! What a statement knows while it runs: the plans SQLite was offered, the answers that arrived, and what is wanted.
//!
//! Tables ask for answers; what is not there is recorded and the run goes on as if there were no rows. When the run
//! is over, everything that was recorded is fetched, and the statement runs again. A run that recorded nothing saw
//! only true answers, so its rows are the answer.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::answer::{Answer, Delivery, Demand, Index, Lookup};
use crate::error::Error;
use crate::functions::Random;
use crate::row::IndexKey;
use crate::table::{ColumnSet, Table};
use crate::value::Value;

/// A run that misses answers is given up when it records nothing for so long: without them it might never end.
const PATIENCE: Duration = Duration::from_millis(20);

/// Tells our plans from those of other tables in what SQLite says of a plan.
const FIRST_PLAN: i32 = 0x5A00_0000;

/// One way to read a table: the method, and where its arguments come from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) candidate: usize,
    /// The candidate that the order of the documents would have taken.
    pub(crate) instead_of: Option<usize>,
    /// How many candidates fit what is said.
    pub(crate) fitting: usize,
    /// The columns whose values SQLite passes, in this order.
    pub(crate) arguments: Vec<usize>,
    /// The column whose value SQLite passes last, to find rows by.
    pub(crate) probe: Option<usize>,
    /// The columns that are read, aliases resolved.
    pub(crate) read: ColumnSet,
    /// The values of the arguments, when the statement says them itself.
    pub(crate) constants: Option<Vec<Value>>,
    /// The place of the parameter that says how many rows are wanted, and how many.
    pub(crate) first_rows: Option<(usize, i64)>,
}

/// A method with the values of its parameters: what an answer is an answer to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct CallKey {
    resource: String,
    method: usize,
    arguments: Vec<(usize, String)>,
}

impl Inner {
    /// The properties that the plans for a resource read; `None` when nothing can be left out.
    fn kept(&self, table: &Table) -> Option<Arc<BTreeSet<String>>> {
        let mut kept = BTreeSet::new();
        for (of, plan) in self.plans.iter().filter(|(of, _)| of.resource.id == table.resource.id) {
            for column in &plan.read {
                match of.property(*column) {
                    Some(property) => drop(kept.insert(property.to_owned())),
                    // Rows that are shown whole are kept whole.
                    None if of.columns.get(*column).is_some_and(|column| !column.hidden) => return None,
                    None => {}
                }
            }
        }
        (kept.len() < table.visible().count()).then(|| Arc::new(kept))
    }
}

/// How a statement is to be run.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four things that have nothing to do with each other")]
pub(crate) struct Manner {
    /// Pages are fetched as they are needed rather than all at once.
    pub(crate) by_page: bool,
    /// How many demands end a run of a statement that may not need more.
    pub(crate) budget: Option<usize>,
    /// A row that is not found is no row, rather than an error.
    pub(crate) missing_is_empty: bool,
    /// A parameter that is read although nothing says it is NULL, rather than a reason not to run: views of documents
    /// list the parameters of all methods.
    pub(crate) unknown_is_null: bool,
    /// Tables are joined by columns that the statement does not name (`USING`, `NATURAL`) where they are read.
    pub(crate) joins_unnamed: bool,
}

/// What a statement knows while it runs. Shared by its tables and whoever runs it.
#[derive(Debug, Default)]
pub(crate) struct State {
    inner: Mutex<Inner>,
    is_incomplete: AtomicBool,
    is_cancelled: AtomicBool,
    reads_store: AtomicBool,
    random: Random,
}

#[derive(Debug, Default)]
struct Inner {
    manner: Manner,
    plans: Vec<(Arc<Table>, Arc<Plan>)>,
    rejections: Vec<Rejection>,
    circular: Vec<Rejection>,
    forced: HashMap<String, Force>,
    level: Level,
    defaults: HashMap<String, BTreeMap<usize, Value>>,
    /// The columns that the statement names, by the name of their table.
    named: HashMap<String, HashSet<String>>,
    keys: HashMap<CallKey, usize>,
    answers: Vec<Answer>,
    pending: Vec<usize>,
    first_error: Option<Arc<Error>>,
    last_demand: Option<Instant>,
}

/// Why a table cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rejection {
    pub(crate) table: String,
    pub(crate) reason: String,
    /// Whether parameters of it are given.
    pub(crate) gives_something: bool,
}

/// The way a table must be read, because the parts of an OR would mix two ways.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Force {
    pub(crate) candidate: usize,
}

/// How greedy plans are. Where the greedy ones allow no join order, more modest ones may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Everything that is known is passed.
    #[default]
    Everything,
    /// Only what must be passed.
    Required,
    /// A method that the statement says too much for, where the better one's arguments come too late.
    Modest,
}

impl State {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A state for a statement that is run like this.
    pub(crate) fn new(manner: Manner) -> Self {
        let inner = Inner { manner, ..Inner::default() };
        Self { inner: Mutex::new(inner), ..Self::default() }
    }

    /// Forgets what was planned, to plan anew.
    pub(crate) fn forget_plans(&self, level: Level) {
        let mut inner = self.inner();
        inner.level = level;
        inner.rejections.clear();
        inner.circular.clear();
    }

    /// Forgets which ways were forced.
    pub(crate) fn forget_forces(&self) {
        self.inner().forced.clear();
    }

    pub(crate) fn unknown_is_null(&self) -> bool {
        self.inner().manner.unknown_is_null
    }

    pub(crate) fn level(&self) -> Level {
        self.inner().level
    }

    pub(crate) fn force(&self, table: &str, force: Force) {
        self.inner().forced.insert(table.to_owned(), force);
    }

    pub(crate) fn forced(&self, table: &str) -> Option<Force> {
        self.inner().forced.get(table).copied()
    }

    /// Values for parameters that the statement does not say.
    pub(crate) fn set_defaults(&self, table: &str, values: BTreeMap<usize, Value>) {
        self.inner().defaults.insert(table.to_owned(), values);
    }

    pub(crate) fn defaults(&self, table: &str) -> BTreeMap<usize, Value> {
        self.inner().defaults.get(table).cloned().unwrap_or_default()
    }

    /// Notes why a table cannot be read.
    pub(crate) fn reject(&self, rejection: Rejection, is_circular: bool) {
        let mut inner = self.inner();
        let list = if is_circular { &mut inner.circular } else { &mut inner.rejections };
        if !list.contains(&rejection) {
            list.push(rejection);
        }
    }

    /// Why the statement cannot be planned.
    pub(crate) fn rejections(&self) -> Vec<Rejection> {
        let inner = self.inner();
        if inner.rejections.is_empty() { inner.circular.clone() } else { inner.rejections.clone() }
    }

    /// Whether there is a way to read a table, at least for a part of the statement.
    pub(crate) fn has_plan_for(&self, table: &str) -> bool {
        self.inner().plans.iter().any(|(of, _)| of.name == table)
    }

    /// The number by which SQLite refers to a plan. The same plan has the same number.
    pub(crate) fn register(&self, table: &Arc<Table>, plan: Plan) -> i32 {
        let mut inner = self.inner();
        let known = inner.plans.iter().position(|(of, known)| Arc::ptr_eq(of, table) && **known == plan);
        let at = known.unwrap_or_else(|| {
            inner.plans.push((Arc::clone(table), Arc::new(plan)));
            inner.plans.len() - 1
        });
        FIRST_PLAN + i32::try_from(at).unwrap_or(0)
    }

    /// The plan of a number.
    pub(crate) fn plan(&self, number: i32) -> Option<(Arc<Table>, Arc<Plan>)> {
        let at = usize::try_from(number.checked_sub(FIRST_PLAN)?).ok()?;
        self.inner().plans.get(at).cloned()
    }

    /// Notes that the statement names a column of a table.
    pub(crate) fn note_named(&self, table: &str, column: &str) {
        let mut inner = self.inner();
        match inner.named.get_mut(table) {
            Some(columns) => drop(columns.insert(column.to_owned())),
            None => drop(inner.named.insert(table.to_owned(), HashSet::from([column.to_owned()]))),
        }
    }

    /// Notes that the statement reads a table of the user's own.
    pub(crate) fn note_store(&self) {
        self.reads_store.store(true, Ordering::Relaxed);
    }

    /// Whether it reads such a table, which another statement may change between two runs.
    pub(crate) fn reads_store(&self) -> bool {
        self.reads_store.load(Ordering::Relaxed)
    }

    /// Whether the statement names a column of a table.
    pub(crate) fn is_named(&self, table: &Table, column: usize) -> bool {
        let inner = self.inner();
        let named = || inner.named.get(&table.name);
        inner.manner.joins_unnamed || named().is_some_and(|columns| columns.contains(table.column_name(column)))
    }

    /// Begins a run.
    pub(crate) fn begin_run(&self) {
        let mut inner = self.inner();
        for answer in std::mem::take(&mut inner.pending) {
            if let Some(answer) = inner.answers.get_mut(answer) {
                answer.is_wanted = false;
            }
        }
        inner.first_error = None;
        inner.last_demand = None;
        self.random.restart();
        self.is_incomplete.store(false, Ordering::Relaxed);
    }

    /// The next random number of this run.
    pub(crate) fn next_random(&self) -> u64 {
        self.random.next()
    }

    /// Whether the rows of this run so far are rows of the answer: nothing was missing yet.
    pub(crate) fn is_true_so_far(&self) -> bool {
        !self.is_incomplete.load(Ordering::Relaxed)
    }

    pub(crate) fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether the run is to be given up: nobody waits for it, or it misses answers and finds nothing more to ask.
    pub(crate) fn must_stop(&self) -> bool {
        if self.is_cancelled.load(Ordering::Relaxed) {
            return true;
        }
        if self.is_true_so_far() {
            return false;
        }
        self.inner().last_demand.is_some_and(|last| last.elapsed() > PATIENCE)
    }

    /// Takes what is to be fetched before the next run.
    pub(crate) fn take_demands(&self) -> Vec<Demand> {
        let mut inner = self.inner();
        let pending = std::mem::take(&mut inner.pending);
        pending
            .into_iter()
            .filter_map(|at| {
                let answer = inner.answers.get_mut(at)?;
                answer.is_wanted = false;
                answer.demand.clone()
            })
            .collect()
    }

    /// The error that the run met first.
    pub(crate) fn first_error(&self) -> Option<Arc<Error>> {
        self.inner().first_error.clone()
    }

    /// Doubles what a run may ask for.
    pub(crate) fn widen(&self) {
        let mut inner = self.inner();
        inner.manner.budget = inner.manner.budget.map(|budget| budget.saturating_mul(2));
    }

    /// Puts in what arrived.
    pub(crate) fn deliver(&self, deliveries: Vec<Delivery>) {
        let mut inner = self.inner();
        for delivery in deliveries {
            let Some(answer) = inner.answers.get_mut(delivery.answer) else { continue };
            answer.is_there = true;
            answer.is_complete = delivery.is_complete;
            answer.error = delivery.error;
            answer.indexes.clear();
            Arc::make_mut(&mut answer.rows).extend(delivery.rows);
            answer.step = answer.step.saturating_mul(2);
            if let Some(demand) = &mut answer.demand {
                demand.pages = demand.pages.map(|_| answer.step);
            }
        }
    }

    /// Looks up the answer to a call, and records that it is wanted when it is not there.
    ///
    /// # Errors
    /// When the run has recorded enough; it is given up by passing the error on.
    pub(crate) fn look_up(
        &self,
        table: &Arc<Table>,
        plan: &Plan,
        arguments: Vec<(usize, Value)>,
    ) -> Result<Lookup, Enough> {
        let Some(candidate) = table.candidates.get(plan.candidate) else { return Ok(Lookup::Nothing) };
        let mut inner = self.inner();
        let key = CallKey {
            resource: table.resource.id.to_string(),
            method: candidate.method,
            arguments: arguments.iter().map(|(at, value)| (*at, value.to_string())).collect(),
        };
        let known = inner.keys.get(&key).copied();
        let known = known.filter(|at| inner.answers.get(*at).is_some_and(|answer| answer.has(table, &plan.read)));
        let at = match known {
            Some(at) => at,
            None => {
                let at = inner.answers.len();
                let demand = Demand {
                    answer: at,
                    table: Arc::clone(table),
                    method: candidate.method,
                    arguments,
                    pages: inner.manner.by_page.then_some(1),
                    kept: inner.kept(table),
                };
                inner.answers.push(Answer { step: 1, demand: Some(demand), ..Answer::default() });
                inner.keys.insert(key, at);
                at
            }
        };
        let missing_is_empty = inner.manner.missing_is_empty;
        let Some(answer) = inner.answers.get(at) else { return Ok(Lookup::Nothing) };
        if let Some(error) = &answer.error {
            if !(missing_is_empty && answer.is_of_nothing(error)) {
                let error = Arc::clone(error);
                inner.first_error.get_or_insert(error);
                // From here on nothing the run finds is of use.
                inner.last_demand.get_or_insert_with(Instant::now);
                self.is_incomplete.store(true, Ordering::Relaxed);
            }
            return Ok(Lookup::Nothing);
        }
        if answer.is_there {
            let rows = Arc::clone(&answer.rows);
            return Ok(Lookup::Rows { answer: at, rows, is_complete: answer.is_complete });
        }
        self.want(&mut inner, at)?;
        Ok(Lookup::Nothing)
    }

    /// Records that the rest of an answer is wanted.
    pub(crate) fn want_rest(&self, answer: usize) -> Result<(), Enough> {
        let mut inner = self.inner();
        self.want(&mut inner, answer)
    }

    fn want(&self, inner: &mut Inner, at: usize) -> Result<(), Enough> {
        self.is_incomplete.store(true, Ordering::Relaxed);
        let is_first = inner.pending.is_empty();
        let Some(answer) = inner.answers.get_mut(at) else { return Ok(()) };
        // What a run wants first it wants whatever the other answers say; of all else one cannot be sure, and not
        // every method may be called on suspicion.
        if answer.is_wanted || !(is_first || answer.demand.as_ref().is_some_and(Demand::is_harmless)) {
            return Ok(());
        }
        answer.is_wanted = true;
        inner.pending.push(at);
        inner.last_demand = Some(Instant::now());
        if inner.manner.budget.is_some_and(|budget| inner.pending.len() >= budget) {
            return Err(Enough);
        }
        Ok(())
    }

    /// The rows of an answer that may have this value in a column; `None` when all of them may. An index is built
    /// when it is asked for a second time.
    pub(crate) fn probe(
        &self,
        answer: usize,
        column: usize,
        key: &IndexKey,
        build: impl FnOnce(&[Bytes]) -> Index,
    ) -> Option<Arc<[u32]>> {
        let mut inner = self.inner();
        let answer = inner.answers.get_mut(answer)?;
        let probes = answer.probes.entry(column).or_default();
        *probes += 1;
        if *probes < 2 {
            return None;
        }
        let rows = &answer.rows;
        let index = answer.indexes.entry(column).or_insert_with(|| Arc::new(build(rows)));
        Some(index.get(key).cloned().unwrap_or_else(|| Arc::from([])))
    }
}

/// The run has recorded enough to fetch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Enough;
