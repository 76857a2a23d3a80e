//! Enumerations of texts, as generated code describes them: known texts are variants, others keep their text.

use super::{Error, Reader, Writer};

/// A text, usually one of a known few. Generated code implements it.
pub trait TextEnum: Sized {
    /// The variant for a text, or the one that keeps it.
    fn from_text(text: String) -> Self;

    /// The text on the wire.
    fn as_text(&self) -> &str;
}

/// Reads such a text; `None` when the next value is no string.
///
/// # Errors
/// When the value is not JSON.
#[inline]
pub fn read_text_enum<T: TextEnum>(reader: &mut Reader<'_>) -> Result<Option<T>, Error> {
    Ok(reader.string()?.map(T::from_text))
}

/// Writes such a text.
#[inline]
pub fn write_text_enum<T: TextEnum>(value: &T, writer: &mut Writer) {
    writer.string(value.as_text());
}
