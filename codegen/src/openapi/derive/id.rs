//! What an operation is called: by its id and by its path.

use bindery_ir::HttpMethod;

use super::super::operation::Operation;
use super::words::{Intent, intent, plural, singular, snake, words};

/// What the id and the path of an operation say.
#[derive(Debug)]
pub(super) struct Naming {
    method: HttpMethod,
    /// What the id states before it says what is done.
    group: Option<Group>,
    /// The words of the id without the group.
    words: Vec<String>,
    /// The parts of the path that are no variables, with whether a variable follows.
    parts: Vec<(String, bool)>,
    /// The action at the end of the path.
    action: Option<String>,
    /// What of the item the action is about.
    own: Option<String>,
}

/// What an id states before it says what is done: `Pets_list`, `ShopClient_list_pets`.
#[derive(Debug)]
enum Group {
    Resource(String),
    /// The client of the whole service, which says nothing.
    Client,
}

impl Naming {
    pub(super) fn of(operation: &Operation<'_>) -> Self {
        let id = operation.cursor.text_of("operationId").unwrap_or_default();
        let (group, said) = divide(id);
        let said = without_noise(words(said), operation.method);
        let (mut parts, mut action) = parts(operation.path_key);
        // A resource of its own: `/pets/{petId}:getPolicy` is about `pets_policies`.
        let own = action.as_deref().and_then(property);
        if action.is_none() && ends_with_action(&parts, &said, operation.method) {
            action = parts.pop().map(|(part, _)| part);
            if parts.len() > 1 && parts.last().is_some_and(|(part, _)| OF_ACTIONS.contains(&part.as_str())) {
                parts.pop();
            }
        }
        Self { method: operation.method, group, words: said, parts, action, own }
    }

    /// What the operation is about.
    pub(super) fn resource(&self) -> String {
        let name = match (&self.group, self.parts.last()) {
            // What is called by its authors is called like that.
            (Some(Group::Resource(name)), _) => snake(name),
            (None, Some((part, _))) => match &self.own {
                Some(own) => format!("{}_{own}", snake(part)),
                None => snake(part),
            },
            (Some(Group::Client), _) | (None, None) => by_last_word(&self.noun(), plural),
        };
        if name.is_empty() { "root".to_owned() } else { name }
    }

    /// What the id is about, where nothing else says it: `createEventSubscription`.
    fn noun(&self) -> String {
        let skip = usize::from(self.words.len() > 1 && self.words.first().is_some_and(|first| intent(first).is_some()));
        let said = self.words.get(skip..).unwrap_or_default();
        let ends = |word: &&String| PREPOSITIONS.contains(&word.as_str());
        let end = said.iter().position(|word| ends(&word)).filter(|end| *end > 0).unwrap_or(said.len());
        said.iter().take(end).cloned().collect::<Vec<_>>().join("_")
    }

    /// What is done: what the id says, in its words.
    pub(super) fn method(&self) -> String {
        if self.words.is_empty() { self.method_by_path() } else { self.words.join("_") }
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

    /// Whether the id states a resource and then speaks of something else: `Shops_delete_pet`.
    pub(super) fn is_about_another(&self) -> bool {
        let Some(Group::Resource(group)) = &self.group else { return false };
        let own: Vec<String> = words(group).iter().map(|word| singular(word)).collect();
        let is_said = |word: &&String| intent(word).is_none() && *word != "or";
        let noun = self.words.iter().skip(1).find(is_said);
        intent(self.first_word()).is_some()
            && noun.is_some_and(|noun| {
                !PREPOSITIONS.contains(&noun.as_str())
                    && !["all", "next"].contains(&noun.as_str())
                    && !own.contains(&singular(noun))
            })
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

    /// Whether the action only reads or sets a part of the item.
    pub(super) fn is_about_a_property(&self) -> bool {
        self.own.is_some()
    }

    /// Whether the path says nothing, as where all is said in the query.
    pub(super) fn is_bare(&self) -> bool {
        self.parts.is_empty() && self.action.is_none()
    }

    /// Whether the path leads to one item.
    pub(super) fn is_about_an_item(&self) -> bool {
        self.parts.last().is_some_and(|(_, is_item)| *is_item)
    }

    /// Whether many are asked for: by the word for it, or by a name in the plural.
    pub(super) fn is_listing(&self) -> bool {
        ["list", "search", "query", "find"].contains(&self.first_word())
            || match self.parts.last() {
                Some((part, is_item)) => !is_item && words(part).last().is_some_and(|last| singular(last) != *last),
                None => true,
            }
    }
}

/// Parts of paths that only say that an action follows.
const OF_ACTIONS: [&str; 3] = ["actions", "lifecycle", "operations"];

/// Words that begin what else is said of the thing that an operation is about: `listPetsByOwner`.
const PREPOSITIONS: [&str; 12] = ["as", "at", "by", "for", "from", "in", "of", "on", "to", "using", "via", "with"];

/// The group that an id states, and the rest: `Pets_list`. What stands before a `.` or `/` is no more than a name
/// space, which says less than the path does: `zoo.shops.pets.list`, `repos/list-comments`.
fn divide(id: &str) -> (Option<Group>, &str) {
    if let Some((_, rest)) = id.rsplit_once(['.', '/']) {
        return (None, rest);
    }
    match id.trim_start_matches('_').split_once('_') {
        Some((group, rest))
            if group.starts_with(char::is_uppercase) && group.chars().any(char::is_lowercase) && !rest.is_empty() =>
        {
            let words = words(group);
            let is_client =
                words.ends_with(&["client".to_owned()]) || words.ends_with(&["client", "apis"].map(str::to_owned));
            (Some(if is_client { Group::Client } else { Group::Resource(group.to_owned()) }), rest)
        }
        _ => (None, id),
    }
}

/// What is said without what is no part of it: the mark of asynchronous twins and the HTTP method.
fn without_noise(mut said: Vec<String>, method: HttpMethod) -> Vec<String> {
    let [first, second, ..] = said.as_slice() else { return said };
    let is_method = *first == method.as_str().to_lowercase() && (intent(second).is_some() || intent(first).is_none());
    if first == "begin" || is_method {
        said.remove(0);
    }
    said
}

/// What an action reads or sets of an item: `policies` of `getPolicy`.
fn property(action: &str) -> Option<String> {
    let words = words(action);
    let (first, noun) = words.split_first()?;
    let is_access = ["fetch", "get", "list", "retrieve", "set"].contains(&first.as_str());
    (is_access && !noun.is_empty()).then(|| by_last_word(&noun.join("_"), plural))
}

/// Whether the last part of a path is what is done and no resource: it says what the id says, or the method leaves it
/// to the path.
fn ends_with_action(parts: &[(String, bool)], said: &[String], method: HttpMethod) -> bool {
    let Some((last, false)) = parts.last() else { return false };
    let is_id = words(last) == said && said.first().is_some_and(|first| intent(first).is_some());
    is_id || method != HttpMethod::Get && parts.len() > 1 && is_action(last, said)
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

/// A name with its last word changed.
fn by_last_word(name: &str, change: fn(&str) -> String) -> String {
    match name.rsplit_once('_') {
        Some((before, last)) => format!("{before}_{}", change(last)),
        None => change(name),
    }
}
