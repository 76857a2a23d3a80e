//! What can go wrong with a call. Every message names the method, says what happened and what to do about it;
//! none holds a secret.

use std::error::Error as StdError;
use std::time::Duration;

use http::StatusCode;

use crate::json;
use crate::provider_error::ProviderError;

/// Why a call has no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The provider answered, and its answer is no success.
    #[error("{0}")]
    Provider(Box<ProviderError>),
    /// There was no answer: no connection, no trust, or a connection that broke.
    #[error("{method}: no answer to `{request}`: {source}")]
    Transport {
        /// The method that was called.
        method: String,
        /// The request line.
        request: String,
        /// What the transport says.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The answer did not come in time.
    #[error(
        "{method}: no complete answer to `{request}` within {after:?}; raise the client's `timeout` if the provider \
         needs longer"
    )]
    Timeout {
        /// The method that was called.
        method: String,
        /// The request line.
        request: String,
        /// How long was waited.
        after: Duration,
    },
    /// The provider answered with success, but not with what the method is documented to answer with.
    #[error("{method}: the answer ({status}) cannot be read: {reason}")]
    Decode {
        /// The method that was called.
        method: String,
        /// The status of the answer.
        status: StatusCode,
        /// What does not fit.
        reason: String,
        /// Where the JSON is broken, if that is the reason.
        #[source]
        source: Option<json::Error>,
    },
    /// Required arguments were not given.
    #[error("{method}: missing {}", list(missing))]
    MissingArguments {
        /// The method that was called.
        method: String,
        /// The documented names of all missing arguments.
        missing: Vec<String>,
    },
    /// An argument was given that the method does not have.
    #[error("{method}: there is no argument `{name}`; it takes {}", list(known))]
    UnknownArgument {
        /// The method that was called.
        method: String,
        /// The name that was given.
        name: String,
        /// The documented names of the method's parameters.
        known: Vec<String>,
    },
    /// The value of an argument cannot be sent.
    #[error("{method}: the argument `{name}` cannot be sent: {reason}")]
    InvalidArgument {
        /// The method that was called.
        method: String,
        /// The documented name of the argument.
        name: String,
        /// Why.
        reason: String,
    },
    /// There is no usable secret, or it must not be sent to where the request goes.
    #[error("{provider}: {reason}")]
    Credential {
        /// The provider that wants the secret.
        provider: String,
        /// What is wrong with it.
        reason: String,
        /// What the credential says.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// The provider names a next page on another host. Nothing was sent there.
    #[error("{method}: the next page is at {to}, but the listing began at {from}; nothing was sent there")]
    ForeignOrigin {
        /// The method that was called.
        method: String,
        /// The origin of the listing.
        from: String,
        /// The origin of the next page.
        to: String,
    },
    /// The provider names a page as the next one that was fetched before.
    #[error("{method}: the provider leads in a circle: after {pages} pages it names `{page}` as the next one again")]
    RepeatedPage {
        /// The method that was called.
        method: String,
        /// The URL of the page, or a word for its token.
        page: String,
        /// How many pages were fetched.
        pages: usize,
    },
    /// The method is documented, but no request can be made for it.
    #[error("{method}: {reason}")]
    NoWireForm {
        /// The method that was called.
        method: String,
        /// Why not.
        reason: String,
    },
    /// The answer is larger than the client accepts.
    #[error(
        "{method}: the answer is larger than {limit} bytes; raise the client's `max_response_bytes`, or ask for smaller \
         pages"
    )]
    BodyTooLarge {
        /// The method that was called.
        method: String,
        /// The largest answer the client accepts, in bytes.
        limit: usize,
    },
    /// The client, or the description of the method, cannot work as it is.
    #[error("{reason}")]
    Configuration {
        /// What is wrong, and what to do about it.
        reason: String,
    },
}

impl Error {
    /// The status the provider answered with, if it did.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Provider(error) => Some(error.status),
            Self::Decode { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The provider's own code for what went wrong: `ResourceNotFound`.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Provider(error) => error.code.as_deref(),
            _ => None,
        }
    }

    /// Whether the provider says that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Provider(error) if error.status == StatusCode::NOT_FOUND)
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "no arguments".to_owned();
    }
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
