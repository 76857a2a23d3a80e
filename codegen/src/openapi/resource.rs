//! One entry of `x-stackQL-resources` → a [`Resource`] with its methods.

use bindery_ir::{Location, Method, Presence, Resource, ResourceId, ResourceKind, SqlName, Verb, View};

use super::document::Cursor;
use super::operation::Operation;
use super::schema::SchemaReader;
use super::{body, response};
use crate::names::is_harmless;

/// What the methods of a resource are read with.
pub(crate) struct Surroundings<'a> {
    /// The provider's name.
    pub(crate) provider: String,
    /// The service's name.
    pub(crate) service: String,
    /// The whole service document.
    pub(crate) root: Cursor<'a>,
    /// The pagination blocks of service and provider, the nearest first.
    pub(crate) paging: Vec<Cursor<'a>>,
}

/// Reads a resource; `None` when its name cannot be used.
pub(crate) fn read<'a>(
    key: &str,
    entry: &Cursor<'a>,
    surroundings: &Surroundings<'a>,
    schemas: &mut SchemaReader<'a>,
) -> Option<Resource> {
    let id = identity(key, entry, surroundings, schemas)?;
    let mut resource = Resource::new(id);
    resource.title = entry.prose("title");
    resource.description = entry.prose("description");
    resource.origin = entry.origin();
    resource.views = views(entry).into();

    let mut methods = Vec::new();
    for (name, method) in entry.get("methods").iter().flat_map(Cursor::entries) {
        if is_harmless(name) {
            methods.push(read_method(name, &method, entry, &resource.id, surroundings, schemas));
        } else {
            let message = format!("a method cannot be called `{}`", name.escape_debug());
            schemas.report("openapi/bad-name", method.origin(), message, "the method is left out");
        }
    }
    assign_verbs(&mut methods, entry, schemas);
    if methods.is_empty() && !resource.views.is_empty() {
        resource.kind = ResourceKind::View;
    }
    resource.methods = methods.into();
    Some(resource)
}

fn identity<'a>(
    key: &str,
    entry: &Cursor<'a>,
    surroundings: &Surroundings<'a>,
    schemas: &mut SchemaReader<'a>,
) -> Option<ResourceId> {
    if !is_harmless(key) {
        let message = format!("a resource cannot be called `{}`", key.escape_debug());
        schemas.report("openapi/bad-name", entry.origin(), message, "the resource is left out");
        return None;
    }
    let derived = ResourceId::of(&surroundings.provider, &surroundings.service, key).ok()?;
    match entry.get("id") {
        None => Some(derived),
        Some(id) => match id.text().unwrap_or_default().parse::<ResourceId>() {
            Ok(stated) if is_harmless(stated.resource()) => {
                // A service document may serve a provider under another name; its own name counts.
                ResourceId::of(&surroundings.provider, &surroundings.service, stated.resource()).ok()
            }
            _ => {
                let message = format!("`{}` is no identity", id.text().unwrap_or_default().escape_debug());
                schemas.report("openapi/bad-id", id.origin(), message, &format!("read as `{derived}`"));
                Some(derived)
            }
        },
    }
}

fn read_method<'a>(
    name: &str,
    entry: &Cursor<'a>,
    resource: &Cursor<'a>,
    id: &ResourceId,
    surroundings: &Surroundings<'a>,
    schemas: &mut SchemaReader<'a>,
) -> Method {
    let mut method = Method::new(id.clone(), SqlName::from(name));
    method.origin = entry.origin();
    let reference = entry.get("operation").and_then(|operation| operation.reference());
    let Some(operation) = reference.and_then(|reference| Operation::find(&surroundings.root, reference)) else {
        let message = match reference {
            Some(reference) => format!("there is no operation `{reference}`"),
            None => format!("the method `{name}` names no operation"),
        };
        schemas.report("openapi/no-operation", entry.origin(), message, "it is known, but cannot be called");
        return method;
    };
    method.description = match operation.cursor.prose("description") {
        text if text.is_empty() => operation.cursor.prose("summary"),
        text => text,
    };
    let mut binding = operation.binding(Some(entry), &surroundings.root);
    if binding.servers.is_empty() {
        let message = format!("nothing says where `{name}` is to be sent");
        schemas.report(
            "openapi/no-server",
            operation.cursor.origin(),
            message,
            "it can only be sent to a given base URL",
        );
    }
    let mut parameters = operation.parameters(&binding, schemas);
    if let Some((body, properties)) = body::read(&operation, entry, &parameters, schemas) {
        binding.body = Some(body);
        parameters.extend(properties);
    }
    // Required first; a stable sort keeps the document's order within each group.
    parameters
        .sort_by_key(|parameter| (parameter.presence != Presence::Required, parameter.location == Location::Server));
    method.parameters = parameters.into();
    let own = [entry, resource].map(|holder| holder.path(&["config", "pagination"]));
    let paging = own.iter().flatten().chain(&surroundings.paging).next();
    method.response = response::read(&operation, entry, paging, schemas);
    method.http = Some(binding);
    method
}

/// Gives the methods their verbs and puts them in the order in which statements try them: by verb, in the order of
/// `sqlVerbs`; the methods that only `EXEC` reaches come last, in document order.
fn assign_verbs<'a>(methods: &mut Vec<Method>, entry: &Cursor<'a>, schemas: &mut SchemaReader<'a>) {
    let mut ranks: Vec<(usize, usize)> = Vec::new();
    for (word, list) in entry.get("sqlVerbs").iter().flat_map(Cursor::entries) {
        let Some(verb) = Verb::parse(word) else {
            let message = format!("`{word}` is no SQL verb");
            schemas.report("openapi/unknown-verb", list.origin(), message, "its methods are left to EXEC");
            continue;
        };
        for item in list.items() {
            let name = item.reference().and_then(|reference| reference.rsplit('/').next()).unwrap_or_default();
            let Some(index) = methods.iter().position(|method| method.name == *name) else {
                let message = format!("{verb} names a method `{name}` that the resource does not have");
                schemas.report("openapi/unknown-verb", item.origin(), message, "the entry is left out");
                continue;
            };
            ranks.push((verb as usize, index));
        }
    }
    ranks.sort_by_key(|(verb, _)| *verb);
    for (verb, index) in &ranks {
        if let (Some(method), Some(verb)) = (methods.get_mut(*index), Verb::ALL.get(*verb)) {
            method.verbs.to_mut().push(*verb);
        }
    }
    let first_rank = |index: usize| ranks.iter().position(|(_, ranked)| *ranked == index).unwrap_or(usize::MAX);
    let mut order: Vec<usize> = (0..methods.len()).collect();
    order.sort_by_key(|index| first_rank(*index));
    *methods = order.into_iter().filter_map(|index| methods.get(index).cloned()).collect();
    for method in methods {
        if method.verbs.is_empty() {
            method.verbs = vec![Verb::Exec].into();
        }
    }
}

/// The views of a resource: the block and its chain of fallbacks.
fn views(entry: &Cursor<'_>) -> Vec<View> {
    let mut views = Vec::new();
    let mut next = entry.path(&["config", "views", "select"]);
    while let Some(block) = next {
        let predicate = block.text_of("predicate").unwrap_or_default();
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

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    text.split_once(before)?.1.split_once(after).map(|(between, _)| between)
}
