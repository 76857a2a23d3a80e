//! The rule, with pairs that show each part of it.

use super::*;
use crate::Source;
use crate::openapi::{Mapping, Options, read_provider_with};

/// A provider of documents, given what stands below their `paths`.
fn read(documents: &[(&str, &str)], mapping: &Mapping) -> (bindery_ir::Provider, Vec<crate::Diagnostic>) {
    let source = |(path, operations): &(&str, &str)| {
        let text = format!("openapi: 3.0.0\nservers: [{{url: https://x.example.com}}]\npaths:\n{operations}");
        Source { path: (*path).into(), text }
    };
    let sources: Vec<Source> = documents.iter().map(source).collect();
    read_provider_with(&sources, "shop", &Options { mapping, ..Options::default() })
}

/// `resource.method VERBS` of the operations of a document.
fn derived(operations: &str, mapping: &Mapping) -> Vec<String> {
    let (provider, _) = read(&[("shop.yaml", operations)], mapping);
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
        // The resource is the last part of the path, and the method what the id says.
        ("get", "/pets", "listPets", "pets.list_pets SELECT"),
        ("get", "/pets/{petId}", "showPetById", "pets.show_pet_by_id SELECT"),
        ("post", "/pets", "createPets", "pets.create_pets INSERT"),
        ("post", "/pets/{petId}", "updatePet", "pets.update_pet UPDATE"),
        ("put", "/pets/{petId}", "replacePet", "pets.replace_pet REPLACE"),
        ("patch", "/v1/pets/{petId}", "editPet", "pets.edit_pet UPDATE"),
        ("delete", "/api/v2/pets/{petId}", "deletePet", "pets.delete_pet DELETE"),
        ("get", "/owners/{id}/pets", "listPetsByOwner", "pets.list_pets_by_owner SELECT"),
        ("get", "/owners/{id}/branding", "getBranding", "branding.get_branding SELECT"),
        ("get", "/v1/shops/{s}/pets", "zoo.shops.pets.list", "pets.list SELECT"),
        ("get", "/orgs/{org}/repos", "repos/list-for-org", "repos.list_for_org SELECT"),
        // A group is the resource, whatever the path says.
        ("put", "/pets/{petId}", "Pets_createOrUpdate", "pets.create_or_update INSERT,REPLACE"),
        ("patch", "/pets/{petId}", "Pet_createOrUpdate", "pet.create_or_update INSERT,REPLACE"),
        ("delete", "/x/{y}", "WebApps_begin_delete", "web_apps.delete DELETE"),
        // What speaks of something else has other rows than the resource.
        ("get", "/shops/{id}/pets", "Shops_list_pets", "shops.list_pets EXEC"),
        ("delete", "/shops/{id}/pets/{pet}", "Shops_delete_pet", "shops.delete_pet EXEC"),
        ("get", "/shops/{id}", "Shops_list_by_owner", "shops.list_by_owner SELECT"),
        // The client of all is no group.
        ("get", "/x/{id}", "_ShopClient_get_big_pet", "big_pets.get_big_pet SELECT"),
        ("delete", "/x/{id}", "ShopClientAPIs_delete_pet_by_name", "pets.delete_pet_by_name DELETE"),
        // An action is done, and no resource.
        ("post", "/pets/{petId}/feed", "feedPet", "pets.feed_pet EXEC"),
        ("post", "/pets/{petId}:wash", "washPet", "pets.wash_pet EXEC"),
        ("post", "/pets/search", "searchPets", "pets.search_pets SELECT"),
        ("post", "/shops/{id}/listKeys", "Shops_ListKeys", "shops.list_keys EXEC"),
        ("post", "/pets/{petId}/lifecycle/retire", "retirePet", "pets.retire_pet EXEC"),
        ("put", "/pets/{petId}/owner", "assignOwner", "owner.assign_owner EXEC"),
        ("post", "/pets/{petId}:getPolicy", "getPetPolicy", "pets_policies.get_pet_policy SELECT"),
        ("post", "/pets/{petId}:setPolicy", "setPetPolicy", "pets_policies.set_pet_policy REPLACE"),
        ("post", "/DescribeLimits", "DescribeLimits", "limits.describe_limits SELECT"),
        ("get", "/?Action=DescribeTags", "GET_DescribeTags", "tags.describe_tags SELECT"),
        ("get", "/?Action=CreateTag", "GET_CreateTag", "tags.create_tag INSERT"),
        ("get", "/?Action=CancelOrder", "GET_CancelOrder", "orders.cancel_order EXEC"),
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
fn what_answers_only_that_it_is_there_is_no_table() {
    let answered = |content: &str| {
        derived(
            &format!(
                "  /friends/{{name}}:\n    get: {{operationId: checkFriend, responses: {{'204': {{{content}}}}}}}\n"
            ),
            &Mapping::RULE,
        )
    };
    assert_eq!(answered("description: yes"), ["friends.check_friend EXEC"]);
    assert_eq!(answered("content: {application/json: {schema: {type: object}}}"), ["friends.check_friend SELECT"]);
}

#[test]
fn tags_can_be_services() {
    let operations = "  /a: {get: {tags: [Big Pets, other], responses: {}}}\n  /b: {get: {responses: {}}}\n  /c: {get: {tags: [BigPets], responses: {}}}\n";
    let mapping = Mapping { services: ServiceBoundary::Tag, ..Mapping::RULE };
    let services: Vec<(String, usize)> = (read(&[("shop.yaml", operations)], &mapping).0.services.iter())
        .map(|service| (service.name.to_string(), service.resources.len()))
        .collect();
    assert_eq!(services, [("big_pets".to_owned(), 2), ("shop".to_owned(), 1)]);
}

#[test]
fn a_mapping_is_unused_only_if_no_document_has_its_operation() {
    let documents = [
        ("one.yaml", "  /a: {get: {operationId: a, responses: {}}}\n"),
        ("two.yaml", "  /b: {get: {operationId: b, responses: {}}}\n"),
    ];
    let stated = |id: &str| OperationMapping { id: id.into(), ..OperationMapping::default() };
    let mapping = Mapping { operation: vec![stated("a"), stated("GET /b"), stated("c")], ..Mapping::RULE };
    let (_, found) = read(&documents, &mapping);
    let unused = found.iter().filter(|finding| finding.code == "openapi/unused-mapping");
    let messages: Vec<&str> = unused.map(|finding| finding.message.as_str()).collect();
    assert_eq!(messages, ["a mapping is stated for `c`, and there is no such operation"]);
}

#[test]
fn a_second_service_of_a_name_is_left_out_with_an_error() {
    let documents =
        [("a/shop.yaml", "  /a: {get: {responses: {}}}\n"), ("b/shop.yaml", "  /b: {get: {responses: {}}}\n")];
    let (provider, found) = read(&documents, &Mapping::RULE);
    assert_eq!(provider.services.len(), 1);
    let duplicate = found.iter().find(|finding| finding.code == "openapi/duplicate-service").expect("it is reported");
    assert_eq!((duplicate.severity, duplicate.origin.file.as_ref()), (crate::Severity::Error, "b/shop.yaml"));
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
