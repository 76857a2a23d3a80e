//! What OpenAPI documents and their extensions can say, and what is read of it: one small document for each.
#![allow(clippy::expect_used, clippy::panic, reason = "a document of a test that is not read fails it")]

use bindery_codegen::openapi::{Mapping, Options, read_provider, read_provider_with};
use bindery_codegen::{Diagnostic, Severity, Source};
use bindery_ir::{
    Clause, JsonPath, Location, Method, NextPage, PagePointer, PageToken, PaginationReason, Parameter, Presence,
    Provider, QueryFlattening, RequestRewrite, Reshape, Rows, Style, TokenSlot, Type, Verb,
};

fn source(path: &str, text: &str) -> Source {
    Source { path: path.into(), text: text.into() }
}

/// A provider `shop` of one service, `pets`, whose document is given.
fn read(text: &str) -> (Provider, Vec<Diagnostic>) {
    read_provider(&[source("services/pets.yaml", text)], "shop")
}

/// A document with the operation `GET /pets/{petId}` as the method `get` of `pet`; what is given is added to the
/// document, the operation and the method's entry.
fn document(root: &str, operation: &str, entry: &str) -> String {
    format!(
        "openapi: 3.0.0\nservers: [{{url: https://pets.example.com}}]\n{root}\npaths:\n  /pets/{{petId}}:\n    parameters: [{{name: petId, in: path, required: true, schema: {{type: string}}}}]\n    get:\n      responses: {{'200': {{content: {{application/json: {{schema: {{type: array, items: {{type: object, properties: {{name: {{type: string}}}}}}}}}}}}}}}}\n{operation}\ncomponents:\n  schemas:\n    Pet: {{type: object, properties: {{name: {{type: string}}}}}}\n  x-stackQL-resources:\n    pet:\n      id: shop.pets.pet\n      methods:\n        get:\n          operation: {{$ref: '#/paths/~1pets~1{{petId}}/get'}}\n{entry}\n      sqlVerbs: {{select: [{{$ref: '#/components/x-stackQL-resources/pet/methods/get'}}]}}\n"
    )
}

fn only_method(provider: &Provider) -> &Method {
    provider.resources().flat_map(|resource| resource.methods.iter()).next().expect("a method")
}

fn codes(diagnostics: &[Diagnostic]) -> Vec<&str> {
    let codes = diagnostics.iter().map(|found| found.code);
    codes.filter(|code| *code != "openapi/no-provider-document").collect()
}

fn parameter<'m>(method: &'m Method, name: &str) -> &'m Parameter {
    method.parameter(name).unwrap_or_else(|| panic!("no parameter {name}: {:?}", method.parameters))
}

