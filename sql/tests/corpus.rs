//! The SQL examples of real documentation pages plan against the documents of the same provider (against the pages alone,
//! where the documents are not at hand), or are of one of the kinds of broken example that are listed here. Nothing is
//! called.
//!
//! Runs where the corpus is: `BINDERY_CORPUS` names the folder that holds `docs/` and `registry/`, else the one that
//! is unpacked beside the project is taken. The smaller providers are read unless `BINDERY_SQL_PROVIDERS` names others;
//! `all` reads those of all 37,000 blocks. `BINDERY_SQL_SHOW` prints some of each kind.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bindery_codegen::docs::{Page, read_page};
use bindery_codegen::{Inputs, Source, join_pages};
use bindery_ir::{Provider, ProviderName, Service};
use bindery_sql::{Definitions, Engine, Error, split};

/// The providers whose pages have examples, and how many of a thousand statements plan at least.
const FLOORS: [(&str, usize); 6] =
    [("azure", 775), ("azure-v2", 998), ("azure_isv", 800), ("digitalocean", 980), ("google", 989), ("openai", 930)];

/// The providers that are read if nothing else is said.
const PROVIDERS: &str = "azure_isv,digitalocean,openai";

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
    /// The newest version of its documents; there are pages of providers whose documents are not at hand.
    folder: Option<PathBuf>,
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
        let mut documents = Vec::new();
        if let Some(folder) = &self.folder {
            documents.push(Source::read(&folder.join("provider.yaml"))?);
            let of_service = folder.join("services").join(format!("{name}.yaml"));
            if of_service.is_file() {
                documents.push(Source::read(&of_service)?);
            }
        }
        let inputs = Inputs { provider: self.provider.name.to_string(), ..Inputs::default() };
        let reading = join_pages(&inputs, pages, &documents);
        Ok(reading.provider.services.iter().find(|service| service.name == *name).cloned())
    }
}

fn documents(docs: &Path, registry: &Path) -> Option<Documents> {
    let versions = fs::read_dir(registry).into_iter().flatten();
    let folder = versions.filter_map(Result::ok).map(|entry| entry.path()).max();
    let mut pages: BTreeMap<String, Vec<Page>> = BTreeMap::new();
    for source in Source::read_all(docs, &["md", "mdx"]).ok()? {
        let page = read_page(&source.path, &source.text);
        if let Some(id) = &page.id {
            pages.entry(id.service().to_owned()).or_default().push(page);
        }
    }
    let name = pages.values().flatten().find_map(|page| page.id.as_ref()).map(|id| id.provider().to_owned())?;
    Some(Documents { provider: Provider::new(ProviderName::from(name)), folder, pages, services: OnceLock::new() })
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

/// How an example is broken. What is none of these is a defect of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Broken {
    /// It reads a view (`vw_…`) that neither pages nor documents define.
    UndefinedView,
    /// It lists nothing where SQL wants something: `SELECT FROM t`, `SET WHERE …`, `INSERT INTO t ()`.
    NothingListed,
    /// It leaves out a parameter that the documents, or another method's section of the page, require.
    ParameterLeftOut,
    /// It names a parameter or a property of the body that the documents do not have.
    UnknownName,
    /// It says a parameter that no method takes together with the others, and that the rows do not have; or its columns are
    /// named like one, which it does not say.
    ParameterOfAnother,
}

impl Broken {
    /// The kind of an example that does not plan; `None` when it is of none.
    fn of(statement: &str, error: &Error) -> Option<Self> {
        let code = statement.lines().map(|line| line.split_once("--").map_or(line, |(code, _)| code));
        let words: Vec<String> = code.flat_map(str::split_whitespace).map(str::to_ascii_lowercase).collect();
        let text = words.join(" ");
        let lists_nothing = text.starts_with("select from ")
            || text.contains(" set where ")
            || [" set", " where"].iter().any(|word| text.ends_with(word))
            || text.contains(" ( ) select")
            || text.contains("() select");
        let reasons = || match error {
            Error::Unplannable { reasons } => reasons.as_slice(),
            _ => &[],
        };
        let says = |what: &str| reasons().iter().any(|reason| reason.contains(what));
        match error {
            Error::Unknown { what: "resource", name, .. } if name.contains(".vw_") => Some(Self::UndefinedView),
            Error::Syntax { .. } if lists_nothing => Some(Self::NothingListed),
            Error::Unplannable { .. } if says("has no parameter") => Some(Self::UnknownName),
            Error::Unplannable { .. } if says("do not have `") => Some(Self::ParameterOfAnother),
            Error::Unplannable { .. } if says(" lacks `") => Some(Self::ParameterLeftOut),
            _ => None,
        }
    }
}

#[tokio::test]
async fn examples_of_documentation_plan() {
    let Some(corpus) = corpus() else { return };
    let wanted = std::env::var("BINDERY_SQL_PROVIDERS").unwrap_or_else(|_| PROVIDERS.to_owned());
    let all = FLOORS.map(|(name, _)| name).join(",");
    let shows = std::env::var_os("BINDERY_SQL_SHOW").is_some();
    for name in (if wanted == "all" { &all } else { &wanted }).split(',') {
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
        let mut counts: BTreeMap<(String, Option<Broken>), usize> = BTreeMap::new();
        let mut examples_of: BTreeMap<Broken, usize> = BTreeMap::new();
        let mut defects = Vec::new();
        let (mut total, mut planned) = (0, 0);
        for (path, sql) in examples {
            let sql = filled(&sql);
            let statements = split(&sql).unwrap_or_else(|_| vec![sql.as_str()]);
            for statement in statements {
                let verb = statement.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
                total += 1;
                let Err(error) = engine.query(format!("EXPLAIN {statement}")).fetch_all().await else {
                    planned += 1;
                    *counts.entry((verb, None)).or_default() += 1;
                    continue;
                };
                let broken = Broken::of(statement, &error);
                let Some(broken) = broken else {
                    defects.push(format!("{path}\n{statement}\n=> {error}"));
                    continue;
                };
                *counts.entry((verb, Some(broken))).or_default() += 1;
                let seen = examples_of.entry(broken).or_default();
                *seen += 1;
                if shows && *seen <= 5 {
                    println!("{path}\n{statement}\n=> {error}\n");
                }
            }
        }
        println!("{name}: {planned} of {total} statements plan");
        for ((verb, what), count) in &counts {
            println!("  {count:6} {verb:8} {}", what.map_or("planned".to_owned(), |broken| format!("{broken:?}")));
        }
        assert!(defects.is_empty(), "{name}: {} are of no listed kind:\n{}", defects.len(), defects.join("\n\n"));
        let floor = FLOORS.iter().find(|(known, _)| *known == name).map_or(0, |(_, floor)| *floor);
        assert!(planned * 1000 >= total * floor, "{name}: only {planned} of {total} statements plan");
    }
}
