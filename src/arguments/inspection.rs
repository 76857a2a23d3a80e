//! What is read from documents: `inspect`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum Inspect {
    /// What is read from documentation pages: one object a page
    Docs(InspectDocs),
    /// What is read from OpenAPI documents: one object a resource
    Openapi(InspectOpenapi),
}

#[derive(Debug, Args)]
pub(crate) struct InspectOpenapi {
    #[command(flatten)]
    pub(crate) inspect: InspectPaths,

    /// The configuration, whose `mapping` of a provider applies to the folder that it names for it
    #[arg(long, value_name = "FILE", default_value = "bindery.toml")]
    pub(crate) config: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct InspectDocs {
    #[command(flatten)]
    pub(crate) inspect: InspectPaths,

    /// How many threads read at once; as many as there are processors unless said
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
}

#[derive(Debug, Args)]
pub(crate) struct InspectPaths {
    /// Files, or folders that are searched for them
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,

    /// How it is printed
    #[arg(long, value_name = "FORMAT", default_value = "ndjson")]
    pub(crate) format: InspectFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InspectFormat {
    /// One object a line
    Ndjson,
    /// One array
    Json,
    /// For people
    Text,
}
