//! Corrections of documents that are wrong: patches by JSON pointer, each with its reason, applied before reading.
//!
//! ```yaml
//! corrections:
//!   - document: services/pets.yaml
//!     pointer: /paths/~1pets~1{petId}/get/parameters/0/required
//!     test: false
//!     replace: true
//!     reason: a path parameter is always required
//!   - document: services/pets.yaml
//!     pointer: /components/schemas/Pet/properties/age
//!     remove: true
//!     reason: it was never there
//!   - document: services/pets.yaml
//!     pointer: /components/schemas/Pet/properties/name
//!     add: {type: string}
//!     reason: the documentation has it, and every answer
//! ```
//!
//! A correction says what it expects to find (`test`), or at least that something or nothing is there: one that no
//! longer applies is an error, because whoever made the document may have corrected it, or something else, since.

use std::sync::atomic::{AtomicBool, Ordering};

use bindery_ir::Origin;
use serde::Deserialize;
use serde_json::Value as Json;
use serde_yaml::Spanned;

use super::document::Document;
use super::yaml::{Edit, NodeId, unescape};
use crate::{Diagnostic, Source};

/// What the file is called beside `provider.yaml`.
const FILE: &str = "corrections.yaml";

/// The corrections of a provider's documents.
#[derive(Debug, Default)]
pub(super) struct Corrections {
    path: String,
    list: Vec<Correction>,
}

#[derive(Debug)]
struct Correction {
    line: u32,
    document: String,
    pointer: String,
    /// What has to stand there before.
    test: Option<Json>,
    change: Change,
    /// Whether its document was met, applied to or not.
    met: AtomicBool,
}

#[derive(Debug)]
enum Change {
    Add(Json),
    Replace(Json),
    Remove,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    corrections: Vec<Spanned<WrittenCorrection>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCorrection {
    document: String,
    pointer: String,
    #[serde(default, deserialize_with = "present")]
    test: Option<Json>,
    #[serde(default, deserialize_with = "present")]
    add: Option<Json>,
    #[serde(default, deserialize_with = "present")]
    replace: Option<Json>,
    #[serde(default)]
    remove: bool,
    reason: String,
}

/// A value that stands there, `null` included.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

impl Corrections {
    /// Whether a file of that name holds corrections.
    pub(super) fn is_called_so(file: &str) -> bool {
        file == FILE
    }

    /// Reads a file of corrections. One that cannot be read corrects nothing, and is an error.
    pub(super) fn read(source: &Source, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let refuse = |line: u32, message: String| {
            Diagnostic::error("openapi/correction", Origin::line(source.path.clone(), line), message)
        };
        let mut corrections = Self { path: source.path.clone(), list: Vec::new() };
        let written: Written = match serde_yaml::from_str(&source.text) {
            Ok(written) => written,
            Err(error) => {
                let line = error.location().map_or(0, |location| u32::try_from(location.line()).unwrap_or(0));
                let error = error.without_snippet().to_string();
                diagnostics.push(refuse(line, error).assuming("nothing is corrected"));
                return corrections;
            }
        };
        for Spanned { value: written, defined, .. } in written.corrections {
            let line = u32::try_from(defined.line()).unwrap_or(0);
            let change = match (written.add, written.replace, written.remove) {
                (Some(value), None, false) => Change::Add(value),
                (None, Some(value), false) => Change::Replace(value),
                (None, None, true) => Change::Remove,
                _ => {
                    let message = "a correction has one of `add`, `replace` and `remove: true`".to_owned();
                    diagnostics.push(refuse(line, message).assuming("it is left out"));
                    continue;
                }
            };
            if written.reason.trim().is_empty() {
                let hint = "say what is wrong and how you know";
                diagnostics.push(refuse(line, "a correction needs a reason".to_owned()).with_hint(hint));
            }
            corrections.list.push(Correction {
                line,
                document: written.document,
                pointer: written.pointer,
                test: written.test,
                change,
                met: AtomicBool::new(false),
            });
        }
        corrections
    }

    /// The document with its corrections. They are applied in their order, each to what the ones before it left.
    pub(super) fn apply<'t>(&self, mut document: Document<'t>, diagnostics: &mut Vec<Diagnostic>) -> Document<'t> {
        for correction in &self.list {
            if !is_meant(&correction.document, document.path()) {
                continue;
            }
            correction.met.store(true, Ordering::Relaxed);
            match correction.edit(&document) {
                Ok(edit) => {
                    let tree = document.tree().edited(&edit);
                    document = document.with_tree(tree);
                }
                Err(reason) => {
                    let origin = Origin::pointer(self.path.clone(), correction.line, correction.pointer.clone());
                    let message = format!("the correction of `{}` no longer applies: {reason}", correction.document);
                    diagnostics.push(
                        Diagnostic::error("openapi/correction", origin, message)
                            .assuming("the document is read as it is")
                            .with_hint("look whether the document was corrected, and change or remove the correction"),
                    );
                }
            }
        }
        document
    }

    /// Reports the corrections of documents that are not there.
    pub(super) fn report_unused(&self, diagnostics: &mut Vec<Diagnostic>) {
        for correction in self.list.iter().filter(|correction| !correction.met.load(Ordering::Relaxed)) {
            let origin = Origin::pointer(self.path.clone(), correction.line, correction.pointer.clone());
            let message = format!("there is no document `{}` to correct", correction.document);
            let hint = "remove the correction, or name the document as it is named below the provider's folder";
            diagnostics.push(Diagnostic::error("openapi/correction", origin, message).with_hint(hint));
        }
    }
}

