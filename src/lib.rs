//! Bindery turns a provider's documentation and OpenAPI into Rust: cloud APIs become crates you import and tables you
//! query.
//!
//! This crate is the front door: the parts under one name, and the [`catalog`] of the providers that were compiled in.
//! The `bindery` command is built on it.
//!
//! | module | is for |
//! |---|---|
//! | [`ir`] | what a provider can do, as plain data |
//! | [`codegen`] | documents → model → Rust; the `Builder` for your `build.rs` |
//! | [`runtime`] | calls, credentials, pages, typed rows |
//! | [`mock`] | a stateful fake of any provider |
//! | [`sql`] | SQL over providers |
//!
//! ```
//! let catalog = bindery::catalog()?;
//! let azure = catalog.service("azure", "api_management")?.unwrap();
//! assert!(azure.resource("backend").unwrap().method("reconnect").is_some());
//! # Ok::<(), bindery::ir::CatalogError>(())
//! ```

pub use bindery_codegen as codegen;
pub use bindery_ir as ir;
pub use bindery_mock as mock;
pub use bindery_runtime as runtime;
pub use bindery_sql as sql;

/// The providers of `spec/`, as they were when this crate was built.
///
/// # Errors
/// Only if the build was damaged.
pub fn catalog() -> Result<ir::Catalog, ir::CatalogError> {
    ir::Catalog::open(include_str!(concat!(env!("OUT_DIR"), "/catalog.json")))
}
