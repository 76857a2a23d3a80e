//! Tokens for Google, from an identity server on loopback that answers as Google's does.

#![cfg(feature = "google")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod support;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bindery_runtime::ir::{Auth, HttpMethod};
use bindery_runtime::{AuthSettings, Call, Client, Error, GoogleIdentity};
use serde_json::{Value, json};
use support::google::{call, client, form, google, is_in_environment, token, user};
use support::{Answer, SECRET, Server, method};

const KEY: &str = include_str!("identities/service_account.json");

/// The key of the service account, with its server of tokens here.
fn key(server: &Server) -> Value {
    let mut key: Value = serde_json::from_str(KEY).unwrap();
    key["token_uri"] = format!("{}/token", server.url).into();
    key
}

#[tokio::test]
async fn a_service_account_exchanges_its_signed_statement_once_for_all_who_wait() {
    let (server, tokens) = google(|number, _| token(number, 3600)).await;
    let block = json!({ "type": "service_account", "scopes": ["a", "b"], "sub": "me@example.com" });
    let path = std::env::temp_dir().join(format!("bindery-key-{}.json", std::process::id()));
    std::fs::write(&path, key(&server).to_string()).unwrap();
    let mut block = block;
    block["credentialsfilepath"] = path.to_str().unwrap().into();
    let settings = AuthSettings::from_json(&block.to_string()).unwrap();
    let client = server.builder(Auth::NONE).auth_settings(settings).build().unwrap();
    let get = Arc::new(method(HttpMethod::Get, "/"));
    let calls: Vec<_> = (0..30)
        .map(|_| (client.clone(), Arc::clone(&get)))
        .map(|(client, get)| tokio::spawn(async move { client.unit(Call::new(&get)).await }))
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    std::fs::remove_file(&path).unwrap();
    assert_eq!(tokens.load(Ordering::Relaxed), 1);
    let seen = server.seen();
    let asked = seen.iter().find(|seen| seen.path == "/token").unwrap();
    let form = form(asked);
    assert_eq!(form[0], ("grant_type".to_owned(), "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned()));
    let claims = form[1].1.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(
        &base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, claims).unwrap(),
    )
    .unwrap();
    assert_eq!(claims["aud"], format!("{}/token", server.url));
    assert_eq!((&claims["scope"], &claims["sub"]), (&json!("a b"), &json!("me@example.com")));
    let calls = seen.iter().filter(|seen| seen.path == "/");
    assert!(calls.clone().all(|seen| seen.header("authorization").as_deref() == Some("Bearer t1")));
    assert_eq!(calls.count(), 30);
}

#[tokio::test]
async fn a_token_is_replaced_before_it_expires_and_after_it_was_refused() {
    let (server, tokens) = google(|number, _| token(number, 1)).await;
    let client = client(&server, GoogleIdentity::new().key(key(&server).to_string()));
    call(&client).await.unwrap();
    call(&client).await.unwrap();
    assert_eq!(tokens.load(Ordering::Relaxed), 1);
    tokio::time::sleep(Duration::from_millis(600)).await;
    call(&client).await.unwrap();
    assert_eq!(tokens.load(Ordering::Relaxed), 2);

    // The provider's clock is ahead of ours: what should be good is refused.
    let server = Server::start(|seen| match (&*seen.path, seen.header("authorization").as_deref()) {
        ("/", Some("Bearer t0")) => Answer::status(401),
        ("/", _) => Answer::json("{}"),
        _ => token(0, 3600),
    })
    .await;
    let client = self::client(&server, GoogleIdentity::new().key(key(&server).to_string()));
    let error = call(&client).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(401), "{error:?}");
    let asked = server.seen().iter().filter(|seen| seen.path == "/token").count();
    assert_eq!(asked, 2, "a refused token is replaced once");
}

