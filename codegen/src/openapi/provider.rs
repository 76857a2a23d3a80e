//! `provider.yaml` and the documents it names → a [`Provider`].

use std::collections::HashSet;

use bindery_ir::{Origin, Provider, ProviderName, Service, Text};

use super::config::Config;
use super::corrections::Corrections;
use super::document::{Cursor, Document};
use super::library::{Library, Shelf};
use super::pagination::is_switched_off;
use super::service::{self, Context};
use super::{Options, auth, derive, swagger, vocabulary};
use crate::names::is_harmless;
use crate::{Diagnostic, PathPattern, Severity, Source, threads};

/// The file that names a provider's services.
const PROVIDER_DOCUMENT: &str = "provider.yaml";

/// Reads a provider.
pub(crate) fn read(sources: &[Source], name: &str, options: &Options<'_>) -> (Provider, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let is_corrections = |source: &&Source| Corrections::is_called_so(file_name(&source.path));
    let stated = options.corrections.or_else(|| sources.iter().find(is_corrections));
    let corrections = stated.map(|source| Corrections::read(source, &mut diagnostics)).unwrap_or_default();
    let shelf = Shelf::new(sources);
    let reader = Reader {
        sources: sources.iter().filter(|source| !is_corrections(source)).collect(),
        library: &shelf,
        corrections: &corrections,
        options,
    };
    let main = reader.sources.iter().copied().find(|source| file_name(&source.path) == PROVIDER_DOCUMENT);
    let provider = match main {
        Some(main) => reader.listed(main, name, &mut diagnostics),
        None => reader.unlisted(name, &mut diagnostics),
    };
    corrections.report_unused(&mut diagnostics);
    diagnostics.extend(shelf.into_diagnostics());
    (provider, diagnostics)
}

/// What services are read with.
struct Reader<'r> {
    sources: Vec<&'r Source>,
    library: &'r dyn Library,
    corrections: &'r Corrections,
    options: &'r Options<'r>,
}

/// A service that is to be read.
struct Task<'r> {
    source: &'r Source,
    name: &'r str,
    /// Its entry in `provider.yaml`.
    entry: Option<Cursor<'r>>,
}

/// What came of a document.
struct ReadDocument<'r> {
    services: Vec<Service>,
    /// The ids of operations that the mapping states something about.
    mapped: Vec<&'r str>,
}

