//! Secrets: where they come from, where in a request they go, and whether they may go there at all.

use std::env;
use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use bindery_ir::{Auth, AuthScheme, Text};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use crate::Error;
use crate::encoding::set_pair;

/// A secret on its way; `None` when the request is to be sent without.
pub type SecretFuture<'a> = Pin<Box<dyn Future<Output = Result<Option<SecretString>, CredentialError>> + Send + 'a>>;

/// A source of the secret that a provider wants. It is asked once for every request, so a source that fetches
/// tokens keeps them until they expire.
///
/// ```
/// use bindery_runtime::{Credential, SecretFuture, secrecy::SecretString};
///
/// struct Rotating;
///
/// impl Credential for Rotating {
///     fn secret(&self) -> SecretFuture<'_> {
///         Box::pin(async { Ok(Some(SecretString::from("fetched from a vault"))) })
///     }
/// }
/// ```
pub trait Credential: Send + Sync {
    /// The secret for the next request.
    fn secret(&self) -> SecretFuture<'_>;

    /// Whether it never has a secret: requests go out unauthenticated on purpose.
    fn is_anonymous(&self) -> bool {
        false
    }
}

impl<C: Credential + ?Sized> Credential for Arc<C> {
    fn secret(&self) -> SecretFuture<'_> {
        (**self).secret()
    }

    fn is_anonymous(&self) -> bool {
        (**self).is_anonymous()
    }
}

impl<C: Credential + ?Sized> Credential for Box<C> {
    fn secret(&self) -> SecretFuture<'_> {
        (**self).secret()
    }

    fn is_anonymous(&self) -> bool {
        (**self).is_anonymous()
    }
}

/// Why there is no secret. Its message must not hold one.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct CredentialError {
    reason: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl CredentialError {
    /// An error that says what is wrong and what to do about it.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), source: None }
    }

    /// The same error, with what caused it.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

/// A secret that never changes.
#[derive(Clone)]
pub struct Token(SecretString);

impl Token {
    /// The secret, without the prefix that the provider wants before it.
    pub fn new(secret: impl Into<SecretString>) -> Self {
        Self(secret.into())
    }
}

impl Credential for Token {
    fn secret(&self) -> SecretFuture<'_> {
        Box::pin(async { Ok(Some(self.0.clone())) })
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A secret in an environment variable, which is read anew for every request.
#[derive(Clone, Debug)]
pub struct Environment(Text);

impl Environment {
    /// The secret in this variable.
    pub fn new(variable: impl Into<Text>) -> Self {
        Self(variable.into())
    }
}

impl Credential for Environment {
    fn secret(&self) -> SecretFuture<'_> {
        let secret = env::var(&*self.0).map(|secret| Some(SecretString::from(secret)));
        let secret = secret.map_err(|error| {
            CredentialError::new(format!("the environment variable {} holds no secret", self.0)).because(error)
        });
        Box::pin(std::future::ready(secret))
    }
}

/// No secret, on purpose.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCredential;

impl Credential for NoCredential {
    fn secret(&self) -> SecretFuture<'_> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn is_anonymous(&self) -> bool {
        true
    }
}

/// What a client knows about authenticating itself.
pub(crate) struct Authenticator {
    provider: Text,
    auth: Auth,
    credential: Option<Arc<dyn Credential>>,
}

impl Authenticator {
    /// Checks that the provider's scheme is one this crate can serve, and falls back to the variable that holds
    /// the secret by custom.
    pub(crate) fn new(provider: Text, auth: Auth, credential: Option<Arc<dyn Credential>>) -> Result<Self, Error> {
        let is_anonymous = credential.as_ref().is_some_and(Credential::is_anonymous);
        if let (AuthScheme::Other(kind), false) = (&auth.scheme, is_anonymous) {
            return Err(Error::Configuration {
                reason: format!(
                    "{provider} authenticates its callers by `{kind}`, which is not supported yet; to call it without, set \
                     `.credential(NoCredential)`"
                ),
            });
        }
        let by_custom = || {
            let variable = auth.variable.clone().filter(|variable| env::var_os(&**variable).is_some())?;
            Some(Arc::new(Environment(variable)) as Arc<dyn Credential>)
        };
        let credential = credential.or_else(by_custom);
        Ok(Self { provider, auth, credential })
    }

