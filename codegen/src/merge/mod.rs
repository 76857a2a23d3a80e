//! Documentation pages + the wire's model → one [`Provider`].
//!
//! Documentation says *what* a method is called, its verb and what it needs; OpenAPI says *how* it travels. They are
//! joined by resource id and method name. The documented name is the one SQL uses, the OpenAPI name the one that
//! travels. Nothing is dropped: a documented method without a wire form stays, one that only the wire knows comes
//! after the documented ones, and every disagreement is a finding.
//!
//! | code | what it says | what is done |
//! |---|---|---|
//! | `merge/other-provider` | a page documents a resource of another provider | the page is left out |
//! | `merge/duplicate-page` | two pages document the same resource | the first counts |
//! | `merge/bad-name` | a page's service or resource could be a path | the page is left out |
//! | `merge/undocumented-resource` | a resource has no page | it is taken from OpenAPI alone |
//! | `merge/undocumented-method` | a page does not list a method | it comes after the documented ones |
//! | `merge/no-wire-form` | no document says how a documented method travels | calling it is an error |
//! | `merge/verb-differs` | page and `sqlVerbs` give a method different verbs | the page's count |
//! | `merge/parameter-unknown` | a documented parameter that the wire does not have | it is kept, and cannot be sent |
//! | `merge/parameter-optional` | required by the page, optional on the wire | required |
//! | `merge/parameter-undocumented` | required on the wire, not listed by the page | required, after the documented ones |

pub(crate) mod body;
mod manifest;
mod method;
mod resource;
pub(crate) mod view;

use bindery_ir::{List, Provider, Service, ServiceName};
use indexmap::IndexMap;

pub(crate) use self::resource::{document, type_documented_rows};
use crate::docs::{Page, PageKind};
use crate::names::is_harmless;
use crate::{Diagnostic, Severity};

/// Joins a provider's pages with the model of its OpenAPI documents. Either may be empty.
///
/// The findings of the pages themselves are passed on with those of the merge.
pub fn merge(mut provider: Provider, pages: &[Page]) -> (Provider, Vec<Diagnostic>) {
    let mut findings: Vec<Diagnostic> = pages.iter().flat_map(|page| page.diagnostics.iter().cloned()).collect();
    let mut documented: IndexMap<String, &Page> = IndexMap::new();
    for page in pages.iter().filter(|page| matches!(page.kind, PageKind::Resource | PageKind::View)) {
        let Some(id) = &page.id else { continue };
        let origin = bindery_ir::Origin::line(page.path.clone(), 1);
        if id.provider() != provider.name.as_str() {
            let message = format!("`{id}` is no resource of `{}`", provider.name);
            findings.push(
                Diagnostic::warning("merge/other-provider", origin, message)
                    .assuming("the page is left out")
                    .with_hint("correct its Id, or move it to the pages of that provider"),
            );
        } else if !is_harmless(id.service()) || !is_harmless(id.resource()) {
            let message = format!("`{}` cannot be the name of a module", id.as_str().escape_debug());
            findings.push(
                Diagnostic::error("merge/bad-name", origin, message)
                    .assuming("the page is left out")
                    .with_hint("name services and resources with letters, digits, `_`, `-`, `.`, `$` and `+`"),
            );
        } else if documented.contains_key(id.as_str()) {
            let message = format!("another page documents `{id}` already");
            findings.push(
                Diagnostic::warning("merge/duplicate-page", origin, message)
                    .assuming("the page is left out")
                    .with_hint("remove one of the two, or correct its Id"),
            );
        } else {
            documented.insert(id.to_string(), page);
        }
    }

    let mut services = std::mem::take(provider.services.to_mut());
    let any_page = !documented.is_empty();
    for service in &mut services {
        let (resources, schemas) = (service.resources.to_mut(), service.schemas.to_mut());
        for resource in resources {
            match documented.shift_remove(resource.id.as_str()) {
                Some(page) => resource::document(resource, page, schemas, &mut findings),
                None if any_page => {
                    let message = format!("`{}` has no page", resource.id);
                    findings.push(
                        Diagnostic::note("merge/undocumented-resource", resource.origin.clone(), message)
                            .assuming("it is taken from OpenAPI alone"),
                    );
                }
                None => {}
            }
        }
    }
    for page in documented.into_values() {
        let Some(id) = &page.id else { continue };
        let position = services.iter().position(|service| service.name == *id.service());
        let position = position.unwrap_or_else(|| {
            services.push(Service::new(ServiceName::from(id.service())));
            services.len() - 1
        });
        if let Some(service) = services.get_mut(position) {
            let mut resource = bindery_ir::Resource::new(id.clone());
            resource::document(&mut resource, page, service.schemas.to_mut(), &mut findings);
            service.resources.to_mut().push(resource);
        }
    }
    provider.services = List::from(services);
    findings.sort_by(|a, b| (&a.origin.file, a.origin.line).cmp(&(&b.origin.file, b.origin.line)));
    (provider, findings)
}

/// The name of the provider that most pages document: what it is called where no OpenAPI document says so.
pub fn provider_of(pages: &[Page]) -> Option<String> {
    let mut counts: IndexMap<&str, usize> = IndexMap::new();
    for id in pages.iter().filter_map(|page| page.id.as_ref()) {
        *counts.entry(id.provider()).or_default() += 1;
    }
    let most = counts.values().copied().max()?;
    counts.into_iter().find(|(_, count)| *count == most).map(|(name, _)| name.to_owned())
}

/// Whether findings hold an error.
pub fn has_errors(findings: &[Diagnostic]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}
