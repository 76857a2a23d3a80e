//! Text of SQL → tokens. It knows how the documentation writes names, and nothing of what they mean.
//!
//! White space and comments are left out, but every token knows where it stands, so that whoever changes a statement
//! copies what lies between as it is.

use std::ops::Range;

use crate::error::Error;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A bare name or a keyword.
    Word,
    /// A name in double quotes, brackets or backticks.
    Quoted,
    /// A text in single quotes.
    Text,
    /// A number.
    Number,
    /// Bytes: `x'00'`.
    Blob,
    /// `?` or `?1`.
    Positional,
    /// `:name` or `$name`.
    Named,
    /// `/*+ … */`.
    Hint,
    /// A single character of anything else.
    Symbol,
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'s> {
    pub(crate) kind: Kind,
    pub(crate) text: &'s str,
    pub(crate) start: usize,
}

impl<'s> Token<'s> {
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is this keyword, in any case.
    pub(crate) fn is(&self, keyword: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(keyword)
    }

    /// Whether it is this character.
    pub(crate) fn is_symbol(&self, symbol: char) -> bool {
        self.kind == Kind::Symbol && self.text.starts_with(symbol)
    }

    /// Whether it can be a name.
    pub(crate) fn is_name(&self) -> bool {
        matches!(self.kind, Kind::Word | Kind::Quoted)
    }

    /// The name it is, without its quotes.
    pub(crate) fn name(&self) -> String {
        match (self.kind, self.text.chars().next()) {
            (Kind::Quoted, Some('[')) => self.inner().to_owned(),
            (Kind::Quoted, Some('`')) => self.inner().replace("``", "`"),
            (Kind::Quoted, _) => self.inner().replace("\"\"", "\""),
            _ => self.text.to_owned(),
        }
    }

    fn inner(&self) -> &'s str {
        self.text.get(1..self.text.len().saturating_sub(1)).unwrap_or_default()
    }
}

/// Whether a character can stand in a bare name.
pub(crate) fn is_name_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii()
}

/// A name in double quotes.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Whether a word may be among the tokens of a text: large statements are not taken apart for words they do not have.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    let first = word.as_bytes().first().copied().unwrap_or_default();
    memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text.as_bytes()).any(|at| {
        text.as_bytes().get(at..at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()))
    })
}

/// The tokens of a text.
///
/// # Errors
/// When a quote or comment does not end.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token<'_>>, Error> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (kind, length) = next(rest).map_err(|what| Error::syntax(text, at, what))?;
        if let Some(kind) = kind {
            tokens.push(Token { kind, text: rest.get(..length).unwrap_or(rest), start: at });
        }
        at += length;
    }
    Ok(tokens)
}

/// The tokens of a text that may not be finished, each with where it stands; no kind for comments. What does not end goes
/// to the end of the text.
pub(crate) fn unfinished(text: &str) -> Vec<(Option<Kind>, Range<usize>)> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (kind, length) = next(rest).unwrap_or_else(|_| {
            let kind = match rest.chars().next() {
                Some('/') => None,
                Some('"' | '`') => Some(Kind::Quoted),
                _ => Some(Kind::Text),
            };
            (kind, rest.len())
        });
        if kind.is_some() || rest.starts_with(['-', '/']) {
            pieces.push((kind, at..at + length));
        }
        at += length;
    }
    pieces
}

