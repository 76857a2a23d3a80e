//! Values made up from types, the same ones every time.

use bindery_ir::{Access, Column, SchemaName, SchemaShape, Service, Type};
use serde_json::{Map, Value, json};

/// How deep a made-up value goes.
const MAX_DEPTH: usize = 3;
/// How many values a made-up row holds, at all depths together.
const MAX_VALUES: usize = 200;

/// The value of a variable of a path, for the `index`-th sample, counted from 1.
pub(crate) fn variable(name: &str, ty: Option<&Type>, index: u64) -> String {
    match ty {
        Some(Type::Integer(_) | Type::Number(_)) => index.to_string(),
        Some(Type::String(Some(format))) if format == "uuid" => uuid(index),
        _ => format!("sample-{name}-{index}"),
    }
}

/// A made-up text in the form of a UUID.
pub(crate) fn uuid(index: u64) -> String {
    format!("00000000-0000-4000-8000-{:012x}", index & 0xffff_ffff_ffff)
}

/// A row with a value in every column; columns that are there keep theirs.
pub(crate) fn row(service: Option<&Service>, columns: &[Column], index: u64, mut known: Map<String, Value>) -> Value {
    let mut sampler = Sampler { service, index, left: MAX_VALUES };
    for column in columns {
        let name = column.wire_name.as_str();
        if !known.contains_key(name)
            && let Some(value) = sampler.value(&column.ty, name, 0)
        {
            known.insert(name.to_owned(), value);
        }
    }
    Value::Object(known)
}

/// A value of a type.
pub(crate) fn value(service: Option<&Service>, ty: &Type, name: &str, index: u64) -> Value {
    Sampler { service, index, left: MAX_VALUES }.value(ty, name, 0).unwrap_or_default()
}

/// Makes values up until it has made enough of them.
struct Sampler<'a> {
    service: Option<&'a Service>,
    index: u64,
    left: usize,
}

impl Sampler<'_> {
    /// A value, or nothing when the row is large or deep enough already. The depth bounds the recursion.
    fn value(&mut self, ty: &Type, name: &str, depth: usize) -> Option<Value> {
        if self.left == 0 || depth > MAX_DEPTH {
            return None;
        }
        self.left -= 1;
        Some(match ty {
            Type::Any => Value::Null,
            Type::Boolean => Value::Bool(self.index % 2 == 1),
            Type::Integer(_) => Value::from(self.index),
            Type::Number(_) => json!(f64::from(u32::try_from(self.index).unwrap_or(u32::MAX)) + 0.5),
            Type::String(format) => Value::from(self.text(name, format.as_deref())),
            Type::Array(item) => Value::Array(self.value(item, name, depth + 1).into_iter().collect()),
            Type::Map(item) => Value::Object(
                self.value(item, name, depth + 1).map(|value| ("key".to_owned(), value)).into_iter().collect(),
            ),
            Type::Object(schema) => self.object(schema, depth),
            Type::Enum(schema) => self.choice(schema, name),
        })
    }

    fn text(&self, name: &str, format: Option<&str>) -> String {
        let index = self.index;
        match format {
            Some("date-time") => format!("2024-01-01T00:{:02}:{:02}Z", index / 60 % 60, index % 60),
            Some("date") => format!("2024-01-{:02}", index % 28 + 1),
            Some("uuid") => uuid(index),
            Some("uri" | "url") => format!("https://example.com/{name}/{index}"),
            Some("email") => format!("sample-{index}@example.com"),
            Some("byte" | "base64") => "c2FtcGxl".to_owned(),
            _ => format!("sample-{name}-{index}"),
        }
    }

    fn object(&mut self, schema: &SchemaName, depth: usize) -> Value {
        let service = self.service;
        let mut object = Map::new();
        if let Some(SchemaShape::Struct(fields)) = service.and_then(|s| s.schema(schema)).map(|s| &s.shape) {
            for field in fields.iter().filter(|field| field.access != Access::WriteOnly) {
                let name = field.name.as_str();
                if let Some(value) = self.value(&field.ty, name, depth + 1) {
                    object.insert(name.to_owned(), value);
                }
            }
        }
        Value::Object(object)
    }

    fn choice(&self, schema: &SchemaName, name: &str) -> Value {
        let values = match self.service.and_then(|s| s.schema(schema)).map(|s| &s.shape) {
            Some(SchemaShape::Enum(values)) => &**values,
            _ => &[],
        };
        let turn = usize::try_from(self.index.saturating_sub(1)).unwrap_or(0).checked_rem(values.len());
        match turn.and_then(|turn| values.get(turn)) {
            Some(choice) => Value::from(choice.value.as_ref()),
            None => Value::from(self.text(name, None)),
        }
    }
}

#[cfg(test)]
mod tests {
    use bindery_ir::{Boxed, EnumValue, Field, Schema, WireName};

    use super::*;

    fn service() -> Service {
        let field = |name: &'static str, ty| Field {
            name: WireName::new(name),
            ty,
            access: Access::ReadWrite,
            description: "".into(),
        };
        let schema = |name: &'static str, shape| Schema {
            name: SchemaName::new(name),
            description: "".into(),
            shape,
            origin: bindery_ir::Origin::UNKNOWN,
        };
        let own = || Type::Object(SchemaName::new("Node"));
        let fields = vec![
            field("children", Type::Array(Boxed::new(own()))),
            field("parent", own()),
            field("color", Type::Enum(SchemaName::new("Color"))),
        ];
        let colors = ["red", "green"].map(|value| EnumValue { value: value.into(), description: "".into() });
        let mut service = Service::new("s".into());
        service.schemas = vec![
            schema("Node", SchemaShape::Struct(fields.into())),
            schema("Color", SchemaShape::Enum(colors.to_vec().into())),
        ]
        .into();
        service
    }

    fn depth(value: &Value) -> usize {
        match value {
            Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
            Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
            _ => 0,
        }
    }

    #[test]
    fn a_type_that_contains_itself_ends() {
        let service = service();
        let value = value(Some(&service), &Type::Object(SchemaName::new("Node")), "root", 2);
        assert_eq!(value["color"], "green");
        assert!((2..=MAX_DEPTH + 1).contains(&depth(&value)), "{value}");
    }

    #[test]
    fn values_have_the_form_of_their_type() {
        let of = |ty: &Type| value(None, ty, "x", 3);
        assert_eq!(of(&Type::INTEGER), 3);
        assert_eq!(of(&Type::NUMBER), 3.5);
        assert_eq!(of(&Type::Boolean), true);
        assert_eq!(of(&Type::STRING), "sample-x-3");
        assert_eq!(of(&Type::String(Some("date-time".into()))), "2024-01-01T00:00:03Z");
        assert_eq!(of(&Type::Array(Boxed::new(Type::INTEGER))), json!([3]));
        assert_eq!(variable("id", Some(&Type::INTEGER), 3), "3");
        assert_eq!(variable("id", None, 3), "sample-id-3");
    }
}
