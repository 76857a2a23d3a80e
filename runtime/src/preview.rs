//! Shows what a call would send, without sending it.

use std::fmt::{self, Write as _};

use bindery_ir::{AuthScheme, HttpMethod};
use bytes::Bytes;
use http::header::ACCEPT;
use serde_json::Value;

use crate::body::RequestBody;
use crate::multipart::Part;
use crate::redact::{HIDDEN, may_be_secret};
use crate::request::Request;
use crate::transport::ACCEPTED;

/// A request as it would be sent, for people: nothing was sent, no credential was fetched, and what may be a secret is
/// masked. Made by [`Client::preview`](crate::Client::preview).
///
/// It is shown as an HTTP request; [`curl`](Self::curl) gives the command that sends the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    method: HttpMethod,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

impl Preview {
    pub(crate) fn of<'s>(request: &Request, places: impl Iterator<Item = &'s AuthScheme>) -> Self {
        let mut url = request.shown_url();
        let mut headers: Vec<(String, String)> = Vec::new();
        if !request.headers.contains_key(ACCEPT) {
            headers.push((ACCEPT.to_string(), ACCEPTED.to_owned()));
        }
        for (name, value) in &request.headers {
            let is_shown = !value.is_sensitive() && !may_be_secret(name.as_str());
            let value =
                if is_shown { String::from_utf8_lossy(value.as_bytes()).into_owned() } else { HIDDEN.to_owned() };
            headers.push((name.to_string(), value));
        }
        for place in places {
            match place {
                AuthScheme::Header { name, prefix } => {
                    headers.push((name.to_ascii_lowercase(), format!("{prefix}{HIDDEN}")));
                }
                AuthScheme::Query { name, .. } => {
                    let separator = if url.contains('?') { '&' } else { '?' };
                    url.push_str(&format!("{separator}{name}={HIDDEN}"));
                }
                AuthScheme::None | AuthScheme::Other(_) => {}
            }
        }
        let body = request.body.as_ref().map(|body| match body {
            RequestBody::Multipart(form) => String::from_utf8_lossy(&form.written(shown_part)).into_owned(),
            body => shown_text(&body.to_bytes(), masked),
        });
        Self { method: request.method, url, headers, body }
    }

    /// The HTTP method.
    pub fn method(&self) -> HttpMethod {
        self.method
    }

    /// The URL, with what may be a secret masked.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The headers, in lower case, with what may be a secret masked.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The body, with the values of members that may be secrets masked.
    pub fn body(&self) -> Option<&str> {
        self.body.as_deref()
    }

    /// The `curl` command that sends the same, for a POSIX shell. What is masked has to be put in by hand.
    pub fn curl(&self) -> String {
        let mut command = format!("curl --request {} {}", self.method, quoted(&self.url));
        for (name, value) in &self.headers {
            let _ = write!(command, " \\\n  --header {}", quoted(&format!("{name}: {value}")));
        }
        if let Some(body) = &self.body {
            let _ = write!(command, " \\\n  --data-raw {}", quoted(body));
        }
        command
    }
}

impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url)?;
        for (name, value) in &self.headers {
            write!(f, "\n{name}: {value}")?;
        }
        match &self.body {
            Some(body) => write!(f, "\n\n{body}"),
            None => Ok(()),
        }
    }
}

/// A text as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn shown_text(body: &[u8], shown: impl Fn(&str) -> String) -> String {
    match std::str::from_utf8(body) {
        Ok(text) => shown(text),
        Err(_) => format!("[{} bytes]", body.len()),
    }
}

/// The content of a part, unless it may be a secret or is no text.
fn shown_part(part: &Part) -> Bytes {
    let text = if may_be_secret(&part.name) { HIDDEN.to_owned() } else { shown_text(&part.content, masked) };
    text.into()
}

/// A JSON or form body with the values masked that may be secrets.
fn masked(body: &str) -> String {
    if let Ok(mut value) = serde_json::from_str::<Value>(body)
        && mask(&mut value)
    {
        return value.to_string();
    }
    let is_form = body.contains('=') && !body.contains(['{', '<', '\n', ' ']);
    if !is_form {
        return body.to_owned();
    }
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if may_be_secret(&crate::encoding::decode(name)) => format!("{name}={HIDDEN}"),
        _ => pair.to_owned(),
    };
    body.split('&').map(pair).collect::<Vec<_>>().join("&")
}

/// Masks what may be a secret; whether there was something. The depth of a value is bounded by its reader.
fn mask(value: &mut Value) -> bool {
    match value {
        Value::Object(members) => {
            let mut found = false;
            for (name, value) in members {
                if may_be_secret(name) && !value.is_null() {
                    *value = Value::String(HIDDEN.to_owned());
                    found = true;
                } else {
                    found |= mask(value);
                }
            }
            found
        }
        Value::Array(items) => {
            let mut found = false;
            for item in items {
                found |= mask(item);
            }
            found
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_pairs_that_may_be_secrets_are_masked() {
        assert_eq!(masked(r#"{"a":1.0, "b":"x"}"#), r#"{"a":1.0, "b":"x"}"#);
        let json = masked(r#"{"adminPassword":"p","list":[{"apiKey":"k","n":1}]}"#);
        assert_eq!(json, r#"{"adminPassword":"[hidden]","list":[{"apiKey":"[hidden]","n":1}]}"#);
        assert_eq!(masked("Action=Go&SecretToken=abc"), "Action=Go&SecretToken=[hidden]");
        assert_eq!(masked("plain text = text"), "plain text = text");
    }

    #[test]
    fn a_shell_sees_one_word() {
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
    }
}
