//! A pull reader: the caller asks for the value it expects and learns whether it is there.
//!
//! Bytes go in; strings, numbers, keys and the untouched text of whole values come out. It is not generic: all
//! types read through the same code.

use std::borrow::Cow;
use std::mem;

use jiter::{Jiter, JiterError, JiterErrorType, JsonErrorType, LinePosition, NumberInt, Peek};

use super::Error;
use super::scan::skip_space;

/// How deep typed values may be nested.
pub const MAX_DEPTH: u8 = 128;

/// What kind of value comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// A position in JSON text.
///
/// ```
/// use bindery_runtime::json::{Kind, Reader};
/// let mut reader = Reader::new(br#"{"name": "b1", "rest": [1, 2]}"#)?;
/// assert_eq!(reader.first_key()?.as_deref(), Some("name"));
/// assert_eq!(reader.string()?.as_deref(), Some("b1"));
/// assert_eq!(reader.next_key()?.as_deref(), Some("rest"));
/// assert_eq!(reader.kind()?, Kind::Array);
/// assert_eq!(reader.raw()?, "[1, 2]");
/// assert_eq!(reader.next_key()?, None);
/// # Ok::<(), bindery_runtime::json::Error>(())
/// ```
#[derive(Debug)]
pub struct Reader<'j> {
    bytes: &'j [u8],
    jiter: Jiter<'j>,
    /// Where in `bytes` the parser's data starts.
    base: usize,
    depth: u8,
}

impl<'j> Reader<'j> {
    /// A reader at the start of the bytes.
    ///
    /// # Errors
    /// When they are not UTF-8.
    pub fn new(bytes: &'j [u8]) -> Result<Self, Error> {
        let text = str::from_utf8(bytes).map_err(|error| Error::Encoding { index: error.valid_up_to() })?;
        Ok(Self::over(text))
    }

    /// A reader at the start of the text.
    pub fn over(text: &'j str) -> Self {
        Self::on(text.as_bytes())
    }

    /// A reader at the start of bytes of which what is taken, but not what is passed over, is checked to be UTF-8.
    pub(crate) fn on(bytes: &'j [u8]) -> Self {
        Self { bytes, jiter: Jiter::new(bytes), base: 0, depth: 0 }
    }

    /// The kind of the next value, which stays where it is.
    ///
    /// # Errors
    /// When nothing follows that could be a value.
    pub fn kind(&mut self) -> Result<Kind, Error> {
        Ok(self.peek()?.0)
    }

    /// The kind of the next value, as it is called here and by the parser.
    #[inline]
    fn peek(&mut self) -> Result<(Kind, Peek), Error> {
        let peek = self.jiter.peek().map_err(|error| self.fail(&error))?;
        let kind = match peek {
            Peek::Null => Kind::Null,
            Peek::True | Peek::False => Kind::Boolean,
            Peek::String => Kind::String,
            Peek::Array => Kind::Array,
            Peek::Object => Kind::Object,
            Peek::Infinity | Peek::NaN => return Err(self.expected_value()),
            number if number.is_num() => Kind::Number,
            _ => return Err(self.expected_value()),
        };
        Ok((kind, peek))
    }

    /// Takes a `null`, if that is next.
    ///
    /// # Errors
    /// When the text is not JSON here.
    #[inline]
    pub fn null(&mut self) -> Result<bool, Error> {
        // Told by a byte, in most texts.
        if let Some(b'"' | b'{' | b'[' | b'-' | b'0'..=b'9' | b't' | b'f') = self.byte() {
            return Ok(false);
        }
        self.null_after_space()
    }

    fn null_after_space(&mut self) -> Result<bool, Error> {
        if self.kind()? != Kind::Null {
            return Ok(false);
        }
        self.jiter.known_null().map_err(|error| self.fail(&error))?;
        Ok(true)
    }

    /// Takes `true` or `false`, if that is next.
    ///
    /// # Errors
    /// When the text is not JSON here.
    pub fn boolean(&mut self) -> Result<Option<bool>, Error> {
        if self.kind()? != Kind::Boolean {
            return Ok(None);
        }
        self.jiter.next_bool().map(Some).map_err(|error| self.fail(&error))
    }

