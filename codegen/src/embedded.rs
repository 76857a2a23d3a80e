//! The sources of a generated crate → the provider they were generated from, as far as the crate carries it.
//!
//! Every module of a resource holds its descriptor, as JSON in a literal. Schemas are in the types alone and do not
//! come back.

use bindery_ir::{Provider, ProviderName, Resource, Service, ServiceName};
use indexmap::IndexMap;

use crate::Source;

/// Reads the descriptors in the sources of a crate; `None` when they hold none.
pub fn read_crate(sources: &[Source]) -> Option<Provider> {
    let mut services: IndexMap<String, Service> = IndexMap::new();
    let mut name = String::new();
    for resource in sources.iter().filter_map(resource) {
        resource.id.provider().clone_into(&mut name);
        let service = resource.id.service().to_owned();
        let entry = services.entry(service.clone());
        entry.or_insert_with(|| Service::new(ServiceName::from(service))).resources.to_mut().push(resource);
    }
    if services.is_empty() {
        return None;
    }
    let mut provider = Provider::new(ProviderName::from(name));
    provider.services = services.into_values().collect();
    Some(provider)
}

/// The resource that a module is about.
fn resource(source: &Source) -> Option<Resource> {
    serde_json::from_str(raw_literal(&source.text)?).ok()
}

/// The text of the raw literal that a module has as its descriptor. JSON always stands in one, since it holds no control
/// characters.
fn raw_literal(code: &str) -> Option<&str> {
    let (_, literal) = code.split_once("const DESCRIPTOR: &str = r")?;
    let text = literal.trim_start_matches('#');
    let hashes = literal.get(..literal.len() - text.len())?;
    let text = text.strip_prefix('"')?;
    let end = text.find(&format!("\"{hashes};"))?;
    text.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_descriptors_of_a_crate_make_a_provider() {
        let source = |text: &str| Source { path: "x.rs".to_owned(), text: text.to_owned() };
        let sources = [
            source("pub mod cheese;"),
            source("const DESCRIPTOR: &str = r#\"{\"id\":\"shop.counter.cheese\",\"methods\":[]}\"#;"),
            source("const DESCRIPTOR: &str = \"no JSON\";"),
        ];
        let ids =
            read_crate(&sources).map(|provider| provider.resources().map(|r| r.id.to_string()).collect::<Vec<_>>());
        assert_eq!(ids, Some(vec!["shop.counter.cheese".to_owned()]));
        assert_eq!(read_crate(&sources[..1]), None);
    }
}
