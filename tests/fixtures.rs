//! Documents written to be awkward, what they become, and what is said about them.
//!
//! Each folder of `tests/fixtures` holds documents, the crate they generate, and `findings.txt`. The crates are
//! members of the workspace, so they are compiled, linted and documented like everything else. Set
//! `BINDERY_UPDATE=1` to write what is generated now, and review the difference.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bindery_codegen::emit::{CrateOptions, emit_crate};
use bindery_codegen::{Inputs, Source, docs, output, read};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn check(name: &str) -> Outcome {
    let folder = folder(name);
    let inputs = Inputs {
        provider: name.to_owned(),
        docs: Some(folder.join("docs")),
        openapi: Some(folder.join("openapi")).filter(|openapi| openapi.is_dir()),
        ..Inputs::default()
    };
    let reading = read(&inputs)?;
    let mut options = CrateOptions::new(name, format!("tests/fixtures/{name}"));
    options.runtime_path = Some("../../../../runtime".to_owned());
    options.jobs = NonZeroUsize::MIN.saturating_add(1);
    let files = emit_crate(&reading.provider, &options)?;
    let root = format!("{}/", folder.display());
    let findings: Vec<String> =
        reading.diagnostics.iter().map(|diagnostic| diagnostic.to_string().replace(&root, "")).collect();
    let findings = findings.join("\n\n") + "\n";

    let generated = folder.join("generated");
    let differences = output::compare(&generated, &files)?;
    let findings_path = folder.join("findings.txt");
    if std::env::var_os("BINDERY_UPDATE").is_some() {
        output::apply(&generated, &differences, &files)?;
        std::fs::write(&findings_path, &findings)?;
        return Ok(());
    }
    let diffs: Vec<String> = differences.iter().map(|d| output::unified_diff(name, d, &files)).collect();
    assert!(diffs.is_empty(), "run with BINDERY_UPDATE=1 and review:\n{}", diffs.concat());
    assert_eq!(std::fs::read_to_string(findings_path)?, findings);
    Ok(())
}

#[test]
fn names_that_rust_has_other_plans_for() -> Outcome {
    check("names")
}

#[test]
fn descriptions_and_names_that_would_break_out() -> Outcome {
    check("hostile")
}

#[test]
fn pages_of_every_dialect_without_any_other_document() -> Outcome {
    check("pages_only")
}

#[test]
fn a_provider_called_dots_is_refused() {
    let page = Source::read(&folder("hostile").join("docs/dots.md"));
    let page = page.map(|source| docs::read_page(&source.path, &source.text));
    let reading = page.map(|page| (page.id, page.diagnostics.iter().any(|found| found.code == "docs/bad-id")));
    assert!(matches!(reading, Ok((None, true))), "{reading:?}");

    let (provider, diagnostics) = bindery_codegen::openapi::read_provider(
        &[Source { path: "provider.yaml".into(), text: "name: '..'\nproviderServices: {a: {}}\n".into() }],
        "x",
    );
    assert!(provider.services.is_empty());
    assert_eq!(diagnostics.iter().map(|found| found.code).collect::<Vec<_>>(), ["openapi/bad-name"]);
}

#[test]
fn no_file_leaves_its_crate() -> Outcome {
    for name in ["names", "hostile", "pages_only"] {
        for path in output::compare(&folder(name).join("generated"), &[])?.into_iter().map(|found| found.path) {
            let harmless = |part: &str| {
                !part.starts_with('.') && part.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
            };
            assert!(path.split('/').all(harmless), "{path}");
        }
    }
    Ok(())
}
