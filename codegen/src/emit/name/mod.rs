//! Names of documents → Rust identifiers. The only place that makes them.
//!
//! # The rule
//!
//! A name is cut into words at everything that is no letter or digit, and where a small letter meets a capital; the
//! words are joined as Rust joins them: `backendId` → `backend_id`, `BackendId`. Leading underscores stay, because
//! documents use them to tell twins apart (`list_by_service`, `_list_by_service`). What has no words is spelled
//! (the empty name → `empty`), and so is a number with its sign (`+1` → `plus_1`); a leading digit gets an `n`, a
//! keyword is written raw (`r#type`) or, where Rust has no raw form, with an underscore (`self_`).
//!
//! Within one scope several names may want the same identifier (`alertId` and `alert_id`, `$filter` and `filter`). Then
//! the one that is most like the identifier has it, and every other one is spelled out, sign by sign and capital by
//! capital (`alert_upper_id`, `dollar_filter`). Names are ranked by their own text alone ([`Likeness`], capitals, letters),
//! so their order does not matter, one that goes changes nothing for those that rank before it, and one that comes
//! changes nothing unless it ranks before. An identifier that the scope needs for itself is passed by with a suffix
//! that the scope states (`send_`).
//!
//! What code was given before it keeps ([`Namespace::given`]), whoever comes or goes: the rule is for names that are new.

mod spelling;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub(crate) use spelling::Case;
use spelling::{join, join_spelled};

/// A name that wants an identifier.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish<'a> {
    /// The name, as its document spells it. Unique within the scope.
    pub(crate) name: &'a str,
    /// What the identifier is made from when nothing is in the way: the name, or a shorter form of it.
    pub(crate) preferred: &'a str,
}

impl<'a> Wish<'a> {
    /// A name that is its own preferred form.
    pub(crate) fn plain(name: &'a str) -> Self {
        Self { name, preferred: name }
    }
}

/// A scope of Rust, in which names must differ.
#[derive(Clone, Copy)]
pub(crate) struct Namespace<'a> {
    pub(crate) case: Case,
    /// Identifiers that it needs for itself.
    pub(crate) reserved: &'a [&'a str],
    /// What is appended to a name that would take one of them.
    pub(crate) suffix: &'a str,
    /// The identifier that a name was given before.
    pub(crate) given: &'a dyn Fn(&str) -> Option<&'a str>,
}

impl Namespace<'_> {
    /// A namespace that needs nothing for itself, in which no name was given before.
    pub(crate) const fn new(case: Case) -> Self {
        Self { case, reserved: &[], suffix: "", given: &|_| None }
    }

    fn has(&self, identifier: &str) -> bool {
        self.reserved.contains(&identifier)
    }

    /// Which names keep what they were given: all but those for which it no longer is an identifier, or free.
    fn kept(&self, wishes: &[Wish<'_>]) -> Vec<Option<&str>> {
        let mut held = BTreeSet::new();
        let given = |wish: &Wish<'_>| (self.given)(wish.name).filter(|given| is_identifier(given) && !self.has(given));
        wishes.iter().map(|wish| given(wish).filter(|given| held.insert(*given))).collect()
    }
}

