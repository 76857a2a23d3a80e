//! A target that is followed while it is edited: whatever is saved, the output is the one that generating everything gives,
//! and what was not concerned is not emitted.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::fs;
use std::path::PathBuf;

use bindery_codegen::emit::CrateOptions;
use bindery_codegen::{Follower, Inputs, Mode, Target, Trust};
use tempfile::TempDir;

/// How many resources the service has, each with a page.
const RESOURCES: usize = 30;

const PROVIDER: &str = "id: shop
name: shop
title: Shop
providerServices:
  bread: { service: { $ref: shop/v1/services/bread.yaml }, title: Bread }
  cake: { service: { $ref: shop/v1/services/cake.yaml }, title: Cake }
";

fn document(service: &str) -> String {
    let mut paths = String::new();
    let mut resources = String::new();
    let mut schemas = String::from("    Crumb: { type: object, properties: { size: { type: integer } } }\n");
    for number in 0..RESOURCES {
        paths += &format!(
            "  /r{number}/{{id}}:
    get:
      description: Reads one.
      parameters:
        - {{ name: id, in: path, required: true, schema: {{ type: string }} }}
        - {{ name: depth, in: query, schema: {{ type: integer }} }}
      responses: {{ '200': {{ description: One., content: {{ application/json: {{ schema: {{ $ref: '#/components/schemas/Row{number}' }} }} }} }} }}
"
        );
        resources += &format!(
            "    r{number}:
      id: shop.{service}.r{number}
      methods:
        get: {{ operation: {{ $ref: '#/paths/~1r{number}~1{{id}}/get' }}, response: {{ mediaType: application/json, openAPIDocKey: '200' }} }}
      sqlVerbs: {{ select: [{{ $ref: '#/components/x-stackQL-resources/r{number}/methods/get' }}] }}
"
        );
        schemas += &format!(
            "    Row{number}: {{ type: object, properties: {{ name: {{ type: string }}, crumb: {{ $ref: '#/components/schemas/Crumb' }} }} }}\n"
        );
    }
    format!(
        "openapi: 3.0.3\ninfo: {{ title: {service}, version: '1' }}\nservers: [{{ url: https://shop.example }}]\npaths:\n{paths}components:\n  schemas:\n{schemas}  x-stackQL-resources:\n{resources}"
    )
}

fn page(service: &str, number: usize) -> String {
    format!(
        "---\ntitle: r{number}\n---\n\nA thing.\n\n## Overview\n<table><tbody>\n<tr><td><b>Type</b></td><td>Resource</td></tr>\n\
         <tr><td><b>Id</b></td><td><code>shop.{service}.r{number}</code></td></tr>\n</tbody></table>\n\n## Fields\n\
         | Name | Datatype |\n|:--|:--|\n| `name` | `string` |\n\n## Methods\n\
         | Name | Accessible by | Required Params | Description |\n|:--|:--|:--|:--|\n| `get` | `SELECT` | `id` | Reads one. |\n"
    )
}

/// A provider of two services in a folder.
struct Shop {
    folder: TempDir,
    target: Target,
}

const PAGE: &str = "docs/bread/r7.md";
const DOCUMENT: &str = "openapi/services/bread.yaml";

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        let inputs = Inputs {
            provider: "shop".into(),
            docs: Some(at("docs")),
            openapi: Some(at("openapi")),
            ..Inputs::default()
        };
        let options = CrateOptions::new("shop", "spec");
        let target = Target { inputs, options, out: at("out"), lock: Some(at("bindery.lock")) };
        let shop = Self { folder, target };
        shop.write("openapi/provider.yaml", PROVIDER);
        for service in ["bread", "cake"] {
            shop.write(&format!("openapi/services/{service}.yaml"), &document(service));
            for number in 0..RESOURCES {
                shop.write(&format!("docs/{service}/r{number}.md"), &page(service, number));
            }
        }
        shop
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn follow(&self) -> Follower<'_> {
        let mut follower = self.target.follow(Trust::Nothing, &|_| ()).unwrap();
        while follower.prepare().unwrap() {}
        follower
    }

    /// Replaces what stands at one place of a file and sees that the output is what generating everything would give; how
    /// many files were emitted, and which were written.
    #[track_caller]
    fn edit(&self, follower: &mut Follower<'_>, path: &str, from: &str, to: &str) -> (usize, Vec<String>) {
        let text = fs::read_to_string(self.path(path)).unwrap();
        assert!(text.contains(from), "{path}: {from}");
        self.write(path, &text.replacen(from, to, 1));
        let generation = follower.update(&[self.path(path)]).unwrap().unwrap();
        let written = generation.differences.iter().map(|difference| difference.path.clone()).collect();
        let result = (generation.files.len(), written);
        let (findings, count) = (generation.findings, generation.file_count);
        follower.remember().unwrap();
        let fresh = self.target.generate(Mode::Compare, Trust::Nothing, &|_| ()).unwrap();
        assert_eq!((fresh.differences, fresh.stale), (vec![], vec![]), "{path}: {to}");
        assert_eq!((fresh.findings, fresh.file_count), (findings, count), "{path}: {to}");
        // What is remembered is believed by the next run, which has nothing to do.
        let next = self.target.generate(Mode::Compare, Trust::Cache, &|_| ()).unwrap();
        assert_eq!((next.differences, next.findings), (vec![], findings), "{path}: {to}");
        while follower.prepare().unwrap() {}
        result
    }
}

