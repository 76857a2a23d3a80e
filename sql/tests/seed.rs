//! The seven methods of the seed resource in SQL, over real HTTP: what arrives at the provider, and what comes back.

mod support;

use bindery_sql::{Engine, Value};

use support::{Outcome, SUBSCRIPTION, azure, calls};

fn path(rest: &str) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.ApiManagement/service/apim/backends{rest}"
    )
}

async fn insert(engine: &Engine, id: &str) -> Outcome {
    engine
        .query(
            "INSERT INTO azure.api_management.backend (backendId, resourceGroupName, serviceName, subscriptionId, properties)
             VALUES (:id, 'rg', 'apim', :sub, json_object('url', 'https://' || :id, 'protocol', 'http'))",
        )
        .bind_named("id", id)
        .bind_named("sub", SUBSCRIPTION)
        .execute()
        .await?;
    Ok(())
}

#[tokio::test]
async fn select_gets_one_backend_or_lists_them_all() -> Outcome {
    let (mock, engine) = azure().await?;
    for id in ["b1", "b2", "b3", "b4", "b5"] {
        insert(&engine, id).await?;
    }
    mock.clear_requests();

    let row = engine
        .query(
            "SELECT name, properties ->> 'url' AS url FROM azure.api_management.backend
             WHERE backendId = ? AND resourceGroupName = 'rg' AND serviceName = 'apim' AND subscription_id = ?",
        )
        .bind("b3")
        .bind(SUBSCRIPTION)
        .fetch_one()
        .await?;
    assert_eq!((row.text("name"), row.text("url")), (Some("b3"), Some("https://b3")));
    assert_eq!(calls(&mock), [format!("GET {}", path("/b3"))]);

    let rows = engine
        .query(
            "SELECT name FROM azure.api_management.backend
             WHERE resourceGroupName = 'rg' AND serviceName = 'apim' AND subscriptionId = ? ORDER BY name DESC",
        )
        .bind(SUBSCRIPTION)
        .fetch_all()
        .await?;
    let names: Vec<_> = rows.iter().filter_map(|row| row.text("name")).collect();
    assert_eq!(names, ["b5", "b4", "b3", "b2", "b1"]);
    assert_eq!(calls(&mock), vec![format!("GET {}", path("")); 3], "a call for each page");
    Ok(())
}

#[tokio::test]
async fn the_statements_of_generated_code_are_run() -> Outcome {
    use bindery_azure::api_management::backend;
    let (mock, engine) = azure().await?;
    insert(&engine, "b1").await?;
    mock.clear_requests();
    let row = engine
        .query(backend::Get::SQL)
        .bind_named("backend_id", "b1")
        .bind_named("resource_group_name", "rg")
        .bind_named("service_name", "apim")
        .bind_named("subscription_id", SUBSCRIPTION)
        .fetch_one()
        .await?;
    let typed: backend::Backend = row.to()?;
    assert_eq!(typed.name.as_deref(), Some("b1"));
    assert_eq!(typed.properties.and_then(|properties| properties.url).as_deref(), Some("https://b1"));
    engine
        .query(backend::Delete::SQL)
        .bind_named("if_match", "*")
        .bind_named("backend_id", "b1")
        .bind_named("resource_group_name", "rg")
        .bind_named("service_name", "apim")
        .bind_named("subscription_id", SUBSCRIPTION)
        .execute()
        .await?;
    assert_eq!(calls(&mock), [format!("GET {}", path("/b1")), format!("DELETE {}", path("/b1"))]);
    Ok(())
}

#[tokio::test]
async fn insert_sends_a_body_for_each_row_and_returns_what_came_back() -> Outcome {
    let (mock, engine) = azure().await?;
    let rows = engine
        .query(
            "INSERT INTO azure.api_management.backend (backendId, resourceGroupName, serviceName, subscriptionId, properties)
             SELECT value, 'rg', 'apim', ?, '{\"url\": \"https://' || value || '\", \"protocol\": \"http\"}'
             FROM json_each('[\"x\", \"y\"]')
             RETURNING name, backendId, properties ->> 'protocol' AS protocol, http_status",
        )
        .bind(SUBSCRIPTION)
        .fetch_all()
        .await?;
    let values: Vec<&[Value]> = rows.iter().map(bindery_sql::Row::values).collect();
    let row = |id: &str| vec![Value::from(id), Value::from(id), Value::from("http"), Value::from(201)];
    assert_eq!(values, [row("x"), row("y")]);
    let bodies: Vec<_> = mock.requests().iter().map(|request| request.json()["properties"]["url"].clone()).collect();
    assert!(bodies.contains(&"https://x".into()) && bodies.contains(&"https://y".into()), "{bodies:?}");
    Ok(())
}

