//! YAML text → a tree in which every node knows its line.
//!
//! The tree is untyped on purpose: a document of a thousand operations must not be lost to one value of the
//! wrong type, so types are asked for where a value is used, and a misfit is a diagnostic there.

use std::fmt;

use bindery_ir::Origin;
use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::options::DuplicateKeyPolicy;
use serde_yaml::{Spanned, Tagged};

use crate::{Diagnostic, Source};

/// A value of a document, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) line: u32,
    pub(crate) value: Value,
}

/// What a node holds. Numbers keep a text form, so that none is out of range.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Boolean(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Map),
}

/// A mapping, in the order of the document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Map {
    pub(crate) entries: IndexMap<String, Node>,
    /// Keys that came again, with the line of the value that replaced the first.
    duplicates: Vec<(String, u32)>,
}

/// Parses a document.
///
/// Documents of this family hold at most a few hundred aliases; the limits of the YAML crate stay in force, so
/// that an alias bomb or a bottomless nesting is an error here and not an outage.
pub(crate) fn parse(source: &Source, diagnostics: &mut Vec<Diagnostic>) -> Option<Node> {
    let options = serde_yaml::options! {
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        strict_booleans: true,
        with_snippet: false,
        alias_limits: serde_yaml::alias_limits! { max_total_replayed_events: 200_000 },
        budget: serde_yaml::budget! {
            max_events: 20_000_000,
            max_nodes: 5_000_000,
            max_aliases: 100_000,
            max_depth: 200,
            max_total_scalar_bytes: 256 * 1024 * 1024,
            enforce_alias_anchor_ratio: false,
        },
    };
    match serde_yaml::from_str_with_options::<Node>(&source.text, options) {
        Ok(root) => {
            report_duplicates(&root, source, "", diagnostics);
            Some(root)
        }
        Err(error) => {
            let location = error.location();
            let line = location.map_or(0, |location| u32::try_from(location.line()).unwrap_or(0));
            let column = location.map_or(0, |location| u32::try_from(location.column()).unwrap_or(0));
            let excerpt = (line as usize).checked_sub(1).and_then(|skip| source.text.lines().nth(skip));
            diagnostics.push(
                Diagnostic::error("openapi/yaml", Origin::line(source.path.clone(), line), error.to_string())
                    .at_column(column)
                    .with_excerpt(excerpt.unwrap_or_default())
                    .with_hint("nothing of this document was read"),
            );
            None
        }
    }
}

/// Reports keys that stand twice in a mapping. The depth is bounded by the parser.
fn report_duplicates(node: &Node, source: &Source, pointer: &str, diagnostics: &mut Vec<Diagnostic>) {
    match &node.value {
        Value::Map(map) => {
            for (key, line) in &map.duplicates {
                let origin = Origin::pointer(source.path.clone(), *line, child(pointer, key));
                diagnostics.push(
                    Diagnostic::warning("openapi/duplicate-key", origin, format!("the key `{key}` stands here again"))
                        .with_hint("the last one was used; remove the others"),
                );
            }
            for (key, value) in &map.entries {
                report_duplicates(value, source, &child(pointer, key), diagnostics);
            }
        }
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                report_duplicates(item, source, &child(pointer, &index.to_string()), diagnostics);
            }
        }
        _ => {}
    }
}

/// The JSON pointer of a member (RFC 6901).
pub(crate) fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value: Tagged(value, tag), defined, .. } = Spanned::<Tagged<Value>>::deserialize(deserializer)?;
        let value = if tag.is_none_or(|tag| is_core_tag(&tag)) { value } else { Value::Null };
        Ok(Self { line: u32::try_from(defined.line()).unwrap_or(0), value })
    }
}

/// Whether a tag is one of YAML's own. Any other (such as the `js/undefined` that some generators write) stands
/// for a value that only its writer knows, and is read as null.
fn is_core_tag(tag: &str) -> bool {
    const CORE: [&str; 9] = ["str", "int", "float", "bool", "null", "seq", "map", "timestamp", "binary"];
    let name = tag.strip_prefix("tag:yaml.org,2002:").or_else(|| tag.strip_prefix("!!")).unwrap_or(tag);
    tag == "!" || CORE.contains(&name)
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Value, E> {
        Ok(Value::Text(String::from_utf8_lossy(value).into_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::default();
        while let Some((Key(key), value)) = access.next_entry::<Key, Node>()? {
            let line = value.line;
            if map.entries.insert(key.clone(), value).is_some() {
                map.duplicates.push((key, line));
            }
        }
        Ok(Value::Map(map))
    }
}

/// A key. Keys such as `200` and `true` are text, as JSON would have them.
struct Key(String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_text(text: &str) -> (Option<Node>, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let source = Source { path: "a.yaml".into(), text: text.into() };
        let node = parse(&source, &mut diagnostics);
        (node, diagnostics)
    }

    fn entries(node: &Node) -> &IndexMap<String, Node> {
        match &node.value {
            Value::Map(map) => &map.entries,
            other => panic!("not a mapping: {other:?}"),
        }
    }

    #[test]
    fn nodes_know_their_lines() {
        let (node, diagnostics) = parse_text("a: 1\nb:\n  - x\n  - y\n200: ok\n");
        let node = node.unwrap();
        assert!(diagnostics.is_empty());
        let Value::List(items) = &entries(&node)["b"].value else { panic!("not a list") };
        assert_eq!(items[1].line, 4);
        assert!(entries(&node).contains_key("200"));
    }

    #[test]
    fn a_duplicate_key_is_reported_and_the_document_kept() {
        let (node, diagnostics) = parse_text("a: 1\nb: 2\na: 3\n");
        assert!(matches!(&entries(&node.unwrap())["a"].value, Value::Number(n) if n == "3"));
        assert_eq!(diagnostics.len(), 1);
        assert_eq!((diagnostics[0].code, diagnostics[0].origin.line), ("openapi/duplicate-key", 3));
    }

    #[test]
    fn unknown_tags_and_numbers_beyond_64_bits_are_values() {
        let (node, diagnostics) =
            parse_text("undefined: !<tag:yaml.org,2002:js/undefined> ''\nmaximum: 99999999999999999999999\nflag: on\n");
        let node = node.unwrap();
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        assert!(matches!(&entries(&node)["undefined"].value, Value::Null), "{:?}", entries(&node)["undefined"]);
        assert!(matches!(&entries(&node)["maximum"].value, Value::Number(_)));
        assert!(matches!(&entries(&node)["flag"].value, Value::Text(text) if text == "on"));
    }

    #[test]
    fn alias_bombs_and_bottomless_nesting_are_refused() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let previous = format!("*a{}, ", level - 1).repeat(10);
            bomb.push_str(&format!("a{level}: &a{level} [{}]\n", previous.trim_end_matches(", ")));
        }
        let nesting = "[".repeat(100_000);
        for hostile in [bomb, nesting] {
            let (node, diagnostics) = parse_text(&hostile);
            assert!(node.is_none());
            assert_eq!(diagnostics[0].code, "openapi/yaml");
        }
    }

    #[test]
    fn a_syntax_error_names_its_line() {
        let (node, diagnostics) = parse_text("a: 1\nb: [1, 2\nc: 3\n");
        assert!(node.is_none());
        assert!(diagnostics[0].origin.line >= 2, "{}", diagnostics[0]);
    }
}
