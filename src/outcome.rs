//! How a command ends: what scripts see as its exit code.

use std::io;

use bindery_codegen::diff::PolicyError;
use bindery_codegen::lint::UnknownCode;
use bindery_codegen::output::OutputError;
use bindery_codegen::{ConfigError, GenerationError, SourceError};
use bindery_ir::CatalogError;
use thiserror::Error;

use crate::commands::registry::{ArchiveError, SignatureError};

/// A command that did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done, or up to date: 0.
    Yes,
    /// The answer is no: stale, or findings: 1.
    No,
    /// Done as far as the input allowed: 2.
    BadInput,
}

/// A command that could not do its work.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Code(#[from] UnknownCode),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Generation(#[from] GenerationError),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The words of the command do not go together.
    #[error("{0}")]
    Usage(String),
    /// The results cannot be written.
    #[error("cannot write to standard output: {0}")]
    Standard(#[from] io::Error),
    #[error("cannot start threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    #[error("cannot write JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A statement cannot be run, or a provider failed while it was.
    #[error("{0}")]
    Sql(#[from] bindery_sql::Error),
    /// The network, or what stands for it here.
    #[error("{0}")]
    Network(String),
}

impl Failure {
    /// 2 for bad input and usage, 3 for the network.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Network(_) => 3,
            Self::Sql(error) if error.is_from_provider() => 3,
            _ => 2,
        }
    }
}
