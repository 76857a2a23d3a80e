//! Failures on purpose: every n-th request goes wrong, in the way of the user's choice.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Makes each `every`-th request go wrong.
///
/// ```
/// use bindery_mock::{Fault, FaultKind};
/// assert_eq!("503/10".parse(), Ok(Fault { kind: FaultKind::Status(503), every: 10 }));
/// assert_eq!("truncated/3".parse(), Ok(Fault { kind: FaultKind::Truncated, every: 3 }));
/// assert!("200/10".parse::<Fault>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// The distance between two faults, in requests; 0 means never.
    pub every: u32,
}

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The answer is this status, 400 to 599, and nothing else happens to the request.
    Status(u16),
    /// It is answered as it should be, but only after two seconds.
    SlowHeaders,
    /// It is answered as it should be, but the body comes in ten pieces with pauses.
    SlowBody,
    /// It takes effect, and half of the body comes. Then nothing comes any more.
    StalledBody,
    /// It takes effect, and half of the body comes in chunks. Then the connection breaks.
    Truncated,
    /// It takes effect, and the body is shorter than its declared length.
    WrongLength,
    /// It takes effect, and the connection breaks before the body.
    Reset,
    /// It takes effect, and the answer is a page for people instead of JSON.
    WrongType,
    /// It takes effect, and the answer is 16 MiB of blanks, compressed to a few kilobytes.
    GzipBomb,
    /// It takes effect, and the JSON of the answer ends in the middle.
    Malformed,
    /// A listing names the page that it is as the next one.
    RepeatedPage,
    /// A listing names a next page on another host.
    ForeignPage,
}

impl FaultKind {
    /// All of them but the statuses, by their names.
    const NAMED: [(&'static str, Self); 11] = [
        ("slow-headers", Self::SlowHeaders),
        ("slow-body", Self::SlowBody),
        ("stalled-body", Self::StalledBody),
        ("truncated", Self::Truncated),
        ("wrong-length", Self::WrongLength),
        ("reset", Self::Reset),
        ("wrong-type", Self::WrongType),
        ("gzip-bomb", Self::GzipBomb),
        ("malformed", Self::Malformed),
        ("repeated-page", Self::RepeatedPage),
        ("foreign-page", Self::ForeignPage),
    ];
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "{status}"),
            named => {
                let name = Self::NAMED.iter().find(|(_, kind)| kind == named).map(|(name, _)| *name);
                f.write_str(name.unwrap_or_default())
            }
        }
    }
}

impl Fault {
    /// Whether the request with that number, counted from 1, is one to fail.
    pub(crate) fn strikes(self, ordinal: u64) -> bool {
        self.every > 0 && ordinal.is_multiple_of(u64::from(self.every))
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let refuse = || FaultError(text.to_owned());
        let (kind, every) = text.trim().split_once('/').ok_or_else(refuse)?;
        let every: u32 = every.parse().map_err(|_| refuse())?;
        let named = FaultKind::NAMED.iter().find(|(name, _)| *name == kind).map(|(_, kind)| *kind);
        let status = || kind.parse().ok().filter(|status| (400..600).contains(status)).map(FaultKind::Status);
        match named.or_else(status) {
            Some(kind) if every > 0 => Ok(Self { kind, every }),
            _ => Err(refuse()),
        }
    }
}

/// A text that does not describe a fault.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not a fault: write KIND/EVERY such as `503/10`, with EVERY from 1 and for KIND a status from 400 to 599 or \
     one of {names}",
    names = FaultKind::NAMED.map(|(name, _)| name).join(", ")
)]
pub struct FaultError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_nth_request_is_struck() {
        let fault = Fault { kind: FaultKind::Status(503), every: 3 };
        let struck: Vec<u64> = (1..=9).filter(|&ordinal| fault.strikes(ordinal)).collect();
        assert_eq!(struck, [3, 6, 9]);
        assert!(!Fault { kind: FaultKind::Reset, every: 0 }.strikes(0));
    }

    #[test]
    fn a_fault_is_read_as_it_is_written() {
        for (name, kind) in FaultKind::NAMED {
            assert_eq!(format!("{kind}/7").parse(), Ok(Fault { kind, every: 7 }), "{name}");
        }
    }

    #[test]
    fn what_is_no_fault_is_refused_with_the_reason() {
        for text in ["", "503", "503/", "503/0", "/3", "99/3", "600/3", "503/-1", "slow/1", "reset/0"] {
            let error = text.parse::<Fault>().expect_err(text);
            assert!(error.to_string().contains("503/10") && error.to_string().contains("slow-body"), "{error}");
        }
    }
}
