//! An authentication block, from a document and from the user, field by field.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use bindery_ir::{AuthBlock, AuthScheme, Text};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::authenticator::Part;
use super::{Basic, Credential, Token};
use crate::Error;

/// The kinds of authentication that look for an identity, with the variables of which one is set where there is one.
const IDENTITIES: &[(&str, &[&str])] = &[
    ("aws_assume_role", AWS_IDENTITY),
    ("aws_signing_v4", AWS_IDENTITY),
    (
        "azure_default",
        &[
            "AZURE_CLIENT_SECRET",
            "AZURE_FEDERATED_TOKEN_FILE",
            "IDENTITY_ENDPOINT",
            "MSI_ENDPOINT",
            "AZURE_POD_IDENTITY_AUTHORITY_HOST",
        ],
    ),
    ("google_default", GOOGLE_IDENTITY),
    ("service_account", GOOGLE_IDENTITY),
];

const AWS_IDENTITY: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

const GOOGLE_IDENTITY: &[&str] = &["GOOGLE_APPLICATION_CREDENTIALS", "GCE_METADATA_HOST"];

/// How a provider is to be authenticated to: the fields of an authentication block by their names in the documents
/// (`type`, `credentialsenvvar`, `valuePrefix`, `token_url`, …). What a user says goes on top of what the document
/// says, field by field ([`over`](Self::over)).
///
/// A value may be a secret, so none is ever shown.
///
/// ```
/// use bindery_runtime::AuthSettings;
/// let document = AuthSettings::from_json(r#"{"type": "bearer", "credentialsenvvar": "PETS_TOKEN"}"#)?;
/// let user = AuthSettings::from_json(r#"{"credentialsenvvar": "OTHER_TOKEN"}"#)?;
/// let both = user.over(document);
/// assert_eq!(format!("{both:?}"), "AuthSettings(bearer: credentialsenvvar)");
/// # Ok::<(), bindery_runtime::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct AuthSettings {
    kind: Option<String>,
    fields: BTreeMap<String, SecretString>,
    successor: Option<Box<AuthSettings>>,
}

