//! What a scalar is: by its tag, else by the core schema of YAML 1.2.

use std::borrow::Cow;

use granit_parser::{ScalarStyle, Tag};

use super::Value;

/// The value of a scalar.
pub(super) fn value<'t>(text: Cow<'t, str>, style: ScalarStyle, tag: Option<&Tag>) -> Value<'t> {
    match tag.map(known) {
        None if style == ScalarStyle::Plain => plain(text),
        None | Some(Some("str" | "!" | "timestamp" | "binary")) => Value::Text(text),
        Some(Some("null") | None) => Value::Null,
        Some(Some(_)) => plain(text),
    }
}

/// The name of a tag of YAML itself; `!` says that something is no more than text. Any other tag (such as the
/// `js/undefined` that some generators write) stands for a value that only its writer knows, and is read as null.
pub(super) fn known(tag: &Tag) -> Option<&str> {
    const CORE: [&str; 9] = ["str", "int", "float", "bool", "null", "seq", "map", "timestamp", "binary"];
    match tag.core_suffix() {
        Some(name) => CORE.contains(&name).then_some(name),
        None => matches!(tag.parts(), ("", "!") | ("!", "")).then_some("!"),
    }
}

/// A scalar without quotes and tag. Numbers are those of JSON, with the signs, points and bases that YAML adds.
fn plain(text: Cow<'_, str>) -> Value<'_> {
    match &*text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Boolean(true),
        "false" | "False" | "FALSE" => Value::Boolean(false),
        number if is_decimal(number) => Value::Number(text),
        other => match based(other) {
            Some(number) => Value::Number(Cow::Owned(number.to_string())),
            None => Value::Text(text),
        },
    }
}

/// `12`, `-1.5`, `.5`, `1e-7`; no leading zeros, which are more often codes than numbers.
fn is_decimal(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !text.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return false;
    }
    let are_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(m, e)| (m, Some(e)));
    let exponent_is_whole = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && are_digits(digits)
    });
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    let has_leading_zero = whole.len() > 1 && whole.starts_with('0');
    has_digits && !has_leading_zero && exponent_is_whole && are_digits(whole) && are_digits(fraction)
}

/// `0x1F` and `0o17`.
fn based(text: &str) -> Option<u128> {
    let (digits, base) = match text.get(..2)? {
        "0x" => (text.get(2..)?, 16),
        "0o" => (text.get(2..)?, 8),
        _ => return None,
    };
    if digits.starts_with('+') { None } else { u128::from_str_radix(digits, base).ok() }
}
