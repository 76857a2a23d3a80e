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
