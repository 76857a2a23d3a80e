//! Every rule of `bindery diff` with a pair of generations that shows it: the service in `diff/counter.yaml`, and the same
//! with something replaced. What is found has to be that, and all that follows from it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use bindery_codegen::diff::{Policy, Report, Rule, Step, Verdict, diff};
use bindery_codegen::{Source, openapi};
use bindery_ir::{Auth, AuthScheme, Fields, Provider, ResourceKind, Type};

const COUNTER: &str = include_str!("diff/counter.yaml");

/// Two generations, and what is found between them.
struct Pair {
    /// What is replaced in the old generation to make the new one.
    edits: &'static [(&'static str, &'static str)],
    /// Everything that is found.
    finds: &'static [(Rule, &'static str)],
    /// What is found when the two are exchanged, for rules that are the other way round.
    reversed: &'static [(Rule, &'static str)],
}

const LIST: &str = "- {name: limit, in: query, schema: {type: integer, format: int32}}";
const GET: &str = "        - {name: cheeseId, in: path, required: true, schema: {type: string}}\n        - {name: region, in: query, required: true, schema: {type: string}}\n";

const PAIRS: &[Pair] = &[
    Pair {
        edits: &[
            ("    wine:\n      id: shop.counter.wine", "    beer:\n      id: shop.counter.beer"),
            ("/wine/methods", "/beer/methods"),
            ("  /wines:", "  /beers:"),
            ("~1wines", "~1beers"),
        ],
        finds: &[
            (Rule::ResourceAdded, "shop.counter.beer is new"),
            (Rule::ResourceRemoved, "shop.counter.wine is gone"),
        ],
        reversed: &[],
    },
    Pair {
        edits: &[
            ("    wine:\n      id: shop.counter.wine", "    wines:\n      id: shop.counter.wines"),
            ("/wine/methods", "/wines/methods"),
        ],
        finds: &[(Rule::ResourceRenamed, "shop.counter.wines was called `wine`")],
        reversed: &[],
    },
    Pair {
        edits: &[(
            "        ripen:\n          operation: {$ref: '#/paths/~1cheeses~1{cheeseId}~1ripen/post'}\n          response: {openAPIDocKey: '204'}\n",
            "",
        )],
        finds: &[(Rule::MethodRemoved, "shop.counter.cheese.ripen is gone")],
        reversed: &[(Rule::MethodAdded, "shop.counter.cheese.ripen is new")],
    },
    Pair {
        edits: &[("        ripen:\n", "        age:\n")],
        finds: &[(Rule::MethodRenamed, "shop.counter.cheese.age was called `ripen`")],
        reversed: &[],
    },
    Pair {
        edits: &[(
            "        delete:\n          - {$ref: '#/components/x-stackQL-resources/cheese/methods/delete'}\n",
            "        delete:\n          - {$ref: '#/components/x-stackQL-resources/cheese/methods/delete'}\n          - {$ref: '#/components/x-stackQL-resources/cheese/methods/ripen'}\n",
        )],
        finds: &[
            (Rule::VerbAdded, "shop.counter.cheese.ripen is reached by DELETE, too"),
            (Rule::VerbRemoved, "shop.counter.cheese.ripen is no longer reached by EXEC"),
        ],
        reversed: &[],
    },
    Pair {
        edits: &[
            (
                LIST,
                "- {name: limit, in: query, schema: {type: integer, format: int32}}\n        - {name: cheeseId, in: query, schema: {type: string}}",
            ),
            (
                "          - {$ref: '#/components/x-stackQL-resources/cheese/methods/get'}\n          - {$ref: '#/components/x-stackQL-resources/cheese/methods/list'}\n",
                "          - {$ref: '#/components/x-stackQL-resources/cheese/methods/list'}\n          - {$ref: '#/components/x-stackQL-resources/cheese/methods/get'}\n",
            ),
        ],
        finds: &[
            (Rule::ParameterAdded, "shop.counter.cheese.list takes `cheeseId`, too"),
            (
                Rule::ChoiceChanged,
                "shop.counter.cheese calls `list` for a SELECT with `cheeseId`, `region`, no longer `get`",
            ),
        ],
        reversed: &[],
    },
    Pair {
        edits: &[(
            "operation: {$ref: '#/paths/~1cheeses~1{cheeseId}~1ripen/post'}",
            "operation: {$ref: '#/paths/~1nowhere/post'}",
        )],
        finds: &[
            (Rule::WireFormRemoved, "shop.counter.cheese.ripen is only documented, and can no longer be called"),
            (Rule::ParameterRemoved, "shop.counter.cheese.ripen no longer takes `cheeseId`"),
        ],
        reversed: &[
            (Rule::WireFormAdded, "shop.counter.cheese.ripen can be called, and is no longer only documented"),
            (Rule::ParameterRequired, "shop.counter.cheese.ripen requires `cheeseId`, which is new"),
        ],
    },
    Pair {
        edits: &[
            ("  /cheeses/{cheeseId}/ripen:\n    post:", "  /cheeses/{cheeseId}/ripen:\n    put:"),
            ("~1ripen/post", "~1ripen/put"),
        ],
        finds: &[(
            Rule::RequestChanged,
            "shop.counter.cheese.ripen sends PUT https://shop.example.org/cheeses/{cheeseId}/ripen, no longer POST https://shop.example.org/cheeses/{cheeseId}/ripen",
        )],
        reversed: &[],
    },
    Pair {
        edits: &[(
            LIST,
            "- {name: limit, in: query, schema: {type: integer, format: int32}}\n        - {name: sort, in: query, schema: {type: string}}",
        )],
        finds: &[(Rule::ParameterAdded, "shop.counter.cheese.list takes `sort`, too")],
        reversed: &[(Rule::ParameterRemoved, "shop.counter.cheese.list no longer takes `sort`")],
    },
    Pair {
        edits: &[(
            LIST,
            "- {name: limit, in: query, schema: {type: integer, format: int32}}\n        - {name: town, in: query, required: true, schema: {type: string}}",
        )],
        finds: &[(Rule::ParameterRequired, "shop.counter.cheese.list requires `town`, which is new")],
        reversed: &[(Rule::ParameterRemoved, "shop.counter.cheese.list no longer takes `town`")],
    },
    Pair {
        edits: &[(
            "        - {name: pageToken, in: query, schema: {type: string}}",
            "        - {name: pageToken, in: query, required: true, schema: {type: string}}",
        )],
        finds: &[(Rule::ParameterNowRequired, "shop.counter.cheese.list requires `pageToken`, which was optional")],
        reversed: &[(
            Rule::ParameterNowOptional,
            "shop.counter.cheese.list can do without `pageToken`, which was required",
        )],
    },
    Pair {
        edits: &[(
            GET,
            "        - {name: region, in: query, required: true, schema: {type: string}}\n        - {name: cheeseId, in: path, required: true, schema: {type: string}}\n",
        )],
        finds: &[(
            Rule::ParameterOrderChanged,
            "shop.counter.cheese.get takes its arguments in another order: region, cheeseId; it was cheeseId, region",
        )],
        reversed: &[],
    },
    Pair {
        edits: &[(LIST, "- {name: limit, in: query, schema: {type: boolean}}")],
        finds: &[(
            Rule::ParameterRetyped,
            "shop.counter.cheese.list takes boolean for `limit`, no longer integer (int32)",
        )],
        reversed: &[],
    },
    Pair {
        edits: &[(LIST, "- {name: limit, in: query, schema: {type: integer, format: int64}}")],
        finds: &[(
            Rule::ParameterFormatChanged,
            "shop.counter.cheese.list takes integer (int64) for `limit`, no longer integer (int32)",
        )],
        reversed: &[],
    },
    Pair {
        edits: &[("default: quick", "default: slow")],
        finds: &[(
            Rule::ParameterDefaultChanged,
            "shop.counter.cheese.delete sends `slow` where `X-Mode` is not given, no longer `quick`",
        )],
        reversed: &[],
    },
    Pair {
        edits: &[("        remark: {}", "        remark: {type: string}")],
        finds: &[
            (
                Rule::ParameterTyped,
                "shop.counter.cheese.order takes string for `data__remark`, whose type was not known",
            ),
            (Rule::FieldTyped, "shop.counter has string in the field `Order.remark`, whose type was not known"),
        ],
        reversed: &[],
    },
    Pair {
        edits: &[("objectKey: $.items}", "objectKey: $}")],
        finds: &[
            (Rule::RowsChanged, "shop.counter.cheese.list answers with one row, no longer with many rows"),
            (Rule::RowRetyped, "shop.counter.cheese.list has rows of CheeseList, no longer of Cheese"),
            (Rule::ColumnAdded, "shop.counter.cheese.list shows `items`, too"),
            (Rule::ColumnAdded, "shop.counter.cheese.list shows `nextPageToken`, too"),
            (Rule::ColumnRemoved, "shop.counter.cheese.list no longer shows `id`"),
            (Rule::ColumnRemoved, "shop.counter.cheese.list no longer shows `age`"),
            (Rule::ColumnRemoved, "shop.counter.cheese.list no longer shows `kind`"),
            (Rule::ColumnRemoved, "shop.counter.cheese.list no longer shows `crate`"),
            (Rule::ColumnRemoved, "shop.counter.cheese.list no longer shows `note`"),
        ],
        reversed: &[],
    },
    Pair {
        edits: &[(
            "      requestBody:\n        content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}\n      responses:\n",
            "      requestBody:\n        content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}\n      responses:\n        '202':\n          content: {application/json: {schema: {$ref: '#/components/schemas/Crate'}}}\n",
        )],
        finds: &[(
            Rule::AnswersChanged,
            "shop.counter.cheese.order answers, besides its row, with Crate with 202, no longer with nothing",
        )],
        reversed: &[(
            Rule::AnswersChanged,
            "shop.counter.cheese.order answers, besides its row, with nothing, no longer with Crate with 202",
        )],
    },
    Pair {
        edits: &[(
            "    Wine:\n      type: object\n      properties:\n        id: {type: string}",
            "    Wine:\n      type: object\n      properties:\n        id: {type: string}\n        year: {type: integer}",
        )],
        finds: &[(Rule::ColumnAdded, "shop.counter.wine.list shows `year`, too")],
        reversed: &[(Rule::ColumnRemoved, "shop.counter.wine.list no longer shows `year`")],
    },
    Pair {
        edits: &[(
            "    Wine:\n      type: object\n      properties:\n        id: {type: string}",
            "    Wine:\n      type: object\n      properties:\n        id: {type: integer}",
        )],
        finds: &[(Rule::ColumnRetyped, "shop.counter.wine.list shows integer as `id`, no longer string")],
        reversed: &[],
    },
    Pair {
        edits: &[("        note: {}", "        note: {type: string}")],
        finds: &[
            (Rule::ColumnTyped, "shop.counter.cheese.get shows string as `note`, whose type was not known"),
            (Rule::ColumnTyped, "shop.counter.cheese.list shows string as `note`, whose type was not known"),
            (Rule::ColumnTyped, "shop.counter.cheese.order shows string as `note`, whose type was not known"),
        ],
        reversed: &[],
    },
    Pair {
        edits: &[
            (
                "          config:\n            pagination:\n              requestToken: {key: pageToken, location: query}\n              responseToken: {key: $.nextPageToken, location: body}\n",
                "",
            ),
            ("nextPageToken: {type: string}", "unrelated: {type: string}"),
            ("name: pageToken", "name: unrelated"),
        ],
        finds: &[
            (Rule::PaginationRemoved, "shop.counter.cheese.list lists one page, no longer every one"),
            (Rule::ParameterAdded, "shop.counter.cheese.list takes `unrelated`, too"),
            (Rule::ParameterRemoved, "shop.counter.cheese.list no longer takes `pageToken`"),
        ],
        reversed: &[
            (Rule::PaginationAdded, "shop.counter.cheese.list lists every page, no longer only the first"),
            (Rule::ParameterAdded, "shop.counter.cheese.list takes `pageToken`, too"),
            (Rule::ParameterRemoved, "shop.counter.cheese.list no longer takes `unrelated`"),
        ],
    },
    Pair {
        edits: &[(
            "responseToken: {key: $.nextPageToken, location: body}",
            "responseToken: {key: $.items, location: body}",
        )],
        finds: &[(
            Rule::PaginationChanged,
            "shop.counter.cheese.list goes on by the token in `$.items` for `pageToken`, no longer by the token in `$.nextPageToken` for `pageToken`",
        )],
        reversed: &[],
    },
    Pair {
        edits: &[(
            "      config:\n        views:\n          select:\n            predicate: sqlDialect == \"sqlite3\"\n            ddl: SELECT id FROM shop.counter.wine\n",
            "",
        )],
        finds: &[(Rule::ViewRemoved, "shop.counter.cheese no longer has a view for sqlite3 ()")],
        reversed: &[(Rule::ViewAdded, "shop.counter.cheese has a new view for sqlite3 ()")],
    },
    Pair {
        edits: &[("            ddl: SELECT id FROM", "            ddl: SELECT id, year FROM")],
        finds: &[(Rule::ViewChanged, "shop.counter.cheese defines its view for sqlite3 () otherwise")],
        reversed: &[],
    },
    Pair {
        edits: &[("crate: {$ref: '#/components/schemas/Crate'}", "crate: {type: string}")],
        finds: &[
            (Rule::ColumnRetyped, "shop.counter.cheese.get shows string as `crate`, no longer Crate"),
            (Rule::ColumnRetyped, "shop.counter.cheese.list shows string as `crate`, no longer Crate"),
            (Rule::ColumnRetyped, "shop.counter.cheese.order shows string as `crate`, no longer Crate"),
            (Rule::SchemaRemoved, "shop.counter no longer has the type `Crate`"),
        ],
        reversed: &[
            (Rule::ColumnRetyped, "shop.counter.cheese.get shows Crate as `crate`, no longer string"),
            (Rule::ColumnRetyped, "shop.counter.cheese.list shows Crate as `crate`, no longer string"),
            (Rule::ColumnRetyped, "shop.counter.cheese.order shows Crate as `crate`, no longer string"),
            (Rule::SchemaAdded, "shop.counter has the new type `Crate`"),
        ],
    },
    Pair {
        edits: &[("        slots: {type: integer}", "        slots: {type: integer}\n        lid: {type: boolean}")],
        finds: &[(Rule::FieldAdded, "shop.counter has the new field `Crate.lid`")],
        reversed: &[(Rule::FieldRemoved, "shop.counter no longer has the field `Crate.lid`")],
    },
    Pair {
        edits: &[("        slots: {type: integer}", "        slots: {type: string}")],
        finds: &[(Rule::FieldRetyped, "shop.counter has string in the field `Crate.slots`, no longer integer")],
        reversed: &[],
    },
    Pair {
        edits: &[("enum: [soft, hard]", "enum: [soft, hard, blue]")],
        finds: &[(Rule::ValueAdded, "shop.counter lists `blue` for `Kind`, too")],
        reversed: &[(Rule::ValueRemoved, "shop.counter no longer lists `blue` for `Kind`")],
    },
    Pair {
        edits: &[("description: Shows all cheeses.", "description: Shows them all.")],
        finds: &[(Rule::DescriptionChanged, "shop.counter.cheese.list describes itself in other words")],
        reversed: &[],
    },
];

