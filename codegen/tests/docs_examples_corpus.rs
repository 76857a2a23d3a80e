//! The SQL examples of every real page against the tables of the same page: 37,000 chances to read one of them wrong.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod corpus;

use std::collections::{BTreeMap, BTreeSet};

use bindery_codegen::Source;
use bindery_codegen::docs::{Dialect, MethodRow, Page, SqlExample, Statement, read_page};
use bindery_ir::{SqlName, Verb};

/// What is wrong in the pages themselves, and so has to be found: the page, the verb of the example, its method, and the
/// parameters that the table requires and the example lacks. The first seven require a property of the body that the
/// examples, made from another list, leave out; the last is an `EXEC` of a method whose body the page does not show.
const WRONG_AT_THE_SOURCE: [(&str, Verb, &str, &str); 8] = [
    ("azure-v2/data_protection/backup_vaults", Verb::Insert, "create_or_update", "data__location"),
    ("azure-v2/network/p2s_vpn_gateways", Verb::Insert, "create_or_update", "data__location"),
    ("azure-v2/network/route_filters", Verb::Insert, "create_or_update", "data__location"),
    ("azure-v2/network/virtual_hubs", Verb::Insert, "create_or_update", "data__location"),
    ("azure-v2/network/virtual_wans", Verb::Insert, "create_or_update", "data__location"),
    ("azure-v2/network/vpn_gateways", Verb::Insert, "create_or_update", "data__location"),
    ("azure-v2/network/vpn_sites", Verb::Insert, "create_or_update", "data__location"),
    ("azure-v2/sentinel/source_controls", Verb::Exec, "delete", "repositoryAccess"),
];

/// An example with the row of the table that it shows.
struct Shown<'p> {
    example: &'p SqlExample,
    row: &'p MethodRow,
    given: BTreeSet<&'p str>,
    listed: BTreeSet<&'p str>,
}

#[test]
fn every_example_shows_a_method_of_its_page_with_the_parameters_of_the_table() {
    let Some(corpus) = corpus::corpus() else { return };
    let docs = corpus.join("docs");
    let mut counts: BTreeMap<(String, &str), usize> = BTreeMap::new();
    let (mut wrong, mut odd) = (Vec::new(), Vec::new());
    for path in Source::find(&docs, &["md"]).unwrap() {
        let source = Source::read(&path).unwrap();
        let page = read_page(&source.path, &source.text);
        let name = path.parent().unwrap().strip_prefix(&docs).unwrap().to_string_lossy().replace('\\', "/");
        let provider = name.split('/').next().unwrap_or_default().to_owned();
        let names_its_methods = page.dialect == Dialect::UtilsHtml;
        for example in &page.sql_examples {
            let mut count = |what| *counts.entry((provider.clone(), what)).or_default() += 1;
            match shown(&page, example) {
                Some(shown) => {
                    count("attributed");
                    let missing = shown.missing();
                    let surplus = if names_its_methods { shown.surplus() } else { Vec::new() };
                    if !missing.is_empty() {
                        wrong.push((name.clone(), example.verb, shown.row.name.to_string(), missing.join(", ")));
                    }
                    if !surplus.is_empty() {
                        odd.push(format!("{name}: {} {}: {surplus:?}\n{}", example.verb, shown.row.name, example.sql));
                    }
                }
                None if names_its_methods => odd.push(format!("{name}: no method for\n{}", example.sql)),
                None => count("of several methods alike, or of a view"),
            }
        }
    }
    for ((provider, what), count) in &counts {
        println!("{provider}: {count} {what}");
    }
    let listed = WRONG_AT_THE_SOURCE.map(|(page, verb, method, name)| (page.into(), verb, method.into(), name.into()));
    assert_eq!(wrong, listed);
    assert!(odd.is_empty(), "{} odd examples:\n{}", odd.len(), odd.join("\n"));
}

/// The row of the table that an example shows.
fn shown<'p>(page: &'p Page, example: &'p SqlExample) -> Option<Shown<'p>> {
    let name = example.method.as_ref()?;
    let row = page.methods.iter().find(|row| row.name == *name && row.verb == example.verb)?;
    let given = Statement::read(&example.sql).parameters().collect();
    let listed = row.required.iter().chain(&row.optional).map(SqlName::as_str).collect();
    Some(Shown { example, row, given, listed })
}

impl Shown<'_> {
    /// What the table requires and the example does not give, under its name or as the property of a body.
    fn missing(&self) -> Vec<&str> {
        let bare = |name: &str| name.strip_prefix("data__").is_some_and(|bare| self.given.contains(bare));
        let is_whole = |name: &str| self.example.verb == Verb::Insert && bare(name);
        let required = self.row.required.iter().map(SqlName::as_str).collect::<BTreeSet<_>>();
        required.into_iter().filter(|name| !self.given.contains(name) && !is_whole(name)).collect()
    }

    /// What an example gives that is no parameter of the table and no property of a body; and parameters that it leaves
    /// out, because the examples of this dialect give the optional ones too.
    fn surplus(&self) -> Vec<&str> {
        let statement = Statement::read(&self.example.sql);
        let has_body = |verb| matches!(verb, Verb::Insert | Verb::Update | Verb::Replace);
        let is_body =
            |name: &&str| (has_body(self.example.verb) && name.starts_with("data__")) || statement.body.contains(name);
        let unknown = self.given.difference(&self.listed).filter(|name| !is_body(name));
        let left_out = self.row.optional.iter().map(SqlName::as_str).filter(|name| !self.given.contains(name));
        unknown.copied().chain(left_out).collect()
    }
}
