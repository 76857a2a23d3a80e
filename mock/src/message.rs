//! A request and its answer, free of any HTTP library's connection types.
//!
//! The server makes a [`Request`] of what arrives and sends an [`Answer`] back; a test can do the same
//! without a socket.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::Value;

use crate::fault::FaultKind;

/// What arrived.
///
/// ```
/// use bindery_mock::Request;
/// let request = Request::new(http::Method::GET, "/pets/a%20b?limit=2&tag=x+y");
/// assert_eq!(request.path, "/pets/a%20b");
/// assert_eq!(request.query_pairs(), [("limit".into(), "2".into()), ("tag".into(), "x y".into())]);
/// ```
#[derive(Clone, Debug)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// The path, still percent-encoded.
    pub path: String,
    /// What follows the `?`, still percent-encoded; empty when nothing does.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; empty when there is none.
    pub body: Bytes,
}

impl Request {
    /// A request without headers and body. The target is a path with, perhaps, a query.
    pub fn new(method: Method, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self { method, path: path.to_owned(), query: query.to_owned(), headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// The same request with one header more. A name or value that HTTP does not allow is left out.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            self.headers.append(name, value);
        }
        self
    }

    /// The same request with a JSON body.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
        self.body = Bytes::from(body.to_string());
        self
    }

    /// The pairs of the query, decoded, in the order in which they were sent.
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.query.as_bytes()).into_owned().collect()
    }

    /// The value of a header, when there is one and it is text.
    pub(crate) fn header_text(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// What goes back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; empty when there is none.
    pub body: Bytes,
    /// What goes wrong with it on its way, on purpose.
    pub fault: Option<FaultKind>,
}

impl Answer {
    /// The body as JSON; `null` when it is empty or is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// The media type of every body the fake sends.
pub(crate) const JSON: &str = "application/json";

/// An answer before it is written out: its body is still a value.
#[derive(Debug)]
pub(crate) struct Reply {
    status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    body: Option<Value>,
}

impl Reply {
    /// A reply without a body. A number that is no status becomes 500.
    pub(crate) fn new(status: u16) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, headers: Vec::new(), body: None }
    }

    /// The same reply with a JSON body.
    pub(crate) fn with_body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// The body, to be changed.
    pub(crate) fn body_mut(&mut self) -> Option<&mut Value> {
        self.body.as_mut()
    }

    /// The same reply with one header more.
    pub(crate) fn with_header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same reply as HEAD gets it.
    pub(crate) fn without_body(mut self) -> Self {
        self.body = None;
        self
    }

    /// Writes the reply out. Statuses that HTTP gives no body get none.
    pub(crate) fn into_answer(self) -> Answer {
        let mut headers = HeaderMap::new();
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.append(name, value);
            }
        }
        let bodiless = [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT, StatusCode::NOT_MODIFIED];
        let bodiless = bodiless.contains(&self.status);
        let body = match self.body {
            Some(value) if !bodiless => {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
                Bytes::from(value.to_string())
            }
            _ => Bytes::new(),
        };
        Answer { status: self.status, headers, body, fault: None }
    }
}
