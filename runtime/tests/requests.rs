//! What a provider sees of a call.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod support;

use bindery_runtime::ir::{
    BodyContent, Boxed, HttpMethod, List, Location, Method, Parameter, Presence, Server as IrServer, ServerVariable,
    Style, Text, Type,
};
use bindery_runtime::{Argument, Call, Client, Error, ir::Auth, json::Json};
use proptest::prelude::*;
use support::{Answer, Server, binding, body, constant, get, method, parameter, wired};

fn json(text: &str) -> Argument {
    Argument::Json(text.parse().unwrap())
}

async fn echo() -> Server {
    Server::start(|_| Answer::json("{}")).await
}

fn search() -> Method {
    let mut search = method(HttpMethod::Get, "/a/{first}/{rest}:go");
    binding(&mut search).query = vec![constant("api-version", "2024-01-01"), constant("x y", "&")].into();
    search.parameters = vec![
        parameter("first", Location::Path).required(),
        parameter("rest", Location::Path).required(),
        wired("filter", "$filter", Location::Query),
        parameter("tag", Location::Query),
        parameter("ids", Location::Query),
        wired("if_match", "If-Match", Location::Header),
        wired("language", "Accept-Language", Location::Header),
    ]
    .into();
    search.parameters.to_mut()[1].style = Style::MultiSegment;
    search.parameters.to_mut()[3].style = Style::Repeated;
    search.parameters.to_mut()[6].presence = Presence::Default("en".into());
    search
}

