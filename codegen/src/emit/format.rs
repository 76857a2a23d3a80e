//! Tokens → the text of a file, the same on every machine: no toolchain is asked, and no option is read.

use proc_macro2::TokenStream;

use super::{EmitError, GeneratedFile};

/// Formats the tokens of a file and puts the header above them.
pub(crate) fn rust_file(path: String, header: &str, tokens: TokenStream) -> Result<GeneratedFile, EmitError> {
    let file = syn::parse2(tokens).map_err(|error| EmitError { path: path.clone(), error })?;
    let text = format!("// {header}\n\n{}", separate_items(&prettyplease::unparse(&file)));
    Ok(GeneratedFile { path, text })
}

/// Puts an empty line between items, which prettyplease leaves out.
///
/// This works line by line: every literal of generated code stands on one line, and its functions hold no blocks that
/// are followed by something else.
fn separate_items(code: &str) -> String {
    let mut separated = String::with_capacity(code.len() + code.len() / 32);
    let mut before: Option<&str> = None;
    // An attribute of the file may span lines; what follows its last line is apart from it.
    let mut in_attribute = false;
    for line in code.lines() {
        let attribute_ended = in_attribute && before == Some(")]");
        in_attribute = (in_attribute && !attribute_ended) || line.starts_with("#![");
        if attribute_ended && !in_attribute || before.is_some_and(|before| are_apart(before, line)) {
            separated.push('\n');
        }
        separated.push_str(line);
        separated.push('\n');
        before = Some(line);
    }
    separated
}

/// Whether an empty line belongs between two lines.
fn are_apart(before: &str, line: &str) -> bool {
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let (start_before, start) = (before.trim_start(), line.trim_start());
    if start_before.starts_with("//!") {
        return !start.starts_with("//!");
    }
    if before.starts_with("#![") {
        return before.ends_with(']') && !line.starts_with("#![");
    }
    let is_comment = start_before.starts_with("//");
    if is_comment || indentation(before) != indentation(line) || start.starts_with('}') {
        return false;
    }
    let ends_item = start_before == "}" || start_before.ends_with("};");
    let begins_item = ["///", "#[", "pub fn", "pub use"].iter().any(|word| start.starts_with(word));
    let goes_on = start_before.starts_with("pub use") && start.starts_with("pub use");
    ends_item || (start_before.ends_with(';') && begins_item && !goes_on)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_separated_and_fields_are_not() {
        let code = "//! Doc.\nuse a;\nuse b;\n/// S.\nstruct S {\n    /// a\n    a: u8,\n    /// b\n    b: u8,\n}\nimpl S {\n    const A: u8 = 1;\n    /// f\n    fn f() {}\n}\n";
        let expected = "//! Doc.\n\nuse a;\nuse b;\n\n/// S.\nstruct S {\n    /// a\n    a: u8,\n    /// b\n    b: u8,\n}\n\nimpl S {\n    const A: u8 = 1;\n\n    /// f\n    fn f() {}\n}\n";
        assert_eq!(separate_items(code), expected);
    }
}
