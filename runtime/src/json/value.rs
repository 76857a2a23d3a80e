//! Any JSON value, kept as it is written.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Error, FromJson, Reader, ToJson, Writer};

/// Any JSON value, kept as the text it was received as: no digit, no duplicate key and no order is lost.
///
/// Two of them are equal when their texts are.
///
/// ```
/// use bindery_runtime::json::Json;
/// let price: Json = "12345678901234567890.10".parse()?;
/// assert_eq!(price.get(), "12345678901234567890.10");
///
/// let tags: Json = r#" {"env": "prod"} "#.parse()?;
/// assert_eq!(tags.get(), r#"{"env": "prod"}"#);
/// assert_eq!(tags.parse::<serde_json::Value>()?, serde_json::json!({"env": "prod"}));
/// assert!("{oops}".parse::<Json>().is_err());
/// # Ok::<(), bindery_runtime::json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Json(Cow<'static, str>);

impl Json {
    /// `null`
    pub const NULL: Self = Self(Cow::Borrowed("null"));

    /// The text of the value, without white space around it.
    pub fn get(&self) -> &str {
        &self.0
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        self.get() == "null"
    }

    /// Reads it as any type that serde knows.
    ///
    /// # Errors
    /// When it does not fit the type.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(self.get()).map_err(|error| Error::Unfit { reason: error.to_string() })
    }

    /// Writes any value that serde knows.
    ///
    /// # Errors
    /// When the value has no form in JSON, such as a map whose keys are no strings.
    pub fn from_serialize<T: Serialize + ?Sized>(value: &T) -> Result<Self, Error> {
        let text = serde_json::to_string(value).map_err(|error| Error::Unfit { reason: error.to_string() })?;
        Ok(Self(Cow::Owned(text)))
    }

    /// Writes any value that this crate knows.
    pub fn of<T: ToJson + ?Sized>(value: &T) -> Self {
        Self(Cow::Owned(super::to_string(value)))
    }

    /// Takes text that a [`Reader`] or a [`Writer`] produced.
    pub(crate) fn trusted(text: impl Into<Cow<'static, str>>) -> Self {
        Self(text.into())
    }
}

impl FromStr for Json {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut reader = Reader::over(text);
        let value = reader.raw()?;
        reader.finish()?;
        Ok(Self(Cow::Owned(value.to_owned())))
    }
}

impl Default for Json {
    fn default() -> Self {
        Self::NULL
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.get())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.get())
    }
}

impl FromJson for Json {
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Error> {
        Ok(Some(Self(Cow::Owned(reader.raw()?.to_owned()))))
    }
}

impl ToJson for Json {
    fn write(&self, writer: &mut Writer) {
        writer.json(self);
    }
}
