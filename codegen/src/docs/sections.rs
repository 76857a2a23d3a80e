//! A page as its sections, their tabs and its fenced code.
//!
//! In: the body of a page. Out: [`Document`]. The markdown parser says what is a heading and what is fenced code;
//! everything else of the page is read from its text, because the rest of what generators print is not markdown
//! that a parser would take for what it is.
//!
//! Two things that break the rules are mended here: a section heading right under an HTML block, without the blank
//! line that markdown wants, and a block that was never closed and would swallow the sections after it.

use std::ops::Range;

use bindery_ir::Verb;
use memchr::{memchr, memmem};
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag as Block, TagEnd};

use super::page_text::{PageText, first_line};
use super::tag::Tag;

/// How often a page is parsed again behind a block that was not closed. No page at hand needs it twice; it bounds
/// the time for a page that is made to.
const MOST_RESTARTS: usize = 16;

/// A page's structure, as offsets into its text.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// What stands before the first section.
    pub(super) preamble: Range<usize>,
    /// The sections, in order.
    pub(super) sections: Vec<Section>,
    /// The fenced code blocks, in order.
    pub(super) fences: Vec<Fence>,
}

/// What a second-level heading leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Section {
    /// What it is about.
    pub(super) topic: Topic,
    /// Where its heading begins.
    pub(super) offset: usize,
    /// Its content, from tab to tab; what stands outside of tabs is in parts with an empty tab.
    pub(super) parts: Vec<Part>,
}

/// A part of a section.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The value of the `TabItem`; empty outside of tabs.
    pub(super) tab: String,
    /// Its content.
    pub(super) range: Range<usize>,
}

/// A fenced code block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fence {
    /// The first word behind the opening fence, in lower case: `sql`.
    pub(super) language: String,
    /// The whole block.
    pub(super) range: Range<usize>,
    /// What stands between the fences, without the last line end.
    pub(super) content: Range<usize>,
}

/// What a section is about, by its heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Overview,
    Fields,
    Methods,
    Parameters,
    /// SQL examples of a verb.
    Examples(Verb),
    SqlDefinition,
    Permissions,
    /// The list of a service's resources, on its index page.
    Resources,
    /// The list of a provider's services, on its index page.
    Services,
    /// How to give credentials, on a provider's index page.
    Authentication,
    /// What the address of the server depends on, on a provider's index page.
    ServerParameters,
    Other,
}

impl Topic {
    /// The topic of a heading, without its `##`.
    fn of(heading: &str) -> Self {
        let is_between = |c: char| c.is_whitespace() || matches!(c, '`' | '#');
        let mut words = heading.split(is_between).filter(|word| !word.is_empty());
        match (words.next().unwrap_or_default(), words.next().unwrap_or_default(), words.next()) {
            ("Overview", "", None) => Self::Overview,
            ("Fields", "", None) => Self::Fields,
            ("Methods", "", None) => Self::Methods,
            ("Parameters", "", None) | ("Required", "Parameters", None) => Self::Parameters,
            ("SQL", "Definition", None) => Self::SqlDefinition,
            ("Permissions", "", None) => Self::Permissions,
            ("Lifecycle", "Methods", None) => Self::Examples(Verb::Exec),
            ("Resources", "", None) => Self::Resources,
            ("Services", "", None) => Self::Services,
            ("Authentication", "", None) => Self::Authentication,
            ("Server", "Parameters", None) => Self::ServerParameters,
            (verb, "example" | "examples", None) => Verb::parse(verb).map_or(Self::Other, Self::Examples),
            _ => Self::Other,
        }
    }
}

impl Document {
    /// The fenced code block that holds an offset.
    pub(super) fn fence_at(&self, offset: usize) -> Option<&Fence> {
        let behind = self.fences.partition_point(|fence| fence.range.start <= offset);
        self.fences.get(behind.checked_sub(1)?).filter(|fence| offset < fence.range.end)
    }

    /// The fenced code blocks that begin in a range.
    pub(super) fn fences_in(&self, range: &Range<usize>) -> &[Fence] {
        let start = self.fences.partition_point(|fence| fence.range.start < range.start);
        let end = self.fences.partition_point(|fence| fence.range.start < range.end);
        self.fences.get(start..end).unwrap_or_default()
    }

    /// The sections on a topic.
    pub(super) fn on(&self, topic: Topic) -> impl Iterator<Item = &Section> {
        self.sections.iter().filter(move |section| section.topic == topic)
    }
}

