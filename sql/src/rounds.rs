//! Runs a statement on SQLite until a run misses nothing: the part that blocks a thread.
//!
//! A job goes in; columns, rows, wishes and the end come out through a channel, whose other side fetches what is
//! wished for. Rows that a run returns before it misses anything are rows of the answer, because every run sees the
//! same answers, the same clock and the same random numbers; they are sent at once, and later runs pass over them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, mpsc};

use rusqlite::hooks::{AuthAction, Authorization};
use rusqlite::{Connection, Statement};
use tokio::sync::mpsc::Sender;

use crate::error::{Error, nearest};
use crate::functions;
use crate::lateral::{CanRun, VIEW_PLAN, ViewOfStatement};
use crate::lexer::quote;
use crate::names::Rewritten;
use crate::plan::describe;
use crate::result::{Column, Row};
use crate::scan::{Scan, TableOfStatement};
use crate::sqlite;
use crate::state::{Delivery, Demand, Force, Level, Plan, State};
use crate::table::{ColumnType, Table};
use crate::value::Value;

/// How many rows are sent at once.
const BATCH: usize = 128;

/// How many steps of SQLite's machine pass between looks at whether to stop.
const STEPS_BETWEEN_LOOKS: i32 = 2000;

/// How many runs of a statement that may stop early ask for little; then for twice as much each time.
const NARROW_RUNS: usize = 4;

/// A statement to run.
#[derive(Debug, Default)]
pub(crate) struct Job {
    /// The text of the user, for messages.
    pub(crate) original: String,
    pub(crate) rewritten: Rewritten,
    pub(crate) bound: Bound,
    /// Values for parameters that the statement does not say, by the name of the table.
    pub(crate) defaults: HashMap<String, BTreeMap<usize, Value>>,
    /// Tables that exist for this statement only.
    pub(crate) temporary: Vec<TemporaryTable>,
    /// The views it uses.
    pub(crate) views: Vec<NamedView>,
    /// The statement with all views by name, for where they must take parameters from what they are joined to.
    pub(crate) by_name: Option<ByName>,
    /// Where the tables of the user are.
    pub(crate) store: Option<String>,
    /// Whether it changes tables of the user.
    pub(crate) writes: bool,
    /// Whether it is only to be explained.
    pub(crate) explain: bool,
    /// How many calls it may make.
    pub(crate) max_calls: usize,
    /// What time it is, in milliseconds since 1970.
    pub(crate) now: i64,
}

/// A table that exists for one statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct TemporaryTable {
    pub(crate) name: String,
    pub(crate) columns: Vec<(String, ColumnType)>,
    pub(crate) rows: Vec<Vec<Value>>,
}

/// A view, with the statement that defines it.
#[derive(Clone, Debug)]
pub(crate) struct NamedView {
    pub(crate) name: String,
    pub(crate) definition: Rewritten,
}

/// A statement whose views are tables.
#[derive(Clone, Debug)]
pub(crate) struct ByName {
    pub(crate) rewritten: Rewritten,
    pub(crate) views: Vec<NamedView>,
}

/// The values of placeholders.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bound {
    pub(crate) positional: Vec<Value>,
    pub(crate) named: BTreeMap<String, Value>,
}

impl Bound {
    fn value(&self, placeholder: &str) -> Option<&Value> {
        if let Some(number) = placeholder.strip_prefix('?') {
            return self.positional.get(number.parse::<usize>().ok()?.checked_sub(1)?);
        }
        self.named.get(placeholder.get(1..)?)
    }
}

/// What a job says while it runs.
#[derive(Debug)]
pub(crate) enum Message {
    Columns(Arc<[Column]>),
    Rows(Vec<Row>),
    /// Wishes, and where what becomes of them goes.
    Fetch(Vec<Demand>, mpsc::Sender<Vec<Delivery>>),
    End(Result<Ending, Error>),
}

/// What a job says in the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ending {
    /// How often it ran.
    pub(crate) runs: usize,
    /// How many calls it wished for.
    pub(crate) calls: usize,
    /// How many rows of the user's tables it changed.
    pub(crate) changes: usize,
    /// How SQLite reads the tables.
    pub(crate) plan: Vec<PlanLine>,
}

