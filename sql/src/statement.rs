//! What a statement is, and who runs it.

use std::sync::Arc;

use crate::engine::Shared;
use crate::error::Error;
use crate::job::Bound;
use crate::lexer::{Kind, has_word, quote, tokens};
use crate::names::rewrite;
use crate::parser::Parser;
use crate::query::RowStream;
use crate::result::Column;
use crate::select::{Select, start};
use crate::table::ColumnType;
use crate::value::Value;
use crate::{metadata, mutation};

/// Splits a text at the semicolons between its statements. Empty statements are left out.
///
/// ```
/// let statements = bindery_sql::split("SELECT ';' ; -- one\nSELECT 2;")?;
/// assert_eq!(statements, ["SELECT ';'", "SELECT 2"]);
/// # Ok::<(), bindery_sql::Error>(())
/// ```
///
/// # Errors
/// When a quote or comment does not end.
pub fn split(sql: &str) -> Result<Vec<&str>, Error> {
    let tokens = tokens(sql)?;
    let mut statements = Vec::new();
    for part in tokens.split(|token| token.is_symbol(';')) {
        // Documentation says in a hint what the next statement is about.
        let hints = part.iter().take_while(|token| token.kind == Kind::Hint).count();
        let part = part.get(hints..).unwrap_or_default();
        if let (Some(first), Some(last)) = (part.first(), part.last()) {
            statements.push(sql.get(first.start..last.end()).unwrap_or_default());
        }
    }
    Ok(statements)
}

/// What StackQL has statements for, and what to do instead.
const OF_STACKQL: &[(&str, &str)] = &[
    ("registry", "`bindery registry list` and `bindery registry pull` fetch the documents of providers"),
    ("auth", "credentials come from the environment, from --auth, or from the client of the program"),
    ("purge", "answers are kept for a statement only, unless --cache says for how long"),
    ("nativequery", "every query is one of SQLite, so it is written as it is"),
    ("sleep", "`/*+ AWAIT */` behind INSERT, UPDATE, DELETE or EXEC waits for what it begins"),
];

/// Runs a statement.
pub(crate) async fn run(engine: &Arc<Shared>, sql: &str, bound: Bound) -> Result<RowStream, Error> {
    let statements = split(sql)?;
    let sql = match statements.as_slice() {
        [one] => one,
        [] => return Err(Error::unsupported("there is no statement")),
        _ => return Err(Error::unsupported("these are several statements: run them one by one")),
    };
    let sql = number_placeholders(sql)?;
    let sql = calls_as_tables(&sql)?;
    run_one(engine, &sql, bound).await
}

async fn run_one(engine: &Arc<Shared>, sql: &str, bound: Bound) -> Result<RowStream, Error> {
    let mut parser = Parser::new(sql)?;
    let first = parser.peek().map(|token| token.text.to_ascii_lowercase()).unwrap_or_default();
    match first.as_str() {
        "insert" | "update" | "replace" | "delete" => match mutation::parse(sql, engine)? {
            Some(mutation) => mutation::run(engine, mutation, bound).await,
            None => start(engine, Select { sql: sql.to_owned(), bound, writes: true, ..Select::default() }),
        },
        "exec" | "execute" => mutation::run(engine, mutation::parse_exec(sql, engine)?, bound).await,
        "show" => metadata::show(engine, parser, bound),
        "describe" | "desc" => metadata::describe(engine, parser),
        "explain" => {
            parser.next();
            parser.hints();
            explain(engine, parser, bound).await
        }
        "use" => {
            parser.next();
            let provider = parser.name()?;
            parser.expect_end()?;
            engine.tables.known_member(&provider)?;
            engine.change_session(|session| session.provider = Some(provider));
            Ok(RowStream::done(0, None))
        }
        "set" => set(engine, parser, bound).await,
        "create" => create(engine, parser, bound).await,
        "drop" => drop_something(engine, parser, bound).await,
        "refresh" => refresh(engine, parser).await,
        "alter" => start(engine, Select { sql: sql.to_owned(), bound, writes: true, ..Select::default() }),
        "begin" | "commit" | "rollback" | "savepoint" | "release" => Err(Error::unsupported(
            "there are no transactions: a provider does what it is asked at once, and cannot take it back",
        )),
        "pragma" | "attach" | "detach" | "vacuum" | "reindex" | "analyze" => Err(Error::unsupported(format!(
            "{} is not available: a statement reaches neither files nor the settings of SQLite",
            first.to_ascii_uppercase()
        ))),
        _ => {
            if let Some((_, instead)) = OF_STACKQL.iter().find(|(word, _)| *word == first) {
                return Err(Error::unsupported(format!("there is no {}: {instead}", first.to_ascii_uppercase())));
            }
            let rows = start(engine, Select { sql: sql.to_owned(), bound, ..Select::default() })?;
            Ok(if engine.settings.dry_run && rows.reads_providers { rows.into_requests().await } else { rows })
        }
    }
}