/// Identifiers for all names of a scope, in the order of the wishes. Reserved identifiers are given to nobody.
pub(crate) fn assign(wishes: &[Wish<'_>], space: Namespace<'_>) -> Vec<String> {
    let case = space.case;
    let kept = space.kept(wishes);
    let held: BTreeSet<&str> = kept.iter().flatten().copied().collect();
    let preferred: Vec<String> = wishes
        .iter()
        .map(|wish| {
            let mut identifier = join(wish.preferred, case);
            if space.has(&identifier) {
                identifier.push_str(space.suffix);
            }
            identifier
        })
        .collect();
    let mut first: BTreeMap<&str, (Likeness, usize, &str)> = BTreeMap::new();
    let is_new = |(index, (_, identifier)): &(usize, (&Wish<'_>, &String))| {
        kept.get(*index).is_none_or(Option::is_none) && !held.contains(identifier.as_str())
    };
    for (_, (wish, identifier)) in wishes.iter().zip(&preferred).enumerate().filter(is_new) {
        let capitals = wish.name.bytes().filter(u8::is_ascii_uppercase).count();
        let rank = (Likeness::of(wish, identifier, case), capitals, wish.name);
        first.entry(identifier).and_modify(|first| *first = rank.min(*first)).or_insert(rank);
    }
    let keeps = |wish: &Wish<'_>, identifier: &str| first.get(identifier).is_some_and(|first| first.2 == wish.name);

    // What each name has without being spelled out.
    let short: Vec<Option<&str>> = (wishes.iter().zip(&preferred).zip(&kept))
        .map(|((wish, identifier), kept)| kept.or_else(|| keeps(wish, identifier).then_some(identifier.as_str())))
        .collect();
    let spelled: Vec<Option<String>> = (wishes.iter().zip(&short))
        .map(|(wish, short)| short.is_none().then(|| join_spelled(wish.name, case)))
        .collect();
    let (mut taken, mut twice): (BTreeSet<&str>, _) = (short.iter().flatten().copied().collect(), BTreeSet::new());
    for spelled in spelled.iter().flatten() {
        if space.has(spelled) || !taken.insert(spelled) {
            twice.insert(spelled);
        }
    }
    let identifiers = wishes.iter().zip(&short).zip(&spelled).map(|((wish, short), spelled)| match (short, spelled) {
        (Some(short), _) => (*short).to_owned(),
        (None, Some(spelled)) if !twice.contains(spelled) => spelled.clone(),
        (None, spelled) => last_resort(wish.name, spelled.as_deref().unwrap_or_default(), case, &taken),
    });
    identifiers.collect()
}

/// An identifier that meets no other name's: it is made of every byte of this one.
fn last_resort(name: &str, spelled: &str, case: Case, taken: &BTreeSet<&str>) -> String {
    let separator = if case == Case::Snake { "_x" } else { "X" };
    let mut identifier = format!("{spelled}{separator}{:08x}", fingerprint(name));
    while taken.contains(identifier.as_str()) {
        identifier.push('_');
    }
    identifier
}

/// Whether a text can be given as an identifier.
fn is_identifier(text: &str) -> bool {
    let is_word = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    is_word && starts_well && !matches!(text, "_" | "self" | "super" | "crate" | "Self")
}

/// How much a name is like the identifier that it wants: of several names, the one that is most like it has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// It is spelled like the identifier.
    Same,
    /// It is spelled as documents spell that identifier elsewhere: in the other case of Rust.
    OtherCase,
    /// It is made of letters, digits and underscores.
    Word,
    /// It has signs that the identifier lacks, or is called otherwise in full: `$filter`, `data__name`.
    Other,
}

impl Likeness {
    fn of(wish: &Wish<'_>, identifier: &str, case: Case) -> Self {
        let name = wish.name;
        let other = if case == Case::Snake { Case::Pascal } else { Case::Snake };
        if wish.preferred != name {
            Self::Other
        } else if name == identifier {
            Self::Same
        } else if name == join(name, other) {
            Self::OtherCase
        } else if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            Self::Word
        } else {
            Self::Other
        }
    }
}

/// The identifier of a name that is alone in its scope.
pub(crate) fn alone(name: &str, case: Case) -> String {
    join(name, case)
}

/// An identifier as code writes it: keywords are raw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ident<'a>(&'a str);

/// An identifier made here, as code writes it.
pub(crate) fn ident(identifier: &str) -> Ident<'_> {
    Ident(identifier)
}

impl fmt::Display for Ident<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if is_raw_keyword(self.0) { "r#" } else { "" })?;
        f.write_str(self.0)
    }
}

/// The identifier for a module, which is also the stem of a file: never raw, and never a name that means something
/// else to cargo, rustc or an operating system.
pub(crate) fn module(identifier: &str) -> String {
    const CARGO: [&str; 4] = ["lib", "main", "mod", "types"];
    const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
    let is_port =
        |prefix: &str| identifier.strip_prefix(prefix).is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9']));
    let special = CARGO.contains(&identifier) || DEVICES.contains(&identifier) || is_port("com") || is_port("lpt");
    if special || is_raw_keyword(identifier) { format!("{identifier}_") } else { identifier.to_owned() }
}

