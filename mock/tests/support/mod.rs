//! Two small providers, built by hand, and a caller.
//!
//! `gateway` keys its items by path and puts them, answers with entity tags and links pages in the body;
//! `forge` posts to collections, counts its items and links pages in a header.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy's exemption of tests does not reach helpers of tests"
)]

use bindery_ir::{
    Auth, AuthScheme, Body, BodyContent, Column, ErrorShape, HttpBinding, HttpMethod, JsonPath, Location, Method,
    NextPage, PagePointer, Pagination, PaginationReason, Parameter, Provider, QueryPair, Resource, ResourceId, Rows,
    Server, Service, SqlName, TokenSlot, Type, Verb, WireName,
};
use serde_json::Value;

pub(crate) const API: &str = "api-version=2024-05-01";
pub(crate) const GROUP: &str = "/subscriptions/s1/groups/g1";

/// Makes the methods of one resource.
pub(crate) struct Resources {
    pub(crate) provider: &'static str,
    pub(crate) error: ErrorShape,
    pub(crate) built: Vec<Resource>,
}

impl Resources {
    pub(crate) fn new(provider: &'static str, error: ErrorShape) -> Self {
        Self { provider, error, built: Vec::new() }
    }

    pub(crate) fn resource(mut self, name: &str, methods: impl IntoIterator<Item = Method>) -> Self {
        let id = ResourceId::of(self.provider, "main", name).unwrap();
        let mut resource = Resource::new(id.clone());
        resource.methods = methods
            .into_iter()
            .map(|mut method| {
                method.resource = id.clone();
                method.response.error = Some(self.error.clone());
                method
            })
            .collect();
        self.built.push(resource);
        self
    }

    pub(crate) fn build(self, auth: AuthScheme) -> Provider {
        let mut service = Service::new("main".into());
        service.resources = self.built.into();
        let mut provider = Provider::new(self.provider.into());
        provider.auth = Auth { scheme: auth, variable: None };
        provider.services = vec![service].into();
        provider
    }
}

pub(crate) fn method(name: &'static str, http: HttpMethod, path: &'static str) -> Method {
    let mut method = Method::new("a.b.c".parse().unwrap(), SqlName::new(name));
    let mut binding = HttpBinding::new(http, path);
    if matches!(http, HttpMethod::Post | HttpMethod::Put | HttpMethod::Patch) {
        binding.body =
            Some(Body { media_type: "application/json".into(), content: BodyContent::Properties, required: false });
    }
    method.http = Some(binding);
    method
}