/// Gives every `?` its number, so that parts of the statement can be run on their own.
fn number_placeholders(sql: &str) -> Result<String, Error> {
    if !sql.contains('?') {
        return Ok(sql.to_owned());
    }
    let mut numbered = String::with_capacity(sql.len());
    let (mut copied, mut last) = (0, 0_u64);
    for token in tokens(sql)?.iter().filter(|token| token.kind == Kind::Positional) {
        let number = token.text.get(1..).and_then(|digits| digits.parse().ok());
        let number = number.unwrap_or(last + 1);
        last = last.max(number);
        numbered.push_str(sql.get(copied..token.start).unwrap_or_default());
        numbered.push_str(&format!("?{number}"));
        copied = token.end();
    }
    numbered.push_str(sql.get(copied..).unwrap_or_default());
    Ok(numbered)
}

/// How deep calls that are read as tables may lie in the arguments of each other.
const MAX_CALL_DEPTH: usize = 8;

/// `(EXEC a.b.c.m @x = 1)` where a table stands → a query of the method as a table.
fn calls_as_tables(sql: &str) -> Result<String, Error> {
    let mut sql = sql.to_owned();
    for _ in 0..MAX_CALL_DEPTH {
        if !has_word(&sql, "exec") {
            break;
        }
        match outer_calls_as_tables(&sql)? {
            Some(changed) => sql = changed,
            None => break,
        }
    }
    Ok(sql)
}

fn outer_calls_as_tables(sql: &str) -> Result<Option<String>, Error> {
    let all = tokens(sql)?;
    let mut changed = String::new();
    let (mut copied, mut at) = (0, 0);
    while let (Some(open), Some(exec)) = (all.get(at), all.get(at + 1)) {
        at += 1;
        if !(open.is_symbol('(') && (exec.is("exec") || exec.is("execute"))) {
            continue;
        }
        let mut depth = 1_usize;
        while let Some(token) = all.get(at).filter(|_| depth > 0) {
            if token.is_symbol('(') {
                depth += 1;
            } else if token.is_symbol(')') {
                depth -= 1;
            }
            at += 1;
        }
        let close = at.checked_sub(1).and_then(|last| all.get(last)).filter(|_| depth == 0);
        let close = close.ok_or_else(|| Error::syntax(sql, sql.len(), "expected `)` after EXEC"))?;
        changed.push_str(sql.get(copied..=open.start).unwrap_or_default());
        changed.push_str(&call_as_query(sql, exec.start, sql.get(exec.start..close.start).unwrap_or_default())?);
        copied = close.start;
    }
    if copied == 0 {
        return Ok(None);
    }
    changed.push_str(sql.get(copied..).unwrap_or_default());
    Ok(Some(changed))
}

fn call_as_query(sql: &str, start: usize, call: &str) -> Result<String, Error> {
    let call = mutation::Exec::parse(call)?;
    if call.body.is_some() {
        return Err(Error::syntax(sql, start, "a call that is read as a table has no @@json"));
    }
    let table: Vec<String> = call.path.iter().map(|name| quote(name)).collect();
    let conditions: Vec<String> =
        call.arguments.iter().map(|(name, value)| format!("{} = ({value})", quote(name))).collect();
    let condition = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    Ok(format!("SELECT * FROM {}{condition}", table.join(".")))
}

