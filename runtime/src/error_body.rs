//! Reads what a provider says when it refuses a call.
//!
//! A body goes in; code, message, details and request id come out. Providers wrap these in different envelopes: the
//! method's own description is tried first, then the common ones. Some refuse with the status of a success.

use std::sync::LazyLock;

use bindery_ir::{ErrorShape, JsonPath, Response};
use http::{HeaderMap, StatusCode};
use memchr::memmem;
use serde_json::Value;

use crate::json::{Kind, Reader};
use crate::provider_error::ProviderError;
use crate::redact::excerpt;
use crate::reply::Reply;
use crate::xml;

/// How much of the details is kept, in characters.
const KEPT_DETAILS: usize = 4096;

/// How large the body of a refusal may be that is looked into.
const READ_BODY: usize = 1 << 20;

/// How far from either end of a body the member of an envelope may begin that says that something is wrong: the rest of a
/// large answer is data.
const ENVELOPE: usize = 64 << 10;

/// How members begin that say that something is wrong.
static ERROR_MEMBER: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("\"error"));

/// Where envelopes have the code; the first text counts, then the first number.
const CODES: &[&[&str]] = &[
    &["error", "code"],
    &["odata.error", "code"],
    &["errors", "code"],
    &["errors", "extensions", "code"],
    &["code"],
    &["Code"],
    &["errorCode"],
    &["__type"],
    &["error", "status"],
    &["error", "type"],
    &["error"],
    &["type"],
    &["title"],
    &["Error", "Code"],
    &["ErrorResponse", "Error", "Code"],
    &["Response", "Errors", "Error", "Code"],
    &["error", "Code"],
];

/// Where envelopes have the sentence for people.
const MESSAGES: &[&[&str]] = &[
    &["error", "message"],
    &["odata.error", "message", "value"],
    &["odata.error", "message"],
    &["errors", "message"],
    &["errors", "reason"],
    &["errors", "detail"],
    &["message"],
    &["Message"],
    &["detail"],
    &["error_description"],
    &["errorMessage"],
    &["errorSummary"],
    &["title"],
    &["error"],
    &["Error", "Message"],
    &["ErrorResponse", "Error", "Message"],
    &["Response", "Errors", "Error", "Message"],
    &["error", "Message"],
];

/// Where envelopes have what goes beyond that.
const DETAILS: &[&[&str]] = &[
    &["error", "details"],
    &["error", "innererror"],
    &["error", "innerError"],
    &["error", "errors"],
    &["odata.error", "innererror"],
    &["details"],
    &["errors"],
    &["errorCauses"],
    &["invalid-params"],
    &["ErrorResponse", "Error", "Detail"],
];

/// Where bodies have the id of the request. Most have it in a header.
const REQUEST_IDS: &[&[&str]] = &[
    &["ErrorResponse", "RequestId"],
    &["Error", "RequestId"],
    &["Response", "RequestID"],
    &["error", "innererror", "request-id"],
    &["request_id"],
    &["requestId"],
    &["errorId"],
];

/// What an answer says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) details: Option<String>,
    pub(crate) request_id: Option<String>,
}

/// Reads a refusal.
pub(crate) fn read(headers: &HeaderMap, body: &str, shape: Option<&ErrorShape>) -> Said {
    let mut said = value_of(body).map(|value| read_value(&value, shape)).unwrap_or_default();
    // Where the protocol keeps the code out of the body.
    if let Some(code) = headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok()) {
        said.code = Some(excerpt(code.split(':').next().unwrap_or(code), KEPT_DETAILS));
    }
    if let Some(code) = &mut said.code
        && let Some((_, name)) = code.rsplit_once('#')
    {
        *code = name.to_owned();
    }
    said
}

/// A body as a tree, be it JSON or XML.
fn value_of(body: &str) -> Option<Value> {
    if body.len() > READ_BODY {
        return None;
    }
    if body.trim_start().starts_with('<') {
        return xml::parse(body.as_bytes()).ok().map(|root| xml::to_json(&root));
    }
    serde_json::from_str(body).ok()
}

