//! Answers that are no plain JSON: XML, lines, text, bytes, and what documents want reshaped.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod support;

use bindery_runtime::ir::{
    Column, HttpMethod, JsonPath, Method, NextPage, PagePointer, PageToken, Reshape, Rows, SqlName, Text, TokenSlot,
    TransformInput, Type, WireName,
};
use bindery_runtime::json::{Extra, Json};
use bindery_runtime::{Call, Error};
use support::{Answer, Server, list, method, transform};

async fn rows(method: &Method, answer: impl Fn(&support::Seen) -> Answer + Send + Sync + 'static) -> Vec<String> {
    let server = Server::start(answer).await;
    let rows: Result<Vec<Json>, Error> = server.client().rows(Call::new(method)).all().await;
    rows.unwrap().iter().map(|row| row.get().to_owned()).collect()
}

fn typed(method: &mut Method, columns: &[(&'static str, Type)]) {
    let column = |(name, ty): &(&'static str, Type)| Column {
        name: SqlName::new(name),
        wire_name: WireName::new(name),
        ty: ty.clone(),
        description: Text::Borrowed(""),
    };
    method.response.columns = columns.iter().map(column).collect();
}

fn xml(text: &'static str) -> Answer {
    Answer::json(text).typed("text/xml;charset=utf-8")
}

#[tokio::test]
async fn rows_of_xml_are_found_by_their_columns_and_go_on_where_the_xml_says() {
    let mut method = list(Some(NextPage::Token {
        from: PagePointer::Body(JsonPath::parse("$.ListUsersResponse.ListUsersResult.Marker")),
        to: TokenSlot::Query(WireName::new("Marker")),
    }));
    method.response.media_type = "text/xml".into();
    method.response.rows = Rows::Many(JsonPath::key("line_items"));
    method.adaptation.response = Some(transform(Reshape::XmlBySchema, TransformInput::Xml));
    typed(&mut method, &[("UserName", Type::STRING), ("Number", Type::INTEGER)]);
    let got = rows(&method, |seen| match seen.query.as_str() {
        "" => xml("<ListUsersResponse><ListUsersResult><IsTruncated>true</IsTruncated><Marker>m1</Marker><Users>\
             <member><UserName>a</UserName><Number>9007199254740993</Number></member>\
             <member><UserName>b &amp; c</UserName></member></Users></ListUsersResult></ListUsersResponse>"),
        "Marker=m1" => xml("<ListUsersResponse><ListUsersResult><IsTruncated>false</IsTruncated><Users>\
             <member><UserName>d</UserName></member></Users></ListUsersResult></ListUsersResponse>"),
        other => panic!("{other}"),
    })
    .await;
    assert_eq!(
        got,
        [r#"{"Number":9007199254740993,"UserName":"a"}"#, r#"{"UserName":"b & c"}"#, r#"{"UserName":"d"}"#]
    );
}

#[tokio::test]
async fn a_token_is_found_near_the_top_of_xml_that_no_schema_describes() {
    let mut method = list(Some(NextPage::Token {
        from: nearest(&["NextMarker", "Marker"], None),
        to: TokenSlot::Query(WireName::new("Marker")),
    }));
    listed_in_xml(&mut method);
    typed(&mut method, &[("Name", Type::STRING), ("Marker", Type::STRING)]);
    let page = |head: &str, name: &str| {
        let rows = format!("<Users><member><Name>{name}</Name><Marker>of a row</Marker></member></Users>");
        let text = format!("<ListResponse><ListResult>{rows}{head}</ListResult><Meta><Id>1</Id></Meta></ListResponse>");
        xml(String::leak(text))
    };
    let got = rows(&method, move |seen| match seen.query.as_str() {
        "" => page("<Marker>m1</Marker>", "a"),
        "Marker=m1" => page("<Marker>m1</Marker><NextMarker>m2</NextMarker>", "b"),
        // What is empty is none, and what a row has is none of the page.
        "Marker=m2" => page("<Marker></Marker>", "c"),
        other => panic!("{other}"),
    })
    .await;
    assert_eq!(
        got,
        ["a", "b", "c"].map(|name| format!(r#"{{"Marker":"of a row","Name":"{name}"}}"#)),
        "that the page has a marker as well does not make it a row"
    );
}

fn nearest(names: &[&'static str], last: Option<&'static str>) -> PagePointer {
    let names = names.iter().map(|name| Text::Borrowed(name)).collect();
    PagePointer::Nearest { names, more: Some("IsTruncated".into()), last: last.map(Text::Borrowed) }
}

fn listed_in_xml(method: &mut Method) {
    method.response.media_type = "text/xml".into();
    method.response.rows = Rows::Many(JsonPath::key("line_items"));
    method.adaptation.response = Some(transform(Reshape::XmlBySchema, TransformInput::Xml));
}

#[tokio::test]
async fn xml_that_says_whether_it_is_cut_off_is_believed() {
    let to = |name| TokenSlot::Query(WireName::new(name));
    // Buckets: a token is repeated on the page that it led to.
    let from = nearest(&["NextContinuationToken", "ContinuationToken"], None);
    let mut buckets = list(Some(NextPage::Token { from, to: to("continuation-token") }));
    listed_in_xml(&mut buckets);
    typed(&mut buckets, &[("Name", Type::STRING)]);
    let got = rows(&buckets, |seen| match seen.query.as_str() {
        "" => xml("<R><Contents><Name>a</Name></Contents><IsTruncated>true</IsTruncated><NextContinuationToken>t 2</NextContinuationToken></R>"),
        "continuation-token=t%202" => xml("<R><Contents><Name>b</Name></Contents><IsTruncated>false</IsTruncated><ContinuationToken>t 2</ContinuationToken></R>"),
        other => panic!("{other}"),
    })
    .await;
    assert_eq!(got, [r#"{"Name":"a"}"#, r#"{"Name":"b"}"#]);

    // Objects: without a marker, the last key is one. Of one row there is no list.
    let mut objects = list(Some(NextPage::Token { from: nearest(&["NextMarker"], Some("Key")), to: to("marker") }));
    listed_in_xml(&mut objects);
    typed(&mut objects, &[("Key", Type::STRING)]);
    let page = |keys: &[&str], is_more: bool| {
        let rows = keys.iter().map(|key| format!("<Contents><Key>{key}</Key></Contents>")).collect::<Vec<_>>().concat();
        xml(String::leak(format!("<R><Name>bucket</Name><IsTruncated>{is_more}</IsTruncated>{rows}</R>")))
    };
    let got = rows(&objects, move |seen| match seen.query.as_str() {
        "" => page(&["a", "b"], true),
        "marker=b" => page(&["c"], true),
        "marker=c" => page(&["d", "e"], false),
        other => panic!("{other}"),
    })
    .await;
    assert_eq!(got.len(), 5, "{got:?}");

    // Versions: two tokens that belong together.
    let token = |from, name| PageToken { from: nearest(&[from], None), to: to(name) };
    let tokens = vec![token("NextKeyMarker", "key-marker"), token("NextVersionIdMarker", "version-id-marker")];
    let mut versions = list(Some(NextPage::Tokens(tokens.into())));
    listed_in_xml(&mut versions);
    typed(&mut versions, &[("Key", Type::STRING)]);
    let row = "<Version><Key>k</Key></Version>";
    let page = move |head: &str| xml(String::leak(format!("<R>{head}{row}</R>")));
    let got = rows(&versions, move |seen| match seen.query.as_str() {
        "" => page("<IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker><NextVersionIdMarker>v</NextVersionIdMarker>"),
        "key-marker=k&version-id-marker=v" => page("<IsTruncated>true</IsTruncated><NextKeyMarker>l</NextKeyMarker>"),
        "key-marker=l" => page("<IsTruncated>false</IsTruncated><NextKeyMarker>l</NextKeyMarker>"),
        other => panic!("{other}"),
    })
    .await;
    assert_eq!(got.len(), 3, "{got:?}");

    // More, it says, and not where: what came before is kept, and nobody takes it for all.
    let server = Server::start(|_| xml("<R><IsTruncated>true</IsTruncated><V><Key>k</Key></V></R>")).await;
    let error = server.client().rows::<Json>(Call::new(&versions)).all().await.unwrap_err();
    assert_eq!(error.kind(), "decode");
    assert!(error.to_string().contains("`IsTruncated` says that there is another page"), "{error}");
}

#[tokio::test]
async fn xml_without_a_schema_is_a_tree() {
    let method = method(HttpMethod::Get, "/x");
    let got = rows(&method, |_| xml("<A id=\"1\"><B>x</B><B>y</B></A>")).await;
    assert_eq!(got, [r#"{"A":{"-id":"1","B":["x","y"]}}"#]);
}

#[tokio::test]
async fn dangerous_or_broken_xml_is_an_error() {
    let mut method = method(HttpMethod::Get, "/x");
    method.response.media_type = "application/xml".into();
    let deep = "<a>".repeat(100_000);
    for body in
        ["<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>".to_owned(), "<a>".to_owned(), deep]
    {
        let server = Server::start(move |_| Answer::json(body.clone()).typed("application/xml")).await;
        let error = server.client().rows::<Json>(Call::new(&method)).all().await.unwrap_err();
        assert!(matches!(error, Error::Decode { .. }), "{error}");
    }
}

#[tokio::test]
async fn every_line_is_a_row() {
    let mut method = list(None);
    method.response.rows = Rows::Many(JsonPath::ROOT);
    method.response.media_type = "application/x-ndjson".into();
    let got = rows(&method, |_| Answer::json("{\"a\":1}\n\n{\"a\":2}\r\n").typed("application/x-ndjson")).await;
    assert_eq!(got, [r#"{"a":1}"#, r#"{"a":2}"#]);
}

#[tokio::test]
async fn text_is_a_row_and_bytes_are_base64() {
    let mut method = method(HttpMethod::Get, "/x");
    method.response.media_type = "text/plain".into();
    assert_eq!(rows(&method, |_| Answer::json("say \"hi\"\n").typed("text/plain")).await, [r#""say \"hi\"\n""#]);
    method.response.media_type = "application/octet-stream".into();
    let bytes = || Answer::bytes(vec![0xff, 0, 1]).typed("application/octet-stream");
    assert_eq!(rows(&method, move |_| bytes()).await, [r#""/wAB""#]);
    // As it is, for whoever wants that.
    let server = Server::start(move |_| bytes()).await;
    assert_eq!(&**server.client().send(Call::new(&method)).await.unwrap().body(), [0xff, 0, 1]);
}

#[tokio::test]
async fn a_flattened_listing_still_goes_on() {
    let mut method = list(Some(support::next_link()));
    let flatten = Reshape::Flatten {
        list: Some("value".into()),
        member: "properties".into(),
        mark: "_flattened".into(),
        token: Some("nextLink".into()),
    };
    method.adaptation.response = Some(transform(flatten, TransformInput::Json));
    let got = rows(&method, |seen| match seen.query.as_str() {
        "" => Answer::json(
            r#"{"value":[{"id":1,"properties":{"id":9,"size":12345678901234567890.10}}],"nextLink":"?p=2"}"#,
        ),
        _ => Answer::json(r#"{"value":[{"id":2}]}"#),
    })
    .await;
    assert_eq!(
        got,
        [
            r#"{"size":12345678901234567890.10,"id":1,"properties":{"id":9,"size":12345678901234567890.10},"_flattened":true}"#,
            r#"{"id":2,"_flattened":true}"#
        ]
    );
}

/// A row as a generated crate has it.
#[derive(Default)]
struct Disk {
    id: Option<i64>,
    size: Option<i64>,
    extra: Extra,
}

bindery_runtime::json_objects! {
    Disk {
        "id" => id,
        "size" => size,
    }
}

#[tokio::test]
async fn a_type_with_fields_holds_what_was_flattened_once_and_loses_nothing() {
    const TAKEN: &str = r#"{"id":1,"properties":{"size":2,"kind":"ssd"}}"#;
    const CLASH: &str = r#"{"id":3,"properties":{"id":9,"size":4}}"#;
    let flatten = |list: Option<&'static str>| Reshape::Flatten {
        list: list.map(Text::Borrowed),
        member: "properties".into(),
        mark: "_flattened".into(),
        token: None,
    };
    let shown = |disk: &Disk| (disk.id, disk.size, bindery_runtime::json::to_string(&disk.extra));
    let kept = r#"{"properties":{"id":9,"size":4}}"#.to_owned();
    let expected = [(Some(1), Some(2), r#"{"kind":"ssd"}"#.to_owned()), (Some(3), Some(4), kept)];

    let server = Server::start(|_| Answer::json(format!(r#"{{"value":[{TAKEN}, {CLASH}]}}"#))).await;
    let mut listing = list(None);
    listing.adaptation.response = Some(transform(flatten(Some("value")), TransformInput::Json));
    let disks: Vec<Disk> = server.client().rows(Call::new(&listing)).all().await.unwrap();
    assert_eq!(disks.iter().map(shown).collect::<Vec<_>>(), expected);

    let mut get = method(HttpMethod::Get, "/disk");
    get.adaptation.response = Some(transform(flatten(None), TransformInput::Json));
    for (answer, expected) in [TAKEN, CLASH].into_iter().zip(expected) {
        let server = Server::start(move |_| Answer::json(answer)).await;
        assert_eq!(shown(&server.client().one(Call::new(&get)).await.unwrap()), expected);
    }

    // A column that is documented is there.
    typed(&mut listing, &[("id", Type::STRING), ("properties", Type::Any)]);
    let disks: Vec<Disk> = server.client().rows(Call::new(&listing)).all().await.unwrap();
    assert_eq!(disks[0].extra["properties"].get(), r#"{"size":2,"kind":"ssd"}"#);
}

#[tokio::test]
async fn texts_are_enclosed_and_files_are_contents() {
    let mut enclosed = list(None);
    enclosed.response.rows = Rows::Many(JsonPath::key("tags"));
    let enclose = Reshape::Enclose { member: "tags".into() };
    enclosed.adaptation.response = Some(transform(enclose, TransformInput::Text));
    assert_eq!(rows(&enclosed, |_| Answer::json("[1, 2]")).await, ["1", "2"]);

    let mut file = list(None);
    file.response.rows = Rows::Many(JsonPath::ROOT);
    file.response.media_type = "application/octet-stream".into();
    let contents = Reshape::Contents { from: JsonPath::ROOT, column: "contents".into() };
    file.adaptation.response = Some(transform(contents, TransformInput::Text));
    let got = rows(&file, |_| Answer::json("line \"1\"\nline 2").typed("text/plain")).await;
    assert_eq!(got, [r#"{"contents":"line \"1\"\nline 2"}"#]);
}

#[tokio::test]
async fn a_page_for_people_is_no_answer() {
    let method = list(None);
    for answer in ["<html><body>Log in</body></html>", "<!DOCTYPE html><html></html>"] {
        let server = Server::start(move |_| Answer::json(answer).typed("text/html")).await;
        let error = server.client().rows::<Json>(Call::new(&method)).all().await.unwrap_err();
        assert!(matches!(error, Error::Decode { .. }), "{error}");
    }
}

#[cfg(feature = "templates")]
#[tokio::test]
async fn a_template_that_is_no_known_operation_is_run() {
    let server = Server::start(|_| Answer::json(r#"{"pets":{"b":{"age":2},"a":{"age":9007199254740993}}}"#)).await;
    let mut pets = list(None);
    pets.adaptation.response = Some(bindery_runtime::ir::Transform {
        template: r#"{"value":[{{ range $name, $pet := .pets }}{{ if ne $name "a" }},{{ end }}{"name":{{ toJson $name }},"age":{{ $pet.age }}}{{ end }}]}"#.into(),
        ..transform(Reshape::Template, TransformInput::Json)
    });
    let rows: Vec<Json> = server.client().rows(Call::new(&pets)).all().await.unwrap();
    let rows: Vec<&str> = rows.iter().map(Json::get).collect();
    assert_eq!(rows, [r#"{"name":"a","age":9007199254740993}"#, r#"{"name":"b","age":2}"#]);

    pets.adaptation.response.as_mut().unwrap().template = "{{ range }}".into();
    let error = server.client().rows::<Json>(Call::new(&pets)).all().await.unwrap_err();
    assert!(
        error.to_string().contains("demo.shop.thing.call") && error.to_string().contains("its template fails"),
        "{error}"
    );
}
