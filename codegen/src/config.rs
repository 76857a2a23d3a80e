//! `bindery.toml`: which providers are bound, from where, to where.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use crate::Selection;
use crate::diff::Policy;
use crate::emit::{CrateOptions, Layout};
use crate::lint::Settings;
use crate::lock;
use crate::openapi::Mapping;
use crate::reading::{Inputs, common_folder};
use crate::source::portable;

/// The content of `bindery.toml`. Paths are relative to the folder it lies in.
///
/// ```
/// use bindery_codegen::Config;
/// let config = Config::parse(r#"
///     [providers.shop]
///     openapi = "spec/shop"
///     out = "generated/shop"
/// "#)?;
/// assert_eq!(config.providers["shop"].out.to_str(), Some("generated/shop"));
/// # Ok::<(), bindery_codegen::ConfigError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The providers, by name.
    #[serde(default)]
    pub providers: BTreeMap<String, ProviderConfig>,
    /// How changes are weighed.
    #[serde(default)]
    pub diff: Policy,
    /// How findings are weighed.
    #[serde(default)]
    pub lint: Settings,
    /// Values for parameters that SQL statements do not say, by provider. Nothing is generated from them.
    #[serde(default)]
    pub defaults: BTreeMap<String, BTreeMap<String, String>>,
    /// The folder it lies in.
    #[serde(skip)]
    folder: PathBuf,
}

/// A provider in `bindery.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// The folder of its pages.
    pub docs: Option<PathBuf>,
    /// The folder of its `provider.yaml` and service documents.
    pub openapi: Option<PathBuf>,
    /// The folder of the generated crate.
    pub out: PathBuf,
    /// The services that are bound; all of them when there are none.
    #[serde(default)]
    pub services: Vec<String>,
    /// What is stated about documents that do not map their operations themselves.
    #[serde(default)]
    pub mapping: Mapping,
    /// Patterns for what is bound, as [`Selection`] has them; everything when there are none.
    #[serde(default)]
    pub include: Vec<String>,
    /// Patterns for what is not bound after all.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// How the provider is divided into crates: `provider` or `service`; by its size unless it is said here.
    pub layout: Option<Layout>,
    /// The package of the generated crate: `bindery-<provider>` unless it is said here.
    pub package: Option<String>,
    /// The version of the generated crate.
    pub version: Option<String>,
    /// Where the source of the generated crate is kept.
    pub repository: Option<String>,
    /// The path from the generated crate to `bindery-runtime`; without one it comes from the registry.
    pub runtime_path: Option<String>,
}

/// A `bindery.toml` that cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("cannot read {}: {error}\nwrite one, or name a folder with --provider, --openapi or --docs, and --out", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        error: std::io::Error,
    },
    /// It is not TOML, or says something that is not known.
    #[error("bindery.toml: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A provider has no documents.
    #[error("bindery.toml: provider `{0}` needs `docs`, `openapi` or both")]
    NoDocuments(String),
    /// A pattern of `include` or `exclude` is none.
    #[error("bindery.toml: provider `{provider}` has a pattern that is none: {error}")]
    Pattern {
        /// Whose pattern.
        provider: String,
        /// What is wrong with it.
        #[source]
        error: glob::PatternError,
    },
    /// A provider that was asked for is not in it.
    #[error("bindery.toml has no provider `{name}`; it has {}", known.join(", "))]
    UnknownProvider {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read or used.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Io { path: path.to_owned(), error })?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Self { folder, ..Self::parse(&text)? })
    }

    /// Reads a text.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)?;
        let without =
            config.providers.iter().find(|(_, provider)| provider.docs.is_none() && provider.openapi.is_none());
        match without {
            Some((name, _)) => Err(ConfigError::NoDocuments(name.clone())),
            None => Ok(config),
        }
    }

    /// A path that it names, from where a command is given.
    pub fn locate(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    /// The targets for the named providers, in the order of the configuration; all of them when none is named.
    ///
    /// # Errors
    /// When one of the names is not in the configuration.
    pub fn targets(&self, names: &[String]) -> Result<Vec<Target>, ConfigError> {
        if let Some(name) = names.iter().find(|name| !self.providers.contains_key(*name)) {
            let known = self.providers.keys().cloned().collect();
            return Err(ConfigError::UnknownProvider { name: name.clone(), known });
        }
        let wanted = |name: &String| names.is_empty() || names.contains(name);
        self.providers
            .iter()
            .filter(|(name, _)| wanted(name))
            .map(|(name, provider)| provider.target(name, &self.folder))
            .collect()
    }
}

/// A provider to generate: what is read, and what is written where.
#[derive(Clone, Debug)]
pub struct Target {
    /// What is read.
    pub inputs: Inputs,
    /// What is written.
    pub options: CrateOptions,
    /// Where it is written.
    pub out: PathBuf,
    /// The `bindery.lock` that says what it was made of; `None` where it is not all that a configuration asks for.
    pub lock: Option<PathBuf>,
}

impl Target {
    /// The folder that the paths of the lock are relative to.
    pub(crate) fn folder(&self) -> String {
        self.lock.as_deref().and_then(Path::parent).map(portable).unwrap_or_default()
    }
}

impl ProviderConfig {
    /// Paths that are shown in generated files stay relative to the configuration, so that the folder a command is
    /// given in does not change a byte of its output; paths that are opened do not.
    fn target(&self, name: &str, folder: &Path) -> Result<Target, ConfigError> {
        let selection = Selection::new(&self.include, &self.exclude)
            .map_err(|error| ConfigError::Pattern { provider: name.to_owned(), error })?;
        let mut inputs = Inputs {
            provider: name.to_owned(),
            docs: self.docs.clone(),
            openapi: self.openapi.clone(),
            services: self.services.clone(),
            mapping: self.mapping.clone(),
            jobs: None,
            selection,
        };
        let mut options = CrateOptions::new(name, common_folder(&inputs));
        if let Some(package) = &self.package {
            options.package.clone_from(package);
        }
        if let Some(version) = &self.version {
            options.version.clone_from(version);
        }
        options.repository.clone_from(&self.repository);
        options.runtime_path.clone_from(&self.runtime_path);
        options.layout = self.layout;
        inputs.docs = inputs.docs.map(|docs| folder.join(docs));
        inputs.openapi = inputs.openapi.map(|openapi| folder.join(openapi));
        Ok(Target { inputs, options, out: folder.join(&self.out), lock: Some(lock::beside(folder)) })
    }
}
