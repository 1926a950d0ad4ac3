//! What an officer writes in a browser is kept by the service until it is sent: theirs alone, and no longer
//! than they may see the case.

use crate::common::{Desk, RegisterCase, Town, handed_over};
use contract::cases::{AnswerCase, AnswerDraft, CaseAt, GetCase, GiveBackCase};
use contract::{
    AnswerDraftGet, AnswerDraftKeep, CaseAccept, CaseAnswer, CaseClose, CaseGiveBack, Code, Nothing,
};
use domain::case::CaseStatus;
use domain::contact::Channel;

/// A case that the group has, and its version.
async fn with_the_group(town: &Town) -> (RegisterCase, u32) {
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let mut events = officer.events().await;
    let request = handed_over();
    agent.register(&request).await;
    town.clock.advance(10_000);
    let summary = events.until_case(request.case_id, CaseStatus::HandedOver).await;
    (request, summary.version)
}

fn written(request: &RegisterCase) -> AnswerDraft {
    let answer = "Lov krävs inom strandskydd".into();
    AnswerDraft { answer, channel: Some(Channel::Sms), ..AnswerDraft::none(request.case_id) }
}

async fn draft(who: &Desk, request: &RegisterCase) -> Result<AnswerDraft, Code> {
    who.ask::<AnswerDraftGet>(&GetCase { case_id: request.case_id }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_there_after_a_restart_for_its_writer_alone() {
    let town = Town::start().await;
    let (request, _) = with_the_group(&town).await;
    let officer = town.sign_in("bygglov").await;
    assert_eq!(draft(&officer, &request).await, Ok(AnswerDraft::none(request.case_id)));
    assert_eq!(officer.change::<AnswerDraftKeep>(&written(&request)).await, Ok(Nothing {}));

    let town = town.restart().await;
    let (officer, agent) = (town.sign_in("bygglov").await, town.sign_in("agent").await);
    assert_eq!(draft(&officer, &request).await, Ok(written(&request)));
    assert_eq!(
        draft(&agent, &request).await,
        Ok(AnswerDraft::none(request.case_id)),
        "the owner's is another"
    );
    let elsewhere = town.sign_in("mottagning").await;
    assert_eq!(draft(&elsewhere, &request).await, Err(Code::NotFound));
    assert_eq!(elsewhere.change::<AnswerDraftKeep>(&written(&request)).await, Err(Code::NotFound));
    assert_eq!(draft(&town.guest(), &request).await, Err(Code::Unauthenticated));
    let long = AnswerDraft { answer: "x".repeat(40_001).into(), ..written(&request) };
    assert_eq!(officer.change::<AnswerDraftKeep>(&long).await, Err(Code::TooLarge));
    assert_eq!(draft(&officer, &request).await, Ok(written(&request)));
    let nothing = AnswerDraft::none(request.case_id);
    officer.change::<AnswerDraftKeep>(&nothing).await.unwrap();
    assert_eq!(draft(&officer, &request).await, Ok(nothing), "without text it is forgotten");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_when_it_is_sent_and_stays_when_that_is_refused() {
    let town = Town::start().await;
    let (request, version) = with_the_group(&town).await;
    let officer = town.sign_in("bygglov").await;
    let at = |version| CaseAt { case_id: request.case_id, version };
    officer.change::<AnswerDraftKeep>(&written(&request)).await.unwrap();
    let accepted = officer.change::<CaseAccept>(&at(version)).await.unwrap().summary.version;
    assert_eq!(draft(&officer, &request).await, Ok(written(&request)), "accepting says nothing");
    let answer = |version| AnswerCase { case: at(version), text: "Ja".into(), channel: Channel::Sms };
    assert_eq!(officer.change::<CaseAnswer>(&answer(version)).await.unwrap_err(), Code::Stale);
    assert_eq!(draft(&officer, &request).await, Ok(written(&request)));
    let answered = officer.change::<CaseAnswer>(&answer(accepted)).await.unwrap().summary.version;
    assert_eq!(draft(&officer, &request).await, Ok(AnswerDraft::none(request.case_id)));
    officer.change::<CaseClose>(&at(answered)).await.unwrap();

    let (request, version) = with_the_group(&town).await;
    let reason = AnswerDraft { reason: "Gäller mark".into(), ..AnswerDraft::none(request.case_id) };
    officer.change::<AnswerDraftKeep>(&reason).await.unwrap();
    let back = CaseAt { case_id: request.case_id, version };
    let back = officer.change::<CaseAccept>(&back).await.unwrap().summary.version;
    let back = CaseAt { case_id: request.case_id, version: back };
    let back = GiveBackCase { case: back, why: "fel-grupp".parse().unwrap(), reason: "Gäller mark".into() };
    officer.change::<CaseGiveBack>(&back).await.unwrap();
    let user = officer.ask::<contract::WhoAmI>(&Nothing {}).await.unwrap().id;
    assert_eq!(town.store.answer_draft(user, request.case_id).await.unwrap(), None);
}
