//! What an example statement or a view's definition names: its target, its columns, its parameters.
//!
//! In: SQL as documentation shows it, with `{{ placeholders }}`, unquoted names such as `If-Match` and `$filter`, and
//! comments in odd places. Out: [`Statement`]. Nothing is checked or planned here: a statement that makes no sense
//! names less.

mod token;

use bindery_ir::Verb;

use self::token::{Kind, Token, tokens};

/// What a statement names, verbatim and in order.
///
/// ```
/// use bindery_codegen::docs::Statement;
///
/// let statement = Statement::read("/*+ delete */ DELETE FROM shop.counter.cheese WHERE If-Match = '{{ If-Match }}';");
/// assert_eq!(statement.target, "shop.counter.cheese");
/// assert_eq!(statement.conditions[0].name, "If-Match");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement<'s> {
    /// The word it begins with, where that is a verb.
    pub verb: Option<Verb>,
    /// What it reads, writes or executes: `provider.service.resource`, with `.method` behind `EXEC`.
    pub target: &'s str,
    /// The names of the columns of a `SELECT`, or the columns that an `INSERT` fills.
    pub columns: Vec<&'s str>,
    /// The columns that `SET` assigns.
    pub assignments: Vec<&'s str>,
    /// The comparisons of its `WHERE`.
    pub conditions: Vec<Condition<'s>>,
    /// The names of `@name='…'` behind `EXEC`.
    pub arguments: Vec<&'s str>,
    /// The properties of the object in `@@json='…'`.
    pub body: Vec<&'s str>,
}

/// `name = value`, or `name IN (…)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition<'s> {
    /// The column or parameter.
    pub name: &'s str,
    /// The text between the quotes, or the word; empty behind `IN`.
    pub value: &'s str,
}

impl<'s> Statement<'s> {
    /// Reads a statement, or the first of several.
    pub fn read(sql: &'s str) -> Self {
        let tokens = tokens(sql);
        let mut reader = Reader { sql, tokens: &tokens };
        let verb = reader.next().and_then(|token| Verb::parse(token.text));
        let mut statement = Self { verb, ..Self::default() };
        match verb {
            Some(Verb::Select) => {
                statement.columns = reader.select_list();
                statement.target = reader.name();
                statement.conditions = reader.conditions();
            }
            Some(Verb::Insert) => {
                reader.skip_word("INTO");
                statement.target = reader.name();
                statement.columns = reader.column_list();
            }
            Some(Verb::Update | Verb::Replace) => {
                statement.target = reader.name();
                reader.skip_word("SET");
                statement.assignments = reader.assignments();
                statement.conditions = reader.conditions();
            }
            Some(Verb::Delete) => {
                reader.skip_word("FROM");
                statement.target = reader.name();
                statement.conditions = reader.conditions();
            }
            Some(Verb::Exec) => {
                statement.target = reader.name();
                reader.arguments(&mut statement);
            }
            None => {}
        }
        statement
    }

    /// Every name that stands for a parameter or a property of the body.
    pub fn parameters(&self) -> impl Iterator<Item = &'s str> {
        let filled = if self.verb == Some(Verb::Insert) { self.columns.as_slice() } else { &[] };
        let conditions = self.conditions.iter().map(|condition| condition.name);
        let others = filled.iter().chain(&self.assignments).chain(&self.arguments).chain(&self.body).copied();
        others.chain(conditions)
    }
}

/// Walks over the tokens of a statement.
struct Reader<'s, 't> {
    sql: &'s str,
    tokens: &'t [Token<'s>],
}

impl<'s, 't> Reader<'s, 't> {
    fn next(&mut self) -> Option<&'t Token<'s>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn skip_word(&mut self, word: &str) {
        if self.tokens.first().is_some_and(|token| token.is_word(word)) {
            self.next();
        }
    }

