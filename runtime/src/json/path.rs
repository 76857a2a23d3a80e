//! Finds a value inside a body.

use bindery_ir::{JsonPath, Text};

use super::{Error, Kind, Reader};

/// Moves the reader to the value a path leads to; `false` when it leads nowhere. Then the reader stands
/// somewhere inside the value it started at.
///
/// ```
/// use bindery_runtime::{ir::JsonPath, json::{self, Reader}};
/// let mut reader = Reader::new(br#"{"count": 2, "links": {"next": "/p2"}}"#)?;
/// assert!(json::seek(&mut reader, &JsonPath::parse("$.links.next"))?);
/// assert_eq!(reader.raw()?, r#""/p2""#);
/// # Ok::<(), json::Error>(())
/// ```
///
/// # Errors
/// When the text before the value is not JSON.
pub fn seek(reader: &mut Reader<'_>, path: &JsonPath) -> Result<bool, Error> {
    seek_keys(reader, path.keys())
}

/// The same for the keys of a path.
pub(crate) fn seek_keys(reader: &mut Reader<'_>, keys: &[Text]) -> Result<bool, Error> {
    for wanted in keys {
        if reader.kind()? != Kind::Object || !seek_key(reader, wanted)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn seek_key(reader: &mut Reader<'_>, wanted: &str) -> Result<bool, Error> {
    let mut key = reader.first_key()?;
    while let Some(name) = key {
        if name == wanted {
            return Ok(true);
        }
        reader.skip()?;
        key = reader.next_key()?;
    }
    Ok(false)
}
