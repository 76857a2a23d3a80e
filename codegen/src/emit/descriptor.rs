//! The model → what generated code holds of it, places in the source excepted.

use std::borrow::Cow;

use bindery_ir::{Auth, AuthScheme, EmbeddedResource, Resource};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// The descriptor of a resource and its methods: JSON in a raw literal, a line for each method.
pub(crate) fn resource(resource: &Resource) -> TokenStream {
    let json = EmbeddedResource::write(resource).unwrap_or_default();
    raw_literal(&visible(&json))
}

/// The same JSON with everything that is not seen, or that turns the reading direction, escaped. rustc refuses such
/// letters in a literal, because they can make code look like other code.
fn visible(json: &str) -> Cow<'_, str> {
    let is_seen = |letter: char| letter.is_ascii() || letter.escape_debug().len() == 1;
    if json.chars().all(is_seen) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 32);
    for letter in json.chars() {
        if is_seen(letter) {
            escaped.push(letter);
        } else {
            // Letters beyond ASCII stand in strings only.
            for unit in letter.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    Cow::Owned(escaped)
}

/// A text as a raw literal with as many `#` as it needs, so that it reads as it is; as an escaped one where no raw one
/// can hold it.
fn raw_literal(text: &str) -> TokenStream {
    let longest = text.split('"').skip(1).map(|rest| rest.len() - rest.trim_start_matches('#').len()).max();
    let hashes = "#".repeat(longest.unwrap_or_default() + 1);
    let literal: Literal = match format!("r{hashes}\"{text}\"{hashes}").parse() {
        Ok(literal) if hashes.len() < 200 => literal,
        _ => Literal::string(text),
    };
    quote!(#literal)
}

/// How a provider authenticates its callers.
pub(crate) fn auth(auth: &Auth) -> TokenStream {
    let scheme = match &auth.scheme {
        AuthScheme::None => quote!(None),
        AuthScheme::Header { name, prefix } => {
            let (name, prefix) = (text(name), text(prefix));
            quote!(Header { name: #name, prefix: #prefix })
        }
        AuthScheme::Query { name, prefix } => {
            let (name, prefix) = (text(name), text(prefix));
            quote!(Query { name: #name, prefix: #prefix })
        }
        AuthScheme::Other(kind) => {
            let kind = text(kind);
            quote!(Other(#kind))
        }
    };
    let variable = match auth.variable.as_deref().map(text) {
        Some(variable) => quote!(::std::option::Option::Some(#variable)),
        None => quote!(::std::option::Option::None),
    };
    quote!(ir::Auth { scheme: ir::AuthScheme::#scheme, variable: #variable })
}

fn text(text: &str) -> TokenStream {
    quote!(ir::text(#text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_escaped_and_read_back() -> Result<(), Box<dyn std::error::Error>> {
        let text = "caf\u{e9} \u{202e}abc\u{2066} \u{e0001} \u{1f600}";
        let json = serde_json::to_string(text)?;
        let escaped = visible(&json);
        assert_eq!(escaped, "\"caf\u{e9} \\u202eabc\\u2066 \\udb40\\udc01 \u{1f600}\"");
        assert_eq!(serde_json::from_str::<String>(&escaped)?, text);
        Ok(())
    }

    #[test]
    fn a_raw_literal_holds_any_text() -> Result<(), Box<dyn std::error::Error>> {
        for text in
            ["", "plain", r#"a "quoted" word"#, r###"ends with "## or "#"###, "\"\"", "back\\slash", "\r\n", "\u{0}"]
        {
            let literal: syn::LitStr = syn::parse2(raw_literal(text))?;
            assert_eq!(literal.value(), text);
        }
        Ok(())
    }
}
