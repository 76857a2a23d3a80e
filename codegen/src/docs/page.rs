//! What was read from a documentation page, verbatim and in page order.
//!
//! Nothing here is interpreted beyond the page itself; [`crate::merge`] joins it with the wire form.

use bindery_ir::{ResourceId, SqlName, Verb};
use serde::Serialize;

use crate::Diagnostic;

/// One documentation page.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Page {
    /// The file, as it was named to the reader.
    pub path: String,
    /// The generation of page generators it comes from, recognised by its content.
    pub dialect: Dialect,
    /// What it documents.
    pub kind: PageKind,
    /// Its identity, from the Id row. `None` on index pages and where the row is missing or broken.
    pub id: Option<ResourceId>,
    /// `title` of the front matter.
    pub title: String,
    /// What a person reads first: the sentence between imports and Overview, as plain text.
    pub summary: String,
    /// The Fields section.
    pub fields: FieldsSection,
    /// The rows of the Methods table.
    pub methods: Vec<MethodRow>,
    /// The rows of the Parameters table.
    pub parameters: Vec<FieldRow>,
    /// The text of a view's definition, by SQL dialect.
    pub view_ddl: Vec<(String, String)>,
    /// The SQL examples.
    pub sql_examples: Vec<SqlExample>,
    /// The manifests: YAML that fills in what an `INSERT` needs. They are shown as they are, and not always valid.
    pub manifests: Vec<Manifest>,
    /// What an index page lists; empty on other pages.
    pub index: Index,
    /// The environment variables that a provider's page wants the credentials in.
    pub authentication: Vec<Variable>,
    /// The parameters of the server's address, from a provider's page.
    pub server_parameters: Vec<Variable>,
    /// The keywords of the front matter. Many pages carry those of another provider.
    pub keywords: Vec<String>,
    /// What was wrong with the page.
    pub diagnostics: Vec<Diagnostic>,
}

/// The generation of page generators a page comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// Markdown tables, names in `<CopyableCode>`, no tabs, no SQL.
    PyMd,
    /// Markdown tables, names in backticks: the generation before [`Dialect::PyMd`].
    #[serde(rename = "py-md-bt")]
    PyMdBacktick,
    /// Markdown tables with tabs and one SQL example a verb.
    JsMd,
    /// HTML tables with three method columns.
    AwsHtml,
    /// HTML tables with five method columns, tabs by method, a Parameters table.
    UtilsHtml,
    /// A view with its SQL definition.
    UtilsView,
    /// An index page with counts in `<span>`s and an Overview table.
    IndexPy,
    /// An index page with counts in `<span>`s only.
    IndexJs,
    /// An index page with `:::info[…]` and counts in bold.
    IndexUtils,
    /// None of them: no page of this family.
    #[default]
    Other,
}

/// What a page documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PageKind {
    /// A resource.
    Resource,
    /// A view.
    View,
    /// The resources of a service.
    ServiceIndex,
    /// The services of a provider.
    ProviderIndex,
    /// None of them.
    #[default]
    Other,
}

/// The Fields section: three things that look alike are told apart.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldsSection {
    /// Empty or absent, or nothing but tables without rows: nothing is known.
    #[default]
    Unknown,
    /// The page says that the resource cannot be selected from.
    NotSelectable,
    /// Tables, by the value of their tab, no value twice; the tab of a page without tabs is "". At least one of them
    /// has rows.
    Known(Vec<FieldsTab>),
}

/// One table of fields.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldsTab {
    /// The value of the `TabItem`; "" without tabs.
    pub tab: String,
    /// Its rows.
    pub rows: Vec<FieldRow>,
}

/// A row of a Fields or Parameters table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldRow {
    /// The name, verbatim; may be empty.
    pub name: String,
    /// The datatype, verbatim and without code marks; may be empty.
    pub datatype: String,
    /// The description as plain text.
    pub description: String,
    /// The line of the row.
    pub line: u32,
}

/// A row of the Methods table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MethodRow {
    /// The name, verbatim.
    pub name: SqlName,
    /// The SQL verb; a word that is none was read as `EXEC` and reported.
    pub verb: Verb,
    /// The required parameters, verbatim and in order. A name stands twice where the page lists it twice, as a
    /// parameter and as a property of the body.
    pub required: Vec<SqlName>,
    /// The optional parameters, verbatim and in order; empty where the dialect has no such column.
    pub optional: Vec<SqlName>,
    /// The description as plain text.
    pub description: String,
    /// The line of the row.
    pub line: u32,
}

/// A SQL example.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SqlExample {
    /// The verb of the section it stands in.
    pub verb: Verb,
    /// The method it shows: named by its tab or by the `EXEC` path, or else the only one of its verb whose
    /// parameters are those of the statement.
    pub method: Option<SqlName>,
    /// The value of the `TabItem` it stands in; "" without tabs.
    pub tab: String,
    /// The statement, verbatim.
    pub sql: String,
    /// The line of its first line.
    pub line: u32,
}

/// A manifest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Manifest {
    /// The value of the `TabItem` it stands in; "" without tabs.
    pub tab: String,
    /// The YAML, verbatim.
    pub yaml: String,
    /// The line of its first line.
    pub line: u32,
}

/// What an index page lists.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Index {
    /// What the page counts, in its words: `total resources`, 7.
    pub totals: Vec<(String, u64)>,
    /// The resources of a service, or the services of a provider.
    pub entries: Vec<IndexEntry>,
}

/// A link of an index page.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IndexEntry {
    /// What it is called.
    pub name: String,
    /// Where it leads.
    pub href: String,
    /// Its line.
    pub line: u32,
}

/// A variable that a provider's page asks for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What the page says about it, as plain text; may be empty.
    pub description: String,
    /// Its line.
    pub line: u32,
}
