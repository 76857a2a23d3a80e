//! Building the model in constants: what generated code writes its descriptors with.
//!
//! A `const fn` cannot drop the value it replaces, and the parts of the model own memory when they were read at run
//! time; so the setters here forget what they replace, which in a constant is never anything but borrowed text.

use std::mem;

use crate::{
    Column, List, Location, Origin, Parameter, Presence, QueryPair, Server, SqlName, Style, Text, Type, WireName,
};

/// Text in a constant.
///
/// ```
/// use bindery_ir::{Text, text};
/// static GREETING: Text = text("hello");
/// assert_eq!(GREETING, "hello");
/// ```
pub const fn text(text: &'static str) -> Text {
    Text::Borrowed(text)
}

const fn put<T>(slot: &mut T, value: T) {
    mem::forget(mem::replace(slot, value));
}

/// In constants, a parameter is said in a sentence.
///
/// ```
/// use bindery_ir::{Location, Parameter, Presence, Type};
/// static IF_MATCH: Parameter =
///     Parameter::constant("If-Match", Location::Header, Type::STRING).needed().about("The version to change.");
/// assert_eq!(IF_MATCH.presence, Presence::Required);
/// ```
impl Parameter {
    /// An optional parameter with the same name in SQL and on the wire.
    pub const fn constant(name: &'static str, location: Location, ty: Type) -> Self {
        Self {
            name: SqlName::new(name),
            wire_name: WireName::new(name),
            location,
            ty,
            presence: Presence::Optional,
            style: Style::Plain,
            description: text(""),
            origin: Origin::UNKNOWN,
        }
    }

    /// The same, with another name on the wire.
    #[must_use]
    pub const fn on_wire(mut self, name: &'static str) -> Self {
        put(&mut self.wire_name, WireName::new(name));
        self
    }

    /// The same, required.
    #[must_use]
    pub const fn needed(mut self) -> Self {
        put(&mut self.presence, Presence::Required);
        self
    }

    /// The same, with what is sent when the caller gives nothing.
    #[must_use]
    pub const fn otherwise(mut self, value: &'static str) -> Self {
        put(&mut self.presence, Presence::Default(text(value)));
        self
    }

    /// The same, written in another style.
    #[must_use]
    pub const fn styled(mut self, style: Style) -> Self {
        put(&mut self.style, style);
        self
    }

    /// The same, with its description.
    #[must_use]
    pub const fn about(mut self, description: &'static str) -> Self {
        put(&mut self.description, text(description));
        self
    }
}

impl Column {
    /// A column with the same name in SQL and on the wire.
    pub const fn constant(name: &'static str, ty: Type) -> Self {
        Self { name: SqlName::new(name), wire_name: WireName::new(name), ty, description: text("") }
    }

    /// The same, with another name on the wire.
    #[must_use]
    pub const fn on_wire(mut self, name: &'static str) -> Self {
        put(&mut self.wire_name, WireName::new(name));
        self
    }

    /// The same, with its description.
    #[must_use]
    pub const fn about(mut self, description: &'static str) -> Self {
        put(&mut self.description, text(description));
        self
    }
}

impl Server {
    /// A server without variables.
    pub const fn constant(url: &'static str) -> Self {
        Self { url: text(url), variables: List::EMPTY }
    }
}

impl QueryPair {
    /// A query pair that never varies.
    pub const fn constant(name: &'static str, value: &'static str) -> Self {
        Self { name: text(name), value: text(value) }
    }
}
