//! What the desk keeps stays readable: one file for each persisted shape, as the first release wrote it.
//!
//! A changed shape fails here: drafts and outboxes of earlier releases must be read by every later one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "shared by the tests of this file")]

use contract::cases::{AnswerDraft, HandOffCase, RegisterCase};
use contract::desk::Draft;
use contract::domain::Timestamp;
use contract::phone::PhoneAccount;
use desk::{Opened, Place, StoreKey, Waiting, WrappedKey};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::PathBuf;

fn file(name: &str) -> String {
    let path = PathBuf::from("tests/golden").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// It is read, and written as it stands.
fn holds<T: Serialize + DeserializeOwned>(name: &str) -> T {
    let value: Value = serde_json::from_str(&file(name)).unwrap();
    let read: T = serde_json::from_value(value.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(serde_json::to_value(&read).unwrap(), value, "{name}");
    read
}

#[test]
fn drafts() {
    holds::<Draft>("draft.json");
}

#[test]
fn drafts_of_answers() {
    holds::<AnswerDraft>("answer_draft.json");
}

#[test]
fn changes_that_wait() {
    let register = holds::<Waiting>("waiting.cases.register.json");
    assert!(register.case_id().is_some());
    serde_json::from_value::<RegisterCase>(register.payload).unwrap();
    let handoff = holds::<Waiting>("waiting.handoff.send.json");
    assert!(handoff.case_id().is_some());
    serde_json::from_value::<HandOffCase>(handoff.payload).unwrap();
}

#[test]
fn the_account_of_the_phone() {
    // The first releases knew of no encryption; it was preferred.
    let (_, first) = holds::<(String, PhoneAccount)>("phone_account.json");
    assert_eq!((first.encryption.as_str(), first.authorities, first.echo), ("prefer", None, None));
    let (_, secure) = holds::<(String, PhoneAccount)>("phone_account_tls.json");
    assert_eq!((secure.transport.as_str(), secure.encryption.as_str()), ("tls", "require"));
    assert_eq!(secure.keys, "sdes", "there was no other way");
    let (_, shaken) = holds::<(String, PhoneAccount)>("phone_account_dtls.json");
    assert_eq!(shaken.keys, "dtls");
}

#[test]
fn a_key_that_a_passphrase_wraps() {
    let wrapped = holds::<WrappedKey>("wrapped_key.json");
    let key = wrapped.open("grön häst äter gräs").unwrap();
    assert_eq!(key.id(), file("wrapped_key.keyid").trim());
}

#[tokio::test]
async fn the_tables_of_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place { folder: folder.path().join("desk") };
    let Ok(Opened::Ready(store)) = place.open(&StoreKey::generate().unwrap(), Timestamp(1)) else {
        panic!("not opened")
    };
    let tables = store.run(|db| {
        let sql = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
            ORDER BY name";
        let mut statement = db.prepare(sql).unwrap();
        let tables = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        Ok::<_, contract::Error>(tables.map(Result::unwrap).collect::<Vec<_>>().join(";\n\n"))
    });
    assert_eq!(tables.await.unwrap() + ";\n", file("tables.3.sql"), "a new step gets a new file");
}
