//! One HTTP request, without its credential, and what else is known of it: what errors say of it, how often it may be
//! sent, where its next page goes.

use std::fmt;
use std::sync::Arc;

use bindery_ir::{HttpMethod, TokenSlot};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use url::{Origin, Url};

use crate::Error;
use crate::body::RequestBody;
use crate::early_rows::EarlyRows;
use crate::encoding::{remove_pair, set_pair};
use crate::error_body::AnswerShape;
use crate::graphql::BoundQuery;
use crate::lines::LineSlot;
use crate::provider_error::ShownArgument;
use crate::redact::{HIDDEN, shown};
use crate::retry::{Repeatable, RetryPolicy};

/// What a signature over a request is for, as far as the method and its arguments say.
#[cfg(feature = "aws")]
#[derive(Clone, Debug, Default)]
pub(crate) struct SigningScope {
    pub(crate) service: Option<String>,
    pub(crate) region: Option<String>,
}

/// A request as it will be sent, except for the credential.
///
/// [`Client::prepare`](crate::Client::prepare) makes one to show what a call would do.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: HttpMethod,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<RequestBody>,
    /// Whether what belongs into the query goes into the body.
    pub(crate) query_in_body: bool,
    /// The GraphQL query that the body is made from.
    pub(crate) graphql: Option<Arc<BoundQuery>>,
    /// Where its answer goes, if that may be taken in line by line.
    pub(crate) lines: Option<LineSlot>,
    /// Where its answer is while it arrives, if rows are taken from it.
    pub(crate) early: Option<EarlyRows>,
    /// Whether the caller named the address.
    pub(crate) chosen: bool,
    /// Where the credential may go besides the origin of the URL: the method's other servers.
    pub(crate) origins: Vec<Origin>,
    /// What a signature over it is for.
    #[cfg(feature = "aws")]
    pub(crate) signing: SigningScope,
    /// What sending it twice may do.
    pub(crate) repeatable: Repeatable,
    /// How the document wants failures to be repeated.
    pub(crate) retry: Option<Arc<RetryPolicy>>,
    /// What of the answer is data, although it looks like an error.
    pub(crate) answer: AnswerShape,
    /// What was called.
    pub(crate) called: Arc<Called>,
}

/// What was called, for messages. All attempts and pages of a request share it.
#[derive(Debug, Default)]
pub(crate) struct Called {
    /// `provider.service.resource.method`, or the method of HTTP and the path where no document describes the call.
    pub(crate) path: String,
    /// The arguments.
    pub(crate) arguments: Vec<ShownArgument>,
    /// Encoded parts of the URL that messages must not show.
    pub(crate) hidden: Vec<String>,
}

impl Called {
    /// By a path, without arguments.
    pub(crate) fn by(path: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { path: path.into(), ..Self::default() })
    }
}

impl Request {
    /// The HTTP method.
    pub fn method(&self) -> HttpMethod {
        self.method
    }

    /// The URL with its query. It may hold secrets, if an argument is one.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The headers. Without an `accept` the client asks for JSON.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body; `None` when nothing is sent.
    pub fn body(&self) -> Option<Bytes> {
        self.body.as_ref().map(RequestBody::to_bytes)
    }

    /// The URL as people may see it.
    pub(crate) fn shown_url(&self) -> String {
        self.called.hidden.iter().fold(shown(&self.url), |url, part| url.replace(part, HIDDEN))
    }

    /// The request line as people may see it.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.shown_url())
    }

    /// Puts the token of a page where it goes, or takes out the one that is there.
    pub(crate) fn set(&mut self, to: &TokenSlot, token: Option<&str>) -> Result<(), Error> {
        let is_query = matches!(to, TokenSlot::Query(_)) && !self.query_in_body;
        match (to, token) {
            (TokenSlot::Query(name), Some(token)) if is_query => set_pair(&mut self.url, name.as_str(), token),
            (TokenSlot::Query(name), None) if is_query => remove_pair(&mut self.url, name.as_str()),
            (TokenSlot::Query(name) | TokenSlot::Body(name), token) => {
                let body = self.body.get_or_insert_with(|| RequestBody::Object(Vec::new()));
                let is_set = match token {
                    Some(token) => body.set(name.as_str(), token),
                    None => body.remove(name.as_str()),
                };
                if !is_set {
                    return Err(Error::InvalidArgument {
                        method: self.called.path.clone(),
                        name: name.to_string(),
                        reason: "the token of the next page goes there, but the body is no object".to_owned(),
                    });
                }
                self.headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
            }
        }
        Ok(())
    }

    /// What stands where the token of a page goes.
    pub(crate) fn value_at(&self, to: &TokenSlot) -> Option<String> {
        match to {
            TokenSlot::Query(name) if !self.query_in_body => {
                self.url.query_pairs().find(|(key, _)| key == name.as_str()).map(|(_, value)| value.into_owned())
            }
            TokenSlot::Query(name) | TokenSlot::Body(name) => self.body.as_ref()?.get(name.as_str()),
        }
    }

    /// Makes it the request for the page of its GraphQL query that a cursor leads to.
    pub(crate) fn set_cursor(&mut self, cursor: &str) -> Result<(), Error> {
        if let Some(query) = &self.graphql {
            self.body = Some(query.body(Some(cursor)).map_err(|error| error.of(&self.called.path))?);
        }
        Ok(())
    }

    /// Makes it a request that reads what is where the provider says, whatever it was before.
    pub(crate) fn read_from(&mut self, reference: &str) -> Result<(), Error> {
        let mut url = self.url.join(reference.trim()).map_err(|_| Error::Configuration {
            reason: format!("{}: the provider leads to what is no URL", self.called.path),
        })?;
        if url.origin() != self.url.origin() && !self.origins.contains(&url.origin()) {
            return Err(Error::ForeignOrigin {
                method: self.called.path.clone(),
                from: self.url.origin().ascii_serialization(),
                to: url.origin().ascii_serialization(),
            });
        }
        url.set_fragment(None);
        // Some transports make a credential of the user name in a URL. Nobody chose this one.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        self.read_at(url);
        Ok(())
    }

    /// Makes it a request that reads what is at another URL.
    pub(crate) fn read_at(&mut self, url: Url) {
        self.method = HttpMethod::Get;
        self.url = url;
        self.headers.remove(CONTENT_TYPE);
        self.body = None;
        self.repeatable = Repeatable::Reads;
    }
}

impl fmt::Debug for Request {
    /// Without header values and the body: they may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("line", &self.line())
            .field("headers", &self.headers.keys().map(HeaderName::as_str).collect::<Vec<_>>())
            .field("has_body", &self.body.is_some())
            .finish_non_exhaustive()
    }
}
