//! The phone: what the desk says of it, and what the agent asks of it.

use super::once::new_id;
use super::{App, Dialog, drafts, knowledge};
use crate::i18n::{K, tf};
use crate::transport::{change, query};
use crate::{edge, format, ids};
use contract::agents::{AgentView, Prolong, SetAgentState};
use contract::cases::MatchCustomer;
use contract::domain::agent::{AgentState, PauseReason};
use contract::domain::{ContactId, Personal};
use contract::phone::{CallState, CallView, Dial, Direction, OnCall, PhoneView, ResidentSaid, Switch};
use contract::{
    AgentFinish, AgentProlong, AgentSet, Code, Command, CustomerMatchCommand, Error, Nothing, PhoneAnswer,
    PhoneDecline, PhoneDial, PhoneHangUp, PhoneHold, PhoneMute, PracticeNext,
};
use leptos::task::spawn_local;
use std::cell::RefCell;

/// So many of a resident's words are kept.
const SAID_KEPT: usize = 12;

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
    // A reading may be answered after an event that is newer than it.
    if view.sequence < before.sequence {
        return;
    }
    app.phone.set(view.clone());
    for call in &view.calls {
        let new = !before.calls.iter().any(|c| same(c, call));
        if new && !ended(call) {
            app.said.set(Vec::new());
            if call.direction == Direction::Outgoing {
                app.dialling.set(String::new());
            }
            look_up(app, call);
            knowledge::ask(app);
        }
        if call.state == CallState::InCall
            && call.direction == Direction::Incoming
            && app.restored.get_untracked()
        {
            draft_once(app, call);
        }
    }
    for contact in given_up(&before, &view) {
        if drafts::drop_untouched(app, contact) {
            DRAFTED.with_borrow_mut(|drafted| drafted.retain(|c| *c != contact));
        }
    }
}

/// Numbers begin anew with another headset or another sign-in: the contact tells calls apart.
fn same(one: &CallView, other: &CallView) -> bool {
    one.number == other.number && one.contact == other.contact
}

