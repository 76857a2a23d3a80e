//! The border to SQLite: the callbacks of a virtual table, the mark of JSON, and a clock that stands still.
//!
//! This is the only place of the crate with unsafe code, and each use says why it is sound. Everything here hands over
//! to safe code at once, and nothing panics through SQLite: a panic becomes an error of the statement.

#![allow(unsafe_code, reason = "SQLite's interface is one of C; see the module's description")]

use std::borrow::Cow;
use std::cell::Cell;
use std::ffi::{CStr, CString, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::{Arc, OnceLock};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::vtab::{Context, Filters, IndexInfo, Module, VTab, VTabConnection, VTabCursor};
use rusqlite::{Connection, Error, OpenFlags, ffi};

use crate::lateral::{Reading, ViewOfStatement};
use crate::plan;
use crate::row::ColumnValue;
use crate::scan::{Scan, TableOfStatement};
use crate::value::Value;

/// The subtype by which SQLite's functions know JSON.
const JSON_SUBTYPE: u32 = b'J' as u32;

/// The number of milliseconds between SQLite's day zero and 1970.
const JULIAN_EPOCH_MILLIS: i64 = 210_866_760_000_000;

/// The name of the clock's file system.
const CLOCK: &CStr = c"bindery";

thread_local! {
    /// What time it is for the statement that this thread runs, in milliseconds since 1970.
    static NOW: Cell<i64> = const { Cell::new(0) };
}

/// Opens a connection of a statement: nothing in it outlives it.
pub(crate) fn open() -> rusqlite::Result<Connection> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    if *REGISTERED.get_or_init(register_clock) {
        Connection::open_with_flags_and_vfs(":memory:", OpenFlags::default(), CLOCK)
    } else {
        Connection::open_in_memory()
    }
}

/// Sets the time for what this thread runs.
pub(crate) fn set_now(millis: i64) {
    NOW.set(millis);
}

/// Makes a file system that is the default one with another clock; `false` when SQLite does not want it.
fn register_clock() -> bool {
    // SAFETY: a null name asks for the default file system, which lives as long as the process.
    let default = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
    if default.is_null() {
        return false;
    }
    // SAFETY: the pointer is not null, and the table of functions it points to is plain data that is never changed.
    let mut clock = unsafe { *default };
    clock.zName = CLOCK.as_ptr();
    clock.pNext = ptr::null_mut();
    clock.xCurrentTimeInt64 = Some(current_time_int64);
    clock.xCurrentTime = Some(current_time);
    // SAFETY: SQLite keeps the pointer, and a leaked value is there for ever; 0 leaves the default as it is.
    unsafe { ffi::sqlite3_vfs_register(Box::leak(Box::new(clock)), 0) == ffi::SQLITE_OK }
}

/// # Safety
/// SQLite passes a place for the result.
unsafe extern "C" fn current_time_int64(_: *mut ffi::sqlite3_vfs, time: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: see above.
    unsafe { *time = NOW.get() + JULIAN_EPOCH_MILLIS };
    ffi::SQLITE_OK
}

/// # Safety
/// SQLite passes a place for the result.
unsafe extern "C" fn current_time(_: *mut ffi::sqlite3_vfs, time: *mut f64) -> c_int {
    #[expect(clippy::cast_precision_loss, reason = "days since -4713 in a float are SQLite's older way")]
    let days = (NOW.get() + JULIAN_EPOCH_MILLIS) as f64 / 86_400_000.0;
    // SAFETY: see above.
    unsafe { *time = days };
    ffi::SQLITE_OK
}

/// Makes a table known to a connection, under its name.
pub(crate) fn register(connection: &Connection, table: Arc<TableOfStatement>) -> rusqlite::Result<()> {
    const MODULE: Module<'static, VirtualTable> = Module::eponymous_only_module();
    let name = CString::new(table.table.name.as_str()).map_err(|error| Error::ModuleError(error.to_string()))?;
    connection.create_module(name.as_c_str(), &MODULE, Some(table))
}

