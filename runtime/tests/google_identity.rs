//! Tokens for Google, from an identity server on loopback that answers as Google's does.

#![cfg(feature = "google")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod support;

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bindery_runtime::ir::{Auth, HttpMethod};
use bindery_runtime::{AuthSettings, Call, Client, Error, Fetched, GoogleIdentity};
use serde_json::{Value, json};
use support::{Answer, SECRET, Seen, Server, bearer, method};

const KEY: &str = include_str!("identities/service_account.json");

/// An identity server and the provider, on one server; the n-th token is `t<n>`.
async fn google(answer: impl Fn(usize, &Seen) -> Answer + Send + Sync + 'static) -> (Server, Arc<AtomicUsize>) {
    let tokens = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&tokens);
    let server = Server::start(move |seen| match &*seen.path {
        "/" => Answer::json("{}"),
        _ => answer(count.fetch_add(1, Ordering::Relaxed) + 1, seen),
    })
    .await;
    (server, tokens)
}

fn token(number: usize, seconds: u64) -> Answer {
    Answer::json(
        json!({ "access_token": format!("t{number}"), "token_type": "Bearer", "expires_in": seconds }).to_string(),
    )
}

/// The key of the service account, with its server of tokens here.
fn key(server: &Server) -> Value {
    let mut key: Value = serde_json::from_str(KEY).unwrap();
    key["token_uri"] = format!("{}/token", server.url).into();
    key
}

fn user(server: &Server) -> Value {
    let token_uri = format!("{}/token", server.url);
    json!({
        "type": "authorized_user", "client_id": "app", "client_secret": SECRET, "refresh_token": "r3fresh", "token_uri": token_uri,
    })
}

fn client(server: &Server, identity: GoogleIdentity) -> Client {
    server.builder(bearer()).credential(Fetched::new(identity)).build().unwrap()
}

async fn call(client: &Client) -> Result<(), Error> {
    client.unit(Call::new(&method(HttpMethod::Get, "/"))).await
}

/// The pairs of a form.
fn form(seen: &Seen) -> Vec<(String, String)> {
    url::form_urlencoded::parse(seen.body.as_bytes()).into_owned().collect()
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

/// A workload of elsewhere, whose statement is found there.
fn workload(server: &Server, source: &Value) -> Value {
    json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": format!("{}/exchange", server.url),
        "credential_source": source,
    })
}

