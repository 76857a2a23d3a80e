//! YAML text → a tree in which every node knows its place.
//!
//! The tree is untyped on purpose: a document of a thousand operations must not be lost to one value of the
//! wrong type, so types are asked for where a value is used, and a misfit is a diagnostic there. It is compact: the
//! nodes of a document are one vector in the order of the text, and what can be borrowed from the text is.

mod build;
mod edit;
mod scalar;

use std::borrow::Cow;

use bindery_ir::Origin;

use crate::{Diagnostic, Source};
pub(super) use edit::Edit;

/// How deep a document may be nested.
const DEEPEST: usize = 200;

/// How many nodes aliases may stand for. Documents of this family have some hundred aliases of a few nodes.
const MOST_COPIED: usize = 200_000;

/// From how many members on a mapping has an index.
const INDEXED: usize = 16;

/// The nodes of a document, each before what it holds.
#[derive(Debug)]
pub(crate) struct Tree<'t> {
    nodes: Vec<Node<'t>>,
    /// For each large mapping its members, sorted by key.
    indexes: Vec<Vec<NodeId>>,
}

/// The number of a node in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeId(u32);

/// A value of a document, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node<'t> {
    /// What it is called in the mapping that holds it; empty in a list.
    pub(crate) key: Cow<'t, str>,
    pub(crate) value: Value<'t>,
    /// What holds it; the root holds itself.
    pub(crate) parent: NodeId,
    /// The node after the last that it holds.
    end: NodeId,
    /// The line of its key, or of itself where it has none, counted from 1.
    pub(crate) line: u32,
    /// The byte of the document at which the key or it begins.
    pub(crate) offset: u32,
    /// Whether it does not count: its key stands again further down.
    replaced: bool,
}

/// What a node holds. Numbers are kept as they are written, so that none is out of range.
#[derive(Clone, Debug)]
pub(crate) enum Value<'t> {
    Null,
    Boolean(bool),
    Number(Cow<'t, str>),
    Text(Cow<'t, str>),
    List,
    /// A mapping, with the number of its index if it has one.
    Map(Option<u32>),
}

impl NodeId {
    /// The outermost node.
    pub(crate) const ROOT: Self = Self(0);

    fn new(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// Its place among the nodes.
    pub(crate) fn number(self) -> u32 {
        self.0
    }

    fn index(self) -> usize {
        self.0 as usize
    }

    /// The first that a node can hold.
    fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// What stands where there is no node; it is never reached from the root.
static NOTHING: Node<'static> = Node {
    key: Cow::Borrowed(""),
    value: Value::Null,
    parent: NodeId::ROOT,
    end: NodeId(u32::MAX),
    line: 0,
    offset: 0,
    replaced: true,
};

impl<'t> Tree<'t> {
    /// The node of that number.
    pub(crate) fn node(&self, id: NodeId) -> &Node<'t> {
        self.nodes.get(id.index()).unwrap_or(&NOTHING)
    }

    /// What a mapping or list holds, in the order of the document.
    pub(crate) fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + use<'_, 't> {
        let holder = self.node(id);
        let end = if matches!(holder.value, Value::List | Value::Map(_)) { holder.end } else { id };
        let mut next = id.next();
        std::iter::from_fn(move || {
            while next.0 < end.0 {
                let child = next;
                let node = self.node(child);
                next = node.end;
                if !node.replaced {
                    return Some(child);
                }
            }
            None
        })
    }

    /// The member of a mapping.
    pub(crate) fn member(&self, id: NodeId, key: &str) -> Option<NodeId> {
        match self.node(id).value {
            Value::Map(Some(index)) => {
                let sorted = self.indexes.get(index as usize)?;
                let found = sorted.binary_search_by(|id| self.node(*id).key.as_ref().cmp(key)).ok()?;
                sorted.get(found).copied()
            }
            Value::Map(None) => self.children(id).find(|id| self.node(*id).key == key),
            _ => None,
        }
    }

    /// The nodes whose key begins like those of extensions that StackQL reads, in whatever case.
    pub(crate) fn extensions(&self) -> impl Iterator<Item = NodeId> {
        const PREFIX: &str = "x-stackql";
        let is_one = |node: &Node<'_>| {
            !node.replaced && node.key.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
        };
        (0..self.nodes.len()).map(NodeId::new).filter(move |id| is_one(self.node(*id)))
    }

    /// The JSON pointer (RFC 6901) of a node.
    pub(crate) fn pointer(&self, id: NodeId) -> String {
        let mut way = Vec::new();
        let mut at = id;
        while at != NodeId::ROOT {
            let parent = self.node(at).parent;
            way.push(match self.node(parent).value {
                Value::List => self.children(parent).position(|id| id == at).unwrap_or(0).to_string(),
                _ => escape(&self.node(at).key),
            });
            at = parent;
        }
        way.iter().rev().fold(String::new(), |pointer, part| pointer + "/" + part)
    }
}