/// Runs what SQLite called; a panic becomes an error.
fn guarded<T>(run: impl FnOnce() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|_| Err(Error::ModuleError("a defect of Bindery: reading a table panicked".to_owned())))
}

#[repr(C)]
struct VirtualTable {
    /// SQLite's part, which must come first.
    base: ffi::sqlite3_vtab,
    table: Arc<TableOfStatement>,
}

// SAFETY: the type is `repr(C)` and begins with SQLite's own structure, which is what the trait asks for.
unsafe impl VTab<'_> for VirtualTable {
    type Aux = Arc<TableOfStatement>;
    type Cursor = Cursor;

    fn connect(
        _: &mut VTabConnection,
        table: Option<&Self::Aux>,
        _: &[u8],
        _: &[u8],
        _: &[u8],
        _: &[&[u8]],
    ) -> rusqlite::Result<(Cow<'static, CStr>, Self)> {
        guarded(|| {
            let table = table.ok_or_else(|| Error::ModuleError("a table without its description".to_owned()))?;
            let declaration = CString::new(table.table.declaration().replace('\0', ""))
                .map_err(|error| Error::ModuleError(error.to_string()))?;
            let base = ffi::sqlite3_vtab::default();
            Ok((Cow::Owned(declaration), Self { base, table: Arc::clone(table) }))
        })
    }

    fn best_index(&self, info: &mut IndexInfo) -> rusqlite::Result<bool> {
        guarded(|| plan::best_index(&self.table.table, &self.table.state, info))
    }

    fn open(&mut self) -> rusqlite::Result<Cursor> {
        guarded(|| Ok(Cursor { base: ffi::sqlite3_vtab_cursor::default(), scan: Scan::new(Arc::clone(&self.table)) }))
    }
}

#[repr(C)]
struct Cursor {
    /// SQLite's part, which must come first.
    base: ffi::sqlite3_vtab_cursor,
    scan: Scan,
}

fn enough(_: crate::state::Enough) -> Error {
    Error::ModuleError("enough is wanted for now".to_owned())
}

// SAFETY: the type is `repr(C)` and begins with SQLite's own structure, which is what the trait asks for.
unsafe impl VTabCursor for Cursor {
    fn filter(&mut self, plan: c_int, _: Option<&str>, values: &Filters<'_>) -> rusqlite::Result<()> {
        guarded(|| self.scan.start(plan, values.iter().map(Value::of).collect()).map_err(enough))
    }

    fn next(&mut self) -> rusqlite::Result<()> {
        guarded(|| self.scan.next().map_err(enough))
    }

    fn eof(&self) -> bool {
        self.scan.is_over()
    }

    fn column(&self, context: &mut Context, column: c_int) -> rusqlite::Result<()> {
        guarded(|| {
            self.scan.column(usize::try_from(column).unwrap_or(usize::MAX), |value| match value {
                ColumnValue::Null => context.set_result(ToSqlOutput::Borrowed(ValueRef::Null)),
                ColumnValue::Integer(number) => context.set_result(number),
                ColumnValue::Real(number) => context.set_result(number),
                ColumnValue::Text(text) => context.set_result(&*text),
                ColumnValue::Json(text) => {
                    context.set_result(text)?;
                    mark_as_json(context);
                    Ok(())
                }
            })
        })
    }

    fn rowid(&self) -> rusqlite::Result<i64> {
        guarded(|| Ok(self.scan.row_id()))
    }
}

/// Tells SQLite's functions that the text just returned is JSON, so that `json_object('p', properties)` nests it.
fn mark_as_json(context: &mut Context) {
    const { assert!(size_of::<Context>() == size_of::<*mut ffi::sqlite3_context>()) };
    // SAFETY: `Context` of rusqlite consists of the pointer to SQLite's context and nothing else, which its size
    // confirms while compiling; the pointer is valid for as long as SQLite waits for this callback.
    unsafe {
        let context = *ptr::from_mut(context).cast::<*mut ffi::sqlite3_context>();
        ffi::sqlite3_result_subtype(context, JSON_SUBTYPE);
    }
}