fn read(text: &str) -> Provider {
    let source = Source { path: "services/counter.yaml".into(), text: text.to_owned() };
    openapi::read_provider(&[source], "shop").0
}

fn edited(edits: &[(&str, &str)]) -> Provider {
    let change = |text: String, (from, to): &(&str, &str)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    };
    read(&edits.iter().fold(COUNTER.to_owned(), change))
}

fn found(old: &Provider, new: &Provider) -> BTreeSet<(Rule, String)> {
    diff(old, new).iter().map(|change| (change.rule, change.to_string())).collect()
}

fn expected(finds: &[(Rule, &str)]) -> BTreeSet<(Rule, String)> {
    finds.iter().map(|(rule, sentence)| (*rule, (*sentence).to_owned())).collect()
}

/// What a document cannot say, or not in the service alone: the pairs are made of the model.
fn pairs_of_the_model() -> Vec<(Provider, Provider, Rule)> {
    let old = read(COUNTER);
    let with = |change: fn(&mut Provider)| {
        let mut new = old.clone();
        change(&mut new);
        new
    };
    // The name of a parameter that is `pageToken` on the wire.
    let named = |name: &str| {
        let mut new = old.clone();
        let resources = new.services.to_mut()[0].resources.to_mut();
        let parameters = resources[0].methods.to_mut().iter_mut().flat_map(|method| method.parameters.to_mut());
        parameters.filter(|parameter| parameter.wire_name == "pageToken").for_each(|found| found.name = name.into());
        new
    };
    let mut reshaped = old.clone();
    let schemas = reshaped.services.to_mut()[0].schemas.to_mut();
    schemas.iter_mut().filter(|schema| schema.name == "Crate").for_each(|schema| {
        schema.shape = bindery_ir::SchemaShape::Enum(bindery_ir::List::EMPTY);
    });
    let auth = with(|provider| {
        let scheme = AuthScheme::Header { name: "X-Key".into(), prefix: "".into() };
        provider.auth = Auth { scheme, variable: None };
    });
    vec![
        (old.clone(), with(|provider| provider.services.to_mut().clear()), Rule::ServiceRemoved),
        (with(|provider| provider.services.to_mut().clear()), old.clone(), Rule::ServiceAdded),
        (
            old.clone(),
            with(|provider| provider.services.to_mut()[0].resources.to_mut()[1].kind = ResourceKind::View),
            Rule::ResourceKindChanged,
        ),
        (named("page_token"), old.clone(), Rule::ParameterRespelled),
        (named("start"), named("from"), Rule::ParameterRenamed),
        (old.clone(), reshaped, Rule::SchemaReshaped),
        (old.clone(), auth, Rule::AuthChanged),
    ]
}

