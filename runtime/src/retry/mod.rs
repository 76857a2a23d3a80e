//! Whether and when a call is sent again.
//!
//! What went wrong, how often it was tried and what the request may do twice go in; a delay, or the decision to give
//! up, comes out. Nothing here waits or sends.

mod budget;
mod failure;
mod policy;
mod retry_after;

pub(crate) use budget::RetryBudget;
pub(crate) use failure::{Failure, Trouble};
pub use policy::RetryPolicy;
pub(crate) use retry_after::retry_after;

/// What sending a request twice may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeatable {
    /// Nothing: it only reads.
    Reads,
    /// The same as sending it once: it is idempotent by its HTTP method, or carries an idempotency key.
    Idempotent,
    /// Something twice.
    Once,
}

impl Repeatable {
    /// Whether a request may be sent again that may have been applied already.
    pub(crate) fn may_be_resent(self) -> bool {
        !matches!(self, Self::Once)
    }
}
