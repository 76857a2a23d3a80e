//! Operations → resources, methods, verbs and rows, for documents that say nothing of them.
//!
//! The rule, for each operation by itself, so that nothing changes its name because something else appeared:
//!
//! 1. **Service**: the document; or the first tag, where `bindery.toml` says so.
//! 2. **Resource**: the group that the `operationId` states (`Pets_list`), unless that is the client of all
//!    (`ShopClient_list_pets`); else the last part of the path that is neither a variable nor an action:
//!    `/owners/{id}/pets/{petId}/feed` is about `pets`. A part is an action if it follows `:`, if it is the whole
//!    `operationId`, or if the operation is no `GET` and the part is what the `operationId` begins with or a word for
//!    an action. What an action behind `:` gets or sets is a resource of its own: `pets/{petId}:getPolicy` is about
//!    `pets_policies`. Where all that is away, what the id speaks of.
//! 3. **Method**: what the `operationId` says besides its group: `listPetsByOwner` is `list_pets_by_owner`. Without an
//!    id, what is done and below what: `list`, `get_by_owner`, `feed`.
//! 4. **Verbs**: by the first word of the method where HTTP leaves a choice, else by HTTP: `GET` is SELECT, `DELETE` is
//!    DELETE, `PATCH` is UPDATE, `PUT` is REPLACE, `POST` to a collection is INSERT and to an item UPDATE. What creates
//!    or updates by `PUT` or `PATCH` is INSERT and REPLACE. Actions and `HEAD` are left to EXEC; so is a `GET` that
//!    answers nothing, and what states one resource and speaks of another, whose rows are others: `Shops_delete_pet`.
//! 5. **Rows**: the array of the response; of an object the only member that is not about paging or errors, if it is
//!    an array or an object; for listings else the only array, or the one that is called like the resource.
//!
//! What is stated in `bindery.toml` ([`Mapping`]) wins over all of it.

mod id;
mod rows;
mod words;

use bindery_ir::{HttpMethod, Verb};
use indexmap::{IndexMap, IndexSet};

use super::document::Cursor;
use super::mapping::{Mapping, OperationMapping, ServiceBoundary};
use super::operation::Operation;
use super::schema::SchemaReader;
use super::service::Context;
use crate::names::is_harmless;
use id::Naming;
use words::Intent;

/// A resource that no document states.
pub(super) struct DerivedResource<'a> {
    pub(super) name: String,
    /// The first of its operations.
    pub(super) at: Cursor<'a>,
    pub(super) methods: Vec<DerivedMethod<'a>>,
}

/// A method of it.
pub(super) struct DerivedMethod<'a> {
    pub(super) name: String,
    /// None leave it to EXEC.
    pub(super) verbs: Vec<Verb>,
    pub(super) operation: Operation<'a>,
    /// Where its rows are, if not at the top.
    pub(super) object_key: Option<String>,
}

/// The names of the services that a document's operations form by their tags.
pub(super) fn services(root: Cursor<'_>, document: &str) -> Vec<String> {
    let names: IndexSet<String> = Operation::all(root).map(|operation| service(&operation, document)).collect();
    names.into_iter().collect()
}

/// The service of an operation: its first tag, or what the document is called.
fn service(operation: &Operation<'_>, document: &str) -> String {
    let tag = operation.cursor.get("tags").and_then(|tags| tags.items().next()).and_then(Cursor::text);
    tag.map(words::snake).filter(|name| !name.is_empty()).unwrap_or_else(|| document.to_owned())
}

/// The resources of a service of a document.
pub(super) fn resources<'a>(
    root: Cursor<'a>,
    context: &Context<'a>,
    name: &str,
    schemas: &mut SchemaReader<'a>,
) -> Vec<DerivedResource<'a>> {
    let mapping = context.mapping;
    let is_own = |operation: &Operation<'_>| match mapping.services {
        ServiceBoundary::Document => true,
        ServiceBoundary::Tag => service(operation, context.name) == name,
    };
    let mut resources: IndexMap<String, DerivedResource<'a>> = IndexMap::new();
    for operation in Operation::all(root).filter(is_own) {
        let stated = stated(mapping, &operation);
        if stated.is_some_and(|stated| stated.skip) {
            continue;
        }
        let naming = Naming::of(&operation);
        let resource = stated.and_then(|stated| stated.resource.clone()).unwrap_or_else(|| naming.resource());
        let method = stated.and_then(|stated| stated.method.clone()).unwrap_or_else(|| naming.method());
        if !is_harmless(&resource) || !is_harmless(&method) {
            let message = format!("`{}` cannot be a method of `{}`", method.escape_debug(), resource.escape_debug());
            schemas.report("openapi/bad-name", operation.cursor, message, "the operation is left out");
            continue;
        }
        let verbs = match stated.and_then(|stated| stated.verbs.as_ref()) {
            Some(words) => words.iter().filter_map(|word| Verb::parse(word)).collect(),
            None => verbs(&operation, &naming),
        };
        let object_key = match stated.and_then(|stated| stated.rows.clone()) {
            Some(key) => Some(key),
            None => rows::object_key(&operation, naming.is_listing(), &resource, schemas),
        };
        let holder = resources.entry(resource.clone()).or_insert_with(|| DerivedResource {
            name: resource,
            at: operation.cursor,
            methods: Vec::new(),
        });
        let name = unique(method, &holder.methods, &operation);
        holder.methods.push(DerivedMethod { name, verbs, operation, object_key });
    }
    resources.into_values().collect()
}

