//! How fast statements are, against what has to be done in any case.
//!
//! `cargo bench -p bindery-sql`. A server of this process answers over loopback; whatever is measured is a process of its
//! own, so that what the server costs is not counted. The best run of each counts.
//!
//! * A dependent join over four levels, 20 ms a call, 64 calls at once: the ideal is a latency for each level and one for
//!   every 64 calls.
//! * 100,000 rows of 1.1 KB in 100 pages, three of their twenty columns read: the floor fetches the same pages and splits
//!   them into rows with `serde_json`'s `RawValue`.

#![allow(missing_docs, reason = "a benchmark is no library")]
#![allow(clippy::cast_precision_loss, reason = "seconds and shares are for people")]
#![allow(clippy::panic, reason = "a benchmark that cannot run has nothing to say")]

#[path = "../../benches/measure/mod.rs"]
mod measure;
mod service;

use std::error::Error;
use std::ffi::OsStr;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use bindery_runtime::Client;
use bindery_sql::Engine;
use measure::{Cost, run};
use serde::Deserialize;
use serde_json::value::RawValue;
use service::{PAGES, Service, provider};

/// How often each side is run.
const RUNS: usize = 7;

/// How long the server waits before it answers a call of the join.
const LATENCY: Duration = Duration::from_millis(20);

const CONCURRENCY: usize = 64;

/// How this program is told to be one of those that are measured.
const CLIENT: &str = "--client";

const JOIN: &str = "SELECT count(*) AS n FROM bench.tree.first a
    JOIN bench.tree.second b ON b.first = a.name
    JOIN bench.tree.third c ON c.first = a.name AND c.second = b.name
    JOIN bench.tree.fourth d ON d.first = a.name AND d.second = b.name AND d.third = c.name";

const SUMS: &str = "SELECT count(name) AS n, sum(size), max(state) FROM bench.wide.row";

const ROWS: &str = "SELECT name, size, state FROM bench.wide.row";

const LIMIT: &str = "SELECT name FROM bench.wide.row WHERE state = 'on' LIMIT 10";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [CLIENT, "floor", url] => by_hand(url),
        [CLIENT, sql, url] => statement(sql, url),
        _ => compare(),
    }
}

#[derive(Deserialize)]
struct Page<'p> {
    #[serde(borrow)]
    value: Vec<&'p RawValue>,
    #[serde(rename = "nextLink")]
    next: Option<String>,
}

/// The floor: every page is fetched and split into rows.
#[tokio::main]
async fn by_hand(url: &str) -> Result<(), Box<dyn Error>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::new();
    let mut next = Some(format!("{url}/rows"));
    let mut rows = 0;
    while let Some(at) = next.take() {
        let body = client.get(at).send().await?.bytes().await?;
        let page: Page<'_> = serde_json::from_slice(&body)?;
        rows += page.value.len();
        next = page.next;
    }
    black_box(rows);
    Ok(())
}

/// Runs a statement to its end.
#[tokio::main]
async fn statement(sql: &str, url: &str) -> Result<(), Box<dyn Error>> {
    let client = Client::builder("bench", bindery_ir::Auth::NONE).base_url(url).build()?;
    let concurrency = NonZeroUsize::new(CONCURRENCY).unwrap_or(NonZeroUsize::MIN);
    let engine = Engine::builder().provider_with(provider(), client).concurrency(concurrency).build();
    let mut rows = engine.query(sql).fetch().await?;
    while let Some(row) = rows.next().await {
        black_box(row?);
    }
    // What starts a process counts as its memory, so it says itself what it had.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(peak) = status.lines().find_map(|line| line.strip_prefix("VmHWM:")) {
        eprintln!("{:>12} at most in memory: {sql}", peak.trim());
    }
    Ok(())
}

fn compare() -> Result<(), Box<dyn Error>> {
    let itself = std::env::current_exe()?;
    let measured = |what: &str, service: &Service| -> Result<Cost, Box<dyn Error>> {
        let arguments = [CLIENT, what, service.url()].map(OsStr::new);
        let runs = (0..RUNS).map(|_| run(&itself, &arguments)).collect::<Result<Vec<_>, _>>()?;
        Ok(Cost::best(&runs))
    };

    // What takes little memory first: the peak is that of all processes so far.
    let wide = Service::start(Duration::ZERO, 1)?;
    let nothing = measured("SELECT 1", &wide)?;
    wide.requests();
    let limit = measured(LIMIT, &wide)?;
    println!("{} pages fetched for `LIMIT 10` over {PAGES} pages", wide.requests() / RUNS);
    let sums = measured(SUMS, &wide)?;
    let rows = measured(ROWS, &wide)?;
    let floor = measured("floor", &wide)?;
    measure::print(&[
        ("SELECT 1", nothing),
        ("WHERE … LIMIT 10", limit),
        ("three columns, summed up", sums),
        ("three columns, row by row", rows),
        ("floor: fetch and split", floor),
    ]);
    println!("{:.1} MB split in memory in {:.3} s", service::bytes() as f64 / 1e6, splitting());
    println!(
        "{:.2} of the floor's speed (processor), {:.2} (clock)",
        floor.seconds / sums.seconds,
        floor.elapsed / sums.elapsed
    );

    for width in [5, 10, 20] {
        let tree = Service::start(LATENCY, width)?;
        let calls = 1 + width + width.pow(2) + width.pow(3);
        let ideal = LATENCY.as_secs_f64() * (4.0 + calls as f64 / CONCURRENCY as f64);
        let cost = measured(JOIN, &tree)?;
        assert_eq!(tree.requests(), calls * RUNS);
        let elapsed = cost.elapsed - nothing.elapsed;
        println!(
            "{calls:>6} calls of a join in {elapsed:.3} s, {:.2} times the ideal; {:.1} µs of processor a call",
            elapsed / ideal,
            (cost.seconds - nothing.seconds) / calls as f64 * 1e6
        );
    }
    Ok(())
}

/// How long splitting all pages takes, once they are in memory.
fn splitting() -> f64 {
    let pages: Vec<String> = (0..PAGES).map(|page| service::page(page, "")).collect();
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let begun = Instant::now();
        for page in &pages {
            let Ok(page) = serde_json::from_str::<Page<'_>>(page) else { panic!("the pages are JSON") };
            black_box(page.value.len());
        }
        best = best.min(begun.elapsed().as_secs_f64());
    }
    best
}
