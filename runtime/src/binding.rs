//! Binds a call to one HTTP request.
//!
//! A method, its arguments and where the client sends things go in; the request, without its credential, comes
//! out. Nothing is sent and nothing is looked up: the same input gives the same request.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use bindery_ir::{BodyContent, HttpMethod, Location, Parameter, QueryFlattening, QueryPair, RequestRewrite};
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::Error;
use crate::arguments::Arguments;
use crate::body::{BodyError, RequestBody, make};
use crate::call::{Argument, Call};
use crate::encoding::push_pair;
use crate::error_body::AnswerShape;
use crate::flatten;
use crate::graphql::BoundQuery;
use crate::path::{PathError, PathValue, fill};
#[cfg(feature = "aws")]
use crate::request::SigningScope;
use crate::request::{Called, Request};
use crate::retry::RetryPolicy;
use crate::transport::ACCEPTED;

/// Headers that the transport sets itself, and that would break the connection if they said something else.
pub(crate) const OF_THE_TRANSPORT: &[&str] =
    &["host", "connection", "transfer-encoding", "upgrade", "te", "trailer", "keep-alive"];

/// What nearly all bodies are.
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Where a client sends requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Destination {
    /// The address the caller named, in place of the servers of the methods.
    pub(crate) base_url: Option<Url>,
    /// The server of requests that no method describes.
    pub(crate) server: Option<Url>,
    /// Values of server variables.
    pub(crate) variables: BTreeMap<String, String>,
}

/// Binds a call.
pub(crate) fn bind(call: &Call<'_>, destination: &Destination) -> Result<Request, Error> {
    let method = call.method();
    let binding = method.http.as_ref().ok_or_else(|| Error::NoWireForm {
        method: method.path(),
        reason: "it is documented, but no OpenAPI document says how it travels, so it cannot be called".to_owned(),
    })?;
    let arguments = Arguments::of(call, binding)?;
    arguments.check_complete(destination)?;
    let graphql = arguments.graphql()?;
    let mut url = match &method.adaptation.graphql {
        Some(graphql) => arguments.graphql_url(&graphql.url, destination)?,
        None => arguments.url(arguments.base(destination)?)?,
    };
    let mut body = match &graphql {
        Some(query) => Some(query.body(None).map_err(|error| error.of(&method.path()))?),
        None => arguments.body()?,
    };
    let mut headers = arguments.headers(body.as_ref())?;
    let mut http_method = binding.method;
    let query_in_body = method.adaptation.request == Some(RequestRewrite::QueryToForm);
    if query_in_body {
        if body.is_some() {
            let reason = format!("{}: its query is sent as the body, but it has a body as well", method.path());
            return Err(Error::Configuration { reason });
        }
        let pairs = url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned()));
        body = Some(RequestBody::Form(pairs.collect()));
        url.set_query(None);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8"));
        http_method = HttpMethod::Post;
    }
    Ok(Request {
        method: http_method,
        url,
        query_in_body,
        graphql: graphql.map(Arc::new),
        lines: None,
        early: None,
        headers,
        body,
        chosen: destination.base_url.is_some(),
        origins: arguments.other_origins(destination),
        #[cfg(feature = "aws")]
        signing: SigningScope {
            service: method.signing_name.as_ref().map(ToString::to_string),
            region: arguments.variable("region", destination),
        },
        repeatable: arguments.repeatable(),
        retry: method.adaptation.retry.as_ref().map(|retry| Arc::new(RetryPolicy::of(retry, binding.method))),
        answer: AnswerShape::of(&method.response),
        called: Arc::new(Called { path: method.path(), arguments: arguments.shown(), hidden: arguments.hidden() }),
    })
}

