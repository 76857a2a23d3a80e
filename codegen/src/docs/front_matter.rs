//! The block between `---` lines at the top of a page.
//!
//! In: the page. Out: its title, its keywords and where the body begins. Nothing depends on the keywords: many pages
//! carry those of another provider's template.

use super::page_text::PageText;

/// What the front matter says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct FrontMatter {
    /// The value of `title`, without quotes; empty when there is none.
    pub(super) title: String,
    /// The offset of the title's line.
    pub(super) title_offset: usize,
    /// The items of `keywords`.
    pub(super) keywords: Vec<String>,
    /// The offset of the first line of the body.
    pub(super) body: usize,
}

/// Reads the front matter. Without one the whole page is its body.
pub(super) fn read(source: &PageText<'_>) -> FrontMatter {
    let mut lines = source.lines(0..source.text().len());
    let mut front = FrontMatter::default();
    if lines.next().is_none_or(|(_, line)| line.trim_end() != "---") {
        let message = "the page has no front matter";
        let diagnostic = source.warning("docs/no-front-matter", source.rest_of_line(0), message);
        let hint = "begin the page with `---`, `title: NAME`, `---`";
        source.report(diagnostic.assuming("it has no title").with_hint(hint));
        return front;
    }
    let mut key = "";
    for (offset, line) in lines {
        if line.trim_end() == "---" {
            front.body = source.text().len().min(offset + line.len() + 1);
            return front;
        }
        if line.starts_with("## ") || line.starts_with("import ") {
            front.body = offset;
            break;
        }
        if let Some(keyword) = line.trim_start().strip_prefix("- ").filter(|_| key == "keywords") {
            front.keywords.push(unquoted(keyword.trim()).to_owned());
            continue;
        }
        let Some((word, value)) = line.split_once(':') else { continue };
        key = word;
        if key == "title" && front.title.is_empty() {
            unquoted(value.trim()).clone_into(&mut front.title);
            front.title_offset = offset;
        }
    }
    let message = "the front matter is not closed";
    let diagnostic = source.warning("docs/no-front-matter", source.rest_of_line(0), message);
    let assumed = "it ends at the first import or section";
    source.report(diagnostic.assuming(assumed).with_hint("close it with a line `---`"));
    front
}

fn unquoted(value: &str) -> &str {
    ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> (FrontMatter, Vec<&'static str>) {
        let source = PageText::new("p.md", text);
        let front = read(&source);
        (front, source.into_diagnostics().iter().map(|diagnostic| diagnostic.code).collect())
    }

    #[test]
    fn the_first_line_may_end_in_a_blank_and_the_title_in_quotes() {
        let (front, codes) = read_text("--- \nid: x\ntitle: 'backend'\n---\nbody");
        assert_eq!((front.title.as_str(), front.body, codes.len()), ("backend", 32, 0));
    }

    #[test]
    fn keywords_are_the_items_of_their_list() {
        let (front, _) =
            read_text("---\ntitle: a\nkeywords:\n  - b    \n  - cloud inventory\nimage: x\n  - no keyword\n---\n");
        assert_eq!(front.keywords, ["b", "cloud inventory"]);
    }

    #[test]
    fn an_unclosed_block_ends_where_the_body_shows_itself() {
        let (front, codes) = read_text("---\ntitle: a\nimport X from 'x';\n## Overview\n");
        assert_eq!((front.title.as_str(), front.body, codes), ("a", 13, vec!["docs/no-front-matter"]));
    }

    #[test]
    fn a_page_without_it_is_all_body() {
        let (front, codes) = read_text("## Overview\n");
        assert_eq!((front, codes), (FrontMatter::default(), vec!["docs/no-front-matter"]));
    }
}
