//! When a call must be over, whatever it takes.

use std::time::Duration;

use futures_util::future::{Either, FutureExt, TryFutureExt};
use tokio::time::{Instant, timeout_at};

use crate::Error;

/// The end of a call, with all its attempts and all that it waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    /// How long the call may take in all.
    within: Option<Duration>,
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

    /// The moment, if there is one.
    pub(crate) fn at(&self) -> Option<Instant> {
        self.at
    }

    /// What comes out of the future, if it does in time.
    pub(crate) fn bound<F: Future>(&self, future: F) -> impl Future<Output = Result<F::Output, Over>> {
        match self.at {
            // Boxed, so that calls without a deadline have no room for a clock.
            Some(at) => Either::Left(Box::pin(timeout_at(at, future)).map_err(|_| Over)),
            None => Either::Right(future.map(Ok)),
        }
    }

    /// The error that it has passed, after so many attempts, of which the last that came to an end ended in `last`.
    #[cold]
    pub(crate) fn exceeded(&self, method: String, attempts: u32, last: Option<Box<Error>>) -> Error {
        Error::DeadlineExceeded { method, within: self.within.unwrap_or_default(), attempts, last }
    }

    /// Whether there is no time to wait that long.
    pub(crate) fn comes_within(&self, delay: Duration) -> bool {
        self.at.is_some_and(|at| Instant::now().checked_add(delay).is_none_or(|then| then >= at))
    }
}