#[test]
fn every_pair_shows_its_rule_and_what_follows_from_it() {
    let old = read(COUNTER);
    for pair in PAIRS {
        let new = edited(pair.edits);
        assert_eq!(found(&old, &new), expected(pair.finds), "{:?}", pair.edits);
        if !pair.reversed.is_empty() {
            assert_eq!(found(&new, &old), expected(pair.reversed), "{:?}, reversed", pair.edits);
        }
    }
}

#[test]
fn every_rule_has_a_pair() {
    let in_documents = PAIRS.iter().flat_map(|pair| pair.finds.iter().chain(pair.reversed)).map(|(rule, _)| *rule);
    let mut shown: BTreeSet<Rule> = in_documents.collect();
    for (old, new, rule) in pairs_of_the_model() {
        let rules: BTreeSet<Rule> = diff(&old, &new).iter().map(|change| change.rule).collect();
        assert!(rules.contains(&rule), "{rule}: {rules:?}");
        shown.extend(rules);
    }
    let missing: Vec<Rule> = Rule::ALL.into_iter().filter(|rule| !shown.contains(rule)).collect();
    assert_eq!(missing, []);
}

#[test]
fn a_generation_does_not_differ_from_itself() {
    let provider = read(COUNTER);
    assert_eq!(diff(&provider, &provider), []);
    assert_eq!(Report::new("shop", Vec::new()).step(), Step::None);
    // The pairs can only show something if the service is read for what it is.
    let cheese = provider.service("counter").unwrap().resource("cheese").unwrap();
    assert_eq!((cheese.methods.len(), &cheese.fields), (5, &Fields::Unknown));
    assert_eq!(cheese.method("list").unwrap().response.columns[4].ty, Type::Any);
}

