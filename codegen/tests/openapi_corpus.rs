//! Every provider document at hand is read, and nothing in it is lost: counts and parameters equal those that a
//! simple resolver finds by itself, in a tree of its own.
//!
//! Runs where the corpus is (`BINDERY_CORPUS`, or beside the project); says so where it is not.

mod corpus;
mod resolver;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use bindery_codegen::openapi::{Options, read_provider, read_provider_with, resource_names};
use bindery_codegen::{Diagnostic, Severity, Source};
use bindery_ir::{Method, Presence, Provider, Reshape, Verb};
use resolver::{Document, Fact};

/// The folders of the registry that hold a `provider.yaml`: `<provider>/<version>`.
fn provider_folders(registry: &Path) -> Result<Vec<(String, PathBuf)>, Box<dyn Error>> {
    let mut folders = Vec::new();
    for provider in fs::read_dir(registry)? {
        let provider = provider?;
        for version in fs::read_dir(provider.path())? {
            let version = version?.path();
            if version.join("provider.yaml").is_file() {
                folders.push((provider.file_name().to_string_lossy().into_owned(), version));
            }
        }
    }
    folders.sort();
    Ok(folders)
}

/// What was read of a provider, and the documents it was read from, as the resolver sees them.
struct Read {
    name: String,
    provider: Provider,
    diagnostics: Vec<Diagnostic>,
    documents: Vec<Document>,
}

/// Calls a function with every provider of the corpus.
fn each_provider(mut test: impl FnMut(&Read) -> Result<(), Box<dyn Error>>) -> Result<bool, Box<dyn Error>> {
    let Some(corpus) = corpus::corpus() else { return Ok(false) };
    for (name, folder) in provider_folders(&corpus.join("registry"))? {
        let sources = Source::read_all(&folder, &["yaml"])?;
        let options = Options { jobs: std::thread::available_parallelism()?, ..Options::default() };
        let (provider, diagnostics) = read_provider_with(&sources, &name, &options);
        let services = sources.iter().filter(|source| source.path.contains("/services/"));
        let documents = services.map(|source| Document::parse(&source.path, &source.text)).collect::<Result<_, _>>()?;
        test(&Read { name, provider, diagnostics, documents })?;
    }
    Ok(true)
}

/// The statements that reach a method, the last resort not counted.
fn verbs(method: &Method) -> usize {
    method.verbs.iter().filter(|verb| **verb != Verb::Exec).count()
}

/// Whether what was read of a method is what the resolver finds.
fn compare(read: &Read, document: &Document, method: &Method, differences: &mut Vec<String>) {
    let wanted = document.facts(method.resource.resource(), method.name.as_str());
    let found: BTreeMap<(String, String), bool> = (method.parameters.iter())
        .map(|parameter| {
            let key = (parameter.location.as_str().to_owned(), parameter.wire_name.to_string());
            (key, parameter.presence == Presence::Required)
        })
        .collect();
    let wanted: BTreeMap<(String, String), bool> =
        wanted.into_iter().map(|Fact { place, name, required }| ((place, name), required)).collect();
    if found != wanted {
        differences.push(format!("{} {}: read {found:?}, expected {wanted:?}", read.name, method.path()));
    }
}

#[test]
fn every_document_is_read_and_nothing_is_lost() -> Result<(), Box<dyn Error>> {
    println!(
        "{:16} {:>8} {:>9} {:>8} {:>8} {:>8}",
        "provider", "services", "resources", "methods", "verbs", "findings"
    );
    let (mut documents, mut methods, mut unknown_shapes) = (0, 0, 0);
    let mut differences = Vec::new();
    let ran = each_provider(|read| {
        let all = || read.provider.resources().flat_map(|resource| resource.methods.iter());
        let counted = (
            read.provider.services.len(),
            read.provider.resources().count(),
            all().count(),
            all().map(verbs).sum::<usize>(),
        );
        let expected = (
            read.documents.len(),
            read.documents.iter().map(Document::resources).sum(),
            read.documents.iter().map(Document::methods).sum(),
            read.documents.iter().map(Document::verbs).sum(),
        );
        let (services, resources, count, verbs) = counted;
        let findings = read.diagnostics.len();
        println!("{:16} {services:8} {resources:9} {count:8} {verbs:8} {findings:8}", read.name);
        assert_eq!(counted, expected, "{}", read.name);
        let errors: Vec<_> = read.diagnostics.iter().filter(|found| found.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{errors:?}");
        (documents, methods) = (documents + services, methods + count);
        for service in &read.provider.services {
            let Some(document) = read.documents.iter().find(|document| document.path == service.origin.file) else {
                panic!("{}.{} is of no document", read.name, service.name);
            };
            for method in service.resources.iter().flat_map(|resource| resource.methods.iter()) {
                compare(read, document, method, &mut differences);
                let transform = method.adaptation.response.iter().chain(&method.adaptation.body.transform);
                unknown_shapes += transform.filter(|transform| transform.operation == Reshape::Template).count();
            }
        }
        Ok(())
    })?;
    if ran {
        println!("{documents} documents, {methods} methods, {unknown_shapes} templates of no known shape");
        let shown: Vec<_> = differences.iter().take(20).collect();
        assert!(differences.is_empty(), "{} methods differ: {shown:#?}", differences.len());
        assert_eq!(unknown_shapes, 0);
    }
    Ok(())
}

#[test]
fn a_provider_is_called_in_sql_as_its_document_says() -> Result<(), Box<dyn Error>> {
    let Some(corpus) = corpus::corpus() else { return Ok(()) };
    for (folder, main) in provider_folders(&corpus.join("registry"))? {
        let source = Source::read(&main.join("provider.yaml"))?;
        let (provider, _) = read_provider_with(std::slice::from_ref(&source), &folder, &Options::default());
        let stated = source.text.lines().find_map(|line| line.strip_prefix("name: ")).unwrap_or(&folder);
        assert_eq!(provider.name, *stated);
        println!("{folder} is {}", provider.name);
    }
    Ok(())
}

/// The names that are told without reading a document are those that reading it finds. All providers are compared where
/// `BINDERY_NAMES` is set, else the smaller ones.
#[test]
fn resources_are_named_without_reading_documents() -> Result<(), Box<dyn Error>> {
    const SMALLER: [&str; 6] = ["anthropic", "digitalocean", "homebrew", "linode", "openai", "snowflake"];
    let Some(corpus) = corpus::corpus() else { return Ok(()) };
    let is_wanted = |name: &str| std::env::var_os("BINDERY_NAMES").is_some() || SMALLER.contains(&name);
    let (mut told, mut documents) = (0, 0);
    for (name, folder) in provider_folders(&corpus.join("registry"))?.into_iter().filter(|(name, _)| is_wanted(name)) {
        let of_provider = Source::read(&folder.join("provider.yaml"))?;
        for document in Source::read_all(&folder.join("services"), &["yaml"])? {
            documents += 1;
            let Some(names) = resource_names(&document.text) else { continue };
            told += 1;
            let path = document.path.clone();
            let (read, _) = read_provider(&[of_provider.clone(), document], &name);
            let found: Vec<&str> = read.resources().map(|resource| resource.id.resource()).collect();
            assert_eq!(names, found, "{path}");
        }
    }
    println!("{told} of {documents} documents tell their names");
    assert!(told * 10 >= documents * 9, "{told} of {documents}");
    Ok(())
}
