//! The arguments of a call, each with the parameter it is for.
//!
//! A call goes in; values by their place come out, with defaults filled in, or what is missing or unknown. What follows
//! from the arguments alone is told here: which server is meant, whether the call may be repeated, what messages show.

use std::borrow::Cow;

use bindery_ir::{HttpBinding, HttpMethod, Location, Method, Parameter, Presence, RequestRewrite, Verb};
use url::{Origin, Url};

use crate::Error;
use crate::binding::Destination;
use crate::body::default_of;
use crate::call::{Argument, Call};
use crate::encoding::encode;
use crate::provider_error::ShownArgument;
use crate::redact::{may_be_secret, may_be_secret_in_path, shown_value};
use crate::retry::Repeatable;
use crate::server::{ServerError, choose, variables};

/// The arguments of a call, each with the parameter it is for.
pub(crate) struct Arguments<'c> {
    pub(crate) method: &'c Method,
    pub(crate) binding: &'c HttpBinding,
    /// In the order of the method's parameters; defaults are filled in.
    pub(crate) values: Vec<(&'c Parameter, Cow<'c, Argument>)>,
    /// Arguments for server variables that are no parameters. Of two for one variable the last counts.
    server: Vec<(&'c str, &'c Argument)>,
}

impl<'c> Arguments<'c> {
    pub(crate) fn of(call: &'c Call<'c>, binding: &'c HttpBinding) -> Result<Self, Error> {
        let method = call.method();
        let mut server = Vec::new();
        let mut given: Vec<(&Parameter, &Argument)> = Vec::new();
        for (name, argument) in call.arguments() {
            if let Some(parameter) = method.parameter(name) {
                given.retain(|(other, _)| !std::ptr::eq(*other, parameter));
                given.push((parameter, argument));
            } else if binding.servers.iter().any(|server| variables(&server.url).contains(&&**name)) {
                server.push((&**name, argument));
            } else {
                return Err(Error::UnknownArgument {
                    method: method.path(),
                    name: name.to_string(),
                    known: method.parameters.iter().map(|parameter| parameter.name.to_string()).collect(),
                });
            }
        }
        let value = |parameter: &'c Parameter| {
            let argument = given.iter().find(|(other, _)| std::ptr::eq(*other, parameter));
            let default = || if parameter.location == Location::Unknown { None } else { default_of(parameter) };
            let argument = argument.map(|(_, argument)| Cow::Borrowed(*argument));
            let value = argument.or_else(|| default().map(Cow::Owned))?;
            let is_absent = parameter.location != Location::Body && value.is_absent();
            (!is_absent).then_some((parameter, value))
        };
        let values = method.parameters.iter().filter_map(value).collect();
        Ok(Self { method, binding, values, server })
    }

    pub(crate) fn value(&self, parameter: &Parameter) -> Option<&Argument> {
        self.values.iter().find(|(other, _)| std::ptr::eq(*other, parameter)).map(|(_, argument)| &**argument)
    }

    /// The parameters with a value that go to one place.
    pub(crate) fn at(&self, location: Location) -> impl Iterator<Item = (&'c Parameter, &Argument)> {
        self.values.iter().filter(move |(parameter, _)| parameter.location == location).map(|(p, a)| (*p, &**a))
    }

    /// Refuses a call that lacks something, and one with an argument that no document places.
    pub(crate) fn check_complete(&self, destination: &Destination) -> Result<(), Error> {
        if let Some((parameter, _)) = self.at(Location::Unknown).next() {
            let reason = "it is documented, but no OpenAPI document says where in the request it goes";
            return Err(self.invalid(parameter, reason));
        }
        let is_missing = |parameter: &&Parameter| match parameter.location {
            // The servers say which of their variables are missing.
            Location::Unknown | Location::Server => false,
            _ => self.value(parameter).is_none(),
        };
        let missing = self.method.parameters.iter().filter(|p| p.presence == Presence::Required).filter(is_missing);
        let mut missing: Vec<String> = missing.map(|parameter| parameter.name.to_string()).collect();
        if destination.base_url.is_none()
            && let Err(ServerError::Missing(names)) =
                choose(&self.binding.servers, |name| self.variable(name, destination))
        {
            missing.extend(names);
        }
        if missing.is_empty() { Ok(()) } else { Err(Error::MissingArguments { method: self.method.path(), missing }) }
    }

    /// The value of a server variable: an argument, what the client was built with, or the environment's.
    pub(crate) fn variable(&self, name: &str, destination: &Destination) -> Option<String> {
        let parameter = self.at(Location::Server).find(|(parameter, _)| parameter.wire_name == *name);
        let argument = parameter.map(|(_, argument)| argument).or_else(|| self.server_variable(name));
        let from_environment = || {
            let mut declared = self.binding.servers.iter().flat_map(|server| server.variables.iter());
            let variable = declared.find(|variable| variable.name == *name)?.environment.as_deref()?;
            std::env::var(variable).ok().filter(|value| !value.is_empty())
        };
        argument
            .map(|argument| argument.joined().into_owned())
            .or_else(|| destination.variables.get(name).cloned())
            .or_else(from_environment)
    }

    fn server_variable(&self, name: &str) -> Option<&'c Argument> {
        self.server.iter().rev().find(|(given, _)| *given == name).map(|(_, argument)| *argument)
    }

    /// The URL that the path is appended to.
    pub(crate) fn base(&self, destination: &Destination) -> Result<Url, Error> {
        if let Some(base) = &destination.base_url {
            return Ok(base.clone());
        }
        choose(&self.binding.servers, |name| self.variable(name, destination)).map_err(|error| match error {
            ServerError::None => Error::NoWireForm {
                method: self.method.path(),
                reason: "no document names a server for it: set the client's `base_url`".to_owned(),
            },
            ServerError::Missing(missing) => Error::MissingArguments { method: self.method.path(), missing },
            ServerError::Refused { variable, reason } => {
                Error::InvalidArgument { method: self.method.path(), name: variable, reason }
            }
            ServerError::NotAUrl { url, reason } => Error::Configuration {
                reason: format!("{}: `{url}` is no address to send requests to: {reason}", self.method.path()),
            },
        })
    }

    /// The origins of all servers of the method, when there is more than one and the caller named none.
    pub(crate) fn other_origins(&self, destination: &Destination) -> Vec<Origin> {
        if destination.base_url.is_some() || self.binding.servers.len() < 2 {
            return Vec::new();
        }
        let value = |name: &str| self.variable(name, destination);
        let one = |server| choose(std::slice::from_ref(server), value).ok().map(|url| url.origin());
        self.binding.servers.iter().filter_map(one).collect()
    }

    pub(crate) fn repeatable(&self) -> Repeatable {
        let is_rewritten = self.method.adaptation.request == Some(RequestRewrite::QueryToForm);
        match self.binding.method {
            // The document says GET of everything, and means a POST.
            _ if is_rewritten && !self.method.verbs.contains(&Verb::Select) => Repeatable::Once,
            HttpMethod::Get | HttpMethod::Head | HttpMethod::Options | HttpMethod::Trace => Repeatable::Reads,
            // Many ask with a POST.
            _ if self.method.verbs.contains(&Verb::Select) => Repeatable::Reads,
            HttpMethod::Put | HttpMethod::Delete => Repeatable::Idempotent,
            HttpMethod::Post | HttpMethod::Patch => {
                let has_key = self.values.iter().any(|(parameter, _)| is_idempotency_key(parameter));
                if has_key { Repeatable::Idempotent } else { Repeatable::Once }
            }
        }
    }

    /// The arguments for messages: values only of those that travel in the open anyway, and are no secrets.
    pub(crate) fn shown(&self) -> Vec<ShownArgument> {
        let shown = |(parameter, argument): &(&Parameter, Cow<'_, Argument>)| {
            let name = parameter.wire_name.as_str();
            let is_shown = match parameter.location {
                Location::Path => !may_be_secret_in_path(name),
                Location::Query | Location::Server => !may_be_secret(name),
                Location::Header | Location::Body | Location::Unknown => false,
            };
            let value = is_shown.then(|| shown_value(&argument.joined()));
            ShownArgument { name: parameter.name.to_string(), value }
        };
        self.values.iter().map(shown).collect()
    }

    pub(crate) fn hidden(&self) -> Vec<String> {
        let secrets =
            self.at(Location::Path).filter(|(parameter, _)| may_be_secret_in_path(parameter.wire_name.as_str()));
        secrets.map(|(_, argument)| encode(&argument.joined()).into_owned()).collect()
    }

    pub(crate) fn invalid(&self, parameter: &Parameter, reason: &str) -> Error {
        Error::InvalidArgument {
            method: self.method.path(),
            name: parameter.name.to_string(),
            reason: reason.to_owned(),
        }
    }
}

/// The names of parameters by which a provider recognises a request that it has seen before, without case and marks.
const IDEMPOTENCY_KEYS: &[&str] = &[
    "clientrequesttoken",
    "clienttoken",
    "idempotencykey",
    "idempotencytoken",
    "repeatabilityrequestid",
    "xidempotencykey",
];

fn is_idempotency_key(parameter: &Parameter) -> bool {
    let name = parameter.wire_name.as_str();
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    IDEMPOTENCY_KEYS.contains(&&*plain)
}
