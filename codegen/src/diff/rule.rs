//! The rules: every kind of change there is, with what it does to callers.
//!
//! They are data. Comparing says which rule a change falls under and nothing about what that means; what it means is in
//! [`Rule::facts`], and a project can weigh it otherwise (see [`Policy`](super::Policy)). Every rule has a pair of documents that shows it
//! in `codegen/tests/diff_rules.rs`, and callers whom it breaks or does not in `tests/verdicts/cases.rs`.

use std::fmt;

use serde::{Serialize, Serializer};

/// What a change does to a kind of caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Callers do not notice, or only that something works better.
    Internal,
    /// There is more than there was; what was written still works.
    Additive,
    /// What was written may not compile, fail, or mean something else.
    Breaking,
}

impl Verdict {
    /// The word: `breaking`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Additive => "additive",
            Self::Breaking => "breaking",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// A provider authenticates its callers otherwise.
    AuthChanged,
    /// A service is new.
    ServiceAdded,
    /// A service is gone.
    ServiceRemoved,
    /// A resource is new.
    ResourceAdded,
    /// A resource is gone.
    ResourceRemoved,
    /// A resource has another name.
    ResourceRenamed,
    /// A resource became a view, or a view a resource.
    ResourceKindChanged,
    /// A method is new.
    MethodAdded,
    /// A method is gone.
    MethodRemoved,
    /// A method has another name.
    MethodRenamed,
    /// A statement reaches a method that it did not reach.
    VerbAdded,
    /// A statement does not reach a method any more.
    VerbRemoved,
    /// A statement that is left as it was calls another method.
    ChoiceChanged,
    /// A method can be called that was only documented.
    WireFormAdded,
    /// A method is only documented that could be called.
    WireFormRemoved,
    /// The request of a method is another one.
    RequestChanged,
    /// An optional parameter is new.
    ParameterAdded,
    /// A required parameter is new.
    ParameterRequired,
    /// A parameter is gone.
    ParameterRemoved,
    /// A parameter has another name.
    ParameterRenamed,
    /// A parameter is spelled otherwise; SQL understands both.
    ParameterRespelled,
    /// An optional parameter is required.
    ParameterNowRequired,
    /// A required parameter is optional.
    ParameterNowOptional,
    /// The required parameters come in another order.
    ParameterOrderChanged,
    /// A parameter has a type that was not known.
    ParameterTyped,
    /// A parameter takes another type.
    ParameterRetyped,
    /// A parameter states another format of the same type.
    ParameterFormatChanged,
    /// A parameter has another default.
    ParameterDefaultChanged,
    /// There are more rows, fewer, or none.
    RowsChanged,
    /// A row is of another type.
    RowRetyped,
    /// Other statuses of success have bodies of their own, or bodies of another type.
    AnswersChanged,
    /// A column is new.
    ColumnAdded,
    /// A column is gone.
    ColumnRemoved,
    /// A column has a type that was not known.
    ColumnTyped,
    /// A column has another type.
    ColumnRetyped,
    /// A listing goes on that did not.
    PaginationAdded,
    /// A listing ends with its first page.
    PaginationRemoved,
    /// A listing goes on in another way.
    PaginationChanged,
    /// A view is new.
    ViewAdded,
    /// A view is gone.
    ViewRemoved,
    /// A view is defined otherwise.
    ViewChanged,
    /// A schema is new.
    SchemaAdded,
    /// A schema is gone.
    SchemaRemoved,
    /// A list of values became an object, or an object a list of values.
    SchemaReshaped,
    /// An object has another field.
    FieldAdded,
    /// An object lacks a field.
    FieldRemoved,
    /// A field of an object has a type that was not known.
    FieldTyped,
    /// A field of an object has another type.
    FieldRetyped,
    /// A list of values has another value.
    ValueAdded,
    /// A list of values lacks a value.
    ValueRemoved,
    /// Something is described in other words.
    DescriptionChanged,
}

