//! `config.auth` → [`Auth`].

use bindery_ir::{Auth, AuthScheme, Text};

use super::document::Cursor;
use crate::Diagnostic;

/// Reads an authentication block.
///
/// The types that end in a token (`azure_default`, `oauth2`, `service_account`, `interactive`) differ in where the
/// token comes from, which is the credential's business; in the request they are all a bearer token.
pub(crate) fn read(block: &Cursor<'_>, diagnostics: &mut Vec<Diagnostic>) -> Auth {
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
            diagnostics.push(
                Diagnostic::warning(
                    "openapi/unsupported-auth",
                    block.origin(),
                    format!("the authentication `{other}` is more than one secret in one place"),
                )
                .with_hint("calls will ask for a credential that does it"),
            );
            AuthScheme::Other(Text::Owned(other.to_owned()))
        }
    };
    let variable = ["credentialsenvvar", "api_key_var"].iter().find_map(|key| block.text_of(key));
    Auth { scheme, variable: variable.map(|name| Text::Owned(name.to_owned())) }
}
