//! The tables of a page: fields, methods, parameters.

use bindery_ir::{Column, Method, Parameter, Resource, Type};
use indexmap::IndexMap;

use super::body::is_listed;
use super::escape;
use super::markup::{Row, copyable, table};
use super::settle::is_required;

/// The fields of a row.
pub(super) fn columns(columns: &[Column]) -> String {
    let rows: Vec<Row> = (columns.iter())
        .map(|column| Row { anchor: None, cells: described(column.name.as_str(), &column.ty, &column.description) })
        .collect();
    table(&["Name", "Datatype", "Description"], &rows)
}

/// The methods, each once for every verb that reaches it.
pub(super) fn methods(resource: &Resource) -> String {
    if resource.methods.is_empty() {
        return "No additional methods available for this resource.\n".to_owned();
    }
    let mut rows = Vec::new();
    for method in &resource.methods {
        for (index, verb) in method.verbs.iter().enumerate() {
            let name = method.name.as_str();
            let link = format!("<a href=\"#{}\">{}</a>", escape::attribute(name), copyable(name));
            rows.push(Row {
                // The links of all rows lead to the first one.
                anchor: (index == 0).then(|| name.to_owned()),
                cells: vec![
                    link,
                    copyable(&verb.as_str().to_ascii_lowercase()),
                    links(method, true),
                    links(method, false),
                    escape::inline(&method.description),
                ],
            });
        }
    }
    let headings = ["Name", "Accessible by", "Required Params", "Optional Params", "Description"];
    format!("What can be done with this resource:\n\n{}", table(&headings, &rows))
}

fn links(method: &Method, required: bool) -> String {
    let is_shown = |parameter: &&Parameter| is_required(parameter) == required && is_listed(method, parameter);
    let parameters = method.parameters.iter().filter(is_shown);
    let link = |parameter: &Parameter| {
        let name = parameter.name.as_str();
        format!("<a href=\"#parameter-{}\"><code>{}</code></a>", escape::attribute(name), escape::code(name))
    };
    parameters.map(link).collect::<Vec<_>>().join(", ")
}

/// All parameters of all methods: the required ones by name, then the optional ones by name. A name stands in both
/// parts where the two say different things.
pub(super) fn parameters(resource: &Resource) -> String {
    let mut distinct: IndexMap<(bool, &str), &Parameter> = IndexMap::new();
    for parameter in resource.methods.iter().flat_map(|method| &*method.parameters) {
        distinct.entry((!is_required(parameter), parameter.name.as_str())).or_insert(parameter);
    }
    distinct.sort_keys();
    let is_said = |name: &str, optional: &Parameter| {
        let required = distinct.get(&(false, name));
        required.is_some_and(|said| said.ty == optional.ty && said.description == optional.description)
    };
    let rows: Vec<Row> = (distinct.iter())
        .filter(|((is_optional, name), parameter)| !(*is_optional && is_said(name, parameter)))
        .map(|((_, name), parameter)| Row {
            anchor: Some(format!("parameter-{name}")),
            cells: described(name, &parameter.ty, &parameter.description),
        })
        .collect();
    let intro = "A statement gives parameters in its `WHERE` clause, `EXEC` as arguments. [Methods](#methods) says which \
                 of them a method requires.";
    format!("{intro}\n\n{}", table(&["Name", "Datatype", "Description"], &rows))
}

fn described(name: &str, ty: &Type, description: &str) -> Vec<String> {
    let datatype = format!("<code>{}</code>", escape::code(&ty.to_string()));
    vec![copyable(name), datatype, escape::inline(description)]
}
