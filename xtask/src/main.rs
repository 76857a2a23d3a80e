//! What the people who work on Bindery run: `cargo xtask`.

// Seconds and shares are for people.
#![allow(clippy::cast_precision_loss)]

mod measure;
mod scoreboard;
mod table;

use std::process::ExitCode;

use clap::Parser;

/// What the people who work on Bindery run.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
enum Task {
    /// Generates providers from a registry folder and compiles every service on its own, into a table
    Scoreboard(scoreboard::Scoreboard),
    /// Runs a command and writes what it cost to a file, for `scoreboard`
    #[command(hide = true)]
    Measure(measure::Measure),
}

fn main() -> ExitCode {
    let result = match Task::parse() {
        Task::Scoreboard(scoreboard) => scoreboard.run(),
        Task::Measure(measure) => measure.run(),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::from(2)
    })
}
