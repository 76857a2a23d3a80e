//! OpenAPI schemas → [`Type`]s and named [`Schema`]s.
//!
//! A type is written out where it is used; objects with properties and enumerations of texts become named
//! schemas. An object without a name of its own gets one from where it stands. Unions become the object that has
//! every property of every member: all properties are optional anyway, and nothing that arrives is refused.

use std::collections::{HashMap, HashSet, VecDeque};

use bindery_ir::{
    Access, Boxed, EnumValue, ErrorShape, Field, List, Origin, Schema, SchemaName, SchemaShape, Text, Type, WireName,
};
use indexmap::{IndexMap, IndexSet};

use super::document::Cursor;
use super::response;
use crate::{Diagnostic, Severity};

/// Schemas nested deeper than this, references included, are read as [`Type::Any`].
const DEEPEST: usize = 48;

/// Reads the schemas of one document, and of those it refers to.
#[derive(Debug)]
pub(super) struct SchemaReader<'a> {
    /// Where the document's components keep their schemas.
    components: Option<Cursor<'a>>,
    /// What was read.
    named: IndexMap<String, Schema>,
    /// What is to be read, in the order in which it was met.
    waiting: VecDeque<(String, Cursor<'a>)>,
    /// The names of what was met, by its identity.
    names: HashMap<(usize, u32), String>,
    /// Names that are in use: those of components, which inline objects must not take, and those that were given.
    taken: HashSet<String>,
    /// What SQL calls properties by their schema and name, where that is something else.
    aliases: HashMap<(String, String), String>,
    errors: HashMap<(usize, u32), Option<ErrorShape>>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Where something of a code was found already: two methods may share an operation, and all that is wrong with it.
    found: HashSet<(&'static str, Place, String)>,
}

/// File, line and pointer.
type Place = (String, u32, String);

/// A property of an object schema, before its type is read.
#[derive(Clone, Debug)]
pub(super) struct Property<'a> {
    pub(super) name: &'a str,
    /// What SQL calls it, where that is something else.
    pub(super) alias: Option<&'a str>,
    pub(super) schema: Cursor<'a>,
    pub(super) required: bool,
    pub(super) access: Access,
    pub(super) description: Text,
}

/// The words that name a schema without a name: `Backend`, `tls`.
#[derive(Clone, Copy)]
struct Context<'c> {
    outer: Option<&'c Context<'c>>,
    words: &'c [&'c str],
}

impl Context<'_> {
    /// `Backend tls-options` → `BackendTlsOptions`. The result is a name for people, not yet an identifier.
    fn name(&self) -> String {
        let mut name = self.outer.map(Context::name).unwrap_or_default();
        let parts = self.words.iter().flat_map(|words| words.split(|c: char| !c.is_alphanumeric()));
        for word in parts.filter(|word| !word.is_empty()) {
            let mut letters = word.chars();
            name.extend(letters.next().into_iter().flat_map(char::to_uppercase));
            name.push_str(letters.as_str());
        }
        name
    }
}

impl<'a> SchemaReader<'a> {
    /// A reader for the document whose root is given.
    pub(super) fn new(root: Cursor<'a>) -> Self {
        let components = root.path(&["components", "schemas"]);
        let taken = components.into_iter().flat_map(Cursor::entries).map(|(name, _)| name.to_owned()).collect();
        Self {
            components,
            named: IndexMap::new(),
            waiting: VecDeque::new(),
            names: HashMap::new(),
            taken,
            aliases: HashMap::new(),
            errors: HashMap::new(),
            diagnostics: Vec::new(),
            found: HashSet::new(),
        }
    }

    /// The type of a schema. `context` names it should it need a name and have none: `Backend`, `tls`.
    pub(super) fn type_of(&mut self, schema: Cursor<'a>, context: &[&str]) -> Type {
        self.type_at_depth(schema, Context { outer: None, words: context }, 0)
    }

    fn type_at_depth(&mut self, schema: Cursor<'a>, context: Context<'_>, depth: usize) -> Type {
        let Some(schema) = self.resolve(schema, "read as a value of any type") else { return Type::Any };
        if depth > DEEPEST {
            let message = "the schema is nested too deeply".to_owned();
            self.report("openapi/deep-schema", schema, message, "read as a value of any type");
            return Type::Any;
        }
        if let Some(only) = only_member(schema) {
            return self.type_at_depth(only, context, depth + 1);
        }
        let word = type_word(schema);
        if matches!(word, None | Some("string")) && enum_values(schema).is_some() {
            return Type::Enum(self.name_for(schema, context));
        }
        let format = || schema.text_of("format").map(|format| Text::Owned(format.to_owned()));
        let mut inner = |schema, word| {
            let context = Context { outer: Some(&context), words: &[word] };
            Boxed::new(self.type_at_depth(schema, context, depth + 1))
        };
        match word {
            Some("string") => Type::String(format()),
            Some("integer") => Type::Integer(format()),
            Some("number") => Type::Number(format()),
            Some("boolean") => Type::Boolean,
            Some("array") => {
                Type::Array(schema.get("items").map_or(Boxed::Static(&Type::Any), |items| inner(items, "item")))
            }
            Some("object") | None if has_properties(schema, 0) => Type::Object(self.name_for(schema, context)),
            Some("object") | None => {
                let values = ["additionalProperties", "patternProperties"].into_iter().find_map(|key| schema.get(key));
                match values.filter(|values| values.is_map() && values.entries().next().is_some()) {
                    // Patterns say which keys there are; a map has any, and the values of the first.
                    Some(values) if values.name() == "patternProperties" => match values.entries().next() {
                        Some((_, only)) if values.entries().count() == 1 => Type::Map(inner(only, "value")),
                        _ => Type::FREE_OBJECT,
                    },
                    Some(values) => Type::Map(inner(values, "value")),
                    None if word.is_some() => Type::FREE_OBJECT,
                    None => Type::Any,
                }
            }
            Some(_) => Type::Any,
        }
    }

