//! How Google's servers of tokens, and those that tell who a workload is, are asked.
//!
//! A request goes in; the body of a success comes out, or why there is none, in the words of the server.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::authenticator::may_carry_secret;
use super::{AccessToken, CredentialError};
use crate::{redact, transport};

/// How large the answer with a token may be.
const MAX_ANSWER: usize = 1 << 20;

/// How often an identity server that fails is asked, and how long is waited before the second time.
const ATTEMPTS: u32 = 3;
const FIRST_DELAY: Duration = Duration::from_millis(200);

/// A URL that a secret may be sent to.
pub(super) fn secure(url: &str) -> Result<Url, CredentialError> {
    let parsed = Url::parse(url)
        .map_err(|error| CredentialError::new(format!("Google's credentials name a URL that is none: {error}")))?;
    if may_carry_secret(&parsed, false) {
        return Ok(parsed);
    }
    let host = parsed.origin().ascii_serialization();
    Err(CredentialError::new(format!(
        "the key is not sent to {host}: it is not https, so anyone on the way could read it"
    )))
}

/// What a server of tokens answers with.
#[derive(Deserialize)]
pub(super) struct Token {
    access_token: SecretString,
    expires_in: Option<u64>,
}

/// What an account that is acted as gets.
#[derive(Deserialize)]
pub(super) struct Impersonated {
    #[serde(rename = "accessToken")]
    pub(super) token: SecretString,
}

impl From<Token> for AccessToken {
    fn from(token: Token) -> Self {
        Self::new(token.access_token, token.expires_in.map(Duration::from_secs))
    }
}

/// The body of a success, and whose metadata server it says to be. What fails without a reason is asked again.
pub(super) async fn ask(
    url: &Url,
    request: impl Fn() -> reqwest::RequestBuilder,
) -> Result<(Option<String>, Vec<u8>), CredentialError> {
    let from = url.origin().ascii_serialization();
    let mut delay = FIRST_DELAY;
    for attempt in 1.. {
        let last = attempt >= ATTEMPTS;
        match answer(request()).await {
            Ok((status, flavor, body)) if status.is_success() => return Ok((flavor, body)),
            Ok((status, _, body)) if last || !(status.is_server_error() || status.as_u16() == 429) => {
                let said = redact::excerpt(&said(&body), 500);
                return Err(CredentialError::new(format!("{from} gives no token ({status}): {said}")));
            }
            Err(reason) if last => {
                return Err(CredentialError::new(format!("{from} cannot be asked for a token: {reason}")));
            }
            _ => {}
        }
        tokio::time::sleep(delay).await;
        delay *= 2;
    }
    Err(CredentialError::new(format!("{from} gives no token")))
}

type Answer = (http::StatusCode, Option<String>, Vec<u8>);

async fn answer(request: reqwest::RequestBuilder) -> Result<Answer, String> {
    let fail = |error: reqwest::Error| transport::told(&error.without_url());
    let mut response = request.send().await.map_err(fail)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(fail)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err("the answer is too large".to_owned());
        }
        body.extend_from_slice(&chunk);
    }
    let flavor = response.headers().get("metadata-flavor").and_then(|value| value.to_str().ok()).map(str::to_owned);
    Ok((response.status(), flavor, body))
}

/// Why there is no token, in the words of the server: RFC 6749 has `error` and `error_description`, Google's own
/// services an object with a `message`.
fn said(body: &[u8]) -> String {
    let json: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |pointer: &str| json.pointer(pointer).and_then(serde_json::Value::as_str);
    match (text("/error"), text("/error_description").or_else(|| text("/error/message"))) {
        (Some(code), Some(description)) => format!("{code}: {description}"),
        (Some(said), None) | (None, Some(said)) => said.to_owned(),
        (None, None) => String::from_utf8_lossy(body).trim().to_owned(),
    }
}

pub(super) fn read<'b, T: Deserialize<'b>>(url: &Url, body: &'b [u8]) -> Result<T, CredentialError> {
    // The message of a parser may quote what it read.
    serde_json::from_slice(body).map_err(|_| {
        let from = url.origin().ascii_serialization();
        CredentialError::new(format!("{from} answers with what is no token"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_does_not_go_where_anyone_could_read_it() {
        assert!(secure("https://oauth2.googleapis.com/token").is_ok());
        assert!(secure("http://127.0.0.1:80/token").is_ok());
        let error = secure("http://oauth2.example.com/token").unwrap_err().to_string();
        assert!(error.contains("http://oauth2.example.com"), "{error}");
    }
}
