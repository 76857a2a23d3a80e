//! Passing over the values of text that is known to be JSON, or is checked where it is kept.
//!
//! Only the ends of things are looked for, which is much faster than reading them. On text that is not JSON less is
//! found, and nothing panics.

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
pub(super) fn next_key(row: &[u8], at: usize) -> Option<(&[u8], usize)> {
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
pub(super) fn skip_space(row: &[u8], mut at: usize) -> usize {
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
pub(super) fn object_end(row: &[u8], at: usize) -> Option<usize> {
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

/// Where the members of an object are, and the items of the one of this name, which is a list. `None` for everything that
/// has to be read to be understood: what is no object, names with escapes, what does not end.
pub(crate) fn members(body: &[u8], list: &str) -> Option<(Option<Vec<Range<usize>>>, Members)> {
    let (mut members, mut found) = (Members::new(), None);
    let mut at = 0;
    while let Some((key, start)) = next_key(body, at) {
        let name = str::from_utf8(key).ok().filter(|name| !name.contains('\\'))?;
        at = if name == list {
            let (items, end) = items(body, start).filter(|_| found.is_none())?;
            found = Some(items);
            end
        } else {
            value_end(body, start)?
        };
        // Of members of the same name, the first counts.
        members.entry(name.to_owned()).or_insert(start..at);
    }
    let end = object_end(body, at).filter(|_| at > 0)?;
    (skip_space(body, end) == body.len()).then_some((found, members))
}

/// The items of the list that starts here, and where it ends.
fn items(text: &[u8], list: usize) -> Option<(Vec<Range<usize>>, usize)> {
    let mut items = Vec::new();
    let mut at = list;
    loop {
        match array_step(text, at, items.is_empty())? {
            Step::Item(start) => {
                at = value_end(text, start)?;
                items.push(start..at);
            }
            Step::End(end) => return Some((items, end)),
        }
    }
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
    if memchr::memchr(b'\\', written).is_none() {
        return written == name.as_bytes();
    }
    let quoted = [b"\"", written, b"\""].concat();
    serde_json::from_slice::<String>(&quoted).is_ok_and(|key| key == name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

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

    fn texts(json: &str) -> Option<Vec<&str>> {
        let (items, end) = items(json.as_bytes(), 0)?;
        assert_eq!(end, json.len());
        items.into_iter().map(|range| json.get(range)).collect()
    }

    #[test]
    fn items_are_found_whatever_is_in_them() {
        assert_eq!(texts("[]").unwrap(), Vec::<&str>::new());
        assert_eq!(texts("[ 1 , -2.5e3,null ]").unwrap(), ["1", "-2.5e3", "null"]);
        let odd = r#"[{"a":"]}\"\\","b":[[{}]]}, "\\", "é\"" ,[1,[2]]]"#;
        assert_eq!(texts(odd).unwrap(), [r#"{"a":"]}\"\\","b":[[{}]]}"#, r#""\\""#, r#""é\"""#, "[1,[2]]"]);
    }

    #[test]
    fn what_does_not_end_is_no_list() {
        for broken in ["[", "[1", "[1,", "[{]", "[\"a]", "[\"\\", "[,1]", "[1,]", "[{\"a\":1]", "[}", "[1}"] {
            assert!(items(broken.as_bytes(), 0).is_none_or(|(items, _)| items.is_empty()), "{broken}");
        }
    }

    #[test]
    fn members_are_found_by_name() {
        let body = br#" { "next" : "a,}" , "value":[{"a":[1]}, 2 ],"n":null } "#;
        let (rows, members) = members(body, "value").unwrap();
        let text = |range: &Range<usize>| str::from_utf8(&body[range.clone()]).unwrap();
        assert_eq!(rows.unwrap().iter().map(text).collect::<Vec<_>>(), [r#"{"a":[1]}"#, "2"]);
        assert_eq!(text(&members["next"]), r#""a,}""#);
        assert_eq!(text(&members["n"]), "null");
        assert!(super::members(br#"{"a":1}"#, "value").unwrap().0.is_none());
        for unclear in [
            "",
            "{}",
            "[]",
            "{\"a\"}",
            "{\"a\":1",
            "{\"a\":1}x",
            "{\"\\u0061\":1}",
            "{\"value\":1}",
            "{\"value\":null}",
        ] {
            assert!(super::members(unclear.as_bytes(), "value").is_none(), "{unclear}");
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_a_parser_reads(values in proptest::collection::vec(value(), 0..8), pretty: bool) {
            let list = Value::from(values.clone());
            let json = if pretty { serde_json::to_string_pretty(&list).unwrap() } else { list.to_string() };
            let read: Vec<Value> = texts(&json).unwrap().into_iter().map(|text| serde_json::from_str(text).unwrap()).collect();
            prop_assert_eq!(read, values);
        }

        #[test]
        fn no_bytes_make_it_fail(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (items(&bytes, 0), members(&bytes, "a"));
        }
    }
}
