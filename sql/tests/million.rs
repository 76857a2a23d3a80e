//! What an INSERT of very many rows takes is bounded. A process of its own, because what is measured is its memory.
//!
//! `BINDERY_SQL_ROWS` says how many rows are inserted, and `BINDERY_SQL_ROW_BYTES` how large each is (five thousand of 32 KB
//! if nothing is said).

mod support;

use std::num::NonZeroUsize;
use std::time::Instant;

use support::{Outcome, SUBSCRIPTION, content};

/// The most memory this process has had, in MB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()).unwrap_or_default() / 1024
}

fn number(variable: &str) -> Option<usize> {
    std::env::var(variable).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_sent_as_they_are_computed() -> Outcome {
    let rows = number("BINDERY_SQL_ROWS").unwrap_or(5000);
    let bytes = number("BINDERY_SQL_ROW_BYTES").unwrap_or(32 << 10);
    let engine = content().await?.concurrency(NonZeroUsize::new(64).ok_or("64")?).build();
    // All of them together would take hundreds of megabytes.
    let insert = format!(
        "INSERT INTO azure.resources.resource_group (subscriptionId, resourceGroupName, data__location, managedBy)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         SELECT '{SUBSCRIPTION}', 'g' || i, 'north', hex(zeroblob({bytes} / 2)) FROM n"
    );
    let before = peak();
    let begun = Instant::now();
    let summary = engine.query(insert).execute().await?;
    assert_eq!(summary.changed, rows);
    let took = peak() - before;
    println!("{rows} rows in {:.1?}, {took} MB", begun.elapsed());
    assert!(took < 120, "{took} MB for {rows} rows of {bytes} bytes");
    Ok(())
}
