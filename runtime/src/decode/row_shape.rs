//! What becomes of a row that a document reshapes, done on its text as it came.

use std::collections::HashSet;

use bindery_ir::Text;

use crate::json::Writer;
use crate::json::scan::{is_key, key_name, next_key, object_end, value_end};

/// Up to how many comparisons names are compared one by one, as they nearly always are.
const FEW: usize = 4096;

/// What is done to a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RowShape {
    /// Nothing.
    Same,
    /// An object takes up the members of one of its members. Its own win over those.
    Flat {
        /// The member whose members are taken up; it stays as well.
        member: Text,
        /// A member that is added, with the value `true`.
        mark: Text,
    },
    /// It becomes the only member of an object, of this name.
    In(Text),
}

impl RowShape {
    /// Writes the row that a text begins with in this shape, and says where it ends; `None` when it is not all there, or
    /// not written as JSON is. Every part of it is written as it came, so that whoever reads it also sees what is wrong
    /// with it.
    pub(crate) fn write_first(&self, text: &[u8], written: &mut Vec<u8>) -> Option<usize> {
        match self {
            Self::Flat { member, mark } if text.first() == Some(&b'{') => {
                let (row, end) = Row::first(text, member)?;
                row.write_flat(mark, written);
                Some(end)
            }
            Self::Same | Self::Flat { .. } => {
                let end = value_end(text, 0)?;
                written.extend_from_slice(text.get(..end)?);
                Some(end)
            }
            Self::In(column) => {
                let end = value_end(text, 0)?;
                written.push(b'{');
                write_name(column, written);
                written.extend_from_slice(text.get(..end)?);
                written.push(b'}');
                Some(end)
            }
        }
    }
}

/// A member of an object: its key and its value as they are written.
type Member<'r> = (&'r [u8], &'r [u8]);

/// A row and those of its members that have members themselves which it takes up.
struct Row<'r> {
    own: Vec<Member<'r>>,
    inner: Vec<Member<'r>>,
}

impl<'r> Row<'r> {
    /// The row that a text begins with, and where it ends. What it takes up is in the first member of that name.
    fn first(text: &'r [u8], member: &str) -> Option<(Self, usize)> {
        let mut row = Self { own: Vec::with_capacity(16), inner: Vec::new() };
        let mut at = 0;
        let mut is_found = false;
        while let Some((key, start)) = next_key(text, at) {
            let is_member = !is_found && is_key(key, member);
            at = if is_member && text.get(start) == Some(&b'{') {
                let (inner, length) = members(text.get(start..)?)?;
                row.inner = inner;
                start + length
            } else {
                value_end(text, start)?
            };
            is_found |= is_member;
            row.own.push((key, text.get(start..at)?));
        }
        Some((row, object_end(text, at)?))
    }

    fn write_flat(&self, mark: &str, written: &mut Vec<u8>) {
        let Self { own, inner } = self;
        let known: HashSet<_> = if own.len() * inner.len() > FEW {
            own.iter().map(|(key, _)| key_name(key)).collect()
        } else {
            HashSet::new()
        };
        let is_own = |key: &[u8]| match known.is_empty() {
            true => own.iter().any(|(other, _)| is_same(key, other)),
            false => known.contains(&key_name(key)),
        };
        let taken_up = inner.iter().filter(|(key, _)| !is_own(key));
        written.push(b'{');
        for (key, value) in taken_up.chain(own).filter(|(key, _)| !is_key(key, mark)) {
            written.push(b'"');
            written.extend_from_slice(key);
            written.extend_from_slice(b"\":");
            written.extend_from_slice(value);
            written.push(b',');
        }
        write_name(mark, written);
        written.extend_from_slice(b"true}");
    }
}

/// The members of the object that a text begins with, and where it ends.
fn members(text: &[u8]) -> Option<(Vec<Member<'_>>, usize)> {
    let mut members = Vec::with_capacity(16);
    let mut at = 0;
    while let Some((key, start)) = next_key(text, at) {
        at = value_end(text, start)?;
        members.push((key, text.get(start..at)?));
    }
    Some((members, object_end(text, at)?))
}

/// Whether two keys stand for the same name.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one == other || ((one.contains(&b'\\') || other.contains(&b'\\')) && key_name(one) == key_name(other))
}

fn write_name(name: &str, written: &mut Vec<u8>) {
    let mut writer = Writer::new();
    writer.string(name);
    written.extend_from_slice(writer.into_string().as_bytes());
    written.push(b':');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(shape: &RowShape, row: &str) -> String {
        let mut written = Vec::new();
        let end = shape.write_first(format!("{row} ,").as_bytes(), &mut written).unwrap();
        assert_eq!(end, row.len());
        String::from_utf8(written).unwrap()
    }

    fn flat(row: &str) -> String {
        written(&RowShape::Flat { member: "properties".into(), mark: "_flattened".into() }, row)
    }

    #[test]
    fn a_row_takes_up_the_members_of_a_member_unless_it_has_them() {
        for (row, expected) in [
            (
                r#"{"a": 1, "properties": {"a": 2, "b" : [1.10, "}"]}}"#,
                r#"{"b":[1.10, "}"],"a":1,"properties":{"a": 2, "b" : [1.10, "}"]},"_flattened":true}"#,
            ),
            (
                r#"{"\u0061":1,"properties":{"a":2,"_flattened":3,"\"":4},"_flattened":5}"#,
                r#"{"\"":4,"\u0061":1,"properties":{"a":2,"_flattened":3,"\"":4},"_flattened":true}"#,
            ),
            (r#"{"properties":[{"a":1}]}"#, r#"{"properties":[{"a":1}],"_flattened":true}"#),
            ("{}", r#"{"_flattened":true}"#),
            ("[1]", "[1]"),
            ("null", "null"),
        ] {
            assert_eq!(flat(row), expected);
        }
    }

    #[test]
    fn what_is_wrong_with_a_row_stays_to_be_seen() {
        let flat_shape = RowShape::Flat { member: "p".into(), mark: "m".into() };
        for broken in [r#"{"a":1 "b":2}"#, r#"{"a":1"#, r#"{"a" 1}"#, "{,}", r#"{"p":{"a":1 "b":2}}"#, "{\"p\":{"] {
            assert_eq!(flat_shape.write_first(broken.as_bytes(), &mut Vec::new()), None, "{broken}");
        }
        assert!(flat(r#"{"properties":{"a":tru}}"#).contains(r#""a":tru,"#));
    }

    #[test]
    fn large_rows_are_flattened_alike() {
        let members =
            |names: std::ops::Range<usize>| names.map(|n| format!(r#""k{n}":{n}"#)).collect::<Vec<_>>().join(",");
        let row = |own: usize| format!(r#"{{{},"properties":{{{}}}}}"#, members(0..own), members(own / 2..own + 50));
        for own in [10, 200] {
            let flat: serde_json::Value = serde_json::from_str(&flat(&row(own))).unwrap();
            assert_eq!(flat.as_object().unwrap().len(), own + 50 + 2);
        }
    }

    #[test]
    fn a_value_becomes_the_only_member_of_a_row() {
        assert_eq!(written(&RowShape::In("id".into()), "\"a\""), r#"{"id":"a"}"#);
        assert_eq!(written(&RowShape::Same, "1.10"), "1.10");
    }
}
