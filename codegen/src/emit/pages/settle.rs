//! What pages can say of a provider.
//!
//! In: any provider. Out: [`settled`], the same provider with everything in the form in which its pages say it, which
//! is what the pages are written from; and [`documentable`], the provider that reading those pages gives.

use std::collections::HashSet;

use bindery_ir::{
    Adaptation, Auth, Column, Fields, List, Location, Method, Origin, Parameter, Presence, Provider, Resource,
    ResourceKind, Response, Service, SqlName, Style, Text, Type, Verb, View, WireName,
};
use indexmap::IndexMap;

use super::body;
use super::escape::folded;
use crate::merge::{type_documented_rows, view};
use crate::names::{is_field_name, is_harmless, is_parameter_name};

/// What reading a provider's pages gives: all that [`emit_pages`](super::emit_pages) can write down of it.
///
/// Pages hold the names of services, resources and methods, the verbs and the order of the methods, their required and
/// optional parameters in order, types, descriptions, the fields of each method that reads, and the definitions of
/// views. So this keeps those, and:
///
/// * services and resources stand in the order of the paths of their pages, and those without a page are gone;
/// * texts have their white space folded; descriptions of provider and services, titles and versions are gone;
/// * a type is the word that a page has for it, with its format: schemas are `object`, enumerations `string`;
/// * a parameter is described once for all methods of a resource that require it, and once for all where it is
///   optional; a default makes it optional;
/// * rows are typed by the fields of the page, and a resource that nothing reads from says so;
/// * the wire form is gone: HTTP bindings, responses of methods that do not read, and where a parameter goes, save that
///   examples and the prefix `data__` tell most properties of bodies;
/// * what a method can do without comes in the order of the page: first parameters, then properties of the body;
/// * of a view the definitions are kept, one for each SQL dialect; those of a resource with methods are gone;
/// * names that no page may use are gone, with what they name.
///
/// It is the identity on its own results, and on what was read from such pages, origins aside.
pub fn documentable(provider: &Provider) -> Provider {
    let mut provider = settled(provider);
    provider.title = Text::default();
    provider.description = Text::default();
    provider.version = Text::default();
    provider.auth = Auth::NONE;
    provider.auth_block = None;
    for service in provider.services.to_mut() {
        service.title = Text::default();
        service.description = Text::default();
        service.version = Text::default();
        let mut schemas = Vec::new();
        for resource in service.resources.to_mut() {
            let mut methods = std::mem::take(resource.methods.to_mut());
            methods.iter_mut().for_each(forget_wire_form);
            type_documented_rows(resource, &mut methods, &mut schemas);
            resource.methods = methods.into();
        }
        service.schemas = schemas.into();
    }
    provider
}

fn forget_wire_form(method: &mut Method) {
    let columns = std::mem::take(&mut method.response.columns);
    method.response = Response::UNKNOWN;
    if method.verbs.contains(&Verb::Select) {
        method.response.columns = columns;
    }
    method.http = None;
    method.signing_name = None;
    method.adaptation = Adaptation::NONE;
    let locations: Vec<Location> = method.parameters.iter().map(|p| body::location_on_page(method, p)).collect();
    for (parameter, location) in method.parameters.to_mut().iter_mut().zip(locations) {
        parameter.wire_name = WireName::from(parameter.name.as_str());
        parameter.location = location;
        parameter.style = Style::Plain;
    }
}

/// A provider with everything as its pages say it, and with all that helps to show it.
pub(super) fn settled(provider: &Provider) -> Provider {
    let mut provider = provider.clone();
    provider.origin = Origin::UNKNOWN;
    provider.description = text(&provider.description);
    let services = provider.services.to_mut();
    services.retain(|service| is_identity(service.name.as_str()));
    services.iter_mut().for_each(settle_service);
    services.retain(|service| !service.resources.is_empty());
    services.sort_by_cached_key(|service| format!("{}/", service.name));
    provider
}

fn settle_service(service: &mut Service) {
    service.origin = Origin::UNKNOWN;
    service.description = text(&service.description);
    service.schemas = List::EMPTY;
    let resources = service.resources.to_mut();
    resources.retain(|resource| is_identity(resource.id.resource()));
    retain_first(resources, |resource| resource.id.to_string());
    resources.iter_mut().for_each(settle_resource);
    resources.sort_by_cached_key(|resource| format!("{}/", resource.id.resource()));
}

fn settle_resource(resource: &mut Resource) {
    resource.origin = Origin::UNKNOWN;
    resource.title = Text::default();
    resource.description = text(&resource.description);
    if let Fields::Known(columns) = &mut resource.fields {
        settle_columns(columns.to_mut());
    }
    if resource.kind == ResourceKind::View {
        settle_views(resource.views.to_mut());
    } else {
        resource.views = List::EMPTY;
    }
    let known = match &resource.fields {
        Fields::Known(columns) if !columns.is_empty() => columns.clone(),
        Fields::NotSelectable => List::EMPTY,
        Fields::Known(_) | Fields::Unknown => {
            resource.views.first().and_then(|view| view::columns(&view.ddl)).unwrap_or_default()
        }
    };
    let methods = resource.methods.to_mut();
    methods.retain(|method| is_identity(method.name.as_str()));
    retain_first(methods, |method| method.name.to_string());
    for method in methods.iter_mut() {
        settle_method(method);
    }
    // Where no method says what it reads, all read what the resource is known to hold.
    let reads = |method: &&mut Method| method.verbs.contains(&Verb::Select);
    if methods.iter_mut().filter(reads).all(|method| method.response.columns.is_empty()) {
        methods.iter_mut().filter(reads).for_each(|method| method.response.columns = known.clone());
    }
    settle_descriptions(methods);
    resource.fields = fields(resource, known);
}

