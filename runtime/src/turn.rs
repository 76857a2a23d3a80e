//! How a listing goes on: what an answer says of the page after it, and the request for that.
//!
//! A page that was asked for before is an error, not a circle.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use bindery_ir::{JsonPath, NextPage, PagePointer, PageToken, TokenSlot};
use regex_lite::Regex;

use crate::Error;
use crate::decode::Document;
use crate::json;
use crate::link_header;
use crate::near::{first_group, nearest, nearest_last, text_at};
use crate::page_rows::Outline;
use crate::redact::shown;
use crate::reply::Reply;
use crate::request::Request;

/// The pages that were asked for, by what told them apart. Only fingerprints are kept: there may be many.
pub(crate) struct Seen {
    hasher: RandomState,
    fingerprints: HashSet<u64>,
}

impl Seen {
    /// Only this page was asked for.
    pub(crate) fn only(page: &str) -> Self {
        let mut seen = Self { hasher: RandomState::new(), fingerprints: HashSet::new() };
        seen.insert(page);
        seen
    }

    /// Notes a page; `false` when it was asked for before.
    fn insert(&mut self, page: &str) -> bool {
        self.fingerprints.insert(self.hasher.hash_one(page))
    }
}

/// What an answer may say of the page after it.
pub(crate) struct Said<'a> {
    pub(crate) document: &'a Document,
    pub(crate) outline: Option<Outline>,
    pub(crate) reply: &'a Reply,
}

/// How a listing goes on.
pub(crate) enum Turn {
    /// It does not.
    End,
    /// At this URL.
    Url(String),
    /// With these in the same request; `None` where a token has to go.
    Tokens(Vec<(TokenSlot, Option<String>)>),
    /// With this in the same GraphQL query.
    Cursor(String),
}

fn number(text: Option<String>) -> Option<u64> {
    text?.parse().ok()
}

/// What an answer says of the page after it.
pub(crate) fn turn(answer: &Said<'_>, next: &NextPage, request: &Request, rows: u64) -> Result<Turn, json::Error> {
    let said = |pointer: &PagePointer| answer.at(pointer);
    let token = |to: &TokenSlot, value: Option<String>| match value {
        Some(value) => Turn::Tokens(vec![(to.clone(), Some(value))]),
        None => Turn::End,
    };
    Ok(match next {
        NextPage::Nowhere => Turn::End,
        NextPage::Url(pointer) => said(pointer)?.map_or(Turn::End, Turn::Url),
        NextPage::Token { from, to } => {
            let found = said(from)?;
            if found.is_none() {
                answer.check_end(&[from])?;
            }
            token(to, found)
        }
        NextPage::Tokens(tokens) => {
            let one = |PageToken { from, to }: &PageToken| Ok((to.clone(), said(from)?));
            let from: Vec<_> = tokens.iter().map(|token| &token.from).collect();
            let tokens: Vec<_> = tokens.iter().map(one).collect::<Result<_, json::Error>>()?;
            if tokens.iter().all(|(_, token)| token.is_none()) {
                answer.check_end(&from)?;
            }
            if tokens.iter().any(|(_, token)| token.is_some()) { Turn::Tokens(tokens) } else { Turn::End }
        }
        NextPage::Number { current, last, to } => {
            let current = number(said(current)?).or_else(|| number(request.value_at(to))).unwrap_or(1);
            let is_more = number(said(last)?).is_some_and(|last| current < last);
            token(to, is_more.then(|| current.saturating_add(1).to_string()))
        }
        NextPage::Counted { current, size, total, to } => {
            let current = number(said(current)?).or_else(|| number(request.value_at(to))).unwrap_or(1);
            let (size, total) = (number(said(size)?), number(said(total)?));
            let so_far = size.map(|size| current.saturating_mul(size));
            // A page without rows is the last, whatever was counted.
            let is_more = rows > 0 && so_far.zip(total).is_some_and(|(so_far, total)| so_far < total);
            token(to, is_more.then(|| current.saturating_add(1).to_string()))
        }
        NextPage::Offset { more, to } => {
            let has_more = answer.text(more)?.is_some_and(|more| more == "true");
            let offset: u64 = request.value_at(to).and_then(|text| text.parse().ok()).unwrap_or(0);
            token(to, has_more.then(|| offset.saturating_add(rows).to_string()))
        }
    })
}

