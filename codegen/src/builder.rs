//! For anybody's `build.rs`: a folder of documents in, Rust or a catalog in `OUT_DIR` out.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

use bindery_ir::{Catalog, CatalogError};
use thiserror::Error;

use crate::config::{Config, ConfigError};
use crate::emit::{EmitError, emit_module};
use crate::output::{self, OutputError};
use crate::reading::{self, Inputs, common_folder};
use crate::{Diagnostic, Severity, SourceError};

/// Generates code or a catalog while a crate is built.
///
/// ```no_run
/// // build.rs
/// fn main() -> Result<(), bindery_codegen::BuildError> {
///     bindery_codegen::Builder::new("petshop").openapi("api").compile()
/// }
/// ```
///
/// The crate includes what came out, and depends on `bindery-runtime`:
///
/// ```ignore
/// mod petshop {
///     include!(concat!(env!("OUT_DIR"), "/petshop.rs"));
/// }
/// ```
///
/// What is wrong with the documents is shown as warnings and errors of cargo, with file and line; an error fails the
/// build. Cargo runs the script again when a document is edited, added or removed. It looks at all files of the folders, since
/// it could not see new ones otherwise: what is no document belongs elsewhere, or the one document there is can be named
/// instead of its folder.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    inputs: Vec<Inputs>,
    watched: Vec<PathBuf>,
    out: Option<PathBuf>,
}

/// Why a build script could not do its work. Its `Debug` is its `Display`, since that is what cargo shows of the error that
/// `main` returns.
#[derive(Error)]
pub enum BuildError {
    /// `bindery.toml` cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A document cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A document was read, and is wrong.
    #[error("{count} errors in the documents of `{provider}`; the first:\n{first}")]
    Documents {
        /// Whose documents.
        provider: String,
        /// How many errors.
        count: usize,
        /// The first of them, in full.
        first: String,
    },
    /// What was generated is not Rust.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// The catalog cannot be written.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The output cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// There is nowhere to write to.
    #[error("OUT_DIR is not set: call this from a build script, or say `out`")]
    NoOutput,
}

impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Builder {
    /// One provider, whose documents are named next.
    pub fn new(provider: impl Into<String>) -> Self {
        Self { inputs: vec![Inputs { provider: provider.into(), ..Inputs::default() }], ..Self::default() }
    }

    /// The providers of a `bindery.toml`.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn from_config(path: impl AsRef<Path>) -> Result<Self, BuildError> {
        let targets = Config::read(path.as_ref())?.targets(&[])?;
        let inputs = targets.into_iter().map(|target| target.inputs).collect();
        Ok(Self { inputs, watched: vec![path.as_ref().to_owned()], out: None })
    }

    /// The folder of the provider's `provider.yaml` and service documents, or one document.
    #[must_use]
    pub fn openapi(mut self, folder: impl Into<PathBuf>) -> Self {
        if let Some(inputs) = self.inputs.last_mut() {
            inputs.openapi = Some(folder.into());
        }
        self
    }

    /// The folder of the provider's pages.
    #[must_use]
    pub fn docs(mut self, folder: impl Into<PathBuf>) -> Self {
        if let Some(inputs) = self.inputs.last_mut() {
            inputs.docs = Some(folder.into());
        }
        self
    }

    /// Only these services.
    #[must_use]
    pub fn services<S: Into<String>>(mut self, services: impl IntoIterator<Item = S>) -> Self {
        if let Some(inputs) = self.inputs.last_mut() {
            inputs.services = services.into_iter().map(Into::into).collect();
        }
        self
    }

    /// Writes to this folder instead of `OUT_DIR`.
    #[must_use]
    pub fn out(mut self, folder: impl Into<PathBuf>) -> Self {
        self.out = Some(folder.into());
        self
    }

    /// Writes `<provider>.rs` for each provider: a module to include.
    ///
    /// # Errors
    /// When documents cannot be read or are wrong, or the output cannot be written.
    pub fn compile(&self) -> Result<(), BuildError> {
        for (inputs, provider) in self.read()? {
            let text = emit_module(&provider, &common_folder(&inputs))?;
            output::write(&self.out_folder()?.join(format!("{}.rs", inputs.provider)), &text)?;
        }
        Ok(())
    }

    /// Writes `catalog.json` with all providers: what [`Catalog::open`] reads.
    ///
    /// # Errors
    /// When documents cannot be read or are wrong, or the output cannot be written.
    pub fn compile_catalog(&self) -> Result<(), BuildError> {
        let providers: Vec<_> = self.read()?.into_iter().map(|(_, provider)| provider).collect();
        let text = Catalog::write(&providers)?;
        Ok(output::write(&self.out_folder()?.join("catalog.json"), &text)?)
    }

    fn out_folder(&self) -> Result<PathBuf, BuildError> {
        self.out.clone().or_else(|| env::var_os("OUT_DIR").map(PathBuf::from)).ok_or(BuildError::NoOutput)
    }

    /// Reads all inputs, telling cargo what to watch and what is wrong.
    fn read(&self) -> Result<Vec<(Inputs, bindery_ir::Provider)>, BuildError> {
        let folders = self.inputs.iter().flat_map(|inputs| [&inputs.docs, &inputs.openapi]).flatten();
        for path in self.watched.iter().chain(folders) {
            println!("cargo::rerun-if-changed={}", path.display());
        }
        let mut providers = Vec::new();
        for inputs in &self.inputs {
            let reading = reading::read(inputs)?;
            let (errors, others): (Vec<_>, Vec<_>) =
                reading.diagnostics.iter().partition(|diagnostic| diagnostic.severity == Severity::Error);
            for warning in others.iter().filter(|diagnostic| diagnostic.severity == Severity::Warning) {
                println!("cargo::warning={}", on_one_line(warning));
            }
            for error in &errors {
                println!("cargo::error={}", on_one_line(error));
            }
            if let Some(first) = errors.first() {
                return Err(BuildError::Documents {
                    provider: inputs.provider.clone(),
                    count: errors.len(),
                    first: first.to_string(),
                });
            }
            providers.push((inputs.clone(), reading.provider));
        }
        Ok(providers)
    }
}

/// A finding in the shape that editors find their way by: `file:line:column: what it is (what is done; what to do) [code]`.
fn on_one_line(finding: &Diagnostic) -> String {
    let mut line = String::new();
    if !finding.origin.is_unknown() {
        line += &finding.origin.file;
        for number in [finding.origin.line, finding.column].into_iter().take_while(|number| *number > 0) {
            line += &format!(":{number}");
        }
        line += ": ";
    }
    line += &finding.message;
    let more: Vec<&str> =
        [finding.assumed.as_str(), &finding.hint].into_iter().filter(|part| !part.is_empty()).collect();
    if !more.is_empty() {
        line += &format!(" ({})", more.join("; "));
    }
    line += &format!(" [{}]", finding.code);
    // An instruction to cargo ends with its line.
    line.split(['\n', '\r']).map(str::trim).collect::<Vec<_>>().join(" ")
}
