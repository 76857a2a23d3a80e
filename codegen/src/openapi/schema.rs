//! OpenAPI schemas → [`Type`]s and named [`Schema`]s.
//!
//! A type is written out where it is used; objects with properties and enumerations of texts become named
//! schemas. An object without a name of its own gets one from where it stands. Unions become the object that has
//! every property of every member: all properties are optional anyway, and nothing that arrives is refused.

use std::collections::VecDeque;

use bindery_ir::{
    Access, Boxed, EnumValue, Field, List, Origin, Schema, SchemaName, SchemaShape, Text, Type, WireName,
};
use indexmap::{IndexMap, IndexSet};

use super::document::Cursor;
use crate::Diagnostic;

/// Where components keep their schemas.
const COMPONENTS: &str = "/components/schemas";

/// Schemas nested deeper than this, references included, are read as [`Type::Any`].
const DEEPEST: usize = 48;

/// Reads the schemas of one document.
#[derive(Debug)]
pub(crate) struct SchemaReader<'a> {
    /// What was named, whether it was read already or waits in the queue.
    named: IndexMap<String, Schema>,
    waiting: VecDeque<(String, Cursor<'a>)>,
    requested: IndexSet<String>,
    /// Names that components have, which inline objects must not take.
    taken: IndexSet<String>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// A property of an object schema, before its type is read.
#[derive(Clone, Debug)]
pub(crate) struct Property<'a> {
    pub(crate) name: String,
    pub(crate) schema: Cursor<'a>,
    pub(crate) required: bool,
    pub(crate) access: Access,
    pub(crate) description: Text,
}

impl<'a> SchemaReader<'a> {
    /// A reader for the document whose root is given.
    pub(crate) fn new(root: &Cursor<'a>) -> Self {
        let components = root.path(&["components", "schemas"]);
        let taken = components.iter().flat_map(Cursor::entries).map(|(name, _)| name.to_owned()).collect();
        Self {
            named: IndexMap::new(),
            waiting: VecDeque::new(),
            requested: IndexSet::new(),
            taken,
            diagnostics: Vec::new(),
        }
    }

    /// The type of a schema. `context` names it should it need a name and have none: `Backend` + `tls`.
    pub(crate) fn type_of(&mut self, schema: &Cursor<'a>, context: &str) -> Type {
        self.type_at_depth(schema, context, 0)
    }

    fn type_at_depth(&mut self, schema: &Cursor<'a>, context: &str, depth: usize) -> Type {
        let Some(schema) = self.resolve(schema, "read as a value of any type") else { return Type::Any };
        if depth > DEEPEST {
            self.diagnostics.push(
                Diagnostic::warning("openapi/deep-schema", schema.origin(), "the schema is nested too deeply")
                    .with_hint("read as a value of any type"),
            );
            return Type::Any;
        }
        if let Some(only) = only_member(&schema) {
            return self.type_at_depth(&only, context, depth + 1);
        }
        let word = type_word(&schema);
        if schema.get("enum").is_some() && matches!(word, None | Some("string")) && enum_values(&schema).is_some() {
            return Type::Enum(self.name_for(&schema, context));
        }
        let format = schema.text_of("format").map(|format| Text::Owned(format.to_owned()));
        match word {
            Some("string") => Type::String(format),
            Some("integer") => Type::Integer(format),
            Some("number") => Type::Number(format),
            Some("boolean") => Type::Boolean,
            Some("array") => {
                let item = schema
                    .get("items")
                    .map_or(Type::Any, |items| self.type_at_depth(&items, &format!("{context} item"), depth + 1));
                Type::Array(Boxed::new(item))
            }
            Some("object") | None => self.object_type(&schema, context, word.is_some(), depth),
            Some(_) => Type::Any,
        }
    }

