//! Outer joins as SQLite can plan them over tables that want parameters.
//!
//! SQLite neither offers the conditions of a WHERE to the right side of a LEFT JOIN, nor can it read the right side of
//! a RIGHT JOIN by anything but all of it. Both are written in another way that means the same:
//!
//! * where the WHERE wants a value of a side (`=` or `IN`), rows without that side are dropped in the end, so the join
//!   need not make them: `a LEFT JOIN b … WHERE b.region = 'x'` is `a JOIN b …`, and FULL becomes LEFT or RIGHT;
//! * `a RIGHT JOIN b` is `b LEFT JOIN a` (`turned`);
//! * several tables on the left of a RIGHT or FULL JOIN are one view of them (`grouped`).

mod grouped;
mod turned;

use std::ops::Range;
use std::sync::Arc;

use crate::error::Error;
use crate::keywords::is_keyword;
use crate::lexer::{Token, has_word, quote, tokens};
use crate::names::chain;
use crate::parser::{Conjunct, Parser, conjuncts, disjuncts};
use crate::table::Table;
use crate::tables::Tables;

/// How many joins of a statement are written in another way.
const MAX_CHANGES: usize = 64;

/// How deep in parentheses a condition is looked at.
const MAX_DEPTH: usize = 16;

/// The words that end a FROM or a WHERE.
const ENDS: &[&str] =
    &["where", "group", "order", "limit", "having", "window", "union", "except", "intersect", "returning"];

/// The words with which a join begins.
const JOINS: &[&str] = &["join", "left", "right", "full", "inner", "cross", "natural"];

/// The words between the parts of a compound.
const COMPOUNDS: &[&str] = &["union", "except", "intersect"];

/// Whether tables on the left of an outer join may become a view. That costs something where SQLite can do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grouping {
    Never,
    WhereNeeded,
}

/// What the names of such views begin with.
pub(crate) const SIDE: &str = "left side ";

/// A view of the tables on the left of a join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Side {
    /// The same for the same join of the same statement.
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A statement with joins that SQLite can plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Adapted {
    pub(crate) sql: String,
    /// The views it names.
    pub(crate) sides: Vec<Side>,
}

/// Whether a text may have a join before which tables can become a view.
pub(crate) fn may_be_grouped(sql: &str) -> bool {
    has_word(sql, "join") && (has_word(sql, "right") || has_word(sql, "full"))
}

/// Writes a statement with joins that SQLite can plan.
pub(crate) fn adapt(
    sql: &str,
    tables: &Tables,
    default_provider: Option<&str>,
    grouping: Grouping,
) -> Result<Adapted, Error> {
    let mut adapted = Adapted { sql: sql.to_owned(), sides: Vec::new() };
    if !has_word(sql, "join") {
        return Ok(adapted);
    }
    for _ in 0..MAX_CHANGES {
        let all = tokens(&adapted.sql)?;
        let statement = Statement { sql: &adapted.sql, tokens: &all, tables, default_provider, grouping };
        let Some((changed, side)) = statement.changed() else { break };
        adapted.sql = changed;
        adapted.sides.extend(side);
    }
    Ok(adapted)
}

struct Statement<'s> {
    sql: &'s str,
    tokens: &'s [Token<'s>],
    tables: &'s Tables,
    default_provider: Option<&'s str>,
    grouping: Grouping,
}

/// A `SELECT … FROM … WHERE …`, each part as the places of its tokens.
#[derive(Clone, Debug, Default)]
struct Core {
    list: Range<usize>,
    from: Option<Range<usize>>,
    condition: Option<Range<usize>>,
}

/// How a table is joined to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Left,
    Right,
    Full,
    /// The first table, and all joins that drop what does not match.
    Other,
}

/// Which columns of the same name a table shares with those before it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Sharing {
    Nothing,
    /// `USING`
    Columns(Vec<String>),
    /// `NATURAL`
    All,
}

/// A table of a FROM.
#[derive(Clone, Debug)]
struct Item {
    operator: Operator,
    /// The place where its join begins.
    begin: usize,
    /// The place of the word that says the operator.
    word: usize,
    /// The place behind its table and what it is joined by.
    end: usize,
    /// Its name and alias.
    table: Range<usize>,
    /// The name, if it has one.
    name: Vec<String>,
    alias: Option<String>,
    on: Option<Range<usize>>,
    sharing: Sharing,
}

impl Item {
    /// How its columns are qualified; `None` when it has no name.
    fn qualifier(&self) -> Option<String> {
        let quoted = |names: &[String]| names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(".");
        match &self.alias {
            Some(alias) => Some(quote(alias)),
            None => Some(quoted(&self.name)).filter(|name| !name.is_empty()),
        }
    }
}

