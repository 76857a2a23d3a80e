//! What a dry run shows: the requests of a statement, as they are or would be sent, with what may be a secret masked.

use std::sync::Arc;

use bindery_ir::Method;
use bindery_runtime::Preview;

use crate::result::Column;
use crate::table::ColumnType;
use crate::value::Value;

/// A request of a statement.
#[derive(Clone, Debug)]
pub(crate) struct Requested {
    /// The method as `EXEC` has it.
    method: String,
    /// Whether it was sent: what only reads is, because what follows depends on the answer.
    is_sent: bool,
    preview: Preview,
}

impl Requested {
    pub(crate) fn new(method: &Method, preview: Preview, is_sent: bool) -> Self {
        Self { method: method.path(), is_sent, preview }
    }

    /// The columns of the values.
    pub(crate) fn columns() -> Arc<[Column]> {
        let text = |name: &str| Column::new(name, ColumnType::Text);
        let sent = Column::new("sent", ColumnType::Boolean);
        [text("method"), sent, text("request"), text("headers"), text("body"), text("curl")].into()
    }

    pub(crate) fn values(&self) -> Vec<Value> {
        let headers: Vec<String> =
            self.preview.headers().iter().map(|(name, value)| format!("{name}: {value}")).collect();
        vec![
            Value::from(&self.method),
            Value::from(self.is_sent),
            Value::Text(format!("{} {}", self.preview.method(), self.preview.url())),
            Value::Text(headers.join("\n")),
            Value::from(self.preview.body()),
            Value::Text(self.preview.curl()),
        ]
    }
}
