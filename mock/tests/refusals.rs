//! Somebody sends what the provider would refuse, and is told why in the provider's own error shape.

mod support;

use bindery_mock::{MAX_BODY_BYTES, Mock};
use serde_json::{Value, json};
use support::{API, GROUP, forge, gateway, read, send};

async fn refusal(verb: &str, url: &str, body: Option<Value>) -> (u16, String, String) {
    let reply = send(verb, url, &[], body).await;
    let body = reply.json();
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    (reply.status, text("/error/code"), text("/error/message"))
}

#[tokio::test]
async fn a_wrong_or_missing_constant_is_named_with_what_was_expected() {
    let mock = Mock::builder(gateway()).start().await.unwrap();
    for query in ["", "?api-version=2020-01-01"] {
        let url = format!("{}{GROUP}/backends{query}", mock.url());
        let (status, code, message) = refusal("GET", &url, None).await;
        assert_eq!((status, code.as_str()), (400, "InvalidRequest"));
        assert!(message.contains("`api-version` must be `2024-05-01`"), "{message}");
    }
}

#[tokio::test]
async fn nobody_is_served_without_a_secret() {
    let mock = Mock::builder(gateway()).start().await.unwrap();
    let url = format!("{}{GROUP}/backends?{API}", mock.url());
    let client = support::client();
    for request in [client.get(&url), client.get(&url).header("authorization", "Basic eDp5")] {
        let reply = read(request.send().await.unwrap()).await;
        assert_eq!((reply.status, &reply.json()["error"]["code"]), (401, &Value::from("AuthenticationFailed")));
        assert_eq!(reply.header("www-authenticate"), "Bearer");
    }
}

#[tokio::test]
async fn what_is_not_served_is_told_apart() {
    let mock = Mock::builder(gateway()).start().await.unwrap();
    let (status, code, _) = refusal("GET", &format!("{}/nowhere", mock.url()), None).await;
    assert_eq!((status, code.as_str()), (404, "RouteNotFound"));

    let listing = format!("{}{GROUP}/backends?{API}", mock.url());
    let reply = send("DELETE", &listing, &[], None).await;
    assert_eq!((reply.status, &reply.json()["error"]["code"]), (405, &Value::from("MethodNotAllowed")));
    assert_eq!(reply.header("allow"), "GET, HEAD, OPTIONS");
    let options = send("OPTIONS", &listing, &[], None).await;
    assert_eq!((options.status, options.header("allow")), (204, "GET, HEAD, OPTIONS"));
    assert_eq!(send("HEAD", &listing, &[], None).await.status, 200);
}

#[tokio::test]
async fn a_body_is_read_before_anything_happens() {
    let mock = Mock::builder(gateway()).start().await.unwrap();
    let url = format!("{}{GROUP}/backends/b1?{API}", mock.url());
    let (status, _, message) = refusal("PUT", &url, Some(json!({}))).await;
    assert_eq!((status, message.contains("`properties`")), (400, true), "{message}");
    let (status, _, message) = refusal("PUT", &url, Some(json!([1]))).await;
    assert_eq!((status, message.contains("array")), (400, true), "{message}");

    let client = support::client();
    let raw = async |media_type: &str, body: Vec<u8>| {
        let request = client.put(&url).header("authorization", "Bearer x").header("content-type", media_type);
        read(request.body(body).send().await.unwrap()).await.status
    };
    assert_eq!(raw("application/json", b"{\"properties\":".to_vec()).await, 400);
    assert_eq!(raw("application/json", b"[".repeat(100_000)).await, 400);
    assert_eq!(raw("text/plain", b"{}".to_vec()).await, 415);
    assert_eq!(send("GET", &url, &[], None).await.status, 404, "nothing was stored");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_and_recorded() {
    let mock = Mock::builder(gateway()).start().await.unwrap();
    let url = format!("{}{GROUP}/backends/b1?{API}", mock.url());
    let request = support::client().put(&url).header("authorization", "Bearer x");
    let sent = request.body(vec![b' '; MAX_BODY_BYTES + 1]).send().await;
    // The connection may be closed before the caller has sent everything.
    if let Ok(response) = sent {
        assert_eq!(response.status().as_u16(), 413);
    }
    assert_eq!(mock.requests().pop().map(|last| (last.status, last.body.len())), Some((Some(413), 0)));
}

#[tokio::test]
async fn a_required_parameter_of_the_query_is_named() {
    let mock = Mock::builder(forge()).start().await.unwrap();
    let reply = send("GET", &format!("{}/search/issues", mock.url()), &[], None).await;
    assert_eq!(reply.json(), json!({"message": "the required query parameter `q` is missing"}));
    let reply = send("GET", &format!("{}/search/issues?q=x", mock.url()), &[], None).await;
    assert_eq!((reply.status, reply.json()), (200, json!({"items": []})));
}
