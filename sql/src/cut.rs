//! Where the properties that are read lie in a row, and rows without all others.

use std::ops::Range;

use bytes::Bytes;

use crate::row::{is_key, properties};

/// Finds some properties in one row after the other. Rows of an answer have their keys in the same order, so what a
/// key was in the last row is looked at first.
#[derive(Debug, Default)]
pub(crate) struct Cutter {
    /// The names of the properties.
    wanted: Vec<String>,
    /// Where each is in the row that was cut last.
    places: Vec<Option<Range<usize>>>,
    /// The keys of the last row as they are written, each with its place in `wanted`.
    keys: Vec<(Vec<u8>, Option<usize>)>,
}

impl Cutter {
    pub(crate) fn new(wanted: Vec<String>) -> Self {
        Self { places: vec![None; wanted.len()], wanted, keys: Vec::new() }
    }

    /// The names of the properties it finds.
    pub(crate) fn wanted(&self) -> &[String] {
        &self.wanted
    }

    /// Where the property of that number is in the row that was cut last.
    pub(crate) fn place(&self, number: usize) -> Option<Range<usize>> {
        self.places.get(number)?.clone()
    }

    /// Looks for the properties in a row.
    pub(crate) fn cut(&mut self, row: &[u8]) {
        self.places.fill(None);
        let mut left = self.wanted.len();
        if left == 0 {
            return;
        }
        let mut count = 0;
        let Self { wanted, places, keys } = self;
        properties(row, |key, place| {
            let at = count;
            count += 1;
            let found = match keys.get(at) {
                Some((known, found)) if known == key => *found,
                _ => {
                    let found = wanted.iter().position(|name| is_key(key, name));
                    match keys.get_mut(at) {
                        Some(known) => *known = (key.to_vec(), found),
                        None => keys.push((key.to_vec(), found)),
                    }
                    found
                }
            };
            if let Some(slot) = found.and_then(|found| places.get_mut(found))
                && slot.is_none()
            {
                *slot = Some(place);
                left -= 1;
            }
            left > 0
        });
    }
}

/// The rows of a page with these properties only, in memory of their own, so that the page can be let go. What is no
/// object stays as it is.
pub(crate) fn project(rows: &[Bytes], cutter: &mut Cutter) -> Vec<Bytes> {
    let mut text: Vec<u8> = Vec::new();
    let mut ends = Vec::with_capacity(rows.len());
    for row in rows {
        if row.first() == Some(&b'{') {
            cutter.cut(row);
            write_object(row, cutter, &mut text);
        } else {
            text.extend_from_slice(row);
        }
        ends.push(text.len());
    }
    text.shrink_to_fit();
    let text = Bytes::from(text);
    let mut start = 0;
    ends.into_iter().map(|end| text.slice(std::mem::replace(&mut start, end)..end)).collect()
}

fn write_object(row: &[u8], cutter: &Cutter, text: &mut Vec<u8>) {
    let mut separator = b'{';
    for (number, name) in cutter.wanted().iter().enumerate() {
        let Some(value) = cutter.place(number).and_then(|place| row.get(place)) else { continue };
        text.push(separator);
        write_key(name, text);
        text.push(b':');
        text.extend_from_slice(value);
        separator = b',';
    }
    if separator == b'{' {
        text.push(b'{');
    }
    text.push(b'}');
}

fn write_key(name: &str, text: &mut Vec<u8>) {
    let is_plain = name.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\');
    if is_plain {
        text.push(b'"');
        text.extend_from_slice(name.as_bytes());
        text.push(b'"');
    } else if let Ok(quoted) = serde_json::to_vec(name) {
        text.extend_from_slice(&quoted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_read_is_kept() {
        let rows = [
            r#"{"a":1,"b":{"c":[2]},"d":"\"x"}"#,
            r#"{"d":null, "e":1, "a" : 1.50}"#,
            "{}",
            "[1]",
            r#"{"\u0062":"escaped"}"#,
        ];
        let rows = rows.map(|row| Bytes::copy_from_slice(row.as_bytes()));
        let mut cutter = Cutter::new(vec!["d".to_owned(), "a".to_owned(), "b".to_owned()]);
        let kept = project(&rows, &mut cutter);
        assert_eq!(
            kept,
            [r#"{"d":"\"x","a":1,"b":{"c":[2]}}"#, r#"{"d":null,"a":1.50}"#, "{}", "[1]", r#"{"b":"escaped"}"#]
        );
        assert_eq!(project(&rows, &mut Cutter::default()).first().map(|row| &**row), Some(b"{}".as_slice()));
    }

    #[test]
    fn names_are_written_as_json_has_them() {
        let name = "a\"\\\u{1}é";
        let row = Bytes::from(serde_json::json!({ name: 1, "b": 2 }).to_string());
        let kept = project(&[row], &mut Cutter::new(vec![name.to_owned()]));
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&kept[0]).unwrap(), serde_json::json!({ name: 1 }));
    }
}
