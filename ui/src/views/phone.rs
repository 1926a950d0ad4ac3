//! The phone pane: the call with everything before the answer, queues, one's own cases.

use crate::components::shape::{self, Shape, badge, shape as draw};
use crate::components::{button, closed_too, fact, key, more, shortcut};
use crate::dom::prelude::*;
use crate::i18n::{K, end_cause, phone_fault, t, tf};
use crate::keys::Action;
use crate::state::phone::{self, LookUp, current};
use crate::state::{App, drafts};
use crate::views::call_list;
use crate::{edge, format, i18n, ids};
use contract::cases::{CaseList, CaseSummary};
use contract::domain::agent::AgentState;
use contract::domain::case::{CaseStatus, FrontStanding};
use contract::phone::{CallNumber, CallState, CallView, Direction, Registration, TransferStep};

/// The pane.
pub fn view(app: App) -> AnyView {
    let has_phone = app.capabilities().phone;
    view! {
        <section id=ids::PHONE_PANE class="pane phone" tabindex="-1" aria-labelledby="phone-title">
            <h2 id="phone-title" class=if has_phone { "pane-title" } else { "unseen" }>{t(K::PhoneTitle)}</h2>
            {has_phone.then(|| call(app))}
            {wrap_up(app)}
            {has_phone.then(|| dial(app))}
            {queues(app)}
            {mine(app)}
            {has_phone.then(|| call_list::view(app))}
        </section>
    }
    .into_any()
}

fn call(app: App) -> AnyView {
    let floor = Memo::new(move |_| app.phone.with(phone::floor));
    let fault = Memo::new(move |_| app.phone.with(|p| p.fault));
    view! {
        {live(app)}
        <p id=ids::PHONE_FAULT class="wrong" role="alert">{move || fault.get().map(phone_fault)}</p>
        {move || match floor.get().split_first() {
            Some((call, others)) => {
                // What F3 and F4 do here hangs on whether another waits on hold.
                let beside = phone::other_answered(&floor.get_untracked()).is_some();
                view! { {card(app, call, beside)}{beside_it(app, others)} }.into_any()
            }
            None => idle(app),
        }}
    }
    .into_any()
}

// Since it was answered, or since it stands as it does; nothing once it is over.
pub(super) fn running(app: App, call: &CallView) -> impl Fn() -> Option<String> + Send + Sync + 'static {
    let since = call.answered_at.filter(|_| call.state == CallState::InCall).unwrap_or(call.since);
    let over = matches!(call.state, CallState::Ended { .. });
    move || (!over).then(|| format::running(app.now.get().seconds_since(since)))
}

// Said by a screen reader at once when a call is offered, in turn otherwise.
fn live(app: App) -> AnyView {
    let offered = move || {
        app.phone.with(|p| {
            let call = current(p).filter(|c| c.state == CallState::Ringing)?;
            let queue = queue_name(app, call).unwrap_or_default();
            Some(tf(K::PhoneLiveOffered, &[("who", &who(call)), ("queue", &queue)]))
        })
    };
    let going = move || {
        app.phone.with(|p| {
            current(p).and_then(|c| match c.state {
                CallState::Answering => Some(t(K::PhoneAnswering)),
                CallState::InCall if c.hold_asked == Some(true) => Some(t(K::PhoneHolding)),
                CallState::InCall if c.hold_asked == Some(false) => Some(t(K::PhoneResuming)),
                CallState::InCall if c.held => Some(t(K::PhoneLiveHeld)),
                CallState::InCall if c.conference => Some(t(K::PhoneConference)),
                CallState::InCall if c.muted => Some(t(K::PhoneLiveMuted)),
                CallState::InCall => Some(t(K::PhoneLiveInCall)),
                CallState::Ended { cause } => Some(end_cause(cause)),
                _ => None,
            })
        })
    };
    view! {
        <p class="unseen" role="alert">{offered}</p>
        <p class="unseen" role="status">{going}</p>
    }
    .into_any()
}

pub fn who(call: &CallView) -> String {
    format::number(call.remote.expose())
}

