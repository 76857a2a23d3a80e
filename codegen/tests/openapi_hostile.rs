//! Documents that mean harm are refused with a diagnostic, or read as less; they cost no more than their length.

#![allow(clippy::format_collect, reason = "documents are written out")]

use bindery_codegen::{Severity, Source, openapi};

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

/// Whether the text is refused, with an error that says where and what to do.
fn is_refused(text: String) -> bool {
    let (provider, diagnostics) = openapi::read_provider(&[Source { path: "services/bad.yaml".into(), text }], "bad");
    let errors: Vec<_> = diagnostics.iter().filter(|found| found.severity == Severity::Error).collect();
    assert!(
        errors.iter().all(|error| !error.hint.is_empty() && error.origin.file == "services/bad.yaml"),
        "{errors:?}"
    );
    provider.services.is_empty() && !errors.is_empty()
}

#[test]
fn schemas_nested_beyond_the_bound_become_any_type() {
    for (open, close) in [
        ("{type: array, items: ", "}"),
        ("{type: object, properties: {a: ", "}}"),
        ("{allOf: [{type: object}, ", "]}"),
        ("{type: object, additionalProperties: ", "}"),
    ] {
        for depth in [10, 60, 90, 10_000] {
            let (provider, diagnostics) = openapi::read_provider(&[document(&nested(depth, open, close))], "deep");
            let read = provider.resources().flat_map(|resource| resource.methods.iter()).count();
            let refused = diagnostics.iter().any(|found| found.code == "openapi/yaml");
            assert!(read == 1 || refused, "{open} {depth}: {diagnostics:?}");
            assert!(depth < 1_000 || refused, "{open}: 10,000 levels were read");
        }
    }
}

#[test]
fn alias_bombs_are_refused() {
    let mut bomb = String::from("openapi: 3.0.0\npaths: {}\na0: &a0 {x: [1, 2, 3, 4, 5, 6, 7, 8, 9]}\n");
    for level in 1..40 {
        let previous = format!("*a{}, ", level - 1).repeat(9);
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", previous.trim_end_matches(", ")));
    }
    assert!(is_refused(bomb));
    let merges: String = (1..64)
        .map(|level| format!("m{level}: &m{level} {{<<: [*m{0}, *m{0}], k{level}: *m{0}}}\n", level - 1))
        .collect();
    assert!(is_refused(format!("openapi: 3.0.0\npaths: {{}}\nm0: &m0 {{a: 1}}\n{merges}")));
}

#[test]
fn schemas_that_hold_themselves_end() {
    for schema in [
        "{$ref: '#/paths/~1x/get/responses/200/content/application~1json/schema'}",
        "{allOf: [{$ref: '#/paths/~1x/get/responses/200/content/application~1json/schema'}]}",
        "{type: object, properties: {me: {$ref: '#/paths/~1x/get/responses/200/content/application~1json/schema'}}}",
        "{type: array, items: {$ref: '#/paths/~1x/get/responses/200/content/application~1json/schema'}}",
        "{$ref: 'deep.yaml'}",
    ] {
        let (provider, _) = openapi::read_provider(&[document(schema)], "deep");
        assert_eq!(provider.resources().count(), 1, "{schema}");
    }
}

#[test]
fn names_that_are_paths_are_left_out() {
    for name in ["../../etc/passwd", "..", "a/b", "a\\b", "C:", "a\nb"] {
        let quoted = format!("{name:?}");
        let text = document("{type: string}").text.replace("    x:\n", &format!("    {quoted}:\n"));
        let (provider, diagnostics) = openapi::read_provider(&[Source { path: "s.yaml".into(), text }], "deep");
        assert_eq!(provider.resources().count(), 0, "{name}");
        assert!(diagnostics.iter().any(|found| found.code == "openapi/bad-name"), "{name}: {diagnostics:?}");
    }
}

#[test]
fn texts_of_a_hundred_megabytes_are_refused() {
    assert!(is_refused(format!("openapi: 3.0.0\npaths: {{}}\nx: {}\n", "y".repeat(100 << 20))));
    // What is below the bound is read without copying it.
    let text = format!("openapi: 3.0.0\npaths: {{}}\nx: {}\n", "y".repeat(4 << 20));
    let (provider, _) = openapi::read_provider(&[Source { path: "services/long.yaml".into(), text }], "long");
    assert_eq!(provider.services.len(), 1);
}

#[test]
fn every_beginning_of_a_document_is_read_or_refused() {
    let whole = document("{type: object, properties: {a: {type: string, enum: [x]}}}");
    for end in 0..whole.text.len() {
        let Some(text) = whole.text.get(..end) else { continue };
        openapi::read_provider(&[Source { path: whole.path.clone(), text: text.to_owned() }], "deep");
    }
}

proptest::proptest! {
    #[test]
    fn arbitrary_text_is_read_or_refused(text in "\\PC{0,200}") {
        let source = Source { path: "services/any.yaml".into(), text };
        openapi::read_provider(&[source], "any");
    }

    /// Pieces that mean something to the reader, in any order.
    #[test]
    fn arbitrary_documents_are_read_or_refused(pieces in proptest::collection::vec(0..24_usize, 0..60)) {
        const PIECES: [&str; 24] = [
            "openapi: 3.1.0\n", "paths:\n", "  /a/{b}:\n", "    get:\n", "    post: {}\n", "      responses: {'200': {}}\n",
            "components:\n", "  schemas:\n", "    A: {$ref: '#/components/schemas/A'}\n", "  x-stackQL-resources:\n",
            "    r:\n", "      methods:\n", "        m:\n", "          operation: {$ref: '#/paths/~1a~1{b}/get'}\n",
            "          response: {objectKey: $.x}\n", "      sqlVerbs: {select: [{$ref: m}]}\n", "x-stackQL-config: []\n",
            "servers: [{url: '{a}'}]\n", "swagger: 2.0\n", "&a b: *a\n", "<<: {a: 1}\n", "? - x\n", "- ", "  {\n",
        ];
        let text = pieces.iter().filter_map(|piece| PIECES.get(*piece)).copied().collect();
        openapi::read_provider(&[Source { path: "services/any.yaml".into(), text }], "any");
    }
}
