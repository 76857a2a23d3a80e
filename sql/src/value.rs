//! The values of SQL, and how they become arguments of a call.

use std::fmt;

use bindery_ir::{Location, Parameter, Type};
use bindery_runtime::Argument;
use bindery_runtime::json::Json;
use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::table::ColumnType;

/// A value of a row, or one that is bound to a placeholder.
///
/// ```
/// use bindery_sql::Value;
/// assert_eq!(Value::from("b1"), Value::Text("b1".to_owned()));
/// assert_eq!(Value::from(None::<i64>), Value::Null);
/// assert_eq!(Value::from(true), Value::Integer(1));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number that is not whole, or too large to be exact.
    Real(f64),
    /// Text, JSON included.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl Value {
    /// Whether it is NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "whoever asks for a float gets one")]
            Self::Integer(number) => Some(*number as f64),
            Self::Real(number) => Some(*number),
            _ => None,
        }
    }

    /// The value as a column of that type has it: the text of a number, or the number that a text is.
    pub(crate) fn of_type(self, ty: ColumnType) -> Self {
        match (&self, ty) {
            (Self::Integer(_) | Self::Real(_), ColumnType::Text) => Self::Text(self.to_string()),
            (Self::Text(text), ColumnType::Integer | ColumnType::Number) => {
                text.parse().map_or_else(|_| self.clone(), Self::Integer)
            }
            _ => self,
        }
    }

    pub(crate) fn of(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(number) => Self::Real(number),
            ValueRef::Text(text) => Self::Text(String::from_utf8_lossy(text).into_owned()),
            ValueRef::Blob(bytes) => Self::Blob(bytes.to_vec()),
        }
    }

    pub(crate) fn to_sqlite(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        })
    }

    /// What is sent for a parameter; `None` for NULL, which sends nothing.
    pub(crate) fn argument(&self, parameter: &Parameter) -> Option<Argument> {
        if self.is_null() {
            return None;
        }
        let text = self.to_string();
        let json = |text: &str| text.parse::<Json>().ok().map(Argument::Json);
        let typed = match &parameter.ty {
            Type::String(_) | Type::Enum(_) => None,
            Type::Boolean => match (self, text.as_str()) {
                (Self::Integer(0), _) | (_, "false") => json("false"),
                (Self::Integer(1), _) | (_, "true") => json("true"),
                _ => None,
            },
            Type::Integer(_) | Type::Number(_) => json(&text).filter(|_| is_number(&text)),
            Type::Array(_) | Type::Map(_) | Type::Object(_) => json(&text).filter(|_| is_container(&text)),
            Type::Any if matches!(self, Self::Integer(_) | Self::Real(_)) => json(&text),
            Type::Any => json(&text).filter(|_| is_container(&text)),
        };
        match typed {
            // Outside a body, only lists are more than their text.
            Some(Argument::Json(value)) if parameter.location != Location::Body && !is_container(value.get()) => {
                Some(Argument::text(value.get()))
            }
            Some(argument) => Some(argument),
            None => Some(Argument::text(text)),
        }
    }
}

fn is_number(text: &str) -> bool {
    text.trim_start().starts_with(|c: char| c.is_ascii_digit() || c == '-')
}

fn is_container(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

impl fmt::Display for Value {
    /// The text of the value; nothing for NULL. Bytes are shown in hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Integer(number) => number.fmt(f),
            Self::Real(number) => write!(f, "{number:?}"),
            Self::Text(text) => f.pad(text),
            Self::Blob(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Integer(truth.into())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use bindery_ir::SqlName;

    use super::*;

    fn sent(location: Location, ty: Type, value: impl Into<Value>) -> Option<Argument> {
        value.into().argument(&Parameter::new(SqlName::new("p"), location, ty))
    }

    fn json(text: &str) -> Argument {
        Argument::Json(text.parse().unwrap())
    }

    #[test]
    fn a_body_gets_what_its_types_say() {
        let body = Location::Body;
        assert_eq!(sent(body, Type::STRING, "{\"a\":1}"), Some(Argument::text("{\"a\":1}")));
        assert_eq!(sent(body, Type::FREE_OBJECT, "{\"a\":1}"), Some(json("{\"a\":1}")));
        assert_eq!(sent(body, Type::INTEGER, "12345678901234567890"), Some(json("12345678901234567890")));
        assert_eq!(sent(body, Type::INTEGER, "twelve"), Some(Argument::text("twelve")));
        assert_eq!(sent(body, Type::Boolean, true), Some(json("true")));
        assert_eq!(sent(body, Type::Boolean, "false"), Some(json("false")));
        assert_eq!(sent(body, Type::Any, 5), Some(json("5")));
        assert_eq!(sent(body, Type::Any, "5"), Some(Argument::text("5")));
        assert_eq!(sent(body, Type::STRING, None::<&str>), None);
    }

    #[test]
    fn elsewhere_values_are_their_text() {
        assert_eq!(sent(Location::Query, Type::INTEGER, 5), Some(Argument::text("5")));
        assert_eq!(sent(Location::Query, Type::Boolean, true), Some(Argument::text("true")));
        assert_eq!(sent(Location::Path, Type::STRING, 5), Some(Argument::text("5")));
        assert_eq!(sent(Location::Query, Type::Array(bindery_ir::Boxed::new(Type::Any)), "[1,2]"), Some(json("[1,2]")));
    }
}
