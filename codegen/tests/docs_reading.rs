//! Reading documentation pages: the same facts come out of every generation of page generators.

use std::path::Path;

use bindery_codegen::docs::{Dialect, FieldsSection, Page, PageKind, read_page};
use bindery_ir::Verb;

/// A page from its front matter's title and its body.
fn page(title: &str, body: &str) -> Page {
    read_page(&format!("{title}.md"), &format!("---\ntitle: {title}\nkeywords:\n  - shop    \n---\n\n{body}"))
}

fn overview(kind: &str, id: &str) -> String {
    format!(
        "## Overview\n<table><tbody>\n<tr><td><b>Name</b></td><td><code>x</code></td></tr>\n<tr><td><b>Type</b></td><td>{kind}</td></tr>\n<tr><td><b>Id</b></td><td>{id}</td></tr>\n</tbody></table>\n\n"
    )
}

fn copyable(code: &str) -> String {
    format!("<CopyableCode code=\"{code}\" />")
}

#[test]
fn the_backend_page_reads_exactly() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/azure/docs/api_management/backend.md");
    let page = read_page("backend.md", &std::fs::read_to_string(path).unwrap());
    assert_eq!(page.id.as_ref().map(ToString::to_string).as_deref(), Some("azure.api_management.backend"));
    assert_eq!((page.title.as_str(), page.kind, page.dialect), ("backend", PageKind::Resource, Dialect::PyMd));
    assert_eq!(page.fields, FieldsSection::Unknown);
    let one = ["backendId", "resourceGroupName", "serviceName", "subscriptionId"].as_slice();
    let all = ["resourceGroupName", "serviceName", "subscriptionId"].as_slice();
    let matching = ["If-Match", "backendId", "resourceGroupName", "serviceName", "subscriptionId"].as_slice();
    let expected = [
        ("get", Verb::Select, one),
        ("list_by_service", Verb::Select, all),
        ("create_or_update", Verb::Insert, one),
        ("delete", Verb::Delete, matching),
        ("_list_by_service", Verb::Exec, all),
        ("reconnect", Verb::Exec, one),
        ("update", Verb::Exec, matching),
    ];
    assert_eq!(page.methods.len(), expected.len());
    for (method, (name, verb, required)) in page.methods.iter().zip(expected) {
        assert_eq!((method.name.as_str(), method.verb), (name, verb));
        assert_eq!(method.required, required, "{name}");
        assert!(method.optional.is_empty() && method.description.ends_with('.'), "{name}");
    }
    assert_eq!(page.methods.iter().map(|method| method.line).collect::<Vec<_>>(), [34, 35, 36, 37, 38, 39, 40]);
    assert_eq!(page.diagnostics, []);
}

#[test]
fn every_page_of_the_inputs_reads_without_a_complaint() {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    let mut kinds = std::collections::BTreeMap::<_, usize>::new();
    let mut open = vec![spec];
    while let Some(folder) = open.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") && !path.ends_with("spec/README.md") {
                let page = read_page(&path.to_string_lossy(), &std::fs::read_to_string(&path).unwrap());
                let complaints =
                    page.diagnostics.iter().filter(|diagnostic| diagnostic.code != "docs/duplicate-parameter");
                assert_eq!(
                    complaints.collect::<Vec<_>>(),
                    [] as [&bindery_codegen::Diagnostic; 0],
                    "{}",
                    path.display()
                );
                assert_ne!(page.kind, PageKind::Other, "{}", path.display());
                if page.kind == PageKind::Resource {
                    assert!(!page.methods.is_empty(), "{}", path.display());
                }
                *kinds.entry(format!("{:?}", page.kind)).or_default() += 1;
            }
        }
    }
    assert!(["Resource", "ServiceIndex", "ProviderIndex"].iter().all(|kind| kinds.contains_key(*kind)), "{kinds:?}");
}

