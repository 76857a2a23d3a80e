//! Sends one request and takes in one answer, bounded in time and size.
//!
//! Redirects are followed on the same origin only, so nothing of a request goes where it was not meant to.

use std::error::Error as StdError;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING};
use http::{HeaderMap, HeaderValue, Version};
use reqwest::redirect;
use tokio::time::timeout;

use crate::Error;
use crate::credentials::Secrets;
use crate::decode::are_lines;
use crate::early_rows::EarlyRows;
use crate::inflate::{Excess, Inflater, MOST};
use crate::received::Received;
use crate::reply::Reply;
use crate::request::Request;

/// How many redirects of one request are followed.
const REDIRECTS: usize = 10;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// What requests accept that say nothing else.
pub(crate) const ACCEPTED: &str = "application/json";

/// How long an exchange may take that has no end.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// What bounds an exchange.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// How long one exchange may take, from connecting to the end of the answer.
    pub(crate) timeout: Duration,
    /// How large an answer may be, decompressed.
    pub(crate) max_response_bytes: usize,
}

/// What an exchange is called in messages. It is written down only when there is one.
#[derive(Clone, Copy)]
pub(crate) struct Label<'a> {
    pub(crate) request: &'a Request,
    pub(crate) secrets: &'a Secrets,
}

impl Label<'_> {
    fn method(&self) -> String {
        self.request.called.path.clone()
    }

    /// The request line as people may see it.
    pub(crate) fn line(&self) -> String {
        self.secrets.hide(&self.request.line())
    }

    /// The error that an answer is not taken in.
    fn exceeded(&self, excess: Excess, limit: usize) -> Error {
        exceeded(self.method(), self.line(), excess, limit)
    }
}

fn exceeded(method: String, request: String, excess: Excess, limit: usize) -> Error {
    match excess {
        Excess::TooLarge => Error::BodyTooLarge { method, limit },
        Excess::Inflated => Error::Inflated { method, ratio: MOST },
        Excess::Broken(error) => {
            let source = format!("the answer cannot be decompressed: {error}").into();
            Error::Transport { method, request, attempts: 1, sent: true, source }
        }
    }
}

/// An answer whose body is still on its way.
pub(crate) struct Arriving {
    response: reqwest::Response,
    inflater: Option<Inflater>,
    method: String,
    line: String,
    limit: usize,
    /// How long the next piece may take.
    idle: Duration,
}

impl Arriving {
    /// The next piece of the body; `None` behind the last. What was received is not asked for again.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let (method, request) = (self.method.clone(), self.line.clone());
        let piece = match timeout(self.idle, self.response.chunk()).await {
            Ok(Ok(piece)) => piece,
            Ok(Err(error)) => {
                let source = told(&error.without_url()).into();
                return Err(Error::Transport { method, request, attempts: 1, sent: true, source });
            }
            Err(_) => return Err(Error::Timeout { method, request, attempts: 1, after: self.idle }),
        };
        let content = match (piece, self.inflater.take()) {
            (Some(piece), Some(mut inflater)) => {
                let content = inflater.push(&piece);
                self.inflater = Some(inflater);
                content.map(Some)
            }
            (None, Some(inflater)) => inflater.finish().map(|rest| Some(rest).filter(|rest| !rest.is_empty())),
            (piece, None) => Ok(piece),
        };
        content.map_err(|excess| exceeded(method, request, excess, self.limit))
    }

    /// How long a line may be.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    pub(crate) fn too_large(&self) -> Error {
        Error::BodyTooLarge { method: self.method.clone(), limit: self.limit }
    }
}

/// Shared connections.
#[derive(Debug)]
pub(crate) struct Transport {
    http: reqwest::Client,
    limits: Limits,
}

impl Transport {
    /// A transport that trusts these certificates (PEM, one bundle each) beside those of the system.
    pub(crate) fn new(user_agent: &str, limits: Limits, trusted: &[Vec<u8>]) -> Result<Self, Error> {
        // Fails when the application has chosen a provider already, which is then the right one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut certificates = Vec::new();
        for bundle in trusted {
            let found = reqwest::Certificate::from_pem_bundle(bundle)
                .map_err(|error| Error::Configuration { reason: format!("no certificates (PEM): {}", told(&error)) })?;
            if found.is_empty() {
                return Err(Error::Configuration { reason: "no certificates (PEM): there are none in it".to_owned() });
            }
            certificates.extend(found);
        }
        let mut builder = reqwest::Client::builder();
        if !certificates.is_empty() {
            builder = builder.tls_certs_merge(certificates);
        }
        let http = builder
            .user_agent(user_agent)
            .default_headers(default_headers())
            .timeout(limits.timeout)
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(redirect::Policy::custom(on_same_origin))
            .referer(false)
            // What a server turns away is sent again by `retry`. Told like this, it keeps no copy of each request.
            .retry(reqwest::retry::never().max_retries_per_request(0))
            // `inflate` does that, within bounds.
            .no_gzip()
            .build()
            .map_err(|error| Error::Configuration {
                reason: format!("no HTTP client can be made: {}", told(&error)),
            })?;
        Ok(Self { http, limits })
    }

    /// Sends a request whose answer may have no end. It may take forever, but not until it begins.
    pub(crate) async fn endless(&self, label: Label<'_>, mut request: reqwest::Request) -> Result<Reply, Error> {
        *request.timeout_mut() = Some(FOREVER);
        let bounded = timeout(self.limits.timeout, self.exchange(label, request)).await;
        bounded.unwrap_or_else(|_| Err(self.timeout(label)))
    }

