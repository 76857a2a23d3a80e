//! Reads from an answer whether something is still under way, and where that can be asked.
//!
//! These are the shapes in which providers tell it; which one it is shows in the answer itself.

use bindery_ir::JsonPath;
use http::header::LOCATION;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use url::Url;

use crate::reply::Reply;

/// How a provider tells what became of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// An address that answers with a `status`; what came of it is somewhere else.
    Status { at: String, result: Option<String> },
    /// An address that answers with 202 until it has the result.
    Location { at: String },
    /// The thing itself has a state.
    State { path: JsonPath },
    /// An operation with `done`, or with a `status` of `DONE`. Those that go by their name can be cancelled
    /// (<https://google.aip.dev/151>), those that go by a link cannot.
    Operation { at: String, can_be_cancelled: bool },
    /// An event with a token, which is asked for by another action of the same service.
    Event { token: String },
}

/// What became of an operation so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Running,
    /// It is over; the result is where the address says, or in the answer.
    Done {
        result: Option<String>,
    },
    Failed {
        code: Option<String>,
        message: Option<String>,
    },
}

/// Headers with the address of a status.
const STATUS_HEADERS: &[&str] = &["azure-asyncoperation", "operation-location"];

/// Where a thing says which state it is in.
const STATES: &[&[&str]] = &[&["properties", "provisioningState"], &["provisioningState"]];

/// The answer of a call that may have begun something; `None` when it is over, or says nothing of going on.
pub(crate) fn begun(reply: &Reply, url: &Url) -> Option<Style> {
    let header = |name: &str| text_of(&reply.headers, name);
    let location = header(LOCATION.as_str());
    if let Some(at) = STATUS_HEADERS.iter().find_map(|name| header(name)) {
        return Some(Style::Status { at, result: location });
    }
    let body = body_of(reply);
    if let Some(token) = body.pointer("/ProgressEvent/RequestToken").and_then(Value::as_str) {
        return Some(Style::Event { token: token.to_owned() });
    }
    if is_operation(&body) {
        let at = address_of(&body, url)?;
        return Some(Style::Operation { at, can_be_cancelled: body.get("selfLink").is_none() });
    }
    if let (StatusCode::ACCEPTED, Some(at)) = (reply.status, location) {
        return Some(Style::Location { at });
    }
    let state = STATES.iter().find(|path| at(&body, path).is_some_and(Value::is_string))?;
    let path = JsonPath(state.iter().map(|key| (*key).into()).collect());
    Some(Style::State { path })
}

/// What an answer says of an operation of that style. `is_first` says that it is the one it began with.
pub(crate) fn state(style: &Style, reply: &Reply, is_first: bool) -> State {
    let body = body_of(reply);
    match style {
        // These are asked for at other addresses.
        Style::Status { .. } | Style::Location { .. } if is_first => State::Running,
        Style::Status { result, .. } => match body.get("status").and_then(Value::as_str) {
            Some(word) => by_word(word, &body, result.clone()),
            // Who has nothing to say of it any more is through.
            None if reply.status == StatusCode::ACCEPTED => State::Running,
            None => State::Done { result: result.clone() },
        },
        Style::Location { .. } if reply.status == StatusCode::ACCEPTED => State::Running,
        Style::Location { .. } => State::Done { result: None },
        Style::State { path } => {
            let keys: Vec<&str> = path.keys().iter().map(|key| &**key).collect();
            at(&body, &keys)
                .and_then(Value::as_str)
                .map_or(State::Done { result: None }, |word| by_word(word, &body, None))
        }
        Style::Operation { .. } => of_operation(&body),
        Style::Event { .. } => of_event(&body),
    }
}

fn by_word(word: &str, body: &Value, result: Option<String>) -> State {
    match &*word.to_ascii_lowercase() {
        "succeeded" | "success" | "completed" | "ready" => State::Done { result },
        "failed" | "failure" | "canceled" | "cancelled" => {
            let said =
                |name: &str| text_at(body, &["error", name]).or_else(|| text_at(body, &["properties", "error", name]));
            State::Failed { code: said("code").or_else(|| Some(word.to_owned())), message: said("message") }
        }
        _ => State::Running,
    }
}

/// An operation has a name with that word in it, and says whether it is done.
fn is_operation(body: &Value) -> bool {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let is_named = text("name").contains("operation");
    (is_named && body.get("done").is_some_and(Value::is_boolean))
        || (is_named
            && body.get("metadata").is_some()
            && body.get("done").is_none()
            && body.as_object().is_some_and(|o| o.len() <= 4))
        || (text("kind").ends_with("#operation") && body.get("selfLink").is_some())
}

/// Where an operation can be asked for: where it says, or by its name below the version of the API.
fn address_of(body: &Value, url: &Url) -> Option<String> {
    if let Some(link) = body.get("selfLink").and_then(Value::as_str) {
        return Some(link.to_owned());
    }
    let name = body.get("name").and_then(Value::as_str)?;
    let version = url
        .path_segments()?
        .find(|segment| segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())));
    Some(match version {
        Some(version) => {
            let before = url.path().split(&format!("/{version}/")).next().unwrap_or_default();
            format!("{before}/{version}/{name}")
        }
        None => format!("/{name}"),
    })
}

fn of_operation(body: &Value) -> State {
    let error = body.get("error").filter(|error| error.is_object());
    let is_done = body.get("done").and_then(Value::as_bool).unwrap_or(false)
        || body.get("status").and_then(Value::as_str) == Some("DONE")
        || body.get("endTime").is_some();
    match (error, is_done) {
        (Some(error), _) => {
            let said = |name: &str| text_at(error, &[name]).or_else(|| text_at(error.pointer("/errors/0")?, &[name]));
            State::Failed { code: said("code"), message: said("message") }
        }
        (None, true) => {
            let was_deleted = body.get("operationType").and_then(Value::as_str) == Some("delete");
            State::Done { result: text_at(body, &["targetLink"]).filter(|_| !was_deleted) }
        }
        (None, false) => State::Running,
    }
}

fn of_event(body: &Value) -> State {
    let Some(event) = body.get("ProgressEvent") else { return State::Running };
    match event.get("OperationStatus").and_then(Value::as_str) {
        Some("SUCCESS") => State::Done { result: None },
        Some(word @ ("FAILED" | "CANCEL_COMPLETE")) => State::Failed {
            code: text_at(event, &["ErrorCode"]).or_else(|| Some(word.to_owned())),
            message: text_at(event, &["StatusMessage"]),
        },
        _ => State::Running,
    }
}

fn body_of(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap_or_default()
}

fn at<'v>(body: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(body, |value, key| value.get(key))
}

fn text_at(body: &Value, path: &[&str]) -> Option<String> {
    match at(body, path)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
