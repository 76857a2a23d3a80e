//! Makes the body of a request.
//!
//! The body parameters that have a value go in, in the order of the method's parameters; the bytes to send come
//! out. Until then the parts stay apart, so that a page token can still be put among them.

use bindery_ir::{Body, BodyAdaptation, BodyContent, Parameter, Presence, Reshape, Style, Transform, Type};
use bytes::Bytes;

use crate::call::{Argument, text_or_base64};
use crate::encoding::push_pair;
use crate::json::{Extra, Json, Kind, Reader, Writer};
use crate::multipart::{Multipart, Part, PartKind};
use crate::template::{self, Input};
use crate::xml;

/// A body in parts.
#[derive(Clone, Debug)]
pub(crate) enum RequestBody {
    /// The properties of a JSON object.
    Object(Vec<(String, Json)>),
    /// The pairs of a form.
    Form(Vec<(String, String)>),
    /// The parts of a form.
    Multipart(Multipart),
    /// Anything, as it is.
    Bytes(Bytes),
}

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
            Self::Multipart(form) => form.to_bytes(),
            Self::Bytes(bytes) => bytes.clone(),
        }
    }

    /// The media type, where it says more than the document knows.
    pub(crate) fn content_type(&self) -> Option<String> {
        match self {
            Self::Multipart(form) => Some(form.content_type()),
            Self::Object(_) | Self::Form(_) | Self::Bytes(_) => None,
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
            Self::Multipart(_) => return false,
        }
        true
    }
}

impl RequestBody {
    /// Takes out a property; `false` when the body has no properties.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        match self {
            Self::Object(properties) => properties.retain(|(key, _)| key != name),
            Self::Form(pairs) => pairs.retain(|(key, _)| key != name),
            Self::Bytes(bytes) => {
                let Some(properties) = properties_of(bytes) else { return false };
                *self = Self::Object(properties);
                return self.remove(name);
            }
            Self::Multipart(_) => return false,
        }
        true
    }

    /// The text or number of a property.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let text = |json: &Json| Argument::Json(json.clone()).texts().first().map(|text| text.clone().into_owned());
        match self {
            Self::Object(properties) => properties.iter().find(|(key, _)| key == name).and_then(|(_, json)| text(json)),
            Self::Form(pairs) => pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()),
            Self::Bytes(bytes) => {
                properties_of(bytes)?.iter().find(|(key, _)| key == name).and_then(|(_, json)| text(json))
            }
            Self::Multipart(_) => None,
        }
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

/// Why a body cannot be made.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// Its media type is one this crate cannot write.
    UnsupportedMediaType,
    /// The document that describes it is broken.
    Document(String),
}

/// The body for the arguments of a call; `None` when nothing is to be sent.
pub(crate) fn make(
    body: &Body,
    adaptation: &BodyAdaptation,
    arguments: &[(&Parameter, &Argument)],
) -> Result<Option<RequestBody>, BodyError> {
    let is_always_sent = body.required || adaptation.base.is_some();
    if arguments.is_empty() {
        if let Some(fallback) = &adaptation.fallback {
            // Some documents put quotes around it.
            let text = fallback.trim().trim_matches('\'');
            let properties = properties_of(text.as_bytes());
            return match properties {
                Some(properties) => Ok(Some(RequestBody::Object(properties))),
                None => Err(BodyError::Document(format!("its default body is no JSON object: {fallback}"))),
            };
        }
        if !is_always_sent {
            return Ok(None);
        }
    }
    let form = Form::of(&body.media_type);
    if let Some(Reshape::Column { column }) = adaptation.transform.as_ref().map(|transform| &transform.operation) {
        // The value of one argument is all there is.
        let argument = arguments.iter().find(|(parameter, _)| parameter.wire_name == **column);
        return Ok(argument.map(|(_, argument)| whole(argument, false)));
    }
    if body.content == BodyContent::Whole && form == Form::Multipart {
        // Nothing says which fields it has, and bytes without the boundary of their parts are none.
        return Err(BodyError::UnsupportedMediaType);
    }
    if body.content == BodyContent::Whole {
        return Ok(arguments
            .first()
            .map(|(parameter, argument)| whole(&typed(parameter, argument), form == Form::Json)));
    }
    if let Some(Transform { operation: Reshape::Template, template, .. }) = &adaptation.transform {
        let mut writer = Writer::new();
        writer.properties(&object(adaptation, arguments)?);
        let text = template::run(template, &Input::Json(&writer.into_string())).map_err(BodyError::Document)?;
        return Ok(Some(RequestBody::Bytes(text.into())));
    }
    match form {
        Form::Json => object(adaptation, arguments).map(|properties| Some(RequestBody::Object(properties))),
        Form::Xml => {
            let root = if adaptation.xml_root.is_empty() { "Request" } else { &adaptation.xml_root };
            let properties = object(adaptation, arguments)?;
            xml::write(root, &properties).map(|text| Some(RequestBody::Bytes(text.into()))).map_err(BodyError::Document)
        }
        Form::Urlencoded => {
            let pairs = arguments.iter().flat_map(|(parameter, argument)| {
                let name = parameter.wire_name.as_str();
                argument.texts().into_iter().map(|text| (name.to_owned(), text.into_owned())).collect::<Vec<_>>()
            });
            Ok(Some(RequestBody::Form(pairs.collect())))
        }
        Form::Multipart => {
            let parts = arguments.iter().flat_map(|(parameter, argument)| parts(parameter, argument)).collect();
            Ok(Some(RequestBody::Multipart(Multipart::new(parts))))
        }
        Form::Other => Err(BodyError::UnsupportedMediaType),
    }
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Xml,
    Urlencoded,
    Multipart,
    Other,
}

