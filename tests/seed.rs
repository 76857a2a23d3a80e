//! The seven methods of the seed resource, typed, over real HTTP: what arrives at the provider, and what comes back.

use bindery_azure::api_management::backend::{self, Backend};
use bindery_azure::api_management::types::{
    BackendContractProperties, BackendProtocol, BackendReconnectProperties, BackendUpdateParameterProperties,
};
use bindery_azure::{Client, Token};
use bindery_mock::{Mock, Recorded};

const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";
const API_VERSION: &str = "2024-05-01";

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// A fake Azure with pages of two rows, and a client for it.
async fn azure() -> Result<(Mock, Client), Box<dyn std::error::Error>> {
    let provider = bindery::catalog()?.provider("azure")?.ok_or("azure is compiled in")?;
    let mock = Mock::builder(provider).page_size(2).start().await?;
    let client = bindery_azure::client().credential(Token::new("s3cret")).base_url(mock.url()).build()?;
    Ok((mock, client))
}

fn path(rest: &str) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.ApiManagement/service/apim/backends{rest}"
    )
}

/// What arrived since the last look: exactly one request.
fn only_request(mock: &Mock) -> Recorded {
    let mut requests = mock.requests();
    mock.clear_requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    requests.remove(0)
}

fn assert_request(request: &Recorded, method: &str, path: &str) {
    assert_eq!((request.method.as_str(), request.path.as_str()), (method, path));
    assert_eq!(request.query_value("api-version"), Some(API_VERSION));
    assert_eq!(request.header("authorization"), Some("Bearer s3cret"));
}

fn url_of(backend: &Backend) -> Option<&str> {
    backend.properties.as_ref()?.url.as_deref()
}

async fn create(client: &Client, id: &str) -> Result<Backend, bindery_azure::Error> {
    let properties = BackendContractProperties::default()
        .url(format!("https://{id}.example.com"))
        .protocol(BackendProtocol::Http)
        .title("a \"quoted\" title");
    backend::CreateOrUpdate::new(id, "rg", "apim", SUBSCRIPTION).properties(properties).send(client).await
}

