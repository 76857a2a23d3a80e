//! Writes structured values as query pairs.

use bindery_ir::Style;
use serde_json::Value;

use crate::call::Argument;

/// How the parts of a value are named.
#[derive(Clone, Copy)]
enum Notation {
    /// `Key.1`, `Key.2` for the items of a list, `Key.Member` for members.
    Numbered,
    /// `key[member]` for members; the items of a list repeat their key.
    Deep,
}

/// The pairs for a list or an object whose parts are numbered. `None` when the value is neither.
pub(crate) fn numbered(name: &str, argument: &Argument) -> Option<Vec<(String, String)>> {
    let value = structured(argument)?;
    let mut pairs = Vec::new();
    push(name, &value, Notation::Numbered, &mut pairs);
    Some(pairs)
}

/// The pairs for an argument in the style of its parameter.
pub(crate) fn styled(name: &str, style: Style, argument: &Argument) -> Vec<(String, String)> {
    let pair = |text: &str| (name.to_owned(), text.to_owned());
    let members = match style {
        Style::Deep | Style::Members => structured(argument).filter(Value::is_object),
        _ => None,
    };
    if let Some(value) = members {
        let mut pairs = Vec::new();
        match (style, &value) {
            (Style::Members, Value::Object(members)) => {
                for (member, item) in members {
                    push(member, item, Notation::Deep, &mut pairs);
                }
            }
            _ => push(name, &value, Notation::Deep, &mut pairs),
        }
        return pairs;
    }
    let texts = argument.texts();
    match style {
        Style::Repeated => texts.iter().map(|text| pair(text)).collect(),
        Style::Pipes => vec![pair(&texts.join("|"))],
        Style::Spaces => vec![pair(&texts.join(" "))],
        _ => vec![pair(&texts.join(","))],
    }
}

/// The list or object that an argument is.
fn structured(argument: &Argument) -> Option<Value> {
    let json = match argument {
        Argument::Text(text) if text.trim_start().starts_with(['[', '{']) => text,
        Argument::Text(_) | Argument::Bytes { .. } => return None,
        Argument::Json(json) => json.get(),
    };
    serde_json::from_str(json).ok().filter(|value: &Value| value.is_array() || value.is_object())
}

/// The depth of a value is bounded by its reader.
fn push(name: &str, value: &Value, notation: Notation, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                match notation {
                    Notation::Numbered => push(&format!("{name}.{}", index + 1), item, notation, pairs),
                    Notation::Deep => push(name, item, notation, pairs),
                }
            }
        }
        Value::Object(members) => {
            for (member, item) in members {
                let name = match notation {
                    Notation::Numbered => format!("{name}.{member}"),
                    Notation::Deep => format!("{name}[{member}]"),
                };
                push(&name, item, notation, pairs);
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

    #[test]
    fn objects_and_lists_are_written_in_the_style_of_their_parameter() {
        let shown = |style, json: &str| {
            let pairs = styled("f", style, &Argument::text(json));
            pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
        };
        let object = r#"{"color":"red","sizes":[1,2],"of":{"a":true,"b":null}}"#;
        assert_eq!(shown(Style::Deep, object), "f[color]=red&f[of][a]=true&f[sizes]=1&f[sizes]=2");
        assert_eq!(shown(Style::Members, object), "color=red&of[a]=true&sizes=1&sizes=2");
        assert_eq!(shown(Style::Deep, "red"), "f=red");
        let list = Argument::Json(crate::json::Json::of(&vec!["a".to_owned(), "b".to_owned()]));
        let of_list = |style| styled("f", style, &list).into_iter().map(|(_, value)| value).collect::<Vec<_>>();
        assert_eq!(of_list(Style::Pipes), ["a|b"]);
        assert_eq!(of_list(Style::Spaces), ["a b"]);
        assert_eq!(of_list(Style::Plain), ["a,b"]);
        assert_eq!(of_list(Style::Repeated), ["a", "b"]);
    }
}
