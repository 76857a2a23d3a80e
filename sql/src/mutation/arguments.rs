//! What a statement says → the arguments of its calls, computed by SQLite.
//!
//! A condition that only says parameters is computed as it is. One that says more is about rows: they are looked up,
//! and a call is made for each.

use std::collections::HashSet;

use bindery_ir::{Location, Method, Parameter};

use super::method::{Given, choose, complete, is_known_to};
use super::{Mutation, Shape};
use crate::engine::Shared;
use crate::error::Error;
use crate::lexer::quote;
use crate::parser::{Conjunct, conjuncts, is_constant};
use crate::result::Row;
use crate::value::Value;

/// The method of a statement, and the query for its arguments.
pub(crate) struct ArgumentPlan<'m> {
    pub(crate) method: &'m Method,
    /// A column for each name.
    pub(super) query: String,
    pub(super) names: Vec<String>,
    /// Whether a value behind those of the names is a whole body.
    pub(super) has_body: bool,
    /// The query, when it reads rows of the resource.
    pub(crate) lookup: Option<String>,
}

/// Finds the method of a statement and how its arguments are computed.
pub(crate) fn plan<'m>(engine: &Shared, mutation: &'m Mutation) -> Result<ArgumentPlan<'m>, Error> {
    let resource = mutation.resource();
    let session = engine.session();
    let client = engine.tables.member(resource.id.provider()).and_then(|member| member.client().ok());
    let is_known = |parameter: &Parameter| {
        is_known_to(client.as_ref(), parameter) || engine.default(&session, resource.id.provider(), parameter).is_some()
    };
    match &mutation.shape {
        Shape::Rows { names, source } => {
            let method = choose(resource, mutation.verb, &Given { names, is_known: &is_known })?;
            Ok(ArgumentPlan { method, query: source.clone(), names: names.clone(), has_body: false, lookup: None })
        }
        Shape::Call { method, arguments, body } => {
            let method = resource.methods.get(*method).ok_or_else(|| Error::no_method("EXEC", &mutation.table.name))?;
            let names: Vec<String> = arguments.iter().map(|(name, _)| name.clone()).collect();
            // What a body says is only known when it is computed.
            let has_body = body.is_some();
            let is_known =
                |parameter: &Parameter| is_known(parameter) || (has_body && parameter.location == Location::Body);
            complete(method, &Given { names: &names, is_known: &is_known })?;
            let mut values: Vec<&str> = arguments.iter().map(|(_, value)| value.as_str()).collect();
            values.extend(body.as_deref());
            let values = if values.is_empty() { "NULL".to_owned() } else { listed(&values) };
            Ok(ArgumentPlan { method, query: format!("SELECT {values}"), names, has_body, lookup: None })
        }
        Shape::Change { assignments, condition } => change(mutation, assignments, condition, &is_known),
    }
}

fn listed(values: &[&str]) -> String {
    values.iter().map(|value| format!("({value})")).collect::<Vec<_>>().join(", ")
}