pub(super) fn queue_name(app: App, call: &CallView) -> Option<String> {
    let id = call.queue.as_ref()?;
    Some(app.structure.with(|s| s.queue(id).map_or_else(|| id.to_string(), |q| q.name.clone())))
}

fn idle(app: App) -> AnyView {
    let ready = Memo::new(move |_| {
        app.agent.with(|a| a.as_ref().is_some_and(|a| a.status.state == AgentState::Ready))
    });
    let takes_none = Memo::new(move |_| {
        let waits = |a: &contract::agents::AgentView| {
            matches!(a.status.state, AgentState::Offline | AgentState::Paused { .. })
        };
        app.agent.with(|a| a.as_ref().is_some_and(waits)) && why_no_call(app, false) == K::PhoneNoneNotReady
    });
    let practice = move || {
        app.practice().then(|| {
            button(app, ids::PRACTICE_NEXT, "", t(K::PhonePracticeNext), Action::PracticeNext, move || {
                phone::practice_next(app);
            })
        })
    };
    view! {
        <div class="card idle" id=ids::CALL data-call-state="none">
            <p class="strong">{t(K::PhoneNone)}</p>
            <p class="quiet" role="status">{move || {
                let why = t(why_no_call(app, ready.get()));
                match insecure(app) {
                    Some(fault) => tf(K::PhoneNoneInsecure, &[("why", t(fault))]),
                    None => why.to_owned(),
                }
            }}</p>
            {move || takes_none.get().then(|| {
                let press = move || phone::toggle_ready(app);
                button(app, ids::TAKE_CALLS, "primary", t(K::AgentGoReady), Action::ToggleReady, press)
            })}
            {practice}
        </div>
    }
    .into_any()
}

/// What one may expect of the phone that is silent: never calls that cannot come.
fn why_no_call(app: App, ready: bool) -> K {
    match app.phone.with(|p| p.registration) {
        Registration::Unreachable => K::PhoneNoneUnreachable,
        Registration::WrongCredentials => K::PhoneNoneWrong,
        _ if insecure(app).is_some() => K::PhoneNoneInsecure,
        _ if ready => K::PhoneNoneReady,
        _ => K::PhoneNoneNotReady,
    }
}

/// What keeps the phone from an encrypted connection with the exchange.
fn insecure(app: App) -> Option<K> {
    Some(match app.phone.with(|p| p.registration) {
        Registration::CertificateExpired => K::PhoneTlsExpired,
        Registration::CertificateNotYetValid => K::PhoneTlsNotYet,
        Registration::CertificateWrongName => K::PhoneTlsName,
        Registration::CertificateUnknown => K::PhoneTlsUnknown,
        Registration::CertificateUnreadable => K::PhoneTlsUnreadable,
        Registration::CertificateUnsuitable => K::PhoneTlsUnsuitable,
        Registration::EncryptionRefused => K::PhoneTlsRefused,
        _ => return None,
    })
}

// A caller who waits, or one on hold, beside the call that one is in.
fn beside_it(app: App, others: &[CallView]) -> Option<AnyView> {
    if others.is_empty() {
        return None;
    }
    let knocks = others.iter().find(|c| c.state == CallState::Ringing);
    let knocks = knocks.map(|call| tf(K::PhoneLiveWaiting, &[("who", &who(call))]));
    let all = others.iter().cloned().map(|call| other(app, call)).collect_view();
    let section = view! {
        <section id=ids::OTHERS class="others" aria-label=t(K::PhoneOthers)>
            <p class="unseen" role="alert">{knocks}</p>
            {all}
        </section>
    };
    Some(section.into_any())
}

fn other(app: App, call: CallView) -> AnyView {
    let rings = call.state == CallState::Ringing;
    let (kind, tone, word) = look(&call);
    let word = if rings { t(K::PhoneWaiting) } else { word };
    let since = call.since;
    let time = move || format::running(app.now.get().seconds_since(since));
    let class = if rings { "card call offered" } else { "card call" };
    view! {
        <div class=class data-call-state=wire_state(call.state) data-held=call.held.to_string()>
            <p class="call-state">{badge((kind, tone), word)}<span class="time">{time}</span></p>
            <p class="strong">{who(&call)}</p>
            {transfer_told(&call)}
            <div class="buttons">
                {rings.then(|| button(app, "other-answer", "primary", t(K::PhoneAnswer), Action::Answer, move || phone::answer(app)))}
                <button type="button" class="other-end" on:click=move |_| phone::end(app, &call)>
                    {t(if rings { K::PhoneDecline } else { K::PhoneHangUp })}
                </button>
            </div>
        </div>
    }
    .into_any()
}

