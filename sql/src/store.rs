//! What users keep between statements: tables and views of their own, in memory.
//!
//! Tables live in a database that all connections of an engine attach. Views are kept as text, and are made for each
//! statement that names one.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags};

use crate::error::Error;

/// The tables and views of an engine.
#[derive(Debug, Default)]
pub(crate) struct Store {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// The database, once there is one: it lives as long as a connection to it.
    database: Option<(String, Connection)>,
    /// The text of every view: what follows its `AS`.
    views: BTreeMap<String, String>,
}

impl Store {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The address of the database, if there is one.
    pub(crate) fn address(&self) -> Option<String> {
        self.inner().database.as_ref().map(|(address, _)| address.clone())
    }

    /// The address of the database, which is made if there is none.
    pub(crate) fn open(&self) -> Result<String, Error> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let mut inner = self.inner();
        if let Some((address, _)) = &inner.database {
            return Ok(address.clone());
        }
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let address = format!("file:/bindery-{}-{number}?vfs=memdb", std::process::id());
        let connection = Connection::open_with_flags(&address, OpenFlags::default())?;
        inner.database = Some((address.clone(), connection));
        Ok(address)
    }

    /// Keeps a view; `false` when there is one of that name that may not be replaced.
    pub(crate) fn keep_view(&self, name: &str, text: String, replace: bool) -> bool {
        let mut inner = self.inner();
        let name = name.to_ascii_lowercase();
        if !replace && inner.views.contains_key(&name) {
            return false;
        }
        inner.views.insert(name, text);
        true
    }

    /// Forgets a view; whether there was one.
    pub(crate) fn drop_view(&self, name: &str) -> bool {
        self.inner().views.remove(&name.to_ascii_lowercase()).is_some()
    }

    /// Whether there are views.
    pub(crate) fn has_views(&self) -> bool {
        !self.inner().views.is_empty()
    }

    /// The text of a view.
    pub(crate) fn view(&self, name: &str) -> Option<String> {
        self.inner().views.get(&name.to_ascii_lowercase()).cloned()
    }
}
