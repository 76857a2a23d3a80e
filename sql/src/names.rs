//! Names as the documentation writes them → names as SQLite takes them.
//!
//! `azure.api_management.backend` becomes one quoted name, and so do `If-Match`, `$filter`, dotted columns and columns
//! that are called like keywords, where the tables of the statement have such columns. Everything else is copied.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::error::Error;
use crate::keywords::{follows_expression, is_keyword, precedes_expression};
use crate::lexer::{Kind, Token, is_name_part, quote, tokens};
use crate::table::Table;
use crate::tables::Tables;

/// The words that begin a clause which names no tables.
const OTHER_CLAUSES: &[&str] = &["select", "where", "by", "set", "on", "values", "having", "limit"];

/// A statement as SQLite takes it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rewritten {
    pub(crate) sql: String,
    /// The tables it reads.
    pub(crate) tables: Vec<Arc<Table>>,
    /// Where parts of the original text went: the offset in `sql`, then the one in the original.
    pieces: Vec<(usize, usize)>,
}

impl Rewritten {
    /// The offset in the original text of an offset in the rewritten one.
    pub(crate) fn original(&self, offset: usize) -> usize {
        let piece = self.pieces.iter().rev().find(|(to, _)| *to <= offset);
        piece.map_or(offset, |(to, from)| from + (offset - to))
    }

    fn copy(&mut self, text: &str, from: usize) {
        self.pieces.push((self.sql.len(), from));
        self.sql.push_str(text);
    }

    fn replace(&mut self, text: &str, from: usize) {
        self.pieces.push((self.sql.len(), from));
        self.sql.push_str(text);
    }
}

