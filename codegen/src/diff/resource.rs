//! The resources of a service.

use std::collections::HashMap;

use bindery_ir::{Column, Fields, Method, Resource, ResourceKind, Service, Verb, View, snake_case};

use super::change::{Change, Changes};
use super::rename::{pair_methods, renamed_resources};
use super::{Rule, method};

/// Compares the resources of two generations of a service.
pub(super) fn diff_all(changes: &mut Changes<'_>, old: &Service, new: &Service) {
    let known = by_name(old);
    let there = by_name(new);
    let is_in =
        |resources: &HashMap<&str, &Resource>, resource: &Resource| resources.contains_key(resource.id.resource());
    let gone: Vec<&Resource> = old.resources.iter().filter(|resource| !is_in(&there, resource)).collect();
    let added: Vec<&Resource> = new.resources.iter().filter(|resource| !is_in(&known, resource)).collect();
    let renamed = renamed_resources(&gone, &added);
    for resource in &new.resources {
        let name = resource.id.resource();
        let mut changes = changes.resource(name);
        if let Some(before) = known.get(name) {
            diff(&mut changes, before, resource);
        } else if let Some(before) = renamed.get(name) {
            let change = Change::new(Rule::ResourceRenamed).from(before.id.resource()).to(name);
            changes.add(change.at(&resource.origin));
            diff(&mut changes, before, resource);
        } else {
            changes.add(Change::new(Rule::ResourceAdded).at(&resource.origin));
        }
    }
    let is_renamed = |resource: &Resource| renamed.values().any(|before| before.id == resource.id);
    for resource in gone.into_iter().filter(|resource| !is_renamed(resource)) {
        changes.resource(resource.id.resource()).add(Change::new(Rule::ResourceRemoved).at(&resource.origin));
    }
}

fn by_name(service: &Service) -> HashMap<&str, &Resource> {
    service.resources.iter().map(|resource| (resource.id.resource(), resource)).collect()
}

fn diff(changes: &mut Changes<'_>, old: &Resource, new: &Resource) {
    if old.kind != new.kind {
        let word = |kind| match kind {
            ResourceKind::Resource => "resource",
            ResourceKind::View => "view",
        };
        let change = Change::new(Rule::ResourceKindChanged).from(word(old.kind)).to(word(new.kind));
        changes.add(change.at(&new.origin));
    }
    if (&old.title, &old.description) != (&new.title, &new.description) {
        changes.add(Change::new(Rule::DescriptionChanged).of("itself").at(&new.origin));
    }
    let pairs = pair_methods(&old.methods, &new.methods);
    for pair in &pairs {
        match pair {
            (Some(before), Some(after)) => method::diff(&mut changes.method(&after.name), before, after),
            (None, Some(added)) => changes.method(&added.name).add(Change::new(Rule::MethodAdded).at(&added.origin)),
            (Some(gone), None) => changes.method(&gone.name).add(Change::new(Rule::MethodRemoved).at(&gone.origin)),
            (None, None) => {}
        }
    }
    diff_choices(changes, old, new, &pairs);
    diff_views(changes, old, new);
}

/// Which method a statement calls that gives exactly what one of the old methods requires.
fn diff_choices(
    changes: &mut Changes<'_>,
    old: &Resource,
    new: &Resource,
    pairs: &[(Option<&Method>, Option<&Method>)],
) {
    for verb in Verb::ALL.into_iter().filter(|verb| *verb != Verb::Exec) {
        for (before, after) in pairs {
            let (Some(before), Some(after)) = (before, after) else { continue };
            let given: Vec<&str> = before.required().map(|parameter| parameter.name.as_str()).collect();
            let (Some(was), Some(is)) = (chosen(old, verb, &given), chosen(new, verb, &given)) else { continue };
            // Only where this method was what such a statement meant, and still is there for it.
            if was.name == before.name && after.verbs.contains(&verb) && is.name != after.name {
                let with = if given.is_empty() { String::new() } else { format!(" with `{}`", given.join("`, `")) };
                let change = Change::new(Rule::ChoiceChanged).of(format!("{verb}{with}")).from(&was.name).to(&is.name);
                changes.add(change.at(&is.origin));
            }
        }
    }
}

/// The first method of a verb that requires nothing else than what is given, and that can do something with all of that:
/// send it, or compare it with what its rows have.
fn chosen<'r>(resource: &'r Resource, verb: Verb, given: &[&str]) -> Option<&'r Method> {
    let is_given = |method: &Method| {
        method.required().all(|parameter| {
            let understood = |name: &&str| method.parameter(name).is_some_and(|found| found.name == parameter.name);
            given.iter().any(understood)
        })
    };
    let is_taken = |method: &Method| {
        let is_column = |name: &&str| {
            let named = |column: &Column| column.name == **name || snake_case(column.name.as_str()) == snake_case(name);
            let documented: &[Column] = match &resource.fields {
                Fields::Known(columns) => columns,
                Fields::Unknown | Fields::NotSelectable => &[],
            };
            method.response.columns.iter().chain(documented).any(named)
        };
        given.iter().all(|name| method.parameter(name).is_some() || is_column(name))
    };
    let serves = |method: &&Method| method.verbs.contains(&verb) && is_given(method) && is_taken(method);
    resource.methods.iter().find(serves)
}

fn diff_views(changes: &mut Changes<'_>, old: &Resource, new: &Resource) {
    let is_same = |a: &View, b: &View| a.dialect == b.dialect && a.required == b.required;
    for view in &new.views {
        match old.views.iter().find(|before| is_same(before, view)) {
            Some(before) if before.ddl == view.ddl => {}
            Some(_) => changes.add(Change::new(Rule::ViewChanged).to(shown(view)).at(&new.origin)),
            None => changes.add(Change::new(Rule::ViewAdded).to(shown(view)).at(&new.origin)),
        }
    }
    for view in old.views.iter().filter(|view| !new.views.iter().any(|other| is_same(view, other))) {
        changes.add(Change::new(Rule::ViewRemoved).from(shown(view)).at(&old.origin));
    }
}

/// The dialect of a view and what it requires.
fn shown(view: &View) -> String {
    let dialect = if view.dialect.is_empty() { "any dialect" } else { &*view.dialect };
    let required: Vec<&str> = view.required.iter().map(bindery_ir::SqlName::as_str).collect();
    format!("{dialect} ({})", required.join(", "))
}
