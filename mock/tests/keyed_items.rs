//! Somebody puts items under paths of their own, reads, changes, lists and deletes them.

mod support;

use bindery_mock::Mock;
use serde_json::{Value, json};
use support::{API, GROUP, gateway, send};

fn backend(url: &str, name: &str) -> String {
    format!("{url}{GROUP}/backends/{name}?{API}")
}

async fn put(url: &str, name: &str) -> support::Reply {
    let body = json!({"properties": {"url": format!("https://{name}")}, "unknown": [1]});
    send("PUT", &backend(url, name), &[], Some(body)).await
}

#[tokio::test]
async fn an_item_is_put_replaced_read_and_deleted() {
    let mock = Mock::builder(gateway()).start().await.unwrap();
    let url = backend(mock.url(), "b1");
    assert_eq!(send("GET", &url, &[], None).await.status, 404);
    assert_eq!(send("HEAD", &url, &[], None).await.status, 404);

    let created = put(mock.url(), "b1").await;
    assert_eq!(created.status, 201);
    let expected = json!({
        "id": format!("{GROUP}/backends/b1"), "name": "b1",
        "properties": {"url": "https://b1"}, "unknown": [1],
    });
    assert_eq!(created.json(), expected);
    let read = send("GET", &url, &[], None).await;
    assert_eq!((read.status, read.json()), (200, expected));
    assert_eq!(read.header("etag"), created.header("etag"));
    assert_eq!(send("HEAD", &url, &[], None).await.status, 204);

    let replaced = send("PUT", &url, &[], Some(json!({"properties": {}}))).await;
    assert_eq!(replaced.status, 200);
    assert_eq!(replaced.json().get("unknown"), None);
    assert_ne!(replaced.header("etag"), created.header("etag"));

    assert_eq!(send("DELETE", &url, &[("if-match", "*")], None).await.status, 204);
    assert_eq!(send("GET", &url, &[], None).await.status, 404);
    assert_eq!(send("DELETE", &url, &[("if-match", "*")], None).await.status, 404);
}

#[tokio::test]
async fn a_patch_merges_into_what_is_there() {
    let mock = Mock::builder(gateway()).start().await.unwrap();
    let url = backend(mock.url(), "b1");
    let patch = json!({"properties": {"url": null, "title": "t"}});
    assert_eq!(send("PATCH", &url, &[], Some(patch.clone())).await.status, 404);
    put(mock.url(), "b1").await;
    let patched = send("PATCH", &url, &[], Some(patch)).await;
    assert_eq!(patched.status, 200);
    assert_eq!(patched.json()["properties"], json!({"title": "t"}));
    assert_eq!(patched.json()["unknown"], json!([1]));
    assert_eq!(send("GET", &url, &[], None).await.json(), patched.json());
}

#[tokio::test]
async fn an_outdated_tag_is_refused_and_the_item_stays() {
    let mock = Mock::builder(gateway()).start().await.unwrap();
    let url = backend(mock.url(), "b1");
    let old = put(mock.url(), "b1").await.header("etag").to_owned();
    let new = put(mock.url(), "b1").await.header("etag").to_owned();

    let refused = send("DELETE", &url, &[("if-match", &old)], None).await;
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (412, &Value::from("PreconditionFailed")));
    let missing = send("DELETE", &url, &[], None).await;
    assert_eq!(missing.status, 428);
    assert!(missing.json()["error"]["message"].as_str().unwrap().contains("If-Match"));
    let exclusive = send("PUT", &url, &[("if-none-match", "*")], Some(json!({"properties": {}}))).await;
    assert_eq!(exclusive.status, 412);
    assert_eq!(send("GET", &url, &[("if-none-match", &new)], None).await.status, 304);
    assert_eq!(send("GET", &url, &[("if-none-match", &old)], None).await.status, 200);
    assert_eq!(send("DELETE", &url, &[("if-match", &new)], None).await.status, 204);
}

