//! The types of parameters, columns and properties, and the named schemas they refer to.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Boxed, List, Origin, SchemaName, Text, WireName};

/// What a value may be. Unknown is [`Type::Any`], never a guess.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// Anything at all.
    #[default]
    Any,
    /// `true` or `false`.
    Boolean,
    /// A whole number of any size, with the format its source states (`int32`, `int64`).
    Integer(Option<Text>),
    /// A decimal number that keeps every digit, with the format its source states (`double`).
    Number(Option<Text>),
    /// Text, with the format its source states (`date-time`, `uuid`, `uri`).
    String(Option<Text>),
    /// A sequence of values of one type.
    Array(Boxed<Type>),
    /// An object with arbitrary keys and values of one type.
    Map(Boxed<Type>),
    /// An object described by a schema of the same service.
    Object(SchemaName),
    /// One of the texts listed by a schema of the same service, or another one.
    Enum(SchemaName),
}

impl Type {
    /// Text without a stated format.
    pub const STRING: Self = Self::String(None);
    /// A whole number without a stated format.
    pub const INTEGER: Self = Self::Integer(None);
    /// A decimal number without a stated format.
    pub const NUMBER: Self = Self::Number(None);
    /// An object about which nothing is known.
    pub const FREE_OBJECT: Self = Self::Map(Boxed::Static(&Self::Any));

    /// Reads a `Datatype` cell of a documentation page: `string`, `integer (int64)`, `text`.
    ///
    /// Words that say nothing (`undefined`, `unknown`, `null`, the empty cell) and words that are not known
    /// are [`Type::Any`].
    ///
    /// ```
    /// use bindery_ir::Type;
    /// assert_eq!(Type::from_datatype("integer (int64)"), Type::Integer(Some("int64".into())));
    /// assert_eq!(Type::from_datatype("text"), Type::STRING);
    /// assert_eq!(Type::from_datatype("undefined"), Type::Any);
    /// ```
    pub fn from_datatype(datatype: &str) -> Self {
        let (word, format) = match datatype.trim().split_once(" (") {
            Some((word, rest)) => (word, rest.strip_suffix(')').map(|format| Text::Owned(format.to_owned()))),
            None => (datatype.trim(), None),
        };
        match word {
            "string" | "text" => Self::String(format),
            "integer" => Self::Integer(format),
            "number" => Self::Number(format),
            "boolean" => Self::Boolean,
            "array" => Self::Array(Boxed::Static(&Self::Any)),
            "object" => Self::FREE_OBJECT,
            _ => Self::Any,
        }
    }

    /// The schema that it is made of, however many lists and maps are around it.
    ///
    /// ```
    /// use bindery_ir::{Boxed, SchemaName, Type};
    /// let pets = Type::Array(Boxed::new(Type::Object(SchemaName::new("Pet"))));
    /// assert_eq!(pets.schema(), Some(&SchemaName::new("Pet")));
    /// assert_eq!(Type::STRING.schema(), None);
    /// ```
    pub fn schema(&self) -> Option<&SchemaName> {
        let mut ty = self;
        loop {
            match ty {
                Self::Object(name) | Self::Enum(name) => return Some(name),
                Self::Array(item) | Self::Map(item) => ty = item,
                Self::Any | Self::Boolean | Self::Integer(_) | Self::Number(_) | Self::String(_) => return None,
            }
        }
    }

    /// The word the documentation uses for it: `string`, `object`, …
    pub fn word(&self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Boolean => "boolean",
            Self::Integer(_) => "integer",
            Self::Number(_) => "number",
            Self::String(_) | Self::Enum(_) => "string",
            Self::Array(_) => "array",
            Self::Map(_) | Self::Object(_) => "object",
        }
    }
}

impl fmt::Display for Type {
    /// As the `Datatype` cell of a documentation page says it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        match self {
            Self::Integer(Some(format)) | Self::Number(Some(format)) | Self::String(Some(format)) => {
                write!(f, " ({format})")
            }
            _ => Ok(()),
        }
    }
}

/// A schema of a service that types refer to by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// Its name, unique within the service.
    pub name: SchemaName,
    /// What its source says about it.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub description: Text,
    /// What it consists of.
    pub shape: SchemaShape,
    /// Where it was read.
    #[serde(default, skip_serializing_if = "Origin::is_unknown")]
    pub origin: Origin,
}

/// What a schema consists of. Arrays, maps and scalars have no schema of their own: they are written out as a
/// [`Type`] wherever they are used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SchemaShape {
    /// An object with these fields, and possibly others.
    Struct(List<Field>),
    /// A text, usually one of these.
    Enum(List<EnumValue>),
}

/// A property of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name on the wire.
    pub name: WireName,
    /// What it may be. It may always be absent or null as well.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Who may set it.
    #[serde(default, skip_serializing_if = "Access::is_both")]
    pub access: Access,
    /// What its source says about it.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub description: Text,
}

/// Who may set a property.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// The caller sends it and the provider returns it.
    #[default]
    ReadWrite,
    /// Only the provider sets it (`readOnly`).
    ReadOnly,
    /// The provider never returns it (`writeOnly`).
    WriteOnly,
}

impl Access {
    /// Whether both sides may set it.
    pub fn is_both(&self) -> bool {
        matches!(self, Self::ReadWrite)
    }
}

/// One of the values of an enumeration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumValue {
    /// The text on the wire.
    pub value: Text,
    /// What its source says about it.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub description: Text,
}
