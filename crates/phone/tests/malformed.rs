//! What is no session description and no sound, in real calls: refused or passed over, and the call goes on.
#![cfg(all(feature = "sip", feature = "rtp"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test code")]

mod common;

use common::{Desk, DeskOptions, Exchange, within};
use phone::call::{CallState, EndCause, Fault, PhoneCommand, Side};
use phone::sip::{DigestAlgorithm, Ended, SipError, Transport};

const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n";

/// What says nothing that a call could be made of.
fn useless() -> Vec<Vec<u8>> {
    let lines = [
        String::new(),
        "m=audio 0 RTP/AVP 8\r\n".to_owned(),
        "m=video 4000 RTP/AVP 96\r\n".to_owned(),
        "m=audio 4000 RTP/AVP 3 18\r\n".to_owned(),
        "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 opus/8000\r\n".to_owned(),
        "m=audio 70000 RTP/AVP 8\r\n".to_owned(),
        "m=audio 4000 TCP/RTP/AVP 8\r\n".to_owned(),
        "m=audio 4000 RTP/AVP 8\r\nc=IN IP4 224.2.1.1/127\r\n".to_owned(),
        "m=audio 4000 RTP/AVP 8\r\nc=IN IP4 exchange\r\n".to_owned(),
        format!("m=audio 4000 RTP/AVP 8\r\n{}", "a=x:1\r\n".repeat(2_500)),
    ];
    let mut all: Vec<Vec<u8>> = lines.iter().map(|lines| format!("{HEAD}{lines}").into_bytes()).collect();
    all.extend([b"hej".to_vec(), vec![0xff; 200], vec![0; 40]]);
    all
}

async fn pair() -> (Exchange, Desk) {
    // Over a stream bodies may be as long as they like.
    let exchange = Exchange::start(Transport::Tcp, DigestAlgorithm::Md5).await;
    let mut desk = Desk::start(exchange.server(), Transport::Tcp, DeskOptions::default());
    desk.registered().await;
    (exchange, desk)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_of_nothing_is_refused_before_it_rings_and_within_a_call_changes_nothing() {
    let (mut exchange, mut desk) = pair().await;
    for offer in useless() {
        let mut caller = exchange.call_offering(offer.clone()).await;
        assert_eq!(caller.ended().await, Ended::Refused(488), "{}", String::from_utf8_lossy(&offer));
        assert!(desk.state.borrow().calls.is_empty(), "nothing was shown");
    }
    let (call, mut caller) = desk.talks_with(&mut exchange).await;
    for offer in useless() {
        let answer = within("the answer", caller.leg().reoffer(offer)).await;
        assert_eq!(answer, Err(SipError::Refused(488)));
    }
    desk.stands(call, CallState::InCall).await;
    desk.hears(true).await;
    caller.hears(true).await;
    caller.leg().hang_up();
    assert_eq!(desk.ended(call).await, EndCause::HungUp { by: Side::There });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_of_nothing_ends_a_new_call_by_its_name_and_leaves_one_that_goes_on() {
    let (mut exchange, mut desk) = pair().await;
    for answer in useless() {
        desk.phone.command(PhoneCommand::Dial { target: "0846500400".into() });
        let (mut callee, _) = exchange.called().await;
        callee.leg().answer(answer).unwrap();
        assert_eq!(callee.ended().await, Ended::HungUp);
        let state = desk.until("the end", |state| state.active().is_none()).await;
        let last = state.calls.iter().max_by_key(|call| call.id).unwrap();
        assert_eq!(last.state, CallState::Ended { cause: EndCause::NoCommonMedia });
    }
    let (call, mut caller) = desk.talks_with(&mut exchange).await;
    for answer in useless() {
        desk.phone.command(PhoneCommand::Hold { call });
        caller.reoffered().await.accept(answer);
        desk.until("the refusal", |state| state.fault == Some(Fault::HoldRefused)).await;
        desk.stands(call, CallState::InCall).await;
        // What is wrong is forgotten with the next thing that goes well.
        desk.phone.command(PhoneCommand::Hold { call });
        caller.agrees().await;
        desk.stands(call, CallState::Held).await;
        desk.phone.command(PhoneCommand::Resume { call });
        caller.agrees().await;
        desk.stands(call, CallState::InCall).await;
        desk.until("the fault's end", |state| state.fault.is_none()).await;
    }
    desk.hears(true).await;
    caller.hears(true).await;
}
