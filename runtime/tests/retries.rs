//! Calls that fail and are sent again, or not.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use bindery_runtime::ir::{HttpMethod, Location, Verb};
use bindery_runtime::{
    AccessToken, Argument, Attempt, Call, Client, ClientBuilder, Error, Fetched, Middleware, MiddlewareFuture, Next,
    RetryPolicy, TokenFuture, TokenSource,
};
use support::{Answer, Server, bearer, list, method, next_link, parameter};

/// A server that answers with these, one after the other, and with the last of them from then on.
async fn answers(answers: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Server {
    let count = AtomicUsize::new(0);
    Server::start(move |_| answers(count.fetch_add(1, Ordering::Relaxed))).await
}

/// Five attempts without delays worth mentioning.
fn quick(server: &Server) -> ClientBuilder {
    let mut policy = RetryPolicy::default();
    policy.initial_delay = Duration::from_millis(1);
    server.builder(bindery_runtime::ir::Auth::NONE).retry(policy)
}

fn quick_client(server: &Server) -> Client {
    quick(server).build().unwrap()
}

#[tokio::test]
async fn a_read_is_sent_until_it_is_answered() {
    for status in [408, 429, 500, 502, 503, 504] {
        let server = answers(move |n| if n < 3 { Answer::status(status) } else { Answer::json("7") }).await;
        let client = quick_client(&server);
        let got: i64 = client.one(Call::new(&method(HttpMethod::Get, "/n"))).await.unwrap();
        assert_eq!((got, server.seen().len()), (7, 4), "{status}");
        let counts = client.counts();
        assert_eq!((counts.calls, counts.attempts, counts.retries, counts.failed), (1, 4, 3, 0));
        assert_eq!(counts.throttled, if status == 429 { 3 } else { 0 });
    }
}

#[tokio::test]
async fn giving_up_says_how_often_it_was_tried() {
    let server = answers(|_| Answer::status(503)).await;
    let client = quick_client(&server);
    let error = client.unit(Call::new(&method(HttpMethod::Get, "/n"))).await.unwrap_err();
    assert_eq!(server.seen().len(), 5);
    assert!(error.to_string().contains("after 5 attempts"), "{error}");
    assert_eq!((error.kind(), client.counts().failed), ("provider_failed", 1));

    let once = quick(&server).retry(RetryPolicy::never()).build().unwrap();
    once.unit(Call::new(&method(HttpMethod::Get, "/n"))).await.unwrap_err();
    assert_eq!(server.seen().len(), 6);
}

#[tokio::test]
async fn what_may_have_been_applied_is_sent_once() {
    let idempotent = [HttpMethod::Put, HttpMethod::Delete, HttpMethod::Get];
    for (verb, status) in [(HttpMethod::Post, 503), (HttpMethod::Patch, 500), (HttpMethod::Put, 503)] {
        let server = answers(move |_| Answer::status(status)).await;
        let error = quick_client(&server).unit(Call::new(&method(verb, "/n"))).await.unwrap_err();
        let expected = if idempotent.contains(&verb) { 5 } else { 1 };
        assert_eq!(server.seen().len(), expected, "{verb}");
        assert!(error.may_have_been_applied());
    }
    // Refused for being too many: it was not applied.
    let server = answers(|n| if n == 0 { Answer::status(429) } else { Answer::json("{}") }).await;
    quick_client(&server).unit(Call::new(&method(HttpMethod::Post, "/n"))).await.unwrap();
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_read_may_be_a_post_and_a_key_makes_a_write_repeatable() {
    let once = |n| if n == 0 { Answer::status(503) } else { Answer::json("{}") };
    let mut reads = method(HttpMethod::Post, "/n");
    reads.verbs = vec![Verb::Select].into();
    let server = answers(once).await;
    quick_client(&server).unit(Call::new(&reads)).await.unwrap();

    let mut creates = method(HttpMethod::Post, "/n");
    creates.parameters = vec![parameter("Idempotency-Key", Location::Header)].into();
    let server = answers(once).await;
    let client = quick_client(&server);
    client.unit(Call::new(&creates).with("Idempotency-Key", Argument::text("k1"))).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|seen| seen.header("idempotency-key").as_deref() == Some("k1")));
    let server = answers(once).await;
    assert!(quick_client(&server).unit(Call::new(&creates)).await.is_err());
}

