//! Azure: tokens from wherever an identity is found.

use std::env;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{ClientOptions, HttpClient, Transport};
use azure_identity::{
    AzureCliCredential, ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};
use secrecy::{ExposeSecret, SecretString};
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use super::{AccessToken, AuthSettings, CredentialError, TokenFuture, TokenSource};
use crate::{redact, transport};

/// What tokens are for, unless it is said: the management of resources.
const MANAGEMENT: &str = "https://management.azure.com/.default";

/// A source of tokens for Azure. It tries, in this order, an application with a secret (given, or in `AZURE_TENANT_ID`,
/// `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET`), the workload identity of a Kubernetes pod, the managed identity of a
/// machine or service, and the Azure CLI; the first that has a token is stayed with. Wrap it in
/// [`Fetched`](crate::Fetched), which keeps the token while it is good.
///
/// ```
/// use bindery_runtime::{AzureIdentity, Fetched};
/// let vaults = Fetched::new(AzureIdentity::new().scope("https://vault.azure.net/.default"));
/// # let _ = vaults;
/// ```
pub struct AzureIdentity {
    scope: String,
    application: Option<(String, String, SecretString)>,
    authority: Option<String>,
    http: Option<Arc<dyn HttpClient>>,
    found: OnceLock<Arc<dyn TokenCredential>>,
}

impl Default for AzureIdentity {
    fn default() -> Self {
        Self::new()
    }
}

impl AzureIdentity {
    /// Tokens for the management of resources, by the first identity that is found.
    pub fn new() -> Self {
        Self { scope: MANAGEMENT.to_owned(), application: None, authority: None, http: None, found: OnceLock::new() }
    }

    /// The same for something else than the management of resources.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = scope.into();
        self
    }

    /// The same, with this application first.
    #[must_use]
    pub fn application(
        mut self,
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        secret: impl Into<SecretString>,
    ) -> Self {
        self.application = Some((tenant.into(), client_id.into(), secret.into()));
        self
    }

    /// The same, in a cloud that gives out its tokens at this address. It is `AZURE_AUTHORITY_HOST`, if not said, and
    /// else that of the public cloud.
    #[must_use]
    pub fn authority(mut self, url: impl Into<String>) -> Self {
        self.authority = Some(url.into());
        self
    }

    /// What the fields of an authentication block say.
    pub(crate) fn from_settings(settings: &AuthSettings) -> Self {
        let mut source = Self::new();
        if let Some(scope) = settings.get("scopes").and_then(|scopes| scopes.split_whitespace().next()) {
            source = source.scope(scope);
        }
        let id = settings.given_or_named("client_id", &["client_id_env_var"]);
        let secret = settings.given_or_named("client_secret", &["client_secret_env_var"]);
        match (settings.get("tenant_id"), id, secret) {
            (Some(tenant), Some(id), Some(secret)) => source.application(tenant, id, secret),
            _ => source,
        }
    }

    fn options(&self) -> Result<ClientOptions, CredentialError> {
        let http: Arc<dyn HttpClient> = match &self.http {
            Some(http) => Arc::clone(http),
            None => Arc::new(transport::plain_client().map_err(|error| CredentialError::new(error.to_string()))?),
        };
        let mut options = ClientOptions { transport: Some(Transport::new(http)), ..ClientOptions::default() };
        if let Some(authority) = &self.authority {
            let mut cloud = CustomConfiguration::default();
            cloud.authority_host.clone_from(authority);
            options.cloud = Some(Arc::new(CloudConfiguration::Custom(cloud)));
        }
        Ok(options)
    }

    /// The sources that may have an identity, with what they are called, and why the others have none.
    fn sources(&self) -> Result<Vec<(&'static str, Made)>, CredentialError> {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let named = || {
            let secret = variable("AZURE_CLIENT_SECRET")?;
            Some((variable("AZURE_TENANT_ID")?, variable("AZURE_CLIENT_ID")?, SecretString::from(secret)))
        };
        let mut sources: Vec<(&'static str, Made)> = Vec::new();
        if let Some((tenant, id, secret)) = self.application.clone().or_else(named) {
            let options = ClientSecretCredentialOptions { client_options: self.options()? };
            let secret = Secret::new(secret.expose_secret().to_owned());
            let made = ClientSecretCredential::new(&tenant, id, secret, Some(options));
            sources.push(("the application", made.map(|made| made as Arc<dyn TokenCredential>)));
        }
        let workload = WorkloadIdentityCredentialOptions {
            credential_options: ClientAssertionCredentialOptions { client_options: self.options()? },
            ..WorkloadIdentityCredentialOptions::default()
        };
        let made = WorkloadIdentityCredential::new(Some(workload));
        sources.push(("the workload identity", made.map(|made| made as Arc<dyn TokenCredential>)));
        let managed = ManagedIdentityCredentialOptions {
            client_options: self.options()?,
            ..ManagedIdentityCredentialOptions::default()
        };
        let made = ManagedIdentityCredential::new(Some(managed));
        sources.push(("the managed identity", made.map(|made| made as Arc<dyn TokenCredential>)));
        sources.push(("the Azure CLI", AzureCliCredential::new(None).map(|made| made as Arc<dyn TokenCredential>)));
        Ok(sources)
    }

    async fn token(&self) -> Result<AccessToken, CredentialError> {
        let scopes = [self.scope.as_str()];
        if let Some(found) = self.found.get() {
            let token = found.get_token(&scopes, None).await.map_err(|error| self.failure(&error.to_string()))?;
            return Ok(good_for(&token));
        }
        let mut reasons = Vec::new();
        for (name, made) in self.sources()? {
            let answer = match made {
                Ok(source) => source.get_token(&scopes, None).await.map(|token| (source, token)),
                Err(error) => Err(error),
            };
            match answer {
                Ok((source, token)) => {
                    // Whoever was there first has found the same.
                    let _ = self.found.set(source);
                    return Ok(good_for(&token));
                }
                Err(error) => reasons.push(format!("{name}: {error}")),
            }
        }
        Err(self.failure(&reasons.join("; ")))
    }

    fn failure(&self, reason: &str) -> CredentialError {
        let reason = match &self.application {
            Some((_, _, secret)) => redact::hide(reason, secret),
            None => reason.to_owned(),
        };
        CredentialError::new(format!("Azure gives no token ({reason})"))
    }
}

