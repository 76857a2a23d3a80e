//! What can be said about how statements are run: answers that are kept, operations that are waited for.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::routing::{get, put};
use bindery_mock::Mock;
use bindery_runtime::Token;
use bindery_sql::Engine;
use support::{Outcome, SUBSCRIPTION, calls, column, engine, provider};
use tokio::net::TcpListener;

const GROUPS: &str = "SELECT name FROM azure.resources.resource_group WHERE subscriptionId = ?";

async fn create(engine: &Engine, name: &str) -> Result<(), bindery_sql::Error> {
    let insert = "INSERT INTO azure.resources.resource_group (subscriptionId, resourceGroupName, data__location)
        VALUES (?, ?, 'north')";
    engine.query(insert).bind(SUBSCRIPTION).bind(name).execute().await.map(drop)
}

#[tokio::test]
async fn answers_are_kept_until_something_changes() -> Outcome {
    let mock = Mock::builder(provider()).start().await?;
    let engine = engine(&mock)?.cache(Duration::from_secs(300)).build();
    create(&engine, "a").await?;
    mock.clear_requests();
    for (made, reused) in [(1, 0), (0, 1), (0, 1)] {
        let summary = engine.query(GROUPS).bind(SUBSCRIPTION).execute().await?;
        assert_eq!((calls(&mock).len(), summary.reused), (made, reused));
    }
    // What was kept does not have what this one reads, but what this one keeps has what the others read.
    let locations = GROUPS.replace("name", "name, location");
    for (sql, made) in [(locations.as_str(), 1), (GROUPS, 0), (&locations, 0)] {
        engine.query(sql).bind(SUBSCRIPTION).execute().await?;
        assert_eq!(calls(&mock).len(), made, "{sql}");
    }
    create(&engine, "b").await?;
    mock.clear_requests();
    assert_eq!(column(engine.query(GROUPS).bind(SUBSCRIPTION)).await?, ["a", "b"]);
    assert_eq!(calls(&mock).len(), 1);
    assert_eq!(engine.progress().calls_reused(), 4);
    let plan = engine.query(format!("EXPLAIN {GROUPS}")).bind(SUBSCRIPTION).fetch_one().await?;
    assert!(plan.text("note").is_some_and(|note| note.contains("not made again within 300s")), "{plan:?}");
    Ok(())
}

/// Where a document says how a provider is told how many rows are wanted, a LIMIT is told; but not where the first rows of
/// the answer need not be those of the statement.
#[tokio::test]
async fn a_provider_is_told_how_many_rows_are_wanted() -> Outcome {
    let mut provider = provider();
    let resources = provider.services.to_mut().iter_mut().flat_map(|service| service.resources.to_mut());
    let list = resources
        .flat_map(|resource| resource.methods.to_mut())
        .find(|method| method.name == *"list" && method.resource.as_str() == "azure.resources.resource_group");
    let top = serde_json::json!({ "clause": "top", "dialect": "odata", "maximum": 4 });
    list.ok_or("list")?.adaptation.pushdown = vec![serde_json::from_value(top)?].into();
    let mock = Mock::builder(provider.clone()).page_size(2).start().await?;
    let client = bindery_azure::client().credential(Token::new("s3cret")).base_url(mock.url()).build()?;
    let engine = Engine::builder().provider_with(provider, client).build();
    for name in ["a", "b", "c", "d", "e"] {
        create(&engine, name).await?;
    }
    for (rest, told, rows) in [
        ("LIMIT 1", Some("1"), 1),
        ("LIMIT 3", Some("3"), 3),
        ("LIMIT 2 OFFSET 1", Some("3"), 2),
        ("AND $top = '2' LIMIT 1", Some("2"), 1),
        ("LIMIT 5", None, 5),
        ("", None, 5),
        ("AND location = 'north' LIMIT 1", None, 1),
        ("AND upper(name) = 'B' LIMIT 1", None, 1),
        ("AND name > 'b' LIMIT 1", None, 1),
        ("ORDER BY name DESC LIMIT 1", None, 1),
        ("GROUP BY location LIMIT 1", None, 1),
    ] {
        mock.clear_requests();
        let found = column(engine.query(format!("{GROUPS} {rest}")).bind(SUBSCRIPTION)).await?;
        assert_eq!(found.len(), rows, "{rest}");
        let requests = mock.requests();
        let sent = requests[0].query.iter().find(|(name, _)| name == "$top").map(|(_, value)| value.as_str());
        assert_eq!(sent, told, "{rest}");
    }
    let plan = engine.query(format!("EXPLAIN {GROUPS} LIMIT 3")).bind(SUBSCRIPTION).fetch_one().await?;
    assert!(plan.text("call").is_some_and(|call| call.ends_with("list(subscriptionId, $top = 3)")), "{plan:?}");
    let distinct = engine.query(format!("{} LIMIT 1", GROUPS.replace("name", "DISTINCT location"))).bind(SUBSCRIPTION);
    mock.clear_requests();
    distinct.execute().await?;
    assert!(mock.requests()[0].query.iter().all(|(name, _)| name != "$top"));
    Ok(())
}

