//! Writes structured values as query pairs.

use serde_json::Value;

use crate::call::Argument;

/// The pairs for a list or an object: `Key.1`, `Key.2` for the items of a list, `Key.Member` for members. `None` when
/// the value is neither.
pub(crate) fn numbered(name: &str, argument: &Argument) -> Option<Vec<(String, String)>> {
    let json = match argument {
        Argument::Text(text) if text.trim_start().starts_with(['[', '{']) => text,
        Argument::Text(_) => return None,
        Argument::Json(json) => json.get(),
    };
    let value: Value = serde_json::from_str(json).ok()?;
    if !value.is_array() && !value.is_object() {
        return None;
    }
    let mut pairs = Vec::new();
    push(name, &value, &mut pairs);
    Some(pairs)
}

/// The depth of a value is bounded by its reader.
fn push(name: &str, value: &Value, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                push(&format!("{name}.{}", index + 1), item, pairs);
            }
        }
        Value::Object(members) => {
            for (member, item) in members {
                push(&format!("{name}.{member}"), item, pairs);
            }
        }
        Value::Null => {}
        Value::String(text) => pairs.push((name.to_owned(), text.clone())),
        Value::Bool(_) | Value::Number(_) => pairs.push((name.to_owned(), value.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_counted_from_one_and_members_are_named() {
        let pairs = numbered("Filter", &Argument::text(r#"[{"Name":"a","Value":["x",true]},{"Name":"b"}]"#)).unwrap();
        let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(pairs, ["Filter.1.Name=a", "Filter.1.Value.1=x", "Filter.1.Value.2=true", "Filter.2.Name=b"]);
        assert_eq!(numbered("Name", &Argument::text("plain")), None);
        assert_eq!(numbered("Name", &Argument::text("[not json")), None);
    }
}
