//! Failures on purpose: every n-th request is answered with a status of the user's choice.

use std::str::FromStr;

use thiserror::Error;

/// Answers each `every`-th request with `status`, whatever it asks for. Nothing else happens to that request.
///
/// ```
/// use bindery_mock::Fault;
/// assert_eq!("503/10".parse(), Ok(Fault { status: 503, every: 10 }));
/// assert!("200/10".parse::<Fault>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The status: 400 to 599.
    pub status: u16,
    /// The distance between two faults, in requests; 0 means never.
    pub every: u32,
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
        let (status, every) = text.trim().split_once('/').ok_or_else(refuse)?;
        let status: u16 = status.parse().map_err(|_| refuse())?;
        let every: u32 = every.parse().map_err(|_| refuse())?;
        if (400..600).contains(&status) && every > 0 { Ok(Self { status, every }) } else { Err(refuse()) }
    }
}

/// A text that does not describe a fault.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a fault: write STATUS/EVERY such as `503/10`, with a status from 400 to 599 and EVERY from 1")]
pub struct FaultError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_nth_request_is_struck() {
        let fault = Fault { status: 503, every: 3 };
        let struck: Vec<u64> = (1..=9).filter(|&ordinal| fault.strikes(ordinal)).collect();
        assert_eq!(struck, [3, 6, 9]);
        assert!(!Fault { status: 503, every: 0 }.strikes(0));
    }

    #[test]
    fn what_is_no_fault_is_refused_with_the_reason() {
        for text in ["", "503", "503/", "503/0", "/3", "99/3", "600/3", "503/-1"] {
            let error = text.parse::<Fault>().expect_err(text);
            assert!(error.to_string().contains("503/10"), "{error}");
        }
    }
}
