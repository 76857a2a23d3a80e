//! Which module, type, field and method gets which Rust name: decided once, for a whole service, before a token is
//! written.
//!
//! Every named schema has one home. The row of a resource lives in the resource's module under the resource's name,
//! where its readers look for it; everything else lives in the service's `types` module under its own.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use bindery_ir::{Location, Method, Resource, Rows, Schema, SchemaName, SchemaShape, Service, Type, Verb};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use super::name::{self, Case, Reserved, Wish};

/// The module of the types that are no row of a resource.
pub(crate) const TYPES_MODULE: &str = "types";

/// Modules of the runtime that the root of a crate shows, which is the module of a service where each has a crate.
const ROOT_MODULES: [&str; 2] = ["ir", "json"];

/// The names of a service.
#[derive(Debug)]
pub(crate) struct ServicePlan<'a> {
    pub(crate) service: &'a Service,
    /// The module, which is also the cargo feature.
    pub(crate) module: String,
    pub(crate) resources: Vec<ResourcePlan<'a>>,
    homes: BTreeMap<&'a SchemaName, Home>,
    schemas: BTreeMap<&'a SchemaName, &'a Schema>,
    /// Fields that hold, directly or through others, the struct they are part of.
    boxed: BTreeSet<(&'a SchemaName, usize)>,
    /// Schemas that requests send, which get setters.
    sent: BTreeSet<&'a SchemaName>,
}

/// The names of a resource.
#[derive(Debug)]
pub(crate) struct ResourcePlan<'a> {
    pub(crate) resource: &'a Resource,
    pub(crate) module: String,
    /// The schema whose home this module is, or the one that it shows under its own name.
    pub(crate) row: Option<Row<'a>>,
    /// The request types, in the order of the methods.
    pub(crate) requests: Vec<String>,
}

/// The row type of a resource.
#[derive(Debug)]
pub(crate) enum Row<'a> {
    /// It lives in the module of the resource.
    Own(&'a Schema),
    /// It lives elsewhere and is shown here under this name.
    Shown(&'a SchemaName, String),
}

/// Where a schema lives.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    pub(crate) module: String,
    pub(crate) name: String,
}

impl<'a> ServicePlan<'a> {
    /// Names everything in a service whose module is known.
    pub(crate) fn new(service: &'a Service, module: String) -> Self {
        let schemas: BTreeMap<&SchemaName, &Schema> = service.schemas.iter().map(|s| (&s.name, s)).collect();
        let mut plan = Self {
            service,
            module,
            resources: Vec::new(),
            homes: BTreeMap::new(),
            schemas,
            boxed: BTreeSet::new(),
            sent: BTreeSet::new(),
        };
        plan.name_resources();
        plan.name_types();
        plan.boxed = plan.fields_on_a_circle();
        plan.sent = plan.reachable_from_bodies();
        plan
    }

