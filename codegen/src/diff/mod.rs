//! Two generations of a provider → what changed for those who call it.
//!
//! [`diff`] compares two models, however they were read, and says which [`Rule`] every difference falls under; it knows no
//! files. [`Policy`] weighs the changes, [`Report`] groups them for people.
//!
//! ```
//! use bindery_codegen::diff::{Policy, Report, Step, diff};
//! use bindery_ir::{Provider, Service};
//!
//! let old = Provider::new("shop".into());
//! let mut new = old.clone();
//! new.services.to_mut().push(Service::new("counter".into()));
//! let changes = diff(&old, &new);
//! assert_eq!(changes[0].to_string(), "shop.counter is new");
//! assert_eq!(Report::new("shop", Policy::default().weigh(changes)?).step(), Step::Minor);
//! # Ok::<(), bindery_codegen::diff::PolicyError>(())
//! ```
//!
//! What has another name is recognised by its wire form: a method that is gone and one that is new, with the same
//! request, are one that was renamed, and so are resources whose methods all have the same requests.

mod change;
mod method;
mod policy;
mod rename;
mod report;
mod resource;
mod response;
mod rule;
mod schema;

pub use change::{Change, Subject};
pub use policy::{Acceptance, Policy, PolicyError};
pub use report::{Report, Step};
pub use rule::{Facts, Rule, Verdict};

use bindery_ir::{Auth, Provider, Service};

use self::change::Changes;

/// Compares two generations of a provider. The changes are in the order of the new generation; what is gone comes behind
/// what is there.
pub fn diff(old: &Provider, new: &Provider) -> Vec<Change> {
    let mut list = Vec::new();
    let mut changes = Changes::new(&mut list, Subject::provider(new.name.as_str()));
    if old.auth != new.auth {
        let change = Change::new(Rule::AuthChanged).from(shown(&old.auth)).to(shown(&new.auth));
        changes.add(change.at(&new.origin));
    }
    if (&old.title, &old.description) != (&new.title, &new.description) {
        changes.add(Change::new(Rule::DescriptionChanged).of("itself").at(&new.origin));
    }
    for service in &new.services {
        let mut changes = changes.service(&service.name);
        match old.service(service.name.as_str()) {
            Some(before) => diff_service(&mut changes, before, service),
            None => changes.add(Change::new(Rule::ServiceAdded).at(&service.origin)),
        }
    }
    for service in old.services.iter().filter(|service| new.service(service.name.as_str()).is_none()) {
        changes.service(&service.name).add(Change::new(Rule::ServiceRemoved).at(&service.origin));
    }
    list
}

fn diff_service(changes: &mut Changes<'_>, old: &Service, new: &Service) {
    if (&old.title, &old.description) != (&new.title, &new.description) {
        changes.add(Change::new(Rule::DescriptionChanged).of("itself").at(&new.origin));
    }
    resource::diff_all(changes, old, new);
    schema::diff_all(changes, old, new);
}

fn shown(auth: &Auth) -> String {
    serde_json::to_string(auth).unwrap_or_default()
}
