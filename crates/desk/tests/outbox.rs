//! What was registered is sent exactly once, whatever the service answers; what it refuses is a draft again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "shared by the tests of this file")]

mod common;

use common::between::{Between, Fate};
use common::{Keyring, Kontaktcenter, ask, command_id, draft_of, launch, mine, sign_in, solved, until};
use contract::cases::RegisterCase;
use contract::desk::{Connection, Notice, SaveDraft};
use contract::{CaseRegister, Code, DraftsList, DraftsSave, Event, Nothing, OutboxList, PhoneState};
use desk::Desk;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::broadcast::Receiver;

struct Shift {
    desk: Desk,
    wire: Between,
    kontaktcenter: Kontaktcenter,
    _folders: [tempfile::TempDir; 2],
}

async fn shift() -> Shift {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let kontaktcenter = Kontaktcenter::start(folders[0].path(), None).await;
    let wire = Between::start(kontaktcenter.address).await;
    let desk = launch(folders[1].path(), &Arc::new(Keyring::default()), wire.address);
    sign_in(&desk, &kontaktcenter, "agent").await;
    Shift { desk, wire, kontaktcenter, _folders: folders }
}

impl Shift {
    async fn registers(&self, request: &RegisterCase) -> contract::cases::RegisterReply {
        ask::<CaseRegister>(&self.desk, Some(command_id()), request).await.unwrap()
    }

    async fn ends(self) {
        self.desk.stop().await;
        self.kontaktcenter.service.stop().await.unwrap();
    }
}

