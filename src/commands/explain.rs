//! `bindery explain`: what a code of a finding, or a rule of a change, means.

use std::io::Write;

use bindery_codegen::diff::Rule;
use bindery_codegen::explain::{all, explain};

use crate::arguments::Explain;
use crate::outcome::{Failure, Outcome};

pub(crate) fn run(arguments: &Explain) -> Result<Outcome, Failure> {
    let mut out = anstream::stdout().lock();
    let Some(code) = &arguments.code else {
        for explanation in all() {
            writeln!(out, "{:30}{}", explanation.code, first_sentence(explanation.what))?;
        }
        return Ok(Outcome::Yes);
    };
    if let Some(explanation) = explain(code) {
        writeln!(out, "{code}\n\n{}\n", explanation.what)?;
        writeln!(out, "Cause: {}\nCure:  {}\n", explanation.cause, explanation.cure)?;
        writeln!(
            out,
            "To weigh it otherwise, say in bindery.toml:\n\n  [lint]\n  \"{code}\" = \"allow\"    # or \"warn\", or \"deny\""
        )?;
        return Ok(Outcome::Yes);
    }
    if let Some(rule) = Rule::named(code) {
        let facts = rule.facts();
        writeln!(out, "{code}, a rule of `bindery diff`\n")?;
        writeln!(out, "{} for typed callers, {} for SQL callers\n", facts.typed, facts.sql)?;
        writeln!(out, "{}", facts.advice)?;
        return Ok(Outcome::Yes);
    }
    let name = code.rsplit('/').next().unwrap_or(code);
    let alike: Vec<&str> =
        all().map(|explanation| explanation.code).filter(|known| !name.is_empty() && known.contains(name)).collect();
    let meant = if alike.is_empty() { String::new() } else { format!("; did you mean {}", alike.join(", ")) };
    Err(Failure::Usage(format!("there is no code `{code}`{meant}; `bindery explain` lists all")))
}

fn first_sentence(text: &str) -> &str {
    text.find(". ").and_then(|end| text.get(..=end)).unwrap_or(text)
}
