//! A service as it was read, kept while its documents are edited, and brought up to date with one of them at a time.
//!
//! A saved page is read and joined with its resource: nothing else is touched. A saved document is read whole, since its
//! parts may refer to each other; the pages are not read again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use bindery_ir::{Origin, Provider, Resource, Schema, SchemaShape, Service};

use crate::docs::{Page, PageKind};
use crate::emit;
use crate::generation::findings;
use crate::merge::{self, has_errors};
use crate::reading::{read_documents, read_pages, refers_to_others};
use crate::source::portable;
use crate::{Diagnostic, Inputs, Source, SourceError, openapi};

/// A service, and what it was made of.
pub(super) struct Model {
    name: String,
    /// What its document says.
    wire: Provider,
    pages: Vec<Page>,
    /// Both joined, without the places where things were read.
    joined: Provider,
    /// How many warnings and errors each of its files has.
    findings: BTreeMap<String, usize>,
}

/// What is other than before.
pub(super) enum Changed {
    /// What is listed.
    Some(emit::Changed),
    /// Whatever it is, more than resources and the fields of objects.
    Anything,
}

/// What came of a change.
pub(super) struct Update {
    pub(super) changed: Changed,
    /// What was wrong with what was read.
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// The files of a service.
pub(super) struct ServiceFiles {
    pub(super) name: String,
    pub(super) pages: Vec<PathBuf>,
    /// Its own document, and those that say something of all services.
    pub(super) documents: Vec<PathBuf>,
}

impl Model {
    /// Reads a service; `None` for one that is not as simple as that: with errors, or with files that say more than one.
    pub(super) fn read(inputs: &Inputs, files: &ServiceFiles) -> Result<Option<Self>, SourceError> {
        let sources = |paths: &[PathBuf]| paths.iter().map(|path| Source::read(path)).collect::<Result<Vec<_>, _>>();
        let pages = read_pages(inputs, &sources(&files.pages)?);
        let mut model = Self {
            name: files.name.clone(),
            wire: Provider::new("".into()),
            pages,
            joined: Provider::new("".into()),
            findings: BTreeMap::new(),
        };
        let own = files.documents.iter().filter(|path| !openapi::is_of_all(&portable(path)));
        Ok(model.join(inputs, &sources(&files.documents)?, own).map(|_| model))
    }

    /// The provider with this service alone.
    pub(super) fn provider(&self) -> &Provider {
        &self.joined
    }

    /// The service.
    pub(super) fn service(&self) -> Option<&Service> {
        self.joined.services.first()
    }

    /// How many warnings and errors each of its files has.
    pub(super) fn findings(&self) -> &BTreeMap<String, usize> {
        &self.findings
    }

    /// Reads a file of the service that was saved. `None` when that changed more than the service, or there are errors:
    /// then the model is of no use any more.
    pub(super) fn take(
        &mut self,
        inputs: &Inputs,
        files: &ServiceFiles,
        saved: &Path,
    ) -> Result<Option<Update>, SourceError> {
        if files.pages.iter().any(|page| page == saved) {
            let source = Source::read(saved)?;
            return Ok(read_pages(inputs, &[source]).pop().and_then(|page| self.take_page(page)));
        }
        let sources = files.documents.iter().map(|path| Source::read(path)).collect::<Result<Vec<_>, _>>()?;
        let before = self.service().cloned();
        let Some(diagnostics) = self.join(inputs, &sources, std::iter::once(&saved.to_owned())) else {
            return Ok(None);
        };
        let changed = match (before, self.service()) {
            (Some(before), Some(after)) => Changed::between(&before, after),
            _ => return Ok(None),
        };
        Ok(Some(Update { changed, diagnostics }))
    }

    /// Reads the documents and joins them with the pages; what was wrong with some files.
    fn join<'f>(
        &mut self,
        inputs: &Inputs,
        documents: &[Source],
        concerned: impl Iterator<Item = &'f PathBuf>,
    ) -> Option<Vec<Diagnostic>> {
        if documents.iter().any(refers_to_others) {
            return None;
        }
        let (wire, mut found) = read_documents(inputs, &self.pages, documents, Some(&self.name));
        let (mut joined, mut of_pages) = merge::merge(wire.clone(), &self.pages);
        found.append(&mut of_pages);
        let is_alone = matches!(&*joined.services, [service] if service.name == *self.name.as_str());
        let own: BTreeSet<String> = (documents.iter().map(|source| source.path.clone()))
            .filter(|path| !openapi::is_of_all(path))
            .chain(self.pages.iter().map(|page| page.path.clone()))
            .collect();
        // What is said of other files is not true where services are missing.
        found.retain(|found| own.contains(&*found.origin.file));
        if !is_alone || has_errors(&found) {
            return None;
        }
        self.findings = findings(&found);
        joined.services.to_mut().iter_mut().for_each(forget_places);
        (self.wire, self.joined) = (wire, joined);
        let concerned: BTreeSet<String> = concerned.map(|path| portable(path)).collect();
        found.retain(|found| concerned.contains(&*found.origin.file));
        Some(found)
    }