#[tokio::test]
async fn old_answers_are_asked_for_anew() -> Outcome {
    let mock = Mock::builder(provider()).start().await?;
    let engine = engine(&mock)?.cache(Duration::from_millis(50)).build();
    for _ in 0..2 {
        engine.query(GROUPS).bind(SUBSCRIPTION).execute().await?;
        assert_eq!(calls(&mock).len(), 1);
        tokio::time::sleep(Duration::from_millis(80)).await;
    }
    Ok(())
}

#[tokio::test]
async fn an_operation_is_waited_for_where_that_is_asked_for() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let asked = Arc::new(AtomicUsize::new(0));
    let (counted, at) = (Arc::clone(&asked), format!("{url}/operation"));
    let json = [(CONTENT_TYPE.as_str(), "application/json".to_owned())];
    let begin = {
        let json = json.clone();
        move || async move {
            let [kind] = json;
            let headers = [kind, ("azure-asyncoperation", at), ("retry-after", "0".to_owned())];
            (StatusCode::CREATED, headers, r#"{"name":"a","properties":{"provisioningState":"Creating"}}"#)
        }
    };
    let thing = {
        let json = json.clone();
        move || async move { (json, r#"{"name":"a","properties":{"provisioningState":"Succeeded"}}"#) }
    };
    let status = move || async move {
        let is_done = counted.fetch_add(1, Ordering::Relaxed) >= 2;
        let [kind] = json;
        let state = if is_done { r#"{"status":"Succeeded"}"# } else { r#"{"status":"InProgress"}"# };
        ([kind, ("retry-after", "0".to_owned())], state)
    };
    let path = "/subscriptions/{subscription}/resourcegroups/{group}";
    let router = Router::new().route(path, put(begin).get(thing)).route("/operation", get(status));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = bindery_azure::client().credential(Token::new("s3cret")).base_url(&url).build()?;
    let engine = Engine::builder().resources(bindery_azure::resources(), client).build();
    let insert = |hint: &str| {
        format!(
            "INSERT {hint} INTO azure.resources.resource_group (subscriptionId, resourceGroupName, data__location)
             VALUES ('{SUBSCRIPTION}', 'a', 'north') RETURNING json_extract(properties, '$.provisioningState')"
        )
    };
    assert_eq!(column(engine.query(insert(""))).await?, ["Creating"]);
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    assert_eq!(column(engine.query(insert("/*+ AWAIT */"))).await?, ["Succeeded"]);
    assert_eq!(asked.load(Ordering::Relaxed), 3);
    Ok(())
}

#[tokio::test]
async fn functions_of_others_are_known() -> Outcome {
    let engine = Engine::builder().build();
    for (expression, expected) in [
        ("regexp_replace('a1b22', '[0-9]+', '#')", "a#b#"),
        ("regexp_replace('a1b22', '[0-9]+', '#', '')", "a#b22"),
        ("regexp_replace('Ab', 'a(b)', '\\1\\1', 'gi')", "bb"),
        ("regexp_replace(NULL, 'a', 'b') IS NULL", "1"),
        ("'subnet-12' REGEXP '^subnet-[0-9]+$'", "1"),
        ("(SELECT group_concat(value, '+') FROM json_array_elements_text('[\"a\", 1]'))", "a+1"),
    ] {
        assert_eq!(column(engine.query(format!("SELECT {expression}"))).await?, [expected], "{expression}");
    }
    let error = engine.query("SELECT regexp_replace('a', '(', '')").fetch_all().await.err().map(|e| e.to_string());
    assert!(error.is_some_and(|error| error.contains("`(` is no regular expression")));
    Ok(())
}
