//! Documents → findings. Pages are read by all threads and reduced at once, so that many of them fit into memory.

use std::path::{Path, PathBuf};

use bindery_codegen::docs::{Page, read_page};
use bindery_codegen::lint::{PageFacts, compare, examine};
use bindery_codegen::{Diagnostic, Inputs, Source, SourceError, join_pages, openapi};
use rayon::ThreadPool;
use rayon::prelude::*;

use crate::commands::{DOCUMENTS, PAGES};
use crate::outcome::Failure;

/// The findings about all pages below paths, compared with each other. A path without pages is read as OpenAPI.
pub(super) fn paths(paths: &[PathBuf], threads: &ThreadPool) -> Result<Vec<Diagnostic>, Failure> {
    let mut findings = Vec::new();
    let mut pages: Vec<PathBuf> = Vec::new();
    for path in paths {
        let is_document = path.extension().is_some_and(|found| DOCUMENTS.iter().any(|wanted| found == *wanted));
        let found = if is_document { Vec::new() } else { Source::find(path, PAGES)? };
        if found.is_empty() {
            findings.extend(documents(path)?);
        }
        pages.extend(found);
    }
    // A page that is named twice, with its folder and by itself, is read once.
    pages.sort();
    pages.dedup();
    let read = threads.install(|| pages.par_iter().map(|path| page(path)).collect::<Result<Vec<_>, _>>())?;
    let (own, facts): (Vec<_>, Vec<_>) = read.into_iter().unzip();
    findings.extend(own.into_iter().flatten());
    findings.extend(compare(facts));
    Ok(in_order(findings))
}

/// The findings about the pages and documents of a provider, and about how they fit together.
pub(super) fn provider(
    inputs: &Inputs,
    docs: &[PathBuf],
    openapi: Option<&Path>,
    threads: &ThreadPool,
) -> Result<Vec<Diagnostic>, Failure> {
    let mut pages = Vec::new();
    for folder in docs {
        pages.append(&mut Source::find(folder, PAGES)?);
    }
    let documents = openapi.map_or(Ok(Vec::new()), |folder| Source::find(folder, DOCUMENTS))?;
    let read = |path: &PathBuf| Source::read(path).map(|source| read_page(&source.path, &source.text));
    let (pages, documents) = threads.install(|| {
        let pages = pages.par_iter().map(read).collect::<Result<Vec<Page>, SourceError>>()?;
        let documents = documents.par_iter().map(|path| Source::read(path)).collect::<Result<Vec<_>, SourceError>>()?;
        Ok::<_, SourceError>((pages, documents))
    })?;
    let facts = threads.install(|| pages.par_iter().map(examine).collect());
    let mut findings = join_pages(inputs, &pages, &documents).diagnostics;
    findings.extend(compare(facts));
    Ok(in_order(findings))
}

fn page(path: &Path) -> Result<(Vec<Diagnostic>, PageFacts), SourceError> {
    let source = Source::read(path)?;
    let mut page = read_page(&source.path, &source.text);
    Ok((std::mem::take(&mut page.diagnostics), examine(&page)))
}

/// The findings about OpenAPI documents without pages.
fn documents(path: &Path) -> Result<Vec<Diagnostic>, SourceError> {
    let sources = Source::read_all(path, DOCUMENTS)?;
    let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(if sources.is_empty() { Vec::new() } else { openapi::read_provider(&sources, &name).1 })
}

/// By file and line; what is at one place stays in the order in which it was found.
fn in_order(mut findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    fn place(finding: &Diagnostic) -> (&str, u32, u32) {
        (&finding.origin.file, finding.origin.line, finding.column)
    }
    findings.sort_by(|a, b| place(a).cmp(&place(b)));
    findings
}
