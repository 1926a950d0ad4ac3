//! Without the service: work goes on, and what was registered arrives, once (D-S4).

#![allow(clippy::unwrap_used, clippy::panic, reason = "shared by the tests of this file")]

mod common;

use common::{
    Keyring, Kontaktcenter, Later, ask, command_id, environment, launch, own_cases, ready, sign_in, solved,
    until,
};
use contract::agents::SetAgentState;
use contract::cases::RegisterReply;
use contract::desk::{Connection, Phase, Unlock};
use contract::domain::agent::AgentState;
use contract::knowledge::Suggest;
use contract::session::SignIn as Who;
use contract::{AgentSet, AgentStateGet, CaseRegister, Code, DeskUnlock, KnowledgeSuggest, Nothing, SignIn};
use desk::{Desk, Environment, Launch, SecretsError, Stage};
use std::sync::Arc;
use std::task::Poll;

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_is_closed_takes_its_agent_along() {
    let (service, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kontaktcenter = Kontaktcenter::start(service.path(), None).await;
    let keyring = Arc::new(Keyring::default());
    let desk = launch(data.path(), &keyring, kontaktcenter.address);
    sign_in(&desk, &kontaktcenter, "agent").await;
    let set = ask::<AgentSet>(&desk, Some(command_id()), &SetAgentState::Ready).await.unwrap();
    assert_eq!(set.status.state, AgentState::Ready);
    desk.stop().await;
    let again = launch(data.path(), &keyring, kontaktcenter.address);
    until(&again, "connected", |view| view.connection == Connection::Connected).await;
    let now = ask::<AgentStateGet>(&again, None, &Nothing {}).await.unwrap();
    assert_eq!(now.status.state, AgentState::Offline);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_registered_without_the_service_arrives_once_when_it_is_back() {
    let (service, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kontaktcenter = Kontaktcenter::start(service.path(), None).await;
    let keyring = Arc::new(Keyring::default());
    let desk = launch(data.path(), &keyring, kontaktcenter.address);
    sign_in(&desk, &kontaktcenter, "agent").await;
    let online = ask::<CaseRegister>(&desk, Some(command_id()), &solved(1)).await.unwrap();
    assert!(online.number.is_some() && !online.queued);

    let address = kontaktcenter.address;
    kontaktcenter.service.stop().await.unwrap();
    until(&desk, "offline", |view| matches!(view.connection, Connection::Offline { .. })).await;
    let id = command_id();
    let offline: RegisterReply = ask::<CaseRegister>(&desk, Some(id), &solved(2)).await.unwrap();
    assert!(offline.queued && offline.number.is_none());
    ask::<CaseRegister>(&desk, Some(id), &solved(2)).await.unwrap();
    until(&desk, "one unsent", |view| view.unsent == 1).await;
    let typed = Suggest { text: "bygga altan".into(), ..Suggest::default() };
    let found = ask::<KnowledgeSuggest>(&desk, None, &typed).await.unwrap();
    assert!(!found.articles.is_empty(), "knowledge is at hand without the service");

    // The desk is killed and comes back, an hour later, while the service is still away: at work, with the
    // unsent kept.
    desk.stop().await;
    let later = environment(data.path().to_owned(), &keyring);
    let later = Environment { clock: Arc::new(Later(60 * 60 * 1_000)), ..later };
    let desk = Desk::launch(later, Launch::Connect(format!("http://{address}")));
    let view = until(&desk, "offline again", |v| matches!(v.connection, Connection::Offline { .. })).await;
    assert_eq!((view.phase, view.unsent), (Phase::Ready, 1));
    assert!(view.me.is_some());

    let kontaktcenter = Kontaktcenter::start(service.path(), Some(address)).await;
    until(&desk, "sent", |v| v.connection == Connection::Connected && v.unsent == 0).await;
    let cases = own_cases(&desk).await;
    let [online, late] = cases.as_slice() else { panic!("two cases: {cases:?}") };
    let earlier = online.registered_at.0 - late.registered_at.0;
    assert!((3_000_000..3_700_000).contains(&earlier), "registered an hour before it was sent: {earlier} ms");
    desk.stop().await;
    kontaktcenter.service.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_is_taken_up_as_the_window_opens_gets_its_articles_when_it_has_drawn() {
    let (service, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kontaktcenter = Kontaktcenter::start(service.path(), None).await;
    let keyring = Arc::new(Keyring::default());
    let desk = launch(data.path(), &keyring, kontaktcenter.address);
    sign_in(&desk, &kontaktcenter, "agent").await;
    desk.stop().await;

    let windowed = Environment { window: true, ..environment(data.path().to_owned(), &keyring) };
    let desk = Desk::launch(windowed, Launch::Connect(format!("http://{}", kontaktcenter.address)));
    desk.window_is(Stage::Loads);
    let view = ready(&desk).await;
    assert_eq!(view.connection, Connection::Connecting, "what is heavy waits for the window");
    let typed = Suggest { text: "bygga altan".into(), ..Suggest::default() };
    let mut asked = Box::pin(ask::<KnowledgeSuggest>(&desk, None, &typed));
    let waits = std::future::poll_fn(|context| Poll::Ready(asked.as_mut().poll(context).is_pending()));
    assert!(waits.await, "answered without the index");
    desk.window_is(Stage::Drawn);
    assert!(!asked.await.unwrap().articles.is_empty());
    until(&desk, "connected", |view| view.connection == Connection::Connected).await;
    desk.stop().await;
    kontaktcenter.service.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_said_and_nothing_is_kept() {
    let (service, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kontaktcenter = Kontaktcenter::start(service.path(), None).await;
    let keyring = Arc::new(Keyring::default());
    let desk = launch(data.path(), &keyring, kontaktcenter.address);
    until(&desk, "sign in", |view| matches!(view.phase, Phase::SignIn { .. })).await;
    let who = Who { user: "agent".into(), password: "fel lösenord".into() };
    let refused = ask::<SignIn>(&desk, Some(command_id()), &who).await.unwrap_err();
    assert_eq!(refused.code, Code::WrongCredentials);
    assert!(!keyring.kept.lock().unwrap().keys().any(|name| name.starts_with("session:")));
    desk.stop().await;
    kontaktcenter.service.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keyring_is_waited_for_and_nothing_is_touched() {
    let (service, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kontaktcenter = Kontaktcenter::start(service.path(), None).await;
    let keyring = Arc::new(Keyring::default());
    let desk = launch(data.path(), &keyring, kontaktcenter.address);
    sign_in(&desk, &kontaktcenter, "agent").await;
    desk.stop().await;
    let before = std::fs::read(data.path().join("desk/desk.keyid")).unwrap();

    *keyring.fails.lock().unwrap() = Some(SecretsError::Locked);
    let desk = launch(data.path(), &keyring, kontaktcenter.address);
    until(&desk, "key missing", |view| view.phase == Phase::KeyMissing).await;
    assert_eq!(std::fs::read(data.path().join("desk/desk.keyid")).unwrap(), before);
    *keyring.fails.lock().unwrap() = None;
    ready(&desk).await;
    desk.stop().await;
    kontaktcenter.service.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keyring_a_passphrase_opens_the_store() {
    let (service, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kontaktcenter = Kontaktcenter::start(service.path(), None).await;
    let keyring = Arc::new(Keyring::default());
    *keyring.fails.lock().unwrap() = Some(SecretsError::Absent);
    let passphrase = |text: &str| Unlock { passphrase: text.into() };

    let desk = launch(data.path(), &keyring, kontaktcenter.address);
    until(&desk, "new passphrase", |view| view.phase == Phase::Passphrase { new: true }).await;
    let short = ask::<DeskUnlock>(&desk, Some(command_id()), &passphrase("kort")).await.unwrap_err();
    assert_eq!(short.code, Code::Invalid);
    ask::<DeskUnlock>(&desk, Some(command_id()), &passphrase("grön häst äter gräs")).await.unwrap();
    sign_in(&desk, &kontaktcenter, "agent").await;
    desk.stop().await;

    let desk = launch(data.path(), &keyring, kontaktcenter.address);
    until(&desk, "passphrase", |view| view.phase == Phase::Passphrase { new: false }).await;
    let wrong =
        ask::<DeskUnlock>(&desk, Some(command_id()), &passphrase("röd häst äter gräs")).await.unwrap_err();
    assert_eq!(wrong.code, Code::WrongPassphrase);
    ask::<DeskUnlock>(&desk, Some(command_id()), &passphrase("grön häst äter gräs")).await.unwrap();
    until(&desk, "open", |view| !matches!(view.phase, Phase::Passphrase { .. })).await;
    desk.stop().await;
    kontaktcenter.service.stop().await.unwrap();
}
