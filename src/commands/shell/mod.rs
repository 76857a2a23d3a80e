//! `bindery shell`: SQL over providers, interactively.

mod command;
mod editor;
mod pager;

use std::fs::File;
use std::io::{IsTerminal, Write};
use std::time::Instant;

use bindery_sql::split;
use reedline::Signal;

use crate::arguments::{ResultFormat, Shell as Arguments};
use crate::commands::sql::{Setup, execute, setup};
use crate::outcome::{Failure, Outcome};
use crate::terminal::Terminal;
use command::Command;

/// What a shell remembers from one line to the next.
struct Shell {
    setup: Setup,
    terminal: Terminal,
    format: ResultFormat,
    is_timed: bool,
    is_paged: bool,
    /// Where results go; standard output when nothing is said.
    output: Option<File>,
}

pub(crate) fn run(arguments: &Arguments, terminal: Terminal) -> Result<Outcome, Failure> {
    if !std::io::stdin().is_terminal() {
        let message = "the shell needs a terminal; `bindery sql` reads statements from standard input";
        return Err(Failure::Usage(message.to_owned()));
    }
    let setup = setup(&arguments.engine)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut editor = editor::editor(setup.engine.clone());
    let mut shell = Shell { setup, terminal, format: arguments.format, is_timed: false, is_paged: true, output: None };
    terminal.note(&"`;` ends a statement, \\? helps, Ctrl-C cancels, Ctrl-D or \\q leaves");
    loop {
        match editor.read_line(&editor::Prompt) {
            Ok(Signal::Success(text)) => {
                if !shell.take(&runtime, text.trim())? {
                    return Ok(Outcome::Yes);
                }
            }
            Ok(Signal::CtrlD) => return Ok(Outcome::Yes),
            Ok(_) => {}
            Err(error) => return Err(Failure::Standard(error)),
        }
    }
}

impl Shell {
    /// Does what a line says; `false` to leave. What goes wrong is said, and the shell goes on.
    fn take(&mut self, runtime: &tokio::runtime::Runtime, text: &str) -> Result<bool, Failure> {
        if !text.starts_with(['\\', '.']) {
            self.execute(runtime, text);
            return Ok(true);
        }
        match Command::parse(text) {
            Ok(Command::Quit) => return Ok(false),
            Ok(Command::Help) => writeln!(std::io::stdout(), "{}", command::HELP)?,
            Ok(Command::Statement(sql)) => self.execute(runtime, &sql),
            Ok(Command::Mode(format)) => self.format = format,
            Ok(Command::Timer(on)) => self.is_timed = on,
            Ok(Command::Pager(on)) => self.is_paged = on,
            Ok(Command::Output(path)) => match path.map(File::create).transpose() {
                Ok(file) => self.output = file,
                Err(error) => Terminal::error(&format!("cannot write there: {error}")),
            },
            Err(message) => Terminal::error(&message),
        }
        Ok(true)
    }

    fn execute(&mut self, runtime: &tokio::runtime::Runtime, text: &str) {
        let statements = match split(text) {
            Ok(statements) => statements,
            Err(error) => return Terminal::error(&error),
        };
        for statement in statements {
            let begun = Instant::now();
            // What is streamed is seen as it comes; a table is only there as a whole.
            let is_paged = self.is_paged && matches!(self.format, ResultFormat::Table | ResultFormat::Markdown);
            let (mut standard, mut page) = (std::io::stdout(), Vec::new());
            let out: &mut dyn Write = match &mut self.output {
                Some(file) => file,
                None if is_paged => &mut page,
                None => &mut standard,
            };
            let run = execute(&self.setup, statement, self.format, self.terminal, out);
            let result = runtime.block_on(async {
                tokio::select! {
                    result = run => result,
                    _ = tokio::signal::ctrl_c() => Err(Failure::Usage("cancelled".to_owned())),
                }
            });
            if let Err(failure) = result.and_then(|()| Ok(pager::show(&page)?)) {
                Terminal::error(&failure);
                return;
            }
            if self.is_timed {
                self.terminal.note(&format!("{:.0?}", begun.elapsed()));
            }
        }
    }
}
