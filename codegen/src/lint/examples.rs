//! Do the examples of a page show its methods?

use std::collections::{HashMap, HashSet};

use bindery_ir::{Origin, ResourceId, SqlName};

use crate::Diagnostic;
use crate::docs::{Dialect, FieldsSection, MOST_CANDIDATES, MethodRow, Page, SqlExample, Statement};

/// What a body property's name begins with where documentation keeps it apart from parameters.
const BODY_PREFIX: &str = "data__";

/// Checks the examples of a page against its tables.
pub(super) fn check(page: &Page) -> Vec<Diagnostic> {
    let Some(id) = &page.id else { return Vec::new() };
    let fields = field_names(page);
    let mut named: HashMap<&str, Vec<&MethodRow>> = HashMap::new();
    for row in &page.methods {
        named.entry(row.name.as_str()).or_default().push(row);
    }
    let mut findings = Vec::new();
    // What has an example: methods, and verbs whose example may be that of any of their methods.
    let (mut shown, mut shown_verbs) = (HashSet::new(), HashSet::new());
    for example in &page.sql_examples {
        let statement = Statement::read(&example.sql);
        if !is_about(&statement, id) {
            continue;
        }
        let given = statement.parameters().collect();
        let example = Shown { page, example, statement, given, fields: &fields };
        match method_named(page, example.example) {
            Some(name) => {
                shown.insert((name, example.example.verb));
                let rows = named.get(name).map(Vec::as_slice).unwrap_or_default();
                match rows.iter().find(|row| row.verb == example.example.verb) {
                    Some(row) => findings.extend(example.check(row)),
                    None => findings.push(example.unknown_method(name, rows)),
                }
            }
            None => {
                shown_verbs.insert(example.example.verb);
                findings.extend(example.check_any());
            }
        }
    }
    if has_examples(page.dialect) {
        let is_shown =
            |row: &&MethodRow| shown_verbs.contains(&row.verb) || shown.contains(&(row.name.as_str(), row.verb));
        findings.extend(page.methods.iter().filter(|row| !is_shown(row)).map(|row| no_example(page, row)));
    }
    findings
}

/// Whether pages of a dialect are written with examples.
fn has_examples(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::JsMd | Dialect::AwsHtml | Dialect::UtilsHtml)
}

/// The method that an example is said to show. Where the tabs of a dialect are those of methods, one that no method
/// is called like says so too.
fn method_named<'p>(page: &'p Page, example: &'p SqlExample) -> Option<&'p str> {
    let by_tab = || (page.dialect == Dialect::UtilsHtml && !example.tab.is_empty()).then_some(example.tab.as_str());
    example.method.as_ref().map(SqlName::as_str).or_else(by_tab)
}

/// Whether a statement is about the resource of its page, and not about a view beside it.
fn is_about(statement: &Statement<'_>, id: &ResourceId) -> bool {
    statement.target.strip_prefix(id.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn field_names(page: &Page) -> HashSet<&str> {
    match &page.fields {
        FieldsSection::Known(tabs) => tabs.iter().flat_map(|tab| &tab.rows).map(|row| row.name.as_str()).collect(),
        FieldsSection::Unknown | FieldsSection::NotSelectable => HashSet::new(),
    }
}

fn no_example(page: &Page, row: &MethodRow) -> Diagnostic {
    let message = format!("`{}` has no {} example", row.name, row.verb);
    Diagnostic::note("docs/no-example", Origin::line(page.path.clone(), row.line), message).with_hint("add one")
}

/// An example with what it is checked against.
struct Shown<'p> {
    page: &'p Page,
    example: &'p SqlExample,
    statement: Statement<'p>,
    /// What the statement gives a value.
    given: HashSet<&'p str>,
    fields: &'p HashSet<&'p str>,
}

impl Shown<'_> {
    /// Checks an example of which only the verb is known: it should fit one of that verb's methods. If it fits none,
    /// the one it lacks least of is meant.
    fn check_any(&self) -> Vec<Diagnostic> {
        let rows = self.page.methods.iter().filter(|row| row.verb == self.example.verb).take(MOST_CANDIDATES);
        let closest = rows.min_by_key(|row| (self.missing(row).len(), self.unknown(row).len()));
        closest.map(|row| self.check(row)).unwrap_or_default()
    }

    /// Checks an example of a method.
    fn check(&self, row: &MethodRow) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        let missing = self.missing(row);
        if !missing.is_empty() {
            let names = missing.join("`, `");
            let message = format!("the {} example of `{}` lacks `{names}`", row.verb, row.name);
            findings.push(
                Diagnostic::warning("docs/example-parameters", self.origin(self.example.line), message)
                    .with_hint(format!("give `{names}` in the example, or take it out of Required Params")),
            );
        }
        for name in self.unknown(row) {
            let message = format!("`{name}` is neither a parameter of `{}` nor a field", row.name);
            findings.push(
                self.at(name, "docs/example-parameters", message)
                    .with_hint("correct the name, or list it among the method's parameters"),
            );
        }
        findings
    }

    /// The required parameters that the example does not give, each once.
    fn missing<'r>(&self, row: &'r MethodRow) -> Vec<&'r str> {
        let mut seen = HashSet::new();
        let required = row.required.iter().map(SqlName::as_str);
        required.filter(|name| !self.given.contains(name) && seen.insert(*name)).collect()
    }

    /// What is compared or passed and has no meaning for the method, each name once. `SET` and `INSERT` fill the
    /// body, whose properties are not all in the tables.
    fn unknown(&self, row: &MethodRow) -> Vec<&str> {
        let is_parameter = |name: &str| row.required.iter().chain(&row.optional).any(|known| known == name);
        let bare = |name: &str| name.strip_prefix(BODY_PREFIX).is_some_and(is_parameter);
        let is_known = |name: &str| is_parameter(name) || self.fields.contains(name) || bare(name);
        let conditions = self.statement.conditions.iter().map(|condition| condition.name);
        let mut seen = HashSet::new();
        let names = conditions.chain(self.statement.arguments.iter().copied());
        names.filter(|name| !name.is_empty() && !is_known(name) && seen.insert(*name)).collect()
    }

    fn unknown_method(&self, name: &str, others: &[&MethodRow]) -> Diagnostic {
        let verb = self.example.verb;
        let message = match others.first() {
            Some(other) => format!("the example shows `{name}` as {verb}, and it is listed for {}", other.verb),
            None => format!("the example shows `{name}`, which is not in the Methods table"),
        };
        let hint = "name the method that is meant, or list it";
        Diagnostic::warning("docs/unknown-example-method", self.origin(self.example.line), message).with_hint(hint)
    }

    /// A warning about a name in the statement, which it points at.
    fn at(&self, name: &str, code: &'static str, message: String) -> Diagnostic {
        let sql = self.example.sql.as_str();
        // The names of a statement are parts of its text.
        let offset = name.as_ptr().addr().saturating_sub(sql.as_ptr().addr());
        let before = sql.get(..offset).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let count = |characters: usize| u32::try_from(characters).unwrap_or(u32::MAX);
        let line = self.example.line.saturating_add(count(before.matches('\n').count()));
        let column = count(before.get(start..).unwrap_or_default().chars().count()).saturating_add(1);
        let text = sql.get(start..).unwrap_or_default();
        Diagnostic::warning(code, self.origin(line), message).pointing_at(text, column, count(name.chars().count()))
    }

    fn origin(&self, line: u32) -> Origin {
        Origin::line(self.page.path.clone(), line)
    }
}
