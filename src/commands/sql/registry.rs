//! A folder of provider documents → definitions that are read when a statement names them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use bindery_codegen::{Source, openapi};
use bindery_ir::{Catalog, Provider, Resource, Service};
use bindery_sql::{Definitions, OfCatalog, Resources, Unreadable};
use serde::Deserialize;

use super::compiled::Compiled;
use crate::commands::registry::{compiled_service, numbers};
use crate::outcome::Failure;

/// The file that names a provider's services.
const PROVIDER_DOCUMENT: &str = "provider.yaml";

/// One version of one provider.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    name: String,
    document: Source,
    provider: OnceLock<Provider>,
    services: OnceLock<BTreeMap<String, String>>,
}

/// What is needed of `provider.yaml` to find the documents of services.
#[derive(Debug, Default, Deserialize)]
struct Listing {
    #[serde(rename = "providerServices", default)]
    services: BTreeMap<String, Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    service: Option<Reference>,
}

#[derive(Debug, Deserialize)]
struct Reference {
    #[serde(rename = "$ref")]
    reference: Option<String>,
}

impl Folder {
    /// The newest version of every provider below a folder.
    pub(crate) fn all(folder: &Path) -> Result<Vec<Self>, Failure> {
        let below = folder.join("src");
        let root = if below.is_dir() { below } else { folder.to_owned() };
        let mut found = Vec::new();
        for provider in folders(&root)? {
            let versions = folders(&provider)?;
            let with_document = versions.into_iter().filter(|version| version.join(PROVIDER_DOCUMENT).is_file());
            let Some(path) = with_document.max_by_key(|version| version_of(version)) else { continue };
            found.push(Self::open(path)?);
        }
        if found.is_empty() {
            let message = format!("there is no <provider>/<version>/{PROVIDER_DOCUMENT} below {}", root.display());
            return Err(Failure::Usage(message));
        }
        Ok(found)
    }

    fn open(path: PathBuf) -> Result<Self, Failure> {
        let document = Source::read(&path.join(PROVIDER_DOCUMENT))?;
        // A provider need not be called like its folder.
        let stated = document.text.lines().find_map(|line| line.strip_prefix("name:"));
        let stated = stated.map(|name| name.trim().trim_matches(['"', '\'']).to_owned());
        let of_folder = || path.parent()?.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = stated.filter(|name| !name.is_empty()).or_else(of_folder).unwrap_or_default();
        Ok(Self { path, name, document, provider: OnceLock::new(), services: OnceLock::new() })
    }

    /// The documents of its services, by name.
    fn listed(&self) -> &BTreeMap<String, String> {
        self.services.get_or_init(|| {
            let listing: Listing = serde_yaml::from_str(&self.document.text).unwrap_or_default();
            let file = |name: &str, entry: Entry| {
                let reference = entry.service.and_then(|service| service.reference);
                let reference = reference.unwrap_or_else(|| format!("services/{name}.yaml"));
                reference.rsplit('/').next().unwrap_or_default().to_owned()
            };
            listing.services.into_iter().map(|(name, entry)| (name.clone(), file(&name, entry))).collect()
        })
    }

    /// The document of a service; `None` when there is no such service.
    fn document_of(&self, service: &str) -> Result<Option<PathBuf>, std::io::Error> {
        let Some(file) = self.listed().get(service) else { return Ok(None) };
        let folder = self.path.join("services");
        let path = folder.join(file);
        if path.is_file() {
            return Ok(Some(path));
        }
        // Documents are not always called in the case they are named in.
        let mut found = fs::read_dir(&folder)?.filter_map(Result::ok).map(|entry| entry.path());
        let is_it = |path: &PathBuf| path.file_name().is_some_and(|name| name.eq_ignore_ascii_case(file.as_str()));
        Ok(Some(found.find(is_it).unwrap_or(path)))
    }
}

/// A service of a catalog that was compiled from its document.
fn in_catalog(catalog: Catalog, service: &str) -> Option<Box<dyn Resources>> {
    let catalog = Arc::new(catalog);
    let provider = catalog.providers().next()?.name.to_string();
    OfCatalog::new(&catalog, &provider)?.resources(service).ok()?
}

/// The folders in a folder, by name.
fn folders(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let cannot = |error: std::io::Error| Failure::Usage(format!("cannot read {}: {error}", path.display()));
    let mut folders = Vec::new();
    for entry in fs::read_dir(path).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        // What begins with a dot is being made.
        if path.is_dir() && !is_hidden(&path) {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// The numbers of a version: `v24.11.00274` is newer than `v00.00.00000`.
fn version_of(path: &Path) -> Vec<u64> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    numbers(&name)
}

impl Definitions for Folder {
    fn name(&self) -> &str {
        &self.name
    }

    fn provider(&self) -> &Provider {
        self.provider.get_or_init(|| openapi::read_provider(std::slice::from_ref(&self.document), &self.name).0)
    }

    fn services(&self) -> Vec<String> {
        self.listed().keys().cloned().collect()
    }

    fn service(&self, name: &str) -> Result<Option<Service>, Unreadable> {
        self.resources(name)?.map(|resources| resources.whole()).transpose()
    }

    fn resources(&self, service: &str) -> Result<Option<Box<dyn Resources>>, Unreadable> {
        let Some(path) = self.document_of(service)? else { return Ok(None) };
        let compiled = Compiled::of(&self.path.join(PROVIDER_DOCUMENT), &path);
        // A catalog that is damaged, or of another form, is none.
        let pulled = compiled_service(&self.path, &path, service).and_then(|catalog| in_catalog(catalog, service));
        let kept = || in_catalog(compiled.as_ref()?.open()?, service);
        if let Some(found) = pulled.or_else(kept) {
            return Ok(Some(found));
        }
        let document = Source::read(&path)?;
        let names = openapi::resource_names(&document.text);
        let uncompiled = Uncompiled {
            sources: [self.document.clone(), document],
            provider: self.name.clone(),
            name: service.to_owned(),
            compiled,
            service: OnceLock::new(),
        };
        Ok(match names {
            Some(names) => Some(Box::new(Named { names, uncompiled })),
            None => uncompiled.service().cloned().map(|service| Box::new(service) as Box<dyn Resources>),
        })
    }
}

/// A service that is read from its document, and kept for the next time.
struct Uncompiled {
    /// `provider.yaml` and the document of the service.
    sources: [Source; 2],
    /// The name of the provider, where `provider.yaml` does not say it.
    provider: String,
    name: String,
    compiled: Option<Compiled>,
    service: OnceLock<Option<Service>>,
}

impl Uncompiled {
    fn service(&self) -> Option<&Service> {
        let read = || {
            let (mut provider, _) = openapi::read_provider(&self.sources, &self.provider);
            provider.services.to_mut().retain(|read| read.name == *self.name);
            let found = provider.services.first().cloned();
            if let (Some(compiled), Some(_)) = (&self.compiled, &found) {
                compiled.keep(provider);
            }
            found
        };
        self.service.get_or_init(read).as_ref()
    }
}

/// The same, of which the names of the resources are known without reading it.
struct Named {
    names: Vec<String>,
    uncompiled: Uncompiled,
}

impl Resources for Named {
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    fn resource(&self, name: &str) -> Result<Option<Resource>, Unreadable> {
        self.uncompiled.service().map_or(Ok(None), |service| Resources::resource(service, name))
    }

    fn whole(&self) -> Result<Service, Unreadable> {
        let service = self.uncompiled.service().cloned();
        service.ok_or_else(|| format!("its document is none of `{}`", self.uncompiled.name).into())
    }
}
