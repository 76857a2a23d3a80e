//! What `EXPLAIN` says: which method each table is read by and why, and in which round.

mod support;

use support::{Outcome, azure};

/// Statements, and the method and the round of each call that they make, in the order in which tables are read.
const PLANS: &[(&str, &[(&str, &str)])] = &[
    ("SELECT name FROM azure.resources.resource_group WHERE subscriptionId = 's'", &[("list", "1")]),
    (
        "SELECT b.name
         FROM azure.api_management.backend b
         JOIN azure.api_management.service a ON b.serviceName = a.name
         JOIN azure.resources.resource_group g ON a.resourceGroupName = g.name AND b.resourceGroupName = g.name
         JOIN azure.subscription.subscription s
           ON g.subscriptionId = s.subscriptionId AND a.subscriptionId = s.subscriptionId AND b.subscriptionId = s.subscriptionId",
        &[("list", "1"), ("list", "2"), ("list_by_resource_group", "3"), ("list_by_service", "4")],
    ),
    (
        "SELECT name FROM azure.resources.resource_group WHERE subscriptionId = 's'
         UNION ALL
         SELECT g.name FROM azure.subscription.subscription s JOIN azure.resources.resource_group g USING (subscriptionId)",
        &[("list", "1"), ("list", "1"), ("list", "2")],
    ),
    (
        "SELECT (SELECT count(*) FROM azure.resources.resource_group g WHERE g.subscriptionId = s.subscriptionId)
         FROM azure.subscription.subscription s",
        &[("list", "1"), ("list", "2")],
    ),
    (
        "WITH s AS MATERIALIZED (SELECT subscriptionId FROM azure.subscription.subscription)
         SELECT g.name FROM s JOIN azure.resources.resource_group g USING (subscriptionId)",
        &[("list", "1"), ("list", "2")],
    ),
];

#[tokio::test]
async fn calls_have_a_method_and_a_round() -> Outcome {
    let (_mock, engine) = azure().await?;
    for (sql, expected) in PLANS {
        let rows = engine.query(format!("EXPLAIN {sql}")).fetch_all().await?;
        let called: Vec<(&str, &str)> = rows
            .iter()
            .filter_map(|row| {
                let method = row.text("call")?.split('(').next()?.rsplit('.').next()?;
                Some((method, row.text("round")?))
            })
            .collect();
        assert_eq!(called, *expected, "{sql}");
    }
    Ok(())
}

#[tokio::test]
async fn it_is_said_why_a_method_is_chosen() -> Outcome {
    let (_mock, engine) = azure().await?;
    let sql = "EXPLAIN SELECT name FROM azure.resources.resource_group WHERE subscriptionId = 's'";
    let note = engine.query(sql).fetch_one().await?.text("note").map(str::to_owned);
    assert_eq!(note.as_deref(), Some("known in advance; no other method fits what is said"));
    Ok(())
}
