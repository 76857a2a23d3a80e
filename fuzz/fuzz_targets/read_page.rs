//! Any bytes are a page: it is read, shown, compared with itself and made a provider of, without a panic.
#![no_main]

use bindery_codegen::docs::{FieldsSection, read_page};
use bindery_codegen::lint::{compare, examine};
use bindery_codegen::{Inputs, join_pages};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let page = read_page("shop/counter/cheese.md", &text);
    let lines = text.matches('\n').count() + 1;
    for found in &page.diagnostics {
        assert!((1..=lines).contains(&(found.origin.line as usize)), "{found}");
        assert!(!found.assumed.is_empty() && !found.hint.is_empty(), "{found}");
    }
    assert!(page.methods.iter().all(|method| !method.name.as_str().contains(['/', '\\', '\n'])));
    if let FieldsSection::Known(tabs) = &page.fields {
        assert!(tabs.iter().any(|tab| !tab.rows.is_empty()));
    }
    assert!(page.to_json().is_object());
    compare(vec![examine(&page)]);
    join_pages(&Inputs::default(), &[page], &[]);
});