/// Makes a view known to a connection as a table, under its name.
pub(crate) fn register_view(connection: &Connection, view: ViewOfStatement) -> rusqlite::Result<()> {
    const MODULE: Module<'static, VirtualView> = Module::eponymous_only_module();
    let name = CString::new(view.name.as_str()).map_err(|error| Error::ModuleError(error.to_string()))?;
    connection.create_module(name.as_c_str(), &MODULE, Some(Arc::new(view)))
}

#[repr(C)]
struct VirtualView {
    /// SQLite's part, which must come first.
    base: ffi::sqlite3_vtab,
    view: Arc<ViewOfStatement>,
}

// SAFETY: the type is `repr(C)` and begins with SQLite's own structure, which is what the trait asks for.
unsafe impl VTab<'_> for VirtualView {
    type Aux = Arc<ViewOfStatement>;
    type Cursor = ViewCursor;

    fn connect(
        _: &mut VTabConnection,
        view: Option<&Self::Aux>,
        _: &[u8],
        _: &[u8],
        _: &[u8],
        _: &[&[u8]],
    ) -> rusqlite::Result<(Cow<'static, CStr>, Self)> {
        guarded(|| {
            let view = view.ok_or_else(|| Error::ModuleError("a view without its description".to_owned()))?;
            let declaration = CString::new(view.declaration().replace('\0', ""))
                .map_err(|error| Error::ModuleError(error.to_string()))?;
            Ok((Cow::Owned(declaration), Self { base: ffi::sqlite3_vtab::default(), view: Arc::clone(view) }))
        })
    }

    fn best_index(&self, info: &mut IndexInfo) -> rusqlite::Result<bool> {
        guarded(|| self.view.best_index(info))
    }

    fn open(&mut self) -> rusqlite::Result<ViewCursor> {
        let (base, view) = (ffi::sqlite3_vtab_cursor::default(), Arc::clone(&self.view));
        Ok(ViewCursor { base, view, reading: Reading::default(), at: 0 })
    }
}

#[repr(C)]
struct ViewCursor {
    /// SQLite's part, which must come first.
    base: ffi::sqlite3_vtab_cursor,
    view: Arc<ViewOfStatement>,
    reading: Reading,
    at: usize,
}

// SAFETY: the type is `repr(C)` and begins with SQLite's own structure, which is what the trait asks for.
unsafe impl VTabCursor for ViewCursor {
    fn filter(&mut self, _: c_int, plan: Option<&str>, values: &Filters<'_>) -> rusqlite::Result<()> {
        guarded(|| {
            let values: Vec<Value> = values.iter().map(Value::of).collect();
            self.reading = self.view.read(plan.unwrap_or_default(), &values)?;
            self.at = 0;
            Ok(())
        })
    }

    fn next(&mut self) -> rusqlite::Result<()> {
        self.at += 1;
        Ok(())
    }

    fn eof(&self) -> bool {
        self.at >= self.reading.rows.len()
    }

    fn column(&self, context: &mut Context, column: c_int) -> rusqlite::Result<()> {
        guarded(|| {
            let row = self.reading.rows.get(self.at);
            let column = usize::try_from(column).unwrap_or(usize::MAX);
            let value = row.and_then(|row| row.get(column)).unwrap_or(&Value::Null);
            context.set_result(value.to_sqlite())?;
            if self.view.is_json(column) && value.as_str().is_some_and(|text| text.starts_with(['{', '['])) {
                mark_as_json(context);
            }
            Ok(())
        })
    }

    fn rowid(&self) -> rusqlite::Result<i64> {
        Ok(self.reading.row_id(self.at))
    }
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, reason = "what panics here is meant to")]
mod tests {
    use super::*;

