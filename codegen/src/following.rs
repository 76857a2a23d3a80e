//! A target that follows its documents while somebody edits them.
//!
//! What a run knows stays in memory, so that a saved page costs reading and emitting its service and nothing else: no
//! folder is searched and no cache is read. What is to be remembered is written after the output was, by
//! [`Follower::remember`]. Whatever a page cannot be told to concern alone is done as ever.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::generation::{Done, Run};
use crate::reading::Files;
use crate::source::portable;
use crate::{Generation, GenerationError, Mode, Step, Target, Trust};

/// A target and what is known of it.
pub struct Follower<'t> {
    target: &'t Target,
    files: Files,
    done: Done,
}

impl Target {
    /// Brings the output up to date, and stays ready to do it again.
    ///
    /// # Errors
    /// When files cannot be read or written.
    pub fn follow(&self, trust: Trust, progress: &(dyn Fn(Step) + Sync)) -> Result<Follower<'_>, GenerationError> {
        let files = Files::find(&self.inputs)?;
        let done = Run { target: self, mode: Mode::Write, progress, files: &files }.run(trust)?;
        let follower = Follower { target: self, files, done };
        follower.remember()?;
        Ok(follower)
    }
}

impl Follower<'_> {
    /// What came of the last run.
    pub fn generation(&self) -> &Generation {
        &self.done.generation
    }

    /// Brings the output up to date after these files were saved, made or removed; `None` when they changed nothing.
    ///
    /// # Errors
    /// When files cannot be read or written.
    pub fn update(&mut self, touched: &[PathBuf]) -> Result<Option<&Generation>, GenerationError> {
        let present: Vec<PathBuf> = touched.iter().filter(|path| path.is_file()).cloned().collect();
        let changed = self.done.cache.changed_among(touched, &present);
        if changed.is_empty() {
            return Ok(None);
        }
        self.done = match self.services(&changed)? {
            Some(done) => done,
            None => {
                self.files = Files::find(&self.target.inputs)?;
                self.run(&self.files).run(Trust::Cache)?
            }
        };
        Ok(Some(&self.done.generation))
    }

    /// Writes what the next run is to know, and what the output was made of.
    ///
    /// # Errors
    /// When the lock cannot be written.
    pub fn remember(&self) -> Result<(), GenerationError> {
        self.done.remember(self.target, Mode::Write)
    }

    /// Does only the services that the changed files are of; `None` when they are not of services alone.
    fn services(&self, changed: &BTreeSet<String>) -> Result<Option<Done>, GenerationError> {
        let cache = &self.done.cache;
        if self.done.generation.has_errors() || changed.iter().any(|name| !cache.inputs.contains_key(name)) {
            return Ok(None);
        }
        // What was written was so a moment ago; the files of a service that is emitted are compared in any case.
        let known: BTreeSet<String> = cache.outputs.keys().cloned().collect();
        let Some(stale) = cache.stale_services(changed, &known) else { return Ok(None) };
        // Pages of no service say nothing of one.
        let owned: BTreeSet<&str> =
            cache.services.iter().flat_map(|service| service.inputs.iter().map(String::as_str)).collect();
        let pages = self.files.pages.iter().filter(|page| owned.contains(portable(page).as_str())).cloned();
        let files = Files { pages: pages.collect(), documents: self.files.documents.clone() };
        self.run(&files).services(cache, &stale, &known)
    }

    fn run<'r>(&'r self, files: &'r Files) -> Run<'r> {
        Run { target: self.target, mode: Mode::Write, progress: &|_| (), files }
    }
}
