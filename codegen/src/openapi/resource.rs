//! One entry of `x-stackQL-resources`, or what was derived in its place → a [`Resource`] with its methods.

use bindery_ir::{Location, Method, Presence, Resource, ResourceId, ResourceKind, SqlName, Text, Verb, View};

use super::config::Config;
use super::derive::{DerivedMethod, DerivedResource};
use super::document::Cursor;
use super::operation::Operation;
use super::schema::SchemaReader;
use super::{adaptation, body, response, vocabulary};
use crate::Severity;
use crate::names::is_harmless;

/// What the methods of a resource are read with.
pub(super) struct Surroundings<'a, 's> {
    /// The provider's name.
    pub(super) provider: &'s str,
    /// The service's name.
    pub(super) service: &'s str,
    /// The whole service document.
    pub(super) root: Cursor<'a>,
    /// What service and provider say for all methods.
    pub(super) config: &'s Config<'a>,
}

/// What a document says about a method besides its operation: nothing, where the method was derived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a>(pub(super) Option<Cursor<'a>>);

impl<'a> Entry<'a> {
    /// The node at the end of several members.
    pub(super) fn path(self, keys: &[&str]) -> Option<Cursor<'a>> {
        self.0?.path(keys)
    }

    /// The text there.
    pub(super) fn text_at(self, keys: &[&str]) -> Option<&'a str> {
        self.path(keys)?.text()
    }
}

/// Reads a resource; `None` when its name cannot be used.
pub(super) fn read<'a>(
    key: &str,
    entry: Cursor<'a>,
    surroundings: &Surroundings<'a, '_>,
    schemas: &mut SchemaReader<'a>,
) -> Option<Resource> {
    vocabulary::check(Some(entry), "resource", &mut schemas.diagnostics);
    vocabulary::check(entry.get("config"), "resource config", &mut schemas.diagnostics);
    let id = identity(key, entry, surroundings, schemas)?;
    let mut resource = Resource::new(id);
    resource.title = entry.prose("title");
    resource.description = entry.prose("description");
    resource.origin = entry.origin();
    resource.views = views(entry, schemas).into();

    let mut methods = Vec::new();
    for (name, method) in entry.get("methods").into_iter().flat_map(Cursor::entries) {
        if is_harmless(name) {
            methods.push(read_method(name, method, entry, &resource.id, surroundings, schemas));
        } else {
            let message = format!("a method cannot be called `{}`", name.escape_debug());
            schemas.report("openapi/bad-name", method, message, "the method is left out");
        }
    }
    assign_verbs(&mut methods, entry, schemas);
    if methods.is_empty() && !resource.views.is_empty() {
        resource.kind = ResourceKind::View;
    }
    resource.methods = methods.into();
    Some(resource)
}

/// Reads a resource that no document states; `None` when its name cannot be used.
pub(super) fn read_derived<'a>(
    derived: DerivedResource<'a>,
    surroundings: &Surroundings<'a, '_>,
    schemas: &mut SchemaReader<'a>,
) -> Option<Resource> {
    let id = ResourceId::of(surroundings.provider, surroundings.service, &derived.name).ok()?;
    let mut resource = Resource::new(id);
    resource.origin = derived.at.origin();
    let mut methods = Vec::new();
    let mut ranks = Vec::new();
    for DerivedMethod { name, verbs, operation, object_key } in derived.methods {
        let mut method = Method::new(resource.id.clone(), SqlName::from(name));
        method.origin = operation.cursor.origin();
        let described = Described { entry: Entry(None), operation, object_key, config: surroundings.config.clone() };
        describe(&mut method, described, surroundings, schemas);
        ranks.extend(verbs.into_iter().map(|verb| (verb as usize, methods.len())));
        methods.push(method);
    }
    // The method that needs most comes first: one that needs less would always be chosen before it.
    ranks.sort_by_key(|(verb, index)| {
        let required = methods.get(*index).map_or(0, |method: &Method| method.required().count());
        (*verb, std::cmp::Reverse(required))
    });
    put_in_order(&mut methods, &ranks);
    resource.methods = methods.into();
    Some(resource)
}

