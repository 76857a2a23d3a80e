//! The SQL examples of a page: for every verb, a tab for each method it reaches.
//!
//! An example gives every parameter of its method and marks the required ones, so that it can be copied and cut down.

use bindery_ir::{Method, Parameter, Resource, Type, Verb};

use super::body::{is_body, property};
use super::escape;
use super::manifest;
use super::markup::{Tab, fence, tabs};
use super::settle::is_required;

/// The section about a verb; `None` when no method is reached by it.
pub(super) fn section(resource: &Resource, verb: Verb) -> Option<String> {
    let methods: Vec<&Method> = resource.methods.iter().filter(|method| method.verbs.contains(&verb)).collect();
    if methods.is_empty() {
        return None;
    }
    let mut shown: Vec<Tab> = methods.iter().map(|method| tab(method, verb)).collect();
    if verb == Verb::Insert {
        shown.push(manifest::tab(resource, &methods));
    }
    let heading = match verb {
        Verb::Exec => "Lifecycle Methods".to_owned(),
        verb => format!("`{verb}` examples"),
    };
    Some(format!("## {heading}\n\n{}", tabs(&shown)))
}

fn tab(method: &Method, verb: Verb) -> Tab {
    let sql = fence("sql", &statement(method, verb));
    let description = &method.description;
    let content = if description.is_empty() { sql } else { format!("{}\n\n{sql}", escape::paragraph(description)) };
    Tab::named(method.name.as_str(), content)
}

/// The statement that calls a method.
fn statement(method: &Method, verb: Verb) -> String {
    let table = &method.resource;
    let all: Vec<&Parameter> = method.parameters.iter().collect();
    let (body, others): (Vec<&Parameter>, Vec<&Parameter>) = all.iter().partition(|parameter| is_body(parameter));
    match verb {
        Verb::Select => format!("SELECT\n{}\nFROM {table}{}\n;", columns(method), conditions(&all)),
        Verb::Delete => format!("DELETE FROM {table}{}\n;", conditions(&all)),
        Verb::Insert => insert(method, &[body, others].concat()),
        Verb::Update | Verb::Replace => {
            format!("{verb} {table}\nSET\n{}{}{}\n;", assignments(&body), conditions(&others), returning(method))
        }
        Verb::Exec => format!("EXEC {table}.{}{}{}\n;", method.name, arguments(&others), json(&body)),
    }
}

fn columns(method: &Method) -> String {
    let names: Vec<String> = method.response.columns.iter().map(|column| quoted(column.name.as_str())).collect();
    if names.is_empty() { "*".to_owned() } else { names.join(",\n") }
}

fn returning(method: &Method) -> String {
    if method.response.columns.is_empty() { String::new() } else { format!("\nRETURNING\n{}", columns(method)) }
}

fn conditions(parameters: &[&Parameter]) -> String {
    let mut text = String::new();
    for (index, parameter) in parameters.iter().enumerate() {
        let word = if index == 0 { "WHERE" } else { "AND" };
        let mark = if is_required(parameter) { " -- required" } else { "" };
        let name = quoted(parameter.name.as_str());
        text.push_str(&format!("\n{word} {name} = '{}'{mark}", placeholder(parameter)));
    }
    text
}

fn insert(method: &Method, parameters: &[&Parameter]) -> String {
    let names: Vec<String> = parameters.iter().map(|parameter| quoted(parameter.name.as_str())).collect();
    let values: Vec<String> = parameters.iter().map(|parameter| marked_value(parameter)).collect();
    let (names, values) = (names.join(",\n"), values.join(",\n"));
    format!("INSERT INTO {} (\n{names}\n)\nSELECT\n{values}{}\n;", method.resource, returning(method))
}

fn assignments(body: &[&Parameter]) -> String {
    if body.is_empty() {
        return "-- this method changes nothing by itself".to_owned();
    }
    let pairs: Vec<String> = (body.iter())
        .map(|parameter| format!("{} = {}", quoted(parameter.name.as_str()), marked_value(parameter)))
        .collect();
    pairs.join(",\n")
}

fn arguments(parameters: &[&Parameter]) -> String {
    let last = parameters.len().saturating_sub(1);
    let mut text = String::new();
    for (index, parameter) in parameters.iter().enumerate() {
        let separator = if index < last { "," } else { "" };
        let mark = if is_required(parameter) { " -- required" } else { "" };
        text.push_str(&format!("\n@{}={}{separator}{mark}", parameter.name, value(parameter)));
    }
    text
}

/// The body of an `EXEC`.
fn json(body: &[&Parameter]) -> String {
    if body.is_empty() {
        return String::new();
    }
    let properties: Vec<String> = (body.iter())
        .map(|parameter| {
            let value = placeholder(parameter);
            let value = if is_bare(&parameter.ty) { value } else { format!("\"{value}\"") };
            format!("\"{}\": {value}", property(parameter))
        })
        .collect();
    format!("\n@@json=\n'{{\n{}\n}}'", properties.join(",\n"))
}

fn marked_value(parameter: &Parameter) -> String {
    let mark = if is_required(parameter) { " /* required */" } else { "" };
    format!("{}{mark}", value(parameter))
}

fn value(parameter: &Parameter) -> String {
    let placeholder = placeholder(parameter);
    if is_bare(&parameter.ty) { placeholder } else { format!("'{placeholder}'") }
}

/// What stands for the value: the name of the parameter, or of the property of the body.
pub(super) fn placeholder(parameter: &Parameter) -> String {
    format!("{{{{ {} }}}}", property(parameter))
}

/// Whether a value of a type stands without quotes.
fn is_bare(ty: &Type) -> bool {
    matches!(ty, Type::Boolean | Type::Integer(_) | Type::Number(_))
}

/// A name as documentation writes it: bare as far as a reader of statements can tell where it ends.
fn quoted(name: &str) -> String {
    const KEYWORDS: [&str; 11] =
        ["FROM", "WHERE", "AND", "IN", "SET", "SELECT", "RETURNING", "GROUP", "ORDER", "LIMIT", "UNION"];
    let ends_word = |c: char| c.is_whitespace() || "'\"`(),;=<>!|*/{}".contains(c);
    let is_bare = !name.is_empty()
        && !name.contains(ends_word)
        && !name.contains("--")
        && !KEYWORDS.iter().any(|keyword| name.eq_ignore_ascii_case(keyword));
    if is_bare { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}
