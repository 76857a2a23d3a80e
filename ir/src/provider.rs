//! A provider and its services: the roots of the model.

use serde::{Deserialize, Serialize};

use crate::{Auth, AuthBlock, List, Origin, ProviderName, Resource, Schema, SchemaName, ServiceName, Text};

/// A cloud, or anything else with an API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Its name, as SQL says it.
    pub name: ProviderName,
    /// What a person calls it.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub title: Text,
    /// What its source says about it.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub description: Text,
    /// The version of its documents.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub version: Text,
    /// How it authenticates its callers.
    #[serde(default)]
    pub auth: Auth,
    /// Everything its document says about that, for those who can do more than put a secret into a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_block: Option<AuthBlock>,
    /// Its services, in the order of its document.
    #[serde(default)]
    pub services: List<Service>,
    /// Where it was read.
    #[serde(default, skip_serializing_if = "Origin::is_unknown")]
    pub origin: Origin,
}

impl Provider {
    /// A provider of which only the name is known.
    pub fn new(name: ProviderName) -> Self {
        Self {
            name,
            title: Text::Borrowed(""),
            description: Text::Borrowed(""),
            version: Text::Borrowed(""),
            auth: Auth::NONE,
            auth_block: None,
            services: List::EMPTY,
            origin: Origin::UNKNOWN,
        }
    }

    /// Its service of that name.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name == *name)
    }

    /// All its resources, service by service.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.services.iter().flat_map(|service| service.resources.iter())
    }
}

/// A part of a provider that is documented, generated and loaded as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its name, as SQL says it.
    pub name: ServiceName,
    /// What a person calls it.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub title: Text,
    /// What its source says about it.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub description: Text,
    /// The version of its document.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub version: Text,
    /// Its resources, in the order of its document.
    #[serde(default)]
    pub resources: List<Resource>,
    /// The schemas that the types of its resources refer to, in the order of its document.
    #[serde(default)]
    pub schemas: List<Schema>,
    /// Where it was read.
    #[serde(default, skip_serializing_if = "Origin::is_unknown")]
    pub origin: Origin,
}

impl Service {
    /// A service of which only the name is known.
    pub fn new(name: ServiceName) -> Self {
        Self {
            name,
            title: Text::Borrowed(""),
            description: Text::Borrowed(""),
            version: Text::Borrowed(""),
            resources: List::EMPTY,
            schemas: List::EMPTY,
            origin: Origin::UNKNOWN,
        }
    }

    /// Its resource of that name.
    pub fn resource(&self, name: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.id.resource() == name)
    }

    /// Its schema of that name.
    pub fn schema(&self, name: &SchemaName) -> Option<&Schema> {
        self.schemas.iter().find(|schema| schema.name == *name)
    }
}
