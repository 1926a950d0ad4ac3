//! A store that cannot be opened says why, and can be tried again; what cannot be cached stops nothing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "shared by the tests of this file")]

mod common;

use common::{Keyring, Kontaktcenter, ask, command_id, launch, now, ready, sign_in, until};
use contract::desk::{Connection, Notice, Phase};
use contract::{Code, DeskTryAgain, Error, Nothing};
use desk::{Opened, Place, Store, StoreKey};
use std::path::Path;
use std::sync::Arc;

/// The desk's store, with the key that the desk put in the keyring.
fn store(data: &Path, keyring: &Keyring) -> Store {
    let kept = keyring.kept.lock().unwrap();
    let key = kept.iter().find(|(name, _)| name.starts_with("store-key:")).unwrap().1;
    let key = StoreKey::from_hex(key.expose()).unwrap();
    match (Place { folder: data.join("desk") }).open(&key, now()) {
        Ok(Opened::Ready(store)) => store,
        _ => panic!("the store was not opened as it was left"),
    }
}

async fn version(store: &Store) -> u32 {
    let asked =
        store.run(|db| Ok::<_, Error>(db.query_row("PRAGMA user_version", [], |r| r.get(0)).unwrap()));
    asked.await.unwrap()
}

async fn sql(store: &Store, sql: &str) {
    let sql = sql.to_owned();
    let done = store.run(move |db| {
        db.execute_batch(&sql).unwrap();
        Ok::<_, Error>(())
    });
    done.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_a_newer_release_is_told_as_such_and_can_be_tried_again() {
    let (service, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kontaktcenter = Kontaktcenter::start(service.path(), None).await;
    let keyring = Arc::new(Keyring::default());
    let desk = launch(data.path(), &keyring, kontaktcenter.address);
    sign_in(&desk, &kontaktcenter, "agent").await;
    desk.stop().await;
    let newer = store(data.path(), &keyring);
    let own = version(&newer).await;
    sql(&newer, "PRAGMA user_version = 99").await;

    let desk = launch(data.path(), &keyring, kontaktcenter.address);
    let stopped = Phase::Stopped { code: Code::ContractMismatch };
    until(&desk, "stopped", |view| view.phase == stopped).await;
    ask::<DeskTryAgain>(&desk, Some(command_id()), &Nothing {}).await.unwrap();
    until(&desk, "stopped again", |view| view.phase == stopped).await;
    sql(&newer, &format!("PRAGMA user_version = {own}")).await;
    ask::<DeskTryAgain>(&desk, Some(command_id()), &Nothing {}).await.unwrap();
    ready(&desk).await;
    let open = ask::<DeskTryAgain>(&desk, Some(command_id()), &Nothing {}).await.unwrap_err();
    assert_eq!(open.code, Code::WrongState);
    desk.stop().await;
    kontaktcenter.service.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_that_takes_nothing_is_told_and_stops_nothing() {
    let (service, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kontaktcenter = Kontaktcenter::start(service.path(), None).await;
    let keyring = Arc::new(Keyring::default());
    let desk = launch(data.path(), &keyring, kontaktcenter.address);
    sign_in(&desk, &kontaktcenter, "agent").await;
    desk.stop().await;
    let full = store(data.path(), &keyring);
    sql(
        &full,
        "DELETE FROM cache;
         CREATE TRIGGER full BEFORE INSERT ON cache BEGIN SELECT RAISE(FAIL, 'no room'); END",
    )
    .await;

    let desk = launch(data.path(), &keyring, kontaktcenter.address);
    let view = until(&desk, "connected", |view| view.connection == Connection::Connected).await;
    assert_eq!(view.phase, Phase::Ready);
    assert!(view.me.is_some());
    assert!(view.notices.iter().any(|notice| matches!(notice, Notice::NotCached { .. })));
    desk.stop().await;
    kontaktcenter.service.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_keyring_was_emptied_is_waited_for_and_not_made_anew() {
    let (service, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kontaktcenter = Kontaktcenter::start(service.path(), None).await;
    let keyring = Arc::new(Keyring::default());
    let desk = launch(data.path(), &keyring, kontaktcenter.address);
    sign_in(&desk, &kontaktcenter, "agent").await;
    desk.stop().await;
    let kept = std::mem::take(&mut *keyring.kept.lock().unwrap());
    std::fs::remove_file(data.path().join("desk/desk.keyid")).unwrap();

    let desk = launch(data.path(), &keyring, kontaktcenter.address);
    until(&desk, "key missing", |view| view.phase == Phase::KeyMissing).await;
    assert!(keyring.kept.lock().unwrap().is_empty(), "no new key was made");
    let left: Vec<_> = std::fs::read_dir(data.path().join("desk")).unwrap().map(Result::unwrap).collect();
    let made = |name: &str| name.starts_with("desk.damaged") || name.starts_with("desk.keyid");
    assert!(!left.iter().any(|entry| made(entry.file_name().to_str().unwrap())), "{left:?}");
    *keyring.kept.lock().unwrap() = kept;
    ready(&desk).await;
    desk.stop().await;
    kontaktcenter.service.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_started_the_desk_waits_for_the_window() {
    let (service, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kontaktcenter = Kontaktcenter::start(service.path(), None).await;
    let desk = launch(data.path(), &Arc::new(Keyring::default()), kontaktcenter.address);
    desk.dial_requested("tel:0701740605");
    let mut events = desk.events();
    sign_in(&desk, &kontaktcenter, "agent").await;
    let asked = tokio::time::timeout(common::SOON, async {
        loop {
            if let contract::Event::DialRequested { number } = events.recv().await.unwrap() {
                return number;
            }
        }
    });
    assert_eq!(asked.await.unwrap().expose(), "0701740605");
    desk.stop().await;
    kontaktcenter.service.stop().await.unwrap();
}
