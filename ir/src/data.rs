//! Containers that either borrow from a `static` or own their content.
//!
//! Generated crates build them in constants, readers build them on the heap; whoever reads them sees a
//! slice, a value or a string and cannot tell which.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Text that is borrowed from a `static` in generated code and owned when it was read at run time.
pub type Text = Cow<'static, str>;

/// Text in a constant.
///
/// ```
/// use bindery_ir::{Text, text};
/// static GREETING: Text = text("hello");
/// assert_eq!(GREETING, "hello");
/// ```
pub const fn text(text: &'static str) -> Text {
    Text::Borrowed(text)
}

/// A sequence, in the order of its source.
///
/// ```
/// use bindery_ir::List;
/// static PRIMES: List<u32> = List::Static(&[2, 3, 5]);
/// assert_eq!(*PRIMES, *List::from(vec![2, 3, 5]));
/// ```
pub enum List<T: 'static> {
    /// Borrowed from generated code.
    Static(&'static [T]),
    /// Read at run time.
    Owned(Vec<T>),
}

impl<T> List<T> {
    /// A list without items.
    pub const EMPTY: Self = Self::Static(&[]);
}

impl<T: Clone> List<T> {
    /// The items as a vector that can be changed; a borrowed list is copied first.
    pub fn to_mut(&mut self) -> &mut Vec<T> {
        if let Self::Static(items) = *self {
            *self = Self::Owned(items.to_vec());
        }
        match self {
            Self::Owned(items) => items,
            Self::Static(_) => unreachable!("a borrowed list was just copied"),
        }
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Static(items) => items,
            Self::Owned(items) => items,
        }
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> Self {
        Self::Owned(items)
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::Owned(items.into_iter().collect())
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Clone> Clone for List<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Static(items) => Self::Static(items),
            Self::Owned(items) => Self::Owned(items.clone()),
        }
    }
}

impl<T: PartialEq> PartialEq for List<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for List<T> {}

impl<T: fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Serialize> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::Owned)
    }
}

/// One value behind a pointer, which lets a type contain itself.
pub enum Boxed<T: 'static> {
    /// Borrowed from generated code.
    Static(&'static T),
    /// Read at run time.
    Owned(Box<T>),
}

impl<T> Boxed<T> {
    /// Moves a value behind the pointer.
    pub fn new(value: T) -> Self {
        Self::Owned(Box::new(value))
    }
}

impl<T> Deref for Boxed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Static(value) => value,
            Self::Owned(value) => value,
        }
    }
}

impl<T: Clone> Clone for Boxed<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Static(value) => Self::Static(value),
            Self::Owned(value) => Self::Owned(value.clone()),
        }
    }
}

impl<T: PartialEq> PartialEq for Boxed<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Boxed<T> {}

impl<T: fmt::Debug> fmt::Debug for Boxed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Serialize> Serialize for Boxed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Boxed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_borrowed_list_is_copied_when_it_is_changed() {
        static ORIGINAL: List<u8> = List::Static(&[1, 2]);
        let mut list = ORIGINAL.clone();
        list.to_mut().push(3);
        assert_eq!(*list, [1, 2, 3]);
        assert_eq!(*ORIGINAL, [1, 2]);
    }

    #[test]
    fn lists_and_boxes_are_transparent_in_json() -> Result<(), serde_json::Error> {
        let value = (List::from(vec![1, 2]), Boxed::new(3));
        assert_eq!(serde_json::to_string(&value)?, "[[1,2],3]");
        assert_eq!(serde_json::from_str::<(List<i32>, Boxed<i32>)>("[[1,2],3]")?, value);
        Ok(())
    }
}
