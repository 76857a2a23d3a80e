//! Whatever the arguments of a call are, the server sees the path segments and query pairs that were meant, or
//! nothing: a property of every method of the corpus of real documents.
//!
//! Runs where the corpus is (`BINDERY_CORPUS`, or beside the project); says so where it is not. `BINDERY_METHODS` is
//! how many methods are tried, 3,000 of all providers unless it says otherwise, `all` for every one.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

#[path = "../codegen/tests/corpus/mod.rs"]
mod corpus;

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;

use bindery::codegen::{Source, openapi};
use bindery::ir::{Location, Method, Parameter, Presence, QueryFlattening, RequestRewrite, Style};
use bindery::runtime::{Argument, Call, Client, Error, NoCredential};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

/// How many sets of arguments a method is tried with.
const CASES: u32 = 4;

/// Where everything is sent. It has a path of its own, which must stay.
const BASE: &str = "http://127.0.0.1:9/base";

/// Text of any kind, mostly of what means something to a URL or a header.
fn text() -> impl Strategy<Value = String> {
    let special = proptest::sample::select(vec![
        "",
        ".",
        "..",
        "/",
        "//",
        "?",
        "#",
        "%",
        "%2f",
        "%2e%2e",
        "%00",
        "&",
        "=",
        "+",
        ";",
        "\\",
        "@",
        ":",
        "{",
        "}",
        "a",
        "é",
        "😀",
        " ",
        "\r\n",
        "\0",
        "\t",
        "[",
        "]",
        "\"",
        "'",
        "<",
        ">",
        "|",
        "^",
        "`",
        "~",
        "*",
        "$",
        "../",
        "/..",
        "http://x/",
    ]);
    prop_oneof![
        4 => proptest::collection::vec(special, 1..5).prop_map(|parts| parts.concat()),
        2 => "[a-zA-Z0-9._-]{1,12}",
        1 => any::<String>(),
    ]
}

fn decode(text: &str) -> String {
    String::from_utf8_lossy(&percent_decode_str(text).collect::<Vec<u8>>()).into_owned()
}

/// The pairs of a query or a form, read as a server reads them.
fn pairs(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))).collect()
}

