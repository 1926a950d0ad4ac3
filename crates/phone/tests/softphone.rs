//! The phone against a tiny exchange on loopback: signalling and sound in both directions.
#![cfg(all(feature = "sip", feature = "rtp"))]

mod common;

use common::{Desk, DeskOptions, Exchange, Party, saying, within};
use phone::call::{
    CallState, CancelReason, EndCause, Fault, PhoneCommand, Registration, RegistrationFault, Side, SoundFault,
};
use phone::media::{Codec, Flow};
use phone::rtp::{News, Recorded};
use phone::sip::{DigestAlgorithm, Ended, LegEvent, Transport};
use phone::softphone::Sound;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

async fn pair(transport: Transport) -> (Exchange, Desk) {
    with(transport, DeskOptions::default()).await
}

async fn with(transport: Transport, options: DeskOptions) -> (Exchange, Desk) {
    let exchange = Exchange::start(transport, DigestAlgorithm::Md5).await;
    let mut desk = Desk::start(exchange.server(), transport, options);
    desk.registered().await;
    (exchange, desk)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registers_with_either_digest_over_either_transport_and_takes_it_back() {
    for transport in [Transport::Udp, Transport::Tcp] {
        for algorithm in [DigestAlgorithm::Md5, DigestAlgorithm::Sha256] {
            let mut exchange = Exchange::start(transport, algorithm).await;
            let mut desk = Desk::start(exchange.server(), transport, DeskOptions::default());
            desk.registered().await;
            within("the binding", exchange.contact.wait_for(Option::is_some)).await.unwrap();
            let Desk { phone, .. } = desk;
            tokio::task::spawn_blocking(move || phone.stop()).await.unwrap();
            within("the unbinding", exchange.contact.wait_for(Option::is_none)).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_credentials_are_told_apart_from_an_unreachable_exchange() {
    let exchange = Exchange::start(Transport::Udp, DigestAlgorithm::Md5).await;
    let options = DeskOptions { password: Some("fel"), ..DeskOptions::default() };
    let mut desk = Desk::start(exchange.server(), Transport::Udp, options);
    let failed = |reason| move |registration: Registration| matches!(registration, Registration::Failed { reason: r, .. } if r == reason);
    let wrong = failed(RegistrationFault::WrongCredentials);
    let state = desk.until("the refusal", |state| wrong(state.registration)).await;
    let Registration::Failed { retry_at: Some(retry_at), .. } = state.registration else {
        panic!("an exchange may set it right: {:?}", state.registration)
    };
    let wait = retry_at.saturating_sub(phone::softphone::system_clock()());
    assert!((50_000..=60_000).contains(&wait), "a try a minute locks no account: {wait} ms");

    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut desk = Desk::start(free.to_string(), Transport::Tcp, DeskOptions::default());
    let gone = failed(RegistrationFault::Unreachable);
    let state = desk.until("the failure", |state| gone(state.registration)).await;
    assert!(matches!(state.registration, Registration::Failed { retry_at: Some(_), .. }), "tries again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exchange_that_comes_back_is_registered_at_again() {
    let free = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let mut desk = Desk::start(address.to_string(), Transport::Tcp, DeskOptions::default());
    desk.until("the failure", |s| matches!(s.registration, Registration::Failed { .. })).await;
    let config = phone::sip::EndpointConfig { udp: None, tcp: Some(address) };
    let (_endpoint, mut incoming) = phone::sip::Endpoint::bind(config).await.unwrap();
    tokio::spawn(async move {
        while let Some(phone::sip::Incoming::Register(request)) = incoming.recv().await {
            request.accept(60).await;
        }
    });
    desk.registered().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exchange_that_does_not_know_the_account_yet_is_asked_again() {
    let config = phone::sip::EndpointConfig { udp: Some("127.0.0.1:0".parse().unwrap()), tcp: None };
    let (endpoint, mut incoming) = phone::sip::Endpoint::bind(config).await.unwrap();
    let server = endpoint.udp().unwrap().to_string();
    tokio::spawn(async move {
        let mut unknown = 2;
        while let Some(phone::sip::Incoming::Register(request)) = incoming.recv().await {
            if unknown > 0 {
                unknown -= 1;
                request.reject(404).await;
            } else {
                request.accept(60).await;
            }
        }
    });
    let mut desk = Desk::start(server, Transport::Udp, DeskOptions::default());
    let unknown = RegistrationFault::Refused { status: 404 };
    desk.until(
        "the refusal",
        |s| matches!(s.registration, Registration::Failed { reason, .. } if reason == unknown),
    )
    .await;
    desk.registered().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_sleep_the_phone_registers_again_and_says_so() {
    let slept = Arc::new(AtomicU64::new(0));
    let (asleep, ours) = (slept.clone(), phone::softphone::system_clock());
    let clock: phone::softphone::Clock = Arc::new(move || ours() + asleep.load(Ordering::Relaxed));
    let options = DeskOptions { clock: Some(clock), ..DeskOptions::default() };
    let (mut exchange, mut desk) = with(Transport::Udp, options).await;
    exchange.contact.mark_unchanged();
    slept.store(3_600_000, Ordering::Relaxed);
    desk.until("the word", |state| state.registration == Registration::Registering).await;
    within("a new binding", exchange.contact.changed()).await.unwrap();
    desk.registered().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_one_call_does_not_silence_the_next() {
    let (open, gate) = std::sync::mpsc::channel();
    let options = DeskOptions { gate: Some(gate), ..DeskOptions::default() };
    let (mut exchange, mut desk) = with(Transport::Udp, options).await;
    let first = exchange.call().await;
    let call = desk.active(CallState::Ringing).await;
    desk.answer(call);
    desk.active(CallState::Answering).await;
    first.leg().hang_up();
    desk.ended(call).await;
    let mut second = exchange.call().await;
    let call = desk.active(CallState::Ringing).await;
    desk.answer(call);
    desk.active(CallState::Answering).await;
    // Both openings, then what the end of the first call ordered.
    open.send(()).unwrap();
    open.send(()).unwrap();
    second.answered().await;
    desk.active(CallState::InCall).await;
    second.hears(true).await;
    // What the end of the first call ordered has been done when these were measured.
    for _ in 0..3 {
        within("more sound", second.hears.changed()).await.unwrap();
    }
    second.hears(true).await;
    desk.hears(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_device_is_told_and_the_call_goes_on_through_another() {
    let (tell, news) = std::sync::mpsc::channel();
    let options = DeskOptions { news: Some(news), ..DeskOptions::default() };
    let (mut exchange, mut desk) = with(Transport::Udp, options).await;
    let mut caller = exchange.call_to(Party::listening_for(600.0)).await;
    let call = desk.active(CallState::Ringing).await;
    tell.send(News::Ring { missing: true }).unwrap();
    desk.until("the ring's loss", |state| state.fault == Some(Fault::NoRingDevice)).await;
    desk.answer(call);
    caller.answered().await;
    tell.send(News::Lost(SoundFault::NoMicrophone)).unwrap();
    desk.until("the loss", |state| state.fault == Some(Fault::NoMicrophone)).await;
    tell.send(News::Moved { ends: saying(600.0), elsewhere: true }).unwrap();
    desk.until("the move", |state| state.fault == Some(Fault::OtherDevice)).await;
    caller.hears(true).await;
    desk.phone.command(PhoneCommand::HangUp { call });
    assert_eq!(desk.ended(call).await, EndCause::HungUp { by: Side::Here });
    assert_eq!(desk.state.borrow().fault, None, "over with its call");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_device_is_used_at_once_and_call_and_registration_stand() {
    let (mut exchange, mut desk) = pair(Transport::Udp).await;
    let mut caller = exchange.call_to(Party::listening_for(600.0)).await;
    exchange.contact.mark_unchanged();
    let call = desk.active(CallState::Ringing).await;
    desk.answer(call);
    caller.answered().await;
    desk.phone.use_sound(Sound::Recorded(Recorded::Tone(600.0)));
    caller.hears(true).await;
    desk.active(CallState::InCall).await;
    caller.leg().hang_up();
    desk.ended(call).await;
    let mut next = exchange.call_to(Party::listening_for(600.0)).await;
    let call = desk.active(CallState::Ringing).await;
    desk.answer(call);
    next.answered().await;
    next.hears(true).await;
    assert!(!exchange.contact.has_changed().unwrap(), "no new registration");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_call_is_shown_answered_heard_both_ways_and_hung_up_by_the_caller() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let (mut exchange, mut desk) = pair(transport).await;
        let mut caller = exchange.call().await;
        let call = desk.active(CallState::Ringing).await;
        desk.rings(true).await;
        let shown = desk.state.borrow().active().unwrap().clone();
        assert_eq!(shown.remote.number, "0701740605");
        let queue = shown.queue.unwrap();
        assert_eq!((queue.queue.as_deref(), queue.waited), (Some("allmant"), Some(17)));
        desk.answer(call);
        caller.answered().await;
        desk.active(CallState::InCall).await;
        desk.rings(false).await;
        desk.hears(true).await;
        caller.hears(true).await;
        desk.phone.command(PhoneCommand::Mute { call, muted: true });
        caller.hears(false).await;
        caller.leg().hang_up();
        assert_eq!(desk.ended(call).await, EndCause::HungUp { by: Side::There });
        assert_eq!(caller.ended().await, Ended::Here);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_codec_is_heard_both_ways_and_one_that_knows_the_telephone_band_alone_is_met() {
    let (mut exchange, mut desk) = pair(Transport::Udp).await;
    for codec in Codec::PREFERRED {
        desk.phone.command(PhoneCommand::Dial { target: "0846500400".into() });
        let (mut callee, parts) = exchange.called().await;
        callee.local.codecs = vec![codec];
        let (sdp, agreed) = callee.answer_sdp(&parts.offer);
        assert_eq!(agreed.format.codec, codec);
        callee.leg().answer(sdp).unwrap();
        let call = desk.active(CallState::InCall).await;
        callee.hears(true).await;
        desk.hears(true).await;
        callee.leg().hang_up();
        desk.ended(call).await;
    }
    // The caller's choice stands when the caller offers.
    let mut caller = Party::new();
    caller.local.codecs = Codec::NARROWBAND.to_vec();
    let mut caller = exchange.call_to(caller).await;
    let call = desk.active(CallState::Ringing).await;
    desk.answer(call);
    caller.answered().await;
    caller.hears(true).await;
    desk.hears(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn holding_silences_the_caller_and_resuming_brings_the_sound_back() {
    let (mut exchange, mut desk) = pair(Transport::Udp).await;
    let mut caller = exchange.call().await;
    let call = desk.active(CallState::Ringing).await;
    desk.answer(call);
    caller.answered().await;
    caller.hears(true).await;
    for hold in [true, false, true, false] {
        let command = if hold { PhoneCommand::Hold { call } } else { PhoneCommand::Resume { call } };
        desk.phone.command(command);
        let offer = loop {
            if let LegEvent::Reoffered(offer) = caller.event().await {
                break offer;
            }
        };
        let (sdp, agreed) = caller.answer_sdp(&offer.sdp);
        assert_eq!(agreed.flow, if hold { Flow::RecvOnly } else { Flow::SendRecv });
        offer.accept(sdp);
        desk.active(if hold { CallState::Held } else { CallState::InCall }).await;
        caller.hears(!hold).await;
        desk.hears(!hold).await;
    }
    desk.phone.command(PhoneCommand::HangUp { call });
    assert_eq!(caller.ended().await, Ended::HungUp);
    assert_eq!(desk.ended(call).await, EndCause::HungUp { by: Side::Here });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_hold_leaves_the_call_as_it_was() {
    let (mut exchange, mut desk) = pair(Transport::Udp).await;
    let mut caller = exchange.call().await;
    let call = desk.active(CallState::Ringing).await;
    desk.answer(call);
    caller.answered().await;
    desk.phone.command(PhoneCommand::Hold { call });
    loop {
        if let LegEvent::Reoffered(offer) = caller.event().await {
            offer.refuse();
            break;
        }
    }
    desk.until("the refusal", |state| state.fault == Some(Fault::HoldRefused)).await;
    desk.active(CallState::InCall).await;
    caller.hears(true).await;
    desk.hears(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_ends_hold_is_shown_and_nothing_is_sent_meanwhile() {
    let (mut exchange, mut desk) = pair(Transport::Udp).await;
    let mut caller = exchange.call().await;
    let call = desk.active(CallState::Ringing).await;
    desk.answer(call);
    caller.answered().await;
    caller.hears(true).await;
    for held in [true, false] {
        caller.local.version += 1;
        caller.local.flow = if held { Flow::SendOnly } else { Flow::SendRecv };
        let leg = caller.leg().clone();
        let answer = within("the answer", leg.reoffer(caller.local.offer())).await.unwrap();
        let agreed = caller.agree(&answer);
        assert_eq!(agreed.flow, if held { Flow::SendOnly } else { Flow::SendRecv });
        desk.active(if held { CallState::Held } else { CallState::InCall }).await;
        assert_eq!(desk.state.borrow().active().unwrap().hold.there, held);
        caller.hears(!held).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_offer_again_changes_nothing_not_even_a_version() {
    let (mut exchange, mut desk) = pair(Transport::Udp).await;
    let (call, caller) = desk.talks_with(&mut exchange).await;
    let answer = async || within("the answer", caller.leg().reoffer(caller.local.offer())).await.unwrap();
    let first = answer().await;
    assert_eq!(answer().await, first);
    desk.phone.command(PhoneCommand::Hold { call });
    let mut caller = caller;
    caller.agrees().await;
    let held = desk.stands(call, CallState::Held).await;
    let answer = async || within("the answer", caller.leg().reoffer(caller.local.offer())).await.unwrap();
    let first = answer().await;
    assert_eq!(answer().await, first, "also on hold");
    assert_eq!(desk.stands(call, CallState::Held).await.hold, held.hold);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_gives_up_while_it_rings_stops_the_ring() {
    let (mut exchange, mut desk) = pair(Transport::Udp).await;
    let mut caller = exchange.call().await;
    let call = desk.active(CallState::Ringing).await;
    desk.rings(true).await;
    caller.leg().hang_up();
    assert_eq!(desk.ended(call).await, EndCause::Cancelled { by: Side::There });
    desk.rings(false).await;
    assert_eq!(caller.ended().await, Ended::Refused(487));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_the_exchange_takes_back_says_why() {
    let (mut exchange, mut desk) = pair(Transport::Udp).await;
    for (reason, cause) in
        [(CancelReason::NotTaken, EndCause::NotTaken), (CancelReason::Elsewhere, EndCause::TakenElsewhere)]
    {
        let mut caller = exchange.call().await;
        let call = desk.active(CallState::Ringing).await;
        caller.leg().take_back(reason);
        assert_eq!(desk.ended(call).await, cause);
        assert_eq!(caller.ended().await, Ended::Refused(487));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_gives_up_while_the_sound_opens_is_never_answered() {
    let (open, gate) = std::sync::mpsc::channel();
    let options = DeskOptions { gate: Some(gate), ..DeskOptions::default() };
    let (mut exchange, mut desk) = with(Transport::Udp, options).await;
    let mut caller = exchange.call().await;
    let call = desk.active(CallState::Ringing).await;
    desk.answer(call);
    caller.leg().hang_up();
    assert_eq!(desk.ended(call).await, EndCause::Cancelled { by: Side::There });
    open.send(()).unwrap();
    assert_eq!(caller.ended().await, Ended::Refused(487));
    // The phone is free again.
    open.send(()).unwrap();
    let mut next = exchange.call().await;
    let call = desk.active(CallState::Ringing).await;
    desk.answer(call);
    next.answered().await;
    next.hears(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_hangs_up_during_the_answer_leaves_no_call_behind() {
    let (mut exchange, mut desk) = pair(Transport::Udp).await;
    for _ in 0..12 {
        let mut caller = exchange.call().await;
        let call = desk.active(CallState::Ringing).await;
        desk.answer(call);
        caller.leg().hang_up();
        let cause = desk.ended(call).await;
        let expected = [EndCause::Cancelled { by: Side::There }, EndCause::HungUp { by: Side::There }];
        assert!(expected.contains(&cause), "{cause:?}");
        let ended = caller.ended().await;
        assert!(matches!(ended, Ended::Refused(487) | Ended::Here | Ended::HungUp), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn declining_and_busy_have_their_own_statuses() {
    let (mut exchange, mut desk) = pair(Transport::Udp).await;
    let mut first = exchange.call().await;
    let call = desk.active(CallState::Ringing).await;
    let _second = exchange.call().await;
    desk.until("both calls", |state| state.calls.len() == 2).await;
    let mut third = exchange.call().await;
    assert_eq!(third.ended().await, Ended::Refused(486));
    desk.phone.command(PhoneCommand::Decline { call });
    assert_eq!(first.ended().await, Ended::Refused(603));
    assert_eq!(desk.ended(call).await, EndCause::Declined { by: Side::Here });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_microphone_the_call_can_be_declined_or_answered_later() {
    let options = DeskOptions { faults: vec![SoundFault::NoMicrophone], ..DeskOptions::default() };
    let (mut exchange, mut desk) = with(Transport::Udp, options).await;
    let mut caller = exchange.call().await;
    let call = desk.active(CallState::Ringing).await;
    desk.answer(call);
    desk.until("the fault", |state| state.fault == Some(Fault::NoMicrophone)).await;
    desk.active(CallState::Ringing).await;
    desk.rings(true).await;
    desk.answer(call);
    caller.answered().await;
    caller.hears(true).await;
    assert_eq!(desk.state.borrow().fault, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dialling_rings_is_answered_and_heard_both_ways() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let (mut exchange, mut desk) = pair(transport).await;
        desk.phone.command(PhoneCommand::Dial { target: "08-465 004 00".into() });
        let (mut callee, parts) = exchange.called().await;
        assert_eq!(parts.called, "0846500400");
        callee.leg().ring();
        let call = desk.active(CallState::Early).await;
        let (sdp, _) = callee.answer_sdp(&parts.offer);
        callee.leg().answer(sdp).unwrap();
        desk.active(CallState::InCall).await;
        desk.hears(true).await;
        callee.hears(true).await;
        callee.leg().hang_up();
        assert_eq!(desk.ended(call).await, EndCause::HungUp { by: Side::There });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dialled_calls_end_by_what_happened() {
    let (mut exchange, mut desk) = pair(Transport::Udp).await;
    for (status, cause) in [
        (486, EndCause::Busy),
        (603, EndCause::Declined { by: Side::There }),
        (404, EndCause::Refused { status: 404 }),
    ] {
        desk.phone.command(PhoneCommand::Dial { target: "0846500400".into() });
        let (callee, _) = exchange.called().await;
        let call = desk.active(CallState::Dialling).await;
        callee.leg().reject(status);
        assert_eq!(desk.ended(call).await, cause);
    }
    desk.phone.command(PhoneCommand::Dial { target: "0846500400".into() });
    let (mut callee, _) = exchange.called().await;
    callee.leg().ring();
    let call = desk.active(CallState::Early).await;
    desk.phone.command(PhoneCommand::HangUp { call });
    assert_eq!(desk.ended(call).await, EndCause::Cancelled { by: Side::Here });
    assert!(matches!(callee.ended().await, Ended::Cancelled(_)));
    desk.phone.command(PhoneCommand::Dial { target: "hej".into() });
    desk.until("the fault", |state| state.fault == Some(Fault::BadTarget)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_hangs_up_first() {
    let (mut exchange, mut desk) = pair(Transport::Udp).await;
    let mut caller = exchange.call().await;
    let call = desk.active(CallState::Ringing).await;
    desk.answer(call);
    caller.answered().await;
    let Desk { phone, .. } = desk;
    let stopped = tokio::task::spawn_blocking(move || phone.stop());
    assert_eq!(caller.ended().await, Ended::HungUp);
    stopped.await.unwrap();
    within("the unbinding", exchange.contact.wait_for(Option::is_none)).await.unwrap();
}

#[cfg(feature = "audio")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_echo_call_gives_the_devices_back_at_once_when_somebody_calls() {
    use phone::checkup::Outcome;
    let (mut exchange, mut desk) = pair(Transport::Udp).await;
    // An hour would be listened, were nobody to call.
    let hour = std::time::Duration::from_secs(3_600);
    let echo = tokio::spawn(desk.phone.echo("*43", hour, || Sound::Recorded(Recorded::Tone(600.0))));
    let (mut parrot, called) = exchange.called().await;
    assert_eq!(called.called, "*43");
    let (sdp, agreed) = parrot.answer_sdp(&called.offer);
    parrot.media.agree(agreed);
    parrot.leg().answer(sdp).unwrap();
    let own = desk.active(CallState::InCall).await;

    let mut caller = exchange.call_to(Party::listening_for(600.0)).await;
    let found = within("the echo's end", echo).await.unwrap();
    assert_eq!((found.outcome, found.text.as_str()), (Outcome::NotTried, "a call came"));
    assert_eq!(desk.ended(own).await, EndCause::HungUp { by: Side::Here });
    let call = desk.rings_as_new().await;
    desk.answer(call);
    caller.answered().await;
    caller.hears(true).await;

    let again = desk.phone.echo("*43", hour, || Sound::Recorded(Recorded::Silence)).await;
    assert_eq!((again.outcome, again.text.as_str()), (Outcome::NotTried, "there is a call"));
}

#[cfg(feature = "audio")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_echo_that_nobody_answers_fails_in_words() {
    use phone::checkup::Outcome;
    let (mut exchange, desk) = pair(Transport::Udp).await;
    let hour = std::time::Duration::from_secs(3_600);
    let echo = tokio::spawn(desk.phone.echo("*43", hour, || Sound::Recorded(Recorded::Silence)));
    let (nobody, _) = exchange.called().await;
    nobody.leg().reject(480);
    let found = within("the echo's end", echo).await.unwrap();
    assert_eq!((found.outcome, found.text.as_str()), (Outcome::Fails, "nobody answered"));
}
