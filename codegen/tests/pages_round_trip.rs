//! The law of the pages that are written: reading them back gives what they were written from.
//!
//! For any provider, reading the pages of it gives [`documentable`] of it, with no finding above a note. For one that
//! was itself read from pages, that is the provider it was, so nothing a page can say gets lost on the way.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper of a test fails the test")]

use std::collections::BTreeMap;
use std::path::Path;

use bindery_codegen::docs::{Page, Statement, read_page};
use bindery_codegen::emit::pages::{documentable, emit_pages};
use bindery_codegen::{Inputs, Severity, Source, join, merge, openapi};
use bindery_ir::{
    Auth, Column, Fields, JsonPath, Location, Method, Parameter, Presence, Provider, ProviderName, Resource,
    ResourceId, ResourceKind, Rows, Service, ServiceName, SqlName, Style, Type, Verb, View, WireName,
};
use proptest::prelude::*;
use serde_json::Value;

mod corpus;

/// Writes the pages of a provider and reads them.
fn through_pages(provider: &Provider) -> (Provider, Vec<Page>) {
    let files = emit_pages(provider, "spec").files;
    let pages: Vec<Page> = files.iter().map(|file| read_page(&file.path, &file.text)).collect();
    let (again, _) = merge::merge(Provider::new(provider.name.clone()), &pages);
    (again, pages)
}

/// A provider as JSON without the places where it was read: pages that are written anew have other lines.
fn without_origins(provider: &Provider) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(object) => {
                object.remove("origin");
                object.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(provider).unwrap();
    strip(&mut value);
    value
}

/// The first place where two values differ, with what stands there: whole providers are too long to print.
fn difference(left: &Value, right: &Value, path: &str) -> Option<String> {
    match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            let null = Value::Null;
            let part =
                |map: &serde_json::Map<String, Value>, key: &String| map.get(key).cloned().unwrap_or(null.clone());
            keys.into_iter().find_map(|key| difference(&part(a, key), &part(b, key), &format!("{path}/{key}")))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(index, (a, b))| difference(a, b, &format!("{path}/{index}")))
        }
        _ if left == right => None,
        _ => Some(format!("{path}:\n  {left:.600}\n  {right:.600}")),
    }
}

fn assert_same(left: &Provider, right: &Provider) -> Result<(), String> {
    difference(&without_origins(left), &without_origins(right), "").map_or(Ok(()), Err)
}

/// What pages say beyond notes: nothing, when they are ours.
fn complaints(pages: &[Page]) -> Vec<String> {
    let diagnostics = pages.iter().flat_map(|page| &page.diagnostics);
    diagnostics.filter(|diagnostic| diagnostic.severity > Severity::Note).map(ToString::to_string).collect()
}

/// Whether every example gives what its method requires, and nothing that the page does not describe.
fn check_examples(page: &Page) -> Result<(), String> {
    let bare = |name: &str| name.strip_prefix("data__").filter(|rest| !rest.is_empty()).unwrap_or(name).to_owned();
    for method in &page.methods {
        let shown = page.sql_examples.iter().find(|e| e.verb == method.verb && e.method.as_ref() == Some(&method.name));
        let Some(example) = shown else { return Err(format!("no example of {}", method.name)) };
        let given: Vec<String> = Statement::read(&example.sql).parameters().map(bare).collect();
        let listed = method.required.iter().chain(&method.optional);
        let missing = listed.map(|name| bare(name.as_str())).find(|name| !given.contains(name));
        let described: Vec<String> = page.parameters.iter().map(|row| bare(&row.name)).collect();
        let surplus = given.iter().find(|name| !described.contains(name));
        if missing.is_some() || surplus.is_some() {
            return Err(format!("{}: {} lacks {missing:?}, has {surplus:?}:\n{}", page.path, method.name, example.sql));
        }
    }
    Ok(())
}

// ---- any provider ----------------------------------------------------------------------------------------------------