fn read_value(value: &Value, shape: Option<&ErrorShape>) -> Said {
    let declared = |path: Option<&JsonPath>| {
        let keys: Vec<&str> = path?.keys().iter().map(|key| &**key).collect();
        at(value, &keys).and_then(text)
    };
    let code = declared(shape.and_then(|shape| shape.code.as_ref())).or_else(|| {
        let candidates = || CODES.iter().filter_map(|path| at(value, path));
        candidates().find_map(|value| value.as_str().and_then(|_| text(value))).or_else(|| candidates().find_map(text))
    });
    let message = declared(shape.and_then(|shape| shape.message.as_ref()))
        .or_else(|| MESSAGES.iter().filter_map(|path| at(value, path)).find_map(text));
    let details = DETAILS.iter().filter_map(|path| at(value, path)).find(|value| has_content(value));
    Said {
        // An envelope of a single text is a sentence, not a code.
        code: code.filter(|code| Some(code) != message.as_ref()),
        message,
        details: details.map(|value| excerpt(&value.to_string(), KEPT_DETAILS)),
        request_id: REQUEST_IDS.iter().filter_map(|path| at(value, path)).find_map(text),
    }
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

fn has_content(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => false,
    }
}

/// What of a successful answer would look like an error, and is data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AnswerShape {
    error_is_data: bool,
}

impl AnswerShape {
    /// Nothing is known of it.
    pub(crate) const ANY: Self = Self { error_is_data: true };

    /// A row with a column for an error (an operation that failed, a check that did not pass) is a row.
    pub(crate) fn of(response: &Response) -> Self {
        let is_error = |name: &str| matches!(name, "error" | "errors" | "Error" | "ok" | "success");
        Self { error_is_data: response.columns.iter().any(|column| is_error(column.wire_name.as_str())) }
    }
}

/// What a successful answer says went wrong, if it does.
pub(crate) fn in_success(reply: &Reply, shape: AnswerShape) -> Option<Said> {
    // A look that costs next to nothing; most answers go no further.
    let mentions = |word: &[u8]| memmem::find(&reply.body, word).is_some();
    if shape.error_is_data || reply.body.len() > READ_BODY {
        return None;
    }
    let is_xml = reply.body.trim_ascii_start().starts_with(b"<");
    if is_xml {
        let root = mentions(b"Error").then(|| xml::parse(&reply.body).ok()).flatten()?;
        return matches!(&*root.name, "Error" | "ErrorResponse").then(|| read_value(&xml::to_json(&root), None));
    }
    if !has_error_member(&reply.body) || !says_error(&reply.body) {
        return None;
    }
    let body = std::str::from_utf8(&reply.body).ok()?;
    Some(read(&reply.headers, body, None)).filter(|said| said.code.is_some() || said.message.is_some())
}

/// Whether the names of an error occur where an envelope has them.
fn has_error_member(body: &[u8]) -> bool {
    let occurs = |part: &[u8]| {
        ERROR_MEMBER.find_iter(part).any(|at| {
            let rest = part.get(at + ERROR_MEMBER.needle().len()..).unwrap_or_default();
            rest.starts_with(b"\"") || rest.starts_with(b"s\"")
        })
    };
    match (body.get(..ENVELOPE), body.len().checked_sub(ENVELOPE).and_then(|start| body.get(start..))) {
        (Some(start), Some(end)) if body.len() > 2 * ENVELOPE => occurs(start) || occurs(end),
        _ => occurs(body),
    }
}

/// Whether an object is an envelope of an error, by its members.
fn says_error(body: &[u8]) -> bool {
    members_say_error(body).unwrap_or(false)
}

fn members_say_error(body: &[u8]) -> Result<bool, crate::json::Error> {
    let mut reader = Reader::new(body)?;
    if reader.kind()? != Kind::Object {
        return Ok(false);
    }
    let (mut failed, mut error, mut errors, mut has_data, mut members) = (false, false, false, false, 0_u32);
    let mut key = reader.first_key()?;
    while let Some(name) = key {
        members += 1;
        match &*name {
            "error" => error = matches!(reader.kind()?, Kind::Object | Kind::String),
            "errors" => {
                let text = reader.raw()?;
                errors = text.starts_with('[') && text.get(1..).is_some_and(|rest| rest.trim_start().starts_with('{'));
                key = reader.next_key()?;
                continue;
            }
            "ok" | "success" => {
                failed |= reader.boolean()? == Some(false);
                key = reader.next_key()?;
                continue;
            }
            "data" => has_data = true,
            _ => {}
        }
        reader.skip()?;
        key = reader.next_key()?;
    }
    // `{"error": …}` and nothing of weight beside it; `success` is false; or the answer of GraphQL.
    Ok((error && members <= 2) || (failed && (error || errors)) || (errors && has_data))
}

