//! The received text of a row → the values of its columns.
//!
//! A row stays the bytes it arrived as. Reading it once finds where its properties lie; a column is made into a value
//! when it is asked for.

use std::borrow::Cow;

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
