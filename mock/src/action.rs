//! Methods that do something other than store, read or list: they answer with what they declare.

use bindery_ir::{Rows, Type};
use serde_json::{Map, Value};

use crate::call::{Call, World};
use crate::check::conditions;
use crate::item::{Outcome, require};
use crate::message::Reply;
use crate::route::{Node, NodeId};
use crate::sample;
use crate::store::{Item, Store};

/// Answers an action. What it acts on must be there, if a request can create it at all.
pub(crate) fn act(world: &World, call: &Call<'_>, store: &Store) -> Outcome {
    let subject = match subject(world, call) {
        Some(node) => Some((node, require(world, call, store, node)?)),
        None => None,
    };
    if let Some((_, item)) = subject {
        conditions(call, Some(item))?;
    }
    Ok(match &call.method.response.rows {
        Rows::None => Reply::new(call.status_or(204)),
        Rows::One(_) | Rows::Many(_) => Reply::new(call.status_or(200)).with_body(call.row(row(world, call, subject))),
    })
}

/// The kind of item that an action acts on: that of its own path, or else the nearest above.
fn subject(world: &World, call: &Call<'_>) -> Option<NodeId> {
    let topology = &world.topology;
    let own = topology.routes.node(call.node).is_some_and(Node::ends_in_variable);
    let own = Some(call.node).filter(|&node| own && topology.is_creatable(node));
    own.or_else(|| topology.creatable_parent(call.node))
}

/// What the action shows: the item it acted on when that is what it declares, else something made up.
fn row(world: &World, call: &Call<'_>, subject: Option<(NodeId, &Item)>) -> Value {
    let response = &call.method.response;
    if let Some((node, item)) = subject {
        let describer = world.topology.describer(node).and_then(|address| address.method(&world.provider));
        let alike = describer.is_some_and(|method| method.response.row == response.row);
        let unsaid = response.row == Type::Any;
        if (alike && !unsaid) || (unsaid && response.columns.is_empty()) {
            return item.body.clone();
        }
    }
    if response.columns.is_empty() && response.row == Type::Any {
        Value::Object(Map::new())
    } else if response.columns.is_empty() {
        sample::value(Some(call.service), &response.row, call.method.name.as_str(), 1)
    } else {
        sample::row(Some(call.service), &response.columns, 1, Map::new())
    }
}