#[tokio::test]
async fn a_user_of_gcloud_refreshes_and_may_act_as_a_service_account() {
    let (server, _) = google(|number, seen| match &*seen.path {
        "/impersonate" => Answer::json(r#"{"accessToken":"as-robot","expireTime":"2099-01-01T00:00:00Z"}"#),
        _ => token(number, 3600),
    })
    .await;
    call(&client(&server, GoogleIdentity::new().key(user(&server).to_string()))).await.unwrap();
    let seen = server.seen();
    let expected = [
        ("grant_type", "refresh_token"),
        ("client_id", "app"),
        ("client_secret", SECRET),
        ("refresh_token", "r3fresh"),
    ];
    assert_eq!(form(&seen[0]), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(seen[1].header("authorization").as_deref(), Some("Bearer t1"));

    let impersonating = json!({
        "type": "impersonated_service_account",
        "service_account_impersonation_url": format!("{}/impersonate", server.url),
        "source_credentials": user(&server),
        "delegates": ["d"],
    });
    call(&client(&server, GoogleIdentity::new().key(impersonating.to_string()).scope("x"))).await.unwrap();
    let seen = server.seen();
    let asked = seen.iter().find(|seen| seen.path == "/impersonate").unwrap();
    assert_eq!(asked.header("authorization").as_deref(), Some("Bearer t2"));
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(body, json!({ "scope": ["x"], "delegates": ["d"], "lifetime": "3600s" }));
    assert_eq!(seen.last().unwrap().header("authorization").as_deref(), Some("Bearer as-robot"));
}

#[tokio::test]
async fn calls_count_against_the_project_that_a_file_names() {
    let (server, _) = google(|number, _| token(number, 3600)).await;
    let mut billed = user(&server);
    billed["quota_project_id"] = "pays".into();
    let client = client(&server, GoogleIdentity::new().key(billed.to_string()));
    call(&client).await.unwrap();
    call(&client).await.unwrap();
    let projects: Vec<_> = server.seen().iter().map(|seen| seen.header("x-goog-user-project")).collect();
    assert_eq!(projects, [None, Some("pays".to_owned()), Some("pays".to_owned())], "the token, and two calls");

    billed["quota_project_id"] = "no\nproject".into();
    let broken = self::client(&server, GoogleIdentity::new().key(billed.to_string()));
    let error = call(&broken).await.unwrap_err().to_string();
    assert!(error.contains("`no\\nproject` is no quota project"), "{error}");

    billed["quota_project_id"] = 7.into();
    let broken = self::client(&server, GoogleIdentity::new().key(billed.to_string()));
    let error = call(&broken).await.unwrap_err().to_string();
    assert!(error.contains("`quota_project_id` of Google's credentials is no text"), "{error}");
}

#[tokio::test]
async fn what_the_environment_says_of_the_project_counts_more_than_the_file_that_it_names() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("default.json");
    let variables =
        [("GOOGLE_APPLICATION_CREDENTIALS", file.to_str().unwrap()), ("GOOGLE_CLOUD_QUOTA_PROJECT", "of-environment")];
    let test = "what_the_environment_says_of_the_project_counts_more_than_the_file_that_it_names";
    if !is_in_environment(test, &variables) {
        return;
    }
    let file = std::env::var_os("GOOGLE_APPLICATION_CREDENTIALS").unwrap();
    let (server, _) = google(|number, _| token(number, 3600)).await;
    let mut user = user(&server);
    user["quota_project_id"] = "of-file".into();
    std::fs::write(&file, user.to_string()).unwrap();
    call(&client(&server, GoogleIdentity::new())).await.unwrap();
    // A file that the caller names is not what the environment speaks of.
    call(&client(&server, GoogleIdentity::new().key_file(file))).await.unwrap();
    let projects: Vec<_> = server.seen().iter().filter_map(|seen| seen.header("x-goog-user-project")).collect();
    assert_eq!(projects, ["of-environment", "of-file"]);
}

#[tokio::test]
async fn a_machine_has_the_token_of_its_service_account() {
    let (server, _) = google(|number, seen| {
        assert_eq!(seen.header("metadata-flavor").as_deref(), Some("Google"));
        token(number, 3600).with_header("metadata-flavor", "Google")
    })
    .await;
    let host = server.url.trim_start_matches("http://");
    call(&client(&server, GoogleIdentity::new().machine(host).scope("a").scope("b"))).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen[0].path, "/computeMetadata/v1/instance/service-accounts/default/token");
    assert_eq!(seen[0].pairs(), [("scopes".to_owned(), "a,b".to_owned())]);
    assert_eq!(seen[1].header("authorization").as_deref(), Some("Bearer t1"));

    // Something else listens there.
    let (server, _) = google(|number, _| token(number, 3600)).await;
    let host = server.url.trim_start_matches("http://");
    let error = call(&client(&server, GoogleIdentity::new().machine(host))).await.unwrap_err();
    assert!(error.to_string().contains("is not where a machine of Google's asks"), "{error}");
}

#[tokio::test]
async fn an_identity_server_that_fails_is_asked_again_and_one_that_refuses_is_not() {
    let (server, tokens) = google(|number, _| if number < 3 { Answer::status(503) } else { token(number, 3600) }).await;
    call(&client(&server, GoogleIdentity::new().key(user(&server).to_string()))).await.unwrap();
    assert_eq!(tokens.load(Ordering::Relaxed), 3);

    let (server, tokens) = google(|_, _| {
        let said = json!({ "error": "invalid_grant", "error_description": format!("{SECRET} or r3fresh has expired") });
        Answer::json(said.to_string()).with_status(400)
    })
    .await;
    let error = call(&client(&server, GoogleIdentity::new().key(user(&server).to_string()))).await.unwrap_err();
    assert!(matches!(error, Error::Credential { .. }), "{error:?}");
    assert_eq!(tokens.load(Ordering::Relaxed), 1);
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("invalid_grant: [hidden] or [hidden] has expired"), "{shown}");

    let (server, _) = google(|_, _| Answer::json(format!(r#"{{"token":"{SECRET}"}}"#))).await;
    let error = call(&client(&server, GoogleIdentity::new().key(user(&server).to_string()))).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("answers with what is no token") && !shown.contains(SECRET), "{shown}");
}

#[tokio::test]
async fn a_key_that_cannot_be_used_says_where_it_is() {
    let server = Server::start(|_| Answer::json("{}")).await;
    let error = call(&client(&server, GoogleIdentity::new().key_file("/nowhere/key.json"))).await.unwrap_err();
    assert!(error.to_string().contains("/nowhere/key.json: cannot be read"), "{error}");
    assert!(server.seen().is_empty());
    assert!(!format!("{:?}", GoogleIdentity::new().key(SECRET)).contains(SECRET));
}

#[tokio::test]
async fn a_fake_on_loopback_needs_no_identity_that_only_the_document_asks_for() {
    use bindery_runtime::ir::{AuthBlock, Provider, ProviderName};
    let server = Server::start(|_| Answer::json("{}")).await;
    for kind in ["service_account", "azure_default", "aws_signing_v4"] {
        let mut provider = Provider::new(ProviderName::new("demo"));
        provider.auth_block =
            Some(AuthBlock { kind: kind.into(), settings: [].into_iter().collect(), successor: None });
        let client = Client::for_provider(&provider).base_url(&server.url).build().unwrap();
        call(&client).await.unwrap();
        assert_eq!(server.take_one().header("authorization"), None, "{kind}");
    }
}
