//! Reading, writing and deleting what stands under a path of its own.

use serde_json::{Map, Value};

use crate::call::{Call, World};
use crate::check::{conditions, is_unchanged};
use crate::failure::Failure;
use crate::identity::Identity;
use crate::json::{lookup, merge};
use crate::message::Reply;
use crate::route::NodeId;
use crate::store::{Item, Store};

/// What a method answers, or why it does not.
pub(crate) type Outcome = Result<Reply, Failure>;

/// Reads an item.
pub(crate) fn read(call: &Call<'_>, store: &Store) -> Outcome {
    let current = store.get(call.node, &call.values);
    let item = current.ok_or_else(|| absent(call))?;
    conditions(call, Some(item))?;
    if is_unchanged(call, item) {
        return Ok(Reply::new(304).with_header(http::header::ETAG, item.tag.as_str()));
    }
    match &call.method.response.rows {
        bindery_ir::Rows::None => {
            Ok(Reply::new(call.status_or(204)).with_header(http::header::ETAG, item.tag.as_str()))
        }
        // What was put under the path of a listing may be the whole body of the listing.
        bindery_ir::Rows::Many(path) if lookup(&item.body, path.keys()).is_some_and(Value::is_array) => {
            let reply = Reply::new(call.status_or(200)).with_header(http::header::ETAG, item.tag.as_str());
            Ok(reply.with_body(item.body.clone()))
        }
        _ => Ok(call.show(call.status_or(200), item.clone())),
    }
}

/// Says whether an item is there.
pub(crate) fn exists(call: &Call<'_>, store: &Store) -> Outcome {
    let item = store.get(call.node, &call.values).ok_or_else(|| absent(call))?;
    conditions(call, Some(item))?;
    Ok(Reply::new(204).with_header(http::header::ETAG, item.tag.as_str()))
}

/// Creates an item under its path, or replaces it.
pub(crate) fn put(world: &World, call: &Call<'_>, store: &mut Store) -> Outcome {
    let current = store.get(call.node, &call.values);
    conditions(call, current)?;
    let known = current.map(|item| item.number);
    if known.is_none() {
        require_room(world, call, store, world.topology.creatable_parent(call.node))?;
    }
    let number = known.unwrap_or_else(|| store.next_number(call.node));
    let identity = Identity { node: call.node, values: &call.values, number, posted_to: None };
    let mut body = call.body.clone().unwrap_or_else(|| Value::Object(Map::new()));
    identity.fill(world, columns(world, call, call.node), &mut body);
    let updated = known.and_then(|_| store.update(call.node, &call.values, body.clone()));
    let status = match call.method.response.status {
        Some(declared @ (202 | 204)) => declared,
        _ if updated.is_some() => 200,
        _ => 201,
    };
    let item = updated.unwrap_or_else(|| store.create(call.node, call.values.clone(), Vec::new(), number, body));
    Ok(call.show(status, item))
}

/// Merges the body into an item.
pub(crate) fn patch(call: &Call<'_>, store: &mut Store) -> Outcome {
    let current = store.get(call.node, &call.values).ok_or_else(|| absent(call))?;
    conditions(call, Some(current))?;
    let mut body = current.body.clone();
    if let Some(patch) = &call.body {
        merge(&mut body, patch.clone());
    }
    let item = store.update(call.node, &call.values, body).ok_or_else(|| absent(call))?;
    Ok(call.show(call.status_or(200), item))
}

/// Deletes an item and all that stands below it.
pub(crate) fn delete(world: &World, call: &Call<'_>, store: &mut Store) -> Outcome {
    let current = store.get(call.node, &call.values).ok_or_else(|| absent(call))?;
    conditions(call, Some(current))?;
    let removed = store.remove(call.node, &call.values).ok_or_else(|| absent(call))?;
    let routes = &world.topology.routes;
    store.remove_below(&call.values, |node| routes.ancestors(node).any(|ancestor| ancestor == call.node));
    let reply = Reply::new(call.status_or(204));
    Ok(match &call.method.response.rows {
        bindery_ir::Rows::One(_) => reply.with_body(call.row(removed.body)),
        _ => reply,
    })
}

/// Whether another item may come into being: there is room, and where parents matter this one is there.
pub(crate) fn require_room(
    world: &World,
    call: &Call<'_>,
    store: &Store,
    parent: Option<NodeId>,
) -> Result<(), Failure> {
    if store.is_full() {
        return Err(Failure::Full);
    }
    match parent {
        Some(parent) if world.strict_parents => require(world, call, store, parent).map(|_| ()),
        _ => Ok(()),
    }
}

/// The item at a node above the call's own, which must be there.
pub(crate) fn require<'a>(
    world: &World,
    call: &Call<'_>,
    store: &'a Store,
    parent: NodeId,
) -> Result<&'a Item, Failure> {
    let arity = world.topology.routes.node(parent).map_or(0, |node| node.arity);
    let values = call.values.get(..arity).unwrap_or(&call.values);
    store.get(parent, values).ok_or_else(|| {
        let identity = Identity { node: parent, values, number: 0, posted_to: None };
        Failure::ParentNotFound { path: call.request.path.clone(), parent: format!("`{}`", identity.path(world)) }
    })
}

/// The columns an item shows: those of its best method, else those of the method at hand.
pub(crate) fn columns<'a>(world: &'a World, call: &Call<'a>, node: NodeId) -> &'a [bindery_ir::Column] {
    match world.topology.columns(&world.provider, node) {
        [] => &call.method.response.columns,
        known => known,
    }
}

fn absent(call: &Call<'_>) -> Failure {
    Failure::NotFound { path: call.request.path.clone() }
}
