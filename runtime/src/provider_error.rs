//! A provider's refusal, as people get to see it.
//!
//! What `error_body` read and what was asked go in; a message with a hint comes out.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, StatusCode};

use crate::error::tries;
use crate::redact::{HIDDEN, excerpt};
use crate::redaction::Redaction;

/// How much of the body of an error is kept, in characters.
const KEPT_BODY: usize = 4096;

/// How much of a body without a message is shown, in characters.
const SHOWN_BODY: usize = 300;

/// The headers that identify a request to the provider's support.
const REQUEST_IDS: &[&str] = &[
    "x-ms-request-id",
    "x-request-id",
    "request-id",
    "x-amzn-requestid",
    "x-amz-request-id",
    "x-github-request-id",
    "x-ms-correlation-request-id",
    "x-correlation-id",
    "cf-ray",
];

/// A provider's refusal.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProviderError {
    /// The method that was called: `provider.service.resource.method`.
    pub method: String,
    /// The request line. Values that may be secrets are not shown.
    pub request: String,
    /// The arguments of the call.
    pub arguments: Vec<ShownArgument>,
    /// The status of the answer.
    pub status: StatusCode,
    /// The provider's own code.
    pub code: Option<String>,
    /// The provider's own sentence.
    pub message: Option<String>,
    /// What the provider says beyond that, as JSON text: which arguments are wrong, what lies beneath.
    pub details: Option<String>,
    /// What identifies the request to the provider's support.
    pub request_id: Option<String>,
    /// The start of the body.
    pub body: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// How long the provider asks to wait before trying again.
    pub retry_after: Option<Duration>,
    /// How often the request was sent.
    pub attempts: u32,
}

impl ProviderError {
    /// A refusal of which only the status is known.
    pub(crate) fn new(method: String, status: StatusCode) -> Self {
        Self {
            method,
            request: String::new(),
            arguments: Vec::new(),
            status,
            code: None,
            message: None,
            details: None,
            request_id: None,
            body: String::new(),
            hint: None,
            retry_after: None,
            attempts: 1,
        }
    }
}

/// An argument as people may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShownArgument {
    /// Its documented name.
    pub name: String,
    /// Its value, shortened; `None` when it is not shown, because it is or may hold a secret.
    pub value: Option<String>,
}

impl ShownArgument {
    /// The same argument, in case its value holds a secret.
    pub(crate) fn without(&self, redaction: &Redaction<'_>) -> Self {
        let value = self.value.as_deref().map(|value| redaction.hide(value));
        Self { name: self.name.clone(), value }
    }
}

impl fmt::Display for ShownArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.name, self.value.as_deref().unwrap_or(HIDDEN))
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}{}", self.method, self.status, tries(self.attempts))?;
        match (&self.code, &self.message) {
            (Some(code), Some(message)) => write!(f, ", {code}: {message}")?,
            (Some(said), None) | (None, Some(said)) => write!(f, ", {said}")?,
            (None, None) if !self.body.is_empty() => write!(f, ", {}", excerpt(&self.body, SHOWN_BODY))?,
            (None, None) => {}
        }
        write!(f, "\n  request: {}", self.request)?;
        if !self.arguments.is_empty() {
            let arguments: Vec<String> = self.arguments.iter().map(ToString::to_string).collect();
            write!(f, "\n  arguments: {}", arguments.join(", "))?;
        }
        if let Some(id) = &self.request_id {
            write!(f, "\n  request id: {id}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ProviderError {}

/// The id of the request, from the headers of the answer.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    REQUEST_IDS.iter().find_map(|name| headers.get(*name)?.to_str().ok()).map(|id| excerpt(id, SHOWN_BODY))
}

/// The part of a body that is kept.
pub(crate) fn kept(body: &str) -> String {
    excerpt(body, KEPT_BODY)
}

/// What to do about a status. `credential` says how a secret would be set if none was sent.
pub(crate) fn hint(status: StatusCode, headers: &HeaderMap, credential: Option<String>) -> Option<String> {
    let location = || headers.get(http::header::LOCATION)?.to_str().ok()?.parse::<url::Url>().ok();
    Some(match status.as_u16() {
        304 => "nothing has changed since the version the If-None-Match or If-Modified-Since argument names".to_owned(),
        300..=399 => match location() {
            Some(to) => format!(
                "the provider redirects to {}; redirects to another origin are not followed, so that no credential goes \
                 there: set the client's `base_url` if that is the right place",
                to.origin().ascii_serialization()
            ),
            None => "the provider redirects, but not to a place on the same origin".to_owned(),
        },
        401 => match credential {
            Some(how) => format!("no credential was sent: {how}"),
            None => "the provider refused the credential: it may be expired, revoked or meant for another service"
                .to_owned(),
        },
        403 => "the caller is known but may not do this: ask for the permission, or use another credential".to_owned(),
        404 => {
            "there is no such thing: check the names in the path arguments, and that the caller may see it".to_owned()
        }
        409 => "it is in a state that does not allow this: read it again and look at its state".to_owned(),
        412 => "the If-Match or If-None-Match argument does not match what is stored: read it again and use its etag"
            .to_owned(),
        429 => match headers.get(http::header::RETRY_AFTER).and_then(|value| value.to_str().ok()) {
            Some(after) => format!("too many calls: try again after {}", excerpt(after, 40)),
            None => "too many calls: try again later".to_owned(),
        },
        500..=599 => "the provider failed: try again later, and give its support the request id".to_owned(),
        _ => return None,
    })
}
