//! What stands in the document, and how it becomes something else.

use super::attribute::{Given, give};
use super::element::{Element, Handler};
use super::keyed::{DrawnRow, arrange};
use super::view::Draw;
use super::{AnyView, IntoView};
use leptos::prelude::RenderEffect;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::Node;
use leptos::wasm_bindgen::{JsCast, closure::Closure};
use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use web_sys::Event;

/// Where something is put.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub parent: &'a Node,
    pub before: Option<&'a Node>,
}

impl Place<'_> {
    fn put(self, node: &Node) {
        // Fails only where the place has left the document; then nobody sees it.
        let _ = self.parent.insert_before(node, self.before);
    }
}

/// What has been drawn. There is always at least one node, which marks the place.
pub enum Drawn {
    Nothing(Node),
    Text(Node, Cow<'static, str>),
    Element(Box<DrawnElement>),
    Many(Vec<Drawn>, Node),
    Changing(RenderEffect<Drawn>),
    Rows(Vec<DrawnRow>, Node),
}

/// An element that stands there.
pub struct DrawnElement {
    element: web_sys::Element,
    number: u32,
    given: Vec<Given>,
    listeners: Vec<Listener>,
    children: Vec<Drawn>,
}

struct Listener {
    name: &'static str,
    handler: Rc<RefCell<Handler>>,
    called: Closure<dyn Fn(Event)>,
}

/// Draws at the end of the page, for as long as the page lives.
pub fn mount(view: impl IntoView) {
    if let Some(body) = crate::edge::document().body() {
        std::mem::forget(Drawn::new(view.into_view(), Place { parent: &body, before: None }));
    }
}

impl Drawn {
    /// Draws.
    pub fn new(view: AnyView, place: Place<'_>) -> Self {
        match view {
            AnyView::Nothing => Self::Nothing(mark(place)),
            AnyView::Text(text) => {
                let node: Node = Rndr::create_text_node(&text).unchecked_into();
                place.put(&node);
                Self::Text(node, text)
            }
            AnyView::Element(element) => Self::Element(Box::new(DrawnElement::new(*element, place))),
            AnyView::Many(views) => {
                let drawn = views.into_iter().map(|view| Self::new(view, place)).collect();
                Self::Many(drawn, mark(place))
            }
            AnyView::Changing(view) => {
                Self::Changing(follow(view, None, Some((place.parent.clone(), place.before.cloned()))))
            }
            AnyView::Rows(owner, rows) => {
                let end = mark(place);
                Self::Rows(arrange(&owner, rows, Vec::new(), place.parent, &end), end)
            }
        }
    }

    /// Becomes something else, in place: an element of the same place in the source stays and is changed, the
    /// rest is drawn anew.
    pub fn change(&mut self, view: AnyView) {
        match (&mut *self, view) {
            (Self::Nothing(_), AnyView::Nothing) => {}
            (Self::Text(node, old), AnyView::Text(text)) => {
                if *old != text {
                    node.set_node_value(Some(&text));
                    *old = text;
                }
            }
            (Self::Element(old), AnyView::Element(new)) if old.number == new.number => old.change(*new),
            (Self::Many(old, end), AnyView::Many(new)) => {
                if let Some(parent) = end.parent_node() {
                    change_all(old, new, Place { parent: &parent, before: Some(end) });
                }
            }
            (Self::Changing(old), AnyView::Changing(view)) => {
                let before = old.take_value();
                *old = follow(view, before, None);
            }
            (Self::Rows(old, end), AnyView::Rows(owner, new)) => {
                if let Some(parent) = end.parent_node() {
                    *old = arrange(&owner, new, std::mem::take(old), &parent, end);
                }
            }
            (_, view) => {
                let first = self.first();
                if let Some(parent) = first.parent_node() {
                    let new = Self::new(view, Place { parent: &parent, before: Some(&first) });
                    std::mem::replace(self, new).remove();
                }
            }
        }
    }

    /// The first of its nodes.
    pub fn first(&self) -> Node {
        match self {
            Self::Nothing(node) | Self::Text(node, _) => node.clone(),
            Self::Element(element) => element.element.clone().unchecked_into(),
            Self::Many(all, end) => all.first().map_or_else(|| end.clone(), Self::first),
            Self::Rows(rows, end) => rows.first().map_or_else(|| end.clone(), |row| row.drawn().first()),
            // Empty only while it is drawn, and then nobody asks.
            Self::Changing(effect) => effect.with_value_mut(|drawn| drawn.first()).unwrap_or_else(comment),
        }
    }

