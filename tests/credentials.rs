//! Identities that the environment has, used by the real binary: each reaches its provider, and nothing that is
//! printed shows a secret, whatever the provider answers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of a test fails the test")]

use std::fs;
use std::sync::{Arc, Mutex};

use assert_cmd::Command;
use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use tempfile::TempDir;

const KEY: &str = include_str!("../runtime/tests/identities/service_account.json");

/// What no output may hold: secrets, and tokens that were got for them.
const PLANTED: &[&str] =
    &["pl4nted-s3cret", "pl4nted-session", "pl4nted-t0ken", "BEGIN PRIVATE KEY", "MIIEvQIBADANBgkq"];

const SERVICE: &str = "openapi: 3.0.3
info: { title: Things, version: '1' }
servers: [{ url: 'https://shop.example' }]
paths:
  /things:
    get:
      parameters: [{ name: mode, in: query, required: true, schema: { type: string } }]
      responses: { '200': { description: All., content: { application/json: { schema: { type: array, items: { type: object, properties: { name: { type: string } } } } } } } }
    post:
      requestBody: { required: true, content: { application/json: { schema: { type: object, properties: { name: { type: string } } } } } }
      responses: { '201': { description: Made. } }
components:
  x-stackQL-resources:
    things:
      id: demo.shop.things
      methods:
        list: { operation: { $ref: '#/paths/~1things/get' }, response: { mediaType: application/json, openAPIDocKey: '200' } }
        create: { operation: { $ref: '#/paths/~1things/post' } }
      sqlVerbs:
        select: [{ $ref: '#/components/x-stackQL-resources/things/methods/list' }]
        insert: [{ $ref: '#/components/x-stackQL-resources/things/methods/create' }]
";

/// The paths and headers of what was sent.
type Seen = Arc<Mutex<Vec<(String, HeaderMap)>>>;

/// A provider, and an identity server beside it.
struct Fake {
    url: String,
    seen: Seen,
    registry: TempDir,
    _runtime: tokio::runtime::Runtime,
}

async fn answer(State(seen): State<Seen>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
    let (path, query) = (head.uri.path().to_owned(), head.uri.query().unwrap_or_default().to_owned());
    seen.lock().unwrap().push((path.clone(), head.headers.clone()));
    let json = [("content-type", "application/json")];
    if path == "/token" {
        // One that repeats what it was sent must not make it a part of a message either.
        if !body.contains("refuse") {
            return (json, r#"{"access_token":"pl4nted-t0ken","token_type":"Bearer","expires_in":3600}"#)
                .into_response();
        }
        let said = format!(r#"{{"error":"invalid","error_description":"{body}"}}"#);
        return (StatusCode::BAD_REQUEST, json, said).into_response();
    }
    if query.contains("refused") {
        let said = format!("{:?} {query}", head.headers).replace(['"', '\\'], "'");
        return (StatusCode::FORBIDDEN, json, format!(r#"{{"error":{{"code":"denied","message":"{said}"}}}}"#))
            .into_response();
    }
    (json, r#"[{"name":"a"},{"name":"b"}]"#).into_response()
}

impl Fake {
    fn new(auth: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let seen = Seen::default();
        let app = Router::new().fallback(answer).with_state(Arc::clone(&seen));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, app).await });
        let registry = TempDir::new().unwrap();
        let services = registry.path().join("demo/v1/services");
        fs::create_dir_all(&services).unwrap();
        let provider = format!(
            "id: demo\nname: demo\nversion: v1\nproviderServices:\n  shop: {{ id: 'shop:v1', name: shop, service: {{ $ref: demo/v1/services/shop.yaml }}, title: Shop }}\nconfig:\n  auth: {}\n",
            auth.replace("URL", &url)
        );
        fs::write(registry.path().join("demo/v1/provider.yaml"), provider).unwrap();
        fs::write(services.join("shop.yaml"), SERVICE).unwrap();
        Self { url, seen, registry, _runtime: runtime }
    }

    /// What the command prints, everything, and whether it succeeded. The environment has these variables and no other.
    fn run(&self, variables: &[(&str, &str)], words: &[&str]) -> (String, bool) {
        let mut command = Command::cargo_bin("bindery").unwrap();
        command.env_clear().envs(variables.iter().copied());
        command.arg("sql").arg("--registry").arg(self.registry.path());
        command.args(["--endpoint", &format!("demo={}", self.url), "--format", "csv"]).args(words);
        let output = command.output().unwrap();
        let printed = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        for planted in PLANTED {
            assert!(!printed.contains(planted), "{words:?} printed {planted}:\n{printed}");
        }
        (printed, output.status.success())
    }

    fn authorization(&self) -> Option<String> {
        let seen = self.seen.lock().unwrap();
        let (_, headers) = seen.iter().rev().find(|(path, _)| path == "/things")?;
        Some(headers.get("authorization")?.to_str().unwrap().to_owned())
    }
}

/// A kind of identity: the document's block, the environment, how the header begins that comes of it.
type Identity = (&'static str, Vec<(&'static str, String)>, &'static str);

/// Every kind of identity.
fn identities(folder: &TempDir) -> Vec<Identity> {
    let path = folder.path().join("key.json").to_string_lossy().into_owned();
    let secret = || "pl4nted-s3cret".to_owned();
    vec![
        ("{ type: bearer, credentialsenvvar: TOKEN }", vec![("TOKEN", secret())], "Bearer pl4nted-s3cret"),
        (
            "{ type: api_key, credentialsenvvar: TOKEN, valuePrefix: 'SSWS ' }",
            vec![("TOKEN", secret())],
            "SSWS pl4nted-s3cret",
        ),
        (
            "{ type: basic, username_var: USERNAME, password_var: PASSWORD }",
            vec![("USERNAME", "me".into()), ("PASSWORD", secret())],
            "Basic bWU6cGw0bnRlZC1zM2NyZXQ=",
        ),
        (
            "{ type: aws_signing_v4, credentialsenvvar: AWS_SECRET_ACCESS_KEY, keyIDenvvar: AWS_ACCESS_KEY_ID, service: shop }",
            vec![
                ("AWS_ACCESS_KEY_ID", "AKID".into()),
                ("AWS_SECRET_ACCESS_KEY", secret()),
                ("AWS_SESSION_TOKEN", "pl4nted-session".into()),
            ],
            "AWS4-HMAC-SHA256 Credential=AKID/",
        ),
        (
            "{ type: oauth2, grant_type: client_credentials, client_id_env_var: ID, client_secret_env_var: SECRET, token_url: 'URL/token' }",
            vec![("ID", "app".into()), ("SECRET", secret())],
            "Bearer pl4nted-t0ken",
        ),
        (
            "{ type: service_account, credentialsenvvar: GOOGLE_CREDENTIALS }",
            vec![("GOOGLE_APPLICATION_CREDENTIALS", path)],
            "Bearer pl4nted-t0ken",
        ),
    ]
}

#[test]
fn what_the_environment_has_reaches_the_provider_and_is_never_printed() {
    let folder = TempDir::new().unwrap();
    for (auth, variables, expected) in identities(&folder) {
        let fake = Fake::new(auth);
        let key = KEY.replace("https://oauth2.googleapis.com/token", &format!("{}/token", fake.url));
        fs::write(folder.path().join("key.json"), key).unwrap();
        let mut variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, &**value)).collect();
        variables.push(("AWS_REGION", "eu-west-1"));
        let list = "SELECT name FROM demo.shop.things WHERE mode = 'all'";
        let (printed, is_done) = fake.run(&variables, &[list]);
        assert!(is_done, "{auth}: {printed}");
        assert_eq!(printed, "name\na\nb\n", "{auth}");
        let sent = fake.authorization().unwrap_or_default();
        assert!(sent.starts_with(expected), "{auth}: {sent}");

        // Seen before it is sent, and in what the provider says of it.
        let insert = "INSERT INTO demo.shop.things (data__name) VALUES ('c')";
        let (preview, is_done) = fake.run(&variables, &["--dry-run", insert]);
        assert!(is_done && preview.contains("POST"), "{auth}: {preview}");
        let (refused, is_done) = fake.run(&variables, &["SELECT name FROM demo.shop.things WHERE mode = 'refused'"]);
        assert!(!is_done && refused.contains("denied"), "{refused}");
    }
}