    /// The type of an object, or of a schema that does not say what it is.
    fn object_type(&mut self, schema: &Cursor<'a>, context: &str, stated: bool, depth: usize) -> Type {
        if has_properties(schema, 0) {
            return Type::Object(self.name_for(schema, context));
        }
        match schema.get("additionalProperties") {
            Some(values) if values.is_map() => {
                Type::Map(Boxed::new(self.type_at_depth(&values, &format!("{context} value"), depth + 1)))
            }
            _ if stated => Type::FREE_OBJECT,
            _ => Type::Any,
        }
    }

    /// The properties of an object, with those of everything it is composed of.
    pub(crate) fn properties(&mut self, schema: &Cursor<'a>) -> Vec<Property<'a>> {
        let mut properties = IndexMap::new();
        self.collect_properties(schema, 0, true, &mut properties);
        properties.into_values().collect()
    }

    /// `binding` is false inside alternatives, where a required property is required only by its own branch.
    fn collect_properties(
        &mut self,
        schema: &Cursor<'a>,
        depth: usize,
        binding: bool,
        into: &mut IndexMap<String, Property<'a>>,
    ) {
        let Some(schema) = self.resolve(schema, "its properties are left out") else { return };
        if depth > DEEPEST {
            return;
        }
        for keyword in ["allOf", "anyOf", "oneOf"] {
            let binding = binding && keyword == "allOf";
            for member in schema.get(keyword).iter().flat_map(Cursor::items) {
                self.collect_properties(&member, depth + 1, binding, into);
            }
        }
        for (name, property) in schema.get("properties").iter().flat_map(Cursor::entries) {
            let described = self.resolve(&property, "read as a value of any type").unwrap_or_else(|| property.clone());
            let access = if property.flag("readOnly") || described.flag("readOnly") {
                Access::ReadOnly
            } else if property.flag("writeOnly") || described.flag("writeOnly") {
                Access::WriteOnly
            } else {
                Access::ReadWrite
            };
            let description = match property.prose("description") {
                text if text.is_empty() => described.prose("description"),
                text => text,
            };
            let required = into.get(name).is_some_and(|known| known.required);
            let property = Property { name: name.to_owned(), schema: property, required, access, description };
            into.insert(name.to_owned(), property);
        }
        if binding {
            for name in schema.get("required").iter().flat_map(Cursor::items).filter_map(|name| name.text()) {
                if let Some(property) = into.get_mut(name) {
                    property.required = true;
                }
            }
        }
    }

    /// The name of a schema, which is read later: its own below `components`, else one made from its context.
    fn name_for(&mut self, schema: &Cursor<'a>, context: &str) -> SchemaName {
        let name = if schema.stands_below(COMPONENTS) {
            schema.name()
        } else {
            let mut name = pascal(context);
            while self.taken.contains(&name) {
                name.push_str("Inline");
            }
            name
        };
        if self.requested.insert(name.clone()) {
            self.waiting.push_back((name.clone(), schema.clone()));
        }
        SchemaName::from(name)
    }

    /// Reads everything that was named and everything that those name in turn.
    pub(crate) fn read_waiting(&mut self) {
        while let Some((name, schema)) = self.waiting.pop_front() {
            let shape = self.shape(&name, &schema);
            let schema = Schema {
                name: SchemaName::from(name.as_str()),
                description: schema.prose("description"),
                shape,
                origin: schema.origin(),
            };
            self.named.insert(name, schema);
        }
    }

    fn shape(&mut self, name: &str, schema: &Cursor<'a>) -> SchemaShape {
        if schema.get("enum").is_some()
            && let Some(values) = enum_values(schema)
        {
            return SchemaShape::Enum(values.into());
        }
        let mut fields = Vec::new();
        for property in self.properties(schema) {
            let ty = self.type_of(&property.schema, &format!("{name} {}", property.name));
            fields.push(Field {
                name: WireName::from(property.name),
                ty,
                access: property.access,
                description: property.description,
            });
        }
        SchemaShape::Struct(fields.into())
    }

    /// The fields of a struct schema; none for any other type. Reads what waits.
    pub(crate) fn fields_of(&mut self, ty: &Type) -> Vec<Field> {
        self.read_waiting();
        match ty {
            Type::Object(name) => match self.named.get(name.as_str()).map(|schema| &schema.shape) {
                Some(SchemaShape::Struct(fields)) => fields.to_vec(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// Everything that was read, in the order in which it was met.
    pub(crate) fn into_schemas(mut self) -> (List<Schema>, Vec<Diagnostic>) {
        self.read_waiting();
        (self.named.into_values().collect(), self.diagnostics)
    }

    /// Follows references; a reference that leads nowhere is reported once per place.
    pub(crate) fn resolve(&mut self, cursor: &Cursor<'a>, assumed: &str) -> Option<Cursor<'a>> {
        match cursor.resolve() {
            Ok(target) => Some(target),
            Err(unresolved) => {
                self.add(unresolved.diagnostic(assumed));
                None
            }
        }
    }

    /// Notes something about a place.
    pub(crate) fn report(&mut self, code: &'static str, origin: Origin, message: String, hint: &str) {
        self.add(Diagnostic::warning(code, origin, message).with_hint(hint));
    }

    /// Two methods may share an operation, and everything that is wrong with it.
    fn add(&mut self, diagnostic: Diagnostic) {
        if !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }
}

/// The single schema that a union consists of once `null` is taken away, when nothing stands beside it.
fn only_member<'a>(schema: &Cursor<'a>) -> Option<Cursor<'a>> {
    if schema.get("properties").is_some() {
        return None;
    }
    let members: Vec<Cursor<'a>> = ["allOf", "anyOf", "oneOf"]
        .iter()
        .filter_map(|keyword| schema.get(keyword))
        .flat_map(|list| list.items())
        .filter(|member| type_word(member) != Some("null"))
        .collect();
    match members.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// Whether an object has properties, its own or of what it is composed of.
fn has_properties(schema: &Cursor<'_>, depth: usize) -> bool {
    if depth > DEEPEST {
        return false;
    }
    let Ok(schema) = schema.resolve() else { return false };
    if schema.get("properties").is_some_and(|properties| properties.entries().next().is_some()) {
        return true;
    }
    // A union of objects is an object; a union of an object and a text is anything.
    let all = schema.get("allOf").is_some_and(|list| list.items().any(|m| has_properties(&m, depth + 1)));
    all || ["anyOf", "oneOf"].iter().filter_map(|keyword| schema.get(keyword)).any(|list| {
        let mut members = list.items().filter(|member| type_word(member) != Some("null")).peekable();
        members.peek().is_some() && members.all(|member| has_properties(&member, depth + 1))
    })
}

/// The texts of an enumeration; `None` when it has none or other values among them.
fn enum_values(schema: &Cursor<'_>) -> Option<Vec<EnumValue>> {
    let mut texts = IndexSet::new();
    for value in schema.get("enum")?.items() {
        if value.is_text() {
            texts.insert(value.text().unwrap_or_default().to_owned());
        } else if value.text().is_some() || value.is_map() || value.is_list() {
            return None;
        }
    }
    let values = texts.into_iter().map(|text| EnumValue { value: text.into(), description: Text::Borrowed("") });
    Some(values.collect()).filter(|values: &Vec<EnumValue>| !values.is_empty())
}

/// The `type` of a schema; of a 3.1 list of types the only one that is not `null`, or nothing.
fn type_word<'a>(schema: &Cursor<'a>) -> Option<&'a str> {
    let stated = schema.get("type")?;
    if let Some(word) = stated.text() {
        return Some(word);
    }
    let words: Vec<&str> = stated.items().filter_map(|item| item.text()).filter(|word| *word != "null").collect();
    match words.as_slice() {
        [word] => Some(word),
        [] => None,
        _ => Some("any of several"),
    }
}

/// `Backend tls-options` → `BackendTlsOptions`. The result is a name for people, not yet an identifier.
fn pascal(context: &str) -> String {
    context
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
        })
        .collect()
}
