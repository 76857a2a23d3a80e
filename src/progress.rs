//! A bar on a terminal while a provider is generated; nothing anywhere else.

use std::time::Duration;

use bindery_codegen::Step;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is shown of work whose steps are counted.
const COUNTED: &str = "{spinner} {prefix}: {msg} {wide_bar} {pos}/{len}";

/// What is shown of work of which nobody knows how long it takes.
const TIMED: &str = "{spinner} {prefix}: {msg} ({elapsed})";

/// What is shown of a download whose length is known.
const MEASURED: &str = "{spinner} {prefix}: {wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";

/// What is shown of a download whose length is not.
const UNMEASURED: &str = "{spinner} {prefix}: {bytes}, {bytes_per_sec}";

/// How far the work on one provider has come.
pub(crate) struct Progress {
    bar: ProgressBar,
    title: String,
}

impl Progress {
    /// A bar that is drawn or, where nobody looks, is not.
    pub(crate) fn new(title: &str, visible: bool) -> Self {
        let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        // Before there is something to count, a bar would be an empty one.
        let bar = ProgressBar::with_draw_target(None, target).with_style(style(TIMED)).with_message("starting");
        bar.set_prefix(title.to_owned());
        if visible {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Self { bar, title: title.to_owned() }
    }

    /// Shows a step.
    pub(crate) fn show(&self, step: Step) {
        match step {
            Step::Reading(files) => self.begin(&format!("reading {files} files"), None),
            Step::Emitting(services) => self.begin("emitting services", Some(services)),
            Step::Emitted => self.bar.inc(1),
            Step::Writing(files) => self.begin(&format!("writing {files} files"), None),
        }
    }

    /// Says what is being done, for which nobody knows how long it takes.
    pub(crate) fn say(&self, what: &str) {
        self.begin(what, None);
    }

    /// Shows how much of a download has arrived.
    pub(crate) fn bytes(&self, arrived: u64, total: Option<u64>) {
        if self.bar.position() == 0 || self.bar.length() != total {
            self.bar.set_style(style(if total.is_some() { MEASURED } else { UNMEASURED }));
            self.bar.set_prefix(self.title.clone());
            match total {
                Some(total) => self.bar.set_length(total),
                None => self.bar.unset_length(),
            }
        }
        self.bar.set_position(arrived);
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn begin(&self, message: &str, length: Option<usize>) {
        self.bar.set_style(style(if length.is_some() { COUNTED } else { TIMED }));
        self.bar.set_prefix(self.title.clone());
        self.bar.set_message(message.to_owned());
        self.bar.set_position(0);
        match length {
            Some(length) => self.bar.set_length(u64::try_from(length).unwrap_or(u64::MAX)),
            None => self.bar.unset_length(),
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_can_be_shown() {
        for template in [COUNTED, TIMED, MEASURED, UNMEASURED] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
