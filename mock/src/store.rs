//! What the fake remembers: items by kind of path and the values of its variables, in order of creation.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::route::NodeId;

/// How many items a fake holds; creating one more is answered with 507.
pub const MAX_ITEMS: usize = 1_000_000;

/// Something that was created.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// The values of the variables of its path.
    pub(crate) values: Vec<String>,
    /// Variables of the path it was created through that its own path lacks.
    pub(crate) remembered: Vec<(String, String)>,
    /// Its number among the items of its kind, counted from 1.
    pub(crate) number: u64,
    /// Its representation.
    pub(crate) body: Value,
    /// Its strong entity tag, quotes included. Every write changes it.
    pub(crate) tag: String,
}

/// Every item. Deterministic: the same requests in the same order lead to the same numbers and tags.
#[derive(Debug, Default)]
pub(crate) struct Store {
    kinds: BTreeMap<NodeId, Kind>,
    created: u64,
    written: u64,
    count: usize,
}

#[derive(Debug, Default)]
struct Kind {
    orders: HashMap<Vec<String>, u64>,
    items: BTreeMap<u64, Item>,
    last_number: u64,
}

impl Store {
    /// Whether there is no room for another item.
    pub(crate) fn is_full(&self) -> bool {
        self.count >= MAX_ITEMS
    }

    /// The item of that kind with those values.
    pub(crate) fn get(&self, node: NodeId, values: &[String]) -> Option<&Item> {
        let kind = self.kinds.get(&node)?;
        kind.items.get(kind.orders.get(values)?)
    }

    /// A number that no item of that kind had before.
    pub(crate) fn next_number(&mut self, node: NodeId) -> u64 {
        let kind = self.kinds.entry(node).or_default();
        kind.last_number += 1;
        kind.last_number
    }

    /// Puts an item in, under its values, at the end of the order.
    pub(crate) fn create(
        &mut self,
        node: NodeId,
        values: Vec<String>,
        remembered: Vec<(String, String)>,
        number: u64,
        body: Value,
    ) -> Item {
        self.remove(node, &values);
        self.created += 1;
        self.count += 1;
        let item = Item { values, remembered, number, body, tag: self.next_tag() };
        let kind = self.kinds.entry(node).or_default();
        kind.orders.insert(item.values.clone(), self.created);
        kind.items.insert(self.created, item.clone());
        item
    }

    /// Gives an item a new representation and a new tag; it keeps its place in the order.
    pub(crate) fn update(&mut self, node: NodeId, values: &[String], body: Value) -> Option<Item> {
        let tag = self.next_tag();
        let kind = self.kinds.get_mut(&node)?;
        let item = kind.items.get_mut(kind.orders.get(values)?)?;
        item.body = body;
        item.tag = tag;
        Some(item.clone())
    }

    /// Takes an item out.
    pub(crate) fn remove(&mut self, node: NodeId, values: &[String]) -> Option<Item> {
        let kind = self.kinds.get_mut(&node)?;
        let order = kind.orders.remove(values)?;
        let item = kind.items.remove(&order);
        self.count = self.count.saturating_sub(usize::from(item.is_some()));
        item
    }

    /// Takes out every item of the kinds that `below` accepts whose values begin with these.
    pub(crate) fn remove_below(&mut self, values: &[String], below: impl Fn(NodeId) -> bool) {
        let mut removed = 0;
        for (_, kind) in self.kinds.iter_mut().filter(|(node, kind)| !kind.items.is_empty() && below(**node)) {
            let before = kind.items.len();
            kind.items.retain(|_, item| !item.values.starts_with(values));
            kind.orders.retain(|known, _| !known.starts_with(values));
            removed += before - kind.items.len();
        }
        self.count = self.count.saturating_sub(removed);
    }

    /// The items of a kind that come after a place in the order, each with its own place.
    pub(crate) fn after(&self, node: NodeId, order: u64) -> impl Iterator<Item = (u64, &Item)> {
        self.kinds
            .get(&node)
            .into_iter()
            .flat_map(move |kind| kind.items.range(order.saturating_add(1)..).map(|(&order, item)| (order, item)))
    }

    fn next_tag(&mut self) -> String {
        self.written += 1;
        format!("\"{:08x}\"", self.written)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::route::Routes;

    fn two_kinds() -> (NodeId, NodeId) {
        let mut routes = Routes::new(&bindery_ir::Provider::new("p".into()));
        (routes.insert_detached(), routes.insert_detached())
    }

    fn key(text: &str) -> Vec<String> {
        vec![text.to_owned()]
    }

    #[test]
    fn items_keep_their_order_and_change_their_tag() {
        let (kind, _) = two_kinds();
        let mut store = Store::default();
        for name in ["b", "a", "c"] {
            let number = store.next_number(kind);
            store.create(kind, key(name), Vec::new(), number, json!({"name": name}));
        }
        let before = store.get(kind, &key("b")).unwrap().tag.clone();
        let updated = store.update(kind, &key("b"), json!({"name": "b", "x": 1})).unwrap();
        assert_ne!(before, updated.tag);
        store.remove(kind, &key("a")).unwrap();
        let left: Vec<_> = store.after(kind, 0).map(|(_, item)| (item.values.clone(), item.number)).collect();
        assert_eq!(left, [(key("b"), 1), (key("c"), 3)]);
        assert!(store.update(kind, &key("a"), json!(1)).is_none());
    }

    #[test]
    fn what_stood_below_goes_with_its_parent() {
        let (kind, other) = two_kinds();
        let mut store = Store::default();
        for (node, values) in [(kind, vec!["a", "x"]), (kind, vec!["b", "x"]), (other, vec!["a", "x"])] {
            let values = values.into_iter().map(str::to_owned).collect();
            store.create(node, values, Vec::new(), 1, json!({}));
        }
        store.remove_below(&key("a"), |node| node == kind);
        assert_eq!(store.after(kind, 0).count(), 1);
        assert_eq!(store.after(other, 0).count(), 1);
        assert_eq!(store.count, 2);
    }
}
