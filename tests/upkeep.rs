//! What keeps generated crates in a repository: versions and changelogs by `diff --apply`, the hook, and the workflow.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of a test fails the test")]

mod project;

use std::path::Path;
use std::process::{Command, Output};

use project::Project;

const CONFIG: &str = "# what is bound
[providers.shop]
openapi = \"spec\"
out = \"out\"   # committed
";

fn document(operations: &str) -> String {
    format!(
        "openapi: 3.0.3
info: {{ title: Bread, version: '1' }}
servers: [{{ url: https://shop.example }}]
paths:
{operations}"
    )
}

fn operation(path: &str, parameter: &str) -> String {
    format!(
        "  /{path}:
    get:
      operationId: list_{path}
      parameters: [{parameter}]
      responses: {{ '200': {{ description: All., content: {{ application/json: {{ schema: {{ type: array, items: {{ type: object, properties: {{ flour: {{ type: string }} }} }} }} }} }} }} }}
"
    )
}

fn shop() -> Project {
    let project = Project::new(CONFIG);
    project.write("spec/bread.yaml", &document(&operation("loaves", "")));
    project.write("old/bread.yaml", &document(&operation("loaves", "")));
    project.generate();
    project
}

#[test]
fn version_and_changelog_follow_what_changed_for_callers() {
    let project = shop();
    let apply = ["diff", "old", "spec", "--apply", "shop"];
    let (said, code) = project.run(&apply);
    assert!(code == 0 && said.contains("nothing changed for callers of shop"), "{said}");

    let more = operation("loaves", "") + &operation("rolls", "");
    project.write("spec/bread.yaml", &document(&more));
    let (said, code) = project.run(&apply);
    assert!(code == 0 && said.contains("shop is 0.1.1 now"), "{said}");
    assert_eq!(project.read("bindery.toml"), format!("{CONFIG}version = \"0.1.1\"\n"));
    let first = project.read("out/CHANGELOG.md");
    assert!(first.contains("\n## [0.1.1]\n") && first.contains("### Added") && first.contains("rolls"), "{first}");
    let (said, _) = project.run(&apply);
    assert!(said.contains("its version stays"), "the same is not applied twice: {said}");
    assert_eq!(project.read("out/CHANGELOG.md"), first);
    project.generate();
    assert!(project.read("out/Cargo.toml").contains("version = \"0.1.1\""));
    assert_eq!(project.read("out/CHANGELOG.md"), first, "generating leaves it alone");

    project.write("old/bread.yaml", &document(&more));
    let oven = "{ name: oven, in: query, required: true, schema: { type: string } }";
    project.write("spec/bread.yaml", &document(&(operation("loaves", oven) + &operation("rolls", ""))));
    let (said, code) = project.run(&["diff", "old", "spec", "--apply", "shop", "--exit-code"]);
    assert!(code == 1 && said.contains("shop is 0.2.0 now"), "{said}");
    let second = project.read("out/CHANGELOG.md");
    let (newest, older) = second.split_once("## [0.1.1]").unwrap();
    assert!(newest.contains("## [0.2.0]") && newest.contains("oven") && older.contains("rolls"), "{second}");

    let (said, code) = project.run(&["diff", "old", "spec", "--apply", "smithy"]);
    assert!(code == 2 && said.contains("no provider `smithy`"), "{said}");
}

/// A command in the folder of a project, which finds `bindery` as people do.
fn shell(project: &Project, program: &str, arguments: &[&str]) -> Output {
    let binary = assert_cmd::cargo::cargo_bin!("bindery");
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(program);
    command.current_dir(project.path("")).env("PATH", path).env("XDG_CACHE_HOME", project.path("cache"));
    command.args(arguments).output().unwrap()
}

#[test]
fn the_hook_refuses_a_commit_of_stale_code() {
    let project = shop();
    let hook = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ci/pre-commit");
    let git = |arguments: &[&str]| {
        let who = ["-c", "user.name=Shop", "-c", "user.email=shop@example.org", "-c", "commit.gpgsign=false"];
        shell(&project, "git", &[&who, arguments].concat())
    };
    assert!(git(&["init", "--quiet"]).status.success());
    std::fs::copy(hook, project.path(".git/hooks/pre-commit")).unwrap();
    let add = ["add", "bindery.toml", "bindery.lock", "spec", "out"];
    assert!(git(&add).status.success());
    let output = git(&["commit", "--quiet", "-m", "fresh"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    project.write("spec/bread.yaml", &document(&(operation("loaves", "") + &operation("rolls", ""))));
    assert!(git(&add).status.success());
    let output = git(&["commit", "--quiet", "-m", "stale"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("generated crates are stale"), "{said}");
    project.generate();
    assert!(git(&add).status.success() && git(&["commit", "--quiet", "-m", "fresh"]).status.success());
}

#[test]
fn the_workflow_and_the_guide_name_commands_that_there_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let workflow: serde_json::Value = serde_yaml::from_str(&read("examples/ci/bindery.yml")).unwrap();
    let steps = workflow["jobs"]["generated"]["steps"].as_array().unwrap();
    let mut commands: Vec<String> = steps.iter().filter_map(|step| step["run"].as_str()).map(str::to_owned).collect();
    commands.extend(read("docs/ways-of-use.md").lines().map(|line| line.split('#').next().unwrap().to_owned()));
    commands.retain(|command| command.starts_with("bindery "));
    assert!(commands.len() >= 8, "{commands:?}");
    let project = shop();
    for command in commands {
        // With `--help` in front nothing is done, and every word is still looked at.
        let words: Vec<&str> = command.split_whitespace().skip(1).filter(|word| word.starts_with("--")).collect();
        let name = command.split_whitespace().nth(1).unwrap();
        let (help, code) = project.run(&[name, "--help"]);
        assert_eq!(code, 0, "{command}: {help}");
        let missing: Vec<&&str> = words.iter().filter(|word| !help.contains(**word)).collect();
        assert!(missing.is_empty(), "{command} has {missing:?}");
    }
}
