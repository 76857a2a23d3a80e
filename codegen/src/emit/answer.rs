//! A method that answers with one thing or another, as the status says → an enum of the answers.

use super::code::Code;
use super::doc;
use super::name;
use super::plan::RequestPlan;
use super::rust_type::{Scope, rust_type};

/// Emits the answer of a request, if it depends on the status.
pub(crate) fn emit(request: &RequestPlan<'_>, scope: Scope<'_>, code: &mut Code) {
    let Some(name) = &request.answer else { return };
    let name = name::ident(name);
    code.doc(&format!("What {} answers with, by the status.", doc::code(request.method.name.as_str())));
    code.line("#[derive(Clone, Debug)]");
    code.line("#[non_exhaustive]");
    code.block(format_args!("pub enum {name}"), |code| {
        for (index, (variant, status, ty)) in request.variants().enumerate() {
            code.doc(&match (status, index) {
                (Some(status), 0) => {
                    format!("With status {status}, and with every one that the documents do not list.")
                }
                (Some(status), _) => format!("With status {status}."),
                (None, _) => "With a status that has no variant of its own.".to_owned(),
            });
            code.line(format_args!("{variant}({}),", rust_type(ty, scope)));
        }
    });
    code.blank();
    code.block("runtime::json_answers!", |code| {
        code.block(name, |code| {
            for (index, (variant, status, _)) in request.variants().enumerate() {
                match status.filter(|_| index > 0) {
                    Some(status) => code.line(format_args!("{status} => {variant},")),
                    None => code.line(format_args!("_ => {variant},")),
                }
            }
        });
    });
    code.blank();
}
