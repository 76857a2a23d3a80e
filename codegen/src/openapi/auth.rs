//! `config.auth` → [`Auth`] and [`AuthBlock`].

use bindery_ir::{Auth, AuthBlock, AuthScheme, Boxed, Setting, Text};

use super::document::Cursor;
use crate::{Diagnostic, Severity};

/// The fields of a block. They name the places of secrets and say what is done with them.
const FIELDS: [&str; 37] = [
    "account_id",
    "account_id_var",
    "api_key_var",
    "api_secret_var",
    "auth_style",
    "aws_role_arn",
    "aws_role_arn_env_var",
    "aws_role_duration_seconds",
    "aws_role_external_id",
    "aws_role_external_id_env_var",
    "aws_role_session_name",
    "aws_sts_endpoint",
    "aws_sts_region",
    "client_id",
    "client_id_env_var",
    "client_secret_env_var",
    "credentialsenvvar",
    "credentialsfilepath",
    "credentialsfilepathenvvar",
    "grant_type",
    "keyID",
    "keyIDenvvar",
    "location",
    "name",
    "password_var",
    "region",
    "scopes",
    "service",
    "sub",
    "successor",
    "token_url",
    "type",
    "username",
    "username_var",
    "valuePrefix",
    "values",
    "audience",
];

/// The fields that hold secrets themselves. Documents are shared and have no business with those.
const SECRETS: [&str; 4] = ["api_key", "api_secret", "client_secret", "password"];

/// How many secrets one request can take.
const LONGEST_CHAIN: usize = 4;

/// Reads an authentication block: where a secret goes, and everything else that it says.
///
/// The types that end in a token (`azure_default`, `oauth2`, `service_account`, `interactive`) differ in where the
/// token comes from, which is the credential's business; in the request they are all a bearer token.
pub(super) fn read(block: Cursor<'_>, diagnostics: &mut Vec<Diagnostic>) -> (Auth, Option<AuthBlock>) {
    let kind = block.text_of("type").unwrap_or("null_auth");
    let prefix = |otherwise: &str| Text::Owned(block.text_of("valuePrefix").unwrap_or(otherwise).to_owned());
    let authorization = |prefix: Text| AuthScheme::Header { name: Text::Borrowed("Authorization"), prefix };
    let scheme = match kind {
        "null_auth" => AuthScheme::None,
        "bearer" | "azure_default" | "oauth2" | "service_account" | "interactive" => authorization("Bearer ".into()),
        "api_key" => authorization(prefix("")),
        "basic" => authorization(prefix("Basic ")),
        "custom" if block.get("successor").is_none() => {
            let name = Text::Owned(block.text_of("name").unwrap_or("Authorization").to_owned());
            match block.text_of("location") {
                Some("query") => AuthScheme::Query { name, prefix: prefix("") },
                _ => AuthScheme::Header { name, prefix: prefix("") },
            }
        }
        other => {
            let message = format!("the authentication `{other}` is more than one secret in one place");
            diagnostics.push(
                block
                    .finding(Severity::Warning, "openapi/unsupported-auth", message)
                    .assuming("calls will ask for a credential that does it"),
            );
            AuthScheme::Other(Text::Owned(other.to_owned()))
        }
    };
    // What a service account has in a variable is its key, and no token.
    let variables: &[&str] = if kind == "service_account" { &[] } else { &["credentialsenvvar", "api_key_var"] };
    let variable = variables.iter().find_map(|key| block.text_of(key));
    let auth = Auth { scheme, variable: variable.map(|name| Text::Owned(name.to_owned())) };
    let whole = (kind != "null_auth").then(|| read_block(block, LONGEST_CHAIN, diagnostics));
    (auth, whole)
}

fn read_block(block: Cursor<'_>, chain: usize, diagnostics: &mut Vec<Diagnostic>) -> AuthBlock {
    let mut settings = Vec::new();
    let mut add = |name: String, value: Option<&str>| {
        let value = value.map(|value| Setting { name: name.into(), value: value.to_owned().into() });
        settings.extend(value);
    };
    for (name, field) in block.entries().filter(|(name, _)| !["type", "successor"].contains(name)) {
        if SECRETS.contains(&name) {
            let message = format!("`{name}` is a secret in a document");
            diagnostics.push(
                field
                    .finding(Severity::Error, "openapi/secret", message)
                    // The line would show it.
                    .with_excerpt("")
                    .assuming("it is not read")
                    .with_hint(format!("name an environment variable with `{name}_var`, and change the secret")),
            );
        } else if FIELDS.contains(&name) {
            add(name.to_owned(), field.text());
            field.items().for_each(|item| add(name.to_owned(), item.text()));
            field.entries().for_each(|(member, value)| add(format!("{name}.{member}"), value.text()));
        } else {
            let message = format!("`{name}` is no field of an authentication block");
            diagnostics.push(
                field.finding(Severity::Warning, "openapi/unknown-extension", message).assuming("it is left out"),
            );
        }
    }
    let successor = block.get("successor").filter(|_| chain > 0);
    AuthBlock {
        kind: block.text_of("type").unwrap_or("null_auth").to_owned().into(),
        settings: settings.into(),
        successor: successor.map(|block| Boxed::new(read_block(block, chain - 1, diagnostics))),
    }
}
