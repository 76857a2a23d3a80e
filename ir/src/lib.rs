//! What a provider can do, as plain data.
//!
//! Documentation pages and OpenAPI documents go in at the top of Bindery, Rust and SQL come out at the
//! bottom; these types are what passes between. They hold no tokens, no Rust identifiers and do no I/O.
//!
//! One set of types serves two worlds: [`List`], [`Boxed`] and [`Text`] either borrow from `static` data or
//! own what they hold, so a constant and a provider read at run time are the same values. Generated crates hold their
//! resources as text ([`EmbeddedResource`]), which is decoded when it is asked for.
//!
//! ```
//! use bindery_ir::{Location, Method, Parameter, SqlName, Type, Verb, WireName};
//!
//! let mut method = Method::new("demo.pets.pet".parse()?, SqlName::new("get"));
//! method.verbs = vec![Verb::Select].into();
//! method.parameters = vec![Parameter::new(SqlName::new("petId"), Location::Path, Type::STRING).required()].into();
//!
//! // SQL may say `petId` or `pet_id`; the wire says `petId`.
//! assert_eq!(method.parameter("pet_id").map(|p| &p.wire_name), Some(&WireName::new("petId")));
//! # Ok::<(), bindery_ir::ResourceIdError>(())
//! ```

mod adaptation;
mod auth;
mod casing;
mod catalog;
mod data;
mod embedded;
mod http;
mod method;
mod name;
mod origin;
mod provider;
mod resource;
mod response;
mod types;

pub use adaptation::{
    Adaptation, BodyAdaptation, Clause, GraphQl, GraphQlCursor, Inverse, InverseToken, Picked, Pushdown,
    QueryFlattening, RequestRewrite, Reshape, Retry, Transform, TransformInput,
};
pub use auth::{Auth, AuthBlock, AuthScheme, Setting};
pub use casing::snake_case;
pub use catalog::{Catalog, CatalogError, Outline};
pub use data::{Boxed, List, Text, text};
pub use embedded::{EmbeddedMethod, EmbeddedResource};
pub use http::{Body, BodyContent, HttpBinding, HttpMethod, PathSegment, QueryPair, Server, ServerVariable};
pub use method::{Location, Method, Parameter, Presence, Style, Verb};
pub use name::{ProviderName, ResourceId, ResourceIdError, SchemaName, ServiceName, SqlName, WireName};
pub use origin::Origin;
pub use provider::{Provider, Service};
pub use resource::{Fields, Resource, ResourceKind, View};
pub use response::{
    Column, ErrorShape, JsonPath, NextPage, OtherAnswer, PagePointer, PageToken, Pagination, PaginationReason,
    Response, Rows, TokenSlot,
};
pub use types::{Access, EnumValue, Field, Schema, SchemaShape, Type};
