//! Who sees what: walls, included parts, protected customers.

use crate::common::{Desk, Town, handed_over, registration};
use contract::cases::{
    AnswerCase, CaseAt, CaseList, CaseView, GiveBackCase, HandOffCase, ListCases, MatchCustomer,
    PreviewHandoff, RegisterCase, ReopenCase, SendHandoff,
};
use contract::{
    CaseAccept, CaseAnswer, CaseClose, CaseGiveBack, CaseRegister, CaseReopen, CasesList, Code,
    CustomerMatchCommand, HandoffPreviewCommand, HandoffSend, StructureGet,
};
use domain::case::CaseStatus;
use domain::contact::Channel;
use domain::customer::ProtectedIdentity;
use domain::handoff::{HandoffWarning, Include};

/// A case that is sent over the wall to the reception of social services.
fn over_the_wall(include: Include) -> RegisterCase {
    let mut request = handed_over();
    request.text.case_type = "orosanmalan".parse().unwrap();
    request.handoff.as_mut().unwrap().include = include;
    request
}

async fn left(town: &Town, agent: &Desk, reader: &Desk, request: &RegisterCase) -> CaseView {
    let mut events = reader.events().await;
    agent.register(request).await;
    town.clock.advance(10_000);
    events.until_case(request.case_id, CaseStatus::HandedOver).await;
    reader.case(request.case_id).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_wall_goes_what_was_included_and_no_more() {
    let town = Town::start().await;
    let (agent, social) = (town.sign_in("agent").await, town.sign_in("mottagning").await);
    let preview = PreviewHandoff { text: over_the_wall(Include::NONE).text, group: None, include: None };
    let preview = agent.ask::<HandoffPreviewCommand>(&preview).await.unwrap();
    assert_eq!((preview.wall, preview.default_include), (true, Include::NONE));
    assert!(!preview.response.counted.is_empty(), "the deadline explains itself");

    let view = left(&town, &agent, &social, &over_the_wall(Include::NONE)).await;
    assert_eq!((view.summary.subject.as_ref(), view.summary.customer.as_ref()), (None, None));
    assert_eq!((view.customer, view.note, view.place), (None, None, None));
    assert!(view.fields.is_empty());
    assert!(view.articles.is_empty(), "an article's title says what the errand is");

    let include = Include { subject: true, ..Include::NONE };
    let view = left(&town, &agent, &social, &over_the_wall(include)).await;
    assert_eq!(view.summary.subject.unwrap().expose(), "Bygga altan");
    assert_eq!((view.summary.customer, view.note), (None, None));
    let inbox = ListCases { list: CaseList::Inbox, closed: true, after: None, limit: Some(1) };
    let first = social.ask::<CasesList>(&inbox).await.unwrap();
    assert!(first.cases[0].customer.is_none(), "lists too");
    let second = social.ask::<CasesList>(&ListCases { after: first.next, ..inbox }).await.unwrap();
    assert_eq!((second.cases.len(), second.next), (1, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_back_over_a_wall_is_for_the_owner_and_the_lead_alone() {
    let town = Town::start().await;
    let (agent, social) = (town.sign_in("agent").await, town.sign_in("mottagning").await);
    let (colleague, lead) = (town.sign_in("agent2").await, town.sign_in("lead").await);
    // What each of the three may read: the answer, and why it was given back.
    let read = async |id| {
        let mut seen = Vec::new();
        for reader in [&agent, &lead, &colleague] {
            let view = reader.case(id).await.unwrap();
            seen.push((
                view.answer.is_some() && view.answer_channel.is_some(),
                view.handoffs[0].reason.is_some(),
            ));
        }
        seen
    };
    let back = over_the_wall(Include::ALL);
    let view = left(&town, &agent, &social, &back).await;
    let case = |view: &CaseView| CaseAt { case_id: view.summary.id, version: view.summary.version };
    let reason = GiveBackCase {
        case: case(&view),
        why: "fel-grupp".parse().unwrap(),
        reason: "Familjen är känd hos oss".into(),
    };
    social.change::<CaseGiveBack>(&reason).await.unwrap();
    assert_eq!(read(back.case_id).await, [(false, true), (false, true), (false, false)]);

    let answered = over_the_wall(Include::ALL);
    let view = left(&town, &agent, &social, &answered).await;
    let view = social.change::<CaseAccept>(&case(&view)).await.unwrap();
    let answer = AnswerCase { case: case(&view), text: "Utredning inleds".into(), channel: Channel::Call };
    let view = social.change::<CaseAnswer>(&answer).await.unwrap();
    assert!(view.answer.is_some(), "those who wrote it");
    assert_eq!(read(answered.case_id).await, [(true, false), (true, false), (false, false)]);

    // Closed, reopened and sent to another group: what was answered behind the wall stays there.
    let closed = social.change::<CaseClose>(&case(&view)).await.unwrap();
    let again = ReopenCase { case: case(&closed), reason: "Ingen hörde av sig".into() };
    let view = agent.change::<CaseReopen>(&again).await.unwrap();
    assert_eq!(read(answered.case_id).await, [(true, false), (true, false), (false, false)]);
    let handoff = SendHandoff { group: Some("bygglov".parse().unwrap()), ..handed_over().handoff.unwrap() };
    let next = town.sign_in("bygglov").await;
    let mut events = next.events().await;
    agent.change::<HandoffSend>(&HandOffCase { case: case(&view), handoff }).await.unwrap();
    town.clock.advance(10_000);
    events.until_case(answered.case_id, CaseStatus::HandedOver).await;
    let seen = next.case(answered.case_id).await.unwrap();
    assert_eq!((seen.answer, seen.answer_channel, seen.not_satisfied), (None, None, None));

    // Without a wall the whole front reads it.
    let officer = town.sign_in("bygglov").await;
    let open = handed_over();
    let view = left(&town, &agent, &officer, &open).await;
    let view = officer.change::<CaseAccept>(&case(&view)).await.unwrap();
    officer.change::<CaseAnswer>(&AnswerCase { case: case(&view), ..answer }).await.unwrap();
    assert_eq!(read(open.case_id).await, [(true, false); 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_sees_its_own_alone() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    let (own, other) = (town.sign_in("bygglov").await, town.sign_in("mottagning").await);
    let mut elsewhere = other.events().await;
    let request = handed_over();
    let view = left(&town, &agent, &own, &request).await;
    assert_eq!(view.note.unwrap().expose(), "Vill bygga i vår, undrar om höjden");
    assert_eq!(other.case(request.case_id).await.unwrap_err(), Code::NotFound, "not even that it is there");
    let at = contract::cases::CaseAt { case_id: request.case_id, version: view.summary.version };
    assert_eq!(other.change::<CaseAccept>(&at).await.unwrap_err(), Code::NotFound);
    // What comes next to the other group is its own case: nothing of this one was pushed to it.
    let theirs = over_the_wall(Include::NONE);
    agent.register(&theirs).await;
    town.clock.advance(10_000);
    elsewhere
        .until(|event| match event {
            contract::Event::CaseChanged(case) => {
                assert_eq!(case.id, theirs.case_id);
                Some(())
            }
            contract::Event::CaseGone { .. } => panic!("of another group's case"),
            _ => None,
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_ask_for_roles() {
    let town = Town::start().await;
    let (agent, officer, guest) = (town.sign_in("agent").await, town.sign_in("bygglov").await, town.guest());
    assert_eq!(officer.change::<CaseRegister>(&registration()).await, Err(Code::Forbidden));
    assert_eq!(guest.change::<CaseRegister>(&registration()).await, Err(Code::Unauthenticated));
    assert_eq!(guest.ask::<StructureGet>(&contract::Nothing {}).await.unwrap_err(), Code::Unauthenticated);
    let list = |list| ListCases { list, closed: true, after: None, limit: None };
    assert_eq!(officer.ask::<CasesList>(&list(CaseList::Front)).await, Err(Code::Forbidden));
    assert_eq!(agent.ask::<CasesList>(&list(CaseList::Inbox)).await, Err(Code::Forbidden));
    let none = ListCases { limit: Some(0), ..list(CaseList::Front) };
    assert_eq!(agent.ask::<CasesList>(&none).await, Err(Code::Invalid));
    let foreign = ListCases { after: Some("1; DROP".into()), ..list(CaseList::Front) };
    assert_eq!(agent.ask::<CasesList>(&foreign).await, Err(Code::Invalid));
    assert!(
        agent.ask::<CasesList>(&list(CaseList::Front)).await.unwrap().cases.is_empty(),
        "nothing changed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_is_known_again_by_name_and_number() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    let ask = MatchCustomer { number: "0046701740605".into() };
    assert!(agent.ask::<CustomerMatchCommand>(&ask).await.unwrap().customers.is_empty());
    agent.register(&handed_over()).await;
    let mut second = handed_over();
    second.text.customer.name = "karin  exempel".into();
    second.text.customer.phone = "+46 70 174 06 05".into();
    agent.register(&second).await;
    let found = agent.ask::<CustomerMatchCommand>(&ask).await.unwrap();
    assert_eq!(found.customers.len(), 1, "one customer, however it is spelt");
    assert_eq!(found.customers[0].name.expose(), "Karin Exempel");
    assert_eq!(found.open_cases.len(), 2);
    let mut other = handed_over();
    other.text.customer.name = "Kalle Annan".into();
    agent.register(&other).await;
    assert_eq!(agent.ask::<CustomerMatchCommand>(&ask).await.unwrap().customers.len(), 2, "uncertain");
    let mut anonymous = registration();
    anonymous.text.customer = domain::customer::CustomerDetails::default();
    agent.register(&anonymous).await;
    let view = agent.case(anonymous.case_id).await.unwrap();
    assert_eq!((view.customer, view.summary.customer), (None, None), "anonymous is welcome");
    let nothing = MatchCustomer { number: "anonymous".into() };
    assert!(agent.ask::<CustomerMatchCommand>(&nothing).await.unwrap().open_cases.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_customer_is_masked_and_each_look_is_kept() {
    let town = Town::start().await;
    let (agent, colleague) = (town.sign_in("agent").await, town.sign_in("agent2").await);
    let officer = town.sign_in("bygglov").await;
    let ask = MatchCustomer { number: "070-174 06 12".into() };
    let card = agent.ask::<CustomerMatchCommand>(&ask).await.unwrap().customers.remove(0);
    assert_eq!(card.protected, ProtectedIdentity::SkyddadFolkbokforing);
    assert_eq!(card.name.expose(), "•••");
    assert_eq!(town.store.looks(card.id).await.unwrap().len(), 1, "the pop");

    let mut request = handed_over();
    request.text.customer.id = Some(card.id);
    request.text.customer.name = "Sigrid Skyddad".into();
    request.text.customer.phone = "070-174 06 12".into();
    let mut events = officer.events().await;
    agent.register(&request).await;
    town.clock.advance(10_000);
    let summary = events.until_case(request.case_id, CaseStatus::HandedOver).await;
    assert_eq!(summary.customer.unwrap().expose(), "•••", "what is pushed");
    let open = agent.ask::<CustomerMatchCommand>(&ask).await.unwrap().open_cases;
    assert_eq!(open[0].customer.as_ref().unwrap().expose(), "•••", "lists");
    let view = colleague.case(request.case_id).await.unwrap();
    assert_eq!(view.customer.unwrap().name.expose(), "•••", "one who does not work on it");
    assert_eq!(view.protected, ProtectedIdentity::SkyddadFolkbokforing);
    let before = town.store.looks(card.id).await.unwrap().len();
    let view = officer.case(request.case_id).await.unwrap();
    assert_eq!(view.customer.unwrap().name.expose(), "Sigrid Skyddad", "one who answers it");
    let looks = town.store.looks(card.id).await.unwrap();
    assert_eq!(looks.len(), before + 1);
    assert_eq!(looks[0].case_id, Some(request.case_id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_person_stays_masked_under_another_spelling_and_under_none() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    for name in ["Sigrid", ""] {
        let mut request = handed_over();
        request.text.customer.name = name.into();
        request.text.customer.phone = "070-174 06 12".into();
        // Nobody need be named for it to be registered.
        request.handoff = None;
        request.disposition = domain::contact::Disposition::ReceivedAndRegistered;
        agent.register(&request).await;
        let list = ListCases { list: CaseList::Front, closed: true, after: None, limit: Some(1) };
        let newest = agent.ask::<CasesList>(&list).await.unwrap().cases.remove(0);
        assert_eq!(
            (newest.id, newest.customer.unwrap().expose().as_str()),
            (request.case_id, "•••"),
            "{name:?}"
        );
    }
    let ask = MatchCustomer { number: "070-174 06 12".into() };
    for card in agent.ask::<CustomerMatchCommand>(&ask).await.unwrap().customers {
        assert_eq!(card.name.expose(), "•••");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_warns_of_a_personnummer_and_changes_nothing() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    let mut text = handed_over().text;
    text.note = "811218-9876 ringde".into();
    let preview = PreviewHandoff { text, group: Some("bygglov".parse().unwrap()), include: None };
    let warned = agent.ask::<HandoffPreviewCommand>(&preview).await.unwrap().warnings;
    assert!(warned.contains(&HandoffWarning::PersonnummerInText));
    let unknown = PreviewHandoff { group: Some("ingen".parse().unwrap()), ..preview };
    assert_eq!(agent.ask::<HandoffPreviewCommand>(&unknown).await.unwrap_err(), Code::Invalid);
}