/// Finds the sections of the page whose body begins at an offset.
pub(super) fn read(source: &PageText<'_>, body: usize) -> Document {
    let end = source.text().len();
    let Blocks { fences, mut headings } = read_blocks(source, body);
    headings.sort_by_key(|heading| heading.offset);
    headings.dedup_by_key(|heading| heading.offset);
    let preamble = body..headings.first().map_or(end, |heading| heading.offset);
    let mut document = Document { preamble, sections: Vec::with_capacity(headings.len()), fences };
    let ends = headings.iter().skip(1).map(|heading| heading.offset).chain([end]).collect::<Vec<_>>();
    for (heading, end) in headings.into_iter().zip(ends) {
        let parts = split_into_parts(source, &document, heading.content.min(end)..end);
        document.sections.push(Section { topic: heading.topic, offset: heading.offset, parts });
    }
    document
}

struct Heading {
    topic: Topic,
    offset: usize,
    content: usize,
}

/// What the markdown parser contributes.
#[derive(Default)]
struct Blocks {
    fences: Vec<Fence>,
    headings: Vec<Heading>,
}

fn read_blocks(source: &PageText<'_>, body: usize) -> Blocks {
    // The parser takes a lone CR for a line end, this format does not; a blank in its place leaves all offsets.
    let text = source.text();
    let without_cr = memchr(b'\r', text.as_bytes()).is_some().then(|| text.replace('\r', " "));
    let text = without_cr.as_deref().unwrap_or(text);
    let mut blocks = Blocks::default();
    let mut start = body;
    for restart in 0..=MOST_RESTARTS {
        let Some(next) = blocks.read_until_broken(source, text, start, restart < MOST_RESTARTS) else { break };
        start = next;
    }
    blocks
}

