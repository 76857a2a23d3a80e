//! What would be sent, shown; and what no document describes, sent.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod support;

use bindery_runtime::ir::{BodyContent, HttpMethod, Location, Provider, ProviderName, Resource, Service, ServiceName};
use bindery_runtime::{Argument, Call, Client, Error, NoCredential, RawCall, Token};
use support::{Answer, SECRET, Server, bearer, binding, body, get, method, parameter};

#[tokio::test]
async fn a_preview_shows_everything_but_secrets_and_sends_nothing() {
    let server = Server::start(|_| Answer::json("{}")).await;
    let mut create = method(HttpMethod::Post, "/things/{name}");
    create.parameters = vec![
        parameter("name", Location::Path).required(),
        parameter("sig", Location::Query),
        parameter("X-Api-Key", Location::Header),
        parameter("adminPassword", Location::Body),
        parameter("size", Location::Body),
    ]
    .into();
    binding(&mut create).body = Some(body("application/json", BodyContent::Properties, true));
    let call = Call::new(&create)
        .text("name", "it's")
        .text("sig", "hush-1")
        .text("X-Api-Key", "hush-2")
        .text("adminPassword", "hush-3")
        .text("size", "big");
    let client = server.builder(bearer()).credential(Token::new(SECRET)).build().unwrap();
    let preview = client.preview(&call).unwrap();
    let expected = format!(
        "POST {}/things/it%27s?sig=[hidden]\naccept: application/json\ncontent-type: application/json\n\
         x-api-key: [hidden]\nauthorization: Bearer [hidden]\n\n{{\"adminPassword\":\"[hidden]\",\"size\":\"big\"}}",
        server.url
    );
    assert_eq!(preview.to_string(), expected);
    let curl = preview.curl();
    assert!(curl.starts_with(&format!("curl --request POST '{}/things/it%27s?sig=[hidden]'", server.url)), "{curl}");
    assert!(curl.ends_with(r#"--data-raw '{"adminPassword":"[hidden]","size":"big"}'"#), "{curl}");
    assert!(!format!("{preview} {preview:?} {curl}").contains("hush"));
    assert!(!format!("{preview} {preview:?} {curl}").contains(SECRET));
    assert!(server.seen().is_empty());

    let anonymous = server.builder(bearer()).credential(NoCredential).build().unwrap();
    assert!(!anonymous.preview(&call).unwrap().to_string().contains("authorization"));
}

#[tokio::test]
async fn any_path_can_be_called_with_the_credential() {
    let server = Server::start(|_| Answer::json("not json").with_status(201).with_header("x-id", "7")).await;
    let client = server.client_with_token();
    let call = RawCall::new(HttpMethod::Patch, "/v9/any%2Fthing?a=1")
        .query("b c", "d&e")
        .header("Content-Type", "text/plain")
        .body("text");
    let reply = client.raw(&call).await.unwrap();
    assert_eq!(
        (reply.status().as_u16(), &**reply.body(), &reply.headers()["x-id"]),
        (201, &b"not json"[..], &"7".parse().unwrap())
    );
    let seen = server.take_one();
    assert_eq!(
        (&*seen.method, &*seen.path, &*seen.query, &*seen.body),
        ("PATCH", "/v9/any%2Fthing", "a=1&b%20c=d%26e", "text")
    );
    assert_eq!(seen.header("authorization"), Some(format!("Bearer {SECRET}")));
}

#[tokio::test]
async fn a_raw_call_cannot_leave_the_provider() {
    let server = Server::start(|_| Answer::json("{}")).await;
    let client = server.client_with_token();
    for header in [("host", "evil"), ("x", "a\r\nb: c"), ("content-length", "1"), ("a b", "c")] {
        let call = RawCall::new(HttpMethod::Get, "/").header(header.0, header.1);
        assert!(matches!(client.raw(&call).await, Err(Error::InvalidArgument { .. })), "{header:?}");
    }
    client.raw(&RawCall::new(HttpMethod::Get, "//evil.test/x")).await.unwrap();
    assert_eq!(server.take_one().path, "/evil.test/x");
    // The credential goes to another server only where nobody can read it on the way.
    let elsewhere = RawCall::new(HttpMethod::Get, "/x").server("http://bindery.invalid");
    assert!(matches!(client.raw(&elsewhere).await, Err(Error::Credential { .. })));
    let nowhere = Client::builder("demo", bearer()).build().unwrap();
    let error = nowhere.raw(&RawCall::new(HttpMethod::Get, "/x")).await.unwrap_err();
    assert!(error.to_string().contains("base_url"), "{error}");
}

#[tokio::test]
async fn methods_are_found_by_name() {
    let server = Server::start(|_| Answer::json(r#"{"a":1}"#)).await;
    let mut provider = Provider::new(ProviderName::new("demo"));
    let mut service = Service::new(ServiceName::new("shop"));
    let mut resource = Resource::new("demo.shop.thing".parse().unwrap());
    let mut get = get();
    binding(&mut get).servers =
        vec![bindery_runtime::ir::Server { url: server.url.clone().into(), variables: [].into_iter().collect() }]
            .into();
    resource.methods = vec![get].into();
    service.resources = vec![resource].into();
    provider.services = vec![service].into();
    let client = Client::for_provider(&provider).build().unwrap();
    for name in ["shop.thing.call", "demo.shop.thing.call"] {
        let call = Call::named(&provider, name).unwrap().with(String::from("thing_id"), Argument::text("t1"));
        assert_eq!(&**client.send(call).await.unwrap().body(), br#"{"a":1}"#);
        assert_eq!(server.take_one().path, "/things/t1");
    }
    // The provider's servers are known.
    client.raw(&RawCall::new(HttpMethod::Get, "/raw")).await.unwrap();
    assert_eq!(server.take_one().path, "/raw");
    for name in ["thing.call", "shop.other.call", "shop.thing.other", "x.shop.thing.call", ""] {
        assert!(Call::named(&provider, name).is_err(), "{name}");
    }
    let unknown = Call::named(&provider, "shop.thing.other").unwrap_err().to_string();
    assert!(unknown.contains("`call`"), "{unknown}");
}
