//! Whoever stops waiting for a statement stops the statement: nothing is called, and no thread runs on.

mod support;

use std::future::Future;
use std::time::{Duration, Instant};

use bindery_mock::{Fault, Mock};
use bindery_sql::Engine;
use support::{Outcome, SUBSCRIPTION, engine, provider};

/// Runs something with a runtime of its own, whose threads must all be at rest soon after.
fn ends(run: impl Future<Output = Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(run)?;
    let begun = Instant::now();
    runtime.shutdown_timeout(Duration::from_secs(30));
    assert!(begun.elapsed() < Duration::from_secs(10), "something ran on for {:?}", begun.elapsed());
    Ok(())
}

/// A fake that is slow, and an engine for it.
async fn slow(faults: &[&str]) -> Result<(Mock, Engine), Box<dyn std::error::Error>> {
    let faults = faults.iter().map(|fault| fault.parse()).collect::<Result<Vec<Fault>, _>>()?;
    let mock = Mock::builder(provider())
        .seed(3)
        .page_size(1)
        .latency(Duration::from_millis(50))
        .faults(faults)
        .start()
        .await?;
    let engine = engine(&mock)?.build();
    Ok((mock, engine))
}

/// Gives a statement up after some time, and sees that no request comes after that.
async fn given_up(mock: &Mock, engine: &Engine, sql: &str, after: Duration) -> Outcome {
    mock.clear_requests();
    let result = tokio::time::timeout(after, engine.query(sql).fetch_all()).await;
    assert!(result.is_err(), "`{sql}` was over before it was given up: {result:?}");
    // What had left by then may still arrive.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let made = mock.requests().len();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(mock.requests().len(), made, "`{sql}`");
    Ok(())
}

#[test]
fn between_the_pages_of_a_listing() -> Outcome {
    ends(async {
        let (mock, engine) = slow(&[]).await?;
        let sql = "SELECT * FROM azure.subscription.subscription";
        given_up(&mock, &engine, sql, Duration::from_millis(75)).await
    })
}

#[test]
fn between_rounds() -> Outcome {
    ends(async {
        let (mock, engine) = slow(&[]).await?;
        let sql = "SELECT g.name FROM azure.subscription.subscription s
            JOIN azure.resources.resource_group g ON g.subscriptionId = s.subscriptionId";
        for millis in [10, 175, 225] {
            given_up(&mock, &engine, sql, Duration::from_millis(millis)).await?;
        }
        Ok(())
    })
}

#[test]
fn while_a_call_waits_to_be_made_again() -> Outcome {
    ends(async {
        let (mock, engine) = slow(&["503/1"]).await?;
        let sql = "SELECT * FROM azure.subscription.subscription";
        given_up(&mock, &engine, sql, Duration::from_millis(120)).await
    })
}

#[test]
fn while_rows_are_inserted() -> Outcome {
    ends(async {
        let (mock, engine) = slow(&[]).await?;
        let sql = format!(
            "INSERT INTO azure.resources.resource_group (subscriptionId, resourceGroupName, data__location)
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
             SELECT '{SUBSCRIPTION}', 'g' || i, 'north' FROM n"
        );
        // The rows have no end, so nothing but giving up ends this.
        given_up(&mock, &engine, &sql, Duration::from_millis(400)).await?;
        assert!(mock.requests().len() > 1);
        Ok(())
    })
}

#[test]
fn while_sqlite_computes() -> Outcome {
    ends(async {
        let (mock, engine) = slow(&[]).await?;
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)";
        for sql in [
            format!("{endless} SELECT max(i) FROM n"),
            format!("{endless} SELECT i FROM n"),
            format!("CREATE TABLE endless AS {endless} SELECT i FROM n"),
            format!("CREATE MATERIALIZED VIEW m AS {endless} SELECT i FROM n"),
        ] {
            // A stream that nobody reads is no reason to go on either.
            given_up(&mock, &engine, &sql, Duration::from_millis(60)).await?;
        }
        let mut rows = engine.query(format!("{endless} SELECT i FROM n")).fetch().await?;
        assert!(rows.next().await.is_some());
        drop(rows);
        Ok(())
    })
}
