//! What a file holds, as a short word: the same on every machine and for every build of this program.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The first half of the SHA-256 of a content, in hexadecimal digits. It tells contents apart; it vouches for nobody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ContentHash(String);

impl ContentHash {
    /// The hash of a content.
    pub(crate) fn of(content: &[u8]) -> Self {
        let digest = Sha256::digest(content);
        let mut digits = String::with_capacity(digest.len());
        for byte in digest.iter().take(digest.len() / 2) {
            // Writing to a text cannot fail.
            let _ = write!(digits, "{byte:02x}");
        }
        Self(digits)
    }

    /// The hash of files with their paths, in the order in which they come.
    pub(crate) fn of_files<'a>(files: impl IntoIterator<Item = (&'a str, &'a Self)>) -> Self {
        let mut lines = String::new();
        for (path, hash) in files {
            let _ = writeln!(lines, "{}  {path}", hash.0);
        }
        Self::of(lines.as_bytes())
    }
}

impl std::fmt::Display for ContentHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_beginning_of_what_sha256sum_says() {
        assert_eq!(ContentHash::of(b"abc").to_string(), "ba7816bf8f01cfea414140de5dae2223");
    }

    #[test]
    fn the_name_of_a_file_counts() {
        let hash = ContentHash::of(b"x");
        assert_ne!(ContentHash::of_files([("a", &hash)]), ContentHash::of_files([("b", &hash)]));
    }
}
