//! Where pages and documents disagree, and what is said of a configuration or a baseline.

use super::{Explanation, entry};

pub(super) const EXPLANATIONS: &[Explanation] = &[
    entry(
        "merge/other-provider",
        "A page documents a resource of another provider. It is left out.",
        "The page was copied from another provider, or lies in the wrong folder.",
        "Move the page to the folder of its provider, or correct its Id.",
    ),
    entry(
        "merge/duplicate-page",
        "Two pages document one resource. The first, by path, counts.",
        "A page was copied, or two generations of a site lie in one folder.",
        "Delete one of the pages, or correct the Id of the copy.",
    ),
    entry(
        "merge/bad-name",
        "The service or resource of a page has a name that could be a path. The page is left out.",
        "The Id holds signs that no module may be called by.",
        "Name services and resources with letters, digits, `_`, `-`, `.`, `$` and `+`.",
    ),
    entry(
        "merge/undocumented-resource",
        "A resource has no page. It is taken from OpenAPI alone.",
        "The document is newer than the documentation, or the page was renamed.",
        "Write the page; `bindery generate --emit docs` makes one to begin with.",
    ),
    entry(
        "merge/undocumented-method",
        "The page of a resource does not list a method that OpenAPI has. It comes after the documented ones.",
        "The document is newer than the page, or the method was renamed in one of the two.",
        "Add the method to the table of its page, or give both the same name.",
    ),
    entry(
        "merge/no-wire-form",
        "A page documents a method that no document describes. It is generated, and calling it is an error.",
        "The method was renamed or removed in OpenAPI, or the document is older than the page.",
        "Add the method to the document, or take it off the page.",
    ),
    entry(
        "merge/verb-differs",
        "The page and `sqlVerbs` give a method different verbs. The verb of the page counts.",
        "One of the two was changed.",
        "Give the method the same verb in both places.",
    ),
    entry(
        "merge/parameter-unknown",
        "A page lists a parameter that the operation does not have. It is kept, and cannot be sent.",
        "The parameter was renamed or removed in OpenAPI.",
        "Take the parameter off the page, or add it to the operation.",
    ),
    entry(
        "merge/parameter-optional",
        "A parameter is required by the page and optional on the wire. It is required.",
        "The page is stricter on purpose, or the document forgot `required: true`.",
        "State the same in both places.",
    ),
    entry(
        "merge/parameter-undocumented",
        "A parameter is required on the wire, and the page does not list it. It is required, after the documented ones.",
        "The provider added it after the page was written.",
        "Add it to the required parameters of the method on its page.",
    ),
    entry(
        "selection/no-match",
        "A pattern of `include` or `exclude` matches nothing. Generation goes on without it, and fails.",
        "The service, resource or method was renamed, or the pattern is misspelt.",
        "Correct the pattern in `bindery.toml`, or take it out.",
    ),
    entry(
        "lint/stale-baseline",
        "The baseline knows a finding that is not found any more, or not as often.",
        "Somebody repaired it, which is good, or the message or the place of the file changed.",
        "Write the baseline again with `bindery lint --write-baseline`.",
    ),
];
