//! SQL examples and view definitions: the fenced SQL of a page, verbatim.

use bindery_ir::{ResourceId, SqlName, Verb};

use super::names::NameKind;
use super::page_text::PageText;
use super::sections::{Document, Topic};
use super::{MethodRow, SqlExample};
use crate::Severity;

/// Reads the SQL blocks of all example sections. Manifests, which are YAML, are passed over.
///
/// The verb is that of the section; where a page has sections of its own kind, that of the statement.
pub(super) fn read(
    text: &PageText<'_>,
    document: &Document,
    id: Option<&ResourceId>,
    methods: &[MethodRow],
) -> Vec<SqlExample> {
    let mut examples = Vec::new();
    for section in &document.sections {
        let section_verb = match section.topic {
            Topic::Examples(verb) => Some(verb),
            Topic::Other => None,
            _ => continue,
        };
        for part in &section.parts {
            for fence in document.fences_in(&part.range).iter().filter(|fence| fence.language == "sql") {
                let sql = text.slice(fence.content.clone());
                let Some(verb) = section_verb.or_else(|| statement_verb(sql)) else { continue };
                examples.push(SqlExample {
                    verb,
                    method: method(verb, &part.tab, sql, id, methods),
                    tab: part.tab.clone(),
                    sql: sql.to_owned(),
                    line: text.line(fence.content.start),
                });
            }
        }
    }
    examples
}

/// Reads the definitions of a view, by SQL dialect.
pub(super) fn read_view_ddl(text: &PageText<'_>, document: &Document) -> Vec<(String, String)> {
    let mut definitions: Vec<(String, String)> = Vec::new();
    for part in document.on(Topic::SqlDefinition).flat_map(|section| &section.parts) {
        for fence in document.fences_in(&part.range) {
            if definitions.iter().any(|(dialect, _)| *dialect == part.tab) {
                let message = format!("the definition for `{}` stands twice", part.tab);
                let hint = "remove one; the first is kept";
                text.report(Severity::Warning, "docs/duplicate-definition", fence.range.start, message, hint);
            } else {
                definitions.push((part.tab.clone(), text.slice(fence.content.clone()).to_owned()));
            }
        }
    }
    definitions
}

/// The method an example shows: its tab, when that names one, or the last part of the path that it executes.
fn method(verb: Verb, tab: &str, sql: &str, id: Option<&ResourceId>, methods: &[MethodRow]) -> Option<SqlName> {
    if let Some(method) = methods.iter().find(|method| method.name == *tab) {
        return Some(method.name.clone());
    }
    let path = if verb == Verb::Exec { executed_path(sql)? } else { return None };
    let below_id = id.and_then(|id| path.strip_prefix(id.as_str())?.strip_prefix('.'));
    let name = below_id.or_else(|| path.rsplit('.').next())?;
    NameKind::Method.accepts(name).then(|| SqlName::from(name))
}

fn executed_path(sql: &str) -> Option<&str> {
    let mut words = without_comments(sql).split_whitespace();
    words.find(|word| word.eq_ignore_ascii_case("EXEC"))?;
    words.next().map(|path| path.trim_end_matches(';'))
}

/// The verb that a statement begins with; comments hold verbs too, so they go first.
fn statement_verb(sql: &str) -> Option<Verb> {
    without_comments(sql).split_whitespace().next().and_then(Verb::parse)
}

/// A statement from its first word on.
fn without_comments(sql: &str) -> &str {
    let mut rest = sql.trim_start();
    loop {
        rest = if let Some(comment) = rest.strip_prefix("--") {
            comment.split_once('\n').map_or("", |(_, rest)| rest)
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.split_once("*/").map_or("", |(_, rest)| rest)
        } else {
            return rest;
        }
        .trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_before_a_statement_do_not_count() {
        assert_eq!(statement_verb("/*+ update */\n-- replace x\n  select 1"), Some(Verb::Select));
        assert_eq!(statement_verb("/* DELETE"), None);
        assert_eq!(statement_verb(""), None);
    }

    #[test]
    fn an_executed_path_names_the_method() {
        let id = "a.b.c".parse().ok();
        let name = |sql| method(Verb::Exec, "manifest", sql, id.as_ref(), &[]).map(|name| name.to_string());
        assert_eq!(name("-- EXEC x.y\nEXEC a.b.c.do_it \n@x='1'"), Some("do_it".into()));
        assert_eq!(name("exec a.b.c.do.it;"), Some("do.it".into()));
        assert_eq!(name("EXEC a.b.d.other"), Some("other".into()));
        assert_eq!(name("EXEC a.b.c.../../x"), None);
        assert_eq!(name("EXEC"), None);
    }
}
