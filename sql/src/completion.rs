//! What may be meant by the beginning of a name, from the definitions.

use std::ops::Range;

use crate::engine::Engine;
use crate::lexer::{Kind, tokens};
use crate::names::rewrite;

/// The words a statement can be made of.
pub(crate) const WORDS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "AND",
    "OR",
    "NOT",
    "IN",
    "LIKE",
    "IS",
    "NULL",
    "JOIN",
    "LEFT",
    "ON",
    "GROUP",
    "ORDER",
    "BY",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "DISTINCT",
    "UNION",
    "ALL",
    "WITH",
    "RECURSIVE",
    "AS",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "EXISTS",
    "INSERT",
    "INTO",
    "VALUES",
    "UPDATE",
    "SET",
    "REPLACE",
    "DELETE",
    "RETURNING",
    "EXEC",
    "SHOW",
    "PROVIDERS",
    "SERVICES",
    "RESOURCES",
    "METHODS",
    "DESCRIBE",
    "EXTENDED",
    "METHOD",
    "EXPLAIN",
    "USE",
    "CREATE",
    "DROP",
    "VIEW",
    "TABLE",
    "MATERIALIZED",
    "REFRESH",
    "AUTH",
    "VERSION",
];

/// What may stand in place of the beginning of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// The part of the text that would be replaced.
    pub replaced: Range<usize>,
    /// What may stand there, in the order of their names.
    pub candidates: Vec<String>,
}

impl Engine {
    /// What may be meant at a place of a text: providers, services, resources and methods behind their dots; columns
    /// and required parameters of the tables that the text names; and the words of SQL.
    pub fn complete(&self, text: &str, at: usize) -> Completion {
        let before = text.get(..at).unwrap_or(text);
        let start = before
            .rfind(|c: char| !(c.is_ascii_alphanumeric() || "_.-$\"".contains(c) || !c.is_ascii()))
            .map_or(0, |place| {
                place + before.get(place..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
            });
        let typed = before.get(start..).unwrap_or_default();
        let (path, last) =
            typed.rsplit_once('.').map_or((Vec::new(), typed), |(path, last)| (path.split('.').collect(), last));
        let last_start = before.len() - last.len();
        let mut candidates = match path.as_slice() {
            [] => self.words(text, last),
            [provider] if self.shared.tables.member(provider).is_some() => {
                self.shared.tables.member(provider).map(|member| member.definitions.services()).unwrap_or_default()
            }
            [provider, service] => self.below(provider, service, None),
            [provider, service, resource] => self.below(provider, service, Some(resource)),
            _ => self.columns(text),
        };
        let wanted = last.to_ascii_lowercase();
        candidates.retain(|candidate| candidate.to_ascii_lowercase().starts_with(&wanted) && candidate != last);
        candidates.sort();
        candidates.dedup();
        Completion { replaced: last_start..before.len(), candidates }
    }

    /// The resources of a service, or the methods of a resource.
    fn below(&self, provider: &str, service: &str, resource: Option<&str>) -> Vec<String> {
        let Ok(loaded) = self.shared.tables.service(provider, service) else { return Vec::new() };
        match resource {
            None => loaded.names(),
            Some(resource) => {
                let Ok(Some(resource)) = loaded.resource(resource) else { return Vec::new() };
                resource.methods.iter().map(|method| method.name.to_string()).collect()
            }
        }
    }

    fn words(&self, text: &str, typed: &str) -> Vec<String> {
        let is_lower = typed.starts_with(|c: char| c.is_ascii_lowercase());
        let word = |word: &&str| if is_lower { word.to_ascii_lowercase() } else { (*word).to_owned() };
        let mut words = self.columns(text);
        if !typed.is_empty() {
            words.extend(WORDS.iter().map(word));
        }
        words.extend(self.providers().map(str::to_owned));
        words
    }

    /// The columns of the tables that a text names, and the parameters they need.
    fn columns(&self, text: &str) -> Vec<String> {
        // What is being typed may end in the middle of a name; each name is looked at on its own.
        let Ok(all) = tokens(text) else { return Vec::new() };
        let mut columns = Vec::new();
        for (at, token) in all.iter().enumerate().filter(|(_, token)| token.kind == Kind::Word) {
            if all.get(at.wrapping_sub(1)).is_some_and(|before| before.is_symbol('.')) {
                continue;
            }
            let chain: Vec<String> = crate::names::chain(&all, at).into_iter().map(|(name, _)| name).collect();
            if chain.len() < 3 || self.shared.tables.member(token.text).is_none() {
                continue;
            }
            let Ok(rewritten) = rewrite(&format!("SELECT * FROM {}", chain.join(".")), &self.shared.tables, None)
            else {
                continue;
            };
            for table in &rewritten.tables {
                let is_needed = |at: usize| table.candidates.iter().any(|candidate| candidate.required.contains(&at));
                let named = table.columns.iter().enumerate().filter(|(at, column)| !column.hidden || is_needed(*at));
                columns.extend(named.map(|(_, column)| column.name.clone()));
            }
        }
        columns
    }
}
