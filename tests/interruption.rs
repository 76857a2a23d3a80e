//! `generate`, killed at any moment: all files are the old ones or all are the new ones, and the next run makes up for the
//! rest.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of a test fails the test")]

mod project;

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use project::Project;

/// How many operations, and so files, there are.
const FILES: usize = 150;

/// What the two generations differ in, besides their version: every file.
const COLUMNS: [&str; 2] = ["flour", "grain"];

fn config(version: &str) -> String {
    format!("[providers.shop]\nopenapi = \"spec\"\nout = \"out\"\nversion = \"{version}\"\n")
}

fn document(column: &str) -> String {
    let operation = |number: usize| {
        format!(
            "  /things{number}:
    get:
      operationId: list_things{number}
      responses: {{ '200': {{ description: All., content: {{ application/json: {{ schema: {{ type: array, items: {{ type: object, properties: {{ {column}: {{ type: string }} }} }} }} }} }} }} }}
"
        )
    };
    let operations: String = (0..FILES).map(operation).collect();
    format!(
        "openapi: 3.0.3\ninfo: {{ title: Shop, version: '1' }}\nservers: [{{ url: https://shop.example }}]\npaths:\n{operations}"
    )
}

/// The generated files and what they hold.
fn output(project: &Project) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut open = vec![project.path("out")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(project.path("out")).unwrap().to_string_lossy().into_owned();
                files.insert(name, fs::read_to_string(path).unwrap());
            }
        }
    }
    files
}

/// A run of `generate` that is killed when `when` comes back.
fn kill(project: &Project, when: impl FnOnce(&mut Child)) {
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("bindery"))
        .current_dir(project.path(""))
        .env("XDG_CACHE_HOME", project.path("cache"))
        .args(["generate", "--no-cache"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    when(&mut child);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_kill_leaves_the_old_files_or_the_new_ones_and_the_next_run_repairs() {
    let project = Project::new(&config("0.1.0"));
    let beside = project.path(".out.bindery");
    let mut generations = Vec::new();
    let mut duration = Duration::ZERO;
    for (column, version) in COLUMNS.into_iter().zip(["0.1.0", "0.2.0"]) {
        project.write("bindery.toml", &config(version));
        project.write("spec/shop.yaml", &document(column));
        let start = Instant::now();
        assert_eq!(project.run(&["generate", "--no-cache"]).1, 0);
        duration = start.elapsed();
        generations.push(output(&project));
    }
    assert!(generations.iter().all(|files| files.len() > FILES));
    let (mut old, mut new, mut left) = (0, 0, 0);
    let mut delay = Duration::from_millis(1);
    for round in 0_u32..26 {
        let next = usize::try_from(round % 2).unwrap();
        project.write("bindery.toml", &config(["0.1.0", "0.2.0"][next]));
        project.write("spec/shop.yaml", &document(COLUMNS[next]));
        kill(&project, |child| {
            if round < 6 {
                std::thread::sleep(duration * round / 6);
                return;
            }
            // From when files are written on, ever closer to the moment in which the new ones take their place.
            while !beside.exists() && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_micros(50));
            }
            std::thread::sleep(delay);
        });
        let present = output(&project);
        let is_new = generations.get(next) == Some(&present);
        let is_old = generations.get(1 - next) == Some(&present);
        assert!(is_new || is_old, "round {round}: neither the old files nor the new ones, but {:?}", present.keys());
        (old, new, left) = (old + usize::from(is_old), new + usize::from(is_new), left + usize::from(beside.exists()));
        delay = if is_old { delay * 3 / 2 } else { delay / 3 };
        // What is the matter is told, and nothing is taken for fresh that is not.
        let (said, code) = project.run(&["check"]);
        assert!(is_new || code == 1 && said.contains("documents changed: spec/shop.yaml"), "{said}");
        assert_eq!(project.run(&["generate"]).1, 0);
        assert_eq!(Some(&output(&project)), generations.get(next), "the next run repairs");
        assert!(!beside.exists(), "what was left is removed");
    }
    project.generate();
    assert!(project.read("bindery.lock").contains("spec/shop.yaml"));
    assert!(
        old > 3 && new > 1 && left > 1,
        "{old} kept the old files, {new} had the new ones, {left} left some beside"
    );
}
