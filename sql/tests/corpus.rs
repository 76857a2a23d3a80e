//! The SQL examples of real documentation pages plan against the documents of the same provider, or are of a kind of
//! broken example that is counted. Nothing is called.
//!
//! Runs where the corpus is: `BINDERY_CORPUS` names the folder that holds `docs/` and `registry/`, else the one that
//! is unpacked beside the project is taken. A few providers are read unless `BINDERY_SQL_PROVIDERS` names others.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bindery_codegen::docs::{Page, read_page};
use bindery_codegen::{Inputs, Source, join_pages};
use bindery_ir::{Provider, ProviderName, Service};
use bindery_sql::{Definitions, Engine, Error, split};

/// The providers that are read if nothing else is said, each with the folder of its documents.
const PROVIDERS: &str = "github,digitalocean,openai,okta";

fn corpus() -> Option<PathBuf> {
    let named = std::env::var_os("BINDERY_CORPUS").map(PathBuf::from);
    let beside = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/bindery-corpus"));
    let found = named.or(beside).filter(|folder| folder.join("docs").is_dir() && folder.join("registry").is_dir());
    if found.is_none() {
        eprintln!("skipped: no corpus here; set BINDERY_CORPUS to the folder that holds docs/ and registry/");
    }
    found
}

/// A provider whose services are read from pages and documents when they are named.
struct Documents {
    provider: Provider,
    folder: PathBuf,
    pages: BTreeMap<String, Vec<Page>>,
    services: OnceLock<Vec<String>>,
}

impl Definitions for Documents {
    fn provider(&self) -> &Provider {
        &self.provider
    }

    fn services(&self) -> Vec<String> {
        self.services.get_or_init(|| self.pages.keys().cloned().collect()).clone()
    }

    fn service(&self, name: &str) -> Result<Option<Service>, Box<dyn std::error::Error + Send + Sync>> {
        let Some(pages) = self.pages.get(name) else { return Ok(None) };
        let mut documents = vec![Source::read(&self.folder.join("provider.yaml"))?];
        let of_service = self.folder.join("services").join(format!("{name}.yaml"));
        if of_service.is_file() {
            documents.push(Source::read(&of_service)?);
        }
        let inputs = Inputs { provider: self.provider.name.to_string(), ..Inputs::default() };
        let reading = join_pages(&inputs, pages, &documents);
        Ok(reading.provider.services.iter().find(|service| service.name == *name).cloned())
    }
}

fn documents(docs: &Path, registry: &Path) -> Option<Documents> {
    let version = fs::read_dir(registry).ok()?.filter_map(Result::ok).map(|entry| entry.path()).max()?;
    let mut pages: BTreeMap<String, Vec<Page>> = BTreeMap::new();
    for source in Source::read_all(docs, &["md", "mdx"]).ok()? {
        let page = read_page(&source.path, &source.text);
        if let Some(id) = &page.id {
            pages.entry(id.service().to_owned()).or_default().push(page);
        }
    }
    let name = pages.values().flatten().find_map(|page| page.id.as_ref()).map(|id| id.provider().to_owned())?;
    Some(Documents {
        provider: Provider::new(ProviderName::from(name)),
        folder: version,
        pages,
        services: OnceLock::new(),
    })
}

/// Gives placeholders of templates a value.
fn filled(sql: &str) -> String {
    let mut filled = String::new();
    let mut rest = sql;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else { break };
        let is_quoted = before.ends_with('\'') || before.matches('\'').count() % 2 == 1;
        filled.push_str(before);
        filled.push_str(&if is_quoted { name.trim().to_owned() } else { format!("'{}'", name.trim()) });
        rest = after;
    }
    filled + rest
}

fn kind(error: &Error) -> &'static str {
    match error {
        Error::Unplannable { reasons } if reasons.iter().any(|reason| reason.contains("has no parameter")) => {
            "a name that is no parameter"
        }
        Error::Unplannable { reasons } if reasons.iter().any(|reason| reason.contains("rows")) => {
            "a parameter that rows lack"
        }
        Error::Unplannable { .. } => "required parameters are missing",
        Error::Unknown { .. } => "a resource or method that is not in the documents",
        Error::Syntax { message, .. } if message.starts_with("no such column") => {
            "a column that is not in the documents"
        }
        Error::Syntax { .. } => "not SQL",
        Error::Unsupported { reason } if reason.starts_with("no method of") => "no method of the verb",
        Error::Unsupported { .. } => "not supported",
        Error::Sqlite(_) => "SQLite refuses it",
        _ => "another error",
    }
}

#[tokio::test]
async fn examples_of_documentation_plan() {
    let Some(corpus) = corpus() else { return };
    let wanted = std::env::var("BINDERY_SQL_PROVIDERS").unwrap_or_else(|_| PROVIDERS.to_owned());
    let shows = std::env::var_os("BINDERY_SQL_SHOW").is_some();
    for name in wanted.split(',') {
        let registry = if name == "google" { "googleapis.com" } else { name };
        let Some(documents) = documents(&corpus.join("docs").join(name), &corpus.join("registry").join(registry))
        else {
            panic!("{name} is not in the corpus");
        };
        let examples: Vec<(String, String)> = documents
            .pages
            .values()
            .flatten()
            .flat_map(|page| page.sql_examples.iter().map(|example| (page.path.clone(), example.sql.clone())))
            .collect();
        let engine = Engine::builder().provider(documents).build();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut printed: BTreeMap<&str, usize> = BTreeMap::new();
        let (mut total, mut planned) = (0, 0);
        for (path, sql) in examples {
            let sql = filled(&sql);
            let statements = match split(&sql) {
                Ok(statements) => statements,
                Err(_) => vec![sql.as_str()],
            };
            for statement in statements {
                let verb = statement.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
                total += 1;
                let result = engine.query(format!("EXPLAIN {statement}")).fetch_all().await;
                let what = match &result {
                    Ok(_) => "planned",
                    Err(error) => kind(error),
                };
                planned += usize::from(result.is_ok());
                *counts.entry(format!("{verb:8} {what}")).or_default() += 1;
                let seen = printed.entry(what).or_default();
                *seen += 1;
                if let (Err(error), true) = (&result, shows && *seen <= 3) {
                    println!("{path}\n{statement}\n=> {error}\n");
                }
            }
        }
        println!("{name}: {planned} of {total} statements plan");
        for (what, count) in &counts {
            println!("  {count:6} {what}");
        }
        // Pages of some services and views are at hand without their documents.
        let unknown: usize =
            counts.iter().filter(|(what, _)| what.contains("not in the documents")).map(|(_, count)| count).sum();
        assert!((planned + unknown) * 10 >= total * 8, "{name}: only {planned} of {total} statements plan");
    }
}
