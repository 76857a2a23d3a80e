//! Writes forms whose fields are parts of their own (`multipart/form-data`, RFC 7578).
//!
//! Parts go in; the bytes to send come out, and the media type that says where one part ends. The same parts make the same
//! bytes, so that what is shown or signed is what is sent, and sent again.

use std::hash::{DefaultHasher, Hash, Hasher};

use bytes::{BufMut, Bytes, BytesMut};
use memchr::memmem;

/// A form in parts.
#[derive(Clone, Debug)]
pub(crate) struct Multipart {
    parts: Vec<Part>,
    /// What stands between them, and in none of them.
    boundary: String,
}

/// A field of a form.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) content: Bytes,
    pub(crate) kind: PartKind,
}

/// What a part is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PartKind {
    /// The text of a field.
    Text,
    /// A value with a structure.
    Json,
    /// A file of that name.
    File(String),
}

impl Multipart {
    pub(crate) fn new(parts: Vec<Part>) -> Self {
        let mut hasher = DefaultHasher::new();
        for part in &parts {
            (&part.name, &part.content).hash(&mut hasher);
        }
        let mut number = hasher.finish();
        let boundary = loop {
            let boundary = format!("bindery-{number:016x}");
            if !parts.iter().any(|part| memmem::find(&part.content, boundary.as_bytes()).is_some()) {
                break boundary;
            }
            number = number.wrapping_add(1);
        };
        Self { parts, boundary }
    }

    /// The `Content-Type`.
    pub(crate) fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The bytes to send.
    pub(crate) fn to_bytes(&self) -> Bytes {
        self.written(|part| part.content.clone())
    }

    /// The same with other contents, to be shown.
    pub(crate) fn written(&self, content: impl Fn(&Part) -> Bytes) -> Bytes {
        let mut bytes = BytesMut::new();
        for part in &self.parts {
            bytes.put_slice(format!("--{}\r\n{}\r\n", self.boundary, part.head()).as_bytes());
            bytes.put_slice(&content(part));
            bytes.put_slice(b"\r\n");
        }
        bytes.put_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        bytes.freeze()
    }
}

impl Part {
    /// The headers of a part, each with its end of line.
    fn head(&self) -> String {
        let name = escaped(&self.name);
        match &self.kind {
            PartKind::Text => format!("Content-Disposition: form-data; name=\"{name}\"\r\n"),
            PartKind::Json => {
                format!("Content-Disposition: form-data; name=\"{name}\"\r\nContent-Type: application/json\r\n")
            }
            PartKind::File(file) => format!(
                "Content-Disposition: form-data; name=\"{name}\"; filename=\"{}\"\r\n\
                 Content-Type: application/octet-stream\r\n",
                escaped(file)
            ),
        }
    }
}

/// A name as browsers write it between quotes: it can end neither them nor the line.
fn escaped(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, content: &str, kind: PartKind) -> Part {
        Part { name: name.to_owned(), content: content.to_owned().into(), kind }
    }

    #[test]
    fn parts_are_written_one_after_the_other() {
        let form = Multipart::new(vec![
            part("purpose", "a\r\nb", PartKind::Text),
            part("options", "{}", PartKind::Json),
            part("a\"\r\nb", "x", PartKind::File("\"\r\nEvil: 1".to_owned())),
        ]);
        let boundary = form.content_type().split_once("boundary=").map(|(_, text)| text.to_owned()).unwrap_or_default();
        let text = String::from_utf8_lossy(&form.to_bytes()).replace(&boundary, "B");
        assert_eq!(
            text,
            "--B\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\na\r\nb\r\n\
             --B\r\nContent-Disposition: form-data; name=\"options\"\r\nContent-Type: application/json\r\n\r\n{}\r\n\
             --B\r\nContent-Disposition: form-data; name=\"a%22%0D%0Ab\"; filename=\"%22%0D%0AEvil: 1\"\r\n\
             Content-Type: application/octet-stream\r\n\r\nx\r\n--B--\r\n"
        );
        assert_eq!(Multipart::new(form.parts.clone()).to_bytes(), form.to_bytes());
    }

    #[test]
    fn no_content_can_end_its_part() {
        let mut content = String::from("start");
        // Each time, the boundary that was chosen before stands in the content.
        for _ in 0..20 {
            let form = Multipart::new(vec![part("f", &content, PartKind::Text)]);
            assert!(!content.contains(&form.boundary));
            content = format!("{content}\r\n--{}--\r\n", form.boundary);
        }
    }
}
