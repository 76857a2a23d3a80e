//! The list of a JSON answer, read row by row where it stands.
//!
//! Who reads all of a row knows where it ends, and with that where the next one begins. So nothing is looked at twice: what
//! stands behind the list, such as where the next page is, is found when the last row was read.

use std::sync::Arc;

use crate::decode::JsonRows;
use crate::json::scan::{Members, Passed, Step, array_step, note_members, skip_space, value_end};
use crate::json::{Error, Reader, Slot};

/// A list in a body, on the way through it. Each call is given that body.
pub(crate) struct JsonWalk {
    pub(crate) list: Arc<JsonRows>,
    /// Where it starts.
    start: usize,
    /// Where the last row ends that was read; the start of the list before the first.
    at: usize,
    /// How many rows were read.
    pub(crate) rows: u64,
    /// The members of the body before the one that it is, or is in.
    members: Members,
    /// Where that one starts.
    member: usize,
    /// Which keys of its path count items of a list.
    counted: Vec<usize>,
    /// What the row that is read was reshaped to; kept, as the next one takes as much memory.
    reshaped: Vec<u8>,
}

impl JsonWalk {
    /// The start of such a list; `None` if there is none, or the body has to be read to find it.
    pub(crate) fn to(body: &[u8], list: &Arc<JsonRows>) -> Option<Self> {
        let (mut members, mut member, mut start, mut counted) = (Members::new(), 0, 0, Vec::new());
        for (depth, key) in list.path.keys().iter().enumerate() {
            if depth > 0 && body.get(skip_space(body, start)) == Some(&b'[') {
                start = item(body, start, key.parse().ok()?)?;
                counted.push(depth);
                continue;
            }
            let mut inner = Members::new();
            let passed = if depth == 0 { &mut members } else { &mut inner };
            let Passed::Found(found) = note_members(body.get(start..)?, 0, Some(key), passed)? else { return None };
            start += found;
            if depth == 0 {
                member = start;
            }
        }
        let start = skip_space(body, start);
        let is_list = body.get(start) == Some(&b'[');
        is_list.then(|| Self {
            list: Arc::clone(list),
            start,
            at: start,
            rows: 0,
            members,
            member,
            counted,
            reshaped: Vec::new(),
        })
    }

    /// The same way as far as another one, if the list in its body begins as this one does.
    pub(crate) fn up_to(self, other: &Self, body: &[u8], other_body: &[u8]) -> Option<Self> {
        let passed = other_body.get(other.start..other.at)?;
        let at = self.start + passed.len();
        let is_there = body.get(self.start..at)? == passed && array_step(body, at, other.rows == 0).is_some();
        is_there.then_some(Self { at, rows: other.rows, ..self })
    }

    /// Where the last row ends that was read, or the list begins.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Whether another row follows.
    pub(crate) fn has_row(&self, body: &[u8]) -> bool {
        matches!(self.step(body), Some(Step::Item(_)))
    }

    /// Reads the next row, and whether it fits; `None` behind the last. A row that does not fit, or is no JSON, is passed
    /// over.
    pub(crate) fn read(&mut self, body: &[u8], row: &mut dyn Slot) -> Option<Result<bool, Error>> {
        let Step::Item(start) = self.step(body)? else { return None };
        let mut reader = Reader::on(body.get(start..)?);
        let fits = match self.list.fill(row, &mut reader, &mut self.reshaped) {
            Ok(false) => reader.skip().map(|()| false),
            fits => fits,
        };
        self.pass(body, start, fits.is_ok().then(|| reader.position()));
        Some(fits)
    }

    /// Reads the next row of a body that is still arriving; `false` if it is not there yet, or does not fit.
    pub(crate) fn read_arrived(&mut self, body: &[u8], row: &mut dyn Slot) -> bool {
        let Some(Step::Item(start)) = self.step(body) else { return false };
        let mut reader = Reader::on(body.get(start..).unwrap_or_default());
        let fits = self.list.fill(row, &mut reader, &mut self.reshaped) == Ok(true);
        let length = reader.position();
        // The digits at the end of what has arrived may not be all.
        let is_there = fits && start + length < body.len();
        if is_there {
            self.pass(body, start, Some(length));
        }
        is_there
    }

    /// What members the body has, once all rows were read; `None` if it has to be read to tell.
    pub(crate) fn finish(&mut self, body: &[u8]) -> Option<Members> {
        let Some(Step::End(mut end)) = self.step(body) else { return None };
        let mut members = std::mem::take(&mut self.members);
        for (depth, key) in self.list.path.keys().iter().enumerate().rev() {
            if self.counted.contains(&depth) {
                end = list_end(body, end)?;
                continue;
            }
            let mut inner = Members::new();
            let rest = if depth == 0 { &mut members } else { &mut inner };
            if depth == 0 {
                rest.insert(key.to_string(), self.member..end);
            }
            let Passed::All(all) = note_members(body, end, None, rest)? else { return None };
            end = all;
        }
        body.get(end..)?.iter().all(u8::is_ascii_whitespace).then_some(members)
    }

    fn step(&self, body: &[u8]) -> Option<Step> {
        array_step(body, self.at, self.rows == 0)
    }

