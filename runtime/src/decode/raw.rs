//! Parts of a JSON text, as they are written.

use std::borrow::Cow;

use bindery_ir::JsonPath;

use crate::json::{Error, Kind, Reader, Writer};

/// The name of a member, and its value.
pub(crate) type Member<'j> = (Cow<'j, str>, &'j str);

/// The members of an object, in order; `None` when the value is no object.
pub(crate) fn members(json: &str) -> Result<Option<Vec<Member<'_>>>, Error> {
    let mut reader = Reader::over(json);
    if reader.kind()? != Kind::Object {
        return Ok(None);
    }
    let mut members = Vec::new();
    let mut key = reader.first_key()?;
    while let Some(name) = key {
        members.push((name, reader.raw()?));
        key = reader.next_key()?;
    }
    Ok(Some(members))
}

/// The items of an array; `None` when the value is none.
pub(crate) fn items(json: &str) -> Result<Option<Vec<&str>>, Error> {
    let mut reader = Reader::over(json);
    if reader.kind()? != Kind::Array {
        return Ok(None);
    }
    let mut items = Vec::new();
    let mut more = reader.first_item()?;
    while more {
        reader.kind()?;
        items.push(reader.raw()?);
        more = reader.next_item()?;
    }
    Ok(Some(items))
}

/// The value that is all there is.
pub(crate) fn one(json: &str) -> Result<&str, Error> {
    let mut reader = Reader::over(json);
    let value = reader.raw()?;
    reader.finish()?;
    Ok(value)
}

/// The value a path leads to. A key that is a number counts the items of a list from 0.
pub(crate) fn at<'j>(json: &'j str, path: &JsonPath) -> Result<Option<&'j str>, Error> {
    let mut value = json.trim();
    for key in path.keys() {
        let inner = match (items(value)?, key.parse::<usize>()) {
            (Some(items), Ok(index)) => items.get(index).copied(),
            (Some(_), Err(_)) => None,
            (None, _) => {
                members(value)?.and_then(|members| members.into_iter().find(|(name, _)| name == &**key)).map(|m| m.1)
            }
        };
        let Some(inner) = inner else { return Ok(None) };
        value = inner;
    }
    Ok(Some(value))
}

/// An object of these members, whose values are JSON.
pub(crate) fn object_of<'t>(members: impl IntoIterator<Item = (&'t str, &'t str)>) -> String {
    let mut writer = Writer::new();
    writer.members(members);
    writer.into_string()
}
