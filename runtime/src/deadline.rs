//! When a call must be over, whatever it takes.

use std::time::Duration;

use futures_util::future::{Either, FutureExt, TryFutureExt};
use tokio::time::{Instant, timeout_at};

/// The end of a call, with all its attempts and all that it waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    /// How long the call may take in all.
    pub(crate) within: Option<Duration>,
    at: Option<Instant>,
}

/// The time is up.
#[derive(Debug)]
pub(crate) struct Over;

impl Deadline {
    /// A deadline that long from now.
    pub(crate) fn after(within: Option<Duration>) -> Self {
        // What is too far away to be written down does not come.
        Self { within, at: within.and_then(|within| Instant::now().checked_add(within)) }
    }

    /// What comes out of the future, if it does in time.
    pub(crate) fn bound<F: Future>(self, future: F) -> impl Future<Output = Result<F::Output, Over>> {
        match self.at {
            Some(at) => Either::Left(timeout_at(at, future).map_err(|_| Over)),
            None => Either::Right(future.map(Ok)),
        }
    }

    /// Whether there is no time to wait that long.
    pub(crate) fn comes_within(self, delay: Duration) -> bool {
        self.at.is_some_and(|at| Instant::now().checked_add(delay).is_none_or(|then| then >= at))
    }
}
