//! Operations that go on after their call was answered.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bindery_runtime::ir::{HttpMethod, Location, Method, Parameter, Presence};
use bindery_runtime::{Call, Error, Operation};
use support::{Answer, SECRET, Seen, Server, method, parameter};

/// A server that knows which request it is.
async fn server(answer: impl Fn(usize, &Seen) -> Answer + Send + Sync + 'static) -> Server {
    let count = AtomicUsize::new(0);
    Server::start(move |seen| answer(count.fetch_add(1, Ordering::Relaxed), seen)).await
}

async fn start(server: &Server, verb: HttpMethod, path: &str) -> Operation {
    let method = method(verb, path);
    let operation = server.client_with_token().start(Call::new(&method)).await.unwrap();
    operation.every(Duration::from_millis(10)).within(Duration::from_secs(20))
}

fn asked(server: &Server) -> Vec<String> {
    server.seen().into_iter().map(|seen| format!("{} {}", seen.method, seen.path)).collect()
}

#[tokio::test]
async fn a_status_address_is_asked_and_then_the_thing_itself() {
    let server = server(|n, seen| {
        let at = format!("http://{}/status/7", seen.header("host").unwrap());
        match n {
            0 => Answer::json("{}").with_status(201).with_header("Azure-AsyncOperation", at),
            1 | 2 => Answer::json(r#"{"status":"InProgress"}"#),
            3 => Answer::json(r#"{"status":"Succeeded"}"#),
            _ => Answer::json(r#"{"name":"made"}"#),
        }
    })
    .await;
    let operation = start(&server, HttpMethod::Put, "/thing").await;
    assert!(operation.id().unwrap().ends_with("/status/7"));
    assert_eq!(&**operation.wait().await.unwrap().body(), br#"{"name":"made"}"#);
    assert_eq!(asked(&server), ["PUT /thing", "GET /status/7", "GET /status/7", "GET /status/7", "GET /thing"]);
    assert!(server.seen().iter().all(|seen| seen.header("authorization") == Some(format!("Bearer {SECRET}"))));
}

#[tokio::test]
async fn a_location_answers_with_the_result_when_it_is_there() {
    let server = server(|n, _| match n {
        0 => Answer::status(202).with_header("Location", "/later/1"),
        1 => Answer::status(202),
        _ => Answer::json(r#"{"done":"yes"}"#),
    })
    .await;
    let reply = start(&server, HttpMethod::Post, "/act").await.wait().await.unwrap();
    assert_eq!(&**reply.body(), br#"{"done":"yes"}"#);
    assert_eq!(asked(&server), ["POST /act", "GET /later/1", "GET /later/1"]);
}

#[tokio::test]
async fn a_thing_may_say_itself_in_which_state_it_is() {
    let server = server(|n, _| match n {
        0 | 1 => Answer::json(r#"{"properties":{"provisioningState":"Creating"}}"#),
        _ => Answer::json(r#"{"properties":{"provisioningState":"Succeeded"}}"#),
    })
    .await;
    start(&server, HttpMethod::Put, "/thing").await.wait().await.unwrap();
    assert_eq!(asked(&server), ["PUT /thing", "GET /thing", "GET /thing"]);
}

#[tokio::test]
async fn operations_are_asked_for_by_name_or_link_until_they_are_done() {
    let named = server(|n, _| match n {
        0 => Answer::json(r#"{"name":"projects/p/operations/o1","metadata":{},"done":false}"#),
        1 => Answer::json(r#"{"name":"projects/p/operations/o1","done":false}"#),
        _ => {
            Answer::json(r#"{"name":"projects/p/operations/o1","done":true,"response":{"size":12345678901234567890}}"#)
        }
    })
    .await;
    let reply = start(&named, HttpMethod::Post, "/v1beta/projects/p/things").await.wait().await.unwrap();
    assert_eq!(&**reply.body(), br#"{"size":12345678901234567890}"#);
    assert_eq!(asked(&named)[1], "GET /v1beta/projects/p/operations/o1");

    let linked = server(|n, seen| {
        let host = seen.header("host").unwrap();
        let status = if n < 2 { "RUNNING" } else { "DONE" };
        match &*seen.path {
            "/things/1" => Answer::json(r#"{"id":1}"#),
            _ => Answer::json(format!(
                r#"{{"kind":"compute#operation","name":"operation-1","status":"{status}","selfLink":"http://{host}/ops/1","targetLink":"http://{host}/things/1"}}"#
            )),
        }
    })
    .await;
    let reply = start(&linked, HttpMethod::Post, "/things").await.wait().await.unwrap();
    assert_eq!(&**reply.body(), br#"{"id":1}"#);
    assert_eq!(asked(&linked), ["POST /things", "GET /ops/1", "GET /ops/1", "GET /things/1"]);
}

/// A method whose action is named in a header and in the query.
fn create() -> Method {
    let mut create = method(HttpMethod::Post, "/");
    create.parameters = vec![Parameter {
        presence: Presence::Default("CloudApiService.CreateResource".into()),
        ..parameter("X-Amz-Target", Location::Header)
    }]
    .into();
    support::binding(&mut create).query = vec![support::constant("Action", "CreateResource")].into();
    create
}

#[tokio::test]
async fn an_event_is_asked_for_by_its_token() {
    let server = server(|n, seen| {
        let status = match n {
            0 => "IN_PROGRESS",
            _ => {
                assert_eq!(seen.header("x-amz-target").as_deref(), Some("CloudApiService.GetResourceRequestStatus"));
                assert_eq!(
                    (&*seen.query, &*seen.body),
                    ("Action=GetResourceRequestStatus", r#"{"RequestToken":"t-1"}"#)
                );
                if n == 1 { "IN_PROGRESS" } else { "SUCCESS" }
            }
        };
        Answer::json(format!(
            r#"{{"ProgressEvent":{{"OperationStatus":"{status}","RequestToken":"t-1","Identifier":"b"}}}}"#
        ))
    })
    .await;
    let operation = server.client().start(Call::new(&create())).await.unwrap().every(Duration::from_millis(10));
    assert_eq!(operation.id(), Some("t-1"));
    let reply = operation.wait().await.unwrap();
    assert!(String::from_utf8_lossy(reply.body()).contains("SUCCESS"));
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn what_goes_on_can_be_given_up() {
    let named = server(|_, seen| {
        let is_over = seen.method == "GET";
        let error = if is_over { r#","error":{"code":1,"message":"given up"}"# } else { "" };
        Answer::json(format!(r#"{{"name":"operations/1","done":{is_over}{error}}}"#))
    })
    .await;
    let operation = start(&named, HttpMethod::Post, "/v1/things").await;
    operation.cancel().await.unwrap();
    let error = operation.wait().await.unwrap_err();
    assert!(matches!(&error, Error::OperationFailed { message: Some(said), .. } if said == "given up"), "{error}");
    let seen = named.seen();
    assert_eq!(asked(&named), ["POST /v1/things", "POST /v1/operations/1:cancel", "GET /v1/operations/1"]);
    assert_eq!((&*seen[1].body, seen[1].header("authorization").is_some()), ("{}", true));

    let event = server(|n, _| {
        let status = if n == 0 { "IN_PROGRESS" } else { "CANCEL_COMPLETE" };
        Answer::json(format!(r#"{{"ProgressEvent":{{"OperationStatus":"{status}","RequestToken":"t-1"}}}}"#))
    })
    .await;
    let operation = event.client().start(Call::new(&create())).await.unwrap().every(Duration::from_millis(10));
    operation.cancel().await.unwrap();
    assert_eq!(operation.wait().await.unwrap_err().code(), Some("CANCEL_COMPLETE"));
    let seen = event.seen();
    assert_eq!(seen[1].header("x-amz-target").as_deref(), Some("CloudApiService.CancelResourceRequest"));
    assert_eq!((&*seen[1].query, &*seen[1].body), ("Action=CancelResourceRequest", r#"{"RequestToken":"t-1"}"#));

    // Nothing common says how, so nothing is sent.
    let state = server(|_, _| Answer::json(r#"{"properties":{"provisioningState":"Creating"}}"#)).await;
    let operation = start(&state, HttpMethod::Put, "/things/1").await;
    assert!(matches!(operation.cancel().await, Err(Error::NoWireForm { .. })));
    assert_eq!(state.seen().len(), 1);
}

#[tokio::test]
async fn failures_say_what_the_provider_says() {
    for (first, later, code, message) in [
        (
            Answer::status(202).with_header("Operation-Location", "/s"),
            r#"{"status":"Failed","error":{"code":"SkuNotAvailable","message":"sold out"}}"#,
            "SkuNotAvailable",
            "sold out",
        ),
        (
            Answer::json(r#"{"name":"operations/1","done":false}"#),
            r#"{"name":"operations/1","done":true,"error":{"code":9,"message":"not now"}}"#,
            "9",
            "not now",
        ),
    ] {
        let first = std::sync::Mutex::new(Some(first));
        let server = server(move |n, _| match n {
            0 => first.lock().unwrap().take().unwrap(),
            _ => Answer::json(later),
        })
        .await;
        let error = start(&server, HttpMethod::Post, "/act").await.wait().await.unwrap_err();
        let Error::OperationFailed { code: said, message: told, .. } = &error else { panic!("{error}") };
        assert_eq!((said.as_deref(), told.as_deref()), (Some(code), Some(message)));
        assert_eq!(error.code(), Some(code));
    }
}

#[tokio::test]
async fn the_provider_says_how_often_and_a_timeout_leaves_the_id() {
    let slow = server(|n, _| match n {
        0 => Answer::status(202).with_header("Location", "/l").with_header("Retry-After", "1"),
        _ => Answer::json("{}"),
    })
    .await;
    let begin = Instant::now();
    start(&slow, HttpMethod::Delete, "/thing").await.wait().await.unwrap();
    assert!(begin.elapsed() >= Duration::from_millis(950), "{:?}", begin.elapsed());

    let endless = server(|_, _| Answer::status(202).with_header("Location", "/l")).await;
    let operation = start(&endless, HttpMethod::Delete, "/thing").await.within(Duration::from_millis(300));
    let error = operation.wait().await.unwrap_err();
    assert!(matches!(&error, Error::OperationTimeout { id, .. } if id == "/l"), "{error}");
}

#[tokio::test]
async fn nothing_that_goes_on_is_over_at_once_and_elsewhere_is_refused() {
    let done = server(|_, _| Answer::json(r#"{"id":1}"#)).await;
    let operation = start(&done, HttpMethod::Post, "/things").await;
    assert_eq!(operation.id(), None);
    assert_eq!(&**operation.wait().await.unwrap().body(), br#"{"id":1}"#);
    assert_eq!(done.seen().len(), 1);

    let silent = server(|_, _| Answer::status(202)).await;
    assert!(matches!(start(&silent, HttpMethod::Post, "/x").await.wait().await, Err(Error::Configuration { .. })));

    let elsewhere = Server::start(|_| Answer::json(r#"{"status":"Succeeded"}"#)).await;
    let url = elsewhere.url.clone();
    let evil = server(move |_, _| Answer::status(202).with_header("Operation-Location", format!("{url}/s"))).await;
    assert!(matches!(start(&evil, HttpMethod::Post, "/x").await.wait().await, Err(Error::ForeignOrigin { .. })));
    assert!(elsewhere.seen().is_empty());
}
