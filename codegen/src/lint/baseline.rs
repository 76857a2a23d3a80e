//! Findings that are known: a file of them, and what is left when they are taken away.
//!
//! A finding is known by its code, its file and its message, so that lines may move. How often it is known counts: the
//! third of two known ones is new. What is known and not found is said, so that a baseline only becomes shorter.

use std::collections::BTreeMap;

use bindery_ir::Origin;
use serde::{Deserialize, Serialize};

use crate::Diagnostic;

const HEAD: &str =
    "# Findings that are known, by `bindery lint --write-baseline`. What is found besides them is new.\n\n";

/// Findings that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// They, sorted by file, code and message.
    #[serde(default, rename = "finding")]
    known: Vec<Known>,
}

/// A finding that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    file: String,
    code: String,
    message: String,
    /// How many there are of it in the file.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    count: usize,
}

impl Baseline {
    /// The baseline after which these findings are all known.
    pub fn of(findings: &[Diagnostic]) -> Self {
        let mut counts: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
        for finding in findings {
            *counts.entry(key(finding)).or_default() += 1;
        }
        let known = |((file, code, message), count): ((&str, &str, &str), usize)| Known {
            file: file.to_owned(),
            code: code.to_owned(),
            message: message.to_owned(),
            count,
        };
        Self { known: counts.into_iter().map(known).collect() }
    }

    /// Reads the text of a baseline.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// The text of the baseline.
    ///
    /// # Errors
    /// When it cannot be written as TOML, which would be a defect.
    pub fn to_text(&self) -> Result<String, toml::ser::Error> {
        Ok(format!("{HEAD}{}", toml::to_string(self)?))
    }

    /// The findings that are not known and, as findings about `place`, what is known and was not found. Only files that
    /// `is_read` was asked for can tell that.
    pub fn subtract(&self, findings: Vec<Diagnostic>, place: &str, is_read: impl Fn(&str) -> bool) -> Vec<Diagnostic> {
        let mut left: Vec<usize> = self.known.iter().map(|known| known.count).collect();
        let places: BTreeMap<_, usize> =
            self.known.iter().enumerate().map(|(index, known)| (known.key(), index)).collect();
        let mut new: Vec<Diagnostic> = findings
            .into_iter()
            .filter(|finding| match places.get(&key(finding)).and_then(|index| left.get_mut(*index)) {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    false
                }
                _ => true,
            })
            .collect();
        let stale = self.known.iter().zip(left).filter(|(known, count)| *count > 0 && is_read(&known.file));
        new.extend(stale.map(|(Known { file, code, message, .. }, count)| {
            let times = if count == 1 { String::new() } else { format!(" ({count} times)") };
            let message = format!("`{code}` of {file} is known and not found any more{times}: {message}");
            Diagnostic::warning("lint/stale-baseline", Origin::line(place.to_owned(), 0), message)
                .with_hint("write the baseline again with `bindery lint --write-baseline`")
        }));
        new
    }
}

impl Known {
    fn key(&self) -> (&str, &str, &str) {
        (&self.file, &self.code, &self.message)
    }
}

/// What a finding is known by.
fn key(finding: &Diagnostic) -> (&str, &str, &str) {
    (&finding.origin.file, finding.code, &finding.message)
}

fn one() -> usize {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_one(count: &usize) -> bool {
    *count == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(line: u32, message: &str) -> Diagnostic {
        Diagnostic::note("docs/no-example", Origin::line("a.md".to_owned(), line), message)
    }

    #[test]
    fn what_is_known_is_taken_away_as_often_as_it_is_known() -> Result<(), Box<dyn std::error::Error>> {
        let before = [finding(1, "x"), finding(2, "x"), finding(3, "y")];
        let baseline = Baseline::parse(&Baseline::of(&before).to_text()?)?;
        assert_eq!(baseline, Baseline::of(&before));
        assert_eq!(baseline.subtract(before.to_vec(), "b.toml", |_| true), []);
        let after = vec![finding(9, "x"), finding(10, "x"), finding(11, "x"), finding(12, "z")];
        let left = baseline.subtract(after, "b.toml", |_| true);
        let messages: Vec<&str> = left.iter().map(|found| found.message.as_str()).collect();
        let gone = "`docs/no-example` of a.md is known and not found any more: y";
        assert_eq!(messages, ["x", "z", gone]);
        assert_eq!(baseline.subtract(Vec::new(), "b.toml", |_| false), []);
        Ok(())
    }
}
