//! What `bindery diff` says of a change is true: for every case, a caller that was written against OLD is compiled with NEW,
//! and a statement that was written against OLD is planned with NEW.
//!
//! The generated crates and their callers are compiled by rustc itself, with the runtime that this test is linked with, so
//! that nothing else has to be built.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a helper of a test fails the test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use serde_json::Value;
use tempfile::TempDir;

const COUNTER: &str = include_str!("verdicts/counter.yaml");

const PROVIDER: &str = "id: shop
name: shop
version: v1
title: Shop
providerServices:
  counter: { id: counter, name: counter, preferred: true, version: v1, title: Counter, service: { $ref: shop/v1/services/counter.yaml } }
config:
  auth: { type: bearer, credentialsenvvar: SHOP_TOKEN }
";

/// A change, who notices it, and how.
struct Case {
    /// The rule that says so.
    rule: &'static str,
    /// What is replaced in the documents.
    edits: &'static [(&'static str, &'static str)],
    /// Whether what is edited is the older of the two.
    reversed: bool,
    /// The body of a function that was written against OLD.
    typed: &'static str,
    /// What becomes of it.
    compiles: Typed,
    /// A statement that was written against OLD.
    sql: &'static str,
    /// What becomes of it.
    plans: Sql,
}

/// What becomes of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Typed {
    /// It compiles, and does what it did.
    Works,
    /// It does not compile.
    Fails,
    /// It compiles, and does something else, which no compiler sees: said of what breaks only.
    MeansSomethingElse,
}

/// What becomes of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sql {
    /// The same requests are made.
    Works,
    /// It is refused before anything is sent.
    Fails,
    /// Other requests are made.
    SendsSomethingElse,
    /// The same calls are made, and the provider or who reads the rows takes a value for another thing: said of what
    /// breaks only.
    ReadsSomethingElse,
}

include!("verdicts/cases.rs");

/// A generation: its documents, its crate and what it was compiled to.
struct Generation {
    documents: PathBuf,
    library: PathBuf,
}

/// Where generations are made.
struct Workshop {
    folder: TempDir,
    /// The folder of compiled crates, and the runtime in it.
    compiled: PathBuf,
    runtime: PathBuf,
    made: Mutex<BTreeMap<String, PathBuf>>,
}

