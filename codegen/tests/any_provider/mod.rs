//! Providers as nobody would write them, for laws that have to hold for all.

use std::collections::BTreeMap;

use bindery_ir::{
    Auth, Column, Fields, JsonPath, Location, Method, Parameter, Presence, Provider, ProviderName, Resource,
    ResourceId, ResourceKind, Rows, Service, ServiceName, SqlName, Style, Type, Verb, View, WireName,
};
use proptest::prelude::*;

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

/// Any provider: names that pages may and may not use, texts that would break out, every combination of verbs.
pub(crate) fn provider() -> impl Strategy<Value = Provider> {
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