impl Blocks {
    /// Reads to the end of the page, or up to a block that swallowed a section: then returns where that begins.
    fn read_until_broken(
        &mut self,
        source: &PageText<'_>,
        text: &str,
        start: usize,
        may_restart: bool,
    ) -> Option<usize> {
        let rest = text.get(start..)?;
        let mut fence: Option<(String, Range<usize>)> = None;
        for (event, range) in Parser::new(rest).into_offset_iter() {
            let range = range.start + start..range.end + start;
            match event {
                Event::Start(Block::Heading { level: HeadingLevel::H2, .. }) => self.heading(text, range.start),
                Event::Start(Block::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    let language = info.split([' ', '\t', ',', '{']).next().unwrap_or_default().to_ascii_lowercase();
                    fence = Some((language, range.end..range.end));
                }
                Event::Text(_) => {
                    if let Some((_, content)) = &mut fence {
                        content.start = content.start.min(range.start);
                        content.end = range.end;
                    }
                }
                Event::End(TagEnd::CodeBlock) => {
                    let Some((language, content)) = fence.take() else { continue };
                    let broken_at = self.fence(source, text, Fence { language, range, content });
                    if let Some(offset) = broken_at.filter(|_| may_restart) {
                        return Some(offset);
                    }
                }
                Event::Start(Block::HtmlBlock) => {
                    let broken_at = self.html(source, text, range);
                    if let Some(offset) = broken_at.filter(|_| may_restart) {
                        return Some(offset);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// Notes the heading on the line of an offset, when the line begins with its `##`.
    fn heading(&mut self, text: &str, offset: usize) {
        let line = first_line(text.get(offset..).unwrap_or_default());
        let begins_line = offset == 0 || text.get(..offset).is_some_and(|before| before.ends_with('\n'));
        if let Some(title) = line.strip_prefix("## ").filter(|_| begins_line) {
            let content = text.len().min(offset + line.len() + 1);
            self.headings.push(Heading { topic: Topic::of(title), offset, content });
        }
    }

    /// Notes a fenced code block. When it was not closed, it is cut off at the first section it swallowed, and that
    /// offset is returned.
    fn fence(&mut self, source: &PageText<'_>, text: &str, mut fence: Fence) -> Option<usize> {
        let content = text.get(fence.content.clone()).unwrap_or_default();
        let closing = text.get(fence.content.end..fence.range.end).unwrap_or_default().trim_start();
        let is_closed = if content.is_empty() {
            closing.split_once('\n').is_some_and(|(_, last)| is_fence(last))
        } else {
            is_fence(closing)
        };
        let swallowed = swallowed_section(content, !is_closed).map(|at| at + fence.content.start);
        if !is_closed || swallowed.is_some() {
            let place = source.rest_of_line(fence.range.start);
            let diagnostic = source.warning("docs/unterminated-fence", place, "the code block is not closed");
            source.report(diagnostic.assuming("it ends at the next section").with_hint("close it with ```"));
        }
        if content.is_empty() {
            fence.content = fence.range.end..fence.range.end;
        }
        if let Some(end) = swallowed {
            fence.content.end = end;
            fence.range.end = end;
        }
        if text.get(fence.content.clone()).is_some_and(|content| content.ends_with('\n')) {
            fence.content.end -= 1;
        }
        self.fences.push(fence);
        swallowed
    }

    /// Notes the section headings that stand in an HTML block, where markdown sees none. When the block is of the
    /// kind that blank lines do not end, everything behind it has to be read again; then that offset is returned.
    fn html(&mut self, source: &PageText<'_>, text: &str, range: Range<usize>) -> Option<usize> {
        let block = text.get(range.clone()).unwrap_or_default();
        let is_comment = block.trim_start().starts_with("<!--");
        let is_closed = || memmem::find(block.as_bytes(), b"-->").is_some();
        if memmem::find(block.as_bytes(), b"## ").is_none() || (is_comment && is_closed()) {
            return None;
        }
        if is_comment {
            let place = source.rest_of_line(range.start);
            let diagnostic = source.warning("docs/unterminated-comment", place, "the comment is not closed");
            source.report(diagnostic.assuming("it ends at the next section").with_hint("close it with `-->`"));
        }
        let mut offset = range.start;
        let mut has_blank_line = false;
        for line in block.split_inclusive('\n') {
            let start = offset + line.find("</table>## ").map_or(0, |at| at + "</table>".len());
            offset += line.len();
            has_blank_line |= line.trim().is_empty();
            let Some(title) = text.get(start..offset).and_then(|line| line.strip_prefix("## ")) else { continue };
            if has_blank_line || is_comment {
                return Some(start);
            }
            self.headings.push(Heading { topic: Topic::of(title), offset: start, content: offset });
        }
        None
    }
}

fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("```") || line.starts_with("~~~")
}

/// Where in the content of a code block a section of this format begins that does not belong there.
///
/// In a block that is closed, a heading is content, unless another block opens behind it: then the fence that
/// seemed to close this block belongs to that one.
fn swallowed_section(content: &str, is_open: bool) -> Option<usize> {
    memmem::find(content.as_bytes(), b"## ")?;
    let mut offset = 0;
    let mut section = None;
    for line in content.split_inclusive('\n') {
        let opens_block =
            line.strip_prefix("```").is_some_and(|info| info.starts_with(|c: char| c.is_ascii_alphabetic()));
        if section.is_some() && opens_block {
            return section;
        }
        let is_section = line.strip_prefix("## ").is_some_and(|title| Topic::of(title) != Topic::Other);
        section = section.or(is_section.then_some(offset));
        offset += line.len();
    }
    section.filter(|_| is_open)
}

/// Splits the content of a section at its `<TabItem>` tags.
fn split_into_parts(source: &PageText<'_>, document: &Document, content: Range<usize>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut tab = String::new();
    let mut start = content.start;
    let mut line = None;
    for name in memmem::find_iter(source.slice(content.clone()).as_bytes(), b"TabItem") {
        let Some((offset, tag)) = tab_item(source.text(), content.start + name) else { continue };
        let line_start = source.line_start(offset);
        if line.is_none_or(|(start, _)| start != line_start) {
            line = Some((line_start, is_line_of_tabs(source, line_start)));
        }
        let is_tab = line.is_some_and(|(_, is_tab)| is_tab);
        if !is_tab || document.fence_at(offset).is_some() {
            continue;
        }
        parts.push(Part { tab: std::mem::take(&mut tab), range: start..offset });
        start = tag.end;
        if !tag.closing {
            tag.attribute("value").unwrap_or_default().clone_into(&mut tab);
        }
    }
    parts.push(Part { tab, range: start..content.end });
    parts.retain(|part| !part.tab.is_empty() || !source.slice(part.range.clone()).trim().is_empty());
    parts
}

/// The `<TabItem>` or `</TabItem>` whose name stands at an offset, and where it begins.
fn tab_item(text: &str, name: usize) -> Option<(usize, Tag<'_>)> {
    let before = text.get(..name)?;
    let offset = before.strip_suffix("</").or_else(|| before.strip_suffix('<'))?.len();
    Some((offset, Tag::at(text, offset).filter(|tag| tag.is("TabItem"))?))
}

/// Whether a line begins with the tag of a tab: elsewhere, as in the cell of a table, such a tag is text.
fn is_line_of_tabs(source: &PageText<'_>, line_start: usize) -> bool {
    let line = source.line_at(line_start, source.text().len()).trim_start();
    ["<TabItem", "</TabItem", "</Tabs>"].iter().any(|tag| line.starts_with(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics(text: &str) -> (Vec<Topic>, Vec<&'static str>) {
        let source = PageText::new("p.md", text);
        let document = read(&source, 0);
        let topics = document.sections.iter().map(|section| section.topic).collect();
        (topics, source.into_diagnostics().iter().map(|diagnostic| diagnostic.code).collect())
    }

    #[test]
    fn headings_are_found_without_blank_lines_around_them() {
        let text = "## Overview\n<table>\n</table>\n## Fields\n## Methods\n| a |\n## `SELECT` examples\n<table></table>## Parameters\n";
        let expected =
            [Topic::Overview, Topic::Fields, Topic::Methods, Topic::Examples(Verb::Select), Topic::Parameters];
        assert_eq!(topics(text), (expected.to_vec(), vec![]));
    }

    #[test]
    fn headings_in_code_and_comments_are_none() {
        let text = "## Fields\n```md\n## Methods\n```\n    ## Methods\n\n<!--\n\n## Methods\n-->\n> ## Methods\n\nMethods\n---\n";
        assert_eq!(topics(text), (vec![Topic::Fields], vec![]));
    }

    #[test]
    fn fences_inside_cells_and_indented_ones_are_text() {
        let text = "## Methods\n<table>\n<tr><td>```azurecli<br /> ```` </td></tr>\n</table>\n\n```yaml\na: |\n        ```sh\n        ````\n```\n## Parameters\n";
        assert_eq!(topics(text), (vec![Topic::Methods, Topic::Parameters], vec![]));
    }

    #[test]
    fn an_open_fence_does_not_swallow_the_sections_behind_it() {
        let text = "## `SELECT` examples\n```sql\nSELECT 1\n\n## `INSERT` example\n```sql\nINSERT\n```\n## `DELETE` example\n```sql\nDELETE\n";
        let source = PageText::new("p.md", text);
        let document = read(&source, 0);
        let sql: Vec<&str> = document.fences.iter().map(|fence| source.slice(fence.content.clone())).collect();
        assert_eq!(sql, ["SELECT 1\n", "INSERT", "DELETE"]);
        assert_eq!(document.sections.len(), 3);
        let codes: Vec<_> = source.into_diagnostics().iter().map(|diagnostic| diagnostic.code).collect();
        assert_eq!(codes, ["docs/unterminated-fence"; 2]);
    }

    #[test]
    fn an_open_html_block_does_not_swallow_the_sections_behind_it() {
        let text = "## Fields\n<pre>\nx\n\n## Methods\n```sql\nSELECT\n```\n";
        let source = PageText::new("p.md", text);
        let document = read(&source, 0);
        assert_eq!((document.sections.len(), document.fences.len()), (2, 1));
    }

    #[test]
    fn an_open_comment_does_not_swallow_the_sections_behind_it() {
        let (found, codes) = topics("## Fields\n<!-- x\n## Methods\n| a |\n\n## Parameters\n");
        assert_eq!(found, [Topic::Fields, Topic::Methods, Topic::Parameters]);
        assert_eq!(codes, ["docs/unterminated-comment"]);
    }

    #[test]
    fn a_page_of_open_blocks_is_read_in_bounded_time() {
        let text = "```sql\n## Methods\n".repeat(2_000);
        let (topics, _) = topics(&text);
        assert!(topics.len() <= MOST_RESTARTS + 1, "{}", topics.len());
    }

    #[test]
    fn tabs_are_told_apart_on_one_line_or_several() {
        let text = "## Fields\nintro\n<Tabs\n  values={[]}\n>\n<TabItem value=\"a\">\n\none\n</TabItem><TabItem value='b'>\ntwo\n```\n</TabItem>\n```\n</TabItem></Tabs>\noutro\n";
        let source = PageText::new("p.md", text);
        let document = read(&source, 0);
        let parts: Vec<_> = document.sections[0]
            .parts
            .iter()
            .map(|part| (part.tab.as_str(), source.slice(part.range.clone()).split_whitespace().next().unwrap_or("")))
            .collect();
        assert_eq!(parts, [("", "intro"), ("a", "one"), ("b", "two"), ("", "</Tabs>")]);
    }
}