fn transfer_told(call: &CallView) -> Option<AnyView> {
    let step = call.transfer?;
    let told = i18n::transfer(step);
    let on_its_way = matches!(step, TransferStep::Asked | TransferStep::Ringing);
    let shape = if on_its_way { (Shape::Half, "warn") } else { (Shape::Cross, "bad") };
    Some(view! { <p class="transfer" role="status">{badge(shape, told)}</p> }.into_any())
}

pub(super) const fn wire_state(state: CallState) -> &'static str {
    match state {
        CallState::Ringing => "ringing",
        CallState::Answering => "answering",
        CallState::Dialling => "dialling",
        CallState::RingingThere => "ringing_there",
        CallState::InCall => "in_call",
        CallState::Ended { .. } => "ended",
    }
}

// How a call stands, in shape, colour and word.
pub(super) fn look(call: &CallView) -> (Shape, &'static str, &'static str) {
    match call.state {
        CallState::Ringing => (Shape::Triangle, "accent", t(K::PhoneOffered)),
        CallState::Answering => (Shape::Half, "accent", t(K::PhoneAnswering)),
        CallState::Dialling => (Shape::Half, "accent", t(K::PhoneDialling)),
        CallState::RingingThere => (Shape::Triangle, "accent", t(K::PhoneDialling)),
        CallState::InCall if call.hold_asked == Some(true) => (Shape::Half, "warn", t(K::PhoneHolding)),
        CallState::InCall if call.hold_asked == Some(false) => (Shape::Half, "warn", t(K::PhoneResuming)),
        CallState::InCall if call.held => (Shape::Bars, "warn", t(K::PhoneHeld)),
        CallState::InCall if call.held_by_remote => (Shape::Bars, "warn", t(K::PhoneHeldByRemote)),
        CallState::InCall if call.conference => (Shape::Square, "accent", t(K::PhoneConference)),
        CallState::InCall => (Shape::Square, "accent", t(K::PhoneInCall)),
        CallState::Ended { .. } => (Shape::Ring, "quiet", t(K::PhoneEnded)),
    }
}

fn card(app: App, call: &CallView, beside: bool) -> AnyView {
    let (kind, tone, word) = look(call);
    let over = matches!(call.state, CallState::Ended { .. });
    let time = running(app, call);
    let offered = call.state == CallState::Ringing;
    let class = if offered { "card call offered" } else { "card call" };
    view! {
        <div class=class id=ids::CALL data-call-state=wire_state(call.state) data-held=call.held.to_string()
            data-muted=call.muted.to_string()>
            <p class="call-state">{badge((kind, tone), word)}<span class="time">{time}</span></p>
            <p class="call-number">{who(call)}</p>
            {name_told(app, call)}
            {ended(call)}
            {transfer_told(call)}
            {call.muted.then(|| view! { <p class="call-muted">{badge((Shape::Cross, "bad"), t(K::PhoneMuted))}</p> })}
            {(call.direction == Direction::Incoming && !over).then(|| facts(app, call))}
            {said(app, call)}
            {phone::lock(call, app.practice()).map(|closed| {
                let word = t(if closed { K::PhoneSecure } else { K::PhoneNotSecure });
                view! { <p class="sound" data-secure=closed.to_string()>{badge(shape::lock(closed), word)}</p> }
            })}
            {call.quality.map(|quality| view! {
                <p class="sound">{badge(shape::quality(quality), i18n::quality(quality))}</p>
            })}
            {buttons(app, call, beside)}
            {heard(call).then(|| keypad(app, call.number))}
            {over.then(|| app.practice().then(|| {
                button(app, ids::PRACTICE_NEXT, "", t(K::PhonePracticeNext), Action::PracticeNext, move || {
                    phone::practice_next(app);
                })
            }))}
        </div>
    }
    .into_any()
}

