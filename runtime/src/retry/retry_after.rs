//! Reads how long a provider asks to wait.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderMap;

/// How long the headers ask to wait: `Retry-After` in seconds or as a date, its variants in milliseconds, or the
/// time at which a used-up rate limit starts anew.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let milliseconds = ["retry-after-ms", "x-ms-retry-after-ms"].into_iter().find_map(text);
    if let Some(milliseconds) = milliseconds.and_then(|text| text.parse().ok()) {
        return Some(Duration::from_millis(milliseconds));
    }
    if let Some(said) = text("retry-after") {
        return seconds(said).or_else(|| {
            let date = httpdate::parse_http_date(said).ok()?;
            Some(date.duration_since(now).unwrap_or_default())
        });
    }
    let is_used_up = text("x-ratelimit-remaining").is_some_and(|remaining| remaining == "0");
    let reset = || text("x-ratelimit-reset")?.parse().ok().map(Duration::from_secs);
    let starts_anew = UNIX_EPOCH.checked_add(is_used_up.then(reset)??)?;
    Some(starts_anew.duration_since(now).unwrap_or_default())
}

/// Whole seconds, or a fraction as some write.
fn seconds(text: &str) -> Option<Duration> {
    text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let now = httpdate::parse_http_date("Wed, 21 Oct 2026 07:28:00 GMT").unwrap();
        let wait = |pairs: &[(&'static str, &str)]| {
            let headers = pairs.iter().map(|(name, value)| {
                (http::HeaderName::from_static(name), http::HeaderValue::from_str(value).unwrap())
            });
            retry_after(&headers.collect(), now).map(|wait| wait.as_millis())
        };
        assert_eq!(wait(&[("retry-after", "120")]), Some(120_000));
        assert_eq!(wait(&[("retry-after", " 1.5 ")]), Some(1_500));
        assert_eq!(wait(&[("retry-after", "Wed, 21 Oct 2026 07:28:30 GMT")]), Some(30_000));
        assert_eq!(wait(&[("retry-after", "Wed, 21 Oct 2026 07:27:00 GMT")]), Some(0));
        assert_eq!(wait(&[("retry-after", "120"), ("x-ms-retry-after-ms", "250")]), Some(250));
        let reset = (now.duration_since(UNIX_EPOCH).unwrap().as_secs() + 9).to_string();
        assert_eq!(wait(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &reset)]), Some(9_000));
        assert_eq!(wait(&[("x-ratelimit-remaining", "1"), ("x-ratelimit-reset", &reset)]), None);
        for text in ["soon", "-1", "NaN", "1e99", ""] {
            assert_eq!(wait(&[("retry-after", text)]), None, "{text}");
        }
        assert_eq!(wait(&[]), None);
    }
}
