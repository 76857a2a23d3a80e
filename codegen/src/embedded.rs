//! The sources of a generated crate → the provider they were generated from, as far as the crate carries it.
//!
//! Every module of a resource holds its descriptor, as JSON in a literal. Schemas are in the types alone and do not
//! come back.

use bindery_ir::{Provider, ProviderName, Resource, Service, ServiceName};
use indexmap::IndexMap;
use syn::{Expr, Item, Lit};

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
    // Nearly all sources hold none, and are not worth parsing.
    if !source.text.contains("DESCRIPTOR: &str") {
        return None;
    }
    let file = syn::parse_file(&source.text).ok()?;
    let literal = file.items.into_iter().find_map(|item| match item {
        Item::Const(constant) if constant.ident == "DESCRIPTOR" => match *constant.expr {
            Expr::Lit(literal) => Some(literal.lit),
            _ => None,
        },
        _ => None,
    });
    match literal {
        Some(Lit::Str(json)) => serde_json::from_str(&json.value()).ok(),
        _ => None,
    }
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
