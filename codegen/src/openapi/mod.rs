//! Provider documents → [`Provider`].
//!
//! In goes the text of a `provider.yaml` and its service documents (OpenAPI 3 with `x-stackQL-*` extensions), out
//! comes the model and what was wrong with the text. Nothing here reads files, and nothing stops at a mistake:
//! whatever cannot be read is left out or read as less, with a [`Diagnostic`].
//!
//! | code | what it says | what is done |
//! |---|---|---|
//! | `openapi/yaml` | the document is not YAML, or exceeds a bound | it is left out |
//! | `openapi/duplicate-key` | a key stands twice in a mapping | the last one counts |
//! | `openapi/swagger` | the document is Swagger 2.0 | it is left out; the hint names a converter |
//! | `openapi/version` | a version of OpenAPI that is not known, or none | read as 3.1 |
//! | `openapi/not-a-document` | neither `openapi` nor `paths` | read only where others refer to it |
//! | `openapi/no-provider-document` | there is no `provider.yaml` | every document is a service |
//! | `openapi/missing-service` | `provider.yaml` names a document that is not there | the service is left out |
//! | `openapi/duplicate-service` | two documents make services of the same name | the later one is left out |
//! | `openapi/unlisted-service` | a document that `provider.yaml` does not name | read only where others refer to it |
//! | `openapi/correction` | a correction that makes no sense, or no longer applies | the document is read as it is |
//! | `openapi/bad-id` | a resource's id is no `provider.service.resource` | made from where it stands |
//! | `openapi/bad-name` | a provider, service, resource or method has a name that could be a path | it is left out |
//! | `openapi/no-operation` | a method without an operation | it has no wire form |
//! | `openapi/unresolved-reference` | a `$ref` leads nowhere or in a circle | said with it |
//! | `openapi/bad-parameter` | a parameter without name or place, or in a cookie | it is left out |
//! | `openapi/parameter-style` | a way of writing a value that is not known | plain text |
//! | `openapi/undeclared-variable` | a path or server has a variable that is not declared | a required text |
//! | `openapi/unused-parameter` | a path parameter that the path does not use | it is left out |
//! | `openapi/no-server` | nothing says where to send a method | it needs a base URL |
//! | `openapi/no-response` | the response that a method names does not exist | another of success, or none |
//! | `openapi/object-key` | an object key that the response's schema does not have | rows of any type |
//! | `openapi/shadowed-property` | a body property with the name of a parameter | it is called `data__…` |
//! | `openapi/body-translation` | a way of naming body properties that is not known | the properties' own names |
//! | `openapi/pagination` | a way of paging that is not known | only the first page is read |
//! | `openapi/transform` | a template of no known shape, or in no known language | kept, or left out |
//! | `openapi/view-predicate` | a condition of a view that is not known | it holds |
//! | `openapi/deep-schema` | a schema nested beyond the bound | any type |
//! | `openapi/unsupported-auth` | a way of authentication that needs more than one secret | calls need a credential of their own |
//! | `openapi/secret` | a secret in a document | it is not read |
//! | `openapi/unknown-verb` | `sqlVerbs` has a verb that is none, or names no method | it is left out |
//! | `openapi/unknown-extension` | a key or value of an extension that is not known | it has no effect |
//! | `openapi/unused-mapping` | `bindery.toml` maps an operation or names a listing that is not there | it has no effect |
//!
//! The way: `yaml` → `document` (with `library` for others, `corrections` and `swagger`) → `provider`, `service` →
//! `resource` (stated) or `derive` (not stated) → `operation`, `body`, `response`, `schema`, `pagination`, and what
//! OpenAPI has no words for: `adaptation`, `transform`. `vocabulary` knows every extension.

mod adaptation;
mod auth;
mod body;
mod config;
mod corrections;
mod derive;
mod document;
mod inspect;
mod library;
mod mapping;
mod names;
mod operation;
mod pagination;
mod provider;
mod resource;
mod response;
mod schema;
mod service;
mod swagger;
mod transform;
mod vocabulary;
mod yaml;

use std::num::NonZeroUsize;

use bindery_ir::Provider;

pub use inspect::describe_resource;
pub use mapping::{Mapping, OperationMapping, ServiceBoundary};
pub use names::resource_names;

use crate::{Diagnostic, Source};

/// Reads a provider's documents: `provider.yaml` and the services it names.
///
/// `name` is the provider's name where no `provider.yaml` says it.
///
/// ```
/// use bindery_codegen::{Source, openapi};
/// let document = Source {
///     path: "services/pets.yaml".into(),
///     text: r##"
/// openapi: 3.0.0
/// info: {title: Pets, version: '1'}
/// servers: [{url: https://pets.example.com}]
/// paths:
///   /pets/{petId}:
///     get:
///       parameters: [{name: petId, in: path, required: true, schema: {type: string}}]
///       responses: {'200': {content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}}}
/// components:
///   x-stackQL-resources:
///     pet:
///       methods:
///         get:
///           operation: {$ref: '#/paths/~1pets~1{petId}/get'}
///           response: {openAPIDocKey: '200', mediaType: application/json}
///       sqlVerbs: {select: [{$ref: '#/components/x-stackQL-resources/pet/methods/get'}]}
/// "##.into(),
/// };
/// let (provider, _) = openapi::read_provider(&[document], "shop");
/// let method = &provider.services[0].resources[0].methods[0];
/// assert_eq!(method.path(), "shop.pets.pet.get");
/// ```
pub fn read_provider(sources: &[Source], name: &str) -> (Provider, Vec<Diagnostic>) {
    read_provider_with(sources, name, &Options::default())
}

/// What a provider is read with.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// What is stated about documents that do not map their operations themselves.
    pub mapping: &'a Mapping,
    /// Patches that are applied before reading; without them, those of the `corrections.yaml` among the documents.
    pub corrections: Option<&'a Source>,
    /// The one service that is read; without it all are.
    pub only: Option<&'a str>,
    /// How many documents are read at once. What comes out does not depend on it.
    pub jobs: NonZeroUsize,
}

impl Default for Options<'_> {
    fn default() -> Self {
        static RULE: Mapping = Mapping::RULE;
        Self { mapping: &RULE, corrections: None, only: None, jobs: NonZeroUsize::MIN }
    }
}

/// The same as [`read_provider`], with options.
pub fn read_provider_with(sources: &[Source], name: &str, options: &Options<'_>) -> (Provider, Vec<Diagnostic>) {
    provider::read(sources, name, options)
}

/// Whether a document says something of all services: what each is called, and how it is corrected.
pub(crate) fn is_of_all(path: &str) -> bool {
    provider::is_of_all(path)
}

/// Parses a document and does no more; says whether it could. Benchmarks compare everything else with it.
#[doc(hidden)]
pub fn parse_alone(source: &Source) -> bool {
    document::Document::parse(source, &mut Vec::new()).is_some()
}
