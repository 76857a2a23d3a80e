//! AWS: keys from the standard chain, roles that are taken on, and signatures (Signature Version 4).
//!
//! The crates that do it trace what they send, receive and sign, keys and tokens of sessions among it. So nobody listens
//! while they work.

use std::env;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use http::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Mutex, OnceCell, RwLock};
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use super::aws_http::Connector;
use super::{AuthSettings, CredentialError};
use crate::middleware::Attempt;
use crate::redact;
use crate::request::SigningScope;

/// How long before their end keys are replaced.
const MARGIN: Duration = Duration::from_secs(120);

/// How much two clocks may differ without harm: signatures are good for five minutes.
const TOLERATED: Duration = Duration::from_secs(240);

/// Signs requests as AWS wants it. Keys come from the environment, profiles, SSO, web identity and the metadata services
/// of containers and machines, in the order of the AWS SDKs, unless they are given; they are kept until shortly before
/// they expire.
///
/// ```no_run
/// # fn example() -> Result<(), bindery_runtime::Error> {
/// use bindery_runtime::{AwsSigner, Client, ir::Auth};
/// let signer = AwsSigner::from_chain().role("arn:aws:iam::123456789012:role/auditor").region("eu-central-1");
/// let client = Client::builder("aws", Auth::NONE).aws(signer).build()?;
/// # Ok(())
/// # }
/// ```
pub struct AwsSigner {
    keys: KeySource,
    role: Option<Role>,
    region: Option<String>,
    service: Option<String>,
    provider: OnceCell<SharedCredentialsProvider>,
    kept: RwLock<Option<Keys>>,
    fetching: Mutex<()>,
    /// By how many seconds the provider's clock is ahead of this machine's; 0 as long as that did no harm.
    ahead: AtomicI64,
}

/// Where the first keys come from.
enum KeySource {
    Chain,
    Given(Credentials),
}

/// A role that is taken on with the first keys.
#[derive(Clone, Debug, Default)]
struct Role {
    arn: String,
    session: Option<String>,
    external_id: Option<String>,
    endpoint: Option<String>,
    region: Option<String>,
    seconds: Option<u64>,
}

/// The keys for one signature.
#[derive(Clone)]
pub(crate) struct Keys {
    credentials: Credentials,
    secrets: Vec<SecretString>,
}

impl Keys {
    pub(super) fn new(credentials: Credentials) -> Self {
        let token = credentials.session_token().into_iter();
        let secrets = token.chain([credentials.secret_access_key()]).map(SecretString::from).collect();
        Self { credentials, secrets }
    }

    /// The secrets among the keys.
    #[cfg(feature = "google")]
    pub(super) fn secrets(&self) -> &[SecretString] {
        &self.secrets
    }

    /// The text without the secrets among the keys.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| redact::hide(&text, secret))
    }

    fn is_good(&self) -> bool {
        let Some(end) = self.credentials.expiry() else { return true };
        end.duration_since(SystemTime::now()).is_ok_and(|left| left > MARGIN)
    }
}

impl AwsSigner {
    /// Keys from wherever the AWS SDKs look for them.
    pub fn from_chain() -> Self {
        Self::new(KeySource::Chain)
    }

    /// These keys.
    pub fn with_keys(key_id: &str, secret: &SecretString, session_token: Option<&SecretString>) -> Self {
        let token = session_token.map(|token| token.expose_secret().to_owned());
        Self::new(KeySource::Given(Credentials::new(key_id, secret.expose_secret(), token, None, "bindery")))
    }

    fn new(keys: KeySource) -> Self {
        let (provider, kept, fetching) = (OnceCell::new(), RwLock::new(None), Mutex::new(()));
        Self { keys, role: None, region: None, service: None, provider, kept, fetching, ahead: AtomicI64::new(0) }
    }

    /// The same, taking on a role.
    #[must_use]
    pub fn role(mut self, arn: impl Into<String>) -> Self {
        self.role = Some(Role { arn: arn.into(), ..Role::default() });
        self
    }

