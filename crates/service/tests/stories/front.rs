//! What becomes of a case at the front: kept, parked or closed at its handoff, not accepted, confirmed, rewritten.

use crate::common::{Desk, RegisterCase, TUESDAY_TEN, Town, handed_over, registration, seed};
use contract::cases::{
    AnswerCase, CaseAction, CaseAt, CaseList, CaseView, ConfirmCase, HandOffCase, HistoryKind, ListCases,
    MatchCustomer, ReopenCase, RewriteCase, UndoHandoff,
};
use contract::{
    CaseAccept, CaseAnswer, CaseClose, CaseConfirm, CaseReopen, CaseRewrite, CasesList, Code,
    CustomerMatchCommand, Event, HandoffSend, HandoffUndo,
};
use domain::CaseId;
use domain::case::{CaseStatus, FrontStanding};
use domain::contact::{Channel, Disposition};
use domain::customer::{CustomerDetails, ProtectedIdentity};
use domain::handoff::{FieldValue, HandoffStage};
use domain::structure::AfterHandoff;

fn sent(after: AfterHandoff) -> RegisterCase {
    let mut request = handed_over();
    request.handoff.as_mut().unwrap().after = after;
    request
}

async fn mine(desk: &Desk, closed: bool) -> Vec<CaseId> {
    let list = ListCases { list: CaseList::Mine, closed, after: None, limit: None };
    desk.ask::<CasesList>(&list).await.unwrap().cases.into_iter().map(|case| case.id).collect()
}

const fn at(view: &CaseView) -> CaseAt {
    CaseAt { case_id: view.summary.id, version: view.summary.version }
}

