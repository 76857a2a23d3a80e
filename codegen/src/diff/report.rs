//! Changes → what people read: counts, the step of the version, and the changes in groups.
//!
//! A bulk regeneration changes thousands of things in a few ways. What is said of several subjects is said once, with
//! their names; what is said in many services stands before all of them, with numbers. The JSON form has every change.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use serde::Serialize;

use super::{Change, Rule, Subject, Verdict};

/// How many subjects a line names.
const NAMED: usize = 6;

/// In how many services something has to be said to be said of all of them at once.
const MANY: usize = 4;

/// How many lines of one verdict a service has; what is said in many services has four times as many.
const LINES: usize = 12;

/// What changed, for people and scripts.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The provider.
    pub provider: String,
    /// How the version goes on.
    pub step: Step,
    /// How many changes there are of each verdict, for each kind of caller; accepted ones do not count.
    pub counts: Counts,
    /// The changes.
    pub changes: Vec<Change>,
}

/// How many changes there are of each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// For those who use the generated types.
    pub typed: Tally,
    /// For those who write SQL.
    pub sql: Tally,
    /// Changes that were accepted.
    pub accepted: usize,
}

/// How many there are of each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Breaking ones.
    pub breaking: usize,
    /// Additive ones.
    pub additive: usize,
    /// Internal ones.
    pub internal: usize,
}

impl Tally {
    fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Breaking => self.breaking += 1,
            Verdict::Additive => self.additive += 1,
            Verdict::Internal => self.internal += 1,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} breaking, {} additive, {} internal", self.breaking, self.additive, self.internal)
    }
}

/// How a version goes on, by the rules of semantic versioning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Nothing changed.
    None,
    /// Nothing that callers notice.
    Patch,
    /// There is more than there was.
    Minor,
    /// Something breaks.
    Major,
}

impl Step {
    /// The version that follows, in which a version below 1 counts breaking changes in its second number.
    ///
    /// ```
    /// use bindery_codegen::diff::Step;
    /// assert_eq!(Step::Major.after((1, 4, 2)), (2, 0, 0));
    /// assert_eq!(Step::Major.after((0, 4, 2)), (0, 5, 0));
    /// assert_eq!(Step::Minor.after((0, 4, 2)), (0, 4, 3));
    /// ```
    pub fn after(self, (major, minor, patch): (u64, u64, u64)) -> (u64, u64, u64) {
        match self {
            Self::None => (major, minor, patch),
            Self::Major if major > 0 => (major + 1, 0, 0),
            Self::Major => (0, minor + 1, 0),
            Self::Minor if major > 0 => (major, minor + 1, 0),
            Self::Minor | Self::Patch => (major, minor, patch + 1),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        })
    }
}

impl Report {
    /// A report on changes that were weighed.
    pub fn new(provider: impl Into<String>, changes: Vec<Change>) -> Self {
        let mut counts = Counts::default();
        for change in &changes {
            if change.accepted.is_some() {
                counts.accepted += 1;
            } else {
                counts.typed.add(change.typed);
                counts.sql.add(change.sql);
            }
        }
        let step = match changes.iter().map(Change::verdict).max() {
            None => Step::None,
            Some(Verdict::Internal) => Step::Patch,
            Some(Verdict::Additive) => Step::Minor,
            Some(Verdict::Breaking) => Step::Major,
        };
        Self { provider: provider.into(), step, counts, changes }
    }

    /// How the version goes on.
    pub fn step(&self) -> Step {
        self.step
    }

