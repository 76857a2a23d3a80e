//! `bindery sql`: statements over providers.

mod compiled;
mod engine;
mod format;
mod registry;

use std::fs;
use std::io::{IsTerminal, Read, Write};
use std::time::Duration;

use anstream::eprint;
use bindery_sql::{Engine, split};

pub(crate) use engine::{Setup, setup};
pub(crate) use format::print;

use crate::arguments::{ResultFormat, Sql as Arguments};
use crate::outcome::{Failure, Outcome};
use crate::terminal::Terminal;

/// How often progress is shown.
const BLINK: Duration = Duration::from_millis(200);

pub(crate) fn run(arguments: &Arguments, terminal: Terminal) -> Result<Outcome, Failure> {
    let text = text(arguments)?;
    let statements = split(&text)?;
    if statements.is_empty() {
        return Err(Failure::Usage(
            "there is no statement: give one as an argument, with -f, or on standard input".to_owned(),
        ));
    }
    let setup = setup(&arguments.engine)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut out = std::io::stdout().lock();
        for statement in statements {
            execute(&setup, statement, arguments.format, terminal, &mut out).await?;
            out.flush()?;
        }
        Ok(Outcome::Yes)
    })
}

fn text(arguments: &Arguments) -> Result<String, Failure> {
    if let Some(sql) = &arguments.text {
        return Ok(sql.clone());
    }
    if let Some(file) = &arguments.file {
        return fs::read_to_string(file)
            .map_err(|error| Failure::Usage(format!("cannot read {}: {error}", file.display())));
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::Usage(format!("cannot read statements: {error}")))?;
    Ok(text)
}

/// Runs a statement and prints what it returns.
pub(crate) async fn execute(
    setup: &Setup,
    statement: &str,
    format: ResultFormat,
    terminal: Terminal,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let query = setup.bind(setup.engine.query(statement));
    let shows_progress = terminal.shows_notes() && std::io::stderr().is_terminal();
    let summary = tokio::select! {
        biased;
        printed = async { print(query.fetch().await?, format, out).await } => {
            if shows_progress {
                eprint!("\r\x1b[K");
            }
            printed?
        }
        () = show_progress(&setup.engine), if shows_progress => return Ok(()),
    };
    for notice in &summary.notices {
        terminal.note(notice);
    }
    if summary.reused > 0 {
        let (reused, calls) = (summary.reused, summary.calls);
        terminal.note(&format!("{reused} of {calls} answers were kept from before; --cache says for how long"));
    }
    if summary.changed > 0 {
        terminal.note(&format!("{} changed", summary.changed));
    }
    Ok(())
}

/// Shows what an engine is doing, for as long as it is asked to.
async fn show_progress(engine: &Engine) {
    let before = engine.progress();
    let (wanted, done, rows) = (before.calls_wanted(), before.calls_done(), before.rows());
    let reused = before.calls_reused();
    loop {
        tokio::time::sleep(BLINK).await;
        let now = engine.progress();
        if now.calls_wanted() > wanted {
            eprint!(
                "\r\x1b[K{} of {} calls, {} kept from before, {} rows",
                now.calls_done() - done,
                now.calls_wanted() - wanted,
                now.calls_reused() - reused,
                now.rows() - rows
            );
        }
    }
}