type Values<'m> = BTreeMap<&'m str, (&'m Parameter, String)>;

/// The segments that are meant: those of the template, with the values in it.
fn segments(method: &Method, values: &Values<'_>) -> Vec<String> {
    let bare = |name: &str| name.trim_start_matches('+').trim_end_matches('*').to_owned();
    let path = method.http.as_ref().unwrap().path.trim_start_matches('/').to_owned();
    let mut segments = Vec::new();
    for template in path.split('/') {
        let mut segment = String::new();
        let mut rest = template;
        while let Some((literal, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap();
            segment.push_str(&decode(literal));
            let (parameter, value) = values
                .values()
                .find(|(parameter, _)| {
                    parameter.location == Location::Path && bare(parameter.wire_name.as_str()) == bare(name)
                })
                .unwrap();
            if parameter.style == Style::MultiSegment {
                let value = if segment.is_empty() { value.strip_prefix('/').unwrap_or(value) } else { value };
                let mut parts = value.split('/');
                segment.push_str(parts.next().unwrap_or_default());
                for part in parts {
                    segments.push(std::mem::replace(&mut segment, part.to_owned()));
                }
            } else {
                segment.push_str(value);
            }
            rest = after;
        }
        segment.push_str(&decode(rest));
        segments.push(segment);
    }
    segments
}

/// The query pairs that are meant: those of the template, then one for each parameter.
fn meant_pairs(method: &Method, values: &Values<'_>) -> Vec<(String, String)> {
    let drops = method.adaptation.request == Some(RequestRewrite::DropDoubleUnderscore);
    let constants = method.http.as_ref().unwrap().query.iter().filter(|pair| !(drops && pair.name.starts_with("__")));
    let mut meant: Vec<_> = constants.map(|pair| (pair.name.to_string(), pair.value.to_string())).collect();
    for parameter in method.parameters.iter().filter(|parameter| parameter.location == Location::Query) {
        let (_, value) = &values[parameter.name.as_str()];
        meant.push((parameter.wire_name.to_string(), value.clone()));
    }
    meant
}

/// Whether a refusal is one that these values deserve.
fn deserves(error: &Error, values: &Values<'_>) -> bool {
    match error {
        Error::InvalidArgument { name, .. } => {
            let Some((parameter, value)) = values.get(name.as_str()) else { return false };
            match parameter.location {
                // Something around it may make it two dots, so a dot in it is enough.
                Location::Path => value.is_empty() || value == "/" || value.contains('.'),
                Location::Header => {
                    let refused = [
                        "host",
                        "connection",
                        "transfer-encoding",
                        "upgrade",
                        "te",
                        "trailer",
                        "keep-alive",
                        "content-length",
                    ];
                    value.contains(char::is_control) || refused.contains(&&*parameter.wire_name.as_str().to_lowercase())
                }
                _ => false,
            }
        }
        // What a document says that cannot be sent at all, whatever the arguments are.
        Error::NoWireForm { .. } => true,
        _ => false,
    }
}

fn check(client: &Client, method: &Method, texts: &[String], sent: &Cell<usize>) -> Result<(), TestCaseError> {
    let is_given =
        |parameter: &&Parameter| !matches!(parameter.location, Location::Unknown | Location::Server | Location::Body);
    let given = method.parameters.iter().filter(is_given).zip(texts);
    let values: Values<'_> =
        given.map(|(parameter, text)| (parameter.name.as_str(), (parameter, text.clone()))).collect();
    let mut call = Call::new(method);
    for parameter in &method.parameters {
        call = match (values.get(parameter.name.as_str()), parameter.location) {
            (Some((_, value)), _) => call.with(parameter.name.to_string(), Argument::text(value.clone())),
            (None, Location::Body) if parameter.presence == Presence::Required => {
                call.with(parameter.name.to_string(), Argument::text("x"))
            }
            _ => call,
        };
    }
    let request = match client.prepare(&call) {
        Ok(request) => request,
        Err(error) if deserves(&error, &values) => return Ok(()),
        Err(error) => return Err(TestCaseError::fail(format!("refused: {error}"))),
    };
    sent.set(sent.get() + 1);
    let url = request.url();
    // What an HTTP client writes is what a URL parser makes of the text; a second parse must change nothing.
    let again: url::Url = url.as_str().parse().unwrap();
    prop_assert_eq!(&again, url);
    prop_assert_eq!(url.host_str(), Some("127.0.0.1"));
    prop_assert_eq!(url.fragment(), None);
    let seen: Vec<String> = url.path().strip_prefix("/base/").unwrap_or("").split('/').map(decode).collect();
    prop_assert_eq!(seen, segments(method, &values), "{}", url);
    let in_form = method.adaptation.request == Some(RequestRewrite::QueryToForm);
    let mut seen = pairs(url.query().unwrap_or_default());
    if in_form {
        let body = request.body().map(|body| String::from_utf8_lossy(&body).into_owned()).unwrap_or_default();
        prop_assert_eq!(seen, vec![]);
        seen = pairs(&body);
    }
    prop_assert_eq!(seen, meant_pairs(method, &values), "{}", url);
    for (parameter, value) in values.values().filter(|(parameter, _)| parameter.location == Location::Header) {
        let sent = request.headers().get(parameter.wire_name.as_str()).map(|value| value.as_bytes().to_vec());
        prop_assert_eq!(sent.as_deref(), Some(value.as_bytes()));
    }
    Ok(())
}

/// A piece of a GraphQL query.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    /// What is no string.
    Syntax(String),
    /// What a string means.
    Text(String),
}

/// The pieces of a query, as its grammar has them.
fn pieces(query: &str) -> Vec<Piece> {
    let (mut pieces, mut text, mut in_string) = (Vec::new(), String::new(), false);
    let mut letters = query.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                let content = std::mem::take(&mut text);
                pieces.push(if in_string { Piece::Text(content) } else { Piece::Syntax(content) });
                in_string = !in_string;
            }
            '\\' if in_string => match letters.next().unwrap() {
                'u' => {
                    let digits: String = letters.by_ref().take(4).collect();
                    text.push(char::from_u32(u32::from_str_radix(&digits, 16).unwrap()).unwrap());
                }
                escaped => text.push(escaped),
            },
            letter => text.push(letter),
        }
    }
    pieces.push(if in_string { Piece::Text(text) } else { Piece::Syntax(text) });
    pieces
}

