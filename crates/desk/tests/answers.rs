//! What is written of a registered case and not sent is kept in the encrypted store, for its writer alone.

#![allow(clippy::unwrap_used, clippy::panic, reason = "shared by the tests of this file")]

mod common;

use common::between::{Between, Fate};
use common::{Keyring, Kontaktcenter, ask, command_id, launch, ready, sign_in, solved, until};
use contract::cases::{AnswerCase, AnswerDraft, CaseAt, GetCase};
use contract::domain::CaseId;
use contract::domain::contact::{Channel, Disposition};
use contract::{AnswerDraftGet, AnswerDraftKeep, CaseAnswer, CaseGet, CaseRegister, Code, Nothing, SignOut};
use desk::Desk;
use std::sync::Arc;

const CANARY: &str = "kanariefågel i svaret";

fn written(case_id: CaseId) -> AnswerDraft {
    AnswerDraft { answer: CANARY.into(), channel: Some(Channel::Email), ..AnswerDraft::none(case_id) }
}

async fn kept(desk: &Desk, case_id: CaseId) -> AnswerDraft {
    ask::<AnswerDraftGet>(desk, None, &GetCase { case_id }).await.unwrap()
}

/// An open case of the one who is signed in.
async fn open_case(desk: &Desk, n: u8) -> CaseAt {
    let mut request = solved(n);
    request.disposition = Disposition::ReceivedAndRegistered;
    ask::<CaseRegister>(desk, Some(command_id()), &request).await.unwrap();
    let view = ask::<CaseGet>(desk, None, &GetCase { case_id: request.case_id }).await.unwrap();
    CaseAt { case_id: request.case_id, version: view.summary.version }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_being_written_is_there_after_a_restart_without_the_service_and_not_in_clear() {
    let (service, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kontaktcenter = Kontaktcenter::start(service.path(), None).await;
    let keyring = Arc::new(Keyring::default());
    let desk = launch(data.path(), &keyring, kontaktcenter.address);
    sign_in(&desk, &kontaktcenter, "agent").await;
    let case = solved(1).case_id;
    ask::<AnswerDraftKeep>(&desk, Some(command_id()), &written(case)).await.unwrap();
    let large = AnswerDraft { reason: "x".repeat(300 * 1024).into(), ..written(case) };
    let refused = ask::<AnswerDraftKeep>(&desk, Some(command_id()), &large).await.unwrap_err();
    assert_eq!(refused.code, Code::TooLarge);
    kontaktcenter.service.stop().await.unwrap();
    desk.stop().await;
    for file in std::fs::read_dir(data.path().join("desk")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes()));
    }

    let desk = launch(data.path(), &keyring, kontaktcenter.address);
    ready(&desk).await;
    assert_eq!(kept(&desk, case).await, written(case));
    assert_eq!(kept(&desk, solved(2).case_id).await.answer.expose(), "");
    ask::<AnswerDraftKeep>(&desk, Some(command_id()), &AnswerDraft::none(case)).await.unwrap();
    assert_eq!(kept(&desk, case).await, AnswerDraft::none(case), "without text it is forgotten");
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_when_the_answer_is_sent_and_no_sooner() {
    let (service, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kontaktcenter = Kontaktcenter::start(service.path(), None).await;
    let wire = Between::start(kontaktcenter.address).await;
    let desk = launch(data.path(), &Arc::new(Keyring::default()), wire.address);
    sign_in(&desk, &kontaktcenter, "agent").await;
    let at = open_case(&desk, 1).await;
    ask::<AnswerDraftKeep>(&desk, Some(command_id()), &written(at.case_id)).await.unwrap();
    let answer = AnswerCase { case: at, text: CANARY.into(), channel: Channel::Email };
    let id = command_id();
    // The service does it, and the answer is lost: the text stays until it is known to have arrived.
    wire.decide(|path| if path == "rpc/cases.answer" { Fate::AnswerLost } else { Fate::Passes });
    let lost = ask::<CaseAnswer>(&desk, Some(id), &answer).await.unwrap_err();
    assert_eq!(lost.code, Code::Unavailable);
    assert_eq!(kept(&desk, at.case_id).await, written(at.case_id));
    wire.decide(|_| Fate::Passes);
    let view = ask::<CaseAnswer>(&desk, Some(id), &answer).await.unwrap();
    assert_eq!(view.summary.version, at.version + 1, "answered once");
    assert_eq!(kept(&desk, at.case_id).await, AnswerDraft::none(at.case_id));
    desk.stop().await;
    kontaktcenter.service.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_for_its_writer_and_is_counted_for_the_next() {
    let (service, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kontaktcenter = Kontaktcenter::start(service.path(), None).await;
    let desk = launch(data.path(), &Arc::new(Keyring::default()), kontaktcenter.address);
    sign_in(&desk, &kontaktcenter, "agent").await;
    let case = solved(1).case_id;
    ask::<AnswerDraftKeep>(&desk, Some(command_id()), &written(case)).await.unwrap();
    ask::<SignOut>(&desk, Some(command_id()), &Nothing {}).await.unwrap();
    sign_in(&desk, &kontaktcenter, "agent2").await;
    until(&desk, "counted", |view| view.of_others == 1).await;
    assert_eq!(kept(&desk, case).await, AnswerDraft::none(case));
    ask::<SignOut>(&desk, Some(command_id()), &Nothing {}).await.unwrap();
    sign_in(&desk, &kontaktcenter, "agent").await;
    assert_eq!(kept(&desk, case).await, written(case));
    desk.stop().await;
    kontaktcenter.service.stop().await.unwrap();
}
