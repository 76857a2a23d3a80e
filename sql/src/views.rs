//! Views of a provider's documents: a table that is one of them becomes a subquery.
//!
//! The text of such a view says its parameters with values that only stand for others (`region = 'us-east-1'`). What
//! the statement says of the view takes their place: the condition is left out of the view, and SQLite carries the
//! one of the statement inside.

use std::cell::RefCell;

use bindery_ir::{Resource, View};

use crate::error::Error;
use crate::keywords::is_keyword;
use crate::lexer::{Kind, Token, has_word, quote, tokens};
use crate::names::{Clauses, chain};
use crate::parser::{Conjunct, conjuncts};
use crate::tables::Tables;

/// How deep views may lie in views.
const MAX_DEPTH: usize = 8;

/// The words between the parts of a compound `SELECT`.
const COMPOUNDS: &[&str] = &["union", "except", "intersect"];

/// The words that end a condition.
const AFTER_CONDITIONS: &[&str] = &["group", "order", "limit", "having", "window", "union", "except", "intersect"];

/// A statement with subqueries in place of views; `None` when it names none.
///
/// # Errors
/// When views lie too deep in each other, or a resource does not exist.
pub(crate) fn expand(sql: &str, tables: &Tables, default_provider: Option<&str>) -> Result<Option<String>, Error> {
    if !has_word(sql, "from") && !has_word(sql, "join") {
        return Ok(None);
    }
    let expansion = Expansion { tables, default_provider, named: None };
    expansion.expand(sql, &mut Vec::new())
}

/// A statement with names in place of views, and what these names stand for.
///
/// # Errors
/// As [`expand`].
pub(crate) fn expand_by_name(
    sql: &str,
    tables: &Tables,
    default_provider: Option<&str>,
) -> Result<(String, Vec<(String, String)>), Error> {
    let expansion = Expansion { tables, default_provider, named: Some(RefCell::default()) };
    let expanded = expansion.expand(sql, &mut Vec::new())?.unwrap_or_else(|| sql.to_owned());
    Ok((expanded, expansion.named.map(RefCell::into_inner).unwrap_or_default()))
}

struct Expansion<'t> {
    tables: &'t Tables,
    default_provider: Option<&'t str>,
    /// Names and texts of views, where they are called by name.
    named: Option<RefCell<Vec<(String, String)>>>,
}

impl Expansion<'_> {
    /// `inside` are the views whose text this is.
    fn expand(&self, sql: &str, inside: &mut Vec<String>) -> Result<Option<String>, Error> {
        let tokens = tokens(sql)?;
        let clauses = Clauses::of(&tokens);
        let mut expanded = String::new();
        let mut copied = 0;
        let mut at = 0;
        while at < tokens.len() {
            let names = chain(&tokens, at);
            let next = names.last().map_or(at, |(_, last)| *last) + 1;
            if names.len() >= 2
                && clauses.announce_table(&tokens, at)
                && let Some(resource) = self.resource(&names)
                && !inside.iter().any(|id| id == resource.id.as_str())
                && resource.views.iter().any(is_ours)
            {
                if inside.len() >= MAX_DEPTH {
                    let reason = format!("`{}` lies more than {MAX_DEPTH} views deep", resource.id);
                    return Err(Error::unsupported(reason));
                }
                let alias = alias(&tokens, next);
                let said = said(&tokens, alias.as_deref(), &names);
                let Some(view) = choose(&resource, &said) else {
                    at = next;
                    continue;
                };
                let text = parameterized(
                    &view.ddl,
                    &view.required.iter().map(|name| name.as_str().to_owned()).collect::<Vec<_>>(),
                    &said,
                )?;
                inside.push(resource.id.to_string());
                let text = self.expand(&text, inside)?.unwrap_or(text);
                inside.pop();
                let start = tokens.get(at).map_or(copied, |token| token.start);
                expanded.push_str(sql.get(copied..start).unwrap_or_default());
                match &self.named {
                    Some(called) => {
                        let mut called = called.borrow_mut();
                        let name = format!("{} view {}", resource.id, called.len());
                        expanded.push_str(&quote(&name));
                        called.push((name, text));
                    }
                    None => expanded.push_str(&format!("({text})")),
                }
                if alias.is_none() {
                    expanded.push_str(&format!(" AS {}", quote(resource.id.as_str())));
                }
                copied = tokens.get(next - 1).map_or(sql.len(), Token::end);
            }
            at = next;
        }
        if copied == 0 {
            return Ok(None);
        }
        expanded.push_str(sql.get(copied..).unwrap_or_default());
        Ok(Some(expanded))
    }

    fn resource(&self, names: &[(String, usize)]) -> Option<std::sync::Arc<Resource>> {
        let mut names: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
        if names.len() == 2 {
            names.insert(0, self.default_provider?);
        }
        let [provider, service, rest @ ..] = names.as_slice() else { return None };
        self.tables.member(provider)?;
        // What is wrong with the name is said when names are rewritten.
        self.tables.resource(provider, service, &rest.join(".")).ok()
    }
}

