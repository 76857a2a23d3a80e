//! The line editor: history, several lines, completion.

use std::borrow::Cow;
use std::path::PathBuf;

use bindery_sql::{Engine, Part, highlight, split};
use nu_ansi_term::{Color, Style};
use reedline::{
    ColumnarMenu, Completer, Emacs, FileBackedHistory, Highlighter, KeyCode, KeyModifiers, MenuBuilder, PromptEditMode,
    PromptHistorySearch, Reedline, ReedlineEvent, ReedlineMenu, Span, StyledText, Suggestion, ValidationResult,
    Validator, default_emacs_keybindings,
};

/// How many statements are remembered.
const REMEMBERED: usize = 5000;

/// How many candidates are offered at once.
const OFFERED: usize = 200;

const MENU: &str = "completion";

/// An editor that completes what an engine knows.
pub(crate) fn editor(engine: Engine) -> Reedline {
    let mut keys = default_emacs_keybindings();
    let complete = ReedlineEvent::UntilFound(vec![ReedlineEvent::Menu(MENU.to_owned()), ReedlineEvent::MenuNext]);
    keys.add_binding(KeyModifiers::NONE, KeyCode::Tab, complete);
    let menu = ReedlineMenu::EngineCompleter(Box::new(ColumnarMenu::default().with_name(MENU)));
    let editor = Reedline::create()
        .with_completer(Box::new(Names(engine)))
        .with_highlighter(Box::new(Colours))
        .with_ansi_colors(anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never)
        .with_menu(menu)
        .with_validator(Box::new(Statements))
        .with_edit_mode(Box::new(Emacs::new(keys)));
    // Without a place for it, history ends with the shell.
    match history().and_then(|path| FileBackedHistory::with_file(REMEMBERED, path).ok()) {
        Some(history) => editor.with_history(Box::new(history)),
        None => editor,
    }
}

fn history() -> Option<PathBuf> {
    let folder = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).or_else(|| {
        let home = std::env::var_os("HOME").map(PathBuf::from)?;
        Some(home.join(".local").join("state"))
    })?;
    Some(folder.join("bindery").join("history"))
}

struct Names(Engine);

impl Completer for Names {
    fn complete(&mut self, line: &str, at: usize) -> Vec<Suggestion> {
        let completion = self.0.complete(line, at);
        let span = Span::new(completion.replaced.start, completion.replaced.end);
        let suggest = |value: String| Suggestion { value, span, ..Suggestion::default() };
        completion.candidates.into_iter().take(OFFERED).map(suggest).collect()
    }
}

/// Shows what the parts of a statement are.
struct Colours;

impl Highlighter for Colours {
    fn highlight(&self, line: &str, _: usize) -> StyledText {
        let mut styled = StyledText::new();
        let plain = |from: usize, to: usize, styled: &mut StyledText| {
            if from < to {
                styled.push((Style::new(), line.get(from..to).unwrap_or_default().to_owned()));
            }
        };
        let mut shown = 0;
        let parts = if line.starts_with(['\\', '.']) { Vec::new() } else { highlight(line) };
        for (place, part) in parts {
            let style = match part {
                Part::Keyword => Style::new().bold().fg(Color::Blue),
                Part::Text => Style::new().fg(Color::Green),
                Part::Number => Style::new().fg(Color::Cyan),
                Part::Placeholder => Style::new().fg(Color::Magenta),
                Part::Hint => Style::new().fg(Color::Yellow),
                Part::Comment => Style::new().dimmed(),
                _ => Style::new(),
            };
            plain(shown, place.start, &mut styled);
            styled.push((style, line.get(place.clone()).unwrap_or_default().to_owned()));
            shown = place.end;
        }
        plain(shown, line.len(), &mut styled);
        styled
    }
}

/// A statement goes on until its `;`, a command until the end of its line.
struct Statements;

impl Validator for Statements {
    fn validate(&self, text: &str) -> ValidationResult {
        let text = text.trim();
        let is_complete =
            text.is_empty() || text.starts_with(['\\', '.']) || (text.ends_with(';') && split(text).is_ok());
        if is_complete { ValidationResult::Complete } else { ValidationResult::Incomplete }
    }
}

pub(crate) struct Prompt;

impl reedline::Prompt for Prompt {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        "bindery".into()
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        "".into()
    }

    fn render_prompt_indicator(&self, _: PromptEditMode) -> Cow<'_, str> {
        "> ".into()
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        "      -> ".into()
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        format!("(search: {}) ", search.term).into()
    }
}
