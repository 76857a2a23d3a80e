//! Functions that SQLite does not have: those of Postgres and StackQL that documentation uses, and random numbers that
//! are the same in every run of a statement.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering as Order};

use regex_lite::{Regex, RegexBuilder};
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value as Sqlite, ValueRef};
use serde_json::Value as Json;

use crate::state::State;

const PURE: FunctionFlags = FunctionFlags::SQLITE_UTF8.union(FunctionFlags::SQLITE_DETERMINISTIC);

/// Makes them known to a connection.
pub(crate) fn register(connection: &Connection, state: &Arc<State>) -> rusqlite::Result<()> {
    connection.create_scalar_function("split_part", 3, PURE, |context| Ok(split_part(context)))?;
    for name in ["json_extract_path_text", "json_extract_path", "jsonb_extract_path_text", "jsonb_extract_path"] {
        connection.create_scalar_function(name, -1, PURE, |context| Ok(extract_path(context)))?;
    }
    connection.create_scalar_function("json_equal", 2, PURE, |context| Ok(equal(context, Json::eq)))?;
    connection.create_scalar_function("aws_policy_equal", 2, PURE, |context| {
        Ok(equal(context, |one, other| normal_policy(one) == normal_policy(other)))
    })?;
    connection.create_scalar_function("json_build_object", -1, PURE, |context| Ok(build_object(context)))?;
    connection.create_scalar_function("jsonb_build_object", -1, PURE, |context| Ok(build_object(context)))?;
    for (name, arguments) in [("regexp_replace", 3), ("regexp_replace", 4)] {
        connection.create_scalar_function(name, arguments, PURE, |context| regexp_replace(context))?;
    }
    connection.create_scalar_function("regexp", 2, PURE, |context| regexp(context))?;
    connection.create_scalar_function("left", 2, PURE, |context| Ok(end_of_text(context, true)))?;
    connection.create_scalar_function("right", 2, PURE, |context| Ok(end_of_text(context, false)))?;
    // Every run of a statement must see the same numbers.
    let random = Arc::clone(state);
    connection.create_scalar_function("random", 0, FunctionFlags::SQLITE_UTF8, move |_| {
        Ok(random.next_random().cast_signed())
    })?;
    let random = Arc::clone(state);
    connection.create_scalar_function("randomblob", 1, FunctionFlags::SQLITE_UTF8, move |context| {
        let length = context.get::<i64>(0).unwrap_or(1).clamp(1, 1_000_000);
        Ok((0..length).map(|_| random.next_random().to_le_bytes()[0]).collect::<Vec<u8>>())
    })
}

/// Random numbers that begin anew with every run.
#[derive(Debug)]
pub(crate) struct Random {
    seed: u64,
    count: AtomicU64,
}

impl Default for Random {
    fn default() -> Self {
        use std::hash::{BuildHasher, RandomState};
        Self { seed: RandomState::new().hash_one(0), count: AtomicU64::new(0) }
    }
}

impl Random {
    pub(crate) fn restart(&self) {
        self.count.store(0, Order::Relaxed);
    }

