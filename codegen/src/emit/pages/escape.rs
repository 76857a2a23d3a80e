//! Text as a page has to write it, so that it reads back as it was and a site can render it.
//!
//! Pages are MDX: `<` begins an element and `{` an expression wherever they stand in running text, and white space
//! means nothing beyond separating words. What stands between matching backticks is shown as it is, so nothing more
//! is escaped there than what would be misread.

use std::collections::HashMap;
use std::fmt::Write as _;

/// The longest run of backticks that is taken for the mark of a code span.
const LONGEST_RUN: usize = 8;

/// A text with every run of white space as one blank and none at its ends: what a page can say of it.
pub(super) fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Running text inside an element, such as a cell of a table. It is expected folded.
pub(super) fn inline(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    let mut at = 0;
    for span in code_spans(text) {
        let before = text.get(at..span.start).unwrap_or_default();
        if ends_in_address(before) {
            continue;
        }
        escape_text(&mut escaped, before);
        escape_code(&mut escaped, text.get(span.clone()).unwrap_or_default());
        at = span.end;
    }
    escape_text(&mut escaped, text.get(at..).unwrap_or_default());
    escaped
}

/// Whether a text ends in what becomes a link by itself, which a backtick right behind it would be a part of.
fn ends_in_address(text: &str) -> bool {
    let word = text.rsplit(char::is_whitespace).next().unwrap_or_default();
    ["://", "www.", "@", "mailto:"].iter().any(|sign| word.contains(sign))
}

/// Running text that is a paragraph of its own. It is expected folded.
///
/// Nothing at its beginning may look like the beginning of something else: a list, a heading, an import.
pub(super) fn paragraph(text: &str) -> String {
    let is_statement = ["import ", "export "].iter().any(|word| text.starts_with(word));
    match text.chars().next() {
        Some(first) if is_statement || first.is_ascii_digit() || (first.is_ascii_punctuation() && first != '`') => {
            let rest = text.get(first.len_utf8()..).unwrap_or_default();
            format!("{}{}", reference(first), inline(rest))
        }
        _ => inline(text),
    }
}

/// A name between `<code>` and `</code>`, where emphasis would still be read as such.
pub(super) fn code(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '<' | '>' | '&' | '{' | '}' | '*' | '_' | '`' | '\\' | '~' if !is_inner(name, c) => {
                escaped.push_str(&reference(c));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// Whether a sign is an underscore that stands between letters only, as in most names: it emphasises nothing there.
fn is_inner(name: &str, c: char) -> bool {
    c == '_' && !name.starts_with('_') && !name.ends_with('_') && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// The value of an attribute, to stand between double quotes.
pub(super) fn attribute(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '<' | '>' | '&' | '"' | '`' | '{' | '}' => escaped.push_str(&reference(c)),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A text in YAML: bare where nothing can take it for anything but text, else in quotes.
pub(super) fn yaml(text: &str) -> String {
    const OTHERS: [&str; 10] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan"];
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || "_/".contains(c))
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./ ".contains(c))
        && !text.ends_with(' ')
        && !OTHERS.iter().any(|other| text.eq_ignore_ascii_case(other));
    if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

/// Text inside a template literal of JavaScript.
pub(super) fn template_literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('`', "\\`").replace("${", "\\${")
}

/// Outside of code, what begins an element, an expression, a reference or a code span is written as a reference.
fn escape_text(escaped: &mut String, text: &str) {
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '<' | '>' | '&' | '{' | '}' | '`' => escaped.push_str(&reference(c)),
            // A backslash would take the meaning from the reference behind it.
            '\\' if characters.peek().is_none_or(|next| "<>&{}`\\".contains(*next)) => escaped.push_str(&reference(c)),
            c => escaped.push(c),
        }
    }
}

/// In code, what readers decode or take for a tag all the same is written as a reference.
fn escape_code(escaped: &mut String, span: &str) {
    const TAGS: [&str; 4] = ["br", "table", "tabitem", "/"];
    for (at, c) in span.char_indices() {
        let rest = span.get(at + c.len_utf8()..).unwrap_or_default();
        let begins_tag = |tag: &&str| rest.get(..tag.len()).is_some_and(|head| head.eq_ignore_ascii_case(tag));
        match c {
            '<' if TAGS.iter().any(begins_tag) => escaped.push_str("&lt;"),
            '&' if is_reference(rest) => escaped.push_str("&amp;"),
            c => escaped.push(c),
        }
    }
}

/// Whether what stands behind a `&` makes it a character reference.
fn is_reference(rest: &str) -> bool {
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '#'));
    end.is_some_and(|end| end > 0 && rest.get(end..).is_some_and(|rest| rest.starts_with(';')))
}

