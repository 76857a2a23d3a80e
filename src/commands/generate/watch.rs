//! `bindery generate --watch`: the output follows the documents while they are edited.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use bindery_codegen::{Follower, Target};
use notify::{Event, RecursiveMode, Watcher};

use crate::arguments::Generate;
use crate::commands::{DOCUMENTS, PAGES};
use crate::outcome::{Failure, Outcome};
use crate::terminal::Terminal;

/// How long nothing happens before what happened is taken to be all of it: a save is several events.
const QUIET: Duration = Duration::from_millis(10);

/// How long events may go on before they are looked at nevertheless.
const LATEST: Duration = Duration::from_millis(500);

/// Generates, and again whenever a document is saved; anew when the configuration is. Ends when it is stopped.
pub(super) fn run(arguments: &Generate, terminal: Terminal) -> Result<Outcome, Failure> {
    let config = &arguments.targets.config;
    let without_config = arguments.targets.provider.is_some() || !config.exists();
    let saves = Events::of(if without_config { &[] } else { std::slice::from_ref(config) })?;
    loop {
        // What is saved from here on is noticed, however the reading ends.
        saves.forget();
        // A configuration that is wrong for a moment is waited for.
        if let Err(failure) = follow(arguments, terminal) {
            if without_config {
                return Err(failure);
            }
            Terminal::error(&failure);
            while !saves.wait()?.contains(config) {}
        }
    }
}

/// Follows the documents until the configuration changes.
fn follow(arguments: &Generate, terminal: Terminal) -> Result<(), Failure> {
    let targets = crate::commands::targets(&arguments.targets)?;
    let folders = targets.iter().flat_map(|target| [&target.inputs.docs, &target.inputs.openapi]).flatten();
    let mut roots: Vec<PathBuf> = folders.cloned().collect();
    let config = &arguments.targets.config;
    if arguments.targets.provider.is_none() {
        roots.push(config.clone());
    }
    // Watched from before it is read, so that nothing is missed in between.
    let events = Events::of(&roots)?;
    let mut followers = Vec::with_capacity(targets.len());
    for target in &targets {
        followers.push((target, begin(target, arguments, terminal)?));
    }
    terminal.note(&"watching for changes; stop it with Ctrl-C");
    loop {
        // While nothing is saved, what may be edited next is read; one thing at a time, so that a save does not wait long.
        while !events.are_waiting() && prepare(&mut followers) {}
        let touched = events.wait()?;
        let start = Instant::now();
        if touched.contains(config) {
            terminal.note(&format!("{} changed", config.display()));
            return Ok(());
        }
        let touched: Vec<PathBuf> = touched.into_iter().collect();
        for (target, follower) in &mut followers {
            update(target, follower, &touched, start, terminal)?;
        }
    }
}

fn begin<'t>(target: &'t Target, arguments: &Generate, terminal: Terminal) -> Result<Follower<'t>, Failure> {
    let start = Instant::now();
    let progress = terminal.progress(&target.inputs.provider);
    let follower = target.follow(crate::commands::trust(arguments.no_cache), &|step| progress.show(step));
    progress.finish();
    let follower = follower?;
    crate::commands::report(target, follower.generation(), terminal)?;
    super::print(target, follower.generation(), arguments.targets.emit, start, terminal)?;
    Ok(follower)
}

