//! The bridge to serde, for the types of this module and for generated ones.
//!
//! Out: a value is written as JSON text once and the text is handed to the serializer piece by piece. In: what
//! the deserializer holds becomes JSON text once, and is read from there. So serde costs a copy of the text and a
//! second pass over it; [`from_slice`](super::from_slice) and [`to_string`](super::to_string) do not.
//!
//! With `serde_json` reading text, every digit survives in both directions. Formats that hold numbers only as
//! 64-bit integers or floats, and serde's own buffers (`flatten`, `untagged`), round what they cannot hold before
//! it gets here.

use std::fmt;

use ::serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use ::serde::ser::{Error as _, SerializeMap, SerializeSeq};
use ::serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::{Error, FromJson, Json, Kind, Number, Reader, ToJson, Writer};

/// The name by which `serde_json` recognises a request for a value's text; other formats ignore it.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// How many significant digits every 64-bit float keeps.
const FLOAT_DIGITS: usize = 15;

/// Serializes a value by way of its JSON.
///
/// # Errors
/// When the serializer refuses a part of it.
pub fn serialize<T: ToJson, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serialize_text(&super::to_string(value), serializer)
}

/// Deserializes a value by way of its JSON.
///
/// # Errors
/// When the deserializer fails, or what it holds does not fit the type.
pub fn deserialize<'de, T: FromJson, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let text = text_of(deserializer)?;
    let value = super::from_slice(text.as_bytes()).map_err(D::Error::custom)?;
    value.ok_or_else(|| D::Error::custom("the value does not fit the type"))
}

fn serialize_text<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let mut reader = Reader::over(text);
    match reader.kind().map_err(S::Error::custom)? {
        Kind::Null => serializer.serialize_unit(),
        Kind::Boolean => serializer.serialize_bool(reader.boolean().map_err(S::Error::custom)?.unwrap_or_default()),
        Kind::Number => serialize_number(text, serializer),
        Kind::String => serializer.serialize_str(&reader.string().map_err(S::Error::custom)?.unwrap_or_default()),
        Kind::Array => {
            let mut array = serializer.serialize_seq(None)?;
            let mut more = reader.first_item().map_err(S::Error::custom)?;
            while more {
                array.serialize_element(&Part(reader.raw().map_err(S::Error::custom)?))?;
                more = reader.next_item().map_err(S::Error::custom)?;
            }
            array.end()
        }
        Kind::Object => {
            let mut object = serializer.serialize_map(None)?;
            let mut key = reader.first_key().map_err(S::Error::custom)?;
            while let Some(name) = key {
                object.serialize_entry(&name, &Part(reader.raw().map_err(S::Error::custom)?))?;
                key = reader.next_key().map_err(S::Error::custom)?;
            }
            object.end()
        }
    }
}

/// Hands a number over as an integer or a float where that keeps its digits, and as raw JSON elsewhere.
fn serialize_number<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(number) = text.parse::<i64>() {
        return serializer.serialize_i64(number);
    }
    if let Ok(number) = text.parse::<u64>() {
        return serializer.serialize_u64(number);
    }
    let significant = text.split(['e', 'E']).next().unwrap_or_default().trim_start_matches(['-', '0', '.']);
    let digits = significant.bytes().filter(u8::is_ascii_digit).count();
    match text.parse::<f64>() {
        // A number that is too small for a float reads as zero.
        Ok(number) if digits <= FLOAT_DIGITS && number.is_finite() && (number.is_normal() || digits == 0) => {
            serializer.serialize_f64(number)
        }
        _ => raw(text).map_err(S::Error::custom)?.serialize(serializer),
    }
}

fn raw(text: &str) -> Result<Box<RawValue>, serde_json::Error> {
    RawValue::from_string(text.to_owned())
}

/// A part of a larger text.
struct Part<'t>(&'t str);

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_text(self.0, serializer)
    }
}

/// The JSON text of what a deserializer holds.
fn text_of<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let mut writer = Writer::new();
    deserializer.deserialize_newtype_struct(RAW_VALUE, Transcriber(&mut writer))?;
    Ok(writer.into_string())
}

/// Writes whatever a deserializer holds as JSON.
struct Transcriber<'w>(&'w mut Writer);

impl<'de> DeserializeSeed<'de> for Transcriber<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Transcriber<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON has")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_none<E>(self) -> Result<(), E> {
        self.0.null();
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.null();
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.0.boolean(value);
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.0.integer(value);
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.0.verbatim(&value.to_string());
        Ok(())
    }

    fn visit_f64<E: ::serde::de::Error>(self, value: f64) -> Result<(), E> {
        Number::try_from(value).map_err(E::custom)?.write(self.0);
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.0.string(value);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.verbatim("[");
        let mut separator = "";
        while items.next_element_seed(Separated(separator, &mut *self.0))?.is_some() {
            separator = ",";
        }
        self.0.verbatim("]");
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut key = entries.next_key::<String>()?;
        if key.as_deref() == Some(RAW_VALUE) {
            let text: String = entries.next_value()?;
            self.0.verbatim(&text);
            return Ok(());
        }
        self.0.verbatim("{");
        let mut separator = "";
        while let Some(name) = key {
            self.0.verbatim(separator);
            separator = ",";
            self.0.string(&name);
            self.0.verbatim(":");
            entries.next_value_seed(Transcriber(&mut *self.0))?;
            key = entries.next_key()?;
        }
        self.0.verbatim("}");
        Ok(())
    }
}

/// An item of an array, after what separates it from the one before.
struct Separated<'w>(&'static str, &'w mut Writer);

impl<'de> DeserializeSeed<'de> for Separated<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.1.verbatim(self.0);
        deserializer.deserialize_any(Transcriber(self.1))
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_text(self.get(), serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_of(deserializer)?.parse().map_err(|error: Error| D::Error::custom(error))
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_number(self.as_str(), serializer)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_of(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGITS: &str = r#"{"a":12345678901234567890123,"b":[0.1000000000000000055511151231257827,1e400,-0.0,1.5]}"#;

    #[test]
    fn serde_json_keeps_every_digit_both_ways() -> Result<(), serde_json::Error> {
        let json: Json = serde_json::from_str(DIGITS)?;
        assert_eq!(json.get(), DIGITS);
        assert_eq!(serde_json::to_string(&json)?, DIGITS);
        Ok(())
    }

    #[test]
    fn other_formats_get_plain_values() -> Result<(), serde_json::Error> {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Outer {
            name: String,
            #[serde(flatten)]
            rest: Json,
        }
        let text = r#"{"name":"n","x":[1,2.5,null,true,"s",{"k":[]}]}"#;
        let outer: Outer = serde_json::from_str(text)?;
        assert_eq!(outer.rest.get(), r#"{"x":[1,2.5,null,true,"s",{"k":[]}]}"#);
        assert_eq!(serde_json::to_string(&outer)?, text);
        let value: serde_json::Value = serde_json::to_value(&outer)?;
        assert_eq!(serde_json::from_value::<Outer>(value)?, outer);
        Ok(())
    }
}
