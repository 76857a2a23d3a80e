//! What becomes of a row that a document reshapes, done on its text as it came.

use std::borrow::Cow;
use std::collections::HashSet;

use bindery_ir::Text;

use super::raw::{known_members, object_of};

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
    /// The text of a row, which is JSON, in this shape.
    pub(crate) fn of<'r>(&self, row: &'r str) -> Cow<'r, str> {
        match self {
            Self::Same => Cow::Borrowed(row),
            Self::Flat { member, mark } => flat(row, member, mark),
            Self::In(column) => Cow::Owned(object_of([(&**column, row)])),
        }
    }
}

fn flat<'r>(row: &'r str, member: &str, mark: &str) -> Cow<'r, str> {
    if !row.starts_with('{') {
        return Cow::Borrowed(row);
    }
    let own = known_members(row);
    let inner = own.iter().find(|(name, _)| name == member).map(|(_, value)| known_members(value)).unwrap_or_default();
    let taken: HashSet<&str> = own.iter().map(|(name, _)| &**name).chain([mark]).collect();
    let taken_up = inner.iter().filter(|(name, _)| !taken.contains(&**name));
    let all = taken_up.chain(own.iter().filter(|(name, _)| name != mark));
    Cow::Owned(object_of(all.map(|(name, value)| (&**name, *value)).chain([(mark, "true")])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(row: &str) -> Cow<'_, str> {
        RowShape::Flat { member: "properties".into(), mark: "_flattened".into() }.of(row)
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
                r#"{"\"":4,"a":1,"properties":{"a":2,"_flattened":3,"\"":4},"_flattened":true}"#,
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
    fn a_value_becomes_the_only_member_of_a_row() {
        assert_eq!(RowShape::In("id".into()).of("\"a\""), r#"{"id":"a"}"#);
        assert!(matches!(RowShape::Same.of("1.10"), Cow::Borrowed("1.10")));
    }
}
