//! A resource → its module: the descriptor, the row type, a request type per method; below them the table of the
//! row's fields and the descriptor of the resource, which nobody reads for pleasure.

use bindery_ir::{Fields, SchemaName};

use super::code::Code;
use super::plan::{ResourcePlan, Row, ServicePlan};
use super::request::Place;
use super::rust_type::Scope;
use super::{descriptor, doc, name, request, types};

/// Emits the module of a resource.
///
/// # Errors
/// When the resource has no JSON form.
pub(crate) fn emit(
    resource: &ResourcePlan<'_>,
    place: &Place<'_>,
    plan: &ServicePlan<'_>,
    code: &mut Code,
) -> Result<(), serde_json::Error> {
    let descriptor = descriptor::resource(resource.resource)?;
    let mut items = code.part();
    items.doc(&format!("What {} is and can do.", doc::code(resource.resource.id.as_str())));
    items.line("pub static RESOURCE: ir::EmbeddedResource = ir::EmbeddedResource::new(DESCRIPTOR);");
    let mut tables = Vec::new();
    match &resource.row {
        Some(Row::Own(schema)) => {
            if let Some(home) = plan.home(&schema.name) {
                items.blank();
                types::emit(home, Scope { plan, module: &resource.module }, &mut items);
                tables.push(home);
            }
        }
        Some(Row::Shown(schema, shown)) => show_row(schema, shown, plan, &mut items),
        None => {}
    }
    for (index, request) in resource.requests.iter().enumerate() {
        items.blank();
        request::emit(request, index, place, plan, &mut items);
    }
    types::emit_tables(&tables, &mut items);
    items.blank();
    items.raw("const DESCRIPTOR: &str = ", &descriptor, ";");

    code.inner_docs(&module_doc(resource));
    code.imports(&items);
    code.append(&items);
    Ok(())
}

/// The row of this resource lives in another module; here it has the resource's name.
fn show_row(schema: &SchemaName, shown: &str, plan: &ServicePlan<'_>, code: &mut Code) {
    let Some(home) = plan.home(schema) else { return };
    let (module, original) = (name::ident(&home.module), name::ident(&home.name));
    code.blank();
    if home.name == shown {
        code.line(format_args!("pub use super::{module}::{original};"));
    } else {
        code.line(format_args!("pub use super::{module}::{original} as {};", name::ident(shown)));
    }
}

fn module_doc(resource: &ResourcePlan<'_>) -> Vec<String> {
    let resource = resource.resource;
    let mut lines = vec![format!("The resource {}.", doc::code(resource.id.as_str()))];
    let description = doc::paragraphs(&resource.description);
    if !description.is_empty() {
        lines.push(String::new());
        lines.extend(description);
    }
    match &resource.fields {
        Fields::NotSelectable => {
            lines.extend([String::new(), "Its documentation says that it cannot be selected from.".to_owned()]);
        }
        Fields::Unknown | Fields::Known(_) => {}
    }
    lines
}
