//! Rows of a page that come out while the page comes in, and what becomes of them when it breaks off.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bindery_runtime::ir::{Auth, JsonPath, Method, Rows};
use bindery_runtime::{Attempt, Call, Client, ClientBuilder, Error, Middleware, MiddlewareFuture, Next, RetryPolicy};
use support::scripted::{self, Step, send};
use support::{list, next_link};
use tokio::sync::Notify;

const JSON: &str = "content-type: application/json\r\n";

/// A server that follows these scripts, one after the other, and how many requests came.
async fn serve(scripts: Vec<Vec<Step>>) -> (ClientBuilder, Arc<AtomicUsize>) {
    let (url, requests) = scripted::serve(JSON, scripts).await;
    let mut retry = RetryPolicy::default();
    retry.initial_delay = Duration::from_millis(1);
    let client = Client::builder("demo", Auth::NONE).base_url(&url).retry(retry).timeout(Duration::from_secs(10));
    (client, requests)
}

fn list_at_root() -> Method {
    let mut method = list(None);
    method.response.rows = Rows::Many(JsonPath::ROOT);
    method
}

/// What comes of a listing to its end: rows, and the kinds of errors.
async fn rest(rows: &mut bindery_runtime::Rows<i64>) -> Vec<Result<i64, &'static str>> {
    let mut rest = Vec::new();
    while let Some(row) = rows.next().await {
        rest.push(row.map_err(|error| error.kind()));
    }
    rest
}

#[tokio::test]
async fn a_row_comes_out_as_soon_as_it_is_there() {
    for (method, before, after) in [
        (list(Some(next_link())), r#"{"count": 3, "value": ["#, r#"], "nextLink": null}"#),
        (list_at_root(), "\n [", "] "),
    ] {
        let told: Vec<Arc<Notify>> = (0..3).map(|_| Arc::default()).collect();
        let wait = |number: usize| Step::Wait(Arc::clone(told.get(number).unwrap()));
        // A number is not there before something stands behind it.
        let steps =
            vec![send(before), send("1,2"), wait(0), send("0"), wait(1), send(" "), wait(2), send(", 3"), send(after)];
        let (client, requests) = serve(vec![[steps, vec![Step::End]].concat()]).await;
        let client = client.build().unwrap();
        let mut rows = client.rows::<i64>(Call::new(&method));
        assert_eq!(rows.next().await.unwrap().unwrap(), 1);
        let waited = tokio::time::timeout(Duration::from_millis(50), rows.next()).await;
        assert!(waited.is_err(), "20 is not all there, and is not given out");
        for told in told.iter().take(2) {
            told.notify_one();
        }
        assert_eq!(rows.next().await.unwrap().unwrap(), 20);
        for told in &told {
            told.notify_one();
        }
        assert_eq!(rest(&mut rows).await, [Ok(3)]);
        assert_eq!((requests.load(Ordering::Relaxed), client.counts().pages), (1, 1));
    }
}

#[tokio::test]
async fn no_row_is_lost_or_doubled_when_a_page_breaks_off() {
    let method = list(Some(next_link()));
    // What stands before the rows may be another thing each time.
    let again = vec![send(r#"{"request": "b", "value": [1, 2, 3]}"#), Step::End];
    for broken in [
        vec![send(r#"{"request": "a", "value": [1, 2, "#)],
        vec![send(r#"{"request": "a", "value": [1, "#), send("2"), send(", 3"), send("]")],
        vec![send(r#"{"request": "a", "va"#)],
    ] {
        let (client, requests) = serve(vec![broken.clone(), broken, again.clone()]).await;
        let client = client.build().unwrap();
        let mut rows = client.rows::<i64>(Call::new(&method));
        assert_eq!(rest(&mut rows).await, [Ok(1), Ok(2), Ok(3)]);
        assert_eq!(requests.load(Ordering::Relaxed), 3);
    }
}

#[tokio::test]
async fn a_page_that_has_changed_after_it_broke_off_is_an_error_behind_the_rows_before() {
    let method = list(Some(next_link()));
    let broken = || vec![send(r#"{"value": [1, 2, "#)];
    for changed in ["[2, 3]", "[]", "[1]", "[1, 20, 3]", "null", "[1, 2"] {
        let again = vec![send(&format!("{{\"value\": {changed}}}")), Step::End];
        let (client, requests) = serve(vec![broken(), again]).await;
        let client = client.build().unwrap();
        let mut rows = client.rows::<i64>(Call::new(&method));
        assert_eq!(rest(&mut rows).await, [Ok(1), Ok(2), Err("page_changed")], "{changed}");
        assert_eq!(requests.load(Ordering::Relaxed), 2);
    }
    // The same if it is not asked for again.
    let (client, requests) = serve(vec![broken()]).await;
    let client = client.retry(RetryPolicy::never()).build().unwrap();
    let mut rows = client.rows::<i64>(Call::new(&method));
    assert_eq!(rest(&mut rows).await, [Ok(1), Ok(2), Err("transport")]);
    assert_eq!(requests.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_page_is_told_behind_the_rows_that_came_before() {
    let method = list(None);
    for (body, expected) in [
        (r#"{"value": [1, 2], "error": {"code": "Half", "message": "there is more"}}"#, vec![Err("refused")]),
        (r#"{"value": [1, 2, "x", 3]}"#, vec![Err("decode"), Ok(3)]),
        (r#"{"value": [1, 2 }"#, vec![Err("decode")]),
    ] {
        let pieces = body.split_inclusive(' ').map(send).chain([Step::End]).collect();
        let (client, _) = serve(vec![pieces]).await;
        let mut rows = client.build().unwrap().rows::<i64>(Call::new(&method));
        let expected: Vec<_> = [Ok(1), Ok(2)].into_iter().chain(expected).collect();
        assert_eq!(rest(&mut rows).await, expected, "{body}");
    }
}

#[tokio::test]
async fn limits_hold_for_rows_that_come_early() {
    let never = Arc::new(Notify::new());
    let steps = vec![send(r#"{"value": [1, 2, 3, "#), Step::Wait(Arc::clone(&never)), send("4]}"), Step::End];
    let (client, _) = serve(vec![steps]).await;
    let (client, method) = (client.build().unwrap(), list(None));
    let mut rows = client.rows::<i64>(Call::new(&method).max_rows(2));
    assert_eq!([rows.next().await.unwrap().unwrap(), rows.next().await.unwrap().unwrap()], [1, 2]);
    never.notify_one();
    let error = rows.next().await.unwrap().unwrap_err();
    assert!(matches!(error, Error::LimitReached { rows: 2, pages: 1, .. }), "{error}");
    assert!(rows.next().await.is_none());
}

/// Lets no answer through.
struct Refuses;

impl Middleware for Refuses {
    fn handle<'a>(&'a self, attempt: Attempt, next: Next<'a>) -> MiddlewareFuture<'a> {
        Box::pin(async move {
            let reply = next.run(attempt).await?;
            Err(Error::Configuration { reason: format!("{} bytes are not wanted", reply.body().len()) })
        })
    }
}

#[tokio::test]
async fn nothing_is_read_of_what_others_may_refuse() {
    let (client, _) = serve(vec![vec![send(r#"{"value": [1, "#), send("1]}"), Step::End]]).await;
    let (client, method) = (client.middleware(Refuses).build().unwrap(), list(None));
    assert_eq!(rest(&mut client.rows(Call::new(&method))).await, [Err("configuration")]);
}
