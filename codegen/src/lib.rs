//! Reads provider documentation and OpenAPI documents, and emits typed Rust clients with their SQL bindings.

mod diagnostic;
pub mod docs;

pub use diagnostic::{Diagnostic, Severity};
