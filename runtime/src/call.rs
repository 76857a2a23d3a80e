//! A method together with the arguments of one call.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bindery_ir::{Method, Text};
use bytes::Bytes;

use crate::json::{self, Json, Kind, Reader, ToJson};
use crate::page_limits::PageLimits;

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
    settings: Settings,
}

/// What a call wants otherwise than its client.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) within: Option<Duration>,
    pub(crate) pages: PageLimits,
    pub(crate) single_page: bool,
}

impl<'m> Call<'m> {
    /// A call without arguments.
    pub fn new(method: &'m Method) -> Self {
        Self { method, arguments: Vec::new(), settings: Settings::default() }
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

    /// The same call, which must be over in this time, with all its retries and with waiting for its turn. Of a
    /// listing, each page is a call.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.settings.within = Some(time);
        self
    }

    /// The same listing, of which at most so many pages are read. When there are more, the last row is followed by
    /// [`Error::LimitReached`](crate::Error::LimitReached).
    #[must_use]
    pub fn max_pages(mut self, pages: u64) -> Self {
        self.settings.pages.max_pages = Some(pages);
        self
    }

    /// The same listing, of which at most so many rows are read; as [`max_pages`](Self::max_pages).
    #[must_use]
    pub fn max_rows(mut self, rows: u64) -> Self {
        self.settings.pages.max_rows = Some(rows);
        self
    }

    /// The same listing, as if it did not say that it goes on: its first page is all that is read.
    #[must_use]
    pub fn single_page(mut self) -> Self {
        self.settings.single_page = true;
        self
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
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
    /// Bytes: the content of a file, or a body that is no text. Anywhere else they are their text, or Base64 where they are none.
    Bytes {
        /// What they are.
        content: Bytes,
        /// What the file is called, where it goes into a form; as the parameter unless it is said.
        name: Option<String>,
    },
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

    /// Bytes.
    pub fn bytes(content: impl Into<Bytes>) -> Self {
        Self::Bytes { content: content.into(), name: None }
    }

    /// The content of a file that has a name.
    pub fn file(name: impl Into<String>, content: impl Into<Bytes>) -> Self {
        Self::Bytes { content: content.into(), name: Some(name.into()) }
    }

    /// The texts it stands for outside a body: none for `null`, one for each item of an array.
    pub(crate) fn texts(&self) -> Vec<Cow<'_, str>> {
        match self {
            Self::Text(text) => vec![Cow::Borrowed(text)],
            Self::Json(json) => texts_of(json.get()).unwrap_or_else(|_| vec![Cow::Borrowed(json.get())]),
            Self::Bytes { content, .. } => vec![text_or_base64(content)],
        }
    }

    /// The text it stands for where only one may be; several are separated by commas.
    pub(crate) fn joined(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            other => Cow::Owned(other.texts().join(",")),
        }
    }

    /// Whether outside a body it is the same as no argument.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Json(_)) && self.texts().is_empty()
    }

    /// The JSON it stands for in a body.
    pub(crate) fn to_json(&self) -> Json {
        match self {
            Self::Text(text) => Json::of(text),
            Self::Json(json) => json.clone(),
            Self::Bytes { content, .. } => Json::of(&*text_or_base64(content)),
        }
    }
}

/// The text that bytes are, or Base64 where they are none.
pub(crate) fn text_or_base64(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(STANDARD.encode(bytes)),
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
            Self::Bytes { .. } => "Bytes(…)",
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
