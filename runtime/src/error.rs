//! What can go wrong with a call. Every message names the method, says what happened and what to do about it;
//! none holds a secret.

use std::error::Error as StdError;
use std::time::Duration;

use http::StatusCode;

use crate::json;
use crate::page_limits::PageLimit;
use crate::provider_error::ProviderError;

/// Why a call has no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The provider answered, and its answer is no success.
    #[error("{0}")]
    Provider(Box<ProviderError>),
    /// There was no answer: no connection, no trust, or a connection that broke.
    #[error("{method}: no answer to `{request}`{}: {source}", tries(*attempts))]
    Transport {
        /// The method that was called.
        method: String,
        /// The request line.
        request: String,
        /// How often it was sent.
        attempts: u32,
        /// Whether the request may have reached the provider.
        sent: bool,
        /// What the transport says.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The answer did not come in time.
    #[error(
        "{method}: no complete answer to `{request}` within {after:?}{}; raise the client's `timeout` if the provider \
         needs longer",
        tries(*attempts)
    )]
    Timeout {
        /// The method that was called.
        method: String,
        /// The request line.
        request: String,
        /// How often it was sent.
        attempts: u32,
        /// How long was waited.
        after: Duration,
    },
    /// The call as a whole, with all its attempts, was not over in time.
    #[error(
        "{method}: the call was not over within {within:?}, after {attempts} attempts; raise its deadline if it may take \
         longer{}",
        last.as_ref().map(|last| format!("\n  the last attempt: {last}")).unwrap_or_default()
    )]
    DeadlineExceeded {
        /// The method that was called.
        method: String,
        /// How long the call was allowed to take.
        within: Duration,
        /// How often it was sent; 0 when it was still waiting for its turn.
        attempts: u32,
        /// What the last attempt that came to an end ended in.
        last: Option<Box<Error>>,
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
    /// The provider names a next page, or an operation, on another host. Nothing was sent there.
    #[error("{method}: the provider leads on to {to}, but the call began at {from}; nothing was sent there")]
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
        pages: u64,
    },
    /// A page broke off, or was refused, behind rows that had been given out, and was another one when it was asked for
    /// again.
    #[error(
        "{method}: a page broke off behind {rows} of its rows, and did not begin with them when it was asked for again; \
         begin the listing anew"
    )]
    PageChanged {
        /// The method that was called.
        method: String,
        /// How many rows of the page were given out.
        rows: u64,
    },
    /// A listing was ended by a limit that the caller set, and there may be more.
    #[error(
        "{method}: there is more: the listing was ended after {limit}, with {rows} rows of {pages} pages; raise the limit, \
         or take `up_to_limits` if that is enough"
    )]
    LimitReached {
        /// The method that was called.
        method: String,
        /// The limit.
        limit: PageLimit,
        /// How many pages were fetched.
        pages: u64,
        /// How many rows were given out.
        rows: u64,
    },
    /// Something that a call began has failed later.
    #[error(
        "{method}: the operation `{id}` failed{}{}",
        code.as_ref().map(|code| format!(", {code}")).unwrap_or_default(),
        message.as_ref().map(|message| format!(": {message}")).unwrap_or_default()
    )]
    OperationFailed {
        /// The method that was called.
        method: String,
        /// What the provider calls the operation: its address or its token.
        id: String,
        /// The provider's own code.
        code: Option<String>,
        /// The provider's own sentence.
        message: Option<String>,
    },
    /// Something that a call began was not over in time. It goes on.
    #[error("{method}: the operation `{id}` was not over within {within:?}; it goes on, and can be asked for later")]
    OperationTimeout {
        /// The method that was called.
        method: String,
        /// What the provider calls the operation: its address or its token.
        id: String,
        /// How long was waited.
        within: Duration,
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
    /// The answer is compressed as no honest answer is.
    #[error(
        "{method}: the answer is more than {ratio} times as large as what arrived of it, as none is that means well"
    )]
    Inflated {
        /// The method that was called.
        method: String,
        /// How many times as large an answer may be.
        ratio: usize,
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
            Self::OperationFailed { code, .. } => code.as_deref(),
            _ => None,
        }
    }

    /// Whether the call may have taken effect although it failed: the request was on its way, and what became of it
    /// is not known.
    ///
    /// ```
    /// # fn check(error: &bindery_runtime::Error) {
    /// if error.may_have_been_applied() {
    ///     // Look before creating it once more.
    /// }
    /// # }
    /// ```
    pub fn may_have_been_applied(&self) -> bool {
        match self {
            Self::Transport { sent, .. } => *sent,
            Self::Timeout { .. } | Self::Decode { .. } | Self::BodyTooLarge { .. } | Self::Inflated { .. } => true,
            Self::DeadlineExceeded { attempts, .. } => *attempts > 0,
            Self::Provider(refusal) => refusal.status.is_server_error(),
            _ => false,
        }
    }

    /// The same error, which it took so many attempts to come to.
    pub(crate) fn after(mut self, count: u32) -> Self {
        match &mut self {
            Self::Provider(refusal) => refusal.attempts = count,
            Self::Transport { attempts, .. } | Self::Timeout { attempts, .. } => *attempts = count,
            _ => {}
        }
        self
    }

    /// What kind of error it is, in a word, for metrics and traces.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Provider(refusal) => match refusal.status.as_u16() {
                401 => "unauthenticated",
                403 => "forbidden",
                404 => "not_found",
                409 | 412 => "conflict",
                429 => "throttled",
                500..=599 => "provider_failed",
                _ => "refused",
            },
            Self::Transport { .. } => "transport",
            Self::Timeout { .. } => "timeout",
            Self::DeadlineExceeded { .. } => "deadline_exceeded",
            Self::Decode { .. } => "decode",
            Self::MissingArguments { .. } => "missing_arguments",
            Self::UnknownArgument { .. } => "unknown_argument",
            Self::InvalidArgument { .. } => "invalid_argument",
            Self::Credential { .. } => "credential",
            Self::ForeignOrigin { .. } => "foreign_origin",
            Self::RepeatedPage { .. } => "repeated_page",
            Self::PageChanged { .. } => "page_changed",
            Self::LimitReached { .. } => "limit_reached",
            Self::OperationFailed { .. } => "operation_failed",
            Self::OperationTimeout { .. } => "operation_timeout",
            Self::NoWireForm { .. } => "no_wire_form",
            Self::BodyTooLarge { .. } | Self::Inflated { .. } => "body_too_large",
            Self::Configuration { .. } => "configuration",
        }
    }

    /// Whether the provider says that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Provider(error) if error.status == StatusCode::NOT_FOUND)
    }
}

/// What a message says of more than one attempt.
pub(crate) fn tries(attempts: u32) -> String {
    if attempts > 1 { format!(" (after {attempts} attempts)") } else { String::new() }
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "no arguments".to_owned();
    }
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
