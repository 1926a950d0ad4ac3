//! What the kontaktcenter does about a case that lies at a group outside the system: takes it back, or sends a new
//! link when the letter got lost.

use crate::common::smtp::{MailServer, Mood, body};
use crate::common::{Town, handed_over};
use crate::outside::{hands_over, link, open, send, town};
use contract::cases::{CaseAction, CaseAt, CaseView, HistoryKind};
use contract::{CaseRenewLink, CaseTakeBack, Code};
use domain::case::CaseStatus;
use domain::handoff::HandoffStage;
use service::clock::Clock as _;

fn at(view: &CaseView) -> CaseAt {
    CaseAt { case_id: view.summary.id, version: view.summary.version }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_link_is_sent_and_the_old_one_does_nothing() {
    let mut server = MailServer::start().await;
    let town = town(&server).await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let request = handed_over();
    hands_over(&town, &agent, &request).await;
    let lost = link(&server.letters(1).await[0]);
    town.clock.advance(3_600_000);
    let view = agent.case(request.case_id).await.unwrap();
    assert!(view.actions.contains(&CaseAction::RenewLink) && view.actions.contains(&CaseAction::TakeBack));
    assert_eq!(officer.change::<CaseRenewLink>(&at(&view)).await.unwrap_err(), Code::Forbidden);
    let renewed = agent.change::<CaseRenewLink>(&at(&view)).await.unwrap();
    assert_eq!(renewed.history.last().unwrap().what, HistoryKind::LinkRenewed);
    // Two hours of the group's, from now.
    let due = |view: &CaseView| view.handoffs[0].receipt_due;
    assert_eq!(due(&renewed), town.clock.now().plus_millis(2 * 3_600_000));
    assert_eq!(
        renewed.handoffs[0].response_due, view.handoffs[0].response_due,
        "the customer waits as before"
    );
    // Clicked twice.
    assert_eq!(agent.change::<CaseRenewLink>(&at(&view)).await.unwrap_err(), Code::Stale);

    let next = link(&server.letters(2).await[1]);
    assert_ne!(lost, next);
    for page in [open(&town, &lost).await, send(&town, &lost, "step=accept").await] {
        assert_eq!(page.status, 410);
        assert!(page.page.contains("utbytt") && page.page.contains("Ingenting har ändrats"), "{}", page.page);
    }
    assert_eq!(agent.case(request.case_id).await.unwrap().summary.status, CaseStatus::HandedOver);
    assert_eq!(send(&town, &next, "step=accept").await.status, 303);

    // Accepted, and the letter to answer by got lost.
    let lost = link(&server.letters(3).await[2]);
    town.clock.advance(60_000);
    let view = agent.case(request.case_id).await.unwrap();
    let renewed = agent.change::<CaseRenewLink>(&at(&view)).await.unwrap();
    assert_eq!((renewed.summary.status, due(&renewed)), (CaseStatus::Accepted, due(&view)));
    let next = link(&server.letters(4).await[3]);
    assert_eq!(send(&town, &lost, "step=answer&channel=call&text=Ja").await.status, 410);
    assert_eq!(send(&town, &next, "step=answer&channel=call&text=Ja").await.status, 200);
    let view = agent.case(request.case_id).await.unwrap();
    assert_eq!(view.summary.status, CaseStatus::Answered);
    assert!(!view.actions.contains(&CaseAction::RenewLink) && !view.actions.contains(&CaseAction::TakeBack));
    assert_eq!(agent.change::<CaseTakeBack>(&at(&view)).await.unwrap_err(), Code::WrongState);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_taken_back_and_its_link_does_nothing() {
    let mut server = MailServer::start().await;
    let town = town(&server).await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let request = handed_over();
    hands_over(&town, &agent, &request).await;
    send(&town, &link(&server.letters(1).await[0]), "step=accept").await;
    let path = link(&server.letters(2).await[1]);
    let view = agent.case(request.case_id).await.unwrap();
    assert_eq!(officer.change::<CaseTakeBack>(&at(&view)).await.unwrap_err(), Code::Forbidden);
    let back = agent.change::<CaseTakeBack>(&at(&view)).await.unwrap();
    assert_eq!((back.summary.status, back.handoffs[0].stage), (CaseStatus::Open, HandoffStage::TakenBack));
    assert_eq!((back.returns, back.summary.alarm.as_ref()), (0, None), "the group has not given it back");
    assert_eq!(back.history.last().unwrap().what, HistoryKind::TakenBack);
    assert!(back.actions.contains(&CaseAction::HandOff) && back.actions.contains(&CaseAction::Answer));
    let page = send(&town, &path, "step=answer&channel=call&text=Ja").await;
    assert_eq!(page.status, 410);
    assert!(page.page.contains("inte ärendet längre") && page.page.contains("Ingenting har ändrats"));
    assert_eq!(agent.case(request.case_id).await.unwrap().summary.version, back.summary.version);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_waits_does_not_go_when_its_case_was_taken_back_or_a_newer_one_was_written() {
    let mut server = MailServer::start().await;
    server.moods(&[Mood::Later, Mood::Later]);
    let town = town(&server).await;
    let agent = town.sign_in("agent").await;
    let (taken, renewed) = (handed_over(), handed_over());
    hands_over(&town, &agent, &taken).await;
    hands_over(&town, &agent, &renewed).await;
    server.asked(2).await;
    let view = agent.case(taken.case_id).await.unwrap();
    agent.change::<CaseTakeBack>(&at(&view)).await.unwrap();
    town.clock.advance(1_000);
    let view = agent.case(renewed.case_id).await.unwrap();
    agent.change::<CaseRenewLink>(&at(&view)).await.unwrap();
    assert_eq!(server.letters(1).await.len(), 1);
    // What waited is looked at, and the letter of a third case comes after it.
    town.clock.advance(60_000);
    let third = handed_over();
    hands_over(&town, &agent, &third).await;
    let number = agent.case(third.case_id).await.unwrap().summary.number.to_string();
    assert!(body(&server.letters(2).await[1]).contains(&number), "none of those that waited went before it");
    assert_eq!(server.asked_so_far(), 4, "two that were put off, and two that went");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_this_system_gives_back_by_itself() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    let request = handed_over();
    hands_over(&town, &agent, &request).await;
    let view = agent.case(request.case_id).await.unwrap();
    assert!(!view.actions.contains(&CaseAction::RenewLink) && !view.actions.contains(&CaseAction::TakeBack));
    assert_eq!(agent.change::<CaseTakeBack>(&at(&view)).await.unwrap_err(), Code::WrongState);
    assert_eq!(agent.change::<CaseRenewLink>(&at(&view)).await.unwrap_err(), Code::WrongState);
}