    /// A table whose callbacks panic, the one that its name says.
    #[repr(C)]
    struct Panicking {
        base: ffi::sqlite3_vtab,
        at: &'static str,
    }

    fn panics(at: &str, here: &str) -> rusqlite::Result<()> {
        guarded(|| if at == here { panic!("in `{here}`") } else { Ok(()) })
    }

    // SAFETY: the type is `repr(C)` and begins with SQLite's own structure, which is what the trait asks for.
    unsafe impl VTab<'_> for Panicking {
        type Aux = &'static str;
        type Cursor = PanickingCursor;

        fn connect(
            _: &mut VTabConnection,
            at: Option<&Self::Aux>,
            _: &[u8],
            _: &[u8],
            _: &[u8],
            _: &[&[u8]],
        ) -> rusqlite::Result<(Cow<'static, CStr>, Self)> {
            let at = *at.unwrap();
            panics(at, "connect")?;
            Ok((Cow::Borrowed(c"CREATE TABLE t(a)"), Self { base: ffi::sqlite3_vtab::default(), at }))
        }

        fn best_index(&self, _: &mut IndexInfo) -> rusqlite::Result<bool> {
            panics(self.at, "best_index").map(|()| true)
        }

        fn open(&mut self) -> rusqlite::Result<PanickingCursor> {
            panics(self.at, "open")?;
            Ok(PanickingCursor { base: ffi::sqlite3_vtab_cursor::default(), at: self.at, is_over: false })
        }
    }

    #[repr(C)]
    struct PanickingCursor {
        base: ffi::sqlite3_vtab_cursor,
        at: &'static str,
        is_over: bool,
    }

    // SAFETY: the type is `repr(C)` and begins with SQLite's own structure, which is what the trait asks for.
    unsafe impl VTabCursor for PanickingCursor {
        fn filter(&mut self, _: c_int, _: Option<&str>, _: &Filters<'_>) -> rusqlite::Result<()> {
            panics(self.at, "filter")
        }

        fn next(&mut self) -> rusqlite::Result<()> {
            self.is_over = true;
            panics(self.at, "next")
        }

        fn eof(&self) -> bool {
            self.is_over
        }

        fn column(&self, context: &mut Context, _: c_int) -> rusqlite::Result<()> {
            panics(self.at, "column")?;
            context.set_result(1)
        }

        fn rowid(&self) -> rusqlite::Result<i64> {
            panics(self.at, "rowid").map(|()| 1)
        }
    }

    #[test]
    fn a_panic_in_a_callback_is_an_error_of_the_statement() {
        const MODULE: Module<'static, Panicking> = Module::eponymous_only_module();
        for at in ["connect", "best_index", "open", "filter", "next", "column", "rowid", "nowhere"] {
            let connection = open().unwrap();
            connection.create_module(c"t", &MODULE, Some(at)).unwrap();
            let found = connection.query_row("SELECT sum(a + rowid) FROM t", [], |row| row.get::<_, i64>(0));
            match found {
                Ok(sum) => assert_eq!((at, sum), ("nowhere", 2)),
                Err(error) => assert!(error.to_string().contains("panicked"), "{at}: {error}"),
            }
        }
    }

    /// The test above shows what the guard does; this one, that no callback of the tables is without it.
    #[test]
    fn every_callback_that_does_something_is_guarded() {
        let source = include_str!("sqlite.rs").split("#[cfg(test)]").next().unwrap();
        let callbacks = source.split("unsafe impl ").skip(1).flat_map(|block| {
            let block = block.split("\n}\n").next().unwrap_or_default();
            block.split("\n    fn ").skip(1)
        });
        let without: Vec<&str> = callbacks
            .filter(|callback| !callback.contains("guarded(") && callback.lines().count() > 5)
            .map(|callback| callback.split('(').next().unwrap_or_default())
            .collect();
        assert!(without.is_empty(), "{without:?}");
    }
}