/// Descriptions as people write them, and as nobody should.
fn text() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "A",
        "plain",
        "sentence.",
        "{id}",
        "{",
        "}",
        "<b>",
        "</td>",
        "</table>",
        "## Methods",
        "|",
        "||",
        "\\|",
        "\\",
        "\\{",
        "`",
        "``",
        "```",
        "```sql\nSELECT",
        "`<br>`",
        "`a {b} <c>`",
        "`</td>`",
        "`<table>`",
        "&lt;",
        "&amp;lt;",
        "&",
        "&region=x",
        "`&lt;`",
        "&#123;",
        "&nbsp;",
        "\n",
        "\r\n",
        "\r",
        "\t",
        "  ",
        "\u{a0}",
        "\u{2028}",
        "\u{200b}",
        "é",
        "漢字",
        "import x from 'y'",
        "export",
        "- item",
        "1. item",
        "# h",
        ":::note",
        "---",
        "~~~",
        "<TabItem value=\"x\">",
        "<CopyableCode code=\"x\" />",
        "$filter",
        "${x}",
        "*",
        "_x_",
        "[a](#b)",
        "not supported",
        "`SELECT` not supported for this resource",
        "> This resource is a view",
        "<!--",
        "-->",
        "<script>",
        "\"",
        "'",
        "%",
        "https://x.example/?a=1&b=2",
        "\u{0}",
    ]);
    prop_oneof![
        1 => Just(String::new()),
        4 => prop::collection::vec(words, 0..8).prop_map(|words| words.concat()),
        2 => prop::collection::vec("[a-z{}<>`|&\\\\ ]{0,8}", 0..4).prop_map(|words| words.join(" ")),
        1 => any::<String>(),
    ]
}

/// Names of services, resources and methods.
fn identity() -> impl Strategy<Value = String> {
    let odd = [
        "get",
        "list",
        "_list",
        "update",
        "manifest",
        "manifest_",
        "view",
        "resource",
        "index.md",
        "null",
        "true",
        "1.0",
        "ref",
        "Methods",
        "a-b",
        "a.b",
        "a$b",
        "a+b",
        "projects_well-known_get",
        "methods",
        "__x__",
        "-",
        "a..b",
        "",
        "a/b",
    ];
    prop_oneof![3 => prop::sample::select(odd.to_vec()).prop_map(str::to_owned), 2 => "[a-z][a-z_]{0,6}"]
}

fn parameter_name() -> impl Strategy<Value = String> {
    let odd = [
        "$filter",
        "If-Match",
        "+datasetId",
        "filter[timestamp][start]",
        "certificate.name",
        "data__kafka.api.key",
        "data__",
        "data__id",
        "id",
        "x5t#S256",
        "_x_",
        "__proto__",
        "from",
        "where",
        "in",
        "and",
        "set",
        "select",
        "a b",
        "@type",
        "a/b",
        "",
        "a..b",
        "[]",
        ".",
        "-",
    ];
    prop_oneof![3 => prop::sample::select(odd.to_vec()).prop_map(str::to_owned), 2 => "[a-z]{1,3}"]
}

fn field_name() -> impl Strategy<Value = String> {
    let odd = [
        "",
        "id",
        "false",
        "x5t#S256",
        "@odata.id",
        "two words",
        " a ",
        "a\nb",
        "größe",
        "\"q\"",
        "'",
        "<b>",
        "{x}",
        "a|b",
        "`c`",
        "&lt;",
        "*",
        "from",
        "--",
        "```",
        "a,b",
        "\\",
        "_x_",
        "$schema",
    ];
    prop_oneof![3 => prop::sample::select(odd.to_vec()).prop_map(str::to_owned), 2 => "[a-z]{1,3}", 1 => text()]
}

fn ty() -> impl Strategy<Value = Type> {
    let format = || {
        prop::option::of(prop_oneof![
            Just("date-time".to_owned()),
            Just("role name".to_owned()),
            Just(String::new()),
            Just("a)b (c".to_owned()),
            Just("<x>|{y}`_z_".to_owned()),
            Just(" x  y ".to_owned()),
        ])
    };
    prop_oneof![
        Just(Type::Any),
        Just(Type::Boolean),
        Just(Type::FREE_OBJECT),
        Just(Type::Object("Thing".into())),
        Just(Type::Enum("Kind".into())),
        format().prop_map(|format| Type::Integer(format.map(Into::into))),
        format().prop_map(|format| Type::Number(format.map(Into::into))),
        format().prop_map(|format| Type::String(format.map(Into::into))),
        Just(Type::Array(bindery_ir::Boxed::new(Type::INTEGER))),
    ]
}

fn column() -> impl Strategy<Value = Column> {
    (field_name(), ty(), text()).prop_map(|(name, ty, description)| Column {
        name: SqlName::from(name),
        wire_name: WireName::from("elsewhere"),
        ty,
        description: description.into(),
    })
}

fn parameter() -> impl Strategy<Value = Parameter> {
    let location = prop::sample::select(vec![
        Location::Path,
        Location::Query,
        Location::Header,
        Location::Body,
        Location::Server,
        Location::Unknown,
    ]);
    let presence = prop_oneof![Just(Presence::Required), Just(Presence::Optional), Just(Presence::Default("x".into()))];
    (parameter_name(), location, ty(), presence, text()).prop_map(|(name, location, ty, presence, description)| {
        let mut parameter = Parameter::new(SqlName::from(name), location, ty);
        parameter.presence = presence;
        parameter.style = Style::Repeated;
        parameter.description = description.into();
        parameter
    })
}

