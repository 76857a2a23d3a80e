//! Which calls a statement makes: none twice, none needlessly, none missed.

mod support;

use std::collections::BTreeMap;
use std::time::Duration;

use bindery_mock::Mock;
use bindery_sql::Engine;
use support::{Outcome, calls, column, engine, provider};

/// Two subscriptions; in each two groups, in each of these two services, in each of these three backends.
async fn world() -> Result<(Mock, Engine, Vec<String>), Box<dyn std::error::Error>> {
    let mock = Mock::builder(provider()).page_size(2).seed(2).start().await?;
    let engine = engine(&mock)?.build();
    let subscriptions = column(engine.query("SELECT subscriptionId FROM azure.subscription.subscription")).await?;
    assert_eq!(subscriptions.len(), 2);
    // What the fake made up below its sample parents is in the way.
    for subscription in &subscriptions {
        let groups =
            engine.query("SELECT name FROM azure.resources.resource_group WHERE subscriptionId = ?").bind(subscription);
        for group in column(groups).await? {
            let delete =
                "DELETE FROM azure.resources.resource_group WHERE subscriptionId = ? AND resourceGroupName = ?";
            engine.query(delete).bind(subscription).bind(group).execute().await?;
        }
    }
    let values = subscriptions.join("'), ('");
    for (table, names, source) in [
        (
            "resources.resource_group",
            "subscriptionId, resourceGroupName, data__location",
            "SELECT s.v, g.v, 'north' FROM s, g",
        ),
        (
            "api_management.service",
            "subscriptionId, resourceGroupName, serviceName, location, sku, properties",
            "SELECT s.v, g.v, v.v, 'north', '{\"name\":\"Basic\",\"capacity\":1}', '{\"publisherName\":\"p\",\"publisherEmail\":\"e\"}' FROM s, g, v",
        ),
        (
            "api_management.backend",
            "subscriptionId, resourceGroupName, serviceName, backendId, properties",
            "SELECT s.v, g.v, v.v, b.v, json_object('url', 'https://' || b.v, 'protocol', 'http') FROM s, g, v, b",
        ),
    ] {
        let sql = format!(
            "INSERT INTO azure.{table} ({names}) WITH s(v) AS (VALUES ('{values}')), g(v) AS (VALUES ('g1'), ('g2')), \
             v(v) AS (VALUES ('v1'), ('v2')), b(v) AS (VALUES ('b1'), ('b2'), ('b3')) {source}"
        );
        engine.query(sql).execute().await?;
    }
    mock.clear_requests();
    Ok((mock, engine, subscriptions))
}

/// The calls with how often each was made. A listing is called once for each of its pages.
fn counted(mock: &Mock) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for call in calls(mock) {
        *counted.entry(call).or_default() += 1;
    }
    counted
}

/// Calls, each with how often it is made.
type Calls = Vec<(String, usize)>;

const MANAGEMENT: &str = "providers/Microsoft.ApiManagement/service";

