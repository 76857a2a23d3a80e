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
        printed = async { print(query.fetch().await?, format, setup.requests, out).await } => {
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

/// What an engine has done, in numbers.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    wanted: usize,
    done: usize,
    rounds: usize,
    retries: u64,
    reused: usize,
    rows: usize,
}

impl Counts {
    fn of(engine: &Engine) -> Self {
        let progress = engine.progress();
        Self {
            wanted: progress.calls_wanted(),
            done: progress.calls_done(),
            rounds: progress.rounds(),
            retries: engine.retries(),
            reused: progress.calls_reused(),
            rows: progress.rows(),
        }
    }

    /// What was done since: `3 of 10 calls in round 2, 1 sent again, 40 rows`.
    fn since(self, before: Self) -> String {
        let mut text = format!("{} of {} calls", self.done - before.done, self.wanted - before.wanted);
        let rounds = self.rounds - before.rounds;
        let others = [
            (format!(" in round {rounds}"), rounds > 0),
            (format!(", {} sent again", self.retries - before.retries), self.retries > before.retries),
            (format!(", {} kept from before", self.reused - before.reused), self.reused > before.reused),
        ];
        text.extend(others.into_iter().filter(|(_, is_said)| *is_said).map(|(part, _)| part));
        text + &format!(", {} rows", self.rows - before.rows)
    }
}

/// Shows what an engine is doing, for as long as it is asked to.
async fn show_progress(engine: &Engine) {
    let before = Counts::of(engine);
    loop {
        tokio::time::sleep(BLINK).await;
        let now = Counts::of(engine);
        if now.wanted > before.wanted {
            eprint!("\r\x1b[K{}", now.since(before));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_says_what_there_is_to_say() {
        let before = Counts { wanted: 1, done: 1, rounds: 1, rows: 5, ..Counts::default() };
        let now = Counts { wanted: 12, done: 4, rounds: 3, rows: 45, ..Counts::default() };
        assert_eq!(now.since(before), "3 of 11 calls in round 2, 40 rows");
        let more = Counts { retries: 2, reused: 7, ..now };
        assert_eq!(more.since(before), "3 of 11 calls in round 2, 2 sent again, 7 kept from before, 40 rows");
    }
}
