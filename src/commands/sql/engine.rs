//! The words of the command line → an engine.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use bindery_ir::{Auth, AuthScheme, Provider};
use bindery_runtime::{Client, Environment, NoCredential, Token};
use bindery_sql::{Definitions, Engine, EngineBuilder, OfCatalog, Query};
use serde::Deserialize;

use super::registry::Folder;
use crate::arguments::EngineArguments;
use crate::outcome::Failure;

/// An engine, and the values that are bound to placeholders.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) engine: Engine,
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
        timeout: Duration::from_secs(arguments.timeout.max(1)),
    };
    let mut builder = Engine::builder().concurrency(arguments.concurrency).dry_run(arguments.dry_run);
    if let Some(pages) = arguments.max_pages {
        builder = builder.max_pages(pages);
    }
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
                builder = add(builder, folder, &settings)?;
            }
        }
        None => {
            let catalog = Arc::new(bindery::catalog()?);
            for provider in catalog.providers() {
                let name = provider.name.as_str();
                names.push(name.to_owned());
                if let Some(definitions) = OfCatalog::new(&catalog, name) {
                    builder = add(builder, definitions, &settings)?;
                }
            }
        }
    }
    for name in settings.auth.keys().chain(settings.endpoints.keys()) {
        if !names.contains(name) {
            return Err(Failure::Usage(format!("there is no provider `{name}`; there are {}", names.join(", "))));
        }
    }
    Ok(Setup { engine: builder.build(), parameters })
}

/// What the command line says of providers.
struct Settings {
    auth: BTreeMap<String, AuthBlock>,
    endpoints: BTreeMap<String, String>,
    timeout: Duration,
}

/// Where the secret of a provider comes from, as StackQL says it.
#[derive(Debug, Default, Deserialize)]
struct AuthBlock {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(alias = "api_key_var")]
    credentialsenvvar: Option<String>,
    #[serde(alias = "keyfilepath")]
    credentialsfilepath: Option<String>,
    #[serde(rename = "valuePrefix")]
    value_prefix: Option<String>,
    location: Option<String>,
    name: Option<String>,
}

fn add(
    builder: EngineBuilder,
    definitions: impl Definitions + 'static,
    settings: &Settings,
) -> Result<EngineBuilder, Failure> {
    let name = definitions.name().to_owned();
    let timeout = settings.timeout;
    let endpoint = settings.endpoints.get(&name).cloned();
    let auth = settings.auth.get(&name);
    if endpoint.is_none() && auth.is_none() {
        // The provider is not even read before it is named.
        let make = move |provider: &Provider| Client::for_provider(provider).timeout(timeout).build();
        return Ok(builder.provider_by(definitions, make));
    }
    let provider = definitions.provider();
    let mut scheme = provider.auth.clone();
    if let Some(block) = auth {
        add_to(&mut scheme, block);
    }
    let mut client = Client::builder(name.clone(), scheme).timeout(timeout);
    if let Some(url) = &endpoint {
        client = client.base_url(url);
    }
    if let Some(block) = auth {
        if block.kind.as_deref() == Some("null_auth") {
            client = client.credential(NoCredential);
        } else if let Some(variable) = &block.credentialsenvvar {
            client = client.credential(Environment::new(variable.clone()));
        } else if let Some(path) = &block.credentialsfilepath {
            let secret = fs::read_to_string(path)
                .map_err(|error| Failure::Usage(format!("--auth: cannot read {path} for `{name}`: {error}")))?;
            client = client.credential(Token::new(secret.trim().to_owned()));
        }
    }
    let client = client.build().map_err(bindery_sql::Error::from)?;
    Ok(builder.provider_with(definitions, client))
}

/// Adds what a user says to what the document says, field by field.
fn add_to(auth: &mut Auth, block: &AuthBlock) {
    if block.kind.as_deref() == Some("null_auth") {
        *auth = Auth::NONE;
        return;
    }
    let (name, prefix) = match &auth.scheme {
        AuthScheme::Header { name, prefix } | AuthScheme::Query { name, prefix } => (name.clone(), prefix.clone()),
        AuthScheme::None | AuthScheme::Other(_) => ("Authorization".into(), "Bearer ".into()),
    };
    let name = block.name.clone().map_or(name, Into::into);
    let prefix = block.value_prefix.clone().map_or(prefix, Into::into);
    auth.scheme = match block.location.as_deref() {
        Some("query") => AuthScheme::Query { name, prefix },
        _ => AuthScheme::Header { name, prefix },
    };
}

fn auth(argument: Option<&str>) -> Result<BTreeMap<String, AuthBlock>, Failure> {
    let Some(argument) = argument else { return Ok(BTreeMap::new()) };
    let text = match argument.strip_prefix('@') {
        Some(path) => {
            fs::read_to_string(path).map_err(|error| Failure::Usage(format!("--auth: cannot read {path}: {error}")))?
        }
        None => argument.to_owned(),
    };
    serde_json::from_str(&text)
        .map_err(|error| Failure::Usage(format!("--auth is no JSON of provider → authentication: {error}")))
}

fn split(pair: &str, option: &str, form: &str) -> Result<(String, String), Failure> {
    let parts = pair.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = parts.ok_or_else(|| Failure::Usage(format!("{option} wants {form}, not `{pair}`")))?;
    Ok((name.to_owned(), value.to_owned()))
}
