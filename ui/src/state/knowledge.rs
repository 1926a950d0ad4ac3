//! Suggestions while one types.

use super::{App, drafts};
use crate::transport::query;
use crate::{actions, edge};
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
    static SHOWN: Cell<u32> = const { Cell::new(0) };
    static WANTED: Cell<Option<u8>> = const { Cell::new(None) };
}

/// Opens the nth suggestion to what stands in the draft: at once when the list is of it, else when it comes.
/// What was listed for another text is not what the agent means who has typed on.
pub fn open_nth(app: App, n: u8) {
    if ASKED.get() == SHOWN.get() {
        actions::open_suggestion(app, n);
    } else {
        WANTED.set(Some(n));
    }
}

fn show(app: App, asked: u32, found: Suggestions) {
    SHOWN.set(asked);
    app.suggestions.set(found);
    if let Some(n) = WANTED.take() {
        actions::open_suggestion(app, n);
    }
}

/// Asks for suggestions to what stands in the draft now, after a pause.
pub fn ask(app: App) {
    let asked = ASKED.get().wrapping_add(1);
    ASKED.set(asked);
    // One who types on has changed their mind.
    WANTED.set(None);
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
        return show(app, asked, Suggestions { as_of, ..Suggestions::default() });
    }
    spawn_local(async move {
        let found = query::<KnowledgeSuggest>(request).await;
        if ASKED.get() == asked {
            // A failed suggestion is no news: what was listed stays, and the next key asks again.
            show(app, asked, found.unwrap_or_else(|_| app.suggestions.get_untracked()));
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
