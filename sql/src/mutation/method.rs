//! Which method carries a statement out, given the names it says.

use bindery_ir::{Location, Method, Parameter, Presence, Resource, Verb};

use crate::error::{Error, nearest};

/// What a statement says, and what is known without it.
pub(super) struct Given<'g> {
    pub(super) names: &'g [String],
    /// Whether a parameter has a value that the statement does not say.
    pub(super) is_known: &'g dyn Fn(&Parameter) -> bool,
}

impl Given<'_> {
    fn has(&self, method: &Method, parameter: &Parameter) -> bool {
        (self.is_known)(parameter)
            || self.names.iter().any(|name| method.parameter(name).is_some_and(|found| std::ptr::eq(found, parameter)))
    }

    fn missing<'m>(&self, method: &'m Method) -> Vec<&'m str> {
        let required = method.parameters.iter().filter(|parameter| parameter.presence == Presence::Required);
        required.filter(|parameter| !self.has(method, parameter)).map(|parameter| parameter.name.as_str()).collect()
    }

    fn unknown(&self, method: &Method) -> Vec<&str> {
        self.names.iter().filter(|name| method.parameter(name).is_none()).map(String::as_str).collect()
    }
}

/// The first method of the verb, in the order of the documents, that has all it needs and takes all that is said;
/// a later one that needs more of what is said is not hidden by it.
pub(super) fn choose<'m>(resource: &'m Resource, verb: Verb, given: &Given<'_>) -> Result<&'m Method, Error> {
    let candidates: Vec<&Method> = resource.methods.iter().filter(|method| method.verbs.contains(&verb)).collect();
    let required = |method: &Method| method.required().count();
    let mut chosen: Option<&Method> = None;
    for method in &candidates {
        if given.missing(method).is_empty() && given.unknown(method).is_empty() {
            let includes =
                |known: &Method| known.required().all(|one| method.required().any(|other| one.name == other.name));
            if chosen.is_none_or(|known| required(method) > required(known) && includes(known)) {
                chosen = Some(method);
            }
        }
    }
    chosen.ok_or_else(|| explain(resource, verb, given, &candidates))
}

fn explain(resource: &Resource, verb: Verb, given: &Given<'_>, candidates: &[&Method]) -> Error {
    let nearest_method =
        candidates.iter().min_by_key(|method| given.missing(method).len() + given.unknown(method).len());
    let Some(method) = nearest_method else {
        let others: Vec<&str> = resource.methods.iter().map(|method| method.name.as_str()).collect();
        return Error::unsupported(format!(
            "no method of `{}` answers {verb}; its methods are {}",
            resource.id,
            others.join(", ")
        ));
    };
    complete(method, given).err().unwrap_or_else(|| Error::no_method(verb.as_str(), resource.id.as_str()))
}

/// Checks that a method has all it needs and takes all that is said.
pub(super) fn complete(method: &Method, given: &Given<'_>) -> Result<(), Error> {
    if let Some(name) = given.unknown(method).first() {
        let known = method.parameters.iter().map(|parameter| parameter.name.as_str());
        let close = nearest(name, known);
        let hint = match close.as_slice() {
            [] => {
                let all: Vec<&str> = method.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
                format!("it takes {}", all.join(", "))
            }
            names => format!("did you mean `{}`?", names.join("`, `")),
        };
        return Err(Error::Unplannable {
            reasons: vec![format!("{} has no parameter `{name}`; {hint}", method.path())],
        });
    }
    let missing = given.missing(method);
    if missing.is_empty() {
        return Ok(());
    }
    let needs: Vec<&str> = method.required().map(|parameter| parameter.name.as_str()).collect();
    let reason = format!("{}({}) lacks `{}`", method.path(), needs.join(", "), missing.join("`, `"));
    Err(Error::Unplannable { reasons: vec![reason] })
}

/// Whether the servers' own variables are known to a client.
pub(super) fn is_known_to(client: Option<&bindery_runtime::Client>, parameter: &Parameter) -> bool {
    parameter.location == Location::Server
        && client.is_some_and(|client| client.has_server_variable(parameter.wire_name.as_str()))
}
