//! How text is written inside a URL so that the server reads the same text.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What may stand in a path template besides unreserved characters, `%` apart.
const LITERAL: &AsciiSet = &RESERVED
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'%');

/// Encodes text so that nothing in it has a meaning to a URL.
pub(crate) fn encode(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, RESERVED).into()
}

/// Encodes text of a path template, which may hold escapes already.
pub(crate) fn encode_literal(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, LITERAL).into()
}

/// Reads an encoded text of a query.
pub(crate) fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// Whether a whole path segment of this text would make a server, or a URL parser, go somewhere else.
pub(crate) fn is_dots(segment: &str) -> bool {
    segment.starts_with(['.', '%']) && matches!(percent_decode_str(segment).decode_utf8_lossy().as_ref(), "." | "..")
}

/// Writes `name=value`.
pub(crate) fn push_pair(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    query.push_str(&encode(name));
    query.push('=');
    query.push_str(&encode(value));
}

/// Gives a query pair a value, in place of any it had. All other pairs stay as they are written.
pub(crate) fn set_pair(url: &mut Url, name: &str, value: &str) {
    let mut query = without(url, name);
    push_pair(&mut query, name, value);
    url.set_query(Some(&query));
}

/// Takes out all pairs of a name. All other pairs stay as they are written.
pub(crate) fn remove_pair(url: &mut Url, name: &str) {
    let query = without(url, name);
    url.set_query((!query.is_empty()).then_some(&*query));
}

fn without(url: &Url, name: &str) -> String {
    let others = url.query().unwrap_or_default().split('&').filter(|pair| {
        let key = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && decode(key) != name
    });
    others.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_replaced_and_the_others_are_untouched() {
        let mut url = Url::parse("https://h/p?%24filter=a+b%20c&token=1&x&token=2").unwrap();
        set_pair(&mut url, "token", "a&b=c +%");
        assert_eq!(url.as_str(), "https://h/p?%24filter=a+b%20c&x&token=a%26b%3Dc%20%2B%25");
    }

    #[test]
    fn dots_are_seen_through_escapes() {
        for segment in [".", "..", "%2e", ".%2E", "%2e%2e"] {
            assert!(is_dots(segment), "{segment}");
        }
        assert!(!is_dots("..."));
        assert!(!is_dots("%252e"));
    }
}