fn method() -> impl Strategy<Value = Method> {
    let verbs = prop::collection::vec(prop::sample::select(Verb::ALL.to_vec()), 0..3);
    let parameters = prop::collection::vec(parameter(), 0..5);
    (identity(), verbs, text(), parameters, prop::collection::vec(column(), 0..4)).prop_map(
        |(name, verbs, description, parameters, columns)| {
            let mut method = Method::new(ResourceId::new("p.s.r"), SqlName::from(name));
            method.verbs = verbs.into();
            method.description = description.into();
            method.parameters = parameters.into();
            method.response.rows = Rows::Many(JsonPath::key("value"));
            method.response.columns = columns.into();
            method
        },
    )
}

fn view() -> impl Strategy<Value = View> {
    let dialect = prop::sample::select(vec!["", "sqlite3", "Sqlite3", "postgres", "a b"]);
    let ddl = prop_oneof![
        Just("SELECT\nid,\nb as \"x y\"\nFROM p.s.t\nWHERE a = 'replace-me' AND k = 'c';".to_owned()),
        Just("SELECT * FROM p.s.t".to_owned()),
        Just("SELECT 1\n```\n## Methods\n</TabItem>\r\nx\n\n".to_owned()),
        Just("SELECT 1 -- a\n````\n<TabItem value=\"x\">\n```sql\nx".to_owned()),
        // A heading with a fence behind it is how the reader knows a block that was never closed.
        text().prop_filter("no SQL", |text| !text.contains("## ")),
    ];
    (dialect, ddl).prop_map(|(dialect, ddl)| View {
        dialect: dialect.into(),
        required: vec![SqlName::new("other")].into(),
        ddl: ddl.into(),
    })
}

fn resource() -> impl Strategy<Value = (String, Resource)> {
    let fields = prop_oneof![
        Just(Fields::Unknown),
        Just(Fields::NotSelectable),
        prop::collection::vec(column(), 0..4).prop_map(|columns| Fields::Known(columns.into())),
    ];
    let kind = prop::sample::select(vec![ResourceKind::Resource, ResourceKind::Resource, ResourceKind::View]);
    let methods = prop::collection::vec(method(), 0..5);
    (identity(), text(), kind, fields, methods, prop::collection::vec(view(), 0..3)).prop_map(
        |(name, description, kind, fields, methods, views)| {
            let mut resource = Resource::new(ResourceId::new("p.s.r"));
            resource.title = "A title".into();
            resource.description = description.into();
            resource.kind = kind;
            resource.fields = fields;
            resource.methods = methods.into();
            resource.views = views.into();
            (name, resource)
        },
    )
}

