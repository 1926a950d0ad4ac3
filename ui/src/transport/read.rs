//! A type of the contract from JSON.
//!
//! What serde derives instead is a search of its own through the members of each type, and a second one through a
//! copy of them where a type stands flat in another or is told by a tag: written out for every type of the
//! contract a fifth of the module. Here the text becomes a tree, by code that exists once, and each type takes
//! its members out of it by their names ([`super::shapes`]). An error tells only that something does not fit.

use contract::domain::{Personal, Timestamp};
use serde::de::DeserializeOwned;
use serde::de::value::StrDeserializer;
use serde_json::Value;

/// What can be read from JSON.
pub trait Read: Sized {
    /// As `tree` has it; `None`: it is of another shape. What is not known of it is passed over.
    fn read(tree: &Value) -> Option<Self>;
}

/// A value of type `T` in the text.
pub fn read<T: Read>(text: &str) -> Option<T> {
    of_tree(&tree(text)?)
}

fn tree(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

// Read from several replies and events: one copy for each type.
#[inline(never)]
fn of_tree<T: Read>(tree: &Value) -> Option<T> {
    T::read(tree)
}

/// The closed word, or whatever else is read from one text, as serde has it.
pub fn word<T: DeserializeOwned>(name: &str) -> Option<T> {
    T::deserialize(StrDeserializer::<Mismatch>::new(name)).ok()
}

/// The member of that name; one that is lacking is as one that is null.
pub fn member<T: Read>(tree: &Value, name: &str) -> Option<T> {
    T::read(find(tree, name)?)
}

/// The member of that name, or `usual` where it is lacking.
pub fn member_or<T: Read>(tree: &Value, name: &str, usual: T) -> Option<T> {
    let found = find(tree, name)?;
    if found.is_null() { Some(usual) } else { T::read(found) }
}

/// The text of that name.
pub(super) fn tag<'a>(tree: &'a Value, name: &str) -> Option<&'a str> {
    find(tree, name)?.as_str()
}

#[inline(never)]
fn find<'a>(tree: &'a Value, name: &str) -> Option<&'a Value> {
    static LACKING: Value = Value::Null;
    Some(tree.as_object()?.get(name).unwrap_or(&LACKING))
}

