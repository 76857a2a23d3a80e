//! What went wrong with one attempt, as far as trying again goes.

use std::time::Duration;

use crate::{Error, ProviderError};

/// One attempt that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) trouble: Trouble,
    /// How long the provider asks to wait.
    pub(crate) retry_after: Option<Duration>,
}

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The request never reached the provider: it cannot have been applied.
    NotSent,
    /// The provider turned it away because there were too many: it was not applied.
    Throttled,
    /// The connection broke, or the answer did not come in time: it may have been applied.
    Broken,
    /// The provider answered with this status, which may pass.
    Status(u16),
    /// Trying again would change nothing.
    Final,
}

impl Failure {
    /// What an error means for trying again.
    pub(crate) fn of(error: Error) -> Self {
        let (trouble, retry_after) = match &error {
            Error::Transport { sent: false, .. } => (Trouble::NotSent, None),
            Error::Transport { .. } | Error::Timeout { .. } => (Trouble::Broken, None),
            Error::Provider(refusal) => (of_refusal(refusal), refusal.retry_after),
            _ => (Trouble::Final, None),
        };
        Self { error, trouble, retry_after }
    }
}

/// The codes by which providers say that there were too many calls, in bodies whose status says something else.
/// Compared without case.
const THROTTLING_CODES: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "rateLimitExceeded",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequests",
    "TooManyRequestsException",
    "TransactionInProgressException",
    "userRateLimitExceeded",
];

/// What a refusal means for trying again: by its status, the provider's own code and whether it asks to wait.
fn of_refusal(refusal: &ProviderError) -> Trouble {
    let code_says_so = || refusal.code.as_deref().is_some_and(is_throttling);
    let is_throttled = match refusal.status.as_u16() {
        429 => true,
        // Some say "forbidden" to those who may, but not so often.
        403 => refusal.retry_after.is_some() || code_says_so(),
        // An error that came as a success may be anything.
        200..=299 | 400..=599 => code_says_so(),
        _ => return Trouble::Final,
    };
    if is_throttled { Trouble::Throttled } else { Trouble::Status(refusal.status.as_u16()) }
}

fn is_throttling(code: &str) -> bool {
    // `com.amazonaws.dynamodb#ThrottlingException`, `ThrottlingException:http://…`
    let code = code.rsplit_once('#').map_or(code, |(_, code)| code);
    let code = code.split(':').next().unwrap_or(code);
    THROTTLING_CODES.iter().any(|known| known.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn throttling_is_seen_through_other_statuses() {
        let trouble = |status: u16, code: Option<&str>, wait: Option<u64>| {
            let mut refusal = ProviderError::new(String::new(), StatusCode::from_u16(status).unwrap());
            refusal.code = code.map(str::to_owned);
            refusal.retry_after = wait.map(Duration::from_secs);
            of_refusal(&refusal)
        };
        assert_eq!(trouble(429, None, None), Trouble::Throttled);
        assert_eq!(trouble(400, Some("com.amazonaws.x#ThrottlingException:http://y"), None), Trouble::Throttled);
        assert_eq!(trouble(503, Some("SlowDown"), None), Trouble::Throttled);
        assert_eq!(trouble(200, Some("throttling"), None), Trouble::Throttled);
        assert_eq!(trouble(400, Some("LimitExceededException"), None), Trouble::Status(400));
        assert_eq!(trouble(403, None, None), Trouble::Status(403));
        assert_eq!(trouble(403, None, Some(3)), Trouble::Throttled);
        assert_eq!(trouble(503, None, Some(3)), Trouble::Status(503));
        assert_eq!(trouble(304, None, Some(3)), Trouble::Final);
    }
}
