//! A case that goes from one officer to another within its group.

use crate::common::{Desk, Town, handed_over, seed};
use contract::cases::{AssignCase, CaseAt, CaseView, HistoryKind};
use contract::{CaseAccept, CaseAssign, Code, Event, WhoAmI};
use domain::case::CaseStatus;

async fn town() -> Town {
    Town::start_with(|config| {
        let mut seed = seed::seed();
        let known = seed.people.iter().find(|person| person.user == "bygglov").unwrap();
        let second = domain::structure::StaffMember {
            user: "bygglov2".into(),
            name: "Berit Bygg".into(),
            ..known.clone()
        };
        seed.people.push(second);
        config.seed = Some(seed);
    })
    .await
}

async fn give(from: &Desk, view: &CaseView, to: &Desk) -> Result<CaseView, Code> {
    let case = CaseAt { case_id: view.summary.id, version: view.summary.version };
    let to = to.ask::<WhoAmI>(&contract::Nothing {}).await.unwrap().id;
    from.change::<CaseAssign>(&AssignCase { case, to }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_given_to_a_colleague_and_everybody_sees_to_whom() {
    let town = town().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let (second, other) = (town.sign_in("bygglov2").await, town.sign_in("mottagning").await);
    let mut at_second = second.events().await;
    let request = handed_over();
    agent.register(&request).await;
    town.clock.advance(10_000);
    let summary = at_second.until_case(request.case_id, CaseStatus::HandedOver).await;
    let waiting = officer.case(request.case_id).await.unwrap();
    assert_eq!(waiting.colleagues, [], "nobody has accepted it");
    assert_eq!(give(&officer, &waiting, &second).await.unwrap_err(), Code::WrongState);
    let case = CaseAt { case_id: request.case_id, version: summary.version };
    let view = officer.change::<CaseAccept>(&case).await.unwrap();
    let names: Vec<_> = view.colleagues.iter().map(|(_, name)| name.expose().as_str()).collect();
    assert_eq!(names, ["Berit Bygg"]);
    assert_eq!(view.summary.officer.as_ref().unwrap().expose(), "Olle Officer");
    assert_eq!(give(&officer, &view, &other).await.unwrap_err(), Code::Forbidden, "of another group");
    assert_eq!(give(&officer, &view, &agent).await.unwrap_err(), Code::Forbidden);
    assert_eq!(give(&agent, &view, &second).await.unwrap_err(), Code::Forbidden, "not the front's to say");

    let given = give(&officer, &view, &second).await.unwrap();
    let line = given.history.last().unwrap();
    assert_eq!(
        (line.what, line.to.as_ref().unwrap().expose().as_str()),
        (HistoryKind::Assigned, "Berit Bygg")
    );
    let theirs = |event: &Event| match event {
        Event::CaseChanged(case) => case.officer.clone().filter(|name| name.expose() == "Berit Bygg"),
        _ => None,
    };
    at_second.until(theirs).await;
    assert_eq!(agent.case(request.case_id).await.unwrap().summary.officer.unwrap().expose(), "Berit Bygg");
}
