//! Rows that are each made of one item of a list in JSON, as it comes in.

use bindery_ir::JsonPath;

use super::row_shape::{Repeats, RowShape};
use crate::json::{Error, Reader, Slot};

/// A list of which each item makes a row.
pub(crate) struct JsonRows {
    /// Where the list is in an answer.
    pub(crate) path: JsonPath,
    pub(super) shape: RowShape,
    /// Whether rows are documented to hold what they took up where it came from as well.
    pub(super) repeats: bool,
}

impl JsonRows {
    /// The list at this path, whose items are rows as they are.
    #[cfg(test)]
    pub(crate) fn at(path: JsonPath) -> Self {
        Self { path, shape: RowShape::Same, repeats: false }
    }

    /// Reads the item that comes next as a row; `false` when that does not fit, and the item is still the next one.
    /// `text` is for what the item becomes.
    pub(crate) fn fill(&self, row: &mut dyn Slot, reader: &mut Reader<'_>, text: &mut Vec<u8>) -> Result<bool, Error> {
        if self.shape == RowShape::Same {
            return row.fill(None, reader);
        }
        let start = reader.position();
        text.clear();
        let repeats = if self.repeats { Repeats::All } else { Repeats::of(row) };
        let Some(length) = self.shape.write_first(reader.rest(), repeats, text) else {
            // The strict reader knows what is wrong.
            reader.skip()?;
            reader.rewind(start);
            return Ok(false);
        };
        let mut reshaped = Reader::on(text);
        let fits = row.fill(None, &mut reshaped)?;
        if fits {
            reshaped.finish()?;
            reader.rewind(start + length);
        }
        Ok(fits)
    }
}
