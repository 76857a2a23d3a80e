//! Somebody posts to collections, follows Link headers and tokens, and calls below the server's own path.

mod support;

use bindery_mock::Mock;
use serde_json::json;
use support::{forge, send};

#[tokio::test]
async fn a_posted_item_is_counted_and_can_be_read_by_its_number() {
    let mock = Mock::builder(forge()).start().await.unwrap();
    let issues = format!("{}/repos/acme/tool/issues", mock.url());
    let first = send("POST", &issues, &[], Some(json!({"title": "one", "labels": ["x"]}))).await;
    assert_eq!(first.status, 201);
    assert_eq!(first.json(), json!({"id": 1, "number": 1, "title": "one", "labels": ["x"]}));
    let second = send("POST", &issues, &[], Some(json!({"title": "two"}))).await;
    assert_eq!(second.json()["number"], 2);

    let url = format!("{issues}/2");
    let closed = send("PATCH", &url, &[], Some(json!({"state": "closed"}))).await;
    assert_eq!(closed.json(), json!({"id": 2, "number": 2, "title": "two", "state": "closed"}));
    assert_eq!(send("GET", &url, &[], None).await.json(), closed.json());
    assert_eq!(send("GET", &format!("{issues}/3"), &[], None).await.status, 404);

    let missing = send("POST", &issues, &[], Some(json!({"labels": []}))).await;
    assert_eq!(missing.status, 400);
    assert_eq!(missing.json(), json!({"message": "the required property `title` is missing from the body"}));
}

#[tokio::test]
async fn the_only_variable_left_over_names_the_owner() {
    let mock = Mock::builder(forge()).start().await.unwrap();
    let repos = format!("{}/orgs/acme/repos", mock.url());
    let created = send("POST", &repos, &[], Some(json!({"name": "tool", "private": true}))).await;
    assert_eq!((created.status, created.json()), (201, json!({"id": 1, "name": "tool", "private": true})));
    assert_eq!(send("POST", &repos, &[], Some(json!({"name": "tool"}))).await.status, 409);
    assert_eq!(send("GET", &format!("{}/repos/acme/tool", mock.url()), &[], None).await.json(), created.json());

    let listed = async |path: &str| send("GET", &format!("{}{path}", mock.url()), &[], None).await.column("", "name");
    assert_eq!(listed("/orgs/acme/repos").await, ["tool"]);
    assert_eq!(listed("/users/acme/repos").await, ["tool"]);
    assert!(listed("/orgs/other/repos").await.is_empty());
    assert!(listed("/users/other/repos").await.is_empty());
}

#[tokio::test]
async fn pages_are_linked_in_the_header_below_the_path_they_were_asked_under() {
    let mock = Mock::builder(forge()).page_size(2).start().await.unwrap();
    let issues = format!("{}/api/v3/repos/acme/tool/issues", mock.url());
    for title in ["a", "b", "c"] {
        assert_eq!(send("POST", &issues, &[], Some(json!({"title": title}))).await.status, 201);
    }
    let page = send("GET", &issues, &[], None).await;
    assert_eq!(page.column("", "title"), ["a", "b"]);
    let link = page.header("link");
    let url = link.strip_prefix('<').and_then(|rest| rest.strip_suffix(">; rel=\"next\"")).expect(link);
    assert!(url.starts_with(&issues), "{url}");
    let last = send("GET", url, &[], None).await;
    assert_eq!(last.column("", "title"), ["c"]);
    assert!(last.headers.get("link").is_none());
    let at_the_root = send("GET", &format!("{}/repos/acme/tool/issues", mock.url()), &[], None).await;
    assert_eq!(at_the_root.column("", "title"), ["a", "b"]);
}

#[tokio::test]
async fn a_token_goes_back_into_the_query_and_children_belong_to_their_parent() {
    let mock = Mock::builder(forge()).page_size(1).start().await.unwrap();
    let comments = |issue: u32| format!("{}/repos/acme/tool/issues/{issue}/comments", mock.url());
    for (issue, body) in [(1, "a"), (2, "b"), (1, "c")] {
        assert_eq!(send("POST", &comments(issue), &[], Some(json!({"body": body}))).await.status, 201);
    }
    let page = send("GET", &comments(1), &[], None).await;
    assert_eq!(page.column("comments", "body"), ["a"]);
    let token = page.json()["meta"]["next"].as_str().unwrap().to_owned();
    let last = send("GET", &format!("{}?cursor={token}", comments(1)), &[], None).await;
    assert_eq!(last.json(), json!({"comments": [{"body": "c", "id": 3}]}));
    assert_eq!(send("GET", &format!("{}?cursor=nonsense", comments(1)), &[], None).await.status, 400);
    let by_id = send("GET", &format!("{}/repos/acme/tool/issues/comments/2", mock.url()), &[], None).await;
    assert_eq!(by_id.json(), json!({"body": "b", "id": 2}));
}

