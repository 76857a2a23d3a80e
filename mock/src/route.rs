//! From a path to the methods it may mean: a tree of path segments, built once from the provider.
//!
//! Every place in the tree is also the identity of a kind of path: `/pets/{id}` and `/Pets/{petId}` are the
//! same place, so whatever is written through one is read through the other.

use std::collections::{BTreeSet, HashMap};

use bindery_ir::{HttpMethod, Method, Provider, Service};
use percent_encoding::percent_decode_str;

use crate::template::{Pattern, Template, match_mixed};

/// How many steps a search may take before it gives up; no real path comes near.
const MAX_STEPS: u32 = 20_000;
/// How many matches of one path are looked at.
const MAX_MATCHES: usize = 64;

/// A place in the tree of paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(usize);

/// Where a method stands in the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    service: usize,
    resource: usize,
    method: usize,
}

impl Address {
    /// The service of the method.
    pub(crate) fn service(self, provider: &Provider) -> Option<&Service> {
        provider.services.get(self.service)
    }

    /// The method.
    pub(crate) fn method(self, provider: &Provider) -> Option<&Method> {
        self.service(provider)?.resources.get(self.resource)?.methods.get(self.method)
    }
}

/// A method that is served at a node.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) address: Address,
    pub(crate) http: HttpMethod,
    /// The template itself; its literals may be spelled differently from the node's.
    pub(crate) template: Template,
}

/// A place in the tree, with what is served there.
#[derive(Debug, Default)]
pub(crate) struct Node {
    pub(crate) parent: Option<NodeId>,
    /// What its own segment matches; `None` at the root.
    pub(crate) pattern: Option<Pattern>,
    pub(crate) endpoints: Vec<Endpoint>,
    /// How many variables there are from the root to here.
    pub(crate) arity: usize,
    depth: usize,
    literals: HashMap<String, NodeId>,
    mixed: Vec<NodeId>,
    variable: Option<NodeId>,
    rest: Option<NodeId>,
}

impl Node {
    /// Whether its own segment yields a value.
    pub(crate) fn ends_in_variable(&self) -> bool {
        self.pattern.as_ref().is_some_and(|pattern| pattern.arity() > 0)
    }
}

/// A reading of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) node: NodeId,
    /// The values of the variables, decoded, in order.
    pub(crate) values: Vec<String>,
    /// One number a segment; the smaller, the more was literal.
    rank: Vec<u8>,
}

/// The tree.
#[derive(Debug)]
pub(crate) struct Routes {
    nodes: Vec<Node>,
    /// The paths of the servers' URLs, below which everything is served a second time.
    bases: Vec<Vec<Pattern>>,
}

const ROOT: NodeId = NodeId(0);

impl Routes {
    /// Builds the tree from every method of the provider that has a wire form.
    pub(crate) fn new(provider: &Provider) -> Self {
        let mut routes = Self { nodes: vec![Node::default()], bases: Vec::new() };
        let mut servers = BTreeSet::new();
        for (service, s) in provider.services.iter().enumerate() {
            for (resource, r) in s.resources.iter().enumerate() {
                for (index, method) in r.methods.iter().enumerate() {
                    let Some(binding) = &method.http else { continue };
                    let Some(template) = Template::of(method, binding) else { continue };
                    let address = Address { service, resource, method: index };
                    routes.insert(Endpoint { address, http: binding.method, template });
                    servers.extend(binding.servers.iter().map(|server| server.url.as_ref()));
                }
            }
        }
        for url in servers {
            let base = Template::of_server(url);
            if !base.is_empty() && !routes.bases.contains(&base) {
                routes.bases.push(base);
            }
        }
        routes
    }

    /// A place that no path leads to, for things that have no path of their own; its only variable is their key.
    pub(crate) fn insert_detached(&mut self) -> NodeId {
        self.push(Node { pattern: Some(Pattern::Variable), arity: 1, ..Node::default() })
    }

