//! `bindery diff`: what changed for callers between two generations of documents.

mod apply;
mod git;
mod side;

use std::io::Write;

use bindery_codegen::Config;
use bindery_codegen::diff::{Report, Rule, Step, diff};

use crate::arguments::{Diff, DiffFormat};
use crate::outcome::{Failure, Outcome};
use crate::terminal::Terminal;

pub(crate) fn run(arguments: &Diff, terminal: Terminal) -> Result<Outcome, Failure> {
    if arguments.rules {
        return rules();
    }
    let (Some(old), Some(new)) = (&arguments.old, &arguments.new) else {
        return Err(Failure::Usage("`diff` needs OLD and NEW".to_owned()));
    };
    let config = if arguments.config.exists() || arguments.apply.is_some() {
        Config::read(&arguments.config)?
    } else {
        Config::default()
    };
    let (old, new) = (side::read(old, &arguments.services)?, side::read(new, &arguments.services)?);
    let report = Report::new(new.name.as_str(), config.diff.weigh(diff(&old, &new))?);
    if let Some(provider) = &arguments.apply {
        let said = match apply::apply(&arguments.config, &config, provider, &report)? {
            Some((version, path)) => format!("{provider} is {version} now; {} says why", path.display()),
            None => format!("nothing changed for callers of {provider}; its version stays"),
        };
        terminal.note(&said);
    }
    let mut out = anstream::stdout().lock();
    match arguments.format {
        DiffFormat::Text => write!(out, "{}", report.text())?,
        DiffFormat::Markdown => write!(out, "{}", report.markdown())?,
        DiffFormat::Json => {
            serde_json::to_writer(&mut out, &report)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(if arguments.exit_code && report.step() == Step::Major { Outcome::No } else { Outcome::Yes })
}

/// The rules as a table.
fn rules() -> Result<Outcome, Failure> {
    let mut out = anstream::stdout().lock();
    writeln!(out, "{:26}{:10}{:10}what it says", "rule", "typed", "SQL")?;
    for rule in Rule::ALL {
        let facts = rule.facts();
        let holes = [("{member}", "NAME"), ("{before}", "OLD"), ("{after}", "NEW")];
        let sentence = holes.iter().fold(facts.sentence.to_owned(), |text, (hole, word)| text.replace(hole, word));
        writeln!(out, "{:26}{:10}{:10}{sentence}", facts.id, facts.typed, facts.sql)?;
    }
    Ok(Outcome::Yes)
}
