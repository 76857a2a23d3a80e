//! SQL examples, view definitions and manifests: the code of a page, verbatim.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use bindery_ir::{ResourceId, SqlName, Verb};

use super::names::NameKind;
use super::page_text::PageText;
use super::sections::{Document, Fence, Topic};
use super::{Manifest, MethodRow, SqlExample, Statement};

/// Among how many methods of a verb the one that an example shows is looked for by its parameters. It bounds the time for
/// a page that is made to have many of both.
pub(crate) const MOST_CANDIDATES: usize = 250;

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
    let methods = Methods::new(methods);
    for section in &document.sections {
        let section_verb = match section.topic {
            Topic::Examples(verb) => Some(verb),
            Topic::Other => None,
            _ => continue,
        };
        for part in &section.parts {
            for fence in document.fences_in(&part.range).iter().filter(|fence| fence.language == "sql") {
                let sql = text.slice(fence.content.clone());
                let stated = || Statement::read(sql).verb;
                let verb = section_verb.or_else(stated).unwrap_or_else(|| verb_of_fragment(text, fence));
                examples.push(SqlExample {
                    verb,
                    method: methods.shown_by(verb, &part.tab, sql, id),
                    tab: part.tab.clone(),
                    sql: sql.to_owned(),
                    line: text.line(fence.content.start),
                });
            }
        }
    }
    examples
}

/// Pages that people write show parts of statements too.
fn verb_of_fragment(text: &PageText<'_>, fence: &Fence) -> Verb {
    let place = text.rest_of_line(fence.content.start);
    let diagnostic = text.note("docs/example-fragment", place, "the SQL begins with no verb");
    let hint = "show whole statements";
    text.report(diagnostic.assuming("it is read as part of a SELECT").with_hint(hint));
    Verb::Select
}

/// Reads the definitions of a view, by SQL dialect.
pub(super) fn read_view_ddl(text: &PageText<'_>, document: &Document) -> Vec<(String, String)> {
    let mut definitions: Vec<(String, String)> = Vec::new();
    for part in document.on(Topic::SqlDefinition).flat_map(|section| &section.parts) {
        for fence in document.fences_in(&part.range) {
            if definitions.iter().any(|(dialect, _)| *dialect == part.tab) {
                let message = format!("the definition for `{}` stands twice", part.tab);
                let place = text.rest_of_line(fence.range.start);
                let diagnostic = text.warning("docs/duplicate-definition", place, message);
                text.report(diagnostic.assuming("the first one counts").with_hint("remove one"));
            } else {
                definitions.push((part.tab.clone(), text.slice(fence.content.clone()).to_owned()));
            }
        }
    }
    definitions
}

/// Reads the manifests: YAML in the sections about `INSERT`, in fences or in `<CodeBlock>`s.
pub(super) fn read_manifests(text: &PageText<'_>, document: &Document) -> Vec<Manifest> {
    let mut manifests = Vec::new();
    for part in document.on(Topic::Examples(Verb::Insert)).flat_map(|section| &section.parts) {
        let fences = document.fences_in(&part.range).iter().filter(|fence| fence.language == "yaml");
        let contents = fences.map(|fence| fence.content.clone()).chain(code_blocks(text, part.range.clone()));
        manifests.extend(contents.map(|content| Manifest {
            tab: part.tab.clone(),
            yaml: text.slice(content.clone()).to_owned(),
            line: text.line(content.start),
        }));
    }
    manifests
}

/// The contents of ``<CodeBlock language="yaml">{`…`}</CodeBlock>``, without the line ends around them.
fn code_blocks(text: &PageText<'_>, range: Range<usize>) -> Vec<Range<usize>> {
    const OPENING: &str = "<CodeBlock language=\"yaml\">{`";
    const CLOSING: &str = "`}</CodeBlock>";
    let mut contents = Vec::new();
    let mut at = range.start;
    while let Some(start) = text.find(at..range.end, OPENING).map(|start| start + OPENING.len()) {
        let end = text.find(start..range.end, CLOSING).unwrap_or(range.end);
        let content = text.slice(start..end);
        let start = start + content.len() - content.trim_start_matches('\n').len();
        contents.push(start..start + text.slice(start..end).trim_end().len());
        at = end;
    }
    contents
}

/// The methods of a page, as examples look for them.
struct Methods<'m> {
    by_name: HashMap<&'m str, &'m MethodRow>,
    by_verb: HashMap<Verb, Vec<&'m MethodRow>>,
}

impl<'m> Methods<'m> {
    fn new(rows: &'m [MethodRow]) -> Self {
        let by_name = rows.iter().map(|row| (row.name.as_str(), row)).collect();
        let mut by_verb: HashMap<Verb, Vec<&MethodRow>> = HashMap::new();
        for row in rows {
            by_verb.entry(row.verb).or_default().push(row);
        }
        Self { by_name, by_verb }
    }

    /// The method an example shows: the one that its tab or the path behind `EXEC` names, or else the only one of its
    /// verb that takes the parameters of the statement.
    fn shown_by(&self, verb: Verb, tab: &str, sql: &str, id: Option<&ResourceId>) -> Option<SqlName> {
        if let Some(method) = self.by_name.get(tab) {
            return Some(method.name.clone());
        }
        let statement = Statement::read(sql);
        if verb == Verb::Exec {
            let path = statement.target;
            let below_id = id.and_then(|id| path.strip_prefix(id.as_str())?.strip_prefix('.'));
            let name = below_id.or_else(|| path.rsplit('.').next())?;
            return NameKind::Method.accepts(name).then(|| SqlName::from(name));
        }
        // The example of a view stands on the page of the resource that it is a view of.
        if id.is_none_or(|id| statement.target != id.as_str()) {
            return None;
        }
        let given: HashSet<&str> = statement.parameters().collect();
        let candidates = self.by_verb.get(&verb).filter(|candidates| candidates.len() <= MOST_CANDIDATES)?;
        let mut fitting = candidates.iter().filter(|method| takes(method, &given));
        let method = fitting.next()?;
        fitting.next().is_none().then(|| method.name.clone())
    }
}

/// Whether a method can be what a statement calls: that gives everything that is required and, where the statement
/// has no body to fill, nothing else than parameters.
fn takes(method: &MethodRow, given: &HashSet<&str>) -> bool {
    let bare = |name: &'_ SqlName| name.as_str().strip_prefix("data__").unwrap_or_default().to_owned();
    let is_given = |name: &SqlName| given.contains(name.as_str()) || given.contains(bare(name).as_str());
    let is_known = |name: &&str| method.required.iter().chain(&method.optional).any(|known| known == *name);
    let has_body = matches!(method.verb, Verb::Insert | Verb::Update | Verb::Replace);
    method.required.iter().all(is_given) && (has_body || given.iter().all(is_known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_executed_path_names_the_method() {
        let id = "a.b.c".parse().ok();
        let methods = Methods::new(&[]);
        let name = |sql| methods.shown_by(Verb::Exec, "manifest", sql, id.as_ref()).map(|name| name.to_string());
        assert_eq!(name("-- EXEC x.y\nEXEC a.b.c.do_it \n@x='1'"), Some("do_it".into()));
        assert_eq!(name("exec a.b.c.do.it;"), Some("do.it".into()));
        assert_eq!(name("EXEC a.b.d.other"), Some("other".into()));
        assert_eq!(name("EXEC a.b.c.../../x"), None);
        assert_eq!(name("EXEC"), None);
    }
}