    /// Puts the secret, if there is one, into a request that is about to be sent. `chosen` says that the caller
    /// named the address themselves. Returns the secret, so that it can be kept out of messages.
    pub(crate) async fn authenticate(
        &self,
        url: &mut Url,
        headers: &mut HeaderMap,
        chosen: bool,
    ) -> Result<Option<SecretString>, Error> {
        let (Some(credential), false) = (&self.credential, matches!(self.auth.scheme, AuthScheme::None)) else {
            return Ok(None);
        };
        let secret = credential.secret().await.map_err(|error| Error::Credential {
            provider: self.provider.to_string(),
            reason: format!("there is no credential: {error}"),
            source: error.source,
        })?;
        let Some(secret) = secret else { return Ok(None) };
        let secret = SecretString::from(secret.expose_secret().trim());
        if secret.expose_secret().is_empty() {
            return Err(self.refuse("the credential is empty".to_owned()));
        }
        if !may_carry_secret(url, chosen) {
            return Err(self.refuse(format!(
                "the credential is not sent to {}, because anyone on the way could read it: use https, or name the \
                 address yourself with `base_url`",
                url.origin().ascii_serialization()
            )));
        }
        self.place(&secret, url, headers)?;
        Ok(Some(secret))
    }

    fn place(&self, secret: &SecretString, url: &mut Url, headers: &mut HeaderMap) -> Result<(), Error> {
        match &self.auth.scheme {
            AuthScheme::Header { name, prefix } => {
                let name = HeaderName::from_bytes(name.as_bytes())
                    .map_err(|_| self.refuse(format!("the credential cannot go into a header named `{name}`")))?;
                let mut value =
                    HeaderValue::from_str(&format!("{prefix}{}", secret.expose_secret())).map_err(|_| {
                        self.refuse("the credential holds a character that cannot stand in a header".to_owned())
                    })?;
                value.set_sensitive(true);
                // A header that the caller gave as an argument was meant.
                headers.entry(name).or_insert(value);
            }
            AuthScheme::Query { name, prefix } => set_pair(url, name, &format!("{prefix}{}", secret.expose_secret())),
            AuthScheme::None | AuthScheme::Other(_) => {}
        }
        Ok(())
    }

    /// How a caller would set a secret; `None` when the provider wants none.
    pub(crate) fn how_to_set(&self) -> Option<String> {
        if matches!(self.auth.scheme, AuthScheme::None) {
            return None;
        }
        let set = "give the client one with `.credential(Token::new(…))`";
        Some(match &self.auth.variable {
            Some(variable) => format!("{set}, or set the environment variable {variable}"),
            None => set.to_owned(),
        })
    }

    fn refuse(&self, reason: String) -> Error {
        Error::Credential { provider: self.provider.to_string(), reason, source: None }
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let credential = if self.credential.is_some() { "set" } else { "not set" };
        f.debug_struct("Authenticator")
            .field("auth", &self.auth)
            .field("credential", &credential)
            .finish_non_exhaustive()
    }
}

/// Whether nobody on the way can read the request, or the caller has decided that it does not matter.
fn may_carry_secret(url: &Url, chosen: bool) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    chosen || url.scheme() == "https" || is_loopback
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_carries_secrets_only_home() {
        let may = |url: &str| may_carry_secret(&Url::parse(url).unwrap(), false);
        for url in
            ["https://example.com", "http://127.0.0.1:8080", "http://[::1]", "http://localhost", "http://a.localhost"]
        {
            assert!(may(url), "{url}");
        }
        for url in ["http://example.com", "http://localhost.example.com", "http://10.0.0.1"] {
            assert!(!may(url), "{url}");
        }
    }
}
