//! Index pages: what a service or a provider holds, and what a provider's page asks for.
//!
//! In: a page's sections. Out: [`Index`] from the summary and the list of links, [`Variable`]s from the sections about
//! authentication and the server.

use scraper::{Html, Selector};

use super::cell::{Cell, CellBuilder};
use super::markup::{Extent, Piece, Pieces};
use super::names::NameKind;
use super::page_text::PageText;
use super::sections::{Document, Part, Topic};
use super::{Index, IndexEntry, Variable};

/// The longest summary that is looked into, in bytes. Real ones have a few hundred; the bound is for the HTML
/// parser, whose time does not grow linearly with everything that can be made up.
const LONGEST_SUMMARY: usize = 10_000;

/// Reads the summary and the links.
pub(super) fn read(text: &PageText<'_>, document: &Document) -> Index {
    let lists = [Topic::Resources, Topic::Services].into_iter().flat_map(|topic| parts(document, topic));
    Index { totals: totals(summary(text, document)), entries: lists.flat_map(|part| links(text, part)).collect() }
}

fn parts(document: &Document, topic: Topic) -> impl Iterator<Item = &Part> {
    document.on(topic).flat_map(|section| &section.parts)
}

/// What stands between `:::info` and `:::`; empty without them.
fn summary<'t>(text: &'t PageText<'_>, document: &Document) -> &'t str {
    let mut marks = text.lines(document.preamble.clone()).filter(|(_, line)| line.starts_with(":::"));
    let is_summary = |(_, line): &(usize, &str)| line.starts_with(":::info") && line.contains("Summary");
    let Some((start, _)) = marks.find(is_summary) else { return "" };
    let end = marks.next().map_or(document.preamble.end, |(end, _)| end);
    Some(text.slice(start..end)).filter(|summary| summary.len() <= LONGEST_SUMMARY).unwrap_or_default()
}

/// Reads lines of `what: number`, where the number is emphasised in markdown or HTML.
fn totals(summary: &str) -> Vec<(String, u64)> {
    let html = Html::parse_fragment(summary);
    let spans: Vec<String> = match Selector::parse("span") {
        Ok(span) => html.select(&span).map(|span| span.text().collect()).collect(),
        Err(_) => Vec::new(),
    };
    let lines: Vec<&str> =
        if spans.is_empty() { summary.lines().collect() } else { spans.iter().map(|s| &**s).collect() };
    let total = |line: &str| {
        let (what, number) = line.split_once(':')?;
        let number = number.trim_matches(|c: char| c.is_whitespace() || matches!(c, '_' | '*'));
        Some((what.trim().to_owned(), number.parse().ok()?))
    };
    lines.into_iter().filter_map(total).collect()
}

/// The links of a list.
fn links(text: &PageText<'_>, part: &Part) -> Vec<IndexEntry> {
    let mut entries = Vec::new();
    let mut open: Option<(CellBuilder, &str)> = None;
    for piece in Pieces::new(text.text(), part.range.clone(), Extent::Text) {
        match &piece {
            Piece::Tag(tag, offset) if tag.is("a") => {
                entries.extend(open.take().map(|(name, href)| entry(text, &name.finish(*offset), href)));
                let href = tag.attribute("href").filter(|_| !tag.closing);
                open = href.map(|href| (CellBuilder::new(*offset), href));
            }
            piece => {
                if let Some((name, _)) = &mut open {
                    name.piece(piece);
                }
            }
        }
    }
    entries.extend(open.map(|(name, href)| entry(text, &name.finish(part.range.end), href)));
    entries
}

fn entry(text: &PageText<'_>, name: &Cell, href: &str) -> IndexEntry {
    IndexEntry { name: name.value().to_owned(), href: href.to_owned(), line: text.line(name.place.start) }
}

/// Reads the environment variables that a section names.
pub(super) fn read_authentication(text: &PageText<'_>, document: &Document) -> Vec<Variable> {
    let mut variables: Vec<Variable> = Vec::new();
    for variable in variables_in(text, document, Topic::Authentication) {
        if is_environment_variable(&variable.name) && !variables.iter().any(|known| known.name == variable.name) {
            variables.push(variable);
        }
    }
    variables
}

