//! `dist/providers.yaml`: which versions of which providers a registry has.

use std::collections::BTreeMap;

use bindery_codegen::is_harmless;
use serde::Deserialize;

use crate::outcome::Failure;

/// Where it lies in a registry.
pub(super) const PATH: &str = "dist/providers.yaml";

/// What SQL calls a provider, and what registries call it, where that is another name.
const OTHER_NAMES: &[(&str, &str)] = &[("google", "googleapis.com")];

/// What registries call a provider unless they know it under the name at hand.
pub(super) fn other_name(provider: &str) -> Option<&'static str> {
    OTHER_NAMES.iter().find(|(name, _)| *name == provider).map(|(_, other)| *other)
}

/// The versions of every provider, the oldest first.
#[derive(Debug, Deserialize)]
pub(super) struct Index {
    #[serde(default)]
    providers: BTreeMap<String, Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    #[serde(default)]
    versions: Vec<String>,
}

impl Index {
    /// Reads the text of an index. Names that could leave a folder are left out.
    pub(super) fn parse(text: &[u8]) -> Result<Self, Failure> {
        let mut index: Self = serde_yaml::from_str(&String::from_utf8_lossy(text))
            .map_err(|error| Failure::Usage(format!("{PATH} of the registry is no index: {error}")))?;
        index.providers.retain(|name, _| is_harmless(name));
        for entry in index.providers.values_mut() {
            entry.versions.retain(|version| is_harmless(version));
            entry.versions.sort_by_cached_key(|version| numbers(version));
        }
        Ok(index)
    }

    pub(super) fn providers(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.providers.iter().map(|(name, entry)| (name.as_str(), entry.versions.as_slice()))
    }

    /// What the registry calls a provider.
    pub(super) fn called<'n>(&self, provider: &'n str) -> &'n str {
        let other = || other_name(provider).filter(|other| self.providers.contains_key(*other));
        if self.providers.contains_key(provider) { provider } else { other().unwrap_or(provider) }
    }

    /// The versions of a provider.
    pub(super) fn versions(&self, provider: &str) -> Result<&[String], Failure> {
        let entry = self.providers.get(provider).map(|entry| entry.versions.as_slice());
        entry.ok_or_else(|| {
            let known: Vec<&str> = self.providers.keys().map(String::as_str).collect();
            Failure::Usage(format!("the registry has no provider `{provider}`; it has {}", known.join(", ")))
        })
    }

    /// The newest of them.
    pub(super) fn newest(&self, provider: &str) -> Result<&str, Failure> {
        let newest = self.versions(provider)?.last();
        newest.map(String::as_str).ok_or_else(|| Failure::Usage(format!("the registry has no version of `{provider}`")))
    }
}

/// The numbers of a version: `v24.11.00274` is newer than `v00.00.00000`.
pub(crate) fn numbers(version: &str) -> Vec<u64> {
    version.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_their_numbers_and_harmless() -> Result<(), Failure> {
        let index =
            Index::parse(b"providers:\n  a: {versions: [v0.10.0, v0.9.1, ../x, v0.9.0]}\n  ../b: {versions: []}\n")?;
        assert_eq!(index.versions("a")?, ["v0.9.0", "v0.9.1", "v0.10.0"]);
        assert_eq!(index.newest("a")?, "v0.10.0");
        assert_eq!(index.providers().count(), 1);
        assert_eq!((index.called("a"), index.called("google")), ("a", "google"));
        let index = Index::parse(b"providers:\n  googleapis.com: {versions: [v1]}\n")?;
        assert_eq!(index.called("google"), "googleapis.com");
        let index = Index::parse(b"providers:\n  google: {versions: [v2]}\n  googleapis.com: {versions: [v1]}\n")?;
        assert_eq!(index.called("google"), "google");
        assert!(index.newest("c").is_err_and(|error| error.to_string().contains("it has google, googleapis.com")));
        Ok(())
    }
}
