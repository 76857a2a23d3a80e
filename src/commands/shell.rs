//! `bindery shell`: SQL over providers, interactively.

use crate::arguments::Shell as Arguments;
use crate::outcome::{Failure, Outcome};
use crate::terminal::Terminal;

pub(crate) fn run(_arguments: &Arguments, _terminal: Terminal) -> Result<Outcome, Failure> {
    Err(Failure::Usage("not there yet".to_owned()))
}
