//! Rows that keep their place in the document, and what lives in them, when the list changes.

use super::drawn::{Drawn, Place};
use super::{AnyView, IntoView};
use leptos::prelude::Owner;
use leptos::tachys::renderer::types::Node;

/// A row as it is to be drawn.
pub struct Row {
    key: String,
    draw: Box<dyn FnOnce() -> AnyView>,
}

/// A row that stands there. What is made in it lives until it goes.
pub struct DrawnRow {
    key: String,
    drawn: Drawn,
    _owner: Owner,
}

/// One row for each item. A row is drawn once: items with the same key are the same.
pub fn each<T: 'static, K: ToString, V: IntoView>(
    items: impl Fn() -> Vec<T> + 'static,
    key: impl Fn(&T) -> K + 'static,
    row: impl Fn(T) -> V + Clone + 'static,
) -> AnyView {
    // The list's own owner, not the effect's: a row outlives a change of the list.
    let owner = Owner::current().unwrap_or_default();
    AnyView::Changing(Box::new(move || {
        let rows = items().into_iter().map(|item| {
            let (key, row) = (key(&item).to_string(), row.clone());
            Row { key, draw: Box::new(move || row(item).into_view()) }
        });
        AnyView::Rows(owner.clone(), rows.collect())
    }))
}

/// Makes `before` into `wanted`: rows that are gone go, new ones come, and only what stands wrong is moved.
pub fn arrange(
    owner: &Owner,
    wanted: Vec<Row>,
    mut before: Vec<DrawnRow>,
    parent: &Node,
    end: &Node,
) -> Vec<DrawnRow> {
    let gone = before.extract_if(.., |old| !wanted.iter().any(|row| row.key == old.key));
    gone.for_each(|old| old.drawn.remove());
    let mut rows = Vec::with_capacity(wanted.len());
    for row in wanted {
        let next = before.first().map_or_else(|| end.clone(), |next| next.drawn.first());
        let place = Place { parent, before: Some(&next) };
        let drawn = match before.iter().position(|old| old.key == row.key) {
            Some(0) => before.remove(0),
            Some(at) => {
                let old = before.remove(at);
                old.drawn.move_to(place);
                old
            }
            None => {
                let own = owner.with(Owner::new);
                let drawn = own.with(|| Drawn::new((row.draw)(), place));
                DrawnRow { key: row.key, drawn, _owner: own }
            }
        };
        rows.push(drawn);
    }
    rows
}

impl DrawnRow {
    /// What stands there.
    pub fn drawn(&self) -> &Drawn {
        &self.drawn
    }

    /// Takes it away.
    pub fn remove(self) {
        self.drawn.remove();
    }
}
