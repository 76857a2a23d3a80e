//! Which extensions are known, and what they are. One that is not in these tables is a finding with its place.

use super::document::Cursor;
use crate::{Diagnostic, Severity};

/// The extensions that are read wherever they may stand.
const READ: [&str; 8] = [
    "x-stackQL-alias",
    "x-stackQL-config",
    "x-stackQL-envVar",
    "x-stackQL-graphQL",
    "x-stackQL-resources",
    "x-stackQL-stringOnly",
    "x-stackQL-verb",
    "x-stackQL-resource",
];

/// Extensions that generators of documents leave for themselves. What they say is said elsewhere in the document in
/// the form that counts.
const HINTS: [&str; 12] = [
    "x-stackql-additional-identifiers",
    "x-stackql-bare-array-wrap",
    "x-stackql-date-generated",
    "x-stackql-primary-identifier",
    "x-stackql-protocol",
    "x-stackql-provider",
    "x-stackql-resource-name",
    "x-stackql-sdk",
    "x-stackql-sdk-method",
    "x-stackql-sdk-path",
    "x-stackql-sdk-resource",
    "x-stackql-supplemental",
];

/// The members of blocks that belong to these extensions alone. Members that begin with `x-` are anybody's.
const BLOCKS: [(&str, &[&str]); 17] = [
    ("resource", &["id", "name", "title", "description", "methods", "sqlVerbs", "config", "baseUrl"]),
    (
        "resource config",
        &["views", "docs", "pagination", "queryParamPushdown", "queryParamTranspose", "requestTranslate", "retry"],
    ),
    (
        "method",
        &["operation", "request", "response", "config", "servers", "parameters", "inverse", "apiMethod", "serviceName"],
    ),
    ("request", &["mediaType", "nativeCasing", "base", "default", "required", "transform", "schema_override"]),
    // `schemaRef` names the schema that `openAPIDocKey` and `mediaType` lead to as well.
    (
        "response",
        &["mediaType", "openAPIDocKey", "objectKey", "overrideMediaType", "transform", "schema_override", "schemaRef"],
    ),
    (
        "method config",
        &[
            "pagination",
            "requestBodyTranslate",
            "requestTranslate",
            "queryParamTranspose",
            "queryParamPushdown",
            "retry",
            "views",
        ],
    ),
    ("service config", &["pagination", "requestTranslate", "queryParamTranspose", "queryParamPushdown", "retry"]),
    (
        "provider config",
        &[
            "auth",
            "pagination",
            "requestTranslate",
            "queryParamTranspose",
            "queryParamPushdown",
            "retry",
            "snake_case_aliases",
            "minStackQLVersion",
            // Objects are always read with the properties of what they are composed of.
            "variations",
        ],
    ),
    ("pagination", &["algorithm", "requestToken", "responseToken", "responseTerminator"]),
    ("token", &["key", "location", "algorithm", "args"]),
    ("transform", &["type", "body"]),
    ("views", &["select"]),
    ("view", &["predicate", "ddl", "fallback"]),
    ("graphQL", &["id", "url", "httpVerb", "query", "cursor", "responseSelection"]),
    ("cursor", &["jsonPath", "strategy", "format", "pageSize", "terminateOnJsonPath"]),
    ("inverse", &["sqlVerb", "method", "tokens"]),
    ("algorithm", &["algorithm"]),
];

/// Reports the members of a block that are not known. `block` is the first word of its line in [`BLOCKS`].
pub(super) fn check(at: Option<Cursor<'_>>, block: &str, diagnostics: &mut Vec<Diagnostic>) {
    let known = BLOCKS.iter().find(|(name, _)| *name == block).map_or(&[][..], |(_, known)| known);
    for (key, member) in at.into_iter().flat_map(Cursor::entries) {
        if !known.contains(&key) && !key.starts_with("x-") {
            diagnostics.push(unknown(key, member, &format!("no part of a {block} block that is known")));
        }
    }
}

/// Reports what `provider.yaml` says that is not known.
pub(super) fn check_provider(root: Cursor<'_>, diagnostics: &mut Vec<Diagnostic>) {
    check(root.get("config"), "provider config", diagnostics);
    let protocol = root.get("protocolType").filter(|protocol| protocol.text() != Some("http"));
    if let Some(protocol) = protocol {
        let message = format!("the protocol `{}` is not HTTP", protocol.text().unwrap_or_default().escape_debug());
        diagnostics
            .push(protocol.finding(Severity::Warning, "openapi/unknown-extension", message).assuming("it is HTTP"));
    }
    for (_, entry) in root.get("providerServices").into_iter().flat_map(Cursor::entries) {
        check(entry.get("config"), "service config", diagnostics);
        if let Some(resources) = entry.get("resources") {
            let message = "resources outside of the service's document are not read".to_owned();
            let finding = resources.finding(Severity::Warning, "openapi/unknown-extension", message);
            diagnostics.push(finding.assuming("the document's own count").with_hint("move them to its components"));
        }
    }
}

/// Reports the extensions of a document that are meant for this reader by their name, and not known.
pub(super) fn check_extensions(root: Cursor<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for (key, at) in root.extensions() {
        let is_known = READ.contains(&key) || HINTS.contains(&key) || key.starts_with("x-stackql-sdk");
        if !is_known {
            diagnostics.push(unknown(key, at, "no extension that is known"));
        }
    }
}

fn unknown(key: &str, at: Cursor<'_>, what: &str) -> Diagnostic {
    let message = format!("`{}` is {what}", key.escape_debug());
    at.finding(Severity::Warning, "openapi/unknown-extension", message)
        .assuming("it has no effect")
        .with_hint("correct its spelling, or remove it")
}
