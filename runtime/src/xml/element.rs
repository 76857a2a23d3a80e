//! A tree of elements, read from text.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// How deep elements may be nested.
const MAX_DEPTH: usize = 128;

/// An element: its local name, attributes, text and children.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Element>,
    pub(crate) text: String,
}

impl Element {
    /// Its first child of that name.
    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }
}

/// Reads a document.
///
/// # Errors
/// A sentence that says why it cannot be read.
pub(crate) fn parse(bytes: &[u8]) -> Result<Element, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| format!("it is not UTF-8 ({error})"))?;
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    // The outermost element is the only child of this one.
    let mut open = vec![Element::default()];
    loop {
        let at = reader.buffer_position();
        let broken = |reason: String| format!("the XML is broken at byte {at}: {reason}");
        match reader.read_event().map_err(|error| broken(error.to_string()))? {
            Event::Start(start) => {
                if open.len() > MAX_DEPTH {
                    return Err(broken(format!("elements are nested more than {MAX_DEPTH} deep")));
                }
                open.push(begin(&start).map_err(broken)?);
            }
            Event::Empty(start) => {
                let element = begin(&start).map_err(broken)?;
                if let Some(parent) = open.last_mut() {
                    parent.children.push(element);
                }
            }
            Event::End(_) => {
                let element = open.pop().unwrap_or_default();
                let Some(parent) = open.last_mut() else { return Err(broken("an element ends twice".to_owned())) };
                parent.children.push(finished(element));
            }
            Event::Text(text) => {
                append(&mut open, &text.xml10_content());
            }
            Event::CData(text) => {
                append(&mut open, &text.xml10_content());
            }
            Event::GeneralRef(reference) => {
                let text = resolved(&reference).map_err(broken)?;
                append(&mut open, &text);
            }
            Event::DocType(_) => return Err(broken("document types are not read".to_owned())),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    let mut document = open.pop().filter(|_| open.is_empty()).ok_or("the XML ends before its last element does")?;
    match (document.children.pop(), document.children.is_empty()) {
        (Some(root), true) => Ok(root),
        _ => Err("the XML does not have one outermost element".to_owned()),
    }
}

/// Text belongs to the innermost element that is open.
fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// An element of other elements has no text: what stands between them is layout.
fn finished(mut element: Element) -> Element {
    if !element.children.is_empty() && element.text.trim().is_empty() {
        element.text.clear();
    }
    element
}

fn begin(start: &BytesStart<'_>) -> Result<Element, String> {
    let mut element = Element { name: start.local_name().as_ref().to_owned(), ..Element::default() };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let value =
            attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
        element.attributes.push((attribute.key.local_name().as_ref().to_owned(), value.into_owned()));
    }
    Ok(element)
}

/// Only characters and the five entities that XML itself has: documents of a provider define no others.
fn resolved(reference: &BytesRef<'_>) -> Result<String, String> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(character.to_string());
    }
    let name: &str = reference;
    resolve_predefined_entity(name).map(str::to_owned).ok_or_else(|| format!("there is no entity `&{name};`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_attributes_and_text_are_read() {
        let xml = "<?xml version=\"1.0\"?>\n<a:R xmlns:a=\"urn:x\" id=\"1 &amp; 2\">\n <!-- c --><B>x &lt; &#65;<![CDATA[<y>]]></B>\n <C/></a:R>";
        let root = parse(xml.as_bytes()).unwrap();
        assert_eq!((&*root.name, &*root.text), ("R", ""));
        assert_eq!(root.attributes, [("id".to_owned(), "1 & 2".to_owned())]);
        assert_eq!(root.child("B").unwrap().text, "x < A<y>");
        assert_eq!(root.child("C"), Some(&Element { name: "C".to_owned(), ..Element::default() }));
    }

    #[test]
    fn what_is_broken_or_dangerous_is_refused() {
        let deep = "<a>".repeat(1000);
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><x>&a;</x>";
        let file = "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><x>&a;</x>";
        for xml in [
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a>&b;</a>",
            "<a>&#0;</a>",
            "<a b=1/>",
            "</a>",
            &deep,
            bomb,
            file,
        ] {
            assert!(parse(xml.as_bytes()).is_err(), "{xml}");
        }
        assert!(parse(b"<a>\xff</a>").is_err());
    }
}
