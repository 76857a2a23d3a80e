//! How the listings of real documents go on: which say so, for which it is inferred, and which are left.
//!
//! Runs where the corpus is (`BINDERY_CORPUS`, or beside the project), and prints a line for each provider.
#![allow(clippy::expect_used, reason = "a document that is not there fails the test")]

mod corpus;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use bindery_codegen::Source;
use bindery_codegen::openapi::{Options, read_provider_with};
use bindery_ir::{Location, Method, NextPage, PaginationReason, Provider, Rows, Verb};

/// What a listing is told by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    /// The document declares it.
    Declared,
    /// It was inferred, in this way.
    Inferred(&'static str),
    /// Nobody says anything, but the request takes something that could be a token or the number of a page.
    Suspicious,
    /// Nobody says anything, and the request takes nothing of the kind.
    Complete,
}

fn told(method: &Method) -> Told {
    let Some(pagination) = &method.response.pagination else {
        let is_token = |name: &str| {
            let name = name.to_lowercase().replace(['-', '_'], "");
            let whole = ["page", "offset", "marker", "cursor", "after", "startindex", "skip"];
            whole.contains(&&*name)
                || ["pagetoken", "nexttoken", "continuationtoken"].iter().any(|end| name.ends_with(end))
        };
        let asks = |location| matches!(location, Location::Query | Location::Body);
        let mut parameters = method.parameters.iter().filter(|parameter| asks(parameter.location));
        let takes_one = parameters.any(|parameter| is_token(parameter.wire_name.as_str()));
        return if takes_one { Told::Suspicious } else { Told::Complete };
    };
    if pagination.reason == PaginationReason::Declared {
        return Told::Declared;
    }
    Told::Inferred(match &pagination.next {
        NextPage::Url(_) => "URL",
        NextPage::Token { .. } => "token",
        NextPage::Tokens(_) => "several tokens",
        NextPage::Number { .. } | NextPage::Counted { .. } => "number",
        NextPage::Offset { .. } => "offset",
        NextPage::Nowhere => "switched off",
    })
}

fn read(folder: &Path, name: &str) -> Result<Provider, Box<dyn Error>> {
    let sources = Source::read_all(folder, &["yaml"])?;
    let options = Options { jobs: std::thread::available_parallelism()?, ..Options::default() };
    Ok(read_provider_with(&sources, name, &options).0)
}

#[test]
fn nearly_every_listing_that_could_go_on_does() -> Result<(), Box<dyn Error>> {
    let Some(corpus) = corpus::corpus() else { return Ok(()) };
    let mut folders: Vec<_> = fs::read_dir(corpus.join("registry"))?.collect::<Result<_, _>>()?;
    folders.sort_by_key(fs::DirEntry::file_name);
    let mut all: BTreeMap<Told, usize> = BTreeMap::new();
    for folder in folders {
        let name = folder.file_name().to_string_lossy().into_owned();
        let provider = read(&folder.path(), &name)?;
        let mut counts: BTreeMap<Told, usize> = BTreeMap::new();
        let methods = provider.resources().flat_map(|resource| resource.methods.iter());
        for method in methods.filter(|method| method.verbs.contains(&Verb::Select)) {
            let told = told(method);
            // A single object counts where it goes on.
            if matches!(method.response.rows, Rows::Many(_)) || matches!(told, Told::Inferred(_)) {
                *counts.entry(told).or_default() += 1;
                *all.entry(told).or_default() += 1;
                if told == Told::Suspicious {
                    println!("  {} is read to its first page", method.path());
                }
            }
        }
        println!("{name:16} {:5} listings: {counts:?}", counts.values().sum::<usize>());
    }
    let listings: usize = all.values().sum();
    println!("{:16} {listings:5} listings: {all:?}", "all");
    let suspicious = all.get(&Told::Suspicious).copied().unwrap_or_default();
    // What is left of those takes its number or place in a way of its own.
    assert!(
        suspicious * 100 <= listings,
        "{suspicious} of {listings} listings may have a second page that nobody reads"
    );
    Ok(())
}

#[test]
fn the_listings_in_xml_go_on_by_their_own_tokens() -> Result<(), Box<dyn Error>> {
    let Some(corpus) = corpus::corpus() else { return Ok(()) };
    let mut versions = fs::read_dir(corpus.join("registry/aws"))?;
    let aws = read(&versions.next().expect("a version")?.path(), "aws")?;
    let next = |method: &str| {
        let methods = aws.resources().flat_map(|resource| resource.methods.iter());
        let found = methods.into_iter().find(|found| found.path() == method).expect(method);
        serde_json::to_value(found.response.pagination.as_ref().map(|pagination| &pagination.next))
    };
    let nearest = |name: &str| serde_json::json!({"nearest": {"names": [name], "more": "IsTruncated"}});
    let token = |name: &str, to: &str| serde_json::json!({"from": nearest(name), "to": {"query": to}});
    assert_eq!(
        next("aws.s3.object_versions.list_object_versions")?,
        serde_json::json!({"tokens": [token("NextKeyMarker", "key-marker"), token("NextVersionIdMarker", "version-id-marker")]})
    );
    assert_eq!(
        next("aws.s3.multipart_uploads.list_multipart_uploads")?,
        serde_json::json!({"tokens": [token("NextKeyMarker", "key-marker"), token("NextUploadIdMarker", "upload-id-marker")]})
    );
    assert_eq!(
        next("aws.s3.parts.list_parts")?,
        serde_json::json!({"token": token("NextPartNumberMarker", "part-number-marker")})
    );
    let objects = serde_json::json!({"nearest": {"names": ["NextMarker"], "more": "IsTruncated", "last": "Key"}});
    assert_eq!(
        next("aws.s3.objects.list_objects")?,
        serde_json::json!({"token": {"from": objects, "to": {"query": "marker"}}})
    );
    assert_eq!(
        next("aws.route53.resource_record_sets.list_resource_record_sets")?,
        serde_json::json!({"tokens": [
            token("NextRecordName", "name"), token("NextRecordType", "type"), token("NextRecordIdentifier", "identifier")
        ]})
    );
    Ok(())
}