fn identity<'a>(
    key: &str,
    entry: Cursor<'a>,
    surroundings: &Surroundings<'a, '_>,
    schemas: &mut SchemaReader<'a>,
) -> Option<ResourceId> {
    if !is_harmless(key) {
        let message = format!("a resource cannot be called `{}`", key.escape_debug());
        schemas.report("openapi/bad-name", entry, message, "the resource is left out");
        return None;
    }
    let derived = ResourceId::of(surroundings.provider, surroundings.service, key).ok()?;
    match entry.get("id") {
        None => Some(derived),
        Some(id) => match id.text().unwrap_or_default().parse::<ResourceId>() {
            Ok(stated) if is_harmless(stated.resource()) => {
                // A service document may serve a provider under another name; its own name counts.
                ResourceId::of(surroundings.provider, surroundings.service, stated.resource()).ok()
            }
            _ => {
                let message = format!("`{}` is no identity", id.text().unwrap_or_default().escape_debug());
                schemas.report("openapi/bad-id", id, message, &format!("read as `{derived}`"));
                Some(derived)
            }
        },
    }
}

fn read_method<'a>(
    name: &str,
    entry: Cursor<'a>,
    resource: Cursor<'a>,
    id: &ResourceId,
    surroundings: &Surroundings<'a, '_>,
    schemas: &mut SchemaReader<'a>,
) -> Method {
    for (block, at) in [
        ("method", Some(entry)),
        ("request", entry.get("request")),
        ("response", entry.get("response")),
        ("method config", entry.get("config")),
    ] {
        vocabulary::check(at, block, &mut schemas.diagnostics);
    }
    let mut method = Method::new(id.clone(), SqlName::from(name));
    method.origin = entry.origin();
    let reference = entry.get("operation").and_then(Cursor::reference);
    let Some(operation) = reference.and_then(|reference| Operation::find(surroundings.root, reference)) else {
        let message = match reference {
            Some(reference) => format!("there is no operation `{reference}`"),
            None => format!("the method `{name}` names no operation"),
        };
        schemas.report("openapi/no-operation", entry, message, "it is known, but cannot be called");
        return method;
    };
    let own = [entry.get("config"), operation.cursor.get("x-stackQL-config"), resource.get("config")];
    let config = surroundings.config.within(own);
    let described = Described { entry: Entry(Some(entry)), operation, object_key: None, config };
    describe(&mut method, described, surroundings, schemas);
    method
}

/// What a method is read from.
struct Described<'a> {
    entry: Entry<'a>,
    operation: Operation<'a>,
    /// Where the rows are, if that was derived.
    object_key: Option<String>,
    config: Config<'a>,
}

/// Fills in what the operation of a method says.
fn describe<'a>(
    method: &mut Method,
    described: Described<'a>,
    surroundings: &Surroundings<'a, '_>,
    schemas: &mut SchemaReader<'a>,
) {
    let Described { entry, operation, object_key, config } = described;
    method.description = match operation.cursor.prose("description") {
        text if text.is_empty() => operation.cursor.prose("summary"),
        text => text,
    };
    let mut binding = operation.binding(entry, surroundings.root, schemas);
    if binding.servers.is_empty() {
        let message = format!("nothing says where `{}` is to be sent", method.name);
        schemas.report("openapi/no-server", operation.cursor, message, "it can only be sent to a given base URL");
    }
    let mut parameters = operation.parameters(entry, &binding, schemas);
    if let Some((body, properties)) = body::read(&operation, entry, &parameters, schemas) {
        binding.body = Some(body);
        parameters.extend(properties);
    }
    // Required first; a stable sort keeps the document's order within each group.
    parameters
        .sort_by_key(|parameter| (parameter.presence != Presence::Required, parameter.location == Location::Server));
    method.parameters = parameters.into();
    method.response = response::read(&operation, entry, object_key.as_deref(), config.block("pagination"), schemas);
    method.adaptation = adaptation::read(&operation, entry, &config, &mut method.response, schemas);
    method.http = Some(binding);
    let signed_as = surroundings.root.get("info").and_then(|info| info.text_of("x-serviceName"));
    method.signing_name = signed_as.map(|name| Text::Owned(name.to_owned()));
}

