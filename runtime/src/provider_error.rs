//! Reads what a provider says when it refuses a call, and tells it to people.
//!
//! The answer and what was asked go in; code, message, request id and a hint come out. Providers wrap these in
//! different envelopes: the method's own description is tried first, then the common ones.

use std::fmt;

use bindery_ir::{ErrorShape, JsonPath};
use http::{HeaderMap, StatusCode};
use secrecy::SecretString;
use serde_json::Value;

use crate::redact::{HIDDEN, excerpt, hide};

/// How much of the body of an error is kept, in characters.
const KEPT_BODY: usize = 4096;

/// How much of a body without a message is shown, in characters.
const SHOWN_BODY: usize = 300;

/// Where envelopes have the code; the first text counts, then the first number.
const CODES: &[&[&str]] = &[
    &["error", "code"],
    &["odata.error", "code"],
    &["errors", "code"],
    &["code"],
    &["errorCode"],
    &["__type"],
    &["error", "status"],
    &["error", "type"],
    &["error"],
    &["type"],
    &["title"],
];

/// Where envelopes have the sentence for people.
const MESSAGES: &[&[&str]] = &[
    &["error", "message"],
    &["odata.error", "message", "value"],
    &["odata.error", "message"],
    &["errors", "message"],
    &["message"],
    &["Message"],
    &["detail"],
    &["error_description"],
    &["errorMessage"],
    &["title"],
    &["error"],
];

/// The headers that identify a request to the provider's support.
const REQUEST_IDS: &[&str] = &[
    "x-ms-request-id",
    "x-request-id",
    "request-id",
    "x-amzn-requestid",
    "x-amz-request-id",
    "x-github-request-id",
    "x-ms-correlation-request-id",
    "x-correlation-id",
    "cf-ray",
];

/// A provider's refusal.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProviderError {
    /// The method that was called: `provider.service.resource.method`.
    pub method: String,
    /// The request line. Values that may be secrets are not shown.
    pub request: String,
    /// The arguments of the call.
    pub arguments: Vec<ShownArgument>,
    /// The status of the answer.
    pub status: StatusCode,
    /// The provider's own code.
    pub code: Option<String>,
    /// The provider's own sentence.
    pub message: Option<String>,
    /// What identifies the request to the provider's support.
    pub request_id: Option<String>,
    /// The start of the body.
    pub body: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// An argument as people may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShownArgument {
    /// Its documented name.
    pub name: String,
    /// Its value, shortened; `None` when it is not shown, because it is or may hold a secret.
    pub value: Option<String>,
}

impl ShownArgument {
    /// The same argument, in case its value holds the credential.
    pub(crate) fn without(&self, secret: Option<&SecretString>) -> Self {
        let value = self.value.as_deref().map(|value| hide(value, secret));
        Self { name: self.name.clone(), value }
    }
}

impl fmt::Display for ShownArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.name, self.value.as_deref().unwrap_or(HIDDEN))
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.method, self.status)?;
        match (&self.code, &self.message) {
            (Some(code), Some(message)) => write!(f, ", {code}: {message}")?,
            (Some(said), None) | (None, Some(said)) => write!(f, ", {said}")?,
            (None, None) if !self.body.is_empty() => write!(f, ", {}", excerpt(&self.body, SHOWN_BODY))?,
            (None, None) => {}
        }
        write!(f, "\n  request: {}", self.request)?;
        if !self.arguments.is_empty() {
            let arguments: Vec<String> = self.arguments.iter().map(ToString::to_string).collect();
            write!(f, "\n  arguments: {}", arguments.join(", "))?;
        }
        if let Some(id) = &self.request_id {
            write!(f, "\n  request id: {id}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ProviderError {}

/// What an answer says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
}

/// Reads the body of a refusal.
pub(crate) fn read(body: &str, shape: Option<&ErrorShape>) -> Said {
    let Ok(value) = serde_json::from_str::<Value>(body) else { return Said::default() };
    let declared = |path: Option<&JsonPath>| {
        let keys: Vec<&str> = path?.keys().iter().map(|key| &**key).collect();
        at(&value, &keys).and_then(text)
    };
    let code = declared(shape.and_then(|shape| shape.code.as_ref())).or_else(|| {
        let candidates = || CODES.iter().filter_map(|path| at(&value, path));
        candidates().find_map(Value::as_str).map(str::to_owned).or_else(|| candidates().find_map(text))
    });
    let message = declared(shape.and_then(|shape| shape.message.as_ref()))
        .or_else(|| MESSAGES.iter().filter_map(|path| at(&value, path)).find_map(text));
    // An envelope of a single text is a sentence, not a code.
    let code = code.filter(|code| Some(code) != message.as_ref());
    Said { code, message }
}

/// The value the keys lead to; of a list, its first item.
fn at<'v>(value: &'v Value, keys: &[&str]) -> Option<&'v Value> {
    keys.iter().try_fold(value, |value, key| value.as_array().map_or(Some(value), |items| items.first())?.get(key))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The id of the request, from the headers of the answer.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    REQUEST_IDS.iter().find_map(|name| headers.get(*name)?.to_str().ok()).map(|id| excerpt(id, SHOWN_BODY))
}