impl<T: Read> Read for Option<T> {
    fn read(tree: &Value) -> Option<Self> {
        if tree.is_null() { Some(None) } else { T::read(tree).map(Some) }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(tree: &Value) -> Option<Self> {
        let all = tree.as_array()?;
        let mut read = Self::with_capacity(all.len());
        for one in all {
            read.push(T::read(one)?);
        }
        Some(read)
    }
}

impl<A: Read, B: Read> Read for (A, B) {
    fn read(tree: &Value) -> Option<Self> {
        match tree.as_array()?.as_slice() {
            [a, b] => Some((A::read(a)?, B::read(b)?)),
            _ => None,
        }
    }
}

impl<A: Read, B: Read, C: Read> Read for (A, B, C) {
    fn read(tree: &Value) -> Option<Self> {
        match tree.as_array()?.as_slice() {
            [a, b, c] => Some((A::read(a)?, B::read(b)?, C::read(c)?)),
            _ => None,
        }
    }
}

impl<T: Read> Read for Box<T> {
    fn read(tree: &Value) -> Option<Self> {
        T::read(tree).map(Self::new)
    }
}

impl<T: Read> Read for Personal<T> {
    fn read(tree: &Value) -> Option<Self> {
        T::read(tree).map(Self::new)
    }
}

impl Read for String {
    #[inline(never)]
    fn read(tree: &Value) -> Option<Self> {
        tree.as_str().map(str::to_owned)
    }
}

impl Read for bool {
    fn read(tree: &Value) -> Option<Self> {
        tree.as_bool()
    }
}

impl Read for f32 {
    fn read(tree: &Value) -> Option<Self> {
        tree.as_f64().map(|number| number as Self)
    }
}

macro_rules! whole_numbers {
    ($($type:ident)*) => {$(
        impl Read for $type {
            fn read(tree: &Value) -> Option<Self> {
                tree.as_i64()?.try_into().ok()
            }
        }
    )*};
}

whole_numbers! { i16 i32 i64 u32 u64 }

impl Read for Timestamp {
    fn read(tree: &Value) -> Option<Self> {
        tree.as_i64().map(Self)
    }
}

/// Types that are written as one text.
macro_rules! texts {
    ($($type:ident)*) => {$(
        impl $crate::transport::Read for $type {
            fn read(tree: &serde_json::Value) -> Option<Self> {
                $crate::transport::word(tree.as_str()?)
            }
        }
    )*};
}
pub(crate) use texts;

/// Structures by their fields; after `;` stand those that may be lacking and are empty then. One that is left
/// out does not compile.
macro_rules! fields {
    ($($type:ident { $($field:ident),* $(; $($may:ident),*)? })*) => {$(
        impl $crate::transport::Read for $type {
            fn read(tree: &serde_json::Value) -> Option<Self> {
                Some(Self {
                    $($field: $crate::transport::member(tree, stringify!($field))?,)*
                    $($($may: $crate::transport::member_or(tree, stringify!($may), Default::default())?,)*)?
                })
            }
        }
    )*};
}
pub(crate) use fields;

/// Enumerations whose variant is told by a member. A variant that is left out does not compile.
macro_rules! tagged {
    ($($type:ident by $tag:literal { $($name:literal: $variant:ident $({ $($field:ident),* })?),* })*) => {$(
        impl $crate::transport::Read for $type {
            fn read(tree: &serde_json::Value) -> Option<Self> {
                Some(match $crate::transport::read::tag(tree, $tag)? {
                    $($name => Self::$variant $({
                        $($field: $crate::transport::member(tree, stringify!($field))?),*
                    })?,)*
                    _ => return None,
                })
            }
        }

        const _: fn(&$type) = |value| match value {
            $($type::$variant { .. } => ()),*
        };
    )*};
}
pub(crate) use tagged;

/// It is not of the type's shape. What serde says of it is not even put together.
#[derive(Debug)]
struct Mismatch;

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("mismatch")
    }
}

impl std::error::Error for Mismatch {}

impl serde::de::Error for Mismatch {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
    fn invalid_type(_: serde::de::Unexpected<'_>, _: &dyn serde::de::Expected) -> Self {
        Self
    }
    fn invalid_value(_: serde::de::Unexpected<'_>, _: &dyn serde::de::Expected) -> Self {
        Self
    }
    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::agents::QueueStatus;
    use contract::desk::Settings;
    use contract::domain::QueueId;
    use contract::domain::case::{CaseNumber, Rest};
    use contract::domain::contact::Channel;
    use contract::domain::structure::RosaGroup;
    use contract::phone::CallState;

    #[test]
    fn what_may_be_lacking_may_and_what_is_not_known_is_passed_over() {
        let settings = read::<Settings>(r#"{"locale": "en", "new_in_a_later_release": {"a": [1, null]}}"#);
        assert_eq!(settings, Some(Settings { locale: Some("en".into()), ..Settings::default() }));
        assert_eq!(word::<Channel>("call"), Some(Channel::Call));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for text in ["", "[]", "{}", r#"{"until": "1", "over": true}"#, r#"{"until": 1, "over": 1}"#] {
            assert_eq!(read::<Rest>(text), None, "{text}");
        }
        assert_eq!(read::<CaseNumber>(r#"{"year": 2026, "serial": -1}"#), None);
        assert_eq!(read::<CallState>(r#"{"state": "asleep"}"#), None);
        assert_eq!(read::<CallState>(r#"{"state": "ended", "cause": "sleep"}"#), None);
        assert_eq!(read::<Vec<QueueStatus>>("[{}]"), None);
        assert_eq!(read::<Settings>("[]"), None);
        assert_eq!(read::<(u32, u32)>("[1]"), None);
        assert_eq!(read::<QueueId>("\"Not A Slug\""), None);
        assert_eq!(read::<RosaGroup>("9"), None);
        assert_eq!(word::<Channel>("telepathy"), None);
    }
}
