//! What a method's entry says that OpenAPI has no words for → [`Adaptation`].

use bindery_ir::{
    Adaptation, BodyAdaptation, Clause, GraphQl, GraphQlCursor, Inverse, InverseToken, JsonPath, List, Pushdown,
    QueryFlattening, RequestRewrite, Response, Retry, Rows, SqlName, Text, WireName,
};

use super::config::Config;
use super::document::Cursor;
use super::operation::Operation;
use super::resource::Entry;
use super::schema::SchemaReader;
use super::{transform, vocabulary};
use crate::Severity;

/// Reads the adaptation of a method. The rows of a GraphQL operation are where its query says.
pub(super) fn read<'a>(
    operation: &Operation<'a>,
    entry: Entry<'a>,
    config: &Config<'a>,
    response: &mut Response,
    schemas: &mut SchemaReader<'a>,
) -> Adaptation {
    let graphql = operation.cursor.get("x-stackQL-graphQL").and_then(|block| graphql(block, schemas));
    if let Some(graphql) = &graphql {
        response.rows = Rows::Many(graphql.rows.clone());
    }
    let block = entry.path(&["response", "transform"]);
    Adaptation {
        body: body(operation, entry, schemas),
        request: algorithm(config, "requestTranslate", schemas, |word| {
            Some(match word {
                "get_query_to_post_form_utf_8" => RequestRewrite::QueryToForm,
                "drop_double_underscore_params" => RequestRewrite::DropDoubleUnderscore,
                _ => return None,
            })
        }),
        query: algorithm(config, "queryParamTranspose", schemas, |word| {
            Some(match word {
                "AWSCanonical" => QueryFlattening::Numbered,
                "AWSCloudControl" => QueryFlattening::Json,
                _ => return None,
            })
        }),
        response: block.and_then(|block| transform::read(block, &mut schemas.diagnostics)),
        media_type: owned(entry.text_at(&["response", "overrideMediaType"])),
        graphql,
        pushdown: config.block("queryParamPushdown").map(|block| pushdown(block, schemas)).unwrap_or_default(),
        retry: config.block("retry").map(|block| retry(block, schemas)),
        inverse: entry.path(&["inverse"]).and_then(|block| inverse(block, schemas)),
    }
}

fn owned(text: Option<&str>) -> Text {
    Text::Owned(text.unwrap_or_default().to_owned())
}

fn body<'a>(operation: &Operation<'a>, entry: Entry<'a>, schemas: &mut SchemaReader<'a>) -> BodyAdaptation {
    let naming = entry.text_at(&["config", "requestBodyTranslate", "algorithm"]).unwrap_or_default();
    let media = operation.cursor.get("requestBody").and_then(|request| request.resolve().ok()?.get("content"));
    let xml = media.into_iter().flat_map(Cursor::entries).find(|(media_type, _)| media_type.contains("xml"));
    let root = xml.and_then(|(_, media)| media.get("schema")?.resolve().ok()?.text_at(&["xml", "name"]));
    BodyAdaptation {
        base: json(entry.path(&["request", "base"]), schemas),
        fallback: json(entry.path(&["request", "default"]), schemas),
        inside: naming.strip_prefix("naive_").map(WireName::from),
        transform: entry
            .path(&["request", "transform"])
            .and_then(|block| transform::read(block, &mut schemas.diagnostics)),
        xml_root: owned(root),
    }
}

/// A JSON text, or the JSON of what stands there. Some documents have the text in quotes of its own.
fn json(at: Option<Cursor<'_>>, schemas: &mut SchemaReader<'_>) -> Option<Text> {
    let at = at?;
    if at.is_map() || at.is_list() {
        return Some(Text::Owned(at.to_json().to_string()));
    }
    let text = at.text()?.trim();
    let bare = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap_or(text);
    match serde_json::from_str::<serde_json::Value>(bare) {
        Ok(_) => Some(Text::Owned(bare.to_owned())),
        Err(error) => {
            let message = format!("this is no JSON: {error}");
            schemas.report("openapi/unknown-extension", at, message, "nothing is sent for it");
            None
        }
    }
}

/// The algorithm that a block names.
fn algorithm<'a, T>(
    config: &Config<'a>,
    name: &str,
    schemas: &mut SchemaReader<'a>,
    parse: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let block = config.block(name)?;
    vocabulary::check(Some(block), "algorithm", &mut schemas.diagnostics);
    let at = block.get("algorithm")?;
    let word = at.text().unwrap_or_default();
    let found = parse(word);
    if found.is_none() && !word.is_empty() {
        let message = format!("`{}` is no {name} that is known", word.escape_debug());
        schemas.report("openapi/unknown-extension", at, message, "requests are sent as they are");
    }
    found
}

fn graphql<'a>(block: Cursor<'a>, schemas: &mut SchemaReader<'a>) -> Option<GraphQl> {
    vocabulary::check(Some(block), "graphQL", &mut schemas.diagnostics);
    vocabulary::check(block.get("cursor"), "cursor", &mut schemas.diagnostics);
    let Some(query) = block.text_of("query") else {
        let message = "a GraphQL operation needs `query`".to_owned();
        schemas.report("openapi/unknown-extension", block, message, "it is sent as any other operation");
        return None;
    };
    let text = |at: Cursor<'a>, key| owned(at.text_of(key));
    let cursor = block.get("cursor").map(|cursor| GraphQlCursor {
        path: text(cursor, "jsonPath"),
        strategy: owned(cursor.text_of("strategy").or(Some("cursor_after"))),
        format: text(cursor, "format"),
        page_size: text(cursor, "pageSize"),
        more: text(cursor, "terminateOnJsonPath"),
    });
    Some(GraphQl {
        url: text(block, "url"),
        method: owned(block.text_of("httpVerb").or(Some("POST"))),
        query: owned(Some(query)),
        rows: JsonPath::parse(block.text_at(&["responseSelection", "jsonPath"]).unwrap_or("$")),
        cursor,
    })
}