/// The parts of a request.
impl Arguments<'_> {
    /// The GraphQL query of the method with the arguments, which are all part of it.
    fn graphql(&self) -> Result<Option<BoundQuery>, Error> {
        let Some(graphql) = &self.method.adaptation.graphql else { return Ok(None) };
        let text = |(parameter, argument): &(&Parameter, Cow<'_, Argument>)| {
            (parameter.wire_name.to_string(), argument.joined().into_owned())
        };
        let query = BoundQuery::new(graphql, self.values.iter().map(text).collect());
        query.map(Some).map_err(|error| error.of(&self.method.path()))
    }

    /// Where a GraphQL query goes: to the address of the document, at the place that the caller named.
    fn graphql_url(&self, url: &str, destination: &Destination) -> Result<Url, Error> {
        let broken = |reason: String| Error::Configuration { reason: format!("{}: {reason}", self.method.path()) };
        let documented = Url::parse(url).map_err(|error| broken(format!("`{url}` is no address: {error}")))?;
        let Some(base) = &destination.base_url else { return Ok(documented) };
        let text = format!("{}{}", base.as_str().trim_end_matches('/'), documented.path());
        Url::parse(&text).map_err(|error| broken(format!("`{text}` is no address: {error}")))
    }

    fn url(&self, mut url: Url) -> Result<Url, Error> {
        let mut path = url.path().trim_end_matches('/').to_owned();
        self.push_path(&mut path)?;
        url.set_path(&path);
        // What a URL parser tidies up would no longer be the path that was meant.
        if url.path() != if path.is_empty() { "/" } else { &*path } {
            let reason = format!("its path `{path}` would be rewritten to `{}` on the way", url.path());
            return Err(Error::Configuration { reason: format!("{}: {reason}", self.method.path()) });
        }
        let query = self.query();
        if !query.is_empty() || url.query().is_some() {
            url.set_query((!query.is_empty()).then_some(&*query));
        }
        Ok(url)
    }

    fn push_path(&self, path: &mut String) -> Result<(), Error> {
        let filling = |name: &str| self.at(Location::Path).find(|(parameter, _)| fills(parameter, name));
        let value = |name: &str| {
            filling(name).map(|(parameter, argument)| PathValue { text: argument.joined(), style: parameter.style })
        };
        fill(self.binding, value, path).map_err(|error| match error {
            PathError::Unfilled(name) => Error::Configuration {
                reason: format!("{}: nothing fills `{{{name}}}` in its path", self.method.path()),
            },
            PathError::Refused { variable, reason } => match filling(&variable) {
                Some((parameter, _)) => self.invalid(parameter, reason),
                None => Error::Configuration { reason: format!("{}: {reason}", self.method.path()) },
            },
            PathError::Template(reason) => Error::Configuration { reason: format!("{}: {reason}", self.method.path()) },
        })
    }

    fn query(&self) -> String {
        let mut query = String::new();
        let drops_marks = self.method.adaptation.request == Some(RequestRewrite::DropDoubleUnderscore);
        for QueryPair { name, value } in &self.binding.query {
            // These only told paths of the document apart.
            if !(drops_marks && name.starts_with("__")) {
                push_pair(&mut query, name, value);
            }
        }
        let is_numbered = self.method.adaptation.query == Some(QueryFlattening::Numbered);
        for (parameter, argument) in self.at(Location::Query) {
            let name = parameter.wire_name.as_str();
            let numbered = is_numbered.then(|| flatten::numbered(name, argument)).flatten();
            for (name, value) in numbered.unwrap_or_else(|| flatten::styled(name, parameter.style, argument)) {
                push_pair(&mut query, &name, &value);
            }
        }
        query
    }

    fn body(&self) -> Result<Option<RequestBody>, Error> {
        let mut arguments = self.at(Location::Body);
        let Some(body) = &self.binding.body else {
            return match arguments.next() {
                Some((parameter, _)) => Err(self.invalid(parameter, "the method sends no body")),
                None => Ok(None),
            };
        };
        let arguments: Vec<_> = arguments.collect();
        if let (BodyContent::Whole, [_, (extra, _), ..]) = (body.content, &*arguments) {
            return Err(self.invalid(extra, "another argument is the whole body already"));
        }
        make(body, &self.method.adaptation.body, &arguments).map_err(|error| match error {
            BodyError::UnsupportedMediaType => Error::NoWireForm {
                method: self.method.path(),
                reason: format!("its body travels as `{}`, which is not supported yet", body.media_type),
            },
            BodyError::Document(reason) => Error::Configuration { reason: format!("{}: {reason}", self.method.path()) },
        })
    }

    fn headers(&self, body: Option<&RequestBody>) -> Result<HeaderMap, Error> {
        let mut headers = HeaderMap::new();
        let accept = &*self.method.response.media_type;
        if !accept.is_empty() && accept != ACCEPTED {
            headers.insert(ACCEPT, self.media_type(accept)?);
        }
        if self.method.adaptation.graphql.is_some() {
            headers.insert(CONTENT_TYPE, JSON);
        } else if let (Some(body), Some(declared)) = (body, &self.binding.body) {
            let stated = if declared.media_type.is_empty() { "application/json" } else { &declared.media_type };
            let own = body.content_type();
            headers.insert(CONTENT_TYPE, self.media_type(own.as_deref().unwrap_or(stated))?);
        }
        for (parameter, argument) in self.at(Location::Header) {
            self.add_header(&mut headers, parameter, &argument.joined(), body)?;
        }
        Ok(headers)
    }

    fn add_header(
        &self,
        headers: &mut HeaderMap,
        parameter: &Parameter,
        text: &str,
        body: Option<&RequestBody>,
    ) -> Result<(), Error> {
        let name = HeaderName::from_bytes(parameter.wire_name.as_str().as_bytes())
            .map_err(|_| self.invalid(parameter, "its wire name is no name of a header"))?;
        if OF_THE_TRANSPORT.contains(&name.as_str()) {
            return Err(self.invalid(parameter, "this header is set by the transport"));
        }
        if name == CONTENT_LENGTH {
            // The transport sends the true one; a different one would cut the body or hang the connection.
            let length = body.map_or(0, |body| body.to_bytes().len()).to_string();
            let reason = "it is not the length of the body";
            return if text == length { Ok(()) } else { Err(self.invalid(parameter, reason)) };
        }
        if name == CONTENT_TYPE && body.is_some_and(|body| body.content_type().is_some()) {
            // Only the body knows where its parts end.
            return Ok(());
        }
        if text.contains(char::is_control) {
            return Err(self.invalid(parameter, "a header cannot hold a control character"));
        }
        let value = HeaderValue::from_bytes(text.as_bytes())
            .map_err(|_| self.invalid(parameter, "it holds a character that cannot stand in a header"))?;
        headers.insert(name, value);
        Ok(())
    }

    fn media_type(&self, media_type: &str) -> Result<HeaderValue, Error> {
        if media_type == "application/json" {
            return Ok(JSON);
        }
        HeaderValue::from_str(media_type).map_err(|_| Error::Configuration {
            reason: format!("{}: `{}` is no media type", self.method.path(), media_type.escape_debug()),
        })
    }
}

/// Whether a parameter fills a variable of the path. Templates mark variables that span segments as `{+name}` or
/// `{name*}`, which documents leave out of the parameter's name, or not.
fn fills(parameter: &Parameter, variable: &str) -> bool {
    fn bare(name: &str) -> &str {
        name.trim_start_matches('+').trim_end_matches('*')
    }
    parameter.wire_name == *variable || bare(parameter.wire_name.as_str()) == bare(variable)
}