    /// The region of requests whose host names none and that have no argument for it.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// The service of requests of which no document says it and whose host names none.
    #[must_use]
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// What the fields of an authentication block say.
    pub(crate) fn from_settings(settings: &AuthSettings) -> Self {
        let id = settings.given_or_named("keyID", &["keyIDenvvar"]);
        let secret = settings.given_or_named("api_key", &["credentialsenvvar", "api_key_var"]);
        let mut signer = match (id, secret) {
            (Some(id), Some(secret)) => {
                let token =
                    env::var("AWS_SESSION_TOKEN").ok().filter(|token| !token.is_empty()).map(SecretString::from);
                Self::with_keys(&id, &secret.into(), token.as_ref())
            }
            _ => Self::from_chain(),
        };
        let field = |name: &str| settings.get(name).map(str::to_owned);
        (signer.service, signer.region) = (field("service"), field("region"));
        if let Some(arn) = settings.given_or_named("aws_role_arn", &["aws_role_arn_env_var"]) {
            signer.role = Some(Role {
                arn,
                session: field("aws_role_session_name"),
                external_id: settings.given_or_named("aws_role_external_id", &["aws_role_external_id_env_var"]),
                endpoint: field("aws_sts_endpoint"),
                region: field("aws_sts_region"),
                seconds: settings.get("aws_role_duration_seconds").and_then(|seconds| seconds.parse().ok()),
            });
        }
        signer
    }

    /// The keys for the next signature.
    pub(crate) async fn keys(&self) -> Result<Keys, CredentialError> {
        if let Some(keys) = self.kept().await {
            return Ok(keys);
        }
        let _turn = self.fetching.lock().await;
        // Whoever had the turn before may have fetched them.
        if let Some(keys) = self.kept().await {
            return Ok(keys);
        }
        let provider = self.provider.get_or_try_init(|| self.provider()).await?;
        let credentials = provider.provide_credentials().with_subscriber(NoSubscriber::new()).await;
        let credentials = credentials.map_err(|error| {
            let told = crate::transport::told(&error);
            CredentialError::new(format!("AWS gives no keys: {told}"))
        })?;
        let keys = Keys::new(credentials);
        *self.kept.write().await = Some(keys.clone());
        Ok(keys)
    }

    async fn kept(&self) -> Option<Keys> {
        self.kept.read().await.as_ref().filter(|keys| keys.is_good()).cloned()
    }

    /// The provider refused these keys: they are forgotten, unless others are there already. Whether others may come.
    pub(crate) fn renew(&self, refused: &Keys) -> bool {
        if let Ok(mut kept) = self.kept.try_write() {
            kept.take_if(|kept| kept.credentials.access_key_id() == refused.credentials.access_key_id());
        }
        let is_corrected = self.ahead.load(Ordering::Relaxed) != 0;
        is_corrected || self.role.is_some() || matches!(self.keys, KeySource::Chain)
    }

    /// The provider refused a signature, and it is this late there. Where this machine's clock says something else,
    /// signatures are made by the provider's from now on.
    pub(crate) fn heed_clock(&self, theirs: SystemTime) {
        let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        let ahead = match theirs.duration_since(SystemTime::now()) {
            Ok(ahead) => seconds(ahead),
            Err(error) => -seconds(error.duration()),
        };
        if ahead.abs_diff(self.ahead.load(Ordering::Relaxed)) > TOLERATED.as_secs() {
            self.ahead.store(ahead, Ordering::Relaxed);
        }
    }

    /// The time by the provider's clock.
    fn now(&self) -> SystemTime {
        let ahead = self.ahead.load(Ordering::Relaxed);
        let by = Duration::from_secs(ahead.unsigned_abs());
        let now = SystemTime::now();
        let theirs = if ahead < 0 { now.checked_sub(by) } else { now.checked_add(by) };
        theirs.unwrap_or(now)
    }

