//! The text of a statement that changes things → what it wants.

use std::sync::Arc;

use bindery_ir::Verb;

use super::{Mutation, Shape};
use crate::engine::Shared;
use crate::error::Error;
use crate::parser::Parser;
use crate::table::Table;

/// Reads INSERT, UPDATE, REPLACE or DELETE; `None` when it is about a table of the user's own.
pub(crate) fn parse(sql: &str, engine: &Shared) -> Result<Option<Mutation>, Error> {
    let mut parser = Parser::new(sql)?;
    let verb = parser.next().and_then(|token| Verb::parse(token.text)).ok_or_else(|| parser.expected("a verb"))?;
    let mut hints = parser.hints();
    if verb == Verb::Insert && parser.eat_all(&["or", "replace"]) {
        hints.push("REPLACE".to_owned());
    }
    match verb {
        Verb::Delete => parser.expect("from")?,
        Verb::Insert => parser.expect("into")?,
        _ => {
            parser.eat("into");
        }
    }
    let Some(table) = target(&mut parser, engine)? else { return Ok(None) };
    let verb = if hints.iter().any(|hint| hint == "REPLACE") { Verb::Replace } else { verb };
    hints.extend(parser.hints());
    // An alias of what is changed says nothing.
    let shape = if parser.peek().is_some_and(|token| token.is_symbol('(')) {
        rows(&mut parser)?
    } else {
        change(&mut parser, verb)?
    };
    let returning = if parser.eat("returning") {
        let list = parser.text_until(&[], &[]);
        if list.is_empty() {
            return Err(parser.expected("what to return"));
        }
        Some(list.to_owned())
    } else {
        None
    };
    parser.expect_end()?;
    let has = |hint: &str| hints.iter().any(|given| given == hint);
    let (is_ordered, awaits) = (has("ORDERED"), has("AWAIT"));
    Ok(Some(Mutation { verb, table, shape, is_ordered, awaits, returning }))
}

/// The resource that is changed; `None` when it is a table of the user's own.
fn target(parser: &mut Parser<'_>, engine: &Shared) -> Result<Option<Arc<Table>>, Error> {
    let mut chain = parser.chain()?;
    if chain.len() == 2
        && let Some(provider) = engine.session().provider
    {
        chain.insert(0, provider);
    }
    if chain.len() < 3 {
        return Ok(None);
    }
    let found = engine.tables.find(&chain, false)?;
    if found.parts < chain.len() {
        return Err(Error::unknown("resource", &chain.join("."), [found.table.name.as_str()]));
    }
    Ok(Some(found.table))
}

/// `(a, b) VALUES (1, 2), (3, 4)` or `(a, b) SELECT …`
fn rows(parser: &mut Parser<'_>) -> Result<Shape, Error> {
    let names = parser.name_list()?;
    let place = parser.clone();
    let source = parser.text_until(&["returning"], &[]).to_owned();
    if source.is_empty() {
        return Err(place.expected("VALUES or SELECT"));
    }
    Ok(Shape::Rows { names, source })
}

/// `SET a = 1, b = 2 WHERE …`, or only the condition.
fn change(parser: &mut Parser<'_>, verb: Verb) -> Result<Shape, Error> {
    if verb == Verb::Insert {
        return Err(parser.expected("`(`, the names of what is inserted"));
    }
    let mut assignments = Vec::new();
    if verb == Verb::Delete {
        if parser.is("set") {
            return Err(parser.expected("WHERE"));
        }
    } else {
        parser.expect("set")?;
        loop {
            if parser.is("where") {
                return Err(parser.expected("what is set"));
            }
            let name = parser.loose_name(&['=', ','])?;
            parser.expect_symbol('=')?;
            let place = parser.clone();
            let value = parser.text_until(&["where", "returning", "from"], &[',']);
            if value.is_empty() {
                return Err(place.expected("a value"));
            }
            assignments.push((name, value.to_owned()));
            if !parser.eat_symbol(',') {
                break;
            }
        }
        if parser.is("from") {
            return Err(parser.expected("WHERE: an UPDATE takes its values from its own row or from subqueries"));
        }
    }
    let mut condition = String::new();
    if parser.eat("where") {
        let place = parser.clone();
        parser.text_until(&["returning"], &[]).clone_into(&mut condition);
        if condition.is_empty() {
            return Err(place.expected("a condition"));
        }
    }
    Ok(Shape::Change { assignments, condition })
}

