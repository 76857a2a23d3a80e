//! What pages say about themselves and about each other → findings.
//!
//! Pages come in, one by one, and are reduced by [`examine`] to what the others are compared with; [`compare`] makes
//! the findings of all of them. What reading a page found is not repeated here: it is in [`Page::diagnostics`].
//! Which names are those of providers, services and resources is taken from the pages, and from nowhere else.
//!
//! | code | severity | says | cause and cure |
//! |---|---|---|---|
//! | `docs/example-parameters` | warning | an example lacks a required parameter of its method, or names what is neither a parameter nor a field | one of the two was changed; correct the example or the Methods table |
//! | `docs/unknown-example-method` | warning | an example's tab or `EXEC` names a method that the table does not have, or has for another verb | the method was renamed; name the one that is meant |
//! | `docs/no-example` | note | a method has no example, on a page of a dialect that has examples | add one |
//! | `docs/path-differs` | warning | a page does not lie at `<service>/<resource>` of its Id | it was moved or copied; correct the Id or move the page |
//! | `docs/foreign-keywords` | note | the keywords name another provider than the Id | the front matter was copied; correct it |
//! | `docs/index-missing-page` | warning | an index page lists a page that was not read | the page is gone or was renamed; add it or remove the link |
//! | `docs/index-unlisted` | note | a page is not on the index page above it | the index page is older; list it |
//! | `docs/index-count` | warning | an index page counts other than it lists | the index page was edited; correct the number |
//!
//! Index pages are compared with the pages below their folder, and only where there is one: a page that is read alone
//! says nothing about the others.

mod baseline;
mod examples;
mod identity;
mod index;
mod levels;

pub use baseline::Baseline;
pub use levels::{Level, Settings, UnknownCode};

use bindery_ir::ResourceId;

use crate::Diagnostic;
use crate::docs::{Index, Page, PageKind};

/// What is kept of a page.
#[derive(Clone, Debug)]
pub struct PageFacts {
    /// What the page alone gave rise to.
    findings: Vec<Diagnostic>,
    /// The file.
    path: String,
    kind: PageKind,
    id: Option<ResourceId>,
    keywords: Vec<String>,
    /// What it lists, if it is an index page.
    index: Index,
}

/// Reduces a page to what is compared, with what it gives rise to by itself.
pub fn examine(page: &Page) -> PageFacts {
    let mut findings = examples::check(page);
    findings.extend(identity::path_differs(page));
    PageFacts {
        findings,
        path: page.path.clone(),
        kind: page.kind,
        id: page.id.clone(),
        keywords: page.keywords.clone(),
        index: page.index.clone(),
    }
}

/// The findings about all of the pages, in the order of their files and lines.
pub fn compare(pages: Vec<PageFacts>) -> Vec<Diagnostic> {
    let mut findings = index::check(&pages);
    findings.extend(identity::foreign_keywords(&pages));
    findings.extend(pages.into_iter().flat_map(|page| page.findings));
    findings.sort_by(|a, b| place(a).cmp(&place(b)));
    findings
}

/// What findings are ordered by.
fn place(finding: &Diagnostic) -> (&str, u32, u32, &str) {
    (&finding.origin.file, finding.origin.line, finding.column, finding.code)
}
