//! What an operation is called: by its id and by its path.

use bindery_ir::HttpMethod;

use super::super::operation::Operation;
use super::words::{Intent, intent, plural, singular, snake, words};

/// What the id and the path of an operation say.
#[derive(Debug)]
pub(super) struct Naming {
    method: HttpMethod,
    /// The group that the id states.
    group: Option<String>,
    /// The words of the id without the group.
    words: Vec<String>,
    /// The parts of the path that are no variables, with whether a variable follows.
    parts: Vec<(String, bool)>,
    /// The action at the end of the path.
    action: Option<String>,
}

impl Naming {
    pub(super) fn of(operation: &Operation<'_>) -> Self {
        let id = operation.cursor.text_of("operationId").unwrap_or_default();
        let (group, said) = divide(id);
        let mut said = words(said);
        // Asynchronous twins and the HTTP method are no part of what is said.
        let noise = ["begin", &operation.method.as_str().to_lowercase()];
        if said.len() > 1 && said.first().is_some_and(|first| noise.contains(&first.as_str())) {
            let follows = said.get(1).and_then(|second| intent(second));
            if said.first().is_some_and(|first| first == "begin") || follows.is_some() {
                said.remove(0);
            }
        }
        let (mut parts, mut action) = parts(operation.path_key);
        if action.is_none()
            && operation.method != HttpMethod::Get
            && parts.len() > 1
            && parts.last().is_some_and(|(part, is_item)| !is_item && is_action(part, &said))
        {
            action = parts.pop().map(|(part, _)| part);
            if parts.len() > 1 && parts.last().is_some_and(|(part, _)| OF_ACTIONS.contains(&part.as_str())) {
                parts.pop();
            }
        }
        Self { method: operation.method, group, words: said, parts, action }
    }

    /// What the operation is about.
    pub(super) fn resource(&self) -> String {
        // Groups are classes and ids speak of one thing; a part of a path is called what it is called.
        let name = match (&self.group, self.parts.last()) {
            (Some(group), _) => by_last_word(&snake(group), plural),
            (None, Some((part, _))) => snake(part),
            (None, None) => by_last_word(&self.noun(), plural),
        };
        if name.is_empty() { "root".to_owned() } else { name }
    }

    /// What the id is about, where the path does not say: `createEventSubscription`.
    fn noun(&self) -> String {
        let skip = usize::from(self.words.first().is_some_and(|first| intent(first).is_some()));
        self.words.get(skip..).unwrap_or_default().join("_")
    }

    /// What is done with a resource.
    pub(super) fn method(&self, resource: &str) -> String {
        if self.words.is_empty() {
            return self.method_by_path();
        }
        if self.group.is_some() {
            return self.words.join("_");
        }
        let nouns: Vec<String> = words(resource).iter().map(|word| singular(word)).collect();
        let rest = without(&self.words, &nouns);
        // What is left has to begin with what is done.
        let is_said = rest.first().is_some_and(|first| intent(first).is_some());
        if is_said { rest.join("_") } else { self.words.join("_") }
    }

    fn method_by_path(&self) -> String {
        let done = match &self.action {
            Some(action) => snake(action),
            None => match self.method {
                HttpMethod::Get if self.is_about_an_item() => "get".to_owned(),
                HttpMethod::Get => "list".to_owned(),
                HttpMethod::Post if !self.is_about_an_item() => "create".to_owned(),
                HttpMethod::Post | HttpMethod::Patch => "update".to_owned(),
                HttpMethod::Put => "replace".to_owned(),
                other => other.as_str().to_lowercase(),
            },
        };
        let holders = self.parts.iter().rev().skip(1).filter(|(_, is_item)| *is_item);
        let below: Vec<String> = holders.map(|(part, _)| by_last_word(&snake(part), singular)).collect();
        match below.first() {
            Some(holder) if self.action.is_none() => format!("{done}_by_{holder}"),
            _ => done,
        }
    }

    /// The word that says what is done.
    pub(super) fn first_word(&self) -> &str {
        let known = |word: &&String| intent(word).is_some();
        // Some ids begin with what they are about: `cdn_update_endpoints`.
        let begin = self.words.first().filter(known).or_else(|| self.words.get(1).filter(known));
        begin.or(self.words.first()).map_or("", String::as_str)
    }

