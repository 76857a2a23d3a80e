//! Posting to a collection: which kind of item comes into being, and under which values.

use std::cmp::Reverse;

use bindery_ir::Type;
use serde_json::{Map, Value};

use crate::call::{Call, World};
use crate::failure::Failure;
use crate::identity::Identity;
use crate::item::{Outcome, columns, require_room};
use crate::json::{last_word, same_name};
use crate::message::Reply;
use crate::route::NodeId;
use crate::sample;
use crate::store::Store;

/// Puts the body into the collection as a new item.
pub(crate) fn create(world: &World, call: &Call<'_>, store: &mut Store) -> Outcome {
    let topology = &world.topology;
    let Some(node) = target(world, call) else {
        return Err(Failure::NotFound { path: call.request.path.clone() });
    };
    let own_parent = Some(call.node).filter(|&node| topology.is_creatable(node));
    require_room(world, call, store, own_parent.or_else(|| topology.creatable_parent(call.node)))?;

    let mut values = parents(world, call, node);
    let mut number = store.next_number(node);
    let sent = sent_key(world, call, node);
    let given = sent.is_some();
    values.push(sent.unwrap_or_else(|| made_key(world, call, node, number)));
    while !given && store.get(node, &values).is_some() {
        number = store.next_number(node);
        values.pop();
        values.push(made_key(world, call, node, number));
    }
    let identity = Identity { node, values: &values, number, posted_to: Some(&call.request.path) };
    if store.get(node, &values).is_some() {
        return Err(Failure::Conflict { path: identity.path(world) });
    }
    let mut body = call.body.clone().unwrap_or_else(|| Value::Object(Map::new()));
    identity.fill(world, columns(world, call, node), &mut body);
    if !topology.is_visible(node) {
        // Nobody will see it again, as with a token that is handed out once: the answer is all there is.
        if let Value::Object(known) = body {
            body = sample::row(Some(call.service), &call.method.response.columns, number, known);
        }
        return Ok(Reply::new(call.status_or(201)).with_body(call.row(body)));
    }
    let common = topology.routes.common_arity(node, call.node);
    let remembered = call.names.iter().cloned().zip(call.values.iter().cloned()).skip(common).collect();
    let item = store.create(node, values, remembered, number, body);
    Ok(call.show(call.status_or(201), item))
}

/// The kind of item that comes into being: the one that shares most of the collection's path.
fn target(world: &World, call: &Call<'_>) -> Option<NodeId> {
    let routes = &world.topology.routes;
    let nodes = world.topology.items_of(call.node, &call.method.resource);
    nodes.into_iter().min_by_key(|&node| {
        (Reverse(routes.common_arity(node, call.node)), routes.node(node).map_or(0, |node| node.arity))
    })
}

/// The values of all variables but the last: from the common path, then by name, then the one that is left
/// over, then from the body, and for want of anything else a sample.
fn parents(world: &World, call: &Call<'_>, node: NodeId) -> Vec<String> {
    let topology = &world.topology;
    let common = topology.routes.common_arity(node, call.node);
    let arity = topology.routes.node(node).map_or(1, |node| node.arity);
    let mut given: Vec<(&str, &str)> =
        call.names.iter().map(String::as_str).zip(call.values.iter().map(String::as_str)).skip(common).collect();
    let mut bound: Vec<Option<String>> = Vec::new();
    for position in 0..arity.saturating_sub(1) {
        let shared = call.values.get(position).filter(|_| position < common).cloned();
        bound.push(shared.or_else(|| {
            let found = given.iter().position(|(name, _)| topology.variable_is(node, position, name))?;
            Some(given.remove(found).1.to_owned())
        }));
    }
    let mut left_over = match given.as_slice() {
        [(_, only)] => Some((*only).to_owned()),
        _ => None,
    };
    let value = |(position, value): (usize, Option<String>)| {
        value.or_else(|| left_over.take()).unwrap_or_else(|| {
            property(call, |name| topology.variable_is(node, position, name)).unwrap_or_else(|| {
                let name = topology.variable_names(node, position).next().unwrap_or("parent");
                sample::variable(name, topology.variable_type(&world.provider, node, position), 1)
            })
        })
    };
    bound.into_iter().enumerate().map(value).collect()
}

/// The key as the body says it: under the variable's name in any casing, else under `name`.
fn sent_key(world: &World, call: &Call<'_>, node: NodeId) -> Option<String> {
    let position = world.topology.routes.node(node)?.arity.checked_sub(1)?;
    property(call, |name| world.topology.variable_is(node, position, name)).or_else(|| {
        let counts = is_counted(world, call, node, position);
        if counts { None } else { property(call, |name| name == "name") }
    })
}

/// A key that the fake chooses.
fn made_key(world: &World, call: &Call<'_>, node: NodeId, number: u64) -> String {
    let position = world.topology.routes.node(node).map_or(0, |node| node.arity.saturating_sub(1));
    if is_counted(world, call, node, position) {
        return number.to_string();
    }
    match world.topology.variable_type(&world.provider, node, position) {
        Some(Type::String(Some(format))) if format == "uuid" => sample::uuid(number),
        _ => format!("generated-{number}"),
    }
}

/// Whether the key is a whole number: its parameter says so, or nothing is said of the parameter and the column
/// that shows it says so.
fn is_counted(world: &World, call: &Call<'_>, node: NodeId, position: usize) -> bool {
    let topology = &world.topology;
    if let Some(ty) = topology.variable_type(&world.provider, node, position) {
        return matches!(ty, Type::Integer(_) | Type::Number(_));
    }
    let detached = topology.variable_names(node, position).next().is_none();
    let columns = columns(world, call, node);
    let by = |shows: &dyn Fn(&str) -> bool| columns.iter().find(|column| shows(column.wire_name.as_str()));
    let column = by(&|name| topology.variable_is(node, position, name)).or_else(|| {
        by(&|name| {
            let mut variables = topology.variable_names(node, position);
            variables.any(|variable| last_word(variable) == name) || (detached && same_name(name, "id"))
        })
    });
    column.is_some_and(|column| matches!(column.ty, Type::Integer(_)))
}

/// The first property of the body whose name is accepted and whose value can stand in a path.
fn property(call: &Call<'_>, accepts: impl Fn(&str) -> bool) -> Option<String> {
    let object = call.body.as_ref()?.as_object()?;
    object.iter().filter(|(name, _)| accepts(name)).find_map(|(_, value)| match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}
