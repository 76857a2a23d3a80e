//! The words of SQL that are no names, or stand around expressions, as SQLite has them.

use crate::lexer::Token;

/// The words that cannot be names without quotes.
const KEYWORDS: &[&str] = &[
    "add",
    "all",
    "alter",
    "and",
    "as",
    "autoincrement",
    "between",
    "case",
    "check",
    "collate",
    "commit",
    "constraint",
    "create",
    "default",
    "deferrable",
    "delete",
    "distinct",
    "drop",
    "else",
    "escape",
    "except",
    "exists",
    "foreign",
    "from",
    "group",
    "having",
    "in",
    "index",
    "insert",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "limit",
    "not",
    "nothing",
    "notnull",
    "null",
    "on",
    "or",
    "order",
    "primary",
    "references",
    "returning",
    "select",
    "set",
    "table",
    "then",
    "to",
    "transaction",
    "union",
    "unique",
    "update",
    "using",
    "values",
    "when",
    "where",
];

/// The words after which an expression begins.
const BEFORE_EXPRESSIONS: &[&str] = &[
    "select",
    "distinct",
    "where",
    "and",
    "or",
    "not",
    "on",
    "by",
    "set",
    "when",
    "then",
    "else",
    "having",
    "case",
    "between",
    "like",
    "in",
    "returning",
];

/// The words that can follow an expression.
const AFTER_EXPRESSIONS: &[&str] = &[
    "from",
    "as",
    "is",
    "in",
    "like",
    "glob",
    "and",
    "or",
    "not",
    "order",
    "group",
    "desc",
    "asc",
    "between",
    "then",
    "when",
    "else",
    "end",
    "limit",
    "collate",
    "where",
    "having",
    "union",
    "except",
    "intersect",
    "nulls",
    "isnull",
    "notnull",
    "over",
    "join",
    "left",
    "inner",
];

/// Whether a word is a keyword, in any case.
pub(crate) fn is_keyword(word: &str) -> bool {
    KEYWORDS.binary_search(&word.to_ascii_lowercase().as_str()).is_ok()
}

/// Whether an expression begins behind this word.
pub(crate) fn precedes_expression(token: &Token<'_>) -> bool {
    BEFORE_EXPRESSIONS.iter().any(|word| token.is(word))
}

/// Whether this word can follow an expression.
pub(crate) fn follows_expression(token: &Token<'_>) -> bool {
    AFTER_EXPRESSIONS.iter().any(|word| token.is(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keywords_are_those_of_sqlite() {
        assert!(KEYWORDS.is_sorted());
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        for word in KEYWORDS.iter().chain(BEFORE_EXPRESSIONS).chain(AFTER_EXPRESSIONS) {
            let refused = connection.prepare(&format!("CREATE TABLE t(a, {word})")).is_err();
            assert_eq!(refused, is_keyword(word), "{word}");
        }
    }
}
