//! What is asked about a case while it stays where it is, and who is told of it for information.

use crate::common::{Desk, TUESDAY_TEN, Town, handed_over, seed};
use contract::cases::{
    AskAboutCase, AskWhom, CaseAction, CaseAt, CaseList, CaseView, GuestOf, HistoryKind, InformOfCase,
    ListCases, ReplyToQuestion, WithdrawQuestion,
};
use contract::{CaseAccept, CaseAsk, CaseInform, CaseReply, CaseWithdraw, CasesList, Code, Event};
use domain::CaseId;
use domain::alarm::{AlarmKind, AlarmStep};
use domain::case::{CaseStatus, FrontStanding, WaitsFor};
use domain::rights::Role;
use domain::structure::{AfterHandoff, StaffMember};

/// With another group of the same department, without a wall between.
async fn town() -> Town {
    Town::start_with(|config| {
        let mut seed = seed::seed();
        let mut group =
            seed.structure.groups.iter().find(|group| group.id.as_str() == "bygglov").unwrap().clone();
        group.id = "miljo".parse().unwrap();
        seed.structure.groups.push(group);
        seed.people.push(StaffMember {
            user: "miljo".into(),
            name: "Maj Miljö".into(),
            roles: vec![Role::CaseOfficer],
            group: "miljo".parse().unwrap(),
            phone: None,
        });
        config.seed = Some(seed);
        // What is told here goes over days.
        config.session_hours = 168;
    })
    .await
}

fn at(view: &CaseView) -> CaseAt {
    CaseAt { case_id: view.summary.id, version: view.summary.version }
}

fn asking(view: &CaseView, whom: AskWhom, text: &str) -> AskAboutCase {
    AskAboutCase { case: at(view), whom, text: text.into(), by: None, include: None }
}

fn reply(view: &CaseView, text: &str) -> ReplyToQuestion {
    ReplyToQuestion { case: at(view), question: view.questions.last().unwrap().id, text: text.into() }
}

