//! Statements of many rows and of many megabytes: they are run, or refused in time, and say what became of them.
//!
//! `BINDERY_SQL_KILOBYTES` says how large they are (two hundred for nonsense, two thousand for rows, if nothing is said).

mod support;

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use bindery_runtime::Client;
use bindery_sql::{Engine, Error};
use support::{Outcome, SUBSCRIPTION, content, provider};

/// An engine whose calls go nowhere.
fn nowhere() -> Result<Engine, bindery_runtime::Error> {
    let client = Client::builder("azure", bindery_ir::Auth::NONE).base_url("http://127.0.0.1:9").build()?;
    Ok(Engine::builder().provider_with(provider(), client).dry_run(true).build())
}

fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().and_then(|number| number.parse().ok()).unwrap_or(otherwise)
}

#[tokio::test]
async fn a_mistake_in_a_later_row_says_what_was_sent() -> Outcome {
    let engine = content().await?.concurrency(NonZeroUsize::MIN).build();
    let insert = |rows: usize| {
        format!(
            "INSERT INTO azure.resources.resource_group (subscriptionId, resourceGroupName, data__location)
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
             SELECT '{SUBSCRIPTION}', 'g' || i, json_extract(iif(i = {rows}, '{{', '\"x\"'), '$') FROM n"
        )
    };
    // In a short statement, nothing was sent at all.
    assert!(matches!(engine.query(insert(10)).execute().await, Err(Error::Sqlite(_))));
    let Err(Error::Mutation(failed)) = engine.query(insert(3000)).execute().await else {
        return Err("a malformed row succeeded".into());
    };
    assert!(!failed.applied.is_empty() && failed.unsent.is_empty(), "{failed}");
    assert_eq!(failed.failed.len(), 1);
    assert!(failed.to_string().contains("malformed JSON"), "{failed}");
    Ok(())
}

#[tokio::test]
async fn megabytes_of_rows_are_a_statement() -> Outcome {
    const MEGABYTES: usize = 10 << 20;
    let length = number("BINDERY_SQL_KILOBYTES", 2000) << 10;
    let engine = nowhere()?;
    let mut insert =
        "INSERT INTO azure.resources.resource_group (subscriptionId, resourceGroupName, data__location) VALUES "
            .to_owned();
    let mut rows = 0;
    while insert.len() < length {
        insert.push_str(&format!("{}('{SUBSCRIPTION}', 'g{rows}', 'north')", if rows == 0 { "" } else { ", " }));
        rows += 1;
    }
    let mut planned = engine.query(insert).fetch().await?;
    let mut seen = 0;
    while let Some(row) = planned.next().await {
        row?;
        seen += 1;
    }
    assert_eq!(seen, rows);
    let text = "x".repeat(MEGABYTES);
    let row = engine.query(format!("SELECT length('{text}') AS n")).fetch_one().await?;
    assert_eq!(row.integer("n"), i64::try_from(MEGABYTES).ok());
    Ok(())
}

#[tokio::test]
async fn nonsense_is_refused_in_proportion_to_its_length() -> Outcome {
    let length = number("BINDERY_SQL_KILOBYTES", 200) << 10;
    let engine = nowhere()?;
    let of = |part: &str| part.repeat(length / part.len());
    let groups = "azure.resources.resource_group g";
    for (what, sql) in [
        ("parentheses", format!("SELECT {}", of("("))),
        (
            "conditions in parentheses",
            format!("SELECT 1 FROM {groups} LEFT JOIN {groups} ON 1 WHERE {}", of("(1 AND ")),
        ),
        ("columns", format!("SELECT {}g.name FROM {groups}", of("g.name, "))),
        ("members of a list", format!("SELECT g.name FROM {groups} WHERE g.name IN ({}1)", of("g.name, "))),
        ("names", format!("SELECT {}", of("a."))),
        ("tables", format!("SELECT 1 FROM {}{groups}", of("azure.resources.resource_group g, "))),
        ("joins", format!("SELECT 1 FROM {groups} {}", of("LEFT JOIN b ON 1 "))),
        ("joins to the right", format!("SELECT name FROM {groups} JOIN {groups} {}", of("RIGHT JOIN b ON 1 "))),
        (
            "columns of a join to the right",
            format!(
                "SELECT {}1 FROM {groups} JOIN azure.resources.resource_group h RIGHT JOIN {groups} ON 1",
                of("h.id, name, ")
            ),
        ),
        ("conditions", format!("DELETE FROM azure.resources.resource_group WHERE {}1", of("a = 1 AND "))),
        ("assignments", format!("UPDATE azure.resources.resource_group SET {}b = 1", of("a = 1, "))),
        ("calls", format!("SELECT 1 FROM {}", of("(EXEC a.b.c.d @x = 1), "))),
        ("calls in calls", format!("SELECT 1 FROM {}", of("(EXEC a.b.c.d @x = "))),
        ("placeholders", format!("SELECT {}1", of("?, "))),
        ("quotes", format!("SELECT {}", of("\"a\" 'b' "))),
    ] {
        let begun = Instant::now();
        let result = engine.query(sql).fetch_all().await;
        let elapsed = begun.elapsed();
        println!("{what}: {elapsed:.1?}");
        let Err(error) = result else { return Err(format!("{what} are no statement").into()) };
        assert!(error.to_string().len() < 2000, "{what}: {} characters", error.to_string().len());
        // Anything that is not in proportion to the text takes hours here.
        assert!(elapsed < Duration::from_secs(300), "{what}: {elapsed:?}");
    }
    Ok(())
}
