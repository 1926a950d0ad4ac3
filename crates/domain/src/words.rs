//! Closed words, read by their names.

/// Reads a closed word by its name, from a table.
///
/// What serde derives instead is a search of its own for each word and for each form that it is read from: for a
/// large enumeration several kilobytes of the interface. The names are those that it is written by, and
/// `WORDS` is where a test compares the two. A variant that is left out does not compile.
#[macro_export]
macro_rules! read_by_name {
    ($type:ident { $($variant:ident: $name:literal),* $(,)? }) => {
        impl $type {
            /// Every word with the name that it travels by.
            pub const WORDS: &'static [(&'static str, Self)] = &[$(($name, Self::$variant)),*];
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = <String as serde::Deserialize>::deserialize(deserializer)?;
                let known = Self::WORDS.iter().find(|(word, _)| *word == name);
                known.map(|(_, value)| *value).ok_or_else(|| serde::de::Error::custom("no such word"))
            }
        }

        const _: fn($type) = |word| match word {
            $($type::$variant => ()),*
        };
    };
}
