//! What is generated and compared: `generate` and `check`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What is generated: providers of a configuration, or one provider from folders.
#[derive(Debug, Args)]
pub(crate) struct Targets {
    /// The providers of the configuration; all of them when none is named
    #[arg(value_name = "PROVIDER", conflicts_with = "provider")]
    pub(crate) providers: Vec<String>,

    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "bindery.toml")]
    pub(crate) config: PathBuf,

    /// Without a configuration: the name of the provider
    #[arg(long, value_name = "NAME")]
    pub(crate) provider: Option<String>,

    /// Without a configuration: the folder of its pages
    #[arg(long, value_name = "DIR", requires = "provider")]
    pub(crate) docs: Option<PathBuf>,

    /// Without a configuration: the folder of its provider.yaml and service documents
    #[arg(long, value_name = "DIR", requires = "provider")]
    pub(crate) openapi: Option<PathBuf>,

    /// Only this service; may be given more than once
    #[arg(long = "service", value_name = "SERVICE")]
    pub(crate) services: Vec<String>,

    /// What is generated; pages always need --out, so that they never replace those they were read from
    #[arg(long, value_name = "WHAT", default_value = "crate")]
    pub(crate) emit: Emit,

    /// How a provider is divided into crates; by its size unless said here or in the configuration
    #[arg(long, value_name = "LAYOUT")]
    pub(crate) layout: Option<Layout>,

    /// Where it goes; with a configuration, a folder for each provider goes in here
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// How many threads work at once; as many as there are processors unless said
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Emit {
    /// A Rust crate: typed calls, with a feature for every service
    Crate,
    /// Documentation pages: index.md, `<service>/index.md`, `<service>/<resource>/index.md`
    Docs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Layout {
    /// One crate, with a feature for every service
    Provider,
    /// A crate for every service, and one that shows them
    Service,
}

impl From<Layout> for bindery_codegen::emit::Layout {
    fn from(layout: Layout) -> Self {
        match layout {
            Layout::Provider => Self::Provider,
            Layout::Service => Self::Service,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Generate {
    #[command(flatten)]
    pub(crate) targets: Targets,

    /// Do everything anew, whatever was generated before
    #[arg(long)]
    pub(crate) no_cache: bool,

    /// Stay, and generate again what a document that is saved concerns
    #[arg(long)]
    pub(crate) watch: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) targets: Targets,

    /// How differences are printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: CheckFormat,

    /// Generate and compare everything, whatever was generated before
    #[arg(long)]
    pub(crate) no_cache: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// A unified diff
    Text,
    /// One object for all providers
    Json,
    /// Annotations for GitHub Actions
    Github,
}
