//! How a provider wants to be convinced who is calling.

use serde::{Deserialize, Serialize};

use crate::{Boxed, List, Text};

/// How a provider authenticates its callers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Auth {
    /// Where the secret goes.
    #[serde(default)]
    pub scheme: AuthScheme,
    /// The environment variable that holds the secret by custom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<Text>,
}

impl Auth {
    /// No authentication.
    pub const NONE: Self = Self { scheme: AuthScheme::None, variable: None };
}

/// Where a secret goes in a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthScheme {
    /// Nowhere: the provider serves anybody.
    #[default]
    None,
    /// Into a header, after a prefix such as `Bearer `.
    Header {
        /// The header.
        name: Text,
        /// What stands before the secret.
        prefix: Text,
    },
    /// Into a query pair, after a prefix.
    Query {
        /// The key.
        name: Text,
        /// What stands before the secret.
        prefix: Text,
    },
    /// A scheme that more than one secret goes into, such as a signature over the request.
    Other(Text),
}

/// An authentication block, as the document of a provider has it and as a user may add to it field by field.
/// It names the places of secrets, such as environment variables, and holds none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthBlock {
    /// The kind: `bearer`, `oauth2`, `aws_signing_v4`.
    #[serde(rename = "type")]
    pub kind: Text,
    /// Its fields, in the order of the document. A list is one setting for each item, and a mapping one for each
    /// member, whose name is `field.member`.
    #[serde(default)]
    pub settings: List<Setting>,
    /// A second secret that goes into the same request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<Boxed<AuthBlock>>,
}

impl AuthBlock {
    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.settings.iter().find(|setting| setting.name == name).map(|setting| &*setting.value)
    }
}

/// A field of an authentication block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// What it is called: `credentialsenvvar`.
    pub name: Text,
    /// What it says.
    pub value: Text,
}
