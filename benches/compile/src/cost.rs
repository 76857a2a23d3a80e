//! What a command costs: seconds of the processors, and the memory of its largest process.
//!
//! This program measures by being the parent of what it measures: of a cargo that it is told to run, or of each rustc that
//! a cargo runs through it.

use std::collections::HashMap;
use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use nix::sys::resource::{UsageWho, getrusage};

/// How this program is told to run a command and write down what it cost.
pub(crate) const MEASURE: &str = "--measure";

/// Where this program, as the rustc of a workspace, writes down what each crate cost.
pub(crate) const COSTS: &str = "BINDERY_COMPILE_COSTS";

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
    read(&place)
}

/// Runs a command and writes down what it cost.
pub(crate) fn measure(place: &Path, program: &OsStr, arguments: &[String]) -> Result<ExitStatus, Box<dyn Error>> {
    let status = Command::new(program).args(arguments).status()?;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds: f64 = [usage.user_time(), usage.system_time()]
        .map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6)
        .iter()
        .sum();
    if status.success() {
        // Linux counts memory in KiB.
        fs::write(place, format!("{seconds} {}", usage.max_rss() as f64 * 1024.0 / 1e6))?;
    }
    Ok(status)
}

/// Compiles a crate as the rustc of a workspace, and writes down what it cost.
pub(crate) fn compile(costs: &Path, arguments: &[String]) -> Result<ExitStatus, Box<dyn Error>> {
    let [rustc, arguments @ ..] = arguments else { return Err("cargo names no rustc".into()) };
    let name = arguments.windows(2).find(|pair| pair.first().is_some_and(|first| first == "--crate-name"));
    match name.and_then(|pair| pair.get(1)) {
        Some(name) => measure(&costs.join(name), rustc.as_ref(), arguments),
        None => Ok(Command::new(rustc).args(arguments).status()?),
    }
}

/// Checks packages of a workspace with one cargo, as far as they compile; what each crate cost. What does not compile is
/// not among them, and is told of.
pub(crate) fn check(work: &Path, packages: &[String]) -> Result<HashMap<String, Cost>, Box<dyn Error>> {
    let mut found = HashMap::new();
    if packages.is_empty() {
        return Ok(found);
    }
    let costs = work.join("costs");
    if costs.exists() {
        fs::remove_dir_all(&costs)?;
    }
    fs::create_dir_all(&costs)?;
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["check", "--keep-going", "--quiet", "--message-format", "short"])
        .args(packages.iter().flat_map(|package| ["--package", package]))
        .env("RUSTC_WORKSPACE_WRAPPER", std::env::current_exe()?)
        .env(COSTS, &costs)
        .current_dir(work)
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    said.lines().filter(|line| line.starts_with("error: could not compile")).for_each(|line| eprintln!("{line}"));
    if !output.status.success() && !said.contains("error: could not compile") {
        return Err(said.into_owned().into());
    }
    for entry in fs::read_dir(&costs)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        found.insert(name, read(&path)?);
    }
    Ok(found)
}

fn read(place: &Path) -> Result<Cost, Box<dyn Error>> {
    let cost = fs::read_to_string(place)?;
    let (seconds, peak_mb) = cost.split_once(' ').ok_or("the cost was not written")?;
    Ok(Cost { seconds: seconds.parse()?, peak_mb: peak_mb.parse()? })
}

/// Has a file compiled again.
pub(crate) fn touch(path: &Path) -> Result<(), Box<dyn Error>> {
    let text = fs::read(path)?;
    Ok(fs::write(path, text)?)
}
