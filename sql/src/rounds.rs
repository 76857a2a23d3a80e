//! Runs a statement on SQLite until a run misses nothing: the part that blocks a thread.
//!
//! A job goes in; columns, rows, wishes and the end come out through a channel, whose other side fetches what is
//! wished for. Rows that a run returns before it misses anything are rows of the answer, because every run sees the
//! same answers, the same clock and the same random numbers; they are sent at once, and later runs pass over them. Where a
//! statement reads tables of the user, which others may change meanwhile, only the rows of the last run are sent.

use std::sync::{Arc, mpsc};

use rusqlite::{Connection, Statement};
use tokio::sync::mpsc::Sender;

use crate::connection::Connecting;
use crate::diagnosis::Diagnosis;
use crate::error::Error;
use crate::job::{ByName, Ending, Job, Message};
use crate::names::Rewritten;
use crate::query_plan::{PlanLine, Planning, ancestors};
use crate::result::{Column, Row};
use crate::scan::{Scan, TableOfStatement};
use crate::sqlite;
use crate::state::State;
use crate::table::ColumnType;
use crate::value::Value;

/// How many rows are sent at once.
const BATCH: usize = 128;

/// How many runs of a statement that may stop early ask for little; then for twice as much each time.
const NARROW_RUNS: usize = 4;

/// Nobody waits for the statement any more.
struct Gone;

/// Runs a job to its end.
pub(crate) fn run(job: &Job, state: &Arc<State>, sender: &Sender<Message>) {
    let worker = Worker { job, state, sender, rewritten: &job.rewritten };
    if let Ok(end) = worker.run() {
        // Whoever asked may be gone by now.
        let _ = sender.blocking_send(Message::End(end));
    }
}

struct Worker<'j> {
    job: &'j Job,
    state: &'j Arc<State>,
    sender: &'j Sender<Message>,
    /// The text that is run.
    rewritten: &'j Rewritten,
}

