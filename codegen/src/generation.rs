//! A target brought up to date, as those see it who ask for that: what is to be done goes in; what came of it comes out.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::emit::{self, EmitError, GeneratedFile, ServiceSummary};
use crate::lock::{LockError, Stale};
use crate::merge::has_errors;
use crate::output::{Difference, OutputError};
use crate::reading::{Files, Reading};
use crate::run::Run;
use crate::{Diagnostic, Inputs, Severity, SourceError, Target};

/// Whether the output may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is brought up to date.
    Write,
    /// It is compared only.
    Compare,
}

/// Whether the cache is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// What it knows is not done again.
    Cache,
    /// Everything is read, emitted and compared.
    Nothing,
}

/// What is being done, for those who show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many files are read.
    Reading(usize),
    /// So many services are emitted.
    Emitting(usize),
    /// One more of them is.
    Emitted,
    /// So many files are compared and written.
    Writing(usize),
}

/// What came of a target.
#[derive(Clone, Debug)]
pub struct Generation {
    /// The provider's name, as its documents say it.
    pub provider: String,
    /// How many pages there are.
    pub pages: usize,
    /// How many OpenAPI documents there are.
    pub documents: usize,
    /// Its services.
    pub services: Vec<ServiceSummary>,
    /// How many warnings and errors there are.
    pub findings: usize,
    /// What was wrong with what was read this time.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that were emitted this time.
    pub files: Vec<GeneratedFile>,
    /// How many files there are in all.
    pub file_count: usize,
    /// How the output differed from what it should be; after [`Mode::Write`] it no longer does.
    pub differences: Vec<Difference>,
    /// What of the output was not what it should be, and why, where there is a `bindery.lock`; only after
    /// [`Mode::Compare`].
    pub stale: Vec<Stale>,
    /// The wanted services that no document describes.
    pub unknown_services: Vec<String>,
}

impl Generation {
    /// What came of writing pages.
    pub fn of_pages(
        reading: Reading,
        inputs: &Inputs,
        files: Vec<GeneratedFile>,
        differences: Vec<Difference>,
    ) -> Self {
        let modules = emit::features(&reading.provider);
        let services = reading.provider.services.iter().zip(modules);
        Self {
            provider: reading.provider.name.to_string(),
            pages: reading.pages,
            documents: reading.documents,
            unknown_services: reading.unknown_services(inputs).into_iter().map(str::to_owned).collect(),
            services: services.map(|(service, module)| ServiceSummary::of(service, module, 0)).collect(),
            findings: findings(&reading.diagnostics).values().sum(),
            diagnostics: reading.diagnostics,
            file_count: files.len(),
            files,
            differences,
            stale: Vec::new(),
        }
    }

    /// Whether the documents hold errors, so that something is missing.
    pub fn has_errors(&self) -> bool {
        has_errors(&self.diagnostics)
    }
}

/// A target that could not be brought up to date.
#[derive(Debug, Error)]
pub enum GenerationError {
    /// A document cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Something cannot be emitted.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// The output cannot be read or written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// `bindery.lock` cannot be used.
    #[error(transparent)]
    Lock(#[from] LockError),
}

impl Target {
    /// Brings the output up to date, or tells how it is not.
    ///
    /// # Errors
    /// When files cannot be read or written. What is wrong inside a document is a diagnostic.
    pub fn generate(
        &self,
        mode: Mode,
        trust: Trust,
        progress: &(dyn Fn(Step) + Sync),
    ) -> Result<Generation, GenerationError> {
        let files = Files::find(&self.inputs)?;
        let mut done = Run { target: self, mode, progress, files: &files }.run(trust)?;
        done.remember(self, mode)?;
        Ok(done.generation)
    }
}

/// How many warnings and errors each file has.
pub(crate) fn findings(diagnostics: &[Diagnostic]) -> BTreeMap<String, usize> {
    let mut findings = BTreeMap::new();
    for found in diagnostics.iter().filter(|found| found.severity > Severity::Note) {
        *findings.entry(found.origin.file.to_string()).or_default() += 1;
    }
    findings
}
