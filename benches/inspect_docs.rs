//! How long `bindery inspect docs` takes over every page there is, against the floor: reading the same files and running
//! the markdown parser's event loop over them, discarding everything.
//!
//! `cargo bench --bench inspect_docs [-- DIR]`; without DIR, the pages of the corpus are read. Both sides are whole
//! processes with the same allocator, run in turn, and the best run of each counts: what else the machine does only adds to
//! it. Seconds are those of the processors, user and system; `elapsed` is what a clock shows.

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
use pulldown_cmark::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often each side is run.
const RUNS: usize = 7;

/// How this program is told to be the floor.
const FLOOR: &str = "--floor";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.as_slice() {
        [mode, folder] if mode == FLOOR => read_and_parse(Path::new(folder)),
        [folder] => compare(Path::new(folder)),
        _ => match corpus::corpus() {
            Some(corpus) => compare(&corpus.join("docs")),
            None => Ok(()),
        },
    }
}

/// The floor.
fn read_and_parse(folder: &Path) -> Result<(), Box<dyn Error>> {
    for path in pages(folder)? {
        let source = Source::read(&path)?;
        for event in Parser::new(&source.text) {
            black_box(event);
        }
    }
    Ok(())
}

fn pages(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    Ok(Source::find(folder, &["md", "mdx"])?)
}

fn compare(folder: &Path) -> Result<(), Box<dyn Error>> {
    let (itself, bindery) = (std::env::current_exe()?, Path::new(env!("CARGO_BIN_EXE_bindery")));
    let inspect = |jobs: &'static str| {
        let arguments = ["inspect", "docs", "--quiet", "--jobs", jobs].map(OsStr::new);
        run(bindery, &[&arguments, [folder.as_os_str()].as_slice()].concat())
    };
    let (mut floor, mut one, mut two) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        floor.push(run(&itself, &[OsStr::new(FLOOR), folder.as_os_str()])?);
        one.push(inspect("1")?);
        two.push(inspect("2")?);
    }
    let [floor, one, two] = [&floor, &one, &two].map(|costs| Cost::best(costs));
    let pages = pages(folder)?;
    let bytes: u64 = pages.iter().filter_map(|page| page.metadata().ok()).map(|page| page.len()).sum();
    println!("{} pages, {:.1} MB in {}", pages.len(), bytes as f64 / 1e6, folder.display());
    measure::print(&[("floor", floor), ("inspect docs, 1 thread", one), ("inspect docs, 2 threads", two)]);
    println!("{:.2} times the floor on one thread", one.seconds / floor.seconds);
    println!("{:.2} times as fast on two threads", one.elapsed / two.elapsed);
    Ok(())
}
