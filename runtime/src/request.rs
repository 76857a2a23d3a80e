//! Binds a call to one HTTP request.
//!
//! A method, its arguments and where the client sends things go in; the request, without its credential, comes
//! out. Nothing is sent and nothing is looked up: the same input gives the same request.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use bindery_ir::{
    BodyContent, HttpBinding, HttpMethod, JsonPath, Location, Method, Parameter, Presence, QueryFlattening, QueryPair,
    RequestRewrite, Style, TokenSlot, Verb,
};
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use url::{Origin, Url};

use crate::Error;
use crate::body::{BodyError, RequestBody, default_of, make};
use crate::call::{Argument, Call};
use crate::encoding::{encode, push_pair, remove_pair, set_pair};
use crate::error_body::AnswerShape;
use crate::flatten;
use crate::graphql::{BoundQuery, QueryError};
use crate::path::{PathError, PathValue, fill};
use crate::provider_error::ShownArgument;
use crate::redact::{HIDDEN, may_be_secret, may_be_secret_in_path, shown, shown_value};
use crate::retry::{Repeatable, RetryPolicy};
use crate::server::{ServerError, choose, variables};

/// Headers that the transport sets itself, and that would break the connection if they said something else.
pub(crate) const OF_THE_TRANSPORT: &[&str] =
    &["host", "connection", "transfer-encoding", "upgrade", "te", "trailer", "keep-alive"];

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

