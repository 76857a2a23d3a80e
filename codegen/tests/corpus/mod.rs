//! Where the corpus of real documents lies, for tests that read it when it is there.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder that holds `docs/` and `registry/`: named by `BINDERY_CORPUS`, or unpacked beside the project.
///
/// `None`, with a line on stderr, where there is no corpus: tests that need it then have nothing to say.
pub(crate) fn corpus() -> Option<PathBuf> {
    let found = match std::env::var_os("BINDERY_CORPUS") {
        Some(folder) => Some(PathBuf::from(folder)),
        None => unpack(),
    };
    let found = found.filter(|folder| folder.join("docs").is_dir());
    if found.is_none() {
        eprintln!("skipped: no corpus here; set BINDERY_CORPUS to the folder that holds docs/ and registry/");
    }
    found
}

fn unpack() -> Option<PathBuf> {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let script = folders.map(|folder| folder.join("shared/corpus/unpack")).find(|script| script.is_file())?;
    let output = Command::new(script).output().ok().filter(|output| output.status.success())?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}