    /// Takes a number, if that is next, as it is written.
    ///
    /// # Errors
    /// When the text is not JSON here.
    pub fn number(&mut self) -> Result<Option<&'j str>, Error> {
        let (kind, peek) = self.peek()?;
        if kind != Kind::Number {
            return Ok(None);
        }
        self.known_raw(peek).map(Some)
    }

    /// Takes a whole number that 64 bits hold, if that is next; one that would be written differently (`1.0`, `1e3`,
    /// `-0`) is none, and stays where it is.
    ///
    /// # Errors
    /// When nothing follows that could be a value.
    pub fn integer(&mut self) -> Result<Option<i64>, Error> {
        let (kind, peek) = self.peek()?;
        if kind != Kind::Number {
            return Ok(None);
        }
        let start = self.position();
        match self.jiter.known_int(peek) {
            Ok(NumberInt::Int(number)) if number != 0 || self.bytes.get(start) == Some(&b'0') => Ok(Some(number)),
            _ => {
                self.rewind(start);
                Ok(None)
            }
        }
    }

    /// Takes a string, if that is next.
    ///
    /// # Errors
    /// When the text is not JSON here; an escape for half a character (a lone surrogate) is none.
    pub fn string(&mut self) -> Result<Option<String>, Error> {
        if self.byte() != Some(b'"') && self.kind()? != Kind::String {
            return Ok(None);
        }
        match self.jiter.known_str() {
            Ok(text) => Ok(Some(text.to_owned())),
            Err(error) => Err(self.fail(&error)),
        }
    }

    /// Takes the next value, whatever it is, as it is written.
    ///
    /// # Errors
    /// When it is not JSON, or nested too deeply.
    pub fn raw(&mut self) -> Result<&'j str, Error> {
        let (_, peek) = self.peek()?;
        self.known_raw(peek)
    }

    /// Takes the value that the reader stands at, as it is written.
    #[inline]
    fn known_raw(&mut self, peek: Peek) -> Result<&'j str, Error> {
        let start = self.position();
        self.jiter.known_skip(peek).map_err(|error| self.fail(&error))?;
        let written = self.bytes.get(start..self.position()).unwrap_or_default();
        str::from_utf8(written).map_err(|error| Error::Encoding { index: start.saturating_add(error.valid_up_to()) })
    }

    /// Passes over the next value.
    ///
    /// # Errors
    /// When it is not JSON, or nested too deeply.
    pub fn skip(&mut self) -> Result<(), Error> {
        self.jiter.next_skip().map_err(|error| self.fail(&error))
    }

    /// Enters an object and takes its first key; `None` when it is empty, which also leaves it. The next value
    /// must be an object.
    ///
    /// # Errors
    /// When the text is not JSON here.
    pub fn first_key(&mut self) -> Result<Option<Cow<'j, str>>, Error> {
        if self.byte() != Some(b'{') && self.kind()? != Kind::Object {
            return Err(self.expected("an object"));
        }
        let hint = self.key_start(self.position().saturating_add(1));
        let bytes = self.bytes;
        match self.jiter.known_object() {
            Ok(key) => Ok(key.map(|key| borrow(bytes, hint, key))),
            Err(error) => Err(self.fail(&error)),
        }
    }

    /// Takes the next key of the object, whose last value has been taken; `None` leaves the object.
    ///
    /// # Errors
    /// When the text is not JSON here.
    pub fn next_key(&mut self) -> Result<Option<Cow<'j, str>>, Error> {
        let hint = self.key_start(self.position());
        let bytes = self.bytes;
        match self.jiter.next_key() {
            Ok(key) => Ok(key.map(|key| borrow(bytes, hint, key))),
            Err(error) => Err(self.fail(&error)),
        }
    }

    /// Takes the next key of an object if it is this one, plainly written, behind a `{` or a `,`; if not, nothing is taken.
    pub(super) fn takes_key(&mut self, before: u8, key: &str) -> bool {
        let start = skip_space(self.bytes, self.position());
        let quote = skip_space(self.bytes, start.saturating_add(1));
        let written =
            || self.bytes.get(quote..)?.strip_prefix(b"\"")?.strip_prefix(key.as_bytes())?.strip_prefix(b"\"");
        if self.bytes.get(start) != Some(&before) || written().is_none() || !is_plain(key) {
            return false;
        }
        let colon = skip_space(self.bytes, quote.saturating_add(key.len()).saturating_add(2));
        let is_taken = self.bytes.get(colon) == Some(&b':');
        if is_taken {
            self.rewind(colon.saturating_add(1));
        }
        is_taken
    }

    /// Enters an array; whether it has an item. An empty one is left at once. The next value must be an array.
    ///
    /// # Errors
    /// When the text is not JSON here.
    pub fn first_item(&mut self) -> Result<bool, Error> {
        if self.kind()? != Kind::Array {
            return Err(self.expected("an array"));
        }
        self.jiter.known_array().map(|item| item.is_some()).map_err(|error| self.fail(&error))
    }

    /// Whether the array, whose last item has been taken, has another; if not, leaves it.
    ///
    /// # Errors
    /// When the text is not JSON here.
    pub fn next_item(&mut self) -> Result<bool, Error> {
        self.jiter.array_step().map(|item| item.is_some()).map_err(|error| self.fail(&error))
    }

    /// Checks that nothing follows but white space.
    ///
    /// # Errors
    /// When something does.
    pub fn finish(&mut self) -> Result<(), Error> {
        self.jiter.finish().map_err(|error| self.fail(&error))
    }

    /// The byte the reader stands at, counted from 0.
    pub fn position(&self) -> usize {
        self.base.saturating_add(self.jiter.current_index())
    }

    /// What the reader has not passed.
    pub(crate) fn rest(&self) -> &'j [u8] {
        self.bytes.get(self.position()..).unwrap_or_default()
    }

    /// The byte that the reader stands at.
    #[inline]
    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.position()).copied()
    }

    /// Goes to a byte at which a value starts, or ends that has been taken by other means.
    pub fn rewind(&mut self, position: usize) {
        let tape = mem::replace(&mut self.jiter, Jiter::new(b"")).into_tape();
        self.jiter = Jiter::with_tape(self.bytes.get(position..).unwrap_or_default(), tape);
        self.base = position;
    }

    /// Notes that the caller reads one level deeper until it calls [`leave`](Self::leave).
    ///
    /// # Errors
    /// When that is deeper than [`MAX_DEPTH`].
    pub fn enter(&mut self) -> Result<(), Error> {
        if self.depth >= MAX_DEPTH {
            let error = JiterError {
                error_type: JiterErrorType::JsonError(JsonErrorType::RecursionLimitExceeded),
                index: self.jiter.current_index(),
            };
            return Err(self.fail(&error));
        }
        self.depth += 1;
        Ok(())
    }

    /// Undoes one [`enter`](Self::enter).
    pub fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Where the text of the key starts that the parser will take next, passing over what may stand before it.
    fn key_start(&self, from: usize) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        let before = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',')).count();
        from.saturating_add(before).saturating_add(1)
    }

    fn fail(&self, error: &JiterError) -> Error {
        Error::at(error, self.base, self.bytes)
    }

    fn expected_value(&self) -> Error {
        self.expected("a value")
    }

    fn expected(&self, what: &str) -> Error {
        let LinePosition { line, column } = LinePosition::find(self.bytes, self.position());
        Error::Syntax { reason: format!("expected {what}"), line, column }
    }
}

