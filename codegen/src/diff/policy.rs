//! How a project weighs changes: other verdicts for rules, and single changes that it accepts.

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;

use super::{Change, Rule, Verdict};

/// The section `[diff]` of `bindery.toml`.
///
/// ```
/// use bindery_codegen::diff::{Policy, Verdict};
/// let policy: Policy = toml::from_str(r#"
///     [rules]
///     description-changed = "additive"
///     column-removed = { typed = "breaking", sql = "internal" }
///
///     [[accept]]
///     rule = "method-removed"
///     subject = "shop.counter.*"
///     reason = "sold; nobody bought there"
/// "#)?;
/// assert_eq!(policy.accept[0].subject, "shop.counter.*");
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Other verdicts, by the name of the rule.
    #[serde(default)]
    pub rules: BTreeMap<String, Verdicts>,
    /// What is accepted.
    #[serde(default)]
    pub accept: Vec<Acceptance>,
}

/// The verdicts of a rule: one for both kinds of callers, or one for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Verdicts {
    /// For both.
    Both(Verdict),
    /// For each; one that is not said stays as it is.
    Each {
        /// For those who use the generated types.
        typed: Option<Verdict>,
        /// For those who write SQL.
        sql: Option<Verdict>,
    },
}

/// Changes that are accepted, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// The name of the rule.
    pub rule: String,
    /// What the change is about: `azure.api_management.backend.get`, or the beginning of it with `*` at the end.
    pub subject: String,
    /// The parameter, column or type; any, when it is not said.
    pub member: Option<String>,
    /// Why it is accepted.
    pub reason: String,
}

/// A policy that cannot be followed.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// It names a rule that there is not.
    #[error(
        "[diff] in bindery.toml names the rule `{name}`, and there is none; rules are listed by `bindery diff --rules`"
    )]
    UnknownRule {
        /// The name.
        name: String,
    },
    /// It accepts without a reason.
    #[error("[diff] in bindery.toml accepts `{rule}` of `{subject}` without a reason; write one")]
    NoReason {
        /// The rule.
        rule: String,
        /// What it is about.
        subject: String,
    },
    /// It accepts what is not there, or not any more.
    #[error("[diff] in bindery.toml accepts `{rule}` of `{subject}`, and nothing of it changed; remove that")]
    NothingToAccept {
        /// The rule.
        rule: String,
        /// What it is about.
        subject: String,
    },
}

impl Policy {
    /// The changes with the verdicts of this policy, and with the reasons of those that it accepts.
    ///
    /// # Errors
    /// When it names what there is not: a policy that no longer applies is to be mended.
    pub fn weigh(&self, mut changes: Vec<Change>) -> Result<Vec<Change>, PolicyError> {
        let named = |name: &str| Rule::named(name).ok_or_else(|| PolicyError::UnknownRule { name: name.to_owned() });
        for (name, verdicts) in &self.rules {
            let rule = named(name)?;
            for change in changes.iter_mut().filter(|change| change.rule == rule) {
                let (typed, sql) = match *verdicts {
                    Verdicts::Both(verdict) => (Some(verdict), Some(verdict)),
                    Verdicts::Each { typed, sql } => (typed, sql),
                };
                change.typed = typed.unwrap_or(change.typed);
                change.sql = sql.unwrap_or(change.sql);
            }
        }
        for acceptance in &self.accept {
            let rule = named(&acceptance.rule)?;
            let (rule_name, subject) = (acceptance.rule.clone(), acceptance.subject.clone());
            if acceptance.reason.trim().is_empty() {
                return Err(PolicyError::NoReason { rule: rule_name, subject });
            }
            let mut accepted =
                changes.iter_mut().filter(|change| change.rule == rule && acceptance.covers(change)).peekable();
            if accepted.peek().is_none() {
                return Err(PolicyError::NothingToAccept { rule: rule_name, subject });
            }
            accepted.for_each(|change| change.accepted = Some(acceptance.reason.clone()));
        }
        Ok(changes)
    }
}

impl Acceptance {
    fn covers(&self, change: &Change) -> bool {
        let subject = change.subject.to_string();
        let is_subject = match self.subject.strip_suffix('*') {
            Some(beginning) => subject.starts_with(beginning),
            None => subject == self.subject,
        };
        is_subject && self.member.as_ref().is_none_or(|member| *member == change.member)
    }
}