/// Gives the methods their verbs and puts them in the order in which statements try them: by verb, in the order of
/// `sqlVerbs`; the methods that only `EXEC` reaches come last, in document order.
fn assign_verbs<'a>(methods: &mut Vec<Method>, entry: Cursor<'a>, schemas: &mut SchemaReader<'a>) {
    let mut ranks: Vec<(usize, usize)> = Vec::new();
    for (word, list) in entry.get("sqlVerbs").into_iter().flat_map(Cursor::entries) {
        let Some(verb) = Verb::parse(word) else {
            let message = format!("`{word}` is no SQL verb");
            schemas.report("openapi/unknown-verb", list, message, "its methods are left to EXEC");
            continue;
        };
        for item in list.items() {
            let reference = item.reference().or_else(|| item.text());
            let name = reference.and_then(|reference| reference.rsplit('/').next()).unwrap_or_default();
            let name = super::yaml::unescape(name);
            let Some(index) = methods.iter().position(|method| method.name == *name) else {
                let message = format!("{verb} names a method `{name}` that the resource does not have");
                schemas.report("openapi/unknown-verb", item, message, "the entry is left out");
                continue;
            };
            ranks.push((verb as usize, index));
        }
    }
    ranks.extend(verbs_by_name(methods, entry));
    ranks.sort_by_key(|(verb, _)| *verb);
    ranks.dedup();
    put_in_order(methods, &ranks);
}

/// The methods that serve a verb by their name where `sqlVerbs` does not say anything about it; an empty list says
/// that there are none.
fn verbs_by_name(methods: &[Method], entry: Cursor<'_>) -> Vec<(usize, usize)> {
    const NAMES: [(Verb, &[&str]); 3] = [
        (Verb::Select, &["select", "list", "aggregatedList", "get"]),
        (Verb::Insert, &["insert", "create"]),
        (Verb::Delete, &["delete"]),
    ];
    let stated = |verb: Verb| {
        let verbs = entry.get("sqlVerbs").into_iter().flat_map(Cursor::entries);
        verbs.into_iter().any(|(word, _)| Verb::parse(word) == Some(verb))
    };
    let mut found = Vec::new();
    for (verb, names) in NAMES.into_iter().filter(|(verb, _)| !stated(*verb)) {
        for name in names {
            let named = methods.iter().position(|method| method.name == *name);
            found.extend(named.map(|index| (verb as usize, index)));
        }
    }
    found
}

/// Gives methods their verbs, and puts them in the order of their first.
fn put_in_order(methods: &mut Vec<Method>, ranks: &[(usize, usize)]) {
    for (verb, index) in ranks {
        if let (Some(method), Some(verb)) = (methods.get_mut(*index), Verb::ALL.get(*verb)) {
            method.verbs.to_mut().push(*verb);
        }
    }
    let mut first = vec![usize::MAX; methods.len()];
    for (rank, (_, index)) in ranks.iter().enumerate().rev() {
        if let Some(first) = first.get_mut(*index) {
            *first = rank;
        }
    }
    let mut ordered: Vec<(usize, Method)> = first.into_iter().zip(std::mem::take(methods)).collect();
    ordered.sort_by_key(|(first, _)| *first);
    methods.extend(ordered.into_iter().map(|(_, method)| method));
    for method in methods {
        if method.verbs.is_empty() {
            method.verbs = vec![Verb::Exec].into();
        }
    }
}

/// The views of a resource: the block and its chain of fallbacks.
fn views(entry: Cursor<'_>, schemas: &mut SchemaReader<'_>) -> Vec<View> {
    vocabulary::check(entry.path(&["config", "views"]), "views", &mut schemas.diagnostics);
    let mut views = Vec::new();
    let mut next = entry.path(&["config", "views", "select"]);
    while let Some(block) = next {
        vocabulary::check(Some(block), "view", &mut schemas.diagnostics);
        let predicate = block.text_of("predicate").unwrap_or_default();
        if let (Some(at), Some(other)) = (block.get("predicate"), not_understood(predicate)) {
            let message = format!("`{}` is no condition that is known", other.escape_debug());
            let finding = at.finding(Severity::Warning, "openapi/view-predicate", message);
            schemas
                .add(finding.assuming("it holds").with_hint("`sqlDialect == \"…\"` and `requiredParams == [ … ]` are"));
        }
        views.push(View {
            dialect: between(predicate, "sqlDialect == \"", "\"").unwrap_or_default().to_owned().into(),
            required: between(predicate, "requiredParams == [", "]")
                .unwrap_or_default()
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .map(SqlName::from)
                .collect(),
            ddl: block.prose("ddl"),
        });
        next = block.get("fallback");
    }
    views
}

/// The first part of a predicate that is neither of the two conditions.
fn not_understood(predicate: &str) -> Option<&str> {
    let is_known = |part: &str| {
        part.is_empty()
            || between(part, "sqlDialect == \"", "\"").is_some()
            || between(part, "requiredParams == [", "]").is_some()
    };
    predicate.split("&&").map(str::trim).find(|part| !is_known(part))
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    text.split_once(before)?.1.split_once(after).map(|(between, _)| between)
}
