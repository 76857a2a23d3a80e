//! Several tables on the left of a RIGHT or FULL JOIN → one view of them.
//!
//! `a JOIN c ON … RIGHT JOIN b ON …` is `b LEFT JOIN (a JOIN c ON …) ON …`, but SQLite neither looks into such parentheses
//! for parameters nor shows hidden columns of what is in them. So the tables become a view with the columns that the
//! statement names of them (`a.x` is its column `"a.x"`), which can then be read as a table that takes parameters (`lateral`).
//! Where a name cannot be told for sure to be one of theirs, or not to be, the statement stays as it is.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use super::turned::quoted;
use super::{COMPOUNDS, Core, Item, Operator, SIDE, Sharing, Side, Statement};
use crate::keywords::is_keyword;
use crate::lexer::{Kind, Token, quote};
use crate::names::chain;
use crate::table::Table;

/// How many tables SQLite joins.
const MOST_TABLES: usize = 64;

/// The tables of a group, each with its definition.
type Members<'i> = Vec<(&'i Item, Arc<Table>)>;

/// A text that takes the place of some bytes of the statement.
type Edit = (Range<usize>, String);

/// What is found out about the view of a group.
struct Group<'g> {
    members: Members<'g>,
    /// The tables behind the group, with their definitions as far as these are known.
    others: Vec<(&'g Item, Option<Arc<Table>>)>,
    /// The names that the statement gives to something, in lower case.
    given: HashSet<String>,
    /// The columns that the join shares, which are known without a table.
    shared: Vec<String>,
    /// The columns of the view: what each is in the group.
    columns: BTreeMap<String, String>,
    /// The name of the view.
    name: String,
}

