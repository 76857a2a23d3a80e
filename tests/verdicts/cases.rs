/// The changes: of each, the rule that it falls under and what becomes of those who call.
const CASES: &[Case] = &[
    Case {
        rule: "method-renamed",
        edits: &[("        ripen:\n", "        age:\n")],
        reversed: false,
        typed: "cheese::Ripen::new(\"1\").send(&client).await?;",
        compiles: Typed::Fails,
        sql: "EXEC shop.counter.cheese.ripen @cheeseId = '1'",
        plans: Sql::Fails,
    },
    Case {
        rule: "method-removed",
        edits: &[RIPEN],
        reversed: false,
        typed: "cheese::Ripen::new(\"1\").send(&client).await?;",
        compiles: Typed::Fails,
        sql: "EXEC shop.counter.cheese.ripen @cheeseId = '1'",
        plans: Sql::Fails,
    },
    Case {
        rule: "method-added",
        edits: &[RIPEN],
        reversed: true,
        typed: "cheese::Delete::new(\"1\").send(&client).await?;",
        compiles: Typed::Works,
        sql: "DELETE FROM shop.counter.cheese WHERE cheeseId = '1'",
        plans: Sql::Works,
    },
    Case {
        rule: "resource-renamed",
        edits: WINES,
        reversed: false,
        typed: "let _ = wine::List::new().all(&client).await?;",
        compiles: Typed::Fails,
        sql: "SELECT id FROM shop.counter.wine",
        plans: Sql::Fails,
    },
    Case {
        rule: "resource-removed",
        edits: BEER,
        reversed: false,
        typed: "let _ = wine::List::new().all(&client).await?;",
        compiles: Typed::Fails,
        sql: "SELECT id FROM shop.counter.wine",
        plans: Sql::Fails,
    },
    Case {
        rule: "resource-added",
        edits: &[WINE],
        reversed: true,
        typed: "let _ = cheese::Get::new(\"1\", \"x\").send(&client).await?;",
        compiles: Typed::Works,
        sql: "SELECT id FROM shop.counter.cheese WHERE cheeseId = '1' AND region = 'x'",
        plans: Sql::Works,
    },
    Case {
        rule: "parameter-required",
        edits: &[TOWN],
        reversed: false,
        typed: "let _ = cheese::List::new(\"x\").all(&client).await?;",
        compiles: Typed::Fails,
        sql: "SELECT id FROM shop.counter.cheese WHERE region = 'x'",
        plans: Sql::Fails,
    },
    Case {
        rule: "parameter-added",
        edits: &[SORT],
        reversed: false,
        typed: "let _ = cheese::List::new(\"x\").limit(3).all(&client).await?;",
        compiles: Typed::Works,
        sql: "SELECT id FROM shop.counter.cheese WHERE region = 'x' AND \"limit\" = 3",
        plans: Sql::Works,
    },
    Case {
        rule: "parameter-removed",
        edits: &[SORT],
        reversed: true,
        typed: "let _ = cheese::List::new(\"x\").sort(\"age\").all(&client).await?;",
        compiles: Typed::Fails,
        sql: "SELECT id FROM shop.counter.cheese WHERE region = 'x' AND sort = 'age'",
        plans: Sql::Fails,
    },
    Case {
        rule: "parameter-now-required",
        edits: &[(
            "- {name: pageToken, in: query, schema: {type: string}}",
            "- {name: pageToken, in: query, required: true, schema: {type: string}}",
        )],
        reversed: false,
        typed: "let _ = cheese::List::new(\"x\").all(&client).await?;",
        compiles: Typed::Fails,
        sql: "SELECT id FROM shop.counter.cheese WHERE region = 'x'",
        plans: Sql::Fails,
    },
    Case {
        rule: "parameter-now-optional",
        edits: &[("- {name: limit, in: query,", "- {name: limit, in: query, required: true,")],
        reversed: true,
        typed: "let _ = cheese::List::new(\"x\", 3).all(&client).await?;",
        compiles: Typed::Fails,
        sql: "SELECT id FROM shop.counter.cheese WHERE region = 'x' AND \"limit\" = 3",
        plans: Sql::Works,
    },
    Case {
        rule: "parameter-order-changed",
        edits: &[(
            "        - {name: cheeseId, in: path, required: true, schema: {type: string}}\n        - {name: region, in: query, required: true, schema: {type: string}}\n",
            "        - {name: region, in: query, required: true, schema: {type: string}}\n        - {name: cheeseId, in: path, required: true, schema: {type: string}}\n",
        )],
        reversed: false,
        typed: "let _ = cheese::Get::new(\"1\", \"x\").send(&client).await?;",
        compiles: Typed::MeansSomethingElse,
        sql: "SELECT id FROM shop.counter.cheese WHERE cheeseId = '1' AND region = 'x'",
        plans: Sql::Works,
    },
    Case {
        rule: "parameter-retyped",
        edits: &[("{name: limit, in: query, schema: {type: integer, format: int32}}", "{name: limit, in: query, schema: {type: boolean}}")],
        reversed: false,
        typed: "let _ = cheese::List::new(\"x\").limit(3).all(&client).await?;",
        compiles: Typed::Fails,
        sql: "SELECT id FROM shop.counter.cheese WHERE region = 'x' AND \"limit\" = 3",
        plans: Sql::ReadsSomethingElse,
    },
    Case {
        rule: "parameter-format-changed",
        edits: &[("format: int32", "format: int64")],
        reversed: false,
        typed: "let _ = cheese::List::new(\"x\").limit(3).all(&client).await?;",
        compiles: Typed::Works,
        sql: "SELECT id FROM shop.counter.cheese WHERE region = 'x' AND \"limit\" = 3",
        plans: Sql::Works,
    },
    Case {
        rule: "parameter-default-changed",
        edits: &[("default: quick", "default: slow")],
        reversed: false,
        typed: "cheese::Delete::new(\"1\").x_mode(\"quick\").send(&client).await?;",
        compiles: Typed::Works,
        sql: "DELETE FROM shop.counter.cheese WHERE cheeseId = '1' AND \"X-Mode\" = 'quick'",
        plans: Sql::Works,
    },
    Case {
        rule: "parameter-typed",
        edits: &[("        remark: {}", "        remark: {type: string}")],
        reversed: false,
        typed: "cheese::Order::new(\"x\", 3).remark(\"true\".parse::<Json>().unwrap()).send(&client).await?;",
        compiles: Typed::Fails,
        sql: "INSERT INTO shop.counter.cheese(region, data__grams, data__remark) SELECT 'x', 3, 'soon'",
        plans: Sql::Works,
    },
    Case {
        rule: "verb-removed",
        edits: &[("        delete:\n          - {$ref", "        delete: []\n        exec:\n          - {$ref")],
        reversed: false,
        typed: "cheese::Delete::new(\"1\").send(&client).await?;",
        compiles: Typed::Works,
        sql: "DELETE FROM shop.counter.cheese WHERE cheeseId = '1'",
        plans: Sql::Fails,
    },
    Case {
        rule: "verb-added",
        edits: &[(
            "cheese/methods/delete'}\n",
            "cheese/methods/delete'}\n        replace:\n          - {$ref: '#/components/x-stackQL-resources/cheese/methods/order'}\n",
        )],
        reversed: false,
        typed: "let _ = cheese::Order::new(\"x\", 3).send(&client).await?;",
        compiles: Typed::Works,
        sql: "INSERT INTO shop.counter.cheese(region, data__grams) SELECT 'x', 3",
        plans: Sql::Works,
    },
    Case {
        rule: "choice-changed",
        edits: &[(
            "          - {$ref: '#/components/x-stackQL-resources/cheese/methods/get'}\n          - {$ref: '#/components/x-stackQL-resources/cheese/methods/list'}\n",
            "          - {$ref: '#/components/x-stackQL-resources/cheese/methods/list'}\n          - {$ref: '#/components/x-stackQL-resources/cheese/methods/get'}\n",
        )],
        reversed: false,
        typed: "let _ = cheese::Get::new(\"1\", \"x\").send(&client).await?;",
        compiles: Typed::Works,
        sql: "SELECT id FROM shop.counter.cheese WHERE cheeseId = '1' AND region = 'x'",
        plans: Sql::SendsSomethingElse,
    },
    Case {
        rule: "wire-form-removed",
        edits: &[("~1ripen/post'}", "~1nowhere/post'}")],
        reversed: false,
        typed: "cheese::Ripen::new(\"1\").send(&client).await?;",
        compiles: Typed::Fails,
        sql: "EXEC shop.counter.cheese.ripen @cheeseId = '1'",
        plans: Sql::Fails,
    },
    Case {
        rule: "request-changed",
        edits: &[
            ("  /cheeses/{cheeseId}/ripen:\n    post:", "  /cheeses/{cheeseId}/ripen:\n    put:"),
            ("~1ripen/post", "~1ripen/put"),
        ],
        reversed: false,
        typed: "cheese::Ripen::new(\"1\").send(&client).await?;",
        compiles: Typed::Works,
        sql: "EXEC shop.counter.cheese.ripen @cheeseId = '1'",
        plans: Sql::SendsSomethingElse,
    },
    Case {
        rule: "rows-changed",
        edits: &[("objectKey: $.items}", "objectKey: $}")],
        reversed: false,
        typed: "let _: Vec<cheese::Cheese> = cheese::List::new(\"x\").all(&client).await?;",
        compiles: Typed::Fails,
        sql: "SELECT age FROM shop.counter.cheese WHERE region = 'x'",
        plans: Sql::ReadsSomethingElse,
    },
    Case {
        rule: "answers-changed",
        edits: &[ACCEPTED],
        reversed: false,
        typed: "let _: cheese::Cheese = cheese::Order::new(\"x\", 3).send(&client).await?;",
        compiles: Typed::Fails,
        sql: "INSERT INTO shop.counter.cheese(region, data__grams) SELECT 'x', 3",
        plans: Sql::Works,
    },
    Case {
        rule: "column-added",
        edits: &[YEAR],
        reversed: false,
        typed: "let wine::Wine { id: _, extra: _, .. } = wine::Wine::default();",
        compiles: Typed::Works,
        sql: "SELECT id FROM shop.counter.wine",
        plans: Sql::Works,
    },
    Case {
        rule: "column-removed",
        edits: &[YEAR],
        reversed: true,
        typed: "let _ = wine::Wine::default().year;",
        compiles: Typed::Fails,
        sql: "SELECT year FROM shop.counter.wine",
        plans: Sql::Fails,
    },
    Case {
        rule: "column-retyped",
        edits: &[("    Wine:\n      type: object\n      properties:\n        id: {type: string}", "    Wine:\n      type: object\n      properties:\n        id: {type: integer}")],
        reversed: false,
        typed: "let _: Option<String> = wine::Wine::default().id;",
        compiles: Typed::Fails,
        sql: "SELECT id FROM shop.counter.wine WHERE id = '1'",
        plans: Sql::ReadsSomethingElse,
    },
    Case {
        rule: "column-typed",
        edits: &[("        note: {}", "        note: {type: string}")],
        reversed: false,
        typed: "let _: Option<Json> = cheese::Cheese::default().note;",
        compiles: Typed::Fails,
        sql: "SELECT note FROM shop.counter.cheese WHERE cheeseId = '1' AND region = 'x'",
        plans: Sql::Works,
    },
    Case {
        rule: "pagination-removed",
        edits: PAGES,
        reversed: false,
        typed: "let _ = cheese::List::new(\"x\").all(&client).await?;",
        compiles: Typed::MeansSomethingElse,
        sql: "SELECT id FROM shop.counter.cheese WHERE region = 'x'",
        plans: Sql::ReadsSomethingElse,
    },
    Case {
        rule: "view-removed",
        edits: &[VIEW],
        reversed: true,
        typed: "let _ = cheese::Get::new(\"1\", \"x\").send(&client).await?;",
        compiles: Typed::Works,
        sql: "SELECT label FROM shop.counter.cheese",
        plans: Sql::Fails,
    },
    Case {
        rule: "schema-removed",
        edits: &[("crate: {$ref: '#/components/schemas/Crate'}", "crate: {type: string}")],
        reversed: false,
        typed: "let _ = types::Crate::default();",
        compiles: Typed::Fails,
        sql: "SELECT json_extract(crate, '$.slots') FROM shop.counter.cheese WHERE region = 'x'",
        plans: Sql::ReadsSomethingElse,
    },
    Case {
        rule: "schema-added",
        edits: &[("crate: {$ref: '#/components/schemas/Crate'}", "crate: {type: string}")],
        reversed: true,
        typed: "let _: Option<String> = cheese::Cheese::default().crate_;",
        compiles: Typed::Fails,
        sql: "SELECT crate FROM shop.counter.cheese WHERE region = 'x'",
        plans: Sql::ReadsSomethingElse,
    },
    Case {
        rule: "field-added",
        edits: &[LID],
        reversed: false,
        typed: "let types::Crate { slots: _, .. } = types::Crate::default();",
        compiles: Typed::Works,
        sql: "SELECT json_extract(crate, '$.slots') FROM shop.counter.cheese WHERE region = 'x'",
        plans: Sql::Works,
    },
    Case {
        rule: "field-removed",
        edits: &[LID],
        reversed: true,
        typed: "let _ = types::Crate::default().lid;",
        compiles: Typed::Fails,
        sql: "SELECT json_extract(crate, '$.lid') FROM shop.counter.cheese WHERE region = 'x'",
        plans: Sql::ReadsSomethingElse,
    },
    Case {
        rule: "field-retyped",
        edits: &[("        slots: {type: integer}", "        slots: {type: string}")],
        reversed: false,
        typed: "let _: Option<i64> = types::Crate::default().slots;",
        compiles: Typed::Fails,
        sql: "SELECT json_extract(crate, '$.slots') + 1 FROM shop.counter.cheese WHERE region = 'x'",
        plans: Sql::ReadsSomethingElse,
    },
    Case {
        rule: "field-typed",
        edits: &[("        remark: {}", "        remark: {type: string}")],
        reversed: false,
        typed: "let _: Option<Json> = types::Order::default().remark;",
        compiles: Typed::Fails,
        sql: "INSERT INTO shop.counter.cheese(region, data__grams, data__remark) SELECT 'x', 3, 'soon'",
        plans: Sql::Works,
    },
    Case {
        rule: "value-added",
        edits: &[("enum: [soft, hard]", "enum: [soft, hard, blue]")],
        reversed: false,
        typed: "match types::Kind::Soft { types::Kind::Soft => {} _ => {} }",
        compiles: Typed::Works,
        sql: "SELECT id FROM shop.counter.cheese WHERE region = 'x' AND kind = 'soft'",
        plans: Sql::Works,
    },
    Case {
        rule: "value-removed",
        edits: &[("enum: [soft, hard]", "enum: [soft, hard, blue]")],
        reversed: true,
        typed: "let _ = types::Kind::Blue;",
        compiles: Typed::Fails,
        sql: "SELECT id FROM shop.counter.cheese WHERE region = 'x' AND kind = 'blue'",
        plans: Sql::Works,
    },
    Case {
        rule: "auth-changed",
        edits: &[("auth: { type: bearer,", "auth: { type: basic,")],
        reversed: false,
        typed: "bindery_shop::client().credential(bindery_shop::Token::new(\"secret\")).build()?;",
        compiles: Typed::MeansSomethingElse,
        sql: "SELECT id FROM shop.counter.wine",
        plans: Sql::ReadsSomethingElse,
    },
    Case {
        rule: "description-changed",
        edits: &[("description: Shows all cheeses.", "description: Shows them all.")],
        reversed: false,
        typed: "let _ = cheese::List::new(\"x\").all(&client).await?;",
        compiles: Typed::Works,
        sql: "SELECT id FROM shop.counter.cheese WHERE region = 'x'",
        plans: Sql::Works,
    },
];

