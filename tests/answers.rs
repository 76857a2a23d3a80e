//! A method that answers with one thing or another says by its type which came.

use std::error::Error;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::put;
use bindery_names::match_::ref_::{RefAnswer, RefRequest};

/// Answers with the status that the last part of the path names.
async fn answer(Path((_, status)): Path<(String, u16)>) -> (StatusCode, &'static str) {
    let body = if status == 202 { r#"{"job": "j-1"}"# } else { r#"{"type": "thing"}"# };
    (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), body)
}

#[tokio::test]
async fn the_status_says_what_came() -> Result<(), Box<dyn Error>> {
    let app = Router::new().route("/things/{type}/{status}", put(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, app).await });
    let client = bindery_names::client().credential(bindery::runtime::NoCredential).base_url(&address).build()?;

    // 201 has the body of 200, and 203 is not documented at all.
    for status in ["200", "201", "203"] {
        match RefRequest::new("t", status, "thing").send(&client).await? {
            RefAnswer::Status200(thing) => assert_eq!(thing.r#type.as_deref(), Some("thing"), "{status}"),
            other => return Err(format!("{status}: {other:?}").into()),
        }
    }
    let response = RefRequest::new("t", "202", "thing").response(&client).await?;
    assert_eq!(response.status(), 202);
    match response.into_body() {
        RefAnswer::Status202(accepted) => assert_eq!(accepted.job.as_deref(), Some("j-1")),
        other => return Err(format!("202: {other:?}").into()),
    }
    Ok(())
}
