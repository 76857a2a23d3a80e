//! Which parameters of a method are properties of its body, and how a page tells.
//!
//! The table of methods lists parameters, and those properties of the body that a call cannot do without. The others
//! stand in the examples: among the columns of `INSERT`, behind `SET`, in the `@@json` of `EXEC`. Where an example
//! cannot tell a property from something else, the table lists it.

use bindery_ir::{Location, Method, Parameter, Verb};

use super::settle::is_required;
use crate::merge::body::BODY_PREFIX;

/// Whether it is sent in the body, as far as a page can tell: there the prefix says so.
pub(super) fn is_body(parameter: &Parameter) -> bool {
    parameter.location == Location::Body || is_prefixed(parameter)
}

/// The name without the prefix that keeps a property of the body apart.
pub(super) fn property(parameter: &Parameter) -> &str {
    let name = parameter.name.as_str();
    name.strip_prefix(BODY_PREFIX).filter(|rest| !rest.is_empty()).unwrap_or(name)
}

/// Whether the table of methods lists it. What it does not list, the examples name.
pub(super) fn is_listed(method: &Method, parameter: &Parameter) -> bool {
    let is_named = method.verbs.iter().any(|verb| match verb {
        Verb::Insert | Verb::Update | Verb::Replace => true,
        // The body of an `EXEC` has properties by their own names, without prefix.
        Verb::Exec => !is_prefixed(parameter),
        Verb::Select | Verb::Delete => false,
    });
    is_required(parameter) || !is_body(parameter) || has_twin(method, parameter) || !is_named
}

/// Where a page says that a parameter goes: into the body, or it does not say.
pub(super) fn location_on_page(method: &Method, parameter: &Parameter) -> Location {
    let is_told = method.verbs.iter().any(|verb| match verb {
        Verb::Update | Verb::Replace => true,
        Verb::Exec => !has_twin(method, parameter),
        Verb::Select | Verb::Insert | Verb::Delete => false,
    });
    let is_told = is_body(parameter) && (is_told || !is_listed(method, parameter));
    if is_told || is_prefixed(parameter) { Location::Body } else { Location::Unknown }
}

fn is_prefixed(parameter: &Parameter) -> bool {
    parameter.name.as_str().starts_with(BODY_PREFIX)
}

/// Whether the method has another parameter of the same name with the prefix: examples then mean that one.
fn has_twin(method: &Method, parameter: &Parameter) -> bool {
    let is_twin = |other: &Parameter| other.name.as_str().strip_prefix(BODY_PREFIX) == Some(parameter.name.as_str());
    method.parameters.iter().any(is_twin)
}
