//! Keeps retries from making an outage worse: all calls of a client share an allowance.

use std::sync::atomic::{AtomicU32, Ordering};

/// How many retries are allowed before any call has succeeded.
const CAPACITY: u32 = 100 * RETRY;

/// What a retry costs.
const RETRY: u32 = 10;

/// What a call that succeeds gives back: five of them pay for one retry.
const SUCCESS: u32 = 2;

/// An allowance that retries take from and successes give back to. While a provider is down, a client with many
/// calls soon sends each of them once, instead of five times.
#[derive(Debug)]
pub(crate) struct RetryBudget(AtomicU32);

impl RetryBudget {
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(CAPACITY))
    }

    /// Takes a retry; `false` when none is left.
    pub(crate) fn take(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(RETRY)).is_ok()
    }

    /// Notes that a call succeeded.
    pub(crate) fn succeeded(&self) {
        // Full nearly always: a look is cheaper than a write that all threads wait for.
        if self.0.load(Ordering::Relaxed) < CAPACITY {
            let more = |left: u32| Some((left + SUCCESS).min(CAPACITY));
            let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_uses_it_up_and_successes_refill_it() {
        let budget = RetryBudget::new();
        assert_eq!((0..1000).filter(|_| budget.take()).count(), 100);
        (0..5).for_each(|_| budget.succeeded());
        assert!(budget.take());
        assert!(!budget.take());
        (0..10_000).for_each(|_| budget.succeeded());
        assert_eq!((0..1000).filter(|_| budget.take()).count(), 100);
    }
}
