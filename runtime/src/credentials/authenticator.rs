//! Puts secrets into requests that are about to be sent.

use std::env;
use std::fmt;
use std::sync::Arc;

use bindery_ir::{Auth, AuthScheme, Text};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

#[cfg(feature = "aws")]
use super::aws::{AwsSigner, Keys};
use super::{Credential, CredentialError, Environment};
use crate::Error;
use crate::encoding::set_pair;
use crate::middleware::Attempt;
use crate::redact;
use crate::request::Request;

/// What a client knows about authenticating itself.
pub(crate) struct Authenticator {
    provider: Text,
    /// What goes where: most providers want one secret, some two.
    parts: Vec<Part>,
    /// The variable that holds the secret by custom.
    variable: Option<Text>,
}

/// One of the things that authenticate a request.
pub(crate) struct Part {
    pub(crate) scheme: AuthScheme,
    pub(crate) source: Source,
}

/// Where that comes from.
pub(crate) enum Source {
    /// There is nothing.
    Nothing,
    /// A secret, which goes into the request.
    Secret(Arc<dyn Credential>),
    /// A signature over the request.
    #[cfg(feature = "aws")]
    Aws(Arc<AwsSigner>),
}

impl Part {
    /// A secret and where it goes.
    pub(crate) fn secret(scheme: AuthScheme, credential: Arc<dyn Credential>) -> Self {
        Self { scheme, source: Source::Secret(credential) }
    }

    /// A signature.
    #[cfg(feature = "aws")]
    pub(crate) fn aws(signer: AwsSigner) -> Self {
        let scheme = AuthScheme::Header { name: Text::Borrowed("Authorization"), prefix: "AWS4-HMAC-SHA256 ".into() };
        Self { scheme, source: Source::Aws(Arc::new(signer)) }
    }
}

/// The secrets of one attempt. Whatever is shown to people goes through [`hide`](Self::hide).
pub(crate) struct Secrets(Vec<PartSecret>);

/// The secret of a part.
enum PartSecret {
    None,
    Text(SecretString),
    #[cfg(feature = "aws")]
    Aws(Keys),
}

impl Secrets {
    /// The text without any of the secrets.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| match secret {
            PartSecret::None => text,
            PartSecret::Text(secret) => redact::hide(&text, secret),
            #[cfg(feature = "aws")]
            PartSecret::Aws(keys) => keys.hide(&text),
        })
    }

    /// Whether the request goes without.
    pub(crate) fn is_none(&self) -> bool {
        self.0.iter().all(|secret| matches!(secret, PartSecret::None))
    }
}

impl Authenticator {
    /// Checks that the provider's scheme is one this crate can serve, and falls back to the variable that holds
    /// the secret by custom. `others` are the secrets that the provider wants besides the one of its scheme.
    pub(crate) fn new(
        provider: Text,
        auth: Auth,
        credential: Option<Arc<dyn Credential>>,
        others: Vec<Part>,
    ) -> Result<Self, Error> {
        let is_anonymous = credential.as_ref().is_some_and(Credential::is_anonymous);
        if let (AuthScheme::Other(kind), false, true) = (&auth.scheme, is_anonymous, others.is_empty()) {
            return Err(Error::Configuration {
                reason: format!(
                    "{provider} authenticates its callers by `{kind}`, which is not supported yet; to call it without, set \
                     `.credential(NoCredential)`"
                ),
            });
        }
        let by_custom = || {
            let variable = auth.variable.clone().filter(|variable| env::var_os(&**variable).is_some())?;
            Some(Arc::new(Environment::new(variable)) as Arc<dyn Credential>)
        };
        let credential = credential.or_else(by_custom);
        let mut parts = Vec::with_capacity(1 + others.len());
        if !matches!(auth.scheme, AuthScheme::None | AuthScheme::Other(_)) {
            let source = credential.map_or(Source::Nothing, Source::Secret);
            parts.push(Part { scheme: auth.scheme, source });
        }
        if !is_anonymous {
            parts.extend(others);
        }
        Ok(Self { provider, parts, variable: auth.variable })
    }

