//! Documents that are nested as deep as the bounds allow, and deeper, leave the reader standing.

use bindery_codegen::{Source, openapi};

/// A document whose only response is `schema`.
fn document(schema: &str) -> Source {
    let text = format!(
        "openapi: 3.0.0\nservers: [{{url: https://x.example.com}}]\npaths:\n  /x:\n    get:\n      responses: {{'200': {{content: {{application/json: {{schema: {schema}}}}}}}}}\ncomponents:\n  x-stackQL-resources:\n    x:\n      methods:\n        get:\n          operation: {{$ref: '#/paths/~1x/get'}}\n          response: {{openAPIDocKey: '200'}}\n"
    );
    Source { path: "services/deep.yaml".into(), text }
}

fn nested(depth: usize, open: &str, close: &str) -> String {
    format!("{}{{type: string}}{}", open.repeat(depth), close.repeat(depth))
}

#[test]
fn schemas_nested_beyond_the_bound_become_any_type() {
    for (open, close) in [
        ("{type: array, items: ", "}"),
        ("{type: object, properties: {a: ", "}}"),
        ("{allOf: [{type: object}, ", "]}"),
        ("{type: object, additionalProperties: ", "}"),
    ] {
        for depth in [10, 60, 90, 5_000] {
            let (provider, diagnostics) = openapi::read_provider(&[document(&nested(depth, open, close))], "deep");
            let read = provider.resources().flat_map(|resource| resource.methods.iter()).count();
            let refused = diagnostics.iter().any(|found| found.code == "openapi/yaml");
            assert!(read == 1 || refused, "{open} {depth}: {diagnostics:?}");
            assert!(depth < 1_000 || refused, "{open}: 5,000 levels were read");
        }
    }
}

proptest::proptest! {
    #[test]
    fn arbitrary_text_is_read_or_refused(text in "\\PC{0,200}") {
        let source = Source { path: "services/any.yaml".into(), text };
        openapi::read_provider(&[source], "any");
    }
}
