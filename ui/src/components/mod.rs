//! Small pieces that several views use.

pub mod combobox;
pub mod shape;

use crate::dom::prelude::*;
use crate::i18n::{K, t, tf};
use crate::keys::Action;
use crate::markdown::{Block, Inline, blocks};
use crate::state::{App, cases};
use contract::cases::CaseList;

/// The key of an action, beside the words of its button.
pub fn key(app: App, action: Action) -> AnyView {
    view! { <kbd aria-hidden="true">{move || app.keys.with(|keys| keys.key(action)).replace("Escape", "Esc")}</kbd> }.into_any()
}

/// The same for assistive technology, as `aria-keyshortcuts` wants it.
pub fn shortcut(app: App, action: Action) -> impl Fn() -> String + Clone + Send + 'static {
    move || app.keys.with(|keys| keys.key(action)).replace("Ctrl", "Control")
}

/// How much room a field has left, said when it is nearly full: a browser drops what is more without a word.
/// `limit` is its `maxlength`, in the units that browsers count.
pub fn room(limit: usize, text: impl Fn() -> usize + Send + Sync + 'static) -> AnyView {
    let left = Memo::new(move |_| limit.saturating_sub(text()));
    view! {
        <p class="warned" role="status">
            {move || match left.get() {
                0 => Some(tf(K::CaseRoomNone, &[("n", &limit.to_string())])),
                n if n <= limit / 20 => Some(tf(K::CaseRoomLeft, &[("n", &n.to_string())])),
                _ => None,
            }}
        </p>
    }
    .into_any()
}

/// How browsers count a text for `maxlength`.
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A button with words and its key.
pub fn button(
    app: App,
    id: &'static str,
    class: &'static str,
    text: &'static str,
    action: Action,
    press: impl Fn() + 'static,
) -> AnyView {
    view! {
        <button type="button" id=id class=class aria-keyshortcuts=shortcut(app, action) on:click=move |_| press()>
            <span>{text}</span>
            {key(app, action)}
        </button>
    }
    .into_any()
}

/// The way to the next page of a list of cases.
pub fn more(app: App, list: CaseList) -> AnyView {
    let next = cases::shown(app, list).1;
    let there = Memo::new(move |_| next.with(|next| !next.is_empty()));
    view! {
        {move || there.get().then(|| view! {
            <button type="button" class="plain more" on:click=move |_| cases::read_more(app, list)>{t(K::ListMore)}</button>
        })}
    }
    .into_any()
}

/// Whether a list of cases shows those that are closed too.
pub fn closed_too(app: App, list: CaseList) -> AnyView {
    let change = move |_| {
        app.closed_too.update(|on| *on = !*on);
        cases::read(app, list, false);
    };
    view! {
        <label class="tick closed-too">
            <input type="checkbox" id="inbox-closed" prop:checked=move || app.closed_too.get() on:change=change />
            <span>{t(K::InboxClosed)}</span>
        </label>
    }
    .into_any()
}

/// A labelled line of text.
pub fn fact(label: &'static str, value: impl IntoView + 'static) -> AnyView {
    view! { <div class="fact"><dt>{label}</dt><dd>{value.into_any()}</dd></div> }.into_any()
}

/// Markdown as elements; nothing of it is ever taken as HTML.
pub fn markdown(text: &str) -> AnyView {
    blocks(text).into_iter().map(block).collect_view().into_any()
}

fn block(block: Block) -> AnyView {
    match block {
        Block::Heading(runs) => view! { <h4>{inline(runs)}</h4> }.into_any(),
        Block::Paragraph(runs) => view! { <p>{inline(runs)}</p> }.into_any(),
        Block::Quote(runs) => view! {
            <blockquote><span class="say">{t(K::KnowSayAloud)}</span>" "{inline(runs)}</blockquote>
        }
        .into_any(),
        Block::List { ordered, items } => {
            let items = items.into_iter().map(|runs| view! { <li>{inline(runs)}</li> }).collect_view();
            if ordered {
                view! { <ol>{items}</ol> }.into_any()
            } else {
                view! { <ul>{items}</ul> }.into_any()
            }
        }
    }
}

fn inline(runs: Vec<Inline>) -> AnyView {
    runs.into_iter()
        .map(|run| match run {
            Inline::Text(text) => text.into_any(),
            Inline::Strong(text) => view! { <strong>{text}</strong> }.into_any(),
            Inline::Emphasis(text) => view! { <em>{text}</em> }.into_any(),
            Inline::Link { text, target } => {
                view! { <a href=target target="_blank" rel="noopener noreferrer">{text}</a> }.into_any()
            }
        })
        .collect_view()
        .into_any()
}

/// A title with the words that matched marked.
pub fn marked(text: &str, matched: &[String]) -> AnyView {
    crate::markdown::marked(text, matched)
        .into_iter()
        .map(|(piece, hit)| if hit { view! { <mark>{piece}</mark> }.into_any() } else { piece.into_any() })
        .collect_view()
        .into_any()
}

/// What changes on an input event, as text.
pub fn typed(change: impl Fn(String) + 'static) -> impl FnMut(leptos::ev::Event) + 'static {
    move |event| change(event_target_value(&event))
}
