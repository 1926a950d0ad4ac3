//! The phone: what the desk says of it, and what the agent asks of it.

use super::once::new_id;
use super::{App, Dialog, drafts, knowledge};
use crate::i18n::{K, tf};
use crate::transport::{Sent, change, query, tell};
use crate::{edge, format, ids};
use contract::agents::{AgentView, Prolong, SetAgentState};
use contract::cases::{CustomerMatch, MatchCustomer};
use contract::domain::agent::{AgentState, PauseReason};
use contract::domain::{ContactId, Personal};
use contract::phone::{
    CallNumber, CallState, CallView, ConnectCalls, Dial, Direction, EndCause, OnCall, PhoneView, PressKeys,
    ResidentSaid, Switch, Transfer,
};
use contract::{
    AgentFinish, AgentProlong, AgentSet, Code, Command, CustomerMatchCommand, Error, Nothing, PhoneAnswer,
    PhoneConnect, PhoneDecline, PhoneDial, PhoneHangUp, PhoneHold, PhoneJoin, PhoneMute, PhonePress,
    PhoneTransfer, PracticeNext,
};
use leptos::task::spawn_local;
use std::cell::RefCell;

/// What a telephone has, in the order of its pad.
pub const KEYS: &str = "123456789*0#";
/// So many of a resident's words are kept.
const SAID_KEPT: usize = 12;

thread_local! {
    // A call's draft is made once: registered while the call goes on, it does not come back empty.
    static DRAFTED: RefCell<Vec<ContactId>> = const { RefCell::new(Vec::new()) };
    // Keys that wait while others are on their way: two commands at once could change places.
    static WAITING: RefCell<Option<Vec<(CallNumber, String)>>> = const { RefCell::new(None) };
}

/// The call that matters now: one that is heard or dialled, else one that rings, else one on hold, else the last
/// one that ended.
pub fn current(view: &PhoneView) -> Option<&CallView> {
    let live = view.calls.iter().rev().filter(|c| !ended(c));
    live.min_by_key(|c| rank(c)).or_else(|| view.calls.last())
}

fn rank(call: &CallView) -> u8 {
    match call.state {
        CallState::InCall if call.held && call.hold_asked != Some(false) => 2,
        CallState::Ringing => 1,
        _ => 0,
    }
}

/// The call that matters now, then the others that go on, newest first.
pub fn floor(view: &PhoneView) -> Vec<CallView> {
    let foremost = current(view);
    let others =
        view.calls.iter().rev().filter(|c| !ended(c) && Some(c.number) != foremost.map(|c| c.number));
    foremost.into_iter().chain(others).cloned().collect()
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
        let sent_on = matches!(call.state, CallState::Ended { cause: EndCause::Transferred });
        if sent_on && before.calls.iter().any(|c| same(c, call) && !ended(c)) {
            app.dialling.set(String::new());
        }
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

/// What is known of the one at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookUp {
    /// The service was asked.
    Asked,
    /// Its answer: nobody known is an answer too.
    Found(CustomerMatch),
    /// It could not be asked; who calls may well be known there.
    Failed,
}

fn look_up(app: App, call: &CallView) {
    let contact = call.contact;
    if call.remote.expose().is_empty() {
        return;
    }
    app.matches.update(|all| {
        match all.iter_mut().find(|(of, _)| *of == contact) {
            // What was found holds until something newer is.
            Some((_, known)) if *known == LookUp::Failed => *known = LookUp::Asked,
            Some(_) => {}
            None => all.push((contact, LookUp::Asked)),
        }
        if all.len() > 4 {
            all.remove(0);
        }
    });
    let request = MatchCustomer { number: call.remote.clone() };
    spawn_local(async move {
        let found = query::<CustomerMatchCommand>(request).await.map_or(LookUp::Failed, LookUp::Found);
        app.matches.update(|all| {
            for (_, known) in all.iter_mut().filter(|(of, _)| *of == contact) {
                if found != LookUp::Failed || *known == LookUp::Asked {
                    *known = found.clone();
                }
            }
        });
    });
}

/// Asks again for those whom nobody could be asked about, now that the service can be reached.
pub fn look_up_again(app: App) {
    let failed = app.matches.with_untracked(|all| {
        let failed = all.iter().filter(|(_, known)| *known == LookUp::Failed);
        failed.map(|(of, _)| *of).collect::<Vec<_>>()
    });
    let calls = app.phone.with_untracked(|phone| phone.calls.clone());
    for call in calls.iter().filter(|call| failed.contains(&call.contact)) {
        look_up(app, call);
    }
}