    /// Sends a request; any status is an answer.
    pub(crate) fn exchange<'a>(
        &'a self,
        label: Label<'a>,
        request: reqwest::Request,
    ) -> impl Future<Output = Result<Reply, Error>> + 'a {
        // Begun here, so that the request is no part of what waits for the answer.
        let sent = self.http.execute(request);
        async move {
            let mut response = sent.await.map_err(|error| self.failure(label, error))?;
            let limit = self.limits.max_response_bytes;
            let mut body = Body::of(&response, label.request);
            let mut inflater = Inflater::of(response.headers_mut(), limit);
            let status = response.status();
            if let Some(slot) = &label.request.lines
                && status.is_success()
                && are_lines(response.headers(), slot.declared())
            {
                let headers = std::mem::take(response.headers_mut());
                let (method, line, idle) = (label.method(), label.line(), self.limits.timeout);
                let inflater = inflater.map(Inflater::of_any_length);
                slot.put(Arriving { response, inflater, method, line, limit, idle });
                return Ok(Reply { status, headers, body: Bytes::new() });
            }
            while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(label, error))? {
                let chunk = match &mut inflater {
                    Some(inflater) => inflater.push(&chunk).map_err(|excess| label.exceeded(excess, limit))?,
                    None => chunk,
                };
                if body.len().saturating_add(chunk.len()) > limit {
                    return Err(label.exceeded(Excess::TooLarge, limit));
                }
                body.push(chunk);
                if is_whole(&response) {
                    break;
                }
            }
            if let Some(inflater) = inflater {
                body.push(inflater.finish().map_err(|excess| label.exceeded(excess, limit))?);
            }
            Ok(Reply { status, headers: std::mem::take(response.headers_mut()), body: body.into_bytes() })
        }
    }

    fn timeout(&self, label: Label<'_>) -> Error {
        Error::Timeout { method: label.method(), request: label.line(), attempts: 1, after: self.limits.timeout }
    }

    #[cold]
    fn failure(&self, label: Label<'_>, error: reqwest::Error) -> Error {
        if error.is_timeout() && !error.is_connect() {
            return self.timeout(label);
        }
        let (method, request) = (label.method(), label.line());
        let sent = !error.is_connect() && !error.is_builder() && !was_turned_away(&error);
        // The URL may hold the credential.
        let error = error.without_url();
        Error::Transport { method, request, attempts: 1, sent, source: told(&error).into() }
    }
}

/// What is the same in nearly all requests, and so is no part of each.
fn default_headers() -> HeaderMap {
    let accepted = [(ACCEPT, ACCEPTED), (ACCEPT_ENCODING, "gzip")];
    accepted.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect()
}

/// A client for whoever gives out tokens: it follows no redirects.
#[cfg(any(feature = "oauth2", feature = "aws", feature = "azure", feature = "google"))]
pub(crate) fn plain_client() -> Result<reqwest::Client, reqwest::Error> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().redirect(redirect::Policy::none()).referer(false);
    client.timeout(Duration::from_secs(30)).connect_timeout(CONNECT_TIMEOUT).build()
}

/// The same for what is next to this machine or not there at all: no proxy, and no patience.
#[cfg(feature = "google")]
pub(crate) fn direct_client() -> Result<reqwest::Client, reqwest::Error> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().redirect(redirect::Policy::none()).referer(false).no_proxy();
    client.timeout(Duration::from_secs(10)).connect_timeout(Duration::from_secs(2)).build()
}

/// Whether all of a body has arrived whose length was told. A stream of HTTP/2 also has an end of its own, which has to be
/// waited for: who leaves before it resets the stream.
fn is_whole(response: &reqwest::Response) -> bool {
    response.version() <= Version::HTTP_11 && response.content_length() == Some(0)
}

/// What has arrived of an answer.
enum Body<'a> {
    Own(Received),
    /// Its rows are read while it arrives.
    Shared(&'a EarlyRows),
}

impl<'a> Body<'a> {
    /// The body of an answer of which nothing has arrived.
    fn of(response: &reqwest::Response, request: &'a Request) -> Self {
        let received = Received::of_length(response.content_length());
        match &request.early {
            Some(rows) => {
                rows.begin(received, response.status(), response.headers());
                Self::Shared(rows)
            }
            None => Self::Own(received),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Own(received) => received.as_slice().len(),
            Self::Shared(rows) => rows.len(),
        }
    }

    fn push(&mut self, chunk: Bytes) {
        match self {
            Self::Own(received) => received.push(chunk),
            Self::Shared(rows) => rows.push(chunk),
        }
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Self::Own(received) => received.into_bytes(),
            Self::Shared(rows) => rows.whole(),
        }
    }
}

/// Whether a server of HTTP/2 says that it did not look at the request: it refused the stream, or goes away in peace and
/// takes no more (RFC 9113, 8.7).
fn was_turned_away(error: &reqwest::Error) -> bool {
    std::iter::successors(error.source(), |&error| error.source())
        .find_map(|error| error.downcast_ref::<h2::Error>())
        .filter(|error| error.is_remote())
        .is_some_and(|error| match error.reason() {
            Some(h2::Reason::REFUSED_STREAM) => error.is_reset(),
            Some(h2::Reason::NO_ERROR) => error.is_go_away(),
            _ => false,
        })
}

fn on_same_origin(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let is_same = attempt.previous().last().is_some_and(|from| from.origin() == attempt.url().origin());
    if is_same && attempt.previous().len() <= REDIRECTS { attempt.follow() } else { attempt.stop() }
}

/// An error with its causes, which say more than the error itself.
pub(crate) fn told(error: &dyn StdError) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let reason = error.to_string();
        if !told.contains(&reason) {
            told.push_str(": ");
            told.push_str(&reason);
        }
        cause = error.source();
    }
    told
}
