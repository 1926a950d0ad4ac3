//! Keys that are pressed in a call.

use serde::{Deserialize, Serialize};

/// What is pressed at once at the most; more is no dialling any more.
const MOST: usize = 32;

/// Keys of the telephone in the order that they are pressed: 0–9, *, #, A–D. They may be a personal number or
/// a code: shown to the agent, and to nobody else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Keys(String);

impl Keys {
    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = char> + '_ {
        self.0.chars()
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// Nothing, too much, or other keys than a telephone has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the keys of a telephone")]
pub struct BadKeys;

impl TryFrom<String> for Keys {
    type Error = BadKeys;

    fn try_from(keys: String) -> Result<Self, BadKeys> {
        let known = |key: char| matches!(key, '0'..='9' | '*' | '#' | 'A'..='D');
        let fits = !keys.is_empty() && keys.len() <= MOST && keys.chars().all(known);
        if fits { Ok(Self(keys)) } else { Err(BadKeys) }
    }
}

impl From<Keys> for String {
    fn from(keys: Keys) -> Self {
        keys.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_telephones_keys_are_pressed_and_logs_do_not_tell_which() {
        let keys = |text: &str| Keys::try_from(text.to_owned());
        let pressed: String = keys("19*#AD").unwrap().iter().collect();
        assert_eq!(pressed, "19*#AD");
        assert_eq!(format!("{:?}", keys("1902").unwrap()), "Keys(…)");
        for bad in ["", "E", "1 2", "+46", &"1".repeat(MOST + 1)] {
            assert_eq!(keys(bad), Err(BadKeys), "{bad:?}");
        }
    }
}
