//! Whether a page is MDX that a site can render.

/// What MDX would stumble over: an expression or an element that is none of the dialect's, in running text.
///
/// Fenced code, manifests and the attributes of tabs are code; what stands between backticks is shown as it is.
pub(crate) fn check(text: &str) -> Result<(), String> {
    const ELEMENTS: [&str; 17] = [
        "a",
        "b",
        "br",
        "code",
        "CodeBlock",
        "CopyableCode",
        "div",
        "TabItem",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "Tabs",
        "span",
        "details",
    ];
    let mut closing: Option<String> = None;
    for line in text.lines() {
        if let Some(end) = &closing {
            if line == end || (end == "`}</CodeBlock>" && line.ends_with(end.as_str())) {
                closing = None;
            }
            continue;
        }
        if line.starts_with("```") {
            closing = Some(line.chars().take_while(|c| *c == '`').collect());
        } else if line == "<Tabs" {
            closing = Some(">".to_owned());
        } else if line.starts_with("<CodeBlock") {
            closing = (!line.ends_with("`}</CodeBlock>")).then(|| "`}</CodeBlock>".to_owned());
        } else {
            let shown = without_code(line);
            let mut elements = shown.split('<').skip(1).map(|rest| rest.trim_start_matches('/'));
            let is_known = |rest: &str| ELEMENTS.contains(&rest.split([' ', '>', '/']).next().unwrap_or_default());
            if let Some(element) = elements.find(|rest| !is_known(rest)) {
                return Err(format!("an element `{element}` in {line}"));
            }
            if shown.contains(['{', '}']) || line.starts_with("export ") {
                return Err(format!("an expression in {line}"));
            }
        }
    }
    Ok(())
}

/// A line without its code spans; a run of backticks that nothing closes is a fault.
fn without_code(line: &str) -> String {
    let mut shown = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        let run: String = rest[start..].chars().take_while(|c| *c == '`').collect();
        let behind = &rest[start + run.len()..];
        let mut at = 0;
        let end = loop {
            let Some(next) = behind[at..].find('`').map(|next| next + at) else { break None };
            let length = behind[next..].chars().take_while(|c| *c == '`').count();
            if length == run.len() {
                break Some(next + length);
            }
            at = next + length;
        };
        shown.push_str(&rest[..start]);
        rest = &behind[end.expect("a backtick that opens code is followed by one that closes it")..];
    }
    shown + rest
}
