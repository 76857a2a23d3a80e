//! Objects with declared fields, as generated code describes them.
//!
//! A generated type lists its fields by their keys; the loop over the keys, the depth limit and what becomes of
//! everything that is not declared are here, once for all types.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Error, FromJson, Json, Kind, ObjectWriter, Reader, ToJson, Writer, to_string};

/// What an object holds besides its declared fields: keys nobody declared, and values that do not fit.
pub type Extra = BTreeMap<String, Json>;

/// An object with declared fields. Generated code implements it; see the [module](super) for the rules.
pub trait Object: Default {
    /// Reads the properties of an object into the fields, through [`read_fields`].
    ///
    /// # Errors
    /// When they are not JSON, or nested too deeply.
    fn read_fields(&mut self, reader: &mut Reader<'_>) -> Result<(), Error>;

    /// Writes the fields that have a value, and what the object holds besides, through [`write_fields`].
    fn write_fields(&self, writer: &mut Writer);
}

impl<T: Object> Object for Box<T> {
    #[inline]
    fn read_fields(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        (**self).read_fields(reader)
    }

    #[inline]
    fn write_fields(&self, writer: &mut Writer) {
        (**self).write_fields(writer);
    }
}

/// A field that can be read without knowing its type.
pub trait ReadField {
    /// Reads the next value into it; `false` when it does not fit, and is still the next one. `null` empties the field.
    ///
    /// # Errors
    /// When the value is not JSON, or nested too deeply.
    fn read_field(&mut self, reader: &mut Reader<'_>) -> Result<bool, Error>;
}

impl<T: FromJson> ReadField for Option<T> {
    fn read_field(&mut self, reader: &mut Reader<'_>) -> Result<bool, Error> {
        if reader.null()? {
            *self = None;
            return Ok(true);
        }
        *self = T::read(reader)?;
        Ok(self.is_some())
    }
}

/// A field that can be written without knowing its type.
pub trait WriteField {
    /// Writes it under its key, if it has a value.
    fn write_field(&self, key: &str, object: &mut ObjectWriter<'_>);
}

impl<T: ToJson> WriteField for Option<T> {
    fn write_field(&self, key: &str, object: &mut ObjectWriter<'_>) {
        if let Some(value) = self {
            object.entry(key, value);
        }
    }
}

impl<T: Object> FromJson for T {
    const HAS_FIELDS: bool = true;

    #[inline]
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Error> {
        if reader.kind()? != Kind::Object {
            return Ok(None);
        }
        let mut object = T::default();
        object.read_fields(reader)?;
        Ok(Some(object))
    }
}

impl<T: Object> ToJson for T {
    #[inline]
    fn write(&self, writer: &mut Writer) {
        self.write_fields(writer);
    }
}

/// Whether two objects say the same: they are equal when they are written alike.
#[inline]
pub fn equal<T: Object>(one: &T, other: &T) -> bool {
    to_string(one) == to_string(other)
}

/// Reads the properties of an object, each into the field of its key; what is not declared, or does not fit, goes to `extra`.
///
/// # Errors
/// When they are not JSON, or nested too deeply.
pub fn read_fields(
    fields: &mut [(&str, &mut dyn ReadField)],
    extra: &mut Extra,
    reader: &mut Reader<'_>,
) -> Result<(), Error> {
    reader.enter()?;
    let mut before = b'{';
    // Which field is expected next: most objects are written in the order that is documented.
    let mut expected = 0;
    loop {
        let next = fields.get(expected).map(|(key, _)| *key);
        let (key, place) = match next.filter(|key| reader.takes_key(before, key)) {
            Some(key) => (Cow::Borrowed(key), Some(expected)),
            None => {
                let key = if before == b'{' { reader.first_key()? } else { reader.next_key()? };
                let Some(key) = key else { break };
                let place = fields.iter().position(|(name, _)| *name == key);
                (key, place)
            }
        };
        before = b',';
        let fits = match place.and_then(|place| fields.get_mut(place)) {
            Some((_, field)) => field.read_field(reader)?,
            None => false,
        };
        if !fits {
            extra.insert(key.into_owned(), Json::trusted(reader.raw()?.to_owned()));
        } else if !extra.is_empty() {
            // The key came before, with a value that did not fit. The last one counts.
            extra.remove(&*key);
        }
        expected = place.map_or(expected, |place| place + 1);
    }
    reader.leave();
    Ok(())
}

/// Writes the fields that have a value, in their order, and then what the object holds besides.
pub fn write_fields(fields: &[(&str, &dyn WriteField)], extra: &Extra, writer: &mut Writer) {
    let mut object = ObjectWriter::new(writer);
    object.extra(extra);
    for (key, field) in fields {
        field.write_field(key, &mut object);
    }
    object.finish();
}
