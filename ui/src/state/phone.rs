//! The phone: what the desk says of it, and what the agent asks of it.

use super::once::new_id;
use super::{App, drafts, knowledge};
use crate::transport::{change, query};
use crate::{edge, ids};
use contract::agents::{Prolong, SetAgentState};
use contract::cases::MatchCustomer;
use contract::domain::agent::{AgentState, PauseReason};
use contract::domain::{ContactId, Personal};
use contract::phone::{CallState, CallView, Dial, Direction, OnCall, PhoneView, Switch};
use contract::{
    AgentFinish, AgentProlong, AgentSet, Command, CustomerMatchCommand, Error, Nothing, PhoneAnswer,
    PhoneDecline, PhoneDial, PhoneHangUp, PhoneHold, PhoneMute, PracticeNext,
};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::RefCell;

thread_local! {
    // A call's draft is made once: registered while the call goes on, it does not come back empty.
    static DRAFTED: RefCell<Vec<ContactId>> = const { RefCell::new(Vec::new()) };
}

/// The call that matters now: one that lives, else the last one that ended.
pub fn current(view: &PhoneView) -> Option<&CallView> {
    let live = view.calls.iter().rev().find(|c| !matches!(c.state, CallState::Ended { .. }));
    live.or_else(|| view.calls.last())
}

fn ended(call: &CallView) -> bool {
    matches!(call.state, CallState::Ended { .. })
}

/// Takes the phone as it stands.
pub fn take(app: App, view: PhoneView) {
    let before = app.phone.get_untracked();
    app.phone.set(view.clone());
    for call in &view.calls {
        let new = !before.calls.iter().any(|c| c.number == call.number);
        if new && !ended(call) {
            look_up(app, call);
            knowledge::ask(app);
        }
        if call.state == CallState::InCall
            && call.direction == Direction::Incoming
            && app.restored.get_untracked()
        {
            draft_once(app, call);
        }
        if ended(call) && call.answered_at.is_none() && call.direction == Direction::Incoming {
            drafts::drop_untouched(app, call.contact);
        }
    }
}

fn draft_once(app: App, call: &CallView) {
    let new = DRAFTED.with_borrow_mut(|drafted| {
        let new = !drafted.contains(&call.contact);
        if new {
            drafted.push(call.contact);
        }
        new
    });
    if new {
        drafts::of_call(app, call);
    }
}

fn look_up(app: App, call: &CallView) {
    let number = call.number;
    let asked = app.matches.with_untracked(|all| all.iter().any(|(n, _)| *n == number));
    if asked || call.remote.expose().is_empty() {
        return;
    }
    app.matches.update(|all| {
        all.retain(|(n, _)| n.saturating_add(4) > number);
        all.push((number, None));
    });
    let request = MatchCustomer { number: call.remote.clone() };
    spawn_local(async move {
        // Without the service nobody is known; the call itself is not hindered.
        let found = query::<CustomerMatchCommand>(request).await.unwrap_or_default();
        app.matches.update(|all| {
            for entry in all.iter_mut().filter(|(n, _)| *n == number) {
                entry.1 = Some(found.clone());
            }
        });
    });
}

fn ask<C>(app: App, request: C::Request)
where
    C: Command<Reply = PhoneView>,
    C::Request: 'static,
{
    spawn_local(async move {
        let reply: Result<PhoneView, Error> = change::<C>(new_id(), &request).await;
        // How the phone stands comes as events, in order; a reply may be older than the last of them.
        if let Err(error) = reply {
            app.fail(&error);
        }
    });
}

fn live(app: App, wanted: impl Fn(&CallView) -> bool) -> Option<CallView> {
    app.phone.with_untracked(|p| p.calls.iter().rev().find(|c| !ended(c) && wanted(c)).cloned())
}

/// Answers the offered call; the caret goes to *Det gäller* of its draft.
pub fn answer(app: App) {
    let Some(call) = live(app, |c| c.state == CallState::Ringing) else { return };
    ask::<PhoneAnswer>(app, OnCall { call: call.number });
    draft_once(app, &call);
    app.view.set(super::View::Desk);
    edge::focus(ids::SUBJECT);
}

/// Declines an offered call, ends another.
pub fn hang_up(app: App) {
    let Some(call) = live(app, |_| true) else { return };
    let request = OnCall { call: call.number };
    if call.state == CallState::Ringing {
        ask::<PhoneDecline>(app, request);
    } else {
        ask::<PhoneHangUp>(app, request);
    }
}

/// Holds or resumes.
pub fn hold(app: App) {
    if let Some(call) = live(app, |c| c.state == CallState::InCall) {
        ask::<PhoneHold>(app, Switch { call: call.number, on: !call.held });
    }
}

/// Microphone off or on.
pub fn mute(app: App) {
    if let Some(call) = live(app, |c| c.state == CallState::InCall) {
        ask::<PhoneMute>(app, Switch { call: call.number, on: !call.muted });
    }
}

/// Dials.
pub fn dial(app: App, number: String) {
    if !number.trim().is_empty() {
        ask::<PhoneDial>(app, Dial { number: Personal::new(number) });
    }
}

/// In practice: the next resident rings.
pub fn practice_next(app: App) {
    spawn_local(async move {
        if let Err(error) = change::<PracticeNext>(new_id(), &Nothing {}).await {
            app.fail(&error);
        }
    });
}

fn agent<C>(app: App, request: C::Request)
where
    C: Command<Reply = contract::agents::AgentView>,
    C::Request: 'static,
{
    spawn_local(async move {
        let reply: Result<contract::agents::AgentView, Error> = change::<C>(new_id(), &request).await;
        match reply {
            Ok(view) => {
                app.learn_clock(view.now);
                app.agent.set(Some(view));
            }
            Err(error) => app.fail(&error),
        }
    });
}

/// Ready, paused or offline.
pub fn set_state(app: App, state: SetAgentState) {
    agent::<AgentSet>(app, state);
}

/// Takes calls when not, has a break when ready.
pub fn toggle_ready(app: App) {
    let ready = app.agent.with_untracked(|a| a.as_ref().is_some_and(|a| a.status.state == AgentState::Ready));
    let state =
        if ready { SetAgentState::Paused { reason: PauseReason::Break } } else { SetAgentState::Ready };
    set_state(app, state);
}

/// A minute more of wrap-up.
pub fn prolong(app: App) {
    agent::<AgentProlong>(app, Prolong { seconds: 60 });
}

/// The wrap-up is over.
pub fn finish(app: App) {
    agent::<AgentFinish>(app, Nothing {});
}
