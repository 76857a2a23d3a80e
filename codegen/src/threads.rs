//! Many things at once.

use std::num::NonZeroUsize;

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

/// The stack that documents are read on, in bytes. Nesting is bounded, but at a depth that the stack of a thread
/// (2 MB) does not hold in a debug build; memory is used only as deep as a document goes.
const STACK: usize = 64 * 1024 * 1024;

/// Applies a function to all items, on as many threads as are asked for, each with a stack that is deep enough for any
/// document. The results are in the order of the items, whatever the threads do.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], jobs: NonZeroUsize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let count = jobs.get().min(items.len()).max(1);
    match ThreadPoolBuilder::new().num_threads(count).stack_size(STACK).build() {
        // One item may take as long as all others.
        Ok(threads) => threads.install(|| items.par_iter().with_max_len(1).map(&work).collect()),
        // Where no thread is to be had, the stack at hand will do for any but the deepest document.
        Err(_) => items.iter().map(work).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..1_000).collect();
        for jobs in [1, 2, 7] {
            let doubled = map(&items, NonZeroUsize::new(jobs).unwrap(), |item| item * 2);
            assert!(doubled.iter().enumerate().all(|(index, item)| *item == index * 2));
        }
    }
}
