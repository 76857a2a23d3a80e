//! Somebody runs the fake: records, faults, latency, seeds, ports, stopping.

mod support;

use std::time::Duration;

use bindery_mock::{Fault, Mock, Request, StartError};
use http::Method;
use serde_json::{Value, json};
use support::{API, GROUP, forge, gateway, send};

#[tokio::test]
async fn everything_that_arrives_is_recorded_in_order() {
    let mock = Mock::builder(gateway()).start().await.unwrap();
    let url = format!("{}{GROUP}/backends/b%201?{API}&a=x%20y&a=z", mock.url());
    send("PUT", &url, &[("x-trace", "t1")], Some(json!({"properties": 1}))).await;
    send("GET", &format!("{}/nowhere", mock.url()), &[], None).await;
    let recorded = mock.requests();
    let [put, lost] = recorded.as_slice() else { panic!("{recorded:?}") };
    assert_eq!((put.method.as_str(), put.path.as_str()), ("PUT", "/subscriptions/s1/groups/g1/backends/b%201"));
    let query = [("api-version", "2024-05-01"), ("a", "x y"), ("a", "z")];
    assert_eq!(put.query, query.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(put.header("X-Trace"), Some("t1"));
    assert_eq!(put.json(), json!({"properties": 1}));
    assert_eq!((put.status, lost.status), (Some(201), Some(404)));
    mock.clear_requests();
    assert!(mock.requests().is_empty());
}

#[tokio::test]
async fn faults_strike_every_nth_request_and_do_nothing_else() {
    let mock = Mock::builder(gateway()).faults(["503/2".parse::<Fault>().unwrap()]).start().await.unwrap();
    let url = format!("{}{GROUP}/backends/b1?{API}", mock.url());
    assert_eq!(send("GET", &url, &[], None).await.status, 404);
    let struck = send("PUT", &url, &[], Some(json!({"properties": 1}))).await;
    assert_eq!((struck.status, &struck.json()["error"]["code"]), (503, &Value::from("Fault")));
    assert_eq!(send("GET", &url, &[], None).await.status, 404);
    assert_eq!(mock.requests().iter().filter_map(|r| r.status).collect::<Vec<_>>(), [404, 503, 404]);
}

#[tokio::test]
async fn a_slow_fake_has_recorded_what_it_has_not_answered() {
    let mock = Mock::builder(gateway()).latency(Duration::from_secs(3600)).start().await.unwrap();
    let url = format!("{}{GROUP}?{API}", mock.url());
    let asking = tokio::spawn(async move { send("GET", &url, &[], None).await.status });
    let seen = loop {
        if let Some(first) = mock.requests().pop() {
            break first;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(seen.status, None);
    assert!(!asking.is_finished());
    asking.abort();
}

#[tokio::test]
async fn a_seeded_fake_has_something_to_show_below_the_sample_parents() {
    let mock = Mock::builder(gateway()).seed(3).page_size(2).start().await.unwrap();
    let group = "/subscriptions/sample-subscriptionId-1/groups/sample-groupName-1";
    let groups = format!("{}/subscriptions/sample-subscriptionId-1/groups?{API}", mock.url());
    let groups = send("GET", &groups, &[], None).await.column("value", "name");
    assert_eq!(groups, ["sample-groupName-1", "sample-groupName-2", "sample-groupName-3"]);
    let backends = send("GET", &format!("{}{group}/backends?{API}", mock.url()), &[], None).await;
    assert_eq!(backends.column("value", "name"), ["sample-backendId-1", "sample-backendId-2"]);
    assert!(backends.json()["nextLink"].is_string());
    let id = backends.column("value", "id").remove(0);
    let one = send("GET", &format!("{}{}?{API}", mock.url(), id.as_str().unwrap()), &[], None).await;
    assert_eq!(one.json()["type"], "sample-type-1");
}

#[test]
fn the_same_requests_lead_to_the_same_answers() {
    let run = || {
        let state = Mock::builder(forge()).seed(2).page_size(1).state();
        let ask = |request: Request| state.answer(&request.header("authorization", "Bearer x"));
        let posted = Request::new(Method::POST, "/repos/o/r/issues").json(&json!({"title": "t"}));
        let listed = Request::new(Method::GET, "/repos/sample-owner-1/sample-repo-1/issues");
        [posted, listed].map(|request| {
            let answer = ask(request);
            (answer.status, format!("{:?}", answer.headers), answer.json())
        })
    };
    assert_eq!(run(), run());
}

#[tokio::test]
async fn a_fake_that_stopped_frees_its_port() {
    let mock = Mock::builder(gateway()).start().await.unwrap();
    let url = mock.url().to_owned();
    let port = url.rsplit(':').next().unwrap().parse().unwrap();
    send("GET", &url, &[], None).await;
    let taken = Mock::builder(gateway()).port(port).start().await.unwrap_err();
    assert!(matches!(&taken, StartError::Listen { port: refused, .. } if *refused == port), "{taken}");
    mock.stop().await;
    assert!(support::client().get(&url).send().await.is_err());
    let mut again = Mock::builder(gateway()).port(port).start().await.unwrap();
    assert_eq!(again.url(), url);
    assert_eq!(send("GET", &url, &[], None).await.status, 404);
    let waited =
        tokio::select! { biased; ended = again.wait() => Some(ended.is_ok()), () = std::future::ready(()) => None };
    assert_eq!(waited, None, "it serves on");
}
