//! Listings that go over many pages.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};

use bindery_runtime::ir::{
    BodyContent, HttpMethod, JsonPath, Location, Method, NextPage, PagePointer, TokenSlot, WireName,
};
use bindery_runtime::{Argument, Call, Error, json::Json};
use futures_util::{StreamExt, TryStreamExt};
use support::{Answer, SECRET, Seen, Server, binding, body, constant, list, next_link, parameter};

/// Three pages of two numbers each; `next` says how a page names the one after it.
async fn pages(next: impl Fn(usize) -> String + Send + Sync + 'static) -> Server {
    Server::start(move |seen| {
        let page = page_of(seen);
        let next = if page < 2 { next(page + 1) } else { String::new() };
        Answer::json(format!(r#"{{"value":[{},{}]{next}}}"#, page * 2, page * 2 + 1))
    })
    .await
}

fn page_of(seen: &Seen) -> usize {
    seen.pairs().iter().find(|(name, _)| name == "page").map_or(0, |(_, page)| page.parse().unwrap())
}

async fn all(server: &Server, method: &Method) -> Result<Vec<i64>, Error> {
    server.client_with_token().rows::<i64>(Call::new(method)).all().await
}

#[tokio::test]
async fn every_row_of_every_page_comes_in_order() {
    let relative = pages(|page| format!(r#","nextLink":"/things?page={page}""#)).await;
    assert_eq!(all(&relative, &list(Some(next_link()))).await.unwrap(), [0, 1, 2, 3, 4, 5]);
    let queries: Vec<String> = relative.seen().into_iter().map(|seen| seen.query).collect();
    assert_eq!(queries, ["", "page=1", "page=2"]);
    for seen in relative.seen() {
        assert_eq!(seen.header("authorization"), Some(format!("Bearer {SECRET}")));
    }
}

#[tokio::test]
async fn a_page_is_fetched_when_its_first_row_is_asked_for() {
    let server = pages(|page| format!(r#","nextLink":"?page={page}""#)).await;
    let method = list(Some(next_link()));
    let mut rows = server.client().rows::<i64>(Call::new(&method));
    assert_eq!(server.seen().len(), 0);
    for (row, requests) in [(0, 1), (1, 1), (2, 2), (3, 2), (4, 3), (5, 3)] {
        assert_eq!(rows.next().await.unwrap().unwrap(), row);
        assert_eq!(server.seen().len(), requests, "after row {row}");
    }
    assert!(rows.next().await.is_none());
    assert!(rows.next().await.is_none());
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn a_listing_is_a_stream() {
    let server = pages(|page| format!(r#","nextLink":"?page={page}""#)).await;
    let method = list(Some(next_link()));
    let rows = server.client().rows::<i64>(Call::new(&method));
    // Like any other, it can move to another thread.
    let first = tokio::spawn(StreamExt::take(rows, 3).try_collect::<Vec<i64>>()).await.unwrap().unwrap();
    assert_eq!((first, server.seen().len()), (vec![0, 1, 2], 2));
}

#[tokio::test]
async fn the_next_page_may_be_in_a_link_header() {
    let server = Server::start(|seen| {
        let page = page_of(seen);
        let answer = Answer::json(format!(r#"{{"value":[{page}]}}"#));
        if page == 2 {
            return answer.with_header("link", "</things?page=1>; rel=\"prev\"");
        }
        answer.with_header("link", format!("</x>; rel=\"first\", </things?page={}>; rel=\"next\"", page + 1))
    })
    .await;
    let next = NextPage::Url(PagePointer::Header("Link".into()));
    assert_eq!(all(&server, &list(Some(next))).await.unwrap(), [0, 1, 2]);
}

#[tokio::test]
async fn a_token_goes_into_the_query_of_the_same_request() {
    let server = pages(|page| format!(r#","meta":{{"next":{page}}}"#)).await;
    let from = PagePointer::Body(JsonPath::parse("$.meta.next"));
    let mut method = list(Some(NextPage::Token { from, to: TokenSlot::Query(WireName::new("page")) }));
    binding(&mut method).query = vec![constant("api-version", "1")].into();
    assert_eq!(all(&server, &method).await.unwrap(), [0, 1, 2, 3, 4, 5]);
    let queries: Vec<String> = server.seen().into_iter().map(|seen| seen.query).collect();
    assert_eq!(queries, ["api-version=1", "api-version=1&page=1", "api-version=1&page=2"]);
}

#[tokio::test]
async fn a_token_goes_into_the_body_of_the_same_request() {
    for (content, sent) in [(BodyContent::Properties, "\"x\""), (BodyContent::Whole, r#"{"size":"x"}"#)] {
        let server = Server::start(|seen| {
            let body: serde_json::Value = serde_json::from_str(&seen.body).unwrap();
            assert_eq!(body.get("size").unwrap(), "x");
            match body.get("token").and_then(serde_json::Value::as_str) {
                None => Answer::json(r#"{"value":[1],"next":"t/1"}"#),
                Some(token) => Answer::json(format!(r#"{{"value":[{}],"next":null}}"#, token.len())),
            }
        })
        .await;
        let from = PagePointer::Body(JsonPath::key("next"));
        let mut method = list(Some(NextPage::Token { from, to: TokenSlot::Body(WireName::new("token")) }));
        binding(&mut method).method = HttpMethod::Post;
        binding(&mut method).body = Some(body("application/json", content, true));
        method.parameters = vec![parameter("size", Location::Body)].into();
        let call = Call::new(&method).with("size", Argument::Json(sent.parse().unwrap()));
        assert_eq!(server.client().rows::<i64>(call).all().await.unwrap(), [1, 3]);
    }
}

#[tokio::test]
async fn a_listing_of_nothing_has_no_rows() {
    for body in ["{}", r#"{"value":null}"#, r#"{"value":[],"nextLink":""}"#, r#"{"value":[],"nextLink":null}"#, ""] {
        let server = Server::start(move |_| Answer::json(body)).await;
        assert_eq!(all(&server, &list(Some(next_link()))).await.unwrap(), [0; 0], "{body}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn empty_pages_on_the_way_are_passed() {
    let server = Server::start(|seen| match page_of(seen) {
        3 => Answer::json(r#"{"value":[9]}"#),
        page => Answer::json(format!(r#"{{"value":[],"nextLink":"?page={}"}}"#, page + 1)),
    })
    .await;
    assert_eq!(all(&server, &list(Some(next_link()))).await.unwrap(), [9]);
}

#[tokio::test]
async fn a_circle_is_an_error_and_ends() {
    // It ends after a while, so that a client that walks in circles fails here instead of never coming back.
    let rounds = AtomicUsize::new(0);
    let circle = Server::start(move |seen| {
        if rounds.fetch_add(1, Ordering::Relaxed) > 20 {
            return Answer::json("{}");
        }
        Answer::json(format!(r#"{{"value":[1],"nextLink":"?page={}"}}"#, 3 - page_of(seen).max(1)))
    })
    .await;
    let error = all(&circle, &list(Some(next_link()))).await.unwrap_err();
    assert!(matches!(&error, Error::RepeatedPage { pages: 3, page, .. } if page.ends_with("?page=2")), "{error}");

    let rounds = AtomicUsize::new(0);
    let stuck = Server::start(move |_| match rounds.fetch_add(1, Ordering::Relaxed) {
        0..20 => Answer::json(r#"{"value":[1],"next":"tok-123"}"#),
        _ => Answer::json("{}"),
    })
    .await;
    let from = PagePointer::Body(JsonPath::key("next"));
    let next = NextPage::Token { from, to: TokenSlot::Query(WireName::new("token")) };
    let error = all(&stuck, &list(Some(next))).await.unwrap_err();
    assert!(matches!(&error, Error::RepeatedPage { .. }), "{error}");
    assert!(!error.to_string().contains("tok-123"), "{error}");
    assert_eq!(stuck.seen().len(), 2);
}

#[tokio::test]
async fn a_next_page_elsewhere_is_refused_and_nothing_goes_there() {
    let elsewhere = Server::start(|_| Answer::json(r#"{"value":[]}"#)).await;
    let url = elsewhere.url.clone();
    let server = pages(move |page| format!(r#","nextLink":"{url}/things?page={page}""#)).await;
    let method = list(Some(next_link()));
    let mut rows = server.client_with_token().rows::<i64>(Call::new(&method));
    let mut good = Vec::new();
    let error = loop {
        match rows.next().await.unwrap() {
            Ok(row) => good.push(row),
            Err(error) => break error,
        }
    };
    assert_eq!(good, [0, 1]);
    match &error {
        Error::ForeignOrigin { from, to, .. } => assert_eq!((from, to), (&server.url, &elsewhere.url)),
        other => panic!("{other}"),
    }
    assert!(rows.next().await.is_none());
    assert!(elsewhere.seen().is_empty());
    assert!(!format!("{error} {error:?}").contains(SECRET));

    let other_scheme = Server::start(|_| Answer::json(r#"{"value":[],"nextLink":"file:///etc/passwd"}"#)).await;
    assert!(matches!(all(&other_scheme, &method).await, Err(Error::ForeignOrigin { .. })));
}

#[tokio::test]
async fn a_user_name_in_a_next_link_becomes_no_credential() {
    let server = Server::start(|seen| {
        let host = seen.header("host").unwrap();
        match page_of(seen) {
            0 => Answer::json(format!(r#"{{"value":[],"nextLink":"http://eve:pw@{host}/things?page=1"}}"#)),
            _ => Answer::json(r#"{"value":[]}"#),
        }
    })
    .await;
    let method = list(Some(next_link()));
    server.client().rows::<i64>(Call::new(&method)).all().await.unwrap();
    let seen = server.seen();
    assert_eq!((seen.len(), seen[1].header("authorization")), (2, None));
}

#[tokio::test]
async fn a_row_that_does_not_fit_is_an_error_between_good_rows() {
    let server = Server::start(|_| Answer::json(r#"{"value":[1,"two",3]}"#)).await;
    let method = list(None);
    let rows = server.client().rows::<i64>(Call::new(&method));
    let rows: Vec<_> = rows.map(|row| row.map_err(|error| error.to_string())).collect().await;
    assert_eq!((rows.len(), &rows[0], &rows[2]), (3, &Ok(1), &Ok(3)));
    assert!(rows[1].as_ref().unwrap_err().contains("a row does not fit"), "{rows:?}");
}

#[tokio::test]
async fn what_is_no_listing_is_an_error_not_an_empty_one() {
    let method = list(None);
    for body in [r#"{"value":{"a":1}}"#, r#"{"value":[1,2"#, "<html>"] {
        let server = Server::start(move |_| Answer::json(body)).await;
        let error = all(&server, &method).await.unwrap_err();
        assert!(matches!(&error, Error::Decode { .. }), "{body}: {error}");
    }
    let server = Server::start(|_| Answer::status(503)).await;
    assert!(matches!(all(&server, &method).await, Err(Error::Provider(_))));
}

#[tokio::test]
async fn a_single_value_is_a_listing_of_one() {
    let server = Server::start(|_| Answer::json(r#"{"a":[1]}"#)).await;
    let method = support::method(HttpMethod::Get, "/thing");
    let rows = server.client().rows::<Json>(Call::new(&method)).all().await.unwrap();
    assert_eq!(rows.iter().map(Json::get).collect::<Vec<_>>(), [r#"{"a":[1]}"#]);
}

#[tokio::test]
async fn a_call_that_cannot_be_made_is_the_first_item() {
    let server = Server::start(|_| Answer::json("{}")).await;
    let method = support::get();
    let mut rows = server.client().rows::<Json>(Call::new(&method));
    assert!(matches!(rows.next().await, Some(Err(Error::MissingArguments { .. }))));
    assert!(rows.next().await.is_none());
}

#[tokio::test]
async fn pages_with_numbers_are_counted_up() {
    let server = Server::start(|seen| {
        let page = page_of(seen).max(1);
        Answer::json(format!(r#"{{"value":[{page}],"page":{page},"pages":3}}"#))
    })
    .await;
    let number = |name| PagePointer::Body(JsonPath::key(name));
    let to = TokenSlot::Query(WireName::new("page"));
    let next = NextPage::Number { current: number("page"), last: number("pages"), to };
    assert_eq!(all(&server, &list(Some(next))).await.unwrap(), [1, 2, 3]);
}

#[tokio::test]
async fn pages_are_counted_up_as_long_as_rows_are_left() {
    let server = |total: usize, rows_of_others: usize| {
        Server::start(move |seen| {
            let page = page_of(seen).max(1);
            let rows = if page == 1 { 2 } else { rows_of_others.min(total - (page - 1) * 2) };
            let rows: Vec<String> = (0..rows).map(|row| ((page - 1) * 2 + row).to_string()).collect();
            let info = format!(r#"{{"page":{page},"per_page":2,"count":{},"total_count":{total}}}"#, rows.len());
            Answer::json(format!(r#"{{"value":[{}],"info":{info}}}"#, rows.join(",")))
        })
    };
    let at = |path| PagePointer::Body(JsonPath::parse(path));
    let next = |size| NextPage::Counted {
        current: at("$.info.page"),
        size: at(size),
        total: at("$.info.total_count"),
        to: TokenSlot::Query(WireName::new("page")),
    };
    let counted = next("$.info.per_page");
    for (total, requests) in [(2, 1), (5, 3), (6, 3)] {
        let server = server(total, 2).await;
        let expected: Vec<i64> = (0..).take(total).collect();
        assert_eq!(all(&server, &list(Some(counted.clone()))).await.unwrap(), expected);
        assert_eq!(server.seen().len(), requests, "{total}");
    }
    // A page without rows is the last one, however many there are said to be.
    let wrong = server(9, 0).await;
    assert_eq!(all(&wrong, &list(Some(counted))).await.unwrap(), [0, 1]);
    let unknown = server(9, 2).await;
    assert_eq!(all(&unknown, &list(Some(next("$.info.nothing")))).await.unwrap(), [0, 1]);
}

#[tokio::test]
async fn the_next_page_may_be_what_a_pattern_finds_in_a_header() {
    let server = Server::start(|seen| {
        let page = page_of(seen);
        let answer = Answer::json(format!(r#"{{"value":[{page}]}}"#));
        let link = format!("</x>; rel=\"first\", </things?page={}>; rel=\"next\"", page + 1);
        if page == 2 {
            answer
        } else {
            answer.with_header("link", link).with_header("x-next", format!("page: {}", page + 1))
        }
    })
    .await;
    let found = |header: &'static str, pattern: &'static str| PagePointer::HeaderMatch {
        header: header.into(),
        pattern: pattern.into(),
    };
    let link = NextPage::Url(found("Link", r#".*<(?P<nextURL>[^>]*)>;\ rel="next".*"#));
    assert_eq!(all(&server, &list(Some(link))).await.unwrap(), [0, 1, 2]);
    let to = TokenSlot::Query(WireName::new("page"));
    let token = NextPage::Token { from: found("x-next", "[0-9]+"), to };
    assert_eq!(all(&server, &list(Some(token))).await.unwrap(), [0, 1, 2]);
    let error = all(&server, &list(Some(NextPage::Url(found("Link", "(x"))))).await.unwrap_err();
    assert!(matches!(&error, Error::Decode { .. }) && error.to_string().contains("no pattern"), "{error}");
}

#[tokio::test]
async fn a_listing_that_is_not_to_be_followed_ends() {
    let server = pages(|page| format!(r#","nextLink":"?page={page}""#)).await;
    assert_eq!(all(&server, &list(Some(NextPage::Nowhere))).await.unwrap(), [0, 1]);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn an_answer_of_one_object_is_a_row_for_each_page() {
    let server = Server::start(|seen| match seen.query.as_str() {
        "" => Answer::json(r#"{"things":[1],"nextToken":"t"}"#),
        "nextToken=t" => Answer::json(r#"{"things":[2]}"#),
        other => panic!("{other}"),
    })
    .await;
    let mut method = support::method(HttpMethod::Get, "/things");
    let from = PagePointer::Body(JsonPath::key("nextToken"));
    let next = NextPage::Token { from, to: TokenSlot::Query(WireName::new("nextToken")) };
    method.response.pagination = list(Some(next)).response.pagination;
    let rows = server.client().rows::<Json>(Call::new(&method)).all().await.unwrap();
    assert_eq!(
        rows.iter().map(Json::get).collect::<Vec<_>>(),
        [r#"{"things":[1],"nextToken":"t"}"#, r#"{"things":[2]}"#]
    );
}

#[tokio::test]
async fn rows_can_be_left_out_by_their_number() {
    let server = Server::start(|seen| {
        let offset: usize =
            seen.pairs().iter().find(|(name, _)| name == "offset").map_or(0, |(_, n)| n.parse().unwrap());
        Answer::json(format!(r#"{{"value":[{offset},{}],"more":{}}}"#, offset + 1, offset < 4))
    })
    .await;
    let next = NextPage::Offset { more: JsonPath::key("more"), to: TokenSlot::Query(WireName::new("offset")) };
    assert_eq!(all(&server, &list(Some(next))).await.unwrap(), [0, 1, 2, 3, 4, 5]);

    // More, it says, and sends nothing.
    let stuck = Server::start(|_| Answer::json(r#"{"value":[],"more":true}"#)).await;
    let next = NextPage::Offset { more: JsonPath::key("more"), to: TokenSlot::Query(WireName::new("offset")) };
    assert!(matches!(all(&stuck, &list(Some(next))).await, Err(Error::RepeatedPage { .. })));
}

#[tokio::test]
async fn several_tokens_go_together() {
    let server = Server::start(|seen| match seen.query.as_str() {
        "" => Answer::json(r#"{"value":[1],"name":"a","type":"A"}"#),
        "n=a&t=A" => Answer::json(r#"{"value":[2],"name":"b"}"#),
        "n=b" => Answer::json(r#"{"value":[3]}"#),
        other => panic!("{other}"),
    })
    .await;
    let token = |from, to| bindery_runtime::ir::PageToken {
        from: PagePointer::Body(JsonPath::key(from)),
        to: TokenSlot::Query(WireName::new(to)),
    };
    let next = NextPage::Tokens(vec![token("name", "n"), token("type", "t")].into());
    assert_eq!(all(&server, &list(Some(next))).await.unwrap(), [1, 2, 3]);
}

#[tokio::test]
async fn a_limit_that_bites_is_told() {
    let server = pages(|page| format!(r#","nextLink":"?page={page}""#)).await;
    let method = list(Some(next_link()));
    let client = server.client();
    for (call, rows, pages) in [
        (Call::new(&method).max_rows(3), 3, 2),
        (Call::new(&method).max_rows(4), 4, 2),
        (Call::new(&method).max_pages(2), 4, 2),
    ] {
        let mut stream = client.rows::<i64>(call.clone());
        let mut got = 0;
        let error = loop {
            match stream.next().await.unwrap() {
                Ok(_) => got += 1,
                Err(error) => break error,
            }
        };
        assert!(stream.next().await.is_none());
        let Error::LimitReached { rows: said, pages: fetched, .. } = &error else { panic!("{error}") };
        assert_eq!((got, *said, *fetched), (rows, rows, pages), "{error}");
        let (kept, limit) = client.rows::<i64>(call).up_to_limits().await.unwrap();
        assert_eq!((kept.len() as u64, limit.is_some()), (rows, true));
    }
    // All there is is not too much.
    for call in [Call::new(&method).max_rows(6), Call::new(&method).max_pages(3)] {
        assert_eq!(client.rows::<i64>(call).all().await.unwrap().len(), 6);
    }
    let limited = server.builder(bindery_runtime::ir::Auth::NONE).max_pages(1).build().unwrap();
    assert!(matches!(limited.rows::<i64>(Call::new(&method)).all().await, Err(Error::LimitReached { .. })));
    // Who wants the first page only is not told that there are others.
    assert_eq!(limited.rows::<i64>(Call::new(&method).single_page()).all().await.unwrap(), [0, 1]);
}

#[tokio::test]
async fn a_next_page_may_be_at_another_server_of_the_method() {
    let second = Server::start(|_| Answer::json(r#"{"value":[2]}"#)).await;
    let url = second.url.clone();
    let first = Server::start(move |_| Answer::json(format!(r#"{{"value":[1],"nextLink":"{url}/things"}}"#))).await;
    let mut method = list(Some(next_link()));
    let servers = [&first, &second].map(|server| bindery_runtime::ir::Server {
        url: server.url.clone().into(),
        variables: [].into_iter().collect(),
    });
    binding(&mut method).servers = servers.to_vec().into();
    let client = bindery_runtime::Client::builder("demo", support::bearer())
        .credential(bindery_runtime::Token::new(SECRET))
        .build()
        .unwrap();
    assert_eq!(client.rows::<i64>(Call::new(&method)).all().await.unwrap(), [1, 2]);
    assert_eq!(second.seen()[0].header("authorization"), Some(format!("Bearer {SECRET}")));
}
