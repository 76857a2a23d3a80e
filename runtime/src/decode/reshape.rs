//! The reshaping that documents ask for, done on the text of the JSON.

use std::collections::HashSet;

use bindery_ir::{JsonPath, Reshape};

use super::raw::{at, items, members};
use crate::json::Writer;

/// The reshaped text of a value. `is_list` says whether the method has a list of rows.
pub(crate) fn apply(operation: &Reshape, json: &str, is_list: bool) -> Result<String, String> {
    let unreadable = |error: crate::json::Error| error.to_string();
    match operation {
        Reshape::Flatten { list, member, mark, token } => {
            flatten(json, list.as_deref(), member, mark, token.as_deref()).map_err(unreadable)
        }
        Reshape::Wrap { from, into, column, token } => {
            let listed = list_at(json, from).map_err(unreadable)?;
            let rows: Vec<String> = listed.into_iter().map(|item| wrapped(column.as_deref(), item)).collect();
            with_token(json, into.as_deref(), &rows, token.as_deref()).map_err(unreadable)
        }
        Reshape::Enclose { member } => Ok(wrapped(Some(member), json.trim())),
        Reshape::Contents { from, column } => {
            let contents = at(json, from).map_err(unreadable)?.unwrap_or("null");
            let row = wrapped(Some(column), contents);
            Ok(if is_list { format!("[{row}]") } else { row })
        }
        Reshape::Pick { from, into, columns } => {
            let mut rows = Vec::new();
            for row in list_at(json, from).map_err(unreadable)? {
                let mut object = Vec::with_capacity(columns.len());
                for picked in columns {
                    object.push((&*picked.column, at(row, &picked.from).map_err(unreadable)?.unwrap_or("null")));
                }
                rows.push(object_of(object));
            }
            Ok(wrapped(Some(into), &format!("[{}]", rows.join(","))))
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

fn flatten(
    json: &str,
    list: Option<&str>,
    member: &str,
    mark: &str,
    token: Option<&str>,
) -> Result<String, crate::json::Error> {
    let Some(list) = list else { return flat(json.trim(), member, mark) };
    let path = JsonPath::key(list.to_owned());
    let rows = at(json, &path)?.map(items).transpose()?.flatten().unwrap_or_default();
    let rows: Vec<String> = rows.into_iter().map(|row| flat(row, member, mark)).collect::<Result<_, _>>()?;
    with_token(json, Some(list), &rows, token)
}

/// A row that took up the members of one of its members. Its own win over those.
fn flat(row: &str, member: &str, mark: &str) -> Result<String, crate::json::Error> {
    let Some(own) = members(row)? else { return Ok(row.to_owned()) };
    let inner = own.iter().find(|(name, _)| name == member).map(|(_, value)| members(value)).transpose()?.flatten();
    let names: HashSet<&str> = own.iter().map(|(name, _)| &**name).collect();
    let mut all: Vec<(&str, &str)> = Vec::new();
    for (name, value) in inner.iter().flatten() {
        if !names.contains(&**name) && name != mark {
            all.push((name, value));
        }
    }
    all.extend(own.iter().filter(|(name, _)| name != mark).map(|(name, value)| (&**name, *value)));
    all.push((mark, "true"));
    Ok(object_of(all))
}

/// The list in its member, with the token beside it.
fn with_token(
    json: &str,
    into: Option<&str>,
    rows: &[String],
    token: Option<&str>,
) -> Result<String, crate::json::Error> {
    let list = format!("[{}]", rows.join(","));
    let Some(into) = into else { return Ok(list) };
    let mut object = vec![(into, &*list)];
    if let Some(token) = token
        && let Some(value) = at(json, &JsonPath::key(token.to_owned()))?
    {
        object.push((token, value));
    }
    Ok(object_of(object))
}

/// The value as the only member of an object, if it gets a name.
fn wrapped(name: Option<&str>, value: &str) -> String {
    name.map_or_else(|| value.to_owned(), |name| object_of([(name, value)]))
}

fn object_of<'t>(members: impl IntoIterator<Item = (&'t str, &'t str)>) -> String {
    let mut text = String::from("{");
    for (index, (name, value)) in members.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        let mut writer = Writer::new();
        writer.string(name);
        text.push_str(&writer.into_string());
        text.push(':');
        text.push_str(value);
    }
    text.push('}');
    text
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
        assert_eq!(apply(&flatten(Some("value")), json, true).unwrap(), expected);
        assert_eq!(apply(&flatten(Some("value")), r#"{"error": 1}"#, true).unwrap(), r#"{"value":[]}"#);
        let one = apply(&flatten(None), r#"{"properties":{"a":1.10}}"#, false).unwrap();
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
        assert_eq!(apply(&wrap, json, true).unwrap(), r#"{"line_items":[{"id":"a"},{"id":"b"}],"nextToken":"t"}"#);
        assert_eq!(apply(&wrap, "{}", true).unwrap(), r#"{"line_items":[]}"#);
        assert_eq!(apply(&wrap, r#"{"ids":"only"}"#, true).unwrap(), r#"{"line_items":[{"id":"only"}]}"#);
    }

    #[test]
    fn whole_bodies_are_enclosed_or_are_the_contents() {
        let enclose = Reshape::Enclose { member: text("tags") };
        assert_eq!(apply(&enclose, " [1,\n2] ", true).unwrap(), "{\"tags\":[1,\n2]}");
        let contents = Reshape::Contents { from: JsonPath::key("result"), column: text("contents") };
        assert_eq!(apply(&contents, r#"{"result":"x"}"#, true).unwrap(), r#"[{"contents":"x"}]"#);
        assert_eq!(apply(&contents, "{}", false).unwrap(), r#"{"contents":null}"#);
    }

    #[test]
    fn members_are_picked_from_deep_inside() {
        let pick = Reshape::Pick {
            from: JsonPath::parse("$.data.zones.0.groups"),
            into: text("result"),
            columns: vec![Picked { column: text("day"), from: JsonPath::parse("$.dimensions.date") }].into(),
        };
        let json = r#"{"data":{"zones":[{"groups":[{"dimensions":{"date":"d1"}},{}]}]}}"#;
        assert_eq!(apply(&pick, json, true).unwrap(), r#"{"result":[{"day":"d1"},{"day":null}]}"#);
        assert_eq!(apply(&pick, r#"{"data":{"zones":[]}}"#, true).unwrap(), r#"{"result":[]}"#);
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        assert!(apply(&Reshape::Contents { from: JsonPath::key("a"), column: text("c") }, "<html>", true).is_err());
        assert!(apply(&Reshape::Template, "{}", true).is_err());
    }
}
