//! Where the rows of a page are: in its body, or in what is kept of it.

use std::ops::Range;

use bindery_ir::Rows;

use crate::json::{self, Kind, Reader, scan, seek};
use crate::projection::Projection;

/// What is kept of the rows of a page.
pub(crate) enum Keep {
    /// All of each; it is passed over to see that it is JSON.
    Checked,
    /// All of each, for someone who reads it whole and sees that himself.
    Unread,
    /// Some properties.
    Some(Projection),
}

/// The rows of a body.
pub(crate) enum Found {
    /// They are there in the body.
    There(Vec<Range<usize>>),
    /// What is kept of them is there in a text of their own.
    Kept { text: Vec<u8>, rows: Vec<Range<usize>> },
}

impl Found {
    const NOTHING: Self = Self::There(Vec::new());
}

/// The first of these rows that is no JSON, and what is wrong with it.
pub(crate) fn first_broken(body: &[u8], rows: &[Range<usize>]) -> Option<(usize, json::Error)> {
    let check = |row: &Range<usize>| -> Result<(), json::Error> {
        let mut reader = Reader::new(body.get(row.clone()).unwrap_or_default())?;
        reader.kind()?;
        reader.skip()?;
        reader.finish()
    };
    rows.iter().enumerate().find_map(|(number, row)| check(row).err().map(|error| (number, error)))
}

/// The rows of a body; of a list, what is kept of them.
pub(crate) fn rows_of(body: &[u8], rows: &Rows, keep: &mut Keep) -> Result<Found, json::Error> {
    let (path, many) = match rows {
        Rows::None => return Ok(Found::NOTHING),
        Rows::One(path) => (path, false),
        Rows::Many(path) => (path, true),
    };
    let mut reader = Reader::new(body)?;
    let kind = reader.kind()?;
    if !path.keys().is_empty() && !matches!(kind, Kind::Object | Kind::Null) {
        return Err(json::Error::Unfit { reason: format!("it is no object with something at `{path}`") });
    }
    // A listing without rows may leave the list out.
    if !seek(&mut reader, path)? || reader.kind()? == Kind::Null {
        return Ok(Found::NOTHING);
    }
    if many && reader.kind()? != Kind::Array {
        return Err(json::Error::Unfit { reason: format!("there is no list at `{path}`") });
    }
    if many {
        return items(body, &mut reader, keep);
    }
    let start = reader.position();
    reader.skip()?;
    Ok(Found::There(std::iter::once(start..reader.position()).collect()))
}

/// Where the members of an answer are, so that it is read once although several things are looked for in it.
pub(crate) type Outline = scan::Members;

/// Where in a body its rows are, and where everything else is if they are a list at its top.
pub(crate) fn outlined(body: &[u8], rows: &Rows, keep: &mut Keep) -> Result<(Found, Option<Outline>), json::Error> {
    let Rows::Many(path) = rows else { return Ok((rows_of(body, rows, keep)?, None)) };
    let mut reader = Reader::new(body)?;
    let ([wanted], Kind::Object) = (path.keys(), reader.kind()?) else {
        return Ok((rows_of(body, rows, keep)?, None));
    };
    let mut found = None;
    let mut outline = Outline::new();
    let mut key = reader.first_key()?;
    while let Some(name) = key {
        let kind = reader.kind()?;
        let start = reader.position();
        if found.is_none() && name == **wanted {
            found = Some(match kind {
                Kind::Null => {
                    reader.skip()?;
                    Found::NOTHING
                }
                Kind::Array => items(body, &mut reader, keep)?,
                _ => return Err(json::Error::Unfit { reason: format!("there is no list at `{path}`") }),
            });
        } else {
            reader.skip()?;
        }
        // Of members of the same name, the first counts.
        outline.entry(name.into_owned()).or_insert(start..reader.position());
        key = reader.next_key()?;
    }
    Ok((found.unwrap_or(Found::NOTHING), Some(outline)))
}

/// The items of the list that comes next.
fn items(body: &[u8], reader: &mut Reader<'_>, keep: &mut Keep) -> Result<Found, json::Error> {
    reader.kind()?;
    if let Keep::Some(projection) = keep
        && let Some(kept) = projection.list(body, reader.position())
    {
        reader.rewind(kept.end);
        return Ok(Found::Kept { text: kept.text, rows: kept.rows });
    }
    let mut ranges = Vec::new();
    let mut more = reader.first_item()?;
    while more {
        reader.kind()?;
        let start = reader.position();
        reader.skip()?;
        ranges.push(start..reader.position());
        more = reader.next_item()?;
    }
    Ok(Found::There(ranges))
}