const RIPEN: (&str, &str) = (
    "        ripen:\n          operation: {$ref: '#/paths/~1cheeses~1{cheeseId}~1ripen/post'}\n          response: {openAPIDocKey: '204'}\n",
    "",
);

const SORT: (&str, &str) = (
    "        - {name: limit,",
    "        - {name: sort, in: query, schema: {type: string}}\n        - {name: limit,",
);

const TOWN: (&str, &str) = (
    "        - {name: limit,",
    "        - {name: town, in: query, required: true, schema: {type: string}}\n        - {name: limit,",
);

const WINES: &[(&str, &str)] = &[
    ("    wine:\n      id: shop.counter.wine", "    wines:\n      id: shop.counter.wines"),
    ("/wine/methods", "/wines/methods"),
];

const BEER: &[(&str, &str)] = &[
    ("    wine:\n      id: shop.counter.wine", "    beer:\n      id: shop.counter.beer"),
    ("/wine/methods", "/beer/methods"),
    ("  /wines:", "  /beers:"),
    ("~1wines", "~1beers"),
];

const WINE: (&str, &str) = (
    "    wine:
      id: shop.counter.wine
      methods:
        list:
          operation: {$ref: '#/paths/~1wines/get'}
          response: {openAPIDocKey: '200', mediaType: application/json}
      sqlVerbs:
        select:
          - {$ref: '#/components/x-stackQL-resources/wine/methods/list'}
",
    "",
);

