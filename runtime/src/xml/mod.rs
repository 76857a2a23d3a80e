//! Reads XML bodies.
//!
//! Bytes go in, a tree of elements comes out, which then becomes JSON: plainly ([`to_json`]), or by what is known of
//! the rows ([`rows_by_schema`]). There are no external entities, no document types, and no unbounded depth.

mod element;
mod plain;
mod schema;
mod writer;

pub(crate) use element::{Element, parse};
pub(crate) use plain::to_json;
pub(crate) use schema::rows_by_schema;
pub(crate) use writer::write;
