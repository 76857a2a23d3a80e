//! A method: its name and verbs, its request, its parameters.

use std::collections::HashMap;

use bindery_ir::{HttpBinding, Location, Method, Parameter, Presence, SqlName, Type};

use super::Rule;
use super::change::{Change, Changes};
use super::response;
use super::schema::{is_same_type, type_name};

/// Compares two generations of a method.
pub(super) fn diff(changes: &mut Changes<'_>, old: &Method, new: &Method) {
    let origin = &new.origin;
    if old.name != new.name {
        changes.add(Change::new(Rule::MethodRenamed).from(&old.name).to(&new.name).at(origin));
    }
    for verb in new.verbs.iter().filter(|verb| !old.verbs.contains(verb)) {
        changes.add(Change::new(Rule::VerbAdded).to(verb).at(origin));
    }
    for verb in old.verbs.iter().filter(|verb| !new.verbs.contains(verb)) {
        changes.add(Change::new(Rule::VerbRemoved).from(verb).at(origin));
    }
    match (&old.http, &new.http) {
        (None, Some(_)) => changes.add(Change::new(Rule::WireFormAdded).at(origin)),
        (Some(_), None) => changes.add(Change::new(Rule::WireFormRemoved).at(origin)),
        (Some(before), Some(after)) if request(before) != request(after) => {
            changes.add(Change::new(Rule::RequestChanged).from(request(before)).to(request(after)).at(origin));
        }
        _ => {}
    }
    diff_parameters(changes, old, new);
    response::diff(changes, old, new);
    if is_described_otherwise(old, new) {
        changes.add(Change::new(Rule::DescriptionChanged).of("itself").at(origin));
    }
}

/// `POST https://api.example.org/pets?version=2 (application/json)`.
fn request(http: &HttpBinding) -> String {
    let server = http.servers.first().map_or("", |server| &server.url);
    let query: Vec<String> = http.query.iter().map(|pair| format!("{}={}", pair.name, pair.value)).collect();
    let question = if query.is_empty() { "" } else { "?" };
    let body = http.body.as_ref().map(|body| format!(" ({})", body.media_type)).unwrap_or_default();
    format!("{} {server}{}{question}{}{body}", http.method, http.path, query.join("&"))
}

fn diff_parameters(changes: &mut Changes<'_>, old: &Method, new: &Method) {
    let mut before = Before::new(old);
    for parameter in &new.parameters {
        match before.take(parameter) {
            Some(old) => diff_parameter(changes, old, parameter, new),
            None => {
                let rule = match parameter.presence {
                    Presence::Required => Rule::ParameterRequired,
                    Presence::Optional | Presence::Default(_) => Rule::ParameterAdded,
                };
                changes.add(Change::new(rule).of(&parameter.name).at(&parameter.origin));
            }
        }
    }
    let gone: Vec<&Parameter> = old.parameters.iter().filter(|parameter| !before.was_taken(parameter)).collect();
    for parameter in &gone {
        changes.add(Change::new(Rule::ParameterRemoved).of(&parameter.name).at(&parameter.origin));
    }
    diff_order(changes, old, new);
}

/// The arguments that both generations require, in their two orders.
fn diff_order(changes: &mut Changes<'_>, old: &Method, new: &Method) {
    let common = |of: &Method, other: &Method| -> Vec<String> {
        let is_required = |name: &str| other.required().any(|parameter| parameter.name == *name);
        of.required().map(|parameter| parameter.name.to_string()).filter(|name| is_required(name)).collect()
    };
    let (was, is) = (common(old, new), common(new, old));
    if was != is {
        let change = Change::new(Rule::ParameterOrderChanged).from(was.join(", ")).to(is.join(", "));
        changes.add(change.at(&new.origin));
    }
}

/// The parameters of the old generation that were not found in the new one yet.
struct Before<'m> {
    by_wire: HashMap<(Location, &'m str), &'m Parameter>,
    by_name: HashMap<&'m str, &'m Parameter>,
    by_bare_name: HashMap<&'m str, &'m Parameter>,
    taken: Vec<*const Parameter>,
}

impl<'m> Before<'m> {
    fn new(method: &'m Method) -> Self {
        let parameters = method.parameters.iter();
        Self {
            by_wire: parameters.clone().map(|p| ((p.location, p.wire_name.as_str()), p)).collect(),
            by_name: parameters.clone().map(|p| (p.name.as_str(), p)).collect(),
            by_bare_name: parameters.map(|p| (bare(&p.name), p)).collect(),
            taken: Vec::new(),
        }
    }

    /// The old parameter that a new one is: with the same name, or else in the same place of the request.
    fn take(&mut self, parameter: &Parameter) -> Option<&'m Parameter> {
        let same_name = self.by_name.get(parameter.name.as_str()).copied();
        let same_place = || self.by_wire.get(&(parameter.location, parameter.wire_name.as_str())).copied();
        let same_property = || self.by_bare_name.get(bare(&parameter.name)).copied();
        let found = same_name.or_else(same_place).or_else(same_property).filter(|found| !self.was_taken(found))?;
        self.taken.push(found);
        Some(found)
    }

    fn was_taken(&self, parameter: &Parameter) -> bool {
        self.taken.contains(&std::ptr::from_ref(parameter))
    }
}

/// A name without the mark of a property of the body, which one generation of documentation writes and another does not.
fn bare(name: &SqlName) -> &str {
    name.as_str().strip_prefix("data__").unwrap_or(name.as_str())
}

fn diff_parameter(changes: &mut Changes<'_>, old: &Parameter, new: &Parameter, method: &Method) {
    let mut add = |rule, before: String, after: String| {
        changes.add(Change::new(rule).of(&new.name).from(before).to(after).at(&new.origin));
    };
    if old.name != new.name {
        let is_understood = method.parameter(old.name.as_str()).is_some_and(|found| found.name == new.name);
        let rule = if is_understood { Rule::ParameterRespelled } else { Rule::ParameterRenamed };
        add(rule, old.name.to_string(), new.name.to_string());
    }
    match (&old.presence, &new.presence) {
        (Presence::Required, Presence::Required) => {}
        (_, Presence::Required) => add(Rule::ParameterNowRequired, String::new(), String::new()),
        (Presence::Required, _) => add(Rule::ParameterNowOptional, String::new(), String::new()),
        (before, after) if before != after => add(Rule::ParameterDefaultChanged, default(before), default(after)),
        _ => {}
    }
    if !is_same_type(&old.ty, &new.ty) {
        let rule = if old.ty == Type::Any { Rule::ParameterTyped } else { Rule::ParameterRetyped };
        add(rule, type_name(&old.ty), type_name(&new.ty));
    } else if old.ty != new.ty {
        add(Rule::ParameterFormatChanged, type_name(&old.ty), type_name(&new.ty));
    }
}

fn default(presence: &Presence) -> String {
    match presence {
        Presence::Default(value) => format!("`{value}`"),
        Presence::Required | Presence::Optional => "left out".to_owned(),
    }
}

/// Whether a method, its parameters or its columns are described in other words.
fn is_described_otherwise(old: &Method, new: &Method) -> bool {
    let parameter =
        |new: &Parameter| old.parameters.iter().any(|old| old.name == new.name && old.description != new.description);
    let column = |new: &bindery_ir::Column| {
        old.response.columns.iter().any(|old| old.name == new.name && old.description != new.description)
    };
    old.description != new.description
        || new.parameters.iter().any(parameter)
        || new.response.columns.iter().any(column)
}
