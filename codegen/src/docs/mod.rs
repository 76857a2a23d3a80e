//! Documentation pages → [`Page`].
//!
//! One tolerant reader for every generation of page generators: it finds the sections, splits them into tabs, reads
//! markdown and HTML tables by their headings, and decodes cells by their form. A page is never refused: what
//! cannot be read is left out and said in [`Page::diagnostics`]. Reading takes time in proportion to the page.
//!
//! ```
//! let page = bindery_codegen::docs::read_page("cheese.md", concat!(
//!     "---\ntitle: cheese\n---\n\n## Overview\n",
//!     "<table><tbody>\n<tr><td><b>Id</b></td><td><code>shop.counter.cheese</code></td></tr>\n</tbody></table>\n\n",
//!     "## Fields\n## Methods\n",
//!     "| Name | Accessible by | Required Params | Description |\n|:--|:--|:--|:--|\n",
//!     "| `get` | `SELECT` | `cheeseId` | Cuts a slice. |\n",
//! ));
//! assert_eq!(page.id.unwrap().to_string(), "shop.counter.cheese");
//! assert_eq!(page.methods[0].required, ["cheeseId"]);
//! assert!(page.diagnostics.is_empty());
//! ```
//!
//! # Diagnostics
//!
//! | code | severity | says | what is done |
//! |---|---|---|---|
//! | `docs/too-large` | warning | the file has more than 64 MiB | the rest is not read |
//! | `docs/not-utf8` | warning | bytes of the file are no UTF-8, or U+FFFD stands for such | the rest is read |
//! | `docs/no-front-matter` | warning | the `---` block at the top is missing or not closed | the title is empty, or taken from what is there |
//! | `docs/title-mismatch` | warning | `title` is not the last part of the Id | the Id counts |
//! | `docs/no-id` | error, warning | the page has no Id row; a warning where it has nothing else of a resource either | the page has no identity |
//! | `docs/bad-id` | error | the Id row is not `provider.service.resource` in plain names | the page has no identity |
//! | `docs/no-methods-table` | warning | a resource page has no table of methods | the resource has no methods |
//! | `docs/unknown-verb` | warning | a method's verb is none of SQL | read as `EXEC` |
//! | `docs/short-row` | warning | a row has fewer cells than its table has columns | the missing cells are empty |
//! | `docs/empty-name` | error, warning | a method, parameter or field without name | methods and parameters are left out, fields kept |
//! | `docs/bad-name` | error | a name with signs that no name holds, such as `../../x` | left out |
//! | `docs/duplicate-method` | warning | a method stands twice for the same verb | the first row is kept |
//! | `docs/duplicate-parameter` | note | a parameter is described twice, or listed twice by one method | both are kept |
//! | `docs/unknown-datatype` | note | a datatype is not of the known words | kept verbatim |
//! | `docs/example-fragment` | note | a SQL block begins with no verb | it is read as part of a SELECT |
//! | `docs/unterminated-fence` | warning | a code block is not closed | it ends at the next section |
//! | `docs/unterminated-comment` | warning | `<!--` without `-->`, with sections behind it | it ends at the next section |
//! | `docs/unterminated-table` | warning | an HTML table is not closed | it ends with its section or tab |
//! | `docs/duplicate-definition` | warning | a view has two definitions for one SQL dialect | the first is kept |

mod cell;
mod dialect;
mod entity;
mod examples;
mod fields;
mod front_matter;
mod html_table;
mod index;
mod inspect;
mod markup;
mod methods;
mod names;
mod overview;
mod page;
mod page_text;
mod sections;
mod statement;
mod table;
mod tag;

pub(crate) use examples::MOST_CANDIDATES;
pub use inspect::Inspection;
pub use page::{
    Dialect, FieldRow, FieldsSection, FieldsTab, Index, IndexEntry, Manifest, MethodRow, Page, PageKind, SqlExample,
    Variable,
};
pub use statement::{Condition, Statement};

use self::front_matter::FrontMatter;
use self::overview::Overview;
use self::page_text::PageText;
use self::sections::{Document, Topic};
use crate::Source;

