//! Rows of a page that come out while the page comes in, and what becomes of them when it breaks off.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

mod support;

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bindery_runtime::ir::{
    Auth, Column, JsonPath, Method, NextPage, PagePointer, Picked, Reshape, Rows, SqlName, Text, TokenSlot,
    TransformInput, Type, WireName,
};
use bindery_runtime::json::Json;
use bindery_runtime::{Attempt, Call, Client, ClientBuilder, Error, Middleware, MiddlewareFuture, Next, RetryPolicy};
use flate2::Compression;
use flate2::write::GzEncoder;
use support::scripted::{self, Step, send};
use support::{list, next_link, transform};
use tokio::sync::Notify;

const JSON: &str = "content-type: application/json\r\n";
const XML: &str = "content-type: text/xml;charset=utf-8\r\n";

/// A server that follows these scripts, one after the other, and how many requests came.
async fn serve(scripts: Vec<Vec<Step>>) -> (ClientBuilder, Arc<AtomicUsize>) {
    serve_as(JSON, scripts).await
}

async fn serve_as(headers: &'static str, scripts: Vec<Vec<Step>>) -> (ClientBuilder, Arc<AtomicUsize>) {
    let (url, requests) = scripted::serve(headers, scripts).await;
    let mut retry = RetryPolicy::default();
    retry.initial_delay = Duration::from_millis(1);
    let client = Client::builder("demo", Auth::NONE).base_url(&url).retry(retry).timeout(Duration::from_secs(10));
    (client, requests)
}

fn list_at_root() -> Method {
    let mut method = list(None);
    method.response.rows = Rows::Many(JsonPath::ROOT);
    method
}

/// What comes of a listing to its end: rows, and the kinds of errors.
async fn rest(rows: &mut bindery_runtime::Rows<i64>) -> Vec<Result<i64, &'static str>> {
    let mut rest = Vec::new();
    while let Some(row) = rows.next().await {
        rest.push(row.map_err(|error| error.kind()));
    }
    rest
}

