//! A method together with the arguments of one call.

use std::borrow::Cow;
use std::fmt;

use bindery_ir::{Method, Text};

use crate::json::{self, Json, Kind, Reader, ToJson};

/// A method and its arguments, ready to be sent by a [`Client`](crate::Client).
///
/// ```
/// use bindery_runtime::{Argument, Call, ir};
/// let method = ir::Method::new("demo.pets.pet".parse()?, ir::SqlName::new("get"));
/// let call = Call::new(&method).with("petId", Argument::text("p1"));
/// // Arguments may be secrets; only their names are shown.
/// assert_eq!(format!("{call:?}"), "demo.pets.pet.get(petId)");
/// # Ok::<(), ir::ResourceIdError>(())
/// ```
#[derive(Clone)]
pub struct Call<'m> {
    method: &'m Method,
    arguments: Vec<(Text, Argument)>,
}

impl<'m> Call<'m> {
    /// A call without arguments.
    pub fn new(method: &'m Method) -> Self {
        Self { method, arguments: Vec::new() }
    }

    /// The same call with one more argument. It is named as documented, as on the wire or in `snake_case`; of two
    /// arguments for the same parameter the last counts. A name that the method does not have is an error when the
    /// call is sent.
    #[must_use]
    pub fn with(mut self, name: impl Into<Text>, argument: Argument) -> Self {
        self.arguments.push((name.into(), argument));
        self
    }

    /// The same call with a text for an argument; see [`with`](Self::with).
    #[must_use]
    pub fn text(self, name: &'static str, value: impl Into<String>) -> Self {
        self.with(name, Argument::Text(value.into()))
    }

    /// The same call with a JSON value for an argument; see [`with`](Self::with).
    #[must_use]
    pub fn json<T: ToJson + ?Sized>(self, name: &'static str, value: &T) -> Self {
        self.with(name, Argument::json(value))
    }

    /// The method.
    pub fn method(&self) -> &'m Method {
        self.method
    }

    pub(crate) fn arguments(&self) -> &[(Text, Argument)] {
        &self.arguments
    }
}

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.arguments.iter().map(|(name, _)| &**name).collect();
        write!(f, "{}({})", self.method.path(), names.join(", "))
    }
}

/// The value of one argument.
#[derive(Clone, PartialEq, Eq)]
pub enum Argument {
    /// Text. In a JSON body it becomes a string.
    Text(String),
    /// Any JSON value. In a path, query or header a string is sent without its quotes and an array item by item;
    /// `null` there is the same as no argument.
    Json(Json),
}

impl Argument {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Any value with a JSON form.
    pub fn json<T: ToJson + ?Sized>(value: &T) -> Self {
        Self::Json(Json::of(value))
    }

    /// The texts it stands for outside a body: none for `null`, one for each item of an array.
    pub(crate) fn texts(&self) -> Vec<Cow<'_, str>> {
        match self {
            Self::Text(text) => vec![Cow::Borrowed(text)],
            Self::Json(json) => texts_of(json.get()).unwrap_or_else(|_| vec![Cow::Borrowed(json.get())]),
        }
    }

    /// The JSON it stands for in a body.
    pub(crate) fn to_json(&self) -> Json {
        match self {
            Self::Text(text) => Json::of(text),
            Self::Json(json) => json.clone(),
        }
    }
}

fn texts_of(json: &str) -> Result<Vec<Cow<'_, str>>, json::Error> {
    let mut reader = Reader::over(json);
    match reader.kind()? {
        Kind::Null => Ok(Vec::new()),
        Kind::Array => {
            let mut texts = Vec::new();
            let mut more = reader.first_item()?;
            while more {
                texts.push(text_of(&mut reader)?);
                more = reader.next_item()?;
            }
            Ok(texts)
        }
        _ => Ok(vec![text_of(&mut reader)?]),
    }
}

fn text_of<'j>(reader: &mut Reader<'j>) -> Result<Cow<'j, str>, json::Error> {
    match reader.string()? {
        Some(text) => Ok(Cow::Owned(text)),
        None => Ok(Cow::Borrowed(reader.raw()?)),
    }
}

impl fmt::Debug for Argument {
    /// The kind only: the value may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(…)",
            Self::Json(_) => "Json(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_outside_a_body_is_its_text() {
        let texts = |json: &str| Argument::Json(json.parse().unwrap()).texts().join("|");
        assert_eq!(texts("null"), "");
        assert_eq!(texts("\"a\\nb\""), "a\nb");
        assert_eq!(texts("12345678901234567890"), "12345678901234567890");
        assert_eq!(texts("[1, \"a\", true]"), "1|a|true");
        assert_eq!(texts("{\"a\": 1}"), "{\"a\": 1}");
    }
}