/// What is known of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its stable name: `parameter-now-required`.
    pub id: &'static str,
    /// What is said of the subject of a change, with `{member}`, `{before}` and `{after}` where those of the change go.
    pub sentence: &'static str,
    /// What that does to code that uses the generated types.
    pub typed: Verdict,
    /// What that does to SQL.
    pub sql: Verdict,
    /// What callers do about it.
    pub advice: &'static str,
}

impl Rule {
    /// All rules, in the order of their declaration.
    pub const ALL: [Self; 51] = [
        Self::AuthChanged,
        Self::ServiceAdded,
        Self::ServiceRemoved,
        Self::ResourceAdded,
        Self::ResourceRemoved,
        Self::ResourceRenamed,
        Self::ResourceKindChanged,
        Self::MethodAdded,
        Self::MethodRemoved,
        Self::MethodRenamed,
        Self::VerbAdded,
        Self::VerbRemoved,
        Self::ChoiceChanged,
        Self::WireFormAdded,
        Self::WireFormRemoved,
        Self::RequestChanged,
        Self::ParameterAdded,
        Self::ParameterRequired,
        Self::ParameterRemoved,
        Self::ParameterRenamed,
        Self::ParameterRespelled,
        Self::ParameterNowRequired,
        Self::ParameterNowOptional,
        Self::ParameterOrderChanged,
        Self::ParameterTyped,
        Self::ParameterRetyped,
        Self::ParameterFormatChanged,
        Self::ParameterDefaultChanged,
        Self::RowsChanged,
        Self::RowRetyped,
        Self::AnswersChanged,
        Self::ColumnAdded,
        Self::ColumnRemoved,
        Self::ColumnTyped,
        Self::ColumnRetyped,
        Self::PaginationAdded,
        Self::PaginationRemoved,
        Self::PaginationChanged,
        Self::ViewAdded,
        Self::ViewRemoved,
        Self::ViewChanged,
        Self::SchemaAdded,
        Self::SchemaRemoved,
        Self::SchemaReshaped,
        Self::FieldAdded,
        Self::FieldRemoved,
        Self::FieldTyped,
        Self::FieldRetyped,
        Self::ValueAdded,
        Self::ValueRemoved,
        Self::DescriptionChanged,
    ];

