//! Where the properties that are read lie in a row, and rows without all others.

use std::ops::Range;

use bytes::Bytes;

use crate::row::{is_key, next_key, skip_space, value_end};

/// How many properties of a row are remembered for the next.
const MOST_LEADS: usize = 256;

/// How many properties a row may leave out, at one place, of those that others have.
const MOST_LEFT_OUT: usize = 16;

/// Finds some properties in one row after the other.
///
/// The rows of an answer are written alike: the same keys in the same order, with the same white space. So what stands
/// before a value is not read but compared with what stood there in earlier rows, and read only where it differs.
#[derive(Debug, Default)]
pub(crate) struct Cutter {
    /// The names of the properties.
    wanted: Vec<String>,
    /// Where each is in the row that was cut last.
    places: Vec<Option<Range<usize>>>,
    /// What stood before the values of earlier rows, in their order.
    leads: Vec<Lead>,
}

/// What stands before a value, from the end of the value before it: `,"name":`.
#[derive(Debug)]
struct Lead {
    text: Vec<u8>,
    /// The place of the property in `wanted`.
    found: Option<usize>,
}

impl Cutter {
    pub(crate) fn new(wanted: Vec<String>) -> Self {
        Self { places: vec![None; wanted.len()], wanted, leads: Vec::new() }
    }

    /// The names of the properties it finds.
    pub(crate) fn wanted(&self) -> &[String] {
        &self.wanted
    }

    /// Where the property of that number is in the row that was cut last.
    pub(crate) fn place(&self, number: usize) -> Option<Range<usize>> {
        self.places.get(number)?.clone()
    }

    /// Looks for the properties in a row. Of properties of the same name the first counts.
    pub(crate) fn cut(&mut self, row: &[u8]) {
        self.places.fill(None);
        let mut left = self.wanted.len();
        let (mut at, mut count) = (0, 0);
        while left > 0 {
            let Some((start, found)) = self.lead(row, at, &mut count) else { return };
            let Some(end) = value_end(row, start) else { return };
            if let Some(slot) = found.and_then(|found| self.places.get_mut(found))
                && slot.is_none()
            {
                *slot = Some(start..end);
                left -= 1;
            }
            at = end;
        }
    }

    /// Where the next value starts, and which of the wanted ones it is. `count` is the number of the lead that is
    /// expected, and then of the one that is expected next.
    fn lead(&mut self, row: &[u8], at: usize, count: &mut usize) -> Option<(usize, Option<usize>)> {
        let rest = row.get(at..)?;
        let expected = self.leads.get(*count..).unwrap_or_default();
        let known = expected.iter().take(MOST_LEFT_OUT).position(|lead| rest.starts_with(&lead.text));
        if let Some(lead) = known.and_then(|left_out| expected.get(left_out)) {
            *count += known.unwrap_or_default() + 1;
            return Some((skip_space(row, at + lead.text.len()), lead.found));
        }
        let (key, start) = next_key(row, at)?;
        let found = self.wanted.iter().position(|name| is_key(key, name));
        if self.leads.len() < MOST_LEADS {
            let text = row.get(at..start).unwrap_or_default().to_vec();
            self.leads.insert(*count, Lead { text, found });
            *count += 1;
        }
        Some((start, found))
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
    fn rows_that_are_written_in_other_ways_are_cut_as_well() {
        let rows = [
            r#"{"a":1,"b":2,"c":3}"#,
            r#"{"b":2,"c":3}"#,
            r#"{"a":1,"c":3}"#,
            r#"{"c":3,"b":2,"a":1}"#,
            r#"{"a":  1,"new":[{"b":9}],"b" : 2 , "c":3}"#,
            r#" { "a":1, "a":9, "b":2, "b":9, "c":3 } "#,
            r#"{"a":1,"b":2,"cc":9}"#,
        ];
        let mut cutter = Cutter::new(["c", "a", "b"].map(str::to_owned).into());
        // Whatever was read before, a row is cut as if it were the first.
        for row in rows.iter().chain(rows.iter().rev()).chain(&rows) {
            cutter.cut(row.as_bytes());
            let cut: Vec<Option<&str>> = (0..3).map(|at| cutter.place(at).and_then(|place| row.get(place))).collect();
            let value: std::collections::BTreeMap<String, serde_json::Value> =
                serde_json::from_str(&row.replace("\"a\":9, ", "").replace("\"b\":9, ", "")).unwrap();
            let expected: Vec<Option<String>> =
                ["c", "a", "b"].iter().map(|name| value.get(*name).map(ToString::to_string)).collect();
            assert_eq!(cut, expected.iter().map(Option::as_deref).collect::<Vec<_>>(), "{row}");
        }
        for number in 0..1000 {
            cutter.cut(format!(r#"{{"x{number}":0,"b":2}}"#).as_bytes());
            assert!(cutter.place(2).is_some() && cutter.leads.len() <= MOST_LEADS);
        }
    }

    #[test]
    fn names_are_written_as_json_has_them() {
        let name = "a\"\\\u{1}é";
        let row = Bytes::from(serde_json::json!({ name: 1, "b": 2 }).to_string());
        let kept = project(&[row], &mut Cutter::new(vec![name.to_owned()]));
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&kept[0]).unwrap(), serde_json::json!({ name: 1 }));
    }
}
