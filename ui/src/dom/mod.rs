//! Views of one type, drawn and changed in place by code that exists once.
//!
//! The reactive half is Leptos' own: a closure in the markup is a [`RenderEffect`] that owns what is made in
//! it, exactly as in Leptos. What is drawn is described by [`AnyView`]; drawing the description anew changes
//! what stands there already, so that the caret and the scroll position stay.
//!
//! [`RenderEffect`]: leptos::prelude::RenderEffect

mod attribute;
mod drawn;
mod element;
mod keyed;
mod view;

pub use drawn::mount;
pub use element::Element;
pub use keyed::each;
pub use markup::view;
pub use view::{AnyView, CollectView, IntoView};

/// What a view needs: the markup, and Leptos' signals.
pub mod prelude {
    pub use super::{AnyView, CollectView as _, IntoView, each, view};
    pub use crate::signal::{Memo, RwSignal};
    pub use leptos::prelude::{Callable as _, Callback, Effect, StoredValue, event_target_value, untrack};
    pub use leptos::reactive::traits::*;
}