/// Handed over with that choice and with the group; how it then stands at the front, and who has it listed.
async fn with_the_group(choice: AfterHandoff) -> (FrontStanding, bool) {
    let town = Town::start().await;
    let (agent, request) = (town.sign_in("agent").await, sent(choice));
    let mut events = agent.events().await;
    agent.register(&request).await;
    assert_eq!(mine(&agent, false).await, [request.case_id], "it can still be undone");
    town.clock.advance(10_000);
    let summary = events.until_case(request.case_id, CaseStatus::HandedOver).await;
    assert_eq!(mine(&agent, true).await, [request.case_id], "it is nowhere lost");
    (summary.front, !mine(&agent, false).await.is_empty())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_is_kept_stays_among_its_owners() {
    assert_eq!(with_the_group(AfterHandoff::Keep).await, (FrontStanding::Open, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_is_parked_stays_and_waits() {
    assert_eq!(with_the_group(AfterHandoff::Park).await, (FrontStanding::Parked, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_is_closed_leaves_its_owners_when_it_has_left() {
    assert_eq!(with_the_group(AfterHandoff::Close).await, (FrontStanding::Closed, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_nobody_accepted_alarms_its_owner_and_stays_marked() {
    let town = Town::start().await;
    let (agent, colleague) = (town.sign_in("agent").await, town.sign_in("agent2").await);
    let officer = town.sign_in("bygglov").await;
    let (mut at_agent, mut at_colleague) = (agent.events().await, colleague.events().await);
    let mut at_officer = officer.events().await;
    let request = sent(AfterHandoff::Close);
    agent.register(&request).await;
    town.clock.advance(10_000);
    at_officer.until_case(request.case_id, CaseStatus::HandedOver).await;
    at_agent.until_case(request.case_id, CaseStatus::HandedOver).await;
    assert!(mine(&agent, false).await.is_empty());
    town.clock.advance(2 * 3_600_000 - 10_000);
    let alarm = at_agent
        .until(|event| match event {
            Event::CaseNotAccepted(case) => Some(case.clone()),
            _ => None,
        })
        .await;
    assert_eq!((alarm.id, alarm.status, alarm.not_accepted), (request.case_id, CaseStatus::Open, true));
    assert_eq!(mine(&agent, false).await, [request.case_id], "back where it is seen");
    // Others see that it changed; it is not theirs to act on. The next case comes after any alarm.
    let next = sent(AfterHandoff::Park);
    colleague.register(&next).await;
    let alarmed = |event: &Event| match event {
        Event::CaseNotAccepted(_) => panic!("of another's case"),
        Event::CaseChanged(case) if case.id == next.case_id => Some(()),
        _ => None,
    };
    at_colleague.until(alarmed).await;
    // Answered by the front itself: the mark goes.
    let view = agent.case(request.case_id).await.unwrap();
    let answer = AnswerCase { case: at(&view), text: "Ja".into(), channel: Channel::Call };
    assert!(!agent.change::<CaseAnswer>(&answer).await.unwrap().summary.not_accepted);
}

/// A town where the customer confirms before a case of the ordinary type is closed.
async fn confirming() -> Town {
    Town::start_with(|config| {
        let mut seed = seed::seed();
        seed.structure.case_types[0].confirm_before_close = true;
        config.seed = Some(seed);
    })
    .await
}

/// Accepted and answered by the group.
async fn answered(town: &Town, agent: &Desk, officer: &Desk) -> CaseView {
    let mut events = officer.events().await;
    let request = sent(AfterHandoff::Close);
    agent.register(&request).await;
    town.clock.advance(10_000);
    let summary = events.until_case(request.case_id, CaseStatus::HandedOver).await;
    let case = CaseAt { case_id: request.case_id, version: summary.version };
    let view = officer.change::<CaseAccept>(&case).await.unwrap();
    let answer = AnswerCase { case: at(&view), text: "Ja, 1,2 m".into(), channel: Channel::Call };
    officer.change::<CaseAnswer>(&answer).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_the_customer_confirms_waits_for_the_front() {
    let town = confirming().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let mut events = agent.events().await;
    let view = answered(&town, &agent, &officer).await;
    assert_eq!((view.summary.status, view.actions.as_slice()), (CaseStatus::Confirming, &[][..]));
    assert_eq!(officer.change::<CaseClose>(&at(&view)).await.unwrap_err(), Code::WrongState);
    let confirm = ConfirmCase { case: at(&view), not_satisfied: None };
    assert_eq!(officer.change::<CaseConfirm>(&confirm).await.unwrap_err(), Code::Forbidden);

    let summary = events.until_case(view.summary.id, CaseStatus::Confirming).await;
    assert_eq!(summary.front, FrontStanding::Open);
    assert_eq!(mine(&agent, false).await, [view.summary.id], "though it was closed there");
    assert_eq!(agent.case(view.summary.id).await.unwrap().actions, [CaseAction::Confirm]);
    let done = agent.change::<CaseConfirm>(&confirm).await.unwrap();
    assert_eq!(done.summary.status, CaseStatus::Closed);
    assert_eq!(done.history.last().unwrap().what, HistoryKind::Confirmed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_is_not_satisfied_sends_the_case_back_to_the_group() {
    let town = confirming().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let view = answered(&town, &agent, &officer).await;
    let mut events = officer.events().await;
    let say = |text: &str| ConfirmCase { case: at(&view), not_satisfied: Some(text.into()) };
    assert_eq!(agent.change::<CaseConfirm>(&say(" ")).await.unwrap_err(), Code::Missing);
    let back = agent.change::<CaseConfirm>(&say("Höjden gäller inte mig")).await.unwrap();
    assert_eq!(back.summary.front, FrontStanding::Closed, "with the group again");
    events.until_case(view.summary.id, CaseStatus::Accepted).await;
    let seen = officer.case(view.summary.id).await.unwrap();
    assert_eq!(seen.not_satisfied.unwrap().expose(), "Höjden gäller inte mig");
    use CaseAction::{Answer, Ask, Consult, GiveBack};
    assert_eq!(seen.actions, [GiveBack, Answer, Ask, Consult]);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_are_written_anew_after_an_undo_and_only_then() {
    let town = Town::start().await;
    let (agent, colleague) = (town.sign_in("agent").await, town.sign_in("agent2").await);
    let request = sent(AfterHandoff::Park);
    agent.register(&request).await;
    let view = agent.case(request.case_id).await.unwrap();
    let write = |case: CaseAt, subject: &str| RewriteCase {
        case,
        subject: subject.into(),
        note: "Altanen ska bli 1,5 m".into(),
        place: "".into(),
        customer: None,
        fields: None,
    };
    let early = agent.change::<CaseRewrite>(&write(at(&view), "Altan")).await;
    assert_eq!(early.unwrap_err(), Code::WrongState, "on its way");
    let undo = UndoHandoff { case_id: request.case_id, handoff: request.handoff.unwrap().id };
    agent.change::<HandoffUndo>(&undo).await.unwrap();

    let read = agent.case(request.case_id).await.unwrap();
    assert!(read.actions.contains(&CaseAction::Rewrite));
    assert!(!colleague.case(request.case_id).await.unwrap().actions.contains(&CaseAction::Rewrite));
    let foreign = colleague.change::<CaseRewrite>(&write(at(&read), "Altan")).await;
    assert_eq!(foreign.unwrap_err(), Code::Forbidden);
    let stale = agent.change::<CaseRewrite>(&write(at(&view), "Altan")).await;
    assert_eq!(stale.unwrap_err(), Code::Stale, "the version that was read");
    let long = agent.change::<CaseRewrite>(&write(at(&read), &"a".repeat(1_001))).await;
    assert_eq!(long.unwrap_err(), Code::TooLarge);
    let written = agent.change::<CaseRewrite>(&write(at(&read), "Hög altan")).await.unwrap();
    assert_eq!(written.summary.subject.as_ref().unwrap().expose(), "Hög altan");
    assert_eq!(written.note.as_ref().unwrap().expose(), "Altanen ska bli 1,5 m");
    assert_eq!(written.place, None);
    assert_eq!(written.history.last().unwrap().what, HistoryKind::Rewritten);
    let events = town.store.case_events(request.case_id).await.unwrap();
    assert_eq!(events.len(), 4, "nothing is overwritten");
    let first = match &events[0].event {
        domain::case::CaseEvent::Registered(registration) => registration.subject,
        other => panic!("{other:?}"),
    };
    assert_eq!(town.store.texts(&[first]).await.unwrap()[&first].expose(), "Bygga altan");
    assert_eq!(events[3].at, TUESDAY_TEN);
    assert_eq!(written.customer.unwrap().name.expose(), "Karin Exempel", "as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_group_demands_is_filled_in_after_registration() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    let mut request = RegisterCase { disposition: Disposition::ReceivedAndRegistered, ..registration() };
    request.text.customer = CustomerDetails::default();
    agent.register(&request).await;
    let read = agent.case(request.case_id).await.unwrap();
    assert_eq!(read.customer, None);
    let own = |value: &str| FieldValue { field: "antal".parse().unwrap(), value: value.into() };
    let write = |name: &str, count: &str| RewriteCase {
        case: at(&read),
        subject: "Bygga altan".into(),
        note: "".into(),
        place: "Storgatan 1".into(),
        customer: Some(CustomerDetails {
            name: name.into(),
            phone: "070-174 06 12".into(),
            ..CustomerDetails::default()
        }),
        fields: Some(vec![own(count)]),
    };
    let wrong = agent.change::<CaseRewrite>(&write("Kim Ekdahl", "många")).await;
    assert_eq!(wrong.unwrap_err(), Code::Invalid, "no number");
    let long = agent.change::<CaseRewrite>(&write(&"k".repeat(1_001), "2")).await;
    assert_eq!(long.unwrap_err(), Code::TooLarge);

    let written = agent.change::<CaseRewrite>(&write("Kim Ekdahl", "2")).await.unwrap();
    assert_eq!(written.fields, [("Antal".to_owned(), "2".into())]);
    // It is a protected person's number: whoever writes a new name to it may be them.
    assert_eq!(written.protected, ProtectedIdentity::SkyddadFolkbokforing);
    assert_eq!(written.summary.customer.as_ref().unwrap().expose(), "•••");
    assert_eq!(written.customer.as_ref().unwrap().name.expose(), "Kim Ekdahl", "one who works on it");
    let ask = MatchCustomer { number: "070-174 06 12".into() };
    let found = agent.ask::<CustomerMatchCommand>(&ask).await.unwrap().open_cases;
    assert_eq!(found[0].id, request.case_id, "found by the number that was written");

    // Nothing that is typed later takes the protection away.
    let mut freed = write("Karin Exempel", "");
    freed.case = at(&written);
    freed.customer.as_mut().unwrap().phone = "070-174 06 05".into();
    let freed = agent.change::<CaseRewrite>(&freed).await.unwrap();
    assert_eq!(freed.protected, ProtectedIdentity::SkyddadFolkbokforing);
    assert_eq!(freed.fields, []);

    let handoff = HandOffCase { case: at(&freed), handoff: handed_over().handoff.unwrap() };
    agent.change::<HandoffSend>(&handoff).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_cases_and_the_inbox_go_on_where_a_page_ended() {
    let town = Town::start().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let mut events = officer.events().await;
    let mut all = Vec::new();
    for _ in 0..5 {
        let request = sent(AfterHandoff::Park);
        agent.register(&request).await;
        all.push(request.case_id);
    }
    town.clock.advance(10_000);
    for _ in 0..5 {
        events.until(|event| matches!(event, Event::CaseChanged(_)).then_some(())).await;
    }
    for (desk, list) in [(&agent, CaseList::Mine), (&officer, CaseList::Inbox)] {
        let page = |after| ListCases { list, closed: false, after, limit: Some(2) };
        let first = desk.ask::<CasesList>(&page(None)).await.unwrap();
        let mut seen: Vec<CaseId> = first.cases.iter().map(|case| case.id).collect();
        // One that comes meanwhile neither moves what is left nor shows anything twice.
        agent.register(&sent(AfterHandoff::Park)).await;
        let mut after = first.next;
        while let Some(cursor) = after {
            let next = desk.ask::<CasesList>(&page(Some(cursor))).await.unwrap();
            seen.extend(next.cases.iter().map(|case| case.id));
            after = next.next;
        }
        assert!(all.iter().all(|id| seen.iter().filter(|other| *other == id).count() == 1), "{list:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answered_case_is_closed_by_the_clock_after_the_time_of_its_type() {
    let town = Town::start_with(|config| {
        let mut seed = seed::seed();
        seed.structure.case_types[0].confirm_before_close = true;
        seed.structure.case_types[0].closes_after = Some("1h".parse().unwrap());
        config.seed = Some(seed);
    })
    .await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let view = answered(&town, &agent, &officer).await;
    let mut events = agent.events().await;
    assert_eq!(view.closes_at, Some(TUESDAY_TEN.plus_seconds(3_610)), "counted from the answer");
    town.clock.advance(3_599_000);
    let other = registration();
    agent.register(&other).await;
    events.until_case(other.case_id, CaseStatus::Closed).await;
    assert_eq!(agent.case(view.summary.id).await.unwrap().summary.status, CaseStatus::Confirming);
    town.clock.advance(1_000);
    events.until_case(view.summary.id, CaseStatus::Closed).await;
    let last = agent.case(view.summary.id).await.unwrap().history.pop().unwrap();
    assert_eq!((last.what, last.by), (HistoryKind::Closed, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_asks_itself_confirms_that_the_customer_was_told() {
    let town = Town::start_with(|config| {
        let mut seed = seed::seed();
        seed.structure.case_types[0].confirm_before_close = true;
        seed.structure.case_types[0].confirmed_by = domain::structure::Confirmer::Group;
        config.seed = Some(seed);
    })
    .await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let other = town.sign_in("mottagning").await;
    let view = answered(&town, &agent, &officer).await;
    assert_eq!(view.actions, [CaseAction::Confirm], "and nothing closes it before");
    assert!(mine(&agent, false).await.is_empty(), "it stays closed at the front");
    let confirm = ConfirmCase { case: at(&view), not_satisfied: None };
    assert_eq!(other.change::<CaseConfirm>(&confirm).await.unwrap_err(), Code::NotFound);
    let done = officer.change::<CaseConfirm>(&confirm).await.unwrap();
    assert_eq!(done.summary.status, CaseStatus::Closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reopened_case_is_its_owners_again_and_corrects_the_figure() {
    let town = Town::start().await;
    let (agent, colleague) = (town.sign_in("agent").await, town.sign_in("agent2").await);
    let officer = town.sign_in("bygglov").await;
    let request = registration();
    agent.register(&request).await;
    let solved = async || town.store.case(request.case_id).await.unwrap().unwrap().first_contact_resolution();
    assert!(solved().await);
    let view = agent.case(request.case_id).await.unwrap();
    assert_eq!(view.actions, [CaseAction::Reopen]);
    let reopen = |view: &CaseView, reason: &str| ReopenCase { case: at(view), reason: reason.into() };
    assert_eq!(officer.change::<CaseReopen>(&reopen(&view, "Nej")).await.unwrap_err(), Code::Forbidden);
    assert_eq!(colleague.change::<CaseReopen>(&reopen(&view, " ")).await.unwrap_err(), Code::Missing);
    let mut events = agent.events().await;
    let open = colleague.change::<CaseReopen>(&reopen(&view, "Bygget stoppades")).await.unwrap();
    assert_eq!(open.not_satisfied.as_ref().unwrap().expose(), "Bygget stoppades");
    assert_eq!(open.history.last().unwrap().what, HistoryKind::Reopened);
    events.until_case(request.case_id, CaseStatus::Open).await;
    assert_eq!(mine(&agent, false).await, [request.case_id], "its owner's, whoever reopened it");
    let closed = agent.change::<CaseClose>(&at(&open)).await.unwrap();
    assert_eq!(closed.summary.status, CaseStatus::Closed);
    assert!(!solved().await, "it was not solved in the first contact");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_a_group_closed_is_reopened_for_another() {
    let town = Town::start().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let view = answered(&town, &agent, &officer).await;
    let closed = officer.change::<CaseClose>(&at(&view)).await.unwrap();
    assert_eq!(closed.actions, [], "a group reopens nothing");
    let reopen = ReopenCase { case: at(&closed), reason: "Svaret gällde grannen".into() };
    let open = agent.change::<CaseReopen>(&reopen).await.unwrap();
    assert!(open.actions.contains(&CaseAction::HandOff), "it goes where its owner says");
    assert_eq!(open.handoffs[0].stage, HandoffStage::Done);
    let past = officer.case(view.summary.id).await.unwrap();
    assert_eq!((past.actions.as_slice(), past.answer), (&[][..], None), "no more theirs");
}
