//! The case pane: tabs, what is in them, and receipts.

use crate::components::{button, key, shortcut};
use crate::dom::prelude::*;
use crate::i18n::{K, t, tf};
use crate::keys::Action;
use crate::state::drafts::{Tab, TabKind};
use crate::state::outgoing::{self, Outgoing};
use crate::state::{App, drafts};
use crate::views::{case_form, case_reader, handover};
use crate::{edge, format, ids};
use contract::domain::CaseId;

/// The pane.
pub fn view(app: App) -> AnyView {
    let shown = Memo::new(move |_| app.tab.get());
    view! {
        <section id=ids::CASE_PANE class="pane case" tabindex="-1" aria-labelledby="case-title">
            <h2 id="case-title" class="pane-title unseen">{t(K::CaseTitle)}</h2>
            {tabs(app)}
            {receipts(app)}
            {move || {
                let tab = shown.get().and_then(|key| {
                    app.tabs.with_untracked(|tabs| tabs.iter().find(|t| t.key == key).copied())
                });
                match tab {
                    None => empty(app),
                    Some(Tab { key, kind: TabKind::Case }) => case_reader::view(app, key),
                    Some(Tab { kind: TabKind::Draft(writing), .. }) => {
                        let handing = Memo::new(move |_| writing.handing.with(Option::is_some));
                        view! {
                            {move || if handing.get() {
                                handover::of_draft(app, writing)
                            } else {
                                case_form::view(app, writing)
                            }}
                        }
                        .into_any()
                    }
                }
            }}
        </section>
    }
    .into_any()
}

fn title(app: App, tab: Tab) -> String {
    let text = match tab.kind {
        TabKind::Draft(writing) => {
            let subject = writing.draft.with(|d| d.subject.expose().trim().to_owned());
            if subject.is_empty() {
                writing.case_type(app).map(|c| c.name).unwrap_or_default()
            } else {
                subject
            }
        }
        TabKind::Case => known_number(app, tab.key).unwrap_or_else(|| t(K::CaseTitle).to_owned()),
    };
    if text.is_empty() { t(K::CaseUntitled).to_owned() } else { text }
}

// From wherever the case has been seen: one's own, a receipt, a caller's open cases.
fn known_number(app: App, case: CaseId) -> Option<String> {
    let mine = app.mine.with(|all| all.iter().find(|c| c.id == case).map(|c| c.number));
    let read = || app.numbers.with(|all| all.iter().find(|(id, _)| *id == case).map(|(_, number)| *number));
    mine.or_else(read).map(|number| number.to_string())
}

// Buttons in a list rather than the ARIA tab pattern: each can be closed, and Tab reaches both.
fn tabs(app: App) -> AnyView {
    let one = move |tab: Tab| {
        let key = tab.key;
        let selected = move || app.tab.get() == Some(key);
        view! {
            <li id=format!("tab-{key}") class="tab" class:selected=selected>
                <button type="button" class="tab-name" aria-current=move || if selected() { "true" } else { "false" }
                    on:click=move |_| drafts::select(app, key)>
                    {move || title(app, tab)}
                </button>
                <button type="button" class="tab-close" on:click=move |_| drafts::ask_to_close(app, key)
                    aria-label=move || tf(K::CaseCloseTab, &[("name", &title(app, tab))])>"×"</button>
            </li>
        }
    };
    Effect::new(move |_| {
        if let Some(key) = app.tab.get() {
            edge::reveal(&format!("tab-{key}"));
        }
    });
    view! {
        <div class="tabs">
            <ul aria-label=t(K::CaseTabs)>
                {each(move || app.tabs.get(), |tab| tab.key, one)}
            </ul>
            <button type="button" id=ids::NEW_CASE class="plain" aria-keyshortcuts=shortcut(app, Action::NewCase)
                on:click=move |_| {
                    drafts::begin(app);
                    edge::focus(ids::SUBJECT);
                }>
                <span aria-hidden="true">"+ "</span>{t(K::CaseNew)}{key(app, Action::NewCase)}
            </button>
        </div>
    }
    .into_any()
}

fn empty(app: App) -> AnyView {
    let lead = move || tf(K::CaseEmpty, &[("key", &app.keys.with(|keys| keys.key(Action::NewCase)))]);
    view! {
        <div class="empty">
            <p class="strong">{t(K::CaseEmptyTitle)}</p>
            <p class="quiet">{lead}</p>
        </div>
    }
    .into_any()
}

fn receipts(app: App) -> AnyView {
    let newest = move || app.outgoing.with(|all| all.last().cloned());
    view! {
        <div id=ids::RECEIPT class="receipts" role="status">
            {move || newest().map(|receipt| line(app, receipt))}
        </div>
    }
    .into_any()
}

fn line(app: App, receipt: Outgoing) -> AnyView {
    let number = drafts::number(receipt.number);
    let case = receipt.case;
    let Some((_, group)) = receipt.handed.clone() else {
        let text = if receipt.queued || receipt.number.is_none() {
            t(K::CaseRegisteredQueued).to_owned()
        } else {
            tf(K::CaseRegistered, &[("number", &number)])
        };
        return plain(app, text, receipt.number.is_some().then_some(case));
    };
    let group = app.structure.with(|s| format::group_name(s, &group));
    let undoable = {
        let receipt = receipt.clone();
        Memo::new(move |_| receipt.can_undo(app.now.get()))
    };
    let leaves = receipt.leaves_at;
    let left = move || leaves.map_or(0, |at| at.seconds_since(app.now.get()).saturating_add(1).min(10));
    view! {
        {move || {
            if receipt.queued {
                return plain(app, tf(K::UndoQueued, &[("group", &group)]), None);
            }
            if undoable.get() {
                let (number, group) = (number.clone(), group.clone());
                let text = move || {
                    let s = left().to_string();
                    tf(K::UndoText, &[("number", &number), ("group", &group), ("s", &s)])
                };
                return view! {
                    <div class="receipt undo">
                        <span aria-live="off">{text}</span>
                        {button(app, ids::UNDO, "", t(K::UndoGo), Action::Undo, move || outgoing::undo(app))}
                        <progress max="10" value=move || left().to_string() aria-hidden="true"></progress>
                    </div>
                }
                .into_any();
            }
            let due = receipt.response_due.map(|due| format::spoken(due, app.now.get_untracked()));
            let text = tf(
                K::UndoGone,
                &[("number", &number), ("group", &group), ("when", &due.unwrap_or_default())],
            );
            plain(app, text, Some(case))
        }}
    }
    .into_any()
}

fn plain(app: App, text: String, open: Option<CaseId>) -> AnyView {
    view! {
        <div class="receipt">
            <span>{text}</span>
            {open.map(|case| view! {
                <button type="button" class="plain" on:click=move |_| drafts::open_case(app, case)>{t(K::CaseOpenIt)}</button>
            })}
        </div>
    }
    .into_any()
}
