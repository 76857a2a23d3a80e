//! Who an item is: its path, its key and its number, and the columns that show them although nobody sent them.

use bindery_ir::{Column, Type};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::call::World;
use crate::json::{last_word, same_name};
use crate::route::NodeId;
use crate::template::{Pattern, Piece};

/// What is written as `%XX` in a segment of a path: all that RFC 3986 does not allow there.
const NOT_IN_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// Who an item is.
#[derive(Debug)]
pub(crate) struct Identity<'a> {
    pub(crate) node: NodeId,
    pub(crate) values: &'a [String],
    /// Its number among the items of its kind.
    pub(crate) number: u64,
    /// The path of the collection it was posted to; `None` when it was put under its own path.
    pub(crate) posted_to: Option<&'a str>,
}

impl Identity<'_> {
    /// Fills in the columns that only the provider sets: `id`, `name`, and what the path says.
    ///
    /// A body that is no object stays as it is, and so does everything that was sent.
    pub(crate) fn fill(&self, world: &World, columns: &[Column], body: &mut Value) {
        let Some(object) = body.as_object_mut() else { return };
        for column in columns {
            let name = column.wire_name.as_str();
            if !object.contains_key(name)
                && let Some(value) = self.column(world, column)
            {
                object.insert(name.to_owned(), value);
            }
        }
    }

    /// The columns of [`fill`](Self::fill) alone.
    pub(crate) fn filled(&self, world: &World, columns: &[Column]) -> Map<String, Value> {
        let mut body = Value::Object(Map::new());
        self.fill(world, columns, &mut body);
        match body {
            Value::Object(object) => object,
            _ => Map::new(),
        }
    }

    /// The path that leads to the item.
    pub(crate) fn path(&self, world: &World) -> String {
        let template = world.topology.routes.node(self.node).and_then(|node| node.endpoints.first());
        match (template, self.posted_to) {
            (Some(endpoint), _) => render(&endpoint.template.patterns, self.values),
            (None, collection) => {
                let collection = collection.unwrap_or_default().trim_end_matches('/');
                format!("{collection}/{}", encode(self.key().unwrap_or_default()))
            }
        }
    }

    fn key(&self) -> Option<&str> {
        self.values.last().map(String::as_str)
    }

    fn column(&self, world: &World, column: &Column) -> Option<Value> {
        let name = column.wire_name.as_str();
        let topology = &world.topology;
        let named = (0..self.values.len()).rev().find(|&position| topology.variable_is(self.node, position, name));
        if let Some(value) = named.and_then(|position| self.values.get(position)) {
            return typed(value, &column.ty);
        }
        if same_name(name, "id") {
            return self.id(world, &column.ty);
        }
        let last = self.values.len().checked_sub(1)?;
        let ends_alike = || topology.variable_names(self.node, last).any(|variable| last_word(variable) == name);
        if same_name(name, "name") || ends_alike() {
            return typed(self.key()?, &column.ty);
        }
        None
    }

    /// An `id`: a whole number counts; a text is the path, unless items of its kind are posted and the path asks
    /// for them by id: then callers learn the key from it.
    fn id(&self, world: &World, ty: &Type) -> Option<Value> {
        match ty {
            Type::Integer(_) | Type::Number(_) => Some(Value::from(self.number)),
            Type::String(_) => {
                let last = self.values.len().checked_sub(1);
                let mut names = last.into_iter().flat_map(|last| world.topology.variable_names(self.node, last));
                let detached = world.topology.routes.node(self.node).is_some_and(|node| node.endpoints.is_empty());
                let is_key =
                    world.topology.is_posted(self.node) && (detached || names.any(|name| last_word(name) == "id"));
                Some(Value::from(if is_key { self.key()?.to_owned() } else { self.path(world) }))
            }
            _ => None,
        }
    }
}

/// The value of a variable as a column of that type shows it; nothing when it cannot.
fn typed(value: &str, ty: &Type) -> Option<Value> {
    match ty {
        Type::Integer(_) | Type::Number(_) => {
            value.parse::<i64>().map(Value::from).or_else(|_| value.parse::<u64>().map(Value::from)).ok()
        }
        Type::Boolean => value.parse().ok().map(Value::Bool),
        Type::Array(_) | Type::Map(_) | Type::Object(_) => None,
        Type::Any | Type::String(_) | Type::Enum(_) => Some(Value::from(value)),
    }
}

/// A template with its values in place.
fn render(patterns: &[Pattern], values: &[String]) -> String {
    let mut values = values.iter();
    let mut path = String::new();
    let mut next = || values.next().map(String::as_str).unwrap_or_default();
    for pattern in patterns {
        path.push('/');
        match pattern {
            Pattern::Literal(text) => path.push_str(text),
            Pattern::Variable => path.push_str(&encode(next())),
            Pattern::Rest => path.push_str(&next().split('/').map(encode).collect::<Vec<_>>().join("/")),
            Pattern::Mixed(pieces) => {
                for piece in pieces {
                    match piece {
                        Piece::Literal(text) => path.push_str(text),
                        Piece::Variable => path.push_str(&encode(next())),
                    }
                }
            }
        }
    }
    path
}

fn encode(value: &str) -> String {
    utf8_percent_encode(value, NOT_IN_SEGMENT).to_string()
}
