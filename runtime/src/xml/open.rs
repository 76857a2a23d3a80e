//! The elements of a document that are open, while it is read.
//!
//! Events go in; elements come out when they end, and are given back to those that they are in.

use std::ops::Range;

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::Element;

/// How deep elements may be nested.
const MAX_DEPTH: usize = 128;

/// Elements that are open, the outermost first.
#[derive(Debug, Default)]
pub(super) struct OpenElements {
    open: Vec<OpenElement>,
    /// The outermost elements that have ended. A document has one.
    roots: Vec<Element>,
}

/// An element that is open.
#[derive(Debug)]
pub(super) struct OpenElement {
    pub(super) element: Element,
    /// The name that its end has to have, prefix and all.
    name: String,
    /// Where in the body it starts.
    start: usize,
    /// Where in the body its children are.
    places: Vec<Range<usize>>,
}

/// What an event did.
pub(super) enum Happened {
    /// An element began: the last that is open.
    Opened,
    /// This one ended, and is none of the open ones any more. It stands there in the body.
    Closed(Element, Range<usize>),
    Nothing,
}

impl OpenElements {
    /// What is open, the outermost first.
    pub(super) fn all(&self) -> &[OpenElement] {
        &self.open
    }

    /// The children of this name that the innermost has had, with their places. They are its children no more.
    pub(super) fn take_children(&mut self, name: &str) -> Vec<(Element, Range<usize>)> {
        let Some(OpenElement { element: Element { children, .. }, places, .. }) = self.open.last_mut() else {
            return Vec::new();
        };
        let all = std::mem::take(children).into_iter().zip(std::mem::take(places));
        let (taken, kept): (Vec<_>, Vec<_>) = all.partition(|(child, _)| child.name == name);
        (*children, *places) = kept.into_iter().unzip();
        taken
    }

    /// Reads an event that stands there.
    ///
    /// # Errors
    /// What is wrong with it. Nothing has happened then.
    pub(super) fn read(&mut self, event: &Event<'_>, place: Range<usize>) -> Result<Happened, String> {
        match event {
            Event::Start(tag) | Event::Empty(tag) => {
                if self.open.len() >= MAX_DEPTH {
                    return Err(format!("elements are nested more than {MAX_DEPTH} deep"));
                }
                let name: &str = tag.name().into_inner();
                let element = begun(tag)?;
                self.open.push(OpenElement { element, name: name.to_owned(), start: place.start, places: Vec::new() });
                Ok(Happened::Opened)
            }
            Event::End(tag) => {
                let name: &str = tag.name().into_inner();
                match self.open.pop_if(|open| open.name == name) {
                    Some(open) => Ok(Happened::Closed(finished(open.element), open.start..place.end)),
                    None => Err(match self.open.last() {
                        Some(open) => format!("`</{name}>` stands where `</{}>` should", open.name),
                        None => format!("`</{name}>` ends nothing"),
                    }),
                }
            }
            Event::Text(text) => Ok(self.append(&text.xml10_content())),
            Event::CData(text) => Ok(self.append(&text.xml10_content())),
            Event::GeneralRef(reference) => Ok(self.append(&resolved(reference)?)),
            Event::DocType(_) => Err("document types are not read".to_owned()),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::Eof => Ok(Happened::Nothing),
        }
    }

    /// Gives an element to the one that it is in.
    pub(super) fn give_back(&mut self, element: Element, place: Range<usize>) {
        match self.open.last_mut() {
            Some(parent) => {
                parent.element.children.push(element);
                parent.places.push(place);
            }
            None => self.roots.push(element),
        }
    }

    /// The outermost element, once everything was read.
    ///
    /// # Errors
    /// When it has no end, or is not the only one.
    pub(super) fn into_root(mut self) -> Result<Element, String> {
        if !self.open.is_empty() {
            return Err("the XML ends before its last element does".to_owned());
        }
        match (self.roots.pop(), self.roots.is_empty()) {
            (Some(root), true) => Ok(root),
            _ => Err("the XML does not have one outermost element".to_owned()),
        }
    }

    /// Text belongs to the innermost element that is open.
    fn append(&mut self, text: &str) -> Happened {
        if let Some(open) = self.open.last_mut() {
            open.element.text.push_str(text);
        }
        Happened::Nothing
    }
}

/// An element of other elements has no text: what stands between them is layout.
fn finished(mut element: Element) -> Element {
    if !element.children.is_empty() && element.text.trim().is_empty() {
        element.text.clear();
    }
    element
}

fn begun(tag: &BytesStart<'_>) -> Result<Element, String> {
    let mut element = Element { name: tag.local_name().as_ref().to_owned(), ..Element::default() };
    for attribute in tag.attributes() {
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