    /// The struct or enum of that name.
    pub(crate) fn schema(&self, name: &SchemaName) -> Option<&'a Schema> {
        self.schemas.get(name).copied()
    }

    /// Where a schema lives.
    pub(crate) fn home(&self, name: &SchemaName) -> Option<&Home> {
        self.homes.get(name)
    }

    /// The schemas of the `types` module, in the order of their Rust names.
    pub(crate) fn types(&self) -> Vec<(&str, &'a Schema)> {
        let mut types: Vec<(&str, &'a Schema)> = (self.homes.iter())
            .filter(|(_, home)| home.module == TYPES_MODULE)
            .filter_map(|(name, home)| Some((home.name.as_str(), *self.schemas.get(name)?)))
            .collect();
        types.sort_by_key(|(name, _)| *name);
        types
    }

    /// Whether a field must be boxed.
    pub(crate) fn is_boxed(&self, schema: &SchemaName, field: usize) -> bool {
        self.boxed.contains(&(schema, field))
    }

    /// Whether requests send a schema.
    pub(crate) fn is_sent(&self, schema: &SchemaName) -> bool {
        self.sent.contains(schema)
    }

    fn name_resources(&mut self) {
        let names = distinct(self.service.resources.iter().map(|resource| resource.id.resource()));
        let wishes: Vec<Wish<'_>> = names.iter().map(|name| Wish::plain(name)).collect();
        let modules = name::assign(&wishes, Case::Snake, Reserved { identifiers: &ROOT_MODULES, suffix: "_" });
        let mut claimed: BTreeSet<&SchemaName> = BTreeSet::new();
        for (resource, module) in self.service.resources.iter().zip(modules) {
            let module = name::module(&module);
            let row_name = name::alone(resource.id.resource(), Case::Pascal);
            let row = row_schema(resource).and_then(|name| self.schemas.get(name)).map(|schema| {
                if claimed.insert(&schema.name) {
                    let home = Home { module: module.clone(), name: row_name.clone() };
                    self.homes.insert(&schema.name, home);
                    Row::Own(schema)
                } else {
                    Row::Shown(&schema.name, row_name.clone())
                }
            });
            let names = distinct(resource.methods.iter().map(|method| method.name.as_str()));
            let wishes: Vec<Wish<'_>> = names.iter().map(|name| Wish::plain(name)).collect();
            let reserved = Reserved { identifiers: &[&row_name], suffix: "Request" };
            let requests = name::assign(&wishes, Case::Pascal, reserved);
            self.resources.push(ResourcePlan { resource, module, row, requests });
        }
    }

    fn name_types(&mut self) {
        let homeless: Vec<&SchemaName> =
            self.schemas.keys().filter(|name| !self.homes.contains_key(*name)).copied().collect();
        let wishes: Vec<Wish<'_>> = homeless.iter().map(|name| Wish::plain(name.as_str())).collect();
        let names = name::assign(&wishes, Case::Pascal, Reserved::NOTHING);
        for (schema, name) in homeless.into_iter().zip(names) {
            self.homes.insert(schema, Home { module: TYPES_MODULE.to_owned(), name });
        }
    }

    /// The fields whose struct, followed from field to field, comes back to the struct that has them: those between
    /// schemas that all lead to each other. Which fields these are depends on the schemas alone, not on their order.
    fn fields_on_a_circle(&self) -> BTreeSet<(&'a SchemaName, usize)> {
        let mut graph: DiGraph<&'a SchemaName, usize> = DiGraph::new();
        let nodes: BTreeMap<&SchemaName, NodeIndex> =
            self.schemas.keys().map(|name| (*name, graph.add_node(*name))).collect();
        for (name, node) in &nodes {
            for (index, target) in self.direct_fields(name) {
                if let Some(target) = nodes.get(target) {
                    graph.add_edge(*node, *target, index);
                }
            }
        }
        let mut circles = vec![0; graph.node_count()];
        for (circle, members) in kosaraju_scc(&graph).into_iter().enumerate() {
            for member in members {
                if let Some(place) = circles.get_mut(member.index()) {
                    *place = circle;
                }
            }
        }
        let circle = |node: NodeIndex| circles.get(node.index());
        (graph.edge_references())
            .filter(|edge| circle(edge.source()) == circle(edge.target()))
            .filter_map(|edge| Some((*graph.node_weight(edge.source())?, *edge.weight())))
            .collect()
    }

    /// The fields of a struct that hold another struct without a list or map between.
    fn direct_fields(&self, name: &SchemaName) -> impl Iterator<Item = (usize, &'a SchemaName)> + use<'a> {
        let fields = match self.schemas.get(name).map(|schema| &schema.shape) {
            Some(SchemaShape::Struct(fields)) => &**fields,
            _ => &[],
        };
        fields.iter().enumerate().filter_map(|(index, field)| match &field.ty {
            Type::Object(target) => Some((index, target)),
            _ => None,
        })
    }

    fn reachable_from_bodies(&self) -> BTreeSet<&'a SchemaName> {
        let methods = self.service.resources.iter().flat_map(|resource| resource.methods.iter());
        let bodies = methods.flat_map(|method| method.parameters.iter()).filter(|p| p.location == Location::Body);
        let mut open: Vec<&'a SchemaName> = bodies.filter_map(|parameter| named(&parameter.ty)).collect();
        let mut reached = BTreeSet::new();
        while let Some(name) = open.pop() {
            if reached.insert(name)
                && let Some(SchemaShape::Struct(fields)) = self.schemas.get(name).map(|schema| &schema.shape)
            {
                open.extend(fields.iter().filter_map(|field| named(&field.ty)));
            }
        }
        reached
    }
}

/// Names of which a document gave one to several things: all but the first have their number.
fn distinct<'n>(names: impl Iterator<Item = &'n str>) -> Vec<Cow<'n, str>> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let numbered = names.map(|name| {
        let count = seen.entry(name).or_default();
        *count += 1;
        if *count == 1 { Cow::Borrowed(name) } else { Cow::Owned(format!("{name}#{count}")) }
    });
    numbered.collect()
}

/// The schema that a type is made of, however many lists and maps are around it.
fn named(ty: &Type) -> Option<&SchemaName> {
    match ty {
        Type::Object(name) | Type::Enum(name) => Some(name),
        Type::Array(item) | Type::Map(item) => named(item),
        _ => None,
    }
}

/// The schema of a resource's rows: what its first SELECT method answers with, else any of its methods.
fn row_schema(resource: &Resource) -> Option<&SchemaName> {
    let has_object_rows =
        |method: &&Method| method.response.rows != Rows::None && matches!(method.response.row, Type::Object(_));
    let selects = resource.methods.iter().filter(|method| method.verbs.contains(&Verb::Select));
    let method = selects.chain(resource.methods.iter()).find(has_object_rows)?;
    match &method.response.row {
        Type::Object(name) => Some(name),
        _ => None,
    }
}
