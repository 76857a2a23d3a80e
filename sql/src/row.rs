//! The received text of a row → the values of its columns.
//!
//! A row stays the bytes it arrived as. Reading it once finds where its properties lie; a column is made into a value
//! when it is asked for. The bytes were checked to be JSON when their page arrived, so the scan here only looks for
//! the ends of things; on anything else it finds less, and never panics.

use std::borrow::Cow;
use std::ops::Range;

use crate::table::ColumnType;

/// A value of a column, on its way to SQLite.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ColumnValue<'r> {
    Null,
    Integer(i64),
    Real(f64),
    Text(Cow<'r, str>),
    /// The text of an object or array, which SQLite is told is JSON.
    Json(&'r str),
}

/// Calls back for every property of an object: its key as it is written, and where its value lies. Stops when told.
pub(crate) fn properties(row: &[u8], mut each: impl FnMut(&[u8], Range<usize>) -> bool) {
    let mut at = 0;
    while let Some((key, start)) = next_key(row, at) {
        let Some(end) = value_end(row, start) else { return };
        if !each(key, start..end) {
            return;
        }
        at = end;
    }
}

/// The key that comes next, as it is written, and where its value starts. `at` is the start of the object, or the end
/// of a value of it.
pub(crate) fn next_key(row: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let separator = skip_space(row, at);
    let expected = if at == 0 { b'{' } else { b',' };
    let key_start = skip_space(row, separator + 1);
    if row.get(separator) != Some(&expected) || row.get(key_start) != Some(&b'"') {
        return None;
    }
    let key_end = string_end(row, key_start)?;
    let colon = skip_space(row, key_end);
    if row.get(colon) != Some(&b':') {
        return None;
    }
    Some((row.get(key_start + 1..key_end - 1)?, skip_space(row, colon + 1)))
}

#[inline]
pub(crate) fn skip_space(row: &[u8], mut at: usize) -> usize {
    while matches!(row.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// Behind the closing quote of the string that starts here.
#[inline]
fn string_end(row: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', row.get(at..)?)?;
        if row.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Behind the value that starts here.
#[inline]
pub(crate) fn value_end(row: &[u8], start: usize) -> Option<usize> {
    match row.get(start)? {
        b'"' => string_end(row, start),
        b'{' | b'[' => container_end(row, start),
        _ => {
            let rest = row.get(start..)?;
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r');
            let length = rest.iter().position(ends).unwrap_or(rest.len());
            (length > 0).then_some(start + length)
        }
    }
}

/// Behind the object or list that starts here.
fn container_end(row: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = start;
    loop {
        let rest = row.get(at..)?;
        at += rest.iter().position(|byte| matches!(byte, b'"' | b'{' | b'[' | b'}' | b']'))?;
        match row.get(at)? {
            b'"' => {
                at = string_end(row, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            _ => depth -= 1,
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// Whether a key as it is written is this name.
pub(crate) fn is_key(written: &[u8], name: &str) -> bool {
    if memchr::memchr(b'\\', written).is_none() {
        return written == name.as_bytes();
    }
    let quoted = [b"\"", written, b"\""].concat();
    serde_json::from_slice::<String>(&quoted).is_ok_and(|key| key == name)
}

/// The value of a JSON text as a column of that type has it.
pub(crate) fn convert(json: &[u8], ty: ColumnType) -> ColumnValue<'_> {
    let Ok(json) = std::str::from_utf8(json) else { return ColumnValue::Null };
    match json.as_bytes().first() {
        None | Some(b'n') => ColumnValue::Null,
        Some(b'"') => of_string(json, ty),
        Some(b'{' | b'[') => ColumnValue::Json(json),
        Some(b't' | b'f') => match ty {
            ColumnType::Text => ColumnValue::Text(Cow::Borrowed(json)),
            _ => ColumnValue::Integer(i64::from(json == "true")),
        },
        Some(_) if ty == ColumnType::Text => ColumnValue::Text(Cow::Borrowed(json)),
        Some(_) => of_number(json),
    }
}

fn of_string(json: &str, ty: ColumnType) -> ColumnValue<'_> {
    let inner = json.get(1..json.len() - 1).unwrap_or_default();
    let text = if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        Cow::Borrowed(inner)
    } else {
        Cow::Owned(serde_json::from_str::<String>(json).unwrap_or_else(|_| inner.to_owned()))
    };
    let is_written_as_number = || {
        let digits = text.strip_prefix('-').unwrap_or(&text);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    match ty {
        // Whole numbers of 64 bits often travel as text.
        ColumnType::Integer if is_written_as_number() => match text.parse() {
            Ok(number) => ColumnValue::Integer(number),
            Err(_) => ColumnValue::Text(text),
        },
        ColumnType::Boolean if text == "true" || text == "false" => ColumnValue::Integer(i64::from(text == "true")),
        _ => ColumnValue::Text(text),
    }
}

/// A number, or the text of one that SQLite's numbers cannot hold to the last digit.
fn of_number(json: &str) -> ColumnValue<'_> {
    if let Ok(number) = json.parse::<i64>() {
        return ColumnValue::Integer(number);
    }
    match json.parse::<f64>() {
        Ok(number) if number.is_finite() && significant(json) == significant(&format!("{number:e}")) => {
            ColumnValue::Real(number)
        }
        _ => ColumnValue::Text(Cow::Borrowed(json)),
    }
}

/// The digits that count, without sign, point, exponent and the zeros around them.
fn significant(number: &str) -> String {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').to_owned()
}

/// What equal values have in common, however they are written: the key of an index that SQLite checks again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum IndexKey {
    Number(u64),
    Text(String),
}

impl IndexKey {
    pub(crate) fn of(value: &ColumnValue<'_>) -> Option<Self> {
        match value {
            ColumnValue::Null => None,
            #[expect(clippy::cast_precision_loss, reason = "a coarser key finds too many rows, never too few")]
            ColumnValue::Integer(number) => Some(Self::number(*number as f64)),
            ColumnValue::Real(number) => Some(Self::number(*number)),
            ColumnValue::Text(text) => Some(Self::text(text)),
            ColumnValue::Json(text) => Some(Self::text(text)),
        }
    }

    fn number(number: f64) -> Self {
        // 0.0 and -0.0 are equal.
        Self::Number((number + 0.0).to_bits())
    }

    /// Text that reads like a number may equal one.
    fn text(text: &str) -> Self {
        match text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}').parse::<f64>() {
            Ok(number) => Self::number(number),
            Err(_) => Self::Text(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(row: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        properties(row.as_bytes(), |key, value| {
            found.push((String::from_utf8_lossy(key).into_owned(), row[value].to_owned()));
            true
        });
        found
    }

    #[test]
    fn properties_are_found_whatever_lies_between() {
        let row = r#" { "a" : 1 ,"b":"x\"}", "c":{"d":[1,"]"]}, "e\"":null,"f":-1.5e3} "#;
        let expected = [("a", "1"), ("b", r#""x\"}""#), ("c", r#"{"d":[1,"]"]}"#), (r#"e\""#, "null"), ("f", "-1.5e3")];
        assert_eq!(found(row), expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert!(is_key(br#"e\""#, "e\""));
        for broken in
            ["", "{", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":\"\\", "{\"a\":[", "[1]", "1", "{\"a\":]", "{]"]
        {
            assert!(found(broken).is_empty(), "{broken}");
        }
    }

    #[test]
    fn values_have_the_type_of_their_column() {
        use ColumnType::{Any, Boolean, Integer, Number, Text};
        let text = |text: &'static str| ColumnValue::Text(Cow::Borrowed(text));
        for (json, ty, expected) in [
            ("null", Text, ColumnValue::Null),
            ("5", Text, text("5")),
            ("5", Any, ColumnValue::Integer(5)),
            ("\"5\"", Any, text("5")),
            ("\"9007199254740993\"", Integer, ColumnValue::Integer(9_007_199_254_740_993)),
            ("9007199254740993", Number, ColumnValue::Integer(9_007_199_254_740_993)),
            ("18446744073709551616", Integer, text("18446744073709551616")),
            ("1.50", Number, ColumnValue::Real(1.5)),
            ("0.1", Number, ColumnValue::Real(0.1)),
            ("12345678901234567.89", Number, text("12345678901234567.89")),
            ("true", Boolean, ColumnValue::Integer(1)),
            ("true", Text, text("true")),
            ("\"a\\u00e9\"", Text, ColumnValue::Text(Cow::Owned("aé".to_owned()))),
            ("{\"a\":1}", Text, ColumnValue::Json("{\"a\":1}")),
        ] {
            assert_eq!(convert(json.as_bytes(), ty), expected, "{json} as {ty:?}");
        }
    }

    #[test]
    fn equal_values_share_a_key() {
        let key = |value: ColumnValue<'_>| IndexKey::of(&value);
        assert_eq!(key(ColumnValue::Integer(1)), key(ColumnValue::Real(1.0)));
        assert_eq!(key(ColumnValue::Integer(1)), key(ColumnValue::Text(" 1.0".into())));
        assert_eq!(key(ColumnValue::Real(0.0)), key(ColumnValue::Real(-0.0)));
        assert_ne!(key(ColumnValue::Text("a".into())), key(ColumnValue::Text("A".into())));
        assert_eq!(key(ColumnValue::Null), None);
    }
}