#[tokio::test]
async fn every_argument_arrives_where_it_belongs() {
    let server = echo().await;
    let search = search();
    let call = Call::new(&search)
        .with("first", Argument::text("x/y z?#%2F"))
        .with("rest", Argument::text("sub/über"))
        .with("$filter", Argument::text("name eq 'a&b+c'"))
        .with("tag", json(r#"["one", "t w/o", 3]"#))
        .with("ids", json("[1, 12345678901234567890]"))
        .with("ifMatch", Argument::text("ignored"))
        .with("if_match", Argument::text("W/\"1\""));
    // `ifMatch` is neither the documented nor the wire name nor a snake_case form of one.
    assert!(
        matches!(server.client().unit(call.clone()).await, Err(Error::UnknownArgument { name, .. }) if name == "ifMatch")
    );

    let call = Call::new(&search)
        .with("first", Argument::text("replaced"))
        .with("first", Argument::text("x/y z?#%2F"))
        .with("rest", Argument::text("sub/über"))
        .with("$filter", Argument::text("name eq 'a&b+c'"))
        .with("tag", json(r#"["one", "t w/o", 3]"#))
        .with("ids", json("[1, 12345678901234567890]"))
        .with("if_match", Argument::text("W/\"1\""));
    server.client().unit(call).await.unwrap();
    let seen = server.take_one();
    assert_eq!(seen.segments(), ["a", "x/y z?#%2F", "sub", "über:go"]);
    let pairs: Vec<_> = seen.pairs();
    let expected = [
        ("api-version", "2024-01-01"),
        ("x y", "&"),
        ("$filter", "name eq 'a&b+c'"),
        ("tag", "one"),
        ("tag", "t w/o"),
        ("tag", "3"),
        ("ids", "1,12345678901234567890"),
    ];
    assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(seen.header("if-match").as_deref(), Some("W/\"1\""));
    assert_eq!(seen.header("accept-language").as_deref(), Some("en"));
    assert_eq!(seen.header("accept").as_deref(), Some("application/json"));
    assert_eq!(seen.header("user-agent"), Some(format!("bindery/{}", env!("CARGO_PKG_VERSION"))));
    assert_eq!((seen.header("authorization"), seen.body.as_str()), (None, ""));
}

#[tokio::test]
async fn null_outside_a_body_is_no_argument() {
    let server = echo().await;
    let search = search();
    let call = Call::new(&search)
        .with("first", Argument::text("a"))
        .with("rest", Argument::text("b"))
        .with("filter", json("null"))
        .with("tag", json("[]"))
        .with("if_match", json("null"));
    server.client().unit(call).await.unwrap();
    let seen = server.take_one();
    assert_eq!((seen.pairs().len(), seen.header("if-match")), (2, None));
}

#[tokio::test]
async fn body_arguments_become_properties_in_the_documented_order() {
    let server = echo().await;
    let mut create = method(HttpMethod::Put, "/things");
    binding(&mut create).body = Some(body("application/json", BodyContent::Properties, true));
    create.parameters = vec![
        parameter("name", Location::Body).required(),
        wired("size", "theSize", Location::Body),
        parameter("note", Location::Body),
    ]
    .into();
    let call = Call::new(&create)
        .with("note", json("null"))
        .with("size", json("9007199254740993.10"))
        .with("name", Argument::text("a \"b\"\n"));
    server.client().unit(call).await.unwrap();
    let seen = server.take_one();
    assert_eq!(seen.body, r#"{"name":"a \"b\"\n","theSize":9007199254740993.10,"note":null}"#);
    assert_eq!(seen.header("content-type").as_deref(), Some("application/json"));
    assert_eq!(seen.header("content-length"), Some(seen.body.len().to_string()));
}

#[tokio::test]
async fn other_bodies_travel_as_their_media_type_says() {
    let server = echo().await;
    for (media_type, content, argument, expected) in [
        ("application/json", BodyContent::Whole, json("[1.0, {}]"), "[1.0, {}]"),
        ("application/merge-patch+json", BodyContent::Whole, Argument::text("x"), "\"x\""),
        ("text/plain", BodyContent::Whole, json("\"plain\""), "plain"),
        ("application/xml", BodyContent::Whole, Argument::text("<a/>"), "<a/>"),
        ("application/x-www-form-urlencoded", BodyContent::Properties, json("[\"a b\", \"&\"]"), "it=a%20b&it=%26"),
    ] {
        let mut send = method(HttpMethod::Post, "/things");
        binding(&mut send).body = Some(body(media_type, content, true));
        send.parameters = vec![parameter("it", Location::Body).required()].into();
        server.client().unit(Call::new(&send).with("it", argument)).await.unwrap();
        let seen = server.take_one();
        assert_eq!((seen.header("content-type").as_deref(), seen.body.as_str()), (Some(media_type), expected));
    }
    let mut strange = method(HttpMethod::Post, "/things");
    for (media_type, content) in
        [("multipart/related", BodyContent::Properties), ("multipart/form-data", BodyContent::Whole)]
    {
        binding(&mut strange).body = Some(body(media_type, content, true));
        strange.parameters = vec![parameter("it", Location::Body)].into();
        let error = server.client().unit(Call::new(&strange).with("it", json("1"))).await.unwrap_err();
        assert!(matches!(&error, Error::NoWireForm { reason, .. } if reason.contains(media_type)), "{error}");
    }
}

#[tokio::test]
async fn a_form_may_have_files_among_its_parts() {
    let server = echo().await;
    let mut upload = method(HttpMethod::Post, "/files");
    binding(&mut upload).body = Some(body("multipart/form-data", BodyContent::Properties, true));
    let of = |name, ty| Parameter { ty, ..parameter(name, Location::Body) };
    let binary = || Type::String(Some("binary".into()));
    upload.parameters = vec![
        of("purpose", Type::STRING),
        of("count", Type::INTEGER),
        of("tags", Type::Array(Boxed::new(Type::STRING))),
        of("options", Type::Any),
        of("client_secret", Type::STRING),
        of("file", binary()),
        of("more", Type::Array(Boxed::new(binary()))),
        of("nothing", Type::STRING),
    ]
    .into();
    let call = Call::new(&upload)
        .text("purpose", "a \"b\"")
        .text("count", "3")
        .with("tags", json(r#"["x","y"]"#))
        .with("options", json(r#"{"a":[1.0]}"#))
        .text("client_secret", "s3cr3t-part")
        .with("file", Argument::file("ü \"1\".bin", b"\xff\x00\r\n--".as_slice()))
        .with("more", json(r#"["f1","f2"]"#))
        .with("nothing", json("null"));
    server.client().unit(call.clone()).await.unwrap();
    let seen = server.take_one();
    let content_type = seen.header("content-type").unwrap();
    let (kind, boundary) = content_type.split_once("; boundary=").unwrap();
    assert_eq!(kind, "multipart/form-data");
    let parts: Vec<&str> = seen.body.split(&format!("--{boundary}")).collect();
    let field =
        |name: &str, value: &str| format!("\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let file = |name: &str, file: &str, value: &str| {
        format!(
            "\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: application/octet-stream\r\n\r\n{value}\r\n"
        )
    };
    let expected = [
        String::new(),
        field("purpose", "a \"b\""),
        field("count", "3"),
        field("tags", "x"),
        field("tags", "y"),
        "\r\nContent-Disposition: form-data; name=\"options\"\r\nContent-Type: application/json\r\n\r\n{\"a\":[1.0]}\r\n".to_owned(),
        field("client_secret", "s3cr3t-part"),
        file("file", "ü %221%22.bin", "\u{fffd}\0\r\n--"),
        file("more", "more", "f1"),
        file("more", "more", "f2"),
        "--\r\n".to_owned(),
    ];
    assert_eq!(parts, expected);
    let preview = server.client().preview(&call).unwrap().to_string();
    assert!(
        preview.contains("[6 bytes]") && preview.contains(boundary) && !preview.contains("s3cr3t-part"),
        "{preview}"
    );
}

#[tokio::test]
async fn bytes_arrive_as_they_are() {
    let server = echo().await;
    let mut upload = method(HttpMethod::Put, "/objects");
    binding(&mut upload).body = Some(body("application/octet-stream", BodyContent::Whole, true));
    upload.parameters = vec![parameter("contents", Location::Body)].into();
    let call = Call::new(&upload).with("contents", Argument::bytes(b"\xf0\x9f\x00".as_slice()));
    let prepared = server.client().prepare(&call).unwrap();
    assert_eq!(prepared.body().as_deref(), Some(b"\xf0\x9f\x00".as_slice()));
    // Elsewhere they are text, or Base64 where they are none.
    let mut named = support::get();
    named.parameters.to_mut().push(parameter("at", Location::Query));
    let call = Call::new(&named).with("thingId", Argument::bytes("a")).with("at", Argument::bytes(b"\xff".as_slice()));
    let url = server.client().prepare(&call).unwrap().url().to_string();
    assert!(url.ends_with("/things/a?at=%2Fw%3D%3D"), "{url}");
}

#[tokio::test]
async fn a_body_that_is_required_is_sent_even_when_it_is_empty() {
    let server = echo().await;
    let mut send = method(HttpMethod::Post, "/things");
    server.client().unit(Call::new(&send)).await.unwrap();
    let seen = server.take_one();
    assert_eq!((seen.body.as_str(), seen.header("content-length").as_deref()), ("", Some("0")));
    binding(&mut send).body = Some(body("application/json", BodyContent::Properties, true));
    send.parameters = vec![parameter("it", Location::Body)].into();
    server.client().unit(Call::new(&send)).await.unwrap();
    assert_eq!(server.take_one().body, "{}");
}

#[tokio::test]
async fn the_path_of_the_base_url_stays() {
    let server = echo().await;
    for (base, expected) in [("/api/v2/", "/api/v2/things/t1"), ("/", "/things/t1"), ("/a%20b", "/a%20b/things/t1")] {
        let client = Client::builder("demo", Auth::NONE).base_url(&format!("{}{base}", server.url)).build().unwrap();
        client.unit(Call::new(&get()).with("thing_id", Argument::text("t1"))).await.unwrap();
        assert_eq!(server.take_one().path, expected);
    }
}

#[tokio::test]
async fn server_variables_come_from_the_call_the_client_or_the_document() {
    let server = echo().await;
    let port = server.url.rsplit(':').next().unwrap().to_owned();
    let variable = |name: &'static str, default: Option<&'static str>| ServerVariable {
        environment: None,
        name: name.into(),
        default: default.map(Text::Borrowed),
        values: List::EMPTY,
        description: "".into(),
    };
    let mut regional = get();
    binding(&mut regional).servers = vec![IrServer {
        url: "http://{host}:{port}/{stage}".into(),
        variables: vec![variable("host", Some("127.0.0.1")), variable("port", None), variable("stage", Some("prod"))]
            .into(),
    }]
    .into();
    let call = Call::new(&regional).with("thingId", Argument::text("t1"));

    let client = Client::builder("demo", Auth::NONE).build().unwrap();
    let error = client.unit(call.clone()).await.unwrap_err();
    assert!(matches!(&error, Error::MissingArguments { missing, .. } if *missing == ["port"]), "{error}");

    let client = Client::builder("demo", Auth::NONE).server_variable("port", &*port).build().unwrap();
    client.unit(call.clone()).await.unwrap();
    assert_eq!(server.take_one().path, "/prod/things/t1");
    client.unit(call.clone().with("stage", Argument::text("test"))).await.unwrap();
    assert_eq!(server.take_one().path, "/test/things/t1");

    let error = client.unit(call.with("host", Argument::text("127.0.0.1/x@evil"))).await.unwrap_err();
    assert!(matches!(&error, Error::InvalidArgument { name, .. } if name == "host"), "{error}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn all_missing_arguments_are_named_at_once_and_nothing_is_sent() {
    let server = echo().await;
    let search = search();
    let error = server.client().unit(Call::new(&search).with("first", Argument::text("a"))).await.unwrap_err();
    assert_eq!(error.to_string(), "demo.shop.thing.call: missing `rest`");
    let error = server.client().one::<Json>(Call::new(&search)).await.unwrap_err();
    assert_eq!(error.to_string(), "demo.shop.thing.call: missing `first`, `rest`");
    let error = server.client().send(Call::new(&search).with("nope", Argument::text("a"))).await.unwrap_err();
    let known = "`first`, `rest`, `filter`, `tag`, `ids`, `if_match`, `language`";
    assert_eq!(error.to_string(), format!("demo.shop.thing.call: there is no argument `nope`; it takes {known}"));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_documented_method_that_no_document_places_says_so() {
    let server = echo().await;
    let mut method = get();
    method.parameters.to_mut().push(parameter("lost", Location::Unknown));
    let call = Call::new(&method).with("thingId", Argument::text("t"));
    let error = server.client().unit(call.with("lost", Argument::text("x"))).await.unwrap_err();
    assert!(matches!(&error, Error::InvalidArgument { name, .. } if name == "lost"), "{error}");
    method.http = None;
    let call = Call::new(&method).with("thingId", Argument::text("t"));
    let error = server.client().unit(call).await.unwrap_err();
    assert!(matches!(&error, Error::NoWireForm { .. }), "{error}");
    assert!(error.to_string().contains("documented, but no OpenAPI document says how it travels"), "{error}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn headers_that_would_break_the_exchange_are_refused() {
    let server = echo().await;
    for (name, value) in [
        ("X-Note", "a\r\nHost: evil"),
        ("X-Note", "a\nb"),
        ("X-Note", "a\0"),
        ("X-Note", "a\tb"),
        ("X-Note", "a\u{85}b"),
        ("Host", "evil"),
        ("Transfer-Encoding", "chunked"),
        ("Content-Length", "7"),
        ("no name", "x"),
    ] {
        let mut method = method(HttpMethod::Get, "/things");
        method.parameters = vec![wired("it", name, Location::Header)].into();
        let error = server.client().unit(Call::new(&method).with("it", Argument::text(value))).await.unwrap_err();
        assert!(matches!(&error, Error::InvalidArgument { .. }), "{name}: {error}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_prepared_request_is_what_is_sent() {
    let server = echo().await;
    let method = get();
    let call = Call::new(&method).with("thingId", Argument::text("t 1"));
    let prepared = server.client_with_token().prepare(&call).unwrap();
    assert!(server.seen().is_empty());
    assert_eq!(prepared.url().as_str(), format!("{}/things/t%201", server.url));
    assert_eq!((prepared.method(), prepared.body()), (HttpMethod::Get, None));
    assert!(prepared.headers().get("authorization").is_none());
}

#[test]
fn any_text_arrives_as_it_was_meant() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(echo());
    let client = server.client();
    let mut send = method(HttpMethod::Post, "/things/{id}/{scope}/end");
    binding(&mut send).query = vec![constant("api-version", "1")].into();
    binding(&mut send).body = Some(body("application/json", BodyContent::Properties, false));
    send.parameters = vec![
        parameter("id", Location::Path).required(),
        parameter("scope", Location::Path).required(),
        parameter("q", Location::Query),
        wired("note", "X-Note", Location::Header),
        parameter("b", Location::Body),
    ]
    .into();
    send.parameters.to_mut()[1].style = Style::MultiSegment;
    let any_text = || prop_oneof![4 => any::<String>(), 2 => "[./%\\\\?#&=+;:@ ]{0,6}", 1 => "(%2e|\\.|/){1,4}"];
    let config = ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(id in any_text(), scope in any_text(), q in any_text(), note in any_text(), b in any::<String>())| {
        let call = Call::new(&send)
            .with("id", Argument::text(&*id))
            .with("scope", Argument::text(&*scope))
            .with("q", Argument::text(&*q))
            .with("note", Argument::text(&*note))
            .with("b", Argument::text(&*b));
        let is_dots = |segment: &str| matches!(segment, "." | "..");
        let meant: Vec<&str> = scope.strip_prefix('/').unwrap_or(&scope).split('/').collect();
        let is_refused = id.is_empty() || is_dots(&id)
            || scope.is_empty() || scope == "/" || meant.iter().any(|segment| is_dots(segment))
            || note.contains(char::is_control);
        let result = runtime.block_on(client.unit(call));
        if is_refused {
            prop_assert!(matches!(result, Err(Error::InvalidArgument { .. })), "{:?}", result);
            prop_assert!(server.seen().is_empty());
        } else {
            prop_assert!(result.is_ok(), "{:?}", result);
            let seen = server.take_one();
            let mut segments = vec!["things", &*id];
            segments.extend(meant);
            segments.push("end");
            prop_assert_eq!(seen.segments(), segments);
            prop_assert_eq!(seen.pairs(), [("api-version".to_owned(), "1".to_owned()), ("q".to_owned(), q)]);
            prop_assert_eq!(seen.header("x-note").unwrap_or_default(), note.trim_matches([' ', '\t']));
            let body: serde_json::Value = serde_json::from_str(&seen.body).unwrap();
            prop_assert_eq!(body, serde_json::json!({ "b": b }));
        }
    });
}
