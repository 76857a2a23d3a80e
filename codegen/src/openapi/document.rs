//! A parsed document, and walking through it with the place always at hand.

use bindery_ir::{Origin, Text};

use super::yaml::{self, Node, Value};
use crate::{Diagnostic, Source};

/// A chain of references longer than this is taken for a circle.
const LONGEST_CHAIN: usize = 32;

/// A document of a provider: `provider.yaml` or one of its services.
#[derive(Debug)]
pub(crate) struct Document {
    path: String,
    root: Node,
}

impl Document {
    /// Parses a source; what is wrong with it goes to the diagnostics.
    pub(crate) fn parse(source: &Source, diagnostics: &mut Vec<Diagnostic>) -> Option<Self> {
        let root = yaml::parse(source, diagnostics)?;
        Some(Self { path: source.path.clone(), root })
    }

    /// The place of the whole document.
    pub(crate) fn root(&self) -> Cursor<'_> {
        Cursor { document: self, node: &self.root, pointer: String::new() }
    }

    /// The node that a reference such as `#/components/schemas/Pet` means.
    ///
    /// `~1`, `~0` and percent escapes are decoded; a key that holds an escape literally is tried first.
    fn target(&self, reference: &str) -> Option<Cursor<'_>> {
        let pointer = reference.strip_prefix('#')?;
        let mut cursor = self.root();
        for part in pointer.split('/').skip(1) {
            let key = part.replace("~1", "/").replace("~0", "~");
            cursor = match cursor.get(&key) {
                Some(next) => next,
                None => {
                    let decoded = percent_encoding::percent_decode_str(&key).decode_utf8().ok()?;
                    cursor.get(&decoded)?
                }
            };
        }
        Some(cursor)
    }
}

/// A node, the document it belongs to, and the way there.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    document: &'a Document,
    node: &'a Node,
    pointer: String,
}

impl<'a> Cursor<'a> {
    /// Where the node stands.
    pub(crate) fn origin(&self) -> Origin {
        Origin::pointer(self.document.path.clone(), self.node.line, self.pointer.clone())
    }

    /// The member of a mapping or the item of a list. A member that is null is absent.
    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        let node = match &self.node.value {
            Value::Map(map) => map.entries.get(key)?,
            Value::List(items) => items.get(key.parse::<usize>().ok()?)?,
            _ => return None,
        };
        (!matches!(node.value, Value::Null)).then(|| self.at(node, key))
    }

    /// The node at the end of several members.
    pub(crate) fn path(&self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self.clone(), |cursor, key| cursor.get(key))
    }

    fn at(&self, node: &'a Node, key: &str) -> Self {
        Self { document: self.document, node, pointer: yaml::child(&self.pointer, key) }
    }

    /// The members of a mapping, in order. Anything else has none.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'a str, Self)> + use<'a> {
        let entries = match &self.node.value {
            Value::Map(map) => Some(&map.entries),
            _ => None,
        };
        let this = self.clone();
        entries.into_iter().flatten().map(move |(key, node)| (key.as_str(), this.at(node, key)))
    }

    /// The items of a list, in order. Anything else has none.
    pub(crate) fn items(&self) -> impl Iterator<Item = Self> + use<'a> {
        let items: &[Node] = match &self.node.value {
            Value::List(items) => items,
            _ => &[],
        };
        let this = self.clone();
        items.iter().enumerate().map(move |(index, node)| this.at(node, &index.to_string()))
    }

    /// The text of a scalar: a text, or a number or boolean as it would be written.
    pub(crate) fn text(&self) -> Option<&'a str> {
        match &self.node.value {
            Value::Text(text) | Value::Number(text) => Some(text),
            Value::Boolean(true) => Some("true"),
            Value::Boolean(false) => Some("false"),
            _ => None,
        }
    }

    /// Whether it is a text rather than another scalar.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.node.value, Value::Text(_))
    }

    /// Whether it is a mapping.
    pub(crate) fn is_map(&self) -> bool {
        matches!(self.node.value, Value::Map(_))
    }

    /// Whether it is a list.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.node.value, Value::List(_))
    }

    /// Whether it is the boolean `true`.
    pub(crate) fn is_true(&self) -> bool {
        matches!(self.node.value, Value::Boolean(true))
    }

    /// The text of a member.
    pub(crate) fn text_of(&self, key: &str) -> Option<&'a str> {
        self.get(key)?.text()
    }

    /// The text of a member, or nothing, ready for the model.
    pub(crate) fn prose(&self, key: &str) -> Text {
        Text::Owned(self.text_of(key).unwrap_or_default().trim().to_owned())
    }

    /// Whether a member is the boolean `true`.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.get(key).is_some_and(|member| member.is_true())
    }

    /// The reference that stands here, if one does.
    pub(crate) fn reference(&self) -> Option<&'a str> {
        self.text_of("$ref")
    }

    /// Follows references until something else stands there.
    pub(crate) fn resolve(&self) -> Result<Self, Unresolved> {
        let mut cursor = self.clone();
        for _ in 0..LONGEST_CHAIN {
            let Some(reference) = cursor.reference() else { return Ok(cursor) };
            cursor = self.document.target(reference).ok_or_else(|| Unresolved {
                reference: reference.to_owned(),
                origin: cursor.origin(),
                reason: if reference.starts_with('#') {
                    "nothing stands there"
                } else {
                    "it points outside the document"
                },
            })?;
        }
        Err(Unresolved {
            reference: self.reference().unwrap_or_default().to_owned(),
            origin: self.origin(),
            reason: "it leads in a circle",
        })
    }

    /// The last part of the pointer, decoded: the name under which the node stands.
    pub(crate) fn name(&self) -> String {
        self.pointer.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~")
    }

    /// Whether it stands right below `parent`, as `#/components/schemas/Pet` does below `/components/schemas`.
    pub(crate) fn stands_below(&self, parent: &str) -> bool {
        self.pointer.rsplit_once('/').is_some_and(|(before, _)| before == parent)
    }
}

/// A reference that leads nowhere.
#[derive(Debug)]
pub(crate) struct Unresolved {
    reference: String,
    origin: Origin,
    reason: &'static str,
}

impl Unresolved {
    /// The diagnostic for it, saying what was assumed instead.
    pub(crate) fn diagnostic(self, assumed: &str) -> Diagnostic {
        let message = format!("the reference `{}` cannot be followed: {}", self.reference, self.reason);
        Diagnostic::warning("openapi/unresolved-reference", self.origin, message).with_hint(assumed)
    }
}
