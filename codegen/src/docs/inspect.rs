//! What `bindery inspect docs` shows of a page.
//!
//! The names and their order are a contract: others script against them.

use bindery_ir::Verb;
use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};

use super::{FieldRow, FieldsSection, Index, Manifest, MethodRow, Page, PageKind, SqlExample, Variable};

/// A page in the shape of `bindery inspect docs`: `{"path", "dialect", "provider", "service", "resource", "kind",
/// "title", "fields_state", "fields": {TAB: [[name, type, description]]}, "methods": [{"name", "verb", "required",
/// "optional", "description"}], "parameters": [[name, type, description]], "view_ddl": {DIALECT: SQL},
/// "sql_examples": [{"verb", "method", "tab", "sql"}], "manifests": [{"tab", "yaml"}], "diagnostics": [...]}`.
///
/// Index pages have besides `"index": {"totals": {WHAT: NUMBER}, "entries": [{"name", "href"}]}`, and those of a
/// provider `"authentication": [[variable, description]], "server_parameters": [[name, description]]`.
///
/// The identity is `null` on pages that are about no resource; `fields_state` is `known`, `not_selectable` or
/// `unknown`. Serialise it directly to keep the order of the page; [`Page::to_json`] makes a value of it.
#[derive(Clone, Copy, Debug)]
pub struct Inspection<'p>(&'p Page);

impl Page {
    /// The page in the shape of `bindery inspect docs`.
    pub fn inspection(&self) -> Inspection<'_> {
        Inspection(self)
    }

    /// The page in the shape of `bindery inspect docs`, as a JSON value.
    ///
    /// ```
    /// let page = bindery_codegen::docs::read_page("empty.md", "");
    /// assert_eq!(page.to_json()["fields_state"], "unknown");
    /// ```
    pub fn to_json(&self) -> serde_json::Value {
        // Everything in it is text, numbers, lists and maps with text keys, which JSON can always hold.
        serde_json::to_value(self.inspection()).unwrap_or_default()
    }
}

impl Serialize for Inspection<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let page = self.0;
        let is_index = matches!(page.kind, PageKind::ServiceIndex | PageKind::ProviderIndex);
        let mut object = serializer.serialize_struct("Page", if is_index { 18 } else { 15 })?;
        object.serialize_field("path", &page.path)?;
        object.serialize_field("dialect", &page.dialect)?;
        object.serialize_field("provider", &page.id.as_ref().map(bindery_ir::ResourceId::provider))?;
        object.serialize_field("service", &page.id.as_ref().map(bindery_ir::ResourceId::service))?;
        object.serialize_field("resource", &page.id.as_ref().map(bindery_ir::ResourceId::resource))?;
        object.serialize_field("kind", &page.kind)?;
        object.serialize_field("title", &page.title)?;
        object.serialize_field("fields_state", fields_state(&page.fields))?;
        object.serialize_field("fields", &FieldTabs(&page.fields))?;
        object.serialize_field("methods", &page.methods.iter().map(Method::new).collect::<Vec<_>>())?;
        object.serialize_field("parameters", &triples(&page.parameters))?;
        object.serialize_field("view_ddl", &Definitions(&page.view_ddl))?;
        object.serialize_field("sql_examples", &page.sql_examples.iter().map(Example::new).collect::<Vec<_>>())?;
        object.serialize_field("manifests", &Manifests(&page.manifests))?;
        if is_index {
            object.serialize_field("index", &IndexContents(&page.index))?;
            object.serialize_field("authentication", &pairs(&page.authentication))?;
            object.serialize_field("server_parameters", &pairs(&page.server_parameters))?;
        }
        object.serialize_field("diagnostics", &page.diagnostics)?;
        object.end()
    }
}

fn fields_state(fields: &FieldsSection) -> &'static str {
    match fields {
        FieldsSection::Unknown => "unknown",
        FieldsSection::NotSelectable => "not_selectable",
        FieldsSection::Known(_) => "known",
    }
}

fn triples(rows: &[FieldRow]) -> Vec<[&str; 3]> {
    rows.iter().map(|row| [row.name.as_str(), row.datatype.as_str(), row.description.as_str()]).collect()
}

fn pairs(variables: &[Variable]) -> Vec<[&str; 2]> {
    variables.iter().map(|variable| [variable.name.as_str(), variable.description.as_str()]).collect()
}

struct Manifests<'p>(&'p [Manifest]);

impl Serialize for Manifests<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown<'p> {
            tab: &'p str,
            yaml: &'p str,
        }
        serializer.collect_seq(self.0.iter().map(|manifest| Shown { tab: &manifest.tab, yaml: &manifest.yaml }))
    }
}

struct IndexContents<'p>(&'p Index);

impl Serialize for IndexContents<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Entry<'p> {
            name: &'p str,
            href: &'p str,
        }
        let entries = self.0.entries.iter().map(|entry| Entry { name: &entry.name, href: &entry.href });
        let mut object = serializer.serialize_struct("Index", 2)?;
        object.serialize_field("totals", &Totals(&self.0.totals))?;
        object.serialize_field("entries", &entries.collect::<Vec<_>>())?;
        object.end()
    }
}

struct Totals<'p>(&'p [(String, u64)]);

impl Serialize for Totals<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(what, number)| (what, number)))
    }
}

struct FieldTabs<'p>(&'p FieldsSection);

impl Serialize for FieldTabs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tabs = if let FieldsSection::Known(tabs) = self.0 { tabs.as_slice() } else { &[] };
        let mut map = serializer.serialize_map(Some(tabs.len()))?;
        for tab in tabs {
            map.serialize_entry(&tab.tab, &triples(&tab.rows))?;
        }
        map.end()
    }
}

struct Definitions<'p>(&'p [(String, String)]);

impl Serialize for Definitions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(dialect, sql)| (dialect, sql)))
    }
}

#[derive(Serialize)]
struct Method<'p> {
    name: &'p str,
    verb: &'static str,
    required: Vec<&'p str>,
    optional: Vec<&'p str>,
    description: &'p str,
}

impl<'p> Method<'p> {
    fn new(row: &'p MethodRow) -> Self {
        Self {
            name: row.name.as_str(),
            verb: row.verb.as_str(),
            required: row.required.iter().map(bindery_ir::SqlName::as_str).collect(),
            optional: row.optional.iter().map(bindery_ir::SqlName::as_str).collect(),
            description: &row.description,
        }
    }
}

#[derive(Serialize)]
struct Example<'p> {
    verb: &'static str,
    method: Option<&'p str>,
    tab: &'p str,
    sql: &'p str,
}

impl<'p> Example<'p> {
    fn new(example: &'p SqlExample) -> Self {
        Self {
            verb: Verb::as_str(example.verb),
            method: example.method.as_ref().map(bindery_ir::SqlName::as_str),
            tab: &example.tab,
            sql: &example.sql,
        }
    }
}
