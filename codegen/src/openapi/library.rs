//! The documents that references can lead to: those that were given, parsed when one of them is asked for.

use std::sync::{Mutex, OnceLock, PoisonError};

use super::document::Document;
use crate::{Diagnostic, Source};

/// What finds the document that a reference names.
pub(crate) trait Library: Sync {
    /// The document `file`, as the document `from` names it.
    fn document<'a>(&'a self, from: &str, file: &str) -> Option<&'a Document<'a>>;
}

/// The documents of a provider. They are shared: each is parsed once, by whoever needs it first.
pub(crate) struct Shelf<'t> {
    sources: &'t [Source],
    documents: Vec<OnceLock<Option<Document<'t>>>>,
    diagnostics: Mutex<Vec<Diagnostic>>,
}

impl<'t> Shelf<'t> {
    pub(crate) fn new(sources: &'t [Source]) -> Self {
        let documents = sources.iter().map(|_| OnceLock::new()).collect();
        Self { sources, documents, diagnostics: Mutex::default() }
    }

    /// What was wrong with the documents that were asked for.
    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut diagnostics = self.diagnostics.into_inner().unwrap_or_else(PoisonError::into_inner);
        // Who asks first depends on the threads.
        diagnostics.sort_by(|a, b| (&a.origin.file, a.origin.line).cmp(&(&b.origin.file, b.origin.line)));
        diagnostics
    }
}

impl Library for Shelf<'_> {
    /// Files are compared by their path from the document that names them; what lies outside of what was given is
    /// not there.
    fn document<'a>(&'a self, from: &str, file: &str) -> Option<&'a Document<'a>> {
        let file = percent_encoding::percent_decode_str(file).decode_utf8().ok()?;
        let wanted = beside(from, &file)?;
        let index = self.sources.iter().position(|source| tidy(&source.path) == wanted)?;
        let source = self.sources.get(index)?;
        let parse = || {
            let mut found = Vec::new();
            let document = Document::parse(source, &mut found);
            self.diagnostics.lock().unwrap_or_else(PoisonError::into_inner).append(&mut found);
            document
        };
        self.documents.get(index)?.get_or_init(parse).as_ref()
    }
}

/// The path that a reference means, seen from the file it stands in; `None` for a URL.
fn beside(from: &str, file: &str) -> Option<String> {
    if file.contains("://") {
        return None;
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    Some(tidy(&format!("{folder}/{file}")))
}

/// A path without `.`, and without the `..` that can be followed.
fn tidy(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match part {
            ".." if parts.last().is_none_or(|last| *last == "..") => parts.push(part),
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_seen_from_the_file_they_stand_in() {
        assert_eq!(beside("a/b/c.yaml", "d.yaml").as_deref(), Some("a/b/d.yaml"));
        assert_eq!(beside("a/b/c.yaml", "../x/./d.yaml").as_deref(), Some("a/x/d.yaml"));
        assert_eq!(beside("c.yaml", "../d.yaml").as_deref(), Some("../d.yaml"));
        assert_eq!(beside("c.yaml", "https://example.com/d.yaml"), None);
    }
}
