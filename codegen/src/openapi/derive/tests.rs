//! The rule, with pairs that show each part of it.

use super::*;
use crate::Source;
use crate::openapi::{Mapping, Options, read_provider_with};

/// `resource.method [VERBS] rows` of the operation of a document.
fn derived(operation: &str, mapping: &Mapping) -> Vec<String> {
    let text = format!("openapi: 3.0.0\nservers: [{{url: https://x.example.com}}]\npaths:\n{operation}");
    let source = Source { path: "shop.yaml".into(), text };
    let options = Options { mapping, ..Options::default() };
    let (provider, _) = read_provider_with(&[source], "shop", &options);
    let methods = provider.resources().flat_map(|resource| resource.methods.iter());
    let shown = methods.map(|method| {
        let verbs: Vec<&str> = method.verbs.iter().map(|verb| verb.as_str()).collect();
        format!("{}.{} {}", method.resource.resource(), method.name, verbs.join(","))
    });
    shown.collect()
}

#[test]
fn ids_and_paths_name_resources_methods_and_verbs() {
    for (method, path, id, expected) in [
        ("get", "/pets", "listPets", "pets.list SELECT"),
        ("get", "/pets/{petId}", "showPetById", "pets.show_by_id SELECT"),
        ("post", "/pets", "createPets", "pets.create INSERT"),
        ("post", "/pets/{petId}", "updatePet", "pets.update UPDATE"),
        ("put", "/pets/{petId}", "replacePet", "pets.replace REPLACE"),
        ("put", "/pets/{petId}", "Pets_createOrUpdate", "pets.create_or_update INSERT,REPLACE"),
        ("patch", "/v1/pets/{petId}", "editPet", "pets.edit UPDATE"),
        ("delete", "/api/v2/pets/{petId}", "deletePet", "pets.delete DELETE"),
        ("get", "/owners/{id}/pets", "listPetsByOwner", "pets.list_by_owner SELECT"),
        ("post", "/pets/{petId}/feed", "feedPet", "pets.feed_pet EXEC"),
        ("post", "/pets/{petId}:wash", "washPet", "pets.wash_pet EXEC"),
        ("post", "/pets/search", "searchPets", "pets.search SELECT"),
        ("post", "/shops/{id}/listKeys", "Shops_ListKeys", "shops.list_keys EXEC"),
        ("post", "/pets/{petId}/lifecycle/retire", "retirePet", "pets.retire_pet EXEC"),
        ("get", "/owners/{id}/branding", "getBranding", "branding.get SELECT"),
        ("get", "/v1/shops/{s}/pets", "zoo.shops.pets.list", "pets.list SELECT"),
        ("get", "/orgs/{org}/repos", "repos/list-for-org", "repos.list_for_org SELECT"),
        ("delete", "/x/{y}", "WebApps_begin_delete", "web_apps.delete DELETE"),
        ("get", "/?Action=DescribeTags", "GET_DescribeTags", "tags.describe SELECT"),
        ("get", "/?Action=CreateTag", "GET_CreateTag", "tags.create INSERT"),
        ("head", "/pets/{petId}", "hasPet", "pets.has_pet EXEC"),
        ("get", "/", "", "root.list SELECT"),
        ("get", "/owners/{id}/pets/{petId}", "", "pets.get_by_owner SELECT"),
        ("post", "/pets/{petId}/activate", "", "pets.activate EXEC"),
    ] {
        let id = if id.is_empty() { String::new() } else { format!("operationId: {id}, ") };
        let operation = format!("  '{path}':\n    {method}: {{{id}responses: {{}}}}\n");
        assert_eq!(derived(&operation, &Mapping::RULE), [expected], "{method} {path} {id}");
    }
}

#[test]
fn what_is_stated_wins_over_the_rule() {
    let operations = "  /a: {get: {operationId: petsByOwner, responses: {}}}\n  /b: {post: {responses: {}}}\n  /c: {get: {responses: {}}}\n";
    let stated = |id: &str| OperationMapping { id: id.into(), ..OperationMapping::default() };
    let mapping = Mapping {
        operation: vec![
            OperationMapping {
                resource: Some("pets".into()),
                method: Some("by_owner".into()),
                ..stated("petsByOwner")
            },
            OperationMapping { verbs: Some(vec!["select".into(), "delete".into()]), ..stated("POST /b") },
            OperationMapping { skip: true, ..stated("GET /c") },
        ],
        ..Mapping::RULE
    };
    assert_eq!(derived(operations, &mapping), ["pets.by_owner SELECT", "b.create SELECT,DELETE"]);
}

#[test]
fn methods_with_the_same_name_are_told_apart() {
    let operations =
        "  /a/{x}: {get: {operationId: same, responses: {}}}\n  /a: {get: {operationId: same, responses: {}}}\n";
    assert_eq!(derived(operations, &Mapping::RULE), ["a.same SELECT", "a.get_a SELECT"]);
}

#[test]
fn numbers_are_singular_and_plural() {
    for (one, many) in
        [("pet", "pets"), ("policy", "policies"), ("key", "keys"), ("box", "boxes"), ("class", "classes")]
    {
        assert_eq!((words::plural(one).as_str(), words::singular(many).as_str()), (many, one));
        assert_eq!(words::plural(many), many);
    }
    assert_eq!(words::words("listVPCIDsForUser_now-2"), ["list", "vpcids", "for", "user", "now", "2"]);
}
