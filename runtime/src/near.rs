//! Finds single values in an answer: what it says of the page after it.

use bindery_ir::Text;
use regex_lite::Regex;

use crate::json::{self, Kind, Reader, seek_keys};

/// How many levels below the top a value is still near it: the two elements that XML is wrapped in.
const NEAR: usize = 2;

/// What a pattern finds in a text: its first group that took part, or all of it.
pub(crate) fn first_group(pattern: &Regex, text: &str) -> Option<String> {
    let found = pattern.captures(text)?;
    let group = (1..found.len()).find_map(|group| found.get(group)).or_else(|| found.get(0));
    group.map(|group| group.as_str().to_owned())
}

/// The value of a name at the top of a body, or in an object at most two levels down: the one nearest to the top.
pub(crate) fn nearest(body: &[u8], name: &str) -> Result<Option<String>, json::Error> {
    nearest_where(body, |key, kind, value| match kind {
        Kind::Object | Kind::Array => Ok(None),
        _ if key == name => text_at(value, &[]),
        _ => Ok(None),
    })
}

/// The value of a name in the last item of the nearest list that has one there, or in an object: XML has a list only where
/// there are several.
pub(crate) fn nearest_last(body: &[u8], name: &str) -> Result<Option<String>, json::Error> {
    let name_there = [Text::Owned(name.to_owned())];
    let in_list = nearest_where(body, |_, kind, value| match kind {
        Kind::Array => last_item(value)?.map_or(Ok(None), |item| text_at(item, &name_there)),
        _ => Ok(None),
    })?;
    if in_list.is_some() { Ok(in_list) } else { nearest(body, name) }
}

/// What is made of the first member of which something is made: of those at the top of a body, then of those of the
/// objects among them, and so on as far down as is near.
fn nearest_where(
    body: &[u8],
    made_of: impl Fn(&str, Kind, &[u8]) -> Result<Option<String>, json::Error>,
) -> Result<Option<String>, json::Error> {
    let mut objects = vec![body];
    for _ in 0..=NEAR {
        let mut inner = Vec::new();
        for object in objects {
            let mut reader = Reader::new(object)?;
            if reader.kind()? != Kind::Object {
                continue;
            }
            let mut member = reader.first_key()?;
            while let Some(key) = member {
                let kind = reader.kind()?;
                let start = reader.position();
                reader.skip()?;
                let value = object.get(start..reader.position()).unwrap_or_default();
                if let Some(found) = made_of(&key, kind, value)? {
                    return Ok(Some(found));
                }
                if kind == Kind::Object {
                    inner.push(value);
                }
                member = reader.next_key()?;
            }
        }
        objects = inner;
    }
    Ok(None)
}

/// The last item of a list.
fn last_item(items: &[u8]) -> Result<Option<&[u8]>, json::Error> {
    let mut reader = Reader::new(items)?;
    let mut last = None;
    let mut is_more = reader.first_item()?;
    while is_more {
        reader.kind()?;
        let start = reader.position();
        reader.skip()?;
        last = items.get(start..reader.position());
        is_more = reader.next_item()?;
    }
    Ok(last)
}

/// The text, number or truth a path leads to, also as the only item of a list. Anything else is no pointer to a page.
pub(crate) fn text_at(body: &[u8], path: &[Text]) -> Result<Option<String>, json::Error> {
    let mut reader = Reader::new(body)?;
    if !seek_keys(&mut reader, path)? {
        return Ok(None);
    }
    if reader.kind()? == Kind::Array {
        if !reader.first_item()? {
            return Ok(None);
        }
        let text = scalar(&mut reader)?;
        return Ok(if reader.next_item()? { None } else { text });
    }
    scalar(&mut reader)
}

fn scalar(reader: &mut Reader<'_>) -> Result<Option<String>, json::Error> {
    match reader.kind()? {
        Kind::String => reader.string(),
        Kind::Number => Ok(reader.number()?.map(str::to_owned)),
        Kind::Boolean => Ok(reader.boolean()?.map(|truth| truth.to_string())),
        Kind::Null | Kind::Array | Kind::Object => reader.skip().map(|()| None),
    }
}
