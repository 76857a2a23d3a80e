//! A page joins its resource.

use bindery_ir::{
    Access, Column, Field, Fields, JsonPath, List, Method, Origin, Resource, ResourceKind, Rows, Schema, SchemaName,
    SchemaShape, SqlName, Text, Type, Verb, View, WireName, snake_case,
};
use indexmap::IndexMap;

use super::{body, manifest, method, view};
use crate::Diagnostic;
use crate::docs::{FieldRow, FieldsSection, FieldsTab, MethodRow, Page, PageKind};

/// Puts what a page says into the resource that OpenAPI described, or that is new.
pub(crate) fn document(
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
        if resource.views.is_empty() {
            resource.views = page.view_ddl.iter().map(|(dialect, ddl)| view::read(dialect, ddl)).collect();
        }
    }
    resource.fields = fields(page, &resource.views);

    let mut on_the_wire: IndexMap<String, Method> =
        resource.methods.iter().map(|method| (method.name.to_string(), method.clone())).collect();
    let mut methods: Vec<Method> = Vec::new();
    let types = manifest::types(page);
    for (name, rows) in rows_by_method(&page.methods) {
        let wire = on_the_wire.shift_remove(name.as_str()).or_else(|| take_by_casing(&mut on_the_wire, name));
        let mut method = method::document(&resource.id, page, &rows, wire, findings);
        body::take_types(&mut method, &types);
        methods.push(method);
    }
    for (_, method) in on_the_wire {
        if page.kind == PageKind::Resource {
            let message = format!("the page does not list the method `{}`", method.path());
            findings.push(
                Diagnostic::warning("merge/undocumented-method", method.origin.clone(), message)
                    .against(Origin::line(page.path.clone(), 1))
                    .assuming("it comes after the documented ones")
                    .with_hint("list it on the page"),
            );
        }
        methods.push(method);
    }
    describe_columns(&mut methods, &resource.fields);
    take_documented_columns(&mut methods, page, &resource.fields);
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
/// tab of its view describes another table: their union is taken, without the view's. The page of a view has no
/// table; its fields are the columns of its definition.
fn fields(page: &Page, views: &[View]) -> Fields {
    match &page.fields {
        FieldsSection::Unknown => {
            views.first().and_then(|view| view::columns(&view.ddl)).map_or(Fields::Unknown, Fields::Known)
        }
        FieldsSection::NotSelectable => Fields::NotSelectable,
        FieldsSection::Known(tabs) => {
            let is_method = |name: &str| page.methods.iter().any(|method| method.name == *name);
            let is_other_table = |tab: &&FieldsTab| {
                tab.tab == "view" && !is_method("view") && tabs.iter().any(|tab| tab.tab == "resource")
            };
            Fields::Known(distinct(tabs.iter().filter(|tab| !is_other_table(tab))))
        }
    }
}

/// The columns of tables, each name once; rows without a name have nothing to be called by.
fn distinct<'p>(tabs: impl Iterator<Item = &'p FieldsTab>) -> List<Column> {
    let mut columns: IndexMap<&str, Column> = IndexMap::new();
    for row in tabs.flat_map(|tab| &tab.rows).filter(|row| !row.name.is_empty()) {
        columns.entry(&row.name).or_insert_with(|| column(row));
    }
    columns.into_values().collect()
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

/// Whether only the page can tell what a method reads.
fn is_read_by_page(method: &Method) -> bool {
    method.http.is_none() && method.verbs.contains(&Verb::Select)
}

/// Gives the methods without a wire form the columns of their own tab, or else those that the page has for all.
fn take_documented_columns(methods: &mut [Method], page: &Page, fields: &Fields) {
    let Fields::Known(all) = fields else { return };
    let tabs = match &page.fields {
        FieldsSection::Known(tabs) => tabs.as_slice(),
        FieldsSection::Unknown | FieldsSection::NotSelectable => &[],
    };
    for method in methods.iter_mut().filter(|method| is_read_by_page(method)) {
        method.response.columns = match tabs.iter().find(|tab| method.name == *tab.tab) {
            Some(tab) => distinct(std::iter::once(tab)),
            None => all.clone(),
        };
    }
}

/// Where only the page knows the fields of a row, they become a schema, so that the row is typed all the same.
pub(crate) fn type_documented_rows(resource: &Resource, methods: &mut [Method], schemas: &mut Vec<Schema>) {
    let Fields::Known(columns) = &resource.fields else { return };
    if columns.is_empty() || !methods.iter().any(is_read_by_page) {
        return;
    }
    let mut name = resource.id.resource().to_owned();
    while schemas.iter().any(|schema| schema.name == *name.as_str()) {
        name.push_str(" row");
    }
    let name = SchemaName::from(name);
    for method in methods.iter_mut().filter(|method| is_read_by_page(method)) {
        method.response.rows = Rows::Many(JsonPath::ROOT);
        method.response.row = Type::Object(name.clone());
    }
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