    /// What SQL calls a property of a schema, where that is something else.
    pub(super) fn alias(&self, schema: &str, property: &str) -> Option<&str> {
        if self.aliases.is_empty() {
            return None;
        }
        self.aliases.get(&(schema.to_owned(), property.to_owned())).map(String::as_str)
    }

    /// The properties of an object, with those of everything it is composed of.
    pub(super) fn properties(&mut self, schema: Cursor<'a>) -> Vec<Property<'a>> {
        let mut properties = IndexMap::new();
        self.collect_properties(schema, 0, true, &mut properties);
        properties.into_values().collect()
    }

    /// `binding` is false inside alternatives, where a required property is required only by its own branch.
    fn collect_properties(
        &mut self,
        schema: Cursor<'a>,
        depth: usize,
        binding: bool,
        into: &mut IndexMap<&'a str, Property<'a>>,
    ) {
        let Some(schema) = self.resolve(schema, "its properties are left out") else { return };
        if depth > DEEPEST {
            return;
        }
        for keyword in UNIONS {
            let binding = binding && keyword == "allOf";
            for member in schema.get(keyword).into_iter().flat_map(Cursor::items) {
                self.collect_properties(member, depth + 1, binding, into);
            }
        }
        for (name, property) in schema.get("properties").into_iter().flat_map(Cursor::entries) {
            let described = self.resolve(property, "read as a value of any type").unwrap_or(property);
            let flag = |key| property.flag(key) || described.flag(key);
            let access = match () {
                () if flag("readOnly") => Access::ReadOnly,
                () if flag("writeOnly") => Access::WriteOnly,
                () => Access::ReadWrite,
            };
            // What stands beside a reference is nearer than what it leads to.
            let nearest = |key| property.text_of(key).or_else(|| described.text_of(key));
            let property = Property {
                name,
                alias: nearest("x-stackQL-alias"),
                schema: property,
                required: into.get(name).is_some_and(|known| known.required),
                access,
                description: Text::Owned(nearest("description").unwrap_or_default().trim().to_owned()),
            };
            into.insert(name, property);
        }
        if binding {
            for name in schema.get("required").into_iter().flat_map(Cursor::items).filter_map(Cursor::text) {
                if let Some(property) = into.get_mut(name) {
                    property.required = true;
                }
            }
        }
    }

    /// The name of a schema, which is read later: its own below `components`, else one made from its context.
    fn name_for(&mut self, schema: Cursor<'a>, context: Context<'_>) -> SchemaName {
        if let Some(name) = self.names.get(&schema.identity()) {
            return SchemaName::from(name.as_str());
        }
        let is_component = self.components.is_some_and(|components| components == schema.parent());
        let name = if is_component {
            schema.name().to_owned()
        } else {
            // A component of another document keeps its name, unless one of this document has it.
            let is_foreign = self.components.is_none_or(|components| components.identity().0 != schema.identity().0);
            let mut name =
                if is_foreign && !schema.name().is_empty() { schema.name().to_owned() } else { context.name() };
            while !self.taken.insert(name.clone()) {
                name.push_str("Inline");
            }
            name
        };
        self.names.insert(schema.identity(), name.clone());
        self.waiting.push_back((name.clone(), schema));
        SchemaName::from(name)
    }

    /// Reads everything that was named and everything that those name in turn.
    pub(super) fn read_waiting(&mut self) {
        while let Some((name, schema)) = self.waiting.pop_front() {
            let shape = self.shape(&name, schema);
            let schema = Schema {
                name: SchemaName::from(name.as_str()),
                description: schema.prose("description"),
                shape,
                origin: schema.origin(),
            };
            self.named.insert(name, schema);
        }
    }

    fn shape(&mut self, name: &str, schema: Cursor<'a>) -> SchemaShape {
        if let Some(values) = enum_values(schema) {
            return SchemaShape::Enum(values.into());
        }
        let mut fields = Vec::new();
        for property in self.properties(schema) {
            let ty = self.type_of(property.schema, &[name, property.name]);
            if let Some(alias) = property.alias {
                self.aliases.insert((name.to_owned(), property.name.to_owned()), alias.to_owned());
            }
            fields.push(Field {
                name: WireName::from(property.name),
                ty,
                access: property.access,
                description: property.description,
            });
        }
        SchemaShape::Struct(fields.into())
    }

    /// The fields of a struct schema that was read; none for any other.
    pub(super) fn fields_of(&self, schema: &SchemaName) -> &[Field] {
        match self.named.get(schema.as_str()).map(|schema| &schema.shape) {
            Some(SchemaShape::Struct(fields)) => fields,
            _ => &[],
        }
    }

    /// Where an error of that schema has its code and message.
    pub(super) fn error_shape_of(&mut self, schema: Cursor<'a>) -> Option<ErrorShape> {
        let identity = schema.resolve().ok()?.identity();
        if let Some(known) = self.errors.get(&identity) {
            return known.clone();
        }
        let shape = response::shape_of_error(schema, self);
        self.errors.insert(identity, shape.clone());
        shape
    }

    /// Everything that was read, in the order in which it was met.
    pub(super) fn into_schemas(mut self) -> (List<Schema>, Vec<Diagnostic>) {
        self.read_waiting();
        (self.named.into_values().collect(), self.diagnostics)
    }

    /// Follows references; a reference that leads nowhere is reported once per place.
    pub(super) fn resolve(&mut self, cursor: Cursor<'a>, assumed: &str) -> Option<Cursor<'a>> {
        match cursor.resolve() {
            Ok(target) => Some(target),
            Err(unresolved) => {
                self.add(unresolved.diagnostic(assumed));
                None
            }
        }
    }

    /// Warns of something at a place, saying what was assumed.
    pub(super) fn report(&mut self, code: &'static str, at: Cursor<'_>, message: String, assumed: &str) {
        self.add(at.finding(Severity::Warning, code, message).assuming(assumed));
    }

    /// The same where the place is known and its text is not at hand.
    pub(super) fn report_at(&mut self, code: &'static str, origin: Origin, message: String, assumed: &str) {
        self.add(Diagnostic::warning(code, origin, message).assuming(assumed));
    }

    /// Notes something, once for each place.
    pub(super) fn add(&mut self, diagnostic: Diagnostic) {
        let origin = &diagnostic.origin;
        let place = (origin.file.to_string(), origin.line, origin.pointer.to_string());
        if self.found.insert((diagnostic.code, place, diagnostic.message.clone())) {
            self.diagnostics.push(diagnostic);
        }
    }
}

/// The keywords that compose a schema of others.
const UNIONS: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// The single schema that a union consists of once `null` is taken away, when nothing stands beside it.
fn only_member(schema: Cursor<'_>) -> Option<Cursor<'_>> {
    if schema.get("properties").is_some() {
        return None;
    }
    let lists = UNIONS.iter().filter_map(|keyword| schema.get(keyword));
    let mut members = lists.flat_map(Cursor::items).filter(|member| type_word(*member) != Some("null"));
    let only = members.next()?;
    members.next().is_none().then_some(only)
}

/// Whether an object has properties, its own or of what it is composed of.
fn has_properties(schema: Cursor<'_>, depth: usize) -> bool {
    if depth > DEEPEST {
        return false;
    }
    let Ok(schema) = schema.resolve() else { return false };
    if schema.get("properties").is_some_and(|properties| properties.entries().next().is_some()) {
        return true;
    }
    // A union of objects is an object; a union of an object and a text is anything.
    let all = schema.get("allOf").is_some_and(|list| list.items().any(|m| has_properties(m, depth + 1)));
    all || ["anyOf", "oneOf"].iter().filter_map(|keyword| schema.get(keyword)).any(|list| {
        let mut members = list.items().filter(|member| type_word(*member) != Some("null")).peekable();
        members.peek().is_some() && members.all(|member| has_properties(member, depth + 1))
    })
}

/// The texts of an enumeration, or the only one of a constant; `None` when it has none or other values among them.
fn enum_values(schema: Cursor<'_>) -> Option<Vec<EnumValue>> {
    let mut texts = IndexSet::new();
    let stated = schema.get("enum").map(Cursor::items).into_iter().flatten();
    for value in stated.chain(schema.get("const")) {
        if value.is_text() {
            texts.insert(value.text().unwrap_or_default());
        } else if value.text().is_some() || value.is_map() || value.is_list() {
            return None;
        }
    }
    let values = texts
        .into_iter()
        .map(|text| EnumValue { value: Text::Owned(text.to_owned()), description: Text::Borrowed("") });
    Some(values.collect()).filter(|values: &Vec<EnumValue>| !values.is_empty())
}

/// The `type` of a schema; of a 3.1 list of types the only one that is not `null`, or nothing.
fn type_word(schema: Cursor<'_>) -> Option<&str> {
    let stated = schema.get("type")?;
    if let Some(word) = stated.text() {
        return Some(word);
    }
    let mut words = stated.items().filter_map(Cursor::text).filter(|word| *word != "null");
    match (words.next(), words.next()) {
        (only, None) => only,
        _ => Some("any of several"),
    }
}