/// The kind and length of what a text begins with; no kind for what is left out.
fn next(rest: &str) -> Result<(Option<Kind>, usize), &'static str> {
    let mut characters = rest.chars();
    let first = characters.next().unwrap_or_default();
    let second = characters.next().unwrap_or_default();
    let name_after = |skip: usize| {
        let name = rest.get(skip..).unwrap_or_default();
        skip + name.find(|c| !is_name_part(c)).unwrap_or(name.len())
    };
    let ends_with = |open: usize, close: &str, what| match rest.get(open..).and_then(|rest| rest.find(close)) {
        Some(found) => Ok(open + found + close.len()),
        None => Err(what),
    };
    Ok(match (first, second) {
        (c, _) if c.is_whitespace() || c == '\u{feff}' => (None, c.len_utf8()),
        ('-', '-') => (None, rest.find('\n').unwrap_or(rest.len())),
        ('/', '*') => {
            let length = ends_with(2, "*/", "this comment does not end")?;
            (rest.starts_with("/*+").then_some(Kind::Hint), length)
        }
        ('\'', _) => (Some(Kind::Text), quoted(rest, '\'').ok_or("this text does not end: a `'` is missing")?),
        ('"', _) => (Some(Kind::Quoted), quoted(rest, '"').ok_or("this name does not end: a `\"` is missing")?),
        ('`', _) => (Some(Kind::Quoted), quoted(rest, '`').ok_or("this name does not end: a backtick is missing")?),
        ('[', _) => match rest.find(']') {
            Some(end) => (Some(Kind::Quoted), end + 1),
            None => (Some(Kind::Symbol), 1),
        },
        ('x' | 'X', '\'') => {
            let body = rest.get(1..).unwrap_or_default();
            (Some(Kind::Blob), 1 + quoted(body, '\'').ok_or("these bytes do not end: a `'` is missing")?)
        }
        ('?', _) => {
            let digits = rest.get(1..).unwrap_or_default();
            let count = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            (Some(Kind::Positional), 1 + count)
        }
        (':' | '$', c) if is_name_part(c) => (Some(Kind::Named), name_after(1)),
        (c, _) if c.is_ascii_digit() => (Some(Kind::Number), number(rest)),
        ('.', c) if c.is_ascii_digit() => (Some(Kind::Number), number(rest)),
        (c, _) if is_name_part(c) => (Some(Kind::Word), name_after(0)),
        (c, _) => (Some(Kind::Symbol), c.len_utf8()),
    })
}

/// The length of a quoted text whose quotes inside are doubled.
fn quoted(rest: &str, quote: char) -> Option<usize> {
    let mut at = 1;
    loop {
        at += rest.get(at..)?.find(quote)? + 1;
        if !rest.get(at..)?.starts_with(quote) {
            return Some(at);
        }
        at += 1;
    }
}

fn number(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut end = 0;
    while let Some(&byte) = bytes.get(end) {
        let after_exponent = end > 0 && matches!(bytes.get(end - 1), Some(b'e' | b'E'));
        let is_hex = rest.starts_with("0x") || rest.starts_with("0X");
        let belongs = byte.is_ascii_alphanumeric()
            || byte == b'_'
            || byte == b'.'
            || (after_exponent && !is_hex && matches!(byte, b'+' | b'-'));
        if !belongs {
            break;
        }
        end += 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str) -> Vec<&str> {
        tokens(sql).unwrap().iter().map(|token| token.text).collect()
    }

    #[test]
    fn statements_fall_apart_into_tokens() {
        assert_eq!(
            texts(
                "SELECT a.b, \"x\"\"y\" FROM t -- all of it\nWHERE n >= 1.5e-3 AND s = 'it''s' /* no */ AND k = :key"
            ),
            [
                "SELECT",
                "a",
                ".",
                "b",
                ",",
                "\"x\"\"y\"",
                "FROM",
                "t",
                "WHERE",
                "n",
                ">",
                "=",
                "1.5e-3",
                "AND",
                "s",
                "=",
                "'it''s'",
                "AND",
                "k",
                "=",
                ":key"
            ]
        );
        assert_eq!(
            texts("EXEC a.b @x='1', @$f=? /*+ AWAIT */ @@json=?2"),
            [
                "EXEC",
                "a",
                ".",
                "b",
                "@",
                "x",
                "=",
                "'1'",
                ",",
                "@",
                "$f",
                "=",
                "?",
                "/*+ AWAIT */",
                "@",
                "@",
                "json",
                "=",
                "?2"
            ]
        );
    }

    #[test]
    fn words_are_found_in_any_case() {
        assert!(has_word("a LiMit", "limit") && has_word("limit", "limit"));
        assert!(!has_word("lim", "limit") && !has_word("", "limit"));
    }

    #[test]
    fn what_does_not_end_is_pointed_at() {
        for (sql, column) in [("SELECT 'a", 8), ("SELECT /* a", 8), ("SELECT 1,\n \"b", 2), ("`", 1)] {
            let error = tokens(sql).unwrap_err().to_string();
            assert!(error.contains(&format!("column {column}")), "{error}");
        }
    }

    #[test]
    fn nothing_makes_it_panic() {
        for sql in ["", "'", "''", "x'", "?", "$", ":", "[", "é'", "\u{feff}SELECT", "--", "/*", "/*/", "1e", "0x+"] {
            let _ = tokens(sql);
        }
    }
}
