//! Is a page what it says it is? Its Id counts; where it lies and what its front matter says should agree.

use std::collections::HashSet;

use bindery_ir::{Origin, ResourceId};

use super::PageFacts;
use super::index::slot;
use crate::Diagnostic;
use crate::docs::Page;

/// A page that lies elsewhere than at `<service>/<resource>`. Of a path that is too short to say it, less is asked.
pub(super) fn path_differs(page: &Page) -> Option<Diagnostic> {
    let id = page.id.as_ref()?;
    let mut parts = slot(&page.path).rsplit('/').filter(|part| !["", ".", ".."].contains(part));
    let (resource, service) = (parts.next()?, parts.next());
    if resource == id.resource() && service.is_none_or(|service| service == id.service()) {
        return None;
    }
    let found = [service.unwrap_or_default(), resource].join("/");
    let message = format!(
        "the page lies at `{}` and is about `{}/{}`",
        found.trim_start_matches('/'),
        id.service(),
        id.resource()
    );
    Some(
        Diagnostic::warning("docs/path-differs", Origin::line(page.path.clone(), 1), message)
            .assuming("the Id counts")
            .with_hint("correct the Id in the Overview table, or move the page"),
    )
}

/// Pages whose keywords name another provider than their Id.
pub(super) fn foreign_keywords(pages: &[PageFacts]) -> Vec<Diagnostic> {
    let providers: HashSet<&str> = pages.iter().filter_map(|page| page.id.as_ref()).map(ResourceId::provider).collect();
    let findings = pages.iter().filter_map(|page| {
        let id = page.id.as_ref()?;
        let foreign = foreign_keyword(&page.keywords, id, &providers)?;
        let message = format!("the keywords name `{foreign}`, and the page is about `{id}`");
        let origin = Origin::line(page.path.clone(), 1);
        Some(
            Diagnostic::note("docs/foreign-keywords", origin, message)
                .assuming("keywords are not used")
                .with_hint(format!("replace `{foreign}` by `{}` in the front matter", id.provider())),
        )
    });
    findings.collect()
}

/// The keyword that stands where the provider should, behind resource and service; or that other pages have as their
/// provider. A resource or service may be called like a provider.
fn foreign_keyword<'k>(keywords: &'k [String], id: &ResourceId, providers: &HashSet<&str>) -> Option<&'k str> {
    if keywords.iter().any(|keyword| keyword == id.provider()) {
        return None;
    }
    let in_its_place = keywords.windows(3).find_map(|words| match words {
        [resource, service, provider] if resource == id.resource() && service == id.service() => {
            Some(provider.as_str())
        }
        _ => None,
    });
    let is_other = |keyword: &&str| providers.contains(keyword) && ![id.service(), id.resource()].contains(keyword);
    in_its_place.or_else(|| keywords.iter().map(String::as_str).find(is_other))
}