#[tokio::test]
async fn create_or_update_sends_the_body_and_returns_the_row() -> Outcome {
    let (mock, client) = azure().await?;
    let created = create(&client, "b1").await?;

    let request = only_request(&mock);
    assert_request(&request, "PUT", &path("/b1"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    let body: serde_json::Value = serde_json::from_slice(&request.body)?;
    let expected = serde_json::json!({
        "properties": { "url": "https://b1.example.com", "protocol": "http", "title": "a \"quoted\" title" }
    });
    assert_eq!(body, expected);

    assert_eq!(created.name.as_deref(), Some("b1"));
    assert_eq!(created.id.as_deref(), Some(path("/b1").as_str()));
    assert_eq!(url_of(&created), Some("https://b1.example.com"));
    Ok(())
}

#[tokio::test]
async fn get_reads_one_backend_and_its_etag() -> Outcome {
    let (mock, client) = azure().await?;
    create(&client, "b 1/ü").await?;
    mock.clear_requests();

    let response = backend::Get::new("b 1/ü", "rg", "apim", SUBSCRIPTION).response(&client).await?;
    let request = only_request(&mock);
    assert_request(&request, "GET", &path("/b%201%2F%C3%BC"));
    assert!(request.body.is_empty());
    assert_eq!(response.status(), 200);
    assert!(response.etag().is_some());
    assert_eq!(url_of(response.body()), Some("https://b 1/ü.example.com"));
    Ok(())
}

#[tokio::test]
async fn list_by_service_reads_every_page_when_its_rows_are_taken() -> Outcome {
    let (mock, client) = azure().await?;
    for id in ["b1", "b2", "b3", "b4", "b5"] {
        create(&client, id).await?;
    }
    mock.clear_requests();

    let mut rows = backend::ListByService::new("rg", "apim", SUBSCRIPTION).filter("name ne 'x'").stream(&client);
    assert!(mock.requests().is_empty(), "nothing is sent before a row is taken");
    let mut names = Vec::new();
    while let Some(row) = rows.next().await {
        names.extend(row?.name);
        let pages = names.len().div_ceil(2);
        assert_eq!(mock.requests().len(), pages, "a page is asked for when its first row is");
    }
    assert_eq!(names, ["b1", "b2", "b3", "b4", "b5"]);

    let requests = mock.requests();
    assert_eq!(requests.len(), 3);
    for request in &requests {
        assert_request(request, "GET", &path(""));
        assert_eq!(request.query_value("$filter"), Some("name ne 'x'"));
    }
    Ok(())
}

#[tokio::test]
async fn the_raw_listing_returns_one_page_as_it_is() -> Outcome {
    let (mock, client) = azure().await?;
    for id in ["b1", "b2", "b3"] {
        create(&client, id).await?;
    }
    mock.clear_requests();

    let page = backend::_ListByService::new("rg", "apim", SUBSCRIPTION).send(&client).await?;
    assert_request(&only_request(&mock), "GET", &path(""));
    assert_eq!(page.value.map(|rows| rows.len()), Some(2));
    assert!(page.next_link.is_some_and(|link| link.starts_with(mock.url())));
    Ok(())
}

#[tokio::test]
async fn update_needs_the_right_if_match() -> Outcome {
    let (mock, client) = azure().await?;
    create(&client, "b1").await?;
    let read = backend::Get::new("b1", "rg", "apim", SUBSCRIPTION).response(&client).await?;
    let etag = read.etag().ok_or("an item has an ETag")?.to_owned();
    mock.clear_requests();
    let change = |if_match: &str| {
        let properties = BackendUpdateParameterProperties::default().description("changed");
        backend::Update::new(if_match, "b1", "rg", "apim", SUBSCRIPTION).properties(properties)
    };

    let updated = change(&etag).send(&client).await?;
    let request = only_request(&mock);
    assert_request(&request, "PATCH", &path("/b1"));
    assert_eq!(request.header("if-match"), Some(etag.as_str()));
    assert_eq!(request.json(), serde_json::json!({ "properties": { "description": "changed" } }));
    let properties = updated.properties.ok_or("properties")?;
    assert_eq!(properties.description.as_deref(), Some("changed"));
    assert_eq!(properties.url.as_deref(), Some("https://b1.example.com"), "what was not sent stays");

    // The entity has changed, and its old ETag no longer matches.
    let Err(refused) = change(&etag).send(&client).await else { return Err("a stale ETag was accepted".into()) };
    assert_eq!(refused.status().map(|status| status.as_u16()), Some(412));
    assert!(refused.to_string().contains("azure.api_management.backend.update"), "{refused}");
    Ok(())
}

#[tokio::test]
async fn reconnect_posts_to_the_backend_and_returns_nothing() -> Outcome {
    let (mock, client) = azure().await?;
    create(&client, "b1").await?;
    mock.clear_requests();

    let properties = BackendReconnectProperties::default().after("PT3M");
    backend::Reconnect::new("b1", "rg", "apim", SUBSCRIPTION).properties(properties).send(&client).await?;
    let request = only_request(&mock);
    assert_request(&request, "POST", &path("/b1/reconnect"));
    assert_eq!(request.json(), serde_json::json!({ "properties": { "after": "PT3M" } }));
    assert_eq!(request.status, Some(202));
    Ok(())
}

#[tokio::test]
async fn delete_takes_if_match_first_and_the_backend_is_gone() -> Outcome {
    let (mock, client) = azure().await?;
    create(&client, "b1").await?;
    mock.clear_requests();

    backend::Delete::new("*", "b1", "rg", "apim", SUBSCRIPTION).send(&client).await?;
    let request = only_request(&mock);
    assert_request(&request, "DELETE", &path("/b1"));
    assert_eq!(request.header("if-match"), Some("*"));

    let Err(gone) = backend::Get::new("b1", "rg", "apim", SUBSCRIPTION).send(&client).await else {
        return Err("a deleted backend was read".into());
    };
    assert!(gone.is_not_found());
    assert_eq!(gone.code(), Some("ResourceNotFound"));
    let message = gone.to_string();
    assert!(message.contains("azure.api_management.backend.get") && message.contains("b1"), "{message}");
    assert!(!message.contains("s3cret"), "{message}");
    Ok(())
}

#[tokio::test]
async fn a_call_without_a_token_is_refused_with_what_to_do() -> Outcome {
    let (mock, _) = azure().await?;
    let client = bindery_azure::client().base_url(mock.url()).build()?;
    let Err(refused) = backend::Get::new("b1", "rg", "apim", SUBSCRIPTION).send(&client).await else {
        return Err("a call without a token was answered".into());
    };
    assert_eq!(refused.status().map(|status| status.as_u16()), Some(401));
    assert!(refused.to_string().contains("credential"), "{refused}");
    Ok(())
}
