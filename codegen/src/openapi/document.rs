//! A parsed document, and walking through it with the place always at hand.

use bindery_ir::{Origin, Text};

use super::library::Library;
use super::yaml::{self, NodeId, Tree, Value, unescape};
use crate::{Diagnostic, Severity, Source};

/// A chain of references longer than this is taken for a circle.
const LONGEST_CHAIN: usize = 32;

/// A document of a provider: `provider.yaml` or one of its services.
#[derive(Debug)]
pub(crate) struct Document<'t> {
    source: &'t Source,
    tree: Tree<'t>,
}

impl<'t> Document<'t> {
    /// Parses a source; what is wrong with it goes to the diagnostics.
    pub(crate) fn parse(source: &'t Source, diagnostics: &mut Vec<Diagnostic>) -> Option<Self> {
        let tree = yaml::parse(source, diagnostics)?;
        Some(Self { source, tree })
    }

    /// The place of the whole document. What it refers to in others is looked for in the library.
    pub(crate) fn root<'a>(&'a self, library: &'a dyn Library) -> Cursor<'a> {
        Cursor { document: self, library, id: NodeId::ROOT }
    }

    /// The file it was read from.
    pub(super) fn path(&self) -> &'t str {
        &self.source.path
    }

    /// What was parsed.
    pub(super) fn tree(&self) -> &Tree<'t> {
        &self.tree
    }

    /// The same document with another tree: what is left when it was corrected.
    pub(super) fn with_tree(self, tree: Tree<'t>) -> Self {
        Self { tree, ..self }
    }
}

/// A node of a document.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a> {
    document: &'a Document<'a>,
    library: &'a dyn Library,
    id: NodeId,
}

impl std::fmt::Debug for Cursor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.origin())
    }
}

impl PartialEq for Cursor<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl<'a> Cursor<'a> {
    fn value(self) -> &'a Value<'a> {
        &self.document.tree.node(self.id).value
    }

    /// Where the node stands.
    pub(crate) fn origin(self) -> Origin {
        let line = self.document.tree.node(self.id).line;
        Origin::pointer(self.document.source.path.clone(), line, self.pointer())
    }

    /// The JSON pointer of the node.
    pub(crate) fn pointer(self) -> String {
        self.document.tree.pointer(self.id)
    }

    /// Something about the node, shown with its line.
    pub(crate) fn finding(self, severity: Severity, code: &'static str, message: String) -> Diagnostic {
        let finding = Diagnostic::of(severity, code, self.origin(), message);
        let (text, offset) = (self.document.source.text.as_str(), self.document.tree.node(self.id).offset as usize);
        let Some(before) = text.get(..offset) else { return finding };
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let line = text.get(start..).unwrap_or_default();
        let column = text.get(start..offset).unwrap_or_default().chars().count() + 1;
        let length = match self.document.tree.node(self.id).key.chars().count() {
            0 => self.text().map_or(1, |text| text.chars().count()),
            length => length,
        };
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        finding.pointing_at(line, number(column), number(length))
    }

    /// The member of a mapping or the item of a list. A member that is null is absent.
    pub(crate) fn get(self, key: &str) -> Option<Self> {
        let tree = &self.document.tree;
        let id = match self.value() {
            Value::Map(_) => tree.member(self.id, key)?,
            Value::List => tree.children(self.id).nth(key.parse::<usize>().ok()?)?,
            _ => return None,
        };
        Some(self.at(id)).filter(|found| !matches!(found.value(), Value::Null))
    }

