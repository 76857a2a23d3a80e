//! What can be said about a client before it is made.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bindery_ir::{Auth, AuthScheme, List, Server, Text};

use crate::admission::Admission;
use crate::binding::Destination;
use crate::client::Client;
use crate::counters::Counters;
use crate::credentials::{AuthSettings, Authenticator, Credential, Part, is_loopback};
use crate::error::Error;
use crate::exchange::Exchanger;
use crate::middleware::Middleware;
use crate::page_limits::PageLimits;
use crate::retry::{RetryBudget, RetryPolicy};
use crate::server::{self, ServerError};
use crate::transport::{Limits, Transport};

/// How long one exchange may take unless the builder says otherwise.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How large an answer may be unless the builder says otherwise.
const MAX_RESPONSE_BYTES: usize = 64 * 1024 * 1024;

/// How many calls may be under way unless the builder says otherwise.
const CONCURRENCY: usize = 256;

/// How many of them may be at one host unless the builder says otherwise.
const CONCURRENCY_PER_HOST: usize = 64;

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
    servers: List<Server>,
    user_agent: String,
    /// Certificates that are trusted beside those of the system.
    trusted: Vec<Vec<u8>>,
    limits: Limits,
    others: Vec<Part>,
    settings: Option<AuthSettings>,
    /// Whether the user said something about it.
    has_own_settings: bool,
    retry: RetryPolicy,
    deadline: Option<Duration>,
    concurrency: usize,
    concurrency_per_host: usize,
    page_limits: PageLimits,
    middleware: Vec<Arc<dyn Middleware>>,
}

impl ClientBuilder {
    pub(crate) fn new(provider: Text, auth: Auth) -> Self {
        Self {
            provider,
            auth,
            credential: None,
            base_url: None,
            destination: Destination::default(),
            servers: List::EMPTY,
            user_agent: concat!("bindery/", env!("CARGO_PKG_VERSION")).to_owned(),
            trusted: Vec::new(),
            limits: Limits { timeout: TIMEOUT, max_response_bytes: MAX_RESPONSE_BYTES },
            others: Vec::new(),
            settings: None,
            has_own_settings: false,
            retry: RetryPolicy::default(),
            deadline: None,
            concurrency: CONCURRENCY,
            concurrency_per_host: CONCURRENCY_PER_HOST,
            page_limits: PageLimits::default(),
            middleware: Vec::new(),
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

    /// How to authenticate, by the fields of an authentication block. They go on top of what the provider's document
    /// says, field by field. A [`credential`](Self::credential) of the user's own goes before all of that.
    ///
    /// ```
    /// use bindery_runtime::{AuthSettings, Client, ir::Auth};
    /// let keys = AuthSettings::from_json(r#"{"type": "custom", "name": "x-api-key", "api_key": "s3cret"}"#)?;
    /// let client = Client::builder("pets", Auth::NONE).auth_settings(keys).build()?;
    /// # Ok::<(), bindery_runtime::Error>(())
    /// ```
    pub fn auth_settings(mut self, settings: AuthSettings) -> Self {
        self.has_own_settings = true;
        self.settings = Some(settings.over(self.settings.unwrap_or_default()));
        self
    }

    /// What the provider's document says about it.
    pub(crate) fn documented_auth(mut self, settings: AuthSettings) -> Self {
        self.settings = Some(settings);
        self
    }

    /// A further secret that the provider wants in another place, such as an application key besides an API key.
    pub fn also(mut self, scheme: AuthScheme, credential: impl Credential + 'static) -> Self {
        self.others.push(Part::secret(scheme, Arc::new(credential)));
        self
    }

    /// Signs every request as AWS wants it.
    #[cfg(feature = "aws")]
    pub fn aws(mut self, signer: crate::AwsSigner) -> Self {
        self.others.push(Part::aws(signer));
        self
    }

    /// How failed attempts are repeated. See [`RetryPolicy`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// How long a call may take in all, with its retries and with waiting for its turn. Of a listing, each page is a
    /// call. Not bounded, if not said; [`Call::within`](crate::Call::within) bounds one call.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// How many calls may be under way at once; the others wait for their turn, in order. 256, if not said.
    pub fn concurrency(mut self, calls: usize) -> Self {
        self.concurrency = calls;
        self
    }

    /// How many of them may be at one host. 64, if not said. A host that says that there are too many gets half as
    /// many, and one more for every round of answers that goes well.
    pub fn concurrency_per_host(mut self, calls: usize) -> Self {
        self.concurrency_per_host = calls;
        self
    }

    /// How many pages of a listing are read. When there are more, the last row is followed by
    /// [`Error::LimitReached`]. Not bounded, if not said; [`Call::max_pages`](crate::Call::max_pages) bounds one call.
    pub fn max_pages(mut self, pages: u64) -> Self {
        self.page_limits.max_pages = Some(pages);
        self
    }

    /// How many rows of a listing are read; as [`max_pages`](Self::max_pages).
    pub fn max_rows(mut self, rows: u64) -> Self {
        self.page_limits.max_rows = Some(rows);
        self
    }

    /// Runs code around every attempt. What is added first is outermost.
    pub fn middleware(mut self, middleware: impl Middleware + 'static) -> Self {
        self.middleware.push(Arc::new(middleware));
        self
    }

    /// How long one attempt may take, from connecting to the last byte of the answer. A minute, if not said.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// A value for a variable in the URLs of the provider's servers, for calls that do not give it as an argument.
    pub fn server_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.destination.variables.insert(name.into(), value.into());
        self
    }

    /// The servers of the provider, for requests that no method describes.
    pub(crate) fn servers(mut self, servers: List<Server>) -> Self {
        self.servers = servers;
        self
    }

    /// Trusts the certificates of a PEM bundle beside those of the system: those of a proxy, or of a server under test.
    pub fn trust(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.trusted.push(pem.into());
        self
    }

    /// What the client calls itself. `bindery/` and the version, if not said.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// The largest answer that is accepted, in bytes, decompressed. 64 MiB, if not said. What is more than 1 MiB may be at most 250
    /// times as large as what arrived.
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
        let (mut auth, mut others) = (self.auth, self.others);
        if let (None, Some(settings)) = (&self.credential, &self.settings) {
            // Looking for an identity is pointless where a fake takes the place of the provider.
            let is_fake = destination.base_url.as_ref().is_some_and(is_loopback);
            let is_needed = self.has_own_settings || !is_fake || settings.is_at_hand();
            let placed = match settings.placed() {
                // What only the document asks for can be done without, as far as the provider lets anyone in.
                Err(_) if !self.has_own_settings => Vec::new(),
                placed => placed?,
            };
            if !placed.is_empty() {
                // They say everything there is to say.
                auth = Auth::NONE;
                others.extend(placed.into_iter().filter(|_| is_needed));
            }
        }
        let variables = destination.variables.clone();
        destination.server = server::choose(&self.servers, |name| variables.get(name).cloned()).ok();
        let exchanger = Exchanger {
            authenticator: Authenticator::new(self.provider.clone(), auth, self.credential, others)?,
            transport: Transport::new(&self.user_agent, self.limits, &self.trusted)?,
            admission: Admission::new(self.concurrency, self.concurrency_per_host),
            retry: self.retry,
            budget: RetryBudget::new(),
            counters: Counters::default(),
            middleware: self.middleware,
        };
        Ok(Client::new(self.provider, destination, exchanger, self.deadline, self.page_limits))
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
