//! `provider.yaml` and the documents it names → a [`Provider`].

use bindery_ir::{Origin, Provider, ProviderName, Service, Text};

use super::auth;
use super::document::{Cursor, Document};
use super::service::{self, Context};
use crate::names::is_harmless;
use crate::{Diagnostic, Source};

/// The file that names a provider's services.
const PROVIDER_DOCUMENT: &str = "provider.yaml";

/// The stack that documents are read on, in bytes. Nesting is bounded, but at a depth that the stack of a thread
/// (2 MB) does not hold in a debug build; memory is used only as deep as a document goes.
const STACK: usize = 64 * 1024 * 1024;

/// Reads a provider on a stack of its own.
pub(crate) fn read(sources: &[Source], name: &str) -> (Provider, Vec<Diagnostic>) {
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || read_here(sources, name));
        match reader.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(read)) => read,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            // No thread is to be had; the stack at hand will do for any but the deepest document.
            Err(_) => read_here(sources, name),
        }
    })
}

fn read_here(sources: &[Source], name: &str) -> (Provider, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let main = sources.iter().find(|source| file_name(&source.path) == PROVIDER_DOCUMENT);
    let provider = match main {
        Some(main) => read_listed(main, sources, name, &mut diagnostics),
        None => read_unlisted(sources, name, &mut diagnostics),
    };
    (provider, diagnostics)
}

/// Reads the services that `provider.yaml` lists.
fn read_listed(main: &Source, sources: &[Source], name: &str, diagnostics: &mut Vec<Diagnostic>) -> Provider {
    let Some(document) = Document::parse(main, diagnostics) else {
        return Provider::new(ProviderName::from(name));
    };
    let root = document.root();
    let stated = root.text_of("name").or_else(|| root.text_of("id")).unwrap_or(name);
    let mut provider = Provider::new(ProviderName::from(stated));
    provider.title = root.prose("title");
    provider.description = root.prose("description");
    provider.version = root.prose("version");
    provider.origin = root.origin();
    if !is_harmless(stated) {
        let message = format!("a provider cannot be called `{}`", stated.escape_debug());
        diagnostics.push(Diagnostic::error("openapi/bad-name", root.origin(), message).with_hint("nothing was read"));
        return provider;
    }
    if let Some(block) = root.path(&["config", "auth"]) {
        provider.auth = auth::read(&block, diagnostics);
    }

    let mut services = Vec::new();
    let mut listed: Vec<&str> = vec![&main.path];
    for (key, entry) in root.get("providerServices").iter().flat_map(Cursor::entries) {
        let reference = entry.get("service").and_then(|service| service.reference());
        let reference = reference.map_or_else(|| format!("services/{key}.yaml"), str::to_owned);
        let Some(source) = find_service(&reference, sources) else {
            let message = format!("the document `{reference}` of the service `{key}` is not there");
            diagnostics.push(
                Diagnostic::warning("openapi/missing-service", entry.origin(), message)
                    .with_hint("the service is left out"),
            );
            continue;
        };
        listed.push(&source.path);
        let context = Context {
            provider: stated,
            name: key,
            provider_paging: root.path(&["config", "pagination"]),
            snake_case_columns: root.path(&["config"]).is_some_and(|config| config.flag("snake_case_aliases")),
        };
        services.extend(read_service(source, &context, Some(&entry), diagnostics));
    }
    for source in sources.iter().filter(|source| !listed.contains(&source.path.as_str())) {
        let origin = Origin::line(source.path.clone(), 0);
        diagnostics.push(
            Diagnostic::note("openapi/unlisted-service", origin, "provider.yaml does not name this document")
                .with_hint("add it to providerServices"),
        );
    }
    provider.services = services.into();
    provider
}

/// Reads every document as a service that is called as its file.
fn read_unlisted(sources: &[Source], name: &str, diagnostics: &mut Vec<Diagnostic>) -> Provider {
    let mut provider = Provider::new(ProviderName::from(name));
    if !is_harmless(name) {
        let message = format!("a provider cannot be called `{}`", name.escape_debug());
        diagnostics.push(Diagnostic::error("openapi/bad-name", Origin::UNKNOWN, message).with_hint("nothing was read"));
        return provider;
    }
    diagnostics.push(
        Diagnostic::note("openapi/no-provider-document", Origin::UNKNOWN, format!("`{name}` has no provider.yaml"))
            .with_hint("every document was read as a service called as its file"),
    );
    let mut services = Vec::new();
    for source in sources {
        let file = file_name(&source.path);
        let service = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let context = Context { provider: name, name: service, provider_paging: None, snake_case_columns: false };
        services.extend(read_service(source, &context, None, diagnostics));
    }
    provider.services = services.into();
    provider
}

fn read_service(
    source: &Source,
    context: &Context<'_>,
    entry: Option<&Cursor<'_>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Service> {
    if !is_harmless(context.name) {
        let message = format!("a service cannot be called `{}`", context.name.escape_debug());
        let origin = entry.map_or_else(|| Origin::line(source.path.clone(), 0), Cursor::origin);
        diagnostics.push(Diagnostic::error("openapi/bad-name", origin, message).with_hint("the service is left out"));
        return None;
    }
    let document = Document::parse(source, diagnostics)?;
    let mut service = service::read(&document, context, diagnostics);
    if let Some(entry) = entry {
        let prefer = |stated: Text, own: &mut Text| {
            if !stated.is_empty() {
                *own = stated;
            }
        };
        prefer(entry.prose("title"), &mut service.title);
        prefer(entry.prose("description"), &mut service.description);
    }
    Some(service)
}

/// The document that a service's `$ref` means.
///
/// References are written from the root of a registry (`azure/v1/services/web.yaml`), so only their end can be
/// compared; one provider of the public registry has a file whose name differs by case.
fn find_service<'a>(reference: &str, sources: &'a [Source]) -> Option<&'a Source> {
    let wanted = format!("services/{}", file_name(reference));
    let ends = |path: &str| {
        let tail = path.len().checked_sub(wanted.len()).and_then(|start| path.get(start..));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(&wanted))
    };
    sources.iter().find(|source| source.path.ends_with(&wanted)).or_else(|| sources.iter().find(|s| ends(&s.path)))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
