//! What the parts of a statement are, for whoever shows them in colours.

use std::ops::Range;

use crate::completion::WORDS;
use crate::keywords::is_keyword;
use crate::lexer::{Kind, unfinished};

/// What a part of a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// A word of SQL.
    Keyword,
    /// A name in quotes.
    QuotedName,
    /// A text.
    Text,
    /// A number, or bytes.
    Number,
    /// A placeholder.
    Placeholder,
    /// A hint: `/*+ … */`.
    Hint,
    /// A comment.
    Comment,
}

/// The parts of a text that is a statement or will be one. What lies between, names and symbols, is left out.
///
/// ```
/// use bindery_sql::{Part, highlight};
/// let parts = highlight("SELECT 'a' FROM \"unfin");
/// assert_eq!(parts, [(0..6, Part::Keyword), (7..10, Part::Text), (11..15, Part::Keyword), (16..22, Part::QuotedName)]);
/// ```
pub fn highlight(text: &str) -> Vec<(Range<usize>, Part)> {
    let part = |kind: Option<Kind>, place: &Range<usize>| {
        Some(match kind {
            None => Part::Comment,
            Some(Kind::Word) => {
                let word = text.get(place.clone()).unwrap_or_default();
                let follows_dot = text.get(..place.start).is_some_and(|before| before.ends_with('.'));
                let is_word = is_keyword(word) || WORDS.iter().any(|known| known.eq_ignore_ascii_case(word));
                return (is_word && !follows_dot).then_some(Part::Keyword);
            }
            Some(Kind::Quoted) => Part::QuotedName,
            Some(Kind::Text) => Part::Text,
            Some(Kind::Number | Kind::Blob) => Part::Number,
            Some(Kind::Positional | Kind::Named) => Part::Placeholder,
            Some(Kind::Hint) => Part::Hint,
            Some(Kind::Symbol) => return None,
        })
    };
    unfinished(text).into_iter().filter_map(|(kind, place)| Some((place.clone(), part(kind, &place)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let found = |text: &'static str| -> Vec<(&str, Part)> {
            highlight(text).into_iter().map(|(place, part)| (&text[place], part)).collect()
        };
        assert_eq!(
            found("select t.limit, 1.5 -- why\nFROM t /*+ AWAIT */ where a = :b /* not"),
            [
                ("select", Part::Keyword),
                ("1.5", Part::Number),
                ("-- why", Part::Comment),
                ("FROM", Part::Keyword),
                ("/*+ AWAIT */", Part::Hint),
                ("where", Part::Keyword),
                (":b", Part::Placeholder),
                ("/* not", Part::Comment),
            ]
        );
        for unfinished in ["'", "\"", "/*", "`a", "x'0", "é'"] {
            let parts = highlight(unfinished);
            assert!(parts.iter().all(|(place, _)| unfinished.get(place.clone()).is_some()));
        }
    }
}