    /// Takes it out of the document.
    pub fn remove(self) {
        match self {
            Self::Nothing(node) | Self::Text(node, _) => Rndr::remove(&node),
            Self::Element(element) => Rndr::remove(&element.element),
            Self::Many(all, end) => {
                all.into_iter().for_each(Self::remove);
                Rndr::remove(&end);
            }
            Self::Rows(rows, end) => {
                rows.into_iter().for_each(DrawnRow::remove);
                Rndr::remove(&end);
            }
            Self::Changing(effect) => {
                if let Some(drawn) = effect.take_value() {
                    drawn.remove();
                }
            }
        }
    }

    /// Moves all of its nodes.
    pub fn move_to(&self, place: Place<'_>) {
        match self {
            Self::Nothing(node) | Self::Text(node, _) => place.put(node),
            Self::Element(element) => place.put(&element.element),
            Self::Many(all, end) => {
                all.iter().for_each(|drawn| drawn.move_to(place));
                place.put(end);
            }
            Self::Rows(rows, end) => {
                rows.iter().for_each(|row| row.drawn().move_to(place));
                place.put(end);
            }
            Self::Changing(effect) => {
                effect.with_value_mut(|drawn| drawn.move_to(place));
            }
        }
    }
}

fn comment() -> Node {
    Rndr::create_placeholder().unchecked_into()
}

// Keeps a place. A comment, so that `:empty` in the styles still holds.
fn mark(place: Place<'_>) -> Node {
    let node = comment();
    place.put(&node);
    node
}

// Where it is drawn first; afterwards it stands where it stands.
type FirstPlace = Option<(Node, Option<Node>)>;

fn follow(mut view: Box<dyn Draw>, before: Option<Drawn>, mut first: FirstPlace) -> RenderEffect<Drawn> {
    let draw = move |before: Option<Drawn>| {
        let view = view.draw();
        match (before, first.take()) {
            (Some(mut drawn), _) => {
                drawn.change(view);
                drawn
            }
            (None, Some((parent, before))) => {
                Drawn::new(view, Place { parent: &parent, before: before.as_ref() })
            }
            (None, None) => Drawn::Nothing(comment()),
        }
    };
    RenderEffect::new_with_value(draw, before)
}

// By position: the markup of a place seldom changes its shape. What is too much goes, what is lacking comes.
fn change_all(old: &mut Vec<Drawn>, new: Vec<AnyView>, place: Place<'_>) {
    let kept = old.len().min(new.len());
    old.drain(kept..).for_each(Drawn::remove);
    let mut new = new.into_iter();
    for (drawn, view) in old.iter_mut().zip(new.by_ref()) {
        drawn.change(view);
    }
    old.extend(new.map(|view| Drawn::new(view, place)));
}

fn listen(element: &web_sys::Element, name: &'static str, handler: Handler) -> Listener {
    let handler = Rc::new(RefCell::new(handler));
    let same = Rc::clone(&handler);
    let called = Closure::<dyn Fn(Event)>::new(move |event| {
        // An event that a handler itself causes on its own element is not answered again.
        if let Ok(mut handler) = same.try_borrow_mut() {
            handler.answer(event);
        }
    });
    let _ = element.add_event_listener_with_callback(name, called.as_ref().unchecked_ref());
    Listener { name, handler, called }
}

impl DrawnElement {
    fn new(wanted: Element, place: Place<'_>) -> Self {
        let namespace = wanted.svg.then_some("http://www.w3.org/2000/svg");
        let element = Rndr::create_element(wanted.tag, namespace);
        let given = give(&element, wanted.attributes, Vec::new());
        let listeners = wanted.handlers.into_iter().map(|(name, handler)| listen(&element, name, handler));
        let listeners = listeners.collect();
        let inside = Place { parent: &element, before: None };
        let children = wanted.children.into_iter().map(|child| Drawn::new(child, inside)).collect();
        place.put(&element);
        Self { element, number: wanted.number, given, listeners, children }
    }

    fn change(&mut self, wanted: Element) {
        self.given = give(&self.element, wanted.attributes, std::mem::take(&mut self.given));
        let mut before = std::mem::take(&mut self.listeners);
        for (name, handler) in wanted.handlers {
            let at = before.iter().position(|old| old.name == name);
            let listener = match at {
                Some(at) => {
                    let old = before.remove(at);
                    *old.handler.borrow_mut() = handler;
                    old
                }
                None => listen(&self.element, name, handler),
            };
            self.listeners.push(listener);
        }
        for old in before {
            let called = old.called.as_ref().unchecked_ref();
            let _ = self.element.remove_event_listener_with_callback(old.name, called);
        }
        change_all(&mut self.children, wanted.children, Place { parent: &self.element, before: None });
    }
}
