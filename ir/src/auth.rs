//! How a provider wants to be convinced who is calling.

use serde::{Deserialize, Serialize};

use crate::Text;

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
