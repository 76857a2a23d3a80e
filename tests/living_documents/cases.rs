/// The edits.
const CASES: &[Case] = &[
    Case {
        name: "a method is renamed in both",
        edits: &[
            (LOAF, "code=\"eat\"", "code=\"devour\""),
            (SPEC, "        eat:\n", "        devour:\n"),
            (SPEC, "methods/eat'", "methods/devour'"),
        ],
        said: "diff 1: method-renamed bread.loaf.devour\n\
            lint 0: \n\
            check 1: bread documents-changed loaf.md bread.yaml",
    },
    Case { name: "a method is renamed on the page alone", edits: &[(LOAF, "code=\"eat\"", "code=\"devour\"")], said: "diff 1: method-added bread.loaf.devour, choice-changed bread.loaf DELETE with `loaf`\n\
            lint 0: merge/no-wire-form, merge/undocumented-method\n\
            check 1: bread documents-changed loaf.md, - documents-changed loaf.md" },
    Case {
        name: "a method is renamed in the document alone",
        edits: &[(SPEC, "        eat:\n", "        devour:\n"), (SPEC, "methods/eat'", "methods/devour'")],
        said: "diff 1: wire-form-removed bread.loaf.eat, parameter-retyped bread.loaf.eat loaf, method-added bread.loaf.devour\n\
            lint 0: merge/no-wire-form, merge/undocumented-method\n\
            check 1: bread documents-changed bread.yaml, - documents-changed bread.yaml",
    },
    Case {
        name: "a required parameter is added in both",
        edits: &[
            (LOAF, "| `SELECT` |  | Lists", "| `SELECT` | <CopyableCode code=\"limit\" /> | Lists"),
            (SPEC, "name: limit, in: query,", "name: limit, in: query, required: true,"),
        ],
        said: "diff 1: parameter-now-required bread.loaf.list limit\n\
            lint 0: \n\
            check 1: bread documents-changed loaf.md bread.yaml",
    },
    Case {
        name: "a parameter is required by the document alone",
        edits: &[(SPEC, "name: limit, in: query,", "name: limit, in: query, required: true,")],
        said: "diff 1: parameter-now-required bread.loaf.list limit\n\
            lint 0: merge/parameter-undocumented\n\
            check 1: bread documents-changed bread.yaml",
    },
    Case {
        name: "a parameter is listed that the wire does not have",
        edits: &[(LOAF, "| `SELECT` |  | Lists", "| `SELECT` | <CopyableCode code=\"oven\" /> | Lists")],
        said: "diff 0: parameter-added bread.loaf.list oven\n\
            lint 0: merge/parameter-unknown\n\
            check 1: bread documents-changed loaf.md",
    },
    Case {
        name: "an optional parameter is added",
        edits: &[(
            SPEC,
            "        - { name: limit,",
            "        - { name: after, in: query, schema: { type: string } }\n        - { name: limit,",
        )],
        said: "diff 0: parameter-added bread.loaf.list after\n\
            lint 0: \n\
            check 1: bread documents-changed bread.yaml",
    },
    Case {
        name: "a parameter goes",
        edits: &[(SPEC, "        - { name: limit, in: query, schema: { type: integer } }\n", "        []\n")],
        said: "diff 1: parameter-removed bread.loaf.list limit\n\
            lint 0: \n\
            check 1: bread documents-changed bread.yaml",
    },
    Case {
        name: "a parameter has another type",
        edits: &[(SPEC, "name: limit, in: query, schema: { type: integer }", "name: limit, in: query, schema: { type: string }")],
        said: "diff 1: parameter-retyped bread.loaf.list limit\n\
            lint 0: \n\
            check 1: bread documents-changed bread.yaml",
    },
    Case {
        name: "a verb is changed in both",
        edits: &[(LOAF, "`DELETE`", "`EXEC`"), (SPEC, "        delete:\n          - $ref", "        exec:\n          - $ref")],
        said: "diff 1: verb-added bread.loaf.eat, verb-removed bread.loaf.eat\n\
            lint 0: \n\
            check 1: bread documents-changed loaf.md bread.yaml",
    },
    Case { name: "a verb is changed on the page alone", edits: &[(LOAF, "`DELETE`", "`EXEC`")], said: "diff 1: verb-added bread.loaf.eat, verb-removed bread.loaf.eat\n\
            lint 0: merge/verb-differs\n\
            check 1: bread documents-changed loaf.md" },
    Case { name: "a verb is misspelt", edits: &[(LOAF, "`INSERT`", "`INSRT`")], said: "diff 1: verb-added bread.loaf.bake, verb-removed bread.loaf.bake\n\
            lint 0: merge/verb-differs, docs/unknown-verb\n\
            check 1: bread documents-changed loaf.md" },
    Case {
        name: "a column is dropped",
        edits: &[
            (LOAF, "| <CopyableCode code=\"weight\" /> | `integer` | In grams. |\n", ""),
            (SPEC, "        weight: { description: In grams., type: integer }\n", ""),
        ],
        said: "diff 1: column-removed bread.loaf.get weight, column-removed bread.loaf.list weight, parameter-removed bread.loaf.bake data__weight, column-removed bread.loaf.bake weight\n\
            lint 0: \n\
            check 1: bread documents-changed loaf.md bread.yaml",
    },
    Case {
        name: "a column is added to the document",
        edits: &[(SPEC, "        flour: {", "        yeast: { type: boolean }\n        flour: {")],
        said: "diff 0: column-added bread.loaf.get yeast, column-added bread.loaf.list yeast, parameter-added bread.loaf.bake data__yeast, column-added bread.loaf.bake yeast\n\
            lint 0: \n\
            check 1: bread documents-changed bread.yaml",
    },
    Case {
        name: "a column has another type",
        edits: &[(LOAF, "`integer`", "`string`"), (SPEC, "In grams., type: integer", "In grams., type: string")],
        said: "diff 1: column-retyped bread.loaf.get weight, column-retyped bread.loaf.list weight, parameter-retyped bread.loaf.bake data__weight, column-retyped bread.loaf.bake weight\n\
            lint 0: \n\
            check 1: bread documents-changed loaf.md bread.yaml",
    },
    Case {
        name: "methods are reordered so that a SELECT means another",
        edits: &[
            (
                SPEC,
                "        - { name: limit,",
                "        - { name: loaf, in: query, schema: { type: string } }\n        - { name: limit,",
            ),
            (
                LOAF,
                "| <CopyableCode code=\"get\" /> | `SELECT` | <CopyableCode code=\"loaf\" /> | Reads one loaf. |\n",
                "",
            ),
            (
                LOAF,
                "Lists all loaves. |\n",
                "Lists all loaves. |\n| <CopyableCode code=\"get\" /> | `SELECT` | <CopyableCode code=\"loaf\" /> | Reads one loaf. |\n",
            ),
        ],
        said: "diff 1: parameter-added bread.loaf.list loaf, choice-changed bread.loaf SELECT with `loaf`\n\
            lint 0: \n\
            check 1: bread documents-changed loaf.md bread.yaml",
    },
    Case {
        name: "methods are reordered and every SELECT means what it meant",
        edits: &[
            (
                LOAF,
                "| <CopyableCode code=\"get\" /> | `SELECT` | <CopyableCode code=\"loaf\" /> | Reads one loaf. |\n",
                "",
            ),
            (
                LOAF,
                "Lists all loaves. |\n",
                "Lists all loaves. |\n| <CopyableCode code=\"get\" /> | `SELECT` | <CopyableCode code=\"loaf\" /> | Reads one loaf. |\n",
            ),
        ],
        said: "diff 0: \n\
            lint 0: \n\
            check 1: bread documents-changed loaf.md",
    },
    Case {
        name: "only a description is edited on the page",
        edits: &[(LOAF, "| Eats a loaf.", "| Eats a whole loaf.")],
        said: "diff 0: description-changed bread.loaf.eat itself\n\
            lint 0: \n\
            check 1: bread documents-changed loaf.md",
    },
    Case {
        name: "only a comment is edited in the document",
        edits: &[(SPEC, "openapi: 3.0.3\n", "openapi: 3.0.3 # as before\n")],
        said: "diff 0: \n\
            lint 0: \n\
            check 1: bread documents-changed bread.yaml",
    },
    Case {
        name: "a method is added",
        edits: &[
            (
                LOAF,
                "| Eats a loaf. |\n",
                "| Eats a loaf. |\n| <CopyableCode code=\"slice\" /> | `EXEC` | <CopyableCode code=\"loaf\" /> | Slices it. |\n",
            ),
            (
                SPEC,
                "        eat:\n",
                "        slice:\n          operation: { $ref: '#/paths/~1loaves~1{loaf}~1slice/post' }\n          response: { openAPIDocKey: '204' }\n        eat:\n",
            ),
            (
                SPEC,
                "components:\n",
                "  /loaves/{loaf}/slice:\n    post:\n      description: Slices it.\n      parameters:\n        - { name: loaf, in: path, required: true, schema: { type: string } }\n      responses: { '204': { description: Done. } }\ncomponents:\n",
            ),
        ],
        said: "diff 0: method-added bread.loaf.slice\n\
            lint 0: \n\
            check 1: bread documents-changed loaf.md bread.yaml, - documents-changed loaf.md bread.yaml",
    },
    Case {
        name: "a method goes",
        edits: &[
            (LOAF, "| <CopyableCode code=\"eat\" /> | `DELETE` | <CopyableCode code=\"loaf\" /> | Eats a loaf. |\n", ""),
            (
                SPEC,
                "        eat:\n          operation: { $ref: '#/paths/~1loaves~1{loaf}/delete' }\n          response: { openAPIDocKey: '204' }\n",
                "",
            ),
            (SPEC, "        delete:\n          - $ref: '#/components/x-stackQL-resources/loaf/methods/eat'\n", ""),
        ],
        said: "diff 1: method-removed bread.loaf.eat\n\
            lint 0: \n\
            check 1: bread documents-changed loaf.md bread.yaml, - documents-changed loaf.md bread.yaml",
    },
    Case { name: "rows lie elsewhere", edits: &[(SPEC, "objectKey: $.items", "objectKey: $.loaves")], said: "diff 1: row-retyped bread.loaf.list, column-removed bread.loaf.list flour, column-removed bread.loaf.list weight\n\
            lint 0: openapi/object-key\n\
            check 1: bread documents-changed bread.yaml" },
    Case {
        name: "the Id is damaged",
        edits: &[(LOAF, "code=\"bakery.bread.loaf\"", "code=\"bakery.loaf\"")],
        said: "diff 0: \n\
            lint 1: docs/bad-id, merge/undocumented-resource\n\
            check 2: bread documents-changed loaf.md, - documents-changed loaf.md",
    },
    Case {
        name: "the output is edited by hand",
        edits: &[(CODE, "//! The resource", "//! My resource")],
        said: "diff 0: \n\
            lint 0: \n\
            check 1: bread output-edited loaf.rs",
    },
];
