//! A type of the contract from JSON.
//!
//! serde_json reads each type straight out of the text, with errors that tell what was expected where; written
//! out for every type of the contract that is a quarter of the module. Here the text becomes a tree, by code
//! that exists once, and a type is read from the tree with an error that tells only that it does not fit.

use serde::Deserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde_json::{Map, Value};
use std::fmt;

/// A value of type `T` in the text.
pub fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    of_tree(&tree(text)?)
}

/// The closed word with this name.
pub fn word<T: DeserializeOwned>(name: &str) -> Option<T> {
    of_tree(&Value::String(name.to_owned()))
}

fn tree(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

fn of_tree<T: DeserializeOwned>(tree: &Value) -> Option<T> {
    T::deserialize(Tree(tree)).ok()
}

/// It is not of the type's shape.
#[derive(Debug)]
struct Mismatch;

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("mismatch")
    }
}

impl std::error::Error for Mismatch {}

impl serde::de::Error for Mismatch {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
    // Their own text is not even put together.
    fn invalid_type(_: serde::de::Unexpected<'_>, _: &dyn serde::de::Expected) -> Self {
        Self
    }
    fn invalid_value(_: serde::de::Unexpected<'_>, _: &dyn serde::de::Expected) -> Self {
        Self
    }
    fn invalid_length(_: usize, _: &dyn serde::de::Expected) -> Self {
        Self
    }
    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }
    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }
    fn missing_field(_: &'static str) -> Self {
        Self
    }
    fn duplicate_field(_: &'static str) -> Self {
        Self
    }
}

#[derive(Clone, Copy)]
struct Tree<'de>(&'de Value);

impl<'de> Tree<'de> {
    fn text(self) -> Result<&'de str, Mismatch> {
        self.0.as_str().ok_or(Mismatch)
    }
    fn list(self) -> Result<List<'de>, Mismatch> {
        self.0.as_array().map(|all| List(all.iter())).ok_or(Mismatch)
    }
    fn members(self) -> Result<Members<'de>, Mismatch> {
        self.0.as_object().map(Members::of).ok_or(Mismatch)
    }
}

macro_rules! whole_numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            visitor.visit_i64(self.0.as_i64().ok_or(Mismatch)?)
        }
    )*};
}

macro_rules! texts {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            visitor.visit_str(self.text()?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Tree<'de> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(on) => visitor.visit_bool(*on),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => visitor.visit_i64(whole),
                None => visitor.visit_f64(number.as_f64().ok_or(Mismatch)?),
            },
            Value::String(text) => visitor.visit_str(text),
            Value::Array(all) => visitor.visit_seq(List(all.iter())),
            Value::Object(members) => visitor.visit_map(Members::of(members)),
        }
    }

    whole_numbers! { deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
    deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }
    texts! { deserialize_char deserialize_str deserialize_string deserialize_identifier }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_bool(self.0.as_bool().ok_or(Mismatch)?)
    }
    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_f64(visitor)
    }
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_f64(self.0.as_f64().ok_or(Mismatch)?)
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_unit()
    }
    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &str, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_unit()
    }
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_unit()
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &str, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_seq(self.list()?)
    }
    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_seq(self.list()?)
    }
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_seq(self.list()?)
    }
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_map(self.members()?)
    }
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &str,
        _: &[&str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_map(self.members()?)
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &str,
        _: &[&str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_enum(match self.0 {
            Value::String(name) => Variant { name, content: None },
            other => {
                let (name, content) = other.as_object().and_then(|all| all.iter().next()).ok_or(Mismatch)?;
                Variant { name, content: Some(Tree(content)) }
            }
        })
    }

    // Nothing in JSON is bytes, and i128 does not occur.
    serde::forward_to_deserialize_any! { i128 u128 bytes byte_buf }
}

struct List<'de>(std::slice::Iter<'de, Value>);

impl<'de> SeqAccess<'de> for List<'de> {
    type Error = Mismatch;
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mismatch> {
        self.0.next().map(|value| seed.deserialize(Tree(value))).transpose()
    }
}

struct Members<'de> {
    rest: serde_json::map::Iter<'de>,
    value: Option<Tree<'de>>,
}

