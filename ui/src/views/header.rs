//! The top line: search, the wrap-up's countdown, the agent's state, who is signed in.

use crate::actions::open_palette;
use crate::components::shape::{self, badge};
use crate::components::{key, shortcut};
use crate::dom::prelude::*;
use crate::i18n::{K, pause, t, tf};
use crate::keys::Action;
use crate::state::{App, Dialog, View, boot, phone};
use crate::{format, ids};
use contract::agents::SetAgentState;
use contract::domain::agent::{AgentState, AgentStatus, PauseReason};
use contract::domain::rights::Role;

/// The mark: a voice that finds its place.
pub fn mark() -> AnyView {
    view! {
        <svg class="mark" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false">
            <path d="M4 3h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-5l-3 5-3-5H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2Z"></path>
            <circle cx="12" cy="10" r="3.250"></circle>
        </svg>
    }
    .into_any()
}

/// The state in one word.
pub fn state_word(state: AgentState) -> String {
    match state {
        AgentState::Offline => t(K::AgentOffline).to_owned(),
        AgentState::Ready => t(K::AgentReady).to_owned(),
        AgentState::Paused { reason } => pause(reason).to_owned(),
        AgentState::Offered => t(K::AgentOffered).to_owned(),
        AgentState::InCall => t(K::AgentInCall).to_owned(),
        AgentState::WrapUp { .. } => t(K::AgentWrapUp).to_owned(),
    }
}

/// The time beside the state: what is left of a wrap-up, else how long it has lasted.
pub fn state_time(app: App, status: &AgentStatus) -> String {
    let now = app.now.get();
    match status.state {
        AgentState::WrapUp { until } => format::running(until.seconds_since(now)),
        _ => format::running(now.seconds_since(status.since)),
    }
}

/// The header.
pub fn view(app: App) -> AnyView {
    let both = Memo::new(move |_| {
        app.me.track();
        app.at_front() && app.has_role(&[Role::CaseOfficer])
    });
    let front = Memo::new(move |_| {
        app.me.track();
        app.at_front()
    });
    let lead = Memo::new(move |_| {
        app.me.track();
        app.has_role(&[Role::Lead])
    });
    view! {
        <header class="head">
            <h1 class="wordmark">{mark()}<span>{t(K::AppName)}</span></h1>
            {move || front.get().then(|| view! {
                <button type="button" id=ids::SEARCH class="search-open" aria-keyshortcuts=shortcut(app, Action::Search)
                    on:click=move |_| open_palette(app)>
                    <span>{t(K::HeadSearch)}</span>{key(app, Action::Search)}
                </button>
            })}
            {move || both.get().then(|| switch(app))}
            <span class="grow"></span>
            <span class="who">{move || app.me.with(|me| me.as_ref().map(|m| m.name.expose().clone()))}</span>
            {move || lead.get().then(|| view! {
                <button type="button" id=ids::RETURNS class="plain" on:click=move |_| app.dialog.set(Some(Dialog::Returns))>{t(K::ReturnsTitle)}</button>
            })}
            <button type="button" class="plain" aria-keyshortcuts=shortcut(app, Action::Help)
                on:click=move |_| app.dialog.set(Some(Dialog::Keys))>
                {t(K::HeadKeys)}{key(app, Action::Help)}
            </button>
            <button type="button" class="plain" aria-keyshortcuts=shortcut(app, Action::Settings)
                on:click=move |_| app.dialog.set(Some(Dialog::Settings))>
                {t(K::HeadSettings)}
            </button>
            {move || front.get().then(|| agent(app))}
        </header>
    }
    .into_any()
}

fn switch(app: App) -> AnyView {
    let one = move |view: View, id: &'static str, text: &'static str| {
        view! {
            <button type="button" id=id aria-pressed=move || if app.view.get() == view { "true" } else { "false" }
                on:click=move |_| app.view.set(view)>{text}</button>
        }
    };
    view! {
        <div class="switch" role="group" aria-label=t(K::HeadView)>
            {one(View::Desk, "view-desk", t(K::HeadViewDesk))}
            {one(View::Inbox, "view-inbox", t(K::HeadViewInbox))}
        </div>
    }
    .into_any()
}

fn agent(app: App) -> AnyView {
    let state = Memo::new(move |_| app.agent.with(|a| a.as_ref().map(|a| a.status.state)));
    let then = move || {
        app.agent.with(|a| {
            let status = &a.as_ref()?.status;
            let what = if status.leaving { t(K::AgentOffline) } else { pause(status.next?) };
            Some(view! { <span class="quiet">{tf(K::AgentThen, &[("what", what)])}</span> })
        })
    };
    let time = move || app.agent.with(|a| a.as_ref().map(|a| state_time(app, &a.status)));
    view! {
        <button type="button" id=ids::AGENT_STATE class="state" popovertarget="agent-menu"
            data-agent-state=move || state.get().map(wire_state)>
            <span class="unseen">{t(K::HeadMenu)}": "</span>
            {move || match state.get() {
                Some(state) => badge(shape::agent(state), state_word(state)),
                None => badge((shape::Shape::Ring, "quiet"), t(K::AgentUnknown)),
            }}
            <span class="time">{time}</span>
            {then}
        </button>
        <div id="agent-menu" popover="auto" class="menu">
            {choice(app, ids::GO_READY, t(K::AgentGoReady), SetAgentState::Ready, Some(Action::ToggleReady))}
            <p class="menu-title" id="pause-title">{t(K::AgentPauseTitle)}</p>
            <div role="group" aria-labelledby="pause-title">
                {PauseReason::ALL
                    .into_iter()
                    .map(|reason| choice(app, pause_id(reason), pause(reason), SetAgentState::Paused { reason }, None))
                    .collect_view()}
            </div>
            {choice(app, ids::GO_OFFLINE, t(K::AgentGoOffline), SetAgentState::Offline, None)}
        </div>
    }
    .into_any()
}

const fn wire_state(state: AgentState) -> &'static str {
    match state {
        AgentState::Offline => "offline",
        AgentState::Ready => "ready",
        AgentState::Paused { .. } => "paused",
        AgentState::Offered => "offered",
        AgentState::InCall => "in_call",
        AgentState::WrapUp { .. } => "wrap_up",
    }
}

const fn pause_id(reason: PauseReason) -> &'static str {
    match reason {
        PauseReason::Break => "pause-break",
        PauseReason::Lunch => "pause-lunch",
        PauseReason::Meeting => "pause-meeting",
        PauseReason::Training => "pause-training",
        PauseReason::OtherWork => "pause-other-work",
    }
}

fn choice(
    app: App,
    id: &'static str,
    text: &'static str,
    state: SetAgentState,
    action: Option<Action>,
) -> AnyView {
    view! {
        <button type="button" id=id class="menu-line" popovertarget="agent-menu" popovertargetaction="hide"
            on:click=move |_| phone::set_state(app, state)>
            <span>{text}</span>{action.map(|a| key(app, a))}
        </button>
    }
    .into_any()
}

/// Signing out, in the settings.
pub fn sign_out(app: App) -> AnyView {
    view! {
        <button type="button" id="sign-out" on:click=move |_| boot::sign_out(app)>{t(K::SigninOut)}</button>
    }
    .into_any()
}