/// What a signature over a request is for, as far as the method and its arguments say.
#[derive(Clone, Debug, Default)]
#[cfg_attr(not(feature = "aws"), allow(dead_code, reason = "signatures are a feature"))]
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
    /// Whether the caller named the address.
    pub(crate) chosen: bool,
    /// Where the credential may go besides the origin of the URL: the method's other servers.
    pub(crate) origins: Vec<Origin>,
    /// What a signature over it is for.
    #[cfg_attr(not(feature = "aws"), allow(dead_code, reason = "signatures are a feature"))]
    pub(crate) signing: SigningScope,
    /// What sending it twice may do.
    pub(crate) repeatable: Repeatable,
    /// How the document wants failures to be repeated.
    pub(crate) retry: Option<Arc<RetryPolicy>>,
    /// What of the answer is data, although it looks like an error.
    pub(crate) answer: AnswerShape,
    /// `provider.service.resource.method`, for messages.
    pub(crate) path: Arc<str>,
    /// The arguments, for messages.
    pub(crate) arguments: Vec<ShownArgument>,
    /// Encoded parts of the path that messages must not show.
    pub(crate) hidden: Vec<String>,
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

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body; `None` when nothing is sent.
    pub fn body(&self) -> Option<Bytes> {
        self.body.as_ref().map(RequestBody::to_bytes)
    }

    /// The URL as people may see it.
    pub(crate) fn shown_url(&self) -> String {
        self.hidden.iter().fold(shown(&self.url), |url, part| url.replace(part, HIDDEN))
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
                        method: self.path.to_string(),
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
            self.body = Some(query.body(Some(cursor)).map_err(|error| query_error(&self.path, error))?);
        }
        Ok(())
    }

    /// Makes it a request that reads what is where the provider says, whatever it was before.
    pub(crate) fn read_from(&mut self, reference: &str) -> Result<(), Error> {
        let mut url = self.url.join(reference.trim()).map_err(|_| Error::Configuration {
            reason: format!("{}: the provider leads to what is no URL", self.path),
        })?;
        if url.origin() != self.url.origin() && !self.origins.contains(&url.origin()) {
            return Err(Error::ForeignOrigin {
                method: self.path.to_string(),
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
        None => arguments.url(&arguments.base(destination)?)?,
    };
    let mut body = match &graphql {
        Some(query) => Some(query.body(None).map_err(|error| query_error(&method.path(), error))?),
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
        headers,
        body,
        chosen: destination.base_url.is_some(),
        origins: arguments.other_origins(destination),
        signing: SigningScope {
            service: method.signing_name.as_ref().map(ToString::to_string),
            region: arguments.variable("region", destination),
        },
        repeatable: arguments.repeatable(),
        retry: method.adaptation.retry.as_ref().map(|retry| Arc::new(RetryPolicy::of(retry, binding.method))),
        answer: AnswerShape::of(&method.response),
        path: method.path().into(),
        arguments: arguments.shown(),
        hidden: arguments.hidden(),
    })
}

/// The arguments of a call, each with the parameter it is for.
struct Arguments<'c> {
    method: &'c Method,
    binding: &'c HttpBinding,
    /// In the order of the method's parameters; defaults are filled in.
    values: Vec<(&'c Parameter, Argument)>,
    /// Arguments for server variables that are no parameters.
    server: BTreeMap<&'c str, &'c Argument>,
}

impl<'c> Arguments<'c> {
    fn of(call: &'c Call<'c>, binding: &'c HttpBinding) -> Result<Self, Error> {
        let method = call.method();
        let mut server = BTreeMap::new();
        let mut given: Vec<(&Parameter, &Argument)> = Vec::new();
        for (name, argument) in call.arguments() {
            if let Some(parameter) = method.parameter(name) {
                given.retain(|(other, _)| !std::ptr::eq(*other, parameter));
                given.push((parameter, argument));
            } else if binding.servers.iter().any(|server| variables(&server.url).contains(&&**name)) {
                server.insert(&**name, argument);
            } else {
                return Err(Error::UnknownArgument {
                    method: method.path(),
                    name: name.to_string(),
                    known: method.parameters.iter().map(|parameter| parameter.name.to_string()).collect(),
                });
            }
        }
        let value = |parameter: &'c Parameter| {
            let argument = given.iter().find(|(other, _)| std::ptr::eq(*other, parameter));
            let default = || if parameter.location == Location::Unknown { None } else { default_of(parameter) };
            let value = argument.map(|(_, argument)| (*argument).clone()).or_else(default)?;
            let is_absent = parameter.location != Location::Body && value.texts().is_empty();
            (!is_absent).then_some((parameter, value))
        };
        let values = method.parameters.iter().filter_map(value).collect();
        Ok(Self { method, binding, values, server })
    }

    fn value(&self, parameter: &Parameter) -> Option<&Argument> {
        self.values.iter().find(|(other, _)| std::ptr::eq(*other, parameter)).map(|(_, argument)| argument)
    }

    /// The parameters with a value that go to one place.
    fn at(&self, location: Location) -> impl Iterator<Item = (&'c Parameter, &Argument)> {
        self.values.iter().filter(move |(parameter, _)| parameter.location == location).map(|(p, a)| (*p, a))
    }

    /// Refuses a call that lacks something, and one with an argument that no document places.
    fn check_complete(&self, destination: &Destination) -> Result<(), Error> {
        if let Some((parameter, _)) = self.at(Location::Unknown).next() {
            let reason = "it is documented, but no OpenAPI document says where in the request it goes";
            return Err(self.invalid(parameter, reason));
        }
        let is_missing = |parameter: &&Parameter| match parameter.location {
            // The servers say which of their variables are missing.
            Location::Unknown | Location::Server => false,
            _ => self.value(parameter).is_none(),
        };
        let missing = self.method.parameters.iter().filter(|p| p.presence == Presence::Required).filter(is_missing);
        let mut missing: Vec<String> = missing.map(|parameter| parameter.name.to_string()).collect();
        if destination.base_url.is_none()
            && let Err(ServerError::Missing(names)) =
                choose(&self.binding.servers, |name| self.variable(name, destination))
        {
            missing.extend(names);
        }
        if missing.is_empty() { Ok(()) } else { Err(Error::MissingArguments { method: self.method.path(), missing }) }
    }

    /// The value of a server variable: an argument, what the client was built with, or the environment's.
    fn variable(&self, name: &str, destination: &Destination) -> Option<String> {
        let parameter = self.at(Location::Server).find(|(parameter, _)| parameter.wire_name == *name);
        let argument = parameter.map(|(_, argument)| argument).or_else(|| self.server.get(name).copied());
        let from_environment = || {
            let mut declared = self.binding.servers.iter().flat_map(|server| server.variables.iter());
            let variable = declared.find(|variable| variable.name == *name)?.environment.as_deref()?;
            std::env::var(variable).ok().filter(|value| !value.is_empty())
        };
        argument
            .map(|argument| argument.texts().join(","))
            .or_else(|| destination.variables.get(name).cloned())
            .or_else(from_environment)
    }

    /// The URL that the path is appended to.
    fn base(&self, destination: &Destination) -> Result<Url, Error> {
        if let Some(base) = &destination.base_url {
            return Ok(base.clone());
        }
        choose(&self.binding.servers, |name| self.variable(name, destination)).map_err(|error| match error {
            ServerError::None => Error::NoWireForm {
                method: self.method.path(),
                reason: "no document names a server for it: set the client's `base_url`".to_owned(),
            },
            ServerError::Missing(missing) => Error::MissingArguments { method: self.method.path(), missing },
            ServerError::Refused { variable, reason } => {
                Error::InvalidArgument { method: self.method.path(), name: variable, reason }
            }
            ServerError::NotAUrl { url, reason } => Error::Configuration {
                reason: format!("{}: `{url}` is no address to send requests to: {reason}", self.method.path()),
            },
        })
    }

    /// The origins of all servers of the method, when there is more than one and the caller named none.
    fn other_origins(&self, destination: &Destination) -> Vec<Origin> {
        if destination.base_url.is_some() || self.binding.servers.len() < 2 {
            return Vec::new();
        }
        let value = |name: &str| self.variable(name, destination);
        let one = |server| choose(std::slice::from_ref(server), value).ok().map(|url| url.origin());
        self.binding.servers.iter().filter_map(one).collect()
    }

    /// The GraphQL query of the method with the arguments, which are all part of it.
    fn graphql(&self) -> Result<Option<BoundQuery>, Error> {
        let Some(graphql) = &self.method.adaptation.graphql else { return Ok(None) };
        let text = |(parameter, argument): &(&Parameter, Argument)| {
            (parameter.wire_name.to_string(), argument.texts().join(","))
        };
        let query = BoundQuery::new(graphql, self.values.iter().map(text).collect());
        query.map(Some).map_err(|error| query_error(&self.method.path(), error))
    }

    /// Where a GraphQL query goes: to the address of the document, at the place that the caller named.
    fn graphql_url(&self, url: &str, destination: &Destination) -> Result<Url, Error> {
        let broken = |reason: String| Error::Configuration { reason: format!("{}: {reason}", self.method.path()) };
        let documented = Url::parse(url).map_err(|error| broken(format!("`{url}` is no address: {error}")))?;
        let Some(base) = &destination.base_url else { return Ok(documented) };
        let text = format!("{}{}", base.as_str().trim_end_matches('/'), documented.path());
        Url::parse(&text).map_err(|error| broken(format!("`{text}` is no address: {error}")))
    }

    fn repeatable(&self) -> Repeatable {
        let is_rewritten = self.method.adaptation.request == Some(RequestRewrite::QueryToForm);
        match self.binding.method {
            // The document says GET of everything, and means a POST.
            _ if is_rewritten && !self.method.verbs.contains(&Verb::Select) => Repeatable::Once,
            HttpMethod::Get | HttpMethod::Head | HttpMethod::Options | HttpMethod::Trace => Repeatable::Reads,
            // Many ask with a POST.
            _ if self.method.verbs.contains(&Verb::Select) => Repeatable::Reads,
            HttpMethod::Put | HttpMethod::Delete => Repeatable::Idempotent,
            HttpMethod::Post | HttpMethod::Patch => {
                let has_key = self.values.iter().any(|(parameter, _)| is_idempotency_key(parameter));
                if has_key { Repeatable::Idempotent } else { Repeatable::Once }
            }
        }
    }

    fn url(&self, base: &Url) -> Result<Url, Error> {
        let path = self.path()?;
        let whole = [base.path().trim_end_matches('/'), &path].concat();
        let mut url = base.clone();
        url.set_path(&whole);
        // What a URL parser tidies up would no longer be the path that was meant.
        if url.path() != if whole.is_empty() { "/" } else { &whole } {
            let reason = format!("its path `{path}` would be rewritten to `{}` on the way", url.path());
            return Err(Error::Configuration { reason: format!("{}: {reason}", self.method.path()) });
        }
        let query = self.query();
        url.set_query((!query.is_empty()).then_some(&*query));
        Ok(url)
    }

    fn path(&self) -> Result<String, Error> {
        let texts: Vec<(&Parameter, String)> =
            self.at(Location::Path).map(|(parameter, argument)| (parameter, argument.texts().join(","))).collect();
        let value = |name: &str| {
            let (parameter, text) = texts.iter().find(|(parameter, _)| fills(parameter, name))?;
            Some(PathValue { text, style: parameter.style })
        };
        fill(self.binding, value).map_err(|error| match error {
            PathError::Unfilled(name) => Error::Configuration {
                reason: format!("{}: nothing fills `{{{name}}}` in its path", self.method.path()),
            },
            PathError::Refused { variable, reason } => {
                match texts.iter().find(|(parameter, _)| fills(parameter, &variable)) {
                    Some((parameter, _)) => self.invalid(parameter, reason),
                    None => Error::Configuration { reason: format!("{}: {reason}", self.method.path()) },
                }
            }
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
            if is_numbered && let Some(pairs) = flatten::numbered(parameter.wire_name.as_str(), argument) {
                for (name, value) in &pairs {
                    push_pair(&mut query, name, value);
                }
                continue;
            }
            let texts = argument.texts();
            if parameter.style == Style::Repeated {
                for text in &texts {
                    push_pair(&mut query, parameter.wire_name.as_str(), text);
                }
            } else {
                push_pair(&mut query, parameter.wire_name.as_str(), &texts.join(","));
            }
        }
        query
    }

    fn body(&self) -> Result<Option<RequestBody>, Error> {
        let arguments: Vec<_> =
            self.at(Location::Body).map(|(parameter, argument)| (parameter, argument.clone())).collect();
        let Some(body) = &self.binding.body else {
            return match arguments.first() {
                Some((parameter, _)) => Err(self.invalid(parameter, "the method sends no body")),
                None => Ok(None),
            };
        };
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
        let media_type = &self.method.response.media_type;
        let accept = if media_type.is_empty() { "application/json" } else { media_type };
        headers.insert(ACCEPT, self.media_type(accept)?);
        if self.method.adaptation.graphql.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        } else if let (Some(_), Some(declared)) = (body, &self.binding.body) {
            let media_type = if declared.media_type.is_empty() { "application/json" } else { &declared.media_type };
            headers.insert(CONTENT_TYPE, self.media_type(media_type)?);
        }
        for (parameter, argument) in self.at(Location::Header) {
            self.add_header(&mut headers, parameter, &argument.texts().join(","), body)?;
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
        if text.contains(char::is_control) {
            return Err(self.invalid(parameter, "a header cannot hold a control character"));
        }
        let value = HeaderValue::from_bytes(text.as_bytes())
            .map_err(|_| self.invalid(parameter, "it holds a character that cannot stand in a header"))?;
        headers.insert(name, value);
        Ok(())
    }

    fn media_type(&self, media_type: &str) -> Result<HeaderValue, Error> {
        HeaderValue::from_str(media_type).map_err(|_| Error::Configuration {
            reason: format!("{}: `{}` is no media type", self.method.path(), media_type.escape_debug()),
        })
    }

    /// The arguments for messages: values only of those that travel in the open anyway, and are no secrets.
    fn shown(&self) -> Vec<ShownArgument> {
        let shown = |(parameter, argument): &(&Parameter, Argument)| {
            let name = parameter.wire_name.as_str();
            let is_shown = match parameter.location {
                Location::Path => !may_be_secret_in_path(name),
                Location::Query | Location::Server => !may_be_secret(name),
                Location::Header | Location::Body | Location::Unknown => false,
            };
            let value = is_shown.then(|| shown_value(&argument.texts().join(",")));
            ShownArgument { name: parameter.name.to_string(), value }
        };
        self.values.iter().map(shown).collect()
    }

    fn hidden(&self) -> Vec<String> {
        let secrets =
            self.at(Location::Path).filter(|(parameter, _)| may_be_secret_in_path(parameter.wire_name.as_str()));
        secrets.map(|(_, argument)| encode(&argument.texts().join(",")).into_owned()).collect()
    }

    fn invalid(&self, parameter: &Parameter, reason: &str) -> Error {
        Error::InvalidArgument {
            method: self.method.path(),
            name: parameter.name.to_string(),
            reason: reason.to_owned(),
        }
    }
}

fn query_error(method: &str, error: QueryError) -> Error {
    match error {
        QueryError::Document(reason) => Error::NoWireForm { method: method.to_owned(), reason },
        QueryError::Argument { name, reason } => {
            Error::InvalidArgument { method: method.to_owned(), name, reason: reason.to_owned() }
        }
    }
}

/// The names of parameters by which a provider recognises a request that it has seen before, without case and marks.
const IDEMPOTENCY_KEYS: &[&str] = &[
    "clientrequesttoken",
    "clienttoken",
    "idempotencykey",
    "idempotencytoken",
    "repeatabilityrequestid",
    "xidempotencykey",
];

fn is_idempotency_key(parameter: &Parameter) -> bool {
    let name = parameter.wire_name.as_str();
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    IDEMPOTENCY_KEYS.contains(&&*plain)
}

/// Whether a parameter fills a variable of the path. Templates mark variables that span segments as `{+name}` or
/// `{name*}`, which documents leave out of the parameter's name, or not.
fn fills(parameter: &Parameter, variable: &str) -> bool {
    let bare = |name: &str| name.trim_start_matches('+').trim_end_matches('*').to_owned();
    parameter.wire_name == *variable || bare(parameter.wire_name.as_str()) == bare(variable)
}

/// The path of the only row, or of the list of rows.
pub(crate) fn row_path(method: &Method) -> &JsonPath {
    match &method.response.rows {
        bindery_ir::Rows::None => &JsonPath::ROOT,
        bindery_ir::Rows::One(path) | bindery_ir::Rows::Many(path) => path,
    }
}