/// Reads something that may be edited; whether there may be more of that.
fn prepare(followers: &mut [(&Target, Follower<'_>)]) -> bool {
    // What cannot be read now is told when it is saved.
    followers.iter_mut().any(|(_, follower)| follower.prepare().unwrap_or_default())
}

fn update(
    target: &Target,
    follower: &mut Follower<'_>,
    touched: &[PathBuf],
    start: Instant,
    terminal: Terminal,
) -> Result<(), Failure> {
    let is_below = |path: &&PathBuf| {
        [&target.inputs.docs, &target.inputs.openapi].into_iter().flatten().any(|folder| path.starts_with(folder))
    };
    let own: Vec<PathBuf> = touched.iter().filter(is_below).cloned().collect();
    match follower.update(&own) {
        Ok(None) => return Ok(()),
        Ok(Some(generation)) => {
            let milliseconds = start.elapsed().as_secs_f64() * 1e3;
            let mut stdout = std::io::stdout().lock();
            let out = target.out.display();
            for difference in &generation.differences {
                writeln!(stdout, "  {}  {out}/{}", super::word(&difference.kind), difference.path)?;
            }
            let count = generation.differences.len();
            writeln!(stdout, "{}: {count} files changed, {milliseconds:.0} ms", generation.provider)?;
            stdout.flush()?;
            crate::commands::report(target, generation, terminal)?;
        }
        // A file that went while it was read, or a lock with a conflict: said, and tried again with the next save.
        Err(error) => {
            Terminal::error(&error);
            return Ok(());
        }
    }
    if let Err(error) = follower.remember() {
        Terminal::error(&error);
    }
    Ok(())
}

/// What happens to files below some roots.
struct Events {
    received: Receiver<notify::Result<Event>>,
    /// What happened while somebody looked whether something had.
    waiting: RefCell<Vec<notify::Result<Event>>>,
    /// The roots as they are named, and as the system may name them.
    roots: Vec<(PathBuf, PathBuf)>,
    _watcher: notify::RecommendedWatcher,
}

impl Events {
    fn of(roots: &[PathBuf]) -> Result<Self, Failure> {
        let failed = |error: notify::Error| Failure::Usage(format!("cannot watch: {error}"));
        let (sender, events) = channel();
        let mut watcher = notify::recommended_watcher(sender).map_err(failed)?;
        let mut named = Vec::with_capacity(roots.len());
        for root in roots {
            // A file that is saved may be replaced: its folder tells that.
            let (folder, mode) = if root.is_dir() {
                (root.as_path(), RecursiveMode::Recursive)
            } else {
                (
                    root.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new(".")),
                    RecursiveMode::NonRecursive,
                )
            };
            watcher.watch(folder, mode).map_err(failed)?;
            named.push((root.clone(), std::path::absolute(root).unwrap_or_else(|_| root.clone())));
        }
        Ok(Self { received: events, waiting: RefCell::default(), roots: named, _watcher: watcher })
    }

    /// Whether something happened that nobody was told of.
    fn are_waiting(&self) -> bool {
        self.waiting.borrow_mut().extend(self.received.try_iter());
        !self.waiting.borrow().is_empty()
    }

    /// Forgets what happened so far.
    fn forget(&self) {
        self.waiting.borrow_mut().clear();
        while self.received.try_recv().is_ok() {}
    }

    /// The files to which something happened, once nothing more does.
    fn wait(&self) -> Result<BTreeSet<PathBuf>, Failure> {
        let ended = || Failure::Usage("watching ended: the system tells no more of changes".to_owned());
        let mut touched = BTreeSet::new();
        if self.are_waiting() {
            for event in self.waiting.take() {
                self.collect(event, &mut touched)?;
            }
        } else {
            let first = self.received.recv().map_err(|_| ended())?;
            self.collect(first, &mut touched)?;
        }
        let start = Instant::now();
        while start.elapsed() < LATEST {
            match self.received.recv_timeout(QUIET) {
                Ok(event) => self.collect(event, &mut touched)?,
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return Err(ended()),
            }
        }
        Ok(touched)
    }

    fn collect(&self, event: notify::Result<Event>, touched: &mut BTreeSet<PathBuf>) -> Result<(), Failure> {
        let event = event.map_err(|error| Failure::Usage(format!("watching failed: {error}")))?;
        if !event.kind.is_access() {
            touched.extend(event.paths.iter().filter_map(|path| self.named(path)));
        }
        Ok(())
    }

    /// A file under the name by which documents are read; `None` for one that is no document.
    fn named(&self, path: &Path) -> Option<PathBuf> {
        let absolute = std::path::absolute(path).ok()?;
        let below = |(root, known): &(PathBuf, PathBuf)| match absolute.strip_prefix(known) {
            Ok(rest) if rest.as_os_str().is_empty() => Some(root.clone()),
            Ok(rest) => {
                let extension = rest.extension()?.to_str()?;
                PAGES
                    .iter()
                    .chain(DOCUMENTS)
                    .any(|wanted| extension.eq_ignore_ascii_case(wanted))
                    .then(|| root.join(rest))
            }
            Err(_) => None,
        };
        self.roots.iter().find_map(below)
    }
}
