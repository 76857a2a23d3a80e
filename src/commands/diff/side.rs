//! One side of a comparison: a word of the command line → the provider it stands for.

use std::path::Path;

use bindery_codegen::{Inputs, Source, join, read_crate};
use bindery_ir::{Catalog, Provider};

use super::git;
use crate::commands::{DOCUMENTS, PAGES};
use crate::outcome::Failure;

/// The files that a provider is read from: pages, documents, and the sources of a generated crate.
const SOURCES: &[&str] = &["rs"];

/// What a provider is called whose documents do not say it.
const UNNAMED: &str = "api";

/// Reads the provider that a word stands for: a path, or a path in a revision of git.
pub(super) fn read(word: &str, services: &[String]) -> Result<Provider, Failure> {
    let extensions: Vec<&str> = [PAGES, DOCUMENTS, SOURCES].concat();
    let path = Path::new(word);
    let sources = if path.exists() {
        Source::read_all(path, &extensions)?
    } else if let Some((revision, path)) = word.split_once(':') {
        git::read_all(revision, path, &extensions)?
    } else {
        return Err(Failure::Usage(format!("`{word}` is neither a file or folder nor REV:PATH of a git repository")));
    };
    let mut provider = provider(word, sources, services)?;
    if !services.is_empty() {
        provider.services.to_mut().retain(|service| services.iter().any(|wanted| service.name == **wanted));
    }
    Ok(provider)
}

fn provider(word: &str, sources: Vec<Source>, services: &[String]) -> Result<Provider, Failure> {
    let is = |extensions: &[&str], source: &Source| {
        extensions.iter().any(|extension| source.path.ends_with(&format!(".{extension}")))
    };
    if let Some(provider) = read_crate(&sources) {
        return Ok(provider);
    }
    if let [only] = sources.as_slice()
        && let Some(provider) = catalog(&only.text)?
    {
        return Ok(provider);
    }
    let (documents, others): (Vec<Source>, Vec<Source>) = sources.into_iter().partition(|source| is(DOCUMENTS, source));
    let pages: Vec<Source> = others.into_iter().filter(|source| is(PAGES, source)).collect();
    if pages.is_empty() && documents.is_empty() {
        return Err(Failure::Usage(format!("`{word}` holds no pages, no specs and no generated crate")));
    }
    // Plain OpenAPI names no provider, and nothing can be identified without one.
    let is_named = !pages.is_empty() || documents.iter().any(|source| source.path.ends_with("provider.yaml"));
    let provider = if is_named { String::new() } else { UNNAMED.to_owned() };
    let inputs = Inputs { provider, services: services.to_vec(), ..Inputs::default() };
    Ok(join(&inputs, &pages, &documents).provider)
}

/// The provider of a catalog that holds one.
fn catalog(text: &str) -> Result<Option<Provider>, Failure> {
    // Anything else that is JSON is a document.
    let Ok(catalog) = Catalog::open(text.to_owned()) else { return Ok(None) };
    let names: Vec<String> = catalog.providers().map(|provider| provider.name.to_string()).collect();
    match names.as_slice() {
        [only] => Ok(catalog.provider(only)?),
        [] => Ok(None),
        _ => Err(Failure::Usage(format!("the catalog holds several providers: {}", names.join(", ")))),
    }
}
