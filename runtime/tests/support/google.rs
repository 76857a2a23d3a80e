//! An identity server on loopback that answers as Google's does.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bindery_runtime::ir::HttpMethod;
use bindery_runtime::{Call, Client, Error, Fetched, GoogleIdentity};
use serde_json::{Value, json};

use super::{Answer, SECRET, Seen, Server, bearer, method};

/// An identity server and the provider, on one server; the n-th token is `t<n>`.
pub async fn google(answer: impl Fn(usize, &Seen) -> Answer + Send + Sync + 'static) -> (Server, Arc<AtomicUsize>) {
    let tokens = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&tokens);
    let server = Server::start(move |seen| match &*seen.path {
        "/" => Answer::json("{}"),
        _ => answer(count.fetch_add(1, Ordering::Relaxed) + 1, seen),
    })
    .await;
    (server, tokens)
}

pub fn token(number: usize, seconds: u64) -> Answer {
    Answer::json(
        json!({ "access_token": format!("t{number}"), "token_type": "Bearer", "expires_in": seconds }).to_string(),
    )
}

pub fn user(server: &Server) -> Value {
    let token_uri = format!("{}/token", server.url);
    json!({
        "type": "authorized_user", "client_id": "app", "client_secret": SECRET, "refresh_token": "r3fresh", "token_uri": token_uri,
    })
}

pub fn client(server: &Server, identity: GoogleIdentity) -> Client {
    server.builder(bearer()).credential(Fetched::new(identity)).build().unwrap()
}

pub async fn call(client: &Client) -> Result<(), Error> {
    client.unit(Call::new(&method(HttpMethod::Get, "/"))).await
}

/// The pairs of a form.
pub fn form(seen: &Seen) -> Vec<(String, String)> {
    url::form_urlencoded::parse(seen.body.as_bytes()).into_owned().collect()
}

/// Runs a test of this file again, in a process with these variables of its own; whether this is that process.
pub fn is_in_environment(test: &str, variables: &[(&str, &str)]) -> bool {
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