    /// Notes that the row that starts here is so long, or was read in vain.
    fn pass(&mut self, body: &[u8], start: usize, length: Option<usize>) {
        self.rows += 1;
        // Where there is no end, there is no further row either.
        self.at = length.map(|length| start + length).or_else(|| value_end(body, start)).unwrap_or(body.len());
    }
}

/// The start of an item of the list that starts here, counted from 0.
fn item(body: &[u8], start: usize, number: usize) -> Option<usize> {
    let mut at = start;
    for passed in 0..=number {
        let Step::Item(item) = array_step(body, at, passed == 0)? else { return None };
        if passed == number {
            return Some(item);
        }
        at = value_end(body, item)?;
    }
    None
}

/// The end of a list of which an item ends here.
fn list_end(body: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match array_step(body, at, false)? {
            Step::Item(item) => at = value_end(body, item)?,
            Step::End(end) => return Some(end),
        }
    }
}

#[cfg(test)]
mod tests {
    use bindery_ir::JsonPath;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::json::{FromJson, Json};

    fn read<T: FromJson>(walk: &mut JsonWalk, body: &[u8]) -> Option<Result<Option<T>, Error>> {
        let mut row: Option<T> = None;
        let fits = walk.read(body, &mut row)?;
        Some(fits.map(|_| row))
    }

    fn rows() -> Arc<JsonRows> {
        Arc::new(JsonRows::at(JsonPath::key("rows")))
    }

    /// The rows of the list `rows`, and the other members, if that is all there is.
    fn walked(body: &str) -> Option<(Vec<String>, Members)> {
        let mut walk = JsonWalk::to(body.as_bytes(), &rows())?;
        let mut rows = Vec::new();
        while walk.has_row(body.as_bytes()) {
            let row = read::<Json>(&mut walk, body.as_bytes())?.ok()??.get().to_owned();
            rows.push(row);
        }
        assert!(read::<Json>(&mut walk, body.as_bytes()).is_none());
        assert_eq!(walk.rows, rows.len() as u64);
        Some((rows, walk.finish(body.as_bytes())?))
    }

    #[test]
    fn rows_and_members_are_found_whatever_is_in_them() {
        let body = r#" { "next" : "a,}" , "rows":[{"a":"]}\"\\","b":[[{}]]} , "\\", "é\"" ,-2.5e3 ],"n":null } "#;
        let (rows, members) = walked(body).unwrap();
        assert_eq!(rows, [r#"{"a":"]}\"\\","b":[[{}]]}"#, r#""\\""#, r#""é\"""#, "-2.5e3"]);
        let text = |name: &str| body.get(members[name].clone()).unwrap();
        assert_eq!((text("next"), text("n")), (r#""a,}""#, "null"));
        assert!(text("rows").starts_with("[{") && text("rows").ends_with(" ]"));
        assert!(walked(r#"{"rows":[ ]}"#).unwrap().0.is_empty());
    }

    #[test]
    fn what_does_not_end_or_is_no_list_is_told() {
        for unclear in [
            "",
            "{}",
            "[]",
            "{\"rows\"}",
            "{\"rows\":1}",
            "{\"rows\":null}",
            "{\"rows\":[1]",
            "{\"rows\":[1]}x",
            "{\"rows\":[1,]}",
            "{\"rows\":[,1]}",
            "{\"rows\":[1 2]}",
            "{\"rows\":[1}}",
            "{\"rows\":[{\"a\":1]}",
            "{\"rows\":[\"a]}",
            "{\"\\u0061\":1,\"rows\":[]}",
            "{\"rows\":[],\"\\u0061\":1}",
        ] {
            assert!(walked(unclear).is_none(), "{unclear}");
        }
    }

    #[test]
    fn a_row_that_cannot_be_read_is_passed_over() {
        let body = br#"{"rows":["x", 1, {"a":tru}, 2]}"#;
        let mut walk = JsonWalk::to(body, &rows()).unwrap();
        let rows: Vec<_> = std::iter::from_fn(|| read::<i64>(&mut walk, body)).collect();
        assert!(matches!(&*rows, [Ok(None), Ok(Some(1)), Err(_), Ok(Some(2))]), "{rows:?}");
        assert!(walk.finish(body).is_some());
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
        fn what_is_found_is_what_a_parser_reads(
            rows in proptest::collection::vec(value(), 0..8),
            before in value(),
            pretty: bool,
        ) {
            let body = json!({ "before": before, "rows": rows, "then": { "rows": [1] } });
            let text = if pretty { serde_json::to_string_pretty(&body).unwrap() } else { body.to_string() };
            let (found, members) = walked(&text).unwrap();
            let read: Vec<Value> = found.iter().map(|row| serde_json::from_str(row).unwrap()).collect();
            prop_assert_eq!(read, rows);
            for (name, place) in members {
                prop_assert_eq!(&serde_json::from_str::<Value>(&text[place]).unwrap(), &body[name]);
            }
        }

        #[test]
        fn no_bytes_make_it_fail(rest in proptest::collection::vec(any::<u8>(), 0..100)) {
            let body = [b"{\"rows\":[".as_slice(), &rest].concat();
            let mut walk = JsonWalk::to(&body, &rows()).unwrap();
            while read::<Json>(&mut walk, &body).is_some() {}
            let _ = walk.finish(&body);
        }
    }
}
