//! What users are told when something is wrong.

mod support;

use bindery_mock::Mock;
use bindery_sql::{Error, Value};
use support::{Outcome, SUBSCRIPTION, azure, calls, engine, provider};

#[tokio::test]
async fn errors_say_what_to_do() -> Outcome {
    let (mock, engine) = azure().await?;
    for (sql, expected) in [
        (
            "SELECT * FROM azure.api_management.backend WHERE subscriptionId = 's'",
            "list_by_service lacks `resourceGroupName`, `serviceName`",
        ),
        (
            "SELECT * FROM azure.api_management.backend WHERE subscriptionId LIKE 's'",
            "LIKE on `subscriptionId` cannot select a method; only = and IN can",
        ),
        ("SELECT * FROM azure.api_management.backends", "did you mean `azure.api_management.backend`?"),
        ("SELECT * FROM azure.api_managment.backend", "did you mean `azure.api_management`?"),
        ("SELECT * FROM azur.api_management.backend", "did you mean `azure`?"),
        ("SELECT 1 +", "incomplete input"),
        ("SELECT 1\nFORM x y", "at line 2, column 6"),
        ("SELECT 'abc", "this text does not end"),
        ("SELECT nosuch(1)", "no such function: nosuch"),
        ("SELECT ?", "the placeholder `?1` has no value"),
        ("SELECT :name", "the placeholder `:name` has no value"),
        ("SELECT 1; SELECT 2", "run them one by one"),
        ("", "there is no statement"),
        ("PRAGMA user_version", "PRAGMA is not available"),
        ("ATTACH 'file' AS x", "ATTACH is not available"),
        ("VACUUM INTO 'file'", "VACUUM is not available"),
        ("SELECT * FROM pragma_database_list", "PRAGMA"),
        ("BEGIN", "there are no transactions"),
        ("INSERT INTO azure.api_management.backend (backendIdd) VALUES (1)", "did you mean `backendId`"),
        (
            "UPDATE azure.api_management.backend SET properties = '{}' WHERE backendId = 'b'",
            "no method of `azure.api_management.backend` answers UPDATE",
        ),
        ("EXEC azure.api_management.backend", "write provider.service.resource.method"),
        ("EXEC azure.api_management.backend.reconnect @backendId", "expected `=`"),
        ("DELETE azure.api_management.backend", "expected from"),
        ("UPDATE azure.resources.resource_group SET WHERE resourceGroupName = 'g'", "expected what is set"),
        ("SHOW TABLES", "expected PROVIDERS, SERVICES"),
        ("SET x", "expected to"),
        ("DROP VIEW nothing", "there is no view `nothing`"),
        ("REGISTRY PULL azure", "`bindery registry pull`"),
        ("AUTH LOGIN azure", "credentials come from"),
        (
            "INSERT INTO azure.resources.resource_group (resourceGroupName, subscriptionId, data__location) VALUES ('a', 'b', 'c', '{}')",
            "3 names are to be filled, but a row has 4 values",
        ),
        (
            "DELETE FROM azure.resources.resource_group WHERE subscriptionId = 's' AND location = 'north'",
            "`… IN (SELECT name FROM azure.resources.resource_group WHERE …)`",
        ),
    ] {
        let Err(error) = engine.query(sql).fetch_all().await else { return Err(format!("{sql} was run").into()) };
        let message = error.to_string();
        assert!(message.to_lowercase().contains(&expected.to_lowercase()), "{sql}\n{message}");
        assert!(!error.is_from_provider(), "{sql}");
    }
    assert!(calls(&mock).is_empty());
    Ok(())
}

#[tokio::test]
async fn what_a_part_of_an_or_or_a_view_lacks_is_said_of_it() -> Outcome {
    let (mock, engine) = azure().await?;
    let said = |sql: String| async { engine.query(sql).fetch_all().await.err().map(|error| error.to_string()) };
    let backends = "SELECT * FROM azure.api_management.backend WHERE";
    let all = "subscriptionId = 's' AND resourceGroupName = 'g' AND serviceName = 'v'";
    let lacking = said(format!("{backends} ({all}) OR (subscriptionId = 's' AND resourceGroupName = 'h')")).await;
    let lacking = lacking.ok_or("a part lacks the service")?;
    assert!(
        lacking.ends_with("list_by_service lacks `serviceName`; of an OR, every part must give all of it"),
        "{lacking}"
    );
    assert!(!lacking.contains("nothing of it is given"), "{lacking}");
    let nothing = said(format!("{backends} ({all}) OR name = 'b'")).await.ok_or("a part says nothing")?;
    assert!(nothing.contains("nothing of it is given") && nothing.contains("every part"), "{nothing}");
    let plain =
        said(format!("{backends} subscriptionId = 's' AND (name = 'a' OR name = 'b')")).await.ok_or("no OR of it")?;
    assert!(!plain.contains("every part"), "{plain}");
    engine.query(format!("CREATE VIEW of_a_group AS {backends} resourceGroupName = 'g'")).execute().await?;
    engine.query("CREATE VIEW above AS SELECT name FROM of_a_group").execute().await?;
    let inside = said("SELECT * FROM above".to_owned()).await.ok_or("the view lacks parameters")?;
    assert!(inside.ends_with("lacks `serviceName`, `subscriptionId`; the view `of_a_group` reads it"), "{inside}");
    assert!(calls(&mock).is_empty());
    Ok(())
}

