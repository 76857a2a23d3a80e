//! Everything that a run can print, searched for the secrets that were planted in it: traces of every crate at their
//! finest, errors, previews, `Debug` of all that there is, and panics, while the provider repeats whatever it is sent.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod support;

use std::fmt::Debug;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bindery_runtime::ir::{Auth, AuthScheme, BodyContent, HttpMethod, Location, Method};
use bindery_runtime::{
    AuthSettings, Call, Client, ClientBuilder, Middleware, MiddlewareFuture, Next, RawCall, RetryPolicy, Token,
};
use support::{Answer, Seen, Server, bearer, binding, body, list, method, next_link, parameter};
use tracing_subscriber::fmt::MakeWriter;

/// What was planted: in credentials, in arguments, and in what servers of tokens answer with.
const PLANTED: &[&str] = &[
    "pl4nted/token",
    "pl4nted/key",
    "pl4nted/password",
    "pl4nted/application",
    "pl4nted/access",
    "pl4nted/session",
    "pl4nted/role",
    "pl4nted/argument",
    "pl4nted/refresh",
];

/// Everything that was printed.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Printed {
    fn add(&self, what: &dyn Debug) {
        writeln!(&mut &*self, "{what:?}").unwrap();
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for &Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'p> MakeWriter<'p> for Printed {
    type Writer = &'p Printed;

    fn make_writer(&'p self) -> &'p Printed {
        self
    }
}

/// A provider that repeats what it was sent, wherever that is possible, and gives out tokens.
fn repeat(seen: &Seen) -> Answer {
    let headers =
        seen.headers.iter().map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(value.as_bytes())));
    let all = format!("{} ? {} ? {}", headers.collect::<Vec<_>>().join(" "), seen.query, seen.body);
    let decoded = percent_encoding::percent_decode_str(&all).decode_utf8_lossy().into_owned();
    let said = format!("{all} {decoded}").replace(['"', '\\'], "'").replace(['\r', '\n'], " ");
    let refusal = format!(r#"{{"error":{{"code":"{said}","message":"{said}","details":["{said}"]}}}}"#);
    if seen.body.contains("Action=AssumeRole") {
        let keys = "<AccessKeyId>ROLE</AccessKeyId><SecretAccessKey>pl4nted/role</SecretAccessKey><SessionToken>pl4nted/session\
                    </SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>";
        let xml = format!(
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>{keys}</Credentials>\
             </AssumeRoleResult></AssumeRoleResponse>"
        );
        return Answer::json(xml).typed("text/xml");
    }
    match &*seen.path {
        "/token" => Answer::json(r#"{"access_token":"pl4nted/access","token_type":"Bearer","expires_in":3600}"#),
        "/token/refused" => {
            Answer::json(format!(r#"{{"error":"invalid_client","error_description":"{said}"}}"#)).with_status(401)
        }
        "/refused" => Answer::json(refusal).with_status(403),
        "/busy" => Answer::json(refusal).with_status(503).with_header("retry-after", "0"),
        "/success" => Answer::json(refusal),
        "/text" => Answer::json(said).typed("text/plain").with_status(500),
        "/broken" => Answer::json(format!("{{\"value\": [{said}")),
        "/moved" => Answer::status(302).with_header("location", "http://localhost:9/elsewhere"),
        "/things" => {
            Answer::json(format!(r#"{{"value":[{{"a":1}}],"nextLink":"http://localhost:9/?{}"}}"#, seen.query))
        }
        _ => Answer::json("{}"),
    }
}

/// Every way to authenticate, with secrets of the planted ones.
fn ways(server: &Server) -> Vec<ClientBuilder> {
    let settings = |json: String| server.builder(Auth::NONE).auth_settings(AuthSettings::from_json(&json).unwrap());
    let in_query = Auth { scheme: AuthScheme::Query { name: "key".into(), prefix: "".into() }, variable: None };
    let mut ways = vec![
        server.builder(bearer()).credential(Token::new("pl4nted/token")),
        server.builder(in_query).credential(Token::new("pl4nted/key")),
        settings(r#"{"type":"basic","username":"me","password":"pl4nted/password"}"#.to_owned()),
        settings(
            r#"{"type":"custom","name":"x-key","api_key":"pl4nted/key","successor":{"name":"x-app","api_key":"pl4nted/application"}}"#
                .to_owned(),
        ),
    ];
    if cfg!(feature = "oauth2") {
        for token in ["token", "token/refused"] {
            ways.push(settings(format!(
                r#"{{"type":"oauth2","token_url":"{}/{token}","client_id":"app","client_secret":"pl4nted/application"}}"#,
                server.url
            )));
        }
    }
    if cfg!(feature = "aws") {
        ways.push(settings(
            r#"{"type":"aws_signing_v4","keyID":"AKID","api_key":"pl4nted/key","service":"shop","region":"r"}"#
                .to_owned(),
        ));
    }
    #[cfg(feature = "aws")]
    {
        ways.push(settings(format!(
            r#"{{"type":"aws_assume_role","keyID":"AKID","api_key":"pl4nted/key","aws_role_arn":"arn:aws:iam::1:role/r","aws_sts_region":"us-east-1","aws_sts_endpoint":"{}"}}"#,
            server.url
        )));
        let signer =
            bindery_runtime::AwsSigner::with_keys("AKID", &"pl4nted/key".into(), Some(&"pl4nted/session".into()));
        ways.push(server.builder(Auth::NONE).aws(signer));
    }
    #[cfg(feature = "google")]
    for token in ["token", "token/refused"] {
        let user = format!(
            r#"{{"type":"authorized_user","client_id":"app","client_secret":"pl4nted/application","refresh_token":"pl4nted/refresh","token_uri":"{}/{token}"}}"#,
            server.url
        );
        let identity = bindery_runtime::GoogleIdentity::new().key(user);
        ways.push(server.builder(bearer()).credential(bindery_runtime::Fetched::new(identity)));
    }
    ways
}

fn call_with_secrets(method: &Method) -> Call<'_> {
    Call::new(method)
        .text("password", "pl4nted/argument")
        .text("sig", "pl4nted/argument")
        .text("X-Api-Key", "pl4nted/argument")
        .text("adminPassword", "pl4nted/argument")
}

/// Looks at every attempt on its way, as middleware of the user's own would.
struct Looks(Printed);

impl Middleware for Looks {
    fn handle<'a>(&'a self, attempt: bindery_runtime::Attempt, next: Next<'a>) -> MiddlewareFuture<'a> {
        self.0.add(&attempt);
        self.0.add(&attempt.headers().keys().collect::<Vec<_>>());
        Box::pin(next.run(attempt))
    }
}

/// Calls everything in every way, and prints all that comes of it.
async fn exercise(client: &Client, printed: &Printed) {
    for path in ["/ok/{password}", "/refused", "/busy", "/success", "/text", "/broken", "/moved"] {
        let mut post = method(HttpMethod::Post, path);
        let place = if path.contains('{') { Location::Path } else { Location::Query };
        post.parameters = vec![
            parameter("password", place),
            parameter("sig", Location::Query),
            parameter("X-Api-Key", Location::Header),
            parameter("adminPassword", Location::Body),
        ]
        .into();
        binding(&mut post).body = Some(body("application/json", BodyContent::Properties, true));
        let call = call_with_secrets(&post);
        printed.add(&call);
        let preview = client.preview(&call).unwrap();
        printed.add(&preview);
        printed.add(&format!("{preview} {}", preview.curl()));
        printed.add(&client.prepare(&call).unwrap());
        match client.send(call.clone()).await {
            Ok(response) => printed.add(&response.status()),
            Err(error) => {
                printed.add(&error);
                printed.add(&format!("{error}"));
                // Who does not expect an error prints it by a panic.
                let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| panic!("{error} {error:?}")));
                let panic = panic.unwrap_err();
                printed.add(&panic.downcast_ref::<String>().unwrap());
            }
        }
        let raw = RawCall::new(HttpMethod::Get, path.replace(['{', '}'], "")).query("token", "pl4nted/argument");
        printed.add(&raw);
        match client.raw(&raw).await {
            Ok(reply) => printed.add(&reply),
            Err(error) => printed.add(&error),
        }
    }
    let mut things = list(Some(next_link()));
    things.parameters = vec![parameter("sig", Location::Query)].into();
    let mut rows = client.rows::<bindery_runtime::json::Json>(Call::new(&things).text("sig", "pl4nted/argument"));
    printed.add(&rows);
    while let Some(row) = rows.next().await {
        match row {
            Ok(_) => printed.add(&"a row"),
            Err(error) => printed.add(&format!("{error} {error:?}")),
        }
    }
    printed.add(client);
    printed.add(&client.counts());
}

#[tokio::test]
async fn nothing_that_a_run_prints_holds_a_secret() {
    let printed = Printed::default();
    // Also what crates below write to `log`.
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(printed.clone())
        .init();
    let hook = std::panic::take_hook();
    let writer = printed.clone();
    std::panic::set_hook(Box::new(move |info| writer.add(&info.to_string())));
    let server = Server::start(repeat).await;
    let mut policy = RetryPolicy::default();
    policy.initial_delay = Duration::from_millis(1);
    let ways = ways(&server);
    let count = ways.len();
    for builder in ways {
        printed.add(&builder);
        let client = builder.retry(policy.clone()).middleware(Looks(printed.clone())).build().unwrap();
        exercise(&client, &printed).await;
    }
    printed.add(&(Token::new("pl4nted/token"), AuthSettings::from_json(r#"{"api_key":"pl4nted/key"}"#).unwrap()));
    std::panic::set_hook(hook);

    let text = printed.text();
    // Attempts belong to their calls.
    let is_in_a_call = |line: &str| line.contains("bindery.call{") && line.contains("}:http.client.request{");
    assert!(text.lines().any(is_in_a_call), "no attempt is in a call");
    // It is all there: spans, events of crates below, errors.
    for expected in ["http.client.request", "hyper", "bindery.call", "[hidden]", "panicked at"] {
        assert!(text.contains(expected), "`{expected}` was not printed");
    }
    // And what was sent did hold the secrets.
    let sent = format!("{:?}", server.seen());
    assert!(PLANTED[..4].iter().filter(|planted| sent.contains(**planted)).count() >= 2, "{sent}");
    for planted in PLANTED {
        let forms = [
            (*planted).to_owned(),
            planted.replace('/', "%2F"),
            planted.replace('/', "%2f"),
            STANDARD.encode(planted),
            URL_SAFE_NO_PAD.encode(planted),
            STANDARD.encode(format!("me:{planted}")),
        ];
        for form in &forms {
            if let Some(at) = text.find(form.as_str()) {
                let start = text[..at].rfind('\n').map_or(0, |start| start + 1);
                let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
                panic!("`{form}` was printed: {}", &text[start..end]);
            }
        }
    }
    println!("{} bytes were printed in {count} ways, none of them a secret", text.len());
}