#[test]
fn what_cannot_be_used_says_so_and_not_what_it_is() {
    let list = "SELECT name FROM demo.shop.things WHERE mode = 'all'";
    let fake = Fake::new("{ type: service_account, credentialsenvvar: GOOGLE_CREDENTIALS }");
    // No JSON, and a key that is none.
    let broken = KEY.replace("\"client_email\"", "\"someone\"");
    for key in ["{ pl4nted-s3cret", &broken] {
        let (printed, is_done) = fake.run(&[("GOOGLE_CREDENTIALS", key)], &[list]);
        assert!(!is_done && printed.contains("credential"), "{printed}");
    }
    let fake = Fake::new(
        "{ type: oauth2, grant_type: client_credentials, client_id_env_var: ID, client_secret_env_var: SECRET, token_url: 'URL/token' }",
    );
    let (printed, is_done) = fake.run(&[("ID", "refuse"), ("SECRET", "pl4nted-s3cret")], &[list]);
    assert!(!is_done && printed.contains("invalid"), "{printed}");
    let wrong_json = r#"{"demo": {"type": "bearer", "api_key": "pl4nted-s3cret" }"#;
    let (printed, is_done) = fake.run(&[], &["--auth", wrong_json, list]);
    assert!(!is_done && printed.contains("--auth"), "{printed}");
    let line_break = r#"{"demo": {"type": "bearer", "api_key": "pl4nted-s3cret\r\nx: y" }}"#;
    let (printed, is_done) = fake.run(&[], &["--auth", line_break, list]);
    assert!(!is_done && printed.contains("cannot stand in a header"), "{printed}");
}

#[test]
fn a_fake_on_loopback_is_called_without_an_identity_that_nobody_named() {
    for auth in ["{ type: azure_default }", "{ type: service_account }", "{ type: aws_signing_v4 }"] {
        let fake = Fake::new(auth);
        let (printed, is_done) = fake.run(&[], &["SELECT name FROM demo.shop.things WHERE mode = 'all'"]);
        assert!(is_done, "{auth}: {printed}");
        assert_eq!(fake.authorization(), None);
    }
}
