//! [`Provider`] → its documentation pages, for a provider that is kept in OpenAPI.
//!
//! In: the model, and where its documents lie. Out: one page a resource or view, one a service and one of the
//! provider, in the newest dialect that [`docs`](crate::docs) reads: HTML tables with a tab a method, a Parameters
//! table, SQL examples for every method and verb, manifests. Reading the pages back gives [`documentable`] of the
//! model, whatever its texts and names hold, and no diagnostic above a note.
//!
//! The pages are MDX that a documentation site renders: text is escaped so that nothing in it is an element or an
//! expression, and every link to a parameter or a method has its anchor.
//!
//! | code | what it says | what is done |
//! |---|---|---|
//! | `pages/name-left-out` | no page may use the name of a method, parameter or field | it is left out of the pages |
//! | `pages/twin-left-out` | two resources have the same identity | the second is left out of the pages |
//! | `pages/views-left-out` | a resource has methods and views, and a page has room for one of them | the views are left out |

mod body;
mod escape;
mod examples;
mod index;
mod manifest;
mod markup;
mod resource;
mod settle;
mod tables;

use std::collections::HashSet;

use bindery_ir::{Provider, Resource, ResourceKind};

use self::markup::FrontMatter;
pub use self::settle::documentable;
use super::{GeneratedFile, header};
use crate::Diagnostic;

/// The pages of a provider.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    /// The pages, sorted by path: `index.md`, `<service>/index.md`, `<service>/<resource>/index.md`.
    pub files: Vec<GeneratedFile>,
    /// What could not be written down.
    pub findings: Vec<Diagnostic>,
}

/// Writes the pages of a provider. `source` is where its documents lie, as the mark on every page says it.
///
/// ```
/// use bindery_codegen::docs::read_page;
/// use bindery_codegen::emit::pages::{documentable, emit_pages};
/// use bindery_codegen::merge::merge;
/// use bindery_ir::{Method, Provider, Resource, ResourceId, Service, Verb};
///
/// let mut get = Method::new(ResourceId::new("shop.counter.cheese"), "get".into());
/// get.verbs = vec![Verb::Select].into();
/// get.description = "Cuts {one} slice < 1 cm.".into();
/// let mut cheese = Resource::new(get.resource.clone());
/// cheese.methods = vec![get].into();
/// let mut counter = Service::new("counter".into());
/// counter.resources = vec![cheese].into();
/// let mut shop = Provider::new("shop".into());
/// shop.services = vec![counter].into();
///
/// let written = emit_pages(&shop, "spec/shop").files;
/// let paths: Vec<&str> = written.iter().map(|file| file.path.as_str()).collect();
/// assert_eq!(paths, ["counter/cheese/index.md", "counter/index.md", "index.md"]);
///
/// let read: Vec<_> = written.iter().map(|file| read_page(&file.path, &file.text)).collect();
/// let (again, _) = merge(Provider::new("shop".into()), &read);
/// assert_eq!(again.services[0].resources[0].methods[0].description, "Cuts {one} slice < 1 cm.");
/// assert_eq!(documentable(&again), documentable(&shop));
/// ```
pub fn emit_pages(provider: &Provider, source: &str) -> Pages {
    let mark = header(source);
    let settled = settle::settled(provider);
    let name = settled.name.as_str();
    let mut files = vec![GeneratedFile { path: "index.md".to_owned(), text: index::of_provider(&settled, &mark) }];
    for service in &settled.services {
        let folder = service.name.as_str();
        files.push(GeneratedFile { path: format!("{folder}/index.md"), text: index::of_service(service, name, &mark) });
        for resource in &service.resources {
            files.push(GeneratedFile {
                path: format!("{folder}/{}/index.md", resource.id.resource()),
                text: resource::page(resource, &mark),
            });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Pages { files, findings: findings(provider, &settled) }
}

/// What the settled provider lacks that pages would have shown.
fn findings(provider: &Provider, settled: &Provider) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut seen = HashSet::new();
    for resource in provider.resources() {
        let id = &resource.id;
        let written = settled.service(id.service()).and_then(|service| service.resource(id.resource()));
        match written {
            None => findings.push(left_out("pages/name-left-out", resource, id.as_str(), BAD_NAME)),
            Some(_) if !seen.insert(id.as_str()) => {
                findings.push(left_out("pages/twin-left-out", resource, id.as_str(), "is the name of two resources"));
            }
            Some(written) => compare(resource, written, &mut findings),
        }
    }
    findings
}

fn compare(resource: &Resource, written: &Resource, findings: &mut Vec<Diagnostic>) {
    if resource.kind == ResourceKind::Resource && !resource.views.is_empty() {
        let message = format!("`{}` has methods and views, and its page shows the methods", resource.id);
        findings.push(
            Diagnostic::note("pages/views-left-out", resource.origin.clone(), message)
                .assuming("the definitions of the views are left out"),
        );
    }
    for method in &resource.methods {
        let Some(shown) = written.method(method.name.as_str()) else {
            findings.push(left_out("pages/name-left-out", resource, &method.path(), BAD_NAME));
            continue;
        };
        let is_shown = |name: &str| shown.parameters.iter().any(|parameter| parameter.name == *name);
        for parameter in method.parameters.iter().filter(|parameter| !is_shown(parameter.name.as_str())) {
            let what = format!("{} of {}", parameter.name, method.path());
            findings.push(left_out("pages/name-left-out", resource, &what, BAD_NAME));
        }
    }
}

const BAD_NAME: &str = "has signs that no name on a page may have";

fn left_out(code: &'static str, resource: &Resource, what: &str, why: &str) -> Diagnostic {
    let shown: String = crate::printable(what).take(200).collect();
    Diagnostic::warning(code, resource.origin.clone(), format!("`{shown}` {why}"))
        .assuming("it is left out of the pages")
        .with_hint("give it a name of its own, of letters, digits and `_+$.-[]#`")
}

/// The front matter of a page about something that lies in a service of a provider.
fn front_matter<'a>(mark: &'a str, title: &'a str, keywords: &[&'a str]) -> FrontMatter<'a> {
    let shared = ["infrastructure-as-code", "configuration-as-data", "cloud inventory"];
    FrontMatter { mark, title, keywords: keywords.iter().copied().chain(shared).collect(), id: None }
}
