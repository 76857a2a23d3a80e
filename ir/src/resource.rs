//! A resource: a table in SQL, a module in Rust.

use serde::{Deserialize, Serialize};

use crate::{Column, List, Method, Origin, ResourceId, SqlName, Text};

/// Something a service has many of: a table in SQL, a module in generated Rust.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Its identity.
    pub id: ResourceId,
    /// What a person calls it.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub title: Text,
    /// What its source says about it.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub description: Text,
    /// Whether it is a resource or a view.
    #[serde(default)]
    pub kind: ResourceKind,
    /// What its documentation says a row holds.
    #[serde(default)]
    pub fields: Fields,
    /// What it can do, in documented order. The order decides which method a statement calls.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub methods: List<Method>,
    /// The views it is read through.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub views: List<View>,
    /// Where it was read.
    #[serde(default, skip_serializing_if = "Origin::is_unknown")]
    pub origin: Origin,
}

fn is_empty<T>(list: &List<T>) -> bool {
    list.is_empty()
}

impl Resource {
    /// A resource of which only the identity is known.
    pub fn new(id: ResourceId) -> Self {
        Self {
            id,
            title: Text::Borrowed(""),
            description: Text::Borrowed(""),
            kind: ResourceKind::Resource,
            fields: Fields::Unknown,
            methods: List::EMPTY,
            views: List::EMPTY,
            origin: Origin::UNKNOWN,
        }
    }

    /// Forgets the places in documents that it and its methods were read from.
    pub fn forget_origins(&mut self) {
        self.origin = Origin::UNKNOWN;
        for method in self.methods.to_mut() {
            method.origin = Origin::UNKNOWN;
            method.parameters.to_mut().iter_mut().for_each(|parameter| parameter.origin = Origin::UNKNOWN);
        }
    }

    /// Its method of that name.
    pub fn method(&self, name: &str) -> Option<&Method> {
        self.methods.iter().find(|method| method.name == *name)
    }
}

/// Whether something that is read as a table is a resource or a view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    /// It has methods of its own.
    #[default]
    Resource,
    /// It is a query over resources.
    View,
}

/// What documentation says a row of a resource holds. Three different things look alike on a page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fields {
    /// It says nothing: there is no page, or its Fields section is empty.
    #[default]
    Unknown,
    /// It says that the resource cannot be selected from.
    NotSelectable,
    /// It lists them.
    Known(List<Column>),
}

/// A view that a provider's document defines over its own resources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// The SQL dialect of its text: `sqlite3`, `postgres`; empty when any engine will do.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub dialect: Text,
    /// The parameters that a statement must give for this view to be chosen.
    #[serde(default)]
    pub required: List<SqlName>,
    /// The `SELECT` it stands for.
    pub ddl: Text,
}