/// Handed over, closed for the front, and accepted.
async fn accepted(town: &Town, agent: &Desk, officer: &Desk) -> CaseView {
    let mut events = officer.events().await;
    let mut request = handed_over();
    request.handoff.as_mut().unwrap().after = AfterHandoff::Close;
    agent.register(&request).await;
    town.clock.advance(10_000);
    let version = events.until_case(request.case_id, CaseStatus::HandedOver).await.version;
    officer.change::<CaseAccept>(&CaseAt { case_id: request.case_id, version }).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_waits_for_the_customer_and_the_front_and_their_answers_wake_it() {
    let town = town().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let other = town.sign_in("miljo").await;
    let view = accepted(&town, &agent, &officer).await;
    let id = view.summary.id;
    assert!(view.actions.contains(&CaseAction::Ask));
    let solved_by = view.handoffs[0].resolution_due;
    let customer = asking(&view, AskWhom::Customer, "Hur hög är altanen?");
    assert_eq!(agent.change::<CaseAsk>(&customer).await.unwrap_err(), Code::Forbidden);
    assert_eq!(other.change::<CaseAsk>(&customer).await.unwrap_err(), Code::NotFound);
    let waits = officer.change::<CaseAsk>(&customer).await.unwrap();
    assert_eq!(waits.summary.waits_for, Some(WaitsFor::Customer));
    assert!(!waits.actions.contains(&CaseAction::Ask), "one at a time");

    // They ring back two hours later; whoever answers the call writes it down.
    town.clock.advance(2 * 3_600_000);
    let mut at_officer = officer.events().await;
    let seen = agent.case(id).await.unwrap();
    assert_eq!(seen.questions[0].text.as_ref().unwrap().expose(), "Hur hög är altanen?");
    assert!(seen.questions[0].can_reply);
    assert_eq!(agent.change::<CaseReply>(&reply(&seen, " ")).await.unwrap_err(), Code::Missing);
    agent.change::<CaseReply>(&reply(&seen, "1,7 meter")).await.unwrap();
    let woken = |event: &Event| match event {
        Event::CaseChanged(case) => (case.id == id && case.waits_for.is_none()).then_some(()),
        _ => None,
    };
    at_officer.until(woken).await;
    let view = officer.case(id).await.unwrap();
    assert_eq!(
        view.handoffs[0].resolution_due,
        solved_by.plus_millis(2 * 3_600_000),
        "the wait did not count"
    );
    let said = &view.questions[0];
    assert_eq!(said.reply.as_ref().unwrap().expose(), "1,7 meter");
    assert_eq!(said.replied_by.as_ref().unwrap().expose(), "Anna Agent");

    // The front has closed it; asked, it is among its owner's cases again.
    assert_eq!(view.summary.front, FrontStanding::Closed);
    let mut at_owner = agent.events().await;
    officer.change::<CaseAsk>(&asking(&view, AskWhom::Front, "Vem är sökande?")).await.unwrap();
    let asked = at_owner.until_case(id, CaseStatus::Accepted).await;
    assert_eq!((asked.front, asked.waits_for), (FrontStanding::Open, Some(WaitsFor::Front)));
    let mine = ListCases { list: CaseList::Mine, closed: false, after: None, limit: None };
    assert_eq!(agent.ask::<CasesList>(&mine).await.unwrap().cases.len(), 1);
    let seen = officer.case(id).await.unwrap();
    assert!(!seen.questions[1].can_reply);
    assert_eq!(officer.change::<CaseReply>(&reply(&seen, "Hon")).await.unwrap_err(), Code::Forbidden);
    let view = agent.change::<CaseReply>(&reply(&seen, "Karin själv")).await.unwrap();
    assert_eq!((view.summary.front, view.summary.waits_for), (FrontStanding::Closed, None));
    let kinds: Vec<_> = view.history.iter().map(|line| line.what).skip(4).collect();
    use HistoryKind::{Asked, Replied};
    assert_eq!(kinds, [Asked, Replied, Asked, Replied]);
}

async fn inbox(desk: &Desk) -> Vec<(CaseId, Option<GuestOf>)> {
    let list = ListCases { list: CaseList::Inbox, closed: false, after: None, limit: None };
    let page = desk.ask::<CasesList>(&list).await.unwrap();
    page.cases.into_iter().map(|case| (case.id, case.guest)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_group_is_asked_for_its_opinion_by_a_day_of_its_own() {
    let town = town().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let other = town.sign_in("miljo").await;
    let view = accepted(&town, &agent, &officer).await;
    let id = view.summary.id;
    let mut at_other = other.events().await;
    assert_eq!(other.case(id).await.unwrap_err(), Code::NotFound);
    let nobody = asking(&view, AskWhom::Group("kontaktcenter".parse().unwrap()), "Buller?");
    assert_eq!(officer.change::<CaseAsk>(&nobody).await.unwrap_err(), Code::Invalid, "nobody there reads it");
    let by = Some("2026-03-12".parse().unwrap());
    let ask = AskAboutCase { by, ..asking(&view, AskWhom::Group("miljo".parse().unwrap()), "Buller?") };
    let view = officer.change::<CaseAsk>(&ask).await.unwrap();
    assert_eq!(view.summary.waits_for, None, "nothing waits");
    let due = view.questions[0].due.unwrap();

    let told = at_other.until_case(id, CaseStatus::Accepted).await;
    assert_eq!(told.guest, Some(GuestOf { due: Some(due) }));
    assert_eq!(inbox(&other).await, [(id, Some(GuestOf { due: Some(due) }))]);
    assert_eq!(inbox(&officer).await, [(id, None)], "it stays where it is");
    let seen = other.case(id).await.unwrap();
    assert_eq!(seen.questions[0].text.as_ref().unwrap().expose(), "Buller?");
    assert_eq!(seen.note.as_ref().unwrap().expose(), "Vill bygga i vår, undrar om höjden");
    assert!(seen.handoffs.is_empty() && seen.actions.is_empty());
    assert_eq!(
        seen.history.iter().map(|line| line.what).collect::<Vec<_>>(),
        [HistoryKind::Registered, HistoryKind::Asked]
    );

    // Nobody answers: they are warned, and told when the day is over.
    town.clock.advance(u32::try_from(due.0 - TUESDAY_TEN.0).unwrap());
    let overdue = |event: &Event| match event {
        Event::CaseAlarm(case) => case.alarm.clone().filter(|alarm| alarm.step == AlarmStep::Overdue),
        _ => None,
    };
    town.clock.advance(10 * 3_600_000);
    assert_eq!(at_other.until(overdue).await.kind, AlarmKind::Opinion);

    let reply = reply(&other.case(id).await.unwrap(), "Inget att invända");
    assert_eq!(officer.change::<CaseReply>(&reply).await.unwrap_err(), Code::Forbidden);
    other.change::<CaseReply>(&reply).await.unwrap();
    at_other
        .until(|event| matches!(event, Event::CaseGone { case_id } if *case_id == id).then_some(()))
        .await;
    assert_eq!(inbox(&other).await, []);
    let view = officer.case(id).await.unwrap();
    assert_eq!(view.questions[0].reply.as_ref().unwrap().expose(), "Inget att invända");
    assert_eq!(other.case(id).await.unwrap().answer, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_told_for_information_and_a_wall_lets_nothing_through_by_itself() {
    let town = town().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let (other, social) = (town.sign_in("miljo").await, town.sign_in("mottagning").await);
    let view = accepted(&town, &agent, &officer).await;
    let id = view.summary.id;
    let inform = |view: &CaseView, group: &str| InformOfCase {
        case: at(view),
        group: group.parse().unwrap(),
        include: None,
    };
    assert_eq!(agent.change::<CaseInform>(&inform(&view, "miljo")).await.unwrap_err(), Code::Forbidden);
    let view = officer.change::<CaseInform>(&inform(&view, "miljo")).await.unwrap();
    let again = officer.change::<CaseInform>(&inform(&view, "miljo")).await;
    assert_eq!(again.unwrap_err(), Code::WrongState);
    assert_eq!(inbox(&other).await, [(id, Some(GuestOf { due: None }))]);
    assert_eq!(other.case(id).await.unwrap().summary.subject.unwrap().expose(), "Bygga altan");

    let ask = asking(&view, AskWhom::Group("mottagning".parse().unwrap()), "Känner ni till huset?");
    officer.change::<CaseAsk>(&ask).await.unwrap();
    let seen = social.case(id).await.unwrap();
    assert_eq!(
        (seen.summary.subject.as_ref(), seen.customer.as_ref(), seen.note.as_ref()),
        (None, None, None)
    );
    assert_eq!(seen.questions[0].text.as_ref().unwrap().expose(), "Känner ni till huset?");
    let said = reply(&seen, "Ja, familjen är känd");
    social.change::<CaseReply>(&said).await.unwrap();
    // What comes back over the wall is for those who asked, the owner and the lead.
    let (colleague, lead) = (town.sign_in("agent2").await, town.sign_in("lead").await);
    let mut read = Vec::new();
    for reader in [&officer, &agent, &lead, &colleague] {
        read.push(reader.case(id).await.unwrap().questions[0].reply.is_some());
    }
    assert_eq!(read, [true, true, true, false]);
    assert!(
        other.case(id).await.unwrap().questions.is_empty(),
        "who is told for information is told no more"
    );
}

fn withdrawal(view: &CaseView, why: &str) -> WithdrawQuestion {
    WithdrawQuestion { case: at(view), question: view.questions.last().unwrap().id, reason: why.into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_asked_withdraw_it_with_a_reason_and_the_clocks_go_on() {
    let town = town().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let other = town.sign_in("miljo").await;
    let view = accepted(&town, &agent, &officer).await;
    let id = view.summary.id;
    let solved_by = view.handoffs[0].resolution_due;
    let waits =
        officer.change::<CaseAsk>(&asking(&view, AskWhom::Customer, "Hur hög är altanen?")).await.unwrap();
    assert!(waits.questions[0].can_withdraw);
    town.clock.advance(2 * 3_600_000);
    let seen = agent.case(id).await.unwrap();
    assert!(!seen.questions[0].can_withdraw, "the front did not ask");
    assert_eq!(agent.change::<CaseWithdraw>(&withdrawal(&seen, "Fel")).await.unwrap_err(), Code::Forbidden);
    assert_eq!(officer.change::<CaseWithdraw>(&withdrawal(&seen, " ")).await.unwrap_err(), Code::Missing);
    let view = officer.change::<CaseWithdraw>(&withdrawal(&seen, "Stod i ansökan")).await.unwrap();
    assert_eq!(
        (view.summary.waits_for, view.handoffs[0].resolution_due),
        (None, solved_by.plus_millis(2 * 3_600_000))
    );
    let asked = &agent.case(id).await.unwrap().questions[0];
    assert_eq!(asked.withdrawn.as_ref().unwrap().expose(), "Stod i ansökan");
    assert!(!asked.can_reply && !asked.can_withdraw && asked.reply.is_none());
    assert_eq!(officer.change::<CaseReply>(&reply(&view, "Sent")).await.unwrap_err(), Code::WrongState);
    assert!(view.actions.contains(&CaseAction::Ask), "something else can be asked");

    // What the front is asked stops no clock, and is among its owner's cases no more.
    let waits = officer.change::<CaseAsk>(&asking(&view, AskWhom::Front, "Vem är sökande?")).await.unwrap();
    assert_eq!(waits.summary.front, FrontStanding::Open);
    town.clock.advance(3_600_000);
    let due = waits.handoffs[0].resolution_due;
    let view = officer.change::<CaseWithdraw>(&withdrawal(&waits, "Hittade det")).await.unwrap();
    assert_eq!((view.summary.front, view.handoffs[0].resolution_due), (FrontStanding::Closed, due));

    // A group that was asked for its opinion has nothing to do any more, and reads why.
    let view = officer
        .change::<CaseAsk>(&asking(&view, AskWhom::Group("miljo".parse().unwrap()), "Buller?"))
        .await
        .unwrap();
    let mut at_other = other.events().await;
    let theirs = other.case(id).await.unwrap();
    assert!(!theirs.questions[0].can_withdraw, "it is asked, and did not ask");
    officer.change::<CaseWithdraw>(&withdrawal(&view, "Kunden ångrade sig")).await.unwrap();
    at_other
        .until(|event| matches!(event, Event::CaseGone { case_id } if *case_id == id).then_some(()))
        .await;
    assert_eq!(inbox(&other).await, []);
    let theirs = other.case(id).await.unwrap();
    assert_eq!(theirs.questions[0].withdrawn.as_ref().unwrap().expose(), "Kunden ångrade sig");
    let kinds: Vec<_> = theirs.history.iter().map(|line| line.what).collect();
    assert_eq!(kinds, [HistoryKind::Registered, HistoryKind::Asked, HistoryKind::Withdrawn]);
}