/// Reads the parameters of the server that a section lists.
pub(super) fn read_server_parameters(text: &PageText<'_>, document: &Document) -> Vec<Variable> {
    let variables = variables_in(text, document, Topic::ServerParameters);
    variables.into_iter().filter(|variable| NameKind::Parameter.accepts(&variable.name)).collect()
}

/// What a section marks as code: items of a list, `- NAME - description`, or words of a sentence.
fn variables_in(text: &PageText<'_>, document: &Document, topic: Topic) -> Vec<Variable> {
    let lines = parts(document, topic).flat_map(|part| text.lines(part.range.clone()));
    let mut variables = Vec::new();
    for (offset, line) in lines.filter(|(offset, line)| line.contains('<') && document.fence_at(*offset).is_none()) {
        let cell = Cell::from_markdown(line, offset);
        let description = cell.text().strip_prefix("- ").and_then(|item| item.strip_prefix(cell.value()));
        let description = description.map(|rest| rest.trim_start_matches([' ', '-', ':'])).unwrap_or_default();
        let variable = |name: &str| Variable {
            name: name.to_owned(),
            description: description.to_owned(),
            line: text.line(offset),
        };
        variables.extend(cell.codes().map(variable));
    }
    variables
}

fn is_environment_variable(name: &str) -> bool {
    let is_sign = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(is_sign)
}

#[cfg(test)]
mod tests {
    use super::super::{Dialect, PageKind, read_page};

    #[test]
    fn a_service_lists_its_resources_and_counts_them() {
        let page = read_page(
            "index.md",
            "---\ntitle: counter\n---\n\nCheese and wine.\n\n:::info Service Summary\n\n<div class=\"row\">\n\
             <span>total resources:&nbsp;<b>2</b></span><br />\n<span>total methods:&nbsp;<b>11</b></span><br />\n</div>\n\n\
             :::\n\n## Resources\n<div>\n<a href=\"/shop/counter/cheese/\">cheese</a><br />\n\
             <a href=\"/shop/counter/wine/\"><code>wine</code></a>\n</div>",
        );
        assert_eq!((page.kind, page.dialect), (PageKind::ServiceIndex, Dialect::IndexJs));
        assert_eq!(page.index.totals, [("total resources".to_owned(), 2), ("total methods".to_owned(), 11)]);
        let entries: Vec<_> = page.index.entries.iter().map(|e| (e.name.as_str(), e.href.as_str(), e.line)).collect();
        assert_eq!(entries, [("cheese", "/shop/counter/cheese/", 18), ("wine", "/shop/counter/wine/", 19)]);
    }

    #[test]
    fn a_provider_asks_for_credentials_and_for_the_parts_of_its_address() {
        let page = read_page(
            "index.md",
            "---\ntitle: shop\n---\n\n:::info[Provider Summary] \n\ntotal services: __3__  \n\n:::\n\n## Authentication\n\n\
             - <CopyableCode code=\"SHOP_TOKEN\" /> - the key of the <b>till</b>\n\nOr set <CopyableCode code=\"SHOP_ID\" /> \
             after <CopyableCode code=\"shop login\" />.\n```bash\nexport <CopyableCode code=\"NO_VARIABLE\" />\n```\n\
             ## Server Parameters\n- <CopyableCode code=\"town\" /> - where it is\n## Services\n<a href=\"/counter/\">counter</a>\n",
        );
        assert_eq!((page.kind, page.dialect), (PageKind::ProviderIndex, Dialect::IndexUtils));
        assert_eq!(page.index.totals, [("total services".to_owned(), 3)]);
        let shown = |variables: &[super::Variable]| -> Vec<(String, String)> {
            variables.iter().map(|variable| (variable.name.clone(), variable.description.clone())).collect()
        };
        let pair = |name: &str, description: &str| (name.to_owned(), description.to_owned());
        assert_eq!(shown(&page.authentication), [pair("SHOP_TOKEN", "the key of the till"), pair("SHOP_ID", "")]);
        assert_eq!(shown(&page.server_parameters), [pair("town", "where it is")]);
    }
}
