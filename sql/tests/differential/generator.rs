//! Generated statements. A table is written `{r1}`, so that both sides can name it their way.

use crate::random::Random;
use crate::world::{World, own_parameter};

pub(crate) struct Statement {
    pub(crate) sql: String,
    /// The number of rows that any of the rows may be cut to.
    pub(crate) limit: Option<usize>,
}

const KEYS: &[&str] = &["'a'", "'a'", "'B'", "'1'", "'2'", "1", "'c d'", "'é'", "'nobody'", "NULL", "lower('A')"];

/// A table of a statement: its alias and its level.
#[derive(Clone)]
struct Source {
    alias: String,
    level: usize,
    /// The parameters that have a value.
    given: usize,
    is_outer: bool,
}

pub(crate) struct Generator<'w> {
    random: &'w mut Random,
    world: &'w World,
    aliases: usize,
    /// Whether only columns of one type are named. Plain SQLite compares a text with the untyped values of a subquery
    /// differently, depending on whether it uses a Bloom filter for the `IN`.
    typed_only: bool,
}

impl<'w> Generator<'w> {
    pub(crate) fn new(random: &'w mut Random, world: &'w World) -> Self {
        Self { random, world, aliases: 0, typed_only: false }
    }

    pub(crate) fn statement(&mut self) -> Statement {
        self.aliases = 0;
        let (sql, limit) = match self.random.below(16) {
            0 => {
                let (one, _) = self.select(Some(2));
                let (other, _) = self.select(Some(2));
                let word = self.random.pick(&["UNION", "UNION ALL", "EXCEPT", "INTERSECT"]);
                (format!("{one} {word} {other}"), None)
            }
            1 => {
                let (inner, _) = self.select(Some(2));
                let hint = self.random.pick(&["", "MATERIALIZED ", "NOT MATERIALIZED "]);
                (format!("WITH c(x, y) AS {hint}({inner}) SELECT x, count(*), max(y) FROM c GROUP BY x"), None)
            }
            2 => self.view(),
            3 => {
                self.typed_only = true;
                let (inner, _) = self.select(Some(1));
                let level = self.random.below(3);
                let source = self.source(level);
                let parameters = self.literal_parameters(&source);
                let column = self.column(&source);
                self.typed_only = false;
                (
                    format!(
                        "SELECT {column} FROM {{r{level}}} {} WHERE {parameters} AND {column} IN ({inner})",
                        source.alias
                    ),
                    None,
                )
            }
            4 => self.full_join(),
            5 => self.outer_join(),
            6 => self.overlapping_parts(),
            7 => self.several_on_the_left(),
            8 => self.sharing_join(),
            _ => self.select(None),
        };
        Statement { sql, limit }
    }

    fn source(&mut self, level: usize) -> Source {
        self.aliases += 1;
        Source { alias: format!("t{}", self.aliases), level, given: 0, is_outer: false }
    }

    /// The column of a parameter of a table: of the row itself, or of one above it.
    fn parameter(&self, source: &Source, level: usize) -> String {
        let by_key = level == source.level && self.world.by_key[level];
        format!("{}.{}", source.alias, own_parameter(level, by_key))
    }

