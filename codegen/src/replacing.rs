//! Changes of many files in a folder, made in one step.
//!
//! What changes is first made beside the folder, whole: the smallest folder that holds all changes, with links to the
//! files that stay. Then the two folders change places, which file systems do in one step. So whoever reads the folder,
//! or kills this program, at any moment sees all of the old files or all of the new ones. One file alone is moved to its
//! place, which is one step, too.
//!
//! ```text
//! generated/.azure.bindery/     made from links and new files …
//! generated/azure/src/network/  … and exchanged with this one, which is removed then
//! ```
//!
//! Where folders cannot be exchanged, its folders and files are, one after another: on systems other than Linux and
//! macOS, on file systems that do not know how, for a folder that is a mount, holds the state of a version control or is
//! the one this program was started in, which would be gone for the shell.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::threads;

/// Build output, which is moved and not linked: there may be a lot of it.
const BUILD_OUTPUT: &str = "target";

/// What becomes of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change<'c> {
    /// Its path below the folder, with `/` between its parts.
    pub(crate) path: &'c str,
    /// What it holds then; `None` for one that is removed.
    pub(crate) text: Option<&'c str>,
}

/// Something that could not be done to a file or folder.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) action: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) error: io::Error,
}

/// Why a folder was not exchanged.
enum NotExchanged {
    /// It is none that can be.
    Impossible,
    Failed(Failed),
}

impl From<Failed> for NotExchanged {
    fn from(failed: Failed) -> Self {
        Self::Failed(failed)
    }
}

