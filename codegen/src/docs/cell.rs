//! What a table cell says, whatever it is written in.
//!
//! In: a cell of a markdown table as text, or of an HTML table as element. Out: [`Cell`], with its plain text and
//! what it marks as code. The dialects write the same name as `<CopyableCode code="get" />`, `<code>get</code>`,
//! `` `get` ``, `` [`get`](#get) ``, `<a href="#get">get</a>` or plain; they all read as `get`.

use std::ops::Range;

use scraper::{ElementRef, Html, Node};

use super::{entity, html_table};

/// A cell of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    /// Its text: tags dropped, `<br />` a blank, entities decoded once, white space folded.
    text: String,
    /// What stands in its code elements, in order. Backticks are left to [`Cell::value`] and [`Cell::items`]: in a
    /// description they are text.
    codes: Vec<String>,
    /// Where it begins on the page.
    pub(super) offset: usize,
}

impl Cell {
    /// Reads a cell of a markdown table.
    pub(super) fn from_markdown(source: &str, offset: usize) -> Self {
        let offset = offset + (source.len() - source.trim_start().len());
        let source = source.trim();
        if !source.contains('<') {
            return Self { text: fold(&entity::decode(source)), codes: Vec::new(), offset };
        }
        if let Some(code) = only_copyable_code(source) {
            let code = entity::decode(code).trim().to_owned();
            return Self { text: fold(&code), codes: vec![code], offset };
        }
        let html = Html::parse_fragment(&html_table::tidy_text(source));
        Self::from_nodes(html.root_element(), offset)
    }

    /// Reads a cell of an HTML table, whose source was tidied.
    pub(super) fn from_element(element: ElementRef<'_>) -> Self {
        let offset = element.attr(html_table::OFFSET).and_then(|offset| offset.parse().ok()).unwrap_or(0);
        Self::from_nodes(element, offset)
    }

    fn from_nodes(element: ElementRef<'_>, offset: usize) -> Self {
        let mut cell = Self { text: String::new(), codes: Vec::new(), offset };
        for node in element.descendants() {
            match node.value() {
                Node::Text(text) => cell.text.push_str(text),
                Node::Element(element) if element.name() == "br" => cell.text.push(' '),
                Node::Element(element) if element.name() == "copyablecode" => {
                    let code = element.attr("code").unwrap_or_default().trim();
                    cell.text.push_str(code);
                    cell.codes.push(code.to_owned());
                }
                Node::Element(element) if element.name() == "code" => {
                    let texts = node.children().filter_map(|child| child.value().as_text());
                    cell.codes.push(fold(&texts.map(|text| &**text).collect::<String>()));
                }
                _ => {}
            }
        }
        cell.text = fold(&cell.text);
        cell
    }

    /// The plain text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The one thing the cell names: its first code, or else its text.
    pub(super) fn value(&self) -> &str {
        match self.codes.first() {
            Some(code) => code,
            None => code_spans(&self.text).next().unwrap_or_else(|| self.text.trim_matches('`').trim()),
        }
    }

    /// The things that the cell lists, separated by commas or each marked as code. An item can be empty; a cell
    /// that is empty, or a mere dash, lists none.
    pub(super) fn items(&self) -> Vec<&str> {
        let mut lists: Vec<&str> = self.codes.iter().map(String::as_str).collect();
        if lists.is_empty() {
            lists.extend(code_spans(&self.text));
        }
        if lists.is_empty() {
            lists.push(self.text.trim_matches('`').trim());
        }
        lists.retain(|list| !matches!(*list, "" | "-"));
        lists.into_iter().flat_map(|list| list.split(',')).map(str::trim).collect()
    }
}

/// The code of a cell that is nothing but `<CopyableCode code="…" />`, which is the most frequent form of all.
fn only_copyable_code(source: &str) -> Option<&str> {
    let code = source.strip_prefix("<CopyableCode code=\"")?.strip_suffix("/>")?.trim_end().strip_suffix('"')?;
    (!code.contains(['"', '<', '>'])).then_some(code)
}

/// The contents of the code spans of a text.
fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    let mut spans = super::tag::CodeSpans::default();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            at += text.get(at..)?.find('`')?;
            match spans.at(text, at, text.len()) {
                Ok(Range { start, end }) => {
                    at = end + (start - at);
                    return text.get(start..end).map(str::trim);
                }
                Err(run) => at += run,
            }
        }
    })
}

/// Every run of white space becomes one blank; at the ends it goes.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(source: &str) -> Cell {
        Cell::from_markdown(source, 0)
    }

    #[test]
    fn a_name_reads_the_same_in_every_form() {
        for source in [
            "get",
            "`get`",
            " ``get`` ",
            "<code>get</code>",
            "<CopyableCode code=\"get\" />",
            "<CopyableCode code='get'></CopyableCode>",
            "<a href=\"#get\"><CopyableCode code=\"get\" /></a>",
            "<a href=\"#get\">get</a>",
            "[`get`](#get)",
            "<b>get</b>",
        ] {
            assert_eq!(cell(source).value(), "get", "{source}");
        }
    }

    #[test]
    fn a_list_reads_the_same_in_every_form() {
        for source in [
            "$filter, If-Match",
            "`$filter, If-Match`",
            "`$filter`, `If-Match`",
            "<CopyableCode code=\"$filter, If-Match\" />",
            "<CopyableCode code=\"$filter\" />, <CopyableCode code=\"If-Match\" />",
            "<a href=\"#parameter-$filter\"><code>$filter</code></a>, <a href=\"#parameter-If-Match\"><code>If-Match</code></a>",
            "<a href=\"#parameter-$filter\">$filter</a>, <a href=\"#parameter-If-Match\">If-Match</a>",
            "[`$filter`](#f), [`If-Match`](#i)",
        ] {
            assert_eq!(cell(source).items(), ["$filter", "If-Match"], "{source}");
        }
    }

    #[test]
    fn an_empty_list_is_empty_and_an_empty_item_is_an_item() {
        for source in ["", "  ", "``", "-", "<CopyableCode code=\"\" />", "<code></code>"] {
            assert_eq!(cell(source).items(), [""; 0], "{source}");
        }
        assert_eq!(cell("<CopyableCode code=\", region\" />").items(), ["", "region"]);
    }

    #[test]
    fn a_description_is_plain_text_and_keeps_its_markdown() {
        let read = |source| cell(source).text().to_owned();
        assert_eq!(read("a<br/>b<br />\n  c"), "a b c");
        assert_eq!(read("**x** `y` [z](#z)"), "**x** `y` [z](#z)");
        assert_eq!(read("&lt;b&gt; &amp;lt; ?a=1&region=2"), "<b> &lt; ?a=1&region=2");
        assert_eq!(read("<i>a</i> <see href=\"x\" /> b <Key, Value> < > % {x}"), "a b <Key, Value> < > % {x}");
        assert_eq!(read("`<name>` and <code>code</code>"), "`<name>` and code");
        assert_eq!(read("```sh<br />a <b><br />```<b>"), "```sh a <b> ```");
        assert_eq!(read("<script>x</script><!-- y -->z"), "x<!-- y -->z");
    }
}
