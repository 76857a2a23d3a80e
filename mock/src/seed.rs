//! Items to begin with: the same ones every time, so that a demonstration has something to show.

use bindery_ir::{HttpMethod, Rows};

use crate::call::World;
use crate::identity::Identity;
use crate::route::NodeId;
use crate::sample;
use crate::store::Store;

/// Fills every listing whose items have a path with `count` items, below the first sample of every parent.
///
/// An item that several listings show is made once.
pub(crate) fn seed(world: &World, store: &mut Store, count: u32) {
    for node in seeded_nodes(world) {
        for index in 1..=u64::from(count) {
            if store.is_full() {
                return;
            }
            plant(world, store, node, index);
        }
    }
}

/// The kinds of items that listings show, in the order of the tree.
fn seeded_nodes(world: &World) -> Vec<NodeId> {
    let routes = &world.topology.routes;
    let mut nodes = Vec::new();
    for (id, node) in routes.nodes() {
        for endpoint in node.endpoints.iter().filter(|endpoint| endpoint.http == HttpMethod::Get) {
            let Some(method) = endpoint.address.method(&world.provider) else { continue };
            if matches!(method.response.rows, Rows::Many(_)) {
                nodes.extend(world.topology.items_of(id, &method.resource));
            }
        }
    }
    nodes.retain(|&id| routes.node(id).is_some_and(|node| !node.endpoints.is_empty() && node.ends_in_variable()));
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}

fn plant(world: &World, store: &mut Store, node: NodeId, index: u64) {
    let topology = &world.topology;
    let arity = topology.routes.node(node).map_or(0, |node| node.arity);
    let values: Vec<String> = (0..arity)
        .map(|position| {
            let name = topology.variable_names(node, position).next().unwrap_or("value");
            let own = if position + 1 == arity { index } else { 1 };
            sample::variable(name, topology.variable_type(&world.provider, node, position), own)
        })
        .collect();
    let columns = topology.columns(&world.provider, node);
    let service = topology.describer(node).and_then(|address| address.service(&world.provider));
    let number = store.next_number(node);
    let identity = Identity { node, values: &values, number, posted_to: None };
    let body = sample::row(service, columns, index, identity.filled(world, columns));
    store.create(node, values, Vec::new(), number, body);
}
