//! The connection of a statement: its tables, its views, and what it may reach.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, Authorization};

use crate::error::Error;
use crate::functions;
use crate::job::{ByName, Job, NamedView, TemporaryTable};
use crate::lateral::ViewOfStatement;
use crate::lexer::{quote, tokens};
use crate::names::Rewritten;
use crate::scan::TableOfStatement;
use crate::sqlite;
use crate::state::State;

/// How many steps of SQLite's machine pass between looks at whether to stop.
const STEPS_BETWEEN_LOOKS: i32 = 2000;

/// The name of the database with the tables of the user.
const STORE: &str = "user";

/// What connections of a statement are made of.
#[derive(Clone, Copy)]
pub(crate) struct Connecting<'j> {
    pub(crate) job: &'j Job,
    pub(crate) state: &'j Arc<State>,
    /// The text that is run.
    pub(crate) rewritten: &'j Rewritten,
}

impl Connecting<'_> {
    /// A connection in which views are views.
    pub(crate) fn open(&self) -> Result<Connection, Error> {
        let mut connection = self.open_with_tables(&self.job.views)?;
        for view in &self.job.views {
            connection.execute_batch(&view.definition.sql)?;
        }
        self.guard(&mut connection)?;
        Ok(connection)
    }

    /// A connection in which views are tables.
    pub(crate) fn open_by_name(&self, by_name: &ByName, views: &[NamedView]) -> Result<Connection, Error> {
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
                tokens(&view.definition.sql)
                    .is_ok_and(|tokens| tokens.iter().any(|token| token.is_name() && quote(&token.name()) == name))
            };
            let others: Vec<NamedView> = others.iter().filter(uses).cloned().collect();
            let inner = self.open_with_tables(&by_name.views)?;
            self.make_tables_of(&inner, by_name, &others)?;
            inner.execute_batch(&view.definition.sql)?;
            let table = ViewOfStatement::new(&view.name, inner, Arc::clone(self.state))?;
            sqlite::register_view(connection, table)?;
        }
        Ok(())
    }

    fn open_with_tables(&self, views: &[NamedView]) -> Result<Connection, Error> {
        let mut connection = sqlite::open()?;
        connection.execute_batch("PRAGMA temp_store = MEMORY")?;
        if let Some(store) = &self.job.store {
            connection.execute(&format!("ATTACH ? AS {STORE}"), [store])?;
            connection.busy_timeout(Duration::from_secs(10))?;
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
                note_read(&state, context.database_name, table_name, column_name);
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
                note_read(&state, context.database_name, table_name, column_name);
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
}

/// Notes what a statement reads.
fn note_read(state: &State, database: Option<&str>, table: &str, column: &str) {
    state.note_named(table, column);
    if database == Some(STORE) {
        state.note_store();
    }
}

/// Makes a table with its rows.
fn create(connection: &Connection, table: &TemporaryTable) -> Result<(), Error> {
    let name = quote(&table.name);
    let columns: Vec<String> =
        (table.columns.iter()).map(|(name, ty)| format!("{} {}", quote(name), ty.declared())).collect();
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
