//! How long `bindery generate --watch` takes from a save to the written output: for a page and for a document of the ten
//! services with the largest documents, and of one in the middle, of the whole Azure set of the corpus. The floor of a
//! document is parsing it, which comes before everything else.
//!
//! `cargo bench --bench watch`. Milliseconds are those of a clock, from before the file is written to the line that says
//! what changed; of five saves of different pages and three of the document, the median and the slowest.

#![allow(missing_docs, reason = "a benchmark is no library")]
#![allow(clippy::cast_precision_loss, reason = "sizes are for people")]

#[path = "../codegen/tests/corpus/mod.rs"]
mod corpus;

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use bindery::codegen::{Source, openapi};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CONFIG: &str = "[providers.azure]\ndocs = \"docs\"\nopenapi = \"openapi\"\nout = \"out\"\n";

/// How many of the largest services are looked at.
const LARGEST: usize = 10;

/// How long it is quiet between two saves: what is to be remembered is written then.
const PAUSE: Duration = Duration::from_millis(400);

fn main() -> Result<(), Box<dyn Error>> {
    let Some(corpus) = corpus::corpus() else {
        println!("skipped: BINDERY_CORPUS names no corpus");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    copy(&corpus.join("docs/azure"), &folder.path().join("docs"))?;
    let versions = fs::read_dir(corpus.join("registry/azure"))?.map(|entry| Ok(entry?.path()));
    let version = versions.collect::<Result<Vec<PathBuf>, std::io::Error>>()?.pop().ok_or("no version of azure")?;
    copy(&version, &folder.path().join("openapi"))?;
    fs::write(folder.path().join("bindery.toml"), CONFIG)?;

    let mut services: Vec<(u64, String)> = Vec::new();
    for entry in fs::read_dir(folder.path().join("openapi/services"))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if folder.path().join("docs").join(&name).is_dir() {
            services.push((fs::metadata(&path)?.len(), name));
        }
    }
    services.sort();
    services.reverse();
    let middle = services.get(services.len() / 2).cloned();
    services.truncate(LARGEST);
    services.extend(middle);

    let start = Instant::now();
    let watched = Watched::new(folder.path())?;
    println!("generated and watching after {:.1} s", start.elapsed().as_secs_f64());
    // Until everything was read that may be edited.
    std::thread::sleep(Duration::from_secs(45));
    println!("memory: {}", watched.memory().unwrap_or_default());
    println!(
        "{:24} {:>9} {:>17} {:>21} {:>13}",
        "service", "document", "page, median/max", "document, median/max", "parsing alone"
    );
    for (size, service) in services {
        let document = folder.path().join("openapi/services").join(format!("{service}.yaml"));
        let pages = Source::find(&folder.path().join("docs").join(&service), &["md"])?;
        let mut saves = Vec::new();
        for page in pages.iter().step_by((pages.len() / 5).max(1)).take(5) {
            saves.extend(watched.save(page, "## Overview", "It is saved.\n\n## Overview")?);
        }
        let mut of_document = Vec::new();
        for _ in 0..3 {
            of_document.extend(watched.save(&document, "\n      description: ", "\n      description: Saved. ")?);
        }
        let source = Source::read(&document)?;
        let start = Instant::now();
        openapi::parse_alone(&source);
        let floor = milliseconds(start.elapsed());
        println!(
            "{service:24} {:>6.2} MB {:>17} {:>21} {floor:>10.0} ms",
            size as f64 / 1e6,
            summary(&mut saves),
            summary(&mut of_document)
        );
    }
    Ok(())
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn summary(saves: &mut [f64]) -> String {
    saves.sort_by(f64::total_cmp);
    match (saves.get(saves.len() / 2), saves.last()) {
        (Some(median), Some(slowest)) => format!("{median:.0}/{slowest:.0} ms"),
        _ => "none".to_owned(),
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &place)?;
        } else {
            fs::copy(entry.path(), place)?;
        }
    }
    Ok(())
}

/// A folder that is watched for as long as the value lives.
struct Watched {
    child: Child,
    lines: Receiver<String>,
}

impl Watched {
    fn new(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bindery"));
        command.args(["generate", "--watch", "--quiet"]).current_dir(folder);
        command.env("XDG_CACHE_HOME", folder.join("cache")).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let output = BufReader::new(child.stdout.take().ok_or("no output")?);
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).for_each(|line| sender.send(line).unwrap_or(()));
        });
        let watched = Self { child, lines };
        watched.wait()?;
        Ok(watched)
    }

    /// Waits for the line that ends an account of what changed.
    fn wait(&self) -> Result<(), Box<dyn Error>> {
        while !self.lines.recv_timeout(Duration::from_secs(120))?.contains("files changed") {}
        Ok(())
    }

    /// Saves a file with a change and takes that back; how long the output took to follow the first, in milliseconds.
    fn save(&self, path: &Path, from: &str, to: &str) -> Result<Option<f64>, Box<dyn Error>> {
        let text = fs::read_to_string(path)?;
        let changed = text.replacen(from, to, 1);
        if changed == text {
            return Ok(None);
        }
        let start = Instant::now();
        fs::write(path, changed)?;
        self.wait()?;
        let elapsed = milliseconds(start.elapsed());
        std::thread::sleep(PAUSE);
        fs::write(path, text)?;
        self.wait()?;
        std::thread::sleep(PAUSE);
        Ok(Some(elapsed))
    }

    /// How much memory it has, where the system says so.
    fn memory(&self) -> Option<String> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        Some(status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().to_owned())
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
