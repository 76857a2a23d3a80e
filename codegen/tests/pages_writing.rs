//! What `emit_pages` writes, and what it leaves out and says.

use bindery_codegen::emit::pages::emit_pages;
use bindery_ir::{
    Column, Location, Method, Parameter, Provider, ProviderName, Resource, ResourceId, ResourceKind, Service,
    ServiceName, SqlName, Type, Verb, View, WireName,
};

fn resource(id: &'static str, parameter: &'static str) -> Resource {
    let mut method = Method::new(ResourceId::new(id), SqlName::new("create"));
    method.verbs = vec![Verb::Insert].into();
    method.parameters = vec![Parameter::new(SqlName::new(parameter), Location::Body, Type::STRING)].into();
    let mut resource = Resource::new(ResourceId::new(id));
    resource.methods = vec![method].into();
    resource
}

fn found(resources: Vec<Resource>) -> (Vec<&'static str>, Vec<String>) {
    let mut service = Service::new(ServiceName::new("s"));
    service.resources = resources.into();
    let mut provider = Provider::new(ProviderName::new("p"));
    provider.services = vec![service].into();
    let pages = emit_pages(&provider, "spec");
    let codes = pages.findings.iter().map(|finding| finding.code).collect();
    (codes, pages.files.into_iter().map(|file| file.path).collect())
}

#[test]
fn everything_that_has_a_name_has_its_place() {
    let (codes, paths) = found(vec![resource("p.s.b", "data__x"), resource("p.s.a", "$filter")]);
    assert_eq!(codes, [""; 0]);
    assert_eq!(paths, ["index.md", "s/a/index.md", "s/b/index.md", "s/index.md"]);
}

#[test]
fn names_that_no_page_may_use_are_left_out_and_said() {
    let (codes, paths) = found(vec![resource("p.s.../../etc", "x"), resource("p.s.a", "@odata.type")]);
    assert_eq!(codes, ["pages/name-left-out", "pages/name-left-out"]);
    assert_eq!(paths, ["index.md", "s/a/index.md", "s/index.md"]);
}

#[test]
fn a_second_resource_of_the_same_name_is_said() {
    let (codes, paths) = found(vec![resource("p.s.a", "x"), resource("p.s.a", "y")]);
    assert_eq!(codes, ["pages/twin-left-out"]);
    assert_eq!(paths.len(), 3);
}

#[test]
fn views_beside_methods_are_said() {
    let mut both = resource("p.s.a", "x");
    let view = View { dialect: "sqlite3".into(), required: Vec::new().into(), ddl: "SELECT 1".into() };
    both.views = vec![view].into();
    assert_eq!(found(vec![both]).0, ["pages/views-left-out"]);
}

/// A resource with a method for every verb, and text that a page has to escape.
fn cheese() -> Provider {
    let id = ResourceId::new("shop.counter.cheese");
    let parameter = |name, location, description: &'static str| {
        let mut parameter = Parameter::new(SqlName::new(name), location, Type::STRING);
        parameter.description = description.into();
        parameter
    };
    let cheese_id = || parameter("cheeseId", Location::Path, "Which cheese: `{id}` or <b>.").required();
    let name = || parameter("data__name", Location::Body, "What it is called.").required();
    let holes = || Parameter { ty: Type::INTEGER, ..parameter("data__holes", Location::Body, "") };
    let method = |name, verb, parameters: Vec<Parameter>| {
        let mut method = Method::new(id.clone(), SqlName::new(name));
        method.verbs = vec![verb].into();
        method.description = format!("{verb}s | {{one}} cheese.").into();
        method.parameters = parameters.into();
        let column = Column {
            name: SqlName::new("id"),
            wire_name: WireName::new("id"),
            ty: Type::STRING,
            description: "By which it is known.".into(),
        };
        method.response.columns = vec![column].into();
        method
    };
    let mut resource = Resource::new(id.clone());
    resource.description = "Cheese < 1 kg.".into();
    resource.methods = vec![
        method("get", Verb::Select, vec![cheese_id()]),
        method("list", Verb::Select, vec![parameter("$filter", Location::Query, "")]),
        method("order", Verb::Insert, vec![name(), holes()]),
        method("rename", Verb::Update, vec![cheese_id(), name()]),
        method("put", Verb::Replace, vec![cheese_id(), name(), holes()]),
        method("discard", Verb::Delete, vec![cheese_id(), parameter("If-Match", Location::Header, "")]),
        method("slice", Verb::Exec, vec![cheese_id(), holes()]),
    ]
    .into();
    let mut view = Resource::new(ResourceId::new("shop.counter.vw_cheese"));
    view.kind = ResourceKind::View;
    let ddl = "SELECT\nid\nFROM shop.counter.cheese\nWHERE cheeseId = 'replace-me';";
    view.views = vec![View { dialect: "sqlite3".into(), required: Vec::new().into(), ddl: ddl.into() }].into();
    let mut service = Service::new(ServiceName::new("counter"));
    service.resources = vec![resource, view].into();
    let mut provider = Provider::new(ProviderName::new("shop"));
    provider.description = "A shop.".into();
    provider.auth.variable = Some("SHOP_TOKEN".into());
    provider.services = vec![service].into();
    provider
}

#[test]
fn the_pages_of_a_small_shop() {
    for file in emit_pages(&cheese(), "spec/shop").files {
        insta::assert_snapshot!(file.path.replace('/', "_"), file.text);
    }
}
