//! Executes the methods of Bindery's model over HTTP.
//!
//! A [`Call`] (a method and its arguments) goes in; a typed value, a stream of rows or an [`Error`] that says what
//! to do comes out. Generated crates are thin typed wrappers over this one; SQL runs on the same calls.
//!
//! ```no_run
//! use bindery_runtime::{Argument, Call, Client, Token, ir, json::Json};
//!
//! # async fn example(provider: &ir::Provider, list: &ir::Method) -> Result<(), bindery_runtime::Error> {
//! let client = Client::for_provider(provider).credential(Token::new("s3cret")).build()?;
//! let mut pets = client.rows::<Json>(Call::new(list).with("owner", Argument::text("ann")));
//! while let Some(pet) = pets.next().await {
//!     println!("{}", pet?);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! | module | does |
//! |---|---|
//! | `call` | holds a method with its arguments |
//! | `request`, `path`, `server`, `body`, `encoding` | bind a call to one HTTP request |
//! | `client`, `transport` | send it, bounded in time and size |
//! | `credentials` | fetch a secret, and decide whether it may go where the request goes |
//! | `pages`, `link_header`, `listing`, `rows` | follow a listing page by page |
//! | `sending` | a call on its way, as one type for all methods |
//! | `reply` | what came back |
//! | `error`, `provider_error`, `redact` | what went wrong, without secrets |
//! | [`json`] | typed values to and from JSON |

mod body;
mod call;
mod client;
mod credentials;
mod encoding;
mod error;
pub mod json;
mod link_header;
mod listing;
mod pages;
mod path;
mod provider_error;
mod redact;
mod reply;
mod request;
mod rows;
mod sending;
mod server;
mod transport;

pub use bindery_ir as ir;
pub use http;
pub use secrecy;
pub use serde;

pub use call::{Argument, Call};
pub use client::{Client, ClientBuilder};
pub use credentials::{Credential, CredentialError, Environment, NoCredential, SecretFuture, Token};
pub use error::Error;
pub use listing::Listing;
pub use provider_error::{ProviderError, ShownArgument};
pub use reply::{Reply, Response};
pub use request::Request;
pub use rows::Rows;
pub use sending::Sending;