/// What the Fields section says: the fields of all methods that read, or those that are known without any.
fn fields(resource: &Resource, known: List<Column>) -> Fields {
    let reading = || resource.methods.iter().filter(|method| method.verbs.contains(&Verb::Select));
    let nothing_reads = reading().next().is_none();
    let mut columns: IndexMap<&str, &Column> = IndexMap::new();
    for column in reading().flat_map(|method| &*method.response.columns) {
        columns.entry(column.name.as_str()).or_insert(column);
    }
    // Methods that are listed and none that reads say the same as the sentence.
    let has_other_methods = resource.kind == ResourceKind::Resource && !resource.methods.is_empty();
    if !columns.is_empty() {
        Fields::Known(columns.into_values().cloned().collect())
    } else if nothing_reads && !known.is_empty() {
        Fields::Known(known)
    } else if resource.fields == Fields::NotSelectable || (nothing_reads && has_other_methods) {
        Fields::NotSelectable
    } else {
        Fields::Unknown
    }
}

fn settle_method(method: &mut Method) {
    method.origin = Origin::UNKNOWN;
    method.description = text(&method.description);
    let verbs = method.verbs.to_mut();
    retain_first(verbs, |verb| *verb);
    if verbs.is_empty() {
        verbs.push(Verb::Exec);
    }
    settle_columns(method.response.columns.to_mut());
    let parameters = method.parameters.to_mut();
    parameters.retain(|parameter| is_parameter_name(parameter.name.as_str()));
    parameters.sort_by_key(|parameter| !is_required(parameter));
    retain_first(parameters, |parameter| parameter.name.to_string());
    for parameter in parameters.iter_mut() {
        parameter.origin = Origin::UNKNOWN;
        parameter.description = text(&parameter.description);
        parameter.ty = type_on_page(&parameter.ty);
        if !is_required(parameter) {
            parameter.presence = Presence::Optional;
        }
    }
    // What only the examples name is read behind what the table of methods lists.
    let (mut listed, shown): (Vec<Parameter>, Vec<Parameter>) =
        method.parameters.iter().cloned().partition(|parameter| body::is_listed(method, parameter));
    listed.extend(shown);
    method.parameters = listed.into();
}

/// Gives the parameters of one name one type and one description: of all methods that require it, and of all others.
fn settle_descriptions(methods: &mut [Method]) {
    let mut said: IndexMap<(SqlName, bool), (Type, Text)> = IndexMap::new();
    for parameter in methods.iter().flat_map(|method| &*method.parameters) {
        let key = (parameter.name.clone(), is_required(parameter));
        let (ty, description) = said.entry(key).or_insert((Type::Any, Text::default()));
        if *ty == Type::Any {
            *ty = parameter.ty.clone();
        }
        if description.is_empty() {
            description.clone_from(&parameter.description);
        }
    }
    for parameter in methods.iter_mut().flat_map(|method| method.parameters.to_mut()) {
        if let Some((ty, description)) = said.get(&(parameter.name.clone(), is_required(parameter))) {
            parameter.ty.clone_from(ty);
            parameter.description.clone_from(description);
        }
    }
}

fn settle_columns(columns: &mut Vec<Column>) {
    for column in columns.iter_mut() {
        column.name = SqlName::from(folded(column.name.as_str()));
        column.wire_name = WireName::from(column.name.as_str());
        column.ty = type_on_page(&column.ty);
        column.description = text(&column.description);
    }
    columns.retain(|column| !column.name.as_str().is_empty() && is_field_name(column.name.as_str()));
    retain_first(columns, |column| column.name.to_string());
}

fn settle_views(views: &mut Vec<View>) {
    for view in views.iter_mut() {
        let lines: Vec<&str> = view.ddl.split('\n').map(|line| line.trim_end_matches('\r')).collect();
        *view = view::read(&view.dialect, &lines.join("\n"));
    }
    views.retain(|view| view.dialect.is_empty() || is_harmless(&view.dialect));
    retain_first(views, |view| view.dialect.to_string());
}

/// The type that the word for a type stands for.
fn type_on_page(ty: &Type) -> Type {
    Type::from_datatype(&folded(&ty.to_string()))
}

fn text(text: &str) -> Text {
    Text::Owned(folded(text))
}

pub(super) fn is_required(parameter: &Parameter) -> bool {
    parameter.presence == Presence::Required
}

/// Whether a page may call a service, a resource or a method so.
fn is_identity(name: &str) -> bool {
    is_harmless(name) && !name.contains("..")
}

/// Keeps the first item of each key.
fn retain_first<T, K: std::hash::Hash + Eq>(items: &mut Vec<T>, key: impl Fn(&T) -> K) {
    let mut seen = HashSet::new();
    items.retain(|item| seen.insert(key(item)));
}