impl Form {
    fn of(media_type: &str) -> Self {
        let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match &*essence {
            "" | "*/*" => Self::Json,
            "application/x-www-form-urlencoded" => Self::Urlencoded,
            "multipart/form-data" => Self::Multipart,
            "application/xml" | "text/xml" => Self::Xml,
            // `application/merge-patch+json`, `application/x-amz-json-1.1`
            _ if essence.contains("json") => Self::Json,
            _ if essence.ends_with("+xml") => Self::Xml,
            _ => Self::Other,
        }
    }
}

/// The properties of an object: what every body starts from, and on top of it the arguments, which may go into a
/// member.
fn object(
    adaptation: &BodyAdaptation,
    arguments: &[(&Parameter, &Argument)],
) -> Result<Vec<(String, Json)>, BodyError> {
    let property = |(parameter, argument): &(&Parameter, &Argument)| {
        let json = match parameter.style {
            Style::Text => Json::of(&text_of(argument)),
            _ => typed(parameter, argument).to_json(),
        };
        (parameter.wire_name.as_str().to_owned(), json)
    };
    let mut properties: Vec<(String, Json)> = arguments.iter().map(property).collect();
    if let Some(inside) = &adaptation.inside {
        let mut writer = Writer::new();
        writer.properties(&properties);
        let inner = writer.into_string().parse().map_err(|error| BodyError::Document(format!("{error}")))?;
        properties = vec![(inside.to_string(), inner)];
    }
    let Some(base) = &adaptation.base else { return Ok(properties) };
    let base = properties_of(base.as_bytes())
        .ok_or_else(|| BodyError::Document(format!("the base of its body is no JSON object: {base}")))?;
    let is_given = |name: &str| properties.iter().any(|(given, _)| given == name);
    let mut all: Vec<_> = base.into_iter().filter(|(name, _)| !is_given(name)).collect();
    all.append(&mut properties);
    Ok(all)
}

/// The text of a value: itself, or the JSON that it is.
fn text_of(argument: &Argument) -> String {
    match argument {
        Argument::Text(text) => text.clone(),
        Argument::Json(json) => {
            Reader::over(json.get()).string().ok().flatten().unwrap_or_else(|| json.get().to_owned())
        }
        Argument::Bytes { content, .. } => text_or_base64(content).into_owned(),
    }
}

/// The parts of a form that an argument is: one for each item of a list. What the document calls `binary` is a file.
fn parts(parameter: &Parameter, argument: &Argument) -> Vec<Part> {
    let name = parameter.wire_name.as_str();
    let part = |content: Bytes, kind: PartKind| Part { name: name.to_owned(), content, kind };
    let is_file = |ty: &Type| matches!(ty, Type::String(Some(format)) if *format == "binary");
    let is_file = match &parameter.ty {
        Type::Array(item) => is_file(item),
        ty => is_file(ty),
    };
    let json = match typed(parameter, argument) {
        Argument::Bytes { content, name: file } => {
            return vec![part(content, PartKind::File(file.unwrap_or_else(|| name.to_owned())))];
        }
        Argument::Text(text) if is_file => return vec![part(text.into(), PartKind::File(name.to_owned()))],
        Argument::Text(text) => return vec![part(text.into(), PartKind::Text)],
        Argument::Json(json) => json,
    };
    let values = match crate::json::from_slice::<Vec<Json>>(json.get().as_bytes()) {
        Ok(Some(items)) => items,
        _ => vec![json],
    };
    let one = |value: Json| match Reader::over(value.get()).kind() {
        Ok(Kind::Null) => None,
        Ok(Kind::Object | Kind::Array) => Some(part(value.get().to_owned().into(), PartKind::Json)),
        _ => {
            let text = text_of(&Argument::Json(value));
            let kind = if is_file { PartKind::File(name.to_owned()) } else { PartKind::Text };
            Some(part(text.into(), kind))
        }
    };
    values.into_iter().filter_map(one).collect()
}

/// An argument as its parameter's type has it: text for what is no text is read as JSON, if it is that.
fn typed(parameter: &Parameter, argument: &Argument) -> Argument {
    let Argument::Text(text) = argument else { return argument.clone() };
    let fits = |kind| match &parameter.ty {
        Type::Boolean => kind == Kind::Boolean,
        Type::Integer(_) | Type::Number(_) => kind == Kind::Number,
        Type::Array(_) => kind == Kind::Array,
        Type::Map(_) | Type::Object(_) => kind == Kind::Object,
        Type::Any => matches!(kind, Kind::Array | Kind::Object),
        Type::String(_) | Type::Enum(_) => false,
    };
    match text.parse::<Json>() {
        Ok(json) if Reader::over(json.get()).kind().is_ok_and(fits) => Argument::Json(json),
        _ => argument.clone(),
    }
}

fn whole(argument: &Argument, is_json: bool) -> RequestBody {
    let text = match argument {
        Argument::Bytes { content, .. } if !is_json => return RequestBody::Bytes(content.clone()),
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