impl Statement<'_> {
    /// The statement with one join changed, and the view that it then names.
    fn changed(&self) -> Option<(String, Option<Side>)> {
        let is_outer = |at: usize| {
            let next = |places: usize| self.tokens.get(at + places);
            ["left", "right", "full"].iter().any(|word| self.tokens.get(at).is_some_and(|token| token.is(word)))
                && next(1).is_some_and(|token| token.is("join") || token.is("outer"))
        };
        if !(0..self.tokens.len()).any(is_outer) {
            return None;
        }
        self.cores().iter().find_map(|core| {
            let items = self.items(core.from.clone()?)?;
            if let Some(written) = self.simplified(core, &items).or_else(|| self.turned(core, &items)) {
                return Some((written, None));
            }
            let is_wanted = self.grouping == Grouping::WhereNeeded;
            is_wanted.then(|| self.grouped(core, &items)).flatten().map(|(written, side)| (written, Some(side)))
        })
    }

    fn text(&self, places: Range<usize>) -> &str {
        let start = self.tokens.get(places.start).map_or(0, |token| token.start);
        let end = places.end.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(start, Token::end);
        self.sql.get(start..end).unwrap_or_default()
    }

    fn cores(&self) -> Vec<Core> {
        let mut cores = Vec::new();
        let mut open: Vec<Core> = vec![Core::default()];
        for (at, token) in self.tokens.iter().enumerate() {
            if token.is_symbol('(') {
                open.push(Core::default());
                continue;
            }
            let Some(core) = open.last_mut() else { break };
            if token.is_symbol(')') {
                core.end(at);
                cores.extend(open.pop());
                if open.is_empty() {
                    break;
                }
            } else if token.is("select") {
                core.end(at);
                cores.push(std::mem::replace(core, Core { list: at + 1..at + 1, ..Core::default() }));
            } else if token.is("from") && core.list.start > 0 && core.from.is_none() {
                let is_comparison = self.tokens.get(at - 1).is_some_and(|before| before.is("distinct"))
                    && !self.tokens.get(at.wrapping_sub(2)).is_some_and(|before| before.is("select"));
                if !is_comparison {
                    core.list.end = at;
                    core.from = Some(at + 1..usize::MAX);
                }
            } else if core.from.is_some() && ENDS.iter().any(|word| token.is(word)) {
                core.end(at);
                if token.is("where") && core.condition.is_none() {
                    core.condition = Some(at + 1..usize::MAX);
                }
            }
        }
        for mut core in open {
            core.end(self.tokens.len());
            cores.push(core);
        }
        cores.retain(|core| core.from.is_some());
        cores
    }

    /// The tables of a FROM; `None` when it is not understood.
    fn items(&self, from: Range<usize>) -> Option<Vec<Item>> {
        let mut items: Vec<Item> = Vec::new();
        let mut at = from.start;
        while at < from.end {
            let begin = at;
            let (mut operator, mut word, mut sharing) = (Operator::Other, at, Sharing::Nothing);
            if !items.is_empty() {
                loop {
                    let token = self.tokens.get(at)?;
                    match () {
                        () if token.is("left") => (operator, word) = (Operator::Left, at),
                        () if token.is("right") => (operator, word) = (Operator::Right, at),
                        () if token.is("full") => (operator, word) = (Operator::Full, at),
                        () if token.is("natural") => sharing = Sharing::All,
                        () if token.is("inner") || token.is("cross") || token.is("outer") => {}
                        () if token.is("join") || token.is_symbol(',') => break,
                        () => return None,
                    }
                    at += 1;
                }
                at += 1;
            }
            let start = at;
            at = self.skip(at, from.end, &["on", "using"]);
            let mut item = self.item(start..at);
            (item.operator, item.begin, item.word) = (operator, begin, word);
            if self.tokens.get(at).is_some_and(|token| token.is("on")) && at < from.end {
                let start = at + 1;
                at = self.skip(start, from.end, &[]);
                item.on = Some(start..at);
            } else if self.tokens.get(at).is_some_and(|token| token.is("using")) && at < from.end {
                let start = at + 1;
                at = self.skip(start, from.end, &[]);
                sharing = Sharing::Columns(Parser::new(self.text(start..at)).ok()?.name_list().ok()?);
            }
            (item.sharing, item.end) = (sharing, at);
            items.push(item);
        }
        Some(items)
    }

    /// The place of the next join, comma or one of these words, outside of parentheses.
    fn skip(&self, start: usize, end: usize, words: &[&str]) -> usize {
        let mut depth = 0_usize;
        for at in start..end {
            let Some(token) = self.tokens.get(at) else { return end };
            if token.is_symbol('(') {
                depth += 1;
            } else if token.is_symbol(')') {
                depth = depth.saturating_sub(1);
            } else if depth == 0 {
                // `left` and `right` are functions as well.
                let is_function = self.tokens.get(at + 1).is_some_and(|next| next.is_symbol('('));
                let is_join = JOINS.iter().any(|word| token.is(word)) && (token.is("join") || !is_function);
                if is_join || token.is_symbol(',') || words.iter().any(|word| token.is(word)) {
                    return at;
                }
            }
        }
        end
    }

    fn item(&self, table: Range<usize>) -> Item {
        let names = chain(self.tokens, table.start);
        let name: Vec<String> = names.iter().map(|(name, _)| name.clone()).collect();
        let last = table.end.checked_sub(1).and_then(|last| self.tokens.get(last));
        let is_alias = names.last().is_none_or(|(_, last)| *last + 1 < table.end);
        let alias = last.filter(|token| is_alias && token.is_name() && !is_keyword(token.text)).map(Token::name);
        let (begin, word, end) = (table.start, table.start, table.end);
        let (operator, sharing) = (Operator::Other, Sharing::Nothing);
        Item { operator, begin, word, end, table, name, alias, on: None, sharing }
    }

    /// A join that need not make rows which the condition drops.
    fn simplified(&self, core: &Core, items: &[Item]) -> Option<String> {
        let condition = self.text(core.condition.clone()?);
        for (at, item) in items.iter().enumerate().filter(|(_, item)| item.operator != Operator::Other) {
            let is_wanted = |places: Range<usize>| self.wants(condition, items, &places, 0);
            let (left, right) = (is_wanted(0..at), is_wanted(at..at + 1));
            let word = match (item.operator, left, right) {
                (Operator::Left, _, true) | (Operator::Right, true, _) | (Operator::Full, true, true) => "INNER",
                (Operator::Full, true, false) => "LEFT",
                (Operator::Full, false, true) => "RIGHT",
                _ => continue,
            };
            let mut end = item.word + 1;
            if self.tokens.get(end).is_some_and(|token| token.is("outer")) && word == "INNER" {
                end += 1;
            }
            return Some(self.replaced(item.word..end, word));
        }
        None
    }

    /// Whether a condition is only true of rows that have a value of one of these tables.
    fn wants(&self, condition: &str, items: &[Item], places: &Range<usize>, depth: usize) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        let is_theirs = |name: &str| self.owner(name, items).is_some_and(|owner| places.contains(&owner));
        conjuncts(condition).is_ok_and(|conjuncts| {
            conjuncts.iter().any(|conjunct| match conjunct {
                Conjunct::Equal(name, value) => is_theirs(name) || is_theirs(value),
                Conjunct::In(name, _) => is_theirs(name),
                Conjunct::Other(text) => match disjuncts(text) {
                    Ok(parts) if parts.len() > 1 || parts.first() != Some(text) => {
                        parts.iter().all(|part| self.wants(part, items, places, depth + 1))
                    }
                    _ => false,
                },
            })
        })
    }

    /// The table that a column belongs to, as far as its name or the tables' definitions tell.
    fn owner(&self, name: &str, items: &[Item]) -> Option<usize> {
        let all = tokens(name).ok()?;
        let (first, second) = (all.first()?, all.get(1));
        if !first.is_name() {
            return None;
        }
        if second.is_some_and(|token| token.is_symbol('.')) {
            let alias = first.name();
            let by_alias = |item: &Item| item.alias.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(&alias));
            let parts: Vec<String> = chain(&all, 0).into_iter().map(|(name, _)| name).collect();
            let by_name = |item: &Item| {
                item.alias.is_none() && !item.name.is_empty() && parts.len() > 1 && parts.starts_with(&item.name)
            };
            let is_plain = |from: usize| !all.iter().skip(from).any(|token| token.is_symbol('('));
            return items.iter().position(|item| by_alias(item) || by_name(item)).filter(|_| is_plain(2));
        }
        if second.is_some_and(|token| token.is_symbol('(')) || (is_keyword(first.text) && second.is_some()) {
            return None;
        }
        // Without a qualifier, all tables must be known.
        let mut owner = None;
        for (at, item) in items.iter().enumerate() {
            let table = self.table(item)?;
            if table.column(&first.name()).or_else(|| table.column(name)).is_some() && owner.replace(at).is_some() {
                return None;
            }
        }
        owner
    }

    /// The definition of a table, if it is one of a provider.
    fn table(&self, item: &Item) -> Option<Arc<Table>> {
        let mut path = item.name.clone();
        if path.len() == 2 {
            path.insert(0, self.default_provider?.to_owned());
        }
        let found = Some(path).filter(|path| path.len() >= 3).map(|path| self.tables.find(&path, true))?.ok()?;
        Some(found.table)
    }

    fn replaced(&self, places: Range<usize>, word: &str) -> String {
        let (first, last) = (self.tokens.get(places.start), self.tokens.get(places.end - 1));
        let start = first.map_or(0, |token| token.start);
        let end = last.map_or(start, Token::end);
        let before = self.sql.get(..start).unwrap_or_default();
        format!("{before}{word}{}", self.sql.get(end..).unwrap_or_default())
    }
}

