//! What is to be drawn.

use super::Element;
use super::keyed::Row;
use leptos::prelude::Owner;
use std::borrow::Cow;

/// Anything that can be drawn.
pub enum AnyView {
    /// Nothing; its place is kept.
    Nothing,
    /// A text.
    Text(Cow<'static, str>),
    /// An element and what is in it.
    Element(Box<Element>),
    /// One after the other.
    Many(Vec<AnyView>),
    /// Drawn anew when what it reads changes.
    Changing(Box<dyn Draw>),
    /// Rows that are told apart by their keys; they live as long as the owner.
    Rows(Owner, Vec<Row>),
}

/// How to draw anew. Not a `dyn FnMut`: that also holds how it is called but once, one copy more of each closure.
pub trait Draw {
    /// As it is now.
    fn draw(&mut self) -> AnyView;
}

impl<F: FnMut() -> T, T: IntoView> Draw for F {
    fn draw(&mut self) -> AnyView {
        self().into_view()
    }
}

/// What can stand in markup.
pub trait IntoView: Sized {
    /// As a view.
    fn into_view(self) -> AnyView;

    /// As a view; the name that Leptos gives it.
    fn into_any(self) -> AnyView {
        self.into_view()
    }
}

impl IntoView for AnyView {
    fn into_view(self) -> AnyView {
        self
    }
}

impl IntoView for () {
    fn into_view(self) -> AnyView {
        AnyView::Nothing
    }
}

impl IntoView for &'static str {
    fn into_view(self) -> AnyView {
        AnyView::Text(Cow::Borrowed(self))
    }
}

impl IntoView for String {
    fn into_view(self) -> AnyView {
        AnyView::Text(Cow::Owned(self))
    }
}

impl IntoView for u32 {
    fn into_view(self) -> AnyView {
        self.to_string().into_view()
    }
}

impl<T: IntoView> IntoView for Option<T> {
    fn into_view(self) -> AnyView {
        self.map_or(AnyView::Nothing, T::into_view)
    }
}

impl<F: FnMut() -> T + 'static, T: IntoView> IntoView for F {
    fn into_view(self) -> AnyView {
        AnyView::Changing(Box::new(self))
    }
}

/// Several as one.
pub trait CollectView {
    /// Them all, in order.
    fn collect_view(self) -> AnyView;
}

impl<I: IntoIterator<Item: IntoView>> CollectView for I {
    fn collect_view(self) -> AnyView {
        AnyView::Many(self.into_iter().map(IntoView::into_view).collect())
    }
}
