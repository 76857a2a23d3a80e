//! Makes the body of a request.
//!
//! The body parameters that have a value go in, in the order of the method's parameters; the bytes to send come
//! out. Until then the parts stay apart, so that a page token can still be put among them.

use bindery_ir::{Body, BodyContent, Parameter, Presence, Type};
use bytes::Bytes;

use crate::call::Argument;
use crate::encoding::push_pair;
use crate::json::{Extra, Json, Kind, Reader, Writer};

/// A body in parts.
#[derive(Clone, Debug)]
pub(crate) enum RequestBody {
    /// The properties of a JSON object.
    Object(Vec<(String, Json)>),
    /// The pairs of a form.
    Form(Vec<(String, String)>),
    /// Anything, as it is.
    Bytes(Bytes),
}

/// The body's media type is one this crate cannot write.
#[derive(Debug)]
pub(crate) struct UnsupportedMediaType;

impl RequestBody {
    /// The bytes to send.
    pub(crate) fn to_bytes(&self) -> Bytes {
        match self {
            Self::Object(properties) => {
                let mut writer = Writer::new();
                writer.properties(properties);
                writer.into_string().into()
            }
            Self::Form(pairs) => {
                let mut form = String::new();
                for (name, value) in pairs {
                    push_pair(&mut form, name, value);
                }
                form.into()
            }
            Self::Bytes(bytes) => bytes.clone(),
        }
    }

    /// Gives a property a value, in place of any it had; `false` when the body has no properties.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> bool {
        match self {
            Self::Object(properties) => {
                properties.retain(|(key, _)| key != name);
                properties.push((name.to_owned(), Json::of(value)));
            }
            Self::Form(pairs) => {
                pairs.retain(|(key, _)| key != name);
                pairs.push((name.to_owned(), value.to_owned()));
            }
            Self::Bytes(bytes) => {
                let Some(properties) = properties_of(bytes) else { return false };
                *self = Self::Object(properties);
                return self.set(name, value);
            }
        }
        true
    }
}

fn properties_of(bytes: &[u8]) -> Option<Vec<(String, Json)>> {
    let mut reader = Reader::new(bytes).ok()?;
    if reader.kind().ok()? != Kind::Object {
        return None;
    }
    let properties: Extra = crate::json::from_slice(bytes).ok()??;
    Some(properties.into_iter().collect())
}

/// The body for the arguments of a call; `None` when nothing is to be sent.
pub(crate) fn make(
    body: &Body,
    arguments: &[(&Parameter, Argument)],
) -> Result<Option<RequestBody>, UnsupportedMediaType> {
    if arguments.is_empty() && !body.required {
        return Ok(None);
    }
    let essence = body.media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json =
        essence.is_empty() || essence == "application/json" || essence == "text/json" || essence.ends_with("+json");
    match body.content {
        BodyContent::Whole => Ok(arguments.first().map(|(_, argument)| whole(argument, is_json))),
        BodyContent::Properties if is_json => {
            let property = |(parameter, argument): &(&Parameter, Argument)| {
                (parameter.wire_name.as_str().to_owned(), argument.to_json())
            };
            Ok(Some(RequestBody::Object(arguments.iter().map(property).collect())))
        }
        BodyContent::Properties if essence == "application/x-www-form-urlencoded" => {
            let pairs = arguments.iter().flat_map(|(parameter, argument)| {
                let name = parameter.wire_name.as_str();
                argument.texts().into_iter().map(|text| (name.to_owned(), text.into_owned())).collect::<Vec<_>>()
            });
            Ok(Some(RequestBody::Form(pairs.collect())))
        }
        BodyContent::Properties => Err(UnsupportedMediaType),
    }
}

fn whole(argument: &Argument, is_json: bool) -> RequestBody {
    let text = match argument {
        Argument::Json(json) if !is_json => {
            // A JSON string given for a body of plain text means the text.
            let mut reader = Reader::over(json.get());
            reader.string().ok().flatten().unwrap_or_else(|| json.get().to_owned())
        }
        Argument::Text(text) if !is_json => text.clone(),
        argument => argument.to_json().get().to_owned(),
    };
    RequestBody::Bytes(text.into())
}

/// What is sent for a parameter that has a default and no argument.
pub(crate) fn default_of(parameter: &Parameter) -> Option<Argument> {
    let Presence::Default(text) = &parameter.presence else { return None };
    match (&parameter.ty, text.parse::<Json>()) {
        (Type::String(_) | Type::Enum(_), _) | (_, Err(_)) => Some(Argument::text(text.clone())),
        (_, Ok(json)) => Some(Argument::Json(json)),
    }
}
