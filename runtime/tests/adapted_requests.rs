//! Requests that documents want put together in ways OpenAPI has no words for.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod support;

use bindery_runtime::ir::{
    BodyContent, HttpMethod, JsonPath, Location, Method, NextPage, PagePointer, Parameter, Presence, QueryFlattening,
    RequestRewrite, Reshape, Rows, Style, TokenSlot, Transform, TransformInput, Type, Verb, WireName,
};
use bindery_runtime::{Argument, Call, Error};
use support::{Answer, Seen, Server, binding, body, constant, method, parameter};

async fn sent(call: Call<'_>) -> Seen {
    let server = Server::start(|_| Answer::json("{}")).await;
    server.client().unit(call).await.unwrap();
    server.take_one()
}

/// `POST /` with body parameters.
fn posts(media_type: &'static str, parameters: Vec<Parameter>) -> Method {
    let mut method = method(HttpMethod::Post, "/");
    method.parameters = parameters.into();
    binding(&mut method).body = Some(body(media_type, BodyContent::Properties, false));
    method
}

fn of(name: &'static str, ty: Type) -> Parameter {
    Parameter { ty, ..parameter(name, Location::Body) }
}

#[tokio::test]
async fn arguments_go_on_top_of_the_base() {
    let mut method = posts("application/x-amz-json-1.0", vec![parameter("TypeName", Location::Body)]);
    method.adaptation.body.base = Some(r#"{"TypeName": "AWS::S3::Bucket", "n": 1}"#.into());
    assert_eq!(sent(Call::new(&method)).await.body, r#"{"TypeName":"AWS::S3::Bucket","n":1}"#);
    let seen = sent(Call::new(&method).text("TypeName", "Other")).await;
    assert_eq!(seen.body, r#"{"n":1,"TypeName":"Other"}"#);
    assert_eq!(seen.header("content-type").as_deref(), Some("application/x-amz-json-1.0"));
    method.adaptation.body.base = Some("{}".into());
    assert_eq!(sent(Call::new(&method)).await.body, "{}");
    method.adaptation.body.base = Some("[]".into());
    let server = Server::start(|_| Answer::json("{}")).await;
    assert!(matches!(server.client().unit(Call::new(&method)).await, Err(Error::Configuration { .. })));
}

#[tokio::test]
async fn the_default_body_is_sent_when_nothing_is_given() {
    let mut method = posts("application/json", vec![parameter("a", Location::Body)]);
    method.adaptation.body.fallback = Some("'{}'".into());
    assert_eq!(sent(Call::new(&method)).await.body, "{}");
    assert_eq!(sent(Call::new(&method).text("a", "x")).await.body, r#"{"a":"x"}"#);
}

#[tokio::test]
async fn arguments_can_go_into_a_member_and_stay_text() {
    let mut method =
        posts("application/json", vec![of("Tags", Type::Array(bindery_runtime::ir::Boxed::new(Type::Any)))]);
    method.adaptation.body.inside = Some(WireName::new("DesiredState"));
    assert_eq!(sent(Call::new(&method).text("Tags", "[1]")).await.body, r#"{"DesiredState":{"Tags":[1]}}"#);

    let text = Parameter { style: Style::Text, ..parameter("PatchDocument", Location::Body) };
    let method = posts("application/json", vec![text]);
    let json = Argument::Json(r#"[{"op":"add"}]"#.parse().unwrap());
    assert_eq!(
        sent(Call::new(&method).with("PatchDocument", json)).await.body,
        r#"{"PatchDocument":"[{\"op\":\"add\"}]"}"#
    );
    let seen = sent(Call::new(&method).text("PatchDocument", "[1]")).await;
    assert_eq!(seen.body, r#"{"PatchDocument":"[1]"}"#);
}

#[tokio::test]
async fn text_for_what_is_no_text_is_read() {
    let method = posts(
        "application/json",
        vec![of("n", Type::INTEGER), of("b", Type::Boolean), of("o", Type::FREE_OBJECT), of("s", Type::STRING)],
    );
    let call =
        Call::new(&method).text("n", "12345678901234567890").text("b", "true").text("o", "{\"x\":1}").text("s", "5");
    assert_eq!(sent(call).await.body, r#"{"n":12345678901234567890,"b":true,"o":{"x":1},"s":"5"}"#);
    let odd = Call::new(&method).text("n", "many").text("b", "{}").text("o", "[").text("s", "{}");
    assert_eq!(sent(odd).await.body, r#"{"n":"many","b":"{}","o":"[","s":"{}"}"#);
}

#[tokio::test]
async fn xml_and_raw_bodies_are_written() {
    let mut xml = posts("application/xml", vec![of("Name", Type::STRING), of("Rules", Type::Any)]);
    xml.adaptation.body.xml_root = "Config".into();
    let call = Call::new(&xml).text("Name", "a<b").text("Rules", r#"{"Rule":[{"Id":"1"},{"Id":"2"}]}"#);
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Config><Name>a&lt;b</Name><Rules><Rule><Id>1</Id></Rule><Rule><Id>2</Id></Rule></Rules></Config>";
    assert_eq!(sent(call).await.body, expected);

    let mut raw = posts("application/octet-stream", vec![of("contents", Type::STRING)]);
    raw.adaptation.body.transform = Some(Transform {
        kind: "golang_template_json_v0.3.0".into(),
        input: TransformInput::Json,
        template: "{{ .contents }}".into(),
        operation: Reshape::Column { column: "contents".into() },
    });
    assert_eq!(sent(Call::new(&raw).text("contents", "line 1\n")).await.body, "line 1\n");
}

#[tokio::test]
async fn a_query_can_travel_as_a_form_and_go_on_there() {
    let mut listing = method(HttpMethod::Get, "/");
    listing.verbs = vec![Verb::Select].into();
    listing.parameters = vec![parameter("Filter", Location::Query), parameter("Marker", Location::Query)].into();
    binding(&mut listing).query = vec![constant("Action", "ListThings")].into();
    listing.adaptation.request = Some(RequestRewrite::QueryToForm);
    listing.adaptation.query = Some(QueryFlattening::Numbered);
    listing.response.rows = Rows::Many(JsonPath::key("value"));
    let from = PagePointer::Body(JsonPath::key("Marker"));
    let next = NextPage::Token { from, to: TokenSlot::Query(WireName::new("Marker")) };
    let reason = bindery_runtime::ir::PaginationReason::Declared;
    listing.response.pagination = Some(bindery_runtime::ir::Pagination { next, reason });
    let server = Server::start(|seen| {
        let body = if seen.body.contains("Marker") { r#"{"value":[2]}"# } else { r#"{"value":[1],"Marker":"m 1"}"# };
        Answer::json(body)
    })
    .await;
    let call = Call::new(&listing).text("Filter", r#"[{"Name":"a","Values":["x","y"]}]"#);
    assert_eq!(server.client().rows::<i64>(call).all().await.unwrap(), [1, 2]);
    let seen = server.seen();
    let first = "Action=ListThings&Filter.1.Name=a&Filter.1.Values.1=x&Filter.1.Values.2=y";
    assert_eq!((&*seen[0].method, &*seen[0].query, &*seen[0].body), ("POST", "", first));
    assert_eq!(seen[1].body, format!("{first}&Marker=m%201"));
    let content_type = seen[0].header("content-type");
    assert_eq!(content_type.as_deref(), Some("application/x-www-form-urlencoded; charset=utf-8"));
}

#[tokio::test]
async fn marks_of_the_document_and_defaults_of_headers() {
    let mut marked = method(HttpMethod::Post, "/");
    binding(&mut marked).query =
        vec![constant("Action", "Go"), constant("__Action", "Go"), constant("__op", "x")].into();
    marked.adaptation.request = Some(RequestRewrite::DropDoubleUnderscore);
    let target = Parameter {
        presence: Presence::Default("Service.Operation".into()),
        ..parameter("X-Amz-Target", Location::Header)
    };
    marked.parameters = vec![target].into();
    let seen = sent(Call::new(&marked)).await;
    assert_eq!(seen.query, "Action=Go");
    assert_eq!(seen.header("x-amz-target").as_deref(), Some("Service.Operation"));
}