// The name that the exchange tells, where it says more than is known. Until it is known whether the name is
// protected, it is not shown.
fn name_told(app: App, call: &CallView) -> impl Fn() -> Option<AnyView> + Clone + Send + 'static {
    let (contact, name) = (call.contact, call.remote_name.clone());
    move || {
        let name = name.clone()?;
        let needless = app.matches.with(|all| {
            all.iter().filter(|(of, _)| *of == contact).any(|(_, known)| match known {
                LookUp::Found(found) => {
                    found.customers.iter().any(|one| one.protected.masks() || one.name == name)
                }
                LookUp::Asked | LookUp::Failed => true,
            })
        });
        (!needless).then(|| view! { <p class="quiet">{name.into_inner()}</p> }.into_any())
    }
}

// A resident of practice, for whoever has no loudspeaker. Not read aloud: most hear it.
fn said(app: App, call: &CallView) -> AnyView {
    let contact = Some(call.contact).filter(|_| call.direction == Direction::Incoming);
    let lines = move || {
        app.said.with(|said| {
            let mut last: Vec<String> = said
                .iter()
                .rev()
                .filter(|s| s.contact == contact)
                .take(3)
                .map(|s| s.text.expose().clone())
                .collect();
            last.reverse();
            last
        })
    };
    view! {
        {move || Some(lines()).filter(|lines| !lines.is_empty()).map(|lines| view! {
            <div id=ids::SAID class="said" role="log" aria-live="off" aria-label=t(K::PhoneResidentSays)>
                <p class="quiet" aria-hidden="true">{t(K::PhoneResidentSays)}</p>
                {lines.into_iter().map(|line| view! { <p>{line}</p> }).collect_view()}
            </div>
        })}
    }
    .into_any()
}

fn ended(call: &CallView) -> Option<AnyView> {
    let CallState::Ended { cause } = call.state else { return None };
    Some(view! { <p class="quiet">{end_cause(cause)}</p> }.into_any())
}

fn facts(app: App, call: &CallView) -> AnyView {
    let contact = call.contact;
    let entry = call
        .entry
        .clone()
        .map(|id| app.structure.with(|s| s.entry(&id).map_or_else(|| id.to_string(), |e| e.name.clone())));
    let menu = call.menu.clone().map(|key| {
        let label = app.structure.with(|s| {
            let entry = s.entry(call.entry.as_ref()?)?;
            entry.menu.iter().find(|m| m.key == key).map(|m| m.label.clone())
        });
        label.map_or_else(|| key.clone(), |label| format!("{key} {label}"))
    });
    let known =
        move || app.matches.with(|all| all.iter().find(|(of, _)| *of == contact).map(|(_, m)| m.clone()));
    let greeting = greeting(app, call);
    let talking = call.state == CallState::InCall;
    view! {
        {move || known().map(|known| customer(app, &known))}
        <dl class="facts">
            {queue_name(app, call).map(|queue| fact(t(K::PhoneQueue), queue))}
            {entry.filter(|_| !talking).map(|entry| fact(t(K::PhoneEntry), entry))}
            {menu.filter(|_| !talking).map(|menu| fact(t(K::PhoneMenu), menu))}
            {call.waited_seconds.map(|s| fact(t(K::PhoneWaited), format::running(s)))}
        </dl>
        {greeting.filter(|_| !talking).map(|text| view! {
            <p class="greeting"><span class="say">{t(K::PhoneSay)}</span>" "{text}</p>
        })}
    }
    .into_any()
}

pub(super) fn greeting(app: App, call: &CallView) -> Option<String> {
    let name = app.me.with(|me| me.as_ref().map(|m| m.name.expose().clone())).unwrap_or_default();
    app.structure.with(|s| {
        let queue = call.queue.as_ref().and_then(|id| s.queue(id)).map(|q| &q.greeting);
        let entry = || call.entry.as_ref().and_then(|id| s.entry(id)).map(|e| &e.greeting);
        queue.or_else(entry).map(|text| format::greeting(text, &name))
    })
}

