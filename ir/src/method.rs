//! A method: what it is called, what it needs, and how it travels.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Adaptation, HttpBinding, List, Origin, ResourceId, Response, SqlName, Text, Type, WireName, snake_case};

/// Something a resource can do. It is complete in itself: whoever holds one can send it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Method {
    /// The resource it belongs to.
    pub resource: ResourceId,
    /// Its name, as documented.
    pub name: SqlName,
    /// The SQL statements that reach it. Every method can be reached by `EXEC`; it is listed only where no
    /// other verb is.
    #[serde(default)]
    pub verbs: List<Verb>,
    /// What its source says about it.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub description: Text,
    /// Its parameters: the required ones in documented order first, then the others.
    #[serde(default)]
    pub parameters: List<Parameter>,
    /// How it travels; `None` when it is documented but no document says how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpBinding>,
    /// The name by which signatures over its requests call the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing_name: Option<Text>,
    /// What comes back.
    #[serde(default)]
    pub response: Response,
    /// What is done to its requests and responses that OpenAPI has no words for.
    #[serde(default, skip_serializing_if = "Adaptation::is_none")]
    pub adaptation: Adaptation,
    /// Where it was read.
    #[serde(default, skip_serializing_if = "Origin::is_unknown")]
    pub origin: Origin,
}

/// What documentation may put before the name of a property of the body.
const BODY_PREFIX: &str = "data__";

impl Method {
    /// A method of which only the name is known.
    pub fn new(resource: ResourceId, name: SqlName) -> Self {
        Self {
            resource,
            name,
            verbs: List::EMPTY,
            description: Text::Borrowed(""),
            parameters: List::EMPTY,
            http: None,
            signing_name: None,
            response: Response::default(),
            adaptation: Adaptation::NONE,
            origin: Origin::UNKNOWN,
        }
    }

    /// The parameter that a name means: as documented, as on the wire, or the `snake_case` form of either; a property of the
    /// body also with or without the `data__` that documentation may put before it.
    ///
    /// An exact match wins over a match by casing, that over one without the prefix, and earlier parameters over later ones.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        let exact = |p: &&Parameter| p.name == *name || p.wire_name == *name;
        let by_casing =
            |p: &&Parameter| snake_case(p.name.as_str()) == name || snake_case(p.wire_name.as_str()) == name;
        let stripped = name.strip_prefix(BODY_PREFIX);
        let by_prefix = |p: &&Parameter| match (stripped, p.name.as_str().strip_prefix(BODY_PREFIX)) {
            (Some(name), None) => p.location == Location::Body && (p.name == *name || p.wire_name == *name),
            (None, Some(property)) => property == name,
            _ => false,
        };
        let find = |is_it: &dyn Fn(&&Parameter) -> bool| self.parameters.iter().find(is_it);
        find(&exact).or_else(|| find(&by_casing)).or_else(|| find(&by_prefix))
    }

    /// The parameters a call cannot do without.
    pub fn required(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|parameter| parameter.presence == Presence::Required)
    }

    /// The parameters a call can do without.
    pub fn optional(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|parameter| parameter.presence != Presence::Required)
    }

    /// `provider.service.resource.method`, as `EXEC` has it.
    pub fn path(&self) -> String {
        [self.resource.as_str(), ".", self.name.as_str()].concat()
    }
}

/// A parameter of a method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name, as documented: what SQL says.
    pub name: SqlName,
    /// Its name on the wire.
    pub wire_name: WireName,
    /// Where it goes.
    #[serde(rename = "in")]
    pub location: Location,
    /// What it may be.
    #[serde(rename = "type", default)]
    pub ty: Type,
    /// Whether a call can do without it.
    pub presence: Presence,
    /// How its value is written.
    #[serde(default, skip_serializing_if = "Style::is_plain")]
    pub style: Style,
    /// What its source says about it.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub description: Text,
    /// Where it was read.
    #[serde(default, skip_serializing_if = "Origin::is_unknown")]
    pub origin: Origin,
}