/// Says more about a method.
pub(crate) trait Say: Sized {
    fn one(self, path: &str) -> Self;
    fn many(self, path: &str) -> Self;
    fn columns(self, columns: &[(&'static str, Type)]) -> Self;
    fn status(self, status: u16) -> Self;
    fn verb(self, verb: Verb) -> Self;
    fn needs(self, name: &'static str, location: Location, ty: Type) -> Self;
    fn constant(self, name: &'static str, value: &'static str) -> Self;
    fn pages(self, next: NextPage) -> Self;
    fn server(self, url: &'static str) -> Self;
}

impl Say for Method {
    fn one(mut self, path: &str) -> Self {
        self.response.rows = Rows::One(JsonPath::parse(path));
        self
    }

    fn many(mut self, path: &str) -> Self {
        self.response.rows = Rows::Many(JsonPath::parse(path));
        self
    }

    fn columns(mut self, columns: &[(&'static str, Type)]) -> Self {
        self.response.columns = columns
            .iter()
            .map(|(name, ty)| Column {
                name: SqlName::new(name),
                wire_name: WireName::new(name),
                ty: ty.clone(),
                description: "".into(),
            })
            .collect();
        self
    }

    fn status(mut self, status: u16) -> Self {
        self.response.status = Some(status);
        self
    }

    fn verb(mut self, verb: Verb) -> Self {
        self.verbs.to_mut().push(verb);
        self
    }

    fn needs(mut self, name: &'static str, location: Location, ty: Type) -> Self {
        self.parameters.to_mut().push(Parameter::new(SqlName::new(name), location, ty).required());
        self
    }

    fn constant(mut self, name: &'static str, value: &'static str) -> Self {
        let binding = self.http.as_mut().unwrap();
        binding.query.to_mut().push(QueryPair { name: name.into(), value: value.into() });
        self
    }

    fn pages(mut self, next: NextPage) -> Self {
        self.response.pagination = Some(Pagination { next, reason: PaginationReason::Declared });
        self
    }

    fn server(mut self, url: &'static str) -> Self {
        let binding = self.http.as_mut().unwrap();
        binding.servers = vec![Server { url: url.into(), variables: bindery_ir::List::EMPTY }].into();
        self
    }
}

pub(crate) fn link_in_body() -> NextPage {
    NextPage::Url(PagePointer::Body(JsonPath::key("nextLink")))
}

pub(crate) fn link_header() -> NextPage {
    NextPage::Url(PagePointer::Header("Link".into()))
}

pub(crate) fn token() -> NextPage {
    NextPage::Token {
        from: PagePointer::Body(JsonPath::parse("$.meta.next")),
        to: TokenSlot::Query(WireName::new("cursor")),
    }
}

pub(crate) fn bearer() -> AuthScheme {
    AuthScheme::Header { name: "Authorization".into(), prefix: "Bearer ".into() }
}

const BACKENDS: &str = "/subscriptions/{subscriptionId}/groups/{groupName}/backends";
const BACKEND: &str = "/subscriptions/{subscriptionId}/groups/{groupName}/backends/{backendId}";

/// A provider that puts items under paths of their own.
pub(crate) fn gateway() -> Provider {
    let columns =
        [("id", Type::STRING), ("name", Type::STRING), ("type", Type::STRING), ("properties", Type::FREE_OBJECT)];
    let versioned = |method: Method| method.constant("api-version", "2024-05-01");
    let group = "/subscriptions/{subscriptionId}/groups/{groupName}";
    let groups = [
        method("get", HttpMethod::Get, group).one("$").columns(&columns),
        method("create", HttpMethod::Put, group).one("$").columns(&columns),
        method("delete", HttpMethod::Delete, group),
        method("list", HttpMethod::Get, "/subscriptions/{subscriptionId}/groups").many("value").columns(&columns),
    ];
    let backends = [
        method("get", HttpMethod::Get, BACKEND).one("$").columns(&columns),
        method("create_or_update", HttpMethod::Put, BACKEND).one("$").columns(&columns).needs(
            "properties",
            Location::Body,
            Type::FREE_OBJECT,
        ),
        method("update", HttpMethod::Patch, BACKEND).one("$").columns(&columns),
        method("delete", HttpMethod::Delete, BACKEND).needs("If-Match", Location::Header, Type::STRING),
        method("exists", HttpMethod::Head, BACKEND),
        method("_list_by_group", HttpMethod::Get, BACKENDS).one("$").pages(link_in_body()),
        method("list_by_group", HttpMethod::Get, BACKENDS).many("value").columns(&columns).pages(link_in_body()),
        method("list_by_subscription", HttpMethod::Get, "/subscriptions/{subscriptionId}/backends")
            .many("value")
            .columns(&columns)
            .pages(link_in_body()),
        method(
            "reconnect",
            HttpMethod::Post,
            "/subscriptions/{subscriptionId}/groups/{groupName}/backends/{backendId}/reconnect",
        )
        .status(202),
        method(
            "list_keys",
            HttpMethod::Post,
            "/subscriptions/{subscriptionId}/groups/{groupName}/backends/{backendId}/listKeys",
        )
        .one("$")
        .columns(&[("primaryKey", Type::STRING), ("days", Type::INTEGER)]),
    ];
    let error =
        ErrorShape { code: Some(JsonPath::parse("error.code")), message: Some(JsonPath::parse("error.message")) };
    Resources::new("gateway", error)
        .resource("groups", groups.map(versioned))
        .resource("backends", backends.map(versioned))
        .build(bearer())
}

const REPO: &str = "/repos/{owner}/{repo}";
const ISSUES: &str = "/repos/{owner}/{repo}/issues";
const ISSUE: &str = "/repos/{owner}/{repo}/issues/{issue_number}";

/// A provider that posts to collections and counts.
pub(crate) fn forge() -> Provider {
    let repo = [("id", Type::INTEGER), ("name", Type::STRING), ("private", Type::Boolean)];
    let issue = [("id", Type::INTEGER), ("number", Type::INTEGER), ("title", Type::STRING)];
    let comment = [("id", Type::INTEGER), ("body", Type::STRING)];
    let base = "https://forge.example/api/v3";
    let number = |method: Method| method.needs("issue_number", Location::Path, Type::INTEGER);
    let repos = [
        method("get", HttpMethod::Get, REPO).one("$").columns(&repo),
        method("list_for_org", HttpMethod::Get, "/orgs/{org}/repos").many("$").columns(&repo).pages(link_header()),
        method("list_for_user", HttpMethod::Get, "/users/{username}/repos").many("$").columns(&repo),
        method("create_in_org", HttpMethod::Post, "/orgs/{org}/repos").one("$").columns(&repo).status(201).needs(
            "name",
            Location::Body,
            Type::STRING,
        ),
        method("delete", HttpMethod::Delete, REPO).status(204),
    ];
    let issues = [
        number(method("get", HttpMethod::Get, ISSUE)).one("$").columns(&issue),
        method("list_for_repo", HttpMethod::Get, ISSUES).many("$").columns(&issue).pages(link_header()),
        method("create", HttpMethod::Post, ISSUES).one("$").columns(&issue).status(201).verb(Verb::Insert).needs(
            "title",
            Location::Body,
            Type::STRING,
        ),
        number(method("update", HttpMethod::Patch, ISSUE)).one("$").columns(&issue),
        method("lock", HttpMethod::Put, "/repos/{owner}/{repo}/issues/{issue_number}/lock").status(204),
        method("unlock", HttpMethod::Delete, "/repos/{owner}/{repo}/issues/{issue_number}/lock").status(204),
    ];
    let comments = [
        method("get", HttpMethod::Get, "/repos/{owner}/{repo}/issues/comments/{comment_id}")
            .one("$")
            .columns(&comment)
            .needs("comment_id", Location::Path, Type::INTEGER),
        method("list", HttpMethod::Get, "/repos/{owner}/{repo}/issues/{issue_number}/comments")
            .many("comments")
            .columns(&comment)
            .pages(token()),
        method("create", HttpMethod::Post, "/repos/{owner}/{repo}/issues/{issue_number}/comments")
            .one("$")
            .columns(&comment)
            .verb(Verb::Insert),
    ];
    let topics = [
        method("get_all", HttpMethod::Get, "/repos/{owner}/{repo}/topics").one("$"),
        method("replace_all", HttpMethod::Put, "/repos/{owner}/{repo}/topics").one("$"),
        method("merge", HttpMethod::Patch, "/repos/{owner}/{repo}/topics").one("$"),
    ];
    let gist = [("id", Type::STRING), ("description", Type::STRING)];
    let gists = [
        method("get", HttpMethod::Get, "/gists/{gist_id}").one("gist").columns(&gist),
        method("list", HttpMethod::Get, "/gists").many("gists").columns(&gist),
        method("import", HttpMethod::Post, "/gists").one("gist").verb(Verb::Insert).status(202).needs(
            "source",
            Location::Body,
            Type::STRING,
        ),
        method("create", HttpMethod::Post, "/gists").one("gist").verb(Verb::Insert).status(201).needs(
            "description",
            Location::Body,
            Type::STRING,
        ),
    ];
    let tokens = [method("create_token", HttpMethod::Post, "/repos/{owner}/{repo}/runners/token")
        .one("$")
        .verb(Verb::Insert)
        .status(201)
        .columns(&[("token", Type::STRING), ("note", Type::STRING)])];
    let refs = [
        method("get_ref", HttpMethod::Get, "/repos/{owner}/{repo}/git/ref/{ref}").one("$"),
        method("create_ref", HttpMethod::Post, "/repos/{owner}/{repo}/git/refs").one("$").verb(Verb::Insert),
        method("update_ref", HttpMethod::Patch, "/repos/{owner}/{repo}/git/refs/{ref}").one("$"),
        method("delete_ref", HttpMethod::Delete, "/repos/{owner}/{repo}/git/refs/{ref}"),
    ];
    let search =
        [method("search", HttpMethod::Get, "/search/issues").many("items").needs("q", Location::Query, Type::STRING)];
    let error = ErrorShape { code: None, message: Some(JsonPath::key("message")) };
    let served = |method: Method| method.server(base);
    Resources::new("forge", error)
        .resource("repos", repos.map(served))
        .resource("issues", issues.map(served))
        .resource("comments", comments.map(served))
        .resource("topics", topics.map(served))
        .resource("refs", refs.map(served))
        .resource("tokens", tokens.map(served))
        .resource("gists", gists.map(served))
        .resource("search", search.map(served))
        .build(bearer())
}

/// An answer, read to its end.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The values of one property of the rows at a key.
    pub(crate) fn column(&self, rows: &str, name: &str) -> Vec<Value> {
        let body = self.json();
        let rows = if rows.is_empty() { &body } else { &body[rows] };
        rows.as_array().unwrap().iter().map(|row| row[name].clone()).collect()
    }
}

/// Sends a request with a secret, and perhaps more headers and a body.
pub(crate) async fn send(verb: &str, url: &str, headers: &[(&str, &str)], body: Option<Value>) -> Reply {
    let mut request = client().request(verb.parse().unwrap(), url).header("authorization", "Bearer secret");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    read(request.send().await.unwrap()).await
}

/// An HTTP client. Built beside crates that speak TLS, reqwest wants a crypto provider even where nothing is
/// encrypted; installing it again is no harm.
pub(crate) fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

pub(crate) async fn read(response: reqwest::Response) -> Reply {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Reply { status, headers, text: response.text().await.unwrap() }
}
