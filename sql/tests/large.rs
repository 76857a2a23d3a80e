//! Statements of millions of rows and of many megabytes: what they take is bounded, and so is the time until an error.
//!
//! `BINDERY_SQL_ROWS` says how many rows are inserted (five thousand if nothing is said), and `BINDERY_SQL_MEGABYTES`
//! how large nonsense is (one).

mod support;

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::any;
use bindery_runtime::{Client, Token};
use bindery_sql::{Engine, EngineBuilder, Error};
use support::{Outcome, SUBSCRIPTION, provider};
use tokio::net::TcpListener;

/// A server that is content with everything, and an engine for it.
async fn content() -> Result<EngineBuilder, Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let answer = || async { ([(CONTENT_TYPE, "application/json")], "{\"name\": \"a\", \"value\": []}") };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(any(answer))).await });
    let client = bindery_azure::client().credential(Token::new("s3cret")).base_url(&url).build()?;
    Ok(Engine::builder().resources(bindery_azure::resources(), client))
}

/// An engine whose calls go nowhere.
fn nowhere() -> Result<Engine, bindery_runtime::Error> {
    let client = Client::builder("azure", bindery_ir::Auth::NONE).base_url("http://127.0.0.1:9").build()?;
    Ok(Engine::builder().provider_with(provider(), client).dry_run(true).build())
}

fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().and_then(|number| number.parse().ok()).unwrap_or(otherwise)
}

/// The most memory this process has had, in MB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()).unwrap_or_default() / 1024
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_sent_as_they_are_computed() -> Outcome {
    let rows = number("BINDERY_SQL_ROWS", 5000);
    let engine = content().await?.concurrency(NonZeroUsize::new(64).ok_or("64")?).build();
    // Each row is 32 KB: all of them together would take hundreds of megabytes.
    let insert = format!(
        "INSERT INTO azure.resources.resource_group (subscriptionId, resourceGroupName, data__location, managedBy)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         SELECT '{SUBSCRIPTION}', 'g' || i, 'north', hex(zeroblob(16384)) FROM n"
    );
    let before = peak();
    let begun = Instant::now();
    let summary = engine.query(insert).execute().await?;
    assert_eq!(summary.changed, rows);
    let took = peak() - before;
    println!("{rows} rows in {:.1?}, {took} MB", begun.elapsed());
    assert!(took < 120, "{took} MB for {rows} rows of 32 KB");
    Ok(())
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
async fn ten_megabytes_of_rows_are_a_statement() -> Outcome {
    const MEGABYTES: usize = 10 << 20;
    let engine = nowhere()?;
    let mut insert =
        "INSERT INTO azure.resources.resource_group (subscriptionId, resourceGroupName, data__location) VALUES "
            .to_owned();
    let mut rows = 0;
    while insert.len() < MEGABYTES {
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
    let length = number("BINDERY_SQL_MEGABYTES", 1) << 20;
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