impl Statement<'_> {
    /// The statement with the tables before a RIGHT or FULL JOIN as a view, and that view.
    pub(super) fn grouped(&self, core: &Core, items: &[Item]) -> Option<(String, Side)> {
        let is_outer = |item: &Item| matches!(item.operator, Operator::Right | Operator::Full);
        let at = items.iter().position(is_outer).filter(|at| *at > 1 && items.len() <= MOST_TABLES)?;
        let (before, others) = (items.get(..at)?, items.get(at..)?);
        let (join, after) = others.split_first()?;
        if after.iter().any(|item| item.sharing != Sharing::Nothing) {
            return None;
        }
        let members: Members<'_> = before.iter().map(|item| Some((item, self.table(item)?))).collect::<Option<_>>()?;
        let shared = self.shared(before, join)?;
        let left = before.first()?.table.start..join.begin;
        let mut hasher = DefaultHasher::new();
        (self.sql, left.start).hash(&mut hasher);
        let name = format!("{SIDE}{:016x}", hasher.finish());
        let others = others.iter().map(|item| (item, self.table(item))).collect();
        let given = self.tokens.windows(2).filter_map(|pair| match pair {
            [word, name] => Some(name.name().to_ascii_lowercase()).filter(|_| word.is("as") && name.is_name()),
            _ => None,
        });
        let mut group = Group { members, others, given: given.collect(), shared, columns: BTreeMap::new(), name };
        let mut edits = Vec::new();
        for name in group.shared.clone() {
            group.columns.insert(name.to_ascii_lowercase(), quote(&name));
        }
        self.edit_list(core, &left, &mut group, &mut edits)?;
        let rest = join.begin..self.end_of(core)?;
        self.edit_names(rest, &left, &mut group, &mut edits)?;
        if join.sharing == Sharing::All {
            let condition = if group.shared.is_empty() {
                " ON 1".to_owned()
            } else {
                format!(" USING ({})", quoted(&group.shared))
            };
            let natural = self.tokens.get(join.begin)?;
            edits.push((natural.start..natural.end(), String::new()));
            let end = self.tokens.get(join.end.checked_sub(1)?)?.end();
            edits.push((end..end, condition));
        }
        let from = self.text(left.clone());
        let columns: Vec<String> = group.columns.iter().map(|(name, is)| format!("{is} AS {}", quote(name))).collect();
        let list = if columns.is_empty() { "1 AS \"nothing\"".to_owned() } else { columns.join(", ") };
        let side = Side { text: format!("SELECT {list} FROM {from}"), name: group.name };
        edits.push((self.bytes(left)?, quote(&side.name)));
        edits.sort_by_key(|(place, _)| place.start);
        let mut changed = String::new();
        let mut copied = 0;
        for (place, new) in edits {
            changed.push_str(self.sql.get(copied..place.start)?);
            changed.push_str(&new);
            copied = place.end;
        }
        changed.push_str(self.sql.get(copied..)?);
        Some((changed, side))
    }

    /// Where what a SELECT says ends: with the statement, its parentheses or its part of a compound.
    fn end_of(&self, core: &Core) -> Option<usize> {
        let is_compound = |token: &Token<'_>| COMPOUNDS.iter().any(|word| token.is(word));
        // What orders or limits a compound names columns of its result.
        let select = core.list.start.checked_sub(1)?;
        let is_part = (select.checked_sub(1).and_then(|at| self.tokens.get(at)))
            .is_some_and(|before| is_compound(before) || before.is("all"));
        let mut depth = 0_usize;
        for at in core.list.start..self.tokens.len() {
            let token = self.tokens.get(at)?;
            if token.is_symbol('(') {
                depth += 1;
            } else if token.is_symbol(')') {
                let Some(outside) = depth.checked_sub(1) else { return Some(at) };
                depth = outside;
            } else if depth == 0 && (is_compound(token) || is_part && (token.is("order") || token.is("limit"))) {
                return Some(at);
            }
        }
        Some(self.tokens.len())
    }

    /// Changes the list of a SELECT, whose columns keep their names.
    fn edit_list(&self, core: &Core, left: &Range<usize>, group: &mut Group<'_>, edits: &mut Vec<Edit>) -> Option<()> {
        let mut start = core.list.start;
        while self.tokens.get(start).is_some_and(|token| token.is("distinct") || token.is("all")) {
            start += 1;
        }
        while start < core.list.end {
            let end = self.skip(start, core.list.end, &[]);
            let before = edits.len();
            if self.is_whole_row(start) {
                edits.push((self.bytes(start..end)?, group.whole_row()?));
            } else {
                // A name that is given without AS is none of a column.
                let own = end - usize::from(self.ends_with_alias(start..end));
                group.given.extend(self.tokens.get(own..end)?.iter().map(|token| token.name().to_ascii_lowercase()));
                self.edit_names(start..own, left, group, edits)?;
                if edits.len() > before
                    && let Some(name) = self.name_of_result(start..end)
                {
                    let end = self.tokens.get(end.checked_sub(1)?)?.end();
                    edits.push((end..end, format!(" AS {}", quote(&name))));
                }
            }
            start = end + 1;
        }
        Some(())
    }

    /// What a member of a list would be called, if it does not say so itself.
    fn name_of_result(&self, places: Range<usize>) -> Option<String> {
        let names = chain(self.tokens, places.start);
        let (last, at) = names.last()?;
        if at + 1 == places.end {
            return Some(last.clone());
        }
        let is_star = self.tokens.get(places.end.checked_sub(1)?).is_some_and(|token| token.is_symbol('*'));
        let is_named =
            self.skip(places.start, places.end, &["as"]) < places.end || self.ends_with_alias(places.clone());
        (!is_star && !is_named).then(|| self.text(places).to_owned())
    }

    /// Whether an expression is followed by a name without `AS`.
    fn ends_with_alias(&self, places: Range<usize>) -> bool {
        let from_end = |count: usize| places.end.checked_sub(count).and_then(|at| self.tokens.get(at));
        let is_operand = |token: &Token<'_>| {
            token.is_symbol(')') || token.is("end") || (token.kind != Kind::Symbol && !is_keyword(token.text))
        };
        from_end(1).is_some_and(|last| last.is_name() && !is_keyword(last.text) && !last.is("end"))
            && from_end(2).is_some_and(is_operand)
    }

    /// Changes the names of a part of the statement that mean columns of the group.
    fn edit_names(
        &self,
        places: Range<usize>,
        left: &Range<usize>,
        group: &mut Group<'_>,
        edits: &mut Vec<Edit>,
    ) -> Option<()> {
        let mut at = places.start;
        // Inside of the parentheses in which a query began, a name may be one of its own tables.
        let (mut depth, mut query) = (0_usize, None);
        while at < places.end {
            if left.contains(&at) {
                at = left.end;
                continue;
            }
            let token = self.tokens.get(at)?;
            if token.is_symbol('(') {
                depth += 1;
                let next = self.tokens.get(at + 1);
                if next.is_some_and(|next| ["select", "with", "values"].iter().any(|word| next.is(word))) {
                    query.get_or_insert(depth);
                }
            } else if token.is_symbol(')') {
                query = query.filter(|began| *began < depth);
                depth = depth.saturating_sub(1);
            }
            let names = chain(self.tokens, at);
            let Some((_, last)) = names.last() else {
                at += 1;
                continue;
            };
            let next = self.tokens.get(last + 1);
            let is_star = next.is_some_and(|next| next.is_symbol('.'))
                && self.tokens.get(last + 2).is_some_and(|star| star.is_symbol('*'));
            let is_adjacent = next.is_some_and(|next| {
                (next.is_symbol('-') || next.is_symbol('['))
                    && self.tokens.get(*last).is_some_and(|token| token.end() == next.start)
            });
            let is_word =
                token.kind == Kind::Word && (is_keyword(token.text) || next.is_some_and(|n| n.is_symbol('(')));
            let names: Vec<String> = names.iter().map(|(name, _)| name.clone()).collect();
            let end = last + 1;
            match group.member_of(&names) {
                Some((member, 0)) if is_star => {
                    let columns = group.row_of(member)?;
                    edits.push((self.bytes(at..end + 2)?, columns.join(", ")));
                }
                // It names the table anew, or in a way that is not looked at here.
                Some((_, from)) if from == 0 || is_adjacent || is_star => return None,
                Some((member, from)) => {
                    let column = names.get(from..)?.join(".");
                    edits.push((self.bytes(at..end)?, group.qualified(member, &column)?));
                }
                None if names.len() == 1 && !is_word => {
                    let name = names.first()?;
                    let is_alias = at.checked_sub(1).and_then(|at| self.tokens.get(at)).is_some_and(|t| t.is("as"));
                    if group.has(name) && !is_alias && !group.is_shared(name) {
                        if query.is_some() || is_adjacent || group.is_ambiguous(name) {
                            return None;
                        }
                        edits.push((self.bytes(at..end)?, group.unqualified(name)));
                    }
                }
                None => {}
            }
            at = end;
        }
        Some(())
    }

    fn bytes(&self, places: Range<usize>) -> Option<Range<usize>> {
        let (first, last) = (self.tokens.get(places.start)?, self.tokens.get(places.end.checked_sub(1)?)?);
        Some(first.start..last.end())
    }
}