#[tokio::test]
async fn what_has_no_key_is_the_only_one_of_its_kind() {
    let mock = Mock::builder(forge()).start().await.unwrap();
    let topics = format!("{}/repos/acme/tool/topics", mock.url());
    assert_eq!(send("GET", &topics, &[], None).await.status, 404);
    assert_eq!(send("PUT", &topics, &[], Some(json!({"names": ["a"]}))).await.status, 201);
    assert_eq!(send("PATCH", &topics, &[], Some(json!({"more": 1}))).await.status, 200);
    assert_eq!(send("GET", &topics, &[], None).await.json(), json!({"names": ["a"], "more": 1}));

    let lock = format!("{}/repos/acme/tool/issues/1/lock", mock.url());
    assert_eq!(send("DELETE", &lock, &[], None).await.status, 404);
    assert_eq!(send("PUT", &lock, &[], None).await.status, 204);
    assert_eq!(send("DELETE", &lock, &[], None).await.status, 204);
    let issues = send("GET", &format!("{}/repos/acme/tool/issues", mock.url()), &[], None).await;
    assert_eq!(issues.json(), json!([]), "a lock is not an issue");
}

#[tokio::test]
async fn a_key_the_fake_chose_is_the_id_and_the_body_tells_methods_of_one_path_apart() {
    let mock = Mock::builder(forge()).seed(1).start().await.unwrap();
    let gists = format!("{}/gists", mock.url());
    let created = send("POST", &gists, &[], Some(json!({"description": "d"}))).await;
    assert_eq!(created.status, 201);
    let id = created.json()["gist"]["id"].as_str().unwrap().to_owned();
    assert_eq!(send("GET", &format!("{gists}/{id}"), &[], None).await.json(), created.json());
    assert_eq!(send("POST", &gists, &[], Some(json!({"source": "s"}))).await.status, 202);
    let listed = send("GET", &gists, &[], None).await.column("gists", "id");
    assert_eq!(listed, ["sample-gist_id-1", id.as_str(), "generated-3"]);
}

#[tokio::test]
async fn what_can_never_be_read_again_is_answered_in_full() {
    let mock = Mock::builder(forge()).start().await.unwrap();
    let url = format!("{}/repos/acme/tool/runners/token", mock.url());
    let handed_out = send("POST", &url, &[], Some(json!({"note": "mine"}))).await;
    assert_eq!((handed_out.status, handed_out.json()), (201, json!({"note": "mine", "token": "sample-token-1"})));
    assert_eq!(send("POST", &url, &[], None).await.json(), json!({"note": "sample-note-2", "token": "sample-token-2"}));
}

#[tokio::test]
async fn what_is_written_under_one_path_is_read_under_the_other() {
    let mock = Mock::builder(forge()).start().await.unwrap();
    let at = |path: &str| format!("{}/repos/acme/tool/git/{path}", mock.url());
    let created = send("POST", &at("refs"), &[], Some(json!({"ref": "heads/x", "sha": "1"}))).await;
    assert_eq!(created.status, 201);
    assert_eq!(send("GET", &at("ref/heads%2Fx"), &[], None).await.json(), created.json());
    let moved = send("PATCH", &at("refs/heads%2Fx"), &[], Some(json!({"sha": "2"}))).await;
    assert_eq!(send("GET", &at("ref/heads%2Fx"), &[], None).await.json(), moved.json());
    assert_eq!(send("DELETE", &at("refs/heads%2Fx"), &[], None).await.status, 204);
    assert_eq!(send("GET", &at("ref/heads%2Fx"), &[], None).await.status, 404);
}

#[tokio::test]
async fn a_key_that_was_put_is_not_given_out_again() {
    let mock = Mock::builder(forge()).seed(2).start().await.unwrap();
    let issues = format!("{}/repos/sample-owner-1/sample-repo-1/issues", mock.url());
    let seeded = send("GET", &issues, &[], None).await;
    assert_eq!(seeded.column("", "number"), [1, 2]);
    let posted = send("POST", &issues, &[], Some(json!({"title": "new"}))).await;
    assert_eq!(posted.json()["number"], 3);
    let first = send("GET", &format!("{issues}/1"), &[], None).await;
    assert_eq!(first.json(), json!({"id": 1, "number": 1, "title": "sample-title-1"}));
}
