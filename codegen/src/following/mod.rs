//! A target that follows its documents while somebody edits them.
//!
//! What a run knows stays in memory, and so do the services as they were read ([`model`]): all of them after a while, one
//! whenever there is time ([`Follower::prepare`]). A saved page then costs reading it, joining it with its resource,
//! naming its service and emitting the resource; no folder is searched and no cache is read. What is to be remembered is
//! written after the output was, by [`Follower::remember`]. Whatever a page cannot be told to concern alone is done as ever.

mod model;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use self::model::{Changed, Model, ServiceFiles, Update};
use crate::cache::Stamp;
use crate::emit::{self, GeneratedFile, GivenNames, Layout, SURFACE, ServiceSummary};
use crate::hash::ContentHash;
use crate::output::{self, Difference, DifferenceKind};
use crate::reading::Files;
use crate::run::{Done, Run, is_same_provider};
use crate::source::portable;
use crate::{Generation, GenerationError, Mode, Step, Target, Trust, openapi};

/// A target and what is known of it.
pub struct Follower<'t> {
    target: &'t Target,
    files: Files,
    done: Done,
    /// The services that were read, by their places; `None` for one that has to be done as ever.
    known: BTreeMap<usize, Option<Known>>,
}

/// A service that was read.
struct Known {
    model: Model,
    files: ServiceFiles,
    /// What [`emit::common`] says of it.
    common: u64,
}

/// What was emitted of a service.
struct Emitted {
    summary: ServiceSummary,
    files: Vec<GeneratedFile>,
    /// Whether that is all of it, or only what may have changed.
    is_whole: bool,
}

