//! Which module, type, field and method gets which Rust name: decided once, for a whole service, before a token is
//! written.
//!
//! Every named schema has one home. The row of a resource lives in the resource's module under the resource's name,
//! where its readers look for it; everything else lives in the service's `types` module under its own. What had a name
//! or a home before keeps it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use bindery_ir::{Location, Method, Parameter, Resource, Rows, Schema, SchemaName, SchemaShape, Service, Type, Verb};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use super::given::GivenInService;
use super::name::{self, Case, Namespace, Wish};

/// The module of the types that are no row of a resource.
pub(crate) const TYPES_MODULE: &str = "types";

/// Modules of the runtime that the root of a crate shows, which is the module of a service where each has a crate.
const ROOT_MODULES: [&str; 2] = ["ir", "json"];

/// What a request type has besides its setters.
const OWN_FUNCTIONS: [&str; 6] = ["new", "send", "response", "stream", "all", "into_call"];

/// The names of a service.
#[derive(Debug)]
pub(crate) struct ServicePlan<'a> {
    pub(crate) service: &'a Service,
    /// The module, which is also the cargo feature.
    pub(crate) module: String,
    pub(crate) resources: Vec<ResourcePlan<'a>>,
    homes: BTreeMap<&'a SchemaName, Home<'a>>,
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
    /// What its documents call it, with a number if others are called the same.
    pub(crate) name: Cow<'a, str>,
    pub(crate) module: String,
    /// The schema whose home this module is, or the one that it shows under its own name.
    pub(crate) row: Option<Row<'a>>,
    /// The request types, in the order of the methods.
    pub(crate) requests: Vec<RequestPlan<'a>>,
}

/// The names of a method.
#[derive(Debug)]
pub(crate) struct RequestPlan<'a> {
    pub(crate) method: &'a Method,
    /// What its documents call it, with a number if others are called the same.
    pub(crate) source: Cow<'a, str>,
    /// The request type.
    pub(crate) name: String,
    /// Its arguments and setters.
    pub(crate) arguments: Vec<Argument<'a>>,
    /// The enum of what it answers with, where that depends on the status.
    pub(crate) answer: Option<String>,
}

impl<'a> RequestPlan<'a> {
    /// What the documents would call its answer if they had a name for it.
    pub(crate) fn answer_source(&self) -> String {
        answer_source(&self.source)
    }

    /// The variants of its answer with their statuses and types; the first is for every other status as well.
    pub(crate) fn variants(&self) -> impl Iterator<Item = (String, Option<u16>, &'a Type)> {
        let response = &self.method.response;
        let statuses = std::iter::once(response.status).chain(response.others.iter().map(|other| Some(other.status)));
        statuses.zip(response.types()).map(|(status, ty)| {
            let variant = status.map_or_else(|| "Usual".to_owned(), |status| format!("Status{status}"));
            (variant, status, ty)
        })
    }
}

fn answer_source(method: &str) -> String {
    format!("{method} answer")
}

/// A parameter with the identifier of its argument and setter.
#[derive(Debug)]
pub(crate) struct Argument<'a> {
    pub(crate) parameter: &'a Parameter,
    pub(crate) identifier: String,
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
#[derive(Debug)]
pub(crate) struct Home<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) module: String,
    pub(crate) name: String,
    /// The fields or variants, in the order of the schema.
    pub(crate) members: Vec<String>,
}

impl<'a> ServicePlan<'a> {
    /// Names everything in a service whose module is known.
    pub(crate) fn new(service: &'a Service, module: String, given: Option<&GivenInService<'_>>) -> Self {
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
        plan.name_resources(given);
        plan.name_types(given);
        plan.boxed = plan.fields_on_a_circle();
        plan.sent = plan.reachable_from_bodies();
        plan
    }

