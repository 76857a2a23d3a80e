//! Folders of documents → one provider: the way from disk to the model.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bindery_ir::{Provider, ProviderName};
use indexmap::IndexMap;

use crate::docs::{Page, read_page};
use crate::{Diagnostic, Selection, Source, SourceError, merge, openapi, threads};

/// How pages are called.
const PAGES: &[&str] = &["md", "mdx"];

/// How OpenAPI documents are called.
const DOCUMENTS: &[&str] = &["yaml", "yml", "json"];

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
    /// What of them is wanted.
    pub selection: Selection,
}

impl Inputs {
    /// How many documents are read at once.
    pub(crate) fn jobs(&self) -> NonZeroUsize {
        let processors = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.jobs.unwrap_or_else(processors)
    }
}

/// The files of a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Files {
    pub(crate) pages: Vec<PathBuf>,
    pub(crate) documents: Vec<PathBuf>,
}

impl Files {
    /// All files below the folders of a provider.
    pub(crate) fn find(inputs: &Inputs) -> Result<Self, SourceError> {
        let find = |folder: &Option<PathBuf>, extensions: &[&str]| match folder {
            Some(folder) => Source::find(folder, extensions),
            None => Ok(Vec::new()),
        };
        Ok(Self { pages: find(&inputs.docs, PAGES)?, documents: find(&inputs.openapi, DOCUMENTS)? })
    }
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
    /// The files that say something of one service only, by its name. No other service depends on them.
    pub files_of: BTreeMap<String, Vec<String>>,
    /// Whether no service document refers to another file.
    pub is_isolated: bool,
    /// What was wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads the documents of a provider and joins them.
///
/// # Errors
/// When a folder or file cannot be read. What is wrong *inside* a file is a diagnostic.
pub fn read(inputs: &Inputs) -> Result<Reading, SourceError> {
    read_files(inputs, &Files::find(inputs)?)
}

/// Reads some files of a provider and joins them.
pub(crate) fn read_files(inputs: &Inputs, files: &Files) -> Result<Reading, SourceError> {
    let sources = |paths: &[PathBuf]| paths.iter().map(|path| Source::read(path)).collect::<Result<Vec<_>, _>>();
    Ok(join(inputs, &sources(&files.pages)?, &sources(&files.documents)?))
}

/// The same for texts at hand.
pub fn join(inputs: &Inputs, page_sources: &[Source], documents: &[Source]) -> Reading {
    join_pages(inputs, &read_pages(inputs, page_sources), documents)
}

/// What pages say, one by one.
pub(crate) fn read_pages(inputs: &Inputs, sources: &[Source]) -> Vec<Page> {
    threads::map(sources, inputs.jobs(), |source| read_page(&source.path, &source.text))
}

/// The same for pages that were read already.
pub fn join_pages(inputs: &Inputs, pages: &[Page], documents: &[Source]) -> Reading {
    let (provider, mut diagnostics) = read_documents(inputs, pages, documents, None);
    let (mut provider, mut findings) = merge::merge(provider, pages);
    diagnostics.append(&mut findings);
    if !inputs.services.is_empty() {
        let wanted = |name: &str| inputs.services.iter().any(|service| service == name);
        provider.services.to_mut().retain(|service| wanted(service.name.as_str()));
    }
    diagnostics.append(&mut inputs.selection.apply(&mut provider));
    Reading {
        files_of: files_of(&provider, pages),
        is_isolated: !documents.iter().any(refers_to_others),
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

/// What documents say, without the pages: of one service, or of all.
pub(crate) fn read_documents(
    inputs: &Inputs,
    pages: &[Page],
    documents: &[Source],
    only: Option<&str>,
) -> (Provider, Vec<Diagnostic>) {
    let name = if inputs.provider.is_empty() {
        merge::provider_of(pages).unwrap_or_default()
    } else {
        inputs.provider.clone()
    };
    if documents.is_empty() {
        return (Provider::new(ProviderName::from(name)), Vec::new());
    }
    let options =
        openapi::Options { mapping: &inputs.mapping, jobs: inputs.jobs(), only, ..openapi::Options::default() };
    openapi::read_provider_with(documents, &name, &options)
}

/// Whether a service document has a reference that leads out of it. Told by its text, and rather once too often.
pub(crate) fn refers_to_others(document: &Source) -> bool {
    // The document of a provider does nothing but refer to others.
    if document.path.ends_with("provider.yaml") {
        return false;
    }
    memchr::memmem::find_iter(document.text.as_bytes(), "$ref").any(|at| {
        let rest = document.text.get(at + "$ref".len()..).unwrap_or_default();
        let rest = rest.trim_start_matches(['"', '\'']).trim_start();
        let value = rest
            .strip_prefix(':')
            .map(|value| value.trim_start().trim_start_matches(['"', '\'', '>', '|', '-', '\n', ' ']));
        value.is_some_and(|value| !value.starts_with('#'))
    })
}

fn files_of(provider: &Provider, pages: &[Page]) -> BTreeMap<String, Vec<String>> {
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for service in provider.services.iter().filter(|service| !service.origin.is_unknown()) {
        files.entry(service.name.to_string()).or_default().push(service.origin.file.to_string());
    }
    for page in pages {
        if let Some(id) = &page.id {
            files.entry(id.service().to_owned()).or_default().push(page.path.clone());
        }
    }
    files
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
