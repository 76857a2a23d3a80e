//! Tokens for Google on the word of others: of a file, a server, a program, or AWS.

#![cfg(feature = "google")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod support;

use bindery_runtime::GoogleIdentity;
use serde_json::{Value, json};
use support::google::{call, client, form, google, is_in_environment, token};
use support::{Answer, SECRET, Server};

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
        (json!({ "command": "false --password hush" }), "`false` gives no statement: it printed no answer"),
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
