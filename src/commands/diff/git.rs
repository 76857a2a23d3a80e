//! Files as they are in a revision: read from git's own store, without touching the work tree.

use std::io::Write;
use std::process::{Command, Stdio};

use bindery_codegen::Source;

use crate::outcome::Failure;

/// Reads the files below a path of a revision whose extension is one of `extensions`, sorted by path. The path is that
/// from the root of the repository.
pub(super) fn read_all(revision: &str, path: &str, extensions: &[&str]) -> Result<Vec<Source>, Failure> {
    let listing = git(&["ls-tree", "-r", "-z", "--full-tree", "--name-only", revision, "--", path], &[])?;
    let listing = String::from_utf8_lossy(&listing).into_owned();
    let is_wanted = |name: &&str| {
        let extension = name.rsplit_once('.').map(|(_, extension)| extension).unwrap_or_default();
        extensions.iter().any(|wanted| wanted.eq_ignore_ascii_case(extension))
    };
    let mut names: Vec<&str> = listing.split('\0').filter(is_wanted).collect();
    names.sort_unstable();
    let asked: String = names.iter().map(|name| [revision, ":", name, "\0"].concat()).collect();
    let contents = git(&["cat-file", "--batch", "-z"], asked.as_bytes())?;
    let mut rest = contents.as_slice();
    let mut sources = Vec::with_capacity(names.len());
    for name in names {
        let Some((content, next)) = next_blob(rest) else {
            return Err(Failure::Usage(format!("git cannot show `{revision}:{name}`")));
        };
        sources
            .push(Source { path: format!("{revision}:{name}"), text: String::from_utf8_lossy(content).into_owned() });
        rest = next;
    }
    Ok(sources)
}

/// The first of several answers of `cat-file --batch`, `<id> blob <size>`, a line end, the bytes and a line end; and
/// what follows.
fn next_blob(answers: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = answers.iter().position(|byte| *byte == b'\n')?;
    let (head, rest) = answers.split_at_checked(end)?;
    let size: usize = std::str::from_utf8(head).ok()?.rsplit_once(" blob ")?.1.parse().ok()?;
    let (content, rest) = rest.get(1..)?.split_at_checked(size)?;
    Some((content, rest.get(1..)?))
}

/// Runs git and returns what it prints.
fn git(arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, Failure> {
    let failure = |error: &dyn std::fmt::Display| Failure::Usage(format!("git {}: {error}", arguments.join(" ")));
    let mut child = Command::new("git")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failure(&error))?;
    let pipe = child.stdin.take();
    // Written beside reading: git answers while it is asked.
    let output = std::thread::scope(|scope| {
        let writer = scope.spawn(move || pipe.map_or(Ok(()), |mut pipe| pipe.write_all(input)));
        let output = child.wait_with_output();
        // A pipe that git closed early is told by its status.
        let _ = writer.join();
        output
    });
    let output = output.map_err(|error| failure(&error))?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(failure(&String::from_utf8_lossy(&output.stderr).trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_taken_apart_by_their_sizes() {
        let answers = b"0a1b blob 6\na\nblob\n2c3d blob 0\n\ntail";
        let (first, rest) = next_blob(answers).unwrap_or_default();
        assert_eq!(first, b"a\nblob");
        let (second, rest) = next_blob(rest).unwrap_or_default();
        assert_eq!((second, rest), (b"".as_slice(), b"tail".as_slice()));
        assert_eq!(next_blob(b"HEAD:x missing\n"), None);
        assert_eq!(next_blob(b"0a blob 9\nshort"), None);
    }
}
