//! Do index pages list what there is?
//!
//! A page has a slot: its path without `index.md`, or without its extension. An index page at `a/shop` speaks about
//! the slots below, `a/shop/cheese`; sites that put a folder between a provider and its services say so in their links.

use std::collections::{HashMap, HashSet};

use bindery_ir::Origin;

use super::PageFacts;
use crate::Diagnostic;
use crate::docs::{IndexEntry, PageKind};

/// How many parts of a link can lie below the index page: `services/<service>`.
const LINK_PARTS: usize = 2;

/// Compares index pages with the pages below them.
pub(super) fn check(pages: &[PageFacts]) -> Vec<Diagnostic> {
    let by_slot: HashMap<&str, &PageFacts> = pages.iter().map(|page| (slot(&page.path), page)).collect();
    // The index page above a page, or above the folder it lies in.
    let mut below: HashMap<&str, Vec<&PageFacts>> = HashMap::new();
    for page in pages {
        let folders = std::iter::successors(parent(slot(&page.path)), |folder| parent(folder)).take(LINK_PARTS);
        let above =
            folders.filter_map(|folder| by_slot.get_key_value(folder)).find(|(_, above)| lists(above.kind, page.kind));
        if let Some((slot, _)) = above {
            below.entry(slot).or_default().push(page);
        }
    }
    let mut findings = Vec::new();
    for index in pages.iter().filter(|page| is_index(page.kind)) {
        findings.extend(count(index));
        if let Some(children) = below.get(slot(&index.path)) {
            findings.extend(compare(index, children, &by_slot));
        }
    }
    findings
}

/// What an index page lists against what lies below it.
fn compare(index: &PageFacts, children: &[&PageFacts], by_slot: &HashMap<&str, &PageFacts>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut listed: HashSet<&str> = HashSet::new();
    for entry in &index.index.entries {
        let slots = slots(index, entry);
        match slots.iter().find_map(|slot| by_slot.get_key_value(slot.as_str())) {
            Some((slot, _)) => {
                listed.insert(slot);
            }
            None => findings.push(missing(index, entry, &slots)),
        }
    }
    for page in children.iter().filter(|page| !listed.contains(slot(&page.path))) {
        let message = format!("the index page `{}` does not list this page", index.path);
        findings.push(
            Diagnostic::note("docs/index-unlisted", Origin::line(page.path.clone(), 1), message)
                .with_hint("list it there, or remove the page"),
        );
    }
    findings
}

fn missing(index: &PageFacts, entry: &IndexEntry, slots: &[String]) -> Diagnostic {
    let message = format!("the index page lists `{}`, and there is no such page", entry.name);
    let finding = Diagnostic::warning("docs/index-missing-page", Origin::line(index.path.clone(), entry.line), message);
    match slots.first() {
        Some(slot) => finding.with_hint(format!("add `{slot}/index.md`, or remove the link")),
        None => finding.with_hint("remove the link"),
    }
}

/// A total that is not the number of links. Other totals count what is on the pages.
fn count(index: &PageFacts) -> Option<Diagnostic> {
    let counted = match index.kind {
        PageKind::ServiceIndex => "resources",
        _ => "services",
    };
    let is_theirs = |label: &str| label == counted || label.strip_prefix("total ") == Some(counted);
    let links = index.index.entries.len();
    let (label, total) = index.index.totals.iter().find(|(label, _)| is_theirs(label))?;
    if usize::try_from(*total) == Ok(links) {
        return None;
    }
    let message = format!("the index page says {label}: {total}, and lists {links}");
    let origin = Origin::line(index.path.clone(), index.index.entries.first().map_or(1, |entry| entry.line));
    Some(Diagnostic::warning("docs/index-count", origin, message).with_hint("correct the number, or the list"))
}

/// Where the page of a link can lie: by its last part, and by its last two.
fn slots(index: &PageFacts, entry: &IndexEntry) -> Vec<String> {
    let href = entry.href.split(['?', '#']).next().unwrap_or_default();
    let parts: Vec<&str> = href.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let base = slot(&index.path);
    let below = |start: usize| {
        let tail = parts.get(start..)?.join("/");
        Some(if base.is_empty() { tail } else { format!("{base}/{tail}") })
    };
    (1..=LINK_PARTS.min(parts.len())).filter_map(|count| below(parts.len() - count)).collect()
}

/// Where a page stands among the others: its path without `index.md`, or without its extension.
pub(super) fn slot(path: &str) -> &str {
    let stem = path.rsplit_once('.').filter(|(_, extension)| !extension.contains('/')).map_or(path, |(stem, _)| stem);
    match stem.strip_suffix("index") {
        Some("") => "",
        Some(folder) => folder.strip_suffix('/').unwrap_or(stem),
        None => stem,
    }
}

/// The slot above; `None` above the first.
fn parent(slot: &str) -> Option<&str> {
    match slot.rsplit_once('/') {
        Some((parent, _)) => Some(parent),
        None => (!slot.is_empty()).then_some(""),
    }
}

fn is_index(kind: PageKind) -> bool {
    matches!(kind, PageKind::ServiceIndex | PageKind::ProviderIndex)
}

/// Whether an index page of one kind is to list a page of another.
fn lists(index: PageKind, page: PageKind) -> bool {
    match index {
        PageKind::ServiceIndex => matches!(page, PageKind::Resource | PageKind::View),
        PageKind::ProviderIndex => page == PageKind::ServiceIndex,
        _ => false,
    }
}
