//! What a file of Google's credentials says, and the signed statement that a service account asks for tokens with.
//!
//! The text of a file goes in; an identity, or the reason why it is none, comes out. Nothing is sent.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::CredentialError;
use super::google_federated::ExternalAccount;

/// Where the users that gcloud signs in get their tokens.
const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

/// Where users of federated identities get theirs.
const FEDERATED_TOKEN_URL: &str = "https://sts.googleapis.com/v1/oauthtoken";

/// How long the statement of a service account holds. Google accepts no longer one.
const STATEMENT: Duration = Duration::from_secs(3600);

/// How much the clocks of callers may be ahead of Google's.
const CLOCK_SKEW: Duration = Duration::from_secs(10);

/// What the files of credentials are called that are known.
const KINDS: &[&str] = &[
    "service_account",
    "authorized_user",
    "impersonated_service_account",
    "external_account",
    "external_account_authorized_user",
];

/// Somebody who can get tokens, as a file of credentials describes it.
#[derive(Clone, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum GoogleKey {
    /// An application with a private key.
    ServiceAccount(ServiceAccount),
    /// A user whom `gcloud auth application-default login` signed in.
    AuthorizedUser(AuthorizedUser),
    /// A service account that another identity may act as.
    ImpersonatedServiceAccount(ImpersonatedServiceAccount),
    /// An identity of somebody else's that Google trusts.
    ExternalAccount(Box<ExternalAccount>),
    /// A user of such an identity, whom gcloud signed in.
    ExternalAccountAuthorizedUser(ExternalUser),
}

#[derive(Clone, Deserialize)]
pub(super) struct ServiceAccount {
    client_email: String,
    private_key: SecretString,
    private_key_id: Option<String>,
    #[serde(default = "token_uri")]
    pub(super) token_uri: String,
}

#[derive(Clone, Deserialize)]
pub(super) struct AuthorizedUser {
    pub(super) client_id: String,
    pub(super) client_secret: SecretString,
    pub(super) refresh_token: SecretString,
    #[serde(default = "token_uri")]
    pub(super) token_uri: String,
}

#[derive(Clone, Deserialize)]
pub(super) struct ExternalUser {
    pub(super) client_id: String,
    pub(super) client_secret: SecretString,
    pub(super) refresh_token: SecretString,
    #[serde(default = "federated_token_url")]
    pub(super) token_url: String,
}

#[derive(Clone, Deserialize)]
pub(super) struct ImpersonatedServiceAccount {
    #[serde(rename = "service_account_impersonation_url")]
    pub(super) url: String,
    #[serde(rename = "source_credentials")]
    pub(super) source: Box<GoogleKey>,
    #[serde(default)]
    pub(super) delegates: Vec<String>,
}

fn token_uri() -> String {
    TOKEN_URI.to_owned()
}

fn federated_token_url() -> String {
    FEDERATED_TOKEN_URL.to_owned()
}

impl GoogleKey {
    /// Reads a file of credentials. The depth of one that names others is bounded by the reader of JSON.
    pub(super) fn read(json: &str) -> Result<Self, CredentialError> {
        #[derive(Deserialize)]
        struct Kind {
            #[serde(rename = "type")]
            kind: String,
        }
        // The message of a parser may quote what it read.
        let place = |error: serde_json::Error| format!("line {}, column {}", error.line(), error.column());
        let Kind { kind } = serde_json::from_str(json).map_err(|error| {
            CredentialError::new(format!("Google's credentials are no JSON object with a `type` ({})", place(error)))
        })?;
        if !KINDS.contains(&&*kind) {
            return Err(CredentialError::new(format!(
                "Google's credentials are of the type `{kind}`, which is not supported: use the key of a service account, or \
                 the file that `gcloud auth application-default login` writes"
            )));
        }
        serde_json::from_str(json).map_err(|error| {
            let reason = format!("Google's credentials lack a field that a `{kind}` needs ({})", place(error));
            CredentialError::new(reason)
        })
    }

    /// [`read`](Self::read), with the project that calls count against, where the file names one.
    pub(super) fn with_quota_project(json: &str) -> Result<(Self, Option<String>), CredentialError> {
        #[derive(Deserialize)]
        struct Quota {
            quota_project_id: Option<String>,
        }
        let key = Self::read(json)?;
        let quota: Quota = serde_json::from_str(json)
            .map_err(|_| CredentialError::new("the `quota_project_id` of Google's credentials is no text"))?;
        Ok((key, quota.quota_project_id.filter(|project| !project.is_empty())))
    }

    /// The text without any of the secrets in it.
    pub(super) fn hide(&self, text: &str) -> String {
        match self {
            Self::ServiceAccount(account) => crate::redact::hide(text, &account.private_key),
            Self::AuthorizedUser(user) => hide_both(text, &user.client_secret, &user.refresh_token),
            Self::ImpersonatedServiceAccount(account) => account.source.hide(text),
            Self::ExternalAccount(account) => account.hide(text),
            Self::ExternalAccountAuthorizedUser(user) => hide_both(text, &user.client_secret, &user.refresh_token),
        }
    }
}