#[test]
fn index_pages_are_told_from_resources() {
    let service = page(
        "counter",
        "counter service documentation.\n\n:::info Service Summary\n\n<span>total resources:&nbsp;<b>1</b></span><br />\n\n:::\n\n## Resources\n<a href=\"/providers/shop/counter/cheese/\">cheese</a>\n",
    );
    assert_eq!((service.kind, service.diagnostics), (PageKind::ServiceIndex, vec![]));
    assert_eq!(service.summary, "counter service documentation.");
    let with_overview = page("counter", &format!("{}## Resources\n", overview("Service", &copyable("counter:v1"))));
    assert_eq!(
        (with_overview.kind, with_overview.id, with_overview.diagnostics),
        (PageKind::ServiceIndex, None, vec![])
    );
    let provider = page(
        "shop",
        "Food.\n\n:::info[Provider Summary] \n\n:::\n\n## Installation\n```bash\n## Methods\n```\n## Services\n",
    );
    assert_eq!((provider.kind, provider.diagnostics), (PageKind::ProviderIndex, vec![]));
    let stub = page("shop", "<RegistryPage currentProvider=\"shop\" />\n");
    assert_eq!(stub.kind, PageKind::Other);
}

#[test]
fn three_ways_to_have_no_fields_are_told_apart() {
    let state = |fields: &str| {
        let body = format!("{}{fields}", overview("Resource", &copyable("shop.counter.cheese")));
        page("cheese", &body).to_json()["fields_state"].clone()
    };
    let header = "| Name | Datatype |\n|:--|:--|\n";
    assert_eq!(state("## Fields\n## Methods\n"), "unknown");
    assert_eq!(state("## Methods\n"), "unknown");
    assert_eq!(state(&format!("## Fields\n{header}## Methods\n")), "unknown");
    assert_eq!(
        state("## Fields\n`SELECT` not supported for this resource, use `SHOW METHODS`.\n\n## Methods\n"),
        "not_selectable"
    );
    assert_eq!(
        state("`SELECT` not supported for this resource, see the methods section.\n## Methods\n"),
        "not_selectable"
    );
    assert_eq!(
        state("## Fields\n<code>SELECT</code> operation not supported for this resource.\n\n## Methods\n"),
        "not_selectable"
    );
    assert_eq!(state(&format!("## Fields\n{header}| `a` | `string` |\n## Methods\n")), "known");
}

#[test]
fn pages_from_before_there_were_methods_are_read() {
    let body = format!(
        "{}## Fields\n<table><tbody>\n<tr><th>Name</th><th>Datatype</th><th>Description</th></tr>\n<tr><td><code>arn</code></td><td><code>string</code></td><td>A name.</td></tr>\n</tbody></table>\n\n## Methods\nCurrently only <code>SELECT</code> is supported for this resource resource.\n\n## Example\n```sql\nSELECT\narn\nFROM shop.counter.cheese\n```\n",
        overview("Resource", "<code>shop.counter.cheese</code>")
    );
    let page = page("cheese", &body);
    assert_eq!((page.methods.len(), page.dialect, page.diagnostics), (0, Dialect::AwsHtml, vec![]));
    assert_eq!((page.sql_examples.len(), page.sql_examples[0].verb), (1, Verb::Select));
    assert!(matches!(page.fields, FieldsSection::Known(_)));
}

#[test]
fn an_optional_column_is_read_in_markdown_too() {
    let body = format!(
        "{}## Fields\n## Methods\n| Name | Accessible by | Required Params | Optional Params | Description |\n|:--|:--|:--|:--|:--|\n| {} | `SELECT` | {} | [`like`](#like), [`showLimit`](#showLimit) | Lists. |\n| {} | `DELETE` | {} | - | Removes. |\n<br />\n\n<details>\n\n| Name | Description | Type | Default |\n|:--|:--|:--|:--|\n| `like` | A pattern. | `string` | - |\n\n</details>\n",
        overview("Resource", &copyable("shop.counter.cheese")),
        copyable("list"),
        copyable("region"),
        copyable("delete"),
        copyable("id"),
    );
    let page = page("cheese", &body);
    assert_eq!(page.methods.len(), 2);
    assert_eq!(page.methods[0].optional, ["like", "showLimit"]);
    assert!(page.methods[1].optional.is_empty());
    let parameters: Vec<_> = page.parameters.iter().map(|row| (row.name.as_str(), row.datatype.as_str())).collect();
    assert_eq!(parameters, [("like", "string")], "they are described below the methods");
}

#[test]
fn a_resource_whose_fields_call_it_a_view_is_one() {
    let note = "> This resource is a view. For the view definition, please refer to the provider spec.\n\n";
    let body = format!(
        "{}## Fields\n{note}| Name | Datatype |\n|:--|:--|\n| `a` | `text` |\n## Methods\nNo additional methods available for this resource\n",
        overview("Resource", &copyable("shop.counter.vw_cheese"))
    );
    let page = page("vw_cheese", &body);
    assert_eq!((page.kind, page.methods.len(), page.diagnostics), (PageKind::View, 0, vec![]));
}

