//! XML as JSON, without knowing what is in it.

use serde_json::{Map, Value};

use super::Element;

/// The object with the element as its only member.
///
/// An element of text only is a string. Others are objects: attributes with a `-` before their names, text as
/// `#text`, and children by their names, where several of one name are a list. Texts stay texts: no digit is lost.
pub(crate) fn to_json(root: &Element) -> Value {
    let mut object = Map::new();
    object.insert(root.name.clone(), value(root));
    Value::Object(object)
}

/// The value of an element. The depth of a tree is bounded by its reader.
pub(crate) fn value(element: &Element) -> Value {
    if element.attributes.is_empty() && element.children.is_empty() {
        return Value::String(element.text.clone());
    }
    let mut object = Map::new();
    for (name, text) in &element.attributes {
        object.insert(format!("-{name}"), Value::String(text.clone()));
    }
    if !element.text.trim().is_empty() {
        object.insert("#text".to_owned(), Value::String(element.text.trim().to_owned()));
    }
    for child in &element.children {
        let value = value(child);
        match object.get_mut(&child.name) {
            None => {
                object.insert(child.name.clone(), value);
            }
            Some(Value::Array(items)) => items.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Value::Object(object)
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn repeated_elements_are_lists_and_attributes_are_marked() {
        let root = parse(b"<R><A x=\"1\">t</A><B>1</B><B>2</B><C/><D y=\"2\"/></R>").unwrap();
        let expected =
            serde_json::json!({"R": {"A": {"-x": "1", "#text": "t"}, "B": ["1", "2"], "C": "", "D": {"-y": "2"}}});
        assert_eq!(to_json(&root), expected);
    }
}
