//! Every way in which an exchange can go wrong, against every kind of call: how it ends, how often it was sent, and that
//! nothing is lost or done twice.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bindery_mock::Mock;
use bindery_runtime::ir::{
    Auth, AuthScheme, Body, BodyContent, Column, HttpBinding, HttpMethod, JsonPath, Location, Method, NextPage,
    PagePointer, Pagination, PaginationReason, Parameter, Provider, ProviderName, Resource, Rows, Service, ServiceName,
    SqlName, TokenSlot, Type, Verb, WireName,
};
use bindery_runtime::{
    AccessToken, Argument, Call, Client, Error, Fetched, RetryPolicy, TokenFuture, TokenSource, json::Json,
};
use support::{Answer, Server};

fn column(name: &'static str) -> Column {
    let (name, wire_name) = (SqlName::new(name), WireName::new(name));
    Column { name, wire_name, ty: Type::STRING, description: "".into() }
}

fn method(name: &'static str, verb: Verb, http: HttpMethod, path: &'static str, rows: Rows) -> Method {
    let mut method = Method::new("demo.shop.thing".parse().unwrap(), SqlName::new(name));
    method.verbs = vec![verb].into();
    let mut binding = HttpBinding::new(http, path);
    if matches!(http, HttpMethod::Put | HttpMethod::Post) {
        let (media_type, content) = ("application/json".into(), BodyContent::Properties);
        binding.body = Some(Body { media_type, content, required: true });
        method.parameters = vec![Parameter::new(SqlName::new("name"), Location::Body, Type::STRING)].into();
    }
    if path.contains('{') {
        method.parameters.to_mut().push(Parameter::new(SqlName::new("id"), Location::Path, Type::STRING).required());
    }
    method.http = Some(binding);
    method.response.rows = rows;
    method.response.columns = ["id", "name"].map(column).into_iter().collect();
    method.response.media_type = "application/json".into();
    method
}

/// A provider of things, which are listed two at a time.
fn provider() -> Provider {
    let root = || Rows::One(JsonPath::ROOT);
    let mut list = method("list", Verb::Select, HttpMethod::Get, "/things", Rows::Many(JsonPath::key("value")));
    let next = NextPage::Url(PagePointer::Body(JsonPath::key("nextLink")));
    list.response.pagination = Some(Pagination { next, reason: PaginationReason::Declared });
    let mut resource = Resource::new("demo.shop.thing".parse().unwrap());
    resource.methods = vec![
        list,
        method("get", Verb::Select, HttpMethod::Get, "/things/{id}", root()),
        method("put", Verb::Replace, HttpMethod::Put, "/things/{id}", root()),
        method("create", Verb::Insert, HttpMethod::Post, "/things", root()),
    ]
    .into();
    let mut service = Service::new(ServiceName::new("shop"));
    service.resources = vec![resource].into();
    let mut provider = Provider::new(ProviderName::new("demo"));
    provider.services = vec![service].into();
    provider
}

/// A fake with a fault, a client for it, and the provider they share.
struct Setting {
    provider: Arc<Provider>,
    mock: Mock,
    client: Client,
}

impl Setting {
    async fn new(fault: &str) -> Self {
        Self::seeded(0, 2, fault).await
    }

    async fn seeded(things: u32, page_size: usize, fault: &str) -> Self {
        let provider = Arc::new(provider());
        let mock =
            Mock::builder(Arc::clone(&provider)).page_size(page_size).seed(things).faults([fault.parse().unwrap()]);
        let mock = mock.start().await.unwrap();
        let mut policy = RetryPolicy::default();
        policy.initial_delay = Duration::from_millis(2);
        let client = Client::builder("demo", Auth::NONE)
            .base_url(mock.url())
            .retry(policy)
            .timeout(Duration::from_millis(1500))
            .max_response_bytes(1 << 20)
            .build()
            .unwrap();
        Self { provider, mock, client }
    }

