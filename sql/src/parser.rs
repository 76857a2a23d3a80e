//! Reading the statements that SQLite does not know: a place among tokens, and what can be taken from it.

use std::sync::Arc;

use crate::error::Error;
use crate::keywords::is_keyword;
use crate::lexer::{Kind, Token, tokens};
use crate::names;

/// A place among the tokens of a statement.
#[derive(Clone, Debug)]
pub(crate) struct Parser<'s> {
    pub(crate) sql: &'s str,
    /// Shared, because a place is often kept for a message.
    tokens: Arc<[Token<'s>]>,
    at: usize,
}

impl<'s> Parser<'s> {
    pub(crate) fn new(sql: &'s str) -> Result<Self, Error> {
        Ok(Self { sql, tokens: tokens(sql)?.into(), at: 0 })
    }

    pub(crate) fn peek(&self) -> Option<&Token<'s>> {
        self.tokens.get(self.at)
    }

    fn peek_after(&self, tokens: usize) -> Option<&Token<'s>> {
        self.tokens.get(self.at + tokens)
    }

    pub(crate) fn next(&mut self) -> Option<Token<'s>> {
        let token = self.tokens.get(self.at).copied();
        self.at += usize::from(token.is_some());
        token
    }

    pub(crate) fn is_over(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// The text from here to the end.
    pub(crate) fn rest(&self) -> &'s str {
        let start = self.peek().map_or(self.sql.len(), |token| token.start);
        self.sql.get(start..).unwrap_or_default()
    }

    pub(crate) fn is(&self, keyword: &str) -> bool {
        self.peek().is_some_and(|token| token.is(keyword))
    }

    /// Takes a keyword, if it is next.
    pub(crate) fn eat(&mut self, keyword: &str) -> bool {
        let found = self.is(keyword);
        self.at += usize::from(found);
        found
    }

    /// Takes keywords that follow one another, if all of them do.
    pub(crate) fn eat_all(&mut self, keywords: &[&str]) -> bool {
        let found =
            keywords.iter().enumerate().all(|(at, word)| self.peek_after(at).is_some_and(|token| token.is(word)));
        self.at += if found { keywords.len() } else { 0 };
        found
    }

    pub(crate) fn eat_symbol(&mut self, symbol: char) -> bool {
        let found = self.peek().is_some_and(|token| token.is_symbol(symbol));
        self.at += usize::from(found);
        found
    }

    /// Takes the hints that are next: what stands between `/*+` and `*/`, in capitals.
    pub(crate) fn hints(&mut self) -> Vec<String> {
        let mut hints = Vec::new();
        while let Some(token) = self.peek().filter(|token| token.kind == Kind::Hint) {
            let inner = token.text.trim_start_matches("/*+").trim_end_matches("*/");
            hints.extend(inner.split_whitespace().map(str::to_ascii_uppercase));
            self.at += 1;
        }
        hints
    }

    /// An error at this place.
    pub(crate) fn expected(&self, what: &str) -> Error {
        let start = self.peek().map_or(self.sql.trim_end().len(), |token| token.start);
        Error::syntax(self.sql, start, format!("expected {what}"))
    }

    pub(crate) fn expect(&mut self, keyword: &str) -> Result<(), Error> {
        if self.eat(keyword) { Ok(()) } else { Err(self.expected(keyword)) }
    }

    pub(crate) fn expect_symbol(&mut self, symbol: char) -> Result<(), Error> {
        if self.eat_symbol(symbol) { Ok(()) } else { Err(self.expected(&format!("`{symbol}`"))) }
    }

    pub(crate) fn expect_end(&self) -> Result<(), Error> {
        if self.is_over() { Ok(()) } else { Err(self.expected("the end of the statement")) }
    }

    /// Takes a chain of names: `a.b.c`.
    pub(crate) fn chain(&mut self) -> Result<Vec<String>, Error> {
        let names = names::chain(&self.tokens, self.at);
        let Some((_, last)) = names.last() else { return Err(self.expected("a name")) };
        self.at = last + 1;
        Ok(names.into_iter().map(|(name, _)| name).collect())
    }

    /// Takes one name.
    pub(crate) fn name(&mut self) -> Result<String, Error> {
        match self.peek() {
            Some(token) if token.is_name() => {
                let name = token.name();
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.expected("a name")),
        }
    }

    /// The tokens up to one that `ends`, which is outside all parentheses and is not taken.
    fn until(&mut self, ends: impl Fn(&Token<'s>) -> bool) -> &[Token<'s>] {
        let start = self.at;
        let mut depth = 0_usize;
        while let Some(token) = self.peek() {
            if depth == 0 && (ends(token) || token.is_symbol(')')) {
                break;
            }
            if token.is_symbol('(') {
                depth += 1;
            } else if token.is_symbol(')') {
                depth -= 1;
            }
            self.at += 1;
        }
        self.tokens.get(start..self.at).unwrap_or_default()
    }

    /// Takes the text up to one of these keywords or symbols outside of parentheses, or to the end.
    pub(crate) fn text_until(&mut self, keywords: &[&str], symbols: &[char]) -> &'s str {
        let sql = self.sql;
        let taken = self.until(|token| {
            keywords.iter().any(|word| token.is(word)) || symbols.iter().any(|symbol| token.is_symbol(*symbol))
        });
        let (Some(first), Some(last)) = (taken.first(), taken.last()) else { return "" };
        sql.get(first.start..last.end()).unwrap_or_default()
    }

    /// Takes a name that documentation may write in any way, up to one of these symbols: `If-Match`, `$filter`, `+id`.
    pub(crate) fn loose_name(&mut self, symbols: &[char]) -> Result<String, Error> {
        if let Some(token) = self.peek()
            && token.kind == Kind::Quoted
            && token.text.starts_with(['"', '`'])
        {
            return self.name();
        }
        let before = self.clone();
        let text = self.text_until(&[], symbols);
        if text.is_empty() { Err(before.expected("a name")) } else { Ok(text.to_owned()) }
    }

    /// Takes the texts between commas inside the parentheses that begin here.
    pub(crate) fn list(&mut self) -> Result<Vec<&'s str>, Error> {
        self.expect_symbol('(')?;
        let mut texts = Vec::new();
        loop {
            texts.push(self.text_until(&[], &[',']));
            if !self.eat_symbol(',') {
                break;
            }
        }
        self.expect_symbol(')')?;
        Ok(texts)
    }

    /// Takes the names between commas inside the parentheses that begin here.
    pub(crate) fn name_list(&mut self) -> Result<Vec<String>, Error> {
        self.expect_symbol('(')?;
        let mut names = Vec::new();
        loop {
            names.push(self.loose_name(&[',', ')'])?);
            if !self.eat_symbol(',') {
                break;
            }
        }
        self.expect_symbol(')')?;
        Ok(names)
    }
}

