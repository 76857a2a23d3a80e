//! The rows of a page without the properties that nobody reads.
//!
//! A list is passed over once, by looking for the ends of its values only. What is kept is then checked to be JSON; what
//! is left out is not, except that everything must end where it should. Whatever is not as expected is left to the
//! strict reader, which says what is wrong.

use std::ops::Range;

use crate::json::{Cutter, Reader, Step, array_step, value_end};

/// Keeps some properties of rows.
pub(crate) struct Projection {
    cutter: Cutter,
    /// The keys as they are written: `"name":`.
    keys: Vec<Vec<u8>>,
}

/// Rows that were found, and where the list ends that they are the items of.
pub(crate) struct Projected {
    /// The text of the rows, in memory of its own.
    pub(crate) text: Vec<u8>,
    /// Where each is in the text.
    pub(crate) rows: Vec<Range<usize>>,
    pub(crate) end: usize,
}

impl Projection {
    /// Keeps the properties of these names.
    pub(crate) fn new(properties: Vec<String>) -> Self {
        // Texts always have a JSON form.
        let key = |name: &String| [serde_json::to_vec(name).unwrap_or_default(), b":".to_vec()].concat();
        Self { keys: properties.iter().map(key).collect(), cutter: Cutter::new(properties) }
    }

    /// The rows of the list that starts there; `None` when the strict reader has to look at it.
    pub(crate) fn list(&mut self, body: &[u8], start: usize) -> Option<Projected> {
        let mut projected = Projected { text: b"[".to_vec(), rows: Vec::new(), end: start };
        loop {
            let is_first = projected.rows.is_empty();
            match array_step(body, projected.end, is_first)? {
                Step::Item(item) => {
                    if !is_first {
                        projected.text.push(b',');
                    }
                    projected.end = item + self.keep(body.get(item..)?, &mut projected)?;
                }
                Step::End(end) => {
                    projected.end = end;
                    break;
                }
            }
        }
        projected.text.push(b']');
        let mut reader = Reader::new(&projected.text).ok()?;
        reader.skip().ok()?;
        projected.text.shrink_to_fit();
        Some(projected)
    }

    /// The rows that lie there; they were read by the strict reader.
    pub(crate) fn rows(&mut self, body: &[u8], rows: &[Range<usize>]) -> Projected {
        let mut projected = Projected { text: Vec::new(), rows: Vec::with_capacity(rows.len()), end: 0 };
        for row in rows {
            let row = body.get(row.clone()).unwrap_or_default();
            if self.keep(row, &mut projected).is_none() {
                let start = projected.text.len();
                projected.text.extend_from_slice(row);
                projected.rows.push(start..projected.text.len());
            }
        }
        projected
    }

    /// Writes what is wanted of the row that a text begins with; its length. What is no object stays as it is.
    fn keep(&mut self, text: &[u8], projected: &mut Projected) -> Option<usize> {
        let start = projected.text.len();
        let is_object = text.first() == Some(&b'{');
        let length = if is_object { self.cutter.cut_first(text)? } else { value_end(text, 0)? };
        if is_object {
            self.write(text, &mut projected.text);
        } else {
            projected.text.extend_from_slice(text.get(..length)?);
        }
        projected.rows.push(start..projected.text.len());
        Some(length)
    }

    fn write(&self, row: &[u8], text: &mut Vec<u8>) {
        let mut separator = b'{';
        for (number, key) in self.keys.iter().enumerate() {
            let Some(value) = self.cutter.place(number).and_then(|place| row.get(place)) else { continue };
            text.push(separator);
            text.extend_from_slice(key);
            text.extend_from_slice(value);
            separator = b',';
        }
        if separator == b'{' {
            text.push(b'{');
        }
        text.push(b'}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(projected: &Projected) -> Vec<&str> {
        let text = str::from_utf8(&projected.text).unwrap();
        projected.rows.iter().map(|row| &text[row.clone()]).collect()
    }

    fn projection(properties: &[&str]) -> Projection {
        Projection::new(properties.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn only_what_is_read_is_kept() {
        let rows = [
            r#"{"a":1,"b":{"c":[2]},"d":"\"x"}"#,
            r#"{"d":null, "e":1, "a" : 1.50}"#,
            "{}",
            "[1]",
            r#"{"\u0062":"escaped"}"#,
        ];
        let expected =
            [r#"{"d":"\"x","a":1,"b":{"c":[2]}}"#, r#"{"d":null,"a":1.50}"#, "{}", "[1]", r#"{"b":"escaped"}"#];
        let list = format!("{{\"value\": [ {} ] }}", rows.join("\n, "));
        let found = projection(&["d", "a", "b"]).list(list.as_bytes(), 10).unwrap();
        assert_eq!(kept(&found), expected);
        assert_eq!(&list[found.end..], " }");

        let ranges: Vec<_> = rows.iter().map(|row| list.find(row).unwrap()).zip(rows.map(str::len)).collect();
        let ranges: Vec<_> = ranges.iter().map(|(start, length)| *start..start + length).collect();
        assert_eq!(kept(&projection(&["d", "a", "b"]).rows(list.as_bytes(), &ranges)), expected);
        assert_eq!(kept(&projection(&[]).list(br#"[{"a":1}]"#, 0).unwrap()), ["{}"]);
        assert!(projection(&["a"]).list(b" [ ] ", 1).unwrap().rows.is_empty());
    }

    #[test]
    fn what_is_not_json_is_left_to_the_strict_reader() {
        for list in [
            "",
            "[",
            "[1",
            "[1,",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[{]",
            "[{}",
            "[{\"a\"}]",
            "[{\"a\":}]",
            "[{\"a\":1 \"b\":2}]",
            "[{\"a\":1,}]",
            "[{\"a\":tru}]",
            "[{\"a\":01}]",
            "[{\"a\":\"\\q\"}]",
            "[{\"a\":[1}]",
            "[{\"b\":[1}]",
            "[nul]",
            "[{\"b\":\"x}]",
            "{\"a\":1}",
        ] {
            assert!(projection(&["a"]).list(list.as_bytes(), 0).is_none(), "{list}");
        }
    }

    #[test]
    fn names_are_written_as_json_has_them() {
        let name = "a\"\\\u{1}é";
        let row = serde_json::json!([{ name: 1, "b": 2 }]).to_string();
        let found = projection(&[name]).list(row.as_bytes(), 0).unwrap();
        let [row] = kept(&found)[..] else { panic!("one row") };
        assert_eq!(serde_json::from_str::<serde_json::Value>(row).unwrap(), serde_json::json!({ name: 1 }));
    }
}
