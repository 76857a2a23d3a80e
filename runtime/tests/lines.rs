//! Answers that are lines of JSON: rows come out while lines come in.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

mod support;

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bindery_runtime::ir::{Auth, JsonPath, Method, Rows};
use bindery_runtime::{Call, Client, Error, json::Json};
use support::scripted::{self, Step, send};
use tokio::sync::Notify;

/// A server that answers every request with these steps, and how many came.
async fn serve(headers: &'static str, steps: Vec<Step>) -> (Client, Arc<AtomicUsize>) {
    let (url, requests) = scripted::serve(headers, vec![steps]).await;
    let client = Client::builder("demo", Auth::NONE).base_url(&url).timeout(Duration::from_millis(500));
    (client.max_response_bytes(1000).build().unwrap(), requests)
}

const LINES: &str = "content-type: application/x-ndjson; charset=utf-8\r\n";

fn log() -> Method {
    let mut method = support::list(None);
    method.response.rows = Rows::Many(JsonPath::ROOT);
    method
}

async fn texts(rows: &mut bindery_runtime::Rows<Json>, count: usize) -> Vec<String> {
    let mut texts = Vec::new();
    for _ in 0..count {
        texts.push(rows.next().await.unwrap().unwrap().get().to_owned());
    }
    texts
}

#[tokio::test]
async fn a_row_comes_out_as_soon_as_its_line_is_there() {
    let (first, second, never) = (Arc::new(Notify::new()), Arc::new(Notify::new()), Arc::new(Notify::new()));
    let steps = vec![
        send("{\"a\":1}\n{\"a\""),
        Step::Wait(Arc::clone(&first)),
        send(":2}\r\n\n \n"),
        Step::Wait(Arc::clone(&second)),
        send("{\"a\":3}\n"),
        Step::Wait(never),
    ];
    let (client, requests) = serve(LINES, steps).await;
    let method = log();
    let mut rows = client.rows::<Json>(Call::new(&method));
    assert_eq!(texts(&mut rows, 1).await, [r#"{"a":1}"#]);
    first.notify_one();
    assert_eq!(texts(&mut rows, 1).await, [r#"{"a":2}"#]);
    second.notify_one();
    assert_eq!(texts(&mut rows, 1).await, [r#"{"a":3}"#]);
    // It has no end, but does not say anything any more.
    let error = rows.next().await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert!(rows.next().await.is_none());
    // What came is not asked for again.
    assert_eq!(requests.load(Ordering::Relaxed), 1);
    assert_eq!(client.counts().pages, 1);
}

#[tokio::test]
async fn a_listing_of_lines_may_be_longer_than_an_answer_and_ends_where_it_ends() {
    // Five times as much as an answer may have, and a last line without its end.
    let mut steps: Vec<Step> = (0..500).map(|number| send(&format!("{{\"n\":{number}}}\n"))).collect();
    steps.extend([send("{\"n\":500}"), Step::End]);
    let (client, _) = serve(LINES, steps).await;
    let method = log();
    let rows = client.rows::<Json>(Call::new(&method)).all().await.unwrap();
    assert_eq!((rows.len(), rows.last().map(Json::get)), (501, Some(r#"{"n":500}"#)));
    let (kept, limit) = client.rows::<Json>(Call::new(&method).max_rows(7)).up_to_limits().await.unwrap();
    assert_eq!((kept.len(), limit.is_some()), (7, true));

    let (client, _) = serve(LINES, vec![send(&"x".repeat(600)), send(&"x".repeat(600))]).await;
    let error = client.rows::<Json>(Call::new(&method)).all().await.unwrap_err();
    assert!(matches!(error, Error::BodyTooLarge { limit: 1000, .. }), "{error}");
}

#[tokio::test]
async fn lines_that_break_off_or_are_broken_are_errors_behind_those_before() {
    let method = log();
    let (client, requests) = serve(LINES, vec![send("1\n2\n3")]).await;
    let mut rows = client.rows::<Json>(Call::new(&method));
    assert_eq!(texts(&mut rows, 2).await, ["1", "2"]);
    let error = rows.next().await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Transport { sent: true, .. }), "{error}");
    assert_eq!(requests.load(Ordering::Relaxed), 1);

    let (client, _) = serve(LINES, vec![send("1\n[\n3\n"), Step::End]).await;
    let rows: Vec<_> = {
        let mut stream = client.rows::<i64>(Call::new(&method));
        let mut rows = Vec::new();
        while let Some(row) = stream.next().await {
            rows.push(row.map_err(|error| error.kind()));
        }
        rows
    };
    assert_eq!(rows, [Ok(1), Err("decode"), Ok(3)]);
    // Whoever takes rows as text is not given one that is none.
    let mut listing = client.listing(Call::new(&method)).unwrap();
    assert_eq!(listing.next().await.unwrap().unwrap(), ["1"]);
    assert_eq!(listing.next().await.unwrap_err().kind(), "decode");
    assert!(listing.next().await.unwrap().is_none());
}

#[tokio::test]
async fn lines_may_be_compressed_and_kept_in_part() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    for number in 0..300 {
        writeln!(encoder, "{{\"n\":{number},\"text\":\"something that nobody reads\"}}").unwrap();
    }
    let body = encoder.finish().unwrap();
    let steps = || body.chunks(50).map(|piece| Step::Send(piece.to_vec())).chain([Step::End]).collect();
    let headers = "content-type: application/jsonl\r\ncontent-encoding: gzip\r\n";
    let (client, _) = serve(headers, steps()).await;
    let method = log();
    let mut listing = client.listing(Call::new(&method)).unwrap().keeping(["n".to_owned()]);
    let mut rows = Vec::new();
    while let Some(arrived) = listing.next().await.unwrap() {
        rows.extend(arrived);
    }
    let last = String::from_utf8(rows.last().unwrap().to_vec()).unwrap();
    assert_eq!((rows.len(), &*last), (300, r#"{"n":299}"#));
}

#[tokio::test]
async fn what_is_no_lines_is_read_as_ever_and_may_take_as_long_as_ever() {
    let method = log();
    let json = "content-type: application/json\r\n";
    let (client, _) = serve(json, vec![send("[1,"), send("2]"), Step::End]).await;
    assert_eq!(client.rows::<i64>(Call::new(&method)).all().await.unwrap(), [1, 2]);
    let (client, _) = serve(json, vec![send("[1,"), Step::Wait(Arc::default())]).await;
    let error = client.rows::<i64>(Call::new(&method).within(Duration::from_millis(900))).all().await.unwrap_err();
    assert!(matches!(error, Error::DeadlineExceeded { .. }), "{error}");
}
