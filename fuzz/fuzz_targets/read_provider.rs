//! Any bytes are documents of a provider: they are read, shown and made a generated crate of, without a panic.
//!
//! A line of `=` ends a document; the first is `provider.yaml` if it lists services, and the last are corrections if
//! they say so.
#![no_main]

use bindery_codegen::openapi::{describe_resource, read_provider};
use bindery_codegen::Source;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let sources: Vec<Source> = (text.split("\n====\n").enumerate())
        .map(|(index, text)| {
            let path = match text {
                main if main.contains("providerServices:") => "provider.yaml".to_owned(),
                file if file.starts_with("corrections:") => "corrections.yaml".to_owned(),
                _ => format!("services/s{index}.yaml"),
            };
            Source { path, text: text.to_owned() }
        })
        .collect();
    let (provider, diagnostics) = read_provider(&sources, "shop");
    for found in &diagnostics {
        assert!(!found.message.is_empty() && !found.code.is_empty());
    }
    for service in &provider.services {
        for resource in &service.resources {
            assert!(!resource.id.resource().contains(['/', '\\', '\n']));
            assert!(describe_resource(provider.name.as_str(), service, resource).is_object());
        }
    }
});
