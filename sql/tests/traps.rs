//! Answers that SQLite over a web of calls gets wrong in silence, if nobody thinks of it: each is a test of its own.

#![allow(clippy::unwrap_used, reason = "what is made up here is known")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::routing::any;
use bindery_ir::{
    Column, HttpBinding, HttpMethod, JsonPath, Location, Method, Parameter, Provider, Resource, ResourceId, Rows,
    Service, SqlName, Type, Verb, WireName,
};
use bindery_runtime::Client;
use bindery_sql::{Engine, EngineBuilder, Error};
use tokio::net::TcpListener;

/// How many columns the wide rows have: SQLite tells which are read of the first 63 only.
const WIDE: usize = 80;

fn column(name: &str, ty: Type) -> Column {
    Column { name: SqlName::from(name), wire_name: WireName::from(name), ty, description: "".into() }
}

/// A resource with the methods that SELECT can call: name, HTTP method and path. `get…` answers with one row.
fn resource(name: &str, methods: &[(&str, HttpMethod, &str)], columns: &[Column]) -> Resource {
    let id = ResourceId::of("demo", "s", name).unwrap();
    let method = |(name, http, path): &(&str, HttpMethod, &str)| {
        let mut method = Method::new(id.clone(), SqlName::from(*name));
        method.verbs = vec![Verb::Select].into();
        let named = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        let parameter = |name: &str| Parameter::new(SqlName::from(name), Location::Path, Type::STRING).required();
        method.parameters = named.map(parameter).collect();
        method.http = Some(HttpBinding::new(*http, (*path).to_owned()));
        method.response.columns = columns.to_vec().into();
        method.response.rows =
            if name.starts_with("get") { Rows::One(JsonPath::ROOT) } else { Rows::Many(JsonPath::key("value")) };
        method
    };
    let mut resource = Resource::new(id.clone());
    resource.methods = methods.iter().map(method).collect();
    resource
}

/// Regions `a` and `b`. Items know nothing of their region: `a` has `x` and `y`, `b` has `y` and `z`. Keys are listed by POST.
/// A link leads from one region to another, says its kind, and can be asked for by it; what is known of a link needs its name.
fn provider() -> Provider {
    use HttpMethod::{Get, Post};
    let mut service = Service::new("s".into());
    let item = [column("name", Type::STRING), column("size", Type::INTEGER), column("properties", Type::FREE_OBJECT)];
    let wide: Vec<Column> = (0..WIDE).map(|number| column(&format!("c{number}"), Type::STRING)).collect();
    let link = [column("name", Type::STRING), column("kind", Type::STRING)];
    let mut links = resource("link", &[("list", Get, "/links/{from_region}/{to_region}")], &link);
    for method in links.methods.to_mut() {
        method.parameters.to_mut().push(Parameter::new(SqlName::from("kind"), Location::Query, Type::STRING));
    }
    service.resources = vec![
        resource("region", &[("list", Get, "/regions")], &[column("name", Type::STRING)]),
        resource(
            "item",
            &[
                ("list_all", Get, "/items"),
                ("list", Get, "/regions/{region}/items"),
                ("get", Get, "/regions/{region}/items/{name}"),
            ],
            &item,
        ),
        resource("key", &[("list", Post, "/regions/{region}/keys")], &[column("value", Type::STRING)]),
        resource("wide", &[("list", Get, "/wide")], &wide),
        resource("circle", &[("list", Get, "/circles/{of}")], &[column("name", Type::STRING)]),
        resource("detail", &[("list", Get, "/details/{of}")], &[column("kind", Type::STRING)]),
        resource("untyped", &[("list", Get, "/untyped")], &[column("value", Type::Any)]),
        links,
    ]
    .into();
    let mut provider = Provider::new("demo".into());
    provider.services = vec![service].into();
    provider
}