/// Whether a key is written as it is.
fn is_plain(key: &str) -> bool {
    key.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\')
}

/// The key as a part of the text, where it is written there without escapes, or a copy of it.
fn borrow<'j>(bytes: &'j [u8], start: usize, key: &str) -> Cow<'j, str> {
    let written = bytes.get(start..start.saturating_add(key.len())).filter(|written| *written == key.as_bytes());
    match written.map(str::from_utf8) {
        Some(Ok(written)) => Cow::Borrowed(written),
        _ => Cow::Owned(key.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_without_escapes_are_not_copied() -> Result<(), Error> {
        let mut reader = Reader::over("{ \"plain\" :1 ,\n\"esc\\u0061ped\": 2, \"\\\\\": 3}");
        assert!(matches!(reader.first_key()?, Some(Cow::Borrowed("plain"))));
        reader.skip()?;
        assert_eq!(reader.next_key()?.as_deref(), Some("escaped"));
        reader.skip()?;
        assert_eq!(reader.next_key()?.as_deref(), Some("\\"));
        reader.skip()?;
        assert_eq!(reader.next_key()?, None);
        reader.finish()
    }

    #[test]
    fn a_key_that_is_expected_is_taken_where_it_is() -> Result<(), Error> {
        let mut reader = Reader::over(" {\n \"a\" : 1 ,\"b\":\"\\n\", \"a\\\"b\": 2, \"c\"}");
        assert!(!reader.takes_key(b'{', "b") && !reader.takes_key(b',', "a"));
        assert!(reader.takes_key(b'{', "a"));
        assert_eq!(reader.raw()?, "1");
        assert!(reader.takes_key(b',', "b"));
        assert_eq!(reader.string()?.as_deref(), Some("\n"));
        // This is not how it would be written.
        assert!(!reader.takes_key(b',', "a\\\"b"));
        assert_eq!(reader.next_key()?.as_deref(), Some("a\"b"));
        assert_eq!(reader.raw()?, "2");
        assert!(!reader.takes_key(b',', "c"));
        assert!(reader.next_key().is_err());
        Ok(())
    }

    #[test]
    fn half_a_character_is_refused_wherever_it_stands() {
        assert!(Reader::over("\"\\ud800\"").string().is_err());
        assert!(Reader::over("\"\\ud800\"").raw().is_err());
        assert!(Reader::over("{\"\\ud800\": 1}").first_key().is_err());
        assert_eq!(Reader::over("\"\\ud83d\\ude00\"").string(), Ok(Some("\u{1f600}".to_owned())));
    }

    #[test]
    fn errors_name_the_place_even_after_a_rewind() {
        let mut reader = Reader::over("[\n  1,\n  \"a\\q\"]");
        reader.first_item().unwrap();
        reader.skip().unwrap();
        reader.next_item().unwrap();
        let error = reader.string().unwrap_err();
        assert!(matches!(error, Error::Syntax { line: 3, .. }), "{error}");
        for text in ["{\n\"a\": ]}", "{\n\"a\": \"\\q\"}"] {
            let mut reader = Reader::over(text);
            assert!(reader.takes_key(b'{', "a"));
            let error = reader.raw().unwrap_err();
            assert!(matches!(error, Error::Syntax { line: 2, column: 5.., .. }), "{error}");
        }
    }

    #[test]
    fn words_that_are_no_json_are_refused() {
        for text in ["NaN", "Infinity", "-Infinity", "nul", "tru", "01", "1.", "+1", "", "'a'", "]"] {
            assert!(Reader::over(text).raw().is_err(), "{text}");
        }
    }
}