/// A line of SQLite's plan.
#[derive(Clone, Debug)]
pub(crate) struct PlanLine {
    id: i64,
    parent: i64,
    pub(crate) depth: usize,
    pub(crate) text: String,
    /// The number of the plan, if it reads a table of a provider.
    number: Option<i32>,
    /// What that plan does.
    pub(crate) call: Option<String>,
    /// A method that the order of the documents would have preferred.
    pub(crate) instead_of: Option<String>,
    /// Whether the call is known before the statement runs.
    pub(crate) is_known: bool,
}

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
        let planned = |connection: Connection| self.plan(&connection).map(|plan| (connection, plan));
        match (self.open().and_then(planned), &self.job.by_name) {
            (Err(Error::Unplannable { reasons }), Some(by_name)) => {
                // Views that are tables can do more, and cost more.
                self.state.forget_forces();
                let again = Self { rewritten: &by_name.rewritten, ..*self };
                match again
                    .open_by_name(by_name, &by_name.views)
                    .and_then(|connection| again.plan(&connection).map(|plan| (connection, plan)))
                {
                    Ok((connection, plan)) => again.carry_out(&connection, plan),
                    Err(Error::Unplannable { .. }) => Ok(Err(Error::Unplannable { reasons })),
                    Err(error) => Ok(Err(error)),
                }
            }
            (Ok((connection, plan)), _) => self.carry_out(&connection, plan),
            (Err(error), _) => Ok(Err(error)),
        }
    }

    fn carry_out(&self, connection: &Connection, plan: Vec<PlanLine>) -> Result<Result<Ending, Error>, Gone> {
        if self.job.explain {
            return Ok(Ok(Ending { plan, ..Ending::default() }));
        }
        match connection.prepare(&self.rewritten.sql) {
            Ok(mut statement) => self.rounds(connection, &mut statement, plan),
            Err(error) => Ok(Err(self.explain(&error))),
        }
    }

    fn open(&self) -> Result<Connection, Error> {
        let mut connection = self.open_with_tables(&self.job.views)?;
        for view in &self.job.views {
            connection.execute_batch(&view.definition.sql)?;
        }
        self.guard(&mut connection)?;
        Ok(connection)
    }

    /// A connection in which views are tables.
    fn open_by_name(&self, by_name: &ByName, views: &[NamedView]) -> Result<Connection, Error> {
        let mut connection = self.open_with_tables(&by_name.views)?;
        self.make_tables_of(&connection, by_name, views)?;
        self.guard(&mut connection)?;
        Ok(connection)
    }

    /// Each of them is an ordinary view in a connection of its own, where the others are tables.
    fn make_tables_of(&self, connection: &Connection, by_name: &ByName, views: &[NamedView]) -> Result<(), Error> {
        for view in views {
            let others: Vec<NamedView> = views.iter().filter(|other| other.name != view.name).cloned().collect();
            let uses = |other: &&NamedView| {
                let name = quote(&other.name);
                crate::lexer::tokens(&view.definition.sql)
                    .is_ok_and(|tokens| tokens.iter().any(|token| token.is_name() && quote(&token.name()) == name))
            };
            let others: Vec<NamedView> = others.iter().filter(uses).cloned().collect();
            let inner = self.open_with_tables(&by_name.views)?;
            self.make_tables_of(&inner, by_name, &others)?;
            inner.execute_batch(&view.definition.sql)?;
            let state = Arc::clone(self.state);
            let can_run: CanRun = Arc::new(move |connection, sql| match lines(connection, &state, sql) {
                Ok(lines) => Ok(mixed(&lines, &state).is_none() && !tells_view_rows_apart(&lines)),
                Err(error) if has_no_plan(&error) => Ok(false),
                Err(error) => Err(error),
            });
            let table = ViewOfStatement::new(&view.name, inner, can_run)?;
            sqlite::register_view(connection, table)?;
        }
        Ok(())
    }

    fn open_with_tables(&self, views: &[NamedView]) -> Result<Connection, Error> {
        let mut connection = sqlite::open()?;
        connection.execute_batch("PRAGMA temp_store = MEMORY")?;
        if let Some(store) = &self.job.store {
            connection.execute("ATTACH ? AS user", [store])?;
            connection.busy_timeout(std::time::Duration::from_secs(10))?;
        }
        functions::register(&connection, self.state)?;
        for table in self.rewritten.tables.iter().chain(views.iter().flat_map(|view| &view.definition.tables)) {
            if let Some(values) = self.job.defaults.get(&table.name) {
                self.state.set_defaults(&table.name, values.clone());
            }
            let of = TableOfStatement { table: Arc::clone(table), state: Arc::clone(self.state) };
            sqlite::register(&connection, Arc::new(of))?;
        }
        for table in &self.job.temporary {
            create(&connection, table)?;
        }
        let state = Arc::clone(self.state);
        connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || state.must_stop()))?;
        // Inside of a view, only what is read matters: its text was looked at when the statement was.
        let state = Arc::clone(self.state);
        connection.authorizer(Some(move |context: rusqlite::hooks::AuthContext<'_>| {
            if let AuthAction::Read { table_name, column_name } = context.action {
                state.note_named(table_name, column_name);
            }
            Authorization::Allow
        }))?;
        Ok(connection)
    }

    /// Lets a statement reach nothing but tables.
    fn guard(&self, connection: &mut Connection) -> Result<(), Error> {
        let state = Arc::clone(self.state);
        connection.authorizer(Some(move |context: rusqlite::hooks::AuthContext<'_>| match context.action {
            AuthAction::Read { table_name, column_name } => {
                state.note_named(table_name, column_name);
                Authorization::Allow
            }
            AuthAction::Attach { .. }
            | AuthAction::Detach { .. }
            | AuthAction::Pragma { .. }
            | AuthAction::CreateVtable { .. }
            | AuthAction::DropVtable { .. } => Authorization::Deny,
            _ => Authorization::Allow,
        }))?;
        Ok(())
    }

    /// Finds a plan that can be carried out, and fixes it.
    fn plan(&self, connection: &Connection) -> Result<Vec<PlanLine>, Error> {
        let lines = self.plan_at_some_level(connection)?;
        if tells_view_rows_apart(&lines) {
            let reason = "the parts of an OR, or the two sides of a FULL JOIN, read a view that takes parameters from \
                          other tables: write a UNION of them";
            return Err(Error::Unplannable { reasons: vec![reason.to_owned()] });
        }
        let Some(table) = mixed(&lines, self.state) else { return Ok(lines) };
        // What the different ways have in common would be there twice.
        let mut candidates: Vec<usize> = (0..table.candidates.len()).collect();
        let needs = |at: &usize| table.candidates.get(*at).map_or(0, |candidate| candidate.required.len());
        candidates.sort_by_key(|at| std::cmp::Reverse(needs(at)));
        for candidate in candidates {
            self.state.force(&table.name, Force { candidate });
            if let Ok(lines) = self.plan_at_some_level(connection)
                && mixed(&lines, self.state).is_none()
            {
                return Ok(lines);
            }
        }
        let reason = format!(
            "the parts of an OR, or the two sides of a FULL JOIN, need different methods of `{}`, and none serves them \
             all: write a UNION of them",
            table.name
        );
        Err(Error::Unplannable { reasons: vec![reason] })
    }

    fn plan_at_some_level(&self, connection: &Connection) -> Result<Vec<PlanLine>, Error> {
        let mut result = Ok(Vec::new());
        for level in [Level::Everything, Level::Required, Level::Modest] {
            self.state.forget_plans(level);
            result = self.query_plan(connection);
            if !matches!(result, Err(Error::Unplannable { .. })) {
                break;
            }
        }
        result
    }

    fn query_plan(&self, connection: &Connection) -> Result<Vec<PlanLine>, Error> {
        lines(connection, self.state, &self.rewritten.sql).map_err(|error| self.explain_at(&error, 19))
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
                    (None, Err(error)) => self.explain(&error),
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
        let mut batch = Vec::new();
        let mut seen = 0;
        let mut rows = statement.raw_query();
        loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(error) => {
                    drop(rows);
                    self.flush(&mut batch)?;
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
            if batch.len() >= BATCH {
                self.flush(&mut batch)?;
            }
        }
        drop(rows);
        self.flush(&mut batch)?;
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

    fn explain(&self, error: &rusqlite::Error) -> Error {
        self.explain_at(error, 0)
    }

    /// What SQLite says of a text, told of the text that the user wrote.
    fn explain_at(&self, error: &rusqlite::Error, prefix: usize) -> Error {
        let rusqlite::Error::SqlInputError { msg, offset, .. } = error else {
            return match error {
                rusqlite::Error::SqliteFailure(_, Some(message)) => self.said(message),
                error => self.said(&error.to_string()),
            };
        };
        if msg == "no query solution" {
            return self.said(msg);
        }
        let message = self.with_suggestion(msg);
        match usize::try_from(*offset).ok().and_then(|offset| offset.checked_sub(prefix)) {
            Some(offset) => Error::syntax(&self.job.original, self.rewritten.original(offset), message),
            None => Error::Sqlite(message),
        }
    }

    fn said(&self, message: &str) -> Error {
        if message == "no query solution" {
            let mut reasons = self.state.reasons();
            reasons.dedup();
            if reasons.is_empty() {
                reasons.push("the statement cannot be planned: a table lacks parameters".to_owned());
            }
            return Error::Unplannable { reasons };
        }
        if message == "not authorized" {
            return Error::unsupported("a statement can neither attach files nor use PRAGMA");
        }
        Error::Sqlite(self.with_suggestion(message))
    }

    fn with_suggestion(&self, message: &str) -> String {
        let Some(name) = message.strip_prefix("no such column: ") else { return message.to_owned() };
        let name = name.rsplit('.').next().unwrap_or(name);
        let columns = self.rewritten.tables.iter().flat_map(|table| &table.columns);
        let own = columns.filter(|column| column.name != name).map(|column| column.name.as_str());
        match nearest(name, own).as_slice() {
            [] => message.to_owned(),
            names => format!("{message}; did you mean `{}`?", names.join("`, `")),
        }
    }
}