    /// A client with time.
    fn patient(&self) -> Client {
        Client::builder("demo", Auth::NONE).base_url(self.mock.url()).build().unwrap()
    }

    /// The same with tokens that are good for so long by the clock of this machine, and how many were fetched.
    fn with_tokens(mut self, lifetime: Duration) -> (Self, Arc<AtomicUsize>) {
        let fetched = Arc::new(AtomicUsize::new(0));
        let auth = Auth {
            scheme: AuthScheme::Header { name: "Authorization".into(), prefix: "Bearer ".into() },
            variable: None,
        };
        let builder = Client::builder("demo", auth).base_url(self.mock.url());
        let tokens = Tokens { fetched: Arc::clone(&fetched), lifetime };
        self.client = builder.credential(Fetched::new(tokens)).build().unwrap();
        (self, fetched)
    }

    fn call(&self, name: &str) -> Call<'_> {
        Call::named(&self.provider, &format!("shop.thing.{name}")).unwrap()
    }

    /// How many things there are, asked for without faults in between.
    async fn count(&self) -> usize {
        loop {
            if let Ok(rows) = self.client.rows::<Json>(self.call("list")).all().await {
                return rows.len();
            }
        }
    }

    /// One request that goes well, so that the next one is struck.
    async fn warm_up(&self) {
        self.client.send(self.call("list")).await.unwrap();
        self.mock.clear_requests();
    }

    /// How a call that is struck ends, and how often it was sent.
    async fn ends(&self, name: &str) -> (&'static str, usize) {
        self.warm_up().await;
        let mut call = self.call(name);
        if name == "put" {
            call = call.with("id", Argument::text("new"));
        }
        if matches!(name, "put" | "create") {
            call = call.with("name", Argument::text("a name that makes the body longer"));
        }
        let ended = self.client.one::<Json>(call).await;
        (ended.map_or_else(|error| error.kind(), |_| "ok"), self.mock.requests().len())
    }
}

/// A source of tokens that all look alike to the fake.
struct Tokens {
    fetched: Arc<AtomicUsize>,
    lifetime: Duration,
}

impl TokenSource for Tokens {
    fn fetch(&self) -> TokenFuture<'_> {
        let number = self.fetched.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move { Ok(AccessToken::new(format!("token-{number}"), Some(self.lifetime))) })
    }
}

/// A fault; how a read ends, and how often it was sent; the same for a write that may be repeated and for one that may
/// not; and how many things there are after the latter.
type Row = (&'static str, (&'static str, usize), (&'static str, usize), (&'static str, usize), usize);

const MATRIX: &[Row] = &[
    ("408", ("ok", 2), ("ok", 2), ("refused", 1), 0),
    ("429", ("ok", 2), ("ok", 2), ("ok", 2), 1),
    ("500", ("ok", 2), ("ok", 2), ("provider_failed", 1), 0),
    ("501", ("provider_failed", 1), ("provider_failed", 1), ("provider_failed", 1), 0),
    ("502", ("ok", 2), ("ok", 2), ("provider_failed", 1), 0),
    ("503", ("ok", 2), ("ok", 2), ("provider_failed", 1), 0),
    ("504", ("ok", 2), ("ok", 2), ("provider_failed", 1), 0),
    ("401", ("unauthenticated", 1), ("unauthenticated", 1), ("unauthenticated", 1), 0),
    ("403", ("forbidden", 1), ("forbidden", 1), ("forbidden", 1), 0),
    ("slow-headers", ("ok", 2), ("ok", 2), ("timeout", 1), 1),
    ("slow-body", ("ok", 1), ("ok", 1), ("ok", 1), 1),
    ("stalled-body", ("ok", 2), ("ok", 2), ("timeout", 1), 1),
    ("truncated", ("ok", 2), ("ok", 2), ("transport", 1), 1),
    ("wrong-length", ("ok", 2), ("ok", 2), ("transport", 1), 1),
    ("reset", ("ok", 2), ("ok", 2), ("transport", 1), 1),
    ("wrong-type", ("decode", 1), ("decode", 1), ("decode", 1), 1),
    ("malformed", ("decode", 1), ("decode", 1), ("decode", 1), 1),
    ("gzip-bomb", ("body_too_large", 1), ("body_too_large", 1), ("body_too_large", 1), 1),
];

