//! Suggestions while one types.

use super::{App, drafts};
use crate::edge;
use crate::transport::query;
use contract::KnowledgeSuggest;
use contract::knowledge::{Suggest, Suggestions};
use contract::phone::CallState;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::Cell;

/// Milliseconds after the last key until suggestions are asked for.
const PAUSE: u64 = 50;

thread_local! {
    static ASKED: Cell<u32> = const { Cell::new(0) };
}

/// Asks for suggestions to what stands in the draft now, after a pause.
pub fn ask(app: App) {
    let asked = ASKED.get().wrapping_add(1);
    ASKED.set(asked);
    edge::after(PAUSE, move || {
        if ASKED.get() == asked {
            fetch(app, asked);
        }
    });
}

fn fetch(app: App, asked: u32) {
    let request = untrack(|| request(app));
    if request.text.trim().is_empty()
        && request.note.trim().is_empty()
        && request.queue.is_none()
        && request.case_type.is_none()
    {
        let as_of = app.suggestions.with_untracked(|s| s.as_of);
        return app.suggestions.set(Suggestions { as_of, ..Suggestions::default() });
    }
    spawn_local(async move {
        // A failed suggestion is no news: the next key asks again.
        if let Ok(found) = query::<KnowledgeSuggest>(request).await
            && ASKED.get() == asked
        {
            app.suggestions.set(found);
        }
    });
}

fn request(app: App) -> Suggest {
    match drafts::current(app) {
        Some(writing) => writing.draft.with(|d| Suggest {
            text: d.subject.expose().clone(),
            note: d.note.expose().clone(),
            queue: d.contact.queue.clone(),
            case_type: d.case_type.clone(),
            limit: Some(9),
        }),
        None => Suggest {
            queue: app.phone.with(|p| {
                let live = |state: &CallState| !matches!(state, CallState::Ended { .. });
                p.calls.iter().find(|c| live(&c.state)).and_then(|c| c.queue.clone())
            }),
            limit: Some(9),
            ..Suggest::default()
        },
    }
}