fn customer(app: App, known: &LookUp) -> AnyView {
    let found = match known {
        LookUp::Asked => return view! { <p class="quiet late">{t(K::PhoneLooking)}</p> }.into_any(),
        LookUp::Failed => {
            return view! { <p>{badge((Shape::Half, "warn"), t(K::PhoneNotLookedUp))}</p> }.into_any();
        }
        LookUp::Found(found) => found,
    };
    let line = match found.customers.as_slice() {
        [] => view! { <span class="quiet">{t(K::PhoneNotKnown)}</span> }.into_any(),
        [one] => {
            let hidden = one.protected.masks();
            let name = one.name.expose().clone();
            view! {
                {badge((Shape::Check, "good"), t(K::PhoneKnown))}" "<strong>{name}</strong>
                {hidden.then(|| badge((Shape::Diamond, "warn"), t(K::PhoneProtected)))}
            }
            .into_any()
        }
        many => {
            let text = tf(K::PhoneUnsure, &[("n", &many.len().to_string())]);
            view! { {badge((Shape::Half, "warn"), text)} }.into_any()
        }
    };
    let cases = found.open_cases.clone();
    let count = match cases.len() {
        0 => t(K::PhoneNoOpenCases).to_owned(),
        1 => t(K::PhoneOneOpenCase).to_owned(),
        n => tf(K::PhoneNOpenCases, &[("n", &n.to_string())]),
    };
    view! {
        <div class="known">
            <p>{line}" · "{count}</p>
            {(!cases.is_empty()).then(|| case_list(app, cases, t(K::PhoneOpenCases)))}
        </div>
    }
    .into_any()
}

fn case_list(app: App, cases: Vec<CaseSummary>, label: &'static str) -> AnyView {
    view! {
        <ul class="case-list" aria-label=label>
            {cases.into_iter().map(|case| case_line(app, &case)).collect_view()}
        </ul>
    }
    .into_any()
}

fn case_line(app: App, case: &CaseSummary) -> AnyView {
    let id = case.id;
    let with_group = matches!(case.status, CaseStatus::HandedOver | CaseStatus::Accepted);
    let kept = with_group && case.front == FrontStanding::Open;
    let subject = case.subject.as_ref().map_or_else(String::new, |s| s.expose().clone());
    view! {
        <li>
            <button type="button" class="case-line" data-case=id.to_string() on:click=move |event: web_sys::MouseEvent| {
                drafts::open_case(app, id);
                edge::follow(&event, ids::CASE_VIEW);
            }>
                <span class="case-line-title">{subject}</span>
                <span class="case-line-more">
                    {badge(shape::case(case.status), i18n::case_status(case.status))}
                    {case.alarm.as_ref().map(|alarm| super::alarm::mark(alarm, app.now.get_untracked()))}
                    {case.rest.map(|rest| super::alarm::rest(rest, app.now.get_untracked()))}
                    {super::alarm::waits(case, app.now.get_untracked())}
                    {case.not_accepted.then(|| badge((Shape::Triangle, "bad"), t(K::MineNotAccepted)))}
                    {kept.then(|| view! { <span>{t(K::MineKept)}</span> })}
                    <span class="number">{case.number.to_string()}</span>
                </span>
            </button>
        </li>
    }
    .into_any()
}