/// The names of a chain that starts at a token, `a.b.c`, each with the index of its token.
pub(crate) fn chain(tokens: &[Token<'_>], start: usize) -> Vec<(String, usize)> {
    let mut names = Vec::new();
    let mut at = start;
    while let Some(token) = tokens.get(at).filter(|token| token.is_name()) {
        names.push((token.name(), at));
        let dot = tokens.get(at + 1).filter(|dot| dot.is_symbol('.') && dot.start == token.end());
        let next = tokens.get(at + 2).filter(|next| dot.is_some_and(|dot| next.start == dot.end()));
        if next.is_none() {
            break;
        }
        at += 2;
    }
    names
}

/// Where in a statement tables are named.
pub(crate) struct Clauses {
    /// For each token, whether a comma there is one of a FROM.
    in_from: Vec<bool>,
}

impl Clauses {
    pub(crate) fn of(tokens: &[Token<'_>]) -> Self {
        // Whether the clause that is open at each level of parentheses is a FROM.
        let mut open = vec![false];
        let mut in_from = Vec::with_capacity(tokens.len());
        for token in tokens {
            if token.is_symbol('(') {
                open.push(false);
            } else if token.is_symbol(')') {
                open.pop();
            } else if let Some(open) = open.last_mut() {
                if token.is("from") {
                    *open = true;
                } else if OTHER_CLAUSES.iter().any(|word| token.is(word)) {
                    *open = false;
                }
            }
            in_from.push(open.last().copied().unwrap_or_default());
        }
        Self { in_from }
    }

    /// Whether a table is meant by what begins at this token.
    pub(crate) fn announce_table(&self, tokens: &[Token<'_>], at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return false };
        let Some(token) = tokens.get(before) else { return false };
        let is_announced = ["from", "join", "into", "update", "table"].iter().any(|word| token.is(word));
        is_announced || (token.is_symbol(',') && self.in_from.get(before).copied().unwrap_or_default())
    }
}

/// Rewrites a statement.
///
/// # Errors
/// When it cannot be read, or names a resource that does not exist.
pub(crate) fn rewrite(sql: &str, tables: &Tables, default_provider: Option<&str>) -> Result<Rewritten, Error> {
    let tokens = tokens(sql)?;
    let clauses = Clauses::of(&tokens);
    let mut rewritten = Rewritten::default();
    // For each token that begins the name of a table: the table, and the token behind the name.
    let mut found: Vec<(usize, usize, Arc<Table>)> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let names = chain(&tokens, at);
        let follows_dot = at > 0 && tokens.get(at - 1).is_some_and(|token| token.is_symbol('.'));
        let last = names.last().map_or(at, |(_, last)| *last);
        if names.len() >= 2 && !follows_dot {
            let is_table = clauses.announce_table(&tokens, at);
            if let Some((table, parts)) = resolve(&names, is_table, tables, default_provider)? {
                let end = names.get(parts - 1).map_or(last, |(_, token)| *token) + 1;
                if !rewritten.tables.iter().any(|known| known.name == table.name) {
                    rewritten.tables.push(Arc::clone(&table));
                }
                found.push((at, end, table));
            }
        }
        at = last + 1;
    }
    let special = Special::of(&rewritten.tables);
    let mut found = found.into_iter().peekable();
    let mut copied = 0;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let (text, next) = if is_elements_function(&tokens, at) && clauses.announce_table(&tokens, at) {
            (Some("json_each".to_owned()), at + 1)
        } else if let Some((_, end, table)) = found.next_if(|(start, ..)| *start == at) {
            (Some(quote(&table.name)), end)
        } else if let Some((name, end)) = special.at(sql, &tokens, at) {
            (Some(quote(name)), tokens.iter().skip(at).take_while(|token| token.start < end).count() + at)
        } else {
            (None, at + 1)
        };
        if let Some(text) = text {
            rewritten.copy(sql.get(copied..token.start).unwrap_or_default(), copied);
            rewritten.replace(&text, token.start);
            copied = tokens.get(next - 1).map_or(sql.len(), Token::end);
        }
        at = next;
    }
    rewritten.copy(sql.get(copied..).unwrap_or_default(), copied);
    Ok(rewritten)
}

/// The names under which Postgres has `json_each` for the items of a list.
const ELEMENTS: &[&str] =
    &["json_array_elements", "json_array_elements_text", "jsonb_array_elements", "jsonb_array_elements_text"];

fn is_elements_function(tokens: &[Token<'_>], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| ELEMENTS.iter().any(|name| token.is(name)))
        && tokens.get(at + 1).is_some_and(|token| token.is_symbol('('))
}

/// The table that a chain of names begins with, and how many of the names it takes.
fn resolve(
    names: &[(String, usize)],
    is_table: bool,
    tables: &Tables,
    default_provider: Option<&str>,
) -> Result<Option<(Arc<Table>, usize)>, Error> {
    let mut chain: Vec<String> = names.iter().map(|(name, _)| name.clone()).collect();
    let Some(first) = chain.first() else { return Ok(None) };
    if chain.len() >= 3 && tables.member(first).is_some() {
        let found = tables.find(&chain, is_table)?;
        return Ok(Some((found.table, found.parts)));
    }
    if let Some(provider) = default_provider.filter(|_| is_table)
        && tables.member(provider).is_some_and(|member| member.definitions.services().contains(first))
    {
        chain.insert(0, provider.to_owned());
        let found = tables.find(&chain, true)?;
        return Ok(Some((found.table, found.parts - 1)));
    }
    if is_table && chain.len() >= 3 {
        // Nothing else has three parts.
        tables.known_member(first)?;
    }
    Ok(None)
}

/// The columns whose names SQLite would not take as they are.
struct Special {
    /// Those with characters that no bare name has, the longest first.
    odd: Vec<String>,
    /// Those that are called like keywords.
    keywords: BTreeSet<String>,
}

impl Special {
    fn of(tables: &[Arc<Table>]) -> Self {
        let names = tables.iter().flat_map(|table| table.columns.iter().map(|column| column.name.as_str()));
        let mut odd = BTreeSet::new();
        let mut keywords = BTreeSet::new();
        for name in names {
            if is_keyword(name) {
                keywords.insert(name.to_ascii_lowercase());
            } else if name.starts_with(|c: char| c.is_ascii_digit()) || !name.chars().all(is_name_part) {
                odd.insert(name.to_owned());
            }
        }
        let mut odd: Vec<String> = odd.into_iter().collect();
        odd.sort_by_key(|name| std::cmp::Reverse(name.len()));
        Self { odd, keywords }
    }

    /// The column that is named at a token, and where in the text its name ends.
    fn at<'a>(&'a self, sql: &'a str, tokens: &[Token<'a>], at: usize) -> Option<(&'a str, usize)> {
        let token = tokens.get(at)?;
        let before = at.checked_sub(1).and_then(|before| tokens.get(before));
        let follows_dot = before.is_some_and(|token| token.is_symbol('.'));
        if matches!(token.kind, Kind::Word | Kind::Named | Kind::Number | Kind::Symbol) {
            let follows_operand = before.is_some_and(|token| {
                token.is_symbol(')')
                    || matches!(
                        token.kind,
                        Kind::Text | Kind::Number | Kind::Blob | Kind::Quoted | Kind::Named | Kind::Positional
                    )
                    || (token.kind == Kind::Word && !is_keyword(token.text) && !precedes_expression(token))
            });
            let rest = sql.get(token.start..)?;
            let is_it = |name: &&String| {
                let Some(start) = rest.get(..name.len()) else { return false };
                let ends = rest.get(name.len()..).and_then(|rest| rest.chars().next()).is_none_or(|c| !is_name_part(c));
                let begins_bare = name.starts_with(is_name_part) || name.starts_with('$');
                start.eq_ignore_ascii_case(name) && ends && (begins_bare || !follows_operand)
            };
            if let Some(name) = self.odd.iter().find(is_it) {
                return Some((name, token.start + name.len()));
            }
        }
        if token.kind != Kind::Word || !is_keyword(token.text) {
            return None;
        }
        if follows_dot {
            return Some((token.text, token.end()));
        }
        let begins = before.is_some_and(|token| {
            precedes_expression(token) || (token.kind == Kind::Symbol && !token.is_symbol(')') && !token.is_symbol('.'))
        });
        let ends = tokens.get(at + 1).is_none_or(|token| {
            (token.kind == Kind::Symbol && !token.is_symbol('(') && !token.is_symbol('.')) || follows_expression(token)
        });
        let is_name = begins && ends && self.keywords.contains(&token.text.to_ascii_lowercase());
        is_name.then_some((token.text, token.end()))
    }
}

