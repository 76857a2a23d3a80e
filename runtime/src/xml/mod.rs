//! Reads XML bodies.
//!
//! Bytes go in, a tree of elements comes out, which then becomes JSON: plainly ([`to_json`]), or by what is known of
//! the rows ([`rows_by_schema`]), which can also be had one by one while the bytes arrive ([`RowReader`]). There are no
//! external entities, no document types, and no unbounded depth.

mod element;
mod events;
mod open;
mod plain;
mod rows;
mod schema;
mod writer;

pub(crate) use element::{Element, parse};
pub(crate) use plain::{to_json, value};
pub(crate) use rows::{RowPattern, RowReader};
pub(crate) use schema::{row, rows_by_schema};
pub(crate) use writer::write;