    /// The next number (`SplitMix64`).
    pub(crate) fn next(&self) -> u64 {
        let count = self.count.fetch_add(1, Order::Relaxed) + 1;
        let mut z = self.seed.wrapping_add(count.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

fn text(context: &Context<'_>, at: usize) -> Option<String> {
    match context.get_raw(at) {
        ValueRef::Null | ValueRef::Blob(_) => None,
        ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(format!("{number:?}")),
    }
}

/// The n-th part of a text; a negative number counts from the end.
fn split_part(context: &Context<'_>) -> Option<String> {
    let (whole, separator) = (text(context, 0)?, text(context, 1)?);
    let number = context.get::<i64>(2).ok()?;
    let parts: Vec<&str> = if separator.is_empty() { vec![&whole] } else { whole.split(&*separator).collect() };
    let at = match number.cmp(&0) {
        Ordering::Greater => usize::try_from(number).ok()?.checked_sub(1)?,
        Ordering::Less => parts.len().checked_sub(usize::try_from(number.unsigned_abs()).ok()?).unwrap_or(usize::MAX),
        Ordering::Equal => return Some(String::new()),
    };
    Some(parts.get(at).copied().unwrap_or_default().to_owned())
}

/// The expression of an argument, made once for all rows.
fn expression(context: &Context<'_>, at: i32, flags: &str) -> rusqlite::Result<Arc<Regex>> {
    let pattern = text(context, usize::try_from(at).unwrap_or_default()).unwrap_or_default();
    context.get_or_create_aux(at, |_| {
        RegexBuilder::new(&pattern).case_insensitive(flags.contains('i')).build().map_err(|error| {
            rusqlite::Error::UserFunctionError(format!("`{pattern}` is no regular expression: {error}").into())
        })
    })
}

/// A text with what an expression finds replaced: everything, or the first only where flags lack `g`. The replacement
/// names groups as `\\1` or `$1`; the flag `i` ignores case.
fn regexp_replace(context: &Context<'_>) -> rusqlite::Result<Option<String>> {
    let (Some(whole), Some(_), Some(with)) = (text(context, 0), text(context, 1), text(context, 2)) else {
        return Ok(None);
    };
    let flags = if context.len() > 3 { text(context, 3) } else { Some("g".to_owned()) };
    let Some(flags) = flags else { return Ok(None) };
    let expression = expression(context, 1, &flags)?;
    let count = usize::from(!flags.contains('g'));
    Ok(Some(expression.replacen(&whole, count, groups_by_number(&with)).into_owned()))
}

/// `\\1` as the crate has it: `${1}`.
fn groups_by_number(replacement: &str) -> String {
    let mut written = String::with_capacity(replacement.len());
    let mut characters = replacement.chars().peekable();
    while let Some(c) = characters.next() {
        match characters.peek().filter(|_| c == '\\') {
            Some(digit) if digit.is_ascii_digit() => {
                written.push_str(&format!("${{{digit}}}"));
                characters.next();
            }
            _ => written.push(c),
        }
    }
    written
}

/// What `text REGEXP pattern` calls.
fn regexp(context: &Context<'_>) -> rusqlite::Result<Option<bool>> {
    let (Some(_), Some(whole)) = (text(context, 0), text(context, 1)) else { return Ok(None) };
    Ok(Some(expression(context, 0, "")?.is_match(&whole)))
}

/// What keys and positions lead to in a JSON text: `json_extract_path_text(doc, 'a', '0')`.
fn extract_path(context: &Context<'_>) -> Option<String> {
    let document: Json = serde_json::from_str(&text(context, 0)?).ok()?;
    let mut value = &document;
    for at in 1..context.len() {
        let key = text(context, at)?;
        value = match value {
            Json::Object(object) => object.get(&key)?,
            Json::Array(items) => items.get(key.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    match value {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn equal(context: &Context<'_>, is_equal: impl Fn(&Json, &Json) -> bool) -> Option<bool> {
    let one = serde_json::from_str(&text(context, 0)?).ok()?;
    let other = serde_json::from_str(&text(context, 1)?).ok()?;
    Some(is_equal(&one, &other))
}

/// A policy in which it no longer matters whether one thing stands alone or in a list, and in which order lists are.
fn normal_policy(policy: &Json) -> Json {
    match policy {
        Json::Object(object) => {
            let sorted: BTreeMap<&String, Json> =
                object.iter().map(|(key, value)| (key, normal_policy(value))).collect();
            Json::Object(sorted.into_iter().map(|(key, value)| (key.clone(), value)).collect())
        }
        Json::Array(items) => {
            let mut items: Vec<Json> = items.iter().map(normal_policy).collect();
            items.sort_by_key(ToString::to_string);
            items.dedup();
            match items.as_slice() {
                [only] => only.clone(),
                _ => Json::Array(items),
            }
        }
        other => other.clone(),
    }
}

fn build_object(context: &Context<'_>) -> Option<String> {
    let mut object = serde_json::Map::new();
    for at in (0..context.len()).step_by(2) {
        let value = if at + 1 < context.len() { context.get::<Sqlite>(at + 1).ok()? } else { Sqlite::Null };
        let value = match value {
            Sqlite::Null | Sqlite::Blob(_) => Json::Null,
            Sqlite::Integer(number) => number.into(),
            Sqlite::Real(number) => number.into(),
            Sqlite::Text(text) if context.get_subtype(at + 1) == u32::from(b'J') => serde_json::from_str(&text).ok()?,
            Sqlite::Text(text) => text.into(),
        };
        object.insert(text(context, at)?, value);
    }
    Some(Json::Object(object).to_string())
}

/// The first or last characters of a text; a negative number leaves so many out at the other end.
fn end_of_text(context: &Context<'_>, first: bool) -> Option<String> {
    let whole: Vec<char> = text(context, 0)?.chars().collect();
    let number = context.get::<i64>(1).ok()?;
    let size = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
    let length = if number >= 0 { size.min(whole.len()) } else { whole.len().saturating_sub(size) };
    let skipped = if first { 0 } else { whole.len() - length };
    Some(whole.into_iter().skip(skipped).take(length).collect())
}
