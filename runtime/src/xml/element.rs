//! A tree of elements, read from text.

use super::events::Events;
use super::open::{Happened, OpenElements};

/// An element: its local name, attributes, text and children.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Element>,
    pub(crate) text: String,
}

#[cfg(test)]
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
    let mut events = Events::from(bytes, 0, true);
    let mut open = OpenElements::default();
    loop {
        let at = events.position();
        let broken = |reason: String| format!("the XML is broken at byte {at}: {reason}");
        let Some(event) = events.next().map_err(broken)? else { break };
        if let Happened::Closed(element, place) = open.read(&event, at..events.position()).map_err(broken)? {
            open.give_back(element, place);
        }
    }
    open.into_root()
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
            "<x:a></y:a>",
            "<a>\n<!-- ",
            &deep,
            bomb,
            file,
        ] {
            assert!(parse(xml.as_bytes()).is_err(), "{xml}");
        }
        assert!(parse(b"<a>\xff</a>").is_err());
    }
}