impl Core {
    /// Ends the part that is open.
    fn end(&mut self, at: usize) {
        for part in [&mut self.from, &mut self.condition].into_iter().flatten() {
            part.end = part.end.min(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapted(sql: &str) -> String {
        adapt(sql, &Tables::default(), None, Grouping::WhereNeeded).unwrap().sql
    }

    #[test]
    fn joins_that_need_not_be_outer_are_not() {
        for (sql, expected) in [
            (
                "SELECT 1 FROM a LEFT JOIN b ON b.x = a.x WHERE b.r = 'e'",
                "SELECT 1 FROM a INNER JOIN b ON b.x = a.x WHERE b.r = 'e'",
            ),
            (
                "SELECT 1 FROM a x LEFT OUTER JOIN b AS y ON 1 WHERE 'e' = y.r",
                "SELECT 1 FROM a x INNER JOIN b AS y ON 1 WHERE 'e' = y.r",
            ),
            (
                "SELECT 1 FROM a FULL OUTER JOIN b ON 1 WHERE a.r IN (1, 2)",
                "SELECT 1 FROM a LEFT OUTER JOIN b ON 1 WHERE a.r IN (1, 2)",
            ),
            ("SELECT 1 FROM a RIGHT JOIN b ON 1 WHERE a.r = 1", "SELECT 1 FROM a INNER JOIN b ON 1 WHERE a.r = 1"),
            (
                "SELECT (SELECT 1 FROM c LEFT JOIN d ON 1 WHERE (d.r = 1 OR d.r = 2)) FROM a WHERE a.r = 1",
                "SELECT (SELECT 1 FROM c INNER JOIN d ON 1 WHERE (d.r = 1 OR d.r = 2)) FROM a WHERE a.r = 1",
            ),
        ] {
            assert_eq!(adapted(sql), expected);
        }
        for same in [
            "SELECT 1 FROM a LEFT JOIN b ON b.x = a.x WHERE a.r = 'e'",
            "SELECT 1 FROM a LEFT JOIN b ON b.x = a.x WHERE b.r IS NULL",
            "SELECT 1 FROM a LEFT JOIN b ON b.x = a.x WHERE b.r = 1 OR a.r = 1",
            "SELECT 1 FROM a LEFT JOIN b ON b.x = a.x WHERE coalesce(b.r, 1) = 1",
            "SELECT 1 FROM a LEFT JOIN b ON b.x = a.x WHERE b.r NOT IN (1)",
            "SELECT 1 FROM a LEFT JOIN b ON b.x = a.x WHERE NOT (b.r = 1)",
            "SELECT 1 FROM a LEFT JOIN b ON left(a.x, 1) = b.x GROUP BY b.r",
            "SELECT left(a, 1) FROM a WHERE b = 1",
        ] {
            assert_eq!(adapted(same), same);
        }
    }

    #[test]
    fn right_joins_are_turned() {
        for (sql, expected) in [
            (
                "SELECT * FROM a RIGHT JOIN b y ON a.x = y.x WHERE y.z > 1",
                "SELECT \"a\".*, \"y\".* FROM b y LEFT JOIN a ON a.x = y.x WHERE y.z > 1",
            ),
            (
                "SELECT 1 WHERE 1 IN (SELECT a.x FROM a RIGHT OUTER JOIN b ON a.x = b.x LEFT JOIN c ON 1)",
                "SELECT 1 WHERE 1 IN (SELECT a.x FROM b LEFT JOIN a ON a.x = b.x LEFT JOIN c ON 1)",
            ),
            ("SELECT x FROM a RIGHT JOIN b USING (x)", "SELECT x FROM b LEFT JOIN a USING (\"x\")"),
        ] {
            assert_eq!(adapted(sql), expected);
        }
        for same in [
            "SELECT a.x FROM a JOIN c ON c.i = a.i RIGHT JOIN b ON a.x = b.x",
            // What columns they have is not known.
            "SELECT a.x FROM a NATURAL RIGHT JOIN b",
            "SELECT * FROM a RIGHT JOIN b USING (x)",
            "SELECT a.x FROM a RIGHT JOIN b USING (x) JOIN c USING (x)",
        ] {
            assert_eq!(adapted(same), same);
        }
    }
}