fn pushdown(block: Cursor<'_>, schemas: &mut SchemaReader<'_>) -> List<Pushdown> {
    const MEMBERS: [&str; 9] = [
        "dialect",
        "paramName",
        "syntax",
        "delimiter",
        "supportedColumns",
        "supportedOperators",
        "maxValue",
        "paramValue",
        "responseKey",
    ];
    let mut clauses = Vec::new();
    for (word, at) in block.entries() {
        let Some(clause) = Clause::parse(word) else {
            let message = format!("`{}` is no clause that is known", word.escape_debug());
            schemas.report("openapi/unknown-extension", at, message, "it is left to the planner");
            continue;
        };
        for (key, member) in at.entries().filter(|(key, _)| !MEMBERS.contains(key)) {
            let message = format!("`{}` is no part of a clause that is known", key.escape_debug());
            schemas.report("openapi/unknown-extension", member, message, "it has no effect");
        }
        let list = |key| at.get(key).into_iter().flat_map(Cursor::items).filter_map(Cursor::text);
        let text = |key| owned(at.text_of(key));
        clauses.push(Pushdown {
            clause,
            dialect: text("dialect"),
            parameter: text("paramName"),
            syntax: text("syntax"),
            delimiter: text("delimiter"),
            columns: list("supportedColumns").filter(|name| *name != "*").map(SqlName::from).collect(),
            operators: list("supportedOperators").map(|word| Text::Owned(word.to_owned())).collect(),
            maximum: at.text_of("maxValue").and_then(|text| text.parse().ok()),
            value: text("paramValue"),
            answer: text("responseKey"),
        });
    }
    clauses.into()
}

/// A `retry` block; what it leaves out is as StackQL has it.
fn retry(block: Cursor<'_>, schemas: &mut SchemaReader<'_>) -> Retry {
    const MEMBERS: [&str; 8] = [
        "algorithm",
        "max_attempts",
        "initial_delay_ms",
        "max_delay_ms",
        "multiplier",
        "jitter_fraction",
        "retryable_conditions",
        "retryable_methods",
    ];
    for (key, member) in block.entries().filter(|(key, _)| !MEMBERS.contains(key)) {
        let message = format!("`{}` is no part of a retry block that is known", key.escape_debug());
        schemas.report("openapi/unknown-extension", member, message, "it has no effect");
    }
    if let Some(at) = block.get("algorithm").filter(|at| at.text() != Some("exponential")) {
        let message = format!("`{}` is no way of retrying that is known", at.text().unwrap_or_default().escape_debug());
        schemas.report("openapi/unknown-extension", at, message, "the waits grow exponentially");
    }
    let whole = |key, otherwise| block.text_of(key).and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the number is clamped to what fits")]
    let percent = |key, otherwise: f64| {
        let number: f64 = block.text_of(key).and_then(|text| text.parse().ok()).unwrap_or(otherwise);
        (number * 100.0).round().clamp(0.0, 100_000.0) as u32
    };
    let statuses = block
        .path(&["retryable_conditions", "status_codes"])
        .map(|codes| codes.items().filter_map(|code| code.text()?.parse().ok()).collect());
    let methods = block
        .get("retryable_methods")
        .map(|methods| methods.items().filter_map(Cursor::text).map(|word| Text::Owned(word.to_owned())).collect());
    Retry {
        attempts: u32::try_from(whole("max_attempts", 3)).unwrap_or(u32::MAX),
        initial_delay_ms: whole("initial_delay_ms", 500),
        maximum_delay_ms: whole("max_delay_ms", 10_000),
        multiplier_percent: percent("multiplier", 2.0),
        jitter_percent: percent("jitter_fraction", 0.0),
        statuses: statuses.unwrap_or_else(|| vec![408, 429, 502, 503, 504].into()),
        methods: methods.unwrap_or_else(|| vec![Text::Borrowed("GET"), Text::Borrowed("HEAD")].into()),
    }
}

fn inverse(block: Cursor<'_>, schemas: &mut SchemaReader<'_>) -> Option<Inverse> {
    vocabulary::check(Some(block), "inverse", &mut schemas.diagnostics);
    let target = block.get("sqlVerb").or_else(|| block.get("method"))?;
    let Some(target) = target.reference().or_else(|| target.text()) else {
        schemas.add(
            target
                .finding(Severity::Warning, "openapi/unknown-extension", "this names no method".to_owned())
                .assuming("nothing undoes it"),
        );
        return None;
    };
    let tokens = block.get("tokens").into_iter().flat_map(Cursor::entries).map(|(parameter, token)| InverseToken {
        parameter: SqlName::from(parameter),
        location: owned(token.text_of("location")),
        key: owned(token.text_of("key")),
    });
    Some(Inverse { target: owned(Some(target)), tokens: tokens.collect() })
}