fn buttons(app: App, call: &CallView, beside: bool) -> AnyView {
    let hang_up = move |text: &'static str, class: &'static str| {
        button(app, ids::HANG_UP, class, text, Action::HangUp, move || phone::hang_up(app))
    };
    match call.state {
        CallState::Ringing => view! {
            <div class="buttons">
                {button(app, ids::ANSWER, "primary big", t(K::PhoneAnswer), Action::Answer, move || phone::answer(app))}
                {hang_up(t(K::PhoneDecline), "")}
            </div>
        }
        .into_any(),
        CallState::InCall => {
            let hold = t(match (call.held, beside) {
                _ if call.conference => K::PhoneSplit,
                (false, true) => K::PhoneSwap,
                (true, _) => K::PhoneResume,
                (false, false) => K::PhoneHold,
            });
            let transfer = t(if beside { K::PhoneConnect } else { K::PhoneTransfer });
            let mute = t(if call.muted { K::PhoneUnmute } else { K::PhoneMute });
            view! {
                <div class="buttons">
                    {button(app, ids::HOLD, "", hold, Action::Hold, move || phone::hold(app))}
                    {button(app, ids::MUTE, "", mute, Action::Mute, move || phone::mute(app))}
                    {(beside && !call.conference).then(|| {
                        button(app, ids::JOIN, "wide", t(K::PhoneJoin), Action::Conference, move || {
                            phone::conference(app);
                        })
                    })}
                    {button(app, ids::TRANSFER, "wide", transfer, Action::Transfer, move || {
                        phone::transfer(app);
                    })}
                    {hang_up(t(K::PhoneHangUp), "end")}
                </div>
            }
            .into_any()
        }
        // Taken back, the call is declined: the next agent gets it.
        CallState::Answering => view! { <div class="buttons">{hang_up(t(K::PhoneDecline), "")}</div> }.into_any(),
        CallState::Dialling | CallState::RingingThere => {
            view! { <div class="buttons">{hang_up(t(K::PhoneHangUp), "end")}</div> }.into_any()
        }
        CallState::Ended { .. } => ().into_any(),
    }
}

fn heard(call: &CallView) -> bool {
    call.state == CallState::InCall && !call.held && !call.held_by_remote && call.hold_asked.is_none()
}

// Typed or clicked, a key is pressed at once; what has been pressed stays to be read.
fn keypad(app: App, call: CallNumber) -> AnyView {
    let pressed =
        move |(of, keys): &(CallNumber, String)| if *of == call { keys.clone() } else { String::new() };
    let typed = move |event| {
        let before = app.keyed.with_untracked(pressed);
        if let Some(more) = event_target_value(&event).strip_prefix(before.as_str()) {
            phone::press(app, more);
        }
        // What has been pressed cannot be taken back, and what is no key was not pressed.
        edge::fill(ids::KEYS, &app.keyed.with_untracked(pressed));
    };
    let pad = phone::KEYS.chars().map(|key| {
        let press = move |_| phone::press(app, key.encode_utf8(&mut [0; 4]));
        view! { <button type="button" on:click=press>{key.to_string()}</button> }
    });
    view! {
        <details class="keypad">
            <summary id=ids::KEYPAD aria-keyshortcuts=shortcut(app, Action::Keys)>
                {t(K::PhoneKeys)}" "{key(app, Action::Keys)}
            </summary>
            <input id=ids::KEYS type="tel" autocomplete="off" aria-label=t(K::PhoneKeysLabel)
                prop:value=move || app.keyed.with(pressed) on:input=typed />
            <div class="pad">{pad.collect_view()}</div>
        </details>
    }
    .into_any()
}

fn wrap_up(app: App) -> AnyView {
    let shown = Memo::new(move |_| {
        app.agent.with(|a| a.as_ref().is_some_and(|a| matches!(a.status.state, AgentState::WrapUp { .. })))
    });
    let left = move || {
        app.agent.with(|a| match a.as_ref().map(|a| a.status.state) {
            Some(AgentState::WrapUp { until }) => format::running(until.seconds_since(app.now.get())),
            _ => String::new(),
        })
    };
    view! {
        {move || shown.get().then(|| view! {
            <div class="card wrap">
                <p class="call-state">{badge((Shape::Half, "warn"), t(K::WrapTitle))}<span class="time">{left}</span></p>
                <div class="buttons">
                    {button(app, ids::PROLONG, "", t(K::WrapProlong), Action::Prolong, move || phone::prolong(app))}
                    {button(app, ids::FINISH, "", t(K::WrapFinish), Action::Finish, move || phone::finish(app))}
                </div>
            </div>
        })}
    }
    .into_any()
}