    /// The name that comes next; empty when something else does.
    fn name(&mut self) -> &'s str {
        match self.tokens.first() {
            Some(token) if token.kind == Kind::Name => {
                self.next();
                token.text
            }
            _ => "",
        }
    }

    /// The tokens up to one that fits and stands in no parentheses; that one is passed over.
    fn until(&mut self, mut fits: impl FnMut(&Token<'_>) -> bool) -> &'t [Token<'s>] {
        let mut depth = 0_usize;
        let all = self.tokens;
        let is_end = |token: &Token<'_>| {
            match token.text {
                "(" if token.kind == Kind::Sign => depth += 1,
                ")" if token.kind == Kind::Sign => depth = depth.saturating_sub(1),
                _ => return depth == 0 && fits(token),
            }
            false
        };
        let end = all.iter().position(is_end).unwrap_or(all.len());
        self.tokens = all.get(end + 1..).unwrap_or_default();
        all.get(..end).unwrap_or_default()
    }

    /// The names of the columns up to `FROM`.
    fn select_list(&mut self) -> Vec<&'s str> {
        let mut list = Reader { sql: self.sql, tokens: self.until(|token| token.is_word("FROM")) };
        let mut columns = Vec::new();
        while !list.tokens.is_empty() {
            let item = list.until(|token| token.is_sign(","));
            columns.extend(item.last().map(|last| if last.kind == Kind::Name { last.text } else { list.source(item) }));
        }
        columns
    }

    /// The source of some tokens.
    fn source(&self, tokens: &[Token<'s>]) -> &'s str {
        let range = tokens.first().map(|token| token.start)..tokens.last().map(|token| token.end);
        let (Some(start), Some(end)) = (range.start, range.end) else { return "" };
        self.sql.get(start..end).unwrap_or_default()
    }

    /// The names in the parentheses that come next.
    fn column_list(&mut self) -> Vec<&'s str> {
        if !self.tokens.first().is_some_and(|token| token.is_sign("(")) {
            return Vec::new();
        }
        self.next();
        let list = self.until(|_| false);
        let end = list.iter().position(|token| token.is_sign(")")).unwrap_or(list.len());
        list.iter().take(end).filter(|token| token.kind == Kind::Name).map(|token| token.text).collect()
    }

    /// The names left of a `=` up to `WHERE`.
    fn assignments(&mut self) -> Vec<&'s str> {
        let end = self.tokens.iter().position(is_end_of_clause).unwrap_or(self.tokens.len());
        let is_where = |token: &Token<'_>| token.is_word("WHERE");
        let end = self.tokens.iter().position(is_where).unwrap_or(end).min(end);
        let (list, rest) = self.tokens.split_at(end);
        self.tokens = rest;
        comparisons(list).into_iter().map(|condition| condition.name).collect()
    }

    /// The comparisons of the `WHERE` that is still to come.
    fn conditions(&mut self) -> Vec<Condition<'s>> {
        self.until(|token| token.is_word("WHERE"));
        let end = self.tokens.iter().position(is_end_of_clause).unwrap_or(self.tokens.len());
        comparisons(self.tokens.get(..end).unwrap_or_default())
    }

    /// The `@name=value` that follow.
    fn arguments(&mut self, statement: &mut Statement<'s>) {
        for window in self.tokens.windows(3) {
            let [name, equals, value] = window else { continue };
            if !equals.is_sign("=") || name.kind != Kind::Name {
                continue;
            }
            if name.text.eq_ignore_ascii_case("@@json") {
                statement.body = properties(value.text);
            } else if let Some(name) = name.text.strip_prefix('@') {
                statement.arguments.push(name);
            }
        }
    }
}

fn is_end_of_clause(token: &Token<'_>) -> bool {
    const ENDS: [&str; 6] = ["RETURNING", "GROUP", "ORDER", "LIMIT", "HAVING", "UNION"];
    token.is_sign(";") || ENDS.iter().any(|word| token.is_word(word))
}

fn comparisons<'s>(tokens: &[Token<'s>]) -> Vec<Condition<'s>> {
    let comparison = |(index, name): (usize, &Token<'s>)| {
        let sign = tokens.get(index + 1).filter(|_| name.kind == Kind::Name)?;
        if sign.is_word("IN") {
            return Some(Condition { name: name.text, value: "" });
        }
        let value = tokens.get(index + 2).filter(|_| sign.is_sign("="))?;
        Some(Condition { name: name.text, value: value.text })
    };
    tokens.iter().enumerate().filter_map(comparison).collect()
}