    /// The rule of a name.
    ///
    /// ```
    /// use bindery_codegen::diff::Rule;
    /// assert_eq!(Rule::named("column-removed"), Some(Rule::ColumnRemoved));
    /// ```
    pub fn named(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.facts().id == id)
    }

    /// What is known of it.
    pub const fn facts(self) -> Facts {
        use Verdict::{Additive, Breaking, Internal};
        let (id, sentence, typed, sql, advice) = match self {
            Self::AuthChanged => (
                "auth-changed",
                "authenticates callers by {after}, no longer by {before}",
                Breaking,
                Breaking,
                "give the credentials that are wanted now",
            ),
            Self::ServiceAdded => ("service-added", "is new", Additive, Additive, "switch its feature on to use it"),
            Self::ServiceRemoved => {
                ("service-removed", "is gone", Breaking, Breaking, "stay with the version before to use it")
            }
            Self::ResourceAdded => ("resource-added", "is new", Additive, Additive, ""),
            Self::ResourceRemoved => {
                ("resource-removed", "is gone", Breaking, Breaking, "look for what the provider offers instead")
            }
            Self::ResourceRenamed => (
                "resource-renamed",
                "was called `{before}`",
                Breaking,
                Breaking,
                "use the new name; its requests are the same",
            ),
            Self::ResourceKindChanged => (
                "resource-kind-changed",
                "is a {after}, no longer a {before}",
                Breaking,
                Breaking,
                "a view can only be selected from",
            ),
            Self::MethodAdded => ("method-added", "is new", Additive, Additive, ""),
            Self::MethodRemoved => {
                ("method-removed", "is gone", Breaking, Breaking, "look for a method with the same verb")
            }
            Self::MethodRenamed => (
                "method-renamed",
                "was called `{before}`",
                Breaking,
                Breaking,
                "use the new name in code and behind EXEC; its request is the same",
            ),
            Self::VerbAdded => ("verb-added", "is reached by {after}, too", Internal, Additive, ""),
            Self::VerbRemoved => (
                "verb-removed",
                "is no longer reached by {before}",
                Internal,
                Breaking,
                "use the verb that is documented now, or EXEC",
            ),
            Self::ChoiceChanged => (
                "choice-changed",
                "calls `{after}` for a {member}, no longer `{before}`",
                Internal,
                Breaking,
                "say EXEC to be independent of the order of methods",
            ),
            Self::WireFormAdded => {
                ("wire-form-added", "can be called, and is no longer only documented", Additive, Additive, "")
            }
            Self::WireFormRemoved => (
                "wire-form-removed",
                "is only documented, and can no longer be called",
                Breaking,
                Breaking,
                "stay with the version before to call it",
            ),
            Self::RequestChanged => ("request-changed", "sends {after}, no longer {before}", Internal, Internal, ""),
            Self::ParameterAdded => ("parameter-added", "takes `{member}`, too", Additive, Additive, ""),
            Self::ParameterRequired => {
                ("parameter-required", "requires `{member}`, which is new", Breaking, Breaking, "give it")
            }
            Self::ParameterRemoved => {
                ("parameter-removed", "no longer takes `{member}`", Breaking, Breaking, "leave it out")
            }
            Self::ParameterRenamed => (
                "parameter-renamed",
                "takes `{after}`, which was called `{before}`",
                Breaking,
                Breaking,
                "use the new name",
            ),
            Self::ParameterRespelled => (
                "parameter-respelled",
                "takes `{after}`, which was spelled `{before}`",
                Internal,
                Internal,
                "SQL understands both",
            ),
            Self::ParameterNowRequired => (
                "parameter-now-required",
                "requires `{member}`, which was optional",
                Breaking,
                Breaking,
                "give it in every call",
            ),
            Self::ParameterNowOptional => (
                "parameter-now-optional",
                "can do without `{member}`, which was required",
                Breaking,
                Additive,
                "it is a setter now, and no argument of `new`",
            ),
            Self::ParameterOrderChanged => (
                "parameter-order-changed",
                "takes its arguments in another order: {after}; it was {before}",
                Breaking,
                Internal,
                "check the order of arguments of `new`: the compiler does not, where their types are the same",
            ),
            Self::ParameterTyped => (
                "parameter-typed",
                "takes {after} for `{member}`, whose type was not known",
                Breaking,
                Internal,
                "give a value of that type",
            ),
            Self::ParameterRetyped => (
                "parameter-retyped",
                "takes {after} for `{member}`, no longer {before}",
                Breaking,
                Breaking,
                "give a value of the new type",
            ),
            Self::ParameterFormatChanged => {
                ("parameter-format-changed", "takes {after} for `{member}`, no longer {before}", Internal, Internal, "")
            }
            Self::ParameterDefaultChanged => (
                "parameter-default-changed",
                "sends {after} where `{member}` is not given, no longer {before}",
                Internal,
                Internal,
                "give it to be independent of the default",
            ),
            Self::RowsChanged => (
                "rows-changed",
                "answers with {after}, no longer with {before}",
                Breaking,
                Breaking,
                "look at what is done with the answer",
            ),
            Self::RowRetyped => {
                ("row-retyped", "has rows of {after}, no longer of {before}", Breaking, Internal, "use the new type")
            }
            Self::AnswersChanged => (
                "answers-changed",
                "answers, besides its row, with {after}, no longer with {before}",
                Breaking,
                Internal,
                "tell the answers apart by the variants that there are now",
            ),
            Self::ColumnAdded => ("column-added", "shows `{member}`, too", Additive, Additive, ""),
            Self::ColumnRemoved => {
                ("column-removed", "no longer shows `{member}`", Breaking, Breaking, "do not read it")
            }
            Self::ColumnTyped => (
                "column-typed",
                "shows {after} as `{member}`, whose type was not known",
                Breaking,
                Internal,
                "read it as that type",
            ),
            Self::ColumnRetyped => (
                "column-retyped",
                "shows {after} as `{member}`, no longer {before}",
                Breaking,
                Breaking,
                "look at what it is compared with",
            ),
            Self::PaginationAdded => {
                ("pagination-added", "lists every page, no longer only the first", Additive, Additive, "")
            }
            Self::PaginationRemoved => (
                "pagination-removed",
                "lists one page, no longer every one",
                Breaking,
                Breaking,
                "do not take its rows for all there are",
            ),
            Self::PaginationChanged => {
                ("pagination-changed", "goes on by {after}, no longer by {before}", Internal, Internal, "")
            }
            Self::ViewAdded => ("view-added", "has a new view for {after}", Internal, Additive, ""),
            Self::ViewRemoved => (
                "view-removed",
                "no longer has a view for {before}",
                Internal,
                Breaking,
                "select from the resource itself",
            ),
            Self::ViewChanged => (
                "view-changed",
                "defines its view for {after} otherwise",
                Internal,
                Breaking,
                "look at the columns that are read",
            ),
            Self::SchemaAdded => ("schema-added", "has the new type `{member}`", Additive, Internal, ""),
            Self::SchemaRemoved => (
                "schema-removed",
                "no longer has the type `{member}`",
                Breaking,
                Internal,
                "use the type that the fields have now",
            ),
            Self::SchemaReshaped => (
                "schema-reshaped",
                "has `{member}` as {after}, no longer as {before}",
                Breaking,
                Breaking,
                "read and set it as what it is now",
            ),
            Self::FieldAdded => ("field-added", "has the new field `{member}`", Additive, Additive, ""),
            Self::FieldRemoved => {
                ("field-removed", "no longer has the field `{member}`", Breaking, Breaking, "do not read or set it")
            }
            Self::FieldTyped => (
                "field-typed",
                "has {after} in the field `{member}`, whose type was not known",
                Breaking,
                Internal,
                "read and set it as that type",
            ),
            Self::FieldRetyped => (
                "field-retyped",
                "has {after} in the field `{member}`, no longer {before}",
                Breaking,
                Breaking,
                "read and set the new type",
            ),
            Self::ValueAdded => (
                "value-added",
                "lists `{after}` for `{member}`, too",
                Additive,
                Additive,
                "match it where all values matter",
            ),
            Self::ValueRemoved => (
                "value-removed",
                "no longer lists `{before}` for `{member}`",
                Breaking,
                Internal,
                "the value can still be given as text",
            ),
            Self::DescriptionChanged => {
                ("description-changed", "describes {member} in other words", Internal, Internal, "")
            }
        };
        Facts { id, sentence, typed, sql, advice }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.facts().id)
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.facts().id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_rule_is_listed_once_under_a_name_of_its_own() {
        let ids: HashSet<&str> = Rule::ALL.iter().map(|rule| rule.facts().id).collect();
        assert_eq!(ids.len(), Rule::ALL.len());
        assert!(Rule::ALL.is_sorted(), "in the order of their declaration, which has no gaps");
        assert_eq!(Rule::ALL.last().map(|rule| *rule as usize), Some(Rule::ALL.len() - 1));
        assert!(Rule::ALL.iter().all(|rule| Rule::named(rule.facts().id) == Some(*rule)));
    }

    #[test]
    fn what_breaks_comes_with_advice() {
        for rule in Rule::ALL {
            let facts = rule.facts();
            let breaks = facts.typed.max(facts.sql) == Verdict::Breaking;
            assert!(!breaks || !facts.advice.is_empty(), "{rule}");
        }
    }
}