fn create(connection: &Connection, table: &TemporaryTable) -> Result<(), Error> {
    let name = crate::lexer::quote(&table.name);
    let columns: Vec<String> =
        (table.columns.iter()).map(|(name, ty)| format!("{} {}", crate::lexer::quote(name), ty.declared())).collect();
    connection.execute_batch(&format!("CREATE TEMP TABLE {name}({})", columns.join(", ")))?;
    let places = vec!["?"; table.columns.len()].join(", ");
    let mut insert = connection.prepare(&format!("INSERT INTO temp.{name} VALUES ({places})"))?;
    for row in &table.rows {
        for (at, value) in row.iter().enumerate() {
            insert.raw_bind_parameter(at + 1, value.to_sqlite())?;
        }
        insert.raw_execute()?;
    }
    Ok(())
}

/// Whether SQLite says that tables refuse all plans.
fn has_no_plan(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqlInputError { msg, .. } | rusqlite::Error::SqliteFailure(_, Some(msg)) => {
            msg == "no query solution"
        }
        _ => false,
    }
}

/// How SQLite would read the tables for a query.
fn lines(connection: &Connection, state: &State, sql: &str) -> rusqlite::Result<Vec<PlanLine>> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    let mut lines = statement.raw_query();
    let mut found: Vec<PlanLine> = Vec::new();
    while let Some(line) = lines.next()? {
        let (id, parent, text): (i64, i64, String) = (line.get(0)?, line.get(1)?, line.get(3)?);
        let depth = found.iter().find(|line| line.id == parent).map_or(0, |line| line.depth + 1);
        let number = text.split_once("VIRTUAL TABLE INDEX ").and_then(|(_, rest)| rest.split(':').next()?.parse().ok());
        let plan = number.and_then(|number| state.plan(number));
        found.push(PlanLine {
            id,
            parent,
            depth,
            number: number.filter(|number| plan.is_some() || *number == VIEW_PLAN),
            call: plan.as_ref().map(|(table, plan)| format!("{}.{}", table.resource.id, describe(table, plan))),
            instead_of: plan.as_ref().and_then(|(table, plan)| {
                let candidate = table.candidates.get(plan.instead_of?)?;
                Some(table.method_name(candidate).to_owned())
            }),
            is_known: plan.is_some_and(|(_, plan)| plan.constants.is_some()),
            text,
        });
    }
    Ok(found)
}