impl Said<'_> {
    /// What a pointer leads to, if the answer has something there.
    fn at(&self, pointer: &PagePointer) -> Result<Option<String>, json::Error> {
        let headers = &self.reply.headers;
        let said = match pointer {
            PagePointer::Body(path) => self.text(path)?,
            PagePointer::Nearest { names, more, last } => {
                let more = self.is_more(more.as_deref())?;
                if more == Some(false) {
                    return Ok(None);
                }
                let body = self.whole();
                let found = names.iter().map(|name| nearest(body, name)).collect::<Result<Vec<_>, _>>()?;
                match (found.into_iter().flatten().find(|text| !text.trim().is_empty()), last) {
                    (None, Some(last)) if more.is_some() => nearest_last(body, last)?,
                    (found, _) => found,
                }
            }
            PagePointer::Header(name) if name.eq_ignore_ascii_case("link") => {
                let links = headers.get_all("link").iter();
                links.filter_map(|value| value.to_str().ok()).find_map(link_header::next).map(str::to_owned)
            }
            PagePointer::Header(name) => headers.get(&**name).and_then(|value| value.to_str().ok()).map(str::to_owned),
            PagePointer::HeaderMatch { header, pattern } => {
                let broken = |error| json::Error::Unfit {
                    reason: format!("the document finds the next page by `{pattern}`, which is no pattern ({error})"),
                };
                let pattern = Regex::new(pattern).map_err(broken)?;
                let mut values = headers.get_all(&**header).iter().filter_map(|value| value.to_str().ok());
                values.find_map(|value| first_group(&pattern, value))
            }
        };
        Ok(said.filter(|text| !text.trim().is_empty()))
    }

    /// The body as it was before it was reshaped.
    fn whole(&self) -> &[u8] {
        self.document.source.as_ref().unwrap_or(&self.document.json)
    }

    /// What the truth of that name says of whether there is more.
    fn is_more(&self, name: Option<&str>) -> Result<Option<bool>, json::Error> {
        let Some(name) = name else { return Ok(None) };
        Ok(nearest(self.whole(), name)?.and_then(|text| text.trim().parse().ok()))
    }

    /// Sees to it that a page without a token is the last one.
    fn check_end(&self, pointers: &[&PagePointer]) -> Result<(), json::Error> {
        for pointer in pointers {
            let PagePointer::Nearest { names, more: Some(more), .. } = pointer else { continue };
            if self.is_more(Some(more))? == Some(true) {
                let names = names.join("` or `");
                let reason =
                    format!("`{more}` says that there is another page, but there is no `{names}` that leads to it");
                return Err(json::Error::Unfit { reason });
            }
        }
        Ok(())
    }

    /// What a path leads to in the document, or in what that was made from.
    fn text(&self, path: &JsonPath) -> Result<Option<String>, json::Error> {
        let body = &self.document.json;
        let text = match (&self.outline, path.keys().split_first()) {
            (Some(outline), Some((first, rest))) => {
                match outline.get(&**first).and_then(|range| body.get(range.clone())) {
                    Some(value) => text_at(value, rest)?,
                    None => None,
                }
            }
            _ => text_at(body, path.keys())?,
        };
        match (text, &self.document.source) {
            (None, Some(source)) => text_at(source, path.keys()),
            (text, _) => Ok(text),
        }
    }
}

/// Makes the request the one for the next page; `false` when there is none.
pub(crate) fn follow(request: &mut Request, turn: Turn, seen: &mut Seen, pages: u64) -> Result<bool, Error> {
    let repeated =
        |request: &Request, page: String| Error::RepeatedPage { method: request.called.path.clone(), page, pages };
    match turn {
        Turn::End => return Ok(false),
        Turn::Url(reference) => {
            request.read_from(&reference)?;
            if !seen.insert(request.url.as_str()) {
                return Err(repeated(request, shown(&request.url)));
            }
        }
        Turn::Tokens(tokens) => {
            let fingerprint: Vec<_> = tokens.iter().map(|(_, token)| token.as_deref().unwrap_or_default()).collect();
            if !seen.insert(&fingerprint.join("\n")) {
                return Err(repeated(request, "the same token".to_owned()));
            }
            for (to, token) in &tokens {
                request.set(to, token.as_deref())?;
            }
        }
        Turn::Cursor(cursor) => {
            if !seen.insert(&cursor) {
                return Err(repeated(request, "the same cursor".to_owned()));
            }
            request.set_cursor(&cursor)?;
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use bindery_ir::{HttpBinding, HttpMethod, Method, SqlName};
    use url::Url;

    use super::*;
    use crate::binding::{Destination, bind};
    use crate::call::Call;

    /// The URL of the page after one that was posted to `https://h:444/a/list?x=1`.
    fn followed(reference: &str) -> Result<String, Error> {
        let mut method = Method::new("demo.shop.thing".parse().unwrap(), SqlName::new("list"));
        method.http = Some(HttpBinding::new(HttpMethod::Post, "/list"));
        let base_url = Some(Url::parse("https://h:444/a").unwrap());
        let mut request = bind(&Call::new(&method), &Destination { base_url, ..Destination::default() }).unwrap();
        request.read_from(reference).map(|()| format!("{} {}", request.method, request.url))
    }

    #[test]
    fn a_reference_leads_to_a_page_at_home() {
        for (reference, expected) in [
            ("?page=2", "GET https://h:444/a/list?page=2"),
            ("/b#part", "GET https://h:444/b"),
            (" https://h:444/b?c=%2F ", "GET https://h:444/b?c=%2F"),
            ("https://eve:pw@h:444/b", "GET https://h:444/b"),
        ] {
            assert_eq!(followed(reference).unwrap(), expected, "{reference}");
        }
        for reference in ["https://h/b", "http://h:444/b", "//evil:444/b", "https://h:444@evil/b", "data:,x"] {
            assert!(matches!(followed(reference), Err(Error::ForeignOrigin { .. })), "{reference}");
        }
    }
}
