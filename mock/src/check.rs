//! What is checked before a method does anything: the secret, required parameters, the body, entity tags.

use bindery_ir::{AuthScheme, BodyContent, HttpMethod, Location, Method, Parameter, Presence};
use http::header;
use serde_json::{Map, Value};

use crate::call::Call;
use crate::failure::Failure;
use crate::message::{JSON, Request};
use crate::store::Item;

/// Whether the request carries a secret where the provider wants it; which one does not matter.
///
/// Of a scheme that more than one secret goes into nothing is known, so nothing is asked.
pub(crate) fn secret(scheme: &AuthScheme, request: &Request, query: &[(String, String)]) -> Result<(), Failure> {
    let (given, prefix, place) = match scheme {
        AuthScheme::None | AuthScheme::Other(_) => return Ok(()),
        AuthScheme::Header { name, prefix } => (request.header_text(name), prefix, format!("the header `{name}`")),
        AuthScheme::Query { name, prefix } => {
            let pair = query.iter().find(|(key, _)| *key == **name);
            (pair.map(|(_, value)| value.as_str()), prefix, format!("the query parameter `{name}`"))
        }
    };
    if given.and_then(|given| after_prefix(given, prefix)).is_some_and(|secret| !secret.is_empty()) {
        return Ok(());
    }
    let challenge = matches!(scheme, AuthScheme::Header { name, .. } if name.eq_ignore_ascii_case("authorization"))
        .then(|| prefix.trim())
        .filter(|scheme| !scheme.is_empty())
        .map(str::to_owned);
    Err(Failure::Unauthenticated { expected: format!("{place} as `{prefix}SECRET`"), challenge })
}

fn after_prefix<'a>(given: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, secret) = given.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(secret.trim())
}

/// Whether every required parameter of the query and the headers is there.
pub(crate) fn parameters(method: &Method, request: &Request, query: &[(String, String)]) -> Result<(), Failure> {
    for parameter in required(method) {
        let name = parameter.wire_name.as_str();
        match parameter.location {
            Location::Query if !query.iter().any(|(key, _)| key == name) => {
                return Err(Failure::MissingQuery { name: name.to_owned() });
            }
            Location::Header if !request.headers.contains_key(name) => {
                let name = name.to_owned();
                let conditional = name.eq_ignore_ascii_case(header::IF_MATCH.as_str());
                return Err(if conditional {
                    Failure::PreconditionRequired { name }
                } else {
                    Failure::MissingHeader { name }
                });
            }
            _ => {}
        }
    }
    Ok(())
}

fn required(method: &Method) -> impl Iterator<Item = &Parameter> {
    method.parameters.iter().filter(|parameter| parameter.presence == Presence::Required)
}

/// Reads the body of a request whose method takes one; `None` when there is none.
pub(crate) fn read_body(method: &Method, request: &Request) -> Result<Option<Value>, Failure> {
    let Some(binding) = &method.http else { return Ok(None) };
    let writes = matches!(binding.method, HttpMethod::Post | HttpMethod::Put | HttpMethod::Patch);
    if request.body.is_empty() || (binding.body.is_none() && !writes) {
        return Ok(None);
    }
    let expected = binding.body.as_ref().map_or(JSON, |body| &body.media_type);
    let expected = if expected.is_empty() { JSON } else { expected };
    let given = request.header_text(header::CONTENT_TYPE.as_str()).unwrap_or(expected);
    if !is_json(expected) {
        return Ok(Some(if is_form(given) { form(request) } else { text_or_json(request, given) }));
    }
    if !is_json(given) {
        return Err(Failure::UnsupportedMediaType { given: given.to_owned(), expected: expected.to_owned() });
    }
    let read = serde_json::from_slice(&request.body);
    read.map(Some).map_err(|error| Failure::MalformedJson { reason: error.to_string() })
}

fn is_json(media_type: &str) -> bool {
    let essence = essence(media_type);
    essence.ends_with("/json") || essence.ends_with("+json") || essence == "*/*"
}

fn is_form(media_type: &str) -> bool {
    essence(media_type) == "application/x-www-form-urlencoded"
}

fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn form(request: &Request) -> Value {
    let pairs = url::form_urlencoded::parse(&request.body).into_owned();
    Value::Object(pairs.map(|(key, value)| (key, Value::String(value))).collect::<Map<_, _>>())
}

/// A body of another media type, kept as text unless it says it is JSON and is.
fn text_or_json(request: &Request, given: &str) -> Value {
    let text = || Value::String(String::from_utf8_lossy(&request.body).into_owned());
    if is_json(given) { serde_json::from_slice(&request.body).unwrap_or_else(|_| text()) } else { text() }
}

