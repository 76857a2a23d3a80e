//! The client: one for each provider, cheap to clone, shared by everything that calls it.
//!
//! A [`Call`] goes in; a value, rows or an error come out.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bindery_ir::{Auth, ErrorShape, HttpMethod, Method, Provider, Text};
use http::HeaderValue;
use http::header::CONTENT_LENGTH;
use secrecy::SecretString;

use crate::call::Call;
use crate::credentials::{Authenticator, Credential};
use crate::error::Error;
use crate::json::{FromJson, Reader, seek};
use crate::pages::Pages;
use crate::provider_error::{self, ProviderError};
use crate::redact;
use crate::reply::{Reply, Response};
use crate::request::{Destination, Request, bind, row_path};
use crate::rows::Rows;
use crate::server::{self, ServerError};
use crate::transport::{Label, Limits, Transport};

/// How long one exchange may take unless the builder says otherwise.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How large an answer may be unless the builder says otherwise.
const MAX_RESPONSE_BYTES: usize = 64 * 1024 * 1024;

/// Sends calls to one provider. Clones share connections and credentials.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    provider: Text,
    destination: Destination,
    authenticator: Authenticator,
    transport: Transport,
}

impl Client {
    /// A client for a provider of this name, which authenticates its callers like this.
    pub fn builder(provider: impl Into<Text>, auth: Auth) -> ClientBuilder {
        ClientBuilder::new(provider.into(), auth)
    }

    /// A client for a provider.
    pub fn for_provider(provider: &Provider) -> ClientBuilder {
        ClientBuilder::new(Text::Owned(provider.name.as_str().to_owned()), provider.auth.clone())
    }

    /// The provider it calls.
    pub fn provider(&self) -> &str {
        &self.inner.provider
    }

    /// Whether it knows a value for a variable of the providers' servers, or sends everything to one address anyway.
    pub fn has_server_variable(&self, name: &str) -> bool {
        let destination = &self.inner.destination;
        destination.base_url.is_some() || destination.variables.contains_key(name)
    }

    /// What a call would send, without its credential. Nothing is sent.
    ///
    /// # Errors
    /// When the call is incomplete, or an argument cannot be sent.
    pub fn prepare(&self, call: &Call<'_>) -> Result<Request, Error> {
        bind(call, &self.inner.destination)
    }

    /// Sends a call and takes its answer as it is received.
    ///
    /// # Errors
    /// When the call is incomplete, the exchange fails, or the provider does not answer with success (2xx).
    pub async fn send(&self, call: Call<'_>) -> Result<Reply, Error> {
        let request = self.prepare(&call)?;
        self.exchange(&request, call.method().response.error.as_ref()).await
    }