const ACCEPTED: (&str, &str) = (
    "{$ref: '#/components/schemas/Order'}}}\n      responses:\n",
    "{$ref: '#/components/schemas/Order'}}}\n      responses:\n        '202':\n          content: {application/json: {schema: {$ref: '#/components/schemas/Crate'}}}\n",
);

const YEAR: (&str, &str) = (
    "    Wine:\n      type: object\n      properties:\n        id: {type: string}",
    "    Wine:\n      type: object\n      properties:\n        id: {type: string}\n        year: {type: integer}",
);

const PAGES: &[(&str, &str)] = &[
    (
        "          config:\n            pagination:\n              requestToken: {key: pageToken, location: query}\n              responseToken: {key: $.nextPageToken, location: body}\n",
        "",
    ),
    ("nextPageToken: {type: string}", "unrelated: {type: string}"),
    ("name: pageToken", "name: unrelated"),
];

const VIEW: (&str, &str) = (
    "      title: Cheeses\n",
    "      title: Cheeses\n      config:\n        views:\n          select:\n            predicate: sqlDialect == \"sqlite3\"\n            ddl: SELECT id AS label FROM shop.counter.wine\n",
);

const LID: (&str, &str) =
    ("        slots: {type: integer}", "        slots: {type: integer}\n        lid: {type: boolean}");
