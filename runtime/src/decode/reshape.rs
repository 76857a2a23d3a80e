//! The reshaping that documents ask for, done on the text of the JSON.

use bindery_ir::{JsonPath, Reshape, Text};

use super::raw::{at, items, object_of, one};
use super::row_shape::{Repeats, RowShape};

/// The reshaped text of a value. `is_list` says whether the method has a list of rows.
pub(crate) fn apply(operation: &Reshape, json: &str, is_list: bool, repeats: Repeats) -> Result<String, String> {
    let unreadable = |error: crate::json::Error| error.to_string();
    match operation {
        Reshape::Flatten { list, member, mark, token } => {
            let shape = RowShape::Flat { member: member.clone(), mark: mark.clone() };
            let Some(list) = list else {
                return one(json).map(|row| written(&shape, &[row], repeats)).map_err(unreadable);
            };
            let rows = at(json, &JsonPath::key(list.clone())).and_then(|list| list.map_or(Ok(None), items));
            let rows = rows.map_err(unreadable)?.unwrap_or_default();
            with_token(json, Some(list), &written(&shape, &rows, repeats), token.as_deref()).map_err(unreadable)
        }
        Reshape::Wrap { from, into, column, token } => {
            let shape = column.clone().map_or(RowShape::Same, RowShape::In);
            let rows = list_at(json, from).map_err(unreadable)?;
            with_token(json, into.as_ref(), &written(&shape, &rows, repeats), token.as_deref()).map_err(unreadable)
        }
        Reshape::Enclose { member } => Ok(object_of([(&**member, json.trim())])),
        Reshape::Contents { from, column } => {
            let contents = at(json, from).map_err(unreadable)?.unwrap_or("null");
            let row = object_of([(&**column, contents)]);
            Ok(if is_list { format!("[{row}]") } else { row })
        }
        Reshape::Pick { from, into, columns } => {
            let shape = RowShape::Picked(columns.clone());
            let rows = list_at(json, from).map_err(unreadable)?;
            with_token(json, Some(into), &written(&shape, &rows, repeats), None).map_err(unreadable)
        }
        Reshape::XmlBySchema => Err("it is reshaped as XML, and is none".to_owned()),
        Reshape::Template | Reshape::PickTruthy { .. } | Reshape::Column { .. } => {
            Err("it is reshaped by a template that is not known; take the answer as it is with `send`".to_owned())
        }
    }
}

/// The items of the list at a path; what is no list is a list of one, and nothing is one of none.
fn list_at<'j>(json: &'j str, path: &JsonPath) -> Result<Vec<&'j str>, crate::json::Error> {
    let Some(value) = at(json, path)? else { return Ok(Vec::new()) };
    Ok(match items(value)? {
        Some(items) => items,
        None if matches!(value, "null" | "\"\"") => Vec::new(),
        None => vec![value],
    })
}

/// The rows in their shape, with commas between them.
fn written(shape: &RowShape, rows: &[&str], repeats: Repeats) -> String {
    let mut written = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            written.push(b',');
        }
        if shape.write_first(row.as_bytes(), repeats, &mut written).is_none() {
            written.extend_from_slice(row.as_bytes());
        }
    }
    String::from_utf8(written).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// The rows as a list in its member, with the token beside it.
fn with_token(json: &str, into: Option<&Text>, rows: &str, token: Option<&str>) -> Result<String, crate::json::Error> {
    let list = format!("[{rows}]");
    let Some(into) = into else { return Ok(list) };
    let mut object = vec![(&**into, &*list)];
    if let Some(token) = token
        && let Some(value) = at(json, &JsonPath::key(token.to_owned()))?
    {
        object.push((token, value));
    }
    Ok(object_of(object))
}

#[cfg(test)]
mod tests {
    use bindery_ir::{Picked, Text};

    use super::*;

    fn text(text: &'static str) -> Text {
        Text::Borrowed(text)
    }

    #[test]
    fn rows_take_up_the_members_of_their_properties() {
        let flatten = |list: Option<&'static str>| Reshape::Flatten {
            list: list.map(Text::Borrowed),
            member: text("properties"),
            mark: text("_flattened"),
            token: list.map(|_| text("nextLink")),
        };
        let json = r#"{"value": [{"name": "a", "properties": {"name": "inner", "size": 12345678901234567890}}, {"id": 1}], "nextLink": "u"}"#;
        let expected = r#"{"value":[{"size":12345678901234567890,"name":"a","properties":{"name": "inner", "size": 12345678901234567890},"_flattened":true},{"id":1,"_flattened":true}],"nextLink":"u"}"#;
        assert_eq!(apply(&flatten(Some("value")), json, true, Repeats::All).unwrap(), expected);
        assert_eq!(apply(&flatten(Some("value")), r#"{"error": 1}"#, true, Repeats::All).unwrap(), r#"{"value":[]}"#);
        let one = apply(&flatten(None), r#"{"properties":{"a":1.10}}"#, false, Repeats::All).unwrap();
        assert_eq!(one, r#"{"a":1.10,"properties":{"a":1.10},"_flattened":true}"#);
    }

    #[test]
    fn values_become_rows_with_a_column() {
        let wrap = Reshape::Wrap {
            from: JsonPath::key("ids"),
            into: Some(text("line_items")),
            column: Some(text("id")),
            token: Some(text("nextToken")),
        };
        let json = r#"{"ids":["a","b"],"nextToken":"t"}"#;
        assert_eq!(
            apply(&wrap, json, true, Repeats::All).unwrap(),
            r#"{"line_items":[{"id":"a"},{"id":"b"}],"nextToken":"t"}"#
        );
        assert_eq!(apply(&wrap, "{}", true, Repeats::All).unwrap(), r#"{"line_items":[]}"#);
        assert_eq!(apply(&wrap, r#"{"ids":"only"}"#, true, Repeats::All).unwrap(), r#"{"line_items":[{"id":"only"}]}"#);
    }

    #[test]
    fn whole_bodies_are_enclosed_or_are_the_contents() {
        let enclose = Reshape::Enclose { member: text("tags") };
        assert_eq!(apply(&enclose, " [1,\n2] ", true, Repeats::All).unwrap(), "{\"tags\":[1,\n2]}");
        let contents = Reshape::Contents { from: JsonPath::key("result"), column: text("contents") };
        assert_eq!(apply(&contents, r#"{"result":"x"}"#, true, Repeats::All).unwrap(), r#"[{"contents":"x"}]"#);
        assert_eq!(apply(&contents, "{}", false, Repeats::All).unwrap(), r#"{"contents":null}"#);
    }

    #[test]
    fn members_are_picked_from_deep_inside() {
        let pick = Reshape::Pick {
            from: JsonPath::parse("$.data.zones.0.groups"),
            into: text("result"),
            columns: vec![Picked { column: text("day"), from: JsonPath::parse("$.dimensions.date") }].into(),
        };
        let json = r#"{"data":{"zones":[{"groups":[{"dimensions":{"date":"d1"}},{}]}]}}"#;
        assert_eq!(apply(&pick, json, true, Repeats::All).unwrap(), r#"{"result":[{"day":"d1"},{"day":null}]}"#);
        assert_eq!(apply(&pick, r#"{"data":{"zones":[]}}"#, true, Repeats::All).unwrap(), r#"{"result":[]}"#);
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        assert!(
            apply(&Reshape::Contents { from: JsonPath::key("a"), column: text("c") }, "<html>", true, Repeats::All)
                .is_err()
        );
        assert!(apply(&Reshape::Template, "{}", true, Repeats::All).is_err());
    }
}
