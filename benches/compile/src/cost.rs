//! What a command costs: seconds of the processors, and the memory of its largest process.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::resource::{UsageWho, getrusage};

/// How this program is told to run a command and write down what it cost.
pub(crate) const MEASURE: &str = "--measure";

/// What a command cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) seconds: f64,
    pub(crate) peak_mb: f64,
}

/// Runs cargo, and says what it cost.
pub(crate) fn cargo(work: &Path, arguments: &[&str]) -> Result<Cost, Box<dyn Error>> {
    let place = work.join("cost");
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    // The operating system tells a process about its children only as a whole, so each gets a parent of its own.
    let output = Command::new(std::env::current_exe()?)
        .arg(MEASURE)
        .arg(&place)
        .arg(&cargo)
        .args(arguments)
        .args(["--quiet", "--message-format", "short"])
        .current_dir(work)
        .stdout(Stdio::null())
        .output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(said.lines().find(|line| line.contains("error")).unwrap_or("cargo failed").to_owned().into());
    }
    let cost = fs::read_to_string(&place)?;
    let (seconds, peak_mb) = cost.split_once(' ').ok_or("the cost was not written")?;
    Ok(Cost { seconds: seconds.parse()?, peak_mb: peak_mb.parse()? })
}

/// Runs a command and writes down what it cost.
pub(crate) fn measure(place: &str, program: &str, arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let status = Command::new(program).args(arguments).status()?;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds: f64 = [usage.user_time(), usage.system_time()]
        .map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6)
        .iter()
        .sum();
    // Linux counts memory in KiB.
    fs::write(place, format!("{seconds} {}", usage.max_rss() as f64 * 1024.0 / 1e6))?;
    if status.success() { Ok(()) } else { Err("the command failed".into()) }
}

/// Has a file compiled again.
pub(crate) fn touch(path: &Path) -> Result<(), Box<dyn Error>> {
    let text = fs::read(path)?;
    Ok(fs::write(path, text)?)
}
