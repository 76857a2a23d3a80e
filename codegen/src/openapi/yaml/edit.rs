//! A tree with one thing changed. The nodes are written anew, in the order they have to be in.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::{INDEXED, Node, NodeId, Tree, Value};

/// A change of a tree.
#[derive(Debug)]
pub(crate) enum Edit<'e> {
    /// A new member of a mapping, or item at the end of a list.
    Add { holder: NodeId, key: Cow<'e, str>, value: &'e Json },
    /// Another value.
    Replace { at: NodeId, value: &'e Json },
    /// Nothing, with the key.
    Remove { at: NodeId },
}

impl<'t> Tree<'t> {
    /// The member of a mapping or item of a list, whatever its value is.
    pub(crate) fn child(&self, id: NodeId, key: &str) -> Option<NodeId> {
        match self.node(id).value {
            Value::List => self.children(id).nth(key.parse().ok()?),
            _ => self.member(id, key),
        }
    }

    /// Whether something can be added under a key: to a mapping, or to the end (`-`) of a list.
    pub(crate) fn can_hold(&self, id: NodeId, key: &str) -> bool {
        match self.node(id).value {
            Value::List => key == "-",
            Value::Map(_) => true,
            _ => false,
        }
    }

    /// A value as JSON. Numbers that JSON cannot have are texts.
    pub(crate) fn json(&self, id: NodeId) -> Json {
        match &self.node(id).value {
            Value::Null => Json::Null,
            Value::Boolean(value) => Json::Bool(*value),
            Value::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_string())),
            Value::Text(text) => Json::String(text.to_string()),
            Value::List => self.children(id).map(|id| self.json(id)).collect(),
            Value::Map(_) => {
                let members = self.children(id).map(|id| (self.node(id).key.to_string(), self.json(id)));
                Json::Object(members.collect())
            }
        }
    }

    /// The tree after a change. What is new stands at the line of what it replaces or is added to.
    pub(crate) fn edited(&self, edit: &Edit<'_>) -> Self {
        let mut copy = Self { nodes: Vec::with_capacity(self.nodes.len() + 8), indexes: Vec::new() };
        copy.take(self, NodeId::ROOT, NodeId::ROOT, edit);
        copy
    }

    /// Adds a node of another tree, with what it holds. The depth of that is bounded by the parser.
    fn take(&mut self, other: &Self, id: NodeId, parent: NodeId, edit: &Edit<'_>) {
        let node = other.node(id);
        match edit {
            Edit::Remove { at } if *at == id => return,
            Edit::Replace { at, value } if *at == id => {
                self.add_json(node.key.clone(), value, parent, (node.line, node.offset));
                return;
            }
            _ => {}
        }
        let new = self.push(Node { parent, ..node.clone() });
        for child in other.children(id) {
            self.take(other, child, new, edit);
        }
        if let Edit::Add { holder, key, value } = edit
            && *holder == id
        {
            let key = if matches!(node.value, Value::List) { Cow::Borrowed("") } else { Cow::Owned(key.to_string()) };
            self.add_json(key, value, new, (node.line, node.offset));
        }
        self.complete(new);
    }

    /// Adds a value of JSON, whose depth is bounded by its own parser.
    fn add_json(&mut self, key: Cow<'t, str>, json: &Json, parent: NodeId, (line, offset): (u32, u32)) {
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Boolean(*value),
            Json::Number(number) => Value::Number(Cow::Owned(number.to_string())),
            Json::String(text) => Value::Text(Cow::Owned(text.clone())),
            Json::Array(_) => Value::List,
            Json::Object(_) => Value::Map(None),
        };
        let new = self.push(Node { key, value, parent, end: NodeId::ROOT, line, offset, replaced: false });
        match json {
            Json::Array(items) => {
                for item in items {
                    self.add_json(Cow::Borrowed(""), item, new, (line, offset));
                }
            }
            Json::Object(members) => {
                for (key, value) in members {
                    self.add_json(Cow::Owned(key.clone()), value, new, (line, offset));
                }
            }
            _ => {}
        }
        self.complete(new);
    }

    fn push(&mut self, node: Node<'t>) -> NodeId {
        let id = NodeId::new(self.nodes.len());
        self.nodes.push(node);
        id
    }

    /// Notes that a node holds everything that was added since, and makes its index.
    fn complete(&mut self, id: NodeId) {
        let end = NodeId::new(self.nodes.len());
        if let Some(node) = self.nodes.get_mut(id.index()) {
            node.end = end;
            if let Value::Map(index) = &mut node.value {
                *index = None;
            }
        }
        if !matches!(self.node(id).value, Value::Map(_)) {
            return;
        }
        let mut members: Vec<NodeId> = self.children(id).collect();
        if members.len() > INDEXED {
            members.sort_by(|a, b| self.node(*a).key.cmp(&self.node(*b).key));
            let index = u32::try_from(self.indexes.len()).unwrap_or(u32::MAX);
            self.indexes.push(members);
            if let Some(node) = self.nodes.get_mut(id.index()) {
                node.value = Value::Map(Some(index));
            }
        }
    }
}
