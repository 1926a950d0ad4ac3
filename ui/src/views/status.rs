//! The status bar: connection, phone, unsent, own state, how old the knowledge is.

use crate::components::shape::{self, Shape, badge};
use crate::dom::prelude::*;
use crate::i18n::{K, error, t, tf};
use crate::state::{App, Dialog};
use crate::views::header::{state_time, state_word};
use crate::{format, ids};
use contract::desk::{Connection, Notice};
use contract::phone::Registration;

/// The bar.
pub fn view(app: App) -> AnyView {
    let desk = app.capabilities().offline;
    let phone = app.capabilities().phone;
    view! {
        {notices(app)}
        <footer class="status" aria-label=t(K::StatusLabel)>
            <span id="connection">{move || connection(app)}</span>
            {phone.then(|| view! { <span id="registration">{move || registration(app)}</span> })}
            {desk.then(|| view! {
                <button type="button" id=ids::UNSENT class="plain small" on:click=move |_| app.dialog.set(Some(Dialog::Unsent))>
                    {move || unsent(app)}
                </button>
            })}
            {move || own(app)}
            <span class="grow"></span>
            <span>{move || knowledge(app)}</span>
        </footer>
    }
    .into_any()
}

fn connection(app: App) -> AnyView {
    if !app.capabilities().offline {
        return if app.streaming.get() {
            badge((Shape::Disc, "good"), t(K::StatusConnected))
        } else {
            badge((Shape::Half, "warn"), t(K::StatusConnecting))
        };
    }
    match app.desk.with(|d| d.as_ref().map(|d| d.connection)) {
        Some(Connection::Connected) => badge((Shape::Disc, "good"), t(K::StatusConnected)),
        Some(Connection::Connecting) => badge((Shape::Half, "warn"), t(K::StatusConnecting)),
        Some(Connection::Offline { since }) => {
            let text = tf(K::StatusOffline, &[("time", &format::time(since))]);
            badge((Shape::Triangle, "warn"), text)
        }
        Some(Connection::OtherVersion) => badge((Shape::Triangle, "bad"), t(K::StatusOtherVersion)),
        Some(Connection::SessionEnded) => badge((Shape::Triangle, "warn"), t(K::StatusSessionEnded)),
        Some(Connection::None) | None => badge((Shape::Ring, "quiet"), t(K::StatusNone)),
    }
}

fn registration(app: App) -> AnyView {
    match app.phone.with(|p| p.registration) {
        Registration::Registered => badge((Shape::Disc, "good"), t(K::PhoneRegistered)),
        Registration::Registering => badge((Shape::Half, "warn"), t(K::PhoneRegistering)),
        Registration::None => badge((Shape::Ring, "quiet"), t(K::PhoneRegNone)),
        Registration::WrongCredentials => badge((Shape::Cross, "bad"), t(K::PhoneRegWrong)),
        Registration::Unreachable => badge((Shape::Triangle, "bad"), t(K::PhoneRegUnreachable)),
        _ => badge((Shape::OpenLock, "bad"), t(K::PhoneRegInsecure)),
    }
}

fn unsent(app: App) -> AnyView {
    let (unsent, refused) = app.desk.with(|d| d.as_ref().map_or((0, 0), |d| (d.unsent, d.refused)));
    let text = match unsent {
        1 => t(K::StatusUnsentOne).to_owned(),
        n => tf(K::StatusUnsent, &[("n", &n.to_string())]),
    };
    if refused > 0 {
        let look = tf(K::StatusRefused, &[("n", &refused.to_string())]);
        return badge((Shape::Triangle, "bad"), format!("{text} · {look}"));
    }
    badge(if unsent > 0 { (Shape::Half, "warn") } else { (Shape::Check, "quiet") }, text)
}

fn own(app: App) -> Option<AnyView> {
    let status = app.agent.with(|a| a.as_ref().map(|a| a.status.clone()))?;
    let word = state_word(status.state);
    let tone = shape::agent(status.state);
    Some(
        view! { <span id="own-state">{badge(tone, word)}" "<span class="time">{move || state_time(app, &status)}</span></span> }
            .into_any(),
    )
}

fn knowledge(app: App) -> String {
    let from =
        app.desk.with(|d| d.as_ref().and_then(|d| d.knowledge_from)).or(app.suggestions.with(|s| s.as_of));
    match from {
        Some(at) => tf(K::KnowFrom, &[("when", &format::when(at, app.now.get()))]),
        None if app.capabilities().offline => t(K::KnowFromNone).to_owned(),
        None => String::new(),
    }
}

/// Tells each notice until it has been read.
fn notices(app: App) -> AnyView {
    let read = RwSignal::new(Vec::<Notice>::new());
    let shown = Memo::new(move |_| {
        let all = app.desk.with(|d| d.as_ref().map(|d| d.notices.clone()).unwrap_or_default());
        read.with(|read| all.into_iter().filter(|n| !read.contains(n)).collect::<Vec<_>>())
    });
    let one = move |notice: Notice| {
        let text = match &notice {
            Notice::StoreRebuilt { drafts_saved, changes_saved, cut, set_aside } => {
                let (n, changes) = (drafts_saved.to_string(), changes_saved.to_string());
                let text =
                    tf(K::NoticeStoreRebuilt, &[("file", set_aside), ("n", &n), ("changes", &changes)]);
                if *cut { format!("{text} {}", t(K::NoticeStoreCut)) } else { text }
            }
            Notice::NoKeyring => t(K::NoticeNoKeyring).to_owned(),
            Notice::ChangeRefused { code, draft, .. } => {
                let what = if *draft { K::NoticeChangeDraft } else { K::NoticeChangeRefused };
                format!("{} {}", t(what), error(*code))
            }
            Notice::Unreadable { count } => tf(K::NoticeUnreadable, &[("n", &count.to_string())]),
            Notice::NotCached { .. } => t(K::NoticeNotCached).to_owned(),
        };
        view! {
            <div class="message">
                <span>{text}</span>
                <button type="button" class="plain" on:click=move |_| read.update(|r| r.push(notice.clone()))>
                    {t(K::NoticeDismiss)}
                </button>
            </div>
        }
    };
    view! { <div class="messages" aria-live="polite">{move || shown.get().into_iter().map(one).collect_view()}</div> }
        .into_any()
}