/// A condition that everything else is joined to by AND.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Conjunct<'s> {
    /// `name = value`
    Equal(String, &'s str),
    /// `name IN (…)`, with what stands in the parentheses.
    In(String, &'s str),
    /// Anything else.
    Other(&'s str),
}

/// Splits a condition at its outermost ANDs.
pub(crate) fn conjuncts(condition: &str) -> Result<Vec<Conjunct<'_>>, Error> {
    let mut parser = Parser::new(condition)?;
    let mut parts = Vec::new();
    loop {
        let start = parser.peek().map_or(condition.len(), |token| token.start);
        let mut part = parser.text_until(&["and", "or", "between"], &[]);
        while parser.eat("between") {
            parser.text_until(&["and"], &[]);
            parser.eat("and");
            parser.text_until(&["and", "or", "between"], &[]);
            let end = parser.peek().map_or(condition.len(), |token| token.start);
            part = condition.get(start..end).unwrap_or_default().trim_end();
        }
        if parser.is("or") {
            return Ok(vec![Conjunct::Other(condition)]);
        }
        parts.push(conjunct(part)?);
        if !parser.eat("and") {
            break;
        }
    }
    parser.expect_end()?;
    Ok(parts)
}

/// The words that make something else than an equality of a condition.
const NOT_EQUALITIES: &[&str] = &["in", "like", "is", "isnull", "notnull", "not", "glob", "between"];

fn conjunct(part: &str) -> Result<Conjunct<'_>, Error> {
    let mut parser = Parser::new(part)?;
    let Ok(name) = parser.clone().loose_name(&['=', '<', '>', '!', '(']) else { return Ok(Conjunct::Other(part)) };
    let has_keyword = Parser::new(&name)?
        .tokens
        .iter()
        .any(|token| token.kind == Kind::Word && NOT_EQUALITIES.iter().any(|word| token.is(word)));
    if !has_keyword {
        parser.loose_name(&['=', '<', '>', '!', '('])?;
        if parser.eat_symbol('=') {
            parser.eat_symbol('=');
            // `a = b IS NULL` is about whether they are equal.
            let value = parser.rest();
            let is_whole = parser.text_until(NOT_EQUALITIES, &[]).len() == value.trim_end().len();
            return Ok(if value.is_empty() || !is_whole {
                Conjunct::Other(part)
            } else {
                Conjunct::Equal(name, value)
            });
        }
        return Ok(Conjunct::Other(part));
    }
    let text = parser.text_until(&["in"], &[]);
    if parser.eat("in") && !text.is_empty() && !Parser::new(text)?.tokens.iter().any(|token| token.is("not")) {
        let mut inner = "";
        if parser.eat_symbol('(') {
            inner = parser.text_until(&[], &[]);
        }
        if parser.eat_symbol(')') && parser.is_over() {
            let name = Parser::new(text)?.loose_name(&[])?;
            return Ok(Conjunct::In(name, inner));
        }
    }
    Ok(Conjunct::Other(part))
}

