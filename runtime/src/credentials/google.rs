//! Google: tokens from wherever an identity is found.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use http::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::Url;

use super::google_http::{Impersonated, Token, ask, read, secure};
use super::google_key::{AuthorizedUser, ExternalUser, GoogleKey, ImpersonatedServiceAccount, ServiceAccount};
use super::{AccessToken, AuthSettings, CredentialError, TokenFuture, TokenSource};
use crate::transport;

/// What tokens are for, unless it is said: everything that the identity may do.
pub(super) const EVERYTHING: &str = "https://www.googleapis.com/auth/cloud-platform";

/// Where machines of Google's ask who they are.
const METADATA_HOST: &str = "metadata.google.internal";

/// Who names the project that pays for calls, and whose quota they count against, in place of the file that is found.
const QUOTA_PROJECT: &str = "GOOGLE_CLOUD_QUOTA_PROJECT";

/// How long a token of an impersonated account is asked for.
pub(super) const IMPERSONATED: Duration = Duration::from_secs(3600);

/// A source of tokens for Google. It takes the first identity that there is: a key that is given, the file that
/// `GOOGLE_APPLICATION_CREDENTIALS` names, the file that `gcloud auth application-default login` writes, and the
/// service account of the machine. A key or file may be of a service account, of a user that gcloud signed in, of an
/// identity of another cloud or build service that Google trusts (federation, by a file, a URL, the keys of AWS with the
/// feature `aws`, or a program where `GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES` is `1`), or of a service account that one
/// of these acts as. The project that calls count against (`quota_project_id`, or `GOOGLE_CLOUD_QUOTA_PROJECT`) goes
/// with the token. Wrap it in [`Fetched`](crate::Fetched), which keeps the token while it is good.
///
/// ```
/// use bindery_runtime::{Fetched, GoogleIdentity};
/// let drive = Fetched::new(GoogleIdentity::new().scope("https://www.googleapis.com/auth/drive.readonly"));
/// # let _ = drive;
/// ```
pub struct GoogleIdentity {
    scopes: Vec<String>,
    subject: Option<String>,
    given: Option<Given>,
    http: OnceLock<reqwest::Client>,
}

/// The identity that the user names.
enum Given {
    Text(SecretString),
    File(PathBuf),
    /// That of the machine, which is asked for at this host.
    Machine(String),
}

impl Default for GoogleIdentity {
    fn default() -> Self {
        Self::new()
    }
}

impl GoogleIdentity {
    /// Tokens for everything that the first identity that is found may do.
    pub fn new() -> Self {
        Self { scopes: Vec::new(), subject: None, given: None, http: OnceLock::new() }
    }

