//! Where a tag stands in running text, by the rules of markdown.
//!
//! `<br />` and `<CopyableCode code="a, b" />` are tags; `a < b`, `<Key, Value>` and `<project_id>` are text. What
//! stands between backticks is text as well.

use std::ops::Range;

/// A tag, with offsets relative to the text it was found in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag<'t> {
    /// Its name as written.
    pub(super) name: &'t str,
    /// Whether it begins with `</`.
    pub(super) closing: bool,
    /// Whether it ends with `/>`.
    pub(super) self_closing: bool,
    /// What stands between the name and the end.
    attributes: &'t str,
    /// The offset behind its `>`.
    pub(super) end: usize,
}

impl<'t> Tag<'t> {
    /// The tag that begins at an offset, where a `<` stands.
    ///
    /// No `<` may stand inside a tag, so the search ends at the next one and reading a text stays linear.
    pub(super) fn at(text: &'t str, start: usize) -> Option<Self> {
        let inside = text.get(start..)?.strip_prefix('<')?;
        let (closing, inside) = inside.strip_prefix('/').map_or((false, inside), |rest| (true, rest));
        let length = inside.bytes().position(|b| !(b.is_ascii_alphanumeric() || b == b'-')).unwrap_or(inside.len());
        let (name, rest) = inside.split_at(length);
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !rest.starts_with([' ', '\t', '\n', '\r', '/', '>'])
        {
            return None;
        }
        let length = attributes_length(rest)?;
        let (attributes, after) = rest.split_at(length);
        let attributes = attributes.trim_end();
        let self_closing = attributes.ends_with('/');
        let attributes = attributes.strip_suffix('/').unwrap_or(attributes);
        Some(Self { name, closing, self_closing, attributes, end: text.len() - after.len() + 1 })
    }

    /// Whether it has a name, in any case.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The quoted value of an attribute, verbatim.
    pub(super) fn attribute(&self, wanted: &str) -> Option<&'t str> {
        let mut rest = self.attributes;
        loop {
            let (before, after) = rest.split_once('=')?;
            let name = before.trim_end().rsplit(|c: char| c.is_whitespace()).next().unwrap_or_default();
            let after = after.trim_start().trim_start_matches('{');
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
            let Some((value, next)) = quote.and_then(|quote| after.get(1..)?.split_once(quote)) else {
                rest = after;
                continue;
            };
            if name == wanted {
                return Some(value);
            }
            rest = next;
        }
    }
}

/// How far the attributes reach, up to the `>` that ends the tag; `None` when what stands there are none.
fn attributes_length(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut expects_value = false;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (_, b'<') => return None,
            (Some(open), _) if byte == open => quote = None,
            (None, b'>') => return Some(at),
            (None, b'=') => expects_value = true,
            (None, b'"' | b'\'' | b'`') if expects_value => (quote, expects_value) = (Some(byte), false),
            (None, _) if byte.is_ascii_alphanumeric() => expects_value = false,
            // A value in braces is JavaScript; it is passed over as far as it holds no `>` and no `<`.
            (Some(_), _) | (None, b' ' | b'\t' | b'\n' | b'\r' | b'/' | b'_' | b':' | b'.' | b'-' | b'{' | b'}') => {}
            (None, _) => return None,
        }
    }
    None
}

/// Finds the code spans of a cell's text: what stands between two runs of backticks of the same length.
///
/// A run that is not matched before the end is text, as in markdown. It is looked for once, so that a text full of
/// unmatched runs is still read in linear time.
#[derive(Default)]
pub(super) struct CodeSpans {
    /// By length of run: there is no run of that length between here and this offset.
    unmatched_until: [usize; 8],
}

impl CodeSpans {
    /// The code span that begins at an offset, where a backtick stands: its content, between the runs. Otherwise
    /// the length of the run, which is text.
    pub(super) fn at(&mut self, text: &str, start: usize, end: usize) -> Result<Range<usize>, usize> {
        let bytes = text.as_bytes().get(..end.min(text.len())).unwrap_or_default();
        let run = run_length(bytes, start);
        let Some(unmatched_until) = self.unmatched_until.get_mut(run.saturating_sub(1)) else { return Err(run) };
        if start < *unmatched_until {
            return Err(run);
        }
        let mut at = start + run;
        while let Some(skip) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'`')) {
            let closing = run_length(bytes, at + skip);
            if closing == run {
                return Ok(start + run..at + skip);
            }
            at += skip + closing;
        }
        *unmatched_until = end;
        Err(run)
    }
}

fn run_length(bytes: &[u8], start: usize) -> usize {
    bytes.get(start..).unwrap_or_default().iter().take_while(|byte| **byte == b'`').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_told_from_text() {
        for text in
            ["< b", "<Key, Value>", "<project_id>", "<a <b>", "<", "</", "<1>", "<a", "<a \"", "<a b=\"c", "<a & b>"]
        {
            assert_eq!(Tag::at(text, 0), None, "{text}");
        }
        for text in ["<br/>", "<br />", "</td>", "<a href=\"#x>y\">", "<Tabs\n  defaultValue=\"get\">", "<note>"] {
            assert_eq!(Tag::at(text, 0).map(|tag| tag.end), Some(text.len()), "{text}");
        }
    }

    #[test]
    fn attributes_are_found_by_name() {
        let text = "<TabItem label=\"value=x\" value='get' default>";
        assert_eq!(Tag::at(text, 0).unwrap().attribute("value"), Some("get"));
        let text = "<CopyableCode code={\"a, b\"} />";
        assert_eq!(Tag::at(text, 0).unwrap().attribute("code"), Some("a, b"));
        assert_eq!(Tag::at("<a code=b>", 0).unwrap().attribute("code"), None);
    }

    #[test]
    fn a_code_span_needs_a_run_of_the_same_length() {
        let text = "`a` ``b`c`` ```d";
        let mut spans = CodeSpans::default();
        assert_eq!(spans.at(text, 0, text.len()), Ok(1..2));
        assert_eq!(spans.at(text, 4, text.len()), Ok(6..9));
        assert_eq!(spans.at(text, 12, text.len()), Err(3));
    }
}