async fn explain(engine: &Arc<Shared>, mut parser: Parser<'_>, bound: Bound) -> Result<RowStream, Error> {
    parser.eat_all(&["query", "plan"]);
    let sql = parser.rest();
    let first = parser.peek().map(|token| token.text.to_ascii_lowercase()).unwrap_or_default();
    let mutation = match first.as_str() {
        "insert" | "update" | "replace" | "delete" => mutation::parse(sql, engine)?,
        "exec" | "execute" => Some(mutation::parse_exec(sql, engine)?),
        _ => None,
    };
    if let Some(mutation) = mutation {
        return mutation::explain(engine, &mutation);
    }
    if parser.clone().chain().is_ok_and(|chain| chain.len() >= 3) || first == "extended" {
        // StackQL describes a resource so.
        return metadata::describe_rest(engine, parser);
    }
    crate::explain::explain(engine, sql, bound).await
}

/// Columns of text.
pub(crate) fn columns(names: &[&str]) -> Arc<[Column]> {
    names.iter().map(|name| Column::new(name, ColumnType::Text)).collect()
}

/// The value of an expression that stands alone.
async fn evaluate(engine: &Arc<Shared>, expression: &str, bound: Bound) -> Result<Value, Error> {
    let sql = format!("SELECT {expression}");
    let row = start(engine, Select { sql, bound, ..Select::default() })?.all().await?.into_iter().next();
    Ok(row.and_then(|row| row.at(0).cloned()).unwrap_or(Value::Null))
}

/// `SET not_found = 'empty'`, `SET azure.subscription_id = '…'`.
async fn set(engine: &Arc<Shared>, mut parser: Parser<'_>, bound: Bound) -> Result<RowStream, Error> {
    parser.next();
    let place = parser.clone();
    let name = parser.chain()?;
    if !parser.eat_symbol('=') {
        parser.expect("to")?;
    }
    let value = evaluate(engine, parser.rest(), bound).await?;
    match name.as_slice() {
        [one] if one.eq_ignore_ascii_case("not_found") => {
            let empty = match value.as_str() {
                Some("empty") => true,
                Some("error") => false,
                _ => return Err(place.expected("`not_found = 'empty'` or `not_found = 'error'`")),
            };
            engine.change_session(|session| session.missing_is_empty = Some(empty));
        }
        [one] if one.starts_with('$') => {
            return Err(Error::unsupported(
                "credentials are not set by statements; give the client one, or use `--auth`",
            ));
        }
        [parameter] => {
            let key = (String::new(), parameter.clone());
            engine.change_session(|session| drop(session.defaults.insert(key, value)));
        }
        [provider, parameter] => {
            engine.tables.known_member(provider)?;
            let key = (provider.clone(), parameter.clone());
            engine.change_session(|session| drop(session.defaults.insert(key, value)));
        }
        _ => return Err(place.expected("`parameter = value` or `provider.parameter = value`")),
    }
    Ok(RowStream::done(0, None))
}

async fn create(engine: &Arc<Shared>, mut parser: Parser<'_>, bound: Bound) -> Result<RowStream, Error> {
    parser.next();
    let replace = parser.eat_all(&["or", "replace"]);
    let materialized = parser.eat("materialized");
    if !parser.eat("temp") {
        parser.eat("temporary");
    }
    if parser.eat("view") {
        let keep_old = parser.eat_all(&["if", "not", "exists"]);
        let name = parser.name()?;
        parser.expect("as")?;
        let text = parser.rest().to_owned();
        if materialized {
            return materialize(engine, &name, &text, replace, bound).await;
        }
        rewrite(&text, &engine.tables, engine.session().provider.as_deref())?;
        if !engine.store.keep_view(&name, text, replace) && !keep_old {
            return Err(Error::unsupported(format!(
                "there is a view `{name}` already: CREATE OR REPLACE VIEW changes it"
            )));
        }
        return Ok(RowStream::done(0, None));
    }
    if !parser.eat("table") {
        return Err(parser.expected("VIEW or TABLE"));
    }
    let if_not_exists = if parser.eat_all(&["if", "not", "exists"]) { "IF NOT EXISTS " } else { "" };
    let name = parser.name()?;
    let sql = format!("CREATE TABLE {if_not_exists}user.{} {}", quote(&name), parser.rest());
    start(engine, Select { sql, bound, writes: true, ..Select::default() })
}

