//! What has to be read and emitted again to bring a target up to date, and what need not.
//!
//! Where nothing changed since the [cache](crate::cache) was written, nothing is read at all. Where only files changed
//! that say something of one service each, only those services are read and emitted, and the files around the services
//! are made from what is known of the others. Everything else is done anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use bindery_ir::{Provider, Service};

use crate::cache::{self, Cache, CachedService, Stamp};
use crate::emit::{self, GeneratedFile, GivenNames, Layout, SURFACE, ServiceCode, ServiceSummary};
use crate::generation::{Generation, GenerationError, Mode, Step, Trust, findings};
use crate::hash::ContentHash;
use crate::lock::{self, LockedProvider, Stale};
use crate::merge::has_errors;
use crate::output::{self, Difference};
use crate::reading::{self, Files, Reading};
use crate::source::portable;
use crate::threads;
use crate::{Diagnostic, Target, openapi};

impl Target {
    /// What a cache must have been written under to be believed.
    fn key(&self) -> String {
        let mut options = self.options.clone();
        // How many threads there are changes nothing.
        options.jobs = NonZeroUsize::MIN;
        format!("{} {:?} {options:?} {}", cache::program(), self.inputs, self.out.display())
    }
}

impl Files {
    pub(crate) fn all(&self) -> Vec<PathBuf> {
        self.pages.iter().chain(&self.documents).cloned().collect()
    }

    /// The files that are not among these.
    fn without(&self, names: &BTreeSet<&str>) -> Self {
        let keep = |paths: &[PathBuf]| {
            paths.iter().filter(|path| !names.contains(portable(path).as_str())).cloned().collect::<Vec<_>>()
        };
        Self { pages: keep(&self.pages), documents: keep(&self.documents) }
    }
}

impl Cache {
    /// The services that must be emitted again, by their places, given the files that were changed and the outputs that
    /// were not; `None` when that cannot be said.
    pub(crate) fn stale_services(
        &self,
        changed: &BTreeSet<String>,
        known: &BTreeSet<String>,
    ) -> Option<BTreeSet<usize>> {
        let mut stale = BTreeSet::new();
        let mut explained = 0;
        for (index, service) in self.services.iter().enumerate() {
            let changed = service.inputs.iter().filter(|input| changed.contains(*input)).count();
            explained += changed;
            if changed > 0 || service.outputs.iter().any(|output| !known.contains(output)) {
                stale.insert(index);
            }
        }
        // A file of several services, or of none, concerns all of them.
        (explained == changed.len() && (changed.is_empty() || self.is_isolated)).then_some(stale)
    }
}

/// What came of a run, and what is to be remembered of it.
pub(crate) struct Done {
    pub(crate) generation: Generation,
    pub(crate) cache: Cache,
    /// Whether the cache is new, and true of the output.
    pub(crate) is_worth_keeping: bool,
}

impl Done {
    /// Keeps the cache and, where the output was written, what it was made of.
    pub(crate) fn remember(&mut self, target: &Target, mode: Mode) -> Result<(), GenerationError> {
        if self.is_worth_keeping {
            self.cache.know_again(&target.out);
            self.cache.store(&target.out);
        }
        match &target.lock {
            Some(path) if mode == Mode::Write => {
                lock::write(path, LockedProvider::of(target, &self.cache, &hashes(&self.cache)))
            }
            _ => Ok(()),
        }
    }
}

/// The hash of every file of an output.
fn hashes(cache: &Cache) -> BTreeMap<String, ContentHash> {
    cache.outputs.iter().map(|(path, stamp)| (path.clone(), stamp.hash.clone())).collect()
}

/// One target on its way.
pub(crate) struct Run<'r> {
    pub(crate) target: &'r Target,
    pub(crate) mode: Mode,
    pub(crate) progress: &'r (dyn Fn(Step) + Sync),
    pub(crate) files: &'r Files,
}