#[test]
fn references_lead_everywhere() {
    let text = r"
openapi: 3.1.0
servers: [{url: https://x.example.com}]
paths:
  /a?x=1:
    $ref: '#/components/pathItems/a~1b~0c%20d'
components:
  pathItems:
    a/b~c d:
      parameters: [{$ref: '#/components/parameters/first'}]
      get:
        operationId: getA
        responses: {'200': {$ref: '#/components/responses/Ok'}}
  parameters:
    first: {$ref: '#/components/parameters/second'}
    second: {name: q, in: query, schema: {$ref: 'common.yaml#/schemas/Color'}}
  responses:
    Ok: {content: {application/json: {schema: {$ref: '#/components/schemas/Tree'}}}}
  schemas:
    Tree:
      type: object
      properties:
        children: {type: array, items: {$ref: '#/components/schemas/Tree'}}
        color: {$ref: '../services/common.yaml#/schemas/Color', description: Nearer., readOnly: true}
        circle: {$ref: '#/components/schemas/Circle'}
    Circle: {$ref: '#/components/schemas/Circle'}
  x-stackQL-resources:
    a:
      methods:
        get: {operation: {$ref: '#/paths/~1a?x=1/get'}}
";
    let common = "schemas:\n  Color: {type: string, enum: [red, green]}\n";
    let sources = [source("services/pets.yaml", text), source("services/common.yaml", common)];
    let (provider, diagnostics) = read_provider(&sources, "shop");
    let method = only_method(&provider);
    let http = method.http.as_ref().unwrap();
    assert_eq!((http.path.as_ref(), http.query[0].value.as_ref()), ("/a", "1"));
    assert!(matches!(&parameter(method, "q").ty, Type::Enum(name) if *name == "Color"));
    let service = provider.service("pets").unwrap();
    let bindery_ir::SchemaShape::Struct(fields) = &service.schema(&"Tree".into()).unwrap().shape else { panic!() };
    assert_eq!((fields[1].description.as_ref(), fields[1].access), ("Nearer.", bindery_ir::Access::ReadOnly));
    assert_eq!(fields[2].ty, Type::Any);
    // The circle, and the document that is no service.
    assert_eq!(codes(&diagnostics), ["openapi/unresolved-reference", "openapi/not-a-document"]);
    assert!(
        diagnostics
            .iter()
            .any(|found| found.message.contains("circle") && found.origin.pointer.ends_with("/circle/$ref"))
    );
}

#[test]
fn types_are_those_of_3_0_and_3_1() {
    let schema = "{type: object, properties: {a: {type: [string, 'null'], format: date}, b: {type: [string, integer]}, c: {const: x}, d: {anyOf: [{type: integer, format: int64}, {type: 'null'}]}, e: {type: object, additionalProperties: {type: boolean}}, f: {allOf: [{$ref: '#/components/schemas/Pet'}]}, g: {oneOf: [{$ref: '#/components/schemas/Pet'}, {type: object, properties: {age: {type: integer}}}], discriminator: {propertyName: kind}}, h: true, i: {type: string, nullable: true, enum: [x, null]}, j: {patternProperties: {'^x': {type: number}}}}}";
    let operation =
        format!("    post: {{requestBody: {{content: {{application/json: {{schema: {schema}}}}}}}, responses: {{}}}}");
    let text = document(
        "",
        &operation,
        "        add: {operation: {$ref: '#/paths/~1pets~1{petId}/post'}, config: {requestBodyTranslate: {algorithm: naive}}}",
    );
    let (provider, diagnostics) = read(&text);
    let resource = provider.resources().next().unwrap();
    let add = resource.method("add").unwrap();
    let shown: Vec<String> = (add.parameters.iter().filter(|parameter| parameter.location == Location::Body))
        .map(|parameter| format!("{} {}", parameter.name, parameter.ty))
        .collect();
    let expected = [
        "a string (date)",
        "b any",
        "c string",
        "d integer (int64)",
        "e object",
        "f object",
        "g object",
        "h any",
        "i string",
        "j object",
    ];
    assert_eq!(shown, expected, "{diagnostics:?}");
    assert!(codes(&diagnostics).is_empty(), "{diagnostics:?}");
}

#[test]
fn the_nearest_servers_count_and_their_variables_are_parameters() {
    let at = |operation: &str, entry: &str| {
        let text = document("", &format!("{operation}      x-none: 1"), entry);
        let (provider, diagnostics) = read(&text);
        (only_method(&provider).clone(), diagnostics)
    };
    let (method, _) = at("", "");
    assert_eq!(method.http.unwrap().servers[0].url, "https://pets.example.com");
    let entry = "          servers: [{url: 'https://entry.example.com'}]";
    assert_eq!(at("", entry).0.http.unwrap().servers[0].url, "https://entry.example.com");
    let operation = "      servers: [{url: 'https://{region}.example.com/', variables: {region: {default: eu, enum: [eu, us], x-stackQL-envVar: REGION}}}]\n";
    let (method, diagnostics) = at(operation, entry);
    assert!(codes(&diagnostics).is_empty(), "{diagnostics:?}");
    let server = &method.http.as_ref().unwrap().servers[0];
    assert_eq!(server.variables[0].environment.as_deref(), Some("REGION"));
    assert_eq!(parameter(&method, "region").presence, Presence::Default("eu".into()));
    let (method, diagnostics) =
        at("      servers: [{url: 'https://{host:^[a-z]{2}$}/{base}', variables: {host: {}}}]\n", "");
    assert_eq!(method.http.as_ref().unwrap().servers[0].url, "https://{host}/{base}");
    assert_eq!(parameter(&method, "base").presence, Presence::Required);
    assert_eq!(codes(&diagnostics), ["openapi/undeclared-variable"]);
}

#[test]
fn pagination_is_inherited_from_the_nearest_level() {
    let block = |name: &str| {
        format!(
            "pagination: {{requestToken: {{key: {name}, location: query}}, responseToken: {{key: $.next, location: body}}}}"
        )
    };
    let main = |config: &str| {
        format!(
            "id: shop\nname: shop\nconfig: {{{config}}}\nproviderServices: {{pets: {{service: {{$ref: shop/v1/services/pets.yaml}}, config: {{{}}}}}}}\n",
            block("entry")
        )
    };
    let asked = |root: &str, operation: &str, entry: &str, resource: &str| {
        let mut text = document(root, operation, entry);
        text = text.replace("      id: shop.pets.pet\n", &format!("      id: shop.pets.pet\n{resource}"));
        let sources =
            [source("shop/v1/provider.yaml", &main(&block("provider"))), source("shop/v1/services/pets.yaml", &text)];
        let (provider, diagnostics) = read_provider(&sources, "shop");
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        match only_method(&provider).response.pagination.clone().map(|pagination| pagination.next) {
            Some(NextPage::Token { to: TokenSlot::Query(name), .. }) => name.to_string(),
            other => panic!("{other:?}"),
        }
    };
    let root = format!("x-stackQL-config: {{{}}}", block("service"));
    let resource = format!("      config: {{{}}}\n", block("resource"));
    let operation = format!("      x-stackQL-config: {{{}}}", block("operation"));
    let entry = format!("          config: {{{}}}", block("method"));
    assert_eq!(asked("", "", "", ""), "entry");
    assert_eq!(asked(&root, "", "", ""), "service");
    assert_eq!(asked(&root, "", "", &resource), "resource");
    assert_eq!(asked(&root, &operation, "", &resource), "operation");
    assert_eq!(asked(&root, &operation, &entry, &resource), "method");
}

#[test]
fn ways_of_paging_are_read_or_inferred_or_found_unknown() {
    let declared = |block: &str| {
        let text = document(&format!("x-stackQL-config: {{pagination: {block}}}"), "", "");
        let (provider, diagnostics) = read(&text);
        let next = only_method(&provider).response.pagination.clone().map(|pagination| pagination.next);
        (next, codes(&diagnostics).join(" "))
    };
    let body = |key: &str| PagePointer::Body(JsonPath::parse(key));
    let numbered = "{algorithm: page_number, requestToken: {key: page, location: query}, responseToken: {key: $.page, location: body}, responseTerminator: {key: $.pages, location: body}}";
    let to = TokenSlot::Query("page".into());
    assert_eq!(declared(numbered).0, Some(NextPage::Number { current: body("$.page"), last: body("$.pages"), to }));
    let link = "{requestToken: {location: request}, responseToken: {key: Link, location: header}}";
    assert_eq!(declared(link).0, Some(NextPage::Url(PagePointer::Header("Link".into()))));
    let pattern = r#".*<(?P<nextURL>[^>]*)>;\ rel="next".*"#;
    let link = format!(
        "{{requestToken: {{location: request}}, responseToken: {{key: Link, location: header, args: {{regex: '{pattern}'}}}}}}"
    );
    let found = PagePointer::HeaderMatch { header: "Link".into(), pattern: pattern.into() };
    assert_eq!(declared(&link), (Some(NextPage::Url(found)), String::new()));
    for unknown in [
        "{algorithm: magic, requestToken: {key: a, location: query}, responseToken: {key: b, location: body}}",
        "{requestToken: {key: a, location: header}, responseToken: {key: b, location: body}}",
        "{requestToken: {key: a, location: query}, responseToken: {key: b, location: header, args: {regex: '(x'}}}",
        "{requestToken: {key: a, location: query}, responseToken: {key: b, location: body, args: {regex: x}}}",
        "{requestToken: {key: a, location: query}}",
    ] {
        assert_eq!(declared(unknown), (None, "openapi/pagination".to_owned()), "{unknown}");
    }

    let inferred = |properties: &str, parameters: &str| {
        let text = format!(
            "openapi: 3.0.0\nservers: [{{url: https://x.example.com}}]\npaths:\n  /pets:\n    get:\n      parameters: [{parameters}]\n      responses: {{'200': {{content: {{application/json: {{schema: {{type: object, properties: {{data: {{type: array, items: {{type: object, properties: {{a: {{type: string}}}}}}}}, {properties}}}}}}}}}}}}}\n"
        );
        let (provider, _) = read(&text);
        only_method(&provider).response.pagination.clone().map(|pagination| pagination.next)
    };
    let query = |name: &str| format!("{{name: {name}, in: query, schema: {{type: string}}}}");
    let token = |from: &str, to: &str| Some(NextPage::Token { from: body(from), to: TokenSlot::Query(to.into()) });
    assert_eq!(inferred("nextLink: {type: string}", ""), Some(NextPage::Url(body("nextLink"))));
    assert_eq!(
        inferred("next_page_token: {type: string}", &query("page_token")),
        token("next_page_token", "page_token")
    );
    assert_eq!(inferred("next_page_token: {type: string}", &query("limit")), None);
    // Those who ask with a POST want the token in its body.
    let text = "openapi: 3.0.0\nservers: [{url: https://x.example.com}]\npaths:\n  /pets:\n    post:\n      requestBody: {content: {application/x-amz-json-1.1: {schema: {type: object, properties: {NextToken: {type: string}}}}}}\n      responses: {'200': {content: {application/json: {schema: {type: object, properties: {data: {type: array, items: {type: object, properties: {a: {type: string}}}}, NextToken: {type: string}}}}}}}\n";
    let posted = only_method(&read(text).0).response.pagination.clone().map(|pagination| pagination.next);
    let to = TokenSlot::Body("NextToken".into());
    assert_eq!(posted, Some(NextPage::Token { from: body("NextToken"), to }));
    let metadata = "metadata: {type: object, properties: {continue: {type: string}}}";
    assert_eq!(inferred(metadata, &query("continue")), token("$.metadata.continue", "continue"));
    assert_eq!(inferred(metadata, ""), None);
    let to = TokenSlot::Query("offset".into());
    assert_eq!(
        inferred("more: {type: boolean}", &query("offset")),
        Some(NextPage::Offset { more: JsonPath::key("more"), to })
    );
    let info = "result_info: {type: object, properties: {page: {type: integer}, total_pages: {type: integer}}}";
    assert!(matches!(inferred(info, &query("page")), Some(NextPage::Number { .. })));
    let info = "result_info: {type: object, properties: {page: {type: integer}, per_page: {type: integer}, total_count: {type: integer}}}";
    let to = TokenSlot::Query("page".into());
    let (current, size, total) =
        (body("$.result_info.page"), body("$.result_info.per_page"), body("$.result_info.total_count"));
    assert_eq!(inferred(info, &query("page")), Some(NextPage::Counted { current, size, total, to }));
    let cursors =
        "result_info: {type: object, properties: {cursors: {type: object, properties: {after: {type: string}}}}}";
    assert_eq!(inferred(cursors, &query("cursor")), token("$.result_info.cursors.after", "cursor"));
    assert_eq!(
        inferred("LastEvaluatedTableName: {type: string}", &query("ExclusiveStartTableName")),
        token("LastEvaluatedTableName", "ExclusiveStartTableName")
    );
    assert_eq!(inferred("LastEvaluatedTableName: {type: string}", &query("ExclusiveStartBackup")), None);
}

#[test]
fn an_answer_that_is_one_object_goes_on_if_it_says_so_itself() {
    let next_by = |verbs: &str, properties: &str, root: &str, config: &str| {
        let text = format!(
            "openapi: 3.0.0\nservers: [{{url: https://x.example.com}}]\n{root}\npaths:\n  /pets:\n    get:\n      parameters: [{{name: nextToken, in: query, schema: {{type: string}}}}]\n      responses: {{'200': {{content: {{application/json: {{schema: {{type: object, properties: {{{properties}}}}}}}}}}}}}\ncomponents:\n  x-stackQL-resources:\n    pet:\n      id: shop.pets.pet\n      methods:\n        get:\n          operation: {{$ref: '#/paths/~1pets/get'}}\n{config}\n      sqlVerbs: {{select: [{verbs}]}}\n"
        );
        let (provider, _) = read(&text);
        let method = only_method(&provider).clone();
        assert_eq!(method.response.rows, Rows::One(JsonPath::ROOT));
        method.response.pagination.map(|pagination| pagination.next)
    };
    let next = |properties: &str, root: &str, config: &str| {
        next_by("{$ref: '#/components/x-stackQL-resources/pet/methods/get'}", properties, root, config)
    };
    let from = PagePointer::Body(JsonPath::key("nextToken"));
    let token = Some(NextPage::Token { from, to: TokenSlot::Query("nextToken".into()) });
    let pets = "pets: {type: array, items: {type: string}}";
    assert_eq!(next(&format!("{pets}, nextToken: {{type: string}}"), "", ""), token);
    assert_eq!(next(pets, "", ""), None);
    // Who executes it wants that answer, as it is.
    assert_eq!(next_by("", &format!("{pets}, nextToken: {{type: string}}"), "", ""), None);
    // What is declared for all methods of a service is about its listings.
    let block = "pagination: {requestToken: {key: nextToken, location: query}, responseToken: {key: nextToken, location: body}}";
    assert_eq!(next(pets, &format!("x-stackQL-config: {{{block}}}"), ""), None);
    assert_eq!(next(pets, "", &format!("          config: {{{block}}}")), token);
}

#[test]
fn what_was_inferred_wrongly_is_switched_off_and_stays_visible() {
    let document = source(
        "services/pets.yaml",
        "openapi: 3.0.0\nservers: [{url: https://x.example.com}]\npaths:\n  /pets:\n    get:\n      responses: {'200': {content: {application/json: {schema: {type: object, properties: {data: {type: array, items: {type: object, properties: {a: {type: string}}}}, nextLink: {type: string}}}}}}}\n",
    );
    let read = |patterns: &str| {
        let mapping: Mapping = toml::from_str(&format!("first_page_only = {patterns}")).expect("a mapping");
        let options = Options { mapping: &mapping, ..Options::default() };
        let (provider, diagnostics) = read_provider_with(std::slice::from_ref(&document), "shop", &options);
        let errors = diagnostics.into_iter().filter(|found| found.severity == Severity::Error);
        let errors: Vec<String> = errors.map(|found| format!("{} {}", found.code, found.message)).collect();
        (only_method(&provider).response.pagination.clone().expect("something is known"), errors)
    };
    let (inferred, errors) = read("[]");
    assert!(matches!(&inferred.reason, PaginationReason::Inferred(why) if why.contains("nextLink")));
    assert!(errors.is_empty(), "{errors:?}");
    for pattern in ["pets/pets/*", "pets", "*/pets"] {
        let (off, errors) = read(&format!("['{pattern}']"));
        assert_eq!(off.next, NextPage::Nowhere, "{pattern}");
        assert!(matches!(&off.reason, PaginationReason::SwitchedOff(why) if why.contains("nextLink")), "{off:?}");
        assert!(errors.is_empty(), "{errors:?}");
    }
    let (kept, errors) = read("['pets/pets/nosuch']");
    assert_eq!(kept, inferred);
    assert_eq!(errors, ["openapi/unused-mapping `pets/pets/nosuch` is no listing whose next page was inferred"]);
    assert!(toml::from_str::<Mapping>("first_page_only = ['a[/b']").is_err());
}

#[test]
fn ways_of_paging_that_no_schema_describes_are_inferred() {
    let inferred = |parameter: &str, answer: &str| {
        let text = format!(
            "openapi: 3.0.0\nservers: [{{url: https://x.example.com}}]\npaths:\n  /pets:\n    get:\n      parameters: [{{name: {parameter}, in: query, schema: {{type: string}}}}]\n      responses: {{'200': {{{answer}: {{schema: {{type: array, items: {{type: object, properties: {{a: {{type: string}}}}}}}}}}}}}}}}\n"
        );
        let (provider, _) = read(&text);
        only_method(&provider).response.pagination.clone().map(|pagination| pagination.next)
    };
    let nearest = |names: &[&'static str], last: Option<&'static str>| PagePointer::Nearest {
        names: names.iter().map(|name| (*name).into()).collect(),
        more: Some("IsTruncated".into()),
        last: last.map(Into::into),
    };
    let token = |names: &[&'static str], to: &str| {
        Some(NextPage::Token { from: nearest(names, None), to: TokenSlot::Query(to.into()) })
    };
    assert_eq!(inferred("Marker", "content: {text/xml"), token(&["NextMarker", "Marker"], "Marker"));
    assert_eq!(
        inferred("continuation-token", "content: {text/xml"),
        token(&["NextContinuationToken", "ContinuationToken"], "continuation-token")
    );
    assert_eq!(inferred("MaxItems", "content: {text/xml"), None);
    assert_eq!(inferred("Marker", "content: {application/json"), None);
    // Half of a group is no group.
    assert_eq!(inferred("version-id-marker", "content: {text/xml"), None);
    let both = "key-marker, in: query, schema: {type: string}}, {name: version-id-marker";
    let one =
        |from: &'static str, to: &str| PageToken { from: nearest(&[from], None), to: TokenSlot::Query(to.into()) };
    let tokens = vec![one("NextKeyMarker", "key-marker"), one("NextVersionIdMarker", "version-id-marker")];
    assert_eq!(inferred(both, "content: {text/xml"), Some(NextPage::Tokens(tokens.into())));
    // Rows with a key go on behind the last of them.
    let text = "text/xml: {schema: {type: array, items: {type: object, properties: {Key: {type: string}}}}}";
    let (provider, _) = read(&format!(
        "openapi: 3.0.0\nservers: [{{url: https://x.example.com}}]\npaths:\n  /pets:\n    get:\n      parameters: [{{name: marker, in: query, schema: {{type: string}}}}]\n      responses: {{'200': {{content: {{{text}}}}}}}\n"
    ));
    let from = nearest(&["NextMarker"], Some("Key"));
    let next = only_method(&provider).response.pagination.clone().map(|pagination| pagination.next);
    assert_eq!(next, Some(NextPage::Token { from, to: TokenSlot::Query("marker".into()) }));
    let link = Some(NextPage::Url(PagePointer::Header("Link".into())));
    assert_eq!(inferred("limit", "headers: {link: {schema: {type: string}}}, content: {application/json"), link);
}

#[test]
fn what_a_request_is_made_of_is_data() {
    let operation = "    post:\n      requestBody: {content: {application/json: {schema: {type: object, required: [TypeName, DesiredState, Kind], properties: {TypeName: {type: string}, Kind: {type: string}, DesiredState: {type: object, x-stackQL-stringOnly: true, properties: {Size: {type: integer, x-stackQL-alias: how_big}, petId: {type: string}}}}}}}}\n      responses: {}";
    let entry = |algorithm: &str| {
        format!(
            "        add:\n          operation: {{$ref: '#/paths/~1pets~1{{petId}}/post'}}\n          request: {{mediaType: application/json, nativeCasing: pascal, base: '{{\"TypeName\": \"A\"}}', default: \"'{{}}'\", required: [DesiredState], transform: {{type: golang_template_json_v0.1.0, body: '{{{{ .value }}}}'}}}}\n          config: {{requestBodyTranslate: {{algorithm: {algorithm}}}, requestTranslate: {{algorithm: drop_double_underscore_params}}, queryParamTranspose: {{algorithm: AWSCanonical}}, queryParamPushdown: {{top: {{paramName: limit, maxValue: 200}}, filter: {{dialect: odata, supportedColumns: [a]}}}}, retry: {{max_attempts: 5, multiplier: 1.5}}}}\n          inverse: {{sqlVerb: {{$ref: '#/components/x-stackQL-resources/pet/sqlVerbs/delete/0'}}, tokens: {{id: {{key: $.id, location: body}}}}}}"
        )
    };
    let (provider, diagnostics) = read(&document("", operation, &entry("naive")));
    let add = provider.resources().next().unwrap().method("add").unwrap();
    assert!(codes(&diagnostics).is_empty(), "{diagnostics:?}");
    let required: Vec<&str> = add.required().map(|parameter| parameter.name.as_str()).collect();
    assert_eq!(required, ["petId", "Kind", "DesiredState"], "the base gives `TypeName`");
    assert_eq!(parameter(add, "DesiredState").style, Style::Text);
    let adaptation = &add.adaptation;
    assert_eq!(adaptation.body.base.as_deref(), Some(r#"{"TypeName": "A"}"#));
    assert_eq!(adaptation.body.fallback.as_deref(), Some("{}"));
    let operation_of = |transform: &Option<bindery_ir::Transform>| transform.as_ref().unwrap().operation.clone();
    assert_eq!(operation_of(&adaptation.body.transform), Reshape::Column { column: "value".into() });
    assert_eq!(adaptation.request, Some(RequestRewrite::DropDoubleUnderscore));
    assert_eq!(adaptation.query, Some(QueryFlattening::Numbered));
    let clauses: Vec<_> = adaptation.pushdown.iter().map(|pushdown| (pushdown.clause, pushdown.maximum)).collect();
    assert_eq!(clauses, [(Clause::Top, Some(200)), (Clause::Filter, None)]);
    let retry = adaptation.retry.as_ref().unwrap();
    assert_eq!((retry.attempts, retry.multiplier_percent, retry.maximum_delay_ms), (5, 150, 10_000));
    assert_eq!(adaptation.inverse.as_ref().unwrap().tokens[0].key, "$.id");

    let (provider, _) = read(&document("", operation, &entry("naive_DesiredState")));
    let add = provider.resources().next().unwrap().method("add").unwrap();
    assert_eq!(add.adaptation.body.inside.as_ref().map(ToString::to_string).as_deref(), Some("DesiredState"));
    assert_eq!(parameter(add, "how_big").wire_name, *"Size");
    // A property never disappears behind a parameter.
    assert_eq!(parameter(add, "data__petId").location, Location::Body);
    let (provider, _) = read(&document("", operation, &entry("default")));
    let add = provider.resources().next().unwrap().method("add").unwrap();
    assert_eq!(parameter(add, "data__Kind").wire_name, *"Kind");
}

#[test]
fn what_a_response_becomes_is_data() {
    let entry = "          response: {mediaType: application/json, openAPIDocKey: '200', overrideMediaType: application/json, objectKey: $.rows, transform: {type: golang_template_json_v0.3.0, body: '{\"rows\": {{ toJson . }}}'}, schema_override: {type: object, properties: {rows: {type: array, items: {$ref: '#/components/schemas/Pet'}}}}}";
    let (provider, diagnostics) = read(&document("", "", entry));
    assert!(codes(&diagnostics).is_empty(), "{diagnostics:?}");
    let method = only_method(&provider);
    assert_eq!(method.response.rows, Rows::Many(JsonPath::parse("$.rows")));
    let transform = method.adaptation.response.as_ref().unwrap();
    assert_eq!(transform.operation, Reshape::Enclose { member: "rows".into() });
    assert_eq!(method.adaptation.media_type, "application/json");

    let unknown = entry.replace("{{ toJson . }}", "{{ magic . }}");
    let (provider, diagnostics) = read(&document("", "", &unknown));
    assert_eq!(only_method(&provider).adaptation.response.as_ref().unwrap().operation, Reshape::Template);
    assert_eq!(codes(&diagnostics), ["openapi/transform"]);
}

#[test]
fn graphql_operations_keep_the_variables_of_their_query() {
    let operation = "    post:\n      parameters: [{name: org, in: path, required: true, schema: {type: string}}]\n      x-stackQL-graphQL: {url: 'https://x.example.com/graphql', httpVerb: POST, query: 'query { org(login: \"{{ .org }}\") { nodes {{ .cursor }} } }', cursor: {jsonPath: '$.data.pageInfo.endCursor'}, responseSelection: {jsonPath: '$.data.org.nodes[*]'}}\n      responses: {'200': {content: {application/json: {schema: {type: object}}}}}";
    let (provider, diagnostics) =
        read(&document("", operation, "        query: {operation: {$ref: '#/paths/~1pets~1{petId}/post'}}"));
    let method = provider.resources().next().unwrap().method("query").unwrap();
    let graphql = method.adaptation.graphql.as_ref().unwrap();
    assert_eq!(graphql.cursor.as_ref().unwrap().strategy, "cursor_after");
    assert_eq!(method.response.rows, Rows::Many(JsonPath::parse("$.data.org.nodes")));
    assert_eq!(parameter(method, "org").presence, Presence::Required);
    assert!(codes(&diagnostics).is_empty(), "{diagnostics:?}");
}

#[test]
fn what_is_not_understood_is_a_finding_with_its_path() {
    for (root, operation, entry, pointer) in [
        ("x-stackQL-config: {paging: {}}", "", "", "/x-stackQL-config/paging"),
        ("x-stackQL-rows: {}", "", "", "/x-stackQL-rows"),
        ("", "      x-StackQL-Verb2: a", "", "/paths/~1pets~1{petId}/get/x-StackQL-Verb2"),
        ("", "", "          answer: {}", "/components/x-stackQL-resources/pet/methods/get/answer"),
        (
            "",
            "",
            "          response: {objectkey: a}",
            "/components/x-stackQL-resources/pet/methods/get/response/objectkey",
        ),
        (
            "",
            "",
            "          config: {requestTranslate: {algorithm: magic}}",
            "/components/x-stackQL-resources/pet/methods/get/config/requestTranslate/algorithm",
        ),
        ("", "", "          request: {base: '{'}", "/components/x-stackQL-resources/pet/methods/get/request/base"),
    ] {
        let (_, diagnostics) = read(&document(root, operation, entry));
        let found: Vec<_> = diagnostics.iter().filter(|found| found.code == "openapi/unknown-extension").collect();
        assert_eq!(found.len(), 1, "{pointer}: {diagnostics:?}");
        assert_eq!(found[0].origin.pointer, pointer);
        assert!(found[0].origin.line > 0 && found[0].marked().is_some(), "{}", found[0]);
    }
}

#[test]
fn views_have_conditions_and_fallbacks() {
    let text = document("", "", "").replace(
        "      id: shop.pets.pet\n",
        "      id: shop.pets.pet\n      config: {views: {select: {predicate: 'sqlDialect == \"sqlite3\" && requiredParams == [ a, b ]', ddl: SELECT 1, fallback: {predicate: 'moonPhase == \"full\"', ddl: SELECT 2}}}}\n",
    );
    let (provider, diagnostics) = read(&text);
    let views = &provider.resources().next().unwrap().views;
    assert_eq!((views.len(), views[0].dialect.as_ref(), views[0].required.len()), (2, "sqlite3", 2));
    assert_eq!(codes(&diagnostics), ["openapi/view-predicate"]);
}

#[test]
fn methods_serve_verbs_by_their_name_where_nothing_is_said() {
    let verbs = |said: &str| {
        let text = document("", "", "")
            .replace("sqlVerbs: {select: [{$ref: '#/components/x-stackQL-resources/pet/methods/get'}]}", said);
        let (provider, _) = read(&text);
        only_method(&provider).verbs.to_vec()
    };
    assert_eq!(verbs("sqlVerbs: {insert: []}"), [Verb::Select]);
    assert_eq!(verbs("sqlVerbs: {select: []}"), [Verb::Exec]);
    assert_eq!(verbs("title: x"), [Verb::Select]);
}

#[test]
fn swagger_and_what_is_no_document_are_told_apart() {
    let (provider, diagnostics) = read("swagger: '2.0'\npaths: {}\n");
    assert!(provider.services.is_empty());
    let found = diagnostics.iter().find(|found| found.code == "openapi/swagger").unwrap();
    assert_eq!((found.severity, found.origin.line), (Severity::Error, 1));
    assert!(found.hint.contains("swagger2openapi"), "{found}");
    let (provider, diagnostics) = read("a: 1\n");
    assert!(provider.services.is_empty());
    assert_eq!(codes(&diagnostics), ["openapi/not-a-document"]);
    assert_eq!(codes(&read("openapi: 4.0.0\npaths: {}\n").1), ["openapi/version"]);
}

#[test]
fn a_registry_is_read_as_it_lies_on_disk() {
    let main = "id: google\nname: google\nodd: !<tag:yaml.org,2002:js/undefined> ''\nconfig: {auth: {type: service_account, credentialsenvvar: KEY, scopes: [a, b], password: hunter2}}\nproviderServices:\n  pets: {service: {$ref: googleapis.com/v1/services/Pets.yaml}}\n  gone: {service: {$ref: googleapis.com/v1/services/gone.yaml}}\n";
    let sources = [
        source("reg/googleapis.com/v1/provider.yaml", main),
        source("reg/googleapis.com/v1/services/pets.yaml", &document("", "", "")),
        source("reg/googleapis.com/v1/services/other.yaml", "openapi: 3.0.0\n"),
    ];
    let (provider, diagnostics) = read_provider(&sources, "googleapis.com");
    assert_eq!(provider.name, *"google", "SQL has the name that the document states, not that of the folder");
    assert_eq!(provider.resources().next().unwrap().id.as_str(), "google.pets.pet");
    let block = provider.auth_block.as_ref().unwrap();
    assert_eq!((block.kind.as_ref(), block.get("scopes")), ("service_account", Some("a")));
    assert!(!format!("{provider:?}{diagnostics:?}").contains("hunter2"), "secrets of documents go nowhere");
    assert_eq!(codes(&diagnostics), ["openapi/secret", "openapi/missing-service", "openapi/unlisted-service"]);
}

#[test]
fn corrections_beside_the_documents_are_applied_and_reported() {
    let corrections = "corrections:\n  - document: services/pets.yaml\n    pointer: /servers/0/url\n    test: https://pets.example.com\n    replace: https://right.example.com\n    reason: it moved\n  - document: services/pets.yaml\n    pointer: /servers/7\n    remove: true\n    reason: there is no such server\n";
    let sources = [source("a/services/pets.yaml", &document("", "", "")), source("a/corrections.yaml", corrections)];
    let (provider, diagnostics) = read_provider(&sources, "shop");
    assert_eq!(only_method(&provider).http.as_ref().unwrap().servers[0].url, "https://right.example.com");
    assert_eq!(codes(&diagnostics), ["openapi/correction"]);
    assert!(
        diagnostics.iter().any(|found| found.severity == Severity::Error && found.origin.file == "a/corrections.yaml")
    );
    let other = source("elsewhere.yaml", "corrections: []\n");
    let options = Options { corrections: Some(&other), ..Options::default() };
    let (provider, _) = read_provider_with(&sources, "shop", &options);
    assert_eq!(only_method(&provider).http.as_ref().unwrap().servers[0].url, "https://pets.example.com");
}

#[test]
fn threads_change_nothing() {
    let sources: Vec<Source> =
        (0..20).map(|n| source(&format!("services/s{n}.yaml"), &document("x-stackQL-odd: 1", "", ""))).collect();
    let read = |jobs: usize| {
        let jobs = std::num::NonZeroUsize::new(jobs).unwrap();
        read_provider_with(&sources, "shop", &Options { jobs, ..Options::default() })
    };
    assert_eq!(read(1), read(4));
}

#[test]
fn query_parameters_say_how_lists_and_objects_are_written() {
    let stated = [
        ("a", "schema: {type: array, items: {type: string}}", Style::Repeated),
        ("b", "explode: false, schema: {type: array, items: {type: string}}", Style::Plain),
        ("c", "style: pipeDelimited, schema: {type: array, items: {type: string}}", Style::Pipes),
        ("d", "style: spaceDelimited, explode: true, schema: {type: array, items: {type: string}}", Style::Repeated),
        ("e", "style: spaceDelimited, schema: {type: array, items: {type: string}}", Style::Spaces),
        ("f", "schema: {type: object, properties: {x: {type: string}}}", Style::Members),
        ("g", "style: deepObject, schema: {type: object, additionalProperties: {type: string}}", Style::Deep),
        ("h", "style: deepObject, schema: {type: string}", Style::Plain),
    ];
    let items: Vec<String> =
        stated.iter().map(|(name, says, _)| format!("        - {{name: {name}, in: query, {says}}}")).collect();
    let operation = format!("      parameters:\n{}", items.join("\n"));
    let (provider, found) = read(&document("", &operation, ""));
    assert_eq!(codes(&found), [""; 0]);
    let method = only_method(&provider);
    for (name, _, style) in stated {
        assert_eq!(parameter(method, name).style, style, "{name}");
    }
}
