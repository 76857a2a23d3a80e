//! How long `bindery generate` takes from cold documents to a written crate, against the floor: reading the same documents
//! and parsing their YAML into the same tree, doing nothing with it.
//!
//! `cargo bench --bench generate [-- DIR]`; without DIR, the documents of the provider of the corpus that has the most of
//! them are read. Both sides are whole processes with the same allocator, run in turn, and the best run of each counts.
//! Seconds are those of the processors, user and system; `elapsed` is what a clock shows.

#![allow(missing_docs, reason = "a benchmark is no library")]
#![allow(clippy::cast_precision_loss, reason = "seconds and shares are for people")]

#[path = "../codegen/tests/corpus/mod.rs"]
mod corpus;
mod documents;
mod measure;

use std::ffi::OsStr;
use std::hint::black_box;
use std::path::{Path, PathBuf};

use bindery::codegen::{Source, openapi};
use documents::Benchmark;
use measure::{Cost, Outcome, run};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often each side is run.
const RUNS: usize = 5;

const GENERATE: Benchmark = Benchmark {
    extensions: &["yaml", "yml", "json"],
    floor: |document| {
        black_box(openapi::parse_alone(document));
    },
    compare,
};

fn main() -> Outcome<()> {
    GENERATE.run(|| corpus::corpus().map(|corpus| largest(&corpus.join("registry"))).transpose())
}

/// The provider with the most documents.
fn largest(registry: &Path) -> Outcome<PathBuf> {
    let mut providers = Vec::new();
    for entry in std::fs::read_dir(registry)? {
        let path = entry?.path();
        providers.push((Source::find(&path, GENERATE.extensions)?.len(), path));
    }
    Ok(providers.into_iter().max().ok_or("the registry is empty")?.1)
}

fn compare(floor: &dyn Fn() -> Outcome<Cost>, folder: &Path) -> Outcome<()> {
    let place = tempfile::tempdir()?;
    let generate = |out: &Path, jobs: &str, cache: bool| {
        let words = ["generate", "--quiet", "--provider", "bench", "--jobs", jobs, "--openapi"].map(OsStr::new);
        let mut arguments = [&words, [folder.as_os_str(), OsStr::new("--out"), out.as_os_str()].as_slice()].concat();
        arguments.extend((!cache).then_some(OsStr::new("--no-cache")));
        run(Path::new(env!("CARGO_BIN_EXE_bindery")), &arguments)
    };
    // Nothing is removed while there is something to measure: file systems are slow to write what was just removed.
    let fresh = |run: usize, jobs: &str| {
        let out = place.path().join(format!("{run}-{jobs}"));
        let cost = generate(&out, jobs, false)?;
        Outcome::Ok((out, cost))
    };
    let (mut floors, mut one, mut two, mut again) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for run in 0..RUNS {
        floors.push(floor()?);
        one.push(fresh(run, "1")?.1);
        let (out, cost) = fresh(run, "2")?;
        two.push(cost);
        again.push(generate(&out, "2", true)?);
    }
    let [floor, one, two, again] = [&floors, &one, &two, &again].map(|costs| Cost::best(costs));
    let rows =
        [("floor", floor), ("generate, 1 thread", one), ("generate, 2 threads", two), ("nothing changed", again)];
    measure::print(&rows);
    println!("{:.2} times the floor on one thread", one.seconds / floor.seconds);
    println!("{:.2} times as fast on two threads", one.elapsed / two.elapsed);
    Ok(())
}