/// Whatever the arguments of a GraphQL query are, it is the query that was meant: each argument where a plain one would
/// stand, and everything around it as it is.
fn check_query(client: &Client, method: &Method, texts: &[String], sent: &Cell<usize>) -> Result<(), TestCaseError> {
    // What counts as no argument at all chooses another query.
    let is_one = |text: &String| !matches!(text.as_str(), "" | "0" | "false");
    let values: Vec<String> =
        texts.iter().map(|text| Some(text.clone()).filter(is_one).unwrap_or("7".into())).collect();
    let prepared = |value: &dyn Fn(usize) -> String| {
        let given = method.parameters.iter().enumerate();
        let call = given.fold(Call::new(method), |call, (number, parameter)| {
            call.with(parameter.name.to_string(), Argument::text(value(number)))
        });
        client.prepare(&call)
    };
    let query = |request: &bindery::runtime::Request| {
        let body: serde_json::Value = serde_json::from_slice(&request.body().unwrap()).unwrap();
        assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
        pieces(body["query"].as_str().unwrap())
    };
    let plain = prepared(&|number| format!("z{number}z")).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let with_values = |text: &str| {
        let numbered = values.iter().enumerate();
        numbered.fold(text.to_owned(), |text, (number, value)| text.replace(&format!("z{number}z"), value))
    };
    let meant: Vec<Piece> = query(&plain)
        .into_iter()
        .map(|piece| match piece {
            Piece::Syntax(text) => Piece::Syntax(with_values(&text)),
            Piece::Text(text) => Piece::Text(with_values(&text)),
        })
        .collect();
    let request = match prepared(&|number| values[number].clone()) {
        Ok(request) => request,
        Err(Error::InvalidArgument { name, .. }) => {
            let number = method.parameters.iter().position(|parameter| parameter.name == *name).unwrap();
            let mark = format!("z{number}z");
            let is_bare =
                query(&plain).iter().any(|piece| matches!(piece, Piece::Syntax(text) if text.contains(&mark)));
            let is_word = values[number].chars().all(|c| c.is_ascii_alphanumeric() || "_-.+".contains(c));
            prop_assert!(is_bare && !is_word, "{} is refused as {:?}", name, values[number]);
            return Ok(());
        }
        Err(error) => return Err(TestCaseError::fail(format!("refused: {error}"))),
    };
    sent.set(sent.get() + 1);
    prop_assert_eq!(query(&request), meant);
    prop_assert_eq!(request.url(), plain.url());
    prop_assert_eq!(request.url().query(), None);
    Ok(())
}

/// The documents of all providers, one of each in turn, small ones first.
fn documents(registry: &std::path::Path) -> Vec<PathBuf> {
    let mut by_provider: BTreeMap<String, VecDeque<(u64, PathBuf)>> = BTreeMap::new();
    for path in Source::find(registry, &["yaml"]).unwrap().into_iter().filter(|path| !path.ends_with("provider.yaml")) {
        let provider = path.strip_prefix(registry).unwrap().iter().next().unwrap().to_string_lossy().into_owned();
        let size = std::fs::metadata(&path).map_or(0, |data| data.len());
        by_provider.entry(provider).or_default().push_back((size, path));
    }
    for documents in by_provider.values_mut() {
        documents.make_contiguous().sort();
    }
    let mut documents = Vec::new();
    while !by_provider.is_empty() {
        by_provider.retain(|_, waiting| {
            documents.extend(waiting.pop_front().map(|(_, path)| path));
            !waiting.is_empty()
        });
    }
    documents
}

#[test]
fn the_server_sees_exactly_what_was_meant() {
    let Some(corpus) = corpus::corpus() else { return };
    let wanted = match std::env::var("BINDERY_METHODS").as_deref() {
        Ok("all") => usize::MAX,
        Ok(text) => text.parse().unwrap(),
        Err(_) => 3000,
    };
    // Values of one set come from a pool, so that it need not be known how many parameters the largest method has.
    let pool = proptest::collection::vec(text(), 1..24);
    let sent = Cell::new(0);
    let (mut tried, mut queries) = (0, 0);
    let (mut providers, mut wrong) = (BTreeMap::<String, usize>::new(), Vec::new());
    for path in documents(&corpus.join("registry")) {
        if tried >= wanted {
            break;
        }
        let source = Source::read(&path).unwrap();
        let (provider, _) = openapi::read_provider(std::slice::from_ref(&source), "corpus");
        let client = Client::for_provider(&provider).credential(NoCredential).base_url(BASE).build().unwrap();
        for method in provider.resources().flat_map(|resource| &*resource.methods) {
            if method.http.is_none() {
                continue;
            }
            // Text that is JSON is written in another way there, on purpose.
            let is_numbered = method.adaptation.query == Some(QueryFlattening::Numbered);
            tried += 1;
            *providers
                .entry(
                    path.strip_prefix(corpus.join("registry"))
                        .unwrap()
                        .iter()
                        .next()
                        .unwrap()
                        .to_string_lossy()
                        .into_owned(),
                )
                .or_default() += 1;
            let config = Config { cases: CASES, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
            let outcome = TestRunner::new(config).run(&pool, |texts| {
                let texts =
                    texts.iter().map(|text| if is_numbered { text.replace(['[', '{'], "(") } else { text.clone() });
                let texts: Vec<String> = texts.cycle().take(method.parameters.len().max(1)).collect();
                match method.adaptation.graphql {
                    // It has no other parts.
                    Some(_) => check_query(&client, method, &texts, &sent),
                    None => check(&client, method, &texts, &sent),
                }
            });
            queries += usize::from(method.adaptation.graphql.is_some());
            if let Err(error) = outcome {
                wrong.push(format!("{}: {}: {error}", source.path, method.path()));
            }
        }
    }
    let sent = sent.get();
    println!(
        "{tried} methods were tried ({queries} of them queries of GraphQL), {CASES} times each, of which {sent} made a request: {providers:?}"
    );
    assert!(queries > 0, "no query of GraphQL was tried");
    assert!(sent > tried, "almost everything is refused");
    assert!(tried >= wanted.min(3000), "{tried}");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
}