    /// The node at the end of several members.
    pub(crate) fn path(self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self, |cursor, key| cursor.get(key))
    }

    fn at(self, id: NodeId) -> Self {
        Self { id, ..self }
    }

    /// The members of a mapping, in order. Anything else has none.
    pub(crate) fn entries(self) -> impl Iterator<Item = (&'a str, Self)> + use<'a> {
        let tree = &self.document.tree;
        let members = self.is_map().then(|| tree.children(self.id)).into_iter().flatten();
        members.map(move |id| (tree.node(id).key.as_ref(), self.at(id)))
    }

    /// The items of a list, in order. Anything else has none.
    pub(crate) fn items(self) -> impl Iterator<Item = Self> + use<'a> {
        let items = self.is_list().then(|| self.document.tree.children(self.id)).into_iter().flatten();
        items.map(move |id| self.at(id))
    }

    /// The text of a scalar: a text, or a number or boolean as it is written.
    pub(crate) fn text(self) -> Option<&'a str> {
        match self.value() {
            Value::Text(text) | Value::Number(text) => Some(text),
            Value::Boolean(true) => Some("true"),
            Value::Boolean(false) => Some("false"),
            _ => None,
        }
    }

    /// Whether it is a text rather than another scalar.
    pub(crate) fn is_text(self) -> bool {
        matches!(self.value(), Value::Text(_))
    }

    /// Whether it is a mapping.
    pub(crate) fn is_map(self) -> bool {
        matches!(self.value(), Value::Map(_))
    }

    /// Whether it is a list.
    pub(crate) fn is_list(self) -> bool {
        matches!(self.value(), Value::List)
    }

    /// Whether it is the boolean `true`.
    pub(crate) fn is_true(self) -> bool {
        matches!(self.value(), Value::Boolean(true))
    }

    /// The text of a member.
    pub(crate) fn text_of(self, key: &str) -> Option<&'a str> {
        self.get(key)?.text()
    }

    /// The text at the end of several members.
    pub(crate) fn text_at(self, keys: &[&str]) -> Option<&'a str> {
        self.path(keys)?.text()
    }

    /// The text of a member, or nothing, ready for the model.
    pub(crate) fn prose(self, key: &str) -> Text {
        Text::Owned(self.text_of(key).unwrap_or_default().trim().to_owned())
    }

    /// Whether a member is the boolean `true`.
    pub(crate) fn flag(self, key: &str) -> bool {
        self.get(key).is_some_and(Self::is_true)
    }

    /// The reference that stands here, if one does.
    pub(crate) fn reference(self) -> Option<&'a str> {
        self.text_of("$ref")
    }

    /// What a reference means: `#/components/schemas/Pet`, or `pets.yaml#/Pet` of another document at hand.
    ///
    /// `~1`, `~0` and percent escapes are decoded; a key that holds an escape literally is tried first.
    pub(crate) fn target(self, reference: &str) -> Result<Self, &'static str> {
        let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let root = if file.is_empty() {
            self.at(NodeId::ROOT)
        } else {
            let document = self.library.document(self.document.path(), file).ok_or("there is no such document")?;
            Self { document, library: self.library, id: NodeId::ROOT }
        };
        let step = |cursor: Self, part: &str| {
            let key = unescape(part);
            cursor.get(&key).or_else(|| {
                // The escapes of a URI are the outer ones: `%7E1` is `~1` is `/`.
                let decoded = percent_encoding::percent_decode_str(part).decode_utf8().ok()?;
                cursor.get(&unescape(&decoded))
            })
        };
        pointer.split('/').skip(1).try_fold(root, step).ok_or("nothing stands there")
    }

    /// Follows references until something else stands there.
    pub(crate) fn resolve(self) -> Result<Self, Unresolved<'a>> {
        let mut cursor = self;
        for _ in 0..LONGEST_CHAIN {
            let Some(reference) = cursor.reference() else { return Ok(cursor) };
            cursor = cursor.target(reference).map_err(|reason| Unresolved { reference, at: cursor, reason })?;
        }
        Err(Unresolved { reference: self.reference().unwrap_or_default(), at: self, reason: "it leads in a circle" })
    }

    /// The key or number under which the node stands.
    pub(crate) fn name(self) -> &'a str {
        &self.document.tree.node(self.id).key
    }

    /// What tells the node from every other one at hand.
    pub(crate) fn identity(self) -> (usize, u32) {
        (std::ptr::from_ref(self.document).addr(), self.id.number())
    }

    /// What holds it.
    pub(crate) fn parent(self) -> Self {
        self.at(self.document.tree.node(self.id).parent)
    }

    /// The extensions of the whole document that are meant for readers like this one, by their names.
    pub(crate) fn extensions(self) -> impl Iterator<Item = (&'a str, Self)> {
        self.document.tree.extensions().map(move |id| (self.at(id).name(), self.at(id)))
    }

    /// The value as JSON.
    pub(crate) fn to_json(self) -> serde_json::Value {
        self.document.tree.json(self.id)
    }
}

/// A reference that leads nowhere.
#[derive(Debug)]
pub(crate) struct Unresolved<'a> {
    reference: &'a str,
    at: Cursor<'a>,
    reason: &'static str,
}

impl Unresolved<'_> {
    /// The diagnostic for it, saying what was assumed instead.
    pub(crate) fn diagnostic(self, assumed: &str) -> Diagnostic {
        let message = format!("the reference `{}` cannot be followed: {}", self.reference, self.reason);
        let at = self.at.get("$ref").unwrap_or(self.at);
        at.finding(Severity::Warning, "openapi/unresolved-reference", message).assuming(assumed)
    }
}
