//! Which list the rows of a method are made of, one item each, by how an answer is written.
//!
//! What a method says of its answers goes in; how its rows are read one by one where they stand comes out, also while the
//! answer is still arriving.

use std::sync::Arc;

use bindery_ir::{JsonPath, Reshape, Rows, Text, Transform, TransformInput};
use http::HeaderMap;

use super::json_rows::JsonRows;
use super::row_shape::RowShape;
use super::xml_rows::XmlRows;
use super::{Decoder, Form, form};

/// A list of which each item makes a row.
pub(crate) struct RowList {
    /// The media type that the method declares.
    declared: String,
    json: Option<Arc<JsonRows>>,
    xml: Option<Arc<XmlRows>>,
}

/// The list in an answer that is written in this way.
#[derive(Clone)]
pub(crate) enum ListIn {
    Json(Arc<JsonRows>),
    Xml(Arc<XmlRows>),
}

impl RowList {
    /// The list at this path in JSON, whose items are rows as they are.
    #[cfg(test)]
    pub(crate) fn at(path: JsonPath) -> Self {
        let declared = "application/json".to_owned();
        Self { declared, json: Some(Arc::new(JsonRows::at(path))), xml: None }
    }

    /// The list in XML whose items have these columns.
    #[cfg(test)]
    pub(crate) fn with(columns: &[bindery_ir::Column]) -> Self {
        Self { declared: "text/xml".to_owned(), json: None, xml: XmlRows::with(columns).map(Arc::new) }
    }

    /// The list that the rows of a method are made of; `None` if they are made of anything else.
    pub(crate) fn of(decoder: &Decoder<'_>) -> Option<Self> {
        let Rows::Many(path) = &*decoder.rows else { return None };
        let json = |(path, shape)| JsonRows { path, shape, repeats: decoder.has_column_of_flattening() };
        let by_columns = || XmlRows::with(&decoder.columns);
        let (json, xml) = match decoder.transform.as_deref() {
            None => (Some(json((path.clone(), RowShape::Same))), by_columns()),
            Some(transform) if transform.operation == Reshape::XmlBySchema => (None, by_columns()),
            Some(transform) if takes_the_body(transform) => (unreshaped(&transform.operation, path).map(json), None),
            Some(Transform {
                input: TransformInput::Xml,
                operation: operation @ (Reshape::Wrap { .. } | Reshape::Pick { .. }),
                ..
            }) => (None, unreshaped(operation, path).and_then(|(path, shape)| XmlRows::at(path, shape))),
            Some(_) => (None, None),
        };
        let declared = decoder.media_type.clone().into_owned();
        (json.is_some() || xml.is_some()).then(|| Self { declared, json: json.map(Arc::new), xml: xml.map(Arc::new) })
    }

    /// The list in an answer with these headers.
    pub(crate) fn in_answer(&self, headers: &HeaderMap) -> Option<ListIn> {
        match (&self.json, &self.xml, form(headers, &self.declared)) {
            (Some(json), _, Form::Json) => Some(ListIn::Json(Arc::clone(json))),
            // What can only be XML is read as that whatever it calls itself.
            (Some(_), Some(xml), Form::Xml) | (None, Some(xml), _) => Some(ListIn::Xml(Arc::clone(xml))),
            _ => None,
        }
    }
}

/// Whether a transform is applied to a body of JSON as it comes.
pub(super) fn takes_the_body(transform: &Transform) -> bool {
    match transform.input {
        TransformInput::Json => true,
        TransformInput::Xml => false,
        // The text is JSON that is put into more of it.
        TransformInput::Text => {
            matches!(transform.operation, Reshape::Enclose { .. } | Reshape::Pick { .. } | Reshape::Wrap { .. })
        }
    }
}

