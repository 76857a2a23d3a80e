//! Turns an answer into the JSON that its rows are cut from.
//!
//! A reply and what the method says about it go in; a document comes out. Most answers are that document already and
//! are not touched. XML, lines of JSON, text and bytes become JSON, and reshaping that a document asks for is done
//! here, on the text as it came, so that no digit is lost.

mod json_rows;
mod raw;
mod reshape;
mod row_list;
mod row_shape;
mod xml_rows;

use std::borrow::Cow;

use bindery_ir::{Column, JsonPath, Method, Reshape, Rows, Transform, TransformInput};
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

pub(crate) use self::json_rows::JsonRows;
use self::row_list::takes_the_body;
pub(crate) use self::row_list::{ListIn, RowList};
pub(crate) use self::row_shape::Repeats;
pub(crate) use self::xml_rows::XmlRows;
use crate::call::text_or_base64;
use crate::json::Writer;
use crate::reply::Reply;
use crate::template::{self, Input};
use crate::xml;

/// What a method says about its answers.
#[derive(Clone, Debug)]
pub(crate) struct Decoder<'m> {
    media_type: Cow<'m, str>,
    transform: Option<Cow<'m, Transform>>,
    pub(crate) rows: Cow<'m, Rows>,
    columns: Cow<'m, [Column]>,
}

/// An answer as JSON.
pub(crate) struct Document {
    /// What rows are cut from.
    pub(crate) json: Bytes,
    /// What it was made from, when it had a form of its own: where the next page may be named.
    pub(crate) source: Option<Bytes>,
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    JsonLines,
    Xml,
    Text,
    Bytes,
}

impl<'m> Decoder<'m> {
    /// What a method says.
    pub(crate) fn of(method: &'m Method) -> Self {
        Self {
            media_type: Cow::Borrowed(&method.response.media_type),
            transform: method.adaptation.response.as_ref().map(Cow::Borrowed),
            rows: Cow::Borrowed(&method.response.rows),
            columns: Cow::Borrowed(&method.response.columns),
        }
    }

    /// The same for someone who outlives the method.
    pub(crate) fn into_owned(self) -> Decoder<'static> {
        Decoder {
            media_type: Cow::Owned(self.media_type.into_owned()),
            transform: self.transform.map(|transform| Cow::Owned(transform.into_owned())),
            rows: Cow::Owned(self.rows.into_owned()),
            columns: Cow::Owned(self.columns.into_owned()),
        }
    }

    /// Whether answers are left as they are.
    fn is_plain(&self, reply: &Reply) -> bool {
        self.transform.is_none() && self.form(reply) == Form::Json
    }

    /// Reads an answer. Flat rows in it hold what they took up twice, or once, as is said.
    ///
    /// # Errors
    /// A sentence that says why it cannot be read.
    pub(crate) fn document(&self, reply: &Reply, repeats: Repeats) -> Result<Document, String> {
        let is_empty = reply.body.iter().all(u8::is_ascii_whitespace);
        if is_empty {
            return Ok(Document { json: Bytes::from_static(b"null"), source: None });
        }
        if self.is_plain(reply) {
            return Ok(Document { json: reply.body.clone(), source: None });
        }
        let form = self.form(reply);
        if let Some(Transform { operation: Reshape::XmlBySchema, .. }) = self.transform.as_deref() {
            return self.xml_rows(reply);
        }
        let Some(transform) = &self.transform else {
            return match form {
                Form::Xml if self.columns.is_empty() => {
                    let tree = xml::to_json(&xml::parse(&reply.body)?).to_string();
                    Ok(Document { json: tree.into(), source: None })
                }
                Form::Xml => self.xml_rows(reply),
                Form::JsonLines => Ok(Document { json: self.wrapped(&lines(&reply.body)?).into(), source: None }),
                Form::Text | Form::Bytes => Ok(Document { json: text_or_bytes(&reply.body).into(), source: None }),
                Form::Json => Ok(Document { json: reply.body.clone(), source: None }),
            };
        };
        let source = if takes_the_body(transform) {
            reply.body.clone()
        } else if transform.input == TransformInput::Xml {
            Bytes::from(xml::to_json(&xml::parse(&reply.body)?).to_string())
        } else {
            text_or_bytes(&reply.body).into()
        };
        let text = std::str::from_utf8(&source).map_err(|error| format!("it is not UTF-8 ({error})"))?;
        if transform.operation == Reshape::Template {
            let input = if transform.input == TransformInput::Text {
                Input::Text(str::from_utf8(&reply.body).map_err(|error| format!("it is not UTF-8 ({error})"))?)
            } else {
                Input::Json(text)
            };
            let json = template::run(&transform.template, &input)?;
            return Ok(Document { json: json.into(), source: Some(source) });
        }
        let repeats = if self.has_column_of_flattening() { Repeats::All } else { repeats };
        let json = reshape::apply(&transform.operation, text, matches!(*self.rows, Rows::Many(_)), repeats)?;
        Ok(Document { json: json.into(), source: Some(source) })
    }

    /// Whether rows are documented to have the member whose members they take up, or the mark of that.
    fn has_column_of_flattening(&self) -> bool {
        let Some(Reshape::Flatten { member, mark, .. }) =
            self.transform.as_deref().map(|transform| &transform.operation)
        else {
            return false;
        };
        self.columns.iter().any(|column| column.wire_name == **member || column.wire_name == **mark)
    }

    fn form(&self, reply: &Reply) -> Form {
        form(&reply.headers, &self.media_type)
    }

    /// The declared media type of answers that may be taken in line by line: nothing is done to them, and they are lists.
    pub(crate) fn may_be_lines(&self) -> Option<&str> {
        (self.transform.is_none() && matches!(*self.rows, Rows::Many(_))).then_some(&self.media_type)
    }

    /// The rows of an XML body as a document with the list where the method has it.
    fn xml_rows(&self, reply: &Reply) -> Result<Document, String> {
        let (rows, rest) = xml::rows_by_schema(&reply.body, &self.columns)?;
        let json = match &*self.rows {
            Rows::Many(_) => serde_json::Value::Array(rows).to_string(),
            Rows::One(_) | Rows::None => rows.into_iter().next().unwrap_or_default().to_string(),
        };
        let source = Bytes::from(xml::to_json(&rest).to_string());
        Ok(Document { json: self.wrapped(&json).into(), source: Some(source) })
    }

    /// A value at the place where the method has its rows.
    fn wrapped(&self, json: &str) -> String {
        let (Rows::One(path) | Rows::Many(path)) = &*self.rows else { return json.to_owned() };
        wrap(path, json)
    }
}

