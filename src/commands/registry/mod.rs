//! `bindery registry`: provider documents from a registry, verified, unpacked and compiled to the catalog.
//!
//! A registry is a folder that is served: `dist/providers.yaml` is its index, `dist/<provider>/<version>.tgz` holds the
//! documents of a version. What is pulled lies in a folder that `bindery sql --registry` takes, a folder for each version.

mod archive;
mod index;
mod location;
mod signature;
mod store;

use std::io::Write;

use bindery_codegen::is_harmless;
use serde_json::json;

pub(crate) use self::archive::ArchiveError;
use self::index::Index;
pub(crate) use self::index::numbers;
use self::location::Location;
pub(crate) use self::signature::SignatureError;
use self::signature::{Check, Keys};
use self::store::Store;
pub(crate) use self::store::compiled_service;
use crate::arguments::{Registry, RegistryFormat, RegistryList, RegistryPull};
use crate::outcome::{Failure, Outcome};
use crate::terminal::Terminal;

pub(crate) fn run(arguments: &Registry, terminal: Terminal) -> Result<Outcome, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        match arguments {
            Registry::List(arguments) => list(arguments).await,
            Registry::Pull(arguments) => pull(arguments, terminal).await,
        }
    })
}

async fn list(arguments: &RegistryList) -> Result<Outcome, Failure> {
    let index = Index::parse(&Location::new(&arguments.from.url())?.read(index::PATH).await?)?;
    let store = Store::open(arguments.from.folder.as_deref())?;
    let asked = arguments.provider.as_deref().map(|provider| index.called(provider));
    let wanted = |name: &str| asked.is_none_or(|provider| provider == name);
    let mut out = std::io::stdout().lock();
    let mut rows = Vec::new();
    for (provider, versions) in index.providers().filter(|(name, _)| wanted(name)) {
        let pulled: Vec<&String> = versions.iter().filter(|version| store.has(provider, version)).collect();
        match arguments.format {
            RegistryFormat::Text => {
                let marked =
                    |version: &String| if pulled.contains(&version) { format!("{version}*") } else { version.clone() };
                let versions: Vec<String> = versions.iter().map(marked).collect();
                writeln!(out, "{provider:24}{}", versions.join(" "))?;
            }
            RegistryFormat::Json => rows.push(json!({"provider": provider, "versions": versions, "pulled": pulled})),
        }
    }
    if arguments.format == RegistryFormat::Json {
        writeln!(out, "{}", serde_json::Value::Array(rows))?;
    }
    if let Some(provider) = asked {
        index.versions(provider)?;
    }
    Ok(Outcome::Yes)
}

async fn pull(arguments: &RegistryPull, terminal: Terminal) -> Result<Outcome, Failure> {
    let (location, store) = (Location::new(&arguments.from.url())?, Store::open(arguments.from.folder.as_deref())?);
    let keys = arguments.key.as_deref().map(Keys::read).transpose()?;
    let (provider, version) = match &arguments.version {
        Some(version) if index::other_name(&arguments.provider).is_none() => {
            (arguments.provider.as_str(), version.clone())
        }
        version => {
            let index = Index::parse(&location.read(index::PATH).await?)?;
            let provider = index.called(&arguments.provider);
            let version = version.as_deref().map_or_else(|| index.newest(provider), Ok)?;
            (provider, version.to_owned())
        }
    };
    if !is_harmless(provider) || !is_harmless(&version) {
        return Err(Failure::Usage(format!("`{provider}` `{version}` cannot be a provider and its version")));
    }
    let pull = store.begin(provider, &version)?;
    let bar = terminal.progress(provider);
    let downloaded = location.download(&format!("dist/{provider}/{version}.tgz"), pull.part(), &bar).await;
    bar.finish();
    if !downloaded? {
        return Err(Failure::Usage(format!(
            "there is no version `{version}` of `{provider}` in {}",
            arguments.from.url()
        )));
    }
    let unpacked = pull.unpack()?;
    match signature::check(&unpacked, keys.as_ref(), arguments.require_signatures)? {
        Check::Verified(count) => terminal.note(&format!("{count} signatures verified")),
        Check::NotSigned => {}
        Check::NotChecked(count) => {
            terminal.note(&format!("{count} signatures were not checked: there is no --key to check them with"));
        }
    }
    let bar = terminal.progress(provider);
    bar.say("compiling");
    let services = pull.compile(provider);
    bar.finish();
    let (services, findings) = services?;
    let place = pull.finish()?;
    writeln!(std::io::stdout(), "{provider} {version}: {services} services, in {}", place.display())?;
    if findings > 0 {
        terminal
            .note(&format!("{findings} findings in the documents; see them with `bindery lint {}`", place.display()));
    }
    terminal.note(&format!("query it with `bindery sql --registry {}`", store.folder().display()));
    Ok(Outcome::Yes)
}