/// FNV-1a over the bytes of a name: short, and the same on every machine and in every version.
fn fingerprint(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// Keywords of all editions up to 2024 that can be written raw.
fn is_raw_keyword(identifier: &str) -> bool {
    const KEYWORDS: [&str; 48] = [
        "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
        "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
        "move", "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type",
        "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
    ];
    KEYWORDS.contains(&identifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snake(names: &[&str]) -> Vec<String> {
        let wishes: Vec<Wish<'_>> = names.iter().map(|name| Wish::plain(name)).collect();
        assign(&wishes, Namespace::new(Case::Snake))
    }

    #[test]
    fn names_of_real_documents_become_idiomatic() {
        let table = [
            ("backendId", "backend_id", "BackendId"),
            ("If-Match", "if_match", "IfMatch"),
            ("$filter", "filter", "Filter"),
            ("+datasetId", "dataset_id", "DatasetId"),
            ("filter[timestamp][start]", "filter_timestamp_start", "FilterTimestampStart"),
            ("x-ms-client-tenant-id", "x_ms_client_tenant_id", "XMsClientTenantId"),
            ("_list_by_service", "_list_by_service", "_ListByService"),
            ("XMLHttpRequest2", "xml_http_request2", "XmlHttpRequest2"),
            ("VPCId", "vpc_id", "VpcId"),
            ("x5t#S256", "x5t_s256", "X5tS256"),
            ("2020-11-01", "n2020_11_01", "N20201101"),
            ("+1", "plus_1", "Plus1"),
            ("", "empty", "Empty"),
            ("@", "at", "At"),
            ("_", "_empty", "_Empty"),
            ("self", "self_", "Self_"),
            ("名前", "u540d_u524d", "U540dU524d"),
        ];
        for (name, snake, pascal) in table {
            assert_eq!(
                (alone(name, Case::Snake).as_str(), alone(name, Case::Pascal).as_str()),
                (snake, pascal),
                "{name:?}"
            );
        }
    }

    #[test]
    fn twins_do_not_collide() {
        assert_eq!(snake(&["list_by_service", "_list_by_service"]), ["list_by_service", "_list_by_service"]);
        assert_eq!(snake(&["alertId", "alert_id"]), ["alert_upper_id", "alert_id"]);
        assert_eq!(snake(&["$filter", "filter"]), ["dollar_filter", "filter"]);
        assert_eq!(snake(&["+1", "-1"]), ["plus_1", "minus_1"]);
        assert_eq!(snake(&["name", "Name"]), ["name", "upper_name"]);
        assert_eq!(snake(&["alert.id", "AlertID"]), ["alert_dot_id", "alert_id"]);
        let variants = ["Default", "default"].map(Wish::plain);
        assert_eq!(snake(&["transient", "TRANSIENT"]), ["transient", "capitals_transient"]);
        assert_eq!(assign(&variants, Namespace::new(Case::Pascal)), ["Default", "LowerDefault"]);
        assert_eq!(snake(&["certificate.name", "certificateName"]), ["certificate_dot_name", "certificate_name"]);
    }

    #[test]
    fn the_order_of_a_scope_does_not_matter() {
        let names = ["alertId", "alert_id", "AlertId", "alert-id", "$alertId"];
        let forward = snake(&names);
        let backward: Vec<String> = snake(&names.iter().rev().copied().collect::<Vec<_>>()).into_iter().rev().collect();
        assert_eq!(forward, backward);
        let distinct: std::collections::BTreeSet<_> = forward.iter().collect();
        assert_eq!(distinct.len(), names.len(), "{forward:?}");
    }

    #[test]
    fn a_name_that_comes_or_goes_changes_nothing_for_those_before_it() {
        // From the one that is most like `alert_id` to the one that is least.
        let names = ["alert_id", "AlertId", "alertId", "ALERT_ID", "alert-id", "$alertId"];
        for length in 1..=names.len() {
            let identifiers = snake(&names[..length]);
            assert_eq!(identifiers[0], "alert_id");
            assert_eq!(identifiers, snake(&names)[..length]);
        }
    }

    #[test]
    fn reserved_identifiers_are_given_to_nobody() {
        let space = Namespace { reserved: &["send"], suffix: "_", ..Namespace::new(Case::Snake) };
        assert_eq!(assign(&[Wish::plain("send")], space), ["send_"]);
        let space = Namespace { reserved: &["Backend"], suffix: "Request", ..Namespace::new(Case::Pascal) };
        assert_eq!(assign(&[Wish::plain("backend")], space), ["BackendRequest"]);
    }

    #[test]
    fn what_was_given_is_kept_if_it_can_be() {
        let given = |name: &str| match name {
            "alertId" => Some("alert_id"),
            "gone wrong" => Some("gone wrong"),
            "send" => Some("send"),
            "filter" => Some("dollar_filter"),
            _ => None,
        };
        let space = Namespace { reserved: &["send"], suffix: "_", given: &given, case: Case::Snake };
        let names = ["alert_id", "alertId", "gone wrong", "send", "filter", "$filter"];
        assert_eq!(
            assign(&names.map(Wish::plain), space),
            ["alert_id_x80217a5f", "alert_id", "gone_wrong", "send_", "dollar_filter", "filter"]
        );
    }

    #[test]
    fn module_names_are_safe_on_every_machine() {
        for (name, file) in
            [("con", "con_"), ("lpt1", "lpt1_"), ("mod", "mod_"), ("ref", "ref_"), ("backend", "backend")]
        {
            assert_eq!(module(name), file);
        }
        assert_eq!(ident("type").to_string(), "r#type");
    }

    proptest::proptest! {
        #[test]
        fn a_sibling_that_ranks_after_all_others_changes_none(
            names in proptest::collection::btree_set("[aA$_-][bB._][aA1]{0,2}", 1..8),
            newcomer in "[aA$_-][bB._][aA1]{0,2}",
        ) {
            let rank = |name: &str| {
                let identifier = join(name, Case::Snake);
                let capitals = name.bytes().filter(u8::is_ascii_uppercase).count();
                (Likeness::of(&Wish::plain(name), &identifier, Case::Snake), capitals, name.to_owned())
            };
            let names: Vec<&str> = names.iter().map(String::as_str).filter(|name| *name != newcomer).collect();
            let rivals = names.iter().filter(|name| join(name, Case::Snake) == join(&newcomer, Case::Snake));
            proptest::prop_assume!(rivals.clone().next().is_none() || rivals.clone().any(|name| rank(name) < rank(&newcomer)));
            let mut more = names.clone();
            more.push(&newcomer);
            let after = snake(&more);
            let pretty = names.iter().zip(snake(&names)).zip(&after).filter(|((name, before), _)| join(name, Case::Snake) == *before);
            for ((name, before), after) in pretty {
                proptest::prop_assert_eq!(&before, after, "{} when {} comes", name, newcomer);
            }
        }

        #[test]
        fn any_names_get_distinct_and_valid_identifiers(names in proptest::collection::btree_set("\\PC{0,12}", 0..12)) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            for case in [Case::Snake, Case::Pascal] {
                let wishes: Vec<Wish<'_>> = names.iter().map(|name| Wish::plain(name)).collect();
                let identifiers = assign(&wishes, Namespace::new(case));
                let distinct: std::collections::BTreeSet<_> = identifiers.iter().collect();
                proptest::prop_assert_eq!(distinct.len(), names.len(), "{:?} -> {:?}", names, identifiers);
                for identifier in &identifiers {
                    proptest::prop_assert!(syn::parse_str::<syn::Ident>(&ident(identifier).to_string()).is_ok(), "{}", identifier);
                }
            }
        }

        #[test]
        fn who_comes_or_goes_changes_nothing_for_those_who_stay(
            before in proptest::collection::btree_set("[aA$_-][bB._][aA1]{0,2}", 0..8),
            after in proptest::collection::btree_set("[aA$_-][bB._][aA1]{0,2}", 0..8),
        ) {
            for case in [Case::Snake, Case::Pascal] {
                let before: Vec<Wish<'_>> = before.iter().map(|name| Wish::plain(name)).collect();
                let first = assign(&before, Namespace::new(case));
                let given: BTreeMap<&str, &str> =
                    before.iter().map(|wish| wish.name).zip(first.iter().map(String::as_str)).collect();
                let look_up = |name: &str| given.get(name).copied();
                // Those who stay come last, so that nothing depends on the order.
                let mut after: Vec<Wish<'_>> = after.iter().map(|name| Wish::plain(name)).collect();
                after.sort_by_key(|wish| given.contains_key(wish.name));
                let second = assign(&after, Namespace { given: &look_up, ..Namespace::new(case) });
                for (wish, identifier) in after.iter().zip(&second) {
                    let kept = given.get(wish.name).copied().unwrap_or(identifier);
                    proptest::prop_assert_eq!(kept, identifier, "{}", wish.name);
                }
                let distinct: BTreeSet<_> = second.iter().collect();
                proptest::prop_assert_eq!(distinct.len(), second.len(), "{:?}", second);
            }
        }
    }
}