#[tokio::test]
async fn delete_needs_if_match_and_says_so() -> Outcome {
    let (mock, engine) = azure().await?;
    insert(&engine, "b1").await?;
    mock.clear_requests();
    let delete = |condition: &str| {
        engine
            .query(format!(
                "DELETE FROM azure.api_management.backend WHERE {condition} backendId = 'b1' AND resourceGroupName = 'rg' \
                 AND serviceName = 'apim' AND subscriptionId = ?"
            ))
            .bind(SUBSCRIPTION)
    };
    let Err(error) = delete("").execute().await else { return Err("deleted without If-Match".into()) };
    assert!(error.to_string().contains("lacks `If-Match`"), "{error}");
    assert!(calls(&mock).is_empty());
    assert_eq!(delete("If-Match = '*' AND").execute().await?.changed, 1);
    let requests = mock.requests();
    assert_eq!(requests[0].header("if-match"), Some("*"));
    assert_eq!(calls(&mock), [format!("DELETE {}", path("/b1"))]);
    Ok(())
}

#[tokio::test]
async fn delete_looks_up_the_rows_that_a_condition_is_about() -> Outcome {
    let (mock, engine) = azure().await?;
    for id in ["b1", "b2", "b3"] {
        insert(&engine, id).await?;
    }
    mock.clear_requests();
    let statement = |condition: &str| {
        engine
            .query(format!(
                "DELETE FROM azure.api_management.backend WHERE If-Match = '*' AND resourceGroupName = 'rg' \
                 AND serviceName = 'apim' AND subscriptionId = ? AND {condition}"
            ))
            .bind(SUBSCRIPTION)
    };
    // Rows do not have `backendId`, and nothing else says it.
    let Err(error) = statement("name LIKE 'b%'").execute().await else { return Err("which backends?".into()) };
    assert!(error.to_string().contains("`backendId`"), "{error}");
    assert_eq!(statement("backendId IN ('b1', 'b3')").execute().await?.changed, 2);
    let mut made = calls(&mock);
    made.sort();
    assert_eq!(made, [format!("DELETE {}", path("/b1")), format!("DELETE {}", path("/b3"))]);
    let listed = "backendId IN (SELECT name FROM azure.api_management.backend WHERE subscriptionId = ?1
                  AND resourceGroupName = 'rg' AND serviceName = 'apim' AND name LIKE 'b%')";
    assert_eq!(statement(listed).execute().await?.changed, 1);
    assert_eq!(calls(&mock), [format!("GET {}", path("")), format!("DELETE {}", path("/b2"))]);
    Ok(())
}

#[tokio::test]
async fn exec_calls_a_method_by_its_name() -> Outcome {
    let (mock, engine) = azure().await?;
    for id in ["b1", "b2", "b3"] {
        insert(&engine, id).await?;
    }
    mock.clear_requests();
    let exec = |call: &str| {
        let parameters = "@resourceGroupName='rg', @serviceName='apim', @subscriptionId=?";
        engine.query(format!("EXEC azure.api_management.backend.{call}{parameters}")).bind(SUBSCRIPTION)
    };
    exec("reconnect @backendId='b1', @properties='{\"after\":\"PT3M\"}', ").execute().await?;
    let requests = mock.requests();
    assert_eq!(requests[0].json(), serde_json::json!({"properties": {"after": "PT3M"}}));
    assert_eq!(calls(&mock), [format!("POST {}", path("/b1/reconnect"))]);

    let row = exec("update @If-Match='*', @backendId='b1', @properties='{\"title\":\"new\"}', ").fetch_one().await?;
    assert_eq!(row.text("name"), Some("b1"));
    assert_eq!(calls(&mock), [format!("PATCH {}", path("/b1"))]);

    let row = exec("_list_by_service ").fetch_one().await?;
    let rows: Vec<serde_json::Value> = serde_json::from_str(row.text("value").ok_or("value")?)?;
    assert_eq!(rows.len(), 2, "one page as it came");
    assert_eq!(calls(&mock), [format!("GET {}", path(""))]);

    let as_table = "SELECT json_array_length(value) AS n FROM (EXEC azure.api_management.backend._list_by_service
                    @resourceGroupName='rg', @serviceName='apim', @subscriptionId=?) page";
    let row = engine.query(as_table).bind(SUBSCRIPTION).fetch_one().await?;
    assert_eq!(row.integer("n"), Some(2));

    let Err(error) = exec("reconnect ").execute().await else { return Err("reconnected nothing".into()) };
    assert!(error.to_string().contains("lacks `backendId`"), "{error}");
    let Err(error) = exec("reconect ").execute().await else { return Err("a misspelt method was called".into()) };
    assert!(error.to_string().contains("did you mean `reconnect`"), "{error}");
    Ok(())
}