impl Group<'_> {
    /// The table that a chain of names begins with, and how many of the names are before its column; none are where the
    /// chain is the name of the table itself.
    fn member_of(&self, names: &[String]) -> Option<(usize, usize)> {
        self.members.iter().enumerate().find_map(|(at, (item, _))| {
            let own: &[String] = match &item.alias {
                Some(alias) => std::slice::from_ref(alias),
                None => &item.name,
            };
            let begins = !own.is_empty()
                && own.len() <= names.len()
                && own.iter().zip(names).all(|(own, name)| own.eq_ignore_ascii_case(name));
            begins.then_some((at, if own.len() == names.len() { 0 } else { own.len() }))
        })
    }

    fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(_, table)| table.column(name).is_some())
    }

    /// Whether a name may mean something else than a column of the group: one of the other tables, or of the result.
    fn is_ambiguous(&self, name: &str) -> bool {
        let may_have = |table: &Option<Arc<Table>>| table.as_ref().is_none_or(|table| table.column(name).is_some());
        self.others.iter().any(|(_, table)| may_have(table)) || self.given.contains(&name.to_ascii_lowercase())
    }

    fn is_shared(&self, name: &str) -> bool {
        self.shared.iter().any(|shared| shared.eq_ignore_ascii_case(name))
    }

    /// A column of a table as one of the view.
    fn qualified(&mut self, member: usize, column: &str) -> Option<String> {
        let (item, table) = self.members.get(member)?;
        table.column(column)?;
        let own = item.alias.clone().unwrap_or_else(|| item.name.join("."));
        let name = format!("{own}.{column}").to_ascii_lowercase();
        self.columns.insert(name.clone(), format!("{}.{}", item.qualifier()?, quote(column)));
        Some(format!("{}.{}", quote(&self.name), quote(&name)))
    }

    /// A column that is named without its table as one of the view.
    fn unqualified(&mut self, column: &str) -> String {
        let name = column.to_ascii_lowercase();
        self.columns.insert(name.clone(), quote(column));
        format!("{}.{}", quote(&self.name), quote(&name))
    }

    /// The columns of a table, under their names.
    fn row_of(&mut self, member: usize) -> Option<Vec<String>> {
        let names: Vec<String> = self.members.get(member)?.1.visible().map(|column| column.name.clone()).collect();
        let shown = |name: &String| Some(format!("{} AS {}", self.qualified(member, name)?, quote(name)));
        names.iter().map(shown).collect()
    }

    /// What `*` stands for; `None` where tables share columns, which are there once.
    fn whole_row(&mut self) -> Option<String> {
        let others: Vec<&Item> = self.others.iter().map(|(item, _)| *item).collect();
        let items = || self.members.iter().map(|(item, _)| *item).chain(others.iter().copied());
        if items().any(|item| item.sharing != Sharing::Nothing) {
            return None;
        }
        let mut columns = Vec::new();
        for member in 0..self.members.len() {
            columns.extend(self.row_of(member)?);
        }
        for other in others {
            columns.push(format!("{}.*", other.qualifier()?));
        }
        Some(columns.join(", "))
    }
}
