//! How long names take: `SHOW` from a cold process, over every provider of a registry.
//!
//! `cargo bench --bench names`, where the corpus is: some 18,000 resources of 15 providers. Each command is a process of its
//! own, which finds no compiled services in the user's folder for caches, and then what the first one kept there.

#![allow(missing_docs, reason = "a benchmark is no library")]
#![allow(clippy::cast_precision_loss, reason = "seconds and shares are for people")]

#[path = "../codegen/tests/corpus/mod.rs"]
mod corpus;
mod measure;

use std::ffi::{OsStr, OsString};
use std::path::Path;

use measure::{Cost, Outcome, run};

/// How often each command is run.
const RUNS: usize = 7;

const STATEMENTS: [(&str, &str); 4] = [
    ("SELECT 1", "SELECT 1"),
    ("services", "SHOW SERVICES IN azure"),
    ("resources", "SHOW RESOURCES IN azure.network"),
    ("columns", "DESCRIBE azure.network.virtual_networks"),
];

fn main() -> Outcome<()> {
    let Some(registry) = corpus::corpus().map(|corpus| corpus.join("registry")) else { return Ok(()) };
    let caches = std::env::temp_dir().join(format!("bindery-names-{}", std::process::id()));
    let mut place = OsString::from("XDG_CACHE_HOME=");
    place.push(&caches);
    let cost = |statement: &'static str| {
        let (bindery, statement) = (OsStr::new(env!("CARGO_BIN_EXE_bindery")), OsStr::new(statement));
        let words = [&place, bindery, OsStr::new("sql"), statement, OsStr::new("--registry"), registry.as_os_str()];
        run(Path::new("env"), &words)
    };
    let mut rows = Vec::new();
    for (what, statement) in STATEMENTS {
        let (mut first, mut again) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            let _ = std::fs::remove_dir_all(&caches);
            first.push(cost(statement)?);
            again.push(cost(statement)?);
        }
        rows.push((format!("{what}, first"), Cost::best(&first)));
        rows.push((format!("{what}, again"), Cost::best(&again)));
    }
    let _ = std::fs::remove_dir_all(&caches);
    let rows: Vec<(&str, Cost)> = rows.iter().map(|(what, cost)| (what.as_str(), *cost)).collect();
    measure::print(&rows);
    Ok(())
}