/// The name under which the text of a materialized view is kept.
fn text_of_materialized(name: &str) -> String {
    format!("materialized {name}")
}

async fn materialize(
    engine: &Arc<Shared>,
    name: &str,
    text: &str,
    replace: bool,
    bound: Bound,
) -> Result<RowStream, Error> {
    if !engine.store.keep_view(&text_of_materialized(name), text.to_owned(), replace) {
        return Err(Error::unsupported(format!("there is a view `{name}` already: CREATE OR REPLACE changes it")));
    }
    let result = fill(engine, name, text, bound).await;
    if result.is_err() && !replace {
        engine.store.drop_view(&text_of_materialized(name));
    }
    result
}

/// Fills a table with the rows of a query; the old rows stay until the new ones are there.
async fn fill(engine: &Arc<Shared>, name: &str, text: &str, bound: Bound) -> Result<RowStream, Error> {
    let fresh = quote(&format!("{name} (new)"));
    write(engine, format!("DROP TABLE IF EXISTS user.{fresh}"), Bound::default()).await?;
    write(engine, format!("CREATE TABLE user.{fresh} AS {text}"), bound).await?;
    write(engine, format!("DROP TABLE IF EXISTS user.{}", quote(name)), Bound::default()).await?;
    write(engine, format!("ALTER TABLE user.{fresh} RENAME TO {}", quote(name)), Bound::default()).await?;
    Ok(RowStream::done(0, None))
}

/// Changes tables of the user.
async fn write(engine: &Arc<Shared>, sql: String, bound: Bound) -> Result<(), Error> {
    start(engine, Select { sql, bound, writes: true, ..Select::default() })?.all().await.map(drop)
}

async fn refresh(engine: &Arc<Shared>, mut parser: Parser<'_>) -> Result<RowStream, Error> {
    parser.next();
    parser.eat("materialized");
    parser.expect("view")?;
    let name = parser.name()?;
    parser.expect_end()?;
    let text = engine.store.view(&text_of_materialized(&name));
    let text = text.ok_or_else(|| Error::unknown("materialized view", &name, []))?;
    fill(engine, &name, &text, Bound::default()).await
}

async fn drop_something(engine: &Arc<Shared>, mut parser: Parser<'_>, bound: Bound) -> Result<RowStream, Error> {
    let sql = parser.sql;
    parser.next();
    let materialized = parser.eat("materialized");
    if !parser.eat("view") {
        return start(engine, Select { sql: sql.to_owned(), bound, writes: true, ..Select::default() });
    }
    let if_exists = parser.eat_all(&["if", "exists"]);
    let name = parser.name()?;
    parser.expect_end()?;
    let kept = if materialized { text_of_materialized(&name) } else { name.clone() };
    if !engine.store.drop_view(&kept) {
        return if if_exists { Ok(RowStream::done(0, None)) } else { Err(Error::unknown("view", &name, [])) };
    }
    if materialized {
        let sql = format!("DROP TABLE IF EXISTS user.{}", quote(&name));
        start(engine, Select { sql, writes: true, ..Select::default() })?.all().await?;
    }
    Ok(RowStream::done(0, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_as_sqlite_does() {
        assert_eq!(number_placeholders("? ?3 ? '?' :a").unwrap(), "?1 ?3 ?4 '?' :a");
    }

    #[test]
    fn hints_before_a_statement_are_no_part_of_it() {
        assert_eq!(split("/*+ create */ INSERT /*+ AWAIT */ x; /*+ y */;").unwrap(), ["INSERT /*+ AWAIT */ x"]);
    }

    #[test]
    fn calls_become_tables() {
        assert_eq!(
            calls_as_tables("SELECT * FROM (EXEC a.b.c.m @x='1', @If-Match = ?1) t").unwrap(),
            "SELECT * FROM (SELECT * FROM \"a\".\"b\".\"c\".\"m\" WHERE \"x\" = ('1') AND \"If-Match\" = (?1)) t"
        );
    }
}
