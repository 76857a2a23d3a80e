//! Reads provider documentation and OpenAPI documents, and emits typed Rust clients with their SQL bindings.

mod diagnostic;
pub mod docs;
pub mod merge;
mod names;
pub mod openapi;
mod source;

pub use diagnostic::{Diagnostic, Severity};
pub use names::is_harmless;
pub use source::{Source, SourceError};
