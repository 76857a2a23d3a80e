//! A made-up provider, and the server that answers for it: a tree of four levels, and a listing of many wide rows.

use std::error::Error;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{Next, from_fn};
use axum::routing::get;
use bindery_ir::{
    Column, HttpBinding, HttpMethod, JsonPath, Location, Method, NextPage, PagePointer, Pagination, PaginationReason,
    Parameter, Provider, Resource, ResourceId, Rows, SqlName, Type, Verb, WireName,
};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// How many pages the wide rows come in.
pub(crate) const PAGES: usize = 100;

const ROWS_OF_A_PAGE: usize = 1000;

/// The levels of the tree, each below all before it.
const LEVELS: &[&str] = &["first", "second", "third", "fourth"];

/// The columns of the wide rows.
const COLUMNS: usize = 20;

pub(crate) struct Service {
    url: String,
    requests: Arc<AtomicUsize>,
    _runtime: Runtime,
}

impl Service {
    /// A server that waits before it answers, and has so many things below each thing of its tree.
    pub(crate) fn start(latency: Duration, width: usize) -> Result<Self, Box<dyn Error>> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let url = format!("http://{}", listener.local_addr()?);
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        let names: Vec<String> = (0..width).map(|at| format!(r#"{{"name":"n{at}","more":"{at}"}}"#)).collect();
        let children = format!(r#"{{"value":[{}]}}"#, names.join(","));
        let pages: Arc<Vec<String>> = Arc::new((0..PAGES).map(|number| page(number, &url)).collect());
        let json = |text: String| ([(CONTENT_TYPE, "application/json")], text);
        let rows = move |Query(query): Query<Vec<(String, usize)>>| {
            let number = query.first().map_or(0, |(_, number)| *number);
            std::future::ready(json(pages.get(number).cloned().unwrap_or_default()))
        };
        let tree = move || {
            let children = children.clone();
            async move {
                tokio::time::sleep(latency).await;
                json(children)
            }
        };
        let count = move |request: Request, next: Next| {
            counted.fetch_add(1, Ordering::Relaxed);
            next.run(request)
        };
        let router = Router::new().route("/rows", get(rows)).route("/tree/{*path}", get(tree)).layer(from_fn(count));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, requests, _runtime: runtime })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// How many requests came since this was asked last.
    pub(crate) fn requests(&self) -> usize {
        self.requests.swap(0, Ordering::Relaxed)
    }
}

/// A page of wide rows of 1.1 KB.
pub(crate) fn page(number: usize, url: &str) -> String {
    let mut text = String::from(r#"{"value":["#);
    for row in number * ROWS_OF_A_PAGE..(number + 1) * ROWS_OF_A_PAGE {
        if !text.ends_with('[') {
            text.push(',');
        }
        let state = if row % 3 == 0 { "off" } else { "on" };
        // Writing to a text does not fail.
        let _ = write!(text, r#"{{"id":"/groups/g{}/things/t{row}","name":"t{row}","#, row % 100);
        for column in 0..COLUMNS - 4 {
            let _ = write!(text, r#""column{column}":"{row:06} some text that nobody reads, number {column:02}","#);
        }
        let _ = write!(text, r#""size":{},"state":"{state}"}}"#, row % 1000);
    }
    text.push(']');
    if number + 1 < PAGES {
        let _ = write!(text, r#","nextLink":"{url}/rows?page={}""#, number + 1);
    }
    text.push('}');
    text
}

/// How many bytes all pages have.
pub(crate) fn bytes() -> usize {
    (0..PAGES).map(|number| page(number, "").len()).sum()
}

/// What the server can do.
pub(crate) fn provider() -> Provider {
    let mut provider = Provider::new("bench".into());
    let mut tree = bindery_ir::Service::new("tree".into());
    for (level, name) in LEVELS.iter().enumerate() {
        let above = LEVELS.get(..level).unwrap_or_default();
        let path = above.iter().fold(String::new(), |path, above| format!("{path}/{{{above}}}"));
        let columns = vec![column("name", Type::STRING)];
        tree.resources.to_mut().extend(listing("tree", name, format!("/tree/{name}{path}"), above, columns));
    }
    let mut wide = bindery_ir::Service::new("wide".into());
    let mut columns = vec![column("id", Type::STRING), column("name", Type::STRING)];
    columns.extend((0..COLUMNS - 4).map(|number| column(&format!("column{number}"), Type::STRING)));
    columns.extend([column("size", Type::INTEGER), column("state", Type::STRING)]);
    wide.resources.to_mut().extend(listing("wide", "row", "/rows".to_owned(), &[], columns));
    provider.services = vec![tree, wide].into();
    provider
}

fn column(name: &str, ty: Type) -> Column {
    Column { name: SqlName::from(name), wire_name: WireName::from(name), ty, description: "".into() }
}

fn listing(service: &str, name: &str, path: String, above: &[&str], columns: Vec<Column>) -> Option<Resource> {
    let id = ResourceId::of("bench", service, name).ok()?;
    let mut method = Method::new(id.clone(), SqlName::new("list"));
    method.verbs = vec![Verb::Select].into();
    let parameter = |name: &&str| Parameter::new(SqlName::from(*name), Location::Path, Type::STRING).required();
    method.parameters = above.iter().map(parameter).collect();
    method.http = Some(HttpBinding::new(HttpMethod::Get, path));
    method.response.columns = columns.into();
    method.response.rows = Rows::Many(JsonPath::key("value"));
    let next = NextPage::Url(PagePointer::Body(JsonPath::key("nextLink")));
    method.response.pagination = Some(Pagination { next, reason: PaginationReason::Declared });
    let mut resource = Resource::new(id);
    resource.methods = vec![method].into();
    Some(resource)
}
