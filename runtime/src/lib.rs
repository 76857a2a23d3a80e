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
//! | `call`, `raw_call` | holds a method with its arguments, or a request that no document describes |
//! | `binding`, `arguments`, `path`, `server`, `body`, `flatten`, `encoding` | bind a call to one HTTP request |
//! | `request` | is that request, with what else is known of it |
//! | `preview` | shows a request without sending it |
//! | `client`, `builder` | the client, and what can be said about it before it is made |
//! | `exchange`, `admission`, `deadline`, `retry` | send a request in its turn, and again where that helps |
//! | `transport`, `received` | one exchange, bounded in time and size |
//! | `middleware`, `trace`, `counters` | let the user's own code run around it, and tell what happened |
//! | `credentials` | fetch a secret, and decide whether it may go where the request goes |
//! | `pages`, `page_limits`, `link_header`, `listing`, `rows` | follow a listing page by page |
//! | `fetching`, `early_rows` | a page on its way, and the rows of it that are there |
//! | `page`, `page_rows`, `walk` | the rows of a page, found before or by reading them |
//! | `projection` | rows without the properties that nobody reads |
//! | `operation`, `operation_state` | wait for what goes on after its call was answered |
//! | `sending` | a call on its way, as one type for all methods |
//! | `reply`, `decode`, `xml` | what came back, as the JSON that rows are cut from |
//! | `error`, `error_body`, `provider_error`, `redact` | what went wrong, without secrets |
//! | [`json`] | typed values to and from JSON |

mod admission;
mod arguments;
mod binding;
mod body;
mod builder;
mod call;
mod client;
mod counters;
mod credentials;
mod deadline;
mod decode;
mod early_rows;
mod encoding;
mod error;
mod error_body;
mod exchange;
mod fetching;
mod flatten;
mod graphql;
mod inflate;
pub mod json;
mod lines;
mod link_header;
mod listing;
mod middleware;
mod multipart;
mod near;
mod operation;
mod operation_state;
mod page;
mod page_limits;
mod page_rows;
mod pages;
mod path;
mod preview;
mod projection;
mod provider_error;
mod raw_call;
mod received;
mod redact;
mod redaction;
mod reply;
mod request;
mod retry;
mod rows;
mod sending;
mod server;
mod template;
mod trace;
mod transport;
mod turn;
mod walk;
mod xml;

pub use bindery_ir as ir;
pub use http;
pub use secrecy;
pub use serde;

pub use builder::ClientBuilder;
pub use call::{Argument, Call};
pub use client::Client;
pub use counters::Counts;
#[cfg(feature = "aws")]
pub use credentials::AwsSigner;
#[cfg(feature = "azure")]
pub use credentials::AzureIdentity;
#[cfg(feature = "oauth2")]
pub use credentials::ClientCredentials;
#[cfg(feature = "google")]
pub use credentials::GoogleIdentity;
pub use credentials::{
    AccessToken, AuthSettings, Basic, Credential, CredentialError, Environment, Fetched, NoCredential, SecretFuture,
    Token, TokenFuture, TokenSource,
};
pub use error::Error;
pub use listing::Listing;
pub use middleware::{Attempt, Middleware, MiddlewareFuture, Next};
pub use operation::Operation;
pub use page_limits::PageLimit;
pub use preview::Preview;
pub use provider_error::{ProviderError, ShownArgument};
pub use raw_call::RawCall;
pub use reply::{Reply, Response};
pub use request::Request;
pub use retry::RetryPolicy;
pub use rows::Rows;
pub use sending::Sending;
