//! What came back: an answer as it was received, and one that has been read.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};

/// A successful answer as it was received.
#[derive(Clone)]
pub struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body, decompressed; empty when there is none.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body.
    pub fn into_body(self) -> Bytes {
        self.body
    }
}

impl std::fmt::Debug for Reply {
    /// Without the content: it may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reply({}, {} bytes)", self.status, self.body.len())
    }
}

/// An answer that has been read, with what came along.
#[derive(Clone, Debug)]
pub struct Response<T> {
    status: StatusCode,
    headers: HeaderMap,
    body: T,
}

impl<T> Response<T> {
    pub(crate) fn new(reply: Reply, body: T) -> Self {
        Self { status: reply.status, headers: reply.headers, body }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The version of what was read, to be given as `If-Match` when it is changed.
    pub fn etag(&self) -> Option<&str> {
        self.headers.get(header::ETAG)?.to_str().ok()
    }

    /// What was read.
    pub fn body(&self) -> &T {
        &self.body
    }

    /// What was read.
    pub fn into_body(self) -> T {
        self.body
    }
}