#[tokio::test]
async fn a_workload_of_elsewhere_exchanges_its_statement_and_may_act_as_a_service_account() {
    let (server, _) = google(|number, seen| match &*seen.path {
        "/impersonate" => Answer::json(r#"{"accessToken":"as-robot"}"#),
        "/statement" => {
            assert_eq!(seen.header("authorization").as_deref(), Some("bearer of-the-build"));
            Answer::json(r#"{"value":"st4tement"}"#)
        }
        _ => token(number, 3600),
    })
    .await;
    let path = std::env::temp_dir().join(format!("bindery-statement-{}", std::process::id()));
    std::fs::write(&path, "st4tement\n").unwrap();
    let in_file = workload(&server, &json!({ "file": path }));
    call(&client(&server, GoogleIdentity::new().key(in_file.to_string()).scope("x"))).await.unwrap();
    std::fs::remove_file(&path).unwrap();
    let seen = server.seen();
    let expected = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("audience", "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q"),
        ("scope", "x"),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
        ("subject_token", "st4tement"),
    ];
    assert_eq!(form(&seen[0]), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(seen[1].header("authorization").as_deref(), Some("Bearer t1"));

    let source = json!({
        "url": format!("{}/statement", server.url),
        "headers": { "Authorization": "bearer of-the-build" },
        "format": { "type": "json", "subject_token_field_name": "value" },
    });
    let mut acting = workload(&server, &source);
    acting["service_account_impersonation_url"] = format!("{}/impersonate", server.url).into();
    acting["service_account_impersonation"] = json!({ "token_lifetime_seconds": 900 });
    call(&client(&server, GoogleIdentity::new().key(acting.to_string()).scope("x"))).await.unwrap();
    let seen = &server.seen()[2..];
    assert_eq!(
        seen.iter().map(|seen| &*seen.path).collect::<Vec<_>>(),
        ["/statement", "/exchange", "/impersonate", "/"]
    );
    let scope = ("scope".to_owned(), "https://www.googleapis.com/auth/cloud-platform".to_owned());
    assert!(form(&seen[1]).contains(&scope), "what acts as another must be allowed to");
    let asked: Value = serde_json::from_str(&seen[2].body).unwrap();
    assert_eq!(asked, json!({ "scope": ["x"], "delegates": [], "lifetime": "900s" }));
    assert_eq!(seen[3].header("authorization").as_deref(), Some("Bearer as-robot"));
}

#[tokio::test]
async fn a_statement_that_is_refused_or_missing_is_told_without_it() {
    let (server, _) = google(|_, seen| match &*seen.path {
        "/statement" => Answer::bytes(b"st4tement".to_vec()),
        _ => Answer::json(r#"{"error":"invalid_grant","error_description":"st4tement is stale"}"#).with_status(400),
    })
    .await;
    for (source, expected) in [
        (json!({ "url": format!("{}/statement", server.url) }), "invalid_grant: [hidden] is stale"),
        (json!({ "file": "/nowhere/statement" }), "/nowhere/statement: cannot be read"),
        (json!({ "url": "http://example.com/statement" }), "it is not https"),
        (json!({}), "names none of `file`, `url`, `executable` and `environment_id`"),
        (json!({ "environment_id": "aws2" }), "environment `aws2`, which is not known"),
        (json!({ "environment_id": "aws1" }), "lack the `regional_cred_verification_url`"),
        (json!({ "executable": { "command": "echo st4tement" } }), "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES is `1`"),
        (
            json!({ "url": format!("{}/statement", server.url), "format": { "type": "json", "subject_token_field_name": "v" } }),
            "there is no text in a member `v`",
        ),
    ] {
        let key = workload(&server, &source).to_string();
        let error = call(&client(&server, GoogleIdentity::new().key(key))).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(expected) && !shown.contains("st4tement is"), "{shown}");
    }
}

/// Runs a test of this file again, in a process with these variables of its own; whether this is that process.
fn is_in_environment(test: &str, variables: &[(&str, &str)]) -> bool {
    const INSIDE: &str = "BINDERY_TEST_ENVIRONMENT";
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(INSIDE, "1").envs(variables.iter().copied());
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && printed.contains("1 passed"), "{output:?}");
    false
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_gives_a_statement_where_that_is_allowed() {
    let allowed = [("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1")];
    if !is_in_environment("a_program_gives_a_statement_where_that_is_allowed", &allowed) {
        return;
    }
    let (server, _) = google(|number, seen| match &*seen.path {
        "/robot@project:generateAccessToken" => Answer::json(r#"{"accessToken":"as-robot"}"#),
        _ => token(number, 3600),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let (script, kept) = (folder.path().join("statement.sh"), folder.path().join("kept"));
    let echo = r#"echo "{\"version\":1,\"success\":true,\"token_type\":\"$GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE\",\"expiration_time\":4102444800,\"id_token\":\"$1 $GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL\"}""#;
    std::fs::write(&script, format!("{echo} | tee $GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE")).unwrap();
    let command = |argument: &str| format!("sh {} {argument}", script.display());
    let statement = async |executable: Value| {
        let mut key = workload(&server, &json!({ "executable": executable }));
        key["service_account_impersonation_url"] = format!("{}/robot@project:generateAccessToken", server.url).into();
        let before = server.seen().len();
        call(&client(&server, GoogleIdentity::new().key(key.to_string()))).await.map_err(|error| error.to_string())?;
        let seen = &server.seen()[before..];
        assert_eq!(seen.last().unwrap().header("authorization").as_deref(), Some("Bearer as-robot"));
        Ok::<_, String>(form(&seen[0]).into_iter().find(|(name, _)| name == "subject_token").unwrap().1)
    };
    let first = statement(json!({ "command": command("one"), "output_file": kept })).await;
    assert_eq!(first, Ok("one robot@project".to_owned()));
    // It still holds.
    let second = statement(json!({ "command": command("two"), "output_file": kept })).await;
    assert_eq!(second, first);
    std::fs::write(&kept, "nothing that holds").unwrap();
    let third = statement(json!({ "command": command("three"), "output_file": kept })).await;
    assert_eq!(third, Ok("three robot@project".to_owned()));
    for (executable, reason) in [
        (json!({ "command": "sleep 60", "timeout_millis": 50 }), "it was not done within 50ms"),
        (json!({ "command": "false" }), "it printed no answer"),
        (json!({ "command": "bindery-no-such-program" }), "it cannot be run"),
        (json!({ "command": "" }), "the command is empty"),
    ] {
        let error = statement(executable).await.unwrap_err();
        assert!(error.contains(reason), "{error}");
    }
}

#[cfg(feature = "aws")]
#[tokio::test]
async fn a_workload_of_aws_has_its_keys_sign_a_statement() {
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_SESSION_TOKEN", "s3ssion"),
        ("AWS_REGION", "eu-west-3"),
    ];
    if !is_in_environment("a_workload_of_aws_has_its_keys_sign_a_statement", &keys) {
        return;
    }
    let (server, _) = google(|number, seen| match form(seen).iter().any(|(_, value)| value.contains("%22POST%22")) {
        true if number == 1 => token(number, 3600),
        true => Answer::json(r#"{"error":"invalid_grant","error_description":"s3ssion is over"}"#).with_status(400),
        false => Answer::status(404),
    })
    .await;
    let source = json!({
        "environment_id": "aws1",
        "regional_cred_verification_url": "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
    });
    let key = workload(&server, &source).to_string();
    call(&client(&server, GoogleIdentity::new().key(key.clone()))).await.unwrap();
    let seen = server.seen();
    let (_, statement) = form(&seen[0]).into_iter().find(|(name, _)| name == "subject_token").unwrap();
    let statement = percent_encoding::percent_decode_str(&statement).decode_utf8().unwrap().into_owned();
    let statement: Value = serde_json::from_str(&statement).unwrap();
    assert_eq!(statement["url"], "https://sts.eu-west-3.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15");
    assert!(!statement.to_string().contains(SECRET));
    assert_eq!(seen[1].header("authorization").as_deref(), Some("Bearer t1"));
    // Google repeats what it was sent.
    let error = call(&client(&server, GoogleIdentity::new().key(key))).await.unwrap_err().to_string();
    assert!(error.contains("invalid_grant: [hidden] is over"), "{error}");
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
async fn a_user_of_a_federated_identity_refreshes_as_an_application_that_says_who_it_is() {
    let (server, _) = google(|number, _| token(number, 3600)).await;
    let key = json!({
        "type": "external_account_authorized_user", "client_id": "app", "client_secret": SECRET,
        "refresh_token": "r3fresh", "token_url": format!("{}/oauthtoken", server.url),
        "audience": "//iam.googleapis.com/locations/global/workforcePools/p/providers/q",
    });
    call(&client(&server, GoogleIdentity::new().key(key.to_string()))).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen[0].path, "/oauthtoken");
    let expected = [("grant_type", "refresh_token"), ("refresh_token", "r3fresh")];
    assert_eq!(form(&seen[0]), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert!(seen[0].header("authorization").is_some_and(|header| header.starts_with("Basic ")));
    assert_eq!(seen[1].header("authorization").as_deref(), Some("Bearer t1"));
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