#[tokio::test]
async fn a_row_comes_out_as_soon_as_it_is_there() {
    for (method, before, after) in [
        (list(Some(next_link())), r#"{"count": 3, "value": ["#, r#"], "nextLink": null}"#),
        (list_at_root(), "\n [", "] "),
    ] {
        let told: Vec<Arc<Notify>> = (0..3).map(|_| Arc::default()).collect();
        let wait = |number: usize| Step::Wait(Arc::clone(told.get(number).unwrap()));
        // A number is not there before something stands behind it.
        let steps =
            vec![send(before), send("1,2"), wait(0), send("0"), wait(1), send(" "), wait(2), send(", 3"), send(after)];
        let (client, requests) = serve(vec![[steps, vec![Step::End]].concat()]).await;
        let client = client.build().unwrap();
        let mut rows = client.rows::<i64>(Call::new(&method));
        assert_eq!(rows.next().await.unwrap().unwrap(), 1);
        let waited = tokio::time::timeout(Duration::from_millis(50), rows.next()).await;
        assert!(waited.is_err(), "20 is not all there, and is not given out");
        for told in told.iter().take(2) {
            told.notify_one();
        }
        assert_eq!(rows.next().await.unwrap().unwrap(), 20);
        for told in &told {
            told.notify_one();
        }
        assert_eq!(rest(&mut rows).await, [Ok(3)]);
        assert_eq!((requests.load(Ordering::Relaxed), client.counts().pages), (1, 1));
    }
}

/// The first of these rows comes out while the server waits to be told to go on. They are the same when the page breaks off and
/// is asked for again, when it comes whole at once, and as texts of whole pages.
async fn comes_early(
    headers: &'static str,
    method: &Method,
    [waiting, broken, whole]: [Vec<Step>; 3],
    told: &Notify,
    rows: [&str; 2],
) {
    let (client, requests) = serve_as(headers, vec![waiting, broken, whole.clone(), whole]).await;
    let client = client.build().unwrap();
    let mut stream = client.rows::<Json>(Call::new(method));
    assert_eq!(stream.next().await.unwrap().unwrap().get(), rows[0]);
    told.notify_one();
    assert_eq!(stream.next().await.unwrap().unwrap().get(), rows[1]);
    assert!(stream.next().await.is_none());
    let again = client.rows::<Json>(Call::new(method)).all().await.unwrap();
    assert_eq!(again.iter().map(Json::get).collect::<Vec<_>>(), rows);
    assert_eq!(client.listing(Call::new(method)).unwrap().next().await.unwrap().unwrap(), rows);
    assert_eq!(requests.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn rows_that_a_document_reshapes_come_early_as_well() {
    let flatten = Reshape::Flatten {
        list: Some("value".into()),
        member: "properties".into(),
        mark: "_flattened".into(),
        token: Some("nextLink".into()),
    };
    let wrap = |from, column| Reshape::Wrap {
        from,
        into: Some("line_items".into()),
        column: Some(column),
        token: Some("nextToken".into()),
    };
    let reshaped = |rows: &'static str, operation, input| {
        let mut method = list(None);
        method.response.rows = Rows::Many(JsonPath::key(rows));
        method.adaptation.response = Some(transform(operation, input));
        method
    };
    let picked = Reshape::Pick {
        from: JsonPath::parse("$.data.zones.1.groups"),
        into: "result".into(),
        columns: vec![Picked { column: "day".into(), from: JsonPath::parse("$.dimensions.date") }].into(),
    };
    let mut deep = list(None);
    deep.response.rows = Rows::Many(JsonPath::parse("$.data.project.nodes"));
    for (method, before, after, rows) in [
        (
            reshaped("value", flatten, TransformInput::Json),
            r#"{"id": 0, "value": [{"id": 1, "properties": {"id": 9, "size": 1.10}}"#,
            r#", 2], "nextLink": null}"#,
            [r#"{"size":1.10,"id":1,"properties":{"id": 9, "size": 1.10},"_flattened":true}"#, "2"],
        ),
        (
            reshaped("tags", Reshape::Enclose { member: "tags".into() }, TransformInput::Text),
            r#" [{"id": 1}"#,
            ", {}]",
            [r#"{"id": 1}"#, "{}"],
        ),
        (
            reshaped("line_items", wrap(JsonPath::key("ids"), "id".into()), TransformInput::Json),
            r#"{"ids": ["a""#,
            r#", "b"]}"#,
            [r#"{"id":"a"}"#, r#"{"id":"b"}"#],
        ),
        (
            reshaped("line_items", wrap(JsonPath::ROOT, "n".into()), TransformInput::Text),
            "[1.10",
            ",2]",
            [r#"{"n":1.10}"#, r#"{"n":2}"#],
        ),
        (
            reshaped("result", picked, TransformInput::Json),
            r#"{"data":{"zones":[[{}],{"groups":[{"dimensions":{"date":"d1"}}"#,
            ", {}]}, 1], \"b\": {}}}",
            [r#"{"day":"d1"}"#, r#"{"day":null}"#],
        ),
        (
            deep,
            r#"{"data": {"a": [], "project": {"more": {}, "nodes": [{"id": 1}"#,
            r#", {}], "end": 1}, "b": {}}, "errors": []}"#,
            [r#"{"id": 1}"#, "{}"],
        ),
    ] {
        // What looks whole may be the beginning of something longer, so the first row waits for what follows it.
        let (separator, rest) = after.split_at(after.find([',', ' ']).unwrap() + 1);
        let told: Arc<Notify> = Arc::default();
        let steps = vec![send(before), send(separator), Step::Wait(Arc::clone(&told)), send(rest), Step::End];
        let broken = vec![send(before), send(separator), send(rest.get(..1).unwrap())];
        let again = vec![send(before), send(after), Step::End];
        comes_early(JSON, &method, [steps, broken, again], &told, rows).await;
    }
}

/// A listing in XML whose rows have the columns `Name` and `Size`, with a marker to the next page.
fn list_in_xml() -> Method {
    let mut method = list(Some(NextPage::Token {
        from: PagePointer::Body(JsonPath::parse("$.R.LResult.Marker")),
        to: TokenSlot::Query(WireName::new("Marker")),
    }));
    let column = |(name, ty)| Column {
        name: SqlName::new(name),
        wire_name: WireName::new(name),
        ty,
        description: Text::Borrowed(""),
    };
    method.response.media_type = "text/xml".into();
    method.response.rows = Rows::Many(JsonPath::key("line_items"));
    method.response.columns = [("Name", Type::STRING), ("Size", Type::INTEGER)].map(column).into_iter().collect();
    method.adaptation.response = Some(transform(Reshape::XmlBySchema, TransformInput::Xml));
    method
}

#[tokio::test]
async fn rows_of_xml_come_early_as_well() {
    let wrap = Reshape::Wrap {
        from: JsonPath::parse("$.R.Names.member"),
        into: Some("line_items".into()),
        column: Some("name".into()),
        token: None,
    };
    let mut names = list(None);
    names.response.media_type = "text/xml".into();
    names.response.rows = Rows::Many(JsonPath::key("line_items"));
    names.adaptation.response = Some(transform(wrap, TransformInput::Xml));
    for (method, before, after, rows) in [
        (
            list_in_xml(),
            "<R><Id>1</Id><LResult><Users>\n<member><Name>a &lt; b</Name><Size>9007199254740993</Size></member>",
            "<member><Name>c</Name></member></Users><IsTruncated>false</IsTruncated></LResult></R>",
            [r#"{"Name":"a < b","Size":9007199254740993}"#, r#"{"Name":"c"}"#],
        ),
        (
            list_in_xml(),
            "<R><Owner><Id>1</Id></Owner><Row><Name>a</Name><Size/></Row>",
            "<Row><Name>c</Name></Row></R>\n",
            [r#"{"Name":"a","Size":null}"#, r#"{"Name":"c"}"#],
        ),
        (names, "<R><Names><member>a</member>", "<member/></Names><Meta/></R>", [r#"{"name":"a"}"#, r#"{"name":""}"#]),
    ] {
        let told: Arc<Notify> = Arc::default();
        let steps = vec![send(before), Step::Wait(Arc::clone(&told)), send(after), Step::End];
        let broken = vec![send(before), send(after.get(..9).unwrap())];
        let again = vec![send(&before.replace("<Id>1", "<Id>22")), send(after), Step::End];
        comes_early(XML, &method, [steps, broken, again], &told, rows).await;
    }
}

#[tokio::test]
async fn what_stands_behind_early_rows_of_xml_is_heeded() {
    let method = list_in_xml();
    let row = |name: &str| send(&format!("<item><Name>{name}</Name></item>"));
    let page = |end: &str| vec![send("<R><LResult><Rows>"), row("a"), row("b"), send(end), Step::End];
    let cases = [
        // Another page, and one that is broken, or is asked for again and is another one then.
        (vec![page("</Rows><Marker>m</Marker></LResult></R>"), page("</Rows></LResult></R>")], 4, None, 2),
        (vec![page("</Rows><Marker>m</Marker></LResult></R>")], 4, Some("repeated_page"), 2),
        (vec![page("</Rows></LResult>")], 2, Some("decode"), 1),
        (vec![page("</Wrong></LResult></R>")], 2, Some("decode"), 1),
        (vec![vec![send("<R><Rows>"), row("a")], page("</Rows></LResult></R>")], 2, None, 2),
        (vec![vec![send("<R><Rows>"), row("b")], page("</Rows></LResult></R>")], 1, Some("page_changed"), 2),
        // One that says that it is an error.
        (
            vec![vec![send("<Error><Code>Gone</Code><Rows>"), row("a"), send("</Rows></Error>"), Step::End]],
            1,
            Some("refused"),
            1,
        ),
    ];
    for (number, (scripts, count, error, requested)) in cases.into_iter().enumerate() {
        let (client, requests) = serve_as(XML, scripts).await;
        let mut rows = client.build().unwrap().rows::<Json>(Call::new(&method));
        let mut given = Vec::new();
        while let Some(row) = rows.next().await {
            given.push(row.map_err(|error| error.kind()));
        }
        let outcome = given.last().and_then(|last| last.as_ref().err().copied());
        assert_eq!(outcome, error, "{number}");
        assert_eq!(given.len() - usize::from(error.is_some()), count, "{number}");
        assert_eq!(requests.load(Ordering::Relaxed), requested, "{number}");
    }
}

#[tokio::test]
async fn no_row_is_lost_or_doubled_when_a_page_breaks_off() {
    let method = list(Some(next_link()));
    // What stands before the rows may be another thing each time.
    let again = vec![send(r#"{"request": "b", "value": [1, 2, 3]}"#), Step::End];
    for broken in [
        vec![send(r#"{"request": "a", "value": [1, 2, "#)],
        vec![send(r#"{"request": "a", "value": [1, "#), send("2"), send(", 3"), send("]")],
        vec![send(r#"{"request": "a", "va"#)],
    ] {
        let refusal = vec![Step::Status("503 Service Unavailable"), send("[1, 2]"), Step::End];
        let (client, requests) = serve(vec![broken.clone(), refusal, broken, again.clone()]).await;
        let client = client.build().unwrap();
        let mut rows = client.rows::<i64>(Call::new(&method));
        assert_eq!(rest(&mut rows).await, [Ok(1), Ok(2), Ok(3)]);
        assert_eq!(requests.load(Ordering::Relaxed), 4);
    }
    // What looks like a success may be a refusal that passes.
    let throttled = r#"{"value": [1, 2], "error": {"code": "TooManyRequests", "message": "later"}}"#;
    let throttled = throttled.split_inclusive(' ').map(send).chain([Step::End]).collect();
    let (client, requests) = serve(vec![throttled, again]).await;
    let client = client.build().unwrap();
    assert_eq!(rest(&mut client.rows(Call::new(&method))).await, [Ok(1), Ok(2), Ok(3)]);
    assert_eq!(requests.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_page_that_has_changed_after_it_broke_off_is_an_error_behind_the_rows_before() {
    let method = list(Some(next_link()));
    let broken = || vec![send(r#"{"value": [1, 2, "#)];
    for changed in ["[2, 3]", "[]", "[1]", "[1, 20, 3]", "null", "[1, 2"] {
        let again = vec![send(&format!("{{\"value\": {changed}}}")), Step::End];
        let (client, requests) = serve(vec![broken(), again]).await;
        let client = client.build().unwrap();
        let mut rows = client.rows::<i64>(Call::new(&method));
        assert_eq!(rest(&mut rows).await, [Ok(1), Ok(2), Err("page_changed")], "{changed}");
        assert_eq!(requests.load(Ordering::Relaxed), 2);
    }
    // It may also not be asked for again.
    let (client, requests) = serve(vec![broken()]).await;
    let client = client.retry(RetryPolicy::never()).build().unwrap();
    let mut rows = client.rows::<i64>(Call::new(&method));
    assert_eq!(rest(&mut rows).await, [Ok(1), Ok(2), Err("transport")]);
    assert_eq!(requests.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_page_is_told_behind_the_rows_that_came_before() {
    let method = list(None);
    for (body, expected) in [
        (r#"{"value": [1, 2], "error": {"code": "Half", "message": "there is more"}}"#, vec![Err("refused")]),
        (r#"{"value": [1, 2, "x", 3]}"#, vec![Err("decode"), Ok(3)]),
        (r#"{"value": [1, 2 }"#, vec![Err("decode")]),
    ] {
        let expected: Vec<_> = [Ok(1), Ok(2)].into_iter().chain(expected).collect();
        let pieces = body.split_inclusive(' ').map(send).chain([Step::End]).collect();
        for steps in [pieces, vec![send(body), Step::End]] {
            let (client, _) = serve(vec![steps]).await;
            let mut rows = client.build().unwrap().rows::<i64>(Call::new(&method));
            assert_eq!(rest(&mut rows).await, expected, "{body}");
        }
    }
}

#[tokio::test]
async fn limits_hold_for_rows_that_come_early() {
    let never = Arc::new(Notify::new());
    let steps = vec![send(r#"{"value": [1, 2, 3, "#), Step::Wait(Arc::clone(&never)), send("4]}"), Step::End];
    let (client, _) = serve(vec![steps]).await;
    let (client, method) = (client.build().unwrap(), list(None));
    let mut rows = client.rows::<i64>(Call::new(&method).max_rows(2));
    assert_eq!([rows.next().await.unwrap().unwrap(), rows.next().await.unwrap().unwrap()], [1, 2]);
    never.notify_one();
    let error = rows.next().await.unwrap().unwrap_err();
    assert!(matches!(error, Error::LimitReached { rows: 2, pages: 1, .. }), "{error}");
    assert!(rows.next().await.is_none());
}

#[tokio::test]
async fn every_page_gives_its_rows_early_compressed_or_not() {
    let page = |rows: &str, next: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        write!(encoder, r#"{{"value": [{rows}, "#).unwrap();
        encoder.flush().unwrap();
        let first = encoder.get_ref().len();
        write!(encoder, r#"0], "nextLink": {next}}}"#).unwrap();
        let body = encoder.finish().unwrap();
        let (before, after) = body.split_at(first);
        (Step::Send(before.to_vec()), Step::Send(after.to_vec()))
    };
    let told: Arc<Notify> = Arc::default();
    let scripts = [("1, 2", r#""/things?page=2""#), ("3, 4", "null")].map(|(rows, next)| {
        let (before, after) = page(rows, next);
        vec![before, Step::Wait(Arc::clone(&told)), after, Step::End]
    });
    let headers = "content-type: application/json\r\ncontent-encoding: gzip\r\n";
    let (url, requests) = scripted::serve(headers, scripts.to_vec()).await;
    let client = Client::builder("demo", Auth::NONE).base_url(&url).build().unwrap();
    let method = list(Some(next_link()));
    let mut rows = client.rows::<i64>(Call::new(&method));
    for early in [[1, 2], [3, 4]] {
        for row in early {
            assert_eq!(rows.next().await.unwrap().unwrap(), row);
        }
        told.notify_one();
        assert_eq!(rows.next().await.unwrap().unwrap(), 0);
    }
    assert!(rows.next().await.is_none());
    assert_eq!(requests.load(Ordering::Relaxed), 2);
}

/// A page in two pieces, of which the second comes when it is told.
async fn in_two_pieces() -> (ClientBuilder, Arc<Notify>) {
    let told: Arc<Notify> = Arc::default();
    let list = vec![send(r#"{"value": [1, "#), Step::Wait(Arc::clone(&told)), send("2]}"), Step::End];
    let (client, _) = serve(vec![list, vec![send("{}"), Step::End]]).await;
    (client, told)
}

#[tokio::test]
async fn whoever_has_a_row_may_make_other_calls_and_take_time() {
    let method = list(None);
    // There is one place, and the page gives it back when it is whole, whoever asks for its rows.
    let (client, told) = in_two_pieces().await;
    let client = client.concurrency(1).build().unwrap();
    let mut rows = client.rows::<i64>(Call::new(&method));
    assert_eq!(rows.next().await.unwrap().unwrap(), 1);
    told.notify_one();
    let other = tokio::time::timeout(Duration::from_secs(5), client.send(Call::new(&method))).await;
    assert_eq!(other.unwrap().unwrap().body().as_ref(), b"{}");
    assert_eq!(rest(&mut rows).await, [Ok(2)]);

    // It has to be whole in time, but nobody has to look at it in time.
    let (client, told) = in_two_pieces().await;
    let client = client.timeout(Duration::from_millis(200)).build().unwrap();
    let mut rows = client.rows::<i64>(Call::new(&method).within(Duration::from_millis(300)));
    assert_eq!(rows.next().await.unwrap().unwrap(), 1);
    told.notify_one();
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(rest(&mut rows).await, [Ok(2)]);
}

#[tokio::test]
async fn dropping_the_listing_takes_the_page_back() {
    let (client, _told) = in_two_pieces().await;
    let client = client.concurrency(1).build().unwrap();
    let method = list(None);
    let mut rows = client.rows::<i64>(Call::new(&method));
    assert_eq!(rows.next().await.unwrap().unwrap(), 1);
    drop(rows);
    // Its place is free, although its page never came to an end.
    let other = tokio::time::timeout(Duration::from_secs(5), client.send(Call::new(&method))).await;
    other.unwrap().unwrap();
}

/// Lets no answer through.
struct Refuses;

impl Middleware for Refuses {
    fn handle<'a>(&'a self, attempt: Attempt, next: Next<'a>) -> MiddlewareFuture<'a> {
        Box::pin(async move {
            let reply = next.run(attempt).await?;
            Err(Error::Configuration { reason: format!("{} bytes are not wanted", reply.body().len()) })
        })
    }
}

#[tokio::test]
async fn nothing_is_read_of_what_others_may_refuse() {
    let (client, _) = serve(vec![vec![send(r#"{"value": [1, "#), send("1]}"), Step::End]]).await;
    let (client, method) = (client.middleware(Refuses).build().unwrap(), list(None));
    assert_eq!(rest(&mut client.rows(Call::new(&method))).await, [Err("configuration")]);
}
