//! A change, and how changes are collected while the place that is compared becomes narrower.

use std::fmt;

use bindery_ir::{Origin, ServiceName, SqlName};
use serde::Serialize;

use super::{Rule, Verdict};

/// What a change is about: a provider, or as much below it as is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Subject {
    /// The provider.
    pub provider: String,
    /// The service; empty where the change is about the provider.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service: String,
    /// The resource; empty where the change is about the service.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub resource: String,
    /// The method; empty where the change is about the resource.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub method: String,
}

impl Subject {
    /// The provider itself.
    pub(super) fn provider(name: &str) -> Self {
        Self { provider: name.to_owned(), ..Self::default() }
    }
}

impl fmt::Display for Subject {
    /// `azure.api_management.backend.get`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.provider)?;
        let parts = [&self.service, &self.resource, &self.method];
        parts.into_iter().filter(|part| !part.is_empty()).try_for_each(|part| write!(f, ".{part}"))
    }
}

/// Something that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What kind of change it is.
    pub rule: Rule,
    /// What it is about.
    pub subject: Subject,
    /// The parameter, column or type it is about; empty where the subject says it all.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub member: String,
    /// What it was; empty where that says nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub before: String,
    /// What it is; empty where that says nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// What it does to code that uses the generated types.
    pub typed: Verdict,
    /// What it does to SQL.
    pub sql: Verdict,
    /// Where it stands: in the new generation, or in the old one where it is gone.
    #[serde(skip_serializing_if = "Origin::is_unknown")]
    pub origin: Origin,
    /// Why it was accepted, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
}

impl Change {
    /// A change under a rule, with the rule's verdicts. Its subject is that of the [`Changes`] it is added to.
    pub(super) fn new(rule: Rule) -> Self {
        let facts = rule.facts();
        Self {
            rule,
            subject: Subject::default(),
            member: String::new(),
            before: String::new(),
            after: String::new(),
            typed: facts.typed,
            sql: facts.sql,
            origin: Origin::UNKNOWN,
            accepted: None,
        }
    }

    /// About a parameter, a column or something else that is part of the subject.
    pub(super) fn of(mut self, member: impl fmt::Display) -> Self {
        self.member = member.to_string();
        self
    }

    pub(super) fn from(mut self, before: impl fmt::Display) -> Self {
        self.before = before.to_string();
        self
    }

    pub(super) fn to(mut self, after: impl fmt::Display) -> Self {
        self.after = after.to_string();
        self
    }

    pub(super) fn at(mut self, origin: &Origin) -> Self {
        self.origin = origin.clone();
        self
    }

    /// What is said of the subject: `requires `region`, which is new`.
    pub fn sentence(&self) -> String {
        let facts = self.rule.facts();
        let holes = [("{member}", self.member.as_str()), ("{before}", &self.before), ("{after}", &self.after)];
        let mut sentence = String::new();
        let mut rest = facts.sentence;
        // From the left, so that what is put in is not looked at again.
        while let Some(start) = rest.find('{') {
            let (text, hole) = rest.split_at(start);
            sentence.push_str(text);
            let Some((name, value)) = holes.iter().find(|(name, _)| hole.starts_with(name)) else { break };
            sentence.push_str(value);
            rest = hole.get(name.len()..).unwrap_or_default();
        }
        sentence + rest
    }

    /// The worse of both verdicts; internal when the change was accepted.
    pub fn verdict(&self) -> Verdict {
        if self.accepted.is_some() { Verdict::Internal } else { self.typed.max(self.sql) }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.subject, self.sentence())
    }
}

/// Collects changes about one subject; those about what is below it go to the same list.
pub(super) struct Changes<'l> {
    list: &'l mut Vec<Change>,
    subject: Subject,
}

impl<'l> Changes<'l> {
    pub(super) fn new(list: &'l mut Vec<Change>, subject: Subject) -> Self {
        Self { list, subject }
    }

    /// Adds a change about the subject.
    pub(super) fn add(&mut self, change: Change) {
        self.list.push(Change { subject: self.subject.clone(), ..change });
    }

    /// For changes about a service of the subject.
    pub(super) fn service(&mut self, name: &ServiceName) -> Changes<'_> {
        let subject = Subject { service: name.to_string(), ..self.subject.clone() };
        Changes { list: self.list, subject }
    }

    /// For changes about a resource of the subject.
    pub(super) fn resource(&mut self, name: &str) -> Changes<'_> {
        let subject = Subject { resource: name.to_owned(), ..self.subject.clone() };
        Changes { list: self.list, subject }
    }

    /// For changes about a method of the subject.
    pub(super) fn method(&mut self, name: &SqlName) -> Changes<'_> {
        let subject = Subject { method: name.to_string(), ..self.subject.clone() };
        Changes { list: self.list, subject }
    }
}
