//! The words of names, and what they mean. Words are data: what a word is for stands in a table.

/// What somebody wants who uses a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    Read,
    Create,
    Update,
    Replace,
    Delete,
    /// Something that no statement but EXEC says.
    Act,
}

/// Words that methods begin with.
const INTENTS: [(Intent, &[&str]); 6] = [
    (
        Intent::Read,
        &[
            "get", "list", "describe", "read", "fetch", "show", "find", "search", "query", "lookup", "retrieve",
            "count", "view",
        ],
    ),
    (Intent::Create, &["create", "insert", "add", "new", "register"]),
    (Intent::Update, &["update", "modify", "patch", "edit", "change", "alter"]),
    (Intent::Replace, &["replace", "put", "set"]),
    (Intent::Delete, &["delete", "remove", "destroy", "deregister", "purge"]),
    (
        Intent::Act,
        &[
            "abort",
            "accept",
            "acknowledge",
            "acquire",
            "activate",
            "adjust",
            "analyze",
            "apply",
            "approve",
            "archive",
            "assign",
            "associate",
            "attach",
            "attest",
            "authorize",
            "backup",
            "batch",
            "block",
            "break",
            "cancel",
            "check",
            "clone",
            "close",
            "commit",
            "complete",
            "configure",
            "confirm",
            "connect",
            "continue",
            "convert",
            "copy",
            "crop",
            "cutover",
            "deactivate",
            "deallocate",
            "decline",
            "decrypt",
            "deploy",
            "detach",
            "detect",
            "disable",
            "disassociate",
            "disconnect",
            "discover",
            "dismiss",
            "download",
            "duplicate",
            "enable",
            "encrypt",
            "evaluate",
            "exchange",
            "execute",
            "expand",
            "expire",
            "export",
            "fail",
            "failover",
            "finalize",
            "finish",
            "flush",
            "force",
            "generate",
            "grant",
            "import",
            "initiate",
            "install",
            "invalidate",
            "invoke",
            "issue",
            "lease",
            "link",
            "lock",
            "login",
            "mark",
            "merge",
            "migrate",
            "move",
            "notify",
            "pause",
            "perform",
            "ping",
            "predict",
            "prepare",
            "preview",
            "process",
            "promote",
            "provision",
            "publish",
            "reboot",
            "rebuild",
            "reclassify",
            "reconcile",
            "recover",
            "recycle",
            "redeploy",
            "refresh",
            "regenerate",
            "reimage",
            "reject",
            "release",
            "rename",
            "renew",
            "report",
            "reprotect",
            "request",
            "reschedule",
            "resend",
            "reset",
            "resize",
            "resolve",
            "restart",
            "restore",
            "resume",
            "resync",
            "retry",
            "revalidate",
            "revert",
            "review",
            "revoke",
            "rollback",
            "rotate",
            "run",
            "scan",
            "send",
            "share",
            "shutdown",
            "sign",
            "simulate",
            "split",
            "start",
            "stop",
            "submit",
            "subscribe",
            "suggest",
            "summarize",
            "suspend",
            "swap",
            "sync",
            "synchronize",
            "terminate",
            "test",
            "train",
            "transfer",
            "translate",
            "trigger",
            "unassign",
            "unblock",
            "undelete",
            "undrop",
            "uninstall",
            "unlink",
            "unlock",
            "unregister",
            "unsubscribe",
            "unsuspend",
            "upgrade",
            "upload",
            "validate",
            "verify",
        ],
    ),
];

/// What a word means at the beginning of a method, if it is known there.
pub(super) fn intent(word: &str) -> Option<Intent> {
    INTENTS.iter().find(|(_, words)| words.contains(&word)).map(|(intent, _)| *intent)
}

/// The words of a name in small letters: `listPetsByID`, `list-pets-by-id` and `list_pets_by_id` are the same.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()) {
        let letters: Vec<char> = part.chars().collect();
        let mut word = String::new();
        for (index, letter) in letters.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|before| letters.get(before));
            let after = letters.get(index + 1);
            let begins = letter.is_uppercase()
                && before.is_some_and(|before| {
                    !before.is_uppercase()
                        || after.is_some_and(|after| after.is_lowercase() && !is_plural(&letters, index))
                });
            if begins && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            word.extend(letter.to_lowercase());
        }
        words.push(word);
    }
    words
}

/// Whether a run of capitals ends here with the `s` of a plural: `IDs`.
fn is_plural(letters: &[char], index: usize) -> bool {
    letters.get(index + 1) == Some(&'s') && letters.get(index + 2).is_none_or(|after| !after.is_lowercase())
}

/// The same as one name.
pub(super) fn snake(name: &str) -> String {
    words(name).join("_")
}

/// A word without the ending of a plural, for comparing.
pub(super) fn singular(word: &str) -> String {
    let ends = |end: &str| word.len() > end.len() + 1 && word.ends_with(end);
    let cut = |end: usize| word.get(..word.len() - end).unwrap_or(word);
    match () {
        () if ends("ies") => format!("{}y", cut(3)),
        () if ends("sses") || ends("xes") || ends("ches") || ends("shes") || ends("uses") => cut(2).to_owned(),
        () if ends("s") && !ends("ss") && !ends("us") && !ends("is") => cut(1).to_owned(),
        () => word.to_owned(),
    }
}

/// A word with the ending of a plural.
pub(super) fn plural(word: &str) -> String {
    let ends = |ends: &[&str]| ends.iter().any(|end| word.ends_with(end));
    if word.ends_with('s') && singular(word) != word || word.is_empty() {
        return word.to_owned();
    }
    match word.strip_suffix('y') {
        Some(stem) if !ends(&["ay", "ey", "oy", "uy"]) => format!("{stem}ies"),
        _ if ends(&["s", "x", "ch", "sh"]) => format!("{word}es"),
        _ => format!("{word}s"),
    }
}
