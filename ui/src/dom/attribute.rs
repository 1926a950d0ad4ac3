//! Attributes, properties and single classes, fixed or changing.

use leptos::prelude::RenderEffect;
use leptos::tachys::renderer::Rndr;
use leptos::wasm_bindgen::JsValue;
use std::borrow::Cow;

/// Where a value goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Attribute,
    Property,
    Class,
}

/// A value. As an attribute, `Flag(true)` is there and empty, `Flag(false)` is not there.
#[derive(PartialEq, Eq)]
pub enum Value {
    Flag(bool),
    Text(Cow<'static, str>),
}

/// A value, or how to work it out.
pub enum Setting {
    Fixed(Value),
    Changing(Box<dyn WorkOut>),
}

/// How to work out a value. A trait of its own, as [`super::view::Draw`].
pub trait WorkOut {
    /// As it is now.
    fn value(&mut self) -> Value;
}

impl<F: FnMut() -> T, T: Plain> WorkOut for F {
    fn value(&mut self) -> Value {
        self().value()
    }
}

/// What is to be set on an element.
pub struct Attribute {
    pub kind: Kind,
    pub name: &'static str,
    pub setting: Setting,
}

/// What can stand after `=`.
pub trait IntoValue: Sized {
    /// As a value; for what changes, as it is now.
    fn put(self, all: &mut Vec<Attribute>, kind: Kind, name: &'static str);
}

/// What a closure after `=` can give.
pub trait Plain {
    /// As a value.
    fn value(self) -> Value;
}

impl Plain for bool {
    fn value(self) -> Value {
        Value::Flag(self)
    }
}

impl Plain for &'static str {
    fn value(self) -> Value {
        Value::Text(Cow::Borrowed(self))
    }
}

impl Plain for String {
    fn value(self) -> Value {
        Value::Text(Cow::Owned(self))
    }
}

impl<T: Plain> Plain for Option<T> {
    fn value(self) -> Value {
        self.map_or(Value::Flag(false), T::value)
    }
}

// One copy, whoever asks for it.
#[inline(never)]
fn push(all: &mut Vec<Attribute>, kind: Kind, name: &'static str, setting: Setting) {
    all.push(Attribute { kind, name, setting });
}

impl IntoValue for &'static str {
    #[inline(never)]
    fn put(self, all: &mut Vec<Attribute>, kind: Kind, name: &'static str) {
        push(all, kind, name, Setting::Fixed(self.value()));
    }
}

impl IntoValue for String {
    #[inline(never)]
    fn put(self, all: &mut Vec<Attribute>, kind: Kind, name: &'static str) {
        push(all, kind, name, Setting::Fixed(self.value()));
    }
}

impl IntoValue for bool {
    #[inline(never)]
    fn put(self, all: &mut Vec<Attribute>, kind: Kind, name: &'static str) {
        push(all, kind, name, Setting::Fixed(self.value()));
    }
}

impl<T: Plain> IntoValue for Option<T> {
    fn put(self, all: &mut Vec<Attribute>, kind: Kind, name: &'static str) {
        push(all, kind, name, Setting::Fixed(self.value()));
    }
}

impl<F: FnMut() -> T + 'static, T: Plain> IntoValue for F {
    fn put(self, all: &mut Vec<Attribute>, kind: Kind, name: &'static str) {
        push(all, kind, name, Setting::Changing(Box::new(self)));
    }
}

/// What has been set.
pub struct Given {
    kind: Kind,
    name: &'static str,
    now: Now,
}

enum Now {
    Fixed(Value),
    Changing(RenderEffect<Value>),
}

impl Given {
    fn take(self) -> Option<Value> {
        match self.now {
            Now::Fixed(value) => Some(value),
            Now::Changing(effect) => effect.take_value(),
        }
    }
}

/// Sets what is wanted where `before` differs, and takes away what is no longer wanted.
pub fn give(element: &web_sys::Element, wanted: Vec<Attribute>, mut before: Vec<Given>) -> Vec<Given> {
    let mut given = Vec::with_capacity(wanted.len());
    for Attribute { kind, name, setting } in wanted {
        let at = before.iter().position(|b| b.kind == kind && b.name == name);
        let old = at.and_then(|at| before.remove(at).take());
        let now = match setting {
            Setting::Fixed(value) => {
                if old.as_ref() != Some(&value) {
                    set(element, kind, name, &value);
                }
                Now::Fixed(value)
            }
            Setting::Changing(work_out) => Now::Changing(follow(element.clone(), kind, name, work_out, old)),
        };
        given.push(Given { kind, name, now });
    }
    for old in before {
        set(element, old.kind, old.name, &Value::Flag(false));
    }
    given
}

fn follow(
    element: web_sys::Element,
    kind: Kind,
    name: &'static str,
    mut work_out: Box<dyn WorkOut>,
    old: Option<Value>,
) -> RenderEffect<Value> {
    let change = move |old: Option<Value>| {
        let value = work_out.value();
        if old.as_ref() != Some(&value) {
            set(&element, kind, name, &value);
        }
        value
    };
    RenderEffect::new_with_value(change, old)
}

fn set(element: &web_sys::Element, kind: Kind, name: &'static str, value: &Value) {
    match (kind, value) {
        (Kind::Attribute, Value::Flag(false)) => Rndr::remove_attribute(element, name),
        (Kind::Attribute, Value::Flag(true)) => Rndr::set_attribute(element, name, ""),
        (Kind::Attribute, Value::Text(text)) => Rndr::set_attribute(element, name, text),
        (Kind::Property, Value::Flag(on)) => Rndr::set_property(element, name, &JsValue::from_bool(*on)),
        (Kind::Property, Value::Text(text)) => Rndr::set_property(element, name, &JsValue::from_str(text)),
        (Kind::Class, Value::Flag(true)) => Rndr::add_class(&element.class_list(), name),
        (Kind::Class, _) => Rndr::remove_class(&element.class_list(), name),
    }
}