/// Whether the body is there when it must be, and holds every required property.
pub(crate) fn body(method: &Method, body: Option<&Value>) -> Result<(), Failure> {
    let Some(declared) = method.http.as_ref().and_then(|binding| binding.body.as_ref()) else { return Ok(()) };
    let needs: Vec<&Parameter> = required(method).filter(|parameter| parameter.location == Location::Body).collect();
    let Some(body) = body else {
        return match needs.first() {
            Some(first) if declared.content == BodyContent::Properties => {
                Err(Failure::MissingProperty { name: first.wire_name.to_string() })
            }
            Some(_) => Err(Failure::MissingBody),
            None if declared.required => Err(Failure::MissingBody),
            None => Ok(()),
        };
    };
    if declared.content == BodyContent::Whole {
        return Ok(());
    }
    let properties = match body {
        Value::Object(properties) => properties,
        Value::String(_) if !is_json(&declared.media_type) && !declared.media_type.is_empty() => return Ok(()),
        other => return Err(Failure::NotAnObject { found: kind(other) }),
    };
    match needs.into_iter().find(|parameter| !properties.contains_key(parameter.wire_name.as_str())) {
        Some(missing) => Err(Failure::MissingProperty { name: missing.wire_name.to_string() }),
        None => Ok(()),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "it is null",
        Value::Bool(_) => "it is a boolean",
        Value::Number(_) => "it is a number",
        Value::String(_) => "it is a string",
        Value::Array(_) => "it is an array",
        Value::Object(_) => "it is an object",
    }
}

/// Whether the conditions of a request hold for what is there (RFC 9110, section 13). `If-Match: *` always
/// does: what is done about an absent item is left to the method.
pub(crate) fn conditions(call: &Call<'_>, current: Option<&Item>) -> Result<(), Failure> {
    let tag = current.map(|item| item.tag.as_str());
    let refused = |given: &str| Failure::PreconditionFailed {
        given: given.to_owned(),
        current: tag.unwrap_or("none").to_owned(),
    };
    if let Some(given) = call.request.header_text(header::IF_MATCH.as_str())
        && !lists_tag(given, tag)
    {
        return Err(refused(given));
    }
    if let Some(given) = call.request.header_text(header::IF_NONE_MATCH.as_str())
        && current.is_some()
        && lists_tag(given, tag)
        && !is_read(call)
    {
        return Err(refused(given));
    }
    Ok(())
}

/// Whether a reader has the current version already.
pub(crate) fn is_unchanged(call: &Call<'_>, current: &Item) -> bool {
    let given = call.request.header_text(header::IF_NONE_MATCH.as_str());
    given.is_some_and(|given| lists_tag(given, Some(&current.tag)))
}

fn is_read(call: &Call<'_>) -> bool {
    matches!(call.binding.method, HttpMethod::Get | HttpMethod::Head)
}

/// Whether a list of tags is `*` or holds the tag.
fn lists_tag(list: &str, tag: Option<&str>) -> bool {
    list.split(',').map(str::trim).any(|one| one == "*" || Some(one) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_needs_its_prefix_and_something_after_it() {
        let bearer = AuthScheme::Header { name: "Authorization".into(), prefix: "Bearer ".into() };
        let with = |value: &str| Request::new(http::Method::GET, "/").header("authorization", value);
        assert_eq!(secret(&bearer, &with("Bearer x"), &[]), Ok(()));
        assert_eq!(secret(&bearer, &with("bearer x"), &[]), Ok(()));
        for value in ["Bearer", "Bearer ", "Basic x", "", "Bearé x"] {
            assert!(secret(&bearer, &with(value), &[]).is_err(), "{value}");
        }
        let key = AuthScheme::Query { name: "key".into(), prefix: String::new().into() };
        let request = Request::new(http::Method::GET, "/");
        assert_eq!(secret(&key, &request, &[("key".into(), "x".into())]), Ok(()));
        assert!(secret(&key, &request, &[("key".into(), String::new())]).is_err());
    }

    #[test]
    fn media_types_are_told_apart() {
        assert!(is_json("application/merge-patch+json; charset=utf-8"));
        assert!(is_json("Application/JSON"));
        assert!(!is_json("text/plain"));
        assert!(is_form("application/x-www-form-urlencoded; charset=utf-8"));
    }

    #[test]
    fn a_tag_is_found_in_a_list() {
        assert!(lists_tag("\"1\", \"2\"", Some("\"2\"")));
        assert!(lists_tag("*", None));
        assert!(!lists_tag("W/\"2\"", Some("\"2\"")));
        assert!(!lists_tag("2", Some("\"2\"")));
    }
}