    async fn provider(&self) -> Result<SharedCredentialsProvider, CredentialError> {
        let connector = Connector::new().map_err(|error| CredentialError::new(error.to_string()))?;
        if let (KeySource::Given(credentials), None) = (&self.keys, &self.role) {
            return Ok(SharedCredentialsProvider::new(credentials.clone()));
        }
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(connector);
        if let KeySource::Given(credentials) = &self.keys {
            loader = loader.credentials_provider(credentials.clone());
        }
        let region = self.role.as_ref().and_then(|role| role.region.clone()).or_else(|| self.region.clone());
        if let Some(region) = region {
            loader = loader.region(Region::new(region));
        }
        if let Some(endpoint) = self.role.as_ref().and_then(|role| role.endpoint.clone()) {
            loader = loader.endpoint_url(endpoint);
        }
        let config = loader.load().await;
        if let Some(role) = &self.role {
            let session = role.session.clone().unwrap_or_else(|| "bindery".to_owned());
            let mut builder = AssumeRoleProvider::builder(role.arn.clone()).session_name(session).configure(&config);
            if let Some(id) = &role.external_id {
                builder = builder.external_id(id.clone());
            }
            if let Some(seconds) = role.seconds {
                builder = builder.session_length(Duration::from_secs(seconds));
            }
            return Ok(SharedCredentialsProvider::new(builder.build().await));
        }
        config.credentials_provider().ok_or_else(|| CredentialError::new("AWS has no source of keys"))
    }

    /// Signs an attempt that is about to be sent.
    pub(crate) fn sign(&self, keys: &Keys, attempt: &mut Attempt, scope: &SigningScope) -> Result<(), CredentialError> {
        self.sign_at(self.now(), keys, attempt, scope)
    }

    pub(super) fn sign_at(
        &self,
        time: SystemTime,
        keys: &Keys,
        attempt: &mut Attempt,
        scope: &SigningScope,
    ) -> Result<(), CredentialError> {
        let fail = |error: &dyn fmt::Display| CredentialError::new(format!("the request cannot be signed: {error}"));
        let host = attempt.url.host_str().unwrap_or_default().to_owned();
        let (named_service, named_region) = named_by(&host);
        let own = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
        let service = own(&scope.service)
            .or(named_service)
            .or_else(|| own(&self.service))
            .or_else(|| called(&attempt.called.path))
            .ok_or_else(|| fail(&format!("neither a document nor the host `{host}` says which service it is for")))?;
        let region =
            own(&scope.region).or(named_region).or_else(|| own(&self.region)).or_else(|| env::var("AWS_REGION").ok());
        let region = region.unwrap_or_else(|| "us-east-1".to_owned());
        let mut settings = SigningSettings::default();
        if service == "s3" {
            // Its keys are paths, which are signed as they are.
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let identity = keys.credentials.clone().into();
        let parameters = v4::SigningParams::builder().identity(&identity).region(&region).name(&service).time(time);
        let parameters = parameters.settings(settings).build().map_err(|error| fail(&error))?.into();
        let mut headers = Vec::with_capacity(attempt.headers.len());
        for (name, value) in &attempt.headers {
            headers.push((name.as_str(), value.to_str().map_err(|error| fail(&error))?));
        }
        let body = attempt.body.as_deref().unwrap_or_default();
        let signable = SignableRequest::new(
            attempt.method.as_str(),
            attempt.url.as_str(),
            headers.into_iter(),
            SignableBody::Bytes(body),
        );
        let signable = signable.map_err(|error| fail(&error))?;
        let signed = tracing::subscriber::with_default(NoSubscriber::new(), || sign(signable, &parameters));
        let signed = signed.map_err(|error| fail(&error))?;
        for (name, value) in signed.output().headers() {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| fail(&error))?;
            let mut value = HeaderValue::from_str(value).map_err(|error| fail(&error))?;
            value.set_sensitive(true);
            attempt.headers.insert(name, value);
        }
        Ok(())
    }
}