    /// A number for everything that the code of a resource takes from the names of others. As long as it is the same and
    /// the schemas are, code changes only where its own resource did.
    pub(crate) fn common(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.module.hash(&mut hasher);
        for (schema, Home { module, name, members, .. }) in &self.homes {
            (schema.as_str(), module, name, members).hash(&mut hasher);
        }
        for (schema, field) in &self.boxed {
            (schema.as_str(), field).hash(&mut hasher);
        }
        for schema in &self.sent {
            schema.as_str().hash(&mut hasher);
        }
        for ResourcePlan { name, module, row, .. } in &self.resources {
            let row = row.as_ref().map(|row| match row {
                Row::Own(schema) => (schema.name.as_str(), ""),
                Row::Shown(schema, shown) => (schema.as_str(), shown.as_str()),
            });
            (name, module, row).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// The struct or enum of that name.
    pub(crate) fn schema(&self, name: &SchemaName) -> Option<&'a Schema> {
        self.schemas.get(name).copied()
    }

    /// Where a schema lives.
    pub(crate) fn home(&self, name: &SchemaName) -> Option<&Home<'a>> {
        self.homes.get(name)
    }

    /// Where each schema lives.
    pub(crate) fn homes(&self) -> impl Iterator<Item = &Home<'a>> {
        self.homes.values()
    }

    /// The schemas of the `types` module, in the order of their Rust names.
    pub(crate) fn types(&self) -> Vec<&Home<'a>> {
        let mut types: Vec<&Home<'a>> = self.homes().filter(|home| home.module == TYPES_MODULE).collect();
        types.sort_by_key(|home| &home.name);
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

    fn name_resources(&mut self, given: Option<&GivenInService<'_>>) {
        let names = distinct(self.service.resources.iter().map(|resource| resource.id.resource()));
        let wishes: Vec<Wish<'_>> = names.iter().map(|name| Wish::plain(name)).collect();
        let look_up = |name: &str| given?.identifier("", name);
        let space = Namespace { reserved: &ROOT_MODULES, suffix: "_", given: &look_up, ..Namespace::new(Case::Snake) };
        let modules: Vec<String> = name::assign(&wishes, space).iter().map(|module| name::module(module)).collect();
        let owners = self.owners(&modules, given);
        for (index, ((resource, module), name)) in self.service.resources.iter().zip(modules).zip(names).enumerate() {
            let row_name = name::alone(resource.id.resource(), Case::Pascal);
            let row = row_schema(resource).and_then(|name| self.schema(name)).map(|schema| {
                if owners.get(&schema.name) == Some(&index) {
                    self.settle(schema, module.clone(), row_name.clone(), given);
                    Row::Own(schema)
                } else {
                    Row::Shown(&schema.name, row_name.clone())
                }
            });
            let requests = requests(resource, &module, &row_name, given);
            self.resources.push(ResourcePlan { resource, name, module, row, requests });
        }
    }

    /// Which resource, by its place, is the home of the schema of its rows: the one that was before, if it still has
    /// such rows, else the first; none if it was none before.
    fn owners(&self, modules: &[String], given: Option<&GivenInService<'_>>) -> BTreeMap<&'a SchemaName, usize> {
        let mut owners = BTreeMap::new();
        let mut settled = BTreeSet::new();
        for (index, (resource, module)) in self.service.resources.iter().zip(modules).enumerate() {
            let Some(schema) = row_schema(resource) else { continue };
            match given.and_then(|given| given.home(schema.as_str())) {
                Some((TYPES_MODULE, _)) => {}
                Some((home, _)) if home == module => {
                    settled.insert(schema);
                    owners.insert(schema, index);
                }
                _ if settled.contains(schema) => {}
                _ => {
                    owners.entry(schema).or_insert(index);
                }
            }
        }
        owners
    }

    fn name_types(&mut self, given: Option<&GivenInService<'_>>) {
        let homeless: Vec<&'a Schema> =
            self.schemas.values().filter(|schema| !self.homes.contains_key(&schema.name)).copied().collect();
        let wishes: Vec<Wish<'_>> = homeless.iter().map(|schema| Wish::plain(schema.name.as_str())).collect();
        let look_up = |name: &str| Some(given?.home(name).filter(|(module, _)| *module == TYPES_MODULE)?.1);
        let names = name::assign(&wishes, Namespace { given: &look_up, ..Namespace::new(Case::Pascal) });
        for (schema, name) in homeless.into_iter().zip(names) {
            self.settle(schema, TYPES_MODULE.to_owned(), name, given);
        }
    }

    /// Gives a schema its home, and its fields or variants their names.
    fn settle(&mut self, schema: &'a Schema, module: String, name: String, given: Option<&GivenInService<'_>>) {
        let before = given.and_then(|given| given.home(schema.name.as_str()));
        let (names, delimiter): (Vec<&str>, _) = match &schema.shape {
            SchemaShape::Struct(fields) => (fields.iter().map(|field| field.name.as_str()).collect(), "."),
            SchemaShape::Enum(values) => (values.iter().map(|value| &*value.value).collect(), "::"),
        };
        let scope = before.map(|(module, name)| format!("{module}::{name}{delimiter}")).unwrap_or_default();
        let look_up = |name: &str| given?.identifier(&scope, name).filter(|_| before.is_some());
        let space = match &schema.shape {
            SchemaShape::Struct(_) => Namespace { reserved: &["extra"], suffix: "_", ..Namespace::new(Case::Snake) },
            SchemaShape::Enum(_) => {
                Namespace { reserved: &["Unrecognized"], suffix: "Value", ..Namespace::new(Case::Pascal) }
            }
        };
        let wishes: Vec<Wish<'_>> = names.into_iter().map(Wish::plain).collect();
        let members = name::assign(&wishes, Namespace { given: &look_up, ..space });
        self.homes.insert(&schema.name, Home { schema, module, name, members });
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
        let mut open: Vec<&'a SchemaName> = bodies.filter_map(|parameter| parameter.ty.schema()).collect();
        let mut reached = BTreeSet::new();
        while let Some(name) = open.pop() {
            if reached.insert(name)
                && let Some(SchemaShape::Struct(fields)) = self.schemas.get(name).map(|schema| &schema.shape)
            {
                open.extend(fields.iter().filter_map(|field| field.ty.schema()));
            }
        }
        reached
    }
}

