//! Every provider document at hand is read, and nothing in it is lost.
//!
//! Runs where the corpus is (`BINDERY_CORPUS`, or beside the project); says so where it is not.

mod corpus;

use std::error::Error;
use std::fs;
use std::path::Path;

use bindery_codegen::{Severity, Source, openapi};

/// The folders of the registry that hold a `provider.yaml`: `<provider>/<version>`.
fn provider_folders(registry: &Path) -> Result<Vec<(String, std::path::PathBuf)>, Box<dyn Error>> {
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

/// The lines of a document between `x-stackQL-resources:` and the next key that is not deeper: read as text, so
/// that the count below shares nothing with the reader.
fn count_methods(text: &str) -> usize {
    let mut methods = 0;
    let mut section = None;
    let mut methods_key = None;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let indent = line.len() - line.trim_start().len();
        let key = line.trim();
        match section {
            None if key == "x-stackQL-resources:" => section = Some(indent),
            None => {}
            Some(start) if indent <= start => section = None,
            Some(start) => match methods_key {
                None if key == "methods:" && indent > start => methods_key = Some(indent),
                None => {}
                Some(at) if indent <= at => methods_key = (key == "methods:").then_some(indent),
                Some(at) => methods += usize::from(indent == at + 2 && key.ends_with(':')),
            },
        }
    }
    methods
}

#[test]
fn every_document_is_read_and_no_method_is_lost() -> Result<(), Box<dyn Error>> {
    let Some(corpus) = corpus::corpus() else {
        eprintln!("skipped: there is no corpus");
        return Ok(());
    };
    println!("{:16} {:>9} {:>9} {:>9} {:>9}", "provider", "services", "resources", "methods", "findings");
    for (name, folder) in provider_folders(&corpus.join("registry"))? {
        let sources = Source::read_all(&folder, &["yaml"])?;
        let expected: usize = sources.iter().map(|source| count_methods(&source.text)).sum();
        let (provider, diagnostics) = openapi::read_provider(&sources, &name);
        let methods: usize = provider.resources().map(|resource| resource.methods.len()).sum();
        let (services, resources) = (provider.services.len(), provider.resources().count());
        println!("{name:16} {services:9} {resources:9} {methods:9} {:9}", diagnostics.len());
        assert_eq!(methods, expected, "{name}");
        assert_eq!(services, sources.len() - 1, "{name}");
        let errors: Vec<_> = diagnostics.iter().filter(|found| found.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    Ok(())
}
