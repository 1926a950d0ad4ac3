//! Repeats, late hours and undone handoffs: what was asked for happens once, and what was promised is kept.

use crate::common::{RegisterCase, Town, command_id, handed_over, registration};
use contract::cases::{AnswerCase, CaseAt, GiveBackCase, HandOffCase, UndoHandoff};
use contract::{CaseAccept, CaseAnswer, CaseClose, CaseGiveBack, Code, HandoffSend, HandoffUndo};
use domain::case::CaseStatus;
use domain::contact::{Channel, Disposition, FollowUpWish};
use service::clock::Clock;
use std::sync::Arc;

const CANARY: &str = "kanariefågel i texten";

/// A case that the group has, with a canary in its note and a wish for the reply.
async fn with_the_group(town: &Town) -> (RegisterCase, u32) {
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let mut events = officer.events().await;
    let mut request = handed_over();
    request.text.note = CANARY.into();
    let before = Some(crate::common::TUESDAY_TEN.plus_seconds(3_600));
    request.text.follow_up = Some(FollowUpWish { channel: Some(Channel::Sms), before });
    agent.register(&request).await;
    town.clock.advance(10_000);
    let summary = events.until_case(request.case_id, CaseStatus::HandedOver).await;
    (request, summary.version)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reply_that_was_chosen_reaches_whoever_answers_and_how_it_was_given_the_front() {
    let town = Town::start().await;
    let (request, version) = with_the_group(&town).await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let at = |version| CaseAt { case_id: request.case_id, version };
    assert_eq!(officer.case(request.case_id).await.unwrap().follow_up, request.text.follow_up);
    let view = officer.change::<CaseAccept>(&at(version)).await.unwrap();
    let answer = AnswerCase { case: at(view.summary.version), text: "Ja".into(), channel: Channel::Sms };
    officer.change::<CaseAnswer>(&answer).await.unwrap();
    assert_eq!(agent.case(request.case_id).await.unwrap().answer_channel, Some(Channel::Sms));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_shows_what_may_be_seen_now_and_what_is_erased_is_gone() {
    let town = Town::start().await;
    let (request, version) = with_the_group(&town).await;
    let officer = town.sign_in("bygglov").await;
    let (id, at) = (command_id(), |version| CaseAt { case_id: request.case_id, version });
    let accepted = officer.call::<CaseAccept>(Some(id), &at(version)).await.unwrap();
    assert_eq!(accepted.note.unwrap().expose(), CANARY);
    let back = GiveBackCase {
        case: at(accepted.summary.version),
        why: "fel-grupp".parse().unwrap(),
        reason: "Fel grupp".into(),
    };
    officer.change::<CaseGiveBack>(&back).await.unwrap();
    let now = officer.case(request.case_id).await.unwrap();
    assert_eq!(officer.call::<CaseAccept>(Some(id), &at(version)).await.unwrap(), now, "as it is now");

    let note = town.store.case(request.case_id).await.unwrap().unwrap().note.unwrap();
    town.store.erase_texts(&[note]).await.unwrap();
    let Town { service, folder, store, .. } = town;
    service.stop().await.unwrap();
    drop(store);
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let found = bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
        assert!(!found, "an erased text is in a file");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_that_overtakes_the_first_gets_the_same_reply() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    for _ in 0..50 {
        let mut request = registration();
        request.disposition = Disposition::ReceivedAndRegistered;
        agent.register(&request).await;
        let handoff = handed_over().handoff.unwrap();
        let send = HandOffCase { case: CaseAt { case_id: request.case_id, version: 1 }, handoff };
        let id = Some(command_id());
        let (one, two) =
            tokio::join!(agent.call::<HandoffSend>(id, &send), agent.call::<HandoffSend>(id, &send));
        assert_eq!(one.unwrap(), two.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handoff_that_leaves_late_gives_the_group_its_whole_time() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    let request = handed_over();
    agent.register(&request).await;
    let clock = Arc::clone(&town.clock);
    let Town { service, clock: _, store, passwords, folder, .. } = town;
    service.stop().await.unwrap();
    drop(store);
    // The group's two hours have passed before it ever had the case.
    clock.advance(2 * 3_600_000 + 60_000);
    let town = Town::open_again(folder, Arc::clone(&clock), passwords).await;
    let officer = town.sign_in("bygglov").await;
    let mut events = officer.events().await;
    if officer.case(request.case_id).await == Err(Code::NotFound) {
        events.until_case(request.case_id, CaseStatus::HandedOver).await;
    }
    let view = officer.case(request.case_id).await.unwrap();
    assert_eq!(view.summary.status, CaseStatus::HandedOver);
    assert!(view.handoffs[0].receipt_due >= town.clock.now().plus_seconds(2 * 3_600 - 60));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_whose_handoff_was_undone_and_that_is_answered_was_solved_here() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    let request = handed_over();
    agent.register(&request).await;
    let undo = UndoHandoff { case_id: request.case_id, handoff: request.handoff.as_ref().unwrap().id };
    let reply = agent.change::<HandoffUndo>(&undo).await.unwrap();
    let view = agent.case(request.case_id).await.unwrap();
    assert_eq!(view.disposition, Disposition::ReceivedAndRegistered, "no group had it");
    let at = |version| CaseAt { case_id: request.case_id, version };
    let answer = AnswerCase { case: at(reply.version), text: "Nej".into(), channel: Channel::Call };
    let view = agent.change::<CaseAnswer>(&answer).await.unwrap();
    agent.change::<CaseClose>(&at(view.summary.version)).await.unwrap();
    let case = town.store.case(request.case_id).await.unwrap().unwrap();
    assert_eq!(case.disposition, Disposition::Solved);
    assert!(case.first_contact_resolution());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_cannot_be_read_stops_no_other() {
    let town = Town::start().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let mut events = officer.events().await;
    let (broken, whole) = (handed_over(), handed_over());
    agent.register(&broken).await;
    agent.register(&whole).await;
    let db = rusqlite::Connection::open(town.path("svarsplats.db")).unwrap();
    let changed = db.execute("UPDATE case_state SET state = '{}' WHERE serial = 1", []).unwrap();
    assert_eq!(changed, 1);
    town.clock.advance(10_000);
    events.until_case(whole.case_id, CaseStatus::HandedOver).await;
}
