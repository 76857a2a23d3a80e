//! A service document → its [`Service`], or several.

use bindery_ir::{Column, Response, Rows, Service, ServiceName, SqlName, Text, Type, WireName, snake_case};

use super::config::Config;
use super::document::Cursor;
use super::mapping::{Mapping, ServiceBoundary};
use super::resource::{self, Surroundings};
use super::schema::SchemaReader;
use super::{derive, pagination, vocabulary};
use crate::Diagnostic;

/// What a service document is read with.
pub(super) struct Context<'a> {
    /// The provider's name.
    pub(super) provider: &'a str,
    /// What the document is called.
    pub(super) name: &'a str,
    /// What the document, its entry and the provider say for all methods.
    pub(super) config: Config<'a>,
    /// What is stated about documents that do not map operations themselves.
    pub(super) mapping: &'a Mapping,
}

/// The name of a row that is a scalar and has none.
const ANONYMOUS_COLUMN: &str = "column_anon";

/// Reads a service document: one service, or one for each tag where that is stated.
pub(super) fn read<'a>(root: Cursor<'a>, context: &Context<'a>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Service> {
    vocabulary::check_extensions(root, diagnostics);
    vocabulary::check(root.get("x-stackQL-config"), "service config", diagnostics);
    let by_tag = context.mapping.services == ServiceBoundary::Tag && stated(root, context.mapping).is_none();
    let names = if by_tag { derive::services(root, context.name) } else { vec![context.name.to_owned()] };
    let mut services = Vec::new();
    let mut found = Vec::new();
    for name in &names {
        let (service, again) = read_service(root, name, context);
        services.push(service);
        // Services of one document share its schemas, and what is wrong with them.
        found.extend(again.into_iter().filter(|finding| names.len() == 1 || !diagnostics.contains(finding)));
        diagnostics.append(&mut found);
    }
    services
}

/// The resources that a document states.
pub(super) fn stated<'a>(root: Cursor<'a>, mapping: &Mapping) -> Option<Cursor<'a>> {
    root.path(&["components", "x-stackQL-resources"]).filter(|_| mapping.extensions)
}

fn read_service<'a>(root: Cursor<'a>, name: &str, context: &Context<'a>) -> (Service, Vec<Diagnostic>) {
    let mut service = Service::new(ServiceName::from(name.to_owned()));
    if let Some(info) = root.get("info") {
        service.title = info.prose("title");
        service.description = info.prose("description");
        service.version = info.prose("version");
    }
    service.origin = root.origin();

    let mut schemas = SchemaReader::new(root);
    let surroundings = Surroundings { provider: context.provider, service: name, config: &context.config, root };
    let mut read = Vec::new();
    match stated(root, context.mapping) {
        Some(resources) => {
            for (key, entry) in resources.entries() {
                read.extend(resource::read(key, entry, &surroundings, &mut schemas));
            }
        }
        None => {
            for derived in derive::resources(root, context, name, &mut schemas) {
                read.extend(resource::read_derived(derived, &surroundings, &mut schemas));
            }
        }
    }
    let snake_case_columns = context.config.block("snake_case_aliases").is_some_and(Cursor::is_true);
    for resource in &mut read {
        let id = resource.id.clone();
        for method in resource.methods.to_mut() {
            pagination::leave_alone(method);
            if context.mapping.first_page_only.iter().any(|pattern| pattern.matches_method(&id, method)) {
                pagination::switch_off(&mut method.response.pagination);
            }
            method.response.columns = columns(&method.response, &mut schemas, snake_case_columns).into();
        }
    }
    service.resources = read.into();
    let (schemas, found) = schemas.into_schemas();
    service.schemas = schemas;
    (service, found)
}

/// The columns of a response: the properties of its row; the row itself when it is no object.
fn columns(response: &Response, schemas: &mut SchemaReader<'_>, snake_case_columns: bool) -> Vec<Column> {
    let path = match &response.rows {
        Rows::None => return Vec::new(),
        Rows::One(path) | Rows::Many(path) => path,
    };
    let shown = |name: &str| if snake_case_columns { snake_case(name) } else { name.to_owned() };
    schemas.read_waiting();
    match &response.row {
        Type::Any | Type::Map(_) => Vec::new(),
        Type::Object(row) => (schemas.fields_of(row).iter())
            .filter(|field| field.access != bindery_ir::Access::WriteOnly)
            .map(|field| Column {
                name: match schemas.alias(row.as_str(), field.name.as_str()) {
                    Some(alias) => SqlName::from(alias),
                    None => SqlName::from(shown(field.name.as_str())),
                },
                wire_name: field.name.clone(),
                ty: field.ty.clone(),
                description: field.description.clone(),
            })
            .collect(),
        scalar => {
            let name = path.keys().last().map_or(ANONYMOUS_COLUMN, |key| key);
            vec![Column {
                name: SqlName::from(shown(name)),
                wire_name: WireName::from(name),
                ty: scalar.clone(),
                description: Text::Borrowed(""),
            }]
        }
    }
}
