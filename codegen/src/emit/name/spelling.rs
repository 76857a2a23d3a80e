//! How a name is spelled as an identifier, whoever else wants it: its words, joined; or its signs and capitals in words.
//!
//! A name of a document goes in, an identifier comes out. Which of several names has an identifier is decided a level up.

/// How the words of an identifier are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    /// `backend_id`: fields, setters, arguments, modules.
    Snake,
    /// `BackendId`: types and variants.
    Pascal,
}

/// Joins the words of a name.
pub(super) fn join(name: &str, case: Case) -> String {
    let words = words(name);
    if words.is_empty() || is_signed_number(name) { join_spelled(name, case) } else { join_words(name, &words, case) }
}

/// Whether it is a number whose sign is all that tells it from another: `+1`, `-1`.
fn is_signed_number(name: &str) -> bool {
    let digits = name.strip_prefix(['+', '-']).unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Joins the words of a name whose signs and capitals are spelled out.
pub(super) fn join_spelled(name: &str, case: Case) -> String {
    let bare = name.trim_start_matches('_');
    let mut words = words(&spell_out(bare));
    // Types start with a capital anyway, so it is the small letter that tells twins apart.
    if case == Case::Pascal && bare.starts_with(|c: char| c.is_ascii_lowercase()) {
        words.insert(0, "lower".to_owned());
    }
    if words.is_empty() { join_words(name, &["empty".to_owned()], case) } else { join_words(name, &words, case) }
}

/// Joins words after the leading underscores of the name they come from.
fn join_words(name: &str, words: &[String], case: Case) -> String {
    let mut joined = match case {
        Case::Snake => words.join("_"),
        Case::Pascal => words.iter().map(|word| capitalise(word)).collect(),
    };
    if joined.starts_with(|c: char| c.is_ascii_digit()) {
        joined.insert_str(0, if case == Case::Snake { "n" } else { "N" });
    }
    let underscores = name.len() - name.trim_start_matches('_').len();
    let mut identifier = "_".repeat(underscores) + &joined;
    // Rust has no raw form of these.
    if matches!(identifier.as_str(), "self" | "super" | "crate" | "Self") {
        identifier.push('_');
    }
    identifier
}

/// The words of a name in small letters. `XMLHttpRequest2` → `xml`, `http`, `request2`.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    for (index, &letter) in letters.iter().enumerate() {
        if letter.is_ascii_alphanumeric() {
            let next_is_small = letters.get(index + 1).is_some_and(char::is_ascii_lowercase);
            let starts_word = letter.is_ascii_uppercase()
                && (before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_ascii_uppercase() && next_is_small));
            if starts_word {
                words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            }
            word.push(letter.to_ascii_lowercase());
        } else {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        }
        before = letter;
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

fn capitalise(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

/// A name with every sign and capital written as a word, so that names that differ only in those differ.
fn spell_out(name: &str) -> String {
    let mut spelled = String::new();
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let word = match letter {
            'a'..='z' | '0'..='9' => {
                spelled.push(letter);
                continue;
            }
            'A'..='Z' => {
                let is_run = letters.peek().is_some_and(char::is_ascii_uppercase);
                spelled.push_str(if is_run { "_capitals_" } else { "_upper_" });
                spelled.push(letter.to_ascii_lowercase());
                while let Some(capital) = letters.next_if(|letter| is_run && letter.is_ascii_uppercase()) {
                    spelled.push(capital.to_ascii_lowercase());
                }
                continue;
            }
            '_' => "",
            '$' => "dollar",
            '+' => "plus",
            '-' => "minus",
            '.' => "dot",
            '#' => "hash",
            '@' => "at",
            ' ' => "space",
            '/' => "slash",
            ':' => "colon",
            '*' => "star",
            '[' => "open",
            ']' => "close",
            other => {
                spelled.push_str(&format!("_u{:x}_", u32::from(other)));
                continue;
            }
        };
        spelled.push('_');
        spelled.push_str(word);
        spelled.push('_');
    }
    spelled
}
