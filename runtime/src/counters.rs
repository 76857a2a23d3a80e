//! What a client has done so far, in numbers.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts that the calls of a client add to.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    calls: AtomicU64,
    failed: AtomicU64,
    attempts: AtomicU64,
    retries: AtomicU64,
    throttled: AtomicU64,
    pages: AtomicU64,
    bytes_sent: AtomicU64,
    bytes_received: AtomicU64,
}

/// What a client has done since it was made. Clones of a client share the counts.
///
/// ```
/// use bindery_runtime::{Client, ir::Auth};
/// let client = Client::builder("pets", Auth::NONE).build()?;
/// assert_eq!(client.counts().attempts, 0);
/// # Ok::<(), bindery_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Exchanges that were asked for: calls, and each page of a listing.
    pub calls: u64,
    /// Calls that ended in an error.
    pub failed: u64,
    /// Requests that were sent, retries included.
    pub attempts: u64,
    /// Requests that were sent again after a failure.
    pub retries: u64,
    /// Answers that said that there were too many calls.
    pub throttled: u64,
    /// Pages of listings.
    pub pages: u64,
    /// Bytes of request bodies.
    pub bytes_sent: u64,
    /// Bytes of response bodies, decompressed.
    pub bytes_received: u64,
}

impl Counters {
    pub(crate) fn call(&self) {
        add(&self.calls, 1);
    }

    pub(crate) fn failed(&self) {
        add(&self.failed, 1);
    }

    pub(crate) fn attempt(&self, bytes: usize) {
        add(&self.attempts, 1);
        add(&self.bytes_sent, bytes);
    }

    pub(crate) fn retry(&self) {
        add(&self.retries, 1);
    }

    pub(crate) fn throttled(&self) {
        add(&self.throttled, 1);
    }

    pub(crate) fn page(&self) {
        add(&self.pages, 1);
    }

    pub(crate) fn received(&self, bytes: usize) {
        add(&self.bytes_received, bytes);
    }

    pub(crate) fn read(&self) -> Counts {
        let get = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts {
            calls: get(&self.calls),
            failed: get(&self.failed),
            attempts: get(&self.attempts),
            retries: get(&self.retries),
            throttled: get(&self.throttled),
            pages: get(&self.pages),
            bytes_sent: get(&self.bytes_sent),
            bytes_received: get(&self.bytes_received),
        }
    }
}

fn add(count: &AtomicU64, more: usize) {
    if more > 0 {
        count.fetch_add(more as u64, Ordering::Relaxed);
    }
}
