//! Finds where values end without looking at what they are, for callers who read each of them afterwards.
//!
//! Bytes and a place in them go in; the place behind the value comes out. What is scanned is not checked: strings and
//! brackets are matched, and nothing else. That is several times faster than reading.

use std::collections::HashMap;
use std::ops::Range;

use memchr::{memchr2, memchr3};

/// Where the members of an object are, by their names.
pub(crate) type Members = HashMap<String, Range<usize>>;

/// The place of the next byte that is no white space.
fn next(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.iter().position(|byte| !byte.is_ascii_whitespace()).map(|offset| from + offset)
}

/// The items of the list that begins at this place, and the place behind it. `None` when it does not end.
fn items(bytes: &[u8], list: usize) -> Option<(Vec<Range<usize>>, usize)> {
    let mut items = Vec::new();
    let mut at = next(bytes, list + 1)?;
    if bytes.get(at) == Some(&b']') {
        return Some((items, at + 1));
    }
    loop {
        let end = value_end(bytes, at)?;
        if end == at {
            return None;
        }
        items.push(at..end);
        at = next(bytes, end)?;
        match bytes.get(at)? {
            b',' => at = next(bytes, at + 1)?,
            b']' => return Some((items, at + 1)),
            _ => return None,
        }
    }
}

/// Where the members of an object are, by their names, and the items of the first one of this name, which is a list.
/// `None` for everything that has to be read to be understood: what is no object, names with escapes, what does not end.
pub(crate) fn members(bytes: &[u8], list: &str) -> Option<(Option<Vec<Range<usize>>>, Members)> {
    let (mut members, mut found) = (HashMap::new(), None);
    let mut at = next(bytes, 0)?;
    if bytes.get(at) != Some(&b'{') {
        return None;
    }
    loop {
        let quote = next(bytes, at + 1)?;
        if bytes.get(quote) != Some(&b'"') {
            // An empty object may be one; that is seen by reading it.
            return None;
        }
        let behind = string_end(bytes, quote)?;
        let name = str::from_utf8(bytes.get(quote + 1..behind - 1)?).ok().filter(|name| !name.contains('\\'))?;
        let colon = next(bytes, behind)?;
        if bytes.get(colon) != Some(&b':') {
            return None;
        }
        let start = next(bytes, colon + 1)?;
        let end = if name == list && found.is_none() && bytes.get(start) == Some(&b'[') {
            let (items, end) = items(bytes, start)?;
            found = Some(items);
            end
        } else if name == list {
            return None;
        } else {
            value_end(bytes, start).filter(|end| *end > start)?
        };
        // Of members of the same name, the first counts.
        members.entry(name.to_owned()).or_insert(start..end);
        at = next(bytes, end)?;
        match bytes.get(at)? {
            b',' => {}
            b'}' if next(bytes, at + 1).is_none() => return Some((found, members)),
            _ => return None,
        }
    }
}

/// The place behind the value that begins at this place. `None` when it does not end.
fn value_end(bytes: &[u8], start: usize) -> Option<usize> {
    match bytes.get(start)? {
        b'"' => string_end(bytes, start),
        b'{' | b'[' => {
            let (mut at, mut depth) = (start, 0_usize);
            loop {
                match bytes.get(at)? {
                    b'"' => {
                        at = string_end(bytes, at)?;
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            return Some(at + 1);
                        }
                    }
                    _ => {}
                }
                at += 1;
            }
        }
        _ => {
            let rest = bytes.get(start..)?;
            let end = memchr3(b',', b']', b'}', rest)?;
            let text = rest.get(..end)?.trim_ascii_end();
            Some(start + text.len())
        }
    }
}

fn string_end(bytes: &[u8], quote: usize) -> Option<usize> {
    let mut at = quote + 1;
    loop {
        let found = at + memchr2(b'"', b'\\', bytes.get(at..)?)?;
        match bytes.get(found)? {
            b'"' => return Some(found + 1),
            _ => at = found + 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

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
