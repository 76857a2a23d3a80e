//! Is a document one of those that are read? What another kind of document is told to become.

use super::document::Cursor;
use crate::{Diagnostic, Severity};

/// Whether a document is OpenAPI 3. Swagger 2.0 is an error that says what to do; a document without any version is
/// read if it looks like one, for the sake of fragments that `provider.yaml` lists.
pub(super) fn is_readable(root: Cursor<'_>, is_listed: bool, diagnostics: &mut Vec<Diagnostic>) -> bool {
    if let Some(version) = root.get("swagger") {
        let message = format!("this is Swagger {}, and OpenAPI 3.0 or 3.1 is read", version.text().unwrap_or("2.0"));
        diagnostics.push(
            version
                .finding(Severity::Error, "openapi/swagger", message)
                .assuming("the document is left out")
                .with_hint("convert it: npx swagger2openapi --patch --yaml --outfile openapi.yaml swagger.yaml"),
        );
        return false;
    }
    match root.get("openapi") {
        Some(version) if version.text().is_some_and(|text| text == "3" || text.starts_with("3.")) => true,
        Some(version) => {
            let message = format!("`{}` is no version of OpenAPI that is known", version.text().unwrap_or_default());
            diagnostics.push(
                version
                    .finding(Severity::Warning, "openapi/version", message)
                    .assuming("read as OpenAPI 3.1")
                    .with_hint("write `openapi: 3.1.0`"),
            );
            true
        }
        None if is_listed || root.get("paths").is_some() => {
            diagnostics.push(
                root.finding(Severity::Note, "openapi/version", "the document does not say `openapi`".to_owned())
                    .assuming("read as OpenAPI 3.1"),
            );
            true
        }
        None => {
            let message = "this is no OpenAPI document: it has neither `openapi` nor `paths`".to_owned();
            diagnostics.push(
                root.finding(Severity::Note, "openapi/not-a-document", message)
                    .assuming("it is read only where others refer to it"),
            );
            false
        }
    }
}