impl Target {
    /// Brings the output up to date, and stays ready to do it again.
    ///
    /// # Errors
    /// When files cannot be read or written.
    pub fn follow(&self, trust: Trust, progress: &(dyn Fn(Step) + Sync)) -> Result<Follower<'_>, GenerationError> {
        let files = Files::find(&self.inputs)?;
        let done = Run { target: self, mode: Mode::Write, progress, files: &files }.run(trust)?;
        let mut follower = Follower { target: self, files, done, known: BTreeMap::new() };
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
        if !self.one_service(&changed, &present)? {
            // What is gone may be all that there was of a service.
            let is_gone = |name: &String| !present.iter().any(|path| portable(path) == *name);
            let services = if changed.iter().any(is_gone) { None } else { self.services(&changed)? };
            self.done = match services {
                Some(done) => done,
                None => {
                    self.files = Files::find(&self.target.inputs)?;
                    self.known.clear();
                    self.run(&self.files).run(Trust::Cache)?
                }
            };
        }
        Ok(Some(&self.done.generation))
    }

    /// Writes what the next run is to know, and what the output was made of.
    ///
    /// # Errors
    /// When the lock cannot be written.
    pub fn remember(&mut self) -> Result<(), GenerationError> {
        self.done.remember(self.target, Mode::Write)
    }

    /// Reads one more service, the largest first, so that it is at hand when it is edited; whether there was one.
    ///
    /// # Errors
    /// When files cannot be read.
    pub fn prepare(&mut self) -> Result<bool, GenerationError> {
        let cache = &self.done.cache;
        if !self.can_know_services() {
            return Ok(false);
        }
        let size = |place: &usize| {
            let inputs = cache.services.get(*place).into_iter().flat_map(|service| &service.inputs);
            inputs.filter_map(|name| cache.inputs.get(name)).map(|stamp| stamp.size).max()
        };
        let unknown = (0..cache.services.len()).filter(|place| !self.known.contains_key(place));
        let Some(place) = unknown.max_by_key(size) else { return Ok(false) };
        let known = self.read(place)?;
        let files: Vec<PathBuf> =
            known.iter().flat_map(|known| known.files.pages.iter().chain(&known.files.documents)).cloned().collect();
        // What is saved just now has yet to be told, and the output was made of what was there before.
        let is_current = cache.changed_among(&files, &files).is_empty();
        if is_current {
            self.known.insert(place, known);
        }
        Ok(is_current)
    }

    /// Whether services can be told from each other.
    fn can_know_services(&self) -> bool {
        let cache = &self.done.cache;
        cache.is_isolated && !self.done.generation.has_errors() && self.target.inputs.selection.is_everything()
    }

    fn read(&self, place: usize) -> Result<Option<Known>, GenerationError> {
        let cache = &self.done.cache;
        let Some(service) = cache.services.get(place) else { return Ok(None) };
        let own: BTreeSet<&str> = service.inputs.iter().map(String::as_str).collect();
        let is_own = |path: &&PathBuf| own.contains(portable(path).as_str());
        let files = ServiceFiles {
            name: service.summary.name.clone(),
            pages: self.files.pages.iter().filter(is_own).cloned().collect(),
            documents: (self.files.documents.iter())
                .filter(|path| is_own(path) || openapi::is_of_all(&portable(path)))
                .cloned()
                .collect(),
        };
        let Some(model) = Model::read(&self.target.inputs, &files)? else { return Ok(None) };
        if !is_same_provider(model.provider(), &cache.provider) {
            return Ok(None);
        }
        let common = self.common(place, &model);
        Ok(common.map(|common| Known { model, files, common }))
    }

    /// The names that a service was given.
    fn surface(&self, place: usize) -> String {
        let outputs = self.done.cache.services.get(place).into_iter().flat_map(|service| &service.outputs);
        let path = outputs.filter(|path| path.ends_with(SURFACE)).map(|path| self.target.out.join(path)).next();
        path.and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default()
    }

    /// Does what one saved file of a known service changed; whether that was all.
    fn one_service(&mut self, changed: &BTreeSet<String>, present: &[PathBuf]) -> Result<bool, GenerationError> {
        let places: BTreeSet<usize> = changed.iter().filter_map(|name| self.place_of(name)).collect();
        let known = places.first().and_then(|place| Some((*place, self.known.remove(place)??)));
        let Some((place, mut known)) = known.filter(|_| self.can_know_services()) else { return Ok(false) };
        let saved = present.iter().find(|path| changed.contains(&portable(path)));
        let (Some(saved), 1) = (saved, changed.len()) else { return Ok(false) };
        // From before it is read: what is saved meanwhile is another change.
        let Some(stamp) = Stamp::read(saved) else { return Ok(false) };
        let Some(update) = known.model.take(&self.target.inputs, &known.files, saved)? else { return Ok(false) };
        if !is_same_provider(known.model.provider(), &self.done.cache.provider) {
            return Ok(false);
        }
        let is_done = self.publish(place, &mut known, update)?;
        if is_done {
            self.done.cache.inputs.insert(portable(saved), stamp);
            self.known.insert(place, Some(known));
        }
        Ok(is_done)
    }

    /// The service that a file is of.
    fn place_of(&self, name: &str) -> Option<usize> {
        self.done.cache.services.iter().position(|service| service.inputs.iter().any(|input| input == name))
    }

    /// Emits what an update changed and writes it; whether it could be done so.
    fn publish(&mut self, place: usize, known: &mut Known, update: Update) -> Result<bool, GenerationError> {
        let Target { options, out, .. } = self.target;
        let Some(Emitted { summary, mut files, is_whole }) = self.emit(place, known, &update.changed)? else {
            return Ok(false);
        };
        let layout = self.done.cache.layout;
        let mut summaries: Vec<ServiceSummary> =
            self.done.cache.services.iter().map(|service| service.summary.clone()).collect();
        if let Some(other) = summaries.get_mut(place) {
            *other = summary.clone();
        }
        if options.layout.unwrap_or_else(|| Layout::for_services(&summaries)) != layout {
            return Ok(false);
        }
        let own: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
        files.extend(emit::emit_root(&self.done.cache.provider, &summaries, options, layout));
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut differences = output::compare_only(out, &files, options.jobs)?;
        if is_whole {
            differences.extend(self.gone(place, &own));
        }
        output::apply_with(out, &differences, &files, options.jobs)?;

        let cache = &mut self.done.cache;
        for file in &files {
            let stamp = Stamp::of(&out.join(&file.path), ContentHash::of(file.text.as_bytes()));
            cache.outputs.extend(stamp.map(|stamp| (file.path.clone(), stamp)));
        }
        cache.outputs.retain(|path, _| {
            !differences.iter().any(|other| other.path == *path && matches!(other.kind, DifferenceKind::Extra { .. }))
        });
        if let Some(cached) = cache.services.get_mut(place) {
            cached.summary = summary;
            if is_whole {
                cached.outputs = own;
            }
            cache.findings.retain(|file, _| !cached.inputs.contains(file));
        }
        cache.findings.extend(known.model.findings().clone());
        if is_whole {
            known.common = self.common(place, &known.model).unwrap_or_default();
        }
        self.done.generation =
            self.run(&self.files).generation(&self.done.cache, update.diagnostics, files, differences);
        self.done.is_worth_keeping = true;
        Ok(true)
    }

    /// Emits of a service what changed, or all of it where that cannot be told.
    fn emit(&self, place: usize, known: &Known, changed: &Changed) -> Result<Option<Emitted>, GenerationError> {
        let options = &self.target.options;
        let (provider, layout) = (known.model.provider(), self.done.cache.layout);
        let (Some(service), Some(cached)) = (known.model.service(), self.done.cache.services.get(place)) else {
            return Ok(None);
        };
        if matches!(changed, Changed::Some(changed) if changed.is_empty()) {
            let summary = cached.summary.clone();
            return Ok(Some(Emitted { summary, files: Vec::new(), is_whole: false }));
        }
        let surface = self.surface(place);
        let given = GivenNames::from_surfaces([surface.as_str()]);
        let named = (service, cached.summary.module.as_str());
        let again = match changed {
            Changed::Some(changed) => {
                emit::emit_again(provider, named, options, layout, &given, (known.common, changed))?
            }
            Changed::Anything => None,
        };
        let is_whole = again.is_none();
        let code = match again {
            Some(code) => Some(code),
            None => emit::emit_services(provider, &[named], options, layout, &given, &|| ())?.pop(),
        };
        Ok(code.map(|code| {
            let mut summary = code.summary.clone();
            let files = code.into_files(provider, options, layout);
            if !is_whole {
                summary.bytes = self.length(place, &files);
            }
            Emitted { summary, files, is_whole }
        }))
    }

    /// What the code of the resources of a service takes from each other, by the names that they have.
    fn common(&self, place: usize, model: &Model) -> Option<u64> {
        let module = &self.done.cache.services.get(place)?.summary.module;
        let surface = self.surface(place);
        let given = GivenNames::from_surfaces([surface.as_str()]);
        Some(emit::common(model.service()?, module, &given))
    }

    /// How long the code of a service is with some of its files changed.
    fn length(&self, place: usize, files: &[GeneratedFile]) -> usize {
        let cache = &self.done.cache;
        let before = |path: &str| cache.outputs.get(path).and_then(|stamp| usize::try_from(stamp.size).ok());
        let length = cache.services.get(place).map_or(0, |service| service.summary.bytes);
        let code = files.iter().filter(|file| Path::new(&file.path).extension().is_some_and(|e| e == "rs"));
        code.fold(length, |length, file| {
            (length + file.text.len()).saturating_sub(before(&file.path).unwrap_or_default())
        })
    }

    /// The files of a service that it has no longer.
    fn gone(&self, place: usize, own: &[String]) -> Vec<Difference> {
        let before = self.done.cache.services.get(place).into_iter().flat_map(|service| &service.outputs);
        let gone = before.filter(|path| !own.contains(path) && self.target.out.join(path).is_file());
        gone.map(|path| Difference { path: path.clone(), kind: DifferenceKind::Extra { ours: true } }).collect()
    }

    /// Does only the services that the changed files are of; `None` when they are not of services alone.
    fn services(&mut self, changed: &BTreeSet<String>) -> Result<Option<Done>, GenerationError> {
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
        let done = self.run(&files).services(cache, &stale, &known)?;
        self.known.retain(|place, _| !stale.contains(place));
        Ok(done)
    }

    fn run<'r>(&'r self, files: &'r Files) -> Run<'r> {
        Run { target: self.target, mode: Mode::Write, progress: &|_| (), files }
    }
}
