//! `bindery check`: would `generate` change anything?

use std::io::Write;

use bindery_codegen::Mode;
use bindery_codegen::emit::GeneratedFile;
use bindery_codegen::output::{self, Difference, DifferenceKind};
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
        stale |= !differences.is_empty();
        let out = target.out.to_string_lossy().replace('\\', "/");
        match arguments.format {
            CheckFormat::Text => {
                for difference in differences {
                    writeln!(stdout, "{}: {out}/{}", difference.kind.word(), difference.path)?;
                    write!(stdout, "{}", output::unified_diff(&out, difference, files))?;
                }
                let count = differences.len();
                let name = &generation.provider;
                let answer = if count == 0 { "up to date".to_owned() } else { format!("{count} files are stale") };
                writeln!(stdout, "{name}: {answer}")?;
            }
            CheckFormat::Github => {
                for difference in differences {
                    let message = format!("{}: {}", difference.kind.word(), remedy(difference));
                    writeln!(stdout, "{}", Annotation::error(format!("{out}/{}", difference.path), &message))?;
                }
            }
            CheckFormat::Json => providers.push(json!({
                "provider": generation.provider,
                "out": out,
                "stale": differences.iter().map(|difference| describe(&out, difference, files)).collect::<Vec<_>>(),
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