/// The ids of a mapping that stand for an operation of a document.
pub(super) fn mapped<'m>(root: Cursor<'_>, mapping: &'m Mapping) -> Vec<&'m str> {
    if mapping.operation.is_empty() {
        return Vec::new();
    }
    Operation::all(root).filter_map(|operation| stated(mapping, &operation)).map(|stated| stated.id.as_str()).collect()
}

/// What is stated about an operation, by its id or by its method and path.
fn stated<'m>(mapping: &'m Mapping, operation: &Operation<'_>) -> Option<&'m OperationMapping> {
    if mapping.operation.is_empty() {
        return None;
    }
    let id = operation.cursor.text_of("operationId");
    let place = format!("{} {}", operation.method, operation.path_key);
    mapping.operation.iter().find(|stated| Some(stated.id.as_str()) == id || stated.id == place)
}

/// The SQL verbs of an operation.
#[allow(clippy::match_same_arms, reason = "the arms are tried in their order, which is the rule")]
fn verbs(operation: &Operation<'_>, naming: &Naming) -> Vec<Verb> {
    if naming.is_about_another() {
        return Vec::new();
    }
    let intent = words::intent(naming.first_word());
    let verb = match (operation.method, intent) {
        (HttpMethod::Head | HttpMethod::Options | HttpMethod::Trace, _) => return Vec::new(),
        (HttpMethod::Put, Some(Intent::Create)) if naming.also_updates() => return vec![Verb::Insert, Verb::Replace],
        (HttpMethod::Put, Some(Intent::Create)) => Verb::Insert,
        (HttpMethod::Put, Some(Intent::Act)) => return Vec::new(),
        (HttpMethod::Put, None) if naming.is_action() => return Vec::new(),
        (HttpMethod::Put, _) => Verb::Replace,
        (HttpMethod::Delete, _) => Verb::Delete,
        (HttpMethod::Patch, Some(Intent::Create)) if naming.also_updates() => return vec![Verb::Insert, Verb::Replace],
        (HttpMethod::Patch, _) => Verb::Update,
        // Some APIs say what is done in the query, and `GET` of everything.
        (_, Some(Intent::Create)) => Verb::Insert,
        (_, Some(Intent::Update)) => Verb::Update,
        (_, Some(Intent::Replace)) => Verb::Replace,
        (_, Some(Intent::Delete)) => Verb::Delete,
        (HttpMethod::Get, Some(Intent::Act)) if naming.is_bare() => return Vec::new(),
        (HttpMethod::Get, _) if answers_nothing(operation) => return Vec::new(),
        (HttpMethod::Get, _) => Verb::Select,
        // What is read of one item by POST is a secret or an answer to a question, and not what is in a collection.
        (HttpMethod::Post, Some(Intent::Read))
            if naming.is_action() && naming.is_about_an_item() && !naming.is_about_a_property() =>
        {
            return Vec::new();
        }
        (HttpMethod::Post, Some(Intent::Read)) => Verb::Select,
        (HttpMethod::Post, Some(Intent::Act)) => return Vec::new(),
        (HttpMethod::Post, None) if naming.is_action() => return Vec::new(),
        (HttpMethod::Post, None) if naming.is_about_an_item() => Verb::Update,
        (HttpMethod::Post, None) => Verb::Insert,
    };
    vec![verb]
}

/// Whether what comes back on success is only that it succeeded: `204` says that a member is there.
fn answers_nothing(operation: &Operation<'_>) -> bool {
    let Some(responses) = operation.cursor.get("responses") else { return false };
    let mut of_success = responses.entries().filter(|(status, _)| status.starts_with('2')).peekable();
    of_success.peek().is_some()
        && of_success.all(|(_, response)| response.resolve().is_ok_and(|response| response.get("content").is_none()))
}

/// A name that no other method of the resource has. Two operations with the same id are against the rules of OpenAPI;
/// the later ones are told apart by what they are sent with and where.
fn unique(name: String, others: &[DerivedMethod<'_>], operation: &Operation<'_>) -> String {
    let is_taken = |name: &str| others.iter().any(|other| other.name == name);
    if !is_taken(&name) {
        return name;
    }
    let id = operation.cursor.text_of("operationId").unwrap_or_default();
    let path = operation.path_key.split('?').next().unwrap_or_default();
    let place = format!("{} {path}", operation.method.as_str().to_lowercase());
    let candidates = [words::snake(id), words::snake(&place), words::snake(&format!("{id} {place}"))];
    let free = candidates.into_iter().find(|candidate| !candidate.is_empty() && !is_taken(candidate));
    free.unwrap_or_else(|| {
        let mut name = name;
        while is_taken(&name) {
            name.push('_');
        }
        name
    })
}

#[cfg(test)]
mod tests;
