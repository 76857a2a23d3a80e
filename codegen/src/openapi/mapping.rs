//! What is stated about documents that do not say themselves which operation is which method, or how listings go on.

use serde::Deserialize;

use crate::PathPattern;

/// The section `mapping` of a provider in `bindery.toml`.
///
/// ```
/// use bindery_codegen::openapi::Mapping;
/// let mapping: Mapping = toml::from_str(r#"
///     first_page_only = ["pets/*/list_newest"]
///     [[operation]]
///     id = "petsByOwner"
///     resource = "pets"
///     method = "list_by_owner"
///     verbs = ["select"]
///     rows = "$.animals"
/// "#)?;
/// assert_eq!(mapping.operation[0].resource.as_deref(), Some("pets"));
/// assert_eq!(mapping.first_page_only[0].to_string(), "pets/*/list_newest");
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mapping {
    /// Whether `x-stackQL-resources` counts; without it everything is derived.
    pub extensions: bool,
    /// What becomes a service, where a document does not map its operations.
    pub services: ServiceBoundary,
    /// Operations that are something else than the rule makes of them.
    pub operation: Vec<OperationMapping>,
    /// Listings that do not go on as their schemas suggest, as patterns for `service/resource/method`: only their first page is
    /// read. What a document declares is no suggestion.
    pub first_page_only: Vec<PathPattern>,
}

impl Default for Mapping {
    fn default() -> Self {
        Self::RULE
    }
}

impl Mapping {
    /// Documents count where they say something, and the rule everywhere else.
    pub const RULE: Self = Self {
        extensions: true,
        services: ServiceBoundary::Document,
        operation: Vec::new(),
        first_page_only: Vec::new(),
    };
}

/// What becomes a service.
///
/// ```
/// use bindery_codegen::openapi::{Mapping, ServiceBoundary};
/// let mapping: Mapping = toml::from_str("services = \"tag\"")?;
/// assert_eq!(mapping.services, ServiceBoundary::Tag);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServiceBoundary {
    /// A document, called as its file.
    #[default]
    Document,
    /// The operations of a document that have the same first tag, called as the tag. Those without one stay with the
    /// name of the file.
    Tag,
}

/// What is stated about an operation. What is left out is derived.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OperationMapping {
    /// Its `operationId`, or its method and path: `GET /pets/{petId}`.
    pub id: String,
    /// The resource it belongs to.
    pub resource: Option<String>,
    /// What the method is called.
    pub method: Option<String>,
    /// The statements that reach it, in lower case; none at all leaves it to `EXEC`.
    pub verbs: Option<Vec<String>>,
    /// Where its rows are: `$.data`.
    pub rows: Option<String>,
    /// Whether it is left out.
    pub skip: bool,
}