fn dial(app: App) -> AnyView {
    let number = app.dialling;
    let talks = Memo::new(move |_| {
        app.phone.with(|p| matches!(&phone::floor(p)[..], [one] if one.state == CallState::InCall))
    });
    view! {
        <form class="dial" on:submit=move |event| {
            event.prevent_default();
            phone::dial(app, number.get_untracked());
        }>
            <input id=ids::DIAL_NUMBER type="tel" autocomplete="off" aria-label=t(K::PhoneDialLabel)
                placeholder=t(K::PhoneDialLabel) aria-keyshortcuts=shortcut(app, Action::Dial)
                prop:value=move || number.get() on:input=move |e| number.set(event_target_value(&e)) />
            <button type="submit" id=ids::DIAL>{t(K::PhoneDialGo)}</button>
            {move || talks.get().then(|| view! {
                <button type="button" id="transfer-now" aria-describedby="dial-hint"
                    on:click=move |_| phone::transfer_to_number(app)>{t(K::PhoneTransfer)}</button>
                <p id="dial-hint" class="quiet">{t(K::PhoneCallHint)}</p>
            })}
        </form>
    }
    .into_any()
}

fn queues(app: App) -> AnyView {
    let rows = Memo::new(move |_| {
        let rows: Vec<(String, u32, Option<contract::domain::Timestamp>, u32)> = app.queues.with(|queues| {
            app.structure.with(|s| {
                queues
                    .iter()
                    .map(|q| {
                        let queue = s.queue(&q.queue);
                        let name = queue.map_or_else(|| q.queue.to_string(), |q| q.name.clone());
                        let target = queue.map_or(u32::MAX, |q| q.answer_target_seconds);
                        (name, q.waiting, q.longest_since, target)
                    })
                    .collect()
            })
        });
        format::sorted(rows, |row| format::sort_key(&row.0))
    });
    let row = move |(name, waiting, since, target): (
        String,
        u32,
        Option<contract::domain::Timestamp>,
        u32,
    )| {
        let longest = move || since.map(|since| app.now.get().seconds_since(since));
        let late = move || longest().is_some_and(|s| s > target);
        view! {
            <tr class:late-row=late class:none-row=waiting == 0>
                <th scope="row">{name}</th>
                <td>{waiting}</td>
                <td>
                    {move || late().then(|| view! { {draw(Shape::Triangle)}<span class="unseen">{t(K::QueuesOver)}" "</span> })}
                    {move || longest().map_or_else(|| "–".to_owned(), format::running)}
                </td>
            </tr>
        }
    };
    view! {
        <section class="block" aria-labelledby="queues-title">
            <h3 id="queues-title">{t(K::QueuesTitle)}</h3>
            {move || if rows.with(Vec::is_empty) {
                view! { <p class="quiet">{t(K::QueuesNone)}</p> }.into_any()
            } else {
                view! {
                    <table class="queues">
                        <thead><tr>
                            <th scope="col">{t(K::QueuesQueue)}</th>
                            <th scope="col">{t(K::QueuesWaiting)}</th>
                            <th scope="col">{t(K::QueuesLongest)}</th>
                        </tr></thead>
                        <tbody>{rows.get().into_iter().map(row).collect_view()}</tbody>
                    </table>
                }
                .into_any()
            }}
        </section>
    }
    .into_any()
}

fn mine(app: App) -> AnyView {
    view! {
        <section class="block" aria-labelledby="mine-title">
            <h3 id="mine-title">
                {t(K::MineTitle)}
                <button type="button" id="mine" class="plain small" aria-keyshortcuts=shortcut(app, Action::Mine)
                    on:click=move |_| { if let Some(first) = crate::edge::find(".phone .block .case-line") { let _ = first.focus(); } }>
                    <span class="unseen">{t(K::MineTitle)}</span>{key(app, Action::Mine)}
                </button>
            </h3>
            {move || {
                let cases = app.mine.get();
                if cases.is_empty() {
                    view! { <p class="quiet">{t(K::MineNone)}</p> }.into_any()
                } else {
                    case_list(app, cases, t(K::MineTitle))
                }
            }}
            {more(app, CaseList::Mine)}
            {closed_too(app, CaseList::Mine)}
        </section>
    }
    .into_any()
}