/// Whether a refusal is about who is calling, so that a fresh credential may help.
pub(crate) fn is_unauthenticated(refusal: &ProviderError) -> bool {
    const EXPIRED: &[&str] = &["ExpiredToken", "ExpiredTokenException", "RequestExpired", "RequestTimeTooSkewed"];
    const UNTIMELY: &[&str] = &["Signature expired", "Signature not yet current"];
    let code = refusal.code.as_deref().unwrap_or_default();
    let message = refusal.message.as_deref().unwrap_or_default();
    refusal.status == StatusCode::UNAUTHORIZED
        || EXPIRED.contains(&code)
        || UNTIMELY.iter().any(|start| message.starts_with(start))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn read(body: &str, shape: Option<&ErrorShape>) -> Said {
        super::read(&HeaderMap::new(), body, shape)
    }

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
            (r#"{"__type":"com.amazon.x#NoSuchThing","message":"m"}"#, "NoSuchThing", "m"),
            (r#"{"__type":"NoSuchThing","Message":"m"}"#, "NoSuchThing", "m"),
            (r#"{"errorCode":"E0000001","errorSummary":"Api validation failed"}"#, "E0000001", "Api validation failed"),
            (r#"{"errors":[{"message":"m","extensions":{"code":"authz"}}],"data":null}"#, "authz", "m"),
            ("<ErrorResponse><Error><Code>C</Code><Message>m</Message></Error></ErrorResponse>", "C", "m"),
            ("<?xml version='1.0'?><Error><Code>C</Code><Message>m</Message></Error>", "C", "m"),
            ("<Response><Errors><Error><Code>C</Code><Message>m</Message></Error></Errors></Response>", "C", "m"),
        ] {
            let said = read(body, None);
            assert_eq!((said.code.as_deref(), said.message.as_deref()), (Some(code), Some(message)), "{body}");
        }
        let single = Said { message: Some("gone".to_owned()), ..Said::default() };
        assert_eq!(read(r#"{"message":"gone","documentation_url":"https://d"}"#, None), single);
        assert_eq!(read(r#"{"error":"gone"}"#, None), single);
        for nothing in ["<html>", "[]", "", "<!DOCTYPE html><html></html>"] {
            assert_eq!(read(nothing, None), Said::default(), "{nothing}");
        }
    }

    #[test]
    fn details_and_ids_are_kept() {
        let said = read(r#"{"error":{"code":"X","message":"m","details":[{"target":"sku"}]}}"#, None);
        assert_eq!(said.details.as_deref(), Some(r#"[{"target":"sku"}]"#));
        let said = read("<ErrorResponse><Error><Code>C</Code></Error><RequestId>r1</RequestId></ErrorResponse>", None);
        assert_eq!(said.request_id.as_deref(), Some("r1"));
        let headers = HeaderMap::from_iter([(
            http::HeaderName::from_static("x-amzn-errortype"),
            http::HeaderValue::from_static("ThrottlingException:http://x"),
        )]);
        assert_eq!(super::read(&headers, "{}", None).code.as_deref(), Some("ThrottlingException"));
    }

    #[test]
    fn the_methods_own_shape_comes_first() {
        let shape =
            ErrorShape { code: Some(JsonPath::parse("$.fault.id")), message: Some(JsonPath::parse("$.fault.text")) };
        let said = read(r#"{"code":"outer","fault":{"id":17,"text":"why"}}"#, Some(&shape));
        assert_eq!((said.code.as_deref(), said.message.as_deref()), (Some("17"), Some("why")));
    }

    #[test]
    fn a_success_that_carries_an_error_is_told_from_data() {
        let says = |body: &str| {
            let body = Bytes::copy_from_slice(body.as_bytes());
            let reply = Reply { status: StatusCode::OK, headers: HeaderMap::new(), body };
            in_success(&reply, AnswerShape { error_is_data: false }).is_some()
        };
        for body in [
            r#"{"error":{"code":"X","message":"m"}}"#,
            r#"{"ok":false,"error":"channel_not_found"}"#,
            r#"{"success":false,"errors":[{"code":1,"message":"m"}],"result":null}"#,
            r#"{"errors":[{"message":"m"}],"data":null}"#,
            "<Error><Code>InternalError</Code></Error>",
        ] {
            assert!(says(body), "{body}");
        }
        let large = "x".repeat(3 * ENVELOPE);
        assert!(says(&format!(r#"{{"data":{{"text":"{large}"}},"errors":[{{"message":"m"}}]}}"#)));
        assert!(says(&format!(r#"{{"errors":[{{"message":"m"}}],"data":{{"text":"{large}"}}}}"#)));
        for body in [
            r#"{"success":true,"errors":[],"result":[{"error":"x"}]}"#,
            r#"{"name":"operation","done":true,"error":{"code":5,"message":"m"}}"#,
            r#"{"value":[{"error":{"code":"X"}}]}"#,
            r#"{"errors":3}"#,
            r#"["error"]"#,
            r#"{"error":null}"#,
            "<Report><Error><Code>X</Code></Error></Report>",
            "",
        ] {
            assert!(!says(body), "{body}");
        }
    }
}