#[cfg(test)]
mod tests {
    use bindery_ir::{
        Column, Location, Method, Parameter, Provider, Resource, ResourceId, Service, SqlName, Type, Verb, WireName,
    };

    use super::*;
    use crate::tables::Member;

    fn tables() -> Tables {
        let id = ResourceId::new("demo.pets.pet");
        let mut list = Method::new(id.clone(), SqlName::new("list"));
        list.verbs = vec![Verb::Select].into();
        let parameter = |name| Parameter::new(SqlName::new(name), Location::Query, Type::STRING);
        list.parameters =
            vec![parameter("$filter"), parameter("If-Match"), parameter("filter[a][b]"), parameter("+plus")].into();
        let column = |name| Column {
            name: SqlName::new(name),
            wire_name: WireName::new(name),
            ty: Type::STRING,
            description: "".into(),
        };
        list.response.columns =
            vec![column("limit"), column("default"), column("kafka.api.key"), column("a"), column("b"), column("a-b")]
                .into();
        let mut resource = Resource::new(id);
        resource.methods = vec![list].into();
        let mut service = Service::new("pets".into());
        service.resources = vec![resource].into();
        let mut provider = Provider::new("demo".into());
        provider.services = vec![service].into();
        let mut tables = Tables::default();
        tables.add(Member::new(
            Box::new(provider),
            Box::new(|provider| bindery_runtime::Client::for_provider(provider).build()),
        ));
        tables
    }

    #[test]
    fn names_are_quoted_where_they_are_names() {
        let tables = tables();
        for (sql, expected) in [
            ("SELECT a FROM demo.pets.pet p", "SELECT a FROM \"demo.pets.pet\" p"),
            (
                "SELECT demo.pets.pet.a, x.If-Match FROM demo.pets.pet AS x",
                "SELECT \"demo.pets.pet\".a, x.\"If-Match\" FROM \"demo.pets.pet\" AS x",
            ),
            (
                "SELECT * FROM demo.pets.pet WHERE $filter='1' AND if-match = $x",
                "SELECT * FROM \"demo.pets.pet\" WHERE \"$filter\"='1' AND \"If-Match\" = $x",
            ),
            (
                "SELECT limit, default FROM demo.pets.pet WHERE default = 1 ORDER BY limit LIMIT 5",
                "SELECT \"limit\", \"default\" FROM \"demo.pets.pet\" WHERE \"default\" = 1 ORDER BY \"limit\" LIMIT 5",
            ),
            (
                "SELECT kafka.api.key, filter[a][b] FROM demo.pets.pet",
                "SELECT \"kafka.api.key\", \"filter[a][b]\" FROM \"demo.pets.pet\"",
            ),
            (
                "SELECT a - b, a-b, a+plus, +plus FROM demo.pets.pet",
                "SELECT a - b, \"a-b\", a+plus, \"+plus\" FROM \"demo.pets.pet\"",
            ),
            (
                "SELECT j.value FROM demo.pets.pet p, json_array_elements_text(p.a) j",
                "SELECT j.value FROM \"demo.pets.pet\" p, json_each(p.a) j",
            ),
            (
                "SELECT 'demo.pets.pet', \"If-Match\" FROM t, demo.pets.pet.list",
                "SELECT 'demo.pets.pet', \"If-Match\" FROM t, \"demo.pets.pet.list\"",
            ),
        ] {
            assert_eq!(rewrite(sql, &tables, None).unwrap().sql, expected);
        }
        assert_eq!(
            rewrite("SELECT a FROM pets.pet", &tables, Some("demo")).unwrap().sql,
            "SELECT a FROM \"demo.pets.pet\""
        );
    }

    #[test]
    fn offsets_lead_back() {
        let sql = "SELECT If-Match, oops FROM demo.pets.pet WHERE nope = 1";
        let rewritten = rewrite(sql, &tables(), None).unwrap();
        for word in ["oops", "nope", "If-Match"] {
            let there = rewritten.sql.find(word).unwrap();
            let back = rewritten.original(there);
            assert!(sql[back..].starts_with(word) || word == "If-Match", "{word}");
        }
    }

    #[test]
    fn unknown_names_are_errors_that_name_close_ones() {
        let error = |sql: &str| rewrite(sql, &tables(), None).unwrap_err().to_string();
        assert_eq!(
            error("SELECT * FROM demo.pets.pets"),
            "there is no resource `demo.pets.pets`; did you mean `demo.pets.pet`?"
        );
        assert_eq!(error("SELECT * FROM demo.pet.pet"), "there is no service `demo.pet`; did you mean `demo.pets`?");
        assert_eq!(error("SELECT * FROM dmo.pets.pet"), "there is no provider `dmo`; did you mean `demo`?");
        assert_eq!(
            error("SELECT * FROM demo.pets.pet.lst"),
            "there is no method `demo.pets.pet.lst`; did you mean `list`?"
        );
    }
}