#[tokio::test]
async fn every_call_ends_as_it_should_and_is_done_once() {
    // The first bomb takes longer to make than the client waits.
    let _ = Setting::seeded(0, 2, "gzip-bomb/1")
        .await
        .patient()
        .send(Call::named(&provider(), "shop.thing.list").unwrap())
        .await;
    // One after the other: a client that is starved of its processor sees timeouts that are not meant.
    for &row in MATRIX {
        cells(row).await;
    }
}

async fn cells((fault, read, repeated, once, things): Row) {
    let struck = format!("{fault}/2");
    let setting = Setting::new(&struck).await;
    assert_eq!(setting.ends("list").await, read, "{fault}: read");
    let setting = Setting::new(&struck).await;
    assert_eq!(setting.ends("put").await, repeated, "{fault}: put");
    let setting = Setting::new(&struck).await;
    assert_eq!(setting.ends("create").await, once, "{fault}: create");
    if !matches!(fault, "wrong-type" | "malformed" | "gzip-bomb" | "401" | "403" | "501") {
        assert_eq!(setting.count().await, things, "{fault}: things that were created");
    }
}

/// A listing of seven things, of which every second request is struck.
async fn listing(fault: &str) -> (Vec<String>, Option<Error>) {
    let setting = Setting::seeded(7, 2, fault).await;
    let mut rows = setting.client.rows::<Json>(setting.call("list"));
    let mut things = Vec::new();
    let mut error = None;
    while let Some(row) = rows.next().await {
        match row {
            Ok(row) => things.push(row.get().to_owned()),
            Err(found) => error = Some(found),
        }
    }
    (things, error)
}

#[tokio::test]
async fn no_row_of_a_listing_is_lost_or_doubled() {
    let (all, _) = listing("503/1000").await;
    assert_eq!(all.iter().collect::<std::collections::HashSet<_>>().len(), 7);
    for fault in ["429", "500", "503", "slow-body", "stalled-body", "truncated", "wrong-length", "reset"] {
        let (names, error) = listing(&format!("{fault}/2")).await;
        assert!(error.is_none(), "{fault}: {error:?}");
        assert_eq!(names, all, "{fault}");
    }
    for (fault, kind) in [
        ("wrong-type", "decode"),
        ("malformed", "decode"),
        ("gzip-bomb", "body_too_large"),
        ("repeated-page", "repeated_page"),
        ("foreign-page", "foreign_origin"),
        ("404", "not_found"),
    ] {
        let (names, error) = listing(&format!("{fault}/2")).await;
        assert_eq!(error.map(|error| error.kind()), Some(kind), "{fault}");
        // What came before the fault came once, in order.
        assert_eq!(names, all[..names.len()], "{fault}");
        assert!(names.len() < 7, "{fault}");
    }
}

