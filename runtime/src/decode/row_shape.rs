//! What becomes of a row that a document reshapes, done on its text as it came.

use std::collections::HashSet;

use bindery_ir::{List, Picked, Text};

use super::raw::at;
use crate::json::scan::{is_key, key_name, next_key, object_end, value_end};
use crate::json::{Slot, Writer};

/// Up to how many comparisons names are compared one by one, as they nearly always are.
const FEW: usize = 4096;

/// What is done to a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RowShape {
    /// Nothing.
    Same,
    /// An object takes up the members of one of its members. Its own win over those.
    Flat {
        /// The member whose members are taken up.
        member: Text,
        /// A member that is added, with the value `true`.
        mark: Text,
    },
    /// It becomes the only member of an object, of this name.
    In(Text),
    /// It becomes an object of values that were somewhere in it.
    Picked(List<Picked>),
}

/// Whether a flat row holds what it took up a second time, where it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeats {
    /// It does, and has its mark, as the document says.
    All,
    /// It does where something of it could not be taken up. What is nowhere but there is not left out.
    WhatIsLeft,
}

impl Repeats {
    /// What fits a value of this kind: one with fields of its own need not hold anything twice.
    pub(crate) fn of(value: &dyn Slot) -> Self {
        if value.has_fields() { Self::WhatIsLeft } else { Self::All }
    }
}

impl RowShape {
    /// Writes the row that a text begins with in this shape, and says where it ends; `None` when it is not all there, or
    /// not written as JSON is. Every part of it is written as it came, so that whoever reads it also sees what is wrong
    /// with it.
    pub(crate) fn write_first(&self, text: &[u8], repeats: Repeats, written: &mut Vec<u8>) -> Option<usize> {
        match self {
            Self::Flat { member, mark } if text.first() == Some(&b'{') => {
                let (row, end) = Row::first(text, member)?;
                row.write_flat(mark, repeats, written);
                Some(end)
            }
            Self::Same | Self::Flat { .. } => {
                let end = value_end(text, 0)?;
                written.extend_from_slice(text.get(..end)?);
                Some(end)
            }
            Self::In(column) => {
                let end = value_end(text, 0)?;
                let mut object = ObjectText::new(written);
                object.named(column, text.get(..end)?);
                object.finish();
                Some(end)
            }
            Self::Picked(columns) => {
                let end = value_end(text, 0)?;
                let row = str::from_utf8(text.get(..end)?).ok()?;
                let values: Vec<_> =
                    columns.iter().map(|picked| at(row, &picked.from)).collect::<Result<_, _>>().ok()?;
                let mut object = ObjectText::new(written);
                for (picked, value) in columns.iter().zip(values) {
                    object.named(&picked.column, value.unwrap_or("null").as_bytes());
                }
                object.finish();
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
    /// Which of them has members that are taken up.
    holder: Option<usize>,
    inner: Vec<Member<'r>>,
}

impl<'r> Row<'r> {
    /// The row that a text begins with, and where it ends. What it takes up is in the first member of that name.
    fn first(text: &'r [u8], member: &str) -> Option<(Self, usize)> {
        let mut row = Self { own: Vec::with_capacity(16), holder: None, inner: Vec::new() };
        let mut at = 0;
        let mut is_found = false;
        while let Some((key, start)) = next_key(text, at) {
            let is_member = !is_found && is_key(key, member);
            at = if is_member && text.get(start) == Some(&b'{') {
                let (inner, length) = members(text.get(start..)?)?;
                row.inner = inner;
                row.holder = Some(row.own.len());
                start + length
            } else {
                value_end(text, start)?
            };
            is_found |= is_member;
            row.own.push((key, text.get(start..at)?));
        }
        Some((row, object_end(text, at)?))
    }

    fn write_flat(&self, mark: &str, repeats: Repeats, written: &mut Vec<u8>) {
        let is_many = self.own.len() * self.inner.len() > FEW;
        let known: Option<HashSet<_>> = is_many.then(|| self.own.iter().map(|(key, _)| key_name(key)).collect());
        let is_taken_up = |(key, _): &&Member<'_>| {
            let is_own = match &known {
                Some(known) => known.contains(&key_name(key)),
                None => self.own.iter().any(|(other, _)| is_same(key, other)),
            };
            !is_own && !is_key(key, mark)
        };
        let mut object = ObjectText::new(written);
        match repeats {
            Repeats::All => {
                object.members(self.inner.iter().filter(is_taken_up));
                object.members(self.own.iter().filter(|(key, _)| !is_key(key, mark)));
                object.named(mark, b"true");
            }
            // In the order in which documents have the columns of such rows.
            Repeats::WhatIsLeft => {
                let is_all = self.inner.iter().all(|member| is_taken_up(&member));
                let left_out = self.holder.filter(|_| is_all);
                let own = self
                    .own
                    .iter()
                    .enumerate()
                    .filter(|(place, (key, _))| left_out != Some(*place) && !is_key(key, mark));
                object.members(own.map(|(_, member)| member));
                object.members(self.inner.iter().filter(|member| is_all || is_taken_up(member)));
            }
        }
        object.finish();
    }
}

/// The text of an object in the making.
struct ObjectText<'t> {
    text: &'t mut Vec<u8>,
    separator: u8,
}

impl<'t> ObjectText<'t> {
    fn new(text: &'t mut Vec<u8>) -> Self {
        Self { text, separator: b'{' }
    }

