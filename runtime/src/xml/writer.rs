//! Writes the bodies of requests as XML.

use quick_xml::escape::escape;
use serde_json::Value;

use crate::json::Json;

/// An element with a child for each property. The items of a list repeat their element.
///
/// # Errors
/// A sentence, when a name cannot be the name of an element.
pub(crate) fn write(root: &str, properties: &[(String, Json)]) -> Result<String, String> {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    open(root, &mut xml)?;
    for (name, json) in properties {
        let value: Value = serde_json::from_str(json.get()).map_err(|error| error.to_string())?;
        element(name, &value, &mut xml)?;
    }
    close(root, &mut xml);
    Ok(xml)
}

fn element(name: &str, value: &Value, xml: &mut String) -> Result<(), String> {
    match value {
        Value::Null => return Ok(()),
        Value::Array(items) => return items.iter().try_for_each(|item| element(name, item, xml)),
        _ => open(name, xml)?,
    }
    match value {
        Value::Object(members) => members.iter().try_for_each(|(name, value)| element(name, value, xml))?,
        Value::String(text) => xml.push_str(&escape(text.as_str())),
        other => xml.push_str(&other.to_string()),
    }
    close(name, xml);
    Ok(())
}

fn open(name: &str, xml: &mut String) -> Result<(), String> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') || !name.chars().all(is_part) {
        return Err(format!("`{}` cannot be the name of an XML element", name.escape_debug()));
    }
    xml.push('<');
    xml.push_str(name);
    xml.push('>');
    Ok(())
}

fn close(name: &str, xml: &mut String) {
    xml.push_str("</");
    xml.push_str(name);
    xml.push('>');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_elements_and_cannot_break_out() {
        let property = |name: &str, json: &str| (name.to_owned(), json.parse::<Json>().unwrap());
        let xml =
            write("R", &[property("A", r#""x</A><B>&""#), property("L", r#"[1,{"M":true}]"#), property("N", "null")]);
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><R><A>x&lt;/A&gt;&lt;B&gt;&amp;</A><L>1</L><L><M>true</M></L></R>";
        assert_eq!(xml.as_deref(), Ok(expected));
        for name in ["a b", "a>", "", "1a", "a/"] {
            assert!(write(name, &[]).is_err() && write("R", &[property(name, "1")]).is_err(), "{name}");
        }
    }
}