#[test]
fn a_policy_weighs_and_accepts_and_says_when_it_no_longer_applies() {
    let old = read(COUNTER);
    let new = edited(PAIRS[2].edits);
    let report = |policy: &str| -> Result<Report, String> {
        let policy: Policy = toml::from_str(policy).unwrap();
        Ok(Report::new("shop", policy.weigh(diff(&old, &new)).map_err(|error| error.to_string())?))
    };
    assert_eq!(report("").unwrap().step(), Step::Major);
    let weighed = report("[rules]\nmethod-removed = { sql = \"additive\", typed = \"internal\" }").unwrap();
    assert_eq!(
        (weighed.step(), weighed.changes[0].typed, weighed.changes[0].sql),
        (Step::Minor, Verdict::Internal, Verdict::Additive)
    );
    let accept = |subject: &str, reason: &str| {
        report(&format!("[[accept]]\nrule = \"method-removed\"\nsubject = \"{subject}\"\nreason = \"{reason}\"\n"))
    };
    let accepted = accept("shop.counter.cheese.*", "nobody waited").unwrap();
    assert_eq!((accepted.step(), accepted.counts.accepted), (Step::Patch, 1));
    assert!(accepted.text().contains("(accepted: nobody waited)"), "{}", accepted.text());
    assert!(accept("shop.counter.wine", "x").unwrap_err().contains("nothing of it changed"));
    assert!(accept("shop.counter.cheese.ripen", " ").unwrap_err().contains("without a reason"));
    assert!(report("[rules]\nmethod-gone = \"internal\"").unwrap_err().contains("`method-gone`"));
}
