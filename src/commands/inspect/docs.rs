//! `bindery inspect docs`: one object a page, printed while the next pages are read.

use std::path::{Path, PathBuf};

use bindery_codegen::docs::{Page, read_page};
use bindery_codegen::{Diagnostic, Source};
use rayon::prelude::*;

use crate::arguments::{InspectDocs, InspectFormat};
use crate::commands::PAGES;
use crate::outcome::{Failure, Outcome};
use crate::terminal::Terminal;

use super::{Printer, has_errors};

/// How many pages a thread is given at a time: enough to keep it busy, few enough to hold in memory.
const PAGES_A_THREAD: usize = 32;

pub(crate) fn run(arguments: &InspectDocs, terminal: Terminal) -> Result<Outcome, Failure> {
    let format = arguments.inspect.format;
    let threads = crate::commands::threads(arguments.jobs)?;
    let mut paths = Vec::new();
    for path in &arguments.inspect.paths {
        paths.append(&mut threads.install(|| Source::find(path, PAGES))?);
    }
    let mut chunks = paths.chunks(PAGES_A_THREAD * threads.current_num_threads());
    let read_next = |chunk: Option<&[PathBuf]>| -> Vec<Result<PageRead, Failure>> {
        chunk.unwrap_or_default().par_iter().map(|path| read(path, format)).collect()
    };

    let mut printer = Printer::new(format)?;
    let mut reporter = terminal.reporter();
    let mut errors = false;
    let mut next = threads.install(|| read_next(chunks.next()));
    while !next.is_empty() {
        let pages = std::mem::take(&mut next);
        threads.in_place_scope(|scope| -> Result<(), Failure> {
            scope.spawn(|_| next = read_next(chunks.next()));
            for page in pages {
                let PageRead { object, diagnostics } = page?;
                reporter.show(&diagnostics);
                errors |= has_errors(&diagnostics);
                if let Some(object) = object {
                    printer.object(&object)?;
                }
            }
            Ok(())
        })?;
    }
    printer.finish()?;
    reporter.finish("`bindery lint --all`");
    Ok(if errors { Outcome::BadInput } else { Outcome::Yes })
}

/// What is printed of one file.
struct PageRead {
    /// The page in the format asked for; of a file that cannot be read there is nothing but the reason.
    object: Option<Vec<u8>>,
    diagnostics: Vec<Diagnostic>,
}

/// Reads a page and writes it in a format.
fn read(path: &Path, format: InspectFormat) -> Result<PageRead, Failure> {
    let source = match Source::read(path) {
        Ok(source) => source,
        Err(error) => return Ok(PageRead { object: None, diagnostics: vec![error.to_diagnostic()] }),
    };
    let page = read_page(&source.path, &source.text);
    let object = match format {
        InspectFormat::Text => text(&page).into_bytes(),
        InspectFormat::Json | InspectFormat::Ndjson => {
            let mut object = Vec::with_capacity(source.text.len());
            serde_json::to_writer(&mut object, &page.inspection())?;
            object
        }
    };
    Ok(PageRead { object: Some(object), diagnostics: page.diagnostics })
}

fn text(page: &Page) -> String {
    let id = page.id.as_ref().map_or_else(|| page.title.clone(), ToString::to_string);
    let mut text = format!("{id}  ({})\n", page.path);
    for method in &page.methods {
        let required: Vec<&str> = method.required.iter().map(bindery_ir::SqlName::as_str).collect();
        text += &format!("  {:8} {}({})\n", method.verb.as_str(), method.name, required.join(", "));
    }
    text
}
