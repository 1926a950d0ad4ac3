//! An element as it is to be drawn.

use super::attribute::{Attribute, IntoValue, Kind};
use super::{AnyView, IntoView};
use leptos::ev::EventDescriptor;
use leptos::wasm_bindgen::JsCast;
use web_sys::Event;

/// What an event does.
pub type Handler = Box<dyn Answer>;

/// How to answer an event. A trait of its own, as [`super::view::Draw`].
pub trait Answer {
    /// It has happened.
    fn answer(&mut self, event: Event);
}

impl<F: FnMut(Event)> Answer for F {
    fn answer(&mut self, event: Event) {
        self(event);
    }
}

/// An element, its attributes, its handlers and what is in it.
pub struct Element {
    pub(super) tag: &'static str,
    /// Which element of the source it is.
    pub(super) number: u32,
    pub(super) svg: bool,
    pub(super) attributes: Vec<Attribute>,
    pub(super) handlers: Vec<(&'static str, Handler)>,
    pub(super) children: Vec<AnyView>,
}

impl Element {
    fn new(tag: &'static str, number: u32, svg: bool) -> Box<Self> {
        Box::new(Self {
            tag,
            number,
            svg,
            attributes: Vec::new(),
            handlers: Vec::new(),
            children: Vec::new(),
        })
    }

    /// An element of HTML; `number` tells it from every other element of the source.
    pub fn html(tag: &'static str, number: u32) -> Box<Self> {
        Self::new(tag, number, false)
    }

    /// An element of SVG, numbered likewise.
    pub fn svg(tag: &'static str, number: u32) -> Box<Self> {
        Self::new(tag, number, true)
    }

    /// Sets an attribute.
    pub fn attribute(mut self: Box<Self>, name: &'static str, value: impl IntoValue) -> Box<Self> {
        value.put(&mut self.attributes, Kind::Attribute, name);
        self
    }

    /// Sets a property of the element itself, as a control's value.
    pub fn property(mut self: Box<Self>, name: &'static str, value: impl IntoValue) -> Box<Self> {
        value.put(&mut self.attributes, Kind::Property, name);
        self
    }

    /// Sets one class, beside those of the attribute.
    pub fn class(mut self: Box<Self>, name: &'static str, value: impl IntoValue) -> Box<Self> {
        value.put(&mut self.attributes, Kind::Class, name);
        self
    }

    /// Answers an event.
    pub fn on<E: EventDescriptor>(
        mut self: Box<Self>,
        event: E,
        mut handler: impl FnMut(E::EventType) + 'static,
    ) -> Box<Self>
    where
        E::EventType: JsCast,
    {
        if let std::borrow::Cow::Borrowed(name) = event.name() {
            self.handlers.push((name, Box::new(move |event: Event| handler(event.unchecked_into()))));
        }
        self
    }

    /// Puts something into it, after what is there.
    pub fn child(mut self: Box<Self>, child: impl IntoView) -> Box<Self> {
        self.children.push(child.into_view());
        self
    }
}

impl IntoView for Box<Element> {
    fn into_view(self) -> AnyView {
        AnyView::Element(self)
    }
}
