//! An archive of a registry → files below a folder.
//!
//! An archive is outside data: what leaves the folder, what is a link or anything but a file, and what exceeds a bound, is
//! refused as a whole.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use flate2::read::GzDecoder;
use tar::{Archive, EntryType};
use thiserror::Error;

/// How many files an archive may hold.
const FILES: usize = 50_000;

/// How large one of them may be.
const FILE_LIMIT: u64 = 256 << 20;

/// How large all of them may be together.
const TOTAL_LIMIT: u64 = 4 << 30;

/// An archive that is not unpacked.
#[derive(Debug, Error)]
pub(crate) enum ArchiveError {
    #[error("the archive is damaged: {0}; run it again to fetch it anew")]
    Damaged(#[source] io::Error),
    #[error("the archive holds `{0}`, which would lie outside of its folder; nothing was unpacked")]
    Outside(String),
    #[error("the archive holds `{0}`, which is no file; nothing was unpacked")]
    NoFile(String),
    #[error("the archive holds `{0}` twice; nothing was unpacked")]
    Twice(String),
    #[error("the archive is larger than {0}; nothing was unpacked")]
    TooLarge(&'static str),
    #[error("the archive holds no provider.yaml; nothing was unpacked")]
    NoProvider,
    #[error("cannot write {}: {error}", path.display())]
    Write { path: PathBuf, error: io::Error },
}

/// Unpacks an archive into a folder that is empty. The folder of the archive that holds `provider.yaml` becomes the folder
/// itself.
pub(super) fn unpack(archive: &Path, folder: &Path) -> Result<(), ArchiveError> {
    let file = File::open(archive).map_err(ArchiveError::Damaged)?;
    let bounded = GzDecoder::new(file).take(TOTAL_LIMIT + 1);
    let mut archive = Archive::new(bounded);
    let (mut files, mut total) = (0, 0_u64);
    for entry in archive.entries().map_err(ArchiveError::Damaged)? {
        let mut entry = entry.map_err(ArchiveError::Damaged)?;
        let name = entry.path().map_err(ArchiveError::Damaged)?.into_owned();
        let shown = || name.to_string_lossy().escape_debug().to_string();
        match entry.header().entry_type() {
            EntryType::Regular => {}
            // A name alone; folders are made for the files in them.
            EntryType::Directory | EntryType::XGlobalHeader => continue,
            _ => return Err(ArchiveError::NoFile(shown())),
        }
        let below = harmless(&name).ok_or_else(|| ArchiveError::Outside(shown()))?;
        files += 1;
        total = total.saturating_add(entry.size());
        if files > FILES {
            return Err(ArchiveError::TooLarge("50000 files"));
        }
        if entry.size() > FILE_LIMIT || total > TOTAL_LIMIT {
            return Err(ArchiveError::TooLarge("256 MiB for a file, or 4 GiB in all"));
        }
        let path = folder.join(below);
        let write = |error| ArchiveError::Write { path: path.clone(), error };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(write)?;
        }
        let mut out = File::create_new(&path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => ArchiveError::Twice(shown()),
            _ => write(error),
        })?;
        io::copy(&mut entry, &mut out).map_err(ArchiveError::Damaged)?;
    }
    // Reading to the end is what checks the sum of the whole.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(ArchiveError::Damaged)?;
    lift(folder)
}

/// A path that stays below its folder, whatever the folder is.
fn harmless(path: &Path) -> Option<PathBuf> {
    let mut below = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(part) if !part.to_string_lossy().contains(['\\', ':', '\0']) => below.push(part),
            Component::CurDir => {}
            _ => return None,
        }
    }
    (below.components().count() > 0).then_some(below)
}

/// Moves up what lies in the topmost folder that holds `provider.yaml`.
fn lift(folder: &Path) -> Result<(), ArchiveError> {
    let mut root = folder.to_owned();
    while !root.join("provider.yaml").is_file() {
        let entries = fs::read_dir(&root).map_err(|error| ArchiveError::Write { path: root.clone(), error })?;
        let folders: Vec<PathBuf> =
            entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
        let [only] = folders.as_slice() else { return Err(ArchiveError::NoProvider) };
        root.clone_from(only);
    }
    if root == folder {
        return Ok(());
    }
    let beside = folder.with_extension("lifted");
    let moved = || {
        let _ = fs::remove_dir_all(&beside);
        fs::rename(&root, &beside)?;
        fs::remove_dir_all(folder)?;
        fs::rename(&beside, folder)
    };
    moved().map_err(|error| ArchiveError::Write { path: folder.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_below_its_folder_or_is_none() {
        assert_eq!(harmless(Path::new("./v1/services/a.yaml")), Some(PathBuf::from("v1/services/a.yaml")));
        for path in ["../a", "a/../../b", "/etc/passwd", "", ".", "a\\..\\b", "c:x"] {
            assert_eq!(harmless(Path::new(path)), None, "{path}");
        }
    }
}
