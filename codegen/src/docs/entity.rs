//! Character references (`&lt;`, `&#123;`) to characters.
//!
//! They are decoded once, and only with their `;`: `&region=x` in an address stays as it is, which is why this
//! is not left to an HTML parser.

use std::borrow::Cow;

use memchr::memchr;
use pulldown_cmark::{Event, Parser};

/// The longest name of HTML's list has 31 letters.
const LONGEST: usize = 33;

/// Replaces every complete character reference by its character.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    let Some(first) = memchr(b'&', text.as_bytes()) else { return Cow::Borrowed(text) };
    let mut decoded = String::with_capacity(text.len());
    let (head, mut rest) = text.split_at(first);
    decoded.push_str(head);
    while let Some(after) = rest.strip_prefix('&') {
        let reference = reference_at(after).and_then(|name| Some((name.len(), character(name)?)));
        if let Some((length, character)) = reference {
            decoded.push_str(&character);
            rest = after.get(length + 1..).unwrap_or_default();
        } else {
            decoded.push('&');
            rest = after;
        }
        let (plain, next) = rest.split_at(rest.find('&').unwrap_or(rest.len()));
        decoded.push_str(plain);
        rest = next;
    }
    Cow::Owned(decoded)
}

/// The name of the reference whose `&` was just passed, if it has a `;`.
fn reference_at(text: &str) -> Option<&str> {
    let end = text.bytes().take(LONGEST).position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'#'))?;
    (end > 0 && text.as_bytes().get(end) == Some(&b';')).then(|| text.get(..end))?
}

/// What a reference stands for; `None` when it is none.
fn character(name: &str) -> Option<Cow<'static, str>> {
    Some(Cow::Borrowed(match name {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "quot" => "\"",
        "apos" | "#39" | "#039" => "'",
        "nbsp" => "\u{a0}",
        "#91" => "[",
        "#93" => "]",
        "#123" => "{",
        "#125" => "}",
        _ => return by_markdown(name),
    }))
}

/// All the others, by the list that the markdown parser carries and that follows the same rule about `;`.
fn by_markdown(name: &str) -> Option<Cow<'static, str>> {
    let reference = format!("&{name};");
    let decoded: String = Parser::new(&reference)
        .filter_map(|event| if let Event::Text(text) = event { Some(text.into_string()) } else { None })
        .collect();
    (decoded != reference && !decoded.is_empty()).then_some(Cow::Owned(decoded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_decoded_once_and_only_with_their_semicolon() {
        assert_eq!(decode("&lt;a&gt; &#123;b&#125; &mdash; &reg;"), "<a> {b} — ®");
        assert_eq!(decode("&amp;lt; &amp;amp;"), "&lt; &amp;");
        assert_eq!(
            decode("?a=1&region=x&body&tabs &lt &nosuch; &; &#; &"),
            "?a=1&region=x&body&tabs &lt &nosuch; &; &#; &"
        );
        assert_eq!(decode("&#x41;&#65;&ä;&#0;"), "AA&ä;\u{fffd}");
    }

    #[test]
    fn what_only_looks_like_the_start_of_a_reference_stays() {
        assert_eq!(decode("&region;"), "&region;");
    }
}