/// Whether SQLite can run it.
fn is_ours(view: &View) -> bool {
    view.dialect.is_empty() || view.dialect.starts_with("sqlite")
}

/// The first view whose parameters are all said.
fn choose<'r>(resource: &'r Resource, said: &[String]) -> Option<&'r View> {
    let is_said = |name: &str| said.iter().any(|said| said.eq_ignore_ascii_case(name));
    resource.views.iter().find(|view| is_ours(view) && view.required.iter().all(|name| is_said(name.as_str())))
}

/// The alias of the table whose name ends before this token.
fn alias(tokens: &[Token<'_>], next: usize) -> Option<String> {
    let token = tokens.get(next)?;
    let token = if token.is("as") { tokens.get(next + 1)? } else { token };
    let is_alias = token.kind == Kind::Quoted
        || (token.kind == Kind::Word
            && !is_keyword(token.text)
            && !["left", "right", "full", "inner", "cross", "natural", "window"].iter().any(|word| token.is(word)));
    is_alias.then(|| token.name())
}

/// The names that an equality or `IN` says of a table.
fn said(tokens: &[Token<'_>], alias: Option<&str>, table: &[(String, usize)]) -> Vec<String> {
    let whole: Vec<&str> = table.iter().map(|(name, _)| name.as_str()).collect();
    let mut said = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let names = chain(tokens, at);
        let Some((name, last)) = names.last() else {
            at += 1;
            continue;
        };
        let follows = tokens.get(last + 1).is_some_and(|token| token.is_symbol('=') || token.is("in"));
        let precedes =
            at.checked_sub(1).and_then(|before| tokens.get(before)).is_some_and(|token| token.is_symbol('='))
                && !at
                    .checked_sub(2)
                    .and_then(|before| tokens.get(before))
                    .is_some_and(|token| token.is_symbol('<') || token.is_symbol('>') || token.is_symbol('!'));
        let of: Vec<&str> = names.iter().rev().skip(1).rev().map(|(name, _)| name.as_str()).collect();
        let is_own = of.is_empty() || of == whole || (of.len() == 1 && of.first().copied() == alias);
        if (follows || precedes) && is_own {
            said.push(name.clone());
        }
        at = last + 1;
    }
    said
}

/// The text of a view without the conditions that only stand for what is said, whose names its rows then have.
fn parameterized(ddl: &str, required: &[String], said: &[String]) -> Result<String, Error> {
    let ddl = ddl.trim().trim_end_matches(';');
    let all = tokens(ddl)?;
    let mut depth = 0_usize;
    // The places of FROM, WHERE and the end of each part at the outermost level.
    let mut parts: Vec<(usize, Option<usize>, usize)> = Vec::new();
    let (mut from, mut condition) = (None, None);
    for token in &all {
        if token.is_symbol('(') {
            depth += 1;
        } else if token.is_symbol(')') {
            depth = depth.saturating_sub(1);
        } else if depth == 0 {
            if token.is("from") && from.is_none() {
                from = Some(token.start);
            } else if token.is("where") {
                condition = Some(token.end());
            } else if AFTER_CONDITIONS.iter().any(|word| token.is(word)) {
                parts.extend(from.map(|from| (from, condition, token.start)));
                condition = None;
                if COMPOUNDS.iter().any(|word| token.is(word)) {
                    from = None;
                } else {
                    // What follows belongs to a part whose condition is over.
                    from = from.filter(|_| false);
                }
            }
        }
    }
    parts.extend(from.map(|from| (from, condition, ddl.len())));
    let is_said = |name: &str| required.iter().chain(said).any(|known| known.eq_ignore_ascii_case(name));
    let mut text = String::new();
    let mut copied = 0;
    for (from, condition, end) in parts {
        let Some(start) = condition else { continue };
        let mut kept = Vec::new();
        let mut added = Vec::new();
        let select_list = ddl.get(copied..from).unwrap_or_default();
        for conjunct in conjuncts(ddl.get(start..end).unwrap_or_default())? {
            match conjunct {
                Conjunct::Equal(name, value) => {
                    let own = name.rsplit('.').next().unwrap_or_default().trim_matches('"').to_owned();
                    let is_literal = tokens(value)?.len() == 1;
                    if !(is_literal && is_said(&own)) {
                        kept.push(format!("{name} = {value}"));
                    } else if !tokens(select_list)?
                        .iter()
                        .any(|token| token.is_name() && token.name().eq_ignore_ascii_case(&own))
                    {
                        added.push(name);
                    }
                }
                Conjunct::In(name, list) => kept.push(format!("{name} IN ({list})")),
                Conjunct::Other(other) => kept.push(format!("({other})")),
            }
        }
        text.push_str(select_list.trim_end());
        for name in added {
            text.push_str(&format!(", {name}"));
        }
        text.push(' ');
        text.push_str(ddl.get(from..start).unwrap_or_default());
        text.push_str(&if kept.is_empty() { " 1 ".to_owned() } else { format!(" {} ", kept.join(" AND ")) });
        copied = end;
    }
    text.push_str(ddl.get(copied..).unwrap_or_default());
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_takes_the_place_of_what_stands_for_it() {
        let ddl = "SELECT region, json_extract(Properties, '$.Arn') AS arn FROM c.c.resource\nWHERE TypeName = 'T'\nAND Identifier = '<Identifier>' AND region = 'us-east-1';";
        let required = ["Identifier".to_owned()];
        assert_eq!(
            parameterized(ddl, &required, &["region".to_owned()]).unwrap(),
            "SELECT region, json_extract(Properties, '$.Arn') AS arn, Identifier FROM c.c.resource\nWHERE TypeName = 'T' "
        );
        assert!(parameterized(ddl, &required, &[]).unwrap().contains("region = 'us-east-1'"));
        let union = "SELECT a FROM t WHERE p = '1' UNION ALL SELECT b FROM u WHERE p = '1' ORDER BY 1";
        assert_eq!(
            parameterized(union, &[], &["p".to_owned()]).unwrap(),
            "SELECT a, p FROM t WHERE 1 UNION ALL SELECT b, p FROM u WHERE 1 ORDER BY 1"
        );
        assert_eq!(parameterized("SELECT 1", &[], &[]).unwrap(), "SELECT 1");
    }

    #[test]
    fn what_is_said_of_other_tables_is_not_said() {
        let sql =
            "SELECT * FROM a.b.c x JOIN t ON t.q = 1 WHERE p = 1 AND x.r IN (1) AND 2 = x.s AND n <= 3 AND 3 >= m";
        let all = tokens(sql).unwrap();
        let table = chain(&all, 3);
        assert_eq!(said(&all, Some("x"), &table), ["p", "r", "s"]);
    }
}