fn refusing(code: &'static str, status: u16) -> impl FnMut(&str) -> Fate + Send {
    move |path| match path {
        "rpc/cases.register" => Fate::Answered(status, format!(r#"{{"code":"{code}"}}"#)),
        _ => Fate::Passes,
    }
}

async fn told<T>(events: &mut Receiver<Event>, what: impl Fn(Event) -> Option<T>) -> T {
    let waited = tokio::time::timeout(common::SOON, async {
        loop {
            if let Some(found) = what(events.recv().await.unwrap()) {
                return found;
            }
        }
    });
    waited.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_fails_for_a_moment_gets_it_without_anyone_doing_anything() {
    let shift = shift().await;
    let tries = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&tries);
    shift.wire.decide(move |path| match path {
        "rpc/cases.register" if counted.fetch_add(1, Ordering::Relaxed) < 2 => {
            Fate::Answered(507, r#"{"code":"disk_full"}"#.into())
        }
        _ => Fate::Passes,
    });
    let mut events = shift.desk.events();
    let request = solved(1);
    assert!(shift.registers(&request).await.queued);
    let sent = told(&mut events, |event| match event {
        Event::ChangeSent(sent) => Some(sent),
        _ => None,
    });
    let sent = sent.await;
    assert_eq!(sent.case_id, request.case_id);
    assert!(sent.number.is_some(), "the receipt gets its number");
    let view = until(&shift.desk, "sent", |view| view.unsent == 0).await;
    assert_eq!((view.connection, mine(&shift.desk).await), (Connection::Connected, 1));
    shift.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_does_not_make_two_of_one() {
    let shift = shift().await;
    let tries = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&tries);
    shift.wire.decide(move |path| match path {
        "rpc/cases.register" if counted.fetch_add(1, Ordering::Relaxed) == 0 => Fate::AnswerLost,
        _ => Fate::Passes,
    });
    shift.registers(&solved(1)).await;
    until(&shift.desk, "sent", |view| view.unsent == 0).await;
    assert!(tries.load(Ordering::Relaxed) >= 2, "the first answer was lost");
    assert_eq!(mine(&shift.desk).await, 1);
    shift.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_dies_before_it_hears_what_the_service_did_does_not_do_it_twice() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let kontaktcenter = Arc::new(Kontaktcenter::start(folders[0].path(), None).await);
    let wire = Arc::new(Between::start(kontaktcenter.address).await);
    let (asked, mut first) = tokio::sync::mpsc::unbounded_channel();
    let tell = asked.clone();
    wire.decide(move |path| match path {
        "rpc/cases.register" => {
            let _ = tell.send(());
            Fate::AnswerLost
        }
        _ => Fate::Passes,
    });
    // A process of its own, as far as the store and the service can tell: it ends in the middle of its work.
    let process = tokio::runtime::Runtime::new().unwrap();
    let (keyring, data) = (Arc::new(Keyring::default()), folders[1].path().to_owned());
    let (its_keyring, its_data) = (Arc::clone(&keyring), data.clone());
    let (its_service, its_wire) = (Arc::clone(&kontaktcenter), Arc::clone(&wire));
    let registers = process.spawn(async move {
        let desk = launch(&its_data, &its_keyring, its_wire.address);
        sign_in(&desk, &its_service, "agent").await;
        ask::<CaseRegister>(&desk, Some(command_id()), &solved(1)).await.unwrap()
    });
    let sent = tokio::time::timeout(common::SOON, first.recv()).await.unwrap();
    assert!(sent.is_some() && !registers.is_finished());
    process.shutdown_background();
    drop(registers);

    let again = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&again);
    wire.decide(move |path| {
        counted.fetch_add(u32::from(path == "rpc/cases.register"), Ordering::Relaxed);
        Fate::Passes
    });
    let desk = launch(&data, &keyring, wire.address);
    until(&desk, "sent", |v| v.connection == Connection::Connected && v.unsent == 0).await;
    assert_eq!((again.load(Ordering::Relaxed), mine(&desk).await), (1, 1), "asked again, and done once");
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_the_service_cannot_take_does_not_hold_back_the_rest() {
    let shift = shift().await;
    let first = Arc::new(AtomicU32::new(0));
    shift.wire.decide(refusing("internal", 500));
    shift.registers(&solved(1)).await;
    // Of each round the first fails.
    shift.wire.decide(move |path| match path {
        "rpc/cases.register" if first.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) => {
            Fate::Answered(500, r#"{"code":"internal"}"#.into())
        }
        _ => Fate::Passes,
    });
    shift.registers(&solved(2)).await;
    until(&shift.desk, "the second is sent", |view| view.unsent == 1 && view.refused == 0).await;
    assert_eq!(mine(&shift.desk).await, 1);
    shift.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_after_it_waited_is_a_draft_of_the_same_case_again() {
    let shift = shift().await;
    let mut request = solved(1);
    request.text.case_type = "finns-inte".parse().unwrap();
    let typed = draft_of(&request);
    ask::<DraftsSave>(&shift.desk, Some(command_id()), &SaveDraft { draft: typed.clone() }).await.unwrap();
    shift.wire.decide(refusing("internal", 500));
    assert!(shift.registers(&request).await.queued);
    let drafts = ask::<DraftsList>(&shift.desk, None, &Nothing {}).await.unwrap().drafts;
    assert!(drafts.is_empty(), "registered is no draft, in the same step");

    let mut events = shift.desk.events();
    shift.wire.decide(|_| Fate::Passes);
    told(&mut events, |event| (event == Event::DraftsChanged).then_some(())).await;
    let drafts = ask::<DraftsList>(&shift.desk, None, &Nothing {}).await.unwrap().drafts;
    assert_eq!(drafts.len(), 1);
    assert_eq!(
        (drafts[0].id, drafts[0].case_id, &drafts[0].subject),
        (typed.id, typed.case_id, &typed.subject)
    );
    let view = until(&shift.desk, "nothing waits", |view| view.unsent == 0 && view.refused == 0).await;
    let refused = |notice: &Notice| matches!(notice, Notice::ChangeRefused { draft: true, case_id, .. } if *case_id == Some(request.case_id));
    assert!(view.notices.iter().any(refused));
    assert!(ask::<OutboxList>(&shift.desk, None, &Nothing {}).await.unwrap().unsent.is_empty());
    shift.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_while_one_waits_leaves_the_draft_too() {
    let shift = shift().await;
    let request = solved(1);
    let draft = draft_of(&request);
    ask::<DraftsSave>(&shift.desk, Some(command_id()), &SaveDraft { draft }).await.unwrap();
    shift.wire.decide(refusing("missing", 422));
    let refused = ask::<CaseRegister>(&shift.desk, Some(command_id()), &request).await.unwrap_err();
    assert_eq!(refused.code, Code::Missing);
    assert_eq!(ask::<DraftsList>(&shift.desk, None, &Nothing {}).await.unwrap().drafts.len(), 1);
    shift.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_does_not_answer_holds_nobody_up() {
    let shift = shift().await;
    shift.wire.decide(|path| if path.starts_with("rpc/cases") { Fate::Hangs } else { Fate::Passes });
    // The desk gives it 1.5 seconds; the command itself would take five.
    let reply = tokio::time::timeout(Duration::from_secs(4), shift.registers(&solved(1))).await;
    assert!(reply.unwrap().queued);
    ask::<PhoneState>(&shift.desk, None, &Nothing {}).await.unwrap();
    shift.desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_of_another_version_is_told_as_such() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let kontaktcenter = Kontaktcenter::start(folders[0].path(), None).await;
    let wire = Between::start(kontaktcenter.address).await;
    let desk = launch(folders[1].path(), &Arc::new(Keyring::default()), wire.address);
    sign_in(&desk, &kontaktcenter, "agent").await;
    let newer = serde_json::json!({
        "contract": contract::CONTRACT + 1, "release": "9", "municipality": null, "practice": false,
        "capabilities": { "phone": false, "offline": false },
    });
    wire.decide(move |path| match path {
        "rpc/handshake" => Fate::Answered(200, newer.to_string()),
        _ => Fate::Passes,
    });
    kontaktcenter.service.stop().await.unwrap();
    let kontaktcenter = Kontaktcenter::start(folders[0].path(), Some(kontaktcenter.address)).await;
    until(&desk, "another version", |view| view.connection == Connection::OtherVersion).await;
    wire.decide(|_| Fate::Passes);
    until(&desk, "connected", |view| view.connection == Connection::Connected).await;
    desk.stop().await;
    kontaktcenter.service.stop().await.unwrap();
}