    /// The secrets for one attempt.
    pub(crate) async fn secrets(&self) -> Result<Secrets, Error> {
        let mut secrets = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            secrets.push(match &part.source {
                Source::Nothing => PartSecret::None,
                Source::Secret(credential) => {
                    self.secret(&**credential).await?.map_or(PartSecret::None, PartSecret::Text)
                }
                #[cfg(feature = "aws")]
                Source::Aws(signer) => {
                    PartSecret::Aws(Box::pin(signer.keys()).await.map_err(|error| self.no_credential(error))?)
                }
            });
        }
        Ok(Secrets(secrets))
    }

    async fn secret(&self, credential: &dyn Credential) -> Result<Option<SecretString>, Error> {
        let secret = credential.secret().await.map_err(|error| self.no_credential(error))?;
        let Some(secret) = secret else { return Ok(None) };
        let trimmed = secret.expose_secret().trim();
        if trimmed.is_empty() {
            return Err(self.refuse("the credential is empty".to_owned()));
        }
        Ok(Some(if trimmed.len() == secret.expose_secret().len() { secret } else { SecretString::from(trimmed) }))
    }

    /// Puts the secrets, if there are any, into an attempt that is about to be sent.
    pub(crate) fn authenticate(
        &self,
        secrets: &Secrets,
        attempt: &mut Attempt,
        request: &Request,
    ) -> Result<(), Error> {
        if secrets.is_none() {
            return Ok(());
        }
        if !may_carry_secret(&attempt.url, request.chosen) {
            return Err(self.refuse(format!(
                "the credential is not sent to {}, because anyone on the way could read it: use https, or name the \
                 address yourself with `base_url`",
                attempt.url.origin().ascii_serialization()
            )));
        }
        for (part, secret) in self.parts.iter().zip(&secrets.0) {
            if let (Source::Secret(credential), PartSecret::Text(secret)) = (&part.source, secret) {
                self.place(&part.scheme, secret, &mut attempt.url, &mut attempt.headers)?;
                if let Some((name, value)) = credential.header() {
                    attempt.headers.entry(name).or_insert(value);
                }
            }
        }
        #[cfg(feature = "aws")]
        for (part, secret) in self.parts.iter().zip(&secrets.0) {
            // Last: what is in the request by now is signed.
            if let (Source::Aws(signer), PartSecret::Aws(keys)) = (&part.source, secret) {
                signer.sign(keys, attempt, &request.signing).map_err(|error| self.no_credential(error))?;
            }
        }
        Ok(())
    }

    fn no_credential(&self, error: CredentialError) -> Error {
        Error::Credential {
            provider: self.provider.to_string(),
            reason: format!("there is no credential: {error}"),
            source: error.source,
        }
    }

    fn place(
        &self,
        scheme: &AuthScheme,
        secret: &SecretString,
        url: &mut Url,
        headers: &mut HeaderMap,
    ) -> Result<(), Error> {
        match scheme {
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

    /// Where secrets go that a request would carry: for previews, which show the place and not the secret.
    pub(crate) fn places(&self) -> impl Iterator<Item = &AuthScheme> {
        let has_secret = |part: &&Part| match &part.source {
            Source::Nothing => false,
            Source::Secret(credential) => !credential.is_anonymous(),
            #[cfg(feature = "aws")]
            Source::Aws(_) => true,
        };
        self.parts.iter().filter(has_secret).map(|part| &part.scheme)
    }

    /// The provider did not let a request with these secrets in. Whether others may be had for another try.
    pub(crate) fn renew(&self, secrets: &Secrets) -> bool {
        let mut may_help = false;
        for (part, secret) in self.parts.iter().zip(&secrets.0) {
            may_help |= match (&part.source, secret) {
                (Source::Secret(credential), PartSecret::Text(secret)) => credential.renew(secret),
                #[cfg(feature = "aws")]
                (Source::Aws(signer), PartSecret::Aws(keys)) => signer.renew(keys),
                _ => false,
            };
        }
        may_help
    }

    /// A request was not let in, and this came with the refusal: signatures are made by the time, and `Date` says which one it
    /// is there.
    #[cfg(feature = "aws")]
    pub(crate) fn heed_clock(&self, headers: &HeaderMap) {
        let date = headers.get(http::header::DATE).and_then(|date| date.to_str().ok());
        let Some(time) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else { return };
        for part in &self.parts {
            if let Source::Aws(signer) = &part.source {
                signer.heed_clock(time);
            }
        }
    }

    /// How a caller would set a secret; `None` when the provider wants none.
    pub(crate) fn how_to_set(&self) -> Option<String> {
        if self.parts.is_empty() {
            return None;
        }
        let set = "give the client one with `.credential(Token::new(…))`";
        Some(match &self.variable {
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
        let mut shown = f.debug_list();
        for part in &self.parts {
            let credential = if matches!(part.source, Source::Nothing) { "not set" } else { "set" };
            shown.entry(&(&part.scheme, credential));
        }
        shown.finish()
    }
}

/// Whether nobody on the way can read the request, or the caller has decided that it does not matter.
pub(super) fn may_carry_secret(url: &Url, chosen: bool) -> bool {
    chosen || url.scheme() == "https" || is_loopback(url)
}

/// Whether a URL leads no further than this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
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
