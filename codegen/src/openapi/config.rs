//! What applies to a method beyond its own entry: blocks that are looked for from the inside out.

use super::document::Cursor;

/// The places that can hold a block, the nearest first: method, operation, resource, service document, the service's
/// entry in `provider.yaml`, provider. The first that has a block is taken whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config<'a> {
    levels: Vec<Cursor<'a>>,
}

impl<'a> Config<'a> {
    /// The same, with nearer places before it.
    pub(crate) fn within(&self, nearer: impl IntoIterator<Item = Option<Cursor<'a>>>) -> Self {
        Self { levels: nearer.into_iter().flatten().chain(self.levels.iter().copied()).collect() }
    }

    /// The nearest block of that name.
    pub(crate) fn block(&self, name: &str) -> Option<Cursor<'a>> {
        self.levels.iter().find_map(|level| level.get(name))
    }
}