/// The text of an EXEC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exec {
    pub(crate) path: Vec<String>,
    pub(crate) arguments: Vec<(String, String)>,
    pub(crate) body: Option<String>,
    pub(crate) hints: Vec<String>,
    pub(crate) returning: Option<String>,
}

impl Exec {
    /// Reads `EXEC a.b.c.method @x = '1', @y = 2 @@json = '{}'`. Commas may be missing: documentation loses them in
    /// comments.
    pub(crate) fn parse(sql: &str) -> Result<Self, Error> {
        let mut parser = Parser::new(sql)?;
        parser.next();
        let hints = parser.hints();
        let path = parser.chain()?;
        let mut exec = Self { path, arguments: Vec::new(), body: None, hints, returning: None };
        loop {
            parser.eat_symbol(',');
            if !parser.eat_symbol('@') {
                break;
            }
            let is_body = parser.eat_symbol('@');
            if parser.is("where") {
                return Err(parser.expected("what is set"));
            }
            let name = parser.loose_name(&['=', ','])?;
            parser.expect_symbol('=')?;
            let place = parser.clone();
            let value = parser.text_until(&["returning"], &[',', '@']);
            if value.is_empty() {
                return Err(place.expected("a value"));
            }
            if is_body {
                if !name.eq_ignore_ascii_case("json") {
                    return Err(place.expected("@@json: bodies are given as JSON only"));
                }
                exec.body = Some(value.to_owned());
            } else {
                exec.arguments.push((name, value.to_owned()));
            }
        }
        if parser.eat("returning") {
            exec.returning = Some(parser.text_until(&[], &[]).to_owned());
        }
        if !parser.is_over() {
            return Err(parser.expected("an argument, as in `@name = value`"));
        }
        Ok(exec)
    }
}

/// Reads an EXEC.
pub(crate) fn parse_exec(sql: &str, engine: &Shared) -> Result<Mutation, Error> {
    let exec = Exec::parse(sql)?;
    let mut chain = exec.path.clone();
    if chain.len() == 3
        && let Some(provider) = engine.session().provider
    {
        chain.insert(0, provider);
    }
    if chain.len() < 4 {
        let reason = format!("`{}` is no method: write provider.service.resource.method", chain.join("."));
        return Err(Error::unsupported(reason));
    }
    let found = engine.tables.find(&chain, true)?;
    let candidate = found.table.candidates.first().map(|candidate| candidate.method);
    let method = candidate.filter(|_| found.parts == chain.len());
    let method = method.ok_or_else(|| Error::unknown("method", &chain.join("."), []))?;
    Ok(Mutation {
        verb: Verb::Exec,
        table: found.table,
        shape: Shape::Call { method, arguments: exec.arguments, body: exec.body },
        is_ordered: exec.hints.iter().any(|hint| hint == "ORDERED"),
        awaits: exec.hints.iter().any(|hint| hint == "AWAIT"),
        returning: exec.returning,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_read_as_documentation_writes_them() {
        let exec = Exec::parse(
            "EXEC /*+ ORDERED */ a.b.c.m @If-Match='*' --required\n, @\"data__x\"=json_object('a', 1) @$filter=?1 @@json='{\"a\": 1}'",
        )
        .unwrap();
        assert_eq!(exec.path, ["a", "b", "c", "m"]);
        let argument = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            exec.arguments,
            [argument("If-Match", "'*'"), argument("data__x", "json_object('a', 1)"), argument("$filter", "?1")]
        );
        assert_eq!(exec.body.as_deref(), Some("'{\"a\": 1}'"));
        assert_eq!(exec.hints, ["ORDERED"]);
        for broken in ["EXEC", "EXEC a.b @x", "EXEC a.b @x=", "EXEC a.b x=1", "EXEC a.b @@xml='<a/>'"] {
            assert!(Exec::parse(broken).is_err(), "{broken}");
        }
    }
}
