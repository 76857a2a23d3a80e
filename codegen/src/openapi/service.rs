//! A service document → a [`Service`].

use bindery_ir::{Column, Response, Rows, Service, ServiceName, SqlName, Text, Type, WireName, snake_case};

use super::document::{Cursor, Document};
use super::resource::{self, Surroundings};
use super::schema::SchemaReader;
use crate::Diagnostic;

/// What a service document is read with.
pub(crate) struct Context<'a> {
    /// The provider's name.
    pub(crate) provider: &'a str,
    /// The service's name.
    pub(crate) name: &'a str,
    /// The provider's own pagination block.
    pub(crate) provider_paging: Option<Cursor<'a>>,
    /// Whether columns are shown in `snake_case`.
    pub(crate) snake_case_columns: bool,
}

/// The name of a row that is a scalar and has none.
const ANONYMOUS_COLUMN: &str = "column_anon";

/// Reads a service document.
pub(crate) fn read(document: &Document, context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) -> Service {
    let root = document.root();
    let mut service = Service::new(ServiceName::from(context.name));
    if let Some(info) = root.get("info") {
        service.title = info.prose("title");
        service.description = info.prose("description");
        service.version = info.prose("version");
    }
    service.origin = root.origin();

    let mut schemas = SchemaReader::new(&root);
    let own_paging = root.path(&["x-stackQL-config", "pagination"]);
    let surroundings = Surroundings {
        provider: context.provider.to_owned(),
        service: context.name.to_owned(),
        paging: own_paging.into_iter().chain(context.provider_paging.clone()).collect(),
        root: root.clone(),
    };
    let resources = root.path(&["components", "x-stackQL-resources"]);
    let mut read = Vec::new();
    for (key, entry) in resources.iter().flat_map(Cursor::entries) {
        read.extend(resource::read(key, &entry, &surroundings, &mut schemas));
    }
    for resource in &mut read {
        for method in resource.methods.to_mut() {
            method.response.columns = columns(&method.response, &mut schemas, context.snake_case_columns).into();
        }
    }
    service.resources = read.into();
    let (schemas, mut found) = schemas.into_schemas();
    service.schemas = schemas;
    diagnostics.append(&mut found);
    service
}

/// The columns of a response: the properties of its row; the row itself when it is no object.
fn columns(response: &Response, schemas: &mut SchemaReader<'_>, snake_case_columns: bool) -> Vec<Column> {
    let path = match &response.rows {
        Rows::None => return Vec::new(),
        Rows::One(path) | Rows::Many(path) => path,
    };
    let column = |name: &str, ty: Type, description: Text| Column {
        name: SqlName::from(if snake_case_columns { snake_case(name) } else { name.to_owned() }),
        wire_name: WireName::from(name),
        ty,
        description,
    };
    match &response.row {
        Type::Any | Type::Map(_) => Vec::new(),
        Type::Object(_) => (schemas.fields_of(&response.row).into_iter())
            .filter(|field| field.access != bindery_ir::Access::WriteOnly)
            .map(|field| column(field.name.as_str(), field.ty, field.description))
            .collect(),
        scalar => {
            let name = path.keys().last().map_or(ANONYMOUS_COLUMN, |key| key);
            vec![column(name, scalar.clone(), Text::Borrowed(""))]
        }
    }
}
