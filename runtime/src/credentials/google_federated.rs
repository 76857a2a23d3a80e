//! Identities of others that Google trusts: a workload of another cloud or of a build service, or the users of a company
//! (`external_account`).
//!
//! What a file of credentials says goes in; a token comes out, for which a statement of the other side was exchanged (RFC
//! 8693), and which may then act as a service account.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::google::{EVERYTHING, GoogleIdentity, IMPERSONATED};
use super::google_program::Asked;
use super::google_statement::StatementSource;
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
        let text = self.credential_source.hide(text);
        self.client_secret.iter().fold(text, |text, secret| redact::hide(&text, secret))
    }
}

impl GoogleIdentity {
    pub(super) async fn token_of_others(&self, account: &ExternalAccount) -> Result<AccessToken, CredentialError> {
        let asked = Asked {
            audience: &account.audience,
            token_type: &account.subject_token_type,
            impersonation_url: account.service_account_impersonation_url.as_deref(),
        };
        let statement = account.credential_source.statement(&self.http()?, &asked).await?;
        let hidden = |error: CredentialError| CredentialError::new(statement.hide(&error.to_string()));
        let token = self.exchanged_statement(account, &statement.text).await.map_err(hidden)?;
        match &account.service_account_impersonation_url {
            Some(url) => {
                let seconds = account.service_account_impersonation.token_lifetime_seconds;
                self.impersonate(url, &token, &[], seconds.map_or(IMPERSONATED, Duration::from_secs)).await
            }
            None => Ok(token),
        }
    }

    /// RFC 8693: the statement of another for a token.
    async fn exchanged_statement(
        &self,
        account: &ExternalAccount,
        statement: &SecretString,
    ) -> Result<AccessToken, CredentialError> {
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
        let form: Vec<_> = form.into_iter().chain(options.as_deref().map(|options| ("options", options))).collect();
        let none = SecretString::default();
        let secret = account.client_secret.as_ref().unwrap_or(&none);
        let application = account.client_id.as_deref().map(|id| (id, secret));
        self.exchanged(&account.token_url, &form, application).await
    }
}