    fn members<'r>(&mut self, members: impl Iterator<Item = &'r Member<'r>>) {
        for (key, value) in members {
            self.member(key, value);
        }
    }

    /// A member under a key as it is written.
    fn member(&mut self, key: &[u8], value: &[u8]) {
        self.text.extend_from_slice(&[self.separator, b'"']);
        self.text.extend_from_slice(key);
        self.text.extend_from_slice(b"\":");
        self.text.extend_from_slice(value);
        self.separator = b',';
    }

    /// A member of this name.
    fn named(&mut self, name: &str, value: &[u8]) {
        let mut writer = Writer::new();
        writer.string(name);
        let written = writer.into_string();
        let key = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
        self.member(key.as_bytes(), value);
    }

    fn finish(self) {
        if self.separator == b'{' {
            self.text.push(b'{');
        }
        self.text.push(b'}');
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn written(shape: &RowShape, row: &str, repeats: Repeats) -> String {
        let mut written = Vec::new();
        let end = shape.write_first(format!("{row} ,").as_bytes(), repeats, &mut written).unwrap();
        assert_eq!(end, row.len());
        String::from_utf8(written).unwrap()
    }

    const FLAT: RowShape = RowShape::Flat { member: Text::Borrowed("properties"), mark: Text::Borrowed("_flattened") };

    fn flat(row: &str) -> String {
        written(&FLAT, row, Repeats::All)
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
    fn what_was_taken_up_need_not_be_there_twice() {
        for (row, expected) in [
            (r#"{"a":1,"properties":{"b":2},"_flattened":5,"c":3}"#, r#"{"a":1,"c":3,"b":2}"#),
            (r#"{"properties":{}}"#, "{}"),
            // What has no place in the row stays where it was.
            (r#"{"a":1,"properties":{"a":2,"b":3}}"#, r#"{"a":1,"properties":{"a":2,"b":3},"b":3}"#),
            (r#"{"properties":{"_flattened":3}}"#, r#"{"properties":{"_flattened":3}}"#),
            (r#"{"properties":[1]}"#, r#"{"properties":[1]}"#),
            (r#"{"properties":{"b":2},"properties":{"c":3}}"#, r#"{"properties":{"c":3},"b":2}"#),
        ] {
            assert_eq!(written(&FLAT, row, Repeats::WhatIsLeft), expected);
        }
    }

    proptest! {
        #[test]
        fn no_value_is_lost(
            own in proptest::collection::btree_map("[abm]", any::<u8>(), 0..4),
            inner in proptest::collection::btree_map("[abcm]", any::<u8>(), 0..4),
        ) {
            let shape = RowShape::Flat { member: "p".into(), mark: "m".into() };
            let mut row = json!(own);
            row["p"] = json!(inner);
            let flat = |repeats| serde_json::from_str::<Value>(&written(&shape, &row.to_string(), repeats)).unwrap();
            let (mut all, mut left) = (flat(Repeats::All), flat(Repeats::WhatIsLeft));
            prop_assert_eq!(all["m"].take(), json!(true));
            left["m"] = Value::Null;
            if left.get("p").is_none() {
                prop_assert!(inner.iter().all(|(name, value)| left[name] == json!(value)), "{left}");
                left["p"] = all["p"].clone();
            }
            prop_assert_eq!(all, left);
        }
    }

    #[test]
    fn what_is_wrong_with_a_row_stays_to_be_seen() {
        let inner = [r#"{"properties":{"a":1 "b":2}}"#, r#"{"properties":{"#];
        for broken in [r#"{"a":1 "b":2}"#, r#"{"a":1"#, r#"{"a" 1}"#, "{,}"].into_iter().chain(inner) {
            assert_eq!(FLAT.write_first(broken.as_bytes(), Repeats::All, &mut Vec::new()), None, "{broken}");
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
        assert_eq!(written(&RowShape::In("i\"d\"".into()), "\"a\"", Repeats::All), r#"{"i\"d\"":"a"}"#);
        assert_eq!(written(&RowShape::Same, "1.10", Repeats::All), "1.10");
    }
}
