//! Operations that are a GraphQL query: what is sent, and how a listing goes on.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

mod support;

use bindery_runtime::ir::{
    GraphQl, GraphQlCursor, HttpMethod, JsonPath, Location, Method, Rows, Text, Type, Verb, WireName,
};
use bindery_runtime::{Argument, Call, Error};
use support::{Answer, Seen, Server, method, parameter};

const QUERY: &str = "query { org(login: \"{{ .login }}\") { members(first: {{ if .first }}{{ .first }}{{ else }}2{{ end }}{{ .cursor }}) { nodes { id } } } }";

/// A listing of the members of an organisation.
fn members() -> Method {
    let mut method = method(HttpMethod::Post, "/graphql?resource=members");
    method.verbs = vec![Verb::Select].into();
    // Documents declare the variables of a query as if they were of the URL.
    let login = parameter("login", Location::Path);
    let mut first = parameter("first", Location::Query);
    first.presence = bindery_runtime::ir::Presence::Optional;
    first.ty = Type::INTEGER;
    first.wire_name = WireName::new("first");
    method.parameters = vec![login, first].into();
    method.response.rows = Rows::Many(JsonPath::parse("$.data.org.members.nodes[*]"));
    let path = |last: &str| Text::Owned(format!("$.data.org.members.pageInfo.{last}"));
    method.adaptation.graphql = Some(GraphQl {
        url: "https://api.test/graphql".into(),
        method: "POST".into(),
        query: QUERY.into(),
        rows: JsonPath::parse("$.data.org.members.nodes"),
        cursor: Some(GraphQlCursor {
            path: path("endCursor"),
            strategy: "page_info".into(),
            format: "".into(),
            page_size: "".into(),
            more: path("hasNextPage"),
        }),
    });
    method
}

/// The query that was sent.
fn query(seen: &Seen) -> String {
    let body: serde_json::Value = serde_json::from_str(&seen.body).unwrap();
    body["query"].as_str().unwrap().to_owned()
}

fn page(ids: &str, cursor: &str, more: bool) -> Answer {
    Answer::json(format!(
        r#"{{"data": {{"org": {{"members": {{"pageInfo": {{"endCursor": "{cursor}", "hasNextPage": {more}}}, "nodes": [{ids}]}}}}}}}}"#
    ))
}

#[tokio::test]
async fn every_page_is_the_query_with_the_cursor_of_the_one_before() {
    let server = Server::start(|seen| match query(seen) {
        query if query.contains("after: \"c1\"") => page("3", "c2", false),
        _ => page("1, 2", "c1", true),
    })
    .await;
    let method = members();
    let rows = server.client().rows::<i64>(Call::new(&method).text("login", "a\"b")).all().await.unwrap();
    assert_eq!(rows, [1, 2, 3]);
    let seen = server.seen();
    assert!(seen.iter().all(|seen| (&*seen.method, &*seen.path, &*seen.query) == ("POST", "/graphql", "")), "{seen:?}");
    assert_eq!(
        seen.iter().map(query).collect::<Vec<_>>(),
        [
            r#"query { org(login: "a\"b") { members(first: 2) { nodes { id } } } }"#,
            r#"query { org(login: "a\"b") { members(first: 2, after: "c1") { nodes { id } } } }"#,
        ]
    );
    assert_eq!(seen[0].header("content-type").as_deref(), Some("application/json"));

    let one = Call::new(&method).text("login", "a").with("first", Argument::json(&7)).single_page();
    assert_eq!(server.client().rows::<i64>(one).all().await.unwrap(), [1, 2]);
    assert!(query(&server.seen()[2]).contains("first: 7"));
}

#[tokio::test]
async fn an_argument_cannot_become_part_of_the_query() {
    let server = Server::start(|_| page("1", "", false)).await;
    let method = members();
    let call = Call::new(&method).text("login", "a").text("first", "1) { secrets } #");
    let error = server.client().rows::<i64>(call).all().await.unwrap_err();
    assert!(matches!(&error, Error::InvalidArgument { name, .. } if name == "first"), "{error}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_cursor_that_repeats_and_an_answer_of_errors_are_errors() {
    let server = Server::start(|_| page("1", "same", true)).await;
    let method = members();
    let error = server.client().rows::<i64>(Call::new(&method).text("login", "a")).all().await.unwrap_err();
    assert!(matches!(error, Error::RepeatedPage { pages: 2, .. }), "{error}");

    let refusing = Server::start(|_| {
        Answer::json(r#"{"data": {"org": null}, "errors": [{"type": "NOT_FOUND", "message": "no such organisation"}]}"#)
    })
    .await;
    let error = refusing.client().rows::<i64>(Call::new(&method).text("login", "a")).all().await.unwrap_err();
    assert!(error.to_string().contains("no such organisation"), "{error}");
}
