//! A folder with a `bindery.toml` and documents, and the command run in it.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

/// A project that remembers only what it did itself. It is removed when it is dropped.
pub(crate) struct Project {
    folder: TempDir,
}

impl Project {
    /// A project with this `bindery.toml`.
    pub(crate) fn new(config: &str) -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap() };
        project.write("bindery.toml", config);
        project
    }

    /// Where a file of it is.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Writes a file, and the folders it is in.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The text of a file.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// What a command says, and its exit code.
    pub(crate) fn run(&self, arguments: &[&str]) -> (String, i32) {
        let output = Command::new(assert_cmd::cargo::cargo_bin!("bindery"))
            .current_dir(self.folder.path())
            .env("XDG_CACHE_HOME", self.path("cache"))
            .args(arguments)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (String::from_utf8(said).unwrap(), output.status.code().unwrap())
    }

    /// Generates, and sees that someone who remembers nothing would have done the same.
    #[track_caller]
    pub(crate) fn generate(&self) -> String {
        let (said, code) = self.run(&["generate"]);
        assert_eq!(code, 0, "{said}");
        let (check, code) = self.run(&["check", "--no-cache"]);
        assert_eq!(code, 0, "{said}\n{check}");
        said
    }
}