/// What is answered to a path.
fn answer(path: &str) -> String {
    // A number of 64 bits often travels as a text.
    let item =
        |name: &str, size: &str| format!(r#"{{"name":"{name}","size":"{size}","properties":{{"of":"{name}"}}}}"#);
    let (x, y, z) = (item("x", "9"), item("y", "10"), item("z", "100"));
    match path {
        "/regions" => r#"{"value":[{"name":"a"},{"name":"b"}]}"#.to_owned(),
        "/items" => format!(r#"{{"value":[{x},{y},{y},{z}]}}"#),
        "/regions/a/items" => format!(r#"{{"value":[{x},{y}]}}"#),
        "/regions/b/items" => format!(r#"{{"value":[{y},{z}]}}"#),
        "/regions/a/items/x" => x,
        "/regions/a/items/y" | "/regions/b/items/y" => y,
        "/regions/b/items/z" => z,
        "/wide" => {
            let row: Vec<String> = (0..WIDE).map(|number| format!(r#""c{number}":"v{number}""#)).collect();
            format!(r#"{{"value":[{{{}}}]}}"#, row.join(","))
        }
        "/untyped" => {
            r#"{"value":[{"value":9},{"value":9.0},{"value":"9"},{"value":" 9.0"},{"value":"1e2"},{"value":"X"}]}"#
                .to_owned()
        }
        "/links/a/b" => r#"{"value":[{"name":"ab","kind":"k"},{"name":"ab2","kind":"other"}]}"#.to_owned(),
        path if path.starts_with("/details/") => r#"{"value":[{"kind":"k"}]}"#.to_owned(),
        path if path.ends_with("/keys") => r#"{"value":[{"value":"s3cret"}]}"#.to_owned(),
        _ => r#"{"value":[]}"#.to_owned(),
    }
}

struct Demo {
    engine: Engine,
    calls: Arc<Mutex<Vec<String>>>,
    /// How long an answer takes, in milliseconds.
    delay: Arc<AtomicU64>,
}

impl Demo {
    async fn start() -> Self {
        Self::with(|builder| builder).await
    }

    async fn with(set: impl FnOnce(EngineBuilder) -> EngineBuilder) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let calls: Arc<Mutex<Vec<String>>> = Arc::default();
        let delay: Arc<AtomicU64> = Arc::default();
        let (noted, takes) = (Arc::clone(&calls), Arc::clone(&delay));
        let handler = move |request: Request| {
            noted.lock().unwrap().push(format!("{} {}", request.method(), request.uri().path()));
            let takes = Duration::from_millis(takes.load(Ordering::Relaxed));
            async move {
                tokio::time::sleep(takes).await;
                ([(CONTENT_TYPE, "application/json")], answer(request.uri().path()))
            }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(any(handler))).await });
        let client = Client::builder("demo", bindery_ir::Auth::NONE).base_url(&url).build().unwrap();
        Self { engine: set(Engine::builder().provider_with(provider(), client)).build(), calls, delay }
    }

    /// The first column of the answer, `.` standing for the service, and the calls in the order of their text.
    async fn ask(&self, sql: &str) -> Result<(Vec<String>, Vec<String>), Error> {
        let rows = self.engine.query(sql.replace(" .", " demo.s.")).fetch_all().await?;
        let mut calls = std::mem::take(&mut *self.calls.lock().unwrap());
        calls.sort();
        Ok((rows.iter().filter_map(|row| row.at(0)).map(ToString::to_string).collect(), calls))
    }

    async fn rows(&self, sql: &str) -> Vec<String> {
        self.ask(sql).await.unwrap().0
    }

    async fn refusal(&self, sql: &str) -> String {
        let error = self.ask(sql).await.unwrap_err();
        assert!(matches!(error, Error::Unplannable { .. }), "{error}");
        assert!(self.calls.lock().unwrap().is_empty());
        error.to_string()
    }
}

#[tokio::test]
async fn a_join_order_does_not_choose_a_method_that_drops_a_parameter() {
    let demo = Demo::start().await;
    let sql = "SELECT r.name || i.name FROM .item i JOIN .region r ON i.region = r.name ORDER BY 1";
    let (rows, calls) = demo.ask(sql).await.unwrap();
    assert_eq!(rows, ["ax", "ay", "by", "bz"]);
    assert_eq!(calls, ["GET /regions", "GET /regions/a/items", "GET /regions/b/items"]);
    // What only hidden columns show would be NULL.
    assert!(demo.refusal("SELECT region FROM .item").await.contains("do not have `region`"));
}

#[tokio::test]
async fn nothing_equals_null_and_is_is_no_equality() {
    let demo = Demo::start().await;
    assert_eq!(demo.ask("SELECT name FROM .item WHERE region = NULL").await.unwrap(), (vec![], vec![]));
    demo.refusal("SELECT name FROM .item WHERE region IS 'a'").await;
    demo.refusal("SELECT name FROM .item WHERE region IS NULL").await;
    demo.refusal("SELECT r.name FROM .region r LEFT JOIN .item i ON i.region IS r.name").await;
}

#[tokio::test]
async fn rows_that_parts_of_an_or_share_are_there_once() {
    let demo = Demo::start().await;
    let sql =
        "SELECT name FROM .item WHERE (region = 'a' AND name = 'x') OR (region = 'a' AND size > 9) OR region = 'b'";
    let mut rows = demo.rows(sql).await;
    rows.sort();
    assert_eq!(rows, ["x", "y", "y", "z"]);
    let both = "SELECT name FROM .item WHERE (region = 'a' AND name = 'x') OR region = 'a'";
    assert_eq!(demo.rows(both).await, ["x", "y"]);
}

#[tokio::test]
async fn every_run_sees_the_same_random_numbers_and_the_same_clock() {
    let demo = Demo::start().await;
    for _ in 0..20 {
        let sql = "SELECT r.name FROM demo.s.region r JOIN demo.s.item i ON i.region = iif(random() > 0, 'a', 'b')";
        let summary = demo.engine.query(sql).execute().await.unwrap();
        assert!(summary.runs <= 3, "{} runs", summary.runs);
    }
    let later = "SELECT count(DISTINCT strftime('%f', 'now')) FROM .region r JOIN .item i ON i.region = r.name";
    assert_eq!(demo.rows(later).await, ["1"]);
}

#[tokio::test]
async fn what_is_listed_by_post_is_not_called_on_suspicion() {
    let demo = Demo::start().await;
    // As long as the items are not known, it seems that no region has the one.
    let sql = "SELECT r.name FROM .region r WHERE NOT EXISTS (SELECT 1 FROM .item i WHERE i.region = r.name AND i.name = 'x' AND i.size > 0)
        AND EXISTS (SELECT 1 FROM .key k WHERE k.region = r.name)";
    let (rows, calls) = demo.ask(sql).await.unwrap();
    assert_eq!(rows, ["b"]);
    let posts: Vec<&String> = calls.iter().filter(|call| call.starts_with("POST")).collect();
    assert_eq!(posts, ["POST /regions/b/keys"]);
}

#[tokio::test]
async fn columns_behind_the_sixty_third_are_read() {
    let demo = Demo::start().await;
    assert_eq!(demo.rows("SELECT c79 || c62 || c63 FROM .wide WHERE c70 = 'v70'").await, ["v79v62v63"]);
    assert_eq!(demo.rows("SELECT count(*) FROM .wide w JOIN .wide v USING (c77)").await, ["1"]);
}

#[tokio::test]
async fn numbers_that_travel_as_texts_compare_as_numbers() {
    let demo = Demo::start().await;
    assert_eq!(demo.rows("SELECT name FROM .item WHERE region = 'a' AND size > 9").await, ["y"]);
    assert_eq!(demo.rows("SELECT max(size) FROM .item WHERE region = 'b'").await, ["100"]);
}

#[tokio::test]
async fn objects_are_json_and_not_its_text() {
    let demo = Demo::start().await;
    let sql = "SELECT json_object('p', properties) FROM .item WHERE region = 'a' AND name = 'x'";
    assert_eq!(demo.rows(sql).await, [r#"{"p":{"of":"x"}}"#]);
}

#[tokio::test]
async fn a_condition_on_the_right_of_an_outer_join_selects_its_method() {
    let demo = Demo::start().await;
    let sql = "SELECT count(*) FROM .region r LEFT JOIN .item i ON i.size > 9 WHERE i.region = 'a'";
    assert_eq!(demo.rows(sql).await, ["2"]);
    let sql = "SELECT i.name FROM .item i RIGHT JOIN .region r ON i.region = r.name AND i.size = 9 ORDER BY r.name";
    assert_eq!(demo.rows(sql).await, ["x", ""]);
}

#[tokio::test]
async fn tables_that_need_each_other_are_refused_with_the_reason() {
    let demo = Demo::start().await;
    let said = demo.refusal("SELECT 1 FROM .circle a JOIN .circle b ON a.of = b.name AND b.of = a.name").await;
    assert!(said.contains("only by tables that need `demo.s.circle` themselves"), "{said}");
}

/// Of several tables that a table takes values from, SQLite asks what it can do with one alone and with all together. What
/// it takes needlessly from the one that waits for it leaves no order.
#[tokio::test]
async fn what_need_not_be_sent_does_not_hide_the_only_order() {
    let demo = Demo::start().await;
    let sql = "SELECT l.name FROM .region f, .region t, .link l, .detail d WHERE l.from_region = f.name AND l.to_region = t.name
        AND l.kind = d.kind AND d.of = l.name";
    let (rows, calls) = demo.ask(sql).await.unwrap();
    assert_eq!(rows, ["ab"]);
    let links = ["a/a", "a/b", "b/a", "b/b"].map(|link| format!("GET /links/{link}"));
    let details = ["ab", "ab2"].map(|link| format!("GET /details/{link}"));
    assert_eq!(calls, [&details[..], &links[..], &["GET /regions".to_owned()]].concat());
}

/// Rows are found by a hash of a value, which must not tell apart what SQLite calls equal: 9, 9.0, '9' and ' 9.0'.
#[tokio::test]
async fn values_that_are_equal_find_each_other_however_they_are_written() {
    let demo = Demo::start().await;
    // Each value looks for its rows in one answer: from the second on, by their hash.
    let sql = "SELECT u.value || i.name FROM .untyped u CROSS JOIN .item i ON i.size = u.value WHERE i.region = {} ORDER BY 1";
    assert_eq!(demo.rows(&sql.replace("{}", "'a'")).await, [" 9.0x", "9.0x", "9x", "9x"]);
    assert_eq!(demo.rows(&sql.replace("{}", "'b'")).await, ["1e2z"]);
    // Nor by a view that is read with the value of what it is joined to.
    let sql = "SELECT coalesce(u.value, '-') || i.name FROM .untyped u JOIN .item j ON j.name = 'y'
        RIGHT JOIN .item i ON j.region = i.region AND u.value = i.size WHERE i.region = {} ORDER BY 1";
    assert_eq!(demo.rows(&sql.replace("{}", "'a'")).await, [" 9.0x", "-y", "9.0x", "9x", "9x"]);
    assert_eq!(demo.rows(&sql.replace("{}", "'b'")).await, ["-y", "1e2z"]);
    // Nor is a comparison that takes X for x one that a hash or a provider can make.
    let sql =
        "SELECT i.name FROM .untyped u CROSS JOIN .item i ON i.name = u.value COLLATE NOCASE WHERE i.region = 'a'";
    assert_eq!(demo.rows(sql).await, ["x"]);
}

/// When the schema of a database changes that a statement reads, SQLite prepares it again while it runs: it is planned as
/// before. And no row is mixed from what the user's tables were in one run and what they are in the next.
#[tokio::test]
async fn a_statement_that_is_prepared_again_while_it_runs_has_one_answer() {
    let demo = Demo::start().await;
    for sql in ["CREATE TABLE kept(n, region)", "INSERT INTO kept VALUES (1, NULL), (2, 'a'), (3, 'b')"] {
        demo.engine.query(sql).execute().await.unwrap();
    }
    demo.delay.store(300, Ordering::Relaxed);
    // The first row is known before anything is called.
    let sql = "SELECT k.n, (SELECT group_concat(i.name) FROM demo.s.item i WHERE i.region = k.region) FROM kept k";
    // Planned at a level of its own, and by a method that is forced.
    let modest = "SELECT l.name || d.kind FROM kept k, demo.s.region f, demo.s.region t, demo.s.link l, demo.s.detail d
        WHERE k.n = 2 AND l.from_region = f.name AND l.to_region = t.name AND l.kind = d.kind AND d.of = l.name";
    let forced = "SELECT i.name FROM kept k, demo.s.item i WHERE k.n = 2
        AND ((i.region = 'a' AND i.name = 'x') OR (i.region = 'a' AND i.size > 0) OR i.region = 'b') ORDER BY 1";
    let run = |sql: &'static str| {
        let query = demo.engine.query(sql);
        tokio::spawn(async move { query.fetch_all().await })
    };
    let running = [sql, modest, forced].map(run);
    while demo.calls.lock().unwrap().len() < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for sql in ["CREATE TABLE another(x)", "DELETE FROM kept WHERE n = 1", "INSERT INTO kept VALUES (4, 'b')"] {
        demo.engine.query(sql).execute().await.unwrap();
    }
    let mut found = Vec::new();
    for running in running {
        let rows = running.await.unwrap().unwrap();
        let text = |row: &bindery_sql::Row| row.values().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        found.push(rows.iter().map(text).collect::<Vec<_>>());
    }
    assert_eq!(found, [vec!["2 x,y", "3 y,z", "4 y,z"], vec!["abk"], vec!["x", "y", "y", "z"]]);
}

/// What is to the left of a RIGHT or FULL JOIN takes its parameters from what is to the right, however many tables it is.
#[tokio::test]
async fn several_tables_on_the_left_of_an_outer_join_take_parameters_from_the_right() {
    let demo = Demo::start().await;
    let items = ["GET /regions", "GET /regions/a/items", "GET /regions/b/items"];
    for (sql, expected) in [
        (
            "SELECT r.name || ' ' || coalesce(i.name || u.value, '-') FROM .item i JOIN .untyped u ON u.value = i.size
             RIGHT JOIN .region r ON i.region = r.name AND i.size < 10 ORDER BY 1",
            vec!["a x 9.0", "a x9", "a x9", "a x9.0", "b -"],
        ),
        (
            "SELECT count(*) || ' ' || count(i.name) FROM .item AS i, .item j RIGHT JOIN .region r
             ON i.region = r.name AND j.region = r.name AND j.name = i.name AND i.size > 9",
            vec!["3 3"],
        ),
        (
            "SELECT json_object('p', i.properties) FROM .item i JOIN .untyped u ON u.value = i.size
             RIGHT JOIN .region r ON i.region = r.name WHERE u.value = '1e2'",
            vec![r#"{"p":{"of":"z"}}"#],
        ),
        (
            "SELECT r.name FROM .region r WHERE EXISTS (SELECT i.name FROM .item i JOIN .untyped u ON u.value = i.size
             RIGHT JOIN .region s ON i.region = s.name WHERE s.name = r.name AND i.size = 100)",
            vec!["b"],
        ),
        (
            "SELECT i.name size, r.name || '' AS value FROM .item i JOIN .untyped u ON u.value = i.size
             RIGHT JOIN .region r ON i.region = r.name WHERE i.size > 10",
            vec!["z"],
        ),
    ] {
        let (rows, calls) = demo.ask(sql).await.map_err(|error| format!("{sql}: {error}")).unwrap();
        assert_eq!(rows, expected, "{sql}");
        let calls: Vec<&String> = calls.iter().filter(|call| *call != "GET /untyped").collect();
        assert_eq!(calls, items, "{sql}");
    }
}

/// What lacks something is told of the statement as it was written.
#[tokio::test]
async fn what_is_written_in_another_way_is_not_seen() {
    let demo = Demo::start().await;
    let said = demo
        .refusal("SELECT i.name FROM .item i JOIN .key k ON k.value = i.name RIGHT JOIN .region r ON i.name = r.name")
        .await;
    assert!(said.contains("`demo.s.key` needs list(`region`)") && !said.contains("left side"), "{said}");
}

/// A value that a parameter has without being said is for statements that do not say it. A join says it.
#[tokio::test]
async fn what_a_join_says_goes_before_what_nobody_said() {
    let demo = Demo::with(|builder| builder.default_value("demo", "region", "a")).await;
    assert_eq!(demo.rows("SELECT name FROM .item").await, ["x", "y"]);
    for from in [
        ".region r JOIN .item i ON i.region = r.name JOIN .untyped u ON u.value = i.size",
        ".region r LEFT JOIN .item i ON i.region = r.name",
        ".item i RIGHT JOIN .region r ON i.region = r.name",
        ".item i JOIN .untyped u ON u.value = i.size RIGHT JOIN .region r ON i.region = r.name",
    ] {
        let rows =
            demo.rows(&format!("SELECT DISTINCT r.name || i.name FROM {from} WHERE i.name <> 'y' ORDER BY 1")).await;
        assert_eq!(rows, ["ax", "bz"], "{from}");
    }
}

/// Columns that tables share by name are there once, in the order of the tables.
#[tokio::test]
async fn shared_columns_of_a_right_join_keep_their_place() {
    let demo = Demo::start().await;
    let columns = |sql: &str| {
        let query = demo.engine.query(sql.replace(" .", " demo.s."));
        async {
            query
                .fetch()
                .await
                .unwrap()
                .columns()
                .await
                .unwrap()
                .iter()
                .map(|c| c.name().to_owned())
                .collect::<Vec<_>>()
        }
    };
    for join in ["NATURAL RIGHT JOIN .region r", "RIGHT JOIN .region r USING (name)"] {
        let sql = format!("SELECT * FROM .item i {join}");
        assert_eq!(columns(&sql).await, ["name", "size", "properties"], "{sql}");
        // No item is called like a region, and no region is without a name.
        let sql = format!("SELECT name || ' ' || coalesce(i.name, '-') FROM .item i {join} ORDER BY 1");
        assert_eq!(demo.rows(&sql).await, ["a -", "b -"], "{sql}");
    }
    let sql = "SELECT r.*, i.size, u.value || '' FROM .item i JOIN .untyped u ON u.value = i.size RIGHT JOIN .region r ON i.region = r.name";
    assert_eq!(columns(sql).await, ["name", "size", "u.value || ''"]);
    let sql = "SELECT * FROM .item i JOIN .untyped u ON u.value = i.size RIGHT JOIN .region r ON i.region = r.name";
    assert_eq!(columns(sql).await, ["name", "size", "properties", "value", "name"]);
}
