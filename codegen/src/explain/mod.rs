//! What every diagnostic means: what is seen, where it usually comes from, and what to do.
//!
//! Data in the order of the codes' families, for `bindery explain`. A test holds it against the sources: a code without
//! an explanation fails it, and so does an explanation of a code that nothing reports.

mod docs;
mod merge;
mod openapi;

/// The explanation of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The code: `docs/no-id`.
    pub code: &'static str,
    /// What is seen, and what is done with it.
    pub what: &'static str,
    /// Where it usually comes from.
    pub cause: &'static str,
    /// What to do about it.
    pub cure: &'static str,
}

/// All explanations: those of pages, of documents, then of both together.
///
/// ```
/// let all: Vec<&str> = bindery_codegen::explain::all().map(|explanation| explanation.code).collect();
/// assert!(all.contains(&"docs/no-id"));
/// ```
pub fn all() -> impl Iterator<Item = &'static Explanation> {
    [docs::EXPLANATIONS, openapi::EXPLANATIONS, merge::EXPLANATIONS].into_iter().flatten()
}

/// The explanation of a code; `None` when there is no such code.
pub fn explain(code: &str) -> Option<&'static Explanation> {
    all().find(|explanation| explanation.code == code)
}

const fn entry(code: &'static str, what: &'static str, cause: &'static str, cure: &'static str) -> Explanation {
    Explanation { code, what, cause, cure }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper of a test fails the test")]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::Source;

    /// The families of codes. A literal of this form is a code.
    const FAMILIES: [&str; 8] = ["docs", "emit", "lint", "merge", "openapi", "pages", "selection", "source"];

    /// The codes in a source, up to its tests: literals such as "docs/no-id".
    fn codes(text: &str) -> BTreeSet<&str> {
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code_lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let literals = code_lines.flat_map(|line| line.split('"').skip(1).step_by(2));
        let is_code = |literal: &&str| {
            let (family, name) = literal.split_once('/').unwrap_or_default();
            FAMILIES.contains(&family)
                && !name.is_empty()
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        };
        literals.filter(is_code).collect()
    }

    #[test]
    fn what_the_sources_report_is_explained_and_nothing_else() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut sources = Source::read_all(&root.join("src"), &["rs"]).unwrap();
        sources.extend(Source::read_all(&root.join("../src"), &["rs"]).unwrap());
        let of_sources = sources.iter().filter(|source| !source.path.contains("/explain/"));
        let reported: BTreeSet<&str> = of_sources.flat_map(|source| codes(&source.text)).collect();
        let explained: BTreeSet<&str> = all().map(|explanation| explanation.code).collect();
        assert!(reported.len() > 60, "{reported:?}");
        assert_eq!(reported.difference(&explained).collect::<Vec<_>>(), Vec::<&&str>::new(), "not explained");
        assert_eq!(explained.difference(&reported).collect::<Vec<_>>(), Vec::<&&str>::new(), "never reported");
        assert_eq!(explained.len(), all().count(), "a code is explained twice");
    }

    #[test]
    fn explanations_are_sentences_that_differ() {
        let mut cures = BTreeSet::new();
        for Explanation { code, what, cause, cure } in all() {
            for part in [what, cause, cure] {
                assert!(part.len() > 20 && part.ends_with('.'), "{code}: {part}");
            }
            assert!(what != cause && cause != cure, "{code}");
            assert!(cures.insert(cure), "{code}: {cure}");
        }
    }
}
