//! What a dry run shows: the requests of any statement, with secrets masked.

mod support;

use bindery_mock::Mock;
use bindery_sql::{Engine, Row};
use support::{Outcome, SUBSCRIPTION, calls, engine, provider};

/// A fake Azure with two groups, and an engine that shows requests.
async fn dry() -> Result<(Mock, Engine), Box<dyn std::error::Error>> {
    let mock = Mock::builder(provider()).page_size(1).start().await?;
    let insert = format!(
        "INSERT INTO azure.resources.resource_group (subscriptionId, resourceGroupName, data__location)
         VALUES ('{SUBSCRIPTION}', 'a', 'north'), ('{SUBSCRIPTION}', 'b', 'south')"
    );
    engine(&mock)?.build().query(insert).execute().await?;
    mock.clear_requests();
    let engine = engine(&mock)?.dry_run(true).build();
    Ok((mock, engine))
}

/// Each request with whether it was sent.
fn requests(rows: &[Row], mock: &Mock) -> Vec<String> {
    let sent = |row: &Row| if row.integer("sent") == Some(1) { "sent" } else { "unsent" };
    let line = |row: &Row| format!("{} {}", sent(row), row.text("request").unwrap_or_default());
    rows.iter().map(|row| line(row).replace(mock.url(), "").replace("?api-version=2025-04-01", "")).collect()
}

#[tokio::test]
async fn what_would_change_something_is_shown_whole_and_not_sent() -> Outcome {
    let (mock, engine) = dry().await?;
    let insert = format!(
        "INSERT INTO azure.api_management.backend (subscriptionId, resourceGroupName, serviceName, backendId, properties)
         VALUES ('{SUBSCRIPTION}', 'a', 'apim', 'it''s', '{{\"url\":\"https://b\",\"password\":\"pl4nted\"}}')"
    );
    let mut rows = engine.query(insert).fetch().await?;
    assert!(rows.shows_requests());
    let row = rows.next().await.ok_or("a request")??;
    let url = format!(
        "{}/subscriptions/{SUBSCRIPTION}/resourceGroups/a/providers/Microsoft.ApiManagement/service/apim/backends/it%27s?api-version=2024-05-01",
        mock.url()
    );
    assert_eq!(row.text("method"), Some("azure.api_management.backend.create_or_update"));
    assert_eq!(row.text("request"), Some(format!("PUT {url}").as_str()));
    assert_eq!(
        row.text("headers"),
        Some("accept: application/json\ncontent-type: application/json\nauthorization: Bearer [hidden]")
    );
    assert_eq!(row.text("body"), Some(r#"{"properties":{"password":"[hidden]","url":"https://b"}}"#));
    let curl = row.text("curl").ok_or("a command")?;
    assert!(
        curl.starts_with(&format!("curl --request PUT '{url}' \\\n  --header 'accept: application/json'")),
        "{curl}"
    );
    assert!(!row.to_json().contains("pl4nted") && !row.to_json().contains("s3cret"));
    assert!(rows.next().await.is_none());
    assert!(calls(&mock).is_empty());
    Ok(())
}

#[tokio::test]
async fn what_is_read_to_find_them_out_is_shown_too() -> Outcome {
    let (mock, engine) = dry().await?;
    let path = format!("/subscriptions/{SUBSCRIPTION}/resourcegroups");
    let of =
        |condition: &str| format!("azure.resources.resource_group WHERE subscriptionId = '{SUBSCRIPTION}'{condition}");
    for (sql, expected, made) in [
        (
            format!(
                "UPDATE azure.resources.resource_group SET tags = '{{}}' WHERE location = 'south' AND resourceGroupName IN ('a', 'b') AND subscriptionId = '{SUBSCRIPTION}'"
            ),
            vec![format!("sent GET {path}/a"), format!("sent GET {path}/b"), format!("unsent PATCH {path}/b")],
            2,
        ),
        (format!("DELETE FROM {}", of(" AND resourceGroupName = 'a'")), vec![format!("unsent DELETE {path}/a")], 0),
        // Of a listing, the pages are one request here.
        (format!("SELECT name FROM {}", of("")), vec![format!("sent GET {path}")], 2),
        (
            format!("EXEC azure.resources.resource_group.list @subscriptionId = '{SUBSCRIPTION}'"),
            vec![format!("unsent GET {path}")],
            0,
        ),
    ] {
        let mut rows = requests(&engine.query(&*sql).fetch_all().await?, &mock);
        rows.sort();
        assert_eq!(rows, expected, "{sql}");
        assert_eq!(calls(&mock).len(), made, "{sql}");
    }
    // What fails is seen.
    let missing = format!("SELECT name FROM {}", of(" AND resourceGroupName = 'none'"));
    let mut rows = engine.query(missing).fetch().await?;
    let row = rows.next().await.ok_or("a request")??;
    assert_eq!(requests(&[row], &mock), [format!("sent GET {path}/none")]);
    assert!(matches!(rows.next().await, Some(Err(error)) if error.is_not_found()));
    // What calls nothing is run.
    assert_eq!(engine.query("SELECT 40 + 2 AS n").fetch_one().await?.integer("n"), Some(42));
    Ok(())
}
