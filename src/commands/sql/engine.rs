//! The words of the command line → an engine.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bindery_codegen::Config;
use bindery_runtime::{AuthSettings, Client};
use bindery_sql::{Definitions, Engine, EngineBuilder, OfCatalog, Query};
use serde_json::value::RawValue;

use super::registry::Folder;
use crate::arguments::{EngineArguments, RequestForm};
use crate::commands::is_there;
use crate::outcome::Failure;

/// An engine, and the values that are bound to placeholders.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) engine: Engine,
    /// How the requests of a dry run are shown to people.
    pub(crate) requests: RequestForm,
    parameters: Vec<(String, String)>,
}

impl Setup {
    /// Binds the values of the command line.
    pub(crate) fn bind(&self, query: Query) -> Query {
        self.parameters.iter().fold(query, |query, (name, value)| query.bind_named(name.clone(), value.clone()))
    }
}

/// Makes the engine that the command line asks for.
pub(crate) fn setup(arguments: &EngineArguments) -> Result<Setup, Failure> {
    let settings = Settings {
        auth: auth(arguments.auth.as_deref())?,
        endpoints: arguments
            .endpoints
            .iter()
            .map(|pair| split(pair, "--endpoint", "PROVIDER=URL"))
            .collect::<Result<_, _>>()?,
        certificates: match &arguments.cacert {
            Some(path) => Some(
                fs::read(path)
                    .map_err(|error| Failure::Usage(format!("--cacert: cannot read {}: {error}", path.display())))?,
            ),
            None => None,
        },
        timeout: Duration::from_secs(arguments.timeout.max(1)),
    };
    let mut builder = Engine::builder().concurrency(arguments.concurrency).dry_run(arguments.dry_run.is_some());
    if let Some(pages) = arguments.max_pages {
        builder = builder.max_pages(pages);
    }
    if let Some(time) = arguments.cache {
        builder = builder.cache(time);
    }
    builder = defaults(builder, &arguments.config)?;
    let mut parameters = Vec::new();
    for pair in &arguments.parameters {
        let (name, value) = split(pair, "--param", "NAME=VALUE")?;
        if let Some((provider, parameter)) = name.split_once('.') {
            builder = builder.default_value(provider, parameter, value.clone());
        } else {
            builder = builder.default_value("", &name, value.clone());
        }
        parameters.push((name, value));
    }
    let mut names = Vec::new();
    match &arguments.registry {
        Some(folder) => {
            for folder in Folder::all(folder)? {
                names.push(folder.name().to_owned());
                builder = add(builder, folder, &settings);
            }
        }
        None => {
            let catalog = Arc::new(bindery::catalog()?);
            for provider in catalog.providers() {
                let name = provider.name.as_str();
                names.push(name.to_owned());
                if let Some(definitions) = OfCatalog::new(&catalog, name) {
                    builder = add(builder, definitions, &settings);
                }
            }
        }
    }
    for name in settings.auth.keys().chain(settings.endpoints.keys()) {
        if !names.contains(name) {
            return Err(Failure::Usage(format!("there is no provider `{name}`; there are {}", names.join(", "))));
        }
    }
    let requests = arguments.dry_run.unwrap_or(RequestForm::Http);
    Ok(Setup { engine: builder.build(), requests, parameters })
}

/// What the command line says of providers.
struct Settings {
    auth: BTreeMap<String, AuthSettings>,
    endpoints: BTreeMap<String, String>,
    /// Certificates that are trusted beside those of the system.
    certificates: Option<Vec<u8>>,
    timeout: Duration,
}

/// Adds a provider. It is not even read before a statement names it.
fn add(builder: EngineBuilder, definitions: impl Definitions + 'static, settings: &Settings) -> EngineBuilder {
    let timeout = settings.timeout;
    let certificates = settings.certificates.clone();
    let endpoint = settings.endpoints.get(definitions.name()).cloned();
    let auth = settings.auth.get(definitions.name()).cloned();
    builder.provider_by(definitions, move |provider| {
        let mut client = Client::for_provider(provider).timeout(timeout);
        if let Some(url) = &endpoint {
            client = client.base_url(url);
        }
        if let Some(auth) = &auth {
            client = client.auth_settings(auth.clone());
        }
        if let Some(certificates) = &certificates {
            client = client.trust(certificates.clone());
        }
        client.build()
    })
}

/// Values for parameters: those of the environment, then those of the configuration.
fn defaults(builder: EngineBuilder, config: &Path) -> Result<EngineBuilder, Failure> {
    let mut builder = builder;
    if is_there(config) {
        for (provider, values) in Config::read(config)?.defaults {
            for (name, value) in values {
                builder = builder.default_value(&provider, &name, value);
            }
        }
    }
    for (variable, value) in std::env::vars() {
        let Some(name) = variable.strip_prefix("BINDERY_PARAM_") else { continue };
        let name = name.to_ascii_lowercase();
        let (provider, name) = name.split_once("__").unwrap_or(("", &name));
        builder = builder.default_value(provider, name, value);
    }
    Ok(builder)
}

fn auth(argument: Option<&str>) -> Result<BTreeMap<String, AuthSettings>, Failure> {
    let Some(argument) = argument else { return Ok(BTreeMap::new()) };
    let text = match argument.strip_prefix('@') {
        Some(path) => {
            fs::read_to_string(path).map_err(|error| Failure::Usage(format!("--auth: cannot read {path}: {error}")))?
        }
        None => argument.to_owned(),
    };
    // The message of a parser may quote what it read, and that may be a secret.
    let blocks: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&text).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Failure::Usage(format!("--auth is no JSON of provider → authentication ({place})"))
    })?;
    let settings = |(name, block): (String, Box<RawValue>)| match AuthSettings::from_json(block.get()) {
        Ok(settings) => Ok((name, settings)),
        Err(error) => Err(Failure::Usage(format!("--auth for `{name}`: {error}"))),
    };
    blocks.into_iter().map(settings).collect()
}

fn split(pair: &str, option: &str, form: &str) -> Result<(String, String), Failure> {
    let parts = pair.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = parts.ok_or_else(|| Failure::Usage(format!("{option} wants {form}, not `{pair}`")))?;
    Ok((name.to_owned(), value.to_owned()))
}