/// The parts of a condition between its outermost ORs, without the parentheses around it.
pub(crate) fn disjuncts(condition: &str) -> Result<Vec<&str>, Error> {
    let mut parser = Parser::new(condition)?;
    let whole = parser.clone();
    if parser.eat_symbol('(') {
        let inner = parser.text_until(&[], &[]);
        if parser.eat_symbol(')') && parser.is_over() {
            return Parser::new(inner)?.disjuncts();
        }
    }
    whole.disjuncts()
}

impl<'s> Parser<'s> {
    fn disjuncts(mut self) -> Result<Vec<&'s str>, Error> {
        let parser = &mut self;
        let mut parts = Vec::new();
        loop {
            parts.push(parser.text_until(&["or"], &[]));
            if !parser.eat("or") {
                break;
            }
        }
        parser.expect_end()?;
        Ok(parts)
    }
}

/// Whether an expression says its value itself: no column stands in it outside of a subquery.
pub(crate) fn is_constant(expression: &str) -> bool {
    let Ok(tokens) = tokens(expression) else { return false };
    let mut depth = 0_usize;
    // The depth at which a subquery began.
    let mut subquery = None;
    for (at, token) in tokens.iter().enumerate() {
        if token.is_symbol('(') {
            depth += 1;
            if tokens.get(at + 1).is_some_and(|next| next.is("select") || next.is("with")) {
                subquery.get_or_insert(depth);
            }
        } else if token.is_symbol(')') {
            if subquery == Some(depth) {
                subquery = None;
            }
            depth = depth.saturating_sub(1);
        } else if subquery.is_none() && token.is_name() {
            let is_function = tokens.get(at + 1).is_some_and(|next| next.is_symbol('('));
            let is_word =
                ["null", "true", "false", "current_timestamp", "current_date", "current_time", "end", "like", "glob"]
                    .iter()
                    .any(|word| token.is(word));
            let is_type = tokens.get(at.wrapping_sub(1)).is_some_and(|before| before.is("as"));
            if !(is_function || is_word || is_type || (token.kind == Kind::Word && is_keyword(token.text))) {
                return false;
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_fall_apart() {
        let condition = "If-Match = '*' AND t.id IN ('a', 'b') AND n BETWEEN 1 AND 2 AND $filter == lower('X') AND x IS NULL AND y NOT IN (1)";
        assert_eq!(
            conjuncts(condition).unwrap(),
            [
                Conjunct::Equal("If-Match".into(), "'*'"),
                Conjunct::In("t.id".into(), "'a', 'b'"),
                Conjunct::Other("n BETWEEN 1 AND 2"),
                Conjunct::Equal("$filter".into(), "lower('X')"),
                Conjunct::Other("x IS NULL"),
                Conjunct::Other("y NOT IN (1)"),
            ]
        );
        assert_eq!(conjuncts("a = 1 OR b = 2").unwrap(), [Conjunct::Other("a = 1 OR b = 2")]);
        for other in ["a <= 1", "a = b IS NULL", "a = 1 NOTNULL", "a ISNULL = 1", "a IN (1) IS (2)", "(a) = 1"] {
            assert_eq!(conjuncts(other).unwrap(), [Conjunct::Other(other)]);
        }
        assert_eq!(disjuncts("((a = 1 AND (x OR y)) OR b = 2)").unwrap(), ["(a = 1 AND (x OR y))", "b = 2"]);
        assert_eq!(disjuncts("(a) OR (b)").unwrap(), ["(a)", "(b)"]);
        assert!(conjuncts("a = 1)").is_err());
    }

    #[test]
    fn constants_have_no_columns() {
        for constant in [
            "'a'",
            "1 + ?1",
            "lower(:x)",
            "NULL",
            "(SELECT max(a) FROM t)",
            "CASE WHEN 1 THEN 2 ELSE 3 END",
            "CAST('1' AS INTEGER)",
        ] {
            assert!(is_constant(constant), "{constant}");
        }
        for other in ["a", "lower(a)", "(SELECT 1) || a", "t.a", "\"a\""] {
            assert!(!is_constant(other), "{other}");
        }
    }
}
