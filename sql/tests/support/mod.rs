//! A fake Azure with an engine for it, shared by the tests.

#![allow(dead_code, reason = "not every test uses everything")]

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::any;
use bindery_ir::Provider;
use bindery_mock::{Mock, Recorded};
use bindery_runtime::Token;
use bindery_sql::{Engine, EngineBuilder, Query};
use tokio::net::TcpListener;

pub(crate) const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";

pub(crate) type Outcome = Result<(), Box<dyn std::error::Error>>;

/// A fake Azure with pages of two rows, and an engine for it.
pub(crate) async fn azure() -> Result<(Mock, Engine), Box<dyn std::error::Error>> {
    let mock = Mock::builder(provider()).page_size(2).start().await?;
    let engine = engine(&mock)?.build();
    Ok((mock, engine))
}

/// The provider of the generated crate.
pub(crate) fn provider() -> Provider {
    let mut provider = bindery_ir::Provider::new("azure".into());
    provider.auth = bindery_azure::AUTH.clone();
    for resource in bindery_azure::resources() {
        let services = provider.services.to_mut();
        match services.iter_mut().find(|service| service.name == *resource.id.service()) {
            Some(service) => service.resources.to_mut().push(resource.clone()),
            None => {
                let mut service = bindery_ir::Service::new(resource.id.service().into());
                service.resources = vec![resource.clone()].into();
                services.push(service);
            }
        }
    }
    provider
}

/// An engine for a fake.
pub(crate) fn engine(mock: &Mock) -> Result<EngineBuilder, bindery_runtime::Error> {
    let client = bindery_azure::client().credential(Token::new("s3cret")).base_url(mock.url()).build()?;
    Ok(Engine::builder().resources(bindery_azure::resources(), client))
}

/// A server that is content with everything, and an engine for it.
pub(crate) async fn content() -> Result<EngineBuilder, Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let answer = || async { ([(CONTENT_TYPE, "application/json")], "{\"name\": \"a\", \"value\": []}") };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(any(answer))).await });
    let client = bindery_azure::client().credential(Token::new("s3cret")).base_url(&url).build()?;
    Ok(Engine::builder().resources(bindery_azure::resources(), client))
}

/// The values of a column, as text.
pub(crate) async fn column(query: Query) -> Result<Vec<String>, bindery_sql::Error> {
    Ok(query.fetch_all().await?.iter().filter_map(|row| row.at(0)).map(ToString::to_string).collect())
}

/// What arrived since the last look.
pub(crate) fn calls(mock: &Mock) -> Vec<String> {
    let requests = mock.requests();
    mock.clear_requests();
    requests.iter().map(line).collect()
}

fn line(request: &Recorded) -> String {
    format!("{} {}", request.method, request.path)
}
