//! A request that was understood: which method it means, with which values, and a body that was read.

use bindery_ir::{HttpBinding, Method, Provider, Service, Text};
use serde_json::Value;

use crate::json::wrapped;
use crate::message::{Reply, Request};
use crate::route::NodeId;
use crate::store::Item;
use crate::topology::Topology;

/// What never changes while the fake runs.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) provider: std::sync::Arc<Provider>,
    pub(crate) topology: Topology,
    /// Where the fake is served, for callers that do not say by which name they know it.
    pub(crate) base_url: String,
    /// How many rows a page holds; at least 1.
    pub(crate) page_size: usize,
    /// How many samples there are of everything.
    pub(crate) samples: u32,
    /// Whether a child needs its parent to be there.
    pub(crate) strict_parents: bool,
}

/// A request that was understood.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) request: &'a Request,
    /// The pairs of its query, decoded.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) service: &'a Service,
    pub(crate) method: &'a Method,
    pub(crate) binding: &'a HttpBinding,
    pub(crate) node: NodeId,
    /// The names of the path's variables, as the method spells them.
    pub(crate) names: &'a [String],
    /// The values of the path's variables, in the same order.
    pub(crate) values: Vec<String>,
    /// The body, read; `None` when there is none or the method takes none.
    pub(crate) body: Option<Value>,
}

impl Call<'_> {
    /// The value of the first query pair of that name.
    pub(crate) fn query_value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The status the method declares, or another one.
    pub(crate) fn status_or(&self, otherwise: u16) -> u16 {
        self.method.response.status.unwrap_or(otherwise)
    }

    /// A row where the method's response has it.
    pub(crate) fn row(&self, row: Value) -> Value {
        let path: &[Text] = match &self.method.response.rows {
            bindery_ir::Rows::One(path) | bindery_ir::Rows::Many(path) => path.keys(),
            bindery_ir::Rows::None => &[],
        };
        let many = matches!(self.method.response.rows, bindery_ir::Rows::Many(_));
        wrapped(path, if many && !row.is_array() { Value::Array(vec![row]) } else { row })
    }

    /// A reply that shows an item, with its tag.
    pub(crate) fn show(&self, status: u16, item: Item) -> Reply {
        Reply::new(status).with_header(http::header::ETAG, item.tag).with_body(self.row(item.body))
    }
}