    fn take_page(&mut self, page: Page) -> Option<Update> {
        let is_same = |other: &&mut Page| other.id == page.id;
        let id = page.id.clone().filter(|id| id.provider() == self.joined.name.as_str())?;
        let mut same = self.pages.iter_mut().filter(is_same);
        let before = same.next().filter(|before| before.path == page.path && before.kind == page.kind)?;
        if same.next().is_some() || !matches!(page.kind, PageKind::Resource | PageKind::View) {
            return None;
        }
        let service = self.wire.services.first();
        let wire = service.and_then(|service| service.resource(id.resource()));
        let wire_schemas = service.map(|service| &*service.schemas).unwrap_or_default();
        let join = |page: &Page| {
            let mut resource = wire.cloned().unwrap_or_else(|| Resource::new(id.clone()));
            let (mut schemas, mut found) = (wire_schemas.to_vec(), page.diagnostics.clone());
            merge::document(&mut resource, page, &mut schemas, &mut found);
            forget_places_of(&mut resource);
            // Rows that only the page knows are a type of the service.
            let mut row = schemas.split_off(wire_schemas.len()).pop();
            if let Some(row) = &mut row {
                row.origin = Origin::UNKNOWN;
            }
            (resource, row, found)
        };
        let ((_, row_before, gone), (resource, row, found)) = (join(before), join(&page));
        if has_errors(&found) || row.as_ref().map(|row| &row.name) != row_before.as_ref().map(|row| &row.name) {
            return None;
        }
        let joined = self.joined.services.to_mut().first_mut()?;
        let mut changed = emit::Changed::default();
        if let (Some(before), Some(row)) = (row_before, row) {
            // The pages of others may have rows of that name.
            let own = joined.schemas.to_mut().iter_mut().find(|schema| **schema == before)?;
            if *own != row {
                changed.schemas.insert(row.name.clone());
                *own = row;
            }
        }
        for (file, count) in findings(&gone) {
            let counted = self.findings.entry(file).or_default();
            *counted = counted.saturating_sub(count);
        }
        for (file, count) in findings(&found) {
            *self.findings.entry(file).or_default() += count;
        }
        self.findings.retain(|_, count| *count > 0);
        *before = page;
        let (place, own) = joined.resources.to_mut().iter_mut().enumerate().find(|(_, other)| other.id == id)?;
        if *own != resource {
            changed.resources.insert(place);
            *own = resource;
        }
        Some(Update { changed: Changed::Some(changed), diagnostics: found })
    }
}

impl Changed {
    fn between(before: &Service, after: &Service) -> Self {
        let head = |service: &Service| (service.title.clone(), service.description.clone(), service.version.clone());
        let is_same = head(before) == head(after)
            && before.schemas.len() == after.schemas.len()
            && before.schemas.iter().zip(after.schemas.iter()).all(is_as_local)
            && before.resources.len() == after.resources.len()
            && before.resources.iter().zip(after.resources.iter()).all(|(before, after)| before.id == after.id);
        if !is_same {
            return Self::Anything;
        }
        let resources = before.resources.iter().zip(after.resources.iter()).enumerate();
        let schemas = before.schemas.iter().zip(after.schemas.iter());
        Self::Some(emit::Changed {
            resources: resources.filter(|(_, (before, after))| before != after).map(|(place, _)| place).collect(),
            schemas: schemas.filter(|(before, after)| before != after).map(|(_, after)| after.name.clone()).collect(),
        })
    }
}

/// Whether a schema is the same, or only its own code can tell that it is not: that of an object names its fields.
fn is_as_local((before, after): (&Schema, &Schema)) -> bool {
    let are_objects = matches!((&before.shape, &after.shape), (SchemaShape::Struct(_), SchemaShape::Struct(_)));
    before == after || before.name == after.name && are_objects
}

/// Where things were read says nothing of them: a line more above them changes it.
fn forget_places(service: &mut Service) {
    service.origin = Origin::UNKNOWN;
    for resource in service.resources.to_mut() {
        forget_places_of(resource);
    }
    for schema in service.schemas.to_mut() {
        schema.origin = Origin::UNKNOWN;
    }
}

fn forget_places_of(resource: &mut Resource) {
    resource.origin = Origin::UNKNOWN;
    for method in resource.methods.to_mut() {
        method.origin = Origin::UNKNOWN;
        for parameter in method.parameters.to_mut() {
            parameter.origin = Origin::UNKNOWN;
        }
    }
}
