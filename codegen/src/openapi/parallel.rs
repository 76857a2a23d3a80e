//! Many documents at once.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The stack that documents are read on, in bytes. Nesting is bounded, but at a depth that the stack of a thread
/// (2 MB) does not hold in a debug build; memory is used only as deep as a document goes.
const STACK: usize = 64 * 1024 * 1024;

/// Applies a function to all items, on as many threads as are asked for, each with a stack that is deep enough. The
/// results are in the order of the items, whatever the threads do.
pub(super) fn map<T: Sync, R: Send>(items: &[T], threads: NonZeroUsize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<R>>> = items.iter().map(|_| Mutex::new(None)).collect();
    let labour = || {
        while let Some((item, slot)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            items.get(index).zip(results.get(index))
        } {
            let result = work(item);
            if let Ok(mut slot) = slot.lock() {
                *slot = Some(result);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.get().min(items.len()) {
            let started = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, labour);
            if started.is_err() {
                break;
            }
        }
    });
    // Where no thread is to be had, the stack at hand will do for any but the deepest document.
    labour();
    results.into_iter().filter_map(|slot| slot.into_inner().ok().flatten()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..1_000).collect();
        for threads in [1, 2, 7] {
            let doubled = map(&items, NonZeroUsize::new(threads).unwrap(), |item| item * 2);
            assert!(doubled.iter().enumerate().all(|(index, item)| *item == index * 2));
        }
    }
}
