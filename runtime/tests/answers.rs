//! What a caller gets to know of a provider's answer.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod support;

use std::time::Duration;

use bindery_runtime::ir::{Auth, ErrorShape, HttpMethod, JsonPath, Location, Rows};
use bindery_runtime::{Argument, Call, Client, Error, Response, http::StatusCode, json::Json};
use support::{Answer, Server, get, method, parameter, wired};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

fn thing(method: &bindery_runtime::ir::Method) -> Call<'_> {
    Call::new(method).with("thingId", Argument::text("t1"))
}

/// The error of a call that is answered like this.
async fn refused(answer: impl Fn() -> Answer + Send + Sync + 'static) -> Error {
    let server = Server::start(move |_| answer()).await;
    server.client_with_token().one::<Json>(thing(&get())).await.unwrap_err()
}

#[tokio::test]
async fn a_value_comes_with_its_version() {
    let server = Server::start(|_| Answer::json(r#"{"a":1.10}"#).with_header("etag", "\"v7\"")).await;
    let method = get();
    let response: Response<Json> = server.client().response(thing(&method)).await.unwrap();
    assert_eq!((response.status(), response.etag()), (StatusCode::OK, Some("\"v7\"")));
    assert_eq!(response.headers().get("content-type").unwrap(), "application/json");
    assert_eq!(response.into_body().get(), r#"{"a":1.10}"#);
}

#[tokio::test]
async fn the_value_is_taken_from_its_path() {
    let server = Server::start(|_| Answer::json(r#"{"meta":{"n":[]},"result":{"item":[1,2]}}"#)).await;
    let mut method = get();
    method.response.rows = Rows::One(JsonPath::parse("$.result.item"));
    assert_eq!(server.client().one::<Vec<i64>>(thing(&method)).await.unwrap(), [1, 2]);

    let error = server.client().one::<Vec<String>>(thing(&method)).await.unwrap_err();
    assert!(error.to_string().contains("`$.result.item` does not fit"), "{error}");
    method.response.rows = Rows::One(JsonPath::parse("$.result.other"));
    let error = server.client().one::<Json>(thing(&method)).await.unwrap_err();
    assert!(error.to_string().contains("nothing at `$.result.other`"), "{error}");
    assert_eq!(error.status(), Some(StatusCode::OK));
}

#[tokio::test]
async fn an_answer_without_a_body_is_a_unit_and_no_value() {
    let server = Server::start(|_| Answer::status(204)).await;
    let method = get();
    server.client().unit(thing(&method)).await.unwrap();
    assert!(server.client().one::<Json>(thing(&method)).await.unwrap().is_null());
    let error = server.client().one::<String>(thing(&method)).await.unwrap_err();
    assert!(error.to_string().contains("(204 No Content)") && error.to_string().contains("no body"), "{error}");
}

#[tokio::test]
async fn a_head_request_tells_by_its_status_and_headers() {
    let server = Server::start(|_| Answer::json("").with_header("x-count", "3")).await;
    let head = method(HttpMethod::Head, "/things");
    let reply = server.client().send(Call::new(&head)).await.unwrap();
    assert_eq!((reply.headers().get("x-count").unwrap().as_bytes(), reply.body().len()), (&b"3"[..], 0));
}

#[tokio::test]
async fn an_answer_that_is_no_json_names_the_place() {
    let server = Server::start(|_| Answer::json("{\"a\":\n oops}")).await;
    let error = server.client().one::<Json>(thing(&get())).await.unwrap_err();
    assert!(matches!(&error, Error::Decode { source: Some(_), .. }), "{error}");
    assert!(error.to_string().contains("line 2"), "{error}");
}

#[tokio::test]
async fn a_refusal_says_what_was_asked_and_what_the_provider_said() {
    let server = Server::start(|_| {
        Answer::json(r#"{"error":{"code":"ThingMissing","message":"no thing t1"}}"#)
            .with_status(404)
            .with_header("x-ms-request-id", "req-1")
    })
    .await;
    let mut method = get();
    method.parameters.to_mut().extend([
        wired("filter", "$filter", Location::Query),
        wired("api_key", "api-key", Location::Query),
        wired("note", "X-Note", Location::Header),
    ]);
    let call = thing(&method)
        .with("filter", Argument::text("a b"))
        .with("api_key", Argument::text("hush1"))
        .with("note", Argument::text("hush2"));
    let error = server.client().one::<Json>(call).await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!((error.status(), error.code()), (Some(StatusCode::NOT_FOUND), Some("ThingMissing")));
    let expected = format!(
        "demo.shop.thing.call: 404 Not Found, ThingMissing: no thing t1\n  \
         request: GET {}/things/t1?%24filter=a%20b&api-key=[hidden]\n  \
         arguments: thingId = t1, filter = a b, api_key = [hidden], note = [hidden]\n  \
         request id: req-1\n  \
         hint: there is no such thing: check the names in the path arguments, and that the caller may see it",
        server.url
    );
    assert_eq!(error.to_string(), expected);
    assert!(!format!("{error:?}").contains("hush"), "{error:?}");
}

#[tokio::test]
async fn the_documented_place_of_the_message_is_used() {
    let server = Server::start(|_| Answer::json(r#"{"fault":{"id":17,"why":"because"}}"#).with_status(400)).await;
    let mut method = get();
    let (code, message) = (Some(JsonPath::parse("fault.id")), Some(JsonPath::parse("fault.why")));
    method.response.error = Some(ErrorShape { code, message });
    let error = server.client().one::<Json>(thing(&method)).await.unwrap_err();
    assert_eq!(error.code(), Some("17"));
    assert!(error.to_string().starts_with("demo.shop.thing.call: 400 Bad Request, 17: because\n"), "{error}");
}

#[tokio::test]
async fn a_refusal_in_no_known_form_shows_its_start() {
    let error = refused(|| Answer::json(format!("<html>{}", "x".repeat(100_000))).with_status(502)).await;
    let text = error.to_string();
    assert!(text.starts_with("demo.shop.thing.call: 502 Bad Gateway, <html>xxx"), "{text}");
    assert!(text.len() < 1_000 && format!("{error:?}").len() < 8_000, "{}", text.len());
}

#[tokio::test]
async fn hints_say_what_to_do() {
    let stale = refused(|| Answer::status(412)).await.to_string();
    assert!(stale.contains("If-Match") && stale.contains("read it again and use its etag"), "{stale}");
    let limited = refused(|| Answer::status(429).with_header("retry-after", "30")).await.to_string();
    assert!(limited.contains("try again after 30"), "{limited}");
    let unchanged = refused(|| Answer::status(304)).await;
    assert_eq!(unchanged.status(), Some(StatusCode::NOT_MODIFIED));
    let wrong = refused(|| Answer::status(401)).await.to_string();
    assert!(wrong.contains("refused the credential"), "{wrong}");

    let server = Server::start(|_| Answer::status(401)).await;
    let client = server.builder(support::bearer()).build().unwrap();
    let none = client.unit(thing(&get())).await.unwrap_err().to_string();
    assert!(none.contains("no credential was sent") && none.contains("Token::new"), "{none}");
    assert!(none.contains("BINDERY_TEST_TOKEN_THAT_IS_NEVER_SET"), "{none}");
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_a_timeout() {
    let server = Server::start(|_| Answer::never()).await;
    let client = server.builder(Auth::NONE).timeout(Duration::from_millis(30)).build().unwrap();
    let error = client.unit(thing(&get())).await.unwrap_err();
    assert!(matches!(&error, Error::Timeout { after, .. } if *after == Duration::from_millis(30)), "{error}");
    assert!(error.to_string().contains(&format!("GET {}/things/t1", server.url)), "{error}");
}

#[tokio::test]
async fn nobody_at_the_address_is_a_transport_error() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = bindery_runtime::Client::builder("demo", Auth::NONE).base_url(&url).build().unwrap();
    let error = client.unit(thing(&get())).await.unwrap_err();
    assert!(matches!(&error, Error::Transport { .. }), "{error}");
    assert!(error.to_string().contains(&url), "{error}");
}

#[tokio::test]
async fn an_answer_larger_than_allowed_is_refused() {
    let server = Server::start(|_| Answer::json(format!("\"{}\"", "x".repeat(998)))).await;
    let client = |limit: usize| server.builder(Auth::NONE).max_response_bytes(limit).build().unwrap();
    assert_eq!(client(1000).one::<String>(thing(&get())).await.unwrap().len(), 998);
    let error = client(999).one::<String>(thing(&get())).await.unwrap_err();
    assert!(matches!(error, Error::BodyTooLarge { limit: 999, .. }), "{error}");
}

/// Headers are bounded by the HTTP library: what has no end is not taken in, and ends the connection.
#[tokio::test]
async fn headers_without_end_are_refused() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    for header in ["x: y\r\n".to_owned(), format!("x: {}\r\n", "y".repeat(4096))] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let sent = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = std::sync::Arc::clone(&sent);
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
            while stream.write_all(header.as_bytes()).await.is_ok() {
                counted.fetch_add(header.len(), std::sync::atomic::Ordering::Relaxed);
            }
        });
        let client = bindery_runtime::Client::builder("demo", Auth::NONE).base_url(&url).build().unwrap();
        let error = client.unit(Call::new(&method(HttpMethod::Post, "/x"))).await.unwrap_err();
        assert_eq!(error.kind(), "transport", "{error}");
        // What was on its way in the buffers of both sides is not much.
        let sent = sent.load(std::sync::atomic::Ordering::Relaxed);
        assert!(sent < 32 << 20, "{sent} bytes were taken");
    }
}

#[tokio::test]
async fn redirects_are_followed_at_home_only() {
    let elsewhere = Server::start(|_| Answer::json("{}")).await;
    let away = format!("{}/things/t2?sig=abc", elsewhere.url);
    let server = Server::start(move |seen| match seen.path.as_str() {
        "/things/t1" => Answer::status(307).with_header("location", "/things/t2"),
        "/things/t2" => Answer::json("\"here\""),
        "/things/loop" => Answer::status(302).with_header("location", "/things/loop"),
        _ => Answer::status(302).with_header("location", &*away),
    })
    .await;
    let client = server.client_with_token();
    assert_eq!(client.one::<String>(thing(&get())).await.unwrap(), "here");

    let call = |id: &str, method| Call::new(method).with("thingId", Argument::text(id));
    let method = get();
    let error = client.one::<String>(call("away", &method)).await.unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::FOUND));
    assert!(error.to_string().contains(&format!("redirects to {};", elsewhere.url)), "{error}");
    assert!(!error.to_string().contains("sig=abc"), "{error}");
    assert!(elsewhere.seen().is_empty());

    let error = client.one::<String>(call("loop", &method)).await.unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::FOUND));
    assert!(server.seen().len() < 20, "{}", server.seen().len());
}

