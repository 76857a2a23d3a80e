//! What a message about one attempt must not show: the secrets that went along, and those among its arguments.
//!
//! A provider may repeat anything that it was sent. It is looked for only when something went wrong.

use secrecy::SecretString;
use serde_json::Value;

use crate::body::RequestBody;
use crate::credentials::Secrets;
use crate::encoding::decode;
use crate::redact::{self, may_be_secret};
use crate::request::Request;

/// Shorter texts would take parts of ordinary words along.
const SHORTEST: usize = 4;

/// Everything that is hidden from messages about an attempt.
pub(crate) struct Redaction<'a> {
    credential: &'a Secrets,
    arguments: Vec<SecretString>,
}

impl<'a> Redaction<'a> {
    /// What a request sends that may be secret.
    pub(crate) fn of(request: &Request, credential: &'a Secrets) -> Self {
        let mut found = Vec::new();
        for (name, value) in request.url.query_pairs() {
            note(&name, &value, &mut found);
        }
        for (name, value) in &request.headers {
            note(name.as_str(), &String::from_utf8_lossy(value.as_bytes()), &mut found);
        }
        for part in &request.called.hidden {
            push(&decode(part), &mut found);
        }
        match &request.body {
            Some(RequestBody::Multipart(form)) => {
                for part in form.parts() {
                    note(&part.name, &String::from_utf8_lossy(&part.content), &mut found);
                }
            }
            Some(body) => note_body(&body.to_bytes(), &mut found),
            None => {}
        }
        Self { credential, arguments: found }
    }

    /// The text without any of it.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.arguments.iter().fold(self.credential.hide(text), |text, secret| redact::hide(&text, secret))
    }
}

fn note_body(body: &[u8], found: &mut Vec<SecretString>) {
    match serde_json::from_slice(body) {
        Ok(value) => note_members(&value, found),
        Err(_) => {
            for (name, value) in url::form_urlencoded::parse(body) {
                note(&name, &value, found);
            }
        }
    }
}

fn note(name: &str, value: &str, found: &mut Vec<SecretString>) {
    if may_be_secret(name) {
        push(value, found);
    }
}

fn push(value: &str, found: &mut Vec<SecretString>) {
    if value.len() >= SHORTEST {
        found.push(value.into());
    }
}

/// The depth of a value is bounded by its reader.
fn note_members(value: &Value, found: &mut Vec<SecretString>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) => note(name, text, found),
                    other => note_members(other, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| note_members(item, found)),
        _ => {}
    }
}
