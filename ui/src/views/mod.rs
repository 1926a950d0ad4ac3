//! The views.

mod alarm;
mod call_list;
mod call_strip;
mod case_asks;
mod case_form;
mod case_past;
mod case_reader;
mod case_rewrite;
mod checkup;
mod dialogs;
mod door;
mod handover;
mod header;
mod inbox;
pub mod knowledge;
mod officer;
mod palette;
mod pane;
mod phone;
mod returns;
mod status;

use crate::dom::prelude::*;
use crate::i18n::{K, error, t};
use crate::ids;
use crate::state::{App, Message, Screen, View};

/// The whole window.
pub fn root(app: App) -> AnyView {
    let screen = Memo::new(move |_| app.screen.get());
    // What is in it keeps the caret while the desk changes.
    let practice = Memo::new(move |_| app.practice());
    view! {
        {move || practice.get().then(|| view! {
            <aside class="practice" aria-label=t(K::AppPractice)><span>{t(K::AppPractice)}</span>{officer::entry(app)}</aside>
        })}
        {move || match screen.get() {
            Screen::Ready => work(app),
            other => door::view(app, &other),
        }}
        {dialogs::view(app)}
    }
    .into_any()
}

fn work(app: App) -> AnyView {
    let at = Memo::new(move |_| app.view.get());
    view! {
        <a class="skip" href=move || if at.get() == View::Desk { "#case-pane" } else { "#read-pane" }>{t(K::AppSkip)}</a>
        {header::view(app)}
        {app.capabilities().phone.then(|| call_strip::view(app))}
        {move || match at.get() {
            View::Desk => desk(app),
            View::Inbox => inbox::view(app),
        }}
        {message(app)}
        {status::view(app)}
        {palette::view(app)}
    }
    .into_any()
}

fn desk(app: App) -> AnyView {
    view! {
        <main class="panes" data-phase="ready">
            {phone::view(app)}
            {pane::view(app)}
            {knowledge::view(app)}
        </main>
    }
    .into_any()
}

/// One line of what went wrong or happened; stays until read.
pub fn message(app: App) -> AnyView {
    view! {
        <div class="messages" aria-live="polite">
            {move || {
                app.message.get().map(|message| {
                    let (class, text) = match message {
                        Message::Error(code) => ("message bad", error(code).to_owned()),
                        Message::Told(text) => ("message", text),
                    };
                    view! {
                        <div class=class id=ids::MESSAGE>
                            <span>{text}</span>
                            <button type="button" class="plain" on:click=move |_| app.message.set(None)>
                                {t(K::NoticeDismiss)}
                            </button>
                        </div>
                    }
                })
            }}
        </div>
    }
    .into_any()
}
