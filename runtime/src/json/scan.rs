//! Passing over the values of text that is known to be JSON, or is checked where it is kept.
//!
//! Only the ends of things are looked for, which is much faster than reading them. On text that is not JSON less is
//! found, and nothing panics.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;

/// Calls back for every property of an object: its key as it is written, and where its value lies. Stops when told.
///
/// ```
/// use bindery_runtime::json::{is_key, properties};
/// let row = br#"{"name": "b1", "size": 2}"#;
/// let mut size = None;
/// properties(row, |key, place| {
///     if is_key(key, "size") {
///         size = row.get(place);
///     }
///     size.is_none()
/// });
/// assert_eq!(size, Some(b"2".as_slice()));
/// ```
pub fn properties(row: &[u8], mut each: impl FnMut(&[u8], Range<usize>) -> bool) {
    let mut at = 0;
    while let Some((key, start)) = next_key(row, at) {
        let Some(end) = value_end(row, start) else { return };
        if !each(key, start..end) {
            return;
        }
        at = end;
    }
}

/// The key that comes next, as it is written, and where its value starts. `at` is the start of the object, or the end
/// of a value of it.
pub(crate) fn next_key(row: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let separator = skip_space(row, at);
    let expected = if at == 0 { b'{' } else { b',' };
    let key_start = skip_space(row, separator + 1);
    if row.get(separator) != Some(&expected) || row.get(key_start) != Some(&b'"') {
        return None;
    }
    let key_end = string_end(row, key_start)?;
    let colon = skip_space(row, key_end);
    if row.get(colon) != Some(&b':') {
        return None;
    }
    Some((row.get(key_start + 1..key_end - 1)?, skip_space(row, colon + 1)))
}

/// Behind the white space that starts here.
#[inline]
pub(crate) fn skip_space(row: &[u8], mut at: usize) -> usize {
    while matches!(row.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// Behind the closing quote of the string that starts here.
#[inline]
fn string_end(row: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', row.get(at..)?)?;
        if row.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Behind the value that starts here.
#[inline]
pub(crate) fn value_end(row: &[u8], start: usize) -> Option<usize> {
    match row.get(start)? {
        b'"' => string_end(row, start),
        b'{' | b'[' => container_end(row, start),
        _ => {
            let rest = row.get(start..)?;
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r');
            let length = rest.iter().position(ends).unwrap_or(rest.len());
            (length > 0).then_some(start + length)
        }
    }
}

/// Behind the end of an object of which nothing is left; `at` is its start when it is empty, or the end of its last value.
pub(crate) fn object_end(row: &[u8], at: usize) -> Option<usize> {
    let inside = if at == 0 { skip_space(row, 0) + 1 } else { at };
    let end = skip_space(row, inside);
    (row.get(end) == Some(&b'}')).then_some(end + 1)
}

/// How a list goes on.
pub(crate) enum Step {
    /// With an item that starts here.
    Item(usize),
    /// It does not; it ends before here.
    End(usize),
}

/// How a list goes on. `at` is its start, if nothing of it was read, or the end of an item.
pub(crate) fn array_step(text: &[u8], at: usize, is_first: bool) -> Option<Step> {
    let separator = skip_space(text, at);
    let item = skip_space(text, separator + 1);
    match text.get(separator)? {
        b'[' if is_first && text.get(item) == Some(&b']') => Some(Step::End(item + 1)),
        b'[' if is_first => Some(Step::Item(item)),
        b',' if !is_first => Some(Step::Item(item)),
        b']' if !is_first => Some(Step::End(separator + 1)),
        _ => None,
    }
}

/// The members of an object, by their names.
pub(crate) type Members = HashMap<String, Range<usize>>;

/// Where the members of an object end that were passed over.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Passed {
    /// At the value of the name that was looked for.
    Found(usize),
    /// There is none of that name; the object ends before here.
    All(usize),
}

/// Notes where the members of an object are, up to the one of this name. `at` is the start of the object, or the end of one of
/// its values. `None` for everything that has to be read to be understood: what is no object, names with escapes, what
/// does not end.
pub(crate) fn note_members(body: &[u8], mut at: usize, until: Option<&str>, members: &mut Members) -> Option<Passed> {
    while let Some((key, start)) = next_key(body, at) {
        let name = str::from_utf8(key).ok().filter(|name| !name.contains('\\'))?;
        if until == Some(name) {
            return Some(Passed::Found(start));
        }
        at = value_end(body, start)?;
        // Of members of the same name, the first counts.
        members.entry(name.to_owned()).or_insert(start..at);
    }
    object_end(body, at).filter(|_| at > 0).map(Passed::All)
}

/// Behind the object or list that starts here.
fn container_end(row: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = start;
    loop {
        let rest = row.get(at..)?;
        at += rest.iter().position(|byte| matches!(byte, b'"' | b'{' | b'[' | b'}' | b']'))?;
        match row.get(at)? {
            b'"' => {
                at = string_end(row, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            _ => depth -= 1,
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// Whether a key as it is written is this name.
pub fn is_key(written: &[u8], name: &str) -> bool {
    // An escape is longer than what it stands for.
    match written.len().cmp(&name.len()) {
        Ordering::Less => false,
        Ordering::Equal => written == name.as_bytes() && memchr::memchr(b'\\', written).is_none(),
        Ordering::Greater => {
            memchr::memchr(b'\\', written).is_some() && key_name(written).is_some_and(|key| key == name)
        }
    }
}

/// The name that a key as it is written stands for; `None` when it is not written as JSON is.
pub(crate) fn key_name(written: &[u8]) -> Option<Cow<'_, str>> {
    if memchr::memchr(b'\\', written).is_none() {
        return str::from_utf8(written).ok().map(Cow::Borrowed);
    }
    let quoted = [b"\"", written, b"\""].concat();
    serde_json::from_slice(&quoted).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(row: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        properties(row.as_bytes(), |key, value| {
            found.push((String::from_utf8_lossy(key).into_owned(), row[value].to_owned()));
            true
        });
        found
    }

    #[test]
    fn properties_are_found_whatever_lies_between() {
        let row = r#" { "a" : 1 ,"b":"x\"}", "c":{"d":[1,"]"]}, "e\"":null,"f":-1.5e3} "#;
        let expected = [("a", "1"), ("b", r#""x\"}""#), ("c", r#"{"d":[1,"]"]}"#), (r#"e\""#, "null"), ("f", "-1.5e3")];
        assert_eq!(found(row), expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert!(is_key(br#"e\""#, "e\""));
        for broken in
            ["", "{", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":\"\\", "{\"a\":[", "[1]", "1", "{\"a\":]", "{]"]
        {
            assert!(found(broken).is_empty(), "{broken}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            properties(&bytes, |_, _| true);
            let _ = (value_end(&bytes, 0), note_members(&bytes, 0, Some("a"), &mut Members::new()));
        }
    }
}