/// Which of two values is meant, nobody could tell; documentation says one under two names.
#[tokio::test]
async fn a_parameter_that_is_said_twice_has_one_value() -> Outcome {
    let (mock, engine) = azure().await?;
    let groups = "azure.resources.resource_group";
    for (sql, name) in [
        (
            format!(
                "INSERT INTO {groups} (subscriptionId, resourceGroupName, data__location, location) VALUES ('{SUBSCRIPTION}', 'a', 'north', 'south')"
            ),
            "data__location",
        ),
        (
            format!(
                "INSERT INTO {groups} (subscriptionId, resourceGroupName, resource_group_name, location) VALUES ('{SUBSCRIPTION}', 'a', 'b', 'south')"
            ),
            "resourceGroupName",
        ),
        (
            format!(
                "UPDATE {groups} SET tags = '{{}}', data__tags = '{{\"a\":\"b\"}}' WHERE subscriptionId = '{SUBSCRIPTION}' AND resourceGroupName = 'a'"
            ),
            "tags",
        ),
        (
            format!(
                "UPDATE {groups} SET resourceGroupName = 'b' WHERE subscriptionId = '{SUBSCRIPTION}' AND resourceGroupName = 'a'"
            ),
            "resourceGroupName",
        ),
        (
            format!(
                "DELETE FROM {groups} WHERE subscriptionId = '{SUBSCRIPTION}' AND resourceGroupName = 'a' AND resource_group_name = 'b'"
            ),
            "resourceGroupName",
        ),
        (
            format!(
                "EXEC azure.api_management.backend.reconnect @subscriptionId = '{SUBSCRIPTION}', @resourceGroupName = 'g', @serviceName = 'v', @backendId = 'b', @properties = '{{}}' @@json = '{{\"properties\": 1}}'"
            ),
            "properties",
        ),
    ] {
        let Err(error) = engine.query(&*sql).execute().await else { return Err(format!("{sql} was run").into()) };
        let message = error.to_string();
        assert!(message.contains(&format!("`{name}`")) && message.contains("is said twice"), "{sql}\n{message}");
        assert!(!error.is_from_provider(), "{sql}");
    }
    assert!(calls(&mock).is_empty(), "nothing is sent");
    // The same value twice is one value, and NULL is none.
    let insert = format!(
        "INSERT INTO {groups} (subscriptionId, resourceGroupName, data__location, location, tags, data__tags)
         VALUES ('{SUBSCRIPTION}', 'a', 'north', 'north', NULL, '{{\"a\":\"b\"}}')"
    );
    engine.query(insert).execute().await?;
    assert_eq!(mock.requests()[0].json(), serde_json::json!({"location": "north", "tags": {"a": "b"}}));
    Ok(())
}

/// `SET x = … WHERE x = …` is about what `x` was.
#[tokio::test]
async fn a_condition_on_what_is_changed_is_about_the_rows_as_they_were() -> Outcome {
    let (mock, engine) = azure().await?;
    let groups = "azure.resources.resource_group";
    let insert = format!(
        "INSERT INTO {groups} (subscriptionId, resourceGroupName, data__location, managedBy)
         VALUES ('{SUBSCRIPTION}', 'a', 'north', 'ann'), ('{SUBSCRIPTION}', 'b', 'north', 'bob')"
    );
    engine.query(insert).execute().await?;
    mock.clear_requests();
    let update = format!(
        "UPDATE {groups} SET managedBy = 'cem' WHERE managedBy = 'bob' AND subscriptionId = '{SUBSCRIPTION}'
         AND resourceGroupName IN ('a', 'b')"
    );
    assert_eq!(engine.query(update).execute().await?.changed, 1);
    let path = format!("/subscriptions/{SUBSCRIPTION}/resourcegroups");
    let mut made = calls(&mock);
    made.sort();
    assert_eq!(made, [format!("GET {path}/a"), format!("GET {path}/b"), format!("PATCH {path}/b")]);
    Ok(())
}

