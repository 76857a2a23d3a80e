//! `bindery generate --watch`: the output follows the documents.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails the test")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use tempfile::TempDir;

const CONFIG: &str = "[providers.shop]\nopenapi = \"spec\"\nout = \"out\"\n";

const PROVIDER: &str = "id: shop
name: shop
title: Shop
providerServices:
  bread: { service: { $ref: shop/v1/services/bread.yaml }, title: Bread }
  cake: { service: { $ref: shop/v1/services/cake.yaml }, title: Cake }
";

fn service(name: &str, property: &str) -> String {
    format!(
        "openapi: 3.0.3
info: {{ title: {name}, version: '1' }}
servers: [{{ url: https://shop.example }}]
paths:
  /{name}:
    get:
      responses: {{ '200': {{ description: All., content: {{ application/json: {{ schema: {{ type: array, items: {{ type: object, properties: {{ {property}: {{ type: string }} }} }} }} }} }} }} }}
components:
  x-stackQL-resources:
    item:
      id: shop.{name}.item
      methods:
        list: {{ operation: {{ $ref: '#/paths/~1{name}/get' }}, response: {{ mediaType: application/json, openAPIDocKey: '200' }} }}
      sqlVerbs: {{ select: [{{ $ref: '#/components/x-stackQL-resources/item/methods/list' }}] }}
"
    )
}

/// A project that is watched for as long as the value lives.
struct Watched {
    folder: TempDir,
    child: Child,
    lines: Receiver<String>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn bindery(folder: &Path) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("bindery"));
    command.current_dir(folder).env("XDG_CACHE_HOME", folder.join("cache"));
    command
}

impl Watched {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "bindery.toml", CONFIG);
        write(folder.path(), "spec/provider.yaml", PROVIDER);
        write(folder.path(), "spec/services/bread.yaml", &service("bread", "flour"));
        write(folder.path(), "spec/services/cake.yaml", &service("cake", "sugar"));
        let mut command = bindery(folder.path());
        let mut child =
            command.args(["generate", "--watch"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let errors = BufReader::new(child.stderr.take().unwrap());
        let output = BufReader::new(child.stdout.take().unwrap());
        let to = sender.clone();
        std::thread::spawn(move || errors.lines().map_while(Result::ok).for_each(|line| to.send(line).unwrap_or(())));
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).for_each(|line| sender.send(line).unwrap_or(()));
        });
        let watched = Self { folder, child, lines };
        // They come by two ways, and in any order.
        let mut said = String::new();
        while !(said.contains("watching for changes") && said.contains("files changed")) {
            said += &watched.wait_for("");
        }
        watched
    }

    /// All lines up to one with these words.
    #[track_caller]
    fn wait_for(&self, words: &str) -> String {
        let mut said = String::new();
        loop {
            match self.lines.recv_timeout(Duration::from_secs(30)) {
                Ok(line) => said = said + &line + "\n",
                Err(error) => panic!("nothing says `{words}` ({error}):\n{said}"),
            }
            if said.lines().last().is_some_and(|line| line.contains(words)) {
                return said;
            }
        }
    }

    fn write(&self, path: &str, text: &str) {
        write(self.folder.path(), path, text);
    }

    /// Waits until what was generated is remembered, and sees that it is all that there is to do.
    fn is_fresh(&self) -> bool {
        let check = || bindery(self.folder.path()).args(["check", "--no-cache"]).output().unwrap().status.success();
        (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            check()
        })
    }
}

#[test]
fn the_output_follows_a_save_a_new_service_and_the_configuration() {
    let watched = Watched::new();
    watched.write("spec/services/bread.yaml", &service("bread", "grain"));
    let said = watched.wait_for("files changed");
    let changes = "changed  out/src/bread/item.rs\n  changed  out/src/bread/surface.txt\nshop: 2 files changed";
    assert!(said.contains(changes), "{said}");
    assert!(fs::read_to_string(watched.folder.path().join("out/src/bread/item.rs")).unwrap().contains("pub grain:"));
    assert!(watched.is_fresh());

    // Editors write beside, and move.
    watched.write("spec/services/.cake.yaml.tmp", &service("cake", "honey"));
    let at = |path: &str| watched.folder.path().join("spec/services").join(path);
    fs::rename(at(".cake.yaml.tmp"), at("cake.yaml")).unwrap();
    assert!(watched.wait_for("files changed").contains("out/src/cake/item.rs"));

    watched.write("spec/services/wine.yaml", &service("wine", "grape"));
    watched.write(
        "spec/provider.yaml",
        &format!("{PROVIDER}  wine: {{ service: {{ $ref: s/wine.yaml }}, title: Wine }}\n"),
    );
    watched.wait_for("files changed");
    assert!(watched.is_fresh() && watched.folder.path().join("out/src/wine/item.rs").is_file());

    // What is wrong is said, and what follows is not lost.
    watched.write("spec/services/wine.yaml", "openapi: [\n");
    watched.wait_for("openapi/yaml");
    watched.write("spec/services/wine.yaml", &service("wine", "must"));
    watched.wait_for("files changed");
    assert!(watched.is_fresh());

    watched.write("bindery.toml", &format!("{CONFIG}exclude = [\"wine\"]\n"));
    watched.wait_for("watching for changes");
    assert!(watched.is_fresh() && !watched.folder.path().join("out/src/wine").exists());
    watched.write("bindery.toml", "[providers.shop]\nopenapi = 7\n");
    watched.wait_for("TOML parse error");
    watched.write("bindery.toml", CONFIG);
    watched.wait_for("watching for changes");
    assert!(watched.is_fresh() && watched.folder.path().join("out/src/wine").exists());
}