/// A key as a part of a JSON pointer.
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The key that a part of a JSON pointer stands for.
pub(crate) fn unescape(part: &str) -> Cow<'_, str> {
    if part.contains('~') { Cow::Owned(part.replace("~1", "/").replace("~0", "~")) } else { Cow::Borrowed(part) }
}

/// Parses a document. What it costs is bounded by the length of the text, whatever the text says.
pub(crate) fn parse<'t>(source: &'t Source, diagnostics: &mut Vec<Diagnostic>) -> Option<Tree<'t>> {
    let refuse = |line: u32, message: String| {
        Diagnostic::error("openapi/yaml", Origin::line(source.path.clone(), line), message)
            .assuming("nothing of this document was read")
    };
    if source.text.len() > Source::LARGEST {
        let message = format!("the document has more than {} MiB", Source::LARGEST >> 20);
        let hint = "divide it, or see whether it is a document at all";
        diagnostics.push(refuse(0, message).with_hint(hint));
        return None;
    }
    match build::build(&source.text) {
        Ok(built) => {
            for id in &built.duplicates {
                diagnostics.push(duplicate(&built.tree, *id, source));
            }
            Some(built.tree)
        }
        Err(error) => {
            let line = u32::try_from(error.line).unwrap_or(0);
            let excerpt = error.line.checked_sub(1).and_then(|skip| source.text.lines().nth(skip)).unwrap_or_default();
            let column = u32::try_from(error.column).unwrap_or(0);
            diagnostics.push(refuse(line, error.message).pointing_at(excerpt, column, 1).with_hint(error.hint));
            None
        }
    }
}

/// Says that a key stands twice; `id` is the member that counts.
fn duplicate(tree: &Tree<'_>, id: NodeId, source: &Source) -> Diagnostic {
    let node = tree.node(id);
    let origin = Origin::pointer(source.path.clone(), node.line, tree.pointer(id));
    let message = format!("the key `{}` stands here again", node.key.escape_debug());
    Diagnostic::warning("openapi/duplicate-key", origin, message)
        .assuming("the last one is used")
        .with_hint("remove the others")
}

#[cfg(test)]
#[allow(clippy::format_collect, reason = "documents are written out")]
mod tests {
    use super::*;