/// The part of a body that is kept.
pub(crate) fn kept(body: &str) -> String {
    excerpt(body, KEPT_BODY)
}

/// What to do about a status. `credential` says how a secret would be set if none was sent.
pub(crate) fn hint(status: StatusCode, headers: &HeaderMap, credential: Option<String>) -> Option<String> {
    let location = || headers.get(http::header::LOCATION)?.to_str().ok()?.parse::<url::Url>().ok();
    Some(match status.as_u16() {
        304 => "nothing has changed since the version the If-None-Match or If-Modified-Since argument names".to_owned(),
        300..=399 => match location() {
            Some(to) => format!(
                "the provider redirects to {}; redirects to another origin are not followed, so that no credential goes \
                 there: set the client's `base_url` if that is the right place",
                to.origin().ascii_serialization()
            ),
            None => "the provider redirects, but not to a place on the same origin".to_owned(),
        },
        401 => match credential {
            Some(how) => format!("no credential was sent: {how}"),
            None => "the provider refused the credential: it may be expired, revoked or meant for another service"
                .to_owned(),
        },
        403 => "the caller is known but may not do this: ask for the permission, or use another credential".to_owned(),
        404 => {
            "there is no such thing: check the names in the path arguments, and that the caller may see it".to_owned()
        }
        409 => "it is in a state that does not allow this: read it again and look at its state".to_owned(),
        412 => "the If-Match or If-None-Match argument does not match what is stored: read it again and use its etag"
            .to_owned(),
        429 => match headers.get(http::header::RETRY_AFTER).and_then(|value| value.to_str().ok()) {
            Some(after) => format!("too many calls: try again after {}", excerpt(after, 40)),
            None => "too many calls: try again later".to_owned(),
        },
        500..=599 => "the provider failed: try again later, and give its support the request id".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_envelopes_are_understood() {
        for (body, code, message) in [
            (r#"{"error":{"code":"NotFound","message":"no b1"}}"#, "NotFound", "no b1"),
            (r#"{"code":"NotFound","message":"no b1"}"#, "NotFound", "no b1"),
            (r#"{"error":{"code":404,"message":"no b1","status":"NOT_FOUND"}}"#, "NOT_FOUND", "no b1"),
            (r#"{"odata.error":{"code":"E","message":{"lang":"en","value":"no"}}}"#, "E", "no"),
            (r#"{"success":false,"errors":[{"code":7003,"message":"no route"}]}"#, "7003", "no route"),
            (r#"{"type":"error","error":{"type":"not_found_error","message":"m"}}"#, "not_found_error", "m"),
            (r#"{"type":"https://e/out","title":"Out of credit","detail":"30 < 50"}"#, "https://e/out", "30 < 50"),
            (r#"{"error":"invalid_token","error_description":"expired"}"#, "invalid_token", "expired"),
        ] {
            let said = read(body, None);
            assert_eq!((said.code.as_deref(), said.message.as_deref()), (Some(code), Some(message)), "{body}");
        }
        let single = Said { code: None, message: Some("gone".to_owned()) };
        assert_eq!(read(r#"{"message":"gone","documentation_url":"https://d"}"#, None), single);
        assert_eq!(read(r#"{"error":"gone"}"#, None), single);
        assert_eq!(read("<html>", None), Said::default());
        assert_eq!(read("[]", None), Said::default());
    }

    #[test]
    fn the_methods_own_shape_comes_first() {
        let shape =
            ErrorShape { code: Some(JsonPath::parse("$.fault.id")), message: Some(JsonPath::parse("$.fault.text")) };
        let said = read(r#"{"code":"outer","fault":{"id":17,"text":"why"}}"#, Some(&shape));
        assert_eq!(said, Said { code: Some("17".to_owned()), message: Some("why".to_owned()) });
    }
}