fn change<'m>(
    mutation: &'m Mutation,
    assignments: &[(String, String)],
    condition: &str,
    is_known: &dyn Fn(&Parameter) -> bool,
) -> Result<ArgumentPlan<'m>, Error> {
    let resource = mutation.resource();
    let conjuncts = if condition.is_empty() { Vec::new() } else { conjuncts(condition)? };
    let methods = || resource.methods.iter().filter(|method| method.verbs.contains(&mutation.verb));
    // What is given a new value is a property of the row, which a condition is about as it was before.
    let assigned: HashSet<*const Parameter> = methods()
        .flat_map(|method| assignments.iter().filter_map(|(name, _)| method.parameter(name)))
        .filter(|parameter| parameter.location == Location::Body)
        .map(std::ptr::from_ref)
        .collect();
    let is_assigned = |parameter: &Parameter| assigned.contains(&std::ptr::from_ref(parameter));
    let is_changed = |name: &str| {
        mutation.table.column(name).is_some_and(|column| mutation.table.property(column).is_some())
            && methods().any(|method| method.parameter(name).is_some_and(is_assigned))
    };
    let is_parameter = |name: &str| methods().any(|method| method.parameter(name).is_some()) && !is_changed(name);
    let own_name = |name: &str| name.rsplit_once('.').map_or(name, |(_, last)| last).trim_matches('"').to_owned();
    let mut names: Vec<String> = assignments.iter().map(|(name, _)| name.clone()).collect();
    let mut values: Vec<String> = assignments.iter().map(|(_, value)| format!("({value})")).collect();
    let mut lists: Vec<String> = Vec::new();
    // What is about the rows of the resource, rather than about the call.
    let mut about_rows: Vec<String> = Vec::new();
    for conjunct in &conjuncts {
        match conjunct {
            Conjunct::Equal(name, value) if is_parameter(&own_name(name)) && is_constant(value) => {
                let name = own_name(name);
                if mutation.table.column(&name).is_some() {
                    about_rows.push(format!("{} = ({value})", quote(&name)));
                }
                names.push(name);
                values.push(format!("({value})"));
            }
            Conjunct::In(name, list) if is_parameter(&own_name(name)) && is_constant(&format!("({list})")) => {
                let name = own_name(name);
                if mutation.table.column(&name).is_some() {
                    about_rows.push(format!("{} IN ({list})", quote(&name)));
                }
                let is_query = ["select", "with", "values"].iter().any(|word| {
                    list.trim_start().get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
                });
                let source = if is_query {
                    (*list).to_owned()
                } else {
                    let items = crate::parser::Parser::new(&format!("({list})"))?.list()?.join("), (");
                    format!("VALUES ({items})")
                };
                values.push(format!("list{}.v", lists.len()));
                lists.push(format!("list{}(v) AS (SELECT DISTINCT * FROM ({source}))", lists.len()));
                names.push(name);
            }
            Conjunct::Equal(name, value) => about_rows.push(format!("{name} = {value}")),
            Conjunct::In(name, list) => about_rows.push(format!("{name} IN ({list})")),
            Conjunct::Other(text) => about_rows.push(format!("({text})")),
        }
    }
    let is_direct =
        conjuncts.len() == names.len() - assignments.len() && assignments.iter().all(|(_, value)| is_constant(value));
    if is_direct {
        let method = choose(resource, mutation.verb, &Given { names: &names, is_known })?;
        let with = if lists.is_empty() { String::new() } else { format!("WITH {} ", lists.join(", ")) };
        let from: Vec<String> = (0..lists.len()).map(|at| format!("list{at}")).collect();
        let from = if from.is_empty() { String::new() } else { format!(" FROM {}", from.join(", ")) };
        let values = if values.is_empty() { "NULL".to_owned() } else { values.join(", ") };
        let query = format!("{with}SELECT {values}{from}");
        return Ok(ArgumentPlan { method, query, names, has_body: false, lookup: None });
    }
    lookup(mutation, assignments, names, values, &about_rows, is_known)
}

/// The rows are looked up: what the method needs and the statement does not say is a column of theirs.
fn lookup<'m>(
    mutation: &'m Mutation,
    assignments: &[(String, String)],
    mut names: Vec<String>,
    mut values: Vec<String>,
    about_rows: &[String],
    is_known: &dyn Fn(&Parameter) -> bool,
) -> Result<ArgumentPlan<'m>, Error> {
    let resource = mutation.resource();
    let table = &mutation.table;
    // A list is said of the rows, so the row has the value.
    for (at, value) in values.iter_mut().enumerate().skip(assignments.len()) {
        if value.starts_with("list") {
            *value = names.get(at).map(|name| quote(name)).unwrap_or_default();
        }
    }
    let from_rows = |parameter: &Parameter| {
        table
            .column(parameter.name.as_str())
            .is_some_and(|column| table.candidates.iter().any(|candidate| candidate.carried.contains(&column)))
    };
    let is_known_or_read = |parameter: &Parameter| is_known(parameter) || from_rows(parameter);
    let method =
        choose(resource, mutation.verb, &Given { names: &names, is_known: &is_known_or_read }).map_err(|error| {
            let Error::Unplannable { mut reasons } = error else { return error };
            reasons.push(format!(
                "the condition says more than parameters, so rows are looked up; what a call needs must be said, or be \
                 a column of the rows; a query says it too: `… IN (SELECT name FROM {} WHERE …)`",
                table.name
            ));
            Error::Unplannable { reasons }
        })?;
    for parameter in method.required() {
        let is_said = names.iter().any(|name| method.parameter(name).is_some_and(|said| std::ptr::eq(said, parameter)));
        if !is_said && from_rows(parameter) {
            names.push(parameter.name.to_string());
            values.push(quote(parameter.name.as_str()));
        }
    }
    let condition = if about_rows.is_empty() { String::new() } else { format!(" WHERE {}", about_rows.join(" AND ")) };
    let path: Vec<String> =
        [resource.id.provider(), resource.id.service(), resource.id.resource()].map(quote).into_iter().collect();
    let query = format!("SELECT {} FROM {}{condition}", values.join(", "), path.join("."));
    Ok(ArgumentPlan { method, lookup: Some(query.clone()), query, names, has_body: false })
}