/// The character reference for a sign.
fn reference(c: char) -> String {
    match c {
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '&' => "&amp;".to_owned(),
        '"' => "&quot;".to_owned(),
        c => {
            let mut reference = String::new();
            // Writing to a string does not fail.
            let _ = write!(reference, "&#{};", u32::from(c));
            reference
        }
    }
}

/// The code spans of a text, with their marks: from a run of backticks to the next run of the same length.
fn code_spans(text: &str) -> Vec<std::ops::Range<usize>> {
    let runs = runs_of_backticks(text);
    // For every run, the next one of its length; looked up from behind, so that the time stays linear.
    let mut next_of_length: HashMap<usize, usize> = HashMap::new();
    let mut closing = vec![None; runs.len()];
    for (index, run) in runs.iter().enumerate().rev() {
        if let Some(closing) = closing.get_mut(index).filter(|_| run.len() <= LONGEST_RUN) {
            *closing = next_of_length.insert(run.len(), index);
        }
    }
    let mut spans = Vec::new();
    let mut next = 0;
    while let Some(opening) = runs.get(next) {
        match closing.get(next).copied().flatten().and_then(|index| Some((index, runs.get(index)?))) {
            Some((index, closing)) => {
                spans.push(opening.start..closing.end);
                next = index + 1;
            }
            None => next += 1,
        }
    }
    spans
}

fn runs_of_backticks(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, _) in text.match_indices('`') {
        match runs.last_mut() {
            Some(run) if run.end == at => run.end += 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_holds_nothing_that_mdx_would_run() {
        assert_eq!(inline("a < b {x} &lt; `c"), "a &lt; b &#123;x&#125; &amp;lt; &#96;c");
        assert_eq!(inline(r"\{ \* \"), r"&#92;&#123; \* &#92;");
    }

    #[test]
    fn code_is_shown_as_it_is() {
        assert_eq!(inline("`{a} <b>` ``x`y`` &"), "`{a} <b>` ``x`y`` &amp;");
        assert_eq!(inline("`<br> </td> &lt; &x`"), "`&lt;br> &lt;/td> &amp;lt; &x`");
        assert_eq!(inline("`` a ` b"), "&#96;&#96; a &#96; b");
        assert_eq!(inline("see http://x/`{y}`, `{z}`"), "see http://x/&#96;&#123;y&#125;&#96;, `{z}`");
    }

    #[test]
    fn a_paragraph_begins_as_one() {
        assert_eq!(paragraph("import x"), "&#105;mport x");
        assert_eq!(paragraph("- x"), "&#45; x");
        assert_eq!(paragraph("1. x"), "&#49;. x");
        assert_eq!(paragraph("Äpfel"), "Äpfel");
    }

    #[test]
    fn names_are_not_emphasised() {
        assert_eq!(code("__x__"), "&#95;&#95;x&#95;&#95;");
        assert_eq!(code("filter[a_b]"), "filter[a&#95;b]");
        assert_eq!(code("resource_group"), "resource_group");
    }

    #[test]
    fn yaml_takes_text_for_text() {
        assert_eq!(yaml("backend"), "backend");
        assert_eq!(yaml("null"), "'null'");
        assert_eq!(yaml("1.0"), "'1.0'");
        assert_eq!(yaml("it's: {x}"), "'it''s: {x}'");
    }

    #[test]
    fn backticks_are_paired_in_linear_time() {
        let text: String = (0..20_000).map(|index| "`".repeat(index % 7 + 1) + " ").collect();
        assert!(!code_spans(&text).is_empty());
    }
}