/// A source, or why there is none.
type Made = azure_core::Result<Arc<dyn TokenCredential>>;

fn good_for(token: &azure_core::credentials::AccessToken) -> AccessToken {
    let lifetime = SystemTime::from(token.expires_on).duration_since(SystemTime::now()).unwrap_or_default();
    AccessToken::new(token.token.secret().to_owned(), Some(lifetime))
}

impl TokenSource for AzureIdentity {
    fn fetch(&self) -> TokenFuture<'_> {
        // What its crates trace of requests and answers is their choice, so nobody listens.
        Box::pin(self.token().with_subscriber(NoSubscriber::new()))
    }
}

impl fmt::Debug for AzureIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AzureIdentity").field("scope", &self.scope).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::Mutex;

    use azure_core::http::headers::Headers;
    use azure_core::http::{AsyncRawResponse, Request, StatusCode};

    use super::*;

    /// An identity endpoint that remembers what it was asked.
    #[derive(Debug, Default)]
    struct Endpoint {
        asked: Mutex<Vec<String>>,
        refuses: bool,
    }

    impl HttpClient for Endpoint {
        fn execute_request<'a, 'r, 'f>(
            &'a self,
            request: &'r Request,
        ) -> Pin<Box<dyn Future<Output = azure_core::Result<AsyncRawResponse>> + Send + 'f>>
        where
            'a: 'f,
            'r: 'f,
            Self: 'f,
        {
            let azure_core::http::Body::Bytes(body) = request.body() else { unreachable!("it is a form") };
            let asked = format!("{} {}", request.url(), String::from_utf8_lossy(body));
            self.asked.lock().unwrap().push(asked);
            let (status, answer) = if self.refuses {
                (StatusCode::BadRequest, r#"{"error":"invalid_client","error_description":"hush is wrong"}"#)
            } else {
                (StatusCode::Ok, r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t0ken"}"#)
            };
            Box::pin(async move { Ok(AsyncRawResponse::from_bytes(status, Headers::new(), answer)) })
        }
    }

    fn identity(endpoint: &Arc<Endpoint>) -> AzureIdentity {
        let mut identity =
            AzureIdentity::new().application("tenant-1", "app-1", "hush").authority("https://login.test");
        identity.http = Some(Arc::clone(endpoint) as Arc<dyn HttpClient>);
        identity
    }

    #[tokio::test]
    async fn an_application_gets_a_token_for_its_scope() {
        let endpoint = Arc::new(Endpoint::default());
        let token = identity(&endpoint).scope("https://vault.test/.default").fetch().await.unwrap();
        let shown = format!("{token:?}");
        assert!(shown.contains("good for Some(35"), "{shown}");
        let asked = endpoint.asked.lock().unwrap().join("\n");
        assert!(asked.starts_with("https://login.test/tenant-1/oauth2/v2.0/token "), "{asked}");
        for part in ["client_id=app-1", "client_secret=hush", "grant_type=client_credentials", "vault.test%2F.default"]
        {
            assert!(asked.contains(part), "{asked}");
        }
    }

    #[tokio::test]
    async fn a_failure_names_what_was_tried_and_no_secret() {
        let endpoint = Arc::new(Endpoint { refuses: true, ..Endpoint::default() });
        let mut identity = identity(&endpoint);
        let failed = identity.failure("the application: hush is wrong").to_string();
        assert_eq!(failed, "Azure gives no token (the application: [hidden] is wrong)");
        identity.application = None;
        assert!(format!("{identity:?}").contains("management.azure.com"));
    }
}
