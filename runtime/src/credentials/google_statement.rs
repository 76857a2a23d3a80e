//! What somebody else says of a workload or a user whom Google trusts on his word.
//!
//! What a file of credentials says of where that is goes in (`credential_source`); the statement comes out.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::{Host, Url};

use super::CredentialError;
use super::google_http::{ask, secure};
use super::google_program::{Asked, Program};
use crate::redact;

/// Where a statement is: in a file, at a URL, with a program, or to be had with the keys of AWS.
#[derive(Clone, Deserialize)]
pub(super) struct StatementSource {
    file: Option<PathBuf>,
    url: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, SecretString>,
    #[serde(default)]
    format: Format,
    executable: Option<Program>,
    /// `aws1` for a workload of AWS. Where its keys and its region are is left to AWS's own chain.
    environment_id: Option<String>,
    /// Where AWS tells whose keys signed a request, with a `{region}`.
    regional_cred_verification_url: Option<String>,
}

/// How it is written: as it is, or as a member of a JSON object.
#[derive(Clone, Default, Deserialize)]
struct Format {
    #[serde(rename = "type")]
    kind: Option<String>,
    subject_token_field_name: Option<String>,
}

/// A statement, and what of it is a secret besides the whole.
pub(super) struct Statement {
    pub(super) text: SecretString,
    pub(super) parts: Vec<SecretString>,
}

impl Statement {
    /// The text without the statement, or a secret of it.
    pub(super) fn hide(&self, text: &str) -> String {
        self.parts.iter().fold(redact::hide(text, &self.text), |text, part| redact::hide(&text, part))
    }
}

impl StatementSource {
    /// The text without the secrets that are sent to get it.
    pub(super) fn hide(&self, text: &str) -> String {
        self.headers.values().fold(text.to_owned(), |text, secret| redact::hide(&text, secret))
    }

    /// The statement for whoever asks.
    pub(super) async fn statement(
        &self,
        http: &reqwest::Client,
        asked: &Asked<'_>,
    ) -> Result<Statement, CredentialError> {
        if let Some(environment) = &self.environment_id {
            let url = self.url_of_aws(environment)?;
            #[cfg(feature = "aws")]
            return super::aws_statement::statement(url, asked.audience).await;
            #[cfg(not(feature = "aws"))]
            return Err(CredentialError::new(format!(
                "Google's credentials are to be had with the keys of AWS (`{url}`), which takes the feature `aws`"
            )));
        }
        let text = match (&self.file, &self.url, &self.executable) {
            (Some(file), _, _) => {
                let text = std::fs::read_to_string(file)
                    .map_err(|error| CredentialError::new(format!("{}: cannot be read: {error}", file.display())))?;
                self.format.read(&text, &file.display().to_string())?
            }
            (None, Some(url), _) => {
                let url = near_or_secure(url)?;
                let request = || {
                    let headers = self.headers.iter();
                    headers.fold(http.get(url.clone()), |request, (name, value)| {
                        request.header(name, value.expose_secret())
                    })
                };
                let (_, body) = ask(&url, request).await?;
                self.format.read(&String::from_utf8_lossy(&body), &url.origin().ascii_serialization())?
            }
            (None, None, Some(program)) => program.statement(asked).await?,
            (None, None, None) => {
                return Err(CredentialError::new(
                    "the `credential_source` of Google's credentials names none of `file`, `url`, `executable` and `environment_id`",
                ));
            }
        };
        Ok(Statement { text, parts: Vec::new() })
    }

    /// Where AWS tells whose keys signed a request.
    fn url_of_aws(&self, environment: &str) -> Result<&str, CredentialError> {
        if environment != "aws1" {
            return Err(CredentialError::new(format!(
                "Google's credentials are to be found in the environment `{}`, which is not known: `aws1` is",
                environment.escape_debug()
            )));
        }
        self.regional_cred_verification_url.as_deref().ok_or_else(|| {
            CredentialError::new("Google's credentials lack the `regional_cred_verification_url` that `aws1` needs")
        })
    }
}

impl Format {
    /// The statement in a text from that place.
    fn read(&self, text: &str, place: &str) -> Result<SecretString, CredentialError> {
        let statement = match self.kind.as_deref() {
            Some("json") => {
                let name = self.subject_token_field_name.as_deref().unwrap_or_default();
                let object: Value = serde_json::from_str(text).unwrap_or_default();
                let member = object.get(name).and_then(Value::as_str).map(str::to_owned);
                member.ok_or_else(|| CredentialError::new(format!("{place}: there is no text in a member `{name}`")))?
            }
            _ => text.trim().to_owned(),
        };
        if statement.is_empty() {
            return Err(CredentialError::new(format!("{place}: there is nothing in it")));
        }
        Ok(statement.into())
    }
}

/// A URL at which a machine may ask who it is: a secure one, or one of an address that no router passes on, at which
/// clouds have their servers of identities.
fn near_or_secure(url: &str) -> Result<Url, CredentialError> {
    let is_near = |url: &Url| match url.host() {
        Some(Host::Ipv4(address)) => address.is_link_local(),
        Some(Host::Ipv6(address)) => address.is_unicast_link_local(),
        _ => false,
    };
    match Url::parse(url) {
        Ok(url) if url.scheme() == "http" && is_near(&url) => Ok(url),
        _ => secure(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_come_from_near_or_by_https() {
        for url in ["https://vstoken.example.com/x", "http://169.254.169.254/metadata/identity", "http://[fe80::1]/id"]
        {
            assert!(near_or_secure(url).is_ok(), "{url}");
        }
        for url in ["http://vstoken.example.com/x", "http://10.0.0.1/id", "ftp://169.254.169.254/", "id"] {
            assert!(near_or_secure(url).is_err(), "{url}");
        }
    }
}
