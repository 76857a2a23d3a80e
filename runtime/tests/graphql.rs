//! Operations that are a GraphQL query: what is sent, and how a listing goes on.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

mod support;

use std::sync::Arc;

use bindery_runtime::ir::{
    Auth, Column, GraphQl, GraphQlCursor, HttpMethod, JsonPath, Location, Method, Provider, ProviderName, Resource,
    Rows, Service, ServiceName, SqlName, Text, Type, Verb, WireName,
};
use bindery_runtime::{Argument, Call, Client, Error, json::Json};
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

/// A fake of two listings at one address, of seven things each: one that says whether there is more, and one whose cursor
/// is in its last row.
async fn fake(page_size: usize) -> (bindery_mock::Mock, Arc<Provider>) {
    let column = |name: &'static str| Column {
        name: SqlName::new(name),
        wire_name: WireName::new(name),
        ty: Type::STRING,
        description: "".into(),
    };
    let mut members = members();
    members.resource = "demo.shop.member".parse().unwrap();
    let mut groups = members.clone();
    groups.resource = "demo.shop.group".parse().unwrap();
    for (method, at) in [(&mut members, "id"), (&mut groups, "at")] {
        method.name = SqlName::new("list");
        method.response.columns = [column("id"), column(at)].into_iter().collect();
    }
    let groups_at = |rest: &str| Text::Owned(format!("$.data.zones.groups{rest}"));
    groups.response.rows = Rows::Many(JsonPath::parse(&groups_at("")));
    groups.adaptation.graphql = Some(GraphQl {
        url: "https://api.test/graphql".into(),
        method: "POST".into(),
        query: "query { zones(tag: \"{{ .login }}\") { groups(filter: {a: 1{{ .cursor }}}) { id at } } }".into(),
        rows: JsonPath::parse(&groups_at("")),
        cursor: Some(GraphQlCursor {
            path: groups_at("[-1:].at"),
            strategy: "keyset".into(),
            format: ", AND at_gt: \"{{ .value }}\"".into(),
            page_size: "".into(),
            more: "".into(),
        }),
    });
    let mut service = Service::new(ServiceName::new("shop"));
    let resources = [members, groups].map(|method| {
        let mut resource = Resource::new(method.resource.clone());
        resource.methods = vec![method].into();
        resource
    });
    service.resources = resources.into_iter().collect();
    let mut provider = Provider::new(ProviderName::new("demo"));
    provider.services = vec![service].into();
    let provider = Arc::new(provider);
    let mock = bindery_mock::Mock::builder(Arc::clone(&provider)).page_size(page_size).seed(7).start().await.unwrap();
    (mock, provider)
}

#[tokio::test]
async fn a_fake_has_pages_of_queries_too() {
    for (name, requests) in [("shop.member.list", 4), ("shop.group.list", 5)] {
        let (mock, provider) = fake(2).await;
        let client = Client::builder("demo", Auth::NONE).base_url(mock.url()).build().unwrap();
        let call = || Call::named(&provider, name).unwrap().text("login", "a, after: \"p1\"");
        let rows = client.rows::<Json>(call()).all().await.unwrap();
        let different: std::collections::HashSet<&str> = rows.iter().map(Json::get).collect();
        assert_eq!((rows.len(), different.len(), mock.requests().len()), (7, 7, requests), "{name}: {rows:?}");
        let in_one = fake(100).await.0;
        let client = Client::builder("demo", Auth::NONE).base_url(in_one.url()).build().unwrap();
        assert_eq!(client.rows::<Json>(call()).all().await.unwrap().len(), 7);
    }
}

#[tokio::test]
async fn a_fake_refuses_a_cursor_that_it_did_not_give() {
    let (mock, provider) = fake(2).await;
    let mut query = Call::named(&provider, "shop.member.list").unwrap().method().clone();
    let graphql = query.adaptation.graphql.as_mut().unwrap();
    graphql.query = QUERY.replace("{{ .cursor }}", ", after: \"elsewhere\"").into();
    let client = Client::builder("demo", Auth::NONE).base_url(mock.url()).build().unwrap();
    let error = client.rows::<Json>(Call::new(&query).text("login", "a")).all().await.unwrap_err();
    assert!(error.to_string().contains("`elsewhere` does not appear to be a valid cursor"), "{error}");
}