#[tokio::test]
async fn a_storm_of_refusals_is_sat_out() {
    let setting = Setting::seeded(0, 1000, "429/2").await;
    let calls: Vec<_> = (0..200)
        .map(|number| (setting.client.clone(), Arc::clone(&setting.provider), number))
        .map(|(client, provider, number)| {
            tokio::spawn(async move {
                let mut attempts = 0;
                let call = || {
                    let call = Call::named(&provider, "shop.thing.put").unwrap();
                    call.with("id", Argument::text(format!("t{number}"))).with("name", Argument::text("n"))
                };
                // The allowance for retries is shared: whoever finds it used up comes back later.
                while client.send(call()).await.is_err() {
                    attempts += 1;
                    assert!(attempts < 50);
                }
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    assert_eq!(setting.count().await, 200);
    assert!(setting.client.counts().throttled >= 100);
}

/// A token that the provider says is expired, whatever this machine's clock says of it: nothing was applied, so that all
/// calls are sent once more with a new one.
#[tokio::test]
async fn an_expired_token_is_replaced_and_a_clock_that_differs_does_no_harm() {
    for (clock, lifetime, more) in [("slow", 3600, 1), ("fast", 0, 2)] {
        for (name, things) in [("list", 0), ("put", 1), ("create", 1)] {
            let (setting, fetched) = Setting::new("401/2").await.with_tokens(Duration::from_secs(lifetime));
            assert_eq!(setting.ends(name).await, ("ok", 2), "{clock}: {name}");
            // By a fast clock, every token is too old for the next call.
            assert_eq!(fetched.load(Ordering::Relaxed), 1 + more, "{clock}: {name}");
            assert_eq!(setting.count().await, things, "{clock}: {name}");
        }
        // One that is refused again is no question of its age.
        let (setting, _) = Setting::new("401/1").await.with_tokens(Duration::from_secs(lifetime));
        let error = setting.client.send(setting.call("put").with("id", Argument::text("x"))).await.unwrap_err();
        assert_eq!((error.kind(), setting.mock.requests().len()), ("unauthenticated", 2), "{clock}");
    }
    // No row of a listing is lost or doubled over it.
    let (setting, _) = Setting::seeded(7, 2, "401/3").await.with_tokens(Duration::from_secs(3600));
    let rows = setting.client.rows::<Json>(setting.call("list")).all().await.unwrap();
    let names: std::collections::HashSet<_> = rows.iter().map(Json::get).collect();
    assert_eq!((rows.len(), names.len()), (7, 7));
}

/// XML that ends in the middle, is none, or means to be something else: each an error of what was read, sent once, and what
/// came before it stays.
#[tokio::test]
async fn malformed_xml_ends_a_call_as_malformed_json_does() {
    for broken in [
        "<R><Thing><id>3</id></Th",
        "<R><Thing><id>3</id></Other></R>",
        "{\"value\":[]}",
        "<!DOCTYPE R [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><R><Thing><id>&e;</id></Thing></R>",
    ] {
        let server = Server::start(move |seen| {
            let body = match &*seen.query {
                "" => "<R><Thing><id>1</id></Thing><Thing><id>2</id></Thing><Next>t</Next></R>",
                _ => broken,
            };
            Answer::json(body).typed("application/xml")
        })
        .await;
        let mut list = method("list", Verb::Select, HttpMethod::Get, "/things", Rows::Many(JsonPath::key("value")));
        list.response.media_type = "application/xml".into();
        let names = std::iter::once("Next".into()).collect();
        let from = PagePointer::Nearest { names, more: None, last: None };
        let next = NextPage::Token { from, to: TokenSlot::Query(WireName::new("next")) };
        list.response.pagination = Some(Pagination { next, reason: PaginationReason::Declared });
        let mut rows = server.client().rows::<Json>(Call::new(&list));
        for _ in 0..2 {
            rows.next().await.unwrap().unwrap();
        }
        let error = rows.next().await.unwrap().unwrap_err();
        assert!(rows.next().await.is_none(), "{broken}");
        assert_eq!((error.kind(), server.seen().len()), ("decode", 2), "{broken}: {error}");

        for verb in [HttpMethod::Put, HttpMethod::Post] {
            let mut write = method("put", Verb::Replace, verb, "/things", Rows::One(JsonPath::ROOT));
            write.response.media_type = "application/xml".into();
            let server = Server::start(move |_| Answer::json(broken).typed("application/xml")).await;
            let error = server.client().one::<Json>(Call::new(&write)).await.unwrap_err();
            assert_eq!((error.kind(), server.seen().len()), ("decode", 1), "{broken}: {error}");
        }
    }
}