impl Worker<'_> {
    fn run(&self) -> Result<Result<Ending, Error>, Gone> {
        sqlite::set_now(self.job.now);
        // Views that are tables can do more, and cost more.
        let by_name =
            self.job.by_name.as_ref().map(|by_name| (Self { rewritten: &by_name.rewritten, ..*self }, by_name));
        let as_text = || self.connecting().open().and_then(|connection| self.planned(connection));
        let as_tables = |(again, by_name): &(Self, &ByName)| {
            self.state.forget_forces();
            let connection = again.connecting().open_by_name(by_name, &by_name.views)?;
            again.planned(connection)
        };
        if let Some(first @ (again, _)) = by_name.as_ref().filter(|(_, by_name)| by_name.comes_first)
            && let Ok((connection, plan)) = as_tables(first)
        {
            return again.carry_out(&connection, plan);
        }
        self.state.forget_forces();
        match (as_text(), &by_name) {
            (Ok((connection, plan)), _) => self.carry_out(&connection, plan),
            (Err(Error::Unplannable { reasons }), Some(second @ (again, _))) => match as_tables(second) {
                Ok((connection, plan)) => again.carry_out(&connection, plan),
                // What is wrong there is no text of the user.
                Err(_) => Ok(Err(Error::Unplannable { reasons })),
            },
            (Err(error), _) => Ok(Err(error)),
        }
    }

    /// A connection with the plan that was found there.
    fn planned(&self, connection: Connection) -> Result<(Connection, Vec<PlanLine>), Error> {
        let plan = self.plan(&connection)?;
        Ok((connection, plan))
    }

    fn connecting(&self) -> Connecting<'_> {
        Connecting { job: self.job, state: self.state, rewritten: self.rewritten }
    }

    fn diagnosis(&self) -> Diagnosis<'_> {
        Diagnosis {
            original: &self.job.original,
            rewritten: self.rewritten,
            state: self.state,
            by_name: self.job.by_name.as_ref(),
        }
    }

    fn plan(&self, connection: &Connection) -> Result<Vec<PlanLine>, Error> {
        Planning { connection, state: self.state, diagnosis: self.diagnosis() }.plan()
    }

    fn carry_out(&self, connection: &Connection, plan: Vec<PlanLine>) -> Result<Result<Ending, Error>, Gone> {
        if self.job.explain {
            return Ok(Ok(Ending { plan, ..Ending::default() }));
        }
        match connection.prepare(&self.rewritten.sql) {
            Ok(mut statement) => self.rounds(connection, &mut statement, plan),
            Err(error) => Ok(Err(self.diagnosis().explain(&error))),
        }
    }

    fn rounds(
        &self,
        connection: &Connection,
        statement: &mut Statement<'_>,
        plan: Vec<PlanLine>,
    ) -> Result<Result<Ending, Error>, Gone> {
        let columns: Arc<[Column]> = statement
            .columns()
            .map(|column| Column::new(column.name(), ColumnType::of_declared(column.decl_type())))
            .collect();
        self.send(Message::Columns(Arc::clone(&columns)))?;
        if let Err(error) = self.bind(statement) {
            return Ok(Err(error));
        }
        let mut ending = Ending { plan, ..Ending::default() };
        self.prefetch(&ending.plan);
        let mut demands = self.state.take_demands();
        let mut sent = 0;
        loop {
            if !demands.is_empty() {
                ending.calls += demands.len();
                if ending.calls > self.job.max_calls {
                    let reason = format!(
                        "the statement needs more than {} calls; narrow it down, or raise the limit of calls",
                        self.job.max_calls
                    );
                    return Ok(Err(Error::Limit { reason }));
                }
                let (reply, deliveries) = mpsc::channel();
                self.send(Message::Fetch(demands, reply))?;
                self.state.deliver(deliveries.recv().map_err(|_| Gone)?);
            }
            self.state.begin_run();
            ending.runs += 1;
            let transaction = self.job.writes;
            if transaction && let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
                return Ok(Err(error.into()));
            }
            let result = self.run_once(statement, &columns, &mut sent)?;
            let is_final = self.state.is_true_so_far() && result.is_ok();
            if transaction {
                ending.changes = usize::try_from(connection.changes()).unwrap_or(usize::MAX);
                let end = if is_final { "COMMIT" } else { "ROLLBACK" };
                if let Err(error) = connection.execute_batch(end)
                    && is_final
                {
                    return Ok(Err(error.into()));
                }
            }
            if is_final {
                return Ok(Ok(ending));
            }
            demands = self.state.take_demands();
            if demands.is_empty() {
                // Nothing is missing any more, so what went wrong went wrong for good.
                let error = match (self.state.first_error(), result) {
                    (Some(error), _) => (*error).clone(),
                    (None, Err(error)) => self.diagnosis().explain(&error),
                    (None, Ok(())) => Error::Sqlite("the statement does not come to an end".to_owned()),
                };
                return Ok(Err(error));
            }
            if ending.runs >= NARROW_RUNS {
                self.state.widen();
            }
        }
    }

    /// Runs the statement and sends the rows that are true and were not sent before.
    fn run_once(
        &self,
        statement: &mut Statement<'_>,
        columns: &Arc<[Column]>,
        sent: &mut usize,
    ) -> Result<rusqlite::Result<()>, Gone> {
        // Between two runs another statement may change the user's tables: then no row of one is a row of the next.
        let is_held_back = self.state.reads_store();
        let mut batch = Vec::new();
        let mut seen = 0;
        let mut rows = statement.raw_query();
        loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(error) => {
                    drop(rows);
                    if is_held_back {
                        *sent = 0;
                    } else {
                        self.flush(&mut batch)?;
                    }
                    return Ok(Err(error));
                }
            };
            if !self.state.is_true_so_far() {
                // The rest of the run only finds out what else is missing.
                continue;
            }
            seen += 1;
            if seen <= *sent {
                continue;
            }
            let values = (0..columns.len()).map(|at| row.get_ref(at).map_or(Value::Null, Value::of)).collect();
            batch.push(Row::new(Arc::clone(columns), values));
            *sent += 1;
            if batch.len() >= BATCH && !is_held_back {
                self.flush(&mut batch)?;
            }
        }
        drop(rows);
        if is_held_back && !self.state.is_true_so_far() {
            *sent = 0;
        } else {
            self.flush(&mut batch)?;
        }
        Ok(Ok(()))
    }

    fn flush(&self, batch: &mut Vec<Row>) -> Result<(), Gone> {
        if batch.is_empty() { Ok(()) } else { self.send(Message::Rows(std::mem::take(batch))) }
    }

    fn send(&self, message: Message) -> Result<(), Gone> {
        self.sender.blocking_send(message).map_err(|_| Gone)
    }

    fn bind(&self, statement: &mut Statement<'_>) -> Result<(), Error> {
        for at in 1..=statement.parameter_count() {
            // Numbers that the statement leaves out have no name.
            let Some(name) = statement.parameter_name(at).map(str::to_owned) else { continue };
            let value = self.job.bound.value(&name).ok_or(Error::Unbound { name })?;
            statement.raw_bind_parameter(at, value.to_sqlite())?;
        }
        Ok(())
    }

    /// Asks for what the statement will ask for in any case.
    fn prefetch(&self, plan: &[PlanLine]) {
        for line in plan {
            let is_conditional = ancestors(plan, line).any(|line| line.text.contains("CORRELATED"));
            let Some((table, of)) = line.number.and_then(|number| self.state.plan(number)) else { continue };
            let Some(constants) = of.constants.clone().filter(|_| !is_conditional && of.probe.is_none()) else {
                continue;
            };
            let of = TableOfStatement { table, state: Arc::clone(self.state) };
            let number = line.number.unwrap_or_default();
            if Scan::new(Arc::new(of)).start(number, constants).is_err() {
                return;
            }
        }
    }
}
