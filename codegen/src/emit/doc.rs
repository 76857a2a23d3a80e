//! Descriptions of documents → text that is safe and readable inside Rust documentation.
//!
//! Descriptions are untrusted. Markdown that could change the page around it, open a code block (which `cargo test`
//! would compile) or make rustdoc warn is escaped; control characters and marks that reorder text are dropped. Code
//! spans in backticks and addresses survive.

/// How wide documentation is wrapped, without indentation and slashes.
const WIDTH: usize = 100;

/// A description as paragraphs of wrapped lines, with an empty line between paragraphs.
pub(crate) fn paragraphs(description: &str) -> Vec<String> {
    let clean = clean(description);
    let mut lines = Vec::new();
    for paragraph in clean.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>()) {
        if paragraph.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(wrap(&escape(&paragraph.join(" "))));
    }
    lines
}

/// The first sentence or line of a description, escaped, on one line.
pub(crate) fn first_sentence(description: &str) -> String {
    let clean = clean(description);
    let first = clean.split("\n\n").find(|paragraph| !paragraph.trim().is_empty()).unwrap_or_default();
    let folded = first.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = folded.find(". ").map_or(folded.len(), |dot| dot + 1);
    escape(folded.get(..end).unwrap_or(&folded))
}

/// Text of a document that stands between backticks in documentation.
pub(crate) fn code(text: &str) -> String {
    let inner: String = clean(text).chars().map(|c| if c == '`' { '\'' } else { c }).collect();
    let inner = inner.split_whitespace().collect::<Vec<_>>().join(" ");
    if inner.is_empty() { "` `".to_owned() } else { format!("`{inner}`") }
}

/// Drops control characters and the marks that reorder text; a carriage return is a line end.
fn clean(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter_map(|c| match c {
            '\n' | '\t' => Some(c),
            '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                None
            }
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect()
}

/// Escapes what markdown would act on, except code spans and addresses.
fn escape(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len() + 8);
    let mut rest = line;
    while let Some(letter) = rest.chars().next() {
        if let Some((span, after)) = code_span(rest) {
            escaped.push_str(span);
            rest = after;
            continue;
        }
        if let Some((address, after)) = address(rest) {
            escaped.push('<');
            escaped.push_str(address);
            escaped.push('>');
            rest = after;
            continue;
        }
        if matches!(letter, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '~' | '|' | '&' | '$') {
            escaped.push('\\');
        }
        escaped.push(letter);
        rest = rest.get(letter.len_utf8()..).unwrap_or_default();
    }
    escaped
}

/// A code span at the start of the text, between single backticks.
fn code_span(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('`')?;
    let end = inner.find('`').filter(|end| *end > 0)?;
    let after = inner.get(end + 1..)?;
    (!after.starts_with('`')).then(|| (text.get(..end + 2).unwrap_or(text), after))
}

/// A web address at the start of the text, without the punctuation that follows it.
fn address(text: &str) -> Option<(&str, &str)> {
    if !text.starts_with("https://") && !text.starts_with("http://") {
        return None;
    }
    let end = text.find(|c: char| c.is_whitespace() || "<>()[]{}\"'`\\|*".contains(c)).unwrap_or(text.len());
    let address = text.get(..end)?.trim_end_matches(['.', ',', ';', ':', '!', '?', '_']);
    // An address of the scheme alone is no address.
    (address.len() > "https://".len()).then(|| (address, text.get(address.len()..).unwrap_or_default()))
}

/// Breaks a line at blanks, and keeps its parts from looking like the start of a list, heading or quotation.
fn wrap(line: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    for word in line.split(' ') {
        if !current.is_empty() && current.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(std::mem::take(&mut current));
        }
        if current.is_empty() {
            current = harmless_start(word);
        } else {
            current.push(' ');
            current.push_str(word);
        }
    }
    lines.push(current);
    lines
}

/// The first word of a line, escaped where it would start a block: `-`, `+`, `#`, `=`, `1.`, `2)`.
fn harmless_start(word: &str) -> String {
    if word.starts_with(['-', '+', '#', '=', ':']) {
        return format!("\\{word}");
    }
    let digits = word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match word.get(digits..) {
        Some(rest) if digits > 0 && rest.starts_with(['.', ')']) => {
            format!("{}\\{rest}", word.get(..digits).unwrap_or_default())
        }
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::code::Code;

    #[test]
    fn plain_text_stays_readable() {
        assert_eq!(
            paragraphs("Sets `api-version` of a\nback end. See https://example.com/a_b.\n\nMore."),
            ["Sets `api-version` of a back end. See <https://example.com/a_b>.", "", "More."]
        );
    }

    #[test]
    fn nothing_opens_a_block() {
        assert_eq!(paragraphs("```\nfn main() {}\n```"), ["\\`\\`\\` fn main() {} \\`\\`\\`"]);
        assert_eq!(paragraphs("    let x = 1;"), ["let x = 1;"]);
        assert_eq!(paragraphs("# Title"), ["\\# Title"]);
        assert_eq!(paragraphs("12. twelve"), ["12\\. twelve"]);
        assert_eq!(paragraphs("<Key, Value> [link](#x)"), ["\\<Key, Value\\> \\[link\\](#x)"]);
    }

    #[test]
    fn marks_that_reorder_text_and_bare_returns_are_gone() {
        assert_eq!(paragraphs("a\u{202e}b\rc\u{0}d"), ["ab cd"]);
    }

    #[test]
    fn long_text_is_wrapped() {
        let lines = paragraphs(&"word ".repeat(60));
        assert!(lines.len() == 3 && lines.iter().all(|line| line.len() <= WIDTH), "{lines:?}");
    }

    proptest::proptest! {
        #[test]
        fn a_description_ends_in_its_comment_whatever_it_says(
            text in r"(.|\r|\n|\x00|\x85|\*/|/\*|//|```|\x{2028}|\x{202e}|\x{2066}|\x{feff}){0,40}",
        ) {
            let mut lines = paragraphs(&text);
            lines.extend([first_sentence(&text), code(&text)]);
            let mut written = Code::default();
            written.inner_docs(&lines);
            written.docs(&lines);
            written.line("struct Documented;");
            let written = written.into_text();
            let file = syn::parse_file(&written)?;
            let [syn::Item::Struct(item)] = file.items.as_slice() else {
                return Err(proptest::test_runner::TestCaseError::fail(written));
            };
            for attributes in [&file.attrs, &item.attrs] {
                proptest::prop_assert_eq!(attributes.len(), lines.len());
                proptest::prop_assert!(attributes.iter().all(|attribute| attribute.path().is_ident("doc")));
            }
            proptest::prop_assert!(!written.contains(['\u{202e}', '\u{2066}', '\r', '\0']), "{}", written);
        }
    }
}
