//! The model → what generated code holds of it, places in the source excepted.

use std::borrow::Cow;

use bindery_ir::{EmbeddedResource, Resource};

use super::code::raw_literal;

/// The descriptor of a resource and its methods: JSON in a raw literal, a line for each method.
///
/// # Errors
/// When it has no JSON form; none that was read from a document is like that.
pub(crate) fn resource(resource: &Resource) -> Result<String, serde_json::Error> {
    let json = EmbeddedResource::write(resource)?;
    Ok(raw_literal(&visible(&json)))
}

/// The same JSON with everything that is not seen, or that turns the reading direction, escaped. rustc refuses such
/// letters in a literal, because they can make code look like other code.
fn visible(json: &str) -> Cow<'_, str> {
    let is_seen = |letter: char| letter.is_ascii() || letter.escape_debug().len() == 1;
    if json.is_ascii() || json.chars().all(is_seen) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 32);
    for letter in json.chars() {
        if is_seen(letter) {
            escaped.push(letter);
        } else {
            // Letters beyond ASCII stand in strings only.
            for unit in letter.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_escaped_and_read_back() -> Result<(), Box<dyn std::error::Error>> {
        let text = "caf\u{e9} \u{202e}abc\u{2066} \u{e0001} \u{1f600}";
        let json = serde_json::to_string(text)?;
        let escaped = visible(&json);
        assert_eq!(escaped, "\"caf\u{e9} \\u202eabc\\u2066 \\udb40\\udc01 \u{1f600}\"");
        assert_eq!(serde_json::from_str::<String>(&escaped)?, text);
        Ok(())
    }
}