impl<'r> Reader<'r> {
    /// Reads the services that `provider.yaml` lists.
    fn listed(&self, main: &Source, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Provider {
        let Some(document) = self.document(main, diagnostics) else {
            return Provider::new(ProviderName::from(name));
        };
        let root = document.root(self.library);
        // What a provider is called in SQL is its name, whatever its folder is called.
        let stated = root.text_of("name").or_else(|| root.text_of("id")).unwrap_or(name);
        let mut provider = Provider::new(ProviderName::from(stated));
        provider.title = root.prose("title");
        provider.description = root.prose("description");
        provider.version = root.prose("version");
        provider.origin = root.origin();
        if !is_harmless(stated) {
            let message = format!("a provider cannot be called `{}`", stated.escape_debug());
            diagnostics.push(root.finding(Severity::Error, "openapi/bad-name", message).assuming("nothing was read"));
            return provider;
        }
        vocabulary::check_provider(root, diagnostics);
        if let Some(block) = root.path(&["config", "auth"]) {
            (provider.auth, provider.auth_block) = auth::read(block, diagnostics);
        }

        let mut tasks = Vec::new();
        let mut listed: Vec<&str> = vec![&main.path];
        let is_wanted = |key: &str| self.options.only.is_none_or(|only| only == key);
        let entries = root.get("providerServices").into_iter().flat_map(Cursor::entries);
        for (key, entry) in entries.filter(|(key, _)| is_wanted(key)) {
            let reference = entry.get("service").and_then(Cursor::reference);
            let reference = reference.map_or_else(|| format!("services/{key}.yaml"), str::to_owned);
            let Some(source) = self.find(&reference) else {
                let message = format!("the document `{reference}` of the service `{key}` is not there");
                diagnostics.push(
                    entry
                        .finding(Severity::Warning, "openapi/missing-service", message)
                        .assuming("the service is left out")
                        .with_hint("add the document, or remove the service from providerServices"),
                );
                continue;
            };
            listed.push(&source.path);
            tasks.push(Task { source, name: key, entry: Some(entry) });
        }
        let config = Config::default().within([root.get("config")]);
        provider.services = self.services(&tasks, stated, &config, diagnostics).into();
        let is_unlisted = |source: &&&Source| !listed.contains(&source.path.as_str());
        for source in self.sources.iter().filter(is_unlisted).filter(|_| self.options.only.is_none()) {
            let origin = Origin::line(source.path.clone(), 0);
            diagnostics.push(
                Diagnostic::note("openapi/unlisted-service", origin, "provider.yaml does not name this document")
                    .assuming("it is read only where others refer to it")
                    .with_hint("add it to providerServices"),
            );
        }
        provider
    }

    /// Reads every document as a service that is called as its file.
    fn unlisted(&self, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Provider {
        let mut provider = Provider::new(ProviderName::from(name));
        if !is_harmless(name) {
            let message = format!("a provider cannot be called `{}`", name.escape_debug());
            let finding = Diagnostic::error("openapi/bad-name", Origin::UNKNOWN, message);
            diagnostics.push(finding.assuming("nothing was read").with_hint("name it with --provider"));
            return provider;
        }
        diagnostics.push(
            Diagnostic::note("openapi/no-provider-document", Origin::UNKNOWN, format!("`{name}` has no provider.yaml"))
                .assuming("every document is a service called as its file"),
        );
        let tasks: Vec<Task<'_>> = (self.sources.iter())
            .map(|source| {
                let file = file_name(&source.path);
                Task { source, name: file.rsplit_once('.').map_or(file, |(stem, _)| stem), entry: None }
            })
            .collect();
        provider.services = self.services(&tasks, name, &Config::default(), diagnostics).into();
        provider
    }

    /// Reads documents, as many at once as was asked for; what comes out is in their order.
    fn services(
        &self,
        tasks: &[Task<'_>],
        provider: &str,
        config: &Config<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Service> {
        let read = threads::map(tasks, self.options.jobs, |task| {
            let mut found = Vec::new();
            let document = self.services_of(task, provider, config, &mut found);
            (document, found)
        });
        let mut services: Vec<Service> = Vec::new();
        let mut names = HashSet::new();
        let mut mapped = HashSet::new();
        for (document, mut found) in read {
            let Some(document) = document else {
                diagnostics.append(&mut found);
                continue;
            };
            diagnostics.append(&mut found);
            mapped.extend(document.mapped);
            for service in document.services {
                if names.insert(service.name.clone()) {
                    services.push(service);
                } else {
                    diagnostics.push(duplicate(&service));
                }
            }
        }
        if self.options.only.is_none() {
            let mapping = self.options.mapping;
            let unused = mapping.operation.iter().filter(|operation| !mapped.contains(operation.id.as_str()));
            diagnostics.extend(unused.map(|operation| unused_mapping(&operation.id)));
            let unused = mapping.first_page_only.iter().filter(|pattern| !is_used(pattern, &services));
            diagnostics.extend(unused.map(unused_pattern));
        }
        services
    }

    /// Reads the services of a document.
    fn services_of(
        &self,
        task: &Task<'_>,
        provider: &str,
        config: &Config<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<ReadDocument<'r>> {
        if !is_harmless(task.name) {
            let message = format!("a service cannot be called `{}`", task.name.escape_debug());
            let origin = task.entry.map_or_else(|| Origin::line(task.source.path.clone(), 0), Cursor::origin);
            diagnostics
                .push(Diagnostic::error("openapi/bad-name", origin, message).assuming("the service is left out"));
            return None;
        }
        let document = self.document(task.source, diagnostics)?;
        let root = document.root(self.library);
        if !swagger::is_readable(root, task.entry.is_some(), diagnostics) {
            return None;
        }
        let entry_config = task.entry.and_then(|entry| entry.get("config"));
        let mapping = self.options.mapping;
        let context = Context {
            provider,
            name: task.name,
            config: config.within([root.get("x-stackQL-config"), entry_config]),
            mapping,
        };
        let mut services = service::read(root, &context, diagnostics);
        if let (Some(entry), [service]) = (task.entry, services.as_mut_slice()) {
            let prefer = |stated: Text, own: &mut Text| {
                if !stated.is_empty() {
                    *own = stated;
                }
            };
            prefer(entry.prose("title"), &mut service.title);
            prefer(entry.prose("description"), &mut service.description);
        }
        let is_derived = service::stated(root, mapping).is_none();
        let mapped = if is_derived { derive::mapped(root, mapping) } else { Vec::new() };
        Some(ReadDocument { services, mapped })
    }

    /// Parses a document and corrects it.
    fn document<'t>(&self, source: &'t Source, diagnostics: &mut Vec<Diagnostic>) -> Option<Document<'t>> {
        let document = Document::parse(source, diagnostics)?;
        Some(self.corrections.apply(document, diagnostics))
    }

    /// The document that a service's `$ref` means.
    ///
    /// References are written from the root of a registry (`azure/v1/services/web.yaml`) or from `provider.yaml`, so
    /// their ends are compared, the longest first; one provider of the public registry has a file whose name differs
    /// by case.
    fn find(&self, reference: &str) -> Option<&'r Source> {
        let reference = reference.split('#').next().unwrap_or_default().trim_start_matches("./");
        let parts: Vec<&str> = reference.split('/').collect();
        let ends = |path: &str, end: &str, any_case: bool| {
            let start = path.len().checked_sub(end.len());
            let Some((before, tail)) = start.and_then(|start| path.split_at_checked(start)) else { return false };
            let is_whole = before.is_empty() || before.ends_with('/');
            is_whole && (tail == end || any_case && tail.eq_ignore_ascii_case(end))
        };
        (0..parts.len()).find_map(|skip| {
            let end = parts.get(skip..)?.join("/");
            let found = |any_case| self.sources.iter().copied().find(|source| ends(&source.path, &end, any_case));
            found(false).or_else(|| found(true))
        })
    }
}

/// Says that a service is called like one before it.
fn duplicate(service: &Service) -> Diagnostic {
    let message = format!("another document has a service that is called `{}`", service.name);
    Diagnostic::error("openapi/duplicate-service", service.origin.clone(), message)
        .assuming("the service is left out")
        .with_hint(
            "rename the file or name the services in a provider.yaml; where services are tags, join the documents",
        )
}

/// Says that a mapping is stated for an operation that no document has.
fn unused_mapping(id: &str) -> Diagnostic {
    let message = format!("a mapping is stated for `{}`, and there is no such operation", id.escape_debug());
    Diagnostic::error("openapi/unused-mapping", Origin::line("bindery.toml", 0), message)
        .with_hint("name an operationId, or a method and path: `GET /pets/{petId}`")
}

/// Whether a pattern switched the paging of a listing off.
fn is_used(pattern: &PathPattern, services: &[Service]) -> bool {
    services.iter().flat_map(|service| service.resources.iter()).any(|resource| {
        let mut methods = resource.methods.iter();
        methods.any(|method| is_switched_off(method) && pattern.matches_method(&resource.id, method))
    })
}

fn unused_pattern(pattern: &PathPattern) -> Diagnostic {
    let message = format!("`{pattern}` is no listing whose next page was inferred");
    Diagnostic::error("openapi/unused-mapping", Origin::line("bindery.toml", 0), message)
        .with_hint("`bindery inspect openapi` shows how listings go on, and why; take the pattern out or correct it")
}

/// Whether a document says something of all services.
pub(super) fn is_of_all(path: &str) -> bool {
    let file = file_name(path);
    file == PROVIDER_DOCUMENT || Corrections::is_called_so(file)
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
