//! Objects with declared fields, as generated code describes them.
//!
//! A generated type says which field a key means; the loop over the keys, the depth limit and what becomes of
//! everything that is not declared are here, once for all types.

use std::collections::BTreeMap;

use super::{Error, FromJson, Json, Kind, ObjectWriter, Reader, ToJson, Writer};

/// What an object holds besides its declared fields: keys nobody declared, and values that do not fit.
pub type Extra = BTreeMap<String, Json>;

/// An object with declared fields. Generated code implements it; see the [module](super) for the rules.
pub trait Object: Default {
    /// Reads the value under a key: into its field, through [`Reader::field`], or to what the object holds besides,
    /// through [`Reader::keep`].
    ///
    /// # Errors
    /// When the value is not JSON.
    fn read_field(&mut self, key: &str, reader: &mut Reader<'_>) -> Result<(), Error>;

    /// Says what the object holds besides its fields, through [`ObjectWriter::extra`], and writes the fields that have a
    /// value, through [`ObjectWriter::field`].
    fn write_fields<'w>(&'w self, object: &mut ObjectWriter<'w>);
}

impl<T: Object> Object for Box<T> {
    #[inline]
    fn read_field(&mut self, key: &str, reader: &mut Reader<'_>) -> Result<(), Error> {
        (**self).read_field(key, reader)
    }

    #[inline]
    fn write_fields<'w>(&'w self, object: &mut ObjectWriter<'w>) {
        (**self).write_fields(object);
    }
}

impl<T: Object> FromJson for T {
    #[inline]
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Error> {
        read_object(reader)
    }
}

impl<T: Object> ToJson for T {
    #[inline]
    fn write(&self, writer: &mut Writer) {
        write_object(self, writer);
    }
}

/// Reads an object with declared fields; `None` when the next value is none.
///
/// # Errors
/// When the value is not JSON, or nested too deeply.
#[inline]
pub fn read_object<T: Object>(reader: &mut Reader<'_>) -> Result<Option<T>, Error> {
    if reader.kind()? != Kind::Object {
        return Ok(None);
    }
    let mut object = T::default();
    read_fields(&mut object, reader)?;
    Ok(Some(object))
}

/// Writes an object with declared fields.
#[inline]
pub fn write_object<T: Object>(object: &T, writer: &mut Writer) {
    let mut fields = ObjectWriter::new(writer);
    object.write_fields(&mut fields);
    fields.finish();
}

/// Whether two objects say the same: they are equal when they are written alike.
#[inline]
pub fn equal<T: Object>(one: &T, other: &T) -> bool {
    let text = |object: &T| {
        let mut writer = Writer::new();
        write_object(object, &mut writer);
        writer.into_string()
    };
    text(one) == text(other)
}

/// The part of [`Object`] that can be called without knowing the type, which keeps the loop from being compiled
/// for each.
trait Fields {
    fn read(&mut self, key: &str, reader: &mut Reader<'_>) -> Result<(), Error>;
}

impl<T: Object> Fields for T {
    #[inline]
    fn read(&mut self, key: &str, reader: &mut Reader<'_>) -> Result<(), Error> {
        self.read_field(key, reader)
    }
}

fn read_fields(object: &mut dyn Fields, reader: &mut Reader<'_>) -> Result<(), Error> {
    reader.enter()?;
    let mut key = reader.first_key()?;
    while let Some(name) = key {
        object.read(&name, reader)?;
        key = reader.next_key()?;
    }
    reader.leave();
    Ok(())
}
