//! A crate of progenitor for a document, and a method of it that needs nothing but texts.

use std::error::Error;
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use bindery_codegen::Source;
use syn::{FnArg, ImplItem, Item, Type};

/// What code of progenitor depends on, as its documentation says.
const THEIR_DEPENDENCIES: &str = r#"
[dependencies]
base64 = "0.22"
bytes = "1"
chrono = { version = "0.4", features = ["serde"] }
futures = "0.3"
http = "1"
percent-encoding = "2"
progenitor-client = "=0.15.1"
rand = "0.8"
regress = "0.10"
reqwest = { version = "0.13", default-features = false, features = ["json", "query", "stream"] }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
serde_urlencoded = "0.7"
uuid = { version = "1", features = ["serde", "v4"] }
"#;

/// The crate of a service.
pub(crate) fn package(service: &str) -> String {
    format!("theirs_{service}")
}

/// Generates a crate with progenitor.
pub(crate) fn write(document: &Path, package: &str, out: &Path) -> Result<(), Box<dyn Error>> {
    let value: serde_json::Value = serde_yaml::from_str(&Source::read(document)?.text)?;
    let spec: openapiv3::OpenAPI = serde_json::from_value(value)?;
    let generated = catch_unwind(|| {
        let tokens = progenitor_impl::Generator::default().generate_tokens(&spec).map_err(|error| error.to_string())?;
        let file: syn::File = syn::parse2(tokens).map_err(|error| error.to_string())?;
        Ok::<String, String>(prettyplease::unparse(&file))
    });
    let text = generated.map_err(|_| "it panics")??;
    fs::create_dir_all(out.join("src"))?;
    fs::write(out.join("src/lib.rs"), text)?;
    let manifest =
        format!("[package]\nname = \"{package}\"\nversion = \"0.0.0\"\nedition = \"2021\"\n{THEIR_DEPENDENCIES}");
    fs::write(out.join("Cargo.toml"), manifest)?;
    Ok(())
}

/// A method of a crate of progenitor.
pub(crate) struct Callable {
    pub(crate) name: String,
    /// The path that it gets, without its query.
    pub(crate) path: String,
    /// How many texts it needs.
    pub(crate) arguments: usize,
}

/// The first method that gets something and needs nothing but texts.
pub(crate) fn callable(crate_folder: &Path) -> Result<Callable, Box<dyn Error>> {
    let file: syn::File = syn::parse_str(&fs::read_to_string(crate_folder.join("src/lib.rs"))?)?;
    let blocks = file.items.iter().filter_map(|item| match item {
        Item::Impl(block) if block.trait_.is_none() => Some(block),
        _ => None,
    });
    let methods = blocks.flat_map(|block| &block.items).filter_map(|item| match item {
        ImplItem::Fn(method) if method.sig.asyncness.is_some() => Some(method),
        _ => None,
    });
    for method in methods {
        let arguments = method.sig.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(argument) => Some(argument.ty.as_ref()),
            FnArg::Receiver(_) => None,
        });
        let is_text = |ty: &Type| match ty {
            Type::Reference(reference) => {
                matches!(reference.elem.as_ref(), Type::Path(path) if path.path.is_ident("str"))
            }
            _ => false,
        };
        let arguments: Vec<&Type> = arguments.collect();
        if let Some(path) = got_path(&method.attrs).filter(|_| arguments.iter().all(|ty| is_text(ty))) {
            let name = method.sig.ident.to_string();
            return Ok(Callable { name, path, arguments: arguments.len() });
        }
    }
    Err("every method of progenitor's needs more than texts".into())
}

/// The path in what its documentation says: "Sends a `GET` request to `/pets`".
fn got_path(attributes: &[syn::Attribute]) -> Option<String> {
    let documented = attributes.iter().filter_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) => match &pair.value {
            syn::Expr::Lit(literal) => match &literal.lit {
                syn::Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    let text = documented.collect::<Vec<_>>().join("\n");
    let (_, rest) = text.split_once("Sends a `GET` request to `")?;
    let (path, _) = rest.split_once('`')?;
    Some(path.split('?').next().unwrap_or(path).to_owned())
}
