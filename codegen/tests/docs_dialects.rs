//! A small page of every dialect there is, and what is read from it. The pages, in `dialects/`, are written for this; what
//! they hold is what pages of their generation hold.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use bindery_codegen::docs::{PageKind, read_page};
use bindery_codegen::{Severity, Source};

fn pages() -> Vec<Source> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialects");
    let mut pages = Source::read_all(&folder, &["md"]).unwrap();
    for page in &mut pages {
        page.path = page.path.rsplit('/').next().unwrap_or_default().to_owned();
    }
    pages
}

#[test]
fn a_page_of_every_dialect_reads_like_this() {
    for source in pages() {
        let page = read_page(&source.path, &source.text);
        let name = source.path.trim_end_matches(".md");
        insta::with_settings!({ description => name, omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_json_snapshot!(format!("dialect-{name}"), page.inspection());
        });
    }
}

#[test]
fn no_page_of_a_dialect_loses_anything() {
    for source in pages() {
        let page = read_page(&source.path, &source.text);
        let errors: Vec<_> = page.diagnostics.iter().filter(|found| found.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", source.path);
        assert_eq!(page.kind == PageKind::Other, source.path == "provider-stub.md", "{}", source.path);
    }
}
