//! What a query returns: rows, their columns, and values by name or place.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::error::Error;
use crate::table::ColumnType;
use crate::value::Value;

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    name: String,
    ty: ColumnType,
}

impl Column {
    pub(crate) fn new(name: &str, ty: ColumnType) -> Self {
        Self { name: name.to_owned(), ty }
    }

    /// Its name: the alias, or what the statement says.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether its texts are JSON: it shows an object or a list of the provider as it is.
    pub fn is_json(&self) -> bool {
        self.ty == ColumnType::Json
    }

    /// Whether its numbers are truth values.
    pub fn is_boolean(&self) -> bool {
        self.ty == ColumnType::Boolean
    }

    /// Whether it is declared to hold numbers.
    pub fn is_numeric(&self) -> bool {
        matches!(self.ty, ColumnType::Integer | ColumnType::Number)
    }
}

/// A row of a result.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    columns: Arc<[Column]>,
    values: Vec<Value>,
}

impl Row {
    pub(crate) fn new(columns: Arc<[Column]>, values: Vec<Value>) -> Self {
        Self { columns, values }
    }

    /// The columns, in the order of the values.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The values.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The value of a place, counted from 0.
    pub fn at(&self, place: usize) -> Option<&Value> {
        self.values.get(place)
    }

    /// The value of the first column of that name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let place = self.columns.iter().position(|column| column.name == name)?;
        self.values.get(place)
    }

    /// The text of a column, if it has one.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// The whole number of a column, if it has one.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.get(name)?.as_i64()
    }

    /// The row as a JSON object with native values: numbers, truth values, and the provider's objects as they are.
    pub fn to_json(&self) -> String {
        let mut json = String::from("{");
        for (at, (column, value)) in self.columns.iter().zip(&self.values).enumerate() {
            if at > 0 {
                json.push(',');
            }
            push_string(&mut json, &column.name);
            json.push(':');
            push_value(&mut json, column, value);
        }
        json.push('}');
        json
    }

    /// The row as any type that serde reads from a JSON object; generated row types among them.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(&self.to_json())
            .map_err(|error| Error::Row { reason: format!("a row does not fit: {error}") })
    }
}

fn push_value(json: &mut String, column: &Column, value: &Value) {
    match value {
        Value::Null => json.push_str("null"),
        Value::Integer(number @ (0 | 1)) if column.is_boolean() => {
            json.push_str(if *number == 1 { "true" } else { "false" });
        }
        Value::Integer(number) => json.push_str(&number.to_string()),
        Value::Real(number) if number.is_finite() => json.push_str(&format!("{number:?}")),
        Value::Text(text) if column.is_json() && serde_json::from_str::<&RawValue>(text).is_ok() => json.push_str(text),
        // A number that SQLite cannot hold to the last digit is still one.
        Value::Text(text) if column.is_numeric() && serde_json::from_str::<serde_json::Number>(text).is_ok() => {
            json.push_str(text);
        }
        value => push_string(json, &value.to_string()),
    }
}

fn push_string(json: &mut String, text: &str) {
    // Texts always have a JSON form.
    json.push_str(&serde_json::to_string(text).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_native_values() -> Result<(), Error> {
        let columns = [
            ("a", ColumnType::Any),
            ("b", ColumnType::Boolean),
            ("n", ColumnType::Number),
            ("j", ColumnType::Json),
            ("t", ColumnType::Text),
        ];
        let columns = columns.iter().map(|(name, ty)| Column::new(name, *ty)).collect();
        let values = vec![
            Value::Null,
            Value::Integer(1),
            Value::from("12345678901234567.89"),
            Value::from("{\"x\": [1]}"),
            Value::from("a\"b"),
        ];
        let row = Row::new(columns, values);
        assert_eq!(row.to_json(), r#"{"a":null,"b":true,"n":12345678901234567.89,"j":{"x": [1]},"t":"a\"b"}"#);
        let fields: std::collections::BTreeMap<String, serde_json::Value> = row.to()?;
        assert_eq!(fields["b"], true);
        assert_eq!(row.text("t"), Some("a\"b"));
        Ok(())
    }
}