/// Makes changes below a folder. What a killed run left beside it is removed first, even if nothing changes.
pub(crate) fn make(folder: &Path, changes: &[Change<'_>], jobs: NonZeroUsize) -> Result<(), Failed> {
    let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let parent = match real.parent() {
        Some(parent) if parent == Path::new("") => Path::new("."),
        Some(parent) => parent,
        None => Path::new("/"),
    };
    if !changes.is_empty() {
        fs::create_dir_all(parent).map_err(failed("write", parent))?;
    }
    // One after another: what lies beside the folder belongs to one run. Not all systems can lock a folder, and then it
    // is not locked.
    let _turn = File::open(parent).and_then(|parent| parent.lock().map(|()| parent));
    let name = real.file_name().unwrap_or_default().to_string_lossy();
    let staging = Staging { folder: parent.join(format!(".{name}.bindery")), whole: real.clone(), jobs };
    staging.clear()?;
    staging.make(&real, changes)
}

/// The folder beside, in which a folder is made.
struct Staging {
    folder: PathBuf,
    /// The folder that it lies beside.
    whole: PathBuf,
    jobs: NonZeroUsize,
}

/// How a file comes into the folder that is made.
enum Item<'c> {
    Text(PathBuf, &'c str),
    /// The same file under one more name.
    Link(PathBuf, PathBuf),
}

impl Staging {
    /// Removes what a killed run left, and takes back what it had moved away.
    fn clear(&self) -> Result<(), Failed> {
        let (left, place) = (self.folder.join(BUILD_OUTPUT), self.whole.join(BUILD_OUTPUT));
        if left.is_dir() && self.whole.is_dir() && !place.exists() {
            fs::rename(&left, &place).map_err(failed("move", &left))?;
        }
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", &self.folder)(error)),
            _ => Ok(()),
        }
    }

    /// Makes changes below a folder in as few steps as can be: one, if that is possible.
    fn make(&self, folder: &Path, changes: &[Change<'_>]) -> Result<(), Failed> {
        if let [Change { path, text }] = changes {
            return match text {
                Some(text) => write(&folder.join(path), text),
                None => remove(&folder.join(path), &self.whole),
            };
        }
        let mut parts: BTreeMap<&str, Vec<Change<'_>>> = BTreeMap::new();
        for Change { path, text } in changes {
            let (first, rest) = path.split_once('/').unwrap_or((path, ""));
            parts.entry(first).or_default().push(Change { path: rest, text: *text });
        }
        if parts.len() > 1 {
            match self.exchange(folder, changes) {
                Err(NotExchanged::Impossible) => {}
                Err(NotExchanged::Failed(failed)) => return Err(failed),
                Ok(()) => return Ok(()),
            }
        }
        for (name, changes) in parts {
            let path = folder.join(name);
            match changes.as_slice() {
                [Change { path: "", text: Some(text) }] => write(&path, text)?,
                [Change { path: "", text: None }] => remove(&path, &self.whole)?,
                changes => self.make(&path, changes)?,
            }
        }
        Ok(())
    }

    /// Makes the folder anew beside it, and lets the two change places.
    fn exchange(&self, folder: &Path, changes: &[Change<'_>]) -> Result<(), NotExchanged> {
        let is_started_in = || std::env::current_dir().is_ok_and(|current| current.starts_with(folder));
        let is_there = fs::symlink_metadata(folder).is_ok();
        if is_there && (!folder.is_dir() || folder.is_symlink() || is_started_in()) {
            return Err(NotExchanged::Impossible);
        }
        let made = self.folder.as_path();
        let mut items = Vec::new();
        if is_there {
            let texts = changes.iter().map(|change| change.path).collect();
            self.link(folder, "", &texts, &mut items)?;
        }
        items.extend(changes.iter().filter_map(|change| Some(Item::Text(made.join(change.path), change.text?))));
        let result =
            self.fill(&items).and_then(|()| if is_there { exchange(made, folder) } else { place(made, folder) });
        if result.is_ok() && is_there && folder == self.whole {
            let (from, to) = (made.join(BUILD_OUTPUT), folder.join(BUILD_OUTPUT));
            if from.exists() {
                fs::rename(&from, &to).map_err(failed("move", &from))?;
            }
        }
        self.clear()?;
        result
    }

    /// Writes and links files, and makes the folders that they are in.
    fn fill(&self, items: &[Item<'_>]) -> Result<(), NotExchanged> {
        let mut folders: Vec<&Path> = items.iter().filter_map(|item| item.place().parent()).collect();
        folders.sort_unstable();
        folders.dedup();
        fs::create_dir_all(&self.folder).map_err(failed("write", &self.folder))?;
        for folder in folders {
            fs::create_dir_all(folder).map_err(failed("write", folder))?;
        }
        threads::map(items, self.jobs, Item::put).into_iter().collect()
    }

    /// What stays of a folder, by links; an empty folder does not stay.
    fn link(
        &self,
        folder: &Path,
        below: &str,
        changed: &std::collections::BTreeSet<&str>,
        items: &mut Vec<Item<'_>>,
    ) -> Result<(), NotExchanged> {
        let error = failed("read", folder);
        let entries: Vec<fs::DirEntry> =
            fs::read_dir(folder).and_then(Iterator::collect).map_err(|source| NotExchanged::Failed(error(source)))?;
        for entry in entries {
            let path = entry.path();
            // A name that is no text could not be given to the link.
            let name = entry.file_name().into_string().map_err(|_| NotExchanged::Impossible)?;
            let kind = entry.file_type().map_err(failed("read", &path))?;
            let inside = format!("{below}{name}");
            if kind.is_dir() {
                if name.starts_with('.') {
                    return Err(NotExchanged::Impossible);
                }
                if path != self.whole.join(BUILD_OUTPUT) {
                    self.link(&path, &format!("{inside}/"), changed, items)?;
                }
            } else if kind.is_file() {
                if !changed.contains(inside.as_str()) {
                    items.push(Item::Link(self.folder.join(&inside), path));
                }
            } else {
                return Err(NotExchanged::Impossible);
            }
        }
        Ok(())
    }
}

impl Item<'_> {
    fn place(&self) -> &Path {
        match self {
            Self::Text(place, _) | Self::Link(place, _) => place,
        }
    }

    fn put(&self) -> Result<(), NotExchanged> {
        match self {
            Self::Text(place, text) => fs::write(place, text).map_err(failed("write", place))?,
            Self::Link(place, file) => fs::hard_link(file, place).map_err(|_| NotExchanged::Impossible)?,
        }
        Ok(())
    }
}

/// Lets two folders change places.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn exchange(made: &Path, folder: &Path) -> Result<(), NotExchanged> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    // Who may do what with the folder stays.
    let permissions = fs::metadata(folder).map_err(failed("read", folder))?.permissions();
    fs::set_permissions(made, permissions).map_err(failed("write", made))?;
    // Whatever the reason is: there is another way.
    renameat_with(CWD, made, CWD, folder, RenameFlags::EXCHANGE).map_err(|_| NotExchanged::Impossible)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn exchange(_: &Path, _: &Path) -> Result<(), NotExchanged> {
    Err(NotExchanged::Impossible)
}

/// Moves a folder to where none is.
fn place(made: &Path, folder: &Path) -> Result<(), NotExchanged> {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent).map_err(failed("write", parent))?;
    }
    fs::rename(made, folder).map_err(|_| NotExchanged::Impossible)
}

/// Writes a file beside its place and moves it there.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failed> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed("write", path))?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    fs::write(&beside, text).and_then(|()| fs::rename(&beside, path)).map_err(|error| {
        // The half-written file is of no use to anybody; the error that matters is the first.
        let _ = fs::remove_file(&beside);
        failed("write", path)(error)
    })
}

