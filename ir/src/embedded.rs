//! Resources that are part of a program: JSON in generated code that is decoded when it is first asked for.
//!
//! A compiler reads one literal in no time, where constants that build the same values are a large part of what it
//! costs to compile a generated crate.

use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use crate::{Method, Resource};

/// A resource as generated code holds it. It is used like the [`Resource`] it stands for.
///
/// ```
/// use bindery_ir::EmbeddedResource;
/// static PET: EmbeddedResource = EmbeddedResource::new(r#"{"id":"shop.pets.pet","title":"Pet"}"#);
/// assert_eq!(PET.id.resource(), "pet");
/// ```
pub struct EmbeddedResource {
    json: &'static str,
    decoded: OnceLock<Resource>,
}

impl EmbeddedResource {
    /// The resource whose JSON is given, which generators make with [`EmbeddedResource::write`].
    pub const fn new(json: &'static str) -> Self {
        Self { json, decoded: OnceLock::new() }
    }

    /// The resource, decoded by whoever comes first.
    ///
    /// # Panics
    /// When the JSON is none of a resource: it was not written by [`EmbeddedResource::write`] of this version.
    pub fn get(&self) -> &Resource {
        self.decoded.get_or_init(|| match serde_json::from_str(self.json) {
            Ok(resource) => resource,
            Err(error) => unreachable!("a generated descriptor is damaged ({error}): {}", self.json),
        })
    }

    /// The JSON of a resource, without the places it was read from: a line for what it is, then one for each method.
    ///
    /// # Errors
    /// When it has no JSON form; none that was read from a document is like that.
    pub fn write(resource: &Resource) -> Result<String, serde_json::Error> {
        let mut resource = resource.clone();
        resource.forget_origins();
        let methods = std::mem::take(&mut resource.methods);
        let mut json = serde_json::to_string(&resource)?;
        if methods.is_empty() {
            return Ok(json);
        }
        // Without methods the object says nothing of them; they go to its end.
        json.pop();
        json.push_str(",\"methods\":[");
        for (index, method) in methods.iter().enumerate() {
            json.push_str(if index == 0 { "\n" } else { ",\n" });
            json.push_str(&serde_json::to_string(method)?);
        }
        json.push_str("\n]}");
        Ok(json)
    }
}

impl Deref for EmbeddedResource {
    type Target = Resource;

    fn deref(&self) -> &Resource {
        self.get()
    }
}

impl fmt::Debug for EmbeddedResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

/// A method of an [`EmbeddedResource`]. It is used like the [`Method`] it stands for.
#[derive(Clone, Copy)]
pub struct EmbeddedMethod {
    resource: &'static EmbeddedResource,
    index: usize,
}

impl EmbeddedMethod {
    /// The method of that place among the methods of its resource.
    pub const fn new(resource: &'static EmbeddedResource, index: usize) -> Self {
        Self { resource, index }
    }

    /// The method.
    ///
    /// # Panics
    /// When the resource has fewer methods, or is damaged; see [`EmbeddedResource::get`].
    pub fn get(self) -> &'static Method {
        match self.resource.get().methods.get(self.index) {
            Some(method) => method,
            None => unreachable!("`{}` has no method {}", self.resource.id, self.index),
        }
    }
}

impl Deref for EmbeddedMethod {
    type Target = Method;

    fn deref(&self) -> &Method {
        self.get()
    }
}

impl fmt::Debug for EmbeddedMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fields, Origin, ResourceId, SqlName};

    #[test]
    fn what_is_written_is_read_back_without_its_origin() -> Result<(), serde_json::Error> {
        let mut resource = Resource::new(ResourceId::new("shop.pets.pet"));
        resource.description = r#"Says "methods":[], and more."#.into();
        resource.fields = Fields::NotSelectable;
        for methods in 0..3 {
            let names = ["get", "list"].into_iter().take(methods);
            resource.methods =
                names.map(|name| Method::new(ResourceId::new("shop.pets.pet"), SqlName::new(name))).collect();
            resource.origin = Origin::UNKNOWN;
            let plain = resource.clone();
            resource.origin = Origin::line("pet.md", 3);
            let json = EmbeddedResource::write(&resource)?;
            assert_eq!(serde_json::from_str::<Resource>(&json)?, plain, "{json}");
            assert_eq!(json.lines().count(), if methods == 0 { 1 } else { methods + 2 });
        }
        Ok(())
    }
}
