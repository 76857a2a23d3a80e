//! `generate`, killed at any moment: every file is the old one or the new one, and the next run makes up for the rest.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod project;

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use project::Project;

/// How many operations, and so files, there are.
const FILES: usize = 40;

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

#[test]
fn a_kill_leaves_whole_files_and_the_next_run_repairs() {
    let project = Project::new("[providers.shop]\nopenapi = \"spec\"\nout = \"out\"\n");
    let mut generations = Vec::new();
    let mut duration = Duration::ZERO;
    for column in ["flour", "grain"] {
        project.write("spec/shop.yaml", &document(column));
        let start = Instant::now();
        project.generate();
        duration = start.elapsed();
        generations.push(output(&project));
    }
    assert!(generations.iter().all(|files| files.len() > FILES));
    let (mut killed, mut mixed) = (0, 0);
    for round in 0_u32..30 {
        let next = usize::try_from(round % 2).unwrap();
        project.write("spec/shop.yaml", &document(["flour", "grain"][next]));
        let mut child = Command::new(assert_cmd::cargo::cargo_bin!("bindery"))
            .current_dir(project.path(""))
            .env("XDG_CACHE_HOME", project.path("cache"))
            .args(["generate", "--no-cache"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(duration * round / 40);
        killed += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        let present = output(&project);
        let is_new =
            |name: &String, text: &String| generations.get(next).is_some_and(|files| files.get(name) == Some(text));
        let is_old =
            |name: &String, text: &String| generations.get(1 - next).is_some_and(|files| files.get(name) == Some(text));
        for (name, text) in present.iter().filter(|(name, _)| !name.contains(".new")) {
            assert!(is_new(name, text) || is_old(name, text), "{name} is neither the old nor the new: {text}");
        }
        mixed += usize::from(present.iter().any(|(name, text)| !is_new(name, text)));
        project.generate();
        assert_eq!(Some(&output(&project)), generations.get(next), "the next run repairs");
    }
    assert!(project.read("bindery.lock").contains("spec/shop.yaml"));
    assert!(killed > 3 && mixed > 0, "{killed} were killed, {mixed} before they were done");
}
