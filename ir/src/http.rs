//! How a method travels: HTTP method, servers, path, constant query and body.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{List, Text};

/// The wire form of a method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpBinding {
    /// The HTTP method.
    pub method: HttpMethod,
    /// Where it may be sent; the first is used. Never empty in a binding that was read from a document.
    #[serde(default)]
    pub servers: List<Server>,
    /// The path below the server, with `{variable}` where a path parameter goes and no query.
    pub path: Text,
    /// Query pairs that never vary, such as an `api-version` written into the path of the document.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub query: List<QueryPair>,
    /// What is sent, when something is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
}

fn is_empty<T>(list: &List<T>) -> bool {
    list.is_empty()
}

impl HttpBinding {
    /// The path, split at `/` and into literal text and variables.
    ///
    /// ```
    /// use bindery_ir::{HttpBinding, HttpMethod, PathSegment};
    /// let binding = HttpBinding::new(HttpMethod::Get, "/pets/{petId}");
    /// let segments: Vec<_> = binding.segments().collect();
    /// assert_eq!(segments, [PathSegment::Literal("pets"), PathSegment::Variable("petId")]);
    /// ```
    pub fn segments(&self) -> impl Iterator<Item = PathSegment<'_>> {
        self.path.trim_start_matches('/').split('/').map(|segment| {
            match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) if !name.contains(['{', '}']) => PathSegment::Variable(name),
                _ if segment.contains('{') => PathSegment::Mixed(segment),
                _ => PathSegment::Literal(segment),
            }
        })
    }

    /// A binding with no server, no constant query and no body.
    pub fn new(method: HttpMethod, path: impl Into<Text>) -> Self {
        Self { method, servers: List::EMPTY, path: path.into(), query: List::EMPTY, body: None }
    }
}

/// What stands between two slashes of a path template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathSegment<'a> {
    /// Text that never varies.
    Literal(&'a str),
    /// The name of the path parameter that fills the whole segment.
    Variable(&'a str),
    /// Text with variables inside: `{name}.json`.
    Mixed(&'a str),
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum HttpMethod {
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
    /// `OPTIONS`
    Options,
    /// `TRACE`
    Trace,
}

impl HttpMethod {
    /// All of them, in the order of their declaration.
    pub const ALL: [Self; 8] =
        [Self::Get, Self::Head, Self::Post, Self::Put, Self::Patch, Self::Delete, Self::Options, Self::Trace];

    /// The method in capitals, as a request line has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Trace => "TRACE",
        }
    }

    /// The method for a word in any case.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str().eq_ignore_ascii_case(word))
    }
}

impl fmt::Display for HttpMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A query pair that never varies. Both sides are kept decoded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryPair {
    /// The key.
    pub name: Text,
    /// The value.
    pub value: Text,
}

/// A place requests go to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// The URL, with `{variable}` where a server variable goes; no slash at its end.
    pub url: Text,
    /// The variables in it.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub variables: List<ServerVariable>,
}

/// A variable of a server URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerVariable {
    /// Its name in the URL.
    pub name: Text,
    /// Its value when the caller gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Text>,
    /// The environment variable that gives it a value when the caller does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Text>,
    /// The values it may take; empty when any will do.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub values: List<Text>,
    /// What its source says about it.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub description: Text,
}

/// What a request sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// The `Content-Type`.
    pub media_type: Text,
    /// Where its content comes from.
    pub content: BodyContent,
    /// Whether a request without it is refused.
    #[serde(default)]
    pub required: bool,
}

/// Where the content of a body comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyContent {
    /// An object: each body parameter is one of its properties.
    Properties,
    /// The value of the method's only body parameter is the whole body.
    Whole,
}
