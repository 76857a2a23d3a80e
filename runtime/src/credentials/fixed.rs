//! Secrets that are there already.

use std::env;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bindery_ir::Text;
use secrecy::{ExposeSecret, SecretString};

use super::{Credential, CredentialError, SecretFuture};

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
        Box::pin(std::future::ready(Ok(Some(self.0.clone()))))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A user name with a password, for providers that want HTTP's basic authentication.
#[derive(Clone)]
pub struct Basic(SecretString);

impl Basic {
    /// The user's name and password.
    pub fn new(user: &str, password: &SecretString) -> Self {
        Self(STANDARD.encode(format!("{user}:{}", password.expose_secret())).into())
    }
}

impl Credential for Basic {
    fn secret(&self) -> SecretFuture<'_> {
        Box::pin(std::future::ready(Ok(Some(self.0.clone()))))
    }
}

impl fmt::Debug for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Basic(…)")
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
