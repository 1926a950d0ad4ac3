//! Values about a person, masked wherever something is printed.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A value about a person. `Debug` and `Display` show `•••`, so that a log, a panic or an error text
/// cannot carry it (architecture.md, invariant 5). Reading it takes [`Personal::expose`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Personal<T>(T);

impl<T> Personal<T> {
    /// Marks a value as personal.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for showing to somebody with the right to see it or for storing it.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The value itself.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Personal<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl From<&str> for Personal<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}

impl<T> fmt::Display for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_does_not_tell() {
        let name = Personal::new("Kanarie Kanariesson".to_owned());
        assert_eq!(format!("{name} {name:?}"), "••• •••");
        assert_eq!(name.expose(), "Kanarie Kanariesson");
    }
}
