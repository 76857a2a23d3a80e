//! Folders of documents → one provider: the way from disk to the model.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bindery_ir::{Provider, ProviderName};
use indexmap::IndexMap;

use crate::docs::{Page, read_page};
use crate::{Diagnostic, Source, SourceError, merge, openapi};

/// Where a provider's documents lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// The provider's name, where its documents do not say it.
    pub provider: String,
    /// The folder of its pages.
    pub docs: Option<PathBuf>,
    /// The folder of its `provider.yaml` and service documents.
    pub openapi: Option<PathBuf>,
    /// The services that are wanted; all of them when there are none.
    pub services: Vec<String>,
    /// What is stated about documents that do not map their operations themselves.
    pub mapping: openapi::Mapping,
    /// How many documents are read at once; as many as there are processors unless said.
    pub jobs: Option<NonZeroUsize>,
}

/// What was read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The provider.
    pub provider: Provider,
    /// How many pages were read.
    pub pages: usize,
    /// How many OpenAPI documents were read.
    pub documents: usize,
    /// Every file that was read, for those who watch them.
    pub files: Vec<String>,
    /// What was wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads the documents of a provider and joins them.
///
/// # Errors
/// When a folder or file cannot be read. What is wrong *inside* a file is a diagnostic.
pub fn read(inputs: &Inputs) -> Result<Reading, SourceError> {
    let sources = |folder: &Option<PathBuf>, extensions: &[&str]| match folder {
        Some(folder) => Source::read_all(folder, extensions),
        None => Ok(Vec::new()),
    };
    let pages = sources(&inputs.docs, &["md", "mdx"])?;
    let documents = sources(&inputs.openapi, &["yaml", "yml", "json"])?;
    Ok(join(inputs, &pages, &documents))
}

/// The same for texts at hand.
pub fn join(inputs: &Inputs, page_sources: &[Source], documents: &[Source]) -> Reading {
    let pages: Vec<Page> = page_sources.iter().map(|source| read_page(&source.path, &source.text)).collect();
    join_pages(inputs, &pages, documents)
}

/// The same for pages that were read already.
pub fn join_pages(inputs: &Inputs, pages: &[Page], documents: &[Source]) -> Reading {
    let name = if inputs.provider.is_empty() {
        merge::provider_of(pages).unwrap_or_default()
    } else {
        inputs.provider.clone()
    };
    let (provider, mut diagnostics) = if documents.is_empty() {
        (Provider::new(ProviderName::from(name)), Vec::new())
    } else {
        let processors = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let jobs = inputs.jobs.unwrap_or_else(processors);
        let options = openapi::Options { mapping: &inputs.mapping, jobs, ..openapi::Options::default() };
        openapi::read_provider_with(documents, &name, &options)
    };
    let (mut provider, mut findings) = merge::merge(provider, pages);
    diagnostics.append(&mut findings);
    if !inputs.services.is_empty() {
        let wanted = |name: &str| inputs.services.iter().any(|service| service == name);
        provider.services.to_mut().retain(|service| wanted(service.name.as_str()));
    }
    Reading {
        provider,
        pages: pages.len(),
        documents: documents.len(),
        files: pages
            .iter()
            .map(|page| &page.path)
            .chain(documents.iter().map(|source| &source.path))
            .cloned()
            .collect(),
        diagnostics,
    }
}

impl Reading {
    /// The wanted services that no document describes.
    pub fn unknown_services<'a>(&self, inputs: &'a Inputs) -> Vec<&'a str> {
        let known = |name: &str| self.provider.service(name).is_some();
        inputs.services.iter().map(String::as_str).filter(|name| !known(name)).collect()
    }

    /// How many diagnostics there are of each code, in the order of the codes.
    pub fn counts(&self) -> Vec<(&'static str, usize)> {
        let mut counts: IndexMap<&'static str, usize> = IndexMap::new();
        for diagnostic in &self.diagnostics {
            *counts.entry(diagnostic.code).or_default() += 1;
        }
        counts.sort_keys();
        counts.into_iter().collect()
    }
}

/// The folder that the header of generated files names: the common parent of the documents.
pub fn common_folder(inputs: &Inputs) -> String {
    let folders: Vec<&Path> = [&inputs.docs, &inputs.openapi].into_iter().flatten().map(PathBuf::as_path).collect();
    let common = match folders.as_slice() {
        [only] => Some(*only),
        [first, rest @ ..] => first.ancestors().find(|ancestor| rest.iter().all(|folder| folder.starts_with(ancestor))),
        [] => None,
    };
    common.map(|path| path.to_string_lossy().replace('\\', "/")).unwrap_or_default()
}
