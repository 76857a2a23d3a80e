//! `OAuth2` client credentials: a token for an application that has an id and a secret.

use std::fmt;
use std::sync::OnceLock;

use oauth2::basic::{BasicClient, BasicErrorResponse};
use oauth2::{
    AuthType, ClientId, ClientSecret, HttpRequest, HttpResponse, RequestTokenError, Scope, TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::authenticator::may_carry_secret;
use super::{AccessToken, AuthSettings, CredentialError, TokenFuture, TokenSource};
use crate::{Error, redact, transport};

/// How large the answer with a token may be.
const MAX_ANSWER: usize = 1 << 20;

/// A source of tokens by the grant `client_credentials` of `OAuth2`. Wrap it in [`Fetched`](crate::Fetched), which keeps
/// the token while it is good.
///
/// ```
/// use bindery_runtime::{ClientCredentials, Fetched};
/// let source = ClientCredentials::new("https://login.example.com/token", "my-app", "s3cret")?.scope("api.read");
/// assert!(!format!("{source:?}").contains("s3cret"));
/// let credential = Fetched::new(source);
/// # let _ = credential;
/// # Ok::<(), bindery_runtime::Error>(())
/// ```
pub struct ClientCredentials {
    token_url: TokenUrl,
    client_id: String,
    client_secret: SecretString,
    scopes: Vec<String>,
    parameters: Vec<(String, String)>,
    in_header: bool,
    http: OnceLock<reqwest::Client>,
}

impl ClientCredentials {
    /// An application that is known to the server of tokens.
    ///
    /// # Errors
    /// When the URL is none, or the secret would go to it in the open.
    pub fn new(
        token_url: &str,
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
    ) -> Result<Self, Error> {
        let invalid = |reason: &str| Error::Configuration { reason: format!("the URL for tokens {reason}") };
        let url = Url::parse(token_url).map_err(|error| invalid(&format!("is none: {error}")))?;
        if !may_carry_secret(&url, false) {
            return Err(invalid("is not https: anyone on the way could read the secret"));
        }
        Ok(Self {
            token_url: TokenUrl::from_url(url),
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            scopes: Vec::new(),
            parameters: Vec::new(),
            in_header: false,
            http: OnceLock::new(),
        })
    }

    /// What the fields of an authentication block say: `token_url`, `client_id`, `client_secret` or the variables
    /// that hold them, `scopes`, `values` and `auth_style`.
    pub(crate) fn from_settings(settings: &AuthSettings) -> Result<Self, Error> {
        let needed = |what: &str, value: Option<String>| {
            value.ok_or_else(|| Error::Configuration {
                reason: format!("OAuth2 needs a `{what}`, given or in the environment variable that is named for it"),
            })
        };
        let url = needed("token_url", settings.get("token_url").map(str::to_owned))?;
        let id = needed("client_id", settings.given_or_named("client_id", &["client_id_env_var"]))?;
        let secret = needed("client_secret", settings.given_or_named("client_secret", &["client_secret_env_var"]))?;
        let mut source = Self::new(&filled(&url)?, id, secret)?;
        for scope in settings.get("scopes").unwrap_or_default().split_whitespace() {
            source = source.scope(scope);
        }
        for (name, value) in settings.members("values") {
            source = source.parameter(name, value);
        }
        // 2 is what Go's library calls a header.
        source.in_header = matches!(settings.get("auth_style"), Some("2" | "header" | "in_header"));
        Ok(source)
    }

    /// The same with one more scope.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.push(scope.into());
        self
    }

    /// The same with one more parameter for the server of tokens, such as an `audience`.
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// The same, with id and secret in a header instead of the body.
    #[must_use]
    pub fn in_header(mut self) -> Self {
        self.in_header = true;
        self
    }

    async fn token(&self) -> Result<AccessToken, CredentialError> {
        let http = match self.http.get() {
            Some(http) => http.clone(),
            None => {
                let http = transport::plain_client().map_err(|error| CredentialError::new(error.to_string()))?;
                self.http.get_or_init(|| http).clone()
            }
        };
        let auth_type = if self.in_header { AuthType::BasicAuth } else { AuthType::RequestBody };
        let client = BasicClient::new(ClientId::new(self.client_id.clone()))
            .set_client_secret(ClientSecret::new(self.client_secret.expose_secret().to_owned()))
            .set_token_uri(self.token_url.clone())
            .set_auth_type(auth_type);
        let mut request = client.exchange_client_credentials();
        for scope in &self.scopes {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        for (name, value) in &self.parameters {
            request = request.add_extra_param(name, value);
        }
        let send = |request| send(http.clone(), request);
        let token = request.request_async(&send).await.map_err(|error| self.failure(error))?;
        Ok(AccessToken::new(token.access_token().secret().clone(), token.expires_in()))
    }

    fn failure(&self, error: RequestTokenError<SendError, BasicErrorResponse>) -> CredentialError {
        let from = self.token_url.url().origin().ascii_serialization();
        let reason = match error {
            RequestTokenError::ServerResponse(said) => format!("{from} gives no token: {said}"),
            RequestTokenError::Request(error) => format!("{from} cannot be asked for a token: {error}"),
            RequestTokenError::Parse(error, _) => format!("{from} answers with what is no token: {error}"),
            RequestTokenError::Other(error) => format!("{from} gives no token: {error}"),
        };
        // A server may repeat what it was sent.
        CredentialError::new(redact::hide(&reason, &self.client_secret))
    }
}

impl TokenSource for ClientCredentials {
    fn fetch(&self) -> TokenFuture<'_> {
        Box::pin(self.token())
    }
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = redact::shown(self.token_url.url());
        f.debug_struct("ClientCredentials")
            .field("token_url", &url)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct SendError(String);

async fn send(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, SendError> {
    let fail = |error: reqwest::Error| SendError(transport::told(&error.without_url()));
    let request = request.map(reqwest::Body::from);
    let request = reqwest::Request::try_from(request).map_err(fail)?;
    let mut response = http.execute(request).await.map_err(fail)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(fail)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(SendError("the answer is too large".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    let mut answer = http::Response::new(body);
    *answer.status_mut() = response.status();
    *answer.headers_mut() = std::mem::take(response.headers_mut());
    Ok(answer)
}

/// A URL with `{{ .__env__NAME }}` filled in from the environment.
fn filled(template: &str) -> Result<String, Error> {
    let mut url = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let broken = || Error::Configuration { reason: format!("`{template}` cannot be filled in") };
        let (inner, after) = after.split_once("}}").ok_or_else(broken)?;
        let name = inner.trim().strip_prefix(".__env__").ok_or_else(broken)?;
        let value = std::env::var(name).map_err(|_| Error::Configuration {
            reason: format!("the URL for tokens needs the environment variable {name}, which is not set"),
        })?;
        url.push_str(before);
        url.push_str(&crate::encoding::encode(&value));
        rest = after;
    }
    url.push_str(rest);
    Ok(url)
}