    /// The node of an identity that this tree gave out.
    pub(crate) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0)
    }

    /// All nodes, parents before children.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(index, node)| (NodeId(index), node))
    }

    /// The nodes above a node, the nearest first.
    pub(crate) fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(self.parent(id), |&id| self.parent(id))
    }

    /// The nodes one variable below a node.
    pub(crate) fn variable_children(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        self.node(id).into_iter().flat_map(|node| node.variable.iter().chain(&node.rest).chain(&node.mixed).copied())
    }

    /// How many variables two nodes have in common, counted from the root.
    pub(crate) fn common_arity(&self, one: NodeId, other: NodeId) -> usize {
        let depth = |id| self.node(id).map_or(0, |node| node.depth);
        let (mut one, mut other) = (one, other);
        while one != other {
            let deeper = if depth(one) >= depth(other) { &mut one } else { &mut other };
            match self.parent(*deeper) {
                Some(parent) => *deeper = parent,
                None => return 0,
            }
        }
        self.node(one).map_or(0, |node| node.arity)
    }

    /// The readings of a path that end where something is served, the most literal one first.
    pub(crate) fn find(&self, path: &str) -> Vec<Match> {
        let segments: Vec<String> = path
            .strip_prefix('/')
            .unwrap_or(path)
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let mut search = Search { routes: self, steps: MAX_STEPS, found: Vec::new() };
        search.descend(ROOT, &segments, &mut Match { node: ROOT, values: Vec::new(), rank: Vec::new() });
        for base in &self.bases {
            if let Some((rank, rest)) = strip_base(base, &segments) {
                search.descend(ROOT, rest, &mut Match { node: ROOT, values: Vec::new(), rank });
            }
        }
        let mut found = search.found;
        found.sort_by(|one, other| one.rank.cmp(&other.rank));
        found
    }

    fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.node(id).and_then(|node| node.parent)
    }

    fn push(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(self.nodes.len() - 1)
    }

    fn insert(&mut self, endpoint: Endpoint) {
        let mut id = ROOT;
        for pattern in &endpoint.template.patterns {
            id = match self.child(id, pattern) {
                Some(child) => child,
                None => self.insert_child(id, pattern),
            };
        }
        if let Some(node) = self.nodes.get_mut(id.0) {
            node.endpoints.push(endpoint);
        }
    }

    fn child(&self, id: NodeId, pattern: &Pattern) -> Option<NodeId> {
        let node = self.node(id)?;
        match pattern {
            Pattern::Literal(text) => node.literals.get(&text.to_ascii_lowercase()).copied(),
            Pattern::Variable => node.variable,
            Pattern::Rest => node.rest,
            Pattern::Mixed(_) => node
                .mixed
                .iter()
                .copied()
                .find(|&id| self.node(id).is_some_and(|n| n.pattern.as_ref() == Some(pattern))),
        }
    }

    fn insert_child(&mut self, parent: NodeId, pattern: &Pattern) -> NodeId {
        let (arity, depth) = self.node(parent).map_or((0, 0), |node| (node.arity, node.depth));
        let child = self.push(Node {
            parent: Some(parent),
            pattern: Some(pattern.clone()),
            arity: arity + pattern.arity(),
            depth: depth + 1,
            ..Node::default()
        });
        if let Some(node) = self.nodes.get_mut(parent.0) {
            match pattern {
                Pattern::Literal(text) => {
                    node.literals.insert(text.to_ascii_lowercase(), child);
                }
                Pattern::Variable => node.variable = Some(child),
                Pattern::Rest => node.rest = Some(child),
                Pattern::Mixed(_) => node.mixed.push(child),
            }
        }
        child
    }
}

/// What is left of a path below the path of a server's URL, and how literal the way there was.
fn strip_base<'a>(base: &[Pattern], segments: &'a [String]) -> Option<(Vec<u8>, &'a [String])> {
    let (head, rest) = segments.split_at_checked(base.len())?;
    let fits = base.iter().zip(head).all(|(pattern, segment)| match pattern {
        Pattern::Literal(text) => text.eq_ignore_ascii_case(segment),
        _ => !segment.is_empty(),
    });
    (fits && !rest.is_empty()).then(|| (base.iter().map(Pattern::rank).collect(), rest))
}

/// A search for all readings of a path. It recurses once a segment of a template, and templates are bounded.
struct Search<'a> {
    routes: &'a Routes,
    steps: u32,
    found: Vec<Match>,
}

impl Search<'_> {
    fn descend(&mut self, id: NodeId, segments: &[String], way: &mut Match) {
        let Some(node) = self.routes.node(id) else { return };
        if self.steps == 0 || self.found.len() >= MAX_MATCHES {
            return;
        }
        self.steps -= 1;
        let Some((segment, rest)) = segments.split_first() else {
            if !node.endpoints.is_empty() {
                self.found.push(Match { node: id, ..way.clone() });
            }
            return;
        };
        if let Some(&child) = node.literals.get(&segment.to_ascii_lowercase()) {
            self.step(child, &[0], Vec::new(), rest, way);
        }
        for &child in &node.mixed {
            let pattern = self.routes.node(child).and_then(|node| node.pattern.as_ref());
            if let Some(Pattern::Mixed(pieces)) = pattern
                && let Some(values) = match_mixed(pieces, segment)
            {
                self.step(child, &[1], values, rest, way);
            }
        }
        if let Some(child) = node.variable
            && !segment.is_empty()
        {
            self.step(child, &[2], vec![segment.clone()], rest, way);
        }
        if let Some(child) = node.rest {
            self.span(child, segments, way);
        }
    }

    /// Tries every length a variable with slashes may have. Each segment it swallows counts against it, so
    /// that a literal after a short value beats a long value.
    fn span(&mut self, child: NodeId, segments: &[String], way: &mut Match) {
        let (mut value, mut ranks) = (String::new(), Vec::new());
        for (index, segment) in segments.iter().enumerate() {
            if index > 0 {
                value.push('/');
            }
            value.push_str(segment);
            ranks.push(3);
            if self.steps == 0 {
                return;
            }
            // A value that begins with a slash, such as a resource's id, means the same without it.
            let trimmed = value.trim_start_matches('/');
            if !trimmed.is_empty() {
                let rest = segments.get(index + 1..).unwrap_or_default();
                self.step(child, &ranks, vec![trimmed.to_owned()], rest, way);
            }
        }
    }

    fn step(&mut self, child: NodeId, ranks: &[u8], values: Vec<String>, rest: &[String], way: &mut Match) {
        let (known, ranked) = (way.values.len(), way.rank.len());
        way.values.extend(values);
        way.rank.extend(ranks);
        self.descend(child, rest, way);
        way.values.truncate(known);
        way.rank.truncate(ranked);
    }
}

