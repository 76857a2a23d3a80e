//! Ways to authenticate that an authentication block describes, and tokens from an identity endpoint.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod support;

use bindery_runtime::ir::{Auth, AuthBlock, HttpMethod, Provider, ProviderName, Setting};
use bindery_runtime::{AuthSettings, Call, Client, Error, Token};
#[cfg(any(feature = "oauth2", feature = "aws"))]
use support::SECRET;
use support::{Answer, Seen, Server, bearer, method};

/// What a request says about who sends it.
async fn sent(settings: &[String]) -> Seen {
    let server = Server::start(|_| Answer::json("{}")).await;
    let mut builder = server.builder(Auth::NONE);
    for json in settings {
        builder = builder.auth_settings(AuthSettings::from_json(json).unwrap());
    }
    builder.build().unwrap().unit(Call::new(&method(HttpMethod::Get, "/"))).await.unwrap();
    server.take_one()
}

#[tokio::test]
async fn every_kind_of_block_puts_its_secret_in_place() {
    let basic = "Basic dTpw";
    for (block, header, expected) in [
        (r#"{"type":"bearer","api_key":"k"}"#, "authorization", "Bearer k"),
        (r#"{"type":"api_key","valuePrefix":"SSWS ","api_key":"k"}"#, "authorization", "SSWS k"),
        (r#"{"type":"basic","username":"u","password":"p"}"#, "authorization", basic),
        (r#"{"type":"basic","api_key":"u","api_secret":"p"}"#, "authorization", basic),
        (r#"{"type":"basic","api_key":"dTpw"}"#, "authorization", basic),
        (r#"{"type":"custom","location":"header","name":"x-api-key","api_key":"k"}"#, "x-api-key", "k"),
        (r#"{"type":"bearer","credentialsenvvar":"CARGO_PKG_NAME"}"#, "authorization", "Bearer bindery-runtime"),
    ] {
        assert_eq!(sent(&[block.to_owned()]).await.header(header).as_deref(), Some(expected), "{block}");
    }
    let query = sent(&[r#"{"type":"custom","location":"query","name":"key","api_key":"a&b"}"#.to_owned()]).await;
    assert_eq!(query.pairs(), [("key".to_owned(), "a&b".to_owned())]);

    let two = r#"{"type":"custom","name":"DD-API-KEY","api_key":"k1","successor":{"name":"DD-APPLICATION-KEY","api_key":"k2"}}"#;
    let seen = sent(&[two.to_owned()]).await;
    assert_eq!(seen.header("dd-api-key").as_deref(), Some("k1"));
    assert_eq!(seen.header("dd-application-key").as_deref(), Some("k2"));
    assert_eq!(sent(&[r#"{"type":"null_auth"}"#.to_owned()]).await.header("authorization"), None);
}

/// Ten accounts of one provider in one process: each client has its own, however their calls are mixed, and clones share it.
#[tokio::test]
async fn accounts_of_one_provider_do_not_meet() {
    let server = Server::start(|seen| Answer::json(format!("{:?}", seen.header("authorization").unwrap()))).await;
    let account = |number: usize| {
        let block = format!(r#"{{"type":"bearer","api_key":"account-{number}"}}"#);
        let settings = AuthSettings::from_json(&block).unwrap();
        server.builder(Auth::NONE).auth_settings(settings).build().unwrap()
    };
    let accounts: std::collections::BTreeMap<String, Client> =
        (0..10).map(|number| (format!("Bearer account-{number}"), account(number))).collect();
    let calls = (0..20).flat_map(|_| accounts.iter().map(|(expected, client)| (expected.clone(), client.clone())));
    let calls: Vec<_> = calls
        .map(|(expected, client)| {
            tokio::spawn(async move {
                let told = client.one::<String>(Call::new(&method(HttpMethod::Get, "/"))).await.unwrap();
                assert_eq!(told, expected);
            })
        })
        .collect();
    assert_eq!(calls.len(), 200);
    for call in calls {
        call.await.unwrap();
    }
}

#[tokio::test]
async fn a_secret_may_be_in_a_file() {
    let path = std::env::temp_dir().join(format!("bindery-secret-{}", std::process::id()));
    std::fs::write(&path, "from a file\n").unwrap();
    let block = serde_json::json!({ "type": "bearer", "credentialsfilepath": path }).to_string();
    let seen = sent(&[block]).await;
    std::fs::remove_file(&path).unwrap();
    assert_eq!(seen.header("authorization").as_deref(), Some("Bearer from a file"));
    let gone = AuthSettings::from_json(r#"{"type":"bearer","credentialsfilepath":"/nowhere/at/all"}"#).unwrap();
    let error = Client::builder("demo", Auth::NONE).auth_settings(gone).build().unwrap_err();
    assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
}

#[tokio::test]
async fn what_the_user_says_goes_on_top_field_by_field() {
    let server = Server::start(|_| Answer::json("{}")).await;
    let mut provider = Provider::new(ProviderName::new("demo"));
    provider.auth = bearer();
    let setting = |name: &'static str, value: &'static str| Setting { name: name.into(), value: value.into() };
    provider.auth_block = Some(AuthBlock {
        kind: "api_key".into(),
        settings: vec![setting("valuePrefix", "Token token="), setting("credentialsenvvar", "BINDERY_NEVER_SET")]
            .into(),
        successor: None,
    });
    // Two tenants in one process, each with its own.
    for key in ["one", "two"] {
        let user = AuthSettings::from_json(&format!(r#"{{"api_key":"{key}"}}"#)).unwrap();
        let client = Client::for_provider(&provider).base_url(&server.url).auth_settings(user).build().unwrap();
        client.unit(Call::new(&method(HttpMethod::Get, "/"))).await.unwrap();
        assert_eq!(server.take_one().header("authorization"), Some(format!("Token token={key}")));
    }
    // A credential of the user's own goes before the block.
    let client = Client::for_provider(&provider).base_url(&server.url).credential(Token::new("own")).build().unwrap();
    client.unit(Call::new(&method(HttpMethod::Get, "/"))).await.unwrap();
    assert_eq!(server.take_one().header("authorization").as_deref(), Some("Bearer own"));
}

#[test]
fn blocks_that_cannot_be_used_say_so_without_their_secrets() {
    let error = AuthSettings::from_json("{\"api_key\": \"hush\"").unwrap_err();
    assert!(!error.to_string().contains("hush"), "{error}");
    assert!(AuthSettings::from_json("[]").is_err());
    let odd = AuthSettings::from_json(r#"{"type":"telepathy","api_key":"hush"}"#).unwrap();
    assert!(!format!("{odd:?}").contains("hush"));
    let error = Client::builder("demo", Auth::NONE).auth_settings(odd).build().unwrap_err();
    assert!(matches!(&error, Error::Configuration { reason } if reason.contains("`telepathy`")), "{error}");
}

#[cfg(feature = "oauth2")]
mod oauth2 {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bindery_runtime::{ClientCredentials, Fetched};

    use super::*;

    /// An identity endpoint and the provider, on one server.
    async fn identity(answer: impl Fn(usize) -> Answer + Send + Sync + 'static) -> (Server, Arc<AtomicUsize>) {
        let tokens = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&tokens);
        let server = Server::start(move |seen| match &*seen.path {
            "/token" => answer(count.fetch_add(1, Ordering::Relaxed) + 1),
            _ => Answer::json("{}"),
        })
        .await;
        (server, tokens)
    }

    fn token(number: usize) -> Answer {
        Answer::json(format!(r#"{{"access_token":"t{number}","token_type":"Bearer","expires_in":3600}}"#))
    }

    #[tokio::test]
    async fn a_token_is_fetched_once_for_all_who_wait() {
        let (server, tokens) = identity(token).await;
        let block = format!(
            r#"{{"type":"oauth2","token_url":"{}/token","client_id":"app","client_secret":"{SECRET}","scopes":["a","b"],"values":{{"audience":"x y"}}}}"#,
            server.url
        );
        let settings = AuthSettings::from_json(&block).unwrap();
        let client = server.builder(Auth::NONE).auth_settings(settings).build().unwrap();
        let get = Arc::new(method(HttpMethod::Get, "/"));
        let calls: Vec<_> = (0..30)
            .map(|_| (client.clone(), Arc::clone(&get)))
            .map(|(client, get)| tokio::spawn(async move { client.unit(Call::new(&get)).await }))
            .collect();
        for call in calls {
            call.await.unwrap().unwrap();
        }
        assert_eq!(tokens.load(Ordering::Relaxed), 1);
        let seen = server.seen();
        let asked = seen.iter().find(|seen| seen.path == "/token").unwrap();
        assert_eq!(asked.method, "POST");
        for part in ["grant_type=client_credentials", "scope=a+b", "audience=x+y", "client_id=app"] {
            assert!(asked.body.contains(part), "{}", asked.body);
        }
        let calls = seen.iter().filter(|seen| seen.path == "/");
        assert!(calls.clone().all(|seen| seen.header("authorization").as_deref() == Some("Bearer t1")));
        assert_eq!(calls.count(), 30);
    }

    #[tokio::test]
    async fn id_and_secret_may_go_into_a_header() {
        let (server, _) = identity(token).await;
        let source = ClientCredentials::new(&format!("{}/token", server.url), "u", "p").unwrap().in_header();
        let client = server.builder(bearer()).credential(Fetched::new(source)).build().unwrap();
        client.unit(Call::new(&method(HttpMethod::Get, "/"))).await.unwrap();
        let seen = server.seen();
        assert_eq!(seen[0].header("authorization").as_deref(), Some("Basic dTpw"));
        assert!(!seen[0].body.contains("client_secret"));
    }

    #[tokio::test]
    async fn a_refused_application_is_told_without_its_secret() {
        let (server, _) = identity(|_| {
            let said = format!(r#"{{"error":"invalid_client","error_description":"wrong secret {SECRET}"}}"#);
            Answer::json(said).with_status(401)
        })
        .await;
        let source = ClientCredentials::new(&format!("{}/token", server.url), "app", SECRET).unwrap();
        let client = server.builder(bearer()).credential(Fetched::new(source)).build().unwrap();
        let error = client.unit(Call::new(&method(HttpMethod::Get, "/"))).await.unwrap_err();
        assert!(matches!(error, Error::Credential { .. }));
        assert!(error.to_string().contains("invalid_client"), "{error}");
        assert!(!format!("{error} {error:?}").contains(SECRET), "{error:?}");
    }

    #[test]
    fn secrets_do_not_go_to_a_token_server_in_the_open() {
        assert!(ClientCredentials::new("http://login.example.com/token", "a", "b").is_err());
        assert!(ClientCredentials::new("nonsense", "a", "b").is_err());
    }
}

#[cfg(feature = "aws")]
mod aws {
    use bindery_runtime::AwsSigner;
    use bindery_runtime::ir::{BodyContent, Location};

    use super::*;
    use crate::support::{binding, body, parameter};

    #[tokio::test]
    async fn requests_are_signed_for_the_service_and_region_that_are_meant() {
        let server = Server::start(|_| Answer::json("{}")).await;
        let mut method = method(HttpMethod::Post, "/");
        method.signing_name = Some("dynamodb".into());
        method.parameters = vec![parameter("region", Location::Server), parameter("a", Location::Body)].into();
        binding(&mut method).body = Some(body("application/x-amz-json-1.0", BodyContent::Properties, true));
        let signer = AwsSigner::with_keys("AKID", &SECRET.into(), Some(&"session-hush".into()));
        let client = server.builder(Auth::NONE).aws(signer).build().unwrap();
        let call = Call::new(&method).text("region", "eu-west-1").text("a", "b");
        let preview = client.preview(&call).unwrap();
        assert!(preview.to_string().contains("AWS4-HMAC-SHA256 [hidden]"), "{preview}");
        client.unit(call).await.unwrap();
        let seen = server.take_one();
        let authorization = seen.header("authorization").unwrap();
        assert!(authorization.contains("/eu-west-1/dynamodb/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature="), "{authorization}");
        assert_eq!(seen.header("x-amz-security-token").as_deref(), Some("session-hush"));
        assert!(!format!("{client:?}").contains(SECRET));
    }

    /// The minute of the day in a time of two digits each for day, hour and minute, at these places.
    fn minute(time: &str, places: [usize; 3]) -> i64 {
        let [day, hour, minute] = places.map(|at| time[at..at + 2].parse::<i64>().unwrap());
        (day * 24 + hour) * 60 + minute
    }

    #[tokio::test]
    async fn signatures_are_made_by_the_clock_of_the_provider() {
        let hours = |hours: u64| std::time::Duration::from_secs(hours * 3600);
        for ahead in [true, false] {
            // It is three hours later, or earlier, over there.
            let server = Server::start(move |seen| {
                let now = std::time::SystemTime::now();
                let here = httpdate::fmt_http_date(if ahead { now + hours(3) } else { now - hours(3) });
                let signed = minute(&seen.header("x-amz-date").unwrap(), [6, 9, 11]);
                let answer = if signed.abs_diff(minute(&here, [5, 17, 20])) <= 5 {
                    Answer::json("{}")
                } else {
                    let body =
                        r#"{"__type":"InvalidSignatureException","message":"Signature expired: it is too late"}"#;
                    Answer::json(body).with_status(400)
                };
                answer.with_header("date", here)
            })
            .await;
            let mut write = method(HttpMethod::Post, "/");
            write.signing_name = Some("dynamodb".into());
            let signer = AwsSigner::with_keys("AKID", &SECRET.into(), None).region("eu-west-1");
            let client = server.builder(Auth::NONE).aws(signer).build().unwrap();
            // What was refused so was not applied; the next call knows the time.
            for requests in [2, 3] {
                client.unit(Call::new(&write)).await.unwrap();
                assert_eq!(server.seen().len(), requests);
            }
        }
        // Where the clocks agree, other keys would be needed, and there are none.
        let refusing = Server::start(|_| {
            Answer::json(r#"{"__type":"ExpiredTokenException","message":"expired"}"#).with_status(400)
        })
        .await;
        let signer = AwsSigner::with_keys("AKID", &SECRET.into(), None).region("eu-west-1").service("s3");
        let client = refusing.builder(Auth::NONE).aws(signer).build().unwrap();
        let error = client.unit(Call::new(&method(HttpMethod::Post, "/"))).await.unwrap_err();
        assert_eq!((error.kind(), refusing.seen().len()), ("refused", 1), "{error}");
    }

    #[tokio::test]
    async fn a_role_is_taken_on_once_and_its_keys_sign() {
        let server = Server::start(|seen| {
            if !seen.body.contains("Action=AssumeRole") {
                return Answer::json("{}");
            }
            Answer::json(
                "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
                 <AccessKeyId>ROLEKEY</AccessKeyId><SecretAccessKey>role-hush</SecretAccessKey><SessionToken>tok</SessionToken>\
                 <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
            )
            .typed("text/xml")
        })
        .await;
        let block = format!(
            r#"{{"type":"aws_assume_role","keyID":"AKID","api_key":"{SECRET}","aws_role_arn":"arn:aws:iam::1:role/r","aws_sts_region":"us-east-1","aws_sts_endpoint":"{}"}}"#,
            server.url
        );
        let mut get = method(HttpMethod::Get, "/");
        get.signing_name = Some("s3".into());
        let settings = AuthSettings::from_json(&block).unwrap();
        let client = server.builder(Auth::NONE).auth_settings(settings).build().unwrap();
        for _ in 0..3 {
            client.unit(Call::new(&get)).await.unwrap();
        }
        let seen = server.seen();
        assert_eq!(seen.len(), 4);
        assert!(seen[0].body.contains("RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr"), "{}", seen[0].body);
        for call in &seen[1..] {
            let authorization = call.header("authorization").unwrap();
            assert!(authorization.contains("Credential=ROLEKEY/"), "{authorization}");
            assert_eq!(call.header("x-amz-content-sha256").map(|hash| hash.len()), Some(64));
        }
    }
}