fn provider() -> impl Strategy<Value = Provider> {
    let service = (identity(), text(), prop::collection::vec(resource(), 0..4));
    (prop::collection::vec(service, 0..3), text()).prop_map(|(services, description)| {
        let mut provider = Provider::new(ProviderName::new("p"));
        provider.description = description.into();
        provider.auth = Auth { variable: Some("P_TOKEN".into()), ..Auth::NONE };
        let mut by_name: BTreeMap<String, Service> = BTreeMap::new();
        for (name, description, resources) in services {
            let mut service = Service::new(ServiceName::from(name.as_str()));
            service.description = description.into();
            for (resource_name, mut resource) in resources {
                let Ok(id) = ResourceId::of("p", &name, &resource_name) else { continue };
                resource.methods.to_mut().iter_mut().for_each(|method| method.resource = id.clone());
                resource.id = id;
                service.resources.to_mut().push(resource);
            }
            by_name.insert(name, service);
        }
        provider.services = by_name.into_values().collect();
        provider
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reading_what_was_written_gives_what_was_documentable(provider in provider()) {
        let (again, pages) = through_pages(&provider);
        let expected = documentable(&provider);
        assert_same(&again, &expected).map_err(TestCaseError::fail)?;
        assert_same(&documentable(&again), &expected).map_err(TestCaseError::fail)?;
        prop_assert_eq!(complaints(&pages), Vec::<String>::new());
    }

    #[test]
    fn nothing_on_a_page_is_run_or_rendered_as_an_element_of_its_own(provider in provider()) {
        for file in emit_pages(&provider, "spec").files {
            check_mdx(&file.text).map_err(|problem| TestCaseError::fail(format!("{problem}\n{}", file.text)))?;
        }
    }
}

/// What MDX would stumble over: an expression or an element that is none of the dialect's, in running text.
///
/// Fenced code, manifests and the attributes of tabs are code; what stands between backticks is shown as it is.
fn check_mdx(text: &str) -> Result<(), String> {
    const ELEMENTS: [&str; 17] = [
        "a",
        "b",
        "br",
        "code",
        "CodeBlock",
        "CopyableCode",
        "div",
        "TabItem",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "Tabs",
        "span",
        "details",
    ];
    let mut closing: Option<String> = None;
    for line in text.lines() {
        if let Some(end) = &closing {
            if line == end || (end == "`}</CodeBlock>" && line.ends_with(end.as_str())) {
                closing = None;
            }
            continue;
        }
        if line.starts_with("```") {
            closing = Some(line.chars().take_while(|c| *c == '`').collect());
        } else if line == "<Tabs" {
            closing = Some(">".to_owned());
        } else if line.starts_with("<CodeBlock") {
            closing = (!line.ends_with("`}</CodeBlock>")).then(|| "`}</CodeBlock>".to_owned());
        } else {
            let shown = without_code(line);
            let mut elements = shown.split('<').skip(1).map(|rest| rest.trim_start_matches('/'));
            let is_known = |rest: &str| ELEMENTS.contains(&rest.split([' ', '>', '/']).next().unwrap_or_default());
            if let Some(element) = elements.find(|rest| !is_known(rest)) {
                return Err(format!("an element `{element}` in {line}"));
            }
            if shown.contains(['{', '}']) || line.starts_with("export ") {
                return Err(format!("an expression in {line}"));
            }
        }
    }
    Ok(())
}

/// A line without its code spans; a run of backticks that nothing closes is a fault.
fn without_code(line: &str) -> String {
    let mut shown = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        let run: String = rest[start..].chars().take_while(|c| *c == '`').collect();
        let behind = &rest[start + run.len()..];
        let mut at = 0;
        let end = loop {
            let Some(next) = behind[at..].find('`').map(|next| next + at) else { break None };
            let length = behind[next..].chars().take_while(|c| *c == '`').count();
            if length == run.len() {
                break Some(next + length);
            }
            at = next + length;
        };
        shown.push_str(&rest[..start]);
        rest = &behind[end.expect("a backtick that opens code is followed by one that closes it")..];
    }
    shown + rest
}

// ---- the corpus ------------------------------------------------------------------------------------------------------

fn pages_below(folder: &Path) -> Vec<Source> {
    Source::read_all(folder, &["md", "mdx"]).unwrap()
}

/// A folder of the corpus, with those of its pages that one debug build reads in a second or two.
fn sample(sources: Vec<Source>) -> Vec<Source> {
    const MOST: usize = 400;
    let step = sources.len().div_ceil(MOST).max(1);
    sources.into_iter().step_by(step).collect()
}

#[test]
fn pages_of_every_provider_survive_being_written_anew() {
    let Some(corpus) = corpus::corpus() else { return };
    let everything = std::env::var_os("BINDERY_WHOLE_CORPUS").is_some();
    let mut folders: Vec<_> =
        std::fs::read_dir(corpus.join("docs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    for folder in folders {
        let sources = pages_below(&folder);
        let sources = if everything { sources } else { sample(sources) };
        let read = join(&Inputs::default(), &sources, &[]).provider;
        let (again, pages) = through_pages(&read);
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        println!("{name}: {} pages, {} resources", sources.len(), read.resources().count());
        // What was read from pages has nothing that pages cannot say.
        if let Err(problem) = assert_same(&again, &read).and(assert_same(&documentable(&read), &read)) {
            panic!("{name}: {problem}");
        }
        assert_eq!(complaints(&pages), Vec::<String>::new(), "{name}");
        for page in &pages {
            check_examples(page).unwrap();
        }
    }
}

#[test]
fn pages_of_openapi_documents_say_what_is_documentable() {
    let Some(corpus) = corpus::corpus() else { return };
    for name in ["homebrew", "k8s", "snowflake", "openai"] {
        let folder = corpus.join("registry").join(name);
        let documents = Source::read_all(&folder, &["yaml", "yml", "json"]).unwrap();
        let (provider, _) = openapi::read_provider(&documents, name);
        let (again, pages) = through_pages(&provider);
        println!("{name}: {} resources, {} pages", provider.resources().count(), pages.len());
        if let Err(problem) = assert_same(&again, &documentable(&provider)) {
            panic!("{name}: {problem}");
        }
        assert_eq!(complaints(&pages), Vec::<String>::new(), "{name}");
        for page in &pages {
            check_examples(page).unwrap();
        }
    }
}
