//! Where some properties lie in one row after the other.

use std::ops::Range;

use super::scan::{is_key, next_key, object_end, skip_space, value_end};

/// How many properties of a row are remembered for the next.
const MOST_LEADS: usize = 256;

/// How many properties a row may leave out, at one place, of those that others have.
const MOST_LEFT_OUT: usize = 16;

/// Finds some properties in one row after the other.
///
/// The rows of an answer are written alike: the same keys in the same order, with the same white space. So what stands
/// before a value is not read but compared with what stood there in earlier rows, and read only where it differs.
///
/// ```
/// use bindery_runtime::json::Cutter;
/// let mut cutter = Cutter::new(vec!["size".to_owned()]);
/// for (row, size) in [(r#"{"name": "a", "size": 1}"#, Some("1")), (r#"{"name": "b"}"#, None)] {
///     cutter.cut(row.as_bytes());
///     assert_eq!(cutter.place(0).and_then(|place| row.get(place)), size);
/// }
/// ```
#[derive(Debug, Default)]
pub struct Cutter {
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
    /// Finds the properties of these names.
    pub fn new(wanted: Vec<String>) -> Self {
        Self { places: vec![None; wanted.len()], wanted, leads: Vec::new() }
    }

    /// The names of the properties it finds.
    pub fn wanted(&self) -> &[String] {
        &self.wanted
    }

    /// Where the property of that number is in the row that was cut last.
    pub fn place(&self, number: usize) -> Option<Range<usize>> {
        self.places.get(number)?.clone()
    }

    /// Looks for the properties in a row, which is JSON. Of properties of the same name the first counts.
    pub fn cut(&mut self, row: &[u8]) {
        self.places.fill(None);
        let mut left = self.wanted.len();
        let (mut at, mut count) = (0, 0);
        while left > 0 {
            let Some((start, found)) = self.lead(row, at, &mut count) else { return };
            let Some(end) = value_end(row, start) else { return };
            left -= usize::from(self.note(found, start..end));
            at = end;
        }
    }

    /// The same in the object that a text begins with, and where that ends; `None` when it is not written as JSON is.
    /// What is kept of it has to be checked.
    pub(crate) fn cut_first(&mut self, text: &[u8]) -> Option<usize> {
        self.places.fill(None);
        let (mut at, mut count) = (0, 0);
        while let Some((start, found)) = self.lead(text, at, &mut count) {
            at = value_end(text, start)?;
            self.note(found, start..at);
        }
        object_end(text, at)
    }

    /// Notes where a property is; whether that is news.
    fn note(&mut self, found: Option<usize>, place: Range<usize>) -> bool {
        let Some(slot) = found.and_then(|found| self.places.get_mut(found)).filter(|slot| slot.is_none()) else {
            return false;
        };
        *slot = Some(place);
        true
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