/// The form of an answer with these headers to a method that declares a media type.
fn form(headers: &HeaderMap, declared: &str) -> Form {
    let said = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(form_of);
    match said {
        // What says that it is something of its own is that; JSON comes under all kinds of names.
        Some(said @ (Form::Xml | Form::JsonLines)) => said,
        Some(said) if declared.is_empty() => said,
        _ => form_of(declared),
    }
}

/// Whether an answer is lines of JSON.
pub(crate) fn are_lines(headers: &HeaderMap, declared: &str) -> bool {
    form(headers, declared) == Form::JsonLines
}

fn wrap(path: &JsonPath, json: &str) -> String {
    path.keys().iter().rev().fold(json.to_owned(), |inner, key| {
        let mut writer = Writer::new();
        writer.string(key);
        format!("{{{}:{inner}}}", writer.into_string())
    })
}

fn form_of(media_type: &str) -> Form {
    // As nearly all say it.
    if media_type == "application/json" {
        return Form::Json;
    }
    let essence = media_type.split_once(';').map_or(media_type, |(essence, _)| essence).trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Form::Json;
    }
    let essence = essence.to_ascii_lowercase();
    match &*essence {
        "application/x-ndjson"
        | "application/ndjson"
        | "application/jsonl"
        | "application/x-jsonl"
        | "text/jsonl"
        | "application/x-jsonlines"
        | "application/jsonlines"
        | "application/json-lines"
        | "application/stream+json" => Form::JsonLines,
        "application/xml" | "text/xml" => Form::Xml,
        // Pages and pictures are files, not answers.
        _ if essence.ends_with("+xml") && !essence.starts_with("image/") && !essence.contains("xhtml") => Form::Xml,
        _ if essence.contains("json") || matches!(&*essence, "" | "none" | "*/*" | "application/*") => Form::Json,
        _ if essence.starts_with("text/") => Form::Text,
        _ => Form::Bytes,
    }
}

/// Lines of JSON as a list.
fn lines(body: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(body).map_err(|error| format!("it is not UTF-8 ({error})"))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(format!("[{}]", lines.collect::<Vec<_>>().join(",")))
}

/// A body as a JSON string: its text, or Base64 where it is none.
fn text_or_bytes(body: &[u8]) -> String {
    let mut writer = Writer::new();
    writer.string(&text_or_base64(body));
    writer.into_string()
}