/// Whether a correction's document is the one at a path, which may begin with any folders.
fn is_meant(document: &str, path: &str) -> bool {
    path.strip_suffix(document).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

impl Correction {
    /// The edit that it is, or why it does not apply.
    fn edit<'c>(&'c self, document: &Document<'_>) -> Result<Edit<'c>, String> {
        let tree = document.tree();
        let Some((holder, last)) = self.pointer.rsplit_once('/') else {
            return Err("its pointer does not begin with `/`".to_owned());
        };
        let holder_id = holder.split('/').skip(1).try_fold(NodeId::ROOT, |id, part| tree.child(id, &unescape(part)));
        let Some(holder_id) = holder_id else { return Err(format!("nothing stands at `{holder}`")) };
        let key = unescape(last);
        let found = tree.child(holder_id, &key);
        let expected = self.test.as_ref();
        if let (Some(expected), Some(found)) = (expected, found)
            && tree.json(found) != *expected
        {
            return Err(format!("it is `{}`, and `{expected}` was expected", shortened(&tree.json(found))));
        }
        match (&self.change, found) {
            (Change::Add(value), None) if tree.can_hold(holder_id, &key) => {
                Ok(Edit::Add { holder: holder_id, key, value })
            }
            (Change::Add(_), None) => Err(format!("`{holder}` cannot hold `{key}`")),
            (Change::Add(_), Some(_)) => Err("something stands there already".to_owned()),
            (Change::Replace(value), Some(at)) => Ok(Edit::Replace { at, value }),
            (Change::Remove, Some(at)) => Ok(Edit::Remove { at }),
            (Change::Replace(_) | Change::Remove, None) => Err("nothing stands there".to_owned()),
        }
    }
}

/// A value that may be long, for a message.
fn shortened(value: &Json) -> String {
    const LONGEST: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "a: {b: [x, {c: 1}], 'd/e': f}\ng: 1\n";

    /// The document with corrections, as JSON, and what was said.
    fn corrected(corrections: &str) -> (Json, Vec<String>) {
        let mut diagnostics = Vec::new();
        let source = Source { path: "spec/services/a.yaml".into(), text: DOCUMENT.into() };
        let file = Source { path: "spec/corrections.yaml".into(), text: corrections.into() };
        let corrections = Corrections::read(&file, &mut diagnostics);
        let document = Document::parse(&source, &mut diagnostics).unwrap();
        let document = corrections.apply(document, &mut diagnostics);
        corrections.report_unused(&mut diagnostics);
        let said = diagnostics.iter().map(|found| format!("{}: {}", found.origin.line, found.message)).collect();
        (document.tree().json(NodeId::ROOT), said)
    }

    fn one(change: &str) -> (Json, Vec<String>) {
        corrected(&format!("corrections:\n  - document: services/a.yaml\n    reason: it is so\n    {change}\n"))
    }

    #[test]
    fn corrections_add_replace_and_remove() {
        let json = |text: &str| serde_json::from_str::<Json>(text).unwrap();
        for (change, expected) in [
            (
                "pointer: /a/b/1/c\n    test: 1\n    replace: {x: [~, 2.5]}",
                r#"{"a":{"b":["x",{"c":{"x":[null,2.5]}}],"d/e":"f"},"g":1}"#,
            ),
            ("pointer: /a/d~1e\n    remove: true", r#"{"a":{"b":["x",{"c":1}]},"g":1}"#),
            ("pointer: /a/b/0\n    remove: true", r#"{"a":{"b":[{"c":1}],"d/e":"f"},"g":1}"#),
            ("pointer: /a/n\n    add: {y: true}", r#"{"a":{"b":["x",{"c":1}],"d/e":"f","n":{"y":true}},"g":1}"#),
            ("pointer: /a/b/-\n    add: z", r#"{"a":{"b":["x",{"c":1},"z"],"d/e":"f"},"g":1}"#),
        ] {
            let (document, said) = one(change);
            assert_eq!(document, json(expected), "{change}");
            assert!(said.is_empty(), "{said:?}");
        }
    }

    #[test]
    fn a_correction_that_no_longer_applies_is_an_error() {
        for (change, reason) in [
            ("pointer: /a/b/1/c\n    test: 2\n    replace: 3", "it is `1`, and `2` was expected"),
            ("pointer: /a/x\n    remove: true", "nothing stands there"),
            ("pointer: /x/y\n    add: 1", "nothing stands at `/x`"),
            ("pointer: /g/y\n    add: 1", "`/g` cannot hold `y`"),
            ("pointer: /g\n    add: 1", "something stands there already"),
            ("pointer: g\n    remove: true", "its pointer does not begin with `/`"),
        ] {
            let (document, said) = one(change);
            assert_eq!(document["g"], 1);
            assert!(said.len() == 1 && said[0].contains(reason) && said[0].starts_with("2: "), "{change}: {said:?}");
        }
        let (_, said) = corrected("corrections:\n  - {document: b.yaml, pointer: /a, remove: true, reason: x}\n");
        assert!(said[0].contains("no document `b.yaml`"), "{said:?}");
    }

    #[test]
    fn a_file_that_makes_no_sense_is_an_error() {
        for (text, expected) in [
            ("corrections: 1", ""),
            ("corrections:\n  - {document: a.yaml, pointer: /a, remove: true}\n", "reason"),
            ("corrections:\n  - {document: services/a.yaml, pointer: /a, remove: true, reason: ' '}\n", "reason"),
            ("corrections:\n  - {document: a.yaml, pointer: /a, reason: x}\n", "one of"),
            ("corrections:\n  - {document: a.yaml, pointer: /a, remove: true, reason: x, by: me}\n", "by"),
        ] {
            let (_, said) = corrected(text);
            assert!(said.iter().any(|said| said.contains(expected)), "{text}: {said:?}");
        }
    }
}