#[test]
fn every_complaint_names_its_place() {
    let text = "---\ntitle: other\n---\n\n## Overview\n<table><tbody>\n<tr><td><b>Type</b></td><td>Resource</td></tr>\n<tr><td><b>Id</b></td><td><code>shop.counter.cheese</code></td></tr>\n</tbody></table>\n\n## Fields\n| Name | Datatype |\n|:--|:--|\n| `a` | `strng` |\n| `` | `string` |\n\n## Methods\n| Name | Accessible by | Required Params |\n|:--|:--|:--|\n| `get` | `FETCH` | `a,, b/c` |\n| `get` | `EXEC` | |\n| `` | `EXEC` | |\n| `list` | `SELECT` |\n\n## `SELECT` examples\n```sql\nSELECT\n\n## Parameters\n<table><tr><th>Name</th><th>Datatype</th></tr>\n";
    let page = read_page("shop/cheese.md", text);
    let found: Vec<_> = page
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let marked = diagnostic.marked().and_then(|marked| diagnostic.excerpt.get(marked));
            (diagnostic.origin.line, diagnostic.column, diagnostic.code, marked.unwrap_or("(nothing)"))
        })
        .collect();
    let expected = [
        (2, 8, "docs/title-mismatch", "other"),
        (14, 10, "docs/unknown-datatype", "strng"),
        (15, 3, "docs/empty-name", "``"),
        (20, 12, "docs/unknown-verb", "FETCH"),
        (20, 21, "docs/empty-name", "`a,, b/c`"),
        (20, 26, "docs/bad-name", "b/c"),
        (21, 1, "docs/duplicate-method", "| `get` | `EXEC` | |"),
        (22, 3, "docs/empty-name", "``"),
        (23, 1, "docs/short-row", "| `list` | `SELECT` |"),
        (26, 1, "docs/unterminated-fence", "```sql"),
        (30, 1, "docs/unterminated-table", "<table><tr><th>Name</th><th>Datatype</th></tr>"),
    ];
    assert_eq!(found, expected);
    assert!(page.diagnostics.iter().all(|diagnostic| diagnostic.origin.file == "shop/cheese.md"
        && !diagnostic.assumed.is_empty()
        && !diagnostic.hint.is_empty()));
    let methods: Vec<_> = page.methods.iter().map(|method| (method.name.as_str(), method.verb)).collect();
    assert_eq!(methods, [("get", Verb::Exec), ("list", Verb::Select)]);
    assert_eq!(page.methods[0].required, ["a"]);
    assert_eq!(page.sql_examples[0].sql, "SELECT\n");
}

#[test]
fn an_identity_that_is_none_is_refused() {
    for (id, code) in [
        ("<td>x</td>", "docs/no-id"),
        ("<td><b>Id</b></td><td><code>shop.cheese</code></td>", "docs/bad-id"),
        ("<td><b>Id</b></td><td><code>shop.counter.../../x</code></td>", "docs/bad-id"),
        ("<td><b>Id</b></td><td></td>", "docs/bad-id"),
    ] {
        let body = format!(
            "## Overview\n<table><tr><td>Type</td><td>Resource</td></tr><tr>{id}</tr></table>\n\n## Methods\nNo additional methods available\n"
        );
        let page = page("cheese", &body);
        assert_eq!((page.id, page.diagnostics[0].code), (None, code), "{id}");
        assert_eq!(page.kind, PageKind::Resource);
    }
}

#[test]
fn line_ends_do_not_matter() {
    let text = format!(
        "---\ntitle: cheese\n---\n\n{}## Fields\n| Name | Datatype | Description |\n|:--|:--|:--|\n| `a` | `string` | one\ntwo |\n## Methods\n| Name | Accessible by | Required Params |\n|:--|:--|:--|\n| `get` | `SELECT` | `a` |\n\n## `SELECT` examples\n```sql\nSELECT\na\n```\n",
        overview("Resource", &copyable("shop.counter.cheese"))
    );
    let unix = read_page("p", &text);
    let windows = read_page("p", &text.replace('\n', "\r\n"));
    let mixed = read_page("p", &text.replace("|\n", "|\r\n"));
    let marked = read_page("p", &format!("\u{feff}{text}"));
    assert!(unix == windows && unix == mixed && unix == marked);
    assert_eq!(unix.sql_examples[0].sql, "SELECT\na");
}
