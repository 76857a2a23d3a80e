//! What a whole process costs, for benchmarks that compare a command with its floor.

use std::error::Error;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{Usage, UsageWho, getrusage};

/// What a benchmark gives; an error ends it.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// What a process cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// Of the processors, user and system.
    pub(crate) seconds: f64,
    /// What a clock shows.
    pub(crate) elapsed: f64,
    /// The most that it, or one that was run before it, had in memory.
    pub(crate) peak_mb: f64,
}

impl Cost {
    /// The least of each figure.
    pub(crate) fn best(costs: &[Self]) -> Self {
        let least = |figure: fn(&Self) -> f64| costs.iter().map(figure).fold(f64::INFINITY, f64::min);
        Self {
            seconds: least(|cost| cost.seconds),
            elapsed: least(|cost| cost.elapsed),
            peak_mb: least(|cost| cost.peak_mb),
        }
    }
}

/// Runs a command, discarding what it prints. Findings in the documents are no failure.
pub(crate) fn run(program: &Path, arguments: &[&OsStr]) -> Outcome<Cost> {
    let before = seconds(&getrusage(UsageWho::RUSAGE_CHILDREN)?);
    let start = Instant::now();
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    let elapsed = start.elapsed().as_secs_f64();
    if !matches!(status.code(), Some(0 | 2)) {
        return Err(format!("{} ended with {status}", program.display()).into());
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    // Linux counts memory in KiB.
    Ok(Cost { seconds: seconds(&usage) - before, elapsed, peak_mb: usage.max_rss() as f64 * 1024.0 / 1e6 })
}

/// Prints a row for each of some costs.
pub(crate) fn print(rows: &[(&str, Cost)]) {
    println!("{:<28}{:>10}{:>10}{:>10}", "", "seconds", "elapsed", "peak MB");
    for (name, cost) in rows {
        println!("{name:<28}{:>10.3}{:>10.3}{:>10.0}", cost.seconds, cost.elapsed, cost.peak_mb);
    }
}

fn seconds(usage: &Usage) -> f64 {
    [usage.user_time(), usage.system_time()].map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6).iter().sum()
}