    fn check(text: &str, verify: impl FnOnce(Option<&Tree<'_>>, &[Diagnostic])) {
        let mut diagnostics = Vec::new();
        let source = Source { path: "a.yaml".into(), text: text.into() };
        let tree = parse(&source, &mut diagnostics);
        verify(tree.as_ref(), &diagnostics);
    }

    /// The whole tree as JSON, in which numbers are as they were written.
    fn json(tree: &Tree<'_>, id: NodeId) -> String {
        let node = tree.node(id);
        let joined = |parts: Vec<String>| parts.join(",");
        match &node.value {
            Value::Null => "null".into(),
            Value::Boolean(value) => value.to_string(),
            Value::Number(text) => text.to_string(),
            Value::Text(text) => format!("{text:?}"),
            Value::List => format!("[{}]", joined(tree.children(id).map(|id| json(tree, id)).collect())),
            Value::Map(_) => {
                let member = |id| format!("{:?}:{}", tree.node(id).key, json(tree, id));
                format!("{{{}}}", joined(tree.children(id).map(member).collect()))
            }
        }
    }

    fn reads_as(text: &str, expected: &str) {
        check(text, |tree, diagnostics| {
            let tree = tree.unwrap_or_else(|| panic!("{text:?}: {diagnostics:?}"));
            assert_eq!(json(tree, NodeId::ROOT), expected, "{text:?}");
            assert!(diagnostics.is_empty(), "{diagnostics:?}");
        });
    }

    fn refused(text: &str, line: u32) {
        check(text, |tree, diagnostics| {
            assert!(tree.is_none(), "{text:?}");
            assert_eq!((diagnostics[0].code, diagnostics[0].origin.line), ("openapi/yaml", line), "{}", diagnostics[0]);
        });
    }

    #[test]
    fn nodes_know_their_places() {
        check("a: 1\nb:\n  - x\n  - ü: y\n", |tree, _| {
            let tree = tree.unwrap();
            let b = tree.member(NodeId::ROOT, "b").unwrap();
            assert_eq!(tree.node(b).line, 2);
            let item = tree.children(b).nth(1).unwrap();
            let leaf = tree.member(item, "ü").unwrap();
            assert_eq!((tree.node(leaf).line, tree.pointer(leaf).as_str()), (4, "/b/1/ü"));
            assert_eq!(tree.node(leaf).offset, 18);
        });
    }

    #[test]
    fn plain_scalars_are_what_the_core_schema_says() {
        reads_as("[~, null, '', true, 'true', on, no]", r#"[null,null,"",true,"true","on","no"]"#);
        reads_as("a:\nb: c\n", r#"{"a":null,"b":"c"}"#);
        reads_as("[1, -2, +3, 1.10, .5, 1e-7, 0x1F, 0o17]", "[1,-2,+3,1.10,.5,1e-7,31,15]");
        reads_as(
            "[012, 1_000, 12:30, 2020-11-01, 1.2.3, .inf]",
            r#"["012","1_000","12:30","2020-11-01","1.2.3",".inf"]"#,
        );
        reads_as("99999999999999999999999", "99999999999999999999999");
        reads_as("{200: ok, true: 1, ~: 2, 1.0: 3}", r#"{"200":"ok","true":1,"~":2,"1.0":3}"#);
        reads_as("a: |\n  x\n  y\nb: >-\n  x\n  y\n", r#"{"a":"x\ny\n","b":"x y"}"#);
        reads_as("", "null");
        reads_as("\u{feff}a: 1", r#"{"a":1}"#);
    }

    #[test]
    fn tags_of_yaml_are_obeyed_and_those_of_others_are_null() {
        reads_as("[!!str 5, !!int '5', !!null x, ! 5, !!bool 'true']", r#"["5",5,null,"5",true]"#);
        reads_as("[!<tag:yaml.org,2002:js/undefined> '', !foo {a: [1]}, !foo [b], 1]", "[null,null,null,1]");
    }

    #[test]
    fn aliases_and_merge_keys_stand_for_what_they_mean() {
        reads_as("a: &x {b: 1, c: [2]}\nd: *x\n", r#"{"a":{"b":1,"c":[2]},"d":{"b":1,"c":[2]}}"#);
        reads_as("a: &x k\n*x : 1\n", r#"{"a":"k","k":1}"#);
        reads_as("a: &x {b: 1, c: 2}\nd: {<<: *x, b: 3}\n", r#"{"a":{"b":1,"c":2},"d":{"b":3,"c":2}}"#);
        reads_as("a: &x {b: 1}\nd: {<<: [*x, {b: 2, c: 3}]}\n", r#"{"a":{"b":1},"d":{"b":1,"c":3}}"#);
        refused("a: *x\n", 1);
        refused("a: &x\n  b: *x\n", 2);
    }

    #[test]
    fn a_duplicate_key_is_reported_and_the_document_kept() {
        let many: String = (0..40).map(|n| format!("k{}: {n}\n", n % 39)).collect();
        for (text, line, kept) in [("a: 1\nb: 2\na: 3\n", 3, "a"), (many.as_str(), 40, "k0")] {
            check(text, |tree, diagnostics| {
                let tree = tree.unwrap();
                let id = tree.member(NodeId::ROOT, kept).unwrap();
                assert_eq!(tree.node(id).line, line);
                assert_eq!(tree.children(NodeId::ROOT).filter(|id| tree.node(*id).key == kept).count(), 1);
                assert_eq!(diagnostics.len(), 1);
                assert_eq!((diagnostics[0].code, diagnostics[0].origin.line), ("openapi/duplicate-key", line));
            });
        }
    }

    #[test]
    fn members_of_large_mappings_are_found() {
        let text: String = (0..1_000).map(|n| format!("k{n}: {{v: {n}}}\n")).collect();
        check(&format!("a: &a\n{}b: *a\n", text.replace('k', "  k")), |tree, _| {
            let tree = tree.unwrap();
            for holder in ["a", "b"] {
                let holder = tree.member(NodeId::ROOT, holder).unwrap();
                for n in [0, 1, 500, 999] {
                    let found = tree.member(tree.member(holder, &format!("k{n}")).unwrap(), "v").unwrap();
                    assert!(matches!(&tree.node(found).value, Value::Number(text) if *text == n.to_string()));
                }
                assert_eq!(tree.member(holder, "k1000"), None);
                assert_eq!(tree.children(holder).count(), 1_000);
            }
        });
    }

    #[test]
    fn alias_bombs_bottomless_nesting_and_odd_keys_are_refused() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let previous = format!("*a{}, ", level - 1).repeat(10);
            bomb.push_str(&format!("a{level}: &a{level} [{}]\n", previous.trim_end_matches(", ")));
        }
        check(&bomb, |tree, diagnostics| {
            assert!(tree.is_none());
            assert!(diagnostics[0].message.contains("aliases"), "{}", diagnostics[0]);
        });
        refused(&"[".repeat(100_000), 1);
        refused(&"- ".repeat(100_000), 1);
        let stairs: String = (0..5_000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
        refused(&stairs, 201);
        refused("? [a, b]\n: 1\n", 1);
        refused("a: 1\n---\nb: 2\n", 2);
    }

    #[test]
    fn a_syntax_error_names_its_place() {
        check("a: 1\nb: [1, 2\nc: 3\n", |tree, diagnostics| {
            assert!(tree.is_none());
            assert!(diagnostics[0].origin.line >= 2 && diagnostics[0].column > 0, "{}", diagnostics[0]);
            assert!(!diagnostics[0].excerpt.is_empty(), "{}", diagnostics[0]);
        });
    }

    #[test]
    fn an_oversized_document_is_refused_without_being_parsed() {
        check(&" ".repeat(Source::LARGEST + 1), |tree, diagnostics| {
            assert!(tree.is_none());
            assert!(diagnostics[0].message.contains("64 MiB"), "{}", diagnostics[0]);
        });
    }
}
