//! The `bindery` command.

mod arguments;
mod commands;
mod findings;
mod outcome;
mod progress;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command, Inspect};
use outcome::Outcome;
use terminal::Terminal;

/// Reading documents is making millions of small texts, some of which live long.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let terminal = Terminal::new(arguments.quiet, arguments.color);
    let outcome = match arguments.command {
        Command::Generate(arguments) => commands::generate::run(&arguments, terminal),
        Command::Check(arguments) => commands::check::run(&arguments, terminal),
        Command::Inspect(Inspect::Docs(arguments)) => commands::inspect::docs::run(&arguments, terminal),
        Command::Inspect(Inspect::Openapi(arguments)) => commands::inspect::openapi::run(&arguments, terminal),
        Command::Explain(arguments) => commands::explain::run(&arguments),
        Command::Lint(arguments) => commands::lint::run(&arguments, terminal),
        Command::Diff(arguments) => commands::diff::run(&arguments, terminal),
        Command::Mock(arguments) => commands::mock::run(&arguments, terminal),
        Command::Registry(arguments) => commands::registry::run(&arguments, terminal),
        Command::Sql(arguments) => commands::sql::run(&arguments, terminal),
        Command::Shell(arguments) => commands::shell::run(&arguments, terminal),
    };
    match outcome {
        Ok(Outcome::Yes) => ExitCode::SUCCESS,
        Ok(Outcome::No) => ExitCode::from(1),
        Ok(Outcome::BadInput) => ExitCode::from(2),
        Err(failure) => {
            Terminal::error(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}