    /// Sends a call whose answer does not matter beyond its success.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn unit(&self, call: Call<'_>) -> Result<(), Error> {
        self.send(call).await.map(drop)
    }

    /// Sends a call and reads the value its answer holds.
    ///
    /// # Errors
    /// As [`send`](Self::send), and when the value is not there or does not fit the type at all.
    pub async fn one<T: FromJson>(&self, call: Call<'_>) -> Result<T, Error> {
        let method = call.method();
        let reply = self.send(call).await?;
        read_one(method, &reply)
    }

    /// The same, with status and headers.
    ///
    /// # Errors
    /// As [`one`](Self::one).
    pub async fn response<T: FromJson>(&self, call: Call<'_>) -> Result<Response<T>, Error> {
        let method = call.method();
        let reply = self.send(call).await?;
        let body = read_one(method, &reply)?;
        Ok(Response::new(reply, body))
    }

    /// The rows of a listing, from all its pages. Pages are fetched as their rows are asked for; what is wrong with
    /// the call is the first item.
    #[expect(clippy::needless_pass_by_value, reason = "a call is used up by sending it, here as everywhere")]
    pub fn rows<T: FromJson>(&self, call: Call<'_>) -> Rows<T> {
        Rows::new(self.prepare(&call).map(|first| Pages::new(self.clone(), call.method(), first)))
    }

    /// Authenticates and sends a request; anything but success is an error.
    pub(crate) async fn exchange(&self, request: &Request, shape: Option<&ErrorShape>) -> Result<Reply, Error> {
        let mut url = request.url.clone();
        let mut headers = request.headers.clone();
        let secret = self.inner.authenticator.authenticate(&mut url, &mut headers, request.chosen).await?;
        let mut outgoing = reqwest::Request::new(http_method(request.method), url);
        *outgoing.headers_mut() = headers;
        *outgoing.body_mut() = request.body().map(reqwest::Body::from);
        if request.body.is_none() && usually_has_a_body(request.method) {
            // Servers insist on knowing the length, even of nothing.
            outgoing.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let line = redact::hide(&request.line(), secret.as_ref());
        let label = Label { method: &request.path, line: &line };
        let reply = self.inner.transport.exchange(&label, outgoing).await?;
        if reply.status.is_success() {
            return Ok(reply);
        }
        Err(Error::Provider(Box::new(self.refusal(request, line, &reply, shape, secret.as_ref()))))
    }

    fn refusal(
        &self,
        request: &Request,
        line: String,
        reply: &Reply,
        shape: Option<&ErrorShape>,
        secret: Option<&SecretString>,
    ) -> ProviderError {
        // A provider may repeat what it was sent.
        let body = redact::hide(&String::from_utf8_lossy(&reply.body), secret);
        let said = provider_error::read(&body, shape);
        let how_to_set = if secret.is_some() { None } else { self.inner.authenticator.how_to_set() };
        ProviderError {
            method: request.path.clone(),
            request: line,
            arguments: request.arguments.iter().map(|argument| argument.without(secret)).collect(),
            status: reply.status,
            code: said.code,
            message: said.message,
            request_id: provider_error::request_id(&reply.headers),
            hint: provider_error::hint(reply.status, &reply.headers, how_to_set),
            body: provider_error::kept(&body),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("provider", &self.inner.provider)
            .field("base_url", &self.inner.destination.base_url.as_ref().map(redact::shown))
            .field("authenticator", &self.inner.authenticator)
            .finish_non_exhaustive()
    }
}

fn http_method(method: HttpMethod) -> http::Method {
    match method {
        HttpMethod::Get => http::Method::GET,
        HttpMethod::Head => http::Method::HEAD,
        HttpMethod::Post => http::Method::POST,
        HttpMethod::Put => http::Method::PUT,
        HttpMethod::Patch => http::Method::PATCH,
        HttpMethod::Delete => http::Method::DELETE,
        HttpMethod::Options => http::Method::OPTIONS,
        HttpMethod::Trace => http::Method::TRACE,
    }
}

fn usually_has_a_body(method: HttpMethod) -> bool {
    matches!(method, HttpMethod::Post | HttpMethod::Put | HttpMethod::Patch)
}

fn read_one<T: FromJson>(method: &Method, reply: &Reply) -> Result<T, Error> {
    let path = row_path(method);
    let unreadable =
        |reason: String, source| Error::Decode { method: method.path(), status: reply.status, reason, source };
    let broken = |error: crate::json::Error| unreadable(error.to_string(), Some(error));
    let mut reader = Reader::new(reply.json()).map_err(broken)?;
    let is_there = seek(&mut reader, path).map_err(broken)?;
    let value = if is_there { T::read(&mut reader).map_err(broken)? } else { None };
    value.ok_or_else(|| {
        unreadable(
            if reply.json() == b"null" {
                "there is no body".to_owned()
            } else if is_there {
                format!("the value at `{path}` does not fit the type it is documented to have")
            } else {
                format!("there is nothing at `{path}`")
            },
            None,
        )
    })
}

/// Settings for a [`Client`].
///
/// ```
/// use std::time::Duration;
/// use bindery_runtime::{Client, Token, ir::{Auth, AuthScheme}};
///
/// let auth = Auth {
///     scheme: AuthScheme::Header { name: "Authorization".into(), prefix: "Bearer ".into() },
///     variable: Some("PETS_TOKEN".into()),
/// };
/// let client = Client::builder("pets", auth)
///     .credential(Token::new("s3cret"))
///     .timeout(Duration::from_secs(20))
///     .build()?;
/// assert!(!format!("{client:?}").contains("s3cret"));
/// # Ok::<(), bindery_runtime::Error>(())
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    provider: Text,
    auth: Auth,
    credential: Option<Arc<dyn Credential>>,
    base_url: Option<String>,
    destination: Destination,
    user_agent: String,
    limits: Limits,
}

impl ClientBuilder {
    fn new(provider: Text, auth: Auth) -> Self {
        Self {
            provider,
            auth,
            credential: None,
            base_url: None,
            destination: Destination::default(),
            user_agent: concat!("bindery/", env!("CARGO_PKG_VERSION")).to_owned(),
            limits: Limits { timeout: TIMEOUT, max_response_bytes: MAX_RESPONSE_BYTES },
        }
    }

    /// Where the secret comes from. Without this, it is the environment variable that holds it by custom, if that
    /// is set; otherwise requests are sent without one. [`NoCredential`](crate::NoCredential) sends without in any
    /// case.
    pub fn credential(mut self, credential: impl Credential + 'static) -> Self {
        self.credential = Some(Arc::new(credential));
        self
    }

    /// Sends everything to this address instead of the providers' own servers: paths are appended to it. It stands
    /// for the whole URL of a server, including any path in it. The credential is sent to it even over plain http.
    pub fn base_url(mut self, url: &str) -> Self {
        self.base_url = Some(url.to_owned());
        self
    }

    /// How long one exchange may take, from connecting to the last byte of the answer. A minute, if not said.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// A value for a variable in the URLs of the provider's servers, for calls that do not give it as an argument.
    pub fn server_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.destination.variables.insert(name.into(), value.into());
        self
    }

    /// What the client calls itself. `bindery/` and the version, if not said.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// The largest answer that is accepted, in bytes, decompressed. 64 MiB, if not said.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.limits.max_response_bytes = bytes;
        self
    }

    /// Makes the client. Nothing is sent.
    ///
    /// # Errors
    /// When the base URL is none, the provider wants to be authenticated to in a way that is not supported, or the
    /// system has no certificates to trust.
    pub fn build(self) -> Result<Client, Error> {
        let mut destination = self.destination;
        destination.base_url = self.base_url.as_deref().map(server::parse).transpose().map_err(|error| {
            let reason = match error {
                ServerError::NotAUrl { url, reason } => format!("the base URL `{url}` cannot be used: {reason}"),
                other => format!("the base URL cannot be used: {other:?}"),
            };
            Error::Configuration { reason }
        })?;
        let authenticator = Authenticator::new(self.provider.clone(), self.auth, self.credential)?;
        let transport = Transport::new(&self.user_agent, self.limits)?;
        Ok(Client { inner: Arc::new(Inner { provider: self.provider, destination, authenticator, transport }) })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let credential = if self.credential.is_some() { "set" } else { "not set" };
        f.debug_struct("ClientBuilder")
            .field("provider", &self.provider)
            .field("credential", &credential)
            .finish_non_exhaustive()
    }
}