    /// Whether something is created or changed, whichever is needed.
    pub(super) fn also_updates(&self) -> bool {
        let of = |wanted: Intent| self.words.iter().any(|word| intent(word) == Some(wanted));
        of(Intent::Update) || of(Intent::Replace)
    }

    /// Whether the path ends with something that is done.
    pub(super) fn is_action(&self) -> bool {
        self.action.is_some()
    }

    /// Whether the path leads to one item.
    pub(super) fn is_about_an_item(&self) -> bool {
        self.parts.last().is_some_and(|(_, is_item)| *is_item)
    }

    /// Whether many are asked for.
    pub(super) fn is_listing(&self) -> bool {
        ["list", "search", "query", "find"].contains(&self.first_word()) || !self.is_about_an_item()
    }
}

/// Parts of paths that only say that an action follows.
const OF_ACTIONS: [&str; 3] = ["actions", "lifecycle", "operations"];

/// The group that an id states, and the rest: `Pets_list`. What stands before a `.` or `/` is no more than a name
/// space, which says less than the path does: `zoo.shops.pets.list`, `repos/list-comments`.
fn divide(id: &str) -> (Option<String>, &str) {
    if let Some((_, rest)) = id.rsplit_once(['.', '/']) {
        return (None, rest);
    }
    match id.split_once('_') {
        Some((group, rest))
            if group.starts_with(char::is_uppercase) && group.chars().any(char::is_lowercase) && !rest.is_empty() =>
        {
            (Some(group.to_owned()), rest)
        }
        _ => (None, id),
    }
}

/// The parts of a path that are no variables, with whether a variable follows; and what stands behind a `:`.
fn parts(path: &str) -> (Vec<(String, bool)>, Option<String>) {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut parts: Vec<(String, bool)> = Vec::new();
    let mut action = None;
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        let (segment, custom) = match segment.rsplit_once(':') {
            Some((before, custom)) if !custom.contains('}') => (before, Some(custom)),
            _ => (segment, None),
        };
        action = custom.map(str::to_owned);
        if segment.contains('{') {
            if let Some((_, is_item)) = parts.last_mut() {
                *is_item = true;
            }
        } else if !is_version(segment) {
            parts.push((segment.to_owned(), false));
        }
    }
    (parts, action)
}

/// `api`, `v1`, `v1beta2`, `2020-05-31`: parts that say nothing about what is behind them.
fn is_version(segment: &str) -> bool {
    let begins_with_digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    segment == "api"
        || segment.strip_prefix('v').is_some_and(begins_with_digit)
        || begins_with_digit(segment) && segment.contains('-')
}

/// Whether the last part of a path is something that is done.
fn is_action(part: &str, said: &[String]) -> bool {
    let part = words(part);
    let Some(first) = part.first() else { return false };
    let is_word = |wanted: &[Intent]| intent(first).is_some_and(|found| wanted.contains(&found));
    said.first() == Some(first)
        || OF_ACTIONS.first().is_some_and(|actions| part == [*actions])
        || is_word(&[Intent::Act, Intent::Create, Intent::Delete, Intent::Update, Intent::Replace])
        || part.len() == 1 && is_word(&[Intent::Read])
}

/// The words without the first run of them that says what `nouns` says.
fn without(words: &[String], nouns: &[String]) -> Vec<String> {
    let is_run = |run: &[String]| run.iter().zip(nouns).all(|(word, noun)| singular(word) == *noun);
    let at = words.windows(nouns.len().max(1)).position(is_run);
    match at {
        Some(at) => words.iter().take(at).chain(words.iter().skip(at + nouns.len())).cloned().collect(),
        // A part of the noun is better than nothing: `createPet` of `store_pets`.
        None => match nouns.split_first() {
            Some((_, rest)) if !rest.is_empty() => without(words, rest),
            _ => words.to_vec(),
        },
    }
}

/// A name with its last word changed.
fn by_last_word(name: &str, change: fn(&str) -> String) -> String {
    match name.rsplit_once('_') {
        Some((before, last)) => format!("{before}_{}", change(last)),
        None => change(name),
    }
}