#[tokio::test]
async fn throttling_hides_behind_other_statuses() {
    for body in [
        r#"{"__type":"com.amazonaws.x#ThrottlingException","message":"Rate exceeded"}"#,
        "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>",
    ] {
        let answer = move |n| if n == 0 { Answer::json(body).with_status(400) } else { Answer::json("{}") };
        let server = answers(answer).await;
        let client = quick_client(&server);
        client.unit(Call::new(&method(HttpMethod::Post, "/"))).await.unwrap();
        assert_eq!((server.seen().len(), client.counts().throttled), (2, 1));
    }
    let server = answers(|_| Answer::json(r#"{"code":"InvalidParameter"}"#).with_status(400)).await;
    quick_client(&server).unit(Call::new(&method(HttpMethod::Get, "/"))).await.unwrap_err();
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn the_provider_says_how_long_to_wait() {
    let waits = [
        ("retry-after", "1".to_owned()),
        ("x-ms-retry-after-ms", "900".to_owned()),
        ("retry-after", "date".to_owned()),
    ];
    for (name, value) in waits {
        let in_two_seconds = || httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(2));
        let value = if value == "date" { in_two_seconds() } else { value };
        let shown = value.clone();
        let answer = move |n| match n {
            0 => Answer::status(429).with_header(name, value.clone()),
            _ => Answer::json("{}"),
        };
        let server = answers(answer).await;
        let start = Instant::now();
        quick_client(&server).unit(Call::new(&method(HttpMethod::Get, "/"))).await.unwrap();
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(800) && took < Duration::from_secs(10), "{name} {shown} {took:?}");
    }
    // Nobody waits for an hour.
    let server = answers(|_| Answer::status(429).with_header("retry-after", "3600")).await;
    let error = quick_client(&server).unit(Call::new(&method(HttpMethod::Get, "/"))).await.unwrap_err();
    assert_eq!(server.seen().len(), 1);
    let Error::Provider(refusal) = &error else { panic!("{error}") };
    assert_eq!(refusal.retry_after, Some(Duration::from_secs(3600)));
}

#[tokio::test]
async fn a_deadline_covers_all_attempts() {
    let server = answers(|_| Answer::status(429).with_header("retry-after", "30")).await;
    let start = Instant::now();
    let get = method(HttpMethod::Get, "/n");
    let error = quick_client(&server).unit(Call::new(&get).within(Duration::from_secs(2))).await.unwrap_err();
    // It would come too late, so it is not waited for.
    assert!(start.elapsed() < Duration::from_secs(2));
    let Error::DeadlineExceeded { attempts: 1, last: Some(last), .. } = &error else { panic!("{error}") };
    assert_eq!(last.status().map(|status| status.as_u16()), Some(429));

    let server = Server::start(|_| Answer::never()).await;
    let client = quick(&server).deadline(Duration::from_millis(200)).build().unwrap();
    let start = Instant::now();
    let error = client.unit(Call::new(&method(HttpMethod::Get, "/n"))).await.unwrap_err();
    assert!(matches!(error, Error::DeadlineExceeded { attempts: 1, last: None, .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn calls_wait_for_their_turn() {
    let server = Server::start(|_| Answer::never()).await;
    let client = quick(&server).concurrency(3).timeout(Duration::from_secs(30)).build().unwrap();
    let get = Arc::new(method(HttpMethod::Get, "/n"));
    let calls: Vec<_> = (0..50)
        .map(|_| (client.clone(), Arc::clone(&get)))
        .map(|(client, get)| tokio::spawn(async move { client.unit(Call::new(&get)).await }))
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.seen().len(), 3);
    // Whoever is dropped leaves the others alone, and makes room.
    calls.iter().take(3).for_each(tokio::task::JoinHandle::abort);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.seen().len(), 6);
    let error = client.unit(Call::new(&get).within(Duration::from_millis(50))).await.unwrap_err();
    assert!(matches!(error, Error::DeadlineExceeded { attempts: 0, .. }), "{error}");
    calls.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn a_connection_that_cannot_be_made_was_not_used() {
    let gone = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap() };
    let mut policy = RetryPolicy::default();
    policy.initial_delay = Duration::from_millis(1);
    let client = Client::builder("demo", bindery_runtime::ir::Auth::NONE)
        .base_url(&format!("http://{gone}"))
        .retry(policy)
        .build()
        .unwrap();
    let error = client.unit(Call::new(&method(HttpMethod::Post, "/n"))).await.unwrap_err();
    assert!(matches!(error, Error::Transport { attempts: 5, sent: false, .. }), "{error:?}");
    assert!(!error.may_have_been_applied());
}

#[tokio::test]
async fn an_outage_is_not_made_worse() {
    let server = answers(|_| Answer::status(503)).await;
    let client = quick_client(&server);
    for _ in 0..100 {
        client.unit(Call::new(&method(HttpMethod::Get, "/n"))).await.unwrap_err();
    }
    // Each call once, and a hundred retries for all of them together.
    assert_eq!((client.counts().attempts, server.seen().len()), (200, 200));
}

#[tokio::test]
async fn pages_are_retried_one_by_one_and_no_row_is_lost_or_doubled() {
    let server = answers(|n| match n {
        0 | 2 | 3 => Answer::status(503),
        1 => Answer::json(r#"{"value":[1,2],"nextLink":"?page=1"}"#),
        _ => Answer::json(r#"{"value":[3]}"#),
    })
    .await;
    let client = quick_client(&server);
    let rows: Vec<i64> = client.rows(Call::new(&list(Some(next_link())))).all().await.unwrap();
    assert_eq!(rows, [1, 2, 3]);
    let counts = client.counts();
    assert_eq!((counts.pages, counts.calls, counts.attempts), (2, 2, 5));
}

#[tokio::test]
async fn a_token_that_is_refused_is_fetched_anew_once() {
    struct Source(Arc<AtomicUsize>);
    impl TokenSource for Source {
        fn fetch(&self) -> TokenFuture<'_> {
            let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            // By the clock of this machine it is good for an hour.
            Box::pin(async move { Ok(AccessToken::new(format!("t{number}"), Some(Duration::from_secs(3600)))) })
        }
    }

    let server = Server::start(|seen| match seen.header("authorization").as_deref() {
        Some("Bearer t1" | "Bearer t3" | "Bearer t4") => Answer::status(401),
        _ => Answer::json("{}"),
    })
    .await;
    let fetched = Arc::new(AtomicUsize::new(1));
    let client = |number| {
        fetched.store(number, Ordering::Relaxed);
        server.builder(bearer()).credential(Fetched::new(Source(Arc::clone(&fetched)))).build().unwrap()
    };
    // A write as well: what was not let in was not applied.
    let expires = client(0);
    expires.unit(Call::new(&method(HttpMethod::Post, "/n"))).await.unwrap();
    assert_eq!((server.seen().len(), fetched.load(Ordering::Relaxed)), (2, 2));

    let error = client(2).unit(Call::new(&method(HttpMethod::Get, "/n"))).await.unwrap_err();
    assert_eq!((error.kind(), server.seen().len(), fetched.load(Ordering::Relaxed)), ("unauthenticated", 4, 4));
}

#[tokio::test]
async fn middleware_sees_every_attempt_and_no_secret() {
    struct Watching(Arc<std::sync::Mutex<Vec<String>>>);
    impl Middleware for Watching {
        fn handle<'a>(&'a self, mut attempt: Attempt, next: Next<'a>) -> MiddlewareFuture<'a> {
            Box::pin(async move {
                attempt.headers_mut().insert("x-team", "storage".parse().unwrap());
                let seen = format!("{} {} {:?}", attempt.number(), attempt.called(), attempt.headers());
                let reply = next.run(attempt).await?;
                self.0.lock().unwrap().push(format!("{seen} {}", reply.status()));
                Ok(reply)
            })
        }
    }

    let server = answers(|n| if n == 0 { Answer::status(503) } else { Answer::json("{}") }).await;
    let log = Arc::default();
    let mut policy = RetryPolicy::default();
    policy.initial_delay = Duration::from_millis(1);
    let client = server
        .builder(bearer())
        .credential(bindery_runtime::Token::new(support::SECRET))
        .retry(policy)
        .middleware(Watching(Arc::clone(&log)))
        .build()
        .unwrap();
    client.unit(Call::new(&method(HttpMethod::Get, "/n"))).await.unwrap();
    let log = log.lock().unwrap();
    assert_eq!(log.len(), 2);
    assert!(log[0].starts_with("1 demo.shop.thing.call") && log[0].ends_with("503 Service Unavailable"), "{log:?}");
    assert!(log[1].starts_with("2 demo.shop.thing.call") && log[1].ends_with("200 OK"), "{log:?}");
    assert!(!log.join(" ").contains(support::SECRET));
    assert!(server.seen().iter().all(|seen| seen.header("x-team").as_deref() == Some("storage")));
    assert!(server.seen().iter().all(|seen| seen.header("authorization").is_some()));
}

#[tokio::test]
async fn an_error_in_a_success_is_an_error() {
    let server = answers(|_| Answer::json(r#"{"error":{"code":"QuotaExceeded","message":"no more"}}"#)).await;
    let error = quick_client(&server).unit(Call::new(&method(HttpMethod::Post, "/n"))).await.unwrap_err();
    assert_eq!((error.code(), server.seen().len()), (Some("QuotaExceeded"), 1));
}

#[test]
fn a_call_is_a_small_thing() {
    // Ten thousand of them wait at once.
    fn future_size<F: Future>(_: impl FnOnce(&'static Client, Call<'static>) -> F) -> usize {
        size_of::<F>()
    }
    assert!(size_of::<Call<'static>>() <= 128, "{}", size_of::<Call<'static>>());
    let size = future_size(|client, call| client.send(call));
    assert!(size <= 384, "{size}");
}