#[cfg(test)]
mod tests {
    use bindery_ir::{HttpBinding, Location, Parameter, Resource, Server, SqlName, Style, Type};

    use super::*;

    fn routes(paths: &[&'static str], server: &'static str) -> Routes {
        let mut resource = Resource::new("a.b.c".parse().unwrap());
        for &path in paths {
            let mut method = Method::new(resource.id.clone(), SqlName::new("m"));
            let mut scope = Parameter::new(SqlName::new("scope"), Location::Path, Type::STRING);
            scope.style = Style::MultiSegment;
            method.parameters = vec![scope].into();
            let mut binding = HttpBinding::new(HttpMethod::Get, path);
            binding.servers = vec![Server { url: server.into(), variables: bindery_ir::List::EMPTY }].into();
            method.http = Some(binding);
            resource.methods.to_mut().push(method);
        }
        let mut service = Service::new("b".into());
        service.resources = vec![resource].into();
        let mut provider = Provider::new("a".into());
        provider.services = vec![service].into();
        Routes::new(&provider)
    }

    fn best(routes: &Routes, path: &str) -> Option<Vec<String>> {
        routes.find(path).into_iter().next().map(|found| found.values)
    }

    #[test]
    fn a_literal_beats_a_variable() {
        let routes = routes(&["/pets/{id}", "/pets/mine", "/pets/{name}.json"], "");
        assert_eq!(best(&routes, "/pets/mine"), Some(vec![]));
        assert_eq!(best(&routes, "/pets/7"), Some(vec!["7".into()]));
        assert_eq!(best(&routes, "/pets/a.json"), Some(vec!["a".into()]));
        assert_eq!(best(&routes, "/pets/"), None);
        assert_eq!(best(&routes, "/pets"), None);
        assert_eq!(routes.find("/pets/mine").len(), 2);
    }

    #[test]
    fn literals_match_in_any_casing_and_values_keep_theirs() {
        let routes = routes(&["/resourceGroups/{name}", "/resourcegroups/{group}/tags"], "");
        assert_eq!(best(&routes, "/RESOURCEGROUPS/Mine"), Some(vec!["Mine".into()]));
        assert_eq!(best(&routes, "/resourceGroups/a%2Fb%20c/tags"), Some(vec!["a/b c".into()]));
    }

    #[test]
    fn a_variable_may_span_segments_and_the_root_has_a_path() {
        let routes = routes(&["/{scope}/locks/{name}", "/", "/all/{scope}", "/all/{scope}/tags"], "");
        assert_eq!(best(&routes, "/all/a/b"), Some(vec!["a/b".into()]));
        assert_eq!(best(&routes, "/all/a/b/tags"), Some(vec!["a/b".into()]));
        assert_eq!(best(&routes, "/a/b/locks/c"), Some(vec!["a/b".into(), "c".into()]));
        assert_eq!(best(&routes, "/"), Some(vec![]));
        assert_eq!(best(&routes, "/locks/c"), None);
    }

    #[test]
    fn the_path_of_the_server_is_served_as_well() {
        let routes = routes(&["/pets/{id}", "/{a}/{b}/{c}"], "https://x.example/api/v1");
        assert_eq!(best(&routes, "/api/v1/pets/7"), Some(vec!["7".into()]));
        assert_eq!(best(&routes, "/pets/7"), Some(vec!["7".into()]));
        assert_eq!(best(&routes, "/other/v1/pets"), Some(vec!["other".into(), "v1".into(), "pets".into()]));
    }

    #[test]
    fn a_path_that_could_mean_very_much_ends_soon() {
        let routes = routes(&["/{scope}/{scope}/{scope}/{scope}/end"], "");
        assert_eq!(best(&routes, &"/a".repeat(2_000)), None);
    }

    #[test]
    fn nodes_know_what_they_have_in_common() {
        let routes = routes(&["/s/{s}/g/{g}/x/{x}", "/s/{s}/x"], "");
        let node = |path: &str| routes.find(path).first().map(|found| found.node).unwrap();
        let (item, listing) = (node("/s/1/g/2/x/3"), node("/s/1/x"));
        assert_eq!(routes.common_arity(item, listing), 1);
        assert_eq!(routes.common_arity(item, item), 3);
        assert_eq!(routes.ancestors(item).count(), 6);
    }
}
