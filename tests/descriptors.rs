//! What is compiled into a generated crate and what is loaded from the catalog are the same model.

use bindery::ir::{Location, Origin, Resource};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Generated code does not say where a fact was read; see `Origin`.
fn without_origins(resource: &Resource) -> Resource {
    let mut resource = resource.clone();
    resource.origin = Origin::UNKNOWN;
    for method in resource.methods.to_mut() {
        method.origin = Origin::UNKNOWN;
        for parameter in method.parameters.to_mut() {
            parameter.origin = Origin::UNKNOWN;
        }
    }
    resource
}

#[test]
fn compiled_in_and_loaded_descriptors_are_equal() -> Outcome {
    let catalog = bindery::catalog()?;
    for (name, compiled_in) in [("azure", bindery_azure::resources()), ("github", bindery_github::resources())] {
        let loaded = catalog.provider(name)?.ok_or(name)?;
        assert_eq!(loaded.resources().count(), compiled_in.len());
        for (loaded, compiled_in) in loaded.resources().zip(compiled_in) {
            assert_eq!(&without_origins(loaded), compiled_in);
        }
    }
    Ok(())
}

#[test]
fn every_sql_constant_names_its_method_or_resource_and_every_required_parameter() {
    use bindery_azure::api_management::backend;
    let pairs = [
        (backend::Get::METHOD, backend::Get::SQL),
        (backend::ListByService::METHOD, backend::ListByService::SQL),
        (backend::CreateOrUpdate::METHOD, backend::CreateOrUpdate::SQL),
        (backend::Delete::METHOD, backend::Delete::SQL),
        (backend::_ListByService::METHOD, backend::_ListByService::SQL),
        (backend::Reconnect::METHOD, backend::Reconnect::SQL),
        (backend::Update::METHOD, backend::Update::SQL),
    ];
    let starts = ["SELECT", "SELECT", "INSERT", "DELETE", "EXEC", "EXEC", "EXEC"];
    for ((method, sql), start) in pairs.into_iter().zip(starts) {
        assert!(sql.starts_with(start) && sql.contains("azure.api_management.backend"), "{sql}");
        for parameter in method.required() {
            assert!(sql.contains(parameter.name.as_str()), "{sql} lacks {}", parameter.name);
            assert_ne!(parameter.location, Location::Unknown);
        }
    }
}

#[test]
fn the_seed_resource_is_as_its_page_says() -> Outcome {
    let service = bindery::catalog()?.service("azure", "api_management")?.ok_or("api_management")?;
    let backend = service.resource("backend").ok_or("backend")?;
    assert_eq!(backend.fields, bindery::ir::Fields::Unknown);
    let base = "backendId resourceGroupName serviceName subscriptionId";
    let list = "resourceGroupName serviceName subscriptionId";
    let changed = format!("If-Match {base}");
    let expected = [
        ("get", "SELECT", base),
        ("list_by_service", "SELECT", list),
        ("create_or_update", "INSERT", base),
        ("delete", "DELETE", &changed),
        ("_list_by_service", "EXEC", list),
        ("reconnect", "EXEC", base),
        ("update", "EXEC", &changed),
    ];
    assert_eq!(backend.methods.len(), expected.len());
    for (method, (name, verb, required)) in backend.methods.iter().zip(expected) {
        let verbs: Vec<&str> = method.verbs.iter().map(|verb| verb.as_str()).collect();
        let parameters: Vec<&str> = method.required().map(|parameter| parameter.name.as_str()).collect();
        assert_eq!(
            (method.name.as_str(), verbs.join(" "), parameters.join(" ")),
            (name, verb.to_owned(), required.to_owned())
        );
    }
    Ok(())
}
