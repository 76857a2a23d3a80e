//! What is wrong, and what changed: `lint`, `explain` and `diff`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What is linted, and how strictly.
///
/// Exit codes: 0 nothing is wrong enough, 1 there are errors or findings that are denied, 2 bad usage, or a file that
/// cannot be read.
#[derive(Debug, Args)]
pub(crate) struct Lint {
    /// Pages or OpenAPI documents, folders of them, or providers of the configuration; all of its providers when
    /// nothing is named
    #[arg(value_name = "PATH|PROVIDER")]
    pub(crate) targets: Vec<String>,

    /// Folders of pages that are compared with the documents of --openapi, as one provider
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub(crate) docs: Vec<PathBuf>,

    /// The folder of the provider.yaml and service documents that the pages of --docs are compared with
    #[arg(long, value_name = "DIR")]
    pub(crate) openapi: Option<PathBuf>,

    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "bindery.toml")]
    pub(crate) config: PathBuf,

    /// How findings are printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: LintFormat,

    /// Fail for these as well as for errors
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) deny: Option<Deny>,

    /// A file of findings that are known and not said again; `baseline` of the section `[lint]` unless said here
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,

    /// Write what is found into the baseline, so that it is known from now on
    #[arg(long)]
    pub(crate) write_baseline: bool,

    /// As text, show every finding instead of some of each code
    #[arg(long)]
    pub(crate) all: bool,

    /// How many threads read at once; as many as there are processors unless said
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A code such as docs/no-id, or a rule of `diff`; all codes are listed when none is given
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LintFormat {
    /// Some findings of each code, and how many there are
    Text,
    /// One object with all findings
    Json,
    /// Annotations for GitHub Actions
    Github,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    /// Warnings
    Warning,
    /// Warnings and notes
    Note,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// What was: a folder of pages, of specs or of both, a generated crate, a catalog, or `REV:PATH` for any of them in git
    #[arg(value_name = "OLD", required_unless_present = "rules")]
    pub(crate) old: Option<String>,

    /// What is
    #[arg(value_name = "NEW", required_unless_present = "rules")]
    pub(crate) new: Option<String>,

    /// The configuration, whose section `[diff]` weighs and accepts changes; none is needed
    #[arg(long, value_name = "FILE", default_value = "bindery.toml")]
    pub(crate) config: PathBuf,

    /// Only this service; may be given more than once
    #[arg(long = "service", value_name = "SERVICE")]
    pub(crate) services: Vec<String>,

    /// How the report is printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DiffFormat,

    /// Exit with 1 when something breaks
    #[arg(long)]
    pub(crate) exit_code: bool,

    /// Keep version and changelog of this provider of the configuration by what changed: writes the next version into the
    /// configuration, and an entry for it into CHANGELOG.md beside the generated crate
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) apply: Option<String>,

    /// List the rules and what they say of a change
    #[arg(long, conflicts_with_all = ["old", "new"])]
    pub(crate) rules: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// Changes in groups, and how many there are
    Text,
    /// An entry of a changelog
    Markdown,
    /// One object with all changes
    Json,
}
