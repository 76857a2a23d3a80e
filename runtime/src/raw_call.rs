//! Calls that no document describes: any path of a provider, with the client's credentials, retries and limits.

use std::fmt;

use bindery_ir::{HttpMethod, Provider};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::binding::{Destination, OF_THE_TRANSPORT};
use crate::body::RequestBody;
use crate::call::Call;
use crate::encoding::push_pair;
use crate::error::Error;
use crate::error_body::AnswerShape;
#[cfg(feature = "aws")]
use crate::request::SigningScope;
use crate::request::{Called, Request};
use crate::retry::Repeatable;
use crate::server;

/// A request to any path of a provider. [`Client::raw`](crate::Client::raw) sends it as it sends every other call.
///
/// ```no_run
/// # async fn example(client: &bindery_runtime::Client) -> Result<(), bindery_runtime::Error> {
/// use bindery_runtime::{RawCall, ir::HttpMethod};
/// let call = RawCall::new(HttpMethod::Get, "/v2/account").query("expand", "owner");
/// let reply = client.raw(&call).await?;
/// println!("{} {}", reply.status(), String::from_utf8_lossy(reply.body()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RawCall {
    method: HttpMethod,
    path: String,
    server: Option<String>,
    query: String,
    headers: Vec<(String, String)>,
    body: Option<Bytes>,
    is_read: bool,
}

impl RawCall {
    /// A request to a path below the provider's server. It is sent as it is written: what is to be encoded in it has
    /// to be encoded. A query may follow it.
    pub fn new(method: HttpMethod, path: impl Into<String>) -> Self {
        let (query, headers) = (String::new(), Vec::new());
        Self { method, path: path.into(), server: None, query, headers, body: None, is_read: false }
    }

    /// The same request to another server than the client's.
    #[must_use]
    pub fn server(mut self, url: impl Into<String>) -> Self {
        self.server = Some(url.into());
        self
    }

    /// The same request with one more query pair, which is encoded.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        push_pair(&mut self.query, name, value);
        self
    }

    /// The same request with one more header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same request with a body. Its type goes into a `Content-Type` header.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// The same request, which only reads, although its HTTP method does not say so. It may be sent twice.
    #[must_use]
    pub fn reads(mut self) -> Self {
        self.is_read = true;
        self
    }

    /// The request.
    pub(crate) fn bind(&self, destination: &Destination) -> Result<Request, Error> {
        let invalid = |name: &str, reason: String| Error::InvalidArgument {
            method: self.to_string(),
            name: name.to_owned(),
            reason,
        };
        let base = match (&self.server, &destination.base_url, &destination.server) {
            (Some(url), _, _) => {
                server::parse(url).map_err(|error| invalid("server", format!("it is no address: {error:?}")))?
            }
            (None, Some(url), _) | (None, None, Some(url)) => url.clone(),
            (None, None, None) => {
                let reason =
                    "the client knows no server of the provider: name one with `server`, or set its `base_url`";
                return Err(invalid("server", reason.to_owned()));
            }
        };
        let path = self.path.trim_start_matches('/');
        let text = format!("{}/{path}", base.as_str().trim_end_matches('/'));
        let mut url = Url::parse(&text).map_err(|error| invalid("path", error.to_string()))?;
        if url.origin() != base.origin() || url.username() != "" {
            return Err(invalid("path", "it leads to another host".to_owned()));
        }
        url.set_fragment(None);
        if !self.query.is_empty() {
            let given = url.query().filter(|query| !query.is_empty());
            let query = given.map_or_else(|| self.query.clone(), |given| format!("{given}&{}", self.query));
            url.set_query(Some(&query));
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let parsed = HeaderName::from_bytes(name.as_bytes()).ok();
            let parsed = parsed.filter(|name| !OF_THE_TRANSPORT.contains(&name.as_str()) && *name != "content-length");
            let parsed = parsed.ok_or_else(|| invalid(name, "it is no header that can be set".to_owned()))?;
            let value = HeaderValue::from_str(value)
                .map_err(|_| invalid(name, "it holds a character that cannot stand in a header".to_owned()))?;
            headers.insert(parsed, value);
        }
        let is_read = self.is_read
            || matches!(self.method, HttpMethod::Get | HttpMethod::Head | HttpMethod::Options | HttpMethod::Trace);
        Ok(Request {
            method: self.method,
            chosen: destination.base_url.is_some() && self.server.is_none(),
            url,
            headers,
            query_in_body: false,
            graphql: None,
            lines: None,
            early: None,
            body: self.body.clone().map(RequestBody::Bytes),
            #[cfg(feature = "aws")]
            signing: SigningScope::default(),
            origins: Vec::new(),
            repeatable: match self.method {
                _ if is_read => Repeatable::Reads,
                HttpMethod::Put | HttpMethod::Delete => Repeatable::Idempotent,
                _ => Repeatable::Once,
            },
            retry: None,
            answer: AnswerShape::ANY,
            called: Called::by(self.to_string()),
        })
    }
}

impl fmt::Display for RawCall {
    /// Without the query: it may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.split(['?', '#']).next().unwrap_or_default();
        write!(f, "{} {path}", self.method)
    }
}

impl fmt::Debug for RawCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawCall({self})")
    }
}

impl<'p> Call<'p> {
    /// A call of a provider's method by its name, `service.resource.method`, with or without the provider before it.
    ///
    /// ```
    /// use bindery_runtime::{Argument, Call, ir};
    /// # fn example(provider: &ir::Provider) -> Result<(), bindery_runtime::Error> {
    /// let call = Call::named(provider, "storage.buckets.list")?.with("project", Argument::text("p1"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the provider has no such method.
    pub fn named(provider: &'p Provider, name: &str) -> Result<Self, Error> {
        let unknown = |reason: String| Error::Configuration { reason: format!("`{name}`: {reason}") };
        let own = name.strip_prefix(provider.name.as_str()).and_then(|rest| rest.strip_prefix('.')).unwrap_or(name);
        let parts: Vec<&str> = own.split('.').collect();
        let [service, resource, method] = *parts else {
            return Err(unknown("a method is named `service.resource.method`".to_owned()));
        };
        let found = provider.service(service).ok_or_else(|| unknown(format!("there is no service `{service}`")))?;
        let found = found.resource(resource).ok_or_else(|| unknown(format!("there is no resource `{resource}`")))?;
        let known = || found.methods.iter().map(|method| format!("`{}`", method.name)).collect::<Vec<_>>().join(", ");
        let method = found.methods.iter().find(|found| found.name == *method);
        Ok(Self::new(method.ok_or_else(|| unknown(format!("the resource has {}", known())))?))
    }
}