impl<'de> Members<'de> {
    fn of(all: &'de Map<String, Value>) -> Self {
        Self { rest: all.iter(), value: None }
    }
    fn next(&mut self) -> Option<Name<'de>> {
        let (name, value) = self.rest.next()?;
        self.value = Some(Tree(value));
        Some(Name(name))
    }
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = Mismatch;
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mismatch> {
        self.next().map(|name| seed.deserialize(name)).transpose()
    }
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mismatch> {
        seed.deserialize(self.value.take().ok_or(Mismatch)?)
    }
}

struct Variant<'de> {
    name: &'de str,
    content: Option<Tree<'de>>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Mismatch;
    type Variant = Self;
    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Mismatch> {
        Ok((seed.deserialize(Name(self.name))?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Mismatch;
    fn unit_variant(self) -> Result<(), Mismatch> {
        Ok(())
    }
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Mismatch> {
        seed.deserialize(self.content.ok_or(Mismatch)?)
    }
    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Mismatch> {
        self.content.ok_or(Mismatch)?.deserialize_tuple(length, visitor)
    }
    fn struct_variant<V: Visitor<'de>>(self, _: &[&str], visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_map(self.content.ok_or(Mismatch)?.members()?)
    }
}

/// The name of a member or of a variant.
struct Name<'de>(&'de str);

impl<'de> Deserializer<'de> for Name<'de> {
    type Error = Mismatch;
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_str(self.0)
    }
    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::agents::{AgentView, QueueStatus};
    use contract::desk::Settings;
    use contract::domain::agent::{AgentState, AgentStatus, PauseReason};
    use contract::domain::contact::Channel;
    use contract::domain::structure::{Field, FieldKind, Required};
    use contract::domain::{CaseId, Personal, QueueId, Timestamp, UserId};
    use contract::phone::Switch;

    fn round<T: serde::Serialize + DeserializeOwned + PartialEq + fmt::Debug>(value: T) {
        let text = serde_json::to_string(&value).unwrap();
        assert_eq!(read(&text), Some(value), "{text}");
    }

    #[test]
    fn every_form_that_the_contract_uses_is_read_as_it_is_written() {
        let options = vec!["Ja".to_owned(), "Å, \"nej\"".to_owned()];
        round(Field {
            id: "bygglov".parse().unwrap(),
            label: "Vad?".into(),
            kind: FieldKind::Choice { options },
        });
        round(Field { id: "antal".parse().unwrap(), label: String::new(), kind: FieldKind::Number });
        round(vec![Required::Note, Required::Field("antal".parse().unwrap())]);
        round((CaseId::new(Timestamp(7), [9; 10]), Some(Channel::Call), None::<u32>));
        round(vec![("Plats".to_owned(), Personal::new("Ekbacken".to_owned()))]);
        round(Switch { call: 3, on: true });
        round(contract::Nothing {});
        round(AgentView {
            status: AgentStatus {
                user: UserId::new(Timestamp(1), [2; 10]),
                state: AgentState::Paused { reason: PauseReason::Lunch },
                since: Timestamp(-5),
                leaving: false,
                next: None,
            },
            name: Personal::new("Kanarie".to_owned()),
            now: Timestamp(1_763_700_000_000),
        });
    }

    #[test]
    fn what_may_be_lacking_may_and_what_is_not_known_is_passed_over() {
        let settings = read::<Settings>(r#"{"locale": "en", "new_in_a_later_release": {"a": [1, null]}}"#);
        assert_eq!(settings, Some(Settings { locale: Some("en".into()), ..Settings::default() }));
        assert_eq!(word::<Channel>("call"), Some(Channel::Call));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for text in ["", "[]", "{}", r#"{"call": "1", "on": true}"#, r#"{"call": -1, "on": true}"#] {
            assert_eq!(read::<Switch>(text), None, "{text}");
        }
        assert_eq!(read::<Vec<QueueStatus>>("[{}]"), None);
        assert_eq!(read::<QueueId>("\"Not A Slug\""), None);
        assert_eq!(word::<Channel>("telepathy"), None);
    }
}