/// Reads a page. `path` names it in diagnostics and says nothing about its identity, which is its Id row.
///
/// Any text is a page; what is wrong with it is in [`Page::diagnostics`], in the order of the page.
pub fn read_page(path: &str, text: &str) -> Page {
    let text = PageText::new(path, text);
    report_damage(&text);
    let front = front_matter::read(&text);
    let document = sections::read(&text, front.body);
    let overview = overview::read(&text, &document);
    let mut page = Page {
        path: path.to_owned(),
        summary: summary(&text, &document),
        kind: kind(&document, &overview),
        ..Page::default()
    };
    if matches!(page.kind, PageKind::Resource | PageKind::View | PageKind::Other) {
        page.id = overview::identity(&text, &document, &overview, page.kind);
    }
    match page.kind {
        PageKind::Resource | PageKind::View => read_resource(&mut page, &text, &document),
        PageKind::ServiceIndex | PageKind::ProviderIndex => read_index(&mut page, &text, &document),
        PageKind::Other => {}
    }
    report_title(&page, &text, &front);
    page.title = front.title;
    page.keywords = front.keywords;
    page.diagnostics = text.into_diagnostics();
    page
}

fn read_resource(page: &mut Page, text: &PageText<'_>, document: &Document) {
    let fields = fields::read(text, document);
    let mut methods = methods::read(text, document);
    if fields.is_view {
        page.kind = PageKind::View;
    }
    if methods.table.is_none() && page.kind == PageKind::Resource {
        methods::report_missing(text, document);
    }
    page.dialect = dialect::recognise(text, document, &fields, &methods);
    page.parameters = fields::read_parameters(text, document, std::mem::take(&mut methods.others));
    page.view_ddl = examples::read_view_ddl(text, document);
    page.sql_examples = examples::read(text, document, page.id.as_ref(), &methods.rows);
    page.manifests = examples::read_manifests(text, document);
    page.fields = fields.section;
    page.methods = methods.rows;
}

fn read_index(page: &mut Page, text: &PageText<'_>, document: &Document) {
    page.dialect = dialect::recognise_index(text, document);
    page.index = index::read(text, document);
    page.authentication = index::read_authentication(text, document);
    page.server_parameters = index::read_server_parameters(text, document);
}

/// What a page is about, by what it holds.
fn kind(document: &Document, overview: &Overview) -> PageKind {
    let has = |topic| document.on(topic).next().is_some();
    match overview.kind.as_str() {
        "View" => PageKind::View,
        "Service" => PageKind::ServiceIndex,
        "Resource" if has(Topic::SqlDefinition) => PageKind::View,
        "Resource" => PageKind::Resource,
        _ if has(Topic::SqlDefinition) => PageKind::View,
        _ if has(Topic::Methods) || has(Topic::Fields) || overview.id.is_some() => PageKind::Resource,
        _ if has(Topic::Services) => PageKind::ProviderIndex,
        _ if has(Topic::Resources) => PageKind::ServiceIndex,
        _ => PageKind::Other,
    }
}

/// The first paragraph before the first section, without imports and admonitions.
fn summary(text: &PageText<'_>, document: &Document) -> String {
    let lines = text.lines(document.preamble.clone()).map(|(_, line)| line);
    let is_paragraph =
        |line: &&str| !line.starts_with("import ") && !line.starts_with(":::") && !line.trim().is_empty();
    let paragraph: Vec<&str> = lines.skip_while(|line| !is_paragraph(line)).take_while(is_paragraph).collect();
    cell::plain_text(&paragraph.join("\n"))
}

/// Reports what stands for bytes that were no text, once for the page.
/// Bytes that are no UTF-8, as they were read.
const DAMAGED: &str = "\u{fffd}";

fn report_damage(text: &PageText<'_>) {
    if text.text().len() > Source::LARGEST {
        let message = format!("the page has more than {} MiB", Source::LARGEST >> 20);
        let diagnostic = text.warning("docs/too-large", 0..0, message);
        text.report(diagnostic.assuming("the rest is not read").with_hint("see whether it is a page at all"));
    }
    let Some(first) = text.find(0..text.text().len(), DAMAGED) else { return };
    let count = text.text().matches(DAMAGED).count();
    let message = format!("bytes that are no UTF-8, or were none, stand in {count} places");
    let diagnostic = text.warning("docs/not-utf8", first..first + DAMAGED.len(), message);
    text.report(diagnostic.assuming("each is read as U+FFFD").with_hint("save the page as UTF-8"));
}

fn report_title(page: &Page, text: &PageText<'_>, front: &FrontMatter) {
    let Some(id) = &page.id else { return };
    if !front.title.is_empty() && front.title != id.resource() {
        let message = format!(
            "the title `{}` is not the resource `{}` of the Id",
            page_text::printable(&front.title),
            id.resource()
        );
        let place = text.word(text.rest_of_line(front.title_offset), &front.title);
        let diagnostic = text.warning("docs/title-mismatch", place, message);
        text.report(diagnostic.assuming("the Id counts").with_hint("give both the same name"));
    }
}
