//! Tokens that are fetched from somewhere, and kept while they are good.

use std::fmt;
use std::pin::Pin;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use http::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Mutex, RwLock};

use super::{Credential, CredentialError, SecretFuture};

/// How long before its end a token is replaced: clocks differ, and requests take their time.
const MARGIN: Duration = Duration::from_secs(120);

/// A token on its way.
pub type TokenFuture<'a> = Pin<Box<dyn Future<Output = Result<AccessToken, CredentialError>> + Send + 'a>>;

/// Where tokens come from: an identity endpoint, a vault, a command.
pub trait TokenSource: Send + Sync {
    /// A new token.
    fn fetch(&self) -> TokenFuture<'_>;
}

/// A token with the time for which it is good.
#[derive(Clone)]
pub struct AccessToken {
    secret: SecretString,
    lifetime: Option<Duration>,
    header: Option<(HeaderName, HeaderValue)>,
}

impl AccessToken {
    /// A token that is good for this long from now; `None` when it does not expire.
    pub fn new(secret: impl Into<SecretString>, lifetime: Option<Duration>) -> Self {
        Self { secret: secret.into(), lifetime, header: None }
    }

    /// The same token, with a header that goes into requests beside it, and that is no secret.
    #[must_use]
    pub fn with_header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    /// The token itself.
    #[cfg(feature = "google")]
    pub(crate) fn secret(&self) -> &SecretString {
        &self.secret
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessToken(…, good for {:?})", self.lifetime)
    }
}

/// A credential whose token comes from a [`TokenSource`]. The token is kept until two minutes before it expires (or
/// for half of its life, if that is shorter), and fetched once, however many calls wait for it. When that fails, all
/// who wait are told so, unless the token that is kept is still good.
///
/// ```
/// use std::time::Duration;
/// use bindery_runtime::{AccessToken, Fetched, TokenFuture, TokenSource};
///
/// struct Vault;
///
/// impl TokenSource for Vault {
///     fn fetch(&self) -> TokenFuture<'_> {
///         Box::pin(async { Ok(AccessToken::new("t0ken", Some(Duration::from_secs(3600)))) })
///     }
/// }
///
/// let credential = Fetched::new(Vault);
/// # let _ = credential;
/// ```
pub struct Fetched<S> {
    source: S,
    kept: RwLock<Option<Kept>>,
    /// What goes beside the token that was fetched last.
    header: std::sync::RwLock<Option<(HeaderName, HeaderValue)>>,
    /// Held by the one who fetches: how the last time ended that came to nothing.
    fetching: Mutex<Option<Failure>>,
}

struct Kept {
    secret: SecretString,
    /// When it is to be replaced, and when it is no longer good.
    until: Option<(Instant, Instant)>,
}

struct Failure {
    at: Instant,
    reason: String,
}

impl<S: TokenSource> Fetched<S> {
    /// Tokens from this source.
    pub fn new(source: S) -> Self {
        Self { source, kept: RwLock::new(None), header: std::sync::RwLock::default(), fetching: Mutex::new(None) }
    }

    /// The token that is kept, with whether it need not be replaced yet.
    async fn kept(&self) -> Option<(SecretString, bool)> {
        let kept = self.kept.read().await;
        let kept = kept.as_ref()?;
        let now = Instant::now();
        let is_good = kept.until.is_none_or(|(_, end)| now < end);
        let is_fresh = kept.until.is_none_or(|(replace, _)| now < replace);
        is_good.then(|| (kept.secret.clone(), is_fresh))
    }

    async fn current(&self) -> Result<Option<SecretString>, CredentialError> {
        if let Some((secret, true)) = self.kept().await {
            return Ok(Some(secret));
        }
        let asked = Instant::now();
        let mut last_failure = self.fetching.lock().await;
        // Whoever had the turn before may have fetched it, or been told that there is none.
        let kept = self.kept().await;
        if let Some((secret, true)) = kept {
            return Ok(Some(secret));
        }
        let failure = match &*last_failure {
            Some(failure) if failure.at > asked => CredentialError::new(failure.reason.clone()),
            _ => match self.fetch().await {
                Ok(secret) => return Ok(Some(secret)),
                Err(error) => {
                    *last_failure = Some(Failure { at: Instant::now(), reason: error.to_string() });
                    error
                }
            },
        };
        match kept {
            Some((still_good, _)) => Ok(Some(still_good)),
            None => Err(failure),
        }
    }

