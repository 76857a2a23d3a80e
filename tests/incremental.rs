//! Nothing is done twice, and nothing is left undone: what a run remembers of the one before never changes its result.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod project;

use std::fs;

use project::Project;

fn service(name: &str, property: &str) -> String {
    format!(
        "openapi: 3.0.3
info: {{ title: {name}, version: '1' }}
servers: [{{ url: https://shop.example }}]
paths:
  /{name}/{{id}}:
    get:
      parameters: [{{ name: id, in: path, required: true, schema: {{ type: string }} }}]
      responses: {{ '200': {{ description: One., content: {{ application/json: {{ schema: {{ $ref: '#/components/schemas/Item' }} }} }} }} }}
components:
  schemas:
    Item: {{ type: object, properties: {{ {property}: {{ type: string }} }} }}
  x-stackQL-resources:
    item:
      id: shop.{name}.item
      methods:
        get: {{ operation: {{ $ref: '#/paths/~1{name}~1{{id}}/get' }}, response: {{ mediaType: application/json, openAPIDocKey: '200' }} }}
      sqlVerbs: {{ select: [{{ $ref: '#/components/x-stackQL-resources/item/methods/get' }}] }}
"
    )
}

const PROVIDER: &str = "id: shop
name: shop
title: Shop
providerServices:
  bread: { service: { $ref: shop/v1/services/bread.yaml }, title: Bread }
  cake: { service: { $ref: shop/v1/services/cake.yaml }, title: Cake }
";

/// A provider with two services.
fn shop() -> Project {
    let project = Project::new("[providers.shop]\nopenapi = \"spec\"\nout = \"out\"\n");
    project.write("spec/provider.yaml", PROVIDER);
    project.write("spec/services/bread.yaml", &service("bread", "flour"));
    project.write("spec/services/cake.yaml", &service("cake", "sugar"));
    project
}

#[test]
fn only_what_a_change_concerns_is_done_again() {
    let project = shop();
    assert!(project.generate().contains("wrote 11 of 11 files"));
    assert!(project.generate().contains("wrote 0 of 11 files; 11 were up to date"));

    let cake = fs::metadata(project.path("out/src/cake/item.rs")).unwrap().modified().unwrap();
    project.write("spec/services/bread.yaml", &service("bread", "grain"));
    assert!(project.generate().contains("wrote 2 of 11 files"));
    assert!(project.read("out/src/bread/item.rs").contains("pub grain:"));
    assert_eq!(fs::metadata(project.path("out/src/cake/item.rs")).unwrap().modified().unwrap(), cake);

    // The same content at another time is no change.
    project.write("spec/services/bread.yaml", &service("bread", "grain"));
    assert!(project.generate().contains("wrote 0 of 11 files"));
}

#[test]
fn a_title_that_the_files_around_the_services_show_is_renewed_there() {
    let project = shop();
    project.generate();
    project.write("spec/provider.yaml", &PROVIDER.replace("title: Cake", "title: Gateau"));
    assert!(project.generate().contains("changed  out/README.md"));
    assert!(project.read("out/README.md").contains("Gateau"));
}

#[test]
fn services_come_and_go() {
    let project = shop();
    project.generate();
    project.write("spec/provider.yaml", &(PROVIDER.to_owned() + "  wine: { service: { $ref: services/wine.yaml } }\n"));
    project.write("spec/services/wine.yaml", &service("wine", "grape"));
    project.generate();
    assert!(project.read("out/src/lib.rs").contains("pub mod wine;"));
    project.write("spec/provider.yaml", PROVIDER);
    fs::remove_file(project.path("spec/services/wine.yaml")).unwrap();
    project.generate();
    assert!(!project.path("out/src/wine").exists());
}

#[test]
fn an_edited_file_is_found_with_and_without_the_memory() {
    let project = shop();
    project.generate();
    let path = "out/src/cake/item.rs";
    let text = project.read(path);
    project.write(path, &text.replace("sugar", "sweet"));
    for arguments in [["check"].as_slice(), &["check", "--no-cache"]] {
        let (said, code) = project.run(arguments);
        assert!(code == 1 && said.contains("changed: out/src/cake/item.rs"), "{said}");
    }
    assert!(project.generate().contains("wrote 1 of 11 files"));
    assert_eq!(project.read(path), text);
    project.write("out/src/cake/more.rs", "// by hand\n");
    assert_eq!(project.run(&["check"]).1, 1);
}

#[test]
fn a_memory_that_is_damaged_is_none() {
    let project = shop();
    project.generate();
    for entry in fs::read_dir(project.path("cache/bindery/generated")).unwrap() {
        fs::write(entry.unwrap().path(), "{\"key\": 1").unwrap();
    }
    assert!(project.generate().contains("wrote 0 of 11 files"));
}

#[test]
fn patterns_limit_what_is_bound_and_must_match() {
    let project = shop();
    let config = |patterns: &str| format!("[providers.shop]\nopenapi = \"spec\"\nout = \"out\"\n{patterns}\n");
    project.write("bindery.toml", &config("exclude = [\"cake\"]"));
    project.generate();
    assert!(!project.path("out/src/cake").exists());
    project.write("bindery.toml", &config("include = [\"*/item/get\", \"wine\"]"));
    let (said, code) = project.run(&["generate"]);
    assert!(code == 2 && said.contains("the pattern `wine` matches nothing in `shop`"), "{said}");
    project.write("bindery.toml", &config("include = [\"[\"]"));
    assert!(project.run(&["generate"]).0.contains("has a pattern that is none"));
}

#[test]
fn a_crate_for_every_service_when_that_is_asked_for() {
    let project = shop();
    project.write(
        "bindery.toml",
        "[providers.shop]\nopenapi = \"spec\"\nout = \"out\"\nlayout = \"service\"\nruntime_path = \"../runtime\"\n",
    );
    project.generate();
    assert!(project.read("out/Cargo.toml").contains("bread = [\"dep:bindery-shop-bread\"]"));
    assert!(project.read("out/services/cake/Cargo.toml").contains("path = \"../../../runtime\""));
    assert!(project.read("out/services/cake/src/lib.rs").contains("pub mod item;"));
    assert!(project.read("out/services/cake/src/item.rs").contains("use bindery_shop_cake::item;"));
}
