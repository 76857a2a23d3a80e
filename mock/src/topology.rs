//! What each kind of path stands for: an item, a collection and its items, or nothing that is stored.
//!
//! It is worked out once from the provider; nothing here depends on what is stored.

use std::collections::{HashMap, HashSet};

use bindery_ir::{Column, HttpMethod, Method, Provider, ResourceId, Rows, Type, Verb};

use crate::json::same_name;
use crate::route::{Address, NodeId, Routes};

/// What all kinds of paths stand for.
#[derive(Debug)]
pub(crate) struct Topology {
    pub(crate) routes: Routes,
    /// What is stored under its own path.
    items: HashSet<NodeId>,
    /// What comes into being under its own path.
    put: HashSet<NodeId>,
    /// What comes into being in a collection, under a key that need not be the caller's.
    posted: HashSet<NodeId>,
    /// What a listing shows.
    listed: HashSet<NodeId>,
    /// The method that knows the columns of an item best, and how well (the smaller the better).
    describers: HashMap<NodeId, (u8, Address)>,
    /// For each resource, its items' nodes that end in a variable and do not stand below one another.
    primaries: HashMap<ResourceId, Vec<NodeId>>,
    /// For each resource, where its items go when no path leads to them.
    detached: HashMap<ResourceId, NodeId>,
    /// Items' nodes that are only read, and where the same items are written: `/ref/{ref}` and `/refs/{ref}`.
    aliases: HashMap<NodeId, NodeId>,
}

impl Topology {
    /// Works the roles out.
    pub(crate) fn new(provider: &Provider) -> Self {
        let mut routes = Routes::new(provider);
        let detached = provider.resources().map(|r| (r.id.clone(), routes.insert_detached())).collect();
        let mut topology = Self {
            routes,
            items: HashSet::new(),
            put: HashSet::new(),
            posted: HashSet::new(),
            listed: HashSet::new(),
            describers: HashMap::new(),
            primaries: HashMap::new(),
            detached,
            aliases: HashMap::new(),
        };
        topology.find_items(provider);
        topology.find_primaries(provider);
        topology.find_aliases();
        topology.find_creatable(provider);
        topology
    }

    /// The node under which the items of a node are stored: nearly always itself.
    pub(crate) fn stored_at(&self, node: NodeId) -> NodeId {
        self.aliases.get(&node).copied().unwrap_or(node)
    }

    /// Whether what stands there is stored under the path itself.
    pub(crate) fn is_item(&self, node: NodeId) -> bool {
        self.items.contains(&node)
    }

    /// The items' nodes of a collection, seen from a method of that resource. The node one variable below is
    /// the best evidence; next come the resource's own items wherever they stand; and at last a place that no
    /// path leads to.
    pub(crate) fn items_of(&self, collection: NodeId, resource: &ResourceId) -> Vec<NodeId> {
        if let Some(child) = self.routes.variable_children(collection).find(|&child| self.is_item(child)) {
            return vec![self.stored_at(child)];
        }
        let elsewhere =
            |&node: &NodeId| node != collection && self.routes.ancestors(collection).all(|ancestor| ancestor != node);
        let primaries: Vec<NodeId> =
            self.primaries.get(resource).into_iter().flatten().copied().filter(elsewhere).collect();
        if primaries.is_empty() { self.detached.get(resource).copied().into_iter().collect() } else { primaries }
    }

    /// Whether what stands there comes into being in a collection, under a key that need not be the caller's.
    pub(crate) fn is_posted(&self, node: NodeId) -> bool {
        self.posted.contains(&node)
    }

    /// Whether there is a way to see what stands there: a path of its own or a listing.
    pub(crate) fn is_visible(&self, node: NodeId) -> bool {
        self.is_item(node) || self.listed.contains(&node)
    }

    /// The nearest node above that is an item which a request can create.
    pub(crate) fn creatable_parent(&self, node: NodeId) -> Option<NodeId> {
        self.routes.ancestors(node).find(|&node| self.is_creatable(node))
    }

    /// Whether a request can bring what stands there into being.
    pub(crate) fn is_creatable(&self, node: NodeId) -> bool {
        self.put.contains(&node) || self.posted.contains(&node)
    }

    /// The method that knows best what an item looks like.
    pub(crate) fn describer(&self, node: NodeId) -> Option<Address> {
        self.describers.get(&node).map(|(_, address)| *address)
    }

