//! How long `bindery generate` takes from cold documents to a written crate, against the floor: reading the same documents
//! and parsing their YAML with the crate `serde_yaml` into an untyped value, discarding everything else.
//!
//! `cargo bench --bench generate [-- DIR]`; without DIR, the documents of the corpus with the most services are read.
//! Both sides are whole processes with the same allocator, run in turn, and the best run of each counts. Seconds are
//! those of the processors, user and system; `elapsed` is what a clock shows.

#![allow(missing_docs, reason = "a benchmark is no library")]
#![allow(clippy::cast_precision_loss, reason = "seconds and shares are for people")]

#[path = "../codegen/tests/corpus/mod.rs"]
mod corpus;
mod measure;

use std::error::Error;
use std::ffi::OsStr;
use std::hint::black_box;
use std::path::{Path, PathBuf};

use bindery::codegen::Source;
use measure::{Cost, run};
use serde_json::Value;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often each side is run.
const RUNS: usize = 3;

/// How this program is told to be the floor.
const FLOOR: &str = "--floor";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.as_slice() {
        [mode, folder] if mode == FLOOR => read_and_parse(Path::new(folder)),
        [folder] => compare(Path::new(folder)),
        _ => match corpus::corpus() {
            Some(corpus) => compare(&largest(&corpus.join("registry"))?),
            None => Ok(()),
        },
    }
}

/// The floor.
fn read_and_parse(folder: &Path) -> Result<(), Box<dyn Error>> {
    for path in documents(folder)? {
        let source = Source::read(&path)?;
        black_box(serde_yaml::from_str::<Value>(&source.text).ok());
    }
    Ok(())
}

fn documents(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    Ok(Source::find(folder, &["yaml", "yml", "json"])?)
}

/// The provider with the most documents.
fn largest(registry: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let mut providers = Vec::new();
    for entry in std::fs::read_dir(registry)? {
        let path = entry?.path();
        providers.push((documents(&path)?.len(), path));
    }
    Ok(providers.into_iter().max().ok_or("the registry is empty")?.1)
}

fn compare(folder: &Path) -> Result<(), Box<dyn Error>> {
    let (itself, bindery) = (std::env::current_exe()?, Path::new(env!("CARGO_BIN_EXE_bindery")));
    let place = tempfile::tempdir()?;
    let out = place.path().join("crate");
    let generate = |jobs: &str, cache: bool| {
        let words = ["generate", "--quiet", "--provider", "bench", "--jobs", jobs, "--openapi"].map(OsStr::new);
        let mut arguments = [&words, [folder.as_os_str(), OsStr::new("--out"), out.as_os_str()].as_slice()].concat();
        arguments.extend((!cache).then_some(OsStr::new("--no-cache")));
        run(bindery, &arguments)
    };
    let fresh = |jobs: &str| {
        if out.exists() {
            std::fs::remove_dir_all(&out)?;
        }
        generate(jobs, false)
    };
    let (mut floor, mut one, mut two, mut again) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        floor.push(run(&itself, &[OsStr::new(FLOOR), folder.as_os_str()])?);
        one.push(fresh("1")?);
        two.push(fresh("2")?);
        again.push(generate("2", true)?);
    }
    let [floor, one, two, again] = [&floor, &one, &two, &again].map(|costs| Cost::best(costs));
    let documents = documents(folder)?;
    let bytes: u64 = documents.iter().filter_map(|path| path.metadata().ok()).map(|data| data.len()).sum();
    println!("{} documents, {:.1} MB in {}", documents.len(), bytes as f64 / 1e6, folder.display());
    let rows =
        [("floor", floor), ("generate, 1 thread", one), ("generate, 2 threads", two), ("nothing changed", again)];
    measure::print(&rows);
    println!("{:.2} times the floor on one thread", one.seconds / floor.seconds);
    println!("{:.2} times as fast on two threads", one.elapsed / two.elapsed);
    Ok(())
}
