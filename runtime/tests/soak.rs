//! Many calls at once, of which one in twenty goes wrong: nothing is lost, and nothing piles up.
//!
//! `BINDERY_SOAK_CALLS=100000 cargo test --release -p bindery-runtime --test soak` is the long one.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bindery_runtime::ir::HttpMethod;
use bindery_runtime::{Call, RetryPolicy};
use futures_util::stream::{self, StreamExt};
use support::method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const CONCURRENCY: usize = 64;

/// Answers 503, too many, or breaks the connection, each time a twentieth of all requests in turn. How often it
/// answered as it should comes along.
async fn server() -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let served = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&served);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (count, served) = (Arc::clone(&count), Arc::clone(&counted));
            tokio::spawn(async move {
                let mut buffer = Vec::with_capacity(2048);
                while stream.read_buf(&mut buffer).await.is_ok_and(|read| read > 0) {
                    if !buffer.ends_with(b"\r\n\r\n") {
                        continue;
                    }
                    buffer.clear();
                    let number = count.fetch_add(1, Ordering::Relaxed);
                    let answer: &[u8] = match number % 60 {
                        19 => b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
                        39 => b"HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n",
                        59 => return,
                        _ => {
                            served.fetch_add(1, Ordering::Relaxed);
                            b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n7"
                        }
                    };
                    if stream.write_all(answer).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (url, served)
}

/// How much memory this process holds, in bytes; 0 where that cannot be read.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    pages.and_then(|text| text.split(' ').nth(1)?.parse::<usize>().ok()).unwrap_or(0) * 4096
}

#[tokio::test]
async fn calls_by_the_thousand_lose_nothing_and_leave_nothing_behind() {
    let calls: usize = std::env::var("BINDERY_SOAK_CALLS").ok().and_then(|n| n.parse().ok()).unwrap_or(4_000);
    let mut policy = RetryPolicy::default();
    policy.initial_delay = Duration::from_millis(1);
    let (url, served) = server().await;
    let client = bindery_runtime::Client::builder("demo", bindery_runtime::ir::Auth::NONE)
        .base_url(&url)
        .retry(policy)
        .build()
        .unwrap();
    let get = method(HttpMethod::Get, "/n");
    let round = |count| {
        let one = |_| async { client.one::<i64>(Call::new(&get)).await.unwrap() };
        stream::iter(0..count).map(one).buffer_unordered(CONCURRENCY).fold(0, |sum, n| async move { sum + n })
    };
    // Connections, buffers and the like come about.
    round(calls / 4).await;
    let before = resident();
    assert_eq!(round(calls).await, 7 * i64::try_from(calls).unwrap());
    let grown = resident().saturating_sub(before);
    assert!(grown < 16 << 20, "{grown} bytes");

    let counts = client.counts();
    println!("{counts:?}, {grown} bytes more");
    assert_eq!(counts.failed, 0);
    // Each call was answered once: what went well was not sent again.
    assert_eq!(served.load(Ordering::Relaxed) as u64, counts.calls);
    assert_eq!(counts.attempts, counts.calls + counts.retries);
    assert!(counts.retries >= calls as u64 / 40, "{counts:?}");
}