/// Removes a file, and the folders that are empty then, up to one.
fn remove(path: &Path, whole: &Path) -> Result<(), Failed> {
    fs::remove_file(path).map_err(failed("remove", path))?;
    for parent in path.ancestors().skip(1).take_while(|parent| *parent != whole) {
        if fs::remove_dir(parent).is_err() {
            break;
        }
    }
    Ok(())
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Failed {
    let path = path.to_owned();
    move |error| Failed { action, path, error }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files below a folder with their texts, a line each.
    fn files(folder: &Path, below: &str) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = format!("{below}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                found.extend(files(&entry.path(), &format!("{name}/")));
            } else {
                found.push(format!("{name} {}", fs::read_to_string(entry.path()).unwrap_or_default()));
            }
        }
        found.sort();
        found
    }

    fn change<'c>(path: &'c str, text: &'c str) -> Change<'c> {
        Change { path, text: (!text.is_empty()).then_some(text) }
    }

    #[test]
    fn a_folder_is_made_changed_and_keeps_what_is_not_ours() -> Result<(), Box<dyn std::error::Error>> {
        let place = tempfile::tempdir()?;
        let out = place.path().join("deep/out");
        let make = |changes: &[Change<'_>]| make(&out, changes, NonZeroUsize::MIN).map_err(|failed| failed.error);
        make(&[
            change("Cargo.toml", "1"),
            change("src/a/x.rs", "1"),
            change("src/a/y.rs", "1"),
            change("src/b.rs", "1"),
        ])?;
        fs::create_dir_all(out.join("target/debug"))?;
        fs::write(out.join("target/debug/big"), "built")?;
        fs::write(out.join("mine.txt"), "mine")?;
        // The smallest folder is exchanged: the others are the same as before.
        let before = fs::metadata(out.join("src/b.rs"))?.modified()?;
        make(&[change("src/a/x.rs", "2"), change("src/a/y.rs", "2")])?;
        make(&[
            change("Cargo.toml", "3"),
            change("src/a/x.rs", ""),
            change("src/a/y.rs", ""),
            change("src/c/z.rs", "3"),
        ])?;
        let expected = ["Cargo.toml 3", "mine.txt mine", "src/b.rs 1", "src/c/z.rs 3", "target/debug/big built"];
        assert_eq!(files(&out, ""), expected);
        assert!(!out.join("src/a").exists(), "an empty folder goes");
        assert_eq!(fs::metadata(out.join("src/b.rs"))?.modified()?, before, "cargo builds nothing again for it");
        assert_eq!(files(place.path(), "").len(), expected.len(), "nothing is left beside");
        Ok(())
    }

    #[test]
    fn what_cannot_be_exchanged_is_changed_part_by_part() -> Result<(), Box<dyn std::error::Error>> {
        let place = tempfile::tempdir()?;
        let out = place.path().join("out");
        fs::create_dir_all(out.join(".git"))?;
        fs::write(out.join(".git/HEAD"), "state")?;
        let changes = [change("Cargo.toml", "1"), change("src/x.rs", "1"), change("src/y.rs", "1")];
        make(&out, &changes, NonZeroUsize::MIN).map_err(|failed| failed.error)?;
        assert_eq!(files(&out, ""), [".git/HEAD state", "Cargo.toml 1", "src/x.rs 1", "src/y.rs 1"]);
        assert_eq!(files(place.path(), "").len(), 4);
        Ok(())
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_whose_name_is_no_text_keeps_it() -> Result<(), Box<dyn std::error::Error>> {
        use std::os::unix::ffi::OsStrExt;
        let out = tempfile::tempdir()?;
        let odd = out.path().join(std::ffi::OsStr::from_bytes(b"mine\xff"));
        fs::write(&odd, "mine")?;
        let changes = [change("Cargo.toml", "1"), change("src/x.rs", "1")];
        make(out.path(), &changes, NonZeroUsize::MIN).map_err(|failed| failed.error)?;
        assert_eq!(fs::read_to_string(odd)?, "mine");
        Ok(())
    }

    #[test]
    fn what_a_killed_run_left_is_cleared_and_taken_back() -> Result<(), Box<dyn std::error::Error>> {
        let place = tempfile::tempdir()?;
        let (out, left) = (place.path().join("out"), place.path().join(".out.bindery"));
        fs::create_dir_all(left.join("target"))?;
        fs::write(left.join("target/built"), "built")?;
        fs::write(left.join("old.rs"), "old")?;
        fs::create_dir_all(&out)?;
        make(&out, &[], NonZeroUsize::MIN).map_err(|failed| failed.error)?;
        assert_eq!(files(place.path(), ""), ["out/target/built built"]);
        Ok(())
    }
}