#[tokio::test]
async fn calls_one_after_the_other_share_a_connection() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 3\r\n\r\n\"a\"",
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n3\r\n\"a\"\r\n0\r\n\r\n",
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        // It takes one connection and no other.
        tokio::spawn(async move {
            let mut stream = BufReader::new(listener.accept().await.unwrap().0);
            let mut line = String::new();
            while stream.read_line(&mut line).await.unwrap() > 0 {
                if line == "\r\n" {
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
                line.clear();
            }
        });
        let client =
            Client::builder("demo", Auth::NONE).base_url(&url).timeout(Duration::from_secs(5)).build().unwrap();
        for _ in 0..20 {
            assert_eq!(client.one::<String>(thing(&get())).await.unwrap(), "a");
        }
    }
}

#[tokio::test]
async fn errors_travel_like_any_other() {
    let error: Box<dyn std::error::Error + Send + Sync> = Box::new(refused(|| Answer::status(500)).await);
    assert!(error.to_string().contains("500 Internal Server Error"), "{error}");
}

#[tokio::test]
async fn a_call_can_be_sent_from_any_thread() {
    let server = Server::start(|seen| Answer::json(format!("\"{}\"", seen.path))).await;
    let client = server.client();
    let ids = ["a", "b", "c"];
    let tasks = ids.map(|id| {
        let client = client.clone();
        tokio::spawn(async move {
            let mut method = get();
            method.parameters.to_mut().push(parameter("other", Location::Query));
            client.one::<String>(Call::new(&method).with("thingId", Argument::text(id))).await.unwrap()
        })
    });
    for (id, task) in ids.into_iter().zip(tasks) {
        assert_eq!(task.await.unwrap(), format!("/things/{id}"));
    }
}
