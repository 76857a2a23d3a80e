//! Many providers in one text, from which a service is loaded when it is asked for.
//!
//! The first line is an index (JSON): each provider without its services, and for each service its name and where in the
//! rest it lies. A service begins with a line of its own: what it is without its resources, and where each of them
//! lies. So opening the catalog of a hundred services reads one line of it, and what a service has another.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{List, Provider, Resource, Service, ServiceName, Text};

/// Providers, their services and resources, of which only what is asked for is decoded.
///
/// ```
/// use bindery_ir::{Catalog, Provider, ProviderName, Service, ServiceName};
/// let mut shop = Provider::new(ProviderName::new("shop"));
/// shop.services = vec![Service::new(ServiceName::new("pets"))].into();
///
/// let text = Catalog::write(&[shop.clone()])?;
/// let catalog = Catalog::open(text)?;
/// assert_eq!(catalog.provider("shop")?, Some(shop));
/// assert_eq!(catalog.service("shop", "cars")?, None);
/// assert_eq!(catalog.outline("shop", "pets")?.map(|pets| pets.resources().count()), Some(0));
/// # Ok::<(), bindery_ir::CatalogError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Catalog {
    text: Text,
    index: Vec<ProviderEntry>,
    /// Where the text after the index begins.
    start: usize,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct ProviderEntry {
    /// The provider, without its services.
    provider: Provider,
    services: Vec<ServiceEntry>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct ServiceEntry {
    name: ServiceName,
    /// Its bytes, counted from the end of the index.
    from: usize,
    to: usize,
}

/// A service whose resources are still to be decoded. See [`Catalog::outline`].
#[derive(Clone, Debug)]
pub struct Outline {
    heading: Heading,
    /// Where its resources begin in the text of the catalog.
    start: usize,
}

/// The line that a service begins with.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Heading {
    /// The service, without its resources.
    service: Service,
    resources: Vec<ResourceEntry>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct ResourceEntry {
    /// The last part of its id.
    name: Text,
    /// The bytes of its JSON, counted from the end of the line.
    from: usize,
    to: usize,
}

impl Outline {
    /// The names of its resources, in their order.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.heading.resources.iter().map(|entry| &*entry.name)
    }
}

impl Catalog {
    /// Writes providers as the text of a catalog.
    ///
    /// # Errors
    /// When a provider cannot be written as JSON.
    pub fn write(providers: &[Provider]) -> Result<String, CatalogError> {
        let mut rest = String::new();
        let mut index = Vec::new();
        for provider in providers {
            let mut services = Vec::new();
            for service in &provider.services {
                let from = rest.len();
                write_service(service, &mut rest)?;
                services.push(ServiceEntry { name: service.name.clone(), from, to: rest.len() });
                rest.push('\n');
            }
            let provider = Provider { services: List::EMPTY, ..provider.clone() };
            index.push(ProviderEntry { provider, services });
        }
        Ok(serde_json::to_string(&index)? + "\n" + &rest)
    }

    /// Opens the text of a catalog; reads its index only.
    ///
    /// # Errors
    /// When the index is none.
    pub fn open(text: impl Into<Text>) -> Result<Self, CatalogError> {
        let text = text.into();
        let end = text.find('\n').unwrap_or(text.len());
        let index = serde_json::from_str(text.get(..end).unwrap_or_default())?;
        Ok(Self { index, start: end + 1, text })
    }

    /// The providers, without their services.
    pub fn providers(&self) -> impl Iterator<Item = &Provider> {
        self.index.iter().map(|entry| &entry.provider)
    }

    /// The names of a provider's services; none when there is no such provider.
    pub fn services(&self, provider: &str) -> impl Iterator<Item = &ServiceName> {
        self.entry(provider).into_iter().flat_map(|entry| entry.services.iter().map(|service| &service.name))
    }

    /// Decodes a service; `None` when there is none of that name.
    ///
    /// # Errors
    /// When its text is damaged.
    pub fn service(&self, provider: &str, service: &str) -> Result<Option<Service>, CatalogError> {
        self.service_entry(provider, service).map(|entry| self.decode(entry)).transpose()
    }

    /// What a service has, without decoding it; `None` when there is none of that name.
    ///
    /// # Errors
    /// When its text is damaged.
    pub fn outline(&self, provider: &str, service: &str) -> Result<Option<Outline>, CatalogError> {
        self.service_entry(provider, service).map(|entry| self.heading(entry)).transpose()
    }

    /// Decodes a resource of a service of this catalog; `None` when there is none of that name.
    ///
    /// # Errors
    /// When its text is damaged.
    pub fn resource(&self, outline: &Outline, name: &str) -> Result<Option<Resource>, CatalogError> {
        let entry = outline.heading.resources.iter().find(|entry| &*entry.name == name);
        entry.map(|entry| self.decode_resource(outline, entry)).transpose()
    }

    /// Decodes a provider with all its services; `None` when there is none of that name.
    ///
    /// # Errors
    /// When its text is damaged.
    pub fn provider(&self, name: &str) -> Result<Option<Provider>, CatalogError> {
        let Some(entry) = self.entry(name) else { return Ok(None) };
        let services: Result<Vec<Service>, CatalogError> =
            entry.services.iter().map(|service| self.decode(service)).collect();
        Ok(Some(Provider { services: services?.into(), ..entry.provider.clone() }))
    }

    fn entry(&self, provider: &str) -> Option<&ProviderEntry> {
        self.index.iter().find(|entry| entry.provider.name == *provider)
    }

    fn service_entry(&self, provider: &str, service: &str) -> Option<&ServiceEntry> {
        self.entry(provider)?.services.iter().find(|entry| entry.name == *service)
    }

    fn heading(&self, entry: &ServiceEntry) -> Result<Outline, CatalogError> {
        let from = self.start + entry.from;
        let text = self.text.get(from..self.start + entry.to).unwrap_or_default();
        let end = text.find('\n').unwrap_or(text.len());
        let heading = serde_json::from_str(text.get(..end).unwrap_or_default())?;
        Ok(Outline { heading, start: from + end + 1 })
    }

    fn decode_resource(&self, outline: &Outline, entry: &ResourceEntry) -> Result<Resource, CatalogError> {
        let text = self.text.get(outline.start + entry.from..outline.start + entry.to);
        Ok(serde_json::from_str(text.unwrap_or_default())?)
    }

    fn decode(&self, entry: &ServiceEntry) -> Result<Service, CatalogError> {
        let outline = self.heading(entry)?;
        let resources = outline.heading.resources.iter().map(|entry| self.decode_resource(&outline, entry));
        let resources: Result<Vec<Resource>, CatalogError> = resources.collect();
        Ok(Service { resources: resources?.into(), ..outline.heading.service })
    }
}

fn write_service(service: &Service, text: &mut String) -> Result<(), CatalogError> {
    let mut all = String::new();
    let mut resources = Vec::new();
    for resource in &service.resources {
        let from = all.len();
        all.push_str(&serde_json::to_string(resource)?);
        resources.push(ResourceEntry { name: resource.id.resource().to_owned().into(), from, to: all.len() });
        all.push('\n');
    }
    let service = Service { resources: List::EMPTY, ..service.clone() };
    text.push_str(&serde_json::to_string(&Heading { service, resources })?);
    text.push('\n');
    text.push_str(&all);
    Ok(())
}

/// A text that is no catalog, or a damaged one.
#[derive(Debug)]
pub struct CatalogError(serde_json::Error);

impl From<serde_json::Error> for CatalogError {
    fn from(error: serde_json::Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for CatalogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the catalog is damaged: {}", self.0)
    }
}

impl std::error::Error for CatalogError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}