fn ask<C: Command>(app: App, request: &C::Request) {
    told(app, tell::<C>(new_id(), request));
}

// How the phone stands comes as events, in order; a reply may be older than the last of them.
fn told(app: App, sent: Sent) {
    spawn_local(async move {
        if let Err(error) = sent.await {
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
    ask::<PhoneAnswer>(app, &OnCall { call: call.number });
    draft_once(app, &call);
    app.view.set(super::View::Desk);
    edge::focus(ids::SUBJECT);
}

/// Declines an offered call, ends another: the foremost one.
pub fn hang_up(app: App) {
    if let Some(call) = foremost(app) {
        end(app, &call);
    }
}

/// Declines that call when it is offered, else ends it.
pub fn end(app: App, call: &CallView) {
    let request = OnCall { call: call.number };
    // An answer that is not through yet is taken back.
    if matches!(call.state, CallState::Ringing | CallState::Answering) {
        ask::<PhoneDecline>(app, &request);
    } else {
        ask::<PhoneHangUp>(app, &request);
    }
}

fn foremost(app: App) -> Option<CallView> {
    app.phone.with_untracked(|p| current(p).filter(|c| !ended(c)).cloned())
}

/// Holds or resumes; with another on hold, changes over to that one; in a conference, holds the other again.
pub fn hold(app: App) {
    let Some(call) = foremost(app).filter(|c| c.state == CallState::InCall) else { return };
    let floor = app.phone.with_untracked(floor);
    match other_answered(&floor).filter(|_| !call.held).map(|c| c.number) {
        Some(other) if call.conference => ask::<PhoneHold>(app, &Switch { call: other, on: true }),
        Some(other) => ask::<PhoneHold>(app, &Switch { call: other, on: false }),
        None => ask::<PhoneHold>(app, &Switch { call: call.number, on: !call.held }),
    }
}

/// Brings two calls together, or splits them again. `false` when there are no two.
pub fn conference(app: App) -> bool {
    let floor = app.phone.with_untracked(floor);
    let Some((call, other)) = floor.first().zip(other_answered(&floor)) else { return false };
    if call.conference {
        hold(app);
    } else {
        ask::<PhoneJoin>(app, &ConnectCalls { call: other.number, with: call.number });
    }
    true
}

/// Microphone off or on.
pub fn mute(app: App) {
    if let Some(call) = foremost(app).filter(|c| c.state == CallState::InCall) {
        ask::<PhoneMute>(app, &Switch { call: call.number, on: !call.muted });
    }
}

/// The answered call beside the foremost one: changed over to, or connected with it.
pub fn other_answered(floor: &[CallView]) -> Option<&CallView> {
    let talks = |call: &&CallView| call.state == CallState::InCall;
    let (foremost, others) = floor.split_first()?;
    others.iter().find(talks).filter(|_| talks(&foremost))
}

/// Connects the two calls, or transfers the one to the number in the field. From elsewhere it goes to the field
/// first: what stands there may be old. `false` when there is no call to transfer.
pub fn transfer(app: App) -> bool {
    let Some(call) = foremost(app).filter(|c| c.state == CallState::InCall) else { return false };
    let floor = app.phone.with_untracked(floor);
    if let Some(held) = other_answered(&floor) {
        ask::<PhoneConnect>(app, &ConnectCalls { call: held.number, with: call.number });
    } else if edge::focused() == ids::DIAL_NUMBER {
        send_on(app, &call);
    } else {
        edge::focus(ids::DIAL_NUMBER);
    }
    true
}

/// Transfers the foremost call to the number in the field, without asking there first.
pub fn transfer_to_number(app: App) {
    if let Some(call) = foremost(app).filter(|c| c.state == CallState::InCall) {
        send_on(app, &call);
    }
}

fn send_on(app: App, call: &CallView) {
    let number = app.dialling.get_untracked();
    if number.trim().is_empty() {
        return edge::focus(ids::DIAL_NUMBER);
    }
    edge::focus(ids::NOTE);
    ask::<PhoneTransfer>(app, &Transfer { call: call.number, number: Personal::new(number) });
}

/// Dials.
pub fn dial(app: App, number: String) {
    if !number.trim().is_empty() {
        ask::<PhoneDial>(app, &Dial { number: Personal::new(number) });
    }
}

/// Calls a number again. In a call it goes to its field: a slip of the key parks nobody.
pub fn redial(app: App, number: String) {
    if lives(app) {
        app.dialling.set(number);
        edge::focus(ids::DIAL_NUMBER);
    } else {
        dial(app, number);
    }
}

/// The number that was dialled last.
pub fn dialled_last(view: &PhoneView) -> Option<String> {
    let last = view.calls.iter().rev().find(|call| call.direction == Direction::Outgoing);
    last.map(|call| call.remote.expose().clone())
}

/// Presses keys in the call that one hears; what is no key is left out.
pub fn press(app: App, typed: &str) {
    let keys: String = typed.chars().filter(|key| KEYS.contains(*key)).collect();
    let Some(call) = foremost(app).filter(|c| c.state == CallState::InCall && !keys.is_empty()) else {
        return;
    };
    app.keyed.update(|(of, shown)| {
        if *of != call.number {
            shown.clear();
        }
        *of = call.number;
        shown.push_str(&keys);
    });
    let idle = WAITING.with_borrow_mut(|waiting| {
        let idle = waiting.is_none();
        waiting.get_or_insert_default().push((call.number, keys));
        idle
    });
    if idle {
        spawn_local(send_keys(app));
    }
}

async fn send_keys(app: App) {
    while let Some((call, keys)) = WAITING.with_borrow_mut(|waiting| {
        let next = waiting.as_mut().and_then(|all| (!all.is_empty()).then(|| all.remove(0)));
        if next.is_none() {
            *waiting = None;
        }
        next
    }) {
        if let Err(error) = tell::<PhonePress>(new_id(), &PressKeys { call, keys: Personal::new(keys) }).await
        {
            app.fail(&error);
        }
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
    ask::<PracticeNext>(app, &Nothing {});
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

/// Whether nobody hears a call on its way, to be shown while one talks. Practice stays on this computer, and says so.
pub fn lock(call: &CallView, practice: bool) -> Option<bool> {
    (call.state == CallState::InCall && !practice).then_some(call.secure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::domain::Timestamp;
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
            conference: false,
            hold_asked: None,
            transfer: None,
            quality: None,
            encrypted: false,
            secure: false,
        }
    }

    #[test]
    fn the_lock_is_closed_only_when_sound_and_signalling_are_and_practice_has_none() {
        let talk = call(1, 1, CallState::InCall);
        let half = CallView { encrypted: true, ..talk.clone() };
        let whole = CallView { secure: true, ..half.clone() };
        assert_eq!(
            [&talk, &half, &whole].map(|call| lock(call, false)),
            [Some(false), Some(false), Some(true)]
        );
        assert_eq!(lock(&whole, true), None);
        let over = CallView { state: CallState::Ended { cause: EndCause::HungUp }, ..whole };
        assert_eq!(lock(&over, false), None);
    }

    #[test]
    fn the_number_to_dial_again_is_the_last_that_was_dialled_and_not_one_that_called() {
        let outgoing = |number: &str, at| CallView {
            direction: Direction::Outgoing,
            remote: number.into(),
            ..call(at, 1, CallState::Ended { cause: EndCause::Busy })
        };
        let came = call(3, 3, CallState::Ended { cause: EndCause::HungUp });
        let calls = vec![outgoing("0846500401", 1), outgoing("0846500402", 2), came.clone()];
        assert_eq!(dialled_last(&view(calls)).as_deref(), Some("0846500402"));
        assert_eq!(dialled_last(&view(vec![came])), None);
    }

    #[test]
    fn the_key_that_hangs_up_means_the_call_one_hears_and_not_the_one_that_knocks() {
        let held = CallView { held: true, ..call(1, 1, CallState::InCall) };
        let heard = call(2, 2, CallState::InCall);
        let knocks = call(3, 3, CallState::Ringing);
        let foremost = |calls: &[&CallView]| {
            let view = view(calls.iter().map(|c| (*c).clone()).collect());
            let numbers: Vec<u64> = floor(&view).iter().map(|c| c.number).collect();
            (numbers[0], numbers[1..].to_vec())
        };
        assert_eq!(foremost(&[&heard, &knocks]), (2, vec![3]));
        assert_eq!(foremost(&[&held, &heard]), (2, vec![1]));
        assert_eq!(foremost(&[&held, &knocks]), (3, vec![1]), "it rings: F2 answers it, F9 declines it");
        let taken_back = CallView { hold_asked: Some(false), ..held.clone() };
        assert_eq!(foremost(&[&taken_back, &knocks]), (1, vec![3]));
        assert_eq!(other_answered(&floor(&view(vec![held.clone(), heard]))).map(|c| c.number), Some(1));
        assert_eq!(
            other_answered(&floor(&view(vec![held, knocks]))),
            None,
            "nobody is connected who has not answered"
        );
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
