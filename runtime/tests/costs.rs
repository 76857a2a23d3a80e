//! What calls cost in memory and in requests. Benchmarks measure time; these are the bounds that hold on any machine.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod support;

use std::time::Duration;

use bindery_runtime::ir::{Auth, HttpMethod, Method};
use bindery_runtime::json::Json;
use bindery_runtime::{Call, RetryPolicy};
use support::{Answer, Seen, Server, list, method, next_link};

const PAGES: usize = 100;
const ROWS: usize = 1000;
const WAITING: usize = 10_000;

/// Memory that this process holds (`VmRSS`), or held at most (`VmHWM`), in bytes; `None` where that cannot be read.
fn memory(kind: &str) -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(kind))?;
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<usize>().ok().map(|kib| kib * 1024)
}

/// A page of a thousand rows of a kilobyte, of a hundred.
fn page(seen: &Seen) -> Answer {
    let number = seen.pairs().iter().find(|(name, _)| name == "page").map_or(0, |(_, page)| page.parse().unwrap());
    let row = format!(r#"{{"id":"{number}","text":"{}"}}"#, "x".repeat(980));
    let next = if number + 1 < PAGES { format!(r#","nextLink":"/things?page={}""#, number + 1) } else { String::new() };
    Answer::json(format!(r#"{{"value":[{}]{next}}}"#, vec![row; ROWS].join(",")))
}

/// One test, because what others hold at the same time would count.
#[tokio::test]
async fn a_listing_holds_a_page_and_a_waiting_call_its_arguments() {
    let server = Server::start(page).await;
    let things: Method = list(Some(next_link()));
    let client = server.client();

    // The first row costs one page.
    let mut rows = client.rows::<Json>(Call::new(&things));
    rows.next().await.unwrap().unwrap();
    assert_eq!(server.seen().len(), 1);
    drop(rows);

    // The hundredth page takes no more than the third did: a page of the server's, one on its way, one of ours.
    let mut rows = client.rows::<Json>(Call::new(&things));
    for _ in 0..3 * ROWS {
        rows.next().await.unwrap().unwrap();
    }
    let before = memory("VmHWM");
    let mut count = 3 * ROWS;
    while let Some(row) = rows.next().await {
        row.unwrap();
        count += 1;
    }
    assert_eq!(count, PAGES * ROWS);
    if let (Some(before), Some(after)) = (before, memory("VmHWM")) {
        let grown = after.saturating_sub(before);
        println!("97 pages of 1 MB more took {grown} bytes more");
        assert!(grown < 4 << 20, "{grown} bytes");
    }

    // Nobody answers, and one may be on its way: the others wait.
    let server = Server::start(|_| Answer::never()).await;
    let client = server.builder(Auth::NONE).concurrency(1).retry(RetryPolicy::never()).build().unwrap();
    let get = std::sync::Arc::new(method(HttpMethod::Get, "/"));
    let before = memory("VmRSS");
    let calls: Vec<_> = (0..WAITING)
        .map(|_| (client.clone(), std::sync::Arc::clone(&get)))
        .map(|(client, get)| tokio::spawn(async move { client.unit(Call::new(&get)).await }))
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.seen().len(), 1);
    if let (Some(before), Some(after)) = (before, memory("VmRSS")) {
        let each = after.saturating_sub(before) / WAITING;
        println!("a waiting call takes {each} bytes, with its task");
        assert!(each < 4096, "{each} bytes");
    }
    // Who is dropped is gone, and lets the next one go.
    for call in &calls {
        call.abort();
    }
    for call in calls {
        assert!(call.await.unwrap_err().is_cancelled());
    }
    let last = tokio::time::timeout(Duration::from_millis(300), client.unit(Call::new(&get))).await;
    assert!(last.is_err());
    assert_eq!(server.seen().len(), 2);
}
