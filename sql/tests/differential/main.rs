//! Generated statements over generated providers, answered by the engine over HTTP and by plain SQLite over the same
//! rows in ordinary tables: the answers must be equal.
//!
//! `BINDERY_SQL_STATEMENTS` says how many statements are run (a thousand if nothing is said), and `BINDERY_SQL_SEED`
//! where they begin.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::if_same_then_else,
    clippy::ifs_same_cond,
    clippy::same_functions_in_if_condition,
    clippy::needless_range_loop,
    clippy::trivially_copy_pass_by_ref,
    clippy::semicolon_if_nothing_returned,
    reason = "what is generated here is known, and a failure is a failure of the test"
)]

mod generator;
mod random;
mod world;

use std::fmt::Write;

use bindery_sql::{Error, Value};
use generator::{Generator, VIEWS};
use random::Random;
use rusqlite::types::ValueRef;
use world::World;

/// How many statements are asked of one world.
const STATEMENTS_OF_A_WORLD: usize = 50;

/// Seeds of which a statement once had another answer.
const ONCE_DIFFERENT: &[usize] = &[930_853];

fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().and_then(|number| number.parse().ok()).unwrap_or(otherwise)
}

/// A table's name on either side.
fn named(sql: &str, prefix: &str) -> String {
    (0..3).fold(sql.to_owned(), |sql, level| sql.replace(&format!("{{r{level}}}"), &format!("{prefix}r{level}")))
}

#[derive(Debug, Default)]
struct Count {
    statements: usize,
    not_empty: usize,
    unplannable: usize,
    /// Statements that the twin refuses too.
    refused: usize,
    calls: usize,
}

#[test]
fn statements_have_the_answers_of_plain_sqlite() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let wanted = number("BINDERY_SQL_STATEMENTS", 1000);
    let first = number("BINDERY_SQL_SEED", 1);
    let mut count = Count::default();
    let mut different = Vec::new();
    let mut seeds = ONCE_DIFFERENT.iter().copied().chain(first..);
    let mut last = first;
    while let Some(seed) = seeds.next().filter(|_| count.statements < wanted) {
        last = seed;
        let mut random = Random::new(seed as u64);
        runtime.block_on(async {
            let world = World::new(&mut random).await;
            for (name, text) in VIEWS {
                let create = format!("CREATE VIEW {name} AS {text}");
                world.engine.query(named(&create, "gen.svc.")).execute().await.unwrap();
                world.twin.execute_batch(&named(&create, "")).unwrap();
            }
            for _ in 0..STATEMENTS_OF_A_WORLD {
                check(&world, &mut random, seed, &mut count, &mut different).await;
            }
        });
        if different.len() > 20 {
            break;
        }
    }
    println!("{count:?}, seeds {ONCE_DIFFERENT:?} and {first} to {last}");
    assert!(
        different.is_empty(),
        "{} of {} statements differ:\n{}",
        different.len(),
        count.statements,
        different.join("\n")
    );
    assert!(count.not_empty * 5 > count.statements, "too few answers have rows: {count:?}");
    assert!(count.unplannable * 3 < count.statements, "too many statements cannot be planned: {count:?}");
}

async fn check(world: &World, random: &mut Random, seed: usize, count: &mut Count, different: &mut Vec<String>) {
    let statement = Generator::new(random, world).statement();
    count.statements += 1;
    world.mock.clear_requests();
    let result = world.engine.query(named(&statement.sql, "gen.svc.")).fetch_all().await;
    count.calls += world.mock.requests().len();
    let unlimited = match statement.limit {
        Some(limit) => statement.sql.replace(&format!(" LIMIT {limit}"), ""),
        None => statement.sql.clone(),
    };
    let expected = twin_rows(world, &unlimited);
    let mut expected = match (&result, expected) {
        (Err(Error::Unplannable { .. }), _) => {
            count.unplannable += 1;
            return;
        }
        (Err(_), Err(_)) => {
            count.refused += 1;
            return;
        }
        (_, Ok(expected)) => expected,
        (Ok(_), Err(error)) => {
            different.push(format!("seed {seed}: plain SQLite refuses `{}`: {error}", statement.sql));
            return;
        }
    };
    let rows = match result {
        Ok(rows) => rows,
        Err(error) => {
            different.push(format!("seed {seed}: `{}` fails: {error}", statement.sql));
            return;
        }
    };
    let mut found: Vec<String> = rows.iter().map(|row| shown(row.values())).collect();
    count.not_empty += usize::from(!found.is_empty());
    found.sort();
    expected.sort();
    let is_right = match statement.limit {
        Some(limit) => found.len() == limit.min(expected.len()) && is_part_of(&found, &expected),
        None => found == expected,
    };
    if !is_right {
        let methods =
            format!("carries {:?}, lists all {:?}, by key {:?}", world.carries, world.lists_all, world.by_key);
        different.push(format!(
            "seed {seed} ({methods}): `{}`\n  found    {found:?}\n  expected {expected:?}",
            statement.sql
        ));
    }
}

fn is_part_of(part: &[String], whole: &[String]) -> bool {
    let mut whole = whole.to_vec();
    part.iter().all(|row| whole.iter().position(|other| other == row).map(|at| whole.remove(at)).is_some())
}

fn twin_rows(world: &World, sql: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = world.twin.prepare(&named(sql, ""))?;
    let width = statement.column_count();
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let values: Vec<Value> = (0..width)
            .map(|at| match row.get_ref(at).unwrap() {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => Value::Integer(number),
                ValueRef::Real(number) => Value::Real(number),
                ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
            })
            .collect();
        found.push(shown(&values));
    }
    Ok(found)
}

/// A row as text. Numbers that are equal look the same: which of 2 and 2.0 stands for a group is left open.
fn shown(values: &[Value]) -> String {
    let mut text = String::new();
    for value in values {
        match value {
            Value::Null => text.push_str("NULL|"),
            Value::Integer(number) => write!(text, "{number}|").unwrap(),
            Value::Real(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                write!(text, "{}|", *number as i64).unwrap()
            }
            Value::Real(number) => write!(text, "{number:?}|").unwrap(),
            Value::Text(value) => write!(text, "{value:?}|").unwrap(),
            Value::Blob(bytes) => write!(text, "{bytes:?}|").unwrap(),
        }
    }
    text
}