/// The names of an object's properties. The text is JSON but for the placeholders in it.
fn properties(json: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = json.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(skipped) = rest.find(['{', '}', '[', ']', '"']) else { break };
        at += skipped + 1;
        match rest.as_bytes().get(skipped) {
            Some(b'{' | b'[') => depth += 1,
            Some(b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {
                let text = json.get(at..).unwrap_or_default();
                let length = token::end_of_quoted(text, b'"', b'\\');
                let name = text.get(..length).unwrap_or_default();
                at += length + 1;
                let is_name = json.get(at..).is_some_and(|rest| rest.trim_start().starts_with(':'));
                if depth == 1 && is_name {
                    names.push(name);
                }
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<'s>(conditions: &[Condition<'s>]) -> Vec<&'s str> {
        conditions.iter().map(|condition| condition.name).collect()
    }

    #[test]
    fn a_select_names_columns_and_conditions() {
        let statement = Statement::read(
            "SELECT\nid,\nJSON_EXTRACT(properties, '$.a, b') as \"snake\",\n$filter, count(*)\nFROM a.b.c\n\
             WHERE a = '{{ a }}' -- required; b = 1\nAND $top = {{ $top }}\nAND If-Match IN ('x', 'y') ;",
        );
        assert_eq!(statement.verb, Some(Verb::Select));
        assert_eq!(statement.columns, ["id", "snake", "$filter", "count(*)"]);
        assert_eq!(statement.target, "a.b.c");
        assert_eq!(names(&statement.conditions), ["a", "$top", "If-Match"]);
        assert_eq!(statement.conditions[0].value, "{{ a }}");
    }

    #[test]
    fn an_insert_names_its_columns_and_not_those_it_returns() {
        let statement = Statement::read(
            "/*+ create */\nINSERT INTO a.b.c (\ndata__x.y,\nfilter[a][b]\n)\nSELECT \n'{{ x }}' /* required */\nRETURNING\nid\n;",
        );
        assert_eq!(statement.columns, ["data__x.y", "filter[a][b]"]);
        assert_eq!(statement.parameters().collect::<Vec<_>>(), ["data__x.y", "filter[a][b]"]);
    }

    #[test]
    fn an_update_names_what_it_sets_apart_from_its_conditions() {
        let statement = Statement::read(
            "-- replace field1, etc.\nREPLACE a.b.c\nSET \nx = '{{ x }}',\ny = true\nWHERE\nz = '1' --required\nRETURNING\nw;",
        );
        assert_eq!(statement.assignments, ["x", "y"]);
        assert_eq!(names(&statement.conditions), ["z"]);
        assert_eq!(names(&Statement::read("UPDATE a.b.c SET x = 1;").conditions), [""; 0]);
    }

    #[test]
    fn an_exec_names_arguments_and_the_properties_of_its_body() {
        let statement = Statement::read(
            "EXEC a.b.c.do_it \n@a='{{ a }}' --required, \n@opt={{ opt }} @@json=\n'{\n\"x\": {\"deep\": [\"z\"]}, \n\"y\\\"\": \"{{ y }}\"\n}'\n;",
        );
        assert_eq!(statement.target, "a.b.c.do_it");
        assert_eq!(statement.arguments, ["a", "opt"]);
        assert_eq!(statement.body, ["x", "y\\\""]);
    }

    #[test]
    fn broken_statements_name_less() {
        assert_eq!(Statement::read("DELETE FROM a.b.c\nWHERE  = '{{  }}';").conditions, []);
        assert_eq!(Statement::read("SELECT\n\nFROM a.b.c").columns, [""; 0]);
        for sql in [
            "",
            ";",
            "SELECT",
            "INSERT INTO",
            "INSERT INTO x",
            "UPDATE",
            "EXEC",
            "EXEC x @a",
            "'",
            "/*",
            "--",
            "SELECT (((",
        ] {
            let _ = Statement::read(sql);
        }
        assert_eq!(Statement::read("/* DELETE").verb, None);
        assert_eq!(Statement::read("/*+ update */\n-- replace x\n  select 1").verb, Some(Verb::Select));
    }
}