/// Contacts whose last call has just ended unanswered. One who is offered anew keeps their draft: the call
/// that ended before is still told of.
fn given_up(before: &PhoneView, now: &PhoneView) -> Vec<ContactId> {
    let unanswered =
        |c: &&CallView| ended(c) && c.answered_at.is_none() && c.direction == Direction::Incoming;
    let known = |call: &CallView| before.calls.iter().any(|c| same(c, call) && ended(c));
    let lives = |contact| now.calls.iter().any(|c| c.contact == contact && !ended(c));
    let just = now.calls.iter().filter(unanswered).filter(|c| !known(c));
    just.map(|c| c.contact).filter(|contact| !lives(*contact)).collect()
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
    let contact = call.contact;
    if call.remote.expose().is_empty() {
        return;
    }
    app.matches.update(|all| {
        if !all.iter().any(|(of, _)| *of == contact) {
            all.push((contact, None));
        }
        if all.len() > 4 {
            all.remove(0);
        }
    });
    let request = MatchCustomer { number: call.remote.clone() };
    spawn_local(async move {
        // Without the service nobody is known; the call itself is not hindered.
        let found = query::<CustomerMatchCommand>(request).await.unwrap_or_default();
        app.matches.update(|all| {
            for entry in all.iter_mut().filter(|(of, _)| *of == contact) {
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

/// Whether a call is offered or goes on.
pub fn lives(app: App) -> bool {
    live(app, |_| true).is_some()
}

/// Answers the offered call; the caret goes to *Det gäller* of its draft. A dialog does not stay in between.
pub fn answer(app: App) {
    let Some(call) = live(app, |c| c.state == CallState::Ringing) else { return };
    if let Some(Dialog::Dial(number)) = app.dialog.get_untracked() {
        app.dialling.set(number.into_inner());
    }
    app.dialog.set(None);
    ask::<PhoneAnswer>(app, OnCall { call: call.number });
    draft_once(app, &call);
    app.view.set(super::View::Desk);
    edge::focus(ids::SUBJECT);
}

/// Declines an offered call, ends another.
pub fn hang_up(app: App) {
    let Some(call) = live(app, |_| true) else { return };
    let request = OnCall { call: call.number };
    // An answer that is not through yet is taken back.
    if matches!(call.state, CallState::Ringing | CallState::Answering) {
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

/// A link asks to dial. In a call, or over another question, nothing is asked: the number waits in its field.
pub fn dial_requested(app: App, number: Personal<String>) {
    if lives(app) || app.dialog.with_untracked(Option::is_some) {
        let shown = format::number(number.expose());
        app.dialling.set(number.into_inner());
        app.tell(tf(K::PhoneDialWaits, &[("number", &shown)]));
    } else {
        app.dialog.set(Some(Dialog::Dial(number)));
    }
}

/// In practice: the resident says something.
pub fn resident_said(app: App, words: ResidentSaid) {
    app.said.update(|said| {
        said.push(words);
        let before = said.len().saturating_sub(SAID_KEPT);
        said.drain(..before);
    });
}

/// In practice: the next resident rings.
pub fn practice_next(app: App) {
    spawn_local(async move {
        if let Err(error) = change::<PracticeNext>(new_id(), &Nothing {}).await {
            app.fail(&error);
        }
    });
}

/// Takes one's own state out of a reply, unless something newer has been pushed meanwhile.
pub fn take_agent(app: App, view: AgentView) {
    if app.agent.with_untracked(|known| known.as_ref().is_some_and(|known| known.now > view.now)) {
        return;
    }
    app.learn_clock(view.now);
    app.agent.set(Some(view));
}

fn agent<C>(app: App, request: C::Request)
where
    C: Command<Reply = AgentView>,
    C::Request: 'static,
{
    spawn_local(async move {
        let reply: Result<AgentView, Error> = change::<C>(new_id(), &request).await;
        match reply {
            Ok(view) => {
                app.mended(&[Code::NoPhone, Code::NoSoundDevice]);
                take_agent(app, view);
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

#[cfg(test)]
mod tests {
    use super::*;
    use contract::domain::Timestamp;
    use contract::phone::EndCause;
    use leptos::prelude::Owner;

    fn call(number: u64, contact: u8, state: CallState) -> CallView {
        CallView {
            number,
            direction: Direction::Incoming,
            state,
            remote: "0701740605".into(),
            remote_name: None,
            contact: ContactId::new(Timestamp(1), [contact; 10]),
            entry: None,
            queue: None,
            menu: None,
            waited_seconds: None,
            since: Timestamp(1),
            answered_at: None,
            muted: false,
            held: false,
            held_by_remote: false,
            hold_asked: None,
        }
    }

    fn view(calls: Vec<CallView>) -> PhoneView {
        PhoneView { calls, ..PhoneView::default() }
    }

    #[test]
    fn one_who_is_offered_anew_after_a_missed_offer_keeps_the_draft_of_the_new_call() {
        let missed = CallState::Ended { cause: EndCause::NotTaken };
        let first = view(vec![call(1, 1, CallState::Ringing)]);
        let gone = view(vec![call(1, 1, missed)]);
        assert_eq!(given_up(&first, &gone), [call(1, 1, missed).contact], "nobody needs it");
        let again = view(vec![call(1, 1, missed), call(2, 1, CallState::Ringing)]);
        assert!(given_up(&gone, &again).is_empty());
        let taken = view(vec![call(1, 1, missed), call(2, 1, CallState::InCall)]);
        assert!(given_up(&again, &taken).is_empty(), "the call before has ended already");
        assert!(given_up(&PhoneView::default(), &taken).is_empty(), "nor after a reload");
    }

    #[test]
    fn a_call_of_a_new_line_is_another_though_it_has_the_number_of_an_old_one() {
        let (old, new) = (call(1, 1, CallState::InCall), call(1, 2, CallState::Ringing));
        assert!(same(&old, &old) && !same(&old, &new));
    }

    #[test]
    fn what_was_said_before_does_not_take_the_place_of_what_was_said_after() {
        let owner = Owner::new();
        owner.set();
        let app = App::at(Timestamp(1));
        let ended = CallState::Ended { cause: EndCause::Cancelled };
        let over = PhoneView { sequence: 8, ..view(vec![call(1, 1, ended)]) };
        take(app, over.clone());
        take(app, PhoneView { sequence: 7, ..view(vec![call(1, 1, CallState::Ringing)]) });
        assert_eq!(app.phone.get_untracked(), over);
    }
}
