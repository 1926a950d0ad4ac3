//! The errand over real HTTP: registered, handed over, accepted, answered, closed; and what can go wrong.

use crate::common::{Town, command_id, handed_over, registration};
use contract::cases::{
    AnswerCase, CaseAction, CaseAt, CaseList, GiveBackCase, HandOffCase, HistoryKind, ListCases, UndoHandoff,
};
use contract::{
    CaseAccept, CaseAnswer, CaseClose, CaseGiveBack, CaseRegister, CasesList, Code, HandoffSend, HandoffUndo,
};
use domain::case::CaseStatus;
use domain::contact::{Channel, Disposition};

fn list(list: CaseList) -> ListCases {
    ListCases { list, closed: false, after: None, limit: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_reaches_its_group_and_comes_back_answered() {
    let town = Town::start().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let (mut at_agent, mut at_officer) = (agent.events().await, officer.events().await);

    let request = handed_over();
    let id = request.case_id;
    let reply = agent.register(&request).await;
    assert_eq!(reply.number.unwrap().to_string(), "2026-000001");
    assert_eq!(reply.leaves_at, Some(crate::common::TUESDAY_TEN.plus_seconds(10)));
    assert_eq!(
        reply.response_due,
        Some(crate::common::TUESDAY_TEN.plus_seconds(4 * 3600)),
        "four service hours"
    );
    at_agent.until_case(id, CaseStatus::Leaving).await;
    assert_eq!(officer.case(id).await.unwrap_err(), Code::NotFound, "not before it has left");

    town.clock.advance(10_000);
    let summary = at_officer.until_case(id, CaseStatus::HandedOver).await;
    assert_eq!(summary.subject.unwrap().expose(), "Bygga altan");
    assert_eq!(summary.customer.unwrap().expose(), "Karin Exempel");
    assert_eq!(summary.owner_name.expose(), "Anna Agent");
    let inbox = officer.ask::<CasesList>(&list(CaseList::Inbox)).await.unwrap();
    assert_eq!(inbox.cases.len(), 1);

    let at = |version| CaseAt { case_id: id, version };
    let view = officer.change::<CaseAccept>(&at(summary.version)).await.unwrap();
    assert_eq!(view.summary.status, CaseStatus::Accepted);
    use CaseAction::{Answer, Ask, Consult, GiveBack};
    assert_eq!(view.actions, [GiveBack, Answer, Ask, Consult]);
    let answer =
        AnswerCase { case: at(view.summary.version), text: "Ja, 1,2 m".into(), channel: Channel::Call };
    let view = officer.change::<CaseAnswer>(&answer).await.unwrap();
    assert_eq!(view.answer.unwrap().expose(), "Ja, 1,2 m");
    at_agent.until_case(id, CaseStatus::Answered).await;
    officer.change::<CaseClose>(&at(view.summary.version)).await.unwrap();
    at_agent.until_case(id, CaseStatus::Closed).await;

    let view = agent.case(id).await.unwrap();
    assert_eq!(view.disposition, Disposition::HandedOver);
    assert_eq!(view.handoffs[0].accepted_by.as_ref().unwrap().expose(), "Olle Officer");
    use HistoryKind as H;
    let history: Vec<_> = view.history.iter().map(|line| line.what).collect();
    assert_eq!(history, [H::Registered, H::HandoffSent, H::HandoffLeft, H::Accepted, H::Answered, H::Closed]);
    assert!(view.history[2].by.is_none(), "the clock");
    assert_eq!(view.actions, [CaseAction::Reopen]);
    town.service.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_solved_in_the_call_is_closed_at_once() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    let request = registration();
    let reply = agent.register(&request).await;
    assert_eq!((reply.leaves_at, reply.queued), (None, false));
    let view = agent.case(request.case_id).await.unwrap();
    assert_eq!(view.summary.status, CaseStatus::Closed);
    assert_eq!(view.articles, request.articles);
    assert!(agent.ask::<CasesList>(&list(CaseList::Mine)).await.unwrap().cases.is_empty());
    let closed = ListCases { closed: true, ..list(CaseList::Mine) };
    assert_eq!(agent.ask::<CasesList>(&closed).await.unwrap().cases.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_gives_the_same_reply_and_another_payload_conflicts() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    let (id, request) = (command_id(), handed_over());
    let first = agent.call::<CaseRegister>(Some(id), &request).await.unwrap();
    town.clock.advance(60_000);
    let second = agent.call::<CaseRegister>(Some(id), &request).await.unwrap();
    assert_eq!(first, second);
    let other = crate::common::RegisterCase { text: registration().text, ..registration() };
    assert_eq!(agent.call::<CaseRegister>(Some(id), &other).await, Err(Code::Conflict));
    let somebody = town.sign_in("agent2").await;
    assert_eq!(somebody.call::<CaseRegister>(Some(id), &request).await, Err(Code::Conflict), "nobody else's");
    assert_eq!(agent.change::<CaseRegister>(&request).await, Err(Code::Conflict), "the case is there");
    assert_eq!(agent.call::<CaseRegister>(None, &registration()).await, Err(Code::Invalid), "no id");
    let all = agent.ask::<CasesList>(&ListCases { closed: true, ..list(CaseList::Front) }).await.unwrap();
    assert_eq!(all.cases.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_must_be_current() {
    let town = Town::start().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let mut events = officer.events().await;
    let request = handed_over();
    agent.register(&request).await;
    town.clock.advance(10_000);
    let summary = events.until_case(request.case_id, CaseStatus::HandedOver).await;
    let at = CaseAt { case_id: request.case_id, version: summary.version };
    let (id, once_more) = (command_id(), at);
    let first = officer.call::<CaseAccept>(Some(id), &at).await.unwrap();
    assert_eq!(officer.change::<CaseAccept>(&at).await.unwrap_err(), Code::Stale);
    assert_eq!(
        officer.call::<CaseAccept>(Some(id), &once_more).await.unwrap(),
        first,
        "the repeat is answered"
    );
    let now = CaseAt { version: first.summary.version, ..at };
    assert_eq!(officer.change::<CaseAccept>(&now).await.unwrap_err(), Code::WrongState);
    let empty = AnswerCase { case: now, text: "  ".into(), channel: Channel::Email };
    assert_eq!(officer.change::<CaseAnswer>(&empty).await.unwrap_err(), Code::Missing);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handoff_is_undone_in_time_and_not_too_late() {
    let town = Town::start().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let mut events = agent.events().await;
    let request = handed_over();
    let undo = UndoHandoff { case_id: request.case_id, handoff: request.handoff.as_ref().unwrap().id };
    agent.register(&request).await;
    town.clock.advance(9_999);
    assert_eq!(officer.change::<HandoffUndo>(&undo).await.unwrap_err(), Code::Forbidden);
    let reply = agent.change::<HandoffUndo>(&undo).await.unwrap();
    events.until_case(request.case_id, CaseStatus::Open).await;
    town.clock.advance(60_000);
    assert_eq!(officer.case(request.case_id).await.unwrap_err(), Code::NotFound, "it never left");

    let mut handoff = request.handoff.unwrap();
    let again =
        |handoff| HandOffCase { case: CaseAt { case_id: request.case_id, version: reply.version }, handoff };
    assert_eq!(agent.change::<HandoffSend>(&again(handoff.clone())).await.unwrap_err(), Code::Conflict);
    handoff.id = domain::HandoffId::new(crate::common::TUESDAY_TEN, crate::common::random());
    agent.change::<HandoffSend>(&again(handoff.clone())).await.unwrap();
    town.clock.advance(10_000);
    events.until_case(request.case_id, CaseStatus::HandedOver).await;
    let undo = UndoHandoff { handoff: handoff.id, ..undo };
    assert_eq!(agent.change::<HandoffUndo>(&undo).await.unwrap_err(), Code::TooLate);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_accepted_comes_back() {
    let town = Town::start().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let (mut at_agent, mut at_officer) = (agent.events().await, officer.events().await);
    let request = handed_over();
    agent.register(&request).await;
    town.clock.advance(10_000);
    let summary = at_officer.until_case(request.case_id, CaseStatus::HandedOver).await;
    town.clock.advance(2 * 3_600_000 - 10_000);
    at_agent.until_case(request.case_id, CaseStatus::Open).await;
    at_officer
        .until(|event| {
            matches!(event, contract::Event::CaseGone { case_id } if *case_id == request.case_id)
                .then_some(())
        })
        .await;
    let at = CaseAt { case_id: request.case_id, version: summary.version + 1 };
    assert_eq!(officer.change::<CaseAccept>(&at).await.unwrap_err(), Code::WrongState);
    let history = agent.case(request.case_id).await.unwrap().history;
    assert_eq!(history.iter().filter(|line| line.what == HistoryKind::ReceiptExpired).count(), 1, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_given_back_with_a_reason() {
    let town = Town::start().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let mut events = agent.events().await;
    let request = handed_over();
    agent.register(&request).await;
    town.clock.advance(10_000);
    let summary = events.until_case(request.case_id, CaseStatus::HandedOver).await;
    let case = CaseAt { case_id: request.case_id, version: summary.version };
    let reasons = officer.case(request.case_id).await.unwrap().return_reasons;
    assert_eq!(reasons.first().map(|(id, _)| id.as_str()), Some("fel-grupp"), "the usual ones");
    assert_eq!(
        agent.case(request.case_id).await.unwrap().return_reasons,
        [],
        "who cannot has none to choose"
    );
    let back =
        |why: &str, reason: &str| GiveBackCase { case, why: why.parse().unwrap(), reason: reason.into() };
    for (why, reason, code) in [("annat", " ", Code::Missing), ("ingen-lust", "Fel", Code::Invalid)] {
        assert_eq!(officer.change::<CaseGiveBack>(&back(why, reason)).await.unwrap_err(), code, "{why}");
    }
    assert_eq!(agent.change::<CaseGiveBack>(&back("annat", "Fel")).await.unwrap_err(), Code::Forbidden);
    officer.change::<CaseGiveBack>(&back("annat", "Hör till miljö")).await.unwrap();
    let view = agent.case(request.case_id).await.unwrap();
    assert_eq!(view.handoffs[0].why.as_deref(), Some("Annat skäl"));
    assert_eq!(view.handoffs[0].reason.as_ref().unwrap().expose(), "Hör till miljö");
    assert_eq!(view.returns, 1);
    assert!(view.actions.contains(&CaseAction::HandOff));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handoff_carries_what_the_type_requires_and_a_field_what_it_holds() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    let mut request = handed_over();
    request.text.place = "".into();
    assert_eq!(agent.change::<CaseRegister>(&request).await, Err(Code::Missing));
    let mut request = handed_over();
    request.handoff.as_mut().unwrap().include.customer = false;
    assert_eq!(
        agent.change::<CaseRegister>(&request).await,
        Err(Code::Missing),
        "what does not go along is missing"
    );
    let field = |id: &str, value: &str| domain::handoff::FieldValue {
        field: id.parse().unwrap(),
        value: value.into(),
    };
    for (bad, code) in [(field("antal", "två"), Code::Invalid), (field("okant", "1"), Code::Invalid)] {
        let mut request = registration();
        request.text.fields = vec![bad];
        assert_eq!(agent.change::<CaseRegister>(&request).await, Err(code));
    }
    let mut request = registration();
    request.text.fields = vec![field("antal", "2,5"), field("fastighet", "Altanen 1:2")];
    agent.register(&request).await;
    let fields = agent.case(request.case_id).await.unwrap().fields;
    assert_eq!(fields[1], ("Fastighet".to_owned(), "Altanen 1:2".into()));
    let solved_elsewhere = crate::common::RegisterCase {
        text: domain::handoff::CaseText { case_type: "orosanmalan".parse().unwrap(), ..registration().text },
        ..registration()
    };
    assert_eq!(agent.change::<CaseRegister>(&solved_elsewhere).await, Err(Code::Invalid));
}