impl Workshop {
    fn new() -> Self {
        let compiled = std::env::current_exe().unwrap().parent().unwrap().to_owned();
        let is_runtime = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.starts_with("libbindery_runtime-") && name.ends_with(".rlib")
        };
        let built = |path: &PathBuf| fs::metadata(path).unwrap().modified().unwrap();
        let files = fs::read_dir(&compiled).unwrap().map(|entry| entry.unwrap().path());
        let runtime = files.filter(is_runtime).max_by_key(built).unwrap();
        Self { folder: tempfile::tempdir().unwrap(), compiled, runtime, made: Mutex::default() }
    }

    fn bindery(&self, arguments: &[&str]) -> (String, i32) {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("bindery"));
        let output = command.current_dir(self.folder.path()).args(arguments).output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
    }

    /// Writes, generates and compiles a generation, with edits of the documents.
    fn generation(&self, name: &str, edits: &[(&str, &str)]) -> Generation {
        let mut texts = [PROVIDER.to_owned(), COUNTER.to_owned()];
        for (from, to) in edits {
            assert!(texts.iter().any(|text| text.contains(from)), "{name}: {from}");
            texts = texts.map(|text| text.replace(from, to));
        }
        let folder = self.folder.path().join(name);
        let documents = folder.join("src/shop/v1");
        fs::create_dir_all(documents.join("services")).unwrap();
        fs::write(documents.join("provider.yaml"), &texts[0]).unwrap();
        fs::write(documents.join("services/counter.yaml"), &texts[1]).unwrap();
        let out = folder.join("crate");
        let [documents_path, out_path] = [&documents, &out].map(|path| path.to_str().unwrap());
        let (said, code) = self.bindery(&[
            "generate",
            "--no-cache",
            "--provider",
            "shop",
            "--openapi",
            documents_path,
            "--out",
            out_path,
        ]);
        assert_eq!(code, 0, "{name}: {said}");
        let library = folder.join("libbindery_shop.rmeta");
        let root = out.join("src/lib.rs");
        let feature = ["--crate-name", "bindery_shop", "--cfg", "feature=\"counter\""];
        let errors = self.rustc(&root, &library, &feature);
        assert_eq!(errors, None, "{name}: the generated crate");
        self.made.lock().unwrap().insert(name.to_owned(), folder);
        Generation { documents, library }
    }

    /// Looks whether a function compiles against a generation; what the compiler says if it does not.
    fn compile(&self, name: &str, body: &str, generation: &Generation) -> Option<String> {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        let caller = folder.join("caller.rs");
        let text = format!(
            "use bindery_shop::counter::*;\nuse bindery_shop::json::Json;\n\
             pub async fn caller(client: bindery_shop::Client) -> Result<(), bindery_shop::Error> {{\n{body}\n\
             let _: (&bindery_shop::Client, Option<Json>) = (&client, None);\nOk(())\n}}\n"
        );
        fs::write(&caller, text).unwrap();
        let library = format!("bindery_shop={}", generation.library.display());
        self.rustc(&caller, &folder.join("libcaller.rmeta"), &["--crate-name", "caller", "--extern", &library])
    }

    /// Checks a crate as `cargo check` does; the errors if there are some.
    fn rustc(&self, root: &Path, out: &Path, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        command.args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata", "--cap-lints", "allow"]);
        command.arg("--extern").arg(format!("bindery_runtime={}", self.runtime.display()));
        command.arg("-L").arg(format!("dependency={}", self.compiled.display()));
        let output = command.args(arguments).arg("-o").arg(out).arg(root).output().unwrap();
        (!output.status.success()).then(|| String::from_utf8(output.stderr).unwrap())
    }

    /// The requests that a statement makes; `None` when it is refused.
    fn plan(&self, statement: &str, generation: &Generation) -> Option<String> {
        let registry = generation.documents.ancestors().nth(2).unwrap().to_str().unwrap();
        // What only reads is explained: by which calls, and what they are told.
        let explained = format!("EXPLAIN {statement}");
        let statement = if statement.starts_with("SELECT") { &explained } else { statement };
        let (said, code) = self.bindery(&["sql", "--registry", registry, "--dry-run", "--format", "ndjson", statement]);
        // In which order a call is told its parameters is nobody's concern.
        let mut words: Vec<&str> = said.split(['(', ')', ',', ' ']).collect();
        words.sort_unstable();
        (code == 0).then(|| words.join(" "))
    }

    /// What is not as `diff` says it.
    fn judge(&self, index: usize, case: &Case, base: &Generation) -> Vec<String> {
        let edited = self.generation(&format!("edited{index}"), case.edits);
        let (old, new) = if case.reversed { (&edited, base) } else { (base, &edited) };
        let mut wrong = Vec::new();
        let [old_path, new_path] = [old, new].map(|side| side.documents.to_str().unwrap());
        let (report, _) = self.bindery(&["diff", old_path, new_path, "--format", "json"]);
        let report: Value = serde_json::from_str(&report).unwrap();
        let changes = report["changes"].as_array().unwrap();
        let rules: Vec<&str> = changes.iter().filter_map(|change| change["rule"].as_str()).collect();
        if !rules.contains(&case.rule) {
            wrong.push(format!("diff says {rules:?}"));
        }
        let breaks = |kind: &str| changes.iter().any(|change| change[kind] == "breaking");

        if let Some(errors) = self.compile(&format!("old{index}"), case.typed, old) {
            wrong.push(format!("the caller does not compile with OLD: {errors}"));
        }
        let errors = self.compile(&format!("new{index}"), case.typed, new);
        if errors.is_some() != (case.compiles == Typed::Fails) {
            wrong.push(format!("compiling the caller with NEW: {}", errors.unwrap_or("no error".into())));
        }
        if breaks("typed") != (case.compiles != Typed::Works) {
            wrong
                .push(format!("diff calls it {}breaking for typed callers", if breaks("typed") { "" } else { "not " }));
        }

        let Some(before) = self.plan(case.sql, old) else {
            wrong.push("the statement fails with OLD".to_owned());
            return wrong;
        };
        let after = self.plan(case.sql, new);
        let is_so = match case.plans {
            Sql::Works | Sql::ReadsSomethingElse => after.as_ref() == Some(&before),
            Sql::Fails => after.is_none(),
            Sql::SendsSomethingElse => after.as_ref().is_some_and(|after| *after != before),
        };
        if !is_so {
            wrong.push(format!("the statement: {before:?}, then {after:?}"));
        }
        let is_broken = matches!(case.plans, Sql::Fails | Sql::ReadsSomethingElse)
            // Another request of the same method is the provider's affair.
            || case.plans == Sql::SendsSomethingElse && case.rule == "choice-changed";
        if breaks("sql") != is_broken {
            wrong.push(format!("diff calls it {}breaking for SQL callers", if breaks("sql") { "" } else { "not " }));
        }
        wrong
    }
}

#[test]
fn what_breaks_does_and_what_does_not_does_not() {
    let workshop = Workshop::new();
    let base = workshop.generation("base", &[]);
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(CASES.len());
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let (workshop, base) = (&workshop, &base);
        let judge = |first: usize| {
            let cases = CASES.iter().enumerate().skip(first).step_by(threads);
            let judged = cases.flat_map(|(index, case)| {
                let wrong = workshop.judge(index, case, base).into_iter();
                wrong.map(|wrong| format!("{}{}: {wrong}", case.rule, if case.reversed { ", reversed" } else { "" }))
            });
            judged.collect::<Vec<String>>()
        };
        let workers: Vec<_> = (0..threads).map(|first| scope.spawn(move || judge(first))).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_are_more_than_twenty_kinds_of_change_of_every_verdict() {
    let rules: std::collections::BTreeSet<&str> = CASES.iter().map(|case| case.rule).collect();
    assert!(rules.len() > 30, "{}", rules.len());
    for compiles in [Typed::Works, Typed::Fails] {
        assert!(CASES.iter().filter(|case| case.compiles == compiles).count() >= 10, "{compiles:?}");
    }
    for plans in [Sql::Works, Sql::Fails] {
        assert!(CASES.iter().filter(|case| case.plans == plans).count() >= 9, "{plans:?}");
    }
}
