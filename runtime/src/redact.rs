//! Keeps secrets out of what people and logs get to see.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::encoding::{decode, encode};

/// What stands where something is not shown.
pub(crate) const HIDDEN: &str = "[hidden]";

/// How much of a value is shown.
const SHOWN_VALUE: usize = 120;

/// How the names of parameters end whose values are secrets. A `secretName` is none.
const SECRETS: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "key",
    "sig",
    "signature",
    "credential",
    "credentials",
    "authorization",
];

/// The same in a path, where a `key` or a `secret` is what something is called.
const SECRETS_OF_A_PATH: &[&str] = &["password", "token"];

/// Whether the value of a parameter of this name may be a secret.
pub(crate) fn may_be_secret(name: &str) -> bool {
    ends_in(name, SECRETS)
}

/// Whether the value of a path variable of this name may be a secret.
pub(crate) fn may_be_secret_in_path(name: &str) -> bool {
    ends_in(name, SECRETS_OF_A_PATH)
}

fn ends_in(name: &str, words: &[&str]) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    words.iter().any(|word| name.ends_with(word))
}

/// The text without the secret.
pub(crate) fn hide(text: &str, secret: &SecretString) -> String {
    without(text, secret.expose_secret())
}

/// The text without the secret, written plainly or as in a URL.
fn without(text: &str, secret: &str) -> String {
    if secret.is_empty() {
        return text.to_owned();
    }
    text.replace(secret, HIDDEN).replace(&*encode(secret), HIDDEN)
}

/// A URL as people may see it: without user, and without the values of query pairs that may be secrets.
pub(crate) fn shown(url: &Url) -> String {
    let mut shown = format!("{}{}", url.origin().ascii_serialization(), url.path());
    let mut separator = '?';
    for pair in url.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        shown.push(separator);
        separator = '&';
        match pair.split_once('=') {
            Some((name, _)) if may_be_secret(&decode(name)) => {
                shown.push_str(name);
                shown.push('=');
                shown.push_str(HIDDEN);
            }
            _ => shown.push_str(pair),
        }
    }
    shown
}

/// The start of a text, cut between characters.
pub(crate) fn excerpt(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The value of an argument as people may see it.
pub(crate) fn shown_value(text: &str) -> String {
    excerpt(text, SHOWN_VALUE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_show_neither_user_nor_secret() {
        let url = Url::parse("https://me:pw@h:444/p%20q?api-version=1&sig=abc&%24skipToken=x&flag").unwrap();
        let expected = "https://h:444/p%20q?api-version=1&sig=[hidden]&%24skipToken=[hidden]&flag";
        assert_eq!(shown(&url), expected);
    }

    #[test]
    fn the_end_of_a_name_tells() {
        for name in ["$skipToken", "api_key", "apikey", "subscription-key", "clientSecret", "filter[password]", "sig"] {
            assert!(may_be_secret(name), "{name}");
        }
        for name in ["secretName", "keyId", "roleAssignmentName", "$filter", "passwordPolicyId", ""] {
            assert!(!may_be_secret(name), "{name}");
        }
        assert!(may_be_secret_in_path("token"));
        assert!(!may_be_secret_in_path("key"));
    }

    #[test]
    fn a_secret_is_hidden_in_both_spellings() {
        assert_eq!(without("a s/1 b s%2F1", "s/1"), "a [hidden] b [hidden]");
        assert_eq!(without("text", ""), "text");
    }
}
