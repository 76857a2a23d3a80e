//! `bindery check`: would `generate` change anything?

use std::io::Write;

use bindery_codegen::emit::GeneratedFile;
use bindery_codegen::output::{self, Difference, DifferenceKind};
use bindery_codegen::{Generation, Mode};
use serde_json::{Value, json};

use crate::arguments::{Check, CheckFormat};
use crate::findings::github::Annotation;
use crate::outcome::{Failure, Outcome};
use crate::terminal::Terminal;

pub(crate) fn run(arguments: &Check, terminal: Terminal) -> Result<Outcome, Failure> {
    let mut stdout = std::io::stdout().lock();
    let mut providers: Vec<Value> = Vec::new();
    let (mut stale, mut bad_input) = (false, false);
    for target in super::targets(&arguments.targets)? {
        let trust = super::trust(arguments.no_cache);
        let generation = super::generate(&target, arguments.targets.emit, Mode::Compare, trust, terminal)?;
        bad_input |= generation.has_errors();
        let (differences, files) = (&generation.differences, &generation.files);
        stale |= !differences.is_empty() || !generation.stale.is_empty();
        let out = target.out.to_string_lossy().replace('\\', "/");
        match arguments.format {
            CheckFormat::Text => {
                for difference in differences {
                    writeln!(stdout, "{}: {out}/{}", difference.kind.word(), difference.path)?;
                    write!(stdout, "{}", output::unified_diff(&out, difference, files))?;
                }
                for reason in &generation.stale {
                    writeln!(stdout, "{}: {reason}", generation.provider)?;
                }
                writeln!(stdout, "{}: {}", generation.provider, answer(&generation))?;
            }
            CheckFormat::Github => {
                for difference in differences {
                    let message = format!("{}: {}", difference.kind.word(), remedy(difference));
                    writeln!(stdout, "{}", Annotation::error(format!("{out}/{}", difference.path), &message))?;
                }
                if let Some(lock) = &target.lock {
                    for reason in &generation.stale {
                        let (file, message) = (lock.to_string_lossy().replace('\\', "/"), reason.to_string());
                        writeln!(stdout, "{}", Annotation::error(file, &message))?;
                    }
                }
            }
            CheckFormat::Json => providers.push(json!({
                "provider": generation.provider,
                "out": out,
                "stale": differences.iter().map(|difference| describe(&out, difference, files)).collect::<Vec<_>>(),
                "reasons": generation.stale,
            })),
        }
    }
    if arguments.format == CheckFormat::Json {
        writeln!(stdout, "{}", json!({ "up_to_date": !stale, "providers": providers }))?;
    }
    if stale {
        terminal.note(&"run `bindery generate` and commit what it writes");
    }
    Ok(match (bad_input, stale) {
        (true, _) => Outcome::BadInput,
        (false, true) => Outcome::No,
        (false, false) => Outcome::Yes,
    })
}

/// What a provider's line says.
fn answer(generation: &Generation) -> String {
    match (generation.differences.len(), generation.stale.len()) {
        (0, 0) => "up to date".to_owned(),
        (0, _) => "the files are up to date, bindery.lock is not".to_owned(),
        (count, _) => format!("{count} files are stale"),
    }
}

fn describe(out: &str, difference: &Difference, files: &[GeneratedFile]) -> Value {
    json!({
        "path": difference.path,
        "kind": difference.kind.word(),
        "diff": output::unified_diff(out, difference, files),
    })
}

fn remedy(difference: &Difference) -> &'static str {
    match difference.kind {
        DifferenceKind::Extra { ours: false } => "not written by bindery; move it out of the generated folder",
        _ => "run `bindery generate` and commit what it writes",
    }
}