    async fn fetch(&self) -> Result<SecretString, CredentialError> {
        let now = Instant::now();
        let token = self.source.fetch().await?;
        let until = token.lifetime.and_then(|lifetime| {
            let margin = MARGIN.min(lifetime / 2);
            Some((now.checked_add(lifetime.saturating_sub(margin))?, now.checked_add(lifetime)?))
        });
        *self.header.write().unwrap_or_else(PoisonError::into_inner) = token.header;
        *self.kept.write().await = Some(Kept { secret: token.secret.clone(), until });
        Ok(token.secret)
    }
}

impl<S: TokenSource> Credential for Fetched<S> {
    fn secret(&self) -> SecretFuture<'_> {
        Box::pin(self.current())
    }

    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        self.header.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn renew(&self, refused: &SecretString) -> bool {
        if let Ok(mut kept) = self.kept.try_write() {
            // Others may have been refused with the same one, and a new one be there already.
            kept.take_if(|kept| kept.secret.expose_secret() == refused.expose_secret());
        }
        true
    }
}

impl<S> fmt::Debug for Fetched<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fetched(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    struct Counted(AtomicUsize, Option<Duration>);

    /// Has one token, and then none.
    struct Sealed(AtomicUsize, Duration);

    impl TokenSource for Sealed {
        fn fetch(&self) -> TokenFuture<'_> {
            Box::pin(async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                match self.0.fetch_add(1, Ordering::Relaxed) {
                    0 => Ok(AccessToken::new("the only one", Some(self.1))),
                    _ => Err(CredentialError::new("the vault is sealed")),
                }
            })
        }
    }

    impl TokenSource for Counted {
        fn fetch(&self) -> TokenFuture<'_> {
            Box::pin(async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
                Ok(AccessToken::new(format!("token {number}"), self.1))
            })
        }
    }

    fn fetched(lifetime: Option<Duration>) -> Arc<Fetched<Counted>> {
        Arc::new(Fetched::new(Counted(AtomicUsize::new(0), lifetime)))
    }

    async fn secret(credential: &Fetched<Counted>) -> String {
        credential.secret().await.unwrap().unwrap().expose_secret().to_owned()
    }

    #[tokio::test]
    async fn a_hundred_calls_fetch_one_token() {
        let credential = fetched(Some(Duration::from_secs(3600)));
        let calls: Vec<_> =
            (0..100).map(|_| Arc::clone(&credential)).map(|c| tokio::spawn(async move { secret(&c).await })).collect();
        for call in calls {
            assert_eq!(call.await.unwrap(), "token 1");
        }
        assert_eq!(credential.source.0.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_token_is_replaced_before_it_expires() {
        let credential = fetched(Some(Duration::from_millis(100)));
        assert_eq!(secret(&credential).await, "token 1");
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!(secret(&credential).await, "token 2");
    }

    #[tokio::test]
    async fn a_token_is_used_to_its_end_where_there_is_no_new_one() {
        let credential = Fetched::new(Sealed(AtomicUsize::new(0), Duration::from_millis(400)));
        for wait in [0, 220] {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            assert_eq!(credential.secret().await.unwrap().unwrap().expose_secret(), "the only one");
        }
        assert_eq!(credential.source.0.load(Ordering::Relaxed), 2);
        tokio::time::sleep(Duration::from_millis(250)).await;
        assert_eq!(credential.secret().await.unwrap_err().to_string(), "the vault is sealed");
    }

    #[tokio::test]
    async fn a_failure_is_told_to_all_who_waited_for_it_and_to_nobody_else() {
        let credential = Arc::new(Fetched::new(Sealed(AtomicUsize::new(1), Duration::ZERO)));
        let calls: Vec<_> = (0..50)
            .map(|_| Arc::clone(&credential))
            .map(|credential| tokio::spawn(async move { credential.secret().await.map(|_| ()).unwrap_err() }))
            .collect();
        for call in calls {
            assert_eq!(call.await.unwrap().to_string(), "the vault is sealed");
        }
        assert_eq!(credential.source.0.load(Ordering::Relaxed), 2);
        assert!(credential.secret().await.is_err());
        assert_eq!(credential.source.0.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn one_call_that_gives_up_does_not_take_the_token_from_the_others() {
        let credential = fetched(None);
        let gives_up = tokio::time::timeout(Duration::from_millis(5), secret(&credential)).await;
        assert!(gives_up.is_err());
        assert_eq!(secret(&credential).await, "token 1");
    }
}
