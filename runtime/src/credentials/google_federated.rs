//! Identities of others that Google trusts: a workload of another cloud or of a build service, or the users of a company
//! (`external_account`).
//!
//! What a file of credentials says goes in; a token comes out, for which a statement of the other side was exchanged (RFC
//! 8693), and which may then act as a service account.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use url::{Host, Url};

use super::google::{EVERYTHING, GoogleIdentity, IMPERSONATED, Token, ask, read, secure};
use super::{AccessToken, CredentialError};
use crate::redact;

/// Where statements are exchanged for tokens.
const TOKEN_URL: &str = "https://sts.googleapis.com/v1/token";

/// An identity of somebody else's, as a file of credentials describes it.
#[derive(Clone, Deserialize)]
pub(super) struct ExternalAccount {
    audience: String,
    subject_token_type: String,
    #[serde(default = "token_url")]
    token_url: String,
    credential_source: StatementSource,
    service_account_impersonation_url: Option<String>,
    #[serde(default)]
    service_account_impersonation: Impersonation,
    client_id: Option<String>,
    client_secret: Option<SecretString>,
    /// The project that pays for the calls of a company's users.
    workforce_pool_user_project: Option<String>,
}

/// Where the statement of the other side is.
#[derive(Clone, Deserialize)]
struct StatementSource {
    file: Option<PathBuf>,
    url: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, SecretString>,
    #[serde(default)]
    format: Format,
}

/// How it is written: as it is, or as a member of a JSON object.
#[derive(Clone, Default, Deserialize)]
struct Format {
    #[serde(rename = "type")]
    kind: Option<String>,
    subject_token_field_name: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
struct Impersonation {
    token_lifetime_seconds: Option<u64>,
}

fn token_url() -> String {
    TOKEN_URL.to_owned()
}

impl ExternalAccount {
    /// The text without any of the secrets in the file.
    pub(super) fn hide(&self, text: &str) -> String {
        let secrets = self.client_secret.iter().chain(self.credential_source.headers.values());
        secrets.fold(text.to_owned(), |text, secret| redact::hide(&text, secret))
    }
}

impl GoogleIdentity {
    pub(super) async fn token_of_others(&self, account: &ExternalAccount) -> Result<AccessToken, CredentialError> {
        let statement = self.statement_of_others(&account.credential_source).await?;
        let hidden = |error: CredentialError| CredentialError::new(redact::hide(&error.to_string(), &statement));
        let token = self.exchanged_statement(account, &statement).await.map_err(hidden)?;
        match &account.service_account_impersonation_url {
            Some(url) => {
                let seconds = account.service_account_impersonation.token_lifetime_seconds;
                self.impersonate(url, &token, &[], seconds.map_or(IMPERSONATED, Duration::from_secs)).await
            }
            None => Ok(token),
        }
    }

    /// What the other side says of this workload or user.
    async fn statement_of_others(&self, source: &StatementSource) -> Result<SecretString, CredentialError> {
        let (place, text) = match (&source.file, &source.url) {
            (Some(file), _) => {
                let place = file.display().to_string();
                let text = std::fs::read_to_string(file)
                    .map_err(|error| CredentialError::new(format!("{place}: cannot be read: {error}")))?;
                (place, text)
            }
            (None, Some(url)) => {
                let url = near_or_secure(url)?;
                let http = self.http()?;
                let request = || {
                    let headers = source.headers.iter();
                    headers.fold(http.get(url.clone()), |request, (name, value)| {
                        request.header(name, value.expose_secret())
                    })
                };
                let (_, body) = ask(&url, request).await?;
                (url.origin().ascii_serialization(), String::from_utf8_lossy(&body).into_owned())
            }
            (None, None) => {
                return Err(CredentialError::new(
                    "Google's credentials are to be found by a program or by the keys of AWS, which is not supported: let \
                     `credential_source` name a `file` or a `url`"
                        .to_owned(),
                ));
            }
        };
        let statement = match source.format.kind.as_deref() {
            Some("json") => {
                let name = source.format.subject_token_field_name.as_deref().unwrap_or_default();
                let object: Value = serde_json::from_str(&text).unwrap_or_default();
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

    /// RFC 8693: the statement of another for a token.
    async fn exchanged_statement(
        &self,
        account: &ExternalAccount,
        statement: &SecretString,
    ) -> Result<AccessToken, CredentialError> {
        let url = secure(&account.token_url)?;
        // Who acts as an account must be allowed to; what the account asks for is another matter.
        let is_impersonating = account.service_account_impersonation_url.is_some();
        let scopes = if is_impersonating { EVERYTHING.to_owned() } else { self.scopes() };
        let options = account.workforce_pool_user_project.as_ref().filter(|_| account.client_id.is_none());
        let options = options.map(|project| json!({ "userProject": project }).to_string());
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("audience", &account.audience),
            ("scope", &scopes),
            ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("subject_token_type", &account.subject_token_type),
            ("subject_token", statement.expose_secret()),
        ];
        let form = form.into_iter().chain(options.as_deref().map(|options| ("options", options)));
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let http = self.http()?;
        let request = || {
            let request = http.post(url.clone()).body(body.clone());
            let request = request.header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            match &account.client_id {
                Some(id) => request.basic_auth(id, account.client_secret.as_ref().map(ExposeSecret::expose_secret)),
                None => request,
            }
        };
        read::<Token>(&url, &ask(&url, request).await?.1).map(Token::into)
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
