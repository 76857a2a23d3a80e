//! What a command costs. The operating system tells a process about its children only as a whole, so every command
//! that is measured gets a parent of its own: this program again.

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Args;
use nix::sys::resource::{UsageWho, getrusage};
use serde::{Deserialize, Serialize};

/// What a command cost, with everything it started.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Cost {
    /// User and system time, in seconds.
    pub(crate) cpu_seconds: f64,
    /// The largest resident set of one process, in MB.
    pub(crate) peak_mb: f64,
}

#[derive(Debug, Args)]
pub(crate) struct Measure {
    /// The file that the cost is written to
    #[arg(long)]
    into: PathBuf,

    /// The command
    #[arg(trailing_var_arg = true, required = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

impl Measure {
    pub(crate) fn run(&self) -> Result<ExitCode, Box<dyn Error>> {
        let [program, arguments @ ..] = self.command.as_slice() else { return Err("no command".into()) };
        let status = Command::new(program).args(arguments).status()?;
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
        let seconds =
            [usage.user_time(), usage.system_time()].map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6);
        // Linux counts in KiB.
        let cost = Cost { cpu_seconds: seconds.iter().sum(), peak_mb: usage.max_rss() as f64 * 1024.0 / 1e6 };
        std::fs::write(&self.into, serde_json::to_string(&cost)?)?;
        Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Runs a command below [`Measure`]; its output is its errors, and whether it succeeded.
pub(crate) fn measured(command: &[&str], folder: &Path, into: &Path) -> Result<(bool, String, Cost), Box<dyn Error>> {
    let mut measure = Command::new(std::env::current_exe()?);
    measure.arg("measure").arg("--into").arg(into).arg("--").args(command).current_dir(folder);
    let output = measure.env("CARGO_INCREMENTAL", "0").env_remove("RUSTFLAGS").output()?;
    let cost = serde_json::from_str(&std::fs::read_to_string(into)?)?;
    Ok((output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned(), cost))
}