/// The list whose items become those of the list at this path, and what becomes of each.
fn unreshaped(operation: &Reshape, path: &JsonPath) -> Option<(JsonPath, RowShape)> {
    let is_at = |key: Option<&Text>| path.keys() == key.map_or(&[][..], std::slice::from_ref);
    match operation {
        Reshape::Enclose { member } => is_at(Some(member)).then_some((JsonPath::ROOT, RowShape::Same)),
        Reshape::Flatten { list: Some(list), member, mark, .. } => {
            let shape = RowShape::Flat { member: member.clone(), mark: mark.clone() };
            is_at(Some(list)).then(|| (path.clone(), shape))
        }
        Reshape::Wrap { from, into, column, .. } => {
            let shape = column.clone().map_or(RowShape::Same, RowShape::In);
            is_at(into.as_ref()).then(|| (from.clone(), shape))
        }
        Reshape::Pick { from, into, columns } => {
            is_at(Some(into)).then(|| (from.clone(), RowShape::Picked(columns.clone())))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use bindery_ir::{Picked, Text};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::raw::{at, items};
    use super::super::{Repeats, reshape};
    use super::*;
    use crate::json::Json;
    use crate::walk::Walk;

    /// A decoder of listings whose rows are there, once this was done.
    fn decoder(operation: Reshape, rows: JsonPath) -> Decoder<'static> {
        let transform = Transform { kind: "".into(), input: TransformInput::Json, template: "".into(), operation };
        Decoder {
            media_type: Cow::Borrowed("application/json"),
            transform: Some(Cow::Owned(transform)),
            rows: Cow::Owned(Rows::Many(rows)),
            columns: Cow::Borrowed(&[]),
        }
    }

    /// The rows that are read one by one where they stand; `None` if they are not all there.
    fn one_by_one(decoder: &Decoder<'_>, body: &str) -> Option<Vec<String>> {
        let mut walk = Walk::to(body.as_bytes(), &RowList::of(decoder)?.in_answer(&HeaderMap::new())?)?;
        let mut rows = Vec::new();
        let mut row: Option<Json> = None;
        while let Some(fits) = walk.read(body.as_bytes(), &mut row) {
            assert_eq!(fits, Ok(true));
            rows.extend(row.take().map(|row| row.get().to_owned()));
        }
        let Walk::Json(mut walk) = walk else { return None };
        walk.finish(body.as_bytes()).map(|_| rows)
    }

    fn reshapes() -> impl Strategy<Value = (Reshape, JsonPath)> {
        const fn text(text: &'static str) -> Text {
            Text::Borrowed(text)
        }
        let rows = JsonPath::key("rows");
        let list =
            (Reshape::Flatten { list: Some(text("rows")), member: text("p"), mark: text("m"), token: None }, rows);
        let [into, column] =
            [any::<bool>(), any::<bool>()].map(|is_there| is_there.prop_map(|is_there| is_there.then_some(text("a"))));
        let from = prop_oneof![Just("$"), Just("$.rows"), Just("$.in.rows")];
        let wrap = (from, into, column).prop_map(|(from, into, column)| {
            let rows = into.clone().map_or(JsonPath::ROOT, JsonPath::key);
            (Reshape::Wrap { from: JsonPath::parse(from), into, column, token: None }, rows)
        });
        let enclosed = (Reshape::Enclose { member: text("b") }, JsonPath::key("b"));
        let columns = [("x", "$.a"), ("y", "$.p.0"), ("\"", "$.m.a")]
            .map(|(column, from)| Picked { column: text(column), from: JsonPath::parse(from) });
        let from = prop_oneof![Just("$"), Just("$.rows"), Just("$.in.rows"), Just("$.of.1.rows")];
        let pick = from.prop_map(move |from| {
            let columns = columns.iter().cloned().collect();
            (Reshape::Pick { from: JsonPath::parse(from), into: text("b"), columns }, JsonPath::key("b"))
        });
        prop_oneof![Just(list), Just(enclosed), wrap, pick]
    }

    fn row() -> impl Strategy<Value = Value> {
        let name = prop_oneof![Just("a"), Just("m"), Just("p"), Just("\"\n")].prop_map(str::to_owned);
        let leaf =
            prop_oneof![Just(Value::Null), any::<i64>().prop_map(Value::from), any::<String>().prop_map(Value::from)];
        leaf.prop_recursive(3, 20, 4, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map(name.clone(), inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn rows_are_the_same_one_by_one_and_after_all_was_reshaped(
            (operation, rows) in reshapes(),
            list in proptest::collection::vec(row(), 0..6),
            is_deep: bool,
            is_root: bool,
            pretty: bool,
        ) {
            let body = match (is_root, is_deep) {
                (true, _) => json!(list),
                (false, true) => json!({
                    "in": { "a": 1, "rows": list, "z": [2] },
                    "m": 3,
                    "of": [[], { "rows": list, "z": [] }, 1, {}],
                }),
                (false, false) => json!({ "a": 1, "rows": list, "z": [2] }),
            };
            let body = if pretty { serde_json::to_string_pretty(&body).unwrap() } else { body.to_string() };
            let whole = reshape::apply(&operation, &body, true, Repeats::All).unwrap();
            let found = at(&whole, &rows).unwrap().and_then(|list| items(list).unwrap());
            // Where the list is not where it should be, there is nothing to read one by one.
            if let Some(read) = one_by_one(&decoder(operation, rows), &body) {
                prop_assert_eq!(found.unwrap(), read);
            } else {
                prop_assert!(found.is_none_or(|rows| rows.len() <= 1));
            }
        }
    }

    #[test]
    fn other_reshapes_take_whole_answers() {
        let flat = |list: Option<&'static str>| Reshape::Flatten {
            list: list.map(Text::Borrowed),
            member: "p".into(),
            mark: "m".into(),
            token: None,
        };
        let rows = JsonPath::key("rows");
        for operation in [
            flat(None),
            flat(Some("others")),
            Reshape::Template,
            Reshape::Enclose { member: "others".into() },
            Reshape::Wrap { from: JsonPath::ROOT, into: None, column: None, token: None },
        ] {
            assert!(RowList::of(&decoder(operation, rows.clone())).is_none());
        }
        let mut one = decoder(flat(Some("rows")), rows.clone());
        assert!(RowList::of(&one).is_some());
        one.rows = Cow::Owned(Rows::One(rows));
        assert!(RowList::of(&one).is_none());
    }
}
