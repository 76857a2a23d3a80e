//! Every kind of name in its own type, so that none can be used as another.
//!
//! All of them keep the spelling of their source. None is a Rust identifier: those are made by the
//! generator, in one place, from these.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use crate::Text;

/// Declares a name: text that keeps its spelling and is not interchangeable with other names.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Text);

        impl $name {
            /// The name in a constant of generated code.
            pub const fn new(name: &'static str) -> Self {
                Self(Text::Borrowed(name))
            }

            /// The spelling of the source.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(name: String) -> Self {
                Self(Text::Owned(name))
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(Text::Owned(name.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }
    };
}

name!(
    /// A provider, as SQL says it: `azure`.
    ProviderName
);
name!(
    /// A service of a provider, as SQL says it: `api_management`.
    ServiceName
);
name!(
    /// A resource, method, parameter or column as the documentation and SQL say it: `backendId`, `$filter`.
    SqlName
);
name!(
    /// A parameter, header or property as it travels over HTTP: `If-Match`.
    WireName
);
name!(
    /// A schema of a service's OpenAPI document: `BackendContract`.
    SchemaName
);

/// The identity of a resource: `provider.service.resource`.
///
/// ```
/// use bindery_ir::ResourceId;
/// let id: ResourceId = "azure.api_management.backend".parse()?;
/// assert_eq!((id.provider(), id.service(), id.resource()), ("azure", "api_management", "backend"));
/// assert!("azure.backend".parse::<ResourceId>().is_err());
/// # Ok::<(), bindery_ir::ResourceIdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ResourceId(Text);

impl ResourceId {
    /// The identity in a constant of generated code, which was checked when the code was generated.
    pub const fn new(id: &'static str) -> Self {
        Self(Text::Borrowed(id))
    }

    /// Joins the three names.
    ///
    /// # Errors
    /// When one of them is empty, or the provider or service holds a dot.
    pub fn of(provider: &str, service: &str, resource: &str) -> Result<Self, ResourceIdError> {
        let id: Self = format!("{provider}.{service}.{resource}").parse()?;
        if (id.provider(), id.service()) == (provider, service) { Ok(id) } else { Err(ResourceIdError(id.0.into())) }
    }

    /// The whole identity.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the first dot.
    pub fn provider(&self) -> &str {
        self.part(0)
    }

    /// The part between the first two dots.
    pub fn service(&self) -> &str {
        self.part(1)
    }

    /// All that follows the second dot.
    pub fn resource(&self) -> &str {
        self.part(2)
    }

    fn part(&self, index: usize) -> &str {
        self.0.splitn(3, '.').nth(index).unwrap_or_default()
    }
}

impl FromStr for ResourceId {
    type Err = ResourceIdError;

    fn from_str(id: &str) -> Result<Self, ResourceIdError> {
        let parts: Vec<&str> = id.splitn(3, '.').collect();
        if parts.len() == 3 && parts.iter().all(|part| !part.is_empty()) {
            Ok(Self(Text::Owned(id.to_owned())))
        } else {
            Err(ResourceIdError(id.to_owned()))
        }
    }
}

impl<'de> Deserialize<'de> for ResourceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A text that does not name a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceIdError(String);

impl fmt::Display for ResourceIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a resource: write `provider.service.resource`", self.0)
    }
}

impl std::error::Error for ResourceIdError {}
