//! The words of the command line: which commands there are. What each takes is in a file of its own.

mod findings;
mod generation;
mod inspection;
mod providers;
mod sql;

use clap::{Parser, Subcommand, ValueEnum};

pub(crate) use findings::{Deny, Diff, DiffFormat, Explain, Lint, LintFormat};
pub(crate) use generation::{Check, CheckFormat, Emit, Generate, Targets};
pub(crate) use inspection::{Inspect, InspectDocs, InspectFormat, InspectOpenapi};
pub(crate) use providers::{Mock, Registry, RegistryFormat, RegistryList, RegistryPull};
pub(crate) use sql::{EngineArguments, RequestForm, ResultFormat, Shell, Sql};

/// Turns a provider's documentation and OpenAPI into Rust: typed clients and SQL bindings for every method.
///
/// Results go to standard output, everything else to standard error. Exit codes: 0 done or up to date, 1 the answer
/// is no (stale, denied findings, breaking), 2 bad input or usage, 3 a provider or the network failed.
#[derive(Debug, Parser)]
#[command(name = "bindery", version, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Say nothing but results and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,

    /// When to color what is said; `NO_COLOR` is respected
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write the generated crates, or documentation pages, and print what changed
    Generate(Generate),
    /// Compare what was generated with what would be generated
    Check(Check),
    /// Show what is read from documents
    #[command(subcommand)]
    Inspect(Inspect),
    /// Report what is wrong with documents, and where they disagree
    Lint(Lint),
    /// Tell what a code of a finding means, where it comes from, and what to do
    Explain(Explain),
    /// Report what changed for callers between two generations of documents
    Diff(Diff),
    /// Serve a stateful fake of a provider on a loopback port
    Mock(Mock),
    /// Fetch provider documents from a registry
    #[command(subcommand)]
    Registry(Registry),
    /// Run SQL over providers
    Sql(Sql),
    /// Run SQL interactively
    Shell(Shell),
}
