//! Reading and writing the types that fields are made of.

use std::collections::BTreeMap;

use super::{Error, Kind, ObjectWriter, Reader, Writer, fill_from};

/// A type that JSON can be read as.
pub trait FromJson: Sized {
    /// Whether it has fields of its own for the members of an object, and one for the others: then it need not hold the
    /// same value twice.
    const HAS_FIELDS: bool = false;

    /// Takes the next value. `None` when it is JSON but does not fit the type; then the reader stands where it
    /// stood.
    ///
    /// # Errors
    /// When the value is not JSON, or nested too deeply.
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Error>;

    /// Takes the value of an answer that came with a status of success. The status matters only to types that are one
    /// thing or another by it.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    #[inline]
    fn read_answer(status: u16, reader: &mut Reader<'_>) -> Result<Option<Self>, Error> {
        let _ = status;
        Self::read(reader)
    }
}

/// A type that can be written as JSON.
pub trait ToJson {
    /// Writes exactly one value.
    fn write(&self, writer: &mut Writer);
}

/// Reads bytes that hold one value; `None` when it does not fit the type.
///
/// # Errors
/// When the bytes are not JSON, or something follows the value.
pub fn from_slice<T: FromJson>(bytes: &[u8]) -> Result<Option<T>, Error> {
    let mut value = None;
    fill_from(bytes, &mut value)?;
    Ok(value)
}

/// Writes a value.
pub fn to_string<T: ToJson + ?Sized>(value: &T) -> String {
    let mut writer = Writer::new();
    value.write(&mut writer);
    writer.into_string()
}

impl FromJson for String {
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Error> {
        reader.string()
    }
}

impl ToJson for String {
    fn write(&self, writer: &mut Writer) {
        writer.string(self);
    }
}

impl ToJson for str {
    fn write(&self, writer: &mut Writer) {
        writer.string(self);
    }
}

impl FromJson for bool {
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Error> {
        reader.boolean()
    }
}

impl ToJson for bool {
    fn write(&self, writer: &mut Writer) {
        writer.boolean(*self);
    }
}

/// Whole numbers that 64 bits hold. `1.0`, `1e3` and `-0` do not fit: they would be written differently.
impl FromJson for i64 {
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Error> {
        reader.integer()
    }
}

impl ToJson for i64 {
    fn write(&self, writer: &mut Writer) {
        writer.integer(*self);
    }
}

/// The nearest floating point number: digits beyond its 15 to 17 are lost, which [`Number`](super::Number) keeps.
/// A number that is too large does not fit.
impl FromJson for f64 {
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Error> {
        let start = reader.position();
        let Some(text) = reader.number()? else { return Ok(None) };
        let number = text.parse().ok().filter(|number: &Self| number.is_finite());
        if number.is_none() {
            reader.rewind(start);
        }
        Ok(number)
    }
}

/// Infinities and NaN, which JSON does not have, are written as `null`.
impl ToJson for f64 {
    fn write(&self, writer: &mut Writer) {
        match super::Number::try_from(*self) {
            Ok(number) => number.write(writer),
            Err(_) => writer.null(),
        }
    }
}

/// Anything at all, which is forgotten.
impl FromJson for () {
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Error> {
        reader.skip()?;
        Ok(Some(()))
    }
}

impl ToJson for () {
    fn write(&self, writer: &mut Writer) {
        writer.null();
    }
}

/// An array fits when every item does; otherwise its owner keeps it whole.
impl<T: FromJson> FromJson for Vec<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Error> {
        if reader.kind()? != Kind::Array {
            return Ok(None);
        }
        let start = reader.position();
        reader.enter()?;
        let mut items = Self::new();
        let mut more = reader.first_item()?;
        while more {
            let Some(item) = T::read(reader)? else {
                reader.rewind(start);
                reader.leave();
                return Ok(None);
            };
            items.push(item);
            more = reader.next_item()?;
        }
        reader.leave();
        Ok(Some(items))
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn write(&self, writer: &mut Writer) {
        writer.array(self);
    }
}

impl<T: ToJson> ToJson for [T] {
    fn write(&self, writer: &mut Writer) {
        writer.array(self);
    }
}

/// An object fits when every value does; otherwise its owner keeps it whole.
impl<T: FromJson> FromJson for BTreeMap<String, T> {
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Error> {
        if reader.kind()? != Kind::Object {
            return Ok(None);
        }
        let start = reader.position();
        reader.enter()?;
        let mut entries = Self::new();
        let mut key = reader.first_key()?;
        while let Some(name) = key {
            let Some(value) = T::read(reader)? else {
                reader.rewind(start);
                reader.leave();
                return Ok(None);
            };
            entries.insert(name.into_owned(), value);
            key = reader.next_key()?;
        }
        reader.leave();
        Ok(Some(entries))
    }
}

impl<T: ToJson> ToJson for BTreeMap<String, T> {
    fn write(&self, writer: &mut Writer) {
        let mut object = ObjectWriter::new(writer);
        for (key, value) in self {
            object.entry(key, value);
        }
        object.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_fit_when_they_are_finite() -> Result<(), Error> {
        assert_eq!(from_slice::<Vec<f64>>(b"[1, -0.5, 1e2]")?, Some(vec![1.0, -0.5, 100.0]));
        assert_eq!(from_slice::<f64>(b"1e999")?, None);
        assert_eq!(to_string(&vec![1.0, f64::NAN, 1e300]), "[1.0,null,1e300]");
        Ok(())
    }

    #[test]
    fn what_does_not_fit_stays_to_be_read() -> Result<(), Error> {
        let mut reader = Reader::over("[[1, 2], [3, \"x\"]] ");
        assert_eq!(Vec::<Vec<i64>>::read(&mut reader)?, None);
        assert_eq!(BTreeMap::<String, i64>::read(&mut reader)?, None);
        assert_eq!(<()>::read(&mut reader)?, Some(()));
        reader.finish()
    }
}