/// The values of a call from a row of the query; behind the named ones may be a whole body.
pub(super) fn row_arguments(
    method: &Method,
    names: &[String],
    has_body: bool,
    row: &Row,
) -> Result<Vec<(usize, Value)>, Error> {
    let values = row.values();
    // Where there is nothing to say, a row has a value all the same.
    let wanted = (names.len() + usize::from(has_body)).max(1);
    if values.len() != wanted {
        let reason = format!("{} names are to be filled, but a row has {} values", names.len(), values.len());
        return Err(Error::Row { reason });
    }
    let place = |parameter: &Parameter| method.parameters.iter().position(|known| std::ptr::eq(known, parameter));
    let mut arguments = Vec::new();
    for (name, value) in names.iter().zip(values) {
        if let Some(at) = method.parameter(name).and_then(place) {
            say(&mut arguments, (at, value.clone()), method)?;
        }
    }
    if let Some(body) = values.get(names.len()).filter(|value| has_body && !value.is_null()) {
        for argument in body_arguments(method, body)? {
            say(&mut arguments, argument, method)?;
        }
    }
    Ok(arguments)
}

/// Adds the value of a parameter. Documentation says properties under two names (`properties`, `data__properties`): that is
/// as good as once where both have the same value, and nobody could tell which one is meant where they have not.
fn say(arguments: &mut Vec<(usize, Value)>, (at, value): (usize, Value), method: &Method) -> Result<(), Error> {
    let Some((_, known)) = arguments.iter_mut().find(|(known, _)| *known == at) else {
        arguments.push((at, value));
        return Ok(());
    };
    if known.is_null() {
        *known = value;
    } else if !value.is_null() && known.to_string() != value.to_string() {
        let name = method.parameters.get(at).map_or("", |parameter| parameter.name.as_str());
        let reason = format!(
            "`{name}` of {} is said twice, with different values: a call takes one, so say it once, under any of its names",
            method.path()
        );
        return Err(Error::Row { reason });
    }
    Ok(())
}

/// The properties of a body that is given as a whole.
fn body_arguments(method: &Method, body: &Value) -> Result<Vec<(usize, Value)>, Error> {
    let in_body: Vec<(usize, &Parameter)> =
        method.parameters.iter().enumerate().filter(|(_, p)| p.location == Location::Body).collect();
    let is_whole = (method.http.as_ref().and_then(|http| http.body.as_ref()))
        .is_some_and(|body| body.content == bindery_ir::BodyContent::Whole);
    if let (true, Some((at, _))) = (is_whole, in_body.first()) {
        return Ok(vec![(*at, body.clone())]);
    }
    let text = body.to_string();
    let properties: std::collections::BTreeMap<String, Box<serde_json::value::RawValue>> = serde_json::from_str(&text)
        .map_err(|error| Error::Row { reason: format!("the body of {} is no JSON object: {error}", method.path()) })?;
    let mut arguments = Vec::new();
    for (name, value) in properties {
        let parameter = in_body.iter().find(|(_, p)| p.wire_name == *name.as_str() || p.name == *name.as_str());
        let Some((at, _)) = parameter else {
            let known = in_body.iter().map(|(_, parameter)| parameter.wire_name.as_str());
            return Err(Error::unknown("property of the body", &name, known));
        };
        let text = value.get();
        let value = serde_json::from_str::<String>(text).map_or_else(|_| Value::from(text), Value::Text);
        arguments.push((*at, if text == "null" { Value::Null } else { value }));
    }
    Ok(arguments)
}