/// The request types of a resource. The name of its row is taken.
fn requests<'a>(
    resource: &'a Resource,
    module: &str,
    row_name: &str,
    given: Option<&GivenInService<'_>>,
) -> Vec<RequestPlan<'a>> {
    let sources = distinct(resource.methods.iter().map(|method| method.name.as_str()));
    let answer_of = |(method, source): (&Method, &Cow<'_, str>)| {
        (!method.response.others.is_empty()).then(|| answer_source(source))
    };
    let answers: Vec<Option<String>> = resource.methods.iter().zip(&sources).map(answer_of).collect();
    let names = sources.iter().map(|source| &**source).chain(answers.iter().flatten().map(String::as_str));
    let wishes: Vec<Wish<'_>> = names.map(Wish::plain).collect();
    let scope = format!("{module}::");
    let look_up = |name: &str| given?.identifier(&scope, name);
    let space = Namespace { reserved: &[row_name], suffix: "Request", given: &look_up, case: Case::Pascal };
    let mut names = name::assign(&wishes, space);
    let mut answer_names = names.split_off(sources.len()).into_iter();
    (resource.methods.iter().zip(sources).zip(names).zip(answers))
        .map(|(((method, source), name), answer)| {
            let answer = answer.and_then(|_| answer_names.next());
            let scope = format!("{module}::{name}(");
            let look_up = |name: &str| given?.identifier(&scope, name);
            let arguments = arguments(method, &look_up);
            RequestPlan { method, source, name, arguments, answer }
        })
        .collect()
}

/// The parameters that a typed call can give: all but those that nothing can send.
fn arguments<'a, 'g>(method: &'a Method, given: &'g dyn Fn(&str) -> Option<&'g str>) -> Vec<Argument<'a>> {
    let sendable: Vec<&Parameter> = (method.parameters.iter())
        .filter(|parameter| method.http.is_none() || parameter.location != Location::Unknown)
        .collect();
    // Documentation marks a property of the body; Rust need not, unless a parameter has the same name.
    let wishes: Vec<Wish<'_>> = (sendable.iter())
        .map(|parameter| {
            let name = parameter.name.as_str();
            let bare = name.strip_prefix("data__").filter(|_| parameter.location == Location::Body);
            Wish { name, preferred: bare.unwrap_or(name) }
        })
        .collect();
    let space = Namespace { reserved: &OWN_FUNCTIONS, suffix: "_", given, case: Case::Snake };
    let identifiers = name::assign(&wishes, space);
    let arguments = sendable.into_iter().zip(identifiers);
    arguments.map(|(parameter, identifier)| Argument { parameter, identifier }).collect()
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
