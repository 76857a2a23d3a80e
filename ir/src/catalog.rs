//! Many providers in one text, from which a service is loaded when it is asked for.
//!
//! The first line is an index (JSON): each provider without its services, and for each service its name and where
//! in the rest its JSON lies. So opening the catalog of a hundred services reads one line of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{List, Provider, Service, ServiceName, Text};

/// Providers and their services, of which only what is asked for is decoded.
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
    /// The bytes of its JSON, counted from the end of the index.
    from: usize,
    to: usize,
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
                rest.push_str(&serde_json::to_string(service)?);
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
        let entry = self.entry(provider).and_then(|entry| entry.services.iter().find(|entry| entry.name == *service));
        entry.map(|entry| self.decode(entry)).transpose()
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

    fn decode(&self, entry: &ServiceEntry) -> Result<Service, CatalogError> {
        let rest = self.text.get(self.start..).unwrap_or_default();
        Ok(serde_json::from_str(rest.get(entry.from..entry.to).unwrap_or_default())?)
    }
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