impl AuthSettings {
    /// Reads a block from JSON. The items of a list are joined by blanks; a member of an object is the field
    /// `object.member`.
    ///
    /// # Errors
    /// When it is no JSON object.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let invalid = |reason: String| Error::Configuration { reason: format!("the authentication block: {reason}") };
        // The message of a parser may quote what it read.
        let value: Value = serde_json::from_str(json)
            .map_err(|error| invalid(format!("it is no JSON (line {}, column {})", error.line(), error.column())))?;
        Self::from_value(value).ok_or_else(|| invalid("it is no object".to_owned()))
    }

    /// The depth of a value is bounded by its reader.
    fn from_value(value: Value) -> Option<Self> {
        let Value::Object(members) = value else { return None };
        let mut settings = Self::default();
        for (name, value) in members {
            match value {
                Value::Null => {}
                Value::String(kind) if name == "type" => settings.kind = Some(kind),
                successor @ Value::Object(_) if name == "successor" => {
                    settings.successor = Self::from_value(successor).map(Box::new);
                }
                Value::Object(inner) => {
                    for (member, value) in inner {
                        settings.set(format!("{name}.{member}"), text(value));
                    }
                }
                value => settings.set(name, text(value)),
            }
        }
        Some(settings)
    }

    fn set(&mut self, name: String, value: String) {
        self.fields.insert(name, value.into());
    }

    /// These settings on top of others: a field that both have is the one of these.
    #[must_use]
    pub fn over(self, others: Self) -> Self {
        let mut fields = others.fields;
        fields.extend(self.fields);
        let successor = match (self.successor, others.successor) {
            (Some(own), Some(other)) => Some(Box::new(own.over(*other))),
            (own, other) => own.or(other),
        };
        Self { kind: self.kind.or(others.kind), fields, successor }
    }

    /// The value of a field, which may be a secret.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(ExposeSecret::expose_secret).filter(|value| !value.is_empty())
    }

    /// The members of a field that is an object.
    #[cfg(feature = "oauth2")]
    pub(crate) fn members(&self, name: &str) -> impl Iterator<Item = (&str, &str)> {
        let prefix = format!("{name}.");
        self.fields.iter().filter_map(move |(field, value)| Some((field.strip_prefix(&prefix)?, value.expose_secret())))
    }

    /// The value of the environment variable that a field names.
    pub(crate) fn environment(&self, name: &str) -> Option<String> {
        std::env::var(self.get(name)?).ok().filter(|value| !value.is_empty())
    }

    /// A value that is given, or in the environment variable that another field names.
    pub(crate) fn given_or_named(&self, given: &str, named: &[&str]) -> Option<String> {
        self.get(given).map(str::to_owned).or_else(|| named.iter().find_map(|name| self.environment(name)))
    }

    /// The file that holds the secret.
    pub(crate) fn secret_file(&self) -> Option<String> {
        self.environment("credentialsfilepathenvvar").or_else(|| self.get("credentialsfilepath").map(str::to_owned))
    }

    /// What is in the environment variable of the secret, where a key of Google's or the name of its file might be as
    /// well.
    fn token(&self) -> Option<Token> {
        let text = self.environment("credentialsenvvar")?;
        let is_key = text.trim_start().starts_with('{') || Path::new(text.trim()).is_file();
        (!is_key).then(|| Token::new(text))
    }

    /// Whether there is something to authenticate with, as far as that can be told without asking anybody.
    pub(crate) fn is_at_hand(&self) -> bool {
        let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match IDENTITIES.iter().find(|(kind, _)| *kind == self.kind()) {
            Some((_, variables)) => {
                variables.iter().any(is_set)
                    || self.environment("credentialsenvvar").is_some()
                    || self.secret_file().is_some()
            }
            None => true,
        }
    }

    /// The kind of authentication, as documents call it.
    pub(crate) fn kind(&self) -> &str {
        self.kind.as_deref().unwrap_or("null_auth")
    }

    /// The secret itself: from an environment variable, a file, a user with a password, or given.
    fn secret(&self) -> Result<Option<Arc<dyn Credential>>, Error> {
        if let Some(secret) = self.environment("credentialsenvvar") {
            return Ok(Some(Arc::new(Token::new(secret))));
        }
        if let Some(path) = self.secret_file() {
            let secret = fs::read_to_string(&path).map_err(|error| Error::Configuration {
                reason: format!("the credential in the file {path} cannot be read: {error}"),
            })?;
            return Ok(Some(Arc::new(Token::new(secret))));
        }
        let pairs = [
            ("username", "username_var", "password", "password_var"),
            ("api_key", "api_key_var", "api_secret", "api_secret_var"),
        ];
        for (user, user_variable, password, password_variable) in pairs {
            let user = self.given_or_named(user, &[user_variable]);
            match (user, self.given_or_named(password, &[password_variable])) {
                (Some(user), Some(password)) => return Ok(Some(Arc::new(Basic::new(&user, &password.into())))),
                (Some(key), None) if user_variable == "api_key_var" => return Ok(Some(Arc::new(Token::new(key)))),
                _ => {}
            }
        }
        Ok(None)
    }

    /// What goes where in a request. Empty when nothing is to go, or no secret is there.
    ///
    /// # Errors
    /// When the kind of authentication is not known, or this build does not have it.
    pub(crate) fn placed(&self) -> Result<Vec<Part>, Error> {
        let prefix = |otherwise: &str| Text::Owned(self.get("valuePrefix").unwrap_or(otherwise).to_owned());
        let authorization = |prefix: Text| AuthScheme::Header { name: Text::Borrowed("Authorization"), prefix };
        let scheme = match self.kind() {
            "null_auth" => return Ok(Vec::new()),
            "bearer" => authorization(prefix("Bearer ")),
            "api_key" => authorization(prefix("")),
            "basic" => authorization(prefix("Basic ")),
            "custom" => {
                let name = Text::Owned(self.get("name").unwrap_or("Authorization").to_owned());
                match self.get("location") {
                    Some("query") => AuthScheme::Query { name, prefix: prefix("") },
                    _ => AuthScheme::Header { name, prefix: prefix("") },
                }
            }
            // A token that is there already needs no identity.
            "oauth2" | "azure_default" | "google_default" | "service_account" if self.token().is_some() => {
                let token = self.token().map(|token| Part::secret(authorization(prefix("Bearer ")), Arc::new(token)));
                return Ok(token.into_iter().collect());
            }
            #[cfg(feature = "oauth2")]
            "oauth2" => {
                let credential = super::Fetched::new(super::ClientCredentials::from_settings(self)?);
                return Ok(vec![Part::secret(authorization(prefix("Bearer ")), Arc::new(credential))]);
            }
            #[cfg(feature = "azure")]
            "azure_default" => {
                let credential = super::Fetched::new(super::AzureIdentity::from_settings(self));
                return Ok(vec![Part::secret(authorization(prefix("Bearer ")), Arc::new(credential))]);
            }
            #[cfg(feature = "google")]
            "service_account" | "google_default" => {
                let credential = super::Fetched::new(super::GoogleIdentity::from_settings(self));
                return Ok(vec![Part::secret(authorization(prefix("Bearer ")), Arc::new(credential))]);
            }
            #[cfg(feature = "aws")]
            "aws_signing_v4" | "aws_assume_role" => {
                return Ok(vec![Part::aws(super::AwsSigner::from_settings(self))]);
            }
            other => return Err(unknown(other)),
        };
        let secret = self.secret()?.into_iter();
        let mut placed: Vec<Part> = secret.map(|secret| Part::secret(scheme.clone(), secret)).collect();
        if let Some(successor) = &self.successor {
            // A successor without a kind is of the same one.
            let kind = successor.kind.clone().or_else(|| self.kind.clone());
            placed.extend(Self { kind, ..(**successor).clone() }.placed()?);
        }
        Ok(placed)
    }
}

fn unknown(kind: &str) -> Error {
    let feature = match kind {
        "oauth2" => Some("oauth2"),
        "aws_signing_v4" | "aws_assume_role" => Some("aws"),
        "azure_default" => Some("azure"),
        "service_account" | "google_default" => Some("google"),
        _ => None,
    };
    let reason = match feature {
        Some(feature) => format!("callers are authenticated by `{kind}`, which needs the cargo feature `{feature}`"),
        None => format!(
            "callers are authenticated by `{kind}`, which is not supported yet: give the client a token with `credential`"
        ),
    };
    Error::Configuration { reason }
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Array(items) => items.into_iter().map(text).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

impl From<&AuthBlock> for AuthSettings {
    fn from(block: &AuthBlock) -> Self {
        let mut settings = Self { kind: Some(block.kind.to_string()), ..Self::default() };
        for setting in &block.settings {
            // A list has its items one by one.
            let value = match settings.get(&setting.name) {
                Some(before) => format!("{before} {}", setting.value),
                None => setting.value.to_string(),
            };
            settings.set(setting.name.to_string(), value);
        }
        settings.successor = block.successor.as_deref().map(|successor| Box::new(Self::from(successor)));
        settings
    }
}

impl fmt::Debug for AuthSettings {
    /// The names of the fields: a value may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.fields.keys().map(String::as_str).collect();
        write!(f, "AuthSettings({}: {})", self.kind(), names.join(", "))
    }
}