/// Whether rows of a view would have to be told apart by their numbers, which they have none of their own.
fn tells_view_rows_apart(lines: &[PlanLine]) -> bool {
    lines.iter().filter(|line| line.number == Some(VIEW_PLAN)).any(|line| {
        ancestors(lines, line)
            .any(|line| line.text.starts_with("MULTI-INDEX OR") || line.text.starts_with("RIGHT-JOIN"))
    })
}

/// A table that is read in different ways where its rows must be told apart by their numbers: by the parts of an OR,
/// or once for what matches and once for what does not, on the right side of a FULL or RIGHT JOIN.
fn mixed(lines: &[PlanLine], state: &State) -> Option<Arc<Table>> {
    let reads: Vec<(&PlanLine, Arc<Table>, Arc<Plan>)> = lines
        .iter()
        .filter_map(|line| line.number.and_then(|number| state.plan(number)).map(|(table, plan)| (line, table, plan)))
        .collect();
    for (line, table, plan) in &reads {
        let or = ancestors(lines, line).find(|line| line.text.starts_with("MULTI-INDEX OR")).map(|or| or.id);
        let is_second_pass = ancestors(lines, line).any(|line| line.text.starts_with("RIGHT-JOIN"));
        let is_other_way = |(other_line, other_table, other): &&(&PlanLine, Arc<Table>, Arc<Plan>)| {
            let sent = |plan: &Plan| plan.arguments.iter().copied().collect::<BTreeSet<_>>();
            let is_related =
                is_second_pass || or.is_some_and(|or| ancestors(lines, other_line).any(|line| line.id == or));
            other_table.name == table.name
                && is_related
                && (other.candidate != plan.candidate || sent(other) != sent(plan))
        };
        if reads.iter().any(|other| is_other_way(&other)) {
            return Some(Arc::clone(table));
        }
    }
    None
}

fn ancestors<'l>(lines: &'l [PlanLine], line: &PlanLine) -> impl Iterator<Item = &'l PlanLine> {
    let mut parent = line.parent;
    std::iter::from_fn(move || {
        let found = lines.iter().find(|line| line.id == parent)?;
        parent = found.parent;
        Some(found)
    })
}
