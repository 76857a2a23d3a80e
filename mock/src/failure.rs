//! Everything a request can be refused for, and how the refusal looks: the provider's own error shape.

use bindery_ir::{ErrorShape, Provider};
use http::header;
use serde_json::{Value, json};
use thiserror::Error;

use crate::json::place;
use crate::message::Reply;
use crate::store::MAX_ITEMS;

/// Why a request is refused. Its text is the message of the error body.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Failure {
    #[error("nothing is served at `{path}`")]
    NoRoute { path: String },
    #[error("`{path}` does not serve {method}; it serves {allow}")]
    MethodNotAllowed { method: String, path: String, allow: String },
    #[error("the request carries no secret: send {expected}")]
    Unauthenticated { expected: String, challenge: Option<String> },
    #[error("the query says {}: `{name}` must be {expected}", given.as_ref().map_or_else(|| format!("nothing of `{name}`"), |given| format!("`{name}={given}`")))]
    WrongConstant { name: String, expected: String, given: Option<String> },
    #[error("the required query parameter `{name}` is missing")]
    MissingQuery { name: String },
    #[error("the required header `{name}` is missing")]
    MissingHeader { name: String },
    #[error("the required header `{name}` is missing: send the entity tag of the version you mean, or `*`")]
    PreconditionRequired { name: String },
    #[error("the required property `{name}` is missing from the body")]
    MissingProperty { name: String },
    #[error("the body is missing")]
    MissingBody,
    #[error("the body is not an object: {found}")]
    NotAnObject { found: &'static str },
    #[error("the body is not JSON: {reason}")]
    MalformedJson { reason: String },
    #[error("the body is `{given}`; `{expected}` is expected")]
    UnsupportedMediaType { given: String, expected: String },
    #[error("the body is larger than {limit} bytes")]
    BodyTooLarge { limit: usize },
    #[error("`{path}` is not there")]
    NotFound { path: String },
    #[error("`{path}` cannot be reached: {parent} is not there")]
    ParentNotFound { path: String, parent: String },
    #[error("`{path}` is there already")]
    Conflict { path: String },
    #[error("the entity tag does not match: {given} was sent, {current} is current")]
    PreconditionFailed { given: String, current: String },
    #[error("`{token}` is not the token of a page")]
    InvalidToken { token: String },
    #[error("the fake holds no more than {MAX_ITEMS} items")]
    Full,
    #[error("every {every}th request fails with {status}, as asked for")]
    Fault { status: u16, every: u32 },
}

impl Failure {
    /// The status of the answer.
    fn status(&self) -> u16 {
        match self {
            Self::WrongConstant { .. }
            | Self::MissingQuery { .. }
            | Self::MissingHeader { .. }
            | Self::MissingProperty { .. }
            | Self::MissingBody
            | Self::NotAnObject { .. }
            | Self::MalformedJson { .. }
            | Self::InvalidToken { .. } => 400,
            Self::Unauthenticated { .. } => 401,
            Self::NoRoute { .. } | Self::NotFound { .. } | Self::ParentNotFound { .. } => 404,
            Self::MethodNotAllowed { .. } => 405,
            Self::Conflict { .. } => 409,
            Self::PreconditionFailed { .. } => 412,
            Self::BodyTooLarge { .. } => 413,
            Self::UnsupportedMediaType { .. } => 415,
            Self::PreconditionRequired { .. } => 428,
            Self::Full => 507,
            Self::Fault { status, .. } => *status,
        }
    }

    /// The code of the error body.
    fn code(&self) -> &'static str {
        match self {
            Self::NoRoute { .. } => "RouteNotFound",
            Self::MethodNotAllowed { .. } => "MethodNotAllowed",
            Self::Unauthenticated { .. } => "AuthenticationFailed",
            Self::PreconditionRequired { .. } => "PreconditionRequired",
            Self::UnsupportedMediaType { .. } => "UnsupportedMediaType",
            Self::BodyTooLarge { .. } => "RequestBodyTooLarge",
            Self::NotFound { .. } => "ResourceNotFound",
            Self::ParentNotFound { .. } => "ParentResourceNotFound",
            Self::Conflict { .. } => "Conflict",
            Self::PreconditionFailed { .. } => "PreconditionFailed",
            Self::Full => "InsufficientStorage",
            Self::Fault { .. } => "Fault",
            _ => "InvalidRequest",
        }
    }

    /// The refusal, in the shape the provider's errors have.
    pub(crate) fn reply(&self, shape: Option<&ErrorShape>) -> Reply {
        let reply = Reply::new(self.status()).with_body(self.body(shape));
        match self {
            Self::MethodNotAllowed { allow, .. } => reply.with_header(header::ALLOW, allow),
            Self::Unauthenticated { challenge: Some(scheme), .. } => {
                reply.with_header(header::WWW_AUTHENTICATE, scheme)
            }
            _ => reply,
        }
    }

    fn body(&self, shape: Option<&ErrorShape>) -> Value {
        let mut body = Value::Null;
        if let Some(shape) = shape {
            if let Some(path) = &shape.code {
                place(&mut body, path.keys(), Value::from(self.code()));
            }
            if let Some(path) = &shape.message {
                place(&mut body, path.keys(), Value::from(self.to_string()));
            }
        }
        if body.is_null() { json!({ "message": self.to_string() }) } else { body }
    }
}

/// The shape of the errors of a provider where no method says one: the first that any of its methods says.
pub(crate) fn common_shape(provider: &Provider) -> Option<ErrorShape> {
    let mut methods = provider.resources().flat_map(|resource| resource.methods.iter());
    methods.find_map(|method| method.response.error.clone())
}

#[cfg(test)]
mod tests {
    use bindery_ir::JsonPath;

    use super::*;

    #[test]
    fn an_error_has_the_shape_of_the_provider() {
        let failure = Failure::NotFound { path: "/pets/7".into() };
        let nested = ErrorShape {
            code: Some(JsonPath::parse("$.error.code")),
            message: Some(JsonPath::parse("$.error.message")),
        };
        let answer = failure.reply(Some(&nested)).into_answer();
        assert_eq!(answer.status, 404);
        assert_eq!(answer.json(), json!({"error": {"code": "ResourceNotFound", "message": "`/pets/7` is not there"}}));
        let flat = ErrorShape { code: None, message: Some(JsonPath::key("detail")) };
        assert_eq!(failure.reply(Some(&flat)).into_answer().json(), json!({"detail": "`/pets/7` is not there"}));
        assert_eq!(failure.reply(None).into_answer().json(), json!({"message": "`/pets/7` is not there"}));
    }

    #[test]
    fn a_wrong_constant_names_what_was_expected() {
        let missing =
            Failure::WrongConstant { name: "api-version".into(), expected: "`2024-05-01`".into(), given: None };
        assert_eq!(missing.to_string(), "the query says nothing of `api-version`: `api-version` must be `2024-05-01`");
    }
}
