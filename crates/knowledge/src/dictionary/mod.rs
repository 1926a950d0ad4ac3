//! Which forms a compound may be put together of.
//!
//! A dictionary is one [`fst::Map`] over memory: folded forms that may begin a compound (*gatu*, *avgifts*)
//! and folded stems that may end one. The value carries the roles and how many letters the linking takes.

mod compile;
mod learn;

pub use compile::compile;
pub use learn::learn;

use fst::Map;
use std::{collections::BTreeMap, fmt, sync::Arc};

/// Shortest part of a compound, in letters.
pub(crate) const SHORTEST_PART: usize = 3;

/// The bytes are not a dictionary, or are damaged; go on without it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a dictionary, or a damaged one")]
pub struct Damaged;

struct Bytes(Arc<dyn AsRef<[u8]> + Send + Sync>);

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}

/// The forms that compounds are made of. Cheap to share behind an [`Arc`].
pub struct Dictionary {
    map: Map<Bytes>,
}

impl fmt::Debug for Dictionary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Dictionary").field("forms", &self.map.len()).finish()
    }
}

/// What a form may be within a compound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Role(u64);

impl Role {
    /// May begin a compound as it stands; the dictionary says so.
    pub(crate) const FIRST: Self = Self(1);
    /// May begin a compound by a rule of formation; less sure.
    pub(crate) const FORMED: Self = Self(2);
    /// A stem that may end a compound.
    pub(crate) const LAST: Self = Self(4);

    const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Letters of linking at the end of a first part: 1 in *gatu*, *skole*, *avgifts*.
    pub(crate) const fn linking(self) -> usize {
        ((self.0 >> 3) & 3) as usize
    }

    const fn linked(self, letters: usize) -> Self {
        Self((self.0 & !(3 << 3)) | ((letters as u64 & 3) << 3))
    }
}

impl Dictionary {
    /// A dictionary over bytes that [`compile`] or [`learn`] made: read, or mapped, by the caller.
    ///
    /// # Errors
    /// [`Damaged`] when the bytes do not hold together; every byte is checked (about 1 ms per MB).
    pub fn from_bytes(bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Result<Self, Damaged> {
        let map = Map::new(Bytes(Arc::new(bytes))).map_err(|_| Damaged)?;
        map.as_fst().verify().map_err(|_| Damaged)?;
        Ok(Self { map })
    }

    /// Number of forms.
    #[must_use]
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// True when it knows nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// The bytes it lies in, to be kept beside an index that was made with it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.map.as_fst().as_bytes()
    }

    pub(crate) fn role(&self, form: &str) -> Role {
        self.map.get(form).map_or(Role::default(), Role)
    }

    /// Every form that `text` begins with: its length in bytes and its role, shortest first.
    pub(crate) fn prefixes(&self, text: &str) -> Vec<(usize, Role)> {
        let fst = self.map.as_fst();
        let mut node = fst.root();
        let mut value = 0_u64;
        let mut found = Vec::new();
        for (index, byte) in text.bytes().enumerate() {
            let Some(step) = node.find_input(byte) else { break };
            let transition = node.transition(step);
            value = value.wrapping_add(transition.out.value());
            node = fst.node(transition.addr);
            if node.is_final() && index + 1 >= SHORTEST_PART && text.is_char_boundary(index + 1) {
                found.push((index + 1, Role(value.wrapping_add(node.final_output().value()))));
            }
        }
        found
    }
}

/// Forms under collection.
#[derive(Default)]
struct Forms(BTreeMap<String, Role>);

impl Forms {
    fn add(&mut self, form: String, role: Role) {
        if form.chars().count() < SHORTEST_PART || form.len() > 40 || !form.chars().all(char::is_alphabetic) {
            return;
        }
        let entry = self.0.entry(form).or_default();
        *entry = entry.with(role);
    }

    /// Marks the linking letter of first parts whose rest is a known stem, and writes the map.
    fn into_bytes(mut self) -> Vec<u8> {
        let linked: Vec<String> = self
            .0
            .iter()
            .filter(|(_, role)| role.has(Role::FIRST) || role.has(Role::FORMED))
            .filter(|(form, role)| !role.has(Role::LAST) && form.ends_with(['s', 'e', 'o', 'u', 'a']))
            .filter(|(form, _)| {
                let mut rest = form.chars();
                rest.next_back();
                self.0.get(rest.as_str()).is_some_and(|role| role.has(Role::LAST))
            })
            .map(|(form, _)| form.clone())
            .collect();
        for form in linked {
            if let Some(role) = self.0.get_mut(&form) {
                *role = role.linked(1);
            }
        }
        // Writing sorted keys to memory cannot fail; an empty map is the honest answer if it ever did.
        Map::from_iter(self.0.into_iter().map(|(form, role)| (form, role.0)))
            .or_else(|_| Map::from_iter(std::iter::empty::<(String, u64)>()))
            .map(|map| map.into_fst().into_inner())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_bytes_are_refused() {
        let mut bytes = learn(["gata", "belysning"]);
        assert!(Dictionary::from_bytes(bytes.clone()).is_ok());
        if let Some(byte) = bytes.get_mut(20) {
            *byte ^= 0x55;
        }
        assert!(Dictionary::from_bytes(bytes).is_err());
        assert!(Dictionary::from_bytes(Vec::new()).is_err());
        assert!(Dictionary::from_bytes(b"<html>not found</html> and more and more text".to_vec()).is_err());
    }

    #[test]
    fn linking_letters_are_known() {
        let dictionary = Dictionary::from_bytes(learn(["gata", "avgift"])).unwrap();
        assert_eq!(dictionary.role("gatu").linking(), 1);
        assert_eq!(dictionary.role("avgifts").linking(), 1);
        assert_eq!(dictionary.role("avgift").linking(), 0);
        assert!(dictionary.role("avgift").has(Role::LAST));
    }
}
