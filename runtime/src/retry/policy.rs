//! How often and after which delays a call is tried again.

use std::time::Duration;

use bindery_ir::{HttpMethod, Retry};

use crate::retry::{Failure, Repeatable, Trouble};

/// How failed attempts are repeated.
///
/// The delay before attempt *n* is random between nothing and `initial_delay * 2^(n-2)`, at most `max_delay` ("full
/// jitter": callers that failed together do not come back together). Where the provider says how long to wait, that
/// is what is waited.
///
/// What may have been applied is sent again only when that does no harm: reads, idempotent HTTP methods (`PUT`,
/// `DELETE`), and requests that carry an idempotency key. A refusal for too many calls (429, or a throttling code) was
/// not applied, so any method is sent again after it.
///
/// ```
/// use bindery_runtime::RetryPolicy;
/// let mut policy = RetryPolicy::default();
/// policy.max_attempts = 3;
/// assert_eq!(RetryPolicy::never().max_attempts, 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How often a call is sent at most, the first time included. 5, if not said.
    pub max_attempts: u32,
    /// The longest delay before the second attempt; it doubles with each further one. 200 ms, if not said.
    pub initial_delay: Duration,
    /// The longest delay before any attempt, unless the provider asks for a longer one. 20 s, if not said.
    pub max_delay: Duration,
    /// The longest delay a provider may ask for; a call that is told to wait longer fails at once. A
    /// minute, if not said.
    pub max_retry_after: Duration,
    /// How much longer each delay is than the one before, in percent: 200, if not said, doubles it.
    pub growth_percent: u32,
    /// How much of a delay is left to chance, in percent. All of it, 100, if not said.
    pub jitter_percent: u32,
    /// The statuses after which it may help to try again, 429 apart. 408, 500, 502, 503 and 504, if not said.
    pub statuses: Vec<u16>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 5,
            initial_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(20),
            max_retry_after: Duration::from_secs(60),
            growth_percent: 200,
            jitter_percent: 100,
            statuses: vec![408, 500, 502, 503, 504],
        }
    }
}

impl RetryPolicy {
    /// Every call is sent once.
    pub fn never() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }

    /// What a document says about retrying a method.
    pub(crate) fn of(retry: &Retry, method: HttpMethod) -> Self {
        let is_listed =
            retry.methods.is_empty() || retry.methods.iter().any(|name| name.eq_ignore_ascii_case(method.as_str()));
        Self {
            max_attempts: if is_listed { retry.attempts.max(1) } else { 1 },
            initial_delay: Duration::from_millis(retry.initial_delay_ms),
            max_delay: Duration::from_millis(retry.maximum_delay_ms),
            growth_percent: retry.multiplier_percent,
            jitter_percent: retry.jitter_percent.min(100),
            statuses: retry.statuses.to_vec(),
            ..Self::default()
        }
    }

    /// How long to wait before the next attempt, after so many; `None` when there is to be none. `random` is a number
    /// from 0 to 1.
    pub(crate) fn delay(
        &self,
        attempts: u32,
        failure: &Failure,
        repeatable: Repeatable,
        random: f64,
    ) -> Option<Duration> {
        if attempts >= self.max_attempts {
            return None;
        }
        let is_worth_it = match failure.trouble {
            Trouble::NotSent | Trouble::Throttled => true,
            Trouble::Broken => repeatable.may_be_resent(),
            Trouble::Status(status) => repeatable.may_be_resent() && self.statuses.contains(&status),
            Trouble::Final => false,
        };
        if !is_worth_it {
            return None;
        }
        if let Some(asked) = failure.retry_after {
            return (asked <= self.max_retry_after).then_some(asked);
        }
        let growth = (f64::from(self.growth_percent) / 100.0).powf(f64::from(attempts.saturating_sub(1)));
        let longest = Duration::try_from_secs_f64(self.initial_delay.as_secs_f64() * growth);
        let longest = longest.unwrap_or(self.max_delay).min(self.max_delay);
        let chance = f64::from(self.jitter_percent) / 100.0;
        Some(longest.mul_f64(1.0 - chance + chance * random.clamp(0.0, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    fn failure(trouble: Trouble, retry_after: Option<u64>) -> Failure {
        let error = Error::Configuration { reason: String::new() };
        Failure { error, trouble, retry_after: retry_after.map(Duration::from_secs) }
    }

    #[test]
    fn what_may_have_been_applied_is_not_sent_twice() {
        let policy = RetryPolicy::default();
        let again = |trouble, repeatable| policy.delay(1, &failure(trouble, None), repeatable, 1.0).is_some();
        for (trouble, reads, idempotent, once) in [
            (Trouble::NotSent, true, true, true),
            (Trouble::Throttled, true, true, true),
            (Trouble::Broken, true, true, false),
            (Trouble::Status(503), true, true, false),
            (Trouble::Status(500), true, true, false),
            (Trouble::Status(501), false, false, false),
            (Trouble::Final, false, false, false),
        ] {
            let got = [Repeatable::Reads, Repeatable::Idempotent, Repeatable::Once].map(|how| again(trouble, how));
            assert_eq!(got, [reads, idempotent, once], "{trouble:?}");
        }
    }

    #[test]
    fn delays_double_up_to_a_limit_and_are_random_below_it() {
        let policy = RetryPolicy { max_attempts: 100, ..RetryPolicy::default() };
        let delay = |attempts, random| {
            policy.delay(attempts, &failure(Trouble::Broken, None), Repeatable::Reads, random).unwrap()
        };
        assert_eq!(delay(1, 1.0), Duration::from_millis(200));
        assert_eq!(delay(2, 1.0), Duration::from_millis(400));
        assert_eq!(delay(3, 0.5), Duration::from_millis(400));
        assert_eq!(delay(1, 0.0), Duration::ZERO);
        assert_eq!(delay(99, 1.0), Duration::from_secs(20));
        let fixed = RetryPolicy { growth_percent: 100, jitter_percent: 0, ..policy };
        let wait = fixed.delay(4, &failure(Trouble::Broken, None), Repeatable::Reads, 0.0);
        assert_eq!(wait, Some(Duration::from_millis(200)));
    }

    #[test]
    fn the_provider_says_how_long_within_reason() {
        let policy = RetryPolicy::default();
        let delay = |asked| policy.delay(1, &failure(Trouble::Throttled, Some(asked)), Repeatable::Once, 0.0);
        assert_eq!(delay(7), Some(Duration::from_secs(7)));
        assert_eq!(delay(0), Some(Duration::ZERO));
        assert_eq!(delay(3600), None);
        assert_eq!(RetryPolicy::never().delay(1, &failure(Trouble::NotSent, None), Repeatable::Reads, 0.0), None);
    }
}
