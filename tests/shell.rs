//! `bindery shell` on a terminal: what is typed is coloured and completed, and Ctrl-C ends a statement but not the shell.
//!
//! The terminal is made by the program `script`; where there is none, this is skipped with a word.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper of a test fails the test")]

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long something may take to appear, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// What an editor asks a terminal, and what one says.
const WHERE_IS_THE_CURSOR: &str = "\x1b[6n";
const AT_THE_TOP: &[u8] = b"\x1b[1;1R";

const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";

/// A shell on a terminal.
struct Shell {
    child: Child,
    keys: ChildStdin,
    screen: Receiver<Vec<u8>>,
    /// What appeared and was not looked at.
    shown: String,
    /// How many questions of the editor were answered.
    answered: usize,
}

impl Shell {
    fn open(home: &std::path::Path) -> Option<Self> {
        let shell = format!("stty rows 30 cols 100; exec {} shell", env!("CARGO_BIN_EXE_bindery"));
        let mut command = Command::new("script");
        command.args(["-qefc", &shell, "/dev/null"]).env("TERM", "xterm-256color").env("HOME", home);
        command.env("XDG_DATA_HOME", home).env("PAGER", "cat").env_remove("NO_COLOR");
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let Ok(mut child) = child else {
            eprintln!("skipped: there is no program `script` here, which makes terminals");
            return None;
        };
        let (keys, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, screen) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = output.read(&mut buffer) {
                if sender.send(buffer.get(..length).unwrap_or_default().to_vec()).is_err() {
                    break;
                }
            }
        });
        Some(Self { child, keys, screen, shown: String::new(), answered: 0 })
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits until something appears; what came before it, and with it.
    fn see(&mut self, wanted: &str) -> String {
        let begun = Instant::now();
        loop {
            if let Some(at) = self.shown.find(wanted) {
                let rest = self.shown.split_off(at + wanted.len());
                return std::mem::replace(&mut self.shown, rest);
            }
            assert!(begun.elapsed() < PATIENCE, "{wanted:?} does not appear; there is {:?}", self.shown);
            let Ok(bytes) = self.screen.recv_timeout(Duration::from_millis(100)) else { continue };
            let text = String::from_utf8_lossy(&bytes).into_owned();
            for _ in text.matches(WHERE_IS_THE_CURSOR) {
                self.keys.write_all(AT_THE_TOP).unwrap();
                self.answered += 1;
            }
            self.shown.push_str(&text);
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_statement_is_coloured_completed_and_cancelled() {
    let home = tempfile::tempdir().unwrap();
    let Some(mut shell) = Shell::open(home.path()) else { return };
    shell.see("ends a statement");
    shell.see("> ");

    shell.press("SELECT 40 + 2 AS answer;\r");
    shell.see("\x1b[1;34mSELECT\x1b[0m");
    shell.see("answer\r\n");
    shell.see("42");
    shell.see("> ");

    shell.press("SHOW RESOURCES IN azure.api_m\t");
    shell.see("anagement");
    shell.press(";\r\r");
    shell.see("azure.api_management.backend");
    shell.see("> ");

    shell.press("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n;\r");
    shell.see("max(i)");
    thread::sleep(Duration::from_millis(500));
    shell.press(CTRL_C);
    shell.see("cancelled");
    shell.see("> ");

    shell.press("SELECT 'still ' || 'here' AS it;\r");
    shell.see("still here");
    shell.see("> ");
    assert!(shell.answered > 0);
    shell.press(CTRL_D);
    assert!(shell.child.wait().unwrap().success());
}
