//! The law of the pages that are written: reading them back gives what they were written from.
//!
//! For any provider, reading the pages of it gives [`documentable`] of it, with no finding above a note. For one that
//! was itself read from pages, that is the provider it was, so nothing a page can say gets lost on the way.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper of a test fails the test")]

use std::path::Path;

use bindery_codegen::docs::{Page, Statement, read_page};
use bindery_codegen::emit::pages::{documentable, emit_pages};
use bindery_codegen::{Diagnostic, Inputs, Severity, Source, join, merge, openapi};
use bindery_ir::Provider;
use proptest::prelude::*;
use serde_json::Value;

mod any_provider;
mod corpus;
mod mdx;

/// Writes the pages of a provider and reads them.
fn through_pages(provider: &Provider) -> (Provider, Vec<Page>) {
    let files = emit_pages(provider, "spec").files;
    let pages: Vec<Page> = files.iter().map(|file| read_page(&file.path, &file.text)).collect();
    let (again, _) = merge::merge(Provider::new(provider.name.clone()), &pages);
    (again, pages)
}

/// A provider as JSON without the places where it was read: pages that are written anew have other lines.
fn without_origins(provider: &Provider) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(object) => {
                object.remove("origin");
                object.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(provider).unwrap();
    strip(&mut value);
    value
}

/// The first place where two values differ, with what stands there: whole providers are too long to print.
fn difference(left: &Value, right: &Value, path: &str) -> Option<String> {
    match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            let null = Value::Null;
            let part =
                |map: &serde_json::Map<String, Value>, key: &String| map.get(key).cloned().unwrap_or(null.clone());
            keys.into_iter().find_map(|key| difference(&part(a, key), &part(b, key), &format!("{path}/{key}")))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(index, (a, b))| difference(a, b, &format!("{path}/{index}")))
        }
        _ if left == right => None,
        _ => Some(format!("{path}:\n  {left:.600}\n  {right:.600}")),
    }
}

fn assert_same(left: &Provider, right: &Provider) -> Result<(), String> {
    difference(&without_origins(left), &without_origins(right), "").map_or(Ok(()), Err)
}

/// What pages say beyond notes: nothing, when they are ours. U+FFFD in a description comes from elsewhere.
fn complaints(pages: &[Page]) -> Vec<String> {
    let diagnostics = pages.iter().flat_map(|page| &page.diagnostics);
    let is_ours = |found: &&Diagnostic| found.severity > Severity::Note && found.code != "docs/not-utf8";
    diagnostics.filter(is_ours).map(ToString::to_string).collect()
}

/// Whether every example gives what its method requires, and nothing that the page does not describe.
fn check_examples(page: &Page) -> Result<(), String> {
    let bare = |name: &str| name.strip_prefix("data__").filter(|rest| !rest.is_empty()).unwrap_or(name).to_owned();
    for method in &page.methods {
        let shown = page.sql_examples.iter().find(|e| e.verb == method.verb && e.method.as_ref() == Some(&method.name));
        let Some(example) = shown else { return Err(format!("no example of {}", method.name)) };
        let given: Vec<String> = Statement::read(&example.sql).parameters().map(bare).collect();
        let listed = method.required.iter().chain(&method.optional);
        let missing = listed.map(|name| bare(name.as_str())).find(|name| !given.contains(name));
        let described: Vec<String> = page.parameters.iter().map(|row| bare(&row.name)).collect();
        let surplus = given.iter().find(|name| !described.contains(name));
        if missing.is_some() || surplus.is_some() {
            return Err(format!("{}: {} lacks {missing:?}, has {surplus:?}:\n{}", page.path, method.name, example.sql));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reading_what_was_written_gives_what_was_documentable(provider in any_provider::provider()) {
        let (again, pages) = through_pages(&provider);
        let expected = documentable(&provider);
        assert_same(&again, &expected).map_err(TestCaseError::fail)?;
        assert_same(&documentable(&again), &expected).map_err(TestCaseError::fail)?;
        prop_assert_eq!(complaints(&pages), Vec::<String>::new());
    }

    #[test]
    fn nothing_on_a_page_is_run_or_rendered_as_an_element_of_its_own(provider in any_provider::provider()) {
        for file in emit_pages(&provider, "spec").files {
            mdx::check(&file.text).map_err(|problem| TestCaseError::fail(format!("{problem}\n{}", file.text)))?;
        }
    }
}

fn pages_below(folder: &Path) -> Vec<Source> {
    Source::read_all(folder, &["md", "mdx"]).unwrap()
}

/// All of the corpus takes minutes; some of it says nearly as much in seconds. `BINDERY_WHOLE_CORPUS=1` wants all.
fn is_everything_wanted() -> bool {
    std::env::var_os("BINDERY_WHOLE_CORPUS").is_some()
}

/// A folder of the corpus, with those of its pages that one debug build reads in a second or two.
fn sample(sources: Vec<Source>) -> Vec<Source> {
    const MOST: usize = 400;
    let step = sources.len().div_ceil(MOST).max(1);
    sources.into_iter().step_by(step).collect()
}

#[test]
fn pages_of_every_provider_survive_being_written_anew() {
    let Some(corpus) = corpus::corpus() else { return };
    let mut folders: Vec<_> =
        std::fs::read_dir(corpus.join("docs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    for folder in folders {
        let sources = pages_below(&folder);
        let sources = if is_everything_wanted() { sources } else { sample(sources) };
        let read = join(&Inputs::default(), &sources, &[]).provider;
        let (again, pages) = through_pages(&read);
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        println!("{name}: {} pages, {} resources", sources.len(), read.resources().count());
        // What was read from pages has nothing that pages cannot say.
        if let Err(problem) = assert_same(&again, &read).and(assert_same(&documentable(&read), &read)) {
            panic!("{name}: {problem}");
        }
        assert_eq!(complaints(&pages), Vec::<String>::new(), "{name}");
        for page in &pages {
            check_examples(page).unwrap();
        }
    }
}

#[test]
fn pages_of_openapi_documents_say_what_is_documentable() {
    let Some(corpus) = corpus::corpus() else { return };
    let mut names = vec!["homebrew".to_owned(), "k8s".to_owned(), "snowflake".to_owned(), "openai".to_owned()];
    if is_everything_wanted() {
        let folders = std::fs::read_dir(corpus.join("registry")).unwrap();
        names = folders.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    }
    for name in &names {
        let folder = corpus.join("registry").join(name);
        let documents = Source::read_all(&folder, &["yaml", "yml", "json"]).unwrap();
        let (provider, _) = openapi::read_provider(&documents, name);
        let (again, pages) = through_pages(&provider);
        println!("{name}: {} resources, {} pages", provider.resources().count(), pages.len());
        if let Err(problem) = assert_same(&again, &documentable(&provider)) {
            panic!("{name}: {problem}");
        }
        assert_eq!(complaints(&pages), Vec::<String>::new(), "{name}");
        for page in &pages {
            check_examples(page).unwrap();
        }
    }
}