/// What the service of a method is called here, by which most are signed: of `provider.service.resource.method`.
fn called(path: &str) -> Option<String> {
    let mut parts = path.split('.');
    match (parts.next(), parts.next(), parts.count()) {
        (Some(_), Some(service), 2..) => Some(service.to_owned()),
        _ => None,
    }
}

/// The service and the region that a host names: `SERVICE.REGION.amazonaws.com`, `SERVICE.amazonaws.com`.
fn named_by(host: &str) -> (Option<String>, Option<String>) {
    let Some(labels) =
        [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"].iter().find_map(|end| host.strip_suffix(end))
    else {
        return (None, None);
    };
    let labels: Vec<&str> = labels.split('.').collect();
    match *labels {
        [.., service, region] => (Some(service.to_owned()), Some(region.to_owned())),
        [service] => (Some(service.to_owned()), None),
        [] => (None, None),
    }
}

impl fmt::Debug for AwsSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = self.role.as_ref().map(|role| &role.arn);
        f.debug_struct("AwsSigner").field("role", &role).field("region", &self.region).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use bindery_ir::HttpMethod;
    use http::HeaderMap;
    use url::Url;

    use super::*;
    use crate::request::Called;

    /// 2015-08-30 12:36:00 UTC, when all examples of the specification were signed.
    const THEN: Duration = Duration::from_secs(1_440_938_160);

    fn signature(url: &str, headers: &[(&'static str, &'static str)], service: &str) -> String {
        let secret = SecretString::from("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        let signer = AwsSigner::with_keys("AKIDEXAMPLE", &secret, None);
        let KeySource::Given(credentials) = &signer.keys else { unreachable!() };
        let keys = Keys::new(credentials.clone());
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.insert(*name, HeaderValue::from_static(value));
        }
        let url = Url::parse(url).unwrap();
        let mut attempt =
            Attempt { method: HttpMethod::Get, url, headers: all, body: None, called: Called::by("p"), number: 1 };
        let scope = SigningScope { service: Some(service.to_owned()), region: Some("us-east-1".to_owned()) };
        signer.sign_at(SystemTime::UNIX_EPOCH + THEN, &keys, &mut attempt, &scope).unwrap();
        attempt.headers["authorization"].to_str().unwrap().to_owned()
    }

    #[test]
    fn published_examples_have_their_published_signatures() {
        let plain = signature("https://example.amazonaws.com/", &[], "service");
        assert_eq!(
            plain,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        );
        let users = signature(
            "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
            &[("content-type", "application/x-www-form-urlencoded; charset=utf-8")],
            "iam",
        );
        assert!(
            users.ends_with("Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"),
            "{users}"
        );
    }

    #[test]
    fn hosts_name_services_and_regions() {
        let named = |host| {
            let (service, region) = named_by(host);
            format!("{} {}", service.unwrap_or_default(), region.unwrap_or_default())
        };
        assert_eq!(named("ec2.eu-west-1.amazonaws.com"), "ec2 eu-west-1");
        assert_eq!(named("iam.amazonaws.com"), "iam ");
        assert_eq!(named("bucket.s3.us-east-2.amazonaws.com"), "s3 us-east-2");
        assert_eq!(named("sts.cn-north-1.amazonaws.com.cn"), "sts cn-north-1");
        assert_eq!(named("localhost"), " ");
    }

    #[test]
    fn nothing_that_is_shown_holds_a_key() {
        let signer = AwsSigner::with_keys("AKID", &"hush-secret".into(), Some(&"hush-token".into()));
        assert!(!format!("{signer:?}").contains("hush"));
        let KeySource::Given(credentials) = &signer.keys else { unreachable!() };
        assert_eq!(Keys::new(credentials.clone()).hide("a hush-secret b hush-token"), "a [hidden] b [hidden]");
    }
}
