//! A place for the user's own: code that runs around every attempt of every call.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use bindery_ir::HttpMethod;
use bytes::Bytes;
use http::HeaderMap;
use url::Url;

use crate::credentials::Secrets;
use crate::exchange::Exchanger;
use crate::request::{Called, Request};
use crate::{Error, Reply};

/// What a [`Middleware`] returns.
pub type MiddlewareFuture<'a> = Pin<Box<dyn Future<Output = Result<Reply, Error>> + Send + 'a>>;

/// Code of the user's that runs around every attempt: it may add headers, measure, log, or answer in the provider's
/// place. It sees a request before the credential is added, so it never sees a secret; what it adds is signed.
///
/// ```
/// use bindery_runtime::{Attempt, Middleware, MiddlewareFuture, Next};
///
/// struct Stamped;
///
/// impl Middleware for Stamped {
///     fn handle<'a>(&'a self, mut attempt: Attempt, next: Next<'a>) -> MiddlewareFuture<'a> {
///         Box::pin(async move {
///             attempt.headers_mut().insert("x-team", "storage".parse().expect("it is a header value"));
///             let reply = next.run(attempt).await?;
///             println!("{}", reply.status());
///             Ok(reply)
///         })
///     }
/// }
/// ```
pub trait Middleware: Send + Sync {
    /// Handles one attempt, usually by passing it to `next`.
    fn handle<'a>(&'a self, attempt: Attempt, next: Next<'a>) -> MiddlewareFuture<'a>;
}

/// A request that is about to be sent, without its credential.
#[derive(Clone)]
pub struct Attempt {
    pub(crate) method: HttpMethod,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
    pub(crate) called: Arc<Called>,
    pub(crate) number: u32,
}

impl Attempt {
    /// The HTTP method.
    pub fn method(&self) -> HttpMethod {
        self.method
    }

    /// The URL. It cannot be changed: the credential is meant for this one.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The headers, to be changed.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// The body.
    pub fn body(&self) -> Option<&Bytes> {
        self.body.as_ref()
    }

    /// The method that was called: `provider.service.resource.method`.
    pub fn called(&self) -> &str {
        &self.called.path
    }

    /// Which attempt it is, counted from 1.
    pub fn number(&self) -> u32 {
        self.number
    }
}

impl fmt::Debug for Attempt {
    /// Without what may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attempt({} of {} {})", self.number, self.method, self.called.path)
    }
}

/// Where an attempt goes next: to further middleware, and then to the provider.
pub struct Next<'a> {
    pub(crate) others: &'a [Arc<dyn Middleware>],
    pub(crate) exchanger: &'a Exchanger,
    pub(crate) request: &'a Request,
    pub(crate) secrets: &'a Secrets,
}

impl<'a> Next<'a> {
    /// Passes an attempt on.
    pub fn run(self, attempt: Attempt) -> MiddlewareFuture<'a> {
        match self.others.split_first() {
            Some((first, others)) => first.handle(attempt, Next { others, ..self }),
            None => self.exchanger.send(self.request, attempt, self.secrets),
        }
    }
}

impl fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Next({} more)", self.others.len())
    }
}