    /// The report for a terminal.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for group in self.groups() {
            let _ = writeln!(text, "{}  {}", group.verdict, self.place(group.service));
            for line in &group.lines {
                let _ = writeln!(text, "  {}  [{}]", line.shown(""), line.rule);
            }
            if group.hidden > 0 {
                let _ = writeln!(text, "  … and {} more, see --format json", group.hidden);
            }
        }
        let _ = writeln!(text, "{}: {} changes", self.provider, self.changes.len());
        let _ = writeln!(text, "  typed callers: {}", self.counts.typed);
        let _ = writeln!(text, "  SQL callers:   {}", self.counts.sql);
        if self.counts.accepted > 0 {
            let _ = writeln!(text, "  accepted:      {}", self.counts.accepted);
        }
        let _ = writeln!(text, "next version: {}", self.step);
        text
    }

    /// The report as an entry of a changelog.
    pub fn markdown(&self) -> String {
        format!("## {}\n\nNext version: **{}**\n\n{}", self.provider, self.step, self.body())
    }

    /// The same as the entry of a version in the changelog of a crate.
    pub fn entry(&self, version: &str) -> String {
        format!("## [{version}]\n\n{}", self.body())
    }

    /// The counts as a table, and the changes in groups.
    fn body(&self) -> String {
        let mut text = "| callers | breaking | additive | internal |\n|---|---:|---:|---:|\n".to_owned();
        for (callers, tally) in [("typed", self.counts.typed), ("SQL", self.counts.sql)] {
            let Tally { breaking, additive, internal } = tally;
            let _ = writeln!(text, "| {callers} | {breaking} | {additive} | {internal} |");
        }
        let mut title = None;
        for group in self.groups() {
            if title != Some(group.verdict) {
                title = Some(group.verdict);
                let _ = writeln!(text, "\n### {}", heading(group.verdict));
            }
            let _ = writeln!(text, "\n**{}**\n", self.place(group.service));
            for line in &group.lines {
                let _ = writeln!(text, "- {}", line.shown("`"));
            }
            if group.hidden > 0 {
                let _ = writeln!(text, "- … and {} more", group.hidden);
            }
        }
        text
    }

    fn place(&self, service: Option<&str>) -> String {
        match service {
            None => format!("{}, in many services", self.provider),
            Some("") => self.provider.clone(),
            Some(service) => format!("{}.{service}", self.provider),
        }
    }

    /// The changes in groups: the worst first; of each verdict what is said in many services first, then by service.
    fn groups(&self) -> Vec<Group<'_>> {
        let mut groups = Vec::new();
        for verdict in [Verdict::Breaking, Verdict::Additive, Verdict::Internal] {
            let changes = self.changes.iter().filter(|change| change.verdict() == verdict);
            let mut said: BTreeMap<(Rule, String), Vec<&Subject>> = BTreeMap::new();
            for change in changes {
                said.entry((change.rule, sentence(change))).or_default().push(&change.subject);
            }
            let mut services: BTreeMap<Option<&str>, Vec<Line<'_>>> = BTreeMap::new();
            for ((rule, sentence), subjects) in said {
                let mut by_service: BTreeMap<&str, Vec<&Subject>> = BTreeMap::new();
                for subject in subjects {
                    by_service.entry(&subject.service).or_default().push(subject);
                }
                let line = |subjects, services| Line { rule, sentence: sentence.clone(), subjects, services };
                // What is said of services themselves stays with them.
                if by_service.len() >= MANY && by_service.values().flatten().any(|subject| !subject.resource.is_empty())
                {
                    let count = by_service.len();
                    let subjects = by_service.into_values().flatten().collect();
                    services.entry(None).or_default().push(line(subjects, count));
                } else {
                    for (service, subjects) in by_service {
                        services.entry(Some(service)).or_default().push(line(subjects, 1));
                    }
                }
            }
            groups.extend(services.into_iter().map(|(service, lines)| Group::new(verdict, service, lines)));
        }
        groups
    }
}

/// What is shown together.
struct Group<'r> {
    verdict: Verdict,
    /// The service; empty where it is about the provider, `None` where it is about many services.
    service: Option<&'r str>,
    lines: Vec<Line<'r>>,
    /// How many lines are not shown.
    hidden: usize,
}

impl<'r> Group<'r> {
    /// Shows what is said most often of many services, and of one what comes first by the rules.
    fn new(verdict: Verdict, service: Option<&'r str>, mut lines: Vec<Line<'r>>) -> Self {
        if service.is_none() {
            lines.sort_by_key(|line| std::cmp::Reverse(line.subjects.len()));
        }
        let limit = if service.is_none() { LINES * 4 } else { LINES };
        let hidden = lines.len().saturating_sub(limit);
        lines.truncate(limit);
        Self { verdict, service, lines, hidden }
    }
}

/// Something that is said of one or several subjects.
struct Line<'r> {
    rule: Rule,
    sentence: String,
    subjects: Vec<&'r Subject>,
    /// In how many services they are.
    services: usize,
}

impl Line<'_> {
    /// `backend.get, api.get requires …`, `backend.get and 12 more …`, or `812 methods in 40 services …`.
    fn shown(&self, mark: &str) -> String {
        let count = self.subjects.len();
        if self.services > 1 {
            return format!("{count} in {} services: {}", self.services, self.sentence);
        }
        let name = |subject: &&Subject| {
            let parts = [subject.resource.as_str(), &subject.method].into_iter().filter(|part| !part.is_empty());
            parts.collect::<Vec<_>>().join(".")
        };
        let names = self.subjects.iter().map(name).filter(|name| !name.is_empty()).take(NAMED);
        let names: Vec<String> = names.map(|name| format!("{mark}{name}{mark}")).collect();
        match names.as_slice() {
            [] => self.sentence.clone(),
            _ if count > names.len() => {
                format!("{} and {} more: {}", names.join(", "), count - names.len(), self.sentence)
            }
            _ => format!("{}: {}", names.join(", "), self.sentence),
        }
    }
}

fn heading(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Breaking => "Breaking",
        Verdict::Additive => "Added",
        Verdict::Internal => "Under the hood",
    }
}

/// What a change says, with whom it breaks where that is only one kind of callers.
fn sentence(change: &Change) -> String {
    let whom = match (change.typed, change.sql) {
        _ if change.accepted.is_some() => "",
        (Verdict::Breaking, Verdict::Breaking) => "",
        (Verdict::Breaking, _) => " (breaks typed callers)",
        (_, Verdict::Breaking) => " (breaks SQL callers)",
        _ => "",
    };
    let reason = change.accepted.as_ref().map(|reason| format!(" (accepted: {reason})")).unwrap_or_default();
    change.sentence() + whom + &reason
}