impl Parameter {
    /// An optional parameter with the same name in SQL and on the wire.
    pub fn new(name: SqlName, location: Location, ty: Type) -> Self {
        let wire_name = WireName::from(name.as_str());
        Self {
            name,
            wire_name,
            location,
            ty,
            presence: Presence::Optional,
            style: Style::Plain,
            description: Text::Borrowed(""),
            origin: Origin::UNKNOWN,
        }
    }

    /// The same parameter, required.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.presence = Presence::Required;
        self
    }
}

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Location {
    /// A variable of the path.
    Path,
    /// A query pair.
    Query,
    /// A header.
    Header,
    /// A property of the body, or the whole of it (see [`BodyContent`](crate::BodyContent)).
    Body,
    /// A variable of the server's URL.
    Server,
    /// Documented, but no document says where it goes.
    Unknown,
}

impl Location {
    /// The word the wire documents use: `path`, `query`, …
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Body => "body",
            Self::Server => "server",
            Self::Unknown => "unknown",
        }
    }
}

/// Whether a call can do without a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It must be given.
    Required,
    /// It may be left out.
    Optional,
    /// It may be left out; then this is sent.
    Default(Text),
}

/// How the value of a parameter is written where it goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// As one value; the items of a list are joined by commas.
    #[default]
    Plain,
    /// A list repeats its key: `tag=a&tag=b`.
    Repeated,
    /// The items of a list are joined by `|`.
    Pipes,
    /// The items of a list are joined by spaces.
    Spaces,
    /// The members of an object are query parameters of their own: `color=red&size=2`.
    Members,
    /// The members of an object have its name before theirs: `filter[color]=red&filter[size]=2`.
    Deep,
    /// A path variable that may span segments: its slashes stay slashes.
    MultiSegment,
    /// A body property that is always sent as a text: a structured value as its JSON text.
    Text,
}

impl Style {
    /// Whether it is the plain one.
    pub fn is_plain(&self) -> bool {
        matches!(self, Self::Plain)
    }
}

/// The SQL statement that reaches a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verb {
    /// `SELECT … FROM resource`
    Select,
    /// `INSERT INTO resource`
    Insert,
    /// `UPDATE resource SET …`
    Update,
    /// `REPLACE resource SET …`
    Replace,
    /// `DELETE FROM resource`
    Delete,
    /// `EXEC resource.method`
    Exec,
}

impl Verb {
    /// All of them, in the order in which documentation lists them.
    pub const ALL: [Self; 6] = [Self::Select, Self::Insert, Self::Update, Self::Replace, Self::Delete, Self::Exec];

    /// The verb in capitals.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Select => "SELECT",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Replace => "REPLACE",
            Self::Delete => "DELETE",
            Self::Exec => "EXEC",
        }
    }

    /// The verb for a word in any case.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.as_str().eq_ignore_ascii_case(word))
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_of_the_body_has_its_name_with_or_without_the_prefix() {
        let mut method = Method::new(ResourceId::new("demo.pets.pet"), SqlName::new("create"));
        let parameter = |name: &'static str, location| Parameter::new(SqlName::new(name), location, Type::STRING);
        method.parameters = vec![
            parameter("name", Location::Path),
            parameter("data__name", Location::Body),
            parameter("data__petOwner", Location::Query),
            parameter("weight", Location::Body),
            parameter("limit", Location::Query),
        ]
        .into();
        let found = |name: &str| method.parameter(name).map(|found| found.name.as_str());
        assert_eq!(found("name"), Some("name"));
        assert_eq!(found("data__name"), Some("data__name"));
        assert_eq!(found("petOwner"), Some("data__petOwner"));
        assert_eq!(found("data__weight"), Some("weight"));
        assert_eq!(found("data__limit"), None, "it is no property of the body");
    }
}