    /// Equalities that say every parent of a table, or a set of values for one of them.
    fn literal_parameters(&mut self, source: &Source) -> String {
        if self.world.lists_all[source.level] && self.random.one_in(2) {
            return "1".to_owned();
        }
        if source.level > 0 && self.random.one_in(6) {
            // Some of the parameters, in any combination: often no method takes exactly these.
            let some: Vec<String> = (0..=source.level)
                .filter(|_| self.random.one_in(2))
                .collect::<Vec<_>>()
                .into_iter()
                .map(|parent| self.parameter(source, parent))
                .collect();
            let terms: Vec<String> =
                some.into_iter().map(|name| format!("{name} = {}", self.random.pick(&["'a'", "'B'", "'1'"]))).collect();
            if !terms.is_empty() {
                return terms.join(" AND ");
            }
        }
        if source.level > 0 && self.random.one_in(4) {
            // Parts that different methods would answer, or one method for different parents.
            let often = ["'a'", "'B'", "'1'"];
            let parents: Vec<&str> = (0..source.level).map(|_| self.random.pick(&often)).collect();
            let parts: Vec<String> = (0..2)
                .map(|_| {
                    let shared = self.random.one_in(2);
                    let count = source.level + usize::from(self.random.one_in(3));
                    let terms: Vec<String> = (0..count)
                        .map(|parent| {
                            let known = parents.get(parent).filter(|_| shared);
                            let key = known.copied().unwrap_or_else(|| self.random.pick(&often));
                            format!("{} = {key}", self.parameter(source, parent))
                        })
                        .collect();
                    format!("({})", terms.join(" AND "))
                })
                .collect();
            return format!("({})", parts.join(" OR "));
        }
        let mut terms = Vec::new();
        let count = source.level + usize::from(self.random.one_in(4));
        for parent in 0..count {
            let name = self.parameter(source, parent);
            terms.push(match self.random.below(6) {
                0 => format!("{name} IN ({}, {})", self.random.pick(KEYS), self.random.pick(KEYS)),
                1 => format!("({name} = {} OR {name} = {})", self.random.pick(KEYS), self.random.pick(KEYS)),
                2 => format!("{name} IN (SELECT key FROM {{r0}})"),
                _ => format!("{name} = {}", self.random.pick(KEYS)),
            });
        }
        if terms.is_empty() { "1".to_owned() } else { terms.join(" AND ") }
    }

    /// A column of the rows of a table.
    fn column(&mut self, source: &Source) -> String {
        let mut name = self.random.pick(&["key", "label", "n", "price", "flag", "mixed", "key", "n"]);
        if self.typed_only && name == "mixed" {
            name = "label";
        }
        format!("{}.{name}", source.alias)
    }

    /// A condition on rows.
    fn condition(&mut self, sources: &[Source], depth: usize) -> String {
        let source = sources[self.random.below(sources.len())].clone();
        let column = self.column(&source);
        match self.random.below(if depth == 0 { 7 } else { 12 }) {
            0 => format!("{column} = {}", self.literal()),
            1 => format!("{column} {} {}", self.random.pick(&["<", ">", "<=", "<>", "IS", "IS NOT"]), self.literal()),
            2 => format!("{column} IN ({}, {}, {})", self.literal(), self.literal(), self.literal()),
            3 => format!("{column} IS {}NULL", self.random.pick(&["", "NOT "])),
            4 => {
                let other = sources[self.random.below(sources.len())].clone();
                equal(&column, &self.column(&other))
            }
            5 => format!("{column} LIKE {}", self.random.pick(&["'%a%'", "'1%'", "'x'"])),
            6 => format!("json_extract({}.doc, '$.k') = {}", source.alias, self.literal()),
            7 => format!("({} OR {})", self.condition(sources, depth - 1), self.condition(sources, depth - 1)),
            8 => format!("NOT ({})", self.condition(sources, depth - 1)),
            9 => {
                let (inner, level) = self.dependent(sources);
                let not = self.random.pick(&["", "NOT "]);
                let extra = self.condition(std::slice::from_ref(&inner.0), 0);
                format!("{not}EXISTS (SELECT 1 FROM {{r{level}}} {} WHERE {} AND {extra})", inner.0.alias, inner.1)
            }
            10 => {
                let (inner, level) = self.dependent(sources);
                let value = self.column(&inner.0);
                format!(
                    "{column} {} (SELECT max({value}) FROM {{r{level}}} {} WHERE {})",
                    self.random.pick(&["=", "<", ">="]),
                    inner.0.alias,
                    inner.1
                )
            }
            _ => {
                let level = self.random.below(3);
                let inner = self.source(level);
                let parameters = self.literal_parameters(&inner);
                let typed_only = std::mem::replace(&mut self.typed_only, true);
                let value = self.column(&inner);
                let column = self.column(&source);
                self.typed_only = typed_only;
                let not = self.random.pick(&["", "NOT "]);
                format!("{column} {not}IN (SELECT {value} FROM {{r{level}}} {} WHERE {parameters})", inner.alias)
            }
        }
    }

