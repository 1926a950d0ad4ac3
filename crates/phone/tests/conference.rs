//! A conference of three against a tiny exchange on loopback, by what each of the three hears.
#![cfg(all(feature = "sip", feature = "rtp"))]
#![allow(clippy::unwrap_used, reason = "test code")]

mod common;

use common::{Desk, DeskOptions, EXCHANGE_HZ, Exchange, Party, within};
use phone::call::{CallId, CallState, PhoneCommand};
use phone::media::Flow;
use phone::sip::{DigestAlgorithm, Transport};
use tokio::sync::watch;

const OTHER_HZ: f64 = 700.0;

/// The agent says 440 Hz and listens for 1,000; one says 1,000 Hz and listens for 700; two the other way round.
struct Three {
    desk: Desk,
    one: (CallId, Party),
    two: (CallId, Party),
    _exchange: Exchange,
}

impl Three {
    /// Of all that is heard the tone that is listened for is half: of two tones, and not of three.
    async fn hear_each_other(&mut self) {
        for (who, hears) in [
            ("the agent", &mut self.desk.hears),
            ("one", &mut self.one.1.hears),
            ("two", &mut self.two.1.hears),
        ] {
            within(who, hears.wait_for(|share| (0.42..0.58).contains(share))).await.unwrap();
        }
    }
}

async fn only(hears: &mut watch::Receiver<f64>) {
    within("one tone alone", hears.wait_for(|share| *share > 0.9)).await.unwrap();
}

async fn begin() -> Three {
    let mut exchange = Exchange::start(Transport::Udp, DigestAlgorithm::Md5).await;
    let mut desk = Desk::start(exchange.server(), Transport::Udp, DeskOptions::default());
    desk.registered().await;
    let mut one = exchange.call_to(Party::between(EXCHANGE_HZ, OTHER_HZ)).await;
    let first = desk.rings_as_new().await;
    desk.answer(first);
    one.answered().await;
    desk.stands(first, CallState::InCall).await;
    desk.phone.command(PhoneCommand::Dial { target: "0846500401".into() });
    assert_eq!(one.agrees().await, Flow::RecvOnly);
    let (mut two, parts) = exchange.called_at(Party::between(OTHER_HZ, EXCHANGE_HZ)).await;
    let (sdp, _) = two.answer_sdp(&parts.offer);
    two.leg().answer(sdp).unwrap();
    let second = desk.active(CallState::InCall).await;
    desk.phone.command(PhoneCommand::Join { call: first, with: second });
    assert_eq!(one.agrees().await, Flow::SendRecv);
    let mut three = Three { desk, one: (first, one), two: (second, two), _exchange: exchange };
    three.hear_each_other().await;
    three
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_three_hear_each_other_and_a_silent_agent_keeps_nobody_from_the_other() {
    let mut three = begin().await;
    let (call, muted) = (three.one.0, true);
    three.desk.phone.command(PhoneCommand::Mute { call, muted });
    only(&mut three.one.1.hears).await;
    only(&mut three.two.1.hears).await;
    three.desk.phone.command(PhoneCommand::Mute { call, muted: false });
    three.hear_each_other().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_leaves_the_other_talks_on_with_the_agent() {
    for second_leaves in [true, false] {
        let mut three = begin().await;
        let (stays, leaves) = if second_leaves { (three.one, three.two) } else { (three.two, three.one) };
        leaves.1.leg().hang_up();
        three.desk.ended(leaves.0).await;
        let call = three.desk.stands(stays.0, CallState::InCall).await;
        assert!(!call.conference);
        let mut party = stays.1;
        within("only the agent is left", party.hears.wait_for(|share| *share < 0.1)).await.unwrap();
        let wanted = |share: &f64| if second_leaves { *share > 0.9 } else { *share < 0.1 };
        within("only the party is left", three.desk.hears.wait_for(wanted)).await.unwrap();
        assert!(party.media.stats().received > 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn split_again_one_is_on_hold_and_the_other_is_heard() {
    let mut three = begin().await;
    three.desk.phone.command(PhoneCommand::Hold { call: three.two.0 });
    assert_eq!(three.two.1.agrees().await, Flow::RecvOnly);
    three.desk.stands(three.two.0, CallState::Held).await;
    only(&mut three.desk.hears).await;
    within("the agent alone", three.one.1.hears.wait_for(|share| *share < 0.1)).await.unwrap();
}
