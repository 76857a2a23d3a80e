//! Writes JSON text.
//!
//! Values go in, one after the other; one well-formed, compact text comes out.

use std::fmt::Write as _;

use super::{Extra, Json, ToJson};

/// JSON text in the making.
///
/// ```
/// use bindery_runtime::json::Writer;
/// let mut writer = Writer::new();
/// writer.string("say \"hi\"\n");
/// assert_eq!(writer.into_string(), r#""say \"hi\"\n""#);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Writer {
    text: String,
}

impl Writer {
    /// Nothing written yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes `null`.
    pub fn null(&mut self) {
        self.text.push_str("null");
    }

    /// Writes `true` or `false`.
    pub fn boolean(&mut self, value: bool) {
        self.text.push_str(if value { "true" } else { "false" });
    }

    /// Writes a whole number.
    pub fn integer(&mut self, value: i64) {
        let _ = write!(self.text, "{value}");
    }

    /// Writes a string, with the escapes JSON asks for and no others.
    pub fn string(&mut self, value: &str) {
        self.text.push('"');
        let mut rest = value;
        while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
            let (plain, special) = rest.split_at(at);
            self.text.push_str(plain);
            let mut characters = special.chars();
            if let Some(character) = characters.next() {
                self.escape(character);
            }
            rest = characters.as_str();
        }
        self.text.push_str(rest);
        self.text.push('"');
    }

    fn escape(&mut self, character: char) {
        match character {
            '"' => self.text.push_str("\\\""),
            '\\' => self.text.push_str("\\\\"),
            '\n' => self.text.push_str("\\n"),
            '\r' => self.text.push_str("\\r"),
            '\t' => self.text.push_str("\\t"),
            other => {
                let _ = write!(self.text, "\\u{:04x}", u32::from(other));
            }
        }
    }

    /// Writes any value, as it stands.
    pub fn json(&mut self, value: &Json) {
        self.text.push_str(value.get());
    }

    /// Writes text that is known to be one JSON value.
    pub(super) fn verbatim(&mut self, json: &str) {
        self.text.push_str(json);
    }

    /// Writes an array.
    pub fn array<'a, T: ToJson + 'a>(&mut self, items: impl IntoIterator<Item = &'a T>) {
        self.text.push('[');
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            item.write(self);
        }
        self.text.push(']');
    }

    /// Writes an object of these properties, in this order.
    pub fn properties(&mut self, properties: &[(String, Json)]) {
        let mut object = ObjectWriter::new(self);
        for (key, value) in properties {
            object.entry(key, value);
        }
        object.finish();
    }

    /// Writes an object of these members, whose values are known to be JSON.
    pub(crate) fn members<'t>(&mut self, members: impl IntoIterator<Item = (&'t str, &'t str)>) {
        let mut object = ObjectWriter::new(self);
        for (key, value) in members {
            object.key(key);
            object.writer.verbatim(value);
        }
        object.finish();
    }

    /// What was written.
    pub fn into_string(self) -> String {
        self.text
    }
}

/// An object in the making: declared fields first, then what is left of `extra`.
#[derive(Debug)]
pub struct ObjectWriter<'w> {
    writer: &'w mut Writer,
    is_empty: bool,
    extra: Option<&'w Extra>,
    /// Keys of `extra` that a declared field was written under. Nearly always empty.
    overridden: Vec<String>,
}

impl<'w> ObjectWriter<'w> {
    pub(super) fn new(writer: &'w mut Writer) -> Self {
        writer.text.push('{');
        Self { writer, is_empty: true, extra: None, overridden: Vec::new() }
    }

    /// What the object holds besides its fields, which is written behind them. To be said before any of them.
    pub(super) fn extra(&mut self, extra: &'w Extra) {
        self.extra = Some(extra).filter(|extra| !extra.is_empty());
    }

    /// Writes an entry.
    pub fn entry<T: ToJson + ?Sized>(&mut self, key: &str, value: &T) {
        self.key(key);
        value.write(self.writer);
    }

    fn key(&mut self, key: &str) {
        if self.extra.is_some_and(|extra| extra.contains_key(key)) {
            self.overridden.push(key.to_owned());
        }
        if !self.is_empty {
            self.writer.text.push(',');
        }
        self.is_empty = false;
        self.writer.string(key);
        self.writer.text.push(':');
    }

    pub(super) fn finish(mut self) {
        if let Some(extra) = self.extra.take() {
            for (key, value) in extra {
                if !self.overridden.contains(key) {
                    self.entry(key, value);
                }
            }
        }
        self.writer.text.push('}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_read_back_as_they_were() {
        for text in ["", "plain", "\"\\/\u{0}\u{1f}\u{7f}\n\r\t\u{8}", "größe \u{1f600} \u{2028}"] {
            let mut writer = Writer::new();
            writer.string(text);
            let written = writer.into_string();
            assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text, "{written}");
        }
    }
}
