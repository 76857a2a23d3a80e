//! Whatever arrives is answered: with a status, in the shape of the provider, and without a panic.

mod support;

use bindery_ir::{HttpMethod, Location, Parameter, Provider, SqlName, Style, Type, Verb};
use bindery_mock::{Mock, Request};
use proptest::prelude::*;
use support::{Resources, Say, forge, gateway, link_header, link_in_body, method, token};

/// A provider of odd templates: mixed segments, variables with slashes, everything at the root.
fn odd() -> Provider {
    let mut scoped = method("scoped", HttpMethod::Put, "/{scope}/locks/{name}.{format}").one("$.a.b");
    let mut scope = Parameter::new(SqlName::new("scope"), Location::Path, Type::STRING);
    scope.style = Style::MultiSegment;
    scoped.parameters = vec![scope].into();
    let methods = [
        scoped,
        method("query", HttpMethod::Post, "/").constant("Action", "Create").verb(Verb::Insert).one("$"),
        method("list", HttpMethod::Post, "/").constant("Action", "List").verb(Verb::Select).many("x.y").pages(token()),
        method("broken", HttpMethod::Get, "/a{b/{}/}c{").many("$").pages(link_in_body()),
        method("bare", HttpMethod::Get, "").many("$").pages(link_header()),
        method("twice", HttpMethod::Delete, "/{x}/{x}"),
        method("merge", HttpMethod::Patch, "/{x}/{x}"),
        method("make", HttpMethod::Post, "/{x}/{x}/{x}").verb(Verb::Insert).one("$"),
    ];
    let error = bindery_ir::ErrorShape { code: Some(bindery_ir::JsonPath::ROOT), message: None };
    Resources::new("odd", error).resource("things", methods).build(bindery_ir::AuthScheme::None)
}

fn words() -> impl Strategy<Value = String> {
    let known = [
        "subscriptions",
        "s1",
        "groups",
        "g1",
        "backends",
        "b1",
        "reconnect",
        "repos",
        "acme",
        "tool",
        "issues",
        "1",
        "comments",
        "orgs",
        "locks",
        "x.y",
        "topics",
        "api",
        "v3",
        "",
        "%2F",
        "%zz",
        "..",
    ];
    prop_oneof![4 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => ".{0,6}"]
}

fn targets() -> impl Strategy<Value = String> {
    let path = prop::collection::vec(words(), 0..8).prop_map(|segments| format!("/{}", segments.join("/")));
    let query = prop_oneof![
        3 => Just("?api-version=2024-05-01".to_owned()),
        1 => Just("?Action=List&cursor=p1&bindery-page=pffffffffffffffff".to_owned()),
        1 => Just("?Action=Create&q=x".to_owned()),
        1 => "\\?.{0,20}",
        1 => Just(String::new()),
    ];
    (path, query).prop_map(|(path, query)| path + &query)
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        2 => Just(b"{\"properties\":{\"a\":null},\"title\":\"t\",\"name\":\"tool\",\"number\":1e400}".to_vec()),
        2 => Just(b"{\"properties\":{\"a\":null},\"title\":\"t\",\"name\":\"tool\"}".to_vec()),
        1 => Just(b"[[1]]".to_vec()),
        1 => Just(b"null".to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ]
}

fn requests() -> impl Strategy<Value = Request> {
    let verbs = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"];
    let verbs: Vec<http::Method> = verbs.iter().filter_map(|verb| verb.parse().ok()).collect();
    let header = prop_oneof![
        Just(("authorization".to_owned(), "Bearer x".to_owned())),
        Just(("if-match".to_owned(), "*".to_owned())),
        Just(("if-match".to_owned(), "\"00000001\"".to_owned())),
        Just(("if-none-match".to_owned(), "*".to_owned())),
        Just(("host".to_owned(), "evil/<>".to_owned())),
        ("[a-z-]{1,8}", ".{0,8}"),
    ];
    let headers = prop::collection::vec(header, 0..4);
    (prop::sample::select(verbs), targets(), headers, bodies()).prop_map(|(verb, target, headers, body)| {
        let mut request = Request::new(verb, &target).header("authorization", "Bearer x");
        for (name, value) in headers {
            request = request.header(&name, &value);
        }
        request.body = body.into();
        request
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_request_is_answered(requests in prop::collection::vec(requests(), 1..12), seed in 0u32..2) {
        for provider in [gateway(), forge(), odd()] {
            let state = Mock::builder(provider).page_size(1).seed(seed).state();
            for request in &requests {
                let answer = state.answer(request);
                let status = answer.status.as_u16();
                prop_assert!((200..500).contains(&status), "{status} for {request:?}");
                if request.method == http::Method::HEAD || status == 204 {
                    prop_assert!(answer.body.is_empty());
                }
                if !answer.body.is_empty() {
                    prop_assert!(serde_json::from_slice::<serde_json::Value>(&answer.body).is_ok());
                }
            }
            prop_assert_eq!(state.requests().len(), requests.len());
            prop_assert!(state.requests().iter().all(|request| request.status.is_some()));
        }
    }

    #[test]
    fn a_listing_shows_every_item_once_whatever_the_size_of_its_pages(
        names in prop::collection::btree_set("[a-z]{1,3}", 0..20),
        page_size in 0usize..7,
    ) {
        let state = Mock::builder(gateway()).page_size(page_size).state();
        let ask = |verb: http::Method, target: &str| {
            let body = serde_json::json!({"properties": {}});
            state.answer(&Request::new(verb, target).header("authorization", "Bearer x").json(&body))
        };
        let base = "/subscriptions/s1/groups/g1/backends";
        for name in &names {
            ask(http::Method::PUT, &format!("{base}/{name}?{}", support::API));
        }
        let mut listed = Vec::new();
        let mut next = Some(format!("{base}?{}", support::API));
        while let Some(target) = next {
            let page = ask(http::Method::GET, &target).json();
            let rows = page["value"].as_array().unwrap();
            prop_assert!(rows.len() <= page_size.max(1));
            listed.extend(rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()));
            next = page["nextLink"].as_str().map(|url| url.replacen("http://127.0.0.1", "", 1));
        }
        prop_assert_eq!(listed, names.into_iter().collect::<Vec<_>>());
    }
}