#[tokio::test]
async fn a_listing_goes_on_through_links_and_its_raw_twin_is_the_same() {
    let mock = Mock::builder(gateway()).page_size(2).start().await.unwrap();
    for name in ["c", "a", "b", "e", "d"] {
        put(mock.url(), name).await;
    }
    let mut next = Value::from(format!("{}{GROUP}/backends?{API}&$filter=x%20y", mock.url()));
    let mut pages = Vec::new();
    while let Some(url) = next.as_str() {
        let page = send("GET", url, &[], None).await;
        assert_eq!(page.status, 200, "{}", page.text);
        pages.push(page.column("value", "name"));
        next = page.json()["nextLink"].clone();
    }
    assert_eq!(pages, [vec!["c", "a"], vec!["b", "e"], vec!["d"]]);
    let last = mock.requests().pop().unwrap();
    assert_eq!(last.query_value("api-version"), Some("2024-05-01"));
    assert_eq!(last.query_value("$filter"), Some("x y"));
}

#[tokio::test]
async fn a_listing_with_fewer_variables_lists_across() {
    let mock = Mock::builder(gateway()).start().await.unwrap();
    let put = async |path: &str| {
        let url = format!("{}{path}?{API}", mock.url());
        assert_eq!(send("PUT", &url, &[], Some(json!({"properties": {}}))).await.status, 201);
    };
    put("/subscriptions/s1/groups/g1/backends/one").await;
    put("/subscriptions/s2/groups/g1/backends/other").await;
    put("/subscriptions/s1/groups/g2/backends/two").await;
    let across = send("GET", &format!("{}/subscriptions/s1/backends?{API}", mock.url()), &[], None).await;
    assert_eq!(across.column("value", "name"), ["one", "two"]);
    assert_eq!(across.json().get("nextLink"), None);
    let within = send("GET", &format!("{}/subscriptions/s1/groups/g2/backends?{API}", mock.url()), &[], None).await;
    assert_eq!(within.column("value", "name"), ["two"]);
}

#[tokio::test]
async fn literals_match_in_any_casing_and_values_are_decoded() {
    let mock = Mock::builder(gateway()).start().await.unwrap();
    let body = Some(json!({"properties": {}}));
    let shouted = format!("{}/SUBSCRIPTIONS/s1/Groups/g1/Backends/a%20b%2Fc?{API}", mock.url());
    let created = send("PUT", &shouted, &[], body).await;
    assert_eq!(created.status, 201);
    assert_eq!(created.json()["name"], "a b/c");
    assert_eq!(created.json()["id"], format!("{GROUP}/backends/a%20b%2Fc"));
    assert_eq!(send("GET", &backend(mock.url(), "a%20b%2Fc"), &[], None).await.status, 200);
    assert_eq!(mock.requests()[0].path, "/SUBSCRIPTIONS/s1/Groups/g1/Backends/a%20b%2Fc");
}

#[tokio::test]
async fn an_action_needs_what_it_acts_on() {
    let mock = Mock::builder(gateway()).start().await.unwrap();
    let action = |name: &str| format!("{}{GROUP}/backends/b1/{name}?{API}", mock.url());
    let refused = send("POST", &action("reconnect"), &[], None).await;
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (404, &Value::from("ParentResourceNotFound")));
    put(mock.url(), "b1").await;
    let done = send("POST", &action("reconnect"), &[], None).await;
    assert_eq!((done.status, done.text.as_str()), (202, ""));
    let keys = send("POST", &action("listKeys"), &[], None).await;
    assert_eq!((keys.status, keys.json()), (200, json!({"primaryKey": "sample-primaryKey-1", "days": 1})));
}

#[tokio::test]
async fn parents_matter_when_asked_for_and_take_their_children_along() {
    let lenient = Mock::builder(gateway()).start().await.unwrap();
    assert_eq!(put(lenient.url(), "b1").await.status, 201);

    let strict = Mock::builder(gateway()).strict_parents(true).start().await.unwrap();
    assert_eq!(put(strict.url(), "b1").await.status, 404);
    let group = format!("{}{GROUP}?{API}", strict.url());
    assert_eq!(send("PUT", &group, &[], Some(json!({"location": "here"}))).await.status, 201);
    assert_eq!(put(strict.url(), "b1").await.status, 201);
    assert_eq!(send("DELETE", &group, &[], None).await.status, 204);
    assert_eq!(send("GET", &backend(strict.url(), "b1"), &[], None).await.status, 404);
    let listed = send("GET", &format!("{}{GROUP}/backends?{API}", strict.url()), &[], None).await;
    assert_eq!(listed.json(), json!({"value": []}));
}
