//! Which names of outside documents may be used at all.

use crate::diagnostic::is_invisible;

/// The longest name that is taken.
const LONGEST: usize = 200;

/// Whether a name may become a module, a file and a part of a SQL path.
///
/// Letters, digits and a few signs that real names hold; none that could leave a folder or break a line. Names of
/// parameters and columns are not held to this: they only ever become text and identifiers.
///
/// ```
/// # use bindery_codegen::is_harmless;
/// assert!(is_harmless("list_by_service") && is_harmless("projects_well-known_get"));
/// assert!(!is_harmless("../../x") && !is_harmless("..") && !is_harmless("") && !is_harmless("a\nb"));
/// ```
pub fn is_harmless(name: &str) -> bool {
    let signs = ['_', '-', '.', '$', '+'];
    !name.is_empty()
        && name.len() <= LONGEST
        && name.chars().all(|c| c.is_ascii_alphanumeric() || signs.contains(&c))
        && name.chars().any(|c| c.is_ascii_alphanumeric())
}

/// Whether a page may call a parameter so. A dash in a list of parameters says that there are none.
pub(crate) fn is_parameter_name(name: &str) -> bool {
    let is_known = |c: char| c.is_ascii_alphanumeric() || "_+$.-[]#".contains(c);
    !matches!(name, "" | "-") && name.len() <= LONGEST && !name.contains("..") && name.chars().all(is_known)
}

/// Whether a page may call a field so: it is only ever compared with what a provider returns, who may say anything.
pub(crate) fn is_field_name(name: &str) -> bool {
    const LONGEST_FIELD: usize = 1000;
    name.len() <= LONGEST_FIELD && !name.chars().any(is_invisible)
}