impl Run<'_> {
    /// Does what has to be done.
    pub(crate) fn run(&self, trust: Trust) -> Result<Done, GenerationError> {
        let cache = match trust {
            Trust::Cache => Cache::load(&self.target.out, &self.target.key()),
            Trust::Nothing => None,
        };
        let Some(cache) = cache else { return self.everything() };
        let changed = cache.changed_inputs(&self.files.all());
        let known = cache.known_outputs(&self.target.out);
        match cache.stale_services(&changed, &known) {
            Some(stale) => match self.services(&cache, &stale, &known)? {
                Some(done) => Ok(done),
                None => self.everything(),
            },
            None => self.everything(),
        }
    }

    /// Reads and emits everything.
    pub(crate) fn everything(&self) -> Result<Done, GenerationError> {
        let Target { inputs, options, .. } = self.target;
        (self.progress)(Step::Reading(self.files.pages.len() + self.files.documents.len()));
        let reading = reading::read_files(inputs, self.files)?;
        (self.progress)(Step::Emitting(reading.provider.services.len()));
        let surfaces = output::surfaces(&self.target.out);
        let given = GivenNames::from_surfaces(surfaces.iter().map(String::as_str));
        let emitted = || (self.progress)(Step::Emitted);
        let (emitted, layout) = emit::emit_all(&reading.provider, options, &given, &emitted)?;
        let summaries: Vec<ServiceSummary> = emitted.iter().map(|service| service.summary.clone()).collect();

        let mut cache = Cache::new(self.target.key(), &reading.provider, layout);
        cache.is_isolated = reading.is_isolated;
        cache.pages = reading.pages;
        cache.findings = findings(&reading.diagnostics);
        let mut files = Vec::new();
        for service in emitted {
            let summary = service.summary.clone();
            let own = service.into_files(&reading.provider, options, layout);
            cache.services.push(CachedService {
                inputs: reading.files_of.get(&summary.name).cloned().unwrap_or_default(),
                outputs: own.iter().map(|file| file.path.clone()).collect(),
                summary,
            });
            files.extend(own);
        }
        files.extend(emit::emit_root(&reading.provider, &summaries, options, layout));
        cache.inputs = stamps(&self.files.all());
        let (differences, reasons) = self.bring_up_to_date(&mut files, &BTreeSet::new(), &mut cache)?;
        let is_true = !has_errors(&reading.diagnostics) && (self.mode == Mode::Write || differences.is_empty());
        let generation =
            Generation { stale: reasons, ..self.generation(&cache, reading.diagnostics, files, differences) };
        Ok(Done { generation, cache, is_worth_keeping: is_true })
    }

    /// Reads and emits some services, and trusts the cache for the others. `None` when what was read is not what the
    /// cache expects.
    pub(crate) fn services(
        &self,
        cache: &Cache,
        stale: &BTreeSet<usize>,
        known: &BTreeSet<String>,
    ) -> Result<Option<Done>, GenerationError> {
        let Target { inputs, options, .. } = self.target;
        let of_others = cache.services.iter().enumerate().filter(|(index, _)| !stale.contains(index));
        let not_needed: BTreeSet<&str> =
            of_others.flat_map(|(_, service)| service.inputs.iter().map(String::as_str)).collect();
        let mut cache = cache.clone();
        let (mut files, mut diagnostics) = (Vec::new(), Vec::new());
        if !stale.is_empty() {
            let mut needed = self.files.without(&not_needed);
            // What is not bound is read by nobody, where no document refers to another.
            let bound: BTreeSet<&str> =
                cache.services.iter().flat_map(|service| service.inputs.iter().map(String::as_str)).collect();
            needed.documents.retain(|path| {
                let path = portable(path);
                !cache.is_isolated || bound.contains(path.as_str()) || openapi::is_of_all(&path)
            });
            (self.progress)(Step::Reading(needed.pages.len() + needed.documents.len()));
            let reading = reading::read_files(inputs, &needed)?;
            let Some(emitted) = self.emit_stale(&cache, stale, &reading)? else { return Ok(None) };
            let own: BTreeSet<String> = (stale.iter().filter_map(|index| cache.services.get(*index)))
                .flat_map(|service| service.inputs.iter().cloned())
                .collect();
            // What is said of other files is not true where services are missing.
            diagnostics = reading.diagnostics;
            diagnostics.retain(|found| own.contains(&*found.origin.file));
            if has_errors(&diagnostics) {
                return Ok(None);
            }
            cache.findings.retain(|file, _| !own.contains(file));
            cache.findings.extend(findings(&diagnostics));
            for (index, service) in emitted {
                let Some(cached) = cache.services.get_mut(index) else { continue };
                cached.summary = service.summary.clone();
                let own = service.into_files(&reading.provider, options, cache.layout);
                cached.outputs = own.iter().map(|file| file.path.clone()).collect();
                cached.inputs = reading.files_of.get(&cached.summary.name).cloned().unwrap_or_default();
                files.extend(own);
            }
            cache.inputs.extend(stamps(&needed.all()));
        }
        let summaries: Vec<ServiceSummary> = cache.services.iter().map(|service| service.summary.clone()).collect();
        let layout = options.layout.unwrap_or_else(|| Layout::for_services(&summaries));
        if layout != cache.layout {
            return Ok(None);
        }
        files.extend(emit::emit_root(&cache.provider, &summaries, options, layout));
        let (differences, reasons) = self.bring_up_to_date(&mut files, known, &mut cache)?;
        let is_new = !stale.is_empty() || !differences.is_empty();
        let is_worth_keeping = is_new && (self.mode == Mode::Write || differences.is_empty());
        let generation = Generation { stale: reasons, ..self.generation(&cache, diagnostics, files, differences) };
        Ok(Some(Done { generation, cache, is_worth_keeping }))
    }

    /// The code of the stale services, with their places; `None` when others were read, or the provider is another.
    fn emit_stale(
        &self,
        cache: &Cache,
        stale: &BTreeSet<usize>,
        reading: &Reading,
    ) -> Result<Option<Vec<(usize, ServiceCode)>>, GenerationError> {
        let expected: Vec<&CachedService> = stale.iter().filter_map(|index| cache.services.get(*index)).collect();
        let read: Vec<&Service> = reading.provider.services.iter().collect();
        let is_same = read.len() == expected.len()
            && read.iter().zip(&expected).all(|(read, expected)| read.name.as_str() == expected.summary.name)
            && is_same_provider(&reading.provider, &cache.provider);
        if !is_same {
            return Ok(None);
        }
        let services: Vec<(&Service, &str)> =
            read.into_iter().zip(expected.iter().map(|expected| expected.summary.module.as_str())).collect();
        (self.progress)(Step::Emitting(services.len()));
        let emitted = || (self.progress)(Step::Emitted);
        let Target { options, out, .. } = self.target;
        let outputs = expected.iter().flat_map(|service| &service.outputs).filter(|path| path.ends_with(SURFACE));
        let surfaces: Vec<String> = outputs.filter_map(|path| fs::read_to_string(out.join(path)).ok()).collect();
        let given = GivenNames::from_surfaces(surfaces.iter().map(String::as_str));
        let emitted = emit::emit_services(&reading.provider, &services, options, cache.layout, &given, &emitted)?;
        Ok(Some(stale.iter().copied().zip(emitted).collect()))
    }

    /// Compares the output with what it should be and says why it is not or, if that is asked for, makes it so.
    fn bring_up_to_date(
        &self,
        files: &mut [GeneratedFile],
        known: &BTreeSet<String>,
        cache: &mut Cache,
    ) -> Result<(Vec<Difference>, Vec<Stale>), GenerationError> {
        let out = &self.target.out;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        (self.progress)(Step::Writing(files.len()));
        let expected: BTreeSet<&String> = cache.services.iter().flat_map(|service| &service.outputs).collect();
        let untouched: BTreeSet<&str> =
            known.iter().filter(|path| expected.contains(path)).map(String::as_str).collect();
        let jobs = self.target.options.jobs;
        let differences = output::compare_with(out, files, &untouched, jobs)?;
        if self.mode == Mode::Write {
            output::apply_with(out, &differences, files, jobs)?;
        }
        let hash = |file: &GeneratedFile| (file.path.clone(), ContentHash::of(file.text.as_bytes()));
        let emitted: BTreeMap<String, ContentHash> = threads::map(files, jobs, hash).into_iter().collect();
        let mut stamps = std::mem::take(&mut cache.outputs);
        stamps.retain(|path, _| untouched.contains(path.as_str()) && !emitted.contains_key(path));
        let mut hashes: BTreeMap<String, ContentHash> =
            stamps.iter().map(|(path, stamp)| (path.clone(), stamp.hash.clone())).collect();
        stamps.extend(
            emitted.iter().filter_map(|(path, hash)| Some((path.clone(), Stamp::of(&out.join(path), hash.clone())?))),
        );
        cache.outputs = stamps;
        hashes.extend(emitted);
        let reasons = self.explain(cache, &hashes, &differences)?;
        Ok((differences, reasons))
    }

    /// Why the output is stale, where it is compared only and there is a lock.
    fn explain(
        &self,
        cache: &Cache,
        outputs: &BTreeMap<String, ContentHash>,
        differences: &[Difference],
    ) -> Result<Vec<Stale>, GenerationError> {
        let Some(path) = self.target.lock.as_ref().filter(|_| self.mode == Mode::Compare) else {
            return Ok(Vec::new());
        };
        let locked = lock::read(path, &self.target.inputs.provider)?;
        let provider = LockedProvider::of(self.target, cache, outputs);
        Ok(provider.explain(locked.as_ref(), outputs, differences, &self.target.out))
    }

    pub(crate) fn generation(
        &self,
        cache: &Cache,
        diagnostics: Vec<Diagnostic>,
        files: Vec<GeneratedFile>,
        differences: Vec<Difference>,
    ) -> Generation {
        let services: Vec<ServiceSummary> = cache.services.iter().map(|service| service.summary.clone()).collect();
        let wanted = self.target.inputs.services.iter();
        let emitted: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        let outputs = cache.services.iter().flat_map(|service| &service.outputs);
        let kept = outputs.filter(|path| !emitted.contains(path.as_str())).count();
        Generation {
            provider: cache.provider.name.to_string(),
            pages: self.files.pages.len(),
            documents: self.files.documents.len(),
            unknown_services: (wanted.filter(|name| !services.iter().any(|service| service.name == **name)))
                .cloned()
                .collect(),
            services,
            findings: cache.findings.values().sum(),
            diagnostics,
            file_count: files.len() + kept,
            files,
            differences,
            stale: Vec::new(),
        }
    }
}

/// Whether two providers are the same but for their services.
pub(crate) fn is_same_provider(one: &Provider, other: &Provider) -> bool {
    let mut one = one.clone();
    one.services = Vec::new().into();
    one == *other
}

fn stamps(paths: &[PathBuf]) -> BTreeMap<String, Stamp> {
    paths.iter().filter_map(|path| Some((portable(path), Stamp::read(path)?))).collect()
}
