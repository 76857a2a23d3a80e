//! How long `bindery inspect docs` takes over every page there is, against the floor: reading the same files and running
//! the markdown parser's event loop over them, discarding everything.
//!
//! `cargo bench --bench inspect_docs [-- DIR]`; without DIR, the pages of the corpus are read. Both sides are whole
//! processes with the same allocator, run in turn, and the best run of each counts: what else the machine does only adds to
//! it. Seconds are those of the processors, user and system; `elapsed` is what a clock shows.
//!
//! Two processors that share caches and memory do not do twice the work of one. What they can do at most is measured too:
//! two processes of one thread each, side by side.

#![allow(missing_docs, reason = "a benchmark is no library")]
#![allow(clippy::cast_precision_loss, reason = "seconds and shares are for people")]

#[path = "../codegen/tests/corpus/mod.rs"]
mod corpus;
mod documents;
mod measure;

use std::ffi::OsStr;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use documents::Benchmark;
use measure::{Cost, Outcome, run};
use pulldown_cmark::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often each side is run.
const RUNS: usize = 15;

const INSPECT_DOCS: Benchmark = Benchmark {
    extensions: &["md", "mdx"],
    floor: |page| {
        for event in Parser::new(&page.text) {
            black_box(event);
        }
    },
    compare,
};

fn main() -> Outcome<()> {
    INSPECT_DOCS.run(|| Ok(corpus::corpus().map(|corpus| corpus.join("docs"))))
}

fn compare(floor: &dyn Fn() -> Outcome<Cost>, folder: &Path) -> Outcome<()> {
    let bindery = Path::new(env!("CARGO_BIN_EXE_bindery"));
    let inspect = |jobs: &'static str| {
        let arguments = ["inspect", "docs", "--quiet", "--jobs", jobs].map(OsStr::new);
        run(bindery, &[&arguments, [folder.as_os_str()].as_slice()].concat())
    };
    let (mut floors, mut one, mut two, mut pair) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        floors.push(floor()?);
        one.push(inspect("1")?);
        two.push(inspect("2")?);
        pair.push(side_by_side(bindery, folder)?);
    }
    let [floor, one, two] = [&floors, &one, &two].map(|costs| Cost::best(costs));
    let pair = pair.into_iter().fold(f64::INFINITY, f64::min);
    measure::print(&[("floor", floor), ("inspect docs, 1 thread", one), ("inspect docs, 2 threads", two)]);
    println!("{:.2} times the floor on one thread", one.seconds / floor.seconds);
    println!("{:.2} times as fast on two threads", one.elapsed / two.elapsed);
    println!("{:.2} times as much done by two processes of one thread", 2.0 * one.elapsed / pair);
    Ok(())
}

/// How long two processes take that do the same at the same time, each on one thread.
fn side_by_side(bindery: &Path, folder: &Path) -> Outcome<f64> {
    let mut inspect = Command::new(bindery);
    inspect.args(["inspect", "docs", "--quiet", "--jobs", "1"]).arg(folder).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let mut both = [inspect.spawn()?, inspect.spawn()?];
    for process in &mut both {
        process.wait()?;
    }
    Ok(start.elapsed().as_secs_f64())
}