/// The files around the services.
const AROUND: usize = 5;

/// These, the resource and its surface.
const FEW: usize = AROUND + 2;

#[test]
fn what_a_page_says_of_its_resource_emits_this_resource() {
    let shop = Shop::new();
    let mut follower = shop.follow();
    let mut edit = |from: &str, to: &str| shop.edit(&mut follower, PAGE, from, to);
    let code = ["src/bread/r7.rs"];
    let with_surface = ["src/bread/r7.rs", "src/bread/surface.txt"];
    assert_eq!(edit("A thing.", "A good thing."), (FEW, code.map(str::to_owned).to_vec()));
    assert_eq!(edit("Reads one. |", "Reads just one. |"), (FEW, code.map(str::to_owned).to_vec()));
    assert_eq!(edit("`id` |", "`id, depth` |"), (FEW, with_surface.map(str::to_owned).to_vec()));
    assert_eq!(edit("| `SELECT` |", "| `EXEC` |").0, FEW);
    // A method that the wire does not have, and a finding with it.
    let (emitted, written) = edit("| `get` |", "| `sell` | `EXEC` | | Sells it. |\n| `get` |");
    assert_eq!(emitted, FEW);
    assert_eq!(written, ["README.md", "src/bread/r7.rs", "src/bread/surface.txt"]);
    assert_eq!(edit("| `sell` | `EXEC` | | Sells it. |\n", "").0, FEW);
    // Rows that only the page knows are a type of the service: one more concerns all of it, another description does not.
    assert!(edit("| `get` |", "| `peek` | `SELECT` | | Looks. |\n| `get` |").0 > RESOURCES);
    assert_eq!(edit("`id, depth`", "`id`").0, FEW);
    let (emitted, written) = edit("| `name` | `string` |", "| `name` | `integer` |");
    assert_eq!((emitted, written.len()), (FEW, 2));
    assert!(edit("| `name` |", "| `nick` |").0 > RESOURCES);
    assert!(edit("| `peek` | `SELECT` | | Looks. |\n", "").0 > RESOURCES);
    assert_eq!(edit("A good thing.", "A thing.").0, FEW);
    // What says nothing of the resource emits nothing of it.
    assert_eq!(edit("## Fields", "\n\n## Fields"), (AROUND, Vec::new()));
    // Another identity is another resource.
    edit("shop.bread.r7<", "shop.bread.bun<");
    edit("shop.bread.bun<", "shop.bread.r7<");
}

#[test]
fn what_a_document_says_of_a_resource_emits_this_resource() {
    let shop = Shop::new();
    let mut follower = shop.follow();
    let mut edit = |from: &str, to: &str| shop.edit(&mut follower, DOCUMENT, from, to);
    assert_eq!(edit("/r7/{id}:\n    get:\n", "/r7/{id}:\n    get:\n      summary: A line more.\n").0, AROUND);
    let depth = "name: depth, in: query, schema: { type: integer }";
    let (emitted, written) = edit(depth, "name: depth, in: query, schema: { type: string }");
    assert_eq!((emitted, written.len()), (FEW, 2));
    // A schema that others name is emitted where it lives; one that has another field, everything.
    let (emitted, written) = edit("size: { type: integer }", "size: { type: string }");
    assert_eq!((emitted, written), (FEW, vec!["src/bread/surface.txt".to_owned(), "src/bread/types.rs".to_owned()]));
    assert_eq!(
        edit(
            "Row3: { type: object, properties: { name: { type: string }",
            "Row3: { type: object, properties: { name: { type: integer }"
        )
        .0,
        FEW
    );
    assert!(edit("size: { type: string }", "length: { type: string }").0 > RESOURCES);
    edit("title: bread,", "title: Good bread,");
    // A resource less, and one more.
    edit("id: shop.bread.r9\n", "id: shop.bread.rye\n");
    assert!(shop.path("out/src/bread/rye.rs").exists());
    edit("id: shop.bread.rye\n", "id: shop.bread.r9\n");
    assert!(!shop.path("out/src/bread/rye.rs").exists());
}

#[test]
fn what_concerns_more_than_a_service_is_done_as_ever() {
    let shop = Shop::new();
    let mut follower = shop.follow();
    shop.edit(&mut follower, "openapi/provider.yaml", "title: Bread", "title: Bread and rolls");
    shop.edit(&mut follower, PAGE, "A thing.", "A good thing.");
    // Two files at once, and one that is gone.
    shop.write("docs/cake/r1.md", &page("cake", 1).replace("A thing.", "Sweet."));
    fs::remove_file(shop.path(PAGE)).unwrap();
    let touched = [shop.path("docs/cake/r1.md"), shop.path(PAGE)];
    let written = follower.update(&touched).unwrap().unwrap().differences.len();
    assert!(written >= 2, "{written}");
    follower.remember().unwrap();
    let fresh = shop.target.generate(Mode::Compare, Trust::Nothing, &|_| ()).unwrap();
    assert_eq!(fresh.differences, []);
}
