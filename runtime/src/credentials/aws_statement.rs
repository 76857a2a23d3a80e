//! What AWS says of a workload, for somebody else: a request that tells whose keys signed it, signed and not sent.
//!
//! Whoever gets it sends it himself, and learns who the workload is without its keys.

use std::time::SystemTime;

use aws_config::BehaviorVersion;
use aws_credential_types::provider::ProvideCredentials;
use bindery_ir::HttpMethod;
use http::header::HOST;
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use super::CredentialError;
use super::aws::{AwsSigner, Keys};
use super::aws_http::Connector;
use super::google_http::secure;
use super::google_statement::Statement;
use crate::middleware::Attempt;
use crate::request::{Called, SigningScope};

/// The header that says for whom the request is signed, so that it is of no use to others.
const FOR_WHOM: HeaderName = HeaderName::from_static("x-goog-cloud-target-resource");

/// A statement by keys from AWS's chain, for this audience. The URL has a `{region}`.
pub(super) async fn statement(url: &str, audience: &str) -> Result<Statement, CredentialError> {
    let connector = Connector::new().map_err(|error| CredentialError::new(error.to_string()))?;
    let asked = async {
        let config = aws_config::defaults(BehaviorVersion::latest()).http_client(connector).load().await;
        let region = config.region().map(ToString::to_string);
        let provider = config.credentials_provider().ok_or_else(|| "AWS has no source of keys".to_owned())?;
        let keys = provider.provide_credentials().await;
        let keys = keys.map_err(|error| format!("AWS gives no keys: {}", crate::transport::told(&error)))?;
        let region = region.ok_or_else(|| "no region of AWS is known: set AWS_REGION".to_owned())?;
        Ok((Keys::new(keys), region))
    };
    let (keys, region) =
        asked.with_subscriber(NoSubscriber::new()).await.map_err(|reason: String| CredentialError::new(reason))?;
    signed(url, audience, &keys, &region, SystemTime::now())
}

fn signed(url: &str, audience: &str, keys: &Keys, region: &str, now: SystemTime) -> Result<Statement, CredentialError> {
    let url = secure(&url.replace("{region}", region))?;
    let audience = HeaderValue::from_str(audience)
        .map_err(|_| CredentialError::new("the `audience` of Google's credentials cannot be sent in a header"))?;
    let headers = HeaderMap::from_iter([(FOR_WHOM, audience)]);
    let mut question =
        Attempt { method: HttpMethod::Post, url, headers, body: None, called: Called::by(""), number: 1 };
    let scope = SigningScope { service: Some("sts".to_owned()), region: Some(region.to_owned()) };
    AwsSigner::from_chain().sign_at(now, keys, &mut question, &scope)?;
    let host = question.url.host_str().unwrap_or_default();
    let headers = question.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()));
    let headers = headers.chain([(HOST.as_str(), host)]);
    let told = json!({
        "url": question.url.as_str(),
        "method": "POST",
        "headers": headers.map(|(key, value)| json!({ "key": key, "value": value })).collect::<Vec<_>>(),
    });
    let text = utf8_percent_encode(&told.to_string(), NON_ALPHANUMERIC).to_string();
    Ok(Statement { text: text.into(), parts: keys.secrets().to_vec() })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use aws_credential_types::Credentials;
    use percent_encoding::percent_decode_str;
    use secrecy::ExposeSecret;
    use serde_json::Value;

    use super::*;

    fn told(url: &str) -> Result<Value, CredentialError> {
        let keys = Credentials::new("AKID", "hush", Some("session".to_owned()), None, "test");
        let now = UNIX_EPOCH + Duration::from_secs(1_440_938_160);
        let statement = signed(url, "//iam/pools/p", &Keys::new(keys), "us-east-2", now)?;
        let text = percent_decode_str(statement.text.expose_secret()).decode_utf8().unwrap();
        assert_eq!(statement.hide("session hush"), "[hidden] [hidden]");
        Ok(serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn the_question_is_signed_for_one_audience_and_holds_no_secret_key() {
        let url = "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15";
        let told = told(url).unwrap();
        assert_eq!(told["url"], "https://sts.us-east-2.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15");
        assert_eq!(told["method"], "POST");
        let header = |name: &str| {
            let headers = told["headers"].as_array().unwrap();
            let header = headers.iter().find(|header| header["key"] == name).unwrap();
            header["value"].as_str().unwrap()
        };
        assert_eq!(header("host"), "sts.us-east-2.amazonaws.com");
        assert_eq!(header("x-amz-date"), "20150830T123600Z");
        assert_eq!(header("x-amz-security-token"), "session");
        assert_eq!(header("x-goog-cloud-target-resource"), "//iam/pools/p");
        let authorization = header("authorization");
        assert!(authorization.contains("Credential=AKID/20150830/us-east-2/sts/aws4_request"), "{authorization}");
        let signed = "SignedHeaders=host;x-amz-date;x-amz-security-token;x-goog-cloud-target-resource,";
        assert!(authorization.contains(signed), "{authorization}");
        assert!(!told.to_string().contains("hush"));
    }

    #[test]
    fn nothing_is_signed_for_what_is_not_secure() {
        assert!(told("http://sts.{region}.example.com").unwrap_err().to_string().contains("not https"));
    }
}
