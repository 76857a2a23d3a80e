//! Reads provider documentation and OpenAPI documents, and emits typed Rust clients with their SQL bindings.
//!
//! ```text
//! page.md      → docs::Page  ┐
//!                            ├ merge → ir::Provider → emit → files
//! service.yaml → openapi     ┘
//! ```
//!
//! Every phase is a pure function; files are read in [`Source`] and written in [`output`] alone. What is wrong with the
//! input is collected as [`Diagnostic`]s, and never stops the rest.
//!
//! In a `build.rs` use the [`Builder`]; everything else is for tools.

mod builder;
mod cache;
mod config;
mod coverage;
mod diagnostic;
pub mod diff;
pub mod docs;
mod embedded;
pub mod emit;
pub mod explain;
mod following;
mod generation;
mod hash;
pub mod lint;
mod lock;
pub mod merge;
mod names;
pub mod openapi;
pub mod output;
mod reading;
mod replacing;
mod run;
mod selection;
mod source;
mod threads;

pub use builder::{BuildError, Builder};
pub use config::{Config, ConfigError, ProviderConfig, Target};
pub use coverage::{Coverage, coverage};
pub use diagnostic::{Diagnostic, Severity, printable};
pub use embedded::read_crate;
pub use following::Follower;
pub use generation::{Generation, GenerationError, Mode, Step, Trust};
pub use lock::{LockError, Reason, Stale};
pub use names::is_harmless;
pub use reading::{Inputs, Reading, common_folder, join, join_pages, read};
pub use selection::{PathPattern, Selection};
pub use source::{Source, SourceError};

/// The version that generated code names.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
