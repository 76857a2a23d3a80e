//! Events of the parser → a [`Tree`].
//!
//! No function here recurses: what is open is a vector. Aliases are copied, and what they may add is bounded, so
//! that an alias bomb is an error and not an outage.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Marker, Parser, ScanError, Span};

use super::{DEEPEST, INDEXED, MOST_COPIED, Node, NodeId, Tree, Value, scalar};

/// A tree, and the members whose key stood before in the same mapping.
pub(super) struct Built<'t> {
    pub(super) tree: Tree<'t>,
    pub(super) duplicates: Vec<NodeId>,
}

/// Why a text is no tree.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) line: usize,
    /// Counted from 1.
    pub(super) column: usize,
    pub(super) message: String,
    pub(super) hint: &'static str,
}

impl Refusal {
    fn new(place: &Marker, message: impl Into<String>, hint: &'static str) -> Self {
        Self { line: place.line(), column: place.col() + 1, message: message.into(), hint }
    }
}

impl From<ScanError> for Refusal {
    fn from(error: ScanError) -> Self {
        Self::new(error.marker(), error.info(), "correct the YAML around this place")
    }
}

/// Builds the tree of a text's only document.
pub(super) fn build(text: &str) -> Result<Built<'_>, Refusal> {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
        // In JSON, keys of any length are right.
        simple_key_max_lookahead: 64 * 1024,
    };
    // A node takes some thirty bytes of text.
    let mut builder = Builder { nodes: Vec::with_capacity(text.len() / 32), ..Builder::default() };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event?;
        builder.event(event, &span)?;
    }
    Ok(builder.finish())
}

#[derive(Default)]
struct Builder<'t> {
    nodes: Vec<Node<'t>>,
    indexes: Vec<Vec<NodeId>>,
    duplicates: Vec<NodeId>,
    /// The mappings and lists that are not complete yet, the innermost last.
    open: Vec<Open<'t>>,
    /// The nodes that anchors stand at.
    anchors: HashMap<usize, NodeId>,
    /// How many nodes aliases have added.
    copied: usize,
    /// The members of the mapping that is being completed.
    members: Vec<NodeId>,
}

/// A mapping or list that is not complete yet.
struct Open<'t> {
    id: NodeId,
    is_map: bool,
    /// Whether it has a tag that is not known, and is read as null.
    is_foreign: bool,
    /// The key whose value comes next.
    key: Option<Key<'t>>,
}

struct Key<'t> {
    text: Cow<'t, str>,
    place: Marker,
}

