//! The words of a statement, without comments.

use memchr::memmem;

/// How far the end of a placeholder is looked for, in bytes.
const LONGEST_PLACEHOLDER: usize = 250;

/// A word of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'s> {
    /// What it is.
    pub(super) kind: Kind,
    /// Its text; of something in quotes, what stands between them.
    pub(super) text: &'s str,
    /// Where it begins, quotes included.
    pub(super) start: usize,
    /// Where it ends, quotes included.
    pub(super) end: usize,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword, a name or a number: documentation writes `If-Match`, `$filter` and `a.b.c` without quotes.
    Name,
    /// A text in single quotes, or a placeholder.
    Text,
    /// A single sign.
    Sign,
}

impl Token<'_> {
    /// Whether it is a keyword, in any case.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Name && self.text.len() == self.end - self.start && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is a sign.
    pub(super) fn is_sign(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }
}

/// The tokens of a text.
pub(super) fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = sql.get(at..).filter(|rest| !rest.is_empty()) {
        let blanks = rest.len() - rest.trim_start().len();
        let comment = comment_length(rest.get(blanks..).unwrap_or_default());
        if blanks + comment > 0 {
            at += blanks + comment;
            continue;
        }
        let (kind, inner, length) = token(rest);
        tokens.push(Token { kind, text: rest.get(inner).unwrap_or_default(), start: at, end: at + length });
        at += length;
    }
    tokens
}

/// How long the comment is that a text begins with; 0 without one.
fn comment_length(text: &str) -> usize {
    if text.starts_with("--") {
        text.find('\n').unwrap_or(text.len())
    } else if text.starts_with("/*") {
        memmem::find(text.as_bytes(), b"*/").map_or(text.len(), |at| at + 2)
    } else {
        0
    }
}

/// The token that a text begins with: its kind, where its text stands, and its length.
fn token(text: &str) -> (Kind, std::ops::Range<usize>, usize) {
    let quoted = |kind, quote| {
        let length = end_of_quoted(text.get(1..).unwrap_or_default(), quote, quote);
        (kind, 1..length + 1, (length + 2).min(text.len()))
    };
    match text.as_bytes() {
        [b'\'', ..] => quoted(Kind::Text, b'\''),
        [b'"', ..] => quoted(Kind::Name, b'"'),
        [b'`', ..] => quoted(Kind::Name, b'`'),
        _ => {
            let placeholder = placeholder_length(text).map(|length| (Kind::Text, length));
            let word = || Some(word_length(text)).filter(|length| *length > 0).map(|length| (Kind::Name, length));
            let sign = || (Kind::Sign, text.chars().next().map_or(1, char::len_utf8));
            let (kind, length) = placeholder.or_else(word).unwrap_or_else(sign);
            (kind, 0..length, length)
        }
    }
}

/// The length of the `{{ placeholder }}` that a text begins with, on one line and not longer than a name is.
fn placeholder_length(text: &str) -> Option<usize> {
    let inside = text.strip_prefix("{{")?.as_bytes();
    let inside = inside.get(..LONGEST_PLACEHOLDER).unwrap_or(inside);
    let end = memmem::find(inside, b"}}")?;
    (!inside.get(..end)?.contains(&b'\n')).then_some(end + "{{}}".len())
}

/// How many bytes a text begins with that can be part of a name.
fn word_length(text: &str) -> usize {
    let ends_word = |byte: u8| byte.is_ascii_whitespace() || b"'\"`(),;=<>!|*/".contains(&byte);
    let bytes = text.as_bytes();
    let begins_comment = |at: usize| bytes.get(at..).is_some_and(|rest| rest.starts_with(b"--"));
    let end = bytes.iter().enumerate().position(|(at, byte)| ends_word(*byte) || (*byte == b'-' && begins_comment(at)));
    end.unwrap_or(text.len())
}

/// Where the text ends whose opening quote was just passed: at the next quote that is not escaped, or at the end.
///
/// A quote is escaped by the escape sign before it, which may be the quote itself.
pub(super) fn end_of_quoted(text: &str, quote: u8, escape: u8) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let is_escape = *byte == escape && bytes.get(at + 1).is_some_and(|next| *next == quote || escape == b'\\');
        if is_escape {
            at += 2;
        } else if *byte == quote {
            return at;
        } else {
            at += 1;
        }
    }
    bytes.len()
}