#[tokio::test]
async fn four_levels_are_joined_whatever_their_order() -> Outcome {
    let (mock, engine, subscriptions) = world().await?;
    let mut expected = BTreeMap::from([("GET /subscriptions".to_owned(), 1)]);
    for s in &subscriptions {
        expected.insert(format!("GET /subscriptions/{s}/resourcegroups"), 1);
        for g in ["g1", "g2"] {
            expected.insert(format!("GET /subscriptions/{s}/resourceGroups/{g}/{MANAGEMENT}"), 1);
            for v in ["v1", "v2"] {
                // Three backends are two pages.
                expected.insert(format!("GET /subscriptions/{s}/resourceGroups/{g}/{MANAGEMENT}/{v}/backends"), 2);
            }
        }
    }
    let tables = [
        "azure.subscription.subscription s",
        "azure.resources.resource_group g",
        "azure.api_management.service v",
        "azure.api_management.backend b",
    ];
    let condition =
        "g.subscriptionId = s.subscriptionId AND v.subscriptionId = s.subscriptionId AND v.resourceGroupName = g.name
        AND b.subscriptionId = s.subscriptionId AND b.resourceGroupName = g.name AND b.serviceName = v.name";
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
        let from: Vec<&str> = order.iter().map(|at| tables[*at]).collect();
        let sql =
            format!("SELECT s.subscriptionId, g.name, v.name, b.name FROM {} WHERE {condition}", from.join(" JOIN "));
        let mut rows = engine.query(sql).fetch().await?;
        let mut count = 0;
        while let Some(row) = rows.next().await {
            row?;
            count += 1;
        }
        assert_eq!(count, 2 * 2 * 2 * 3);
        assert_eq!(counted(&mock), expected, "{order:?}");
        // One run for each level, and one that has it all; the first level is known in advance.
        assert_eq!((rows.summary().runs, rows.summary().calls), (4, 1 + 2 + 4 + 8), "{order:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_statement_makes_exactly_these_calls() -> Outcome {
    let (mock, engine, subscriptions) = world().await?;
    let [first, second] = subscriptions.as_slice() else { return Err("two subscriptions".into()) };
    let group = |subscription: &str, rest: &str| format!("GET /subscriptions/{subscription}/{rest}");
    let all = |g: &str, v: &str| (group(first, &format!("resourceGroups/{g}/{MANAGEMENT}/{v}/backends")), 2);
    let one = |id: &str| (group(first, &format!("resourceGroups/g1/{MANAGEMENT}/v1/backends/{id}")), 1);
    let page = |(call, _): (String, usize)| (call, 1);
    let groups = |subscription: &str| (group(subscription, "resourcegroups"), 1);
    let subscriptions = || ("GET /subscriptions".to_owned(), 1);
    let of = |g: &str, v: &str| {
        format!("b.subscriptionId = '{first}' AND b.resourceGroupName = '{g}' AND b.serviceName = '{v}'")
    };
    let here = of("g1", "v1");
    let backends = "FROM azure.api_management.backend b WHERE";
    let table: Vec<(String, usize, Calls)> = vec![
        (format!("SELECT name {backends} {here}"), 3, vec![all("g1", "v1")]),
        (format!("SELECT count(*) {backends} {here} AND name LIKE 'b%'"), 1, vec![all("g1", "v1")]),
        (format!("SELECT name {backends} {here} AND b.backendId = 'b2'"), 1, vec![one("b2")]),
        (format!("SELECT name {backends} {here} AND b.backend_id IN ('b1', 'b3', 'b1')"), 2, vec![one("b1"), one("b3")]),
        (format!("SELECT name {backends} {here} AND (b.backendId = 'b1' OR b.backendId = 'b2')"), 2, vec![one("b1"), one("b2")]),
        (format!("SELECT name {backends} {here} LIMIT 2"), 2, vec![page(all("g1", "v1"))]),
        (format!("SELECT name {backends} {here} LIMIT 3"), 3, vec![all("g1", "v1")]),
        // What both parts of an OR have is there once.
        (format!("SELECT name {backends} ({here}) OR ({})", of("g1", "v1") + " AND b.name = 'b1'"), 3, vec![all("g1", "v1")]),
        (format!("SELECT name {backends} {here} ORDER BY name LIMIT 1"), 1, vec![all("g1", "v1")]),
        (format!("SELECT name {backends} {}", here.replace("'v1'", "NULL")), 0, vec![]),
        (format!("SELECT name {backends} ({here}) OR ({})", of("g2", "v2")), 6, vec![all("g1", "v1"), all("g2", "v2")]),
        (format!("SELECT a.name, b.name FROM azure.api_management.backend a JOIN azure.api_management.backend b ON a.name = b.name WHERE {here} AND {}", here.replace("b.", "a.")), 3, vec![all("g1", "v1")]),
        (format!("SELECT name {backends} {here} UNION ALL SELECT name {backends} {here}"), 6, vec![all("g1", "v1")]),
        (format!("WITH x AS (SELECT name {backends} {here}) SELECT x.name, y.name FROM x, x y"), 9, vec![all("g1", "v1")]),
        ("SELECT g.name FROM azure.subscription.subscription s JOIN azure.resources.resource_group g ON g.subscription_id = s.subscriptionId".to_owned(), 4, vec![subscriptions(), groups(first), groups(second)]),
        ("SELECT s.subscriptionId, g.name FROM azure.subscription.subscription s LEFT JOIN azure.resources.resource_group g ON g.subscriptionId = s.subscriptionId AND g.name = 'none'".to_owned(), 2, vec![subscriptions(), groups(first), groups(second)]),
        ("SELECT name FROM azure.resources.resource_group WHERE subscriptionId IN (SELECT subscriptionId FROM azure.subscription.subscription)".to_owned(), 4, vec![subscriptions(), groups(first), groups(second)]),
        (format!("SELECT subscriptionId FROM azure.subscription.subscription s WHERE EXISTS (SELECT 1 FROM azure.resources.resource_group g WHERE g.subscriptionId = s.subscriptionId) AND s.subscriptionId = '{first}'"), 1, vec![(group(first, "").trim_end_matches('/').to_owned(), 1), groups(first)]),
        (format!("SELECT name, json_extract(properties, '$.url') {backends} {here} AND b.backendId = lower('B2')"), 1, vec![one("b2")]),
        (format!("SELECT v.value, b.name FROM json_each('[\"b1\",\"b2\"]') v JOIN azure.api_management.backend b ON b.backendId = v.value WHERE {here}"), 2, vec![one("b1"), one("b2")]),
        (format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT b.name FROM n JOIN azure.api_management.backend b ON b.backendId = 'b' || n.i WHERE {here}"), 3, vec![one("b1"), one("b2"), one("b3")]),
        (format!("SELECT (SELECT count(*) {backends} {here}), (SELECT max(name) {backends} {here})"), 1, vec![all("g1", "v1")]),
    ];
    for (sql, rows, expected) in table {
        let found = engine.query(&*sql).fetch_all().await.map_err(|error| format!("{sql}: {error}"))?;
        assert_eq!(found.len(), rows, "{sql}");
        assert_eq!(counted(&mock), expected.into_iter().collect(), "{sql}");
    }
    Ok(())
}

#[tokio::test]
async fn a_first_row_is_known_after_few_calls() -> Outcome {
    let (mock, engine, _) = world().await?;
    let sql = "SELECT b.name FROM azure.subscription.subscription s
        JOIN azure.resources.resource_group g ON g.subscriptionId = s.subscriptionId
        JOIN azure.api_management.service v ON v.subscriptionId = s.subscriptionId AND v.resourceGroupName = g.name
        JOIN azure.api_management.backend b ON b.subscriptionId = s.subscriptionId AND b.resourceGroupName = g.name
             AND b.serviceName = v.name LIMIT 1";
    assert_eq!(engine.query(sql).fetch_all().await?.len(), 1);
    let made = calls(&mock).len();
    assert!(made < 15, "{made} calls for one row");
    Ok(())
}

#[tokio::test]
async fn nothing_runs_on_when_nobody_waits() -> Outcome {
    let slow = Mock::builder(provider()).seed(2).latency(Duration::from_millis(100)).start().await?;
    let engine = engine(&slow)?.build();
    let join = "SELECT g.name FROM azure.subscription.subscription s, azure.resources.resource_group g WHERE g.subscriptionId = s.subscriptionId";
    // Given up before the first answer, and between two rounds.
    for wait in [20, 150] {
        slow.clear_requests();
        assert!(tokio::time::timeout(Duration::from_millis(wait), engine.query(join).fetch_all()).await.is_err());
        let made = slow.requests().len();
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(slow.requests().len(), made, "after {wait} ms");
    }
    // A statement that never ends by itself, without any call.
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
    let started = std::time::Instant::now();
    assert!(tokio::time::timeout(Duration::from_millis(50), engine.query(endless).fetch_all()).await.is_err());
    assert!(started.elapsed() < Duration::from_secs(5));
    Ok(())
}

#[tokio::test]
async fn a_recursion_ends_although_its_rows_are_missing_at_first() -> Outcome {
    let (_mock, engine, _) = world().await?;
    // Without the rows of the tables, this has no end.
    let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
                   WHERE NOT (i >= coalesce((SELECT nullif(count(*), 0) FROM azure.subscription.subscription), 1e9)))
               SELECT count(*) AS n FROM n";
    assert_eq!(engine.query(sql).fetch_one().await?.integer("n"), Some(2));
    Ok(())
}