#[tokio::test]
async fn a_failed_call_is_an_error_and_no_empty_table() -> Outcome {
    let (_mock, engine) = azure().await?;
    let sql = format!(
        "SELECT count(*) AS n FROM azure.api_management.backend WHERE backendId = 'none' AND resourceGroupName = 'rg'
         AND serviceName = 'apim' AND subscriptionId = '{SUBSCRIPTION}'"
    );
    let Err(error) = engine.query(&*sql).fetch_one().await else { return Err("a missing backend was counted".into()) };
    assert!(error.is_not_found() && error.is_from_provider(), "{error:?}");
    let message = error.to_string();
    assert!(message.contains("azure.api_management.backend.get") && message.contains("none"), "{message}");
    engine.query("SET not_found = 'empty'").execute().await?;
    assert_eq!(engine.query(&*sql).fetch_one().await?.integer("n"), Some(0));
    Ok(())
}

#[tokio::test]
async fn an_error_that_the_answer_does_not_need_is_none() -> Outcome {
    let mock = Mock::builder(provider()).faults(["403/1".parse()?]).start().await?;
    let engine = engine(&mock)?.build();
    let row = engine
        .query("SELECT coalesce(1, (SELECT count(*) FROM azure.subscription.subscription)) AS n")
        .fetch_one()
        .await?;
    assert_eq!(row.integer("n"), Some(1));
    Ok(())
}

#[tokio::test]
async fn a_failure_among_many_rows_is_accounted_for() -> Outcome {
    let mock = Mock::builder(provider()).faults(["409/3".parse()?]).start().await?;
    let engine = engine(&mock)?.build();
    let sql = format!(
        "INSERT /*+ ORDERED */ INTO azure.resources.resource_group (subscriptionId, resourceGroupName, data__location)
         SELECT '{SUBSCRIPTION}', 'g' || value, 'north' FROM json_each('[1,2,3,4,5]')"
    );
    let Err(Error::Mutation(failed)) = engine.query(sql).execute().await else { return Err("no failure".into()) };
    assert_eq!(failed.applied.iter().map(|applied| applied.row).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(failed.failed.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [3]);
    assert_eq!(failed.unsent, [4, 5]);
    let message = failed.to_string();
    assert!(message.contains("applied: row 1-2") && message.contains("never sent: row 4-5"), "{message}");
    assert_eq!(mock.requests().len(), 3);
    Ok(())
}

#[tokio::test]
async fn nothing_a_value_says_is_understood_as_anything_else() -> Outcome {
    let (mock, engine) = azure().await?;
    for value in
        ["'; DROP TABLE x; --", "a/../b", "a?b#c", "%2e%2e", "é\u{202e}", "a\nb", "x' OR '1'='1", "{\"a\":1}", "\u{0}"]
    {
        let query = "SELECT name FROM azure.api_management.backend WHERE backendId = ? AND resourceGroupName = :rg AND serviceName = 'apim' AND subscriptionId = 's'";
        mock.clear_requests();
        let result = engine.query(query).bind(value).bind_named("rg", value).fetch_all().await;
        assert!(matches!(&result, Err(error) if error.is_from_provider()), "{value:?}: {result:?}");
        for request in mock.requests() {
            assert_eq!(request.path.matches('/').count(), 10, "{value:?} made {}", request.path);
        }
    }
    let row =
        engine.query("SELECT ? AS a, :b AS b").bind(Value::Null).bind_named("b", vec![1_u8, 2]).fetch_one().await?;
    assert_eq!(row.values(), [Value::Null, Value::Blob(vec![1, 2])]);
    Ok(())
}

#[tokio::test]
async fn large_statements_are_taken() -> Outcome {
    let (_mock, engine) = azure().await?;
    let list: Vec<String> = (0..600_000).map(|number| format!("{number:014}")).collect();
    let sql = format!("SELECT '{}' AS long", list.join(","));
    assert!(sql.len() > 8_000_000);
    let row = engine.query(sql).fetch_one().await?;
    assert!(row.text("long").is_some_and(|text| text.len() > 8_000_000));
    let deep = format!("SELECT {}1{}", "(".repeat(5000), ")".repeat(5000));
    assert!(engine.query(deep).fetch_one().await.is_err(), "SQLite bounds the depth of expressions");
    Ok(())
}