    /// The same for one scope more. Without any, tokens are for all of Google Cloud.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.push(scope.into());
        self
    }

    /// The same on behalf of this user, for service accounts that an administrator of a Workspace domain allows it.
    #[must_use]
    pub fn subject(mut self, user: impl Into<String>) -> Self {
        self.subject = Some(user.into());
        self
    }

    /// The same with this key, the JSON text of a file of credentials, and nothing else.
    #[must_use]
    pub fn key(mut self, json: impl Into<SecretString>) -> Self {
        self.given = Some(Given::Text(json.into()));
        self
    }

    /// The same with the key in this file, and nothing else. It is read for every token, so it can be replaced.
    #[must_use]
    pub fn key_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.given = Some(Given::File(path.into()));
        self
    }

    /// The same with the identity of the machine, and nothing else. It is asked for at this host, which is
    /// `metadata.google.internal` on machines of Google's.
    #[must_use]
    pub fn machine(mut self, metadata_host: impl Into<String>) -> Self {
        self.given = Some(Given::Machine(metadata_host.into()));
        self
    }

    /// What the fields of an authentication block say.
    pub(crate) fn from_settings(settings: &AuthSettings) -> Self {
        let mut source = Self::new();
        for scope in settings.get("scopes").unwrap_or_default().split_whitespace() {
            source = source.scope(scope);
        }
        if let Some(user) = settings.get("sub") {
            source = source.subject(user);
        }
        if let Some(key) = settings.environment("credentialsenvvar") {
            // Some write the name of the file there.
            let is_text = key.trim_start().starts_with('{');
            return if is_text { source.key(key) } else { source.key_file(key.trim()) };
        }
        match settings.secret_file() {
            Some(path) => source.key_file(path),
            None => source,
        }
    }

    async fn token(&self) -> Result<AccessToken, CredentialError> {
        let (token, of_key) = match self.key_at_hand()? {
            Some((key, project)) => {
                let token = self.token_of(&key).await;
                (token.map_err(|error| CredentialError::new(key.hide(&error.to_string())))?, project)
            }
            None => (self.token_of_machine(&self.metadata_host()).await?, None),
        };
        let named = if self.given.is_none() { std::env::var(QUOTA_PROJECT).ok() } else { None };
        let Some(project) = named.filter(|name| !name.is_empty()).or(of_key) else { return Ok(token) };
        let value = HeaderValue::from_str(&project)
            .map_err(|_| CredentialError::new(format!("`{}` is no quota project", project.escape_debug())))?;
        Ok(token.with_header(HeaderName::from_static("x-goog-user-project"), value))
    }

    /// The key that is given or found, with its quota project; `None` where only the machine can have an identity.
    fn key_at_hand(&self) -> Result<Option<(GoogleKey, Option<String>)>, CredentialError> {
        let found;
        let path = match &self.given {
            Some(Given::Text(json)) => return GoogleKey::with_quota_project(json.expose_secret()).map(Some),
            Some(Given::File(path)) => path,
            Some(Given::Machine(_)) => return Ok(None),
            None => {
                match default_file(|name| std::env::var_os(name).filter(|value| !value.is_empty()), Path::is_file) {
                    Some(path) => {
                        found = path;
                        &found
                    }
                    None => return Ok(None),
                }
            }
        };
        let failure = |reason: &str| CredentialError::new(format!("{}: {reason}", path.display()));
        let json = std::fs::read_to_string(path).map_err(|error| failure(&format!("cannot be read: {error}")))?;
        GoogleKey::with_quota_project(&json).map(Some).map_err(|error| failure(&error.to_string()))
    }

    /// A key may lead to another one, so it recurses; how deep is bounded by the reader of the key.
    fn token_of<'s>(&'s self, key: &'s GoogleKey) -> TokenFuture<'s> {
        match key {
            GoogleKey::ServiceAccount(account) => Box::pin(self.token_of_account(account)),
            GoogleKey::AuthorizedUser(user) => Box::pin(self.token_of_user(user)),
            GoogleKey::ImpersonatedServiceAccount(account) => Box::pin(self.token_by_impersonation(account)),
            GoogleKey::ExternalAccount(account) => Box::pin(self.token_of_others(account)),
            GoogleKey::ExternalAccountAuthorizedUser(user) => Box::pin(self.token_of_external_user(user)),
        }
    }

    /// RFC 7523: a signed statement for a token.
    async fn token_of_account(&self, account: &ServiceAccount) -> Result<AccessToken, CredentialError> {
        let statement = account.statement(&self.scopes(), self.subject.as_deref(), SystemTime::now())?;
        let form =
            [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", statement.expose_secret())];
        self.exchanged(&account.token_uri, &form, None).await
    }

    /// RFC 6749, section 6: the token that refreshes for one that calls.
    async fn token_of_user(&self, user: &AuthorizedUser) -> Result<AccessToken, CredentialError> {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", &*user.client_id),
            ("client_secret", user.client_secret.expose_secret()),
            ("refresh_token", user.refresh_token.expose_secret()),
        ];
        self.exchanged(&user.token_uri, &form, None).await
    }

    /// The same, for an application that says who it is in a header.
    async fn token_of_external_user(&self, user: &ExternalUser) -> Result<AccessToken, CredentialError> {
        let form = [("grant_type", "refresh_token"), ("refresh_token", user.refresh_token.expose_secret())];
        self.exchanged(&user.token_url, &form, Some((&user.client_id, &user.client_secret))).await
    }

    async fn token_by_impersonation(
        &self,
        account: &ImpersonatedServiceAccount,
    ) -> Result<AccessToken, CredentialError> {
        // Before the source is asked for a token that would go nowhere.
        secure(&account.url)?;
        let source = self.token_of(&account.source).await?;
        self.impersonate(&account.url, &source, &account.delegates, IMPERSONATED).await
    }

    /// A token of the account at this URL, for one who may act as it.
    pub(super) async fn impersonate(
        &self,
        url: &str,
        source: &AccessToken,
        delegates: &[String],
        lifetime: Duration,
    ) -> Result<AccessToken, CredentialError> {
        let url = secure(url)?;
        let scopes = self.scopes();
        let asked = json!({
            "scope": scopes.split(' ').collect::<Vec<_>>(),
            "delegates": delegates,
            "lifetime": format!("{}s", lifetime.as_secs()),
        });
        let http = self.http()?;
        let request = || {
            let request = http.post(url.clone()).bearer_auth(source.secret().expose_secret());
            request.header(http::header::CONTENT_TYPE, "application/json").body(asked.to_string())
        };
        let answer: Impersonated = read(&url, &ask(&url, request).await?.1)?;
        Ok(AccessToken::new(answer.token, Some(lifetime)))
    }

    fn metadata_host(&self) -> String {
        if let Some(Given::Machine(host)) = &self.given {
            return host.clone();
        }
        let named = std::env::var("GCE_METADATA_HOST").ok().filter(|host| !host.is_empty());
        named.unwrap_or_else(|| METADATA_HOST.to_owned())
    }

    async fn token_of_machine(&self, host: &str) -> Result<AccessToken, CredentialError> {
        let path = "computeMetadata/v1/instance/service-accounts/default/token";
        let mut url = Url::parse(&format!("http://{host}/{path}")).map_err(|error| {
            CredentialError::new(format!("`{host}` is no host to ask who this machine is: {error}"))
        })?;
        url.query_pairs_mut().append_pair("scopes", &self.scopes().replace(' ', ","));
        // What machines know of themselves is never behind a proxy.
        let http = transport::direct_client().map_err(|error| CredentialError::new(error.to_string()))?;
        let request = || http.get(url.clone()).header("metadata-flavor", "Google");
        let (flavor, body) = ask(&url, request).await.map_err(|error| {
            let advice = "no key is given, GOOGLE_APPLICATION_CREDENTIALS is not set, `gcloud auth application-default login` \
                          has not been run, and this machine has no service account";
            CredentialError::new(format!("Google gives no token: {advice} ({error})"))
        })?;
        if flavor.as_deref() != Some("Google") {
            return Err(CredentialError::new(format!("{host} is not where a machine of Google's asks who it is")));
        }
        read::<Token>(&url, &body).map(Token::into)
    }

    /// The token that a form is exchanged for, by an application that may have to say who it is.
    pub(super) async fn exchanged(
        &self,
        token_url: &str,
        form: &[(&str, &str)],
        application: Option<(&str, &SecretString)>,
    ) -> Result<AccessToken, CredentialError> {
        let url = secure(token_url)?;
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let http = self.http()?;
        let request = || {
            let request = http.post(url.clone()).body(body.clone());
            let request = request.header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            match application {
                Some((id, secret)) => request.basic_auth(id, Some(secret.expose_secret())),
                None => request,
            }
        };
        read::<Token>(&url, &ask(&url, request).await?.1).map(Token::into)
    }

    pub(super) fn scopes(&self) -> String {
        if self.scopes.is_empty() { EVERYTHING.to_owned() } else { self.scopes.join(" ") }
    }

    pub(super) fn http(&self) -> Result<reqwest::Client, CredentialError> {
        if let Some(http) = self.http.get() {
            return Ok(http.clone());
        }
        let http = transport::plain_client().map_err(|error| CredentialError::new(error.to_string()))?;
        Ok(self.http.get_or_init(|| http).clone())
    }
}