impl<'t> Builder<'t> {
    fn event(&mut self, event: Event<'t>, span: &Span) -> Result<(), Refusal> {
        let awaits_key = self.open.last().is_some_and(|open| open.is_map && open.key.is_none());
        match event {
            Event::Scalar(text, _, anchor, _) if awaits_key => {
                // An anchor at a key has no node to stand at.
                self.anchors.remove(&anchor);
                self.set_key(text, span.start);
            }
            Event::Alias(anchor) if awaits_key => {
                let text = self.anchored(anchor, span)?.1;
                let Some(text) = text else { return Err(odd_key(span)) };
                self.set_key(text, span.start);
            }
            Event::MappingStart(..) | Event::SequenceStart(..) if awaits_key => return Err(odd_key(span)),
            Event::Scalar(text, style, anchor, tag) => {
                let id = self.add(scalar::value(text, style, tag.as_deref()), span)?;
                self.anchor(anchor, id);
            }
            Event::SequenceStart(_, anchor, tag) => {
                let id = self.add(Value::List, span)?;
                self.anchor(anchor, id);
                let is_foreign = tag.is_some_and(|tag| scalar::known(&tag).is_none());
                self.open.push(Open { id, is_map: false, is_foreign, key: None });
            }
            Event::MappingStart(_, anchor, tag) => {
                let id = self.add(Value::Map(None), span)?;
                self.anchor(anchor, id);
                let is_foreign = tag.is_some_and(|tag| scalar::known(&tag).is_none());
                self.open.push(Open { id, is_map: true, is_foreign, key: None });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            Event::Alias(anchor) => {
                let (id, _) = self.anchored(anchor, span)?;
                self.copy(id, span)?;
            }
            Event::DocumentStart(..) if !self.nodes.is_empty() => {
                let hint = "keep each document in a file of its own";
                return Err(Refusal::new(&span.start, "a second document begins here", hint));
            }
            _ => {}
        }
        Ok(())
    }

    fn set_key(&mut self, text: Cow<'t, str>, place: Marker) {
        if let Some(open) = self.open.last_mut() {
            open.key = Some(Key { text, place });
        }
    }

    fn anchor(&mut self, anchor: usize, id: NodeId) {
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
    }

    /// The node that an alias stands for, and its text if it is a scalar.
    fn anchored(&self, anchor: usize, span: &Span) -> Result<(NodeId, Option<Cow<'t, str>>), Refusal> {
        let found = self.anchors.get(&anchor).and_then(|id| Some((*id, self.nodes.get(id.index())?)));
        let Some((id, node)) = found else {
            return Err(Refusal::new(&span.start, "the alias stands for a key", "write out what is meant"));
        };
        if self.open.iter().any(|open| open.id == id) {
            return Err(Refusal::new(
                &span.start,
                "the alias stands for what it is part of",
                "write out what is meant",
            ));
        }
        let text = match &node.value {
            Value::Text(text) | Value::Number(text) => Some(text.clone()),
            Value::Boolean(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
            Value::Null | Value::List | Value::Map(_) => None,
        };
        Ok((id, text))
    }

    /// Adds a node to what is open, under the key that waits for it.
    fn add(&mut self, value: Value<'t>, span: &Span) -> Result<NodeId, Refusal> {
        if self.open.len() >= DEEPEST {
            let message = format!("the document is nested more than {DEEPEST} levels deep");
            return Err(Refusal::new(&span.start, message, "name the inner parts and refer to them"));
        }
        let id = NodeId::new(self.nodes.len());
        let (parent, key) = match self.open.last_mut() {
            Some(open) => (open.id, open.key.take()),
            None => (NodeId::ROOT, None),
        };
        let (key, place) = key.map_or((Cow::Borrowed(""), span.start), |key| (key.text, key.place));
        self.nodes.push(Node {
            key,
            value,
            parent,
            end: id.next(),
            line: u32::try_from(place.line()).unwrap_or(0),
            offset: u32::try_from(place.byte_offset().unwrap_or(0)).unwrap_or(0),
            replaced: false,
        });
        Ok(id)
    }

    /// Adds a copy of a complete node, with all it holds.
    fn copy(&mut self, from: NodeId, span: &Span) -> Result<(), Refusal> {
        let Some(end) = self.nodes.get(from.index()).map(|node| node.end) else { return Ok(()) };
        self.copied += end.index() - from.index();
        if self.copied > MOST_COPIED {
            let message = format!("the aliases stand for more than {MOST_COPIED} values");
            return Err(Refusal::new(&span.start, message, "write out what is meant, or refer to it with $ref"));
        }
        let Some(value) = self.nodes.get(from.index()).map(|node| node.value.clone()) else { return Ok(()) };
        let to = self.add(value, span)?;
        let moved = |id: NodeId| NodeId::new(id.index() + to.index() - from.index());
        let inner: Vec<Node<'t>> = self.nodes.get(from.next().index()..end.index()).unwrap_or_default().to_vec();
        self.nodes.extend(inner.into_iter().map(|node| Node {
            parent: moved(node.parent),
            end: moved(node.end),
            ..node
        }));
        for node in self.nodes.iter_mut().skip(to.index()) {
            if let Value::Map(Some(index)) = &mut node.value {
                let sorted = self.indexes.get(*index as usize).map(|ids| ids.iter().map(|id| moved(*id)).collect());
                *index = u32::try_from(self.indexes.len()).unwrap_or(u32::MAX);
                self.indexes.extend(sorted);
            }
        }
        self.end(to);
        Ok(())
    }

    /// Notes that a node holds everything that was added since.
    fn end(&mut self, id: NodeId) {
        let end = NodeId::new(self.nodes.len());
        if let Some(node) = self.nodes.get_mut(id.index()) {
            node.end = end;
        }
    }

    /// Completes the innermost mapping or list.
    fn close(&mut self, span: &Span) -> Result<(), Refusal> {
        self.end_of_innermost(span)?;
        let Some(open) = self.open.pop() else { return Ok(()) };
        self.end(open.id);
        if open.is_foreign {
            self.nodes.truncate(open.id.next().index());
            self.end(open.id);
            if let Some(node) = self.nodes.get_mut(open.id.index()) {
                node.value = Value::Null;
            }
        }
        Ok(())
    }

    /// Finds the keys of a mapping that stand twice, follows its merge key and makes its index.
    fn end_of_innermost(&mut self, span: &Span) -> Result<(), Refusal> {
        let Some(&Open { id, is_map: true, is_foreign: false, .. }) = self.open.last() else { return Ok(()) };
        self.end(id);
        let mut members = std::mem::take(&mut self.members);
        self.list_members(id, &mut members);
        if let Some(merge) = members.iter().copied().find(|id| self.key(*id) == "<<") {
            self.merge(merge, &members, span)?;
            self.end(id);
            self.list_members(id, &mut members);
        }
        let is_large = members.len() > INDEXED;
        if is_large {
            members.sort_by(|a, b| self.key(*a).cmp(self.key(*b)));
        }
        self.replace_duplicates(&members, is_large);
        if is_large {
            members.retain(|id| self.nodes.get(id.index()).is_some_and(|node| !node.replaced));
            let index = u32::try_from(self.indexes.len()).unwrap_or(u32::MAX);
            self.indexes.push(members.clone());
            if let Some(node) = self.nodes.get_mut(id.index()) {
                node.value = Value::Map(Some(index));
            }
        }
        members.clear();
        self.members = members;
        Ok(())
    }

    fn key(&self, id: NodeId) -> &str {
        self.nodes.get(id.index()).map_or("", |node| &node.key)
    }

    fn list_members(&self, map: NodeId, members: &mut Vec<NodeId>) {
        members.clear();
        let mut next = map.next();
        while let Some(node) = self.nodes.get(next.index()) {
            if !node.replaced {
                members.push(next);
            }
            next = node.end;
        }
    }

    /// Of members with the same key, the last one counts. In a sorted list they are neighbours, in their order.
    fn replace_duplicates(&mut self, members: &[NodeId], are_sorted: bool) {
        for (position, id) in members.iter().enumerate() {
            let later = members.get(position + 1..).unwrap_or_default();
            let later = if are_sorted { later.get(..1).unwrap_or_default() } else { later };
            let Some(again) = later.iter().copied().find(|later| self.key(*later) == self.key(*id)) else { continue };
            if let Some(node) = self.nodes.get_mut(id.index()) {
                node.replaced = true;
            }
            self.duplicates.push(again);
        }
    }

    /// Adds the members of what a merge key (`<<`) names, a mapping or a list of them, unless they are there.
    fn merge(&mut self, merge: NodeId, members: &[NodeId], span: &Span) -> Result<(), Refusal> {
        let mut known: Vec<String> = members.iter().map(|id| self.key(*id).to_owned()).collect();
        let mut sources = vec![merge];
        if matches!(self.nodes.get(merge.index()).map(|node| &node.value), Some(Value::List)) {
            sources.clear();
            let mut next = merge.next();
            let end = self.nodes.get(merge.index()).map_or(next, |node| node.end);
            while let Some(node) = self.nodes.get(next.index()).filter(|_| next.index() < end.index()) {
                sources.push(next);
                next = node.end;
            }
        }
        for source in sources {
            let Some(node) = self.nodes.get(source.index()).filter(|node| matches!(node.value, Value::Map(_))) else {
                let hint = "merge keys take mappings";
                return Err(Refusal::new(&span.start, "`<<` does not stand for a mapping", hint));
            };
            let (mut next, end) = (source.next(), node.end);
            while let Some(node) = self.nodes.get(next.index()).filter(|_| next.index() < end.index()) {
                let (from, key, is_replaced) = (next, node.key.clone(), node.replaced);
                next = node.end;
                if !is_replaced && !known.contains(&key.to_string()) {
                    known.push(key.to_string());
                    self.set_key(key, span.start);
                    self.copy(from, span)?;
                }
            }
        }
        if let Some(node) = self.nodes.get_mut(merge.index()) {
            node.replaced = true;
        }
        Ok(())
    }

    fn finish(mut self) -> Built<'t> {
        if self.nodes.is_empty() {
            self.nodes.push(Node { end: NodeId(1), replaced: false, ..super::NOTHING.clone() });
        }
        let tree = Tree { nodes: self.nodes, indexes: self.indexes };
        // Inside of what was replaced, or is no value at all, nothing needs to be corrected.
        self.duplicates.retain(|id| tree.nodes.get(id.index()).is_some_and(|node| !node.replaced));
        self.duplicates.sort_by_key(|id| id.0);
        self.duplicates.dedup();
        Built { tree, duplicates: self.duplicates }
    }
}

fn odd_key(span: &Span) -> Refusal {
    Refusal::new(&span.start, "the key is a list or a mapping", "keys are texts")
}