fn hide_both(text: &str, one: &SecretString, other: &SecretString) -> String {
    crate::redact::hide(&crate::redact::hide(text, one), other)
}

impl ServiceAccount {
    /// The statement, signed, by which it asks for a token for these scopes, on behalf of a user if there is one.
    pub(super) fn statement(
        &self,
        scopes: &str,
        subject: Option<&str>,
        now: SystemTime,
    ) -> Result<SecretString, CredentialError> {
        let issued = now.duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(CLOCK_SKEW);
        let claims = json!({
            "iss": self.client_email,
            "scope": scopes,
            "aud": self.token_uri,
            "iat": issued.as_secs(),
            "exp": (issued + STATEMENT).as_secs(),
            "sub": subject,
        });
        // A claim of nothing is none.
        let claims = without_nulls(claims);
        let header = without_nulls(json!({ "alg": "RS256", "typ": "JWT", "kid": self.private_key_id }));
        let mut statement = URL_SAFE_NO_PAD.encode(header.to_string());
        statement.push('.');
        URL_SAFE_NO_PAD.encode_string(claims.to_string(), &mut statement);
        let signature = self.sign(statement.as_bytes())?;
        statement.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut statement);
        Ok(statement.into())
    }

    fn sign(&self, text: &[u8]) -> Result<Vec<u8>, CredentialError> {
        let unusable = |reason: &str| {
            CredentialError::new(format!("the private key of {} cannot sign: {reason}", self.client_email))
        };
        let key = PrivateKeyDer::from_pem_slice(self.private_key.expose_secret().as_bytes())
            .map_err(|_| unusable("it is no private key in PEM"))?;
        let key = any_supported_type(&key).map_err(|_| unusable("it is of a kind that is not known"))?;
        let signer = key
            .choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256])
            .ok_or_else(|| unusable("Google takes RSA keys only"))?;
        signer.sign(text).map_err(|_| unusable("the signature failed"))
    }
}

fn without_nulls(mut object: serde_json::Value) -> serde_json::Value {
    if let Some(members) = object.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    object
}

#[cfg(test)]
mod tests {
    use rustls::crypto::ring;
    use serde_json::Value;

    use super::*;

    const KEY: &str = include_str!("../../tests/identities/service_account.json");
    /// The public half of that key: an `RSAPublicKey` in DER.
    const PUBLIC: &str = include_str!("../../tests/identities/public_key.txt");

    fn part(statement: &str, index: usize) -> Value {
        let part = statement.split('.').nth(index).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    #[test]
    fn a_statement_says_who_asks_for_what_and_its_signature_is_right() {
        let GoogleKey::ServiceAccount(account) = GoogleKey::read(KEY).unwrap() else { panic!("another kind") };
        let now = UNIX_EPOCH + Duration::from_secs(1_000_010);
        let statement = account.statement("a b", Some("me@example.com"), now).unwrap();
        let statement = statement.expose_secret();
        assert_eq!(part(statement, 0), json!({ "alg": "RS256", "typ": "JWT", "kid": "k1" }));
        let claims = json!({
            "iss": "robot@project.iam.gserviceaccount.com",
            "scope": "a b",
            "aud": "https://oauth2.googleapis.com/token",
            "iat": 1_000_000,
            "exp": 1_003_600,
            "sub": "me@example.com",
        });
        assert_eq!(part(statement, 1), claims);

        let (signed, signature) = statement.rsplit_once('.').unwrap();
        let public = base64::engine::general_purpose::STANDARD.decode(PUBLIC.trim()).unwrap();
        let algorithms = ring::default_provider().signature_verification_algorithms;
        let (_, algorithms) =
            algorithms.mapping.iter().find(|(scheme, _)| *scheme == SignatureScheme::RSA_PKCS1_SHA256).unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let is_right = |text: &str| {
            algorithms.iter().any(|one| one.verify_signature(&public, text.as_bytes(), &signature).is_ok())
        };
        assert!(is_right(signed));
        assert!(!is_right(&signed.replacen('.', ".x", 1)));
    }

    #[test]
    fn what_is_no_identity_says_so_without_its_secrets() {
        let reason = |json: &str| GoogleKey::read(json).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(reason("hush").contains("line 1, column 1"), "{}", reason("hush"));
        assert!(reason(r#"{"private_key":"hush"}"#).contains("`type`"));
        let other = reason(r#"{"type":"gdch_service_account","audience":"hush"}"#);
        assert!(other.contains("`gdch_service_account`") && !other.contains("hush"), "{other}");
        let partial = reason(r#"{"type":"authorized_user","client_id":7,"refresh_token":"hush"}"#);
        assert!(partial.contains("lack a field") && !partial.contains("hush"), "{partial}");

        let json = r#"{"type":"service_account","client_email":"robot","private_key":"hush"}"#;
        let GoogleKey::ServiceAccount(account) = GoogleKey::read(json).unwrap() else { panic!("another kind") };
        let error = account.statement("a", None, SystemTime::now()).unwrap_err().to_string();
        assert_eq!(error, "the private key of robot cannot sign: it is no private key in PEM");
    }
}
