//! Secrets: where they come from, where in a request they go, and whether they may go there at all.
//!
//! | module | does |
//! |---|---|
//! | `fixed` | secrets that are there: given, in the environment, a user with a password, none |
//! | `fetched` | tokens that are fetched, kept until shortly before they expire, and fetched once for all who wait |
//! | `settings` | what documents and users say about it, field by field |
//! | `oauth2` | tokens for an application with an id and a secret (feature `oauth2`) |
//! | `aws` | keys from AWS's standard chain, roles, and signatures (feature `aws`) |
//! | `azure` | tokens from wherever an Azure identity is found (feature `azure`) |
//! | `google` | tokens from wherever an identity of Google's is found; `google_key` reads its files, `google_http` asks its servers (feature `google`) |
//! | `google_federated` | tokens for identities that others vouch for; where their word is: `google_statement`, `google_program`, `aws_statement` |
//! | `authenticator` | puts secrets into requests that are about to be sent |

mod authenticator;
#[cfg(feature = "aws")]
mod aws;
#[cfg(feature = "aws")]
mod aws_http;
#[cfg(all(feature = "aws", feature = "google"))]
mod aws_statement;
#[cfg(feature = "azure")]
mod azure;
mod fetched;
mod fixed;
#[cfg(feature = "google")]
mod google;
#[cfg(feature = "google")]
mod google_federated;
#[cfg(feature = "google")]
mod google_http;
#[cfg(feature = "google")]
mod google_key;
#[cfg(feature = "google")]
mod google_program;
#[cfg(feature = "google")]
mod google_statement;
#[cfg(feature = "oauth2")]
mod oauth2;
mod settings;

use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use secrecy::SecretString;

pub(crate) use authenticator::{Authenticator, Part, Secrets, is_loopback};
#[cfg(feature = "aws")]
pub use aws::AwsSigner;
#[cfg(feature = "azure")]
pub use azure::AzureIdentity;
pub use fetched::{AccessToken, Fetched, TokenFuture, TokenSource};
pub use fixed::{Basic, Environment, NoCredential, Token};
#[cfg(feature = "google")]
pub use google::GoogleIdentity;
#[cfg(feature = "oauth2")]
pub use oauth2::ClientCredentials;
pub use settings::AuthSettings;

/// A secret on its way; `None` when the request is to be sent without.
pub type SecretFuture<'a> = Pin<Box<dyn Future<Output = Result<Option<SecretString>, CredentialError>> + Send + 'a>>;

/// A source of the secret that a provider wants. It is asked once for every attempt, so a source that fetches
/// tokens keeps them until they expire: [`Fetched`] does.
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

    /// A header that goes into requests beside the secret that was given last, and is no secret itself.
    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        None
    }

    /// Whether it never has a secret: requests go out unauthenticated on purpose.
    fn is_anonymous(&self) -> bool {
        false
    }

    /// The provider refused this secret. Forgets it, and says whether the next one may be another, so that it is
    /// worth trying once more.
    fn renew(&self, refused: &SecretString) -> bool {
        let _ = refused;
        false
    }
}

impl<C: Credential + ?Sized> Credential for Arc<C> {
    fn secret(&self) -> SecretFuture<'_> {
        (**self).secret()
    }

    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        (**self).header()
    }

    fn is_anonymous(&self) -> bool {
        (**self).is_anonymous()
    }

    fn renew(&self, refused: &SecretString) -> bool {
        (**self).renew(refused)
    }
}

impl<C: Credential + ?Sized> Credential for Box<C> {
    fn secret(&self) -> SecretFuture<'_> {
        (**self).secret()
    }

    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        (**self).header()
    }

    fn is_anonymous(&self) -> bool {
        (**self).is_anonymous()
    }

    fn renew(&self, refused: &SecretString) -> bool {
        (**self).renew(refused)
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