/// The file with the credentials of applications: the one that is named, or the one that gcloud writes.
fn default_file(variable: impl Fn(&str) -> Option<OsString>, is_file: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    if let Some(path) = variable("GOOGLE_APPLICATION_CREDENTIALS") {
        return Some(path.into());
    }
    let folder = variable("CLOUDSDK_CONFIG").map(PathBuf::from).or_else(|| {
        let home = if cfg!(windows) { variable("APPDATA") } else { variable("HOME") };
        let home = PathBuf::from(home?);
        Some(if cfg!(windows) { home.join("gcloud") } else { home.join(".config/gcloud") })
    });
    folder.map(|folder| folder.join("application_default_credentials.json")).filter(|path| is_file(path))
}

impl TokenSource for GoogleIdentity {
    fn fetch(&self) -> TokenFuture<'_> {
        Box::pin(self.token())
    }
}

impl fmt::Debug for GoogleIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoogleIdentity").field("scopes", &self.scopes()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_applications_is_the_named_one_or_that_of_gcloud() {
        let file = |variables: &[(&str, &str)], is_file: bool| {
            let variable = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| value.into());
            default_file(variable, |_| is_file).map(|path| path.to_string_lossy().into_owned())
        };
        let named = ("GOOGLE_APPLICATION_CREDENTIALS", "/keys/a.json");
        // What is named and missing is an error for whoever reads it, and not somebody else's identity.
        assert_eq!(file(&[named, ("HOME", "/h")], false).as_deref(), Some("/keys/a.json"));
        let elsewhere = file(&[("CLOUDSDK_CONFIG", "/c"), ("HOME", "/h")], true);
        assert_eq!(elsewhere.as_deref(), Some("/c/application_default_credentials.json"));
        assert_eq!(file(&[("CLOUDSDK_CONFIG", "/c")], false), None);
        assert_eq!(file(&[], true), None);
        #[cfg(unix)]
        assert_eq!(
            file(&[("HOME", "/h")], true).as_deref(),
            Some("/h/.config/gcloud/application_default_credentials.json")
        );
    }
}
