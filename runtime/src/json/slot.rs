//! A place for one value whose type is not known to whoever reads it, so that all that goes on around the reading is
//! compiled here, and not again in each crate that has types of its own.

use super::{Error, FromJson, Reader};

/// A place for a value.
pub(crate) trait Slot {
    /// Reads the next value; `false` when it does not fit, and is still the next one. Of an answer its status may say what
    /// it is.
    fn fill(&mut self, status: Option<u16>, reader: &mut Reader<'_>) -> Result<bool, Error>;

    /// Whether its type [has fields](FromJson::HAS_FIELDS).
    fn has_fields(&self) -> bool;
}

impl<T: FromJson> Slot for Option<T> {
    fn fill(&mut self, status: Option<u16>, reader: &mut Reader<'_>) -> Result<bool, Error> {
        *self = match status {
            Some(status) => T::read_answer(status, reader)?,
            None => T::read(reader)?,
        };
        Ok(self.is_some())
    }

    fn has_fields(&self) -> bool {
        T::HAS_FIELDS
    }
}

/// Reads bytes that hold one value; `false` when it does not fit.
pub(crate) fn fill_from(bytes: &[u8], slot: &mut dyn Slot) -> Result<bool, Error> {
    let mut reader = Reader::new(bytes)?;
    let fits = slot.fill(None, &mut reader)?;
    if !fits {
        reader.skip()?;
    }
    reader.finish()?;
    Ok(fits)
}