    fn literal(&mut self) -> &'static str {
        self.random.pick(&[
            "'a'",
            "'1'",
            "1",
            "10",
            "'10'",
            "0",
            "2.5",
            "NULL",
            "'x'",
            "'X'",
            "100",
            "0.1",
            "'B'",
            "9007199254740993",
        ])
    }

    /// A table that is joined to others: where its parameters come from.
    fn dependent(&mut self, sources: &[Source]) -> ((Source, String), usize) {
        let level = self.random.below(3);
        let mut source = self.source(level);
        let mut terms = Vec::new();
        let count = level + usize::from(self.random.one_in(5));
        if count > 0 && self.world.lists_all[level] && self.random.one_in(3) {
            let other = sources[self.random.below(sources.len())].clone();
            let terms = equal(&self.column(&source), &self.column(&other));
            return ((source, terms), level);
        }
        for parent in 0..count {
            let name = self.parameter(&source, parent);
            let of_level: Vec<Source> = sources.iter().filter(|other| other.level == parent).cloned().collect();
            let knows: Vec<Source> = sources.iter().filter(|other| other.given > parent).cloned().collect();
            let value = if !of_level.is_empty() && !self.random.one_in(5) {
                format!("{}.key", of_level[self.random.below(of_level.len())].alias)
            } else if !knows.is_empty() && !self.random.one_in(5) {
                let other = knows[self.random.below(knows.len())].clone();
                self.parameter(&other, parent)
            } else {
                self.random.pick(KEYS).to_owned()
            };
            let both_ways = self.random.one_in(4);
            terms.push(if both_ways { format!("{value} = {name}") } else { format!("{name} = {value}") });
        }
        source.given = count;
        if terms.is_empty() {
            let other = sources[self.random.below(sources.len())].clone();
            terms.push(equal(&self.column(&source), &self.column(&other)));
        }
        ((source, terms.join(" AND ")), level)
    }

    /// A `SELECT`, of so many columns if that matters.
    fn select(&mut self, width: Option<usize>) -> (String, Option<usize>) {
        let level = [0, 0, 1, 2][self.random.below(4)];
        let mut first = self.source(level);
        let parameters = self.literal_parameters(&first);
        let is_said = |parent: usize| parameters.contains(&format!("{}.r{parent}Id ", first.alias));
        first.given = if (0..level).all(is_said) { level } else { 0 };
        let mut from = format!("{{r{level}}} {}", first.alias);
        let mut sources = vec![first];
        let mut conditions = vec![parameters];
        for _ in 0..[0, 1, 1, 2][self.random.below(4)] {
            let ((mut source, on), level) = self.dependent(&sources);
            if self.random.one_in(3) {
                let extra = if self.random.one_in(2) {
                    format!(" AND {}", self.condition(std::slice::from_ref(&source), 0))
                } else {
                    String::new()
                };
                from = format!("{from} LEFT JOIN {{r{level}}} {} ON {on}{extra}", source.alias);
                source.is_outer = true;
                source.given = 0;
            } else if self.random.one_in(3) {
                // The order in which tables are written must not matter.
                from = format!("{{r{level}}} {} JOIN {from} ON {on}", source.alias).replacen(
                    " JOIN ",
                    " CROSS_OR_JOIN ",
                    1,
                );
                from = from.replacen(&format!(" ON {on}"), "", 1).replacen("CROSS_OR_JOIN", ",", 1);
                if from.contains("LEFT JOIN") {
                    // A comma before a LEFT JOIN binds differently; keep it simple there.
                    from = from.replacen(" , ", " JOIN ", 1);
                }
                conditions.push(on);
            } else {
                from = format!("{from} JOIN {{r{level}}} {} ON {on}", source.alias);
            }
            sources.push(source);
        }
        for _ in 0..[0, 0, 1, 1, 2][self.random.below(5)] {
            conditions.push(self.condition(&sources, 2));
        }
        let filter = conditions.join(" AND ");
        let projected: Vec<String> = (0..width.unwrap_or(1 + self.random.below(3)))
            .map(|_| {
                let source = sources[self.random.below(sources.len())].clone();
                if source.given > 0 && self.random.one_in(5) {
                    return self.parameter(&source, 0);
                }
                self.column(&source)
            })
            .collect();
        let list = projected.join(", ");
        if width.is_some() {
            return (format!("SELECT {list} FROM {from} WHERE {filter}"), None);
        }
        match self.random.below(8) {
            0 => (format!("SELECT DISTINCT {list} FROM {from} WHERE {filter}"), None),
            1 => {
                let by = &projected[0];
                (
                    format!(
                        "SELECT {by}, count(*), sum({0}.n), min({0}.key) FROM {from} WHERE {filter} GROUP BY {by} HAVING count(*) > 0",
                        sources[0].alias
                    ),
                    None,
                )
            }
            2 => (
                format!(
                    "SELECT {list}, row_number() OVER (PARTITION BY {0}.key ORDER BY {list}) FROM {from} WHERE {filter}",
                    sources[0].alias
                ),
                None,
            ),
            3 => {
                let limit = 1 + self.random.below(4);
                (format!("SELECT {list} FROM {from} WHERE {filter} LIMIT {limit}"), Some(limit))
            }
            4 => (
                format!(
                    "SELECT {list}, (SELECT count(*) FROM {{r0}} z WHERE z.n = {0}.n) FROM {from} WHERE {filter}",
                    sources[0].alias
                ),
                None,
            ),
            5 => (
                format!(
                    "SELECT {list}, j.value FROM {from}, json_each({0}.doc, '$.t') j WHERE {filter}",
                    sources[0].alias
                ),
                None,
            ),
            _ => (format!("SELECT {list} FROM {from} WHERE {filter}"), None),
        }
    }

    fn full_join(&mut self) -> (String, Option<usize>) {
        let mut sides = Vec::new();
        for _ in 0..2 {
            let level = self.random.below(3);
            let source = self.source(level);
            let parameters = self.literal_parameters(&source);
            let alias = source.alias;
            sides.push((format!("(SELECT key, n FROM {{r{level}}} {alias} WHERE {parameters})"), format!("s{alias}")));
        }
        let [(one, a), (other, b)] = sides.as_slice() else { unreachable!() };
        let word = self.random.pick(&["FULL", "RIGHT", "LEFT"]);
        (format!("SELECT {a}.key, {b}.key FROM {one} {a} {word} JOIN {other} {b} ON {a}.n = {b}.n"), None)
    }

    /// Two tables, of which one is there without the other. What a table needs is said of the other, or in the WHERE.
    fn outer_join(&mut self) -> (String, Option<usize>) {
        let level = self.random.below(3);
        let mut one = self.source(level);
        one.given = level;
        let said = self.literal_parameters(&one);
        let word = self.random.pick(&["LEFT", "RIGHT", "RIGHT OUTER", "FULL"]);
        let ((other, on), other_level) = if self.random.one_in(2) {
            self.dependent(std::slice::from_ref(&one))
        } else {
            let level = self.random.below(3);
            let other = self.source(level);
            let on = equal(&self.column(&other), &self.column(&one));
            ((other, on), level)
        };
        let mut conditions = vec![said];
        if self.random.one_in(2) {
            conditions.push(self.literal_parameters(&other));
        }
        if self.random.one_in(3) {
            conditions.push(self.condition(&[one.clone(), other.clone()], 1));
        }
        let (one_table, other_table) =
            (format!("{{r{level}}} {}", one.alias), format!("{{r{other_level}}} {}", other.alias));
        let from = if word.starts_with("RIGHT") || self.random.one_in(3) {
            format!("{other_table} {word} JOIN {one_table} ON {on}")
        } else {
            format!("{one_table} {word} JOIN {other_table} ON {on}")
        };
        let third = if self.random.one_in(4) {
            let ((third, on), level) = self.dependent(&[one.clone()]);
            let word = self.random.pick(&["JOIN", "LEFT JOIN", "RIGHT JOIN"]);
            format!(" {word} {{r{level}}} {} ON {on}", third.alias)
        } else {
            String::new()
        };
        let list = [self.column(&one), self.column(&other), self.column(&one)].join(", ");
        (format!("SELECT {list} FROM {from}{third} WHERE {}", conditions.join(" AND ")), None)
    }

    /// Several tables on the left of an outer join, which take what they need from the right, from one another, or say it.
    fn several_on_the_left(&mut self) -> (String, Option<usize>) {
        let level = self.random.below(3);
        let mut right = self.source(level);
        right.given = level;
        let said = self.literal_parameters(&right);
        let ((first, on), first_level) = self.dependent(std::slice::from_ref(&right));
        let mut left = vec![first.clone()];
        let mut from = format!("{{r{first_level}}} {}", first.alias);
        for _ in 0..[1, 1, 2][self.random.below(3)] {
            let ((mut next, on), level) = self.dependent(&left);
            let word = self.random.pick(&["JOIN", "JOIN", "LEFT JOIN", "CROSS JOIN"]);
            from = format!("{from} {word} {{r{level}}} {} ON {on}", next.alias);
            if word == "LEFT JOIN" {
                next.given = 0;
            }
            left.push(next);
        }
        let mut all = left.clone();
        all.push(right.clone());
        let mut on = on;
        if self.random.one_in(3) {
            on = format!("{on} AND {}", self.condition(&all, 1));
        }
        let word = self.random.pick(&["RIGHT", "RIGHT", "RIGHT OUTER", "FULL"]);
        from = format!("{from} {word} JOIN {{r{level}}} {} ON {on}", right.alias);
        if self.random.one_in(4) {
            let ((third, on), level) = self.dependent(&all);
            let word = self.random.pick(&["JOIN", "LEFT JOIN", "RIGHT JOIN"]);
            from = format!("{from} {word} {{r{level}}} {} ON {on}", third.alias);
        }
        let mut conditions = vec![said];
        if self.random.one_in(3) {
            conditions.push(self.condition(&all, 1));
        }
        let filter = conditions.join(" AND ");
        let columns: Vec<String> = (0..3)
            .map(|_| {
                let source = all[self.random.below(all.len())].clone();
                let has_parameter = source.given > 0 && self.random.one_in(4);
                if has_parameter { self.parameter(&source, 0) } else { self.column(&source) }
            })
            .collect();
        let list = columns.join(", ");
        let sql = match self.random.below(6) {
            0 => format!(
                "SELECT {0}, count(*), max({1}) FROM {from} WHERE {filter} GROUP BY {0}",
                columns[0], columns[1]
            ),
            1 => format!("SELECT DISTINCT {list}, {}.key || 'x' FROM {from} WHERE {filter} ORDER BY 1", first.alias),
            2 => format!(
                "SELECT i.x, i.y FROM (SELECT {0} AS x, {1} y FROM {from} WHERE {filter}) i",
                columns[0], columns[1]
            ),
            3 => format!(
                "SELECT {list}, (SELECT count(*) FROM {{r0}} z WHERE z.n = {}) FROM {from} WHERE {filter}",
                columns[2]
            ),
            _ => format!("SELECT {list} FROM {from} WHERE {filter}"),
        };
        (sql, None)
    }

    /// Tables that are joined by columns of the same name, where both sides have them.
    fn sharing_join(&mut self) -> (String, Option<usize>) {
        let is_natural = self.random.one_in(4);
        let level = if is_natural { 0 } else { self.random.below(3) };
        let other_level = if is_natural { 0 } else { self.random.below(3) };
        let (one, other) = (self.source(level), self.source(other_level));
        let said = self.literal_parameters(&one);
        let word = self.random.pick(&["RIGHT", "RIGHT OUTER", "LEFT", "FULL", "INNER"]);
        let shared = self.random.pick(&["key", "n", "label", "key, n"]);
        let name = shared.split(',').next().unwrap_or(shared);
        let (one_table, other_table) =
            (format!("{{r{}}} {}", one.level, one.alias), format!("{{r{}}} {}", other.level, other.alias));
        let (left, right) = if self.random.one_in(2) { (one_table, other_table) } else { (other_table, one_table) };
        let from = match (is_natural, self.random.below(3)) {
            (true, _) => format!("{left} NATURAL {word} JOIN {right}"),
            (false, 0) => {
                let third = self.source(0);
                format!("{{r0}} {} JOIN {left} USING ({shared}) {word} JOIN {right} USING ({shared})", third.alias)
            }
            (false, _) => format!("{left} {word} JOIN {right} USING ({shared})"),
        };
        let mut conditions = vec![said];
        if self.random.one_in(2) {
            conditions.push(self.literal_parameters(&other));
        }
        if self.random.one_in(3) {
            conditions.push(self.condition(&[one.clone(), other.clone()], 1));
        }
        if self.random.one_in(4) {
            conditions.push(format!("{name} IS NOT NULL"));
        }
        let list = [name.to_owned(), self.column(&one), self.column(&other)].join(", ");
        (format!("SELECT {list} FROM {from} WHERE {}", conditions.join(" AND ")), None)
    }

    /// Rows that both parts of an OR have, where one part says more than the other.
    fn overlapping_parts(&mut self) -> (String, Option<usize>) {
        let level = 1 + self.random.below(2);
        let source = self.source(level);
        let often = ["'a'", "'B'", "'1'"];
        let term = |generator: &mut Self, parent: usize| {
            format!("{} = {}", generator.parameter(&source, parent), generator.random.pick(&often))
        };
        let parents: Vec<String> = (0..level).map(|parent| term(self, parent)).collect();
        let own = term(self, level);
        // What the parts have in common, SQLite takes out of them: another one has other parents. And it drops parts that
        // another one includes, so these must only happen to.
        let elsewhere: Vec<String> = (0..level).map(|parent| term(self, parent)).collect();
        let other = match self.random.below(3) {
            0 => format!("{}.key IS NOT NULL", source.alias),
            1 => format!("{}.key <> 'x'", source.alias),
            _ => self.condition(std::slice::from_ref(&source), 0),
        };
        let mut parts = vec![
            format!("{} AND {own}", parents.join(" AND ")),
            format!("{} AND {other}", parents.join(" AND ")),
            format!("{} AND {other}", elsewhere.join(" AND ")),
        ];
        self.random.shuffle(&mut parts);
        let list = [self.column(&source), self.column(&source)].join(", ");
        let parts: Vec<String> = parts.into_iter().map(|part| format!("({part})")).collect();
        (format!("SELECT {list} FROM {{r{level}}} {} WHERE {}", source.alias, parts.join(" OR ")), None)
    }

    /// A statement over one of the views.
    fn view(&mut self) -> (String, Option<usize>) {
        let view = self.random.pick(&["v0", "v1", "v2", "v3"]);
        if view == "v2" || view == "v3" {
            // SQLite alone carries constants into these, and nothing from other tables.
            let word = self.random.pick(&["JOIN", "LEFT JOIN"]);
            if self.random.one_in(3) {
                // Rows that are read for several parts of an OR, or for both sides of a FULL JOIN, are there once.
                let one = self.random.pick(&["v.key = t.key", "v.n = t.n", "v.key = 'a'"]);
                let other = self.random.pick(&["v.n = 1", "v.n = t.n", "v.key = 'B'", "v.p = 'B'"]);
                let both = format!("(v.p = t.key AND {one}) OR (v.p = t.key AND {other})");
                if self.random.one_in(2) {
                    return (format!("SELECT t.key, v.key, v.n FROM {{r0}} t {word} {view} v ON {both}"), None);
                }
                let given = self.random.pick(&["'a'", "'B'"]);
                let on = format!("v.p = {given} AND {one}");
                return (format!("SELECT t.key, v.key, v.n FROM {{r0}} t FULL JOIN {view} v ON {on}"), None);
            }
            let extra = self.random.pick(&["", " AND v.n > 0", " AND v.key = t.key", " AND v.n = t.n"]);
            return (format!("SELECT t.key, v.key, v.n FROM {{r0}} t {word} {view} v ON v.p = t.key{extra}"), None);
        }
        if view == "v1" {
            let on = if self.random.one_in(2) { "v.p = t.key" } else { "v.p = t.key AND v.n > 0" };
            let word = self.random.pick(&["JOIN", "LEFT JOIN"]);
            return (format!("SELECT t.key, v.key, v.n FROM {{r0}} t {word} v1 v ON {on}"), None);
        }
        (format!("SELECT * FROM v0 WHERE n > {}", self.literal()), None)
    }
}

/// Two columns are equal. A key is sent as its text, of whatever type the value is that it is said to equal; plain
/// SQLite compares an untyped column with a text as it is.
fn equal(one: &str, other: &str) -> String {
    let typed = |name: &str, than: &str| {
        if than.split('.').next_back() == Some("key") { name.replace(".mixed", ".label") } else { name.to_owned() }
    };
    format!("{} = {}", typed(one, other), typed(other, one))
}

/// The views that statements use.
pub(crate) const VIEWS: &[(&str, &str)] = &[
    ("v0", "SELECT key, n, label FROM {r0} WHERE n IS NOT NULL"),
    ("v1", "SELECT r0Id AS p, key, n FROM {r1}"),
    ("v2", "SELECT r0Id AS p, key, n FROM {r1} UNION SELECT r0Id, label, n FROM {r1}"),
    ("v3", "SELECT r0Id AS p, max(key) AS key, count(*) AS n FROM {r1} GROUP BY r0Id"),
];
