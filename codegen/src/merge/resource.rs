//! A page joins its resource.

use bindery_ir::{
    Access, Column, Field, Fields, JsonPath, Method, Origin, Resource, ResourceKind, Rows, Schema, SchemaName,
    SchemaShape, SqlName, Text, Type, Verb, View, WireName, snake_case,
};
use indexmap::IndexMap;

use super::method;
use crate::Diagnostic;
use crate::docs::{FieldRow, FieldsSection, MethodRow, Page, PageKind};

/// Puts what a page says into the resource that OpenAPI described, or that is new.
pub(super) fn document(
    resource: &mut Resource,
    page: &Page,
    schemas: &mut Vec<Schema>,
    findings: &mut Vec<Diagnostic>,
) {
    if resource.description.is_empty() {
        resource.description = Text::Owned(page.summary.clone());
    }
    if resource.origin.is_unknown() {
        resource.origin = Origin::line(page.path.clone(), 1);
    }
    if page.kind == PageKind::View {
        resource.kind = ResourceKind::View;
        let views = page.view_ddl.iter().map(|(dialect, ddl)| View {
            dialect: Text::Owned(dialect.to_lowercase()),
            required: bindery_ir::List::EMPTY,
            ddl: Text::Owned(ddl.clone()),
        });
        if resource.views.is_empty() {
            resource.views = views.collect();
        }
    }
    resource.fields = fields(&page.fields);

    let mut on_the_wire: IndexMap<String, Method> =
        resource.methods.iter().map(|method| (method.name.to_string(), method.clone())).collect();
    let mut methods: Vec<Method> = Vec::new();
    for (name, rows) in rows_by_method(&page.methods) {
        let wire = on_the_wire.shift_remove(name.as_str()).or_else(|| take_by_casing(&mut on_the_wire, name));
        methods.push(method::document(&resource.id, page, &rows, wire, findings));
    }
    for (_, method) in on_the_wire {
        if page.kind == PageKind::Resource {
            let message = format!("the page does not list the method `{}`", method.name);
            findings.push(
                Diagnostic::warning("merge/undocumented-method", method.origin.clone(), message)
                    .assuming("it comes after the documented ones")
                    .with_hint("list it on the page"),
            );
        }
        methods.push(method);
    }
    describe_columns(&mut methods, &resource.fields);
    type_documented_rows(resource, &mut methods, schemas);
    resource.methods = methods.into();
}

/// A method that serves two verbs has two rows.
fn rows_by_method(rows: &[MethodRow]) -> IndexMap<&SqlName, Vec<&MethodRow>> {
    let mut methods: IndexMap<&SqlName, Vec<&MethodRow>> = IndexMap::new();
    for row in rows {
        methods.entry(&row.name).or_default().push(row);
    }
    methods
}

/// The method of the wire that has the documented name in another casing.
fn take_by_casing(on_the_wire: &mut IndexMap<String, Method>, name: &SqlName) -> Option<Method> {
    let wanted = snake_case(name.as_str());
    let key = on_the_wire.keys().find(|key| snake_case(key) == wanted)?.clone();
    on_the_wire.shift_remove(&key)
}

/// What a page says about the fields of a row. The tabs of a resource's own methods describe the same row, and the
/// tab of its view describes another table: their union is taken, without the view's.
fn fields(section: &FieldsSection) -> Fields {
    match section {
        FieldsSection::Unknown => Fields::Unknown,
        FieldsSection::NotSelectable => Fields::NotSelectable,
        FieldsSection::Known(tabs) => {
            let view_only = tabs.iter().any(|tab| tab.tab == "resource");
            let mut columns: IndexMap<&str, Column> = IndexMap::new();
            let rows = tabs.iter().filter(|tab| !(view_only && tab.tab == "view")).flat_map(|tab| &tab.rows);
            for row in rows.filter(|row| !row.name.is_empty()) {
                columns.entry(&row.name).or_insert_with(|| column(row));
            }
            Fields::Known(columns.into_values().collect())
        }
    }
}

fn column(row: &FieldRow) -> Column {
    Column {
        name: SqlName::from(row.name.as_str()),
        wire_name: WireName::from(row.name.as_str()),
        ty: Type::from_datatype(&row.datatype),
        description: Text::Owned(row.description.clone()),
    }
}

/// Gives columns the name and the description that the page has for them.
fn describe_columns(methods: &mut [Method], fields: &Fields) {
    let Fields::Known(documented) = fields else { return };
    for column in methods.iter_mut().flat_map(|method| method.response.columns.to_mut()) {
        let exact = documented.iter().find(|field| field.name == *column.wire_name.as_str());
        let by_casing =
            || documented.iter().find(|field| snake_case(field.name.as_str()) == snake_case(column.wire_name.as_str()));
        if let Some(field) = exact.or_else(by_casing) {
            column.name = field.name.clone();
            if column.description.is_empty() {
                column.description.clone_from(&field.description);
            }
        }
    }
}

/// Where only the page knows the fields of a row, they become a schema, so that the row is typed all the same.
fn type_documented_rows(resource: &Resource, methods: &mut [Method], schemas: &mut Vec<Schema>) {
    let Fields::Known(columns) = &resource.fields else { return };
    let untyped =
        |method: &&mut Method| method.http.is_none() && method.verbs.contains(&Verb::Select) && !columns.is_empty();
    let mut name = resource.id.resource().to_owned();
    while schemas.iter().any(|schema| schema.name == *name.as_str()) {
        name.push_str(" row");
    }
    let name = SchemaName::from(name);
    let mut used = false;
    for method in methods.iter_mut().filter(untyped) {
        method.response.rows = Rows::Many(JsonPath::ROOT);
        method.response.row = Type::Object(name.clone());
        method.response.columns = columns.clone();
        used = true;
    }
    if used {
        let fields = columns.iter().map(|column| Field {
            name: column.wire_name.clone(),
            ty: column.ty.clone(),
            access: Access::ReadWrite,
            description: column.description.clone(),
        });
        schemas.push(Schema {
            name,
            description: resource.description.clone(),
            shape: SchemaShape::Struct(fields.collect()),
            origin: resource.origin.clone(),
        });
    }
}
