//! Which names a page may use.
//!
//! Pages are outside text, and what they name ends up in file names, SQL and requests. A name with a sign that no
//! real name holds is refused, with a diagnostic, and what it names is left out.

use crate::diagnostic::is_invisible;
use crate::is_harmless;

/// A name's place on a page, which decides what it may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameKind {
    /// A part of the Id row.
    Identity,
    /// A method: becomes a part of a SQL path.
    Method,
    /// A parameter: becomes a SQL column and a part of a request.
    Parameter,
    /// A field of the response: only compared with the response. Providers put nearly anything there.
    Field,
}

impl NameKind {
    /// Whether a name can be taken.
    pub(super) fn accepts(self, name: &str) -> bool {
        match self {
            Self::Identity | Self::Method => is_harmless(name) && !name.contains(".."),
            Self::Parameter => {
                let is_known = |c: char| c.is_ascii_alphanumeric() || "_+$.-[]#".contains(c);
                name.len() <= 200 && !name.contains("..") && name.chars().all(is_known)
            }
            Self::Field => name.len() <= 1000 && !name.chars().any(is_invisible),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_that_real_pages_hold_is_accepted() {
        for name in ["_list", "Backend_Get", "projects_well-known_get_openid-configuration"] {
            assert!(NameKind::Method.accepts(name), "{name}");
        }
        for name in
            ["If-Match", "$filter", "+datasetId", "certificate.name", "filter[timestamp][start]", "data__kafka.api.key"]
        {
            assert!(NameKind::Parameter.accepts(name), "{name}");
        }
        for name in ["", "x5t#S256", "@odata.id", "$schema", "größe", "two words"] {
            assert!(NameKind::Field.accepts(name), "{name}");
        }
    }

    #[test]
    fn names_that_could_do_harm_are_refused() {
        for name in ["../../x", "a/b", "..", "", "a\nb", "a b", "a\u{202e}b", "a;b", "a..b"] {
            assert!(!NameKind::Method.accepts(name) && !NameKind::Identity.accepts(name), "{name}");
        }
        for name in ["../x", "a/b", "a'b", "a b", "a..b", "a\r"] {
            assert!(!NameKind::Parameter.accepts(name), "{name}");
        }
        assert!(!NameKind::Field.accepts("a\u{202e}b"));
    }
}
