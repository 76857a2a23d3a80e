//! Bounds how many calls are under way at once.
//!
//! A client lets so many calls begin, and so many be at one host. The second number adapts: a host that says "too
//! many" gets half as many, and one more for each round of answers that goes well. Callers are let in in the order in
//! which they came.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

/// How many hosts are remembered. A client talks to a handful; past this, hosts without calls are forgotten.
const HOSTS: usize = 1024;

/// The doors of a client.
#[derive(Debug)]
pub(crate) struct Admission {
    calls: Semaphore,
    per_host: usize,
    /// A handful, which is looked through faster than a hash is made.
    hosts: Mutex<Vec<(String, Arc<Gate>)>>,
}

impl Admission {
    pub(crate) fn new(calls: usize, per_host: usize) -> Self {
        let calls = calls.clamp(1, Semaphore::MAX_PERMITS);
        Self { calls: Semaphore::new(calls), per_host: per_host.clamp(1, calls), hosts: Mutex::default() }
    }

    /// Lets a call begin, if none waits for its turn.
    pub(crate) fn try_call(&self) -> Option<SemaphorePermit<'_>> {
        self.calls.try_acquire().ok()
    }

    /// Waits until a call may begin.
    pub(crate) async fn call(&self) -> Option<SemaphorePermit<'_>> {
        permit(&self.calls).await
    }

    /// The gate of a host.
    pub(crate) fn host(&self, host: &str) -> Arc<Gate> {
        let mut hosts = lock(&self.hosts);
        if let Some((_, gate)) = hosts.iter().find(|(known, _)| known == host) {
            return Arc::clone(gate);
        }
        if hosts.len() >= HOSTS {
            hosts.retain(|(_, gate)| Arc::strong_count(gate) > 1);
        }
        let gate = Arc::new(Gate::new(self.per_host));
        hosts.push((host.to_owned(), Arc::clone(&gate)));
        gate
    }
}

/// What bounds the calls at one host.
#[derive(Debug)]
pub(crate) struct Gate {
    most: usize,
    permits: Semaphore,
    /// Whether the host has fewer than it may have; spares the lock while all is well.
    is_reduced: AtomicBool,
    /// How often the host got fewer. Who began before the last time says nothing new.
    reductions: AtomicU32,
    pace: Mutex<Pace>,
}

#[derive(Debug)]
struct Pace {
    limit: usize,
    /// Permits that are taken out of use when they come back.
    owed: usize,
    /// Answers since the limit changed.
    answers: usize,
}

/// A call at a host; dropping it lets in the next.
#[derive(Debug)]
pub(crate) struct Visit<'g> {
    gate: &'g Gate,
    /// How often the host had got fewer when it began.
    reductions: u32,
    permit: Option<SemaphorePermit<'g>>,
}

impl Gate {
    fn new(most: usize) -> Self {
        Self {
            most,
            permits: Semaphore::new(most),
            is_reduced: AtomicBool::new(false),
            reductions: AtomicU32::new(0),
            pace: Mutex::new(Pace { limit: most, owed: 0, answers: 0 }),
        }
    }

    /// Waits until a request may go to the host.
    pub(crate) async fn enter(&self) -> Visit<'_> {
        let permit = permit(&self.permits).await;
        Visit { gate: self, reductions: self.reductions.load(Ordering::Relaxed), permit }
    }

    #[cfg(test)]
    fn limit(&self) -> usize {
        lock(&self.pace).limit
    }
}

impl Visit<'_> {
    /// The host answered as if there were not too many.
    pub(crate) fn went_well(&self) {
        let gate = self.gate;
        if !gate.is_reduced.load(Ordering::Relaxed) {
            return;
        }
        let mut pace = lock(&gate.pace);
        pace.answers += 1;
        if pace.answers < pace.limit || pace.limit >= gate.most {
            return;
        }
        pace.answers = 0;
        pace.limit += 1;
        match pace.owed.checked_sub(1) {
            Some(owed) => pace.owed = owed,
            None => gate.permits.add_permits(1),
        }
        gate.is_reduced.store(pace.limit < gate.most, Ordering::Relaxed);
    }

    /// The host said that there were too many. Those who were on their way together count as one.
    pub(crate) fn was_throttled(&self) {
        let gate = self.gate;
        let mut pace = lock(&gate.pace);
        if gate.reductions.load(Ordering::Relaxed) != self.reductions {
            return;
        }
        gate.reductions.fetch_add(1, Ordering::Relaxed);
        let limit = (pace.limit / 2).max(1);
        pace.owed += pace.limit - limit;
        pace.limit = limit;
        pace.answers = 0;
        pace.owed -= gate.permits.forget_permits(pace.owed);
        gate.is_reduced.store(true, Ordering::Relaxed);
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        let Some(permit) = self.permit.take() else { return };
        if self.gate.is_reduced.load(Ordering::Relaxed) {
            let mut pace = lock(&self.gate.pace);
            if let Some(owed) = pace.owed.checked_sub(1) {
                pace.owed = owed;
                permit.forget();
            }
        }
    }
}

/// One of the permits, which are never closed.
async fn permit(permits: &Semaphore) -> Option<SemaphorePermit<'_>> {
    match permits.try_acquire() {
        Ok(permit) => Some(permit),
        // While somebody waits there is none to be had at once, so nobody is overtaken.
        // Boxed, so that those who need not wait have no room for it.
        Err(_) => Box::pin(permits.acquire()).await.ok(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that holds it can leave it half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn too_many_halves_and_answers_grow_it_back() {
        let admission = Admission::new(100, 8);
        let gate = admission.host("h");
        let mut visits = Vec::new();
        for _ in 0..8 {
            visits.push(gate.enter().await);
        }
        // All eight were on their way: it is halved once.
        visits.iter().for_each(Visit::was_throttled);
        assert_eq!(gate.limit(), 4);
        drop(visits);
        assert_eq!(gate.permits.available_permits(), 4);

        for _ in 0..4 {
            gate.enter().await.went_well();
        }
        assert_eq!((gate.limit(), gate.permits.available_permits()), (5, 5));
        for _ in 0..10 {
            gate.enter().await.was_throttled();
        }
        assert_eq!((gate.limit(), gate.permits.available_permits()), (1, 1));
        for _ in 0..100 {
            gate.enter().await.went_well();
        }
        assert_eq!((gate.limit(), gate.permits.available_permits()), (8, 8));
        assert!(!gate.is_reduced.load(Ordering::Relaxed));
    }

    #[test]
    fn hosts_have_gates_of_their_own() {
        let admission = Admission::new(2, 100);
        assert_eq!(admission.host("a").most, 2);
        assert!(Arc::ptr_eq(&admission.host("a"), &admission.host("a")));
        assert!(!Arc::ptr_eq(&admission.host("a"), &admission.host("b")));
        for host in 0..HOSTS * 2 {
            admission.host(&host.to_string());
        }
        assert!(lock(&admission.hosts).len() <= HOSTS);
    }
}
