//! A stateful fake of any provider, over real HTTP on a loopback port.
//!
//! A [`bindery_ir::Provider`] goes in; a server comes out that serves its methods, remembers what is created,
//! and refuses what the provider would refuse. It knows no provider by name: routes, pages, errors and
//! authentication all follow from the model.
//!
//! ```no_run
//! # async fn demo(provider: bindery_ir::Provider) -> Result<(), Box<dyn std::error::Error>> {
//! use bindery_mock::Mock;
//! let mock = Mock::builder(provider).page_size(2).faults(["503/10".parse()?]).start().await?;
//! println!("listening on {}", mock.url());
//! # Ok(()) }
//! ```
//!
//! What it does, in short:
//!
//! * **Items** stand under paths that are read as one row, put, patched or deleted. PUT creates (201) or
//!   replaces (200), PATCH merges (RFC 7396), DELETE removes an item and all that stands below it. Every write
//!   changes the item's entity tag; `If-Match` and `If-None-Match` are honoured.
//! * **Collections**: POST creates an item whose key comes from the body or is chosen by the fake; GET lists the
//!   items whose path agrees with the listing's, in the order of their creation, in pages as the method's
//!   pagination says.
//! * **Actions**, which is all else, need what they act on to be there and answer with what they declare.
//! * **Queries** of GraphQL are answered with made-up rows, page by page, as their cursors say.
//! * **Refusals** have the provider's error shape: 400 for a missing or wrong parameter, 401 without a secret,
//!   404, 405, 409 for a key that is taken, 412, 413, 415, 428 for a missing required `If-Match`.
//!
//! [`State`] is the same fake without a network.

mod action;
mod builder;
mod call;
mod check;
mod create;
mod delivery;
mod failure;
mod fault;
mod graphql;
mod identity;
mod item;
mod json;
mod listing;
mod locate;
mod message;
mod record;
mod route;
mod sample;
mod seed;
mod server;
mod state;
mod store;
mod template;
mod topology;

pub use builder::Builder;
pub use fault::{Fault, FaultError, FaultKind};
pub use message::{Answer, Request};
pub use record::{MAX_RECORDED_BYTES, MAX_RECORDED_REQUESTS, Recorded};
pub use server::{MAX_BODY_BYTES, Mock, StartError};
pub use state::State;
pub use store::MAX_ITEMS;