    /// The columns of an item, as the method that knows best says.
    pub(crate) fn columns<'a>(&self, provider: &'a Provider, node: NodeId) -> &'a [Column] {
        self.describer(node)
            .and_then(|address| address.method(provider))
            .map(|method| &*method.response.columns)
            .unwrap_or_default()
    }

    /// Whether one of the names of a variable of a node is this one, in any casing.
    pub(crate) fn variable_is(&self, node: NodeId, position: usize, name: &str) -> bool {
        self.variable_names(node, position).any(|known| same_name(known, name))
    }

    /// The names of a variable of a node; methods may disagree.
    pub(crate) fn variable_names(&self, node: NodeId, position: usize) -> impl Iterator<Item = &str> {
        self.routes
            .node(node)
            .into_iter()
            .flat_map(|node| &node.endpoints)
            .filter_map(move |endpoint| endpoint.template.variables.get(position).map(String::as_str))
    }

    /// The type of a variable of a node, when a method states it.
    pub(crate) fn variable_type<'a>(&self, provider: &'a Provider, node: NodeId, position: usize) -> Option<&'a Type> {
        self.routes.node(node)?.endpoints.iter().find_map(|endpoint| {
            let name = endpoint.template.variables.get(position)?;
            let parameter = endpoint.address.method(provider)?.parameter(name)?;
            (parameter.ty != Type::Any).then_some(&parameter.ty)
        })
    }

    fn find_items(&mut self, provider: &Provider) {
        for (id, node) in self.routes.nodes() {
            let lists = node.endpoints.iter().any(|e| e.http == HttpMethod::Get && lists(e.address, provider));
            for endpoint in &node.endpoints {
                let Some(method) = endpoint.address.method(provider) else { continue };
                let one = matches!(method.response.rows, Rows::One(_));
                let stored = match endpoint.http {
                    HttpMethod::Get => one && !lists,
                    HttpMethod::Put | HttpMethod::Patch | HttpMethod::Delete | HttpMethod::Head => true,
                    HttpMethod::Post | HttpMethod::Options | HttpMethod::Trace => false,
                };
                if stored {
                    self.items.insert(id);
                }
                if endpoint.http == HttpMethod::Put {
                    self.put.insert(id);
                }
                let quality = match endpoint.http {
                    HttpMethod::Get if one && !lists => 0,
                    HttpMethod::Put => 1,
                    HttpMethod::Patch => 2,
                    _ => continue,
                };
                improve(&mut self.describers, id, (quality, endpoint.address), method);
            }
        }
    }

    fn find_primaries(&mut self, provider: &Provider) {
        let mut owned: HashMap<ResourceId, Vec<NodeId>> = HashMap::new();
        for (id, node) in self.routes.nodes() {
            if !node.ends_in_variable() || !self.is_item(id) {
                continue;
            }
            for endpoint in &node.endpoints {
                let Some(method) = endpoint.address.method(provider) else { continue };
                let nodes = owned.entry(method.resource.clone()).or_default();
                if endpoint.http != HttpMethod::Post && !nodes.contains(&id) {
                    nodes.push(id);
                }
            }
        }
        for nodes in owned.values_mut() {
            let all = nodes.clone();
            nodes.retain(|&node| !self.routes.ancestors(node).any(|ancestor| all.contains(&ancestor)));
        }
        self.primaries = owned;
    }

    /// A resource that is read under one path and written under another, with the same variables, is one.
    fn find_aliases(&mut self) {
        let mut found = HashMap::new();
        for nodes in self.primaries.values() {
            let readers = nodes.iter().filter(|&&node| self.serves(node, is_read) && !self.serves(node, is_write));
            for &reader in readers {
                let writer = nodes.iter().find(|&&node| {
                    self.serves(node, is_write) && !self.serves(node, is_read) && self.same_variables(reader, node)
                });
                if let Some(&writer) = writer {
                    found.insert(reader, writer);
                }
            }
        }
        for nodes in self.primaries.values_mut() {
            nodes.retain(|node| !found.contains_key(node));
        }
        self.aliases = found;
    }

    fn serves(&self, node: NodeId, kind: fn(HttpMethod) -> bool) -> bool {
        self.routes.node(node).is_some_and(|node| node.endpoints.iter().any(|endpoint| kind(endpoint.http)))
    }

    fn same_variables(&self, one: NodeId, other: NodeId) -> bool {
        let arity = |node| self.routes.node(node).map_or(0, |node| node.arity);
        arity(one) == arity(other)
            && (0..arity(one))
                .all(|position| self.variable_names(one, position).any(|name| self.variable_is(other, position, name)))
    }

    fn find_creatable(&mut self, provider: &Provider) {
        let mut found = Vec::new();
        for (id, node) in self.routes.nodes() {
            for endpoint in &node.endpoints {
                let Some(method) = endpoint.address.method(provider) else { continue };
                let creates = endpoint.http == HttpMethod::Post && self.creates(provider, id, method);
                let lists = matches!(method.response.rows, Rows::Many(_)) && !creates;
                if creates || lists {
                    found.extend(
                        self.items_of(id, &method.resource)
                            .into_iter()
                            .map(|node| (node, endpoint.address, creates, lists)),
                    );
                }
            }
        }
        for (node, address, creates, lists) in found {
            if creates {
                self.posted.insert(node);
            }
            if lists {
                self.listed.insert(node);
            }
            if let Some(method) = address.method(provider) {
                improve(&mut self.describers, node, (if creates { 3 } else { 4 }, address), method);
            }
        }
    }

    /// Whether a POST there puts a new item into the collection.
    pub(crate) fn creates(&self, provider: &Provider, node: NodeId, method: &Method) -> bool {
        if self.routes.node(node).is_some_and(|n| n.ends_in_variable() && self.is_item(node)) {
            return false;
        }
        method.verbs.contains(&Verb::Insert)
            || !method.verbs.contains(&Verb::Select)
                && self.routes.node(node).is_some_and(|node| {
                    node.endpoints.iter().any(|e| e.http == HttpMethod::Get && lists(e.address, provider))
                })
    }
}

fn is_read(http: HttpMethod) -> bool {
    http == HttpMethod::Get
}

fn is_write(http: HttpMethod) -> bool {
    matches!(http, HttpMethod::Put | HttpMethod::Patch | HttpMethod::Delete)
}

fn lists(address: Address, provider: &Provider) -> bool {
    address.method(provider).is_some_and(|method| matches!(method.response.rows, Rows::Many(_)))
}

/// Notes a method that knows the columns of an item, when none is known that knows them better.
fn improve(known: &mut HashMap<NodeId, (u8, Address)>, node: NodeId, found: (u8, Address), method: &Method) {
    let better = known.get(&node).is_none_or(|(quality, _)| found.0 < *quality);
    if better && !method.response.columns.is_empty() {
        known.insert(node, found);
    }
}
