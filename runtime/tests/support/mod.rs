//! A provider on loopback that remembers what it was sent, and methods to call it with.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

#[cfg(feature = "google")]
pub mod google;
pub mod scripted;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use bindery_runtime::ir::{
    Auth, AuthScheme, Body as IrBody, BodyContent, HttpBinding, HttpMethod, JsonPath, Location, Method, NextPage,
    PagePointer, Pagination, PaginationReason, Parameter, QueryPair, Reshape, Rows, SqlName, Transform, TransformInput,
    Type, WireName,
};
use bindery_runtime::{Client, ClientBuilder, RetryPolicy, Token};
use percent_encoding::percent_decode_str;

/// The secret of all tests.
pub const SECRET: &str = "s3cr3t-t0ken";

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: http::HeaderMap,
    pub body: String,
}

impl Seen {
    /// The path segments, decoded.
    pub fn segments(&self) -> Vec<String> {
        self.path.split('/').skip(1).map(decode).collect()
    }

    /// The query pairs, decoded.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(k, v)| (decode(k), decode(v))).collect()
    }

    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

/// What the server answers with.
pub struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Option<Vec<u8>>,
}

impl Answer {
    pub fn json(text: impl Into<String>) -> Self {
        Self { status: 200, headers: vec![("content-type", "application/json".into())], body: Some(text.into().into()) }
    }

    pub fn bytes(bytes: Vec<u8>) -> Self {
        Self { status: 200, headers: Vec::new(), body: Some(bytes) }
    }

    /// The same with another media type.
    pub fn typed(mut self, media_type: &str) -> Self {
        self.headers.retain(|(name, _)| *name != "content-type");
        self.with_header("content-type", media_type)
    }

    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Some(Vec::new()) }
    }

    /// Takes the request and never answers.
    pub fn never() -> Self {
        Self { status: 200, headers: Vec::new(), body: None }
    }

    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

type Behaviour = dyn Fn(&Seen) -> Answer + Send + Sync;

/// A running server.
#[derive(Clone)]
pub struct Server {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    behaviour: Arc<Behaviour>,
}

impl Server {
    pub async fn start(behaviour: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { url, seen: Arc::default(), behaviour: Arc::new(behaviour) };
        let app = Router::new().fallback(serve).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        server
    }

    /// Everything it was sent.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The only request it was sent since the last time.
    pub fn take_one(&self) -> Seen {
        let mut seen = self.seen.lock().unwrap();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.remove(0)
    }

    /// A client that sends everything here, without a credential.
    pub fn client(&self) -> Client {
        self.builder(Auth::NONE).build().unwrap()
    }

    /// A client that sends everything here, with the secret as a bearer token.
    pub fn client_with_token(&self) -> Client {
        self.builder(bearer()).credential(Token::new(SECRET)).build().unwrap()
    }

    /// A client that sends everything here, once: who wants to see retries says so.
    pub fn builder(&self, auth: Auth) -> ClientBuilder {
        Client::builder("demo", auth).base_url(&self.url).retry(RetryPolicy::never())
    }
}

async fn serve(State(server): State<Server>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let seen = Seen {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: String::from_utf8_lossy(&to_bytes(body, 1 << 20).await.unwrap()).into_owned(),
    };
    let answer = (server.behaviour)(&seen);
    server.seen.lock().unwrap().push(seen);
    let Some(body) = answer.body else { return std::future::pending().await };
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(body)).unwrap()
}

pub fn bearer() -> Auth {
    Auth {
        scheme: AuthScheme::Header { name: "Authorization".into(), prefix: "Bearer ".into() },
        variable: Some("BINDERY_TEST_TOKEN_THAT_IS_NEVER_SET".into()),
    }
}

/// A method without parameters.
pub fn method(verb: HttpMethod, path: &str) -> Method {
    let mut method = Method::new("demo.shop.thing".parse().unwrap(), SqlName::new("call"));
    method.http = Some(HttpBinding::new(verb, path.to_owned()));
    method.response.rows = Rows::One(JsonPath::ROOT);
    method
}

/// `GET /things/{thingId}`
pub fn get() -> Method {
    let mut method = method(HttpMethod::Get, "/things/{thingId}");
    method.parameters = vec![parameter("thingId", Location::Path).required()].into();
    method
}

/// `GET /things`, a list under `value`, which goes on as told.
pub fn list(next: Option<NextPage>) -> Method {
    let mut method = method(HttpMethod::Get, "/things");
    method.response.rows = Rows::Many(JsonPath::key("value"));
    method.response.pagination = next.map(|next| Pagination { next, reason: PaginationReason::Declared });
    method
}

pub fn next_link() -> NextPage {
    NextPage::Url(PagePointer::Body(JsonPath::key("nextLink")))
}

/// A template of a document that does this.
pub fn transform(operation: Reshape, input: TransformInput) -> Transform {
    Transform { kind: "golang_template_json_v0.3.0".into(), input, template: "".into(), operation }
}

pub fn parameter(name: &'static str, location: Location) -> Parameter {
    Parameter::new(SqlName::new(name), location, Type::STRING)
}

pub fn wired(name: &'static str, wire_name: &'static str, location: Location) -> Parameter {
    Parameter { wire_name: WireName::new(wire_name), ..parameter(name, location) }
}

pub fn constant(name: &'static str, value: &'static str) -> QueryPair {
    QueryPair { name: name.into(), value: value.into() }
}

pub fn binding(method: &mut Method) -> &mut HttpBinding {
    method.http.as_mut().unwrap()
}

pub fn body(media_type: &'static str, content: BodyContent, required: bool) -> IrBody {
    IrBody { media_type: media_type.into(), content, required }
}
