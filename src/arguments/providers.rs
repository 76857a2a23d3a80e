//! Where providers come from: `registry`, and `mock`, which plays one.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct Mock {
    /// The provider, one of those compiled in
    #[arg(value_name = "PROVIDER")]
    pub(crate) provider: String,

    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) port: u16,

    /// Start with this many sample items in every collection
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u32,

    /// Wait this many milliseconds before every answer
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub(crate) latency: u64,

    /// How many rows a page holds
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) page_size: usize,

    /// Answer every N-th request with a status: `503/10`; may be given more than once
    #[arg(long, value_name = "STATUS/N")]
    pub(crate) fault: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Registry {
    /// List the providers of a registry and their versions; those that were pulled are marked with `*`
    List(RegistryList),
    /// Fetch the documents of a provider, verify them, and compile them to the catalog
    ///
    /// A download that was interrupted goes on where it ended, and the version takes its place in one step. Exit codes: 0
    /// done, 2 there is no such version, or the archive or a signature is wrong, 3 the network failed.
    Pull(RegistryPull),
}

#[derive(Debug, Args)]
pub(crate) struct RegistryList {
    /// Only this provider
    #[arg(value_name = "PROVIDER")]
    pub(crate) provider: Option<String>,

    /// How the list is printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: RegistryFormat,

    #[command(flatten)]
    pub(crate) from: RegistryPlaces,
}

/// Which version is fetched, and what it has to be.
#[derive(Debug, Args)]
pub(crate) struct RegistryPull {
    /// The provider
    #[arg(value_name = "PROVIDER")]
    pub(crate) provider: String,

    /// The version; the newest when none is given
    #[arg(id = "pulled", value_name = "VERSION")]
    pub(crate) version: Option<String>,

    /// A file of Ed25519 public keys in PEM, which signatures beside documents are verified with
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,

    /// Take no document that is not signed
    #[arg(long)]
    pub(crate) require_signatures: bool,

    #[command(flatten)]
    pub(crate) from: RegistryPlaces,
}

/// Where documents come from and go to.
#[derive(Debug, Args)]
pub(crate) struct RegistryPlaces {
    /// The registry, at https, http or file; else that of the variable `BINDERY_REGISTRY`, or StackQL's public one
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// The folder of what was pulled, for `sql --registry`; that of the user for data unless said
    #[arg(long = "into", value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}

impl RegistryPlaces {
    /// The registry.
    pub(crate) fn url(&self) -> String {
        let stated = self.url.clone().or_else(|| std::env::var("BINDERY_REGISTRY").ok().filter(|url| !url.is_empty()));
        stated.unwrap_or_else(|| "https://registry.stackql.app/providers".to_owned())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RegistryFormat {
    /// A provider a line
    Text,
    /// One array
    Json,
}
