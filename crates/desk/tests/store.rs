//! The desk's store: what was typed is on disk, encrypted, and comes back; a missing key is told from damage.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "shared by the tests of this file"
)]

use contract::desk::Draft;
use contract::domain::contact::{Channel, Contact};
use contract::domain::{CaseId, CommandId, ContactId, DraftId, Personal, Timestamp};
use contract::{Code, Error};
use desk::{Counts, OpenError, Opened, Place, Refused, Salvaged, Store, StoreKey, Waiting};
use std::path::Path;

const NOW: Timestamp = Timestamp(1_790_000_000_000);
const ANNA: &str = "anna@practice";
const CANARY: &str = "Kanarie Kanariesson 811218-9876";

fn draft(n: u8) -> Draft {
    let contact = Contact {
        id: ContactId::new(NOW, [n; 10]),
        channel: Channel::Call,
        entry: None,
        queue: None,
        started_at: NOW,
        waited_seconds: None,
    };
    Draft {
        id: DraftId::new(NOW, [n; 10]),
        case_id: CaseId::new(NOW, [n; 10]),
        contact,
        case_type: None,
        customer: Default::default(),
        subject: Personal::from(CANARY),
        note: Personal::default(),
        place: Personal::default(),
        fields: vec![],
        checked: vec![],
        articles: vec![],
        disposition: None,
        follow_up: None,
        created_at: NOW,
        updated_at: Timestamp(NOW.0 + i64::from(n)),
    }
}

fn place(folder: &Path) -> Place {
    Place { folder: folder.join("desk") }
}

fn ready(opened: Result<Opened, OpenError>) -> Store {
    match opened {
        Ok(Opened::Ready(store)) => store,
        Ok(Opened::Rebuilt { .. }) => panic!("rebuilt"),
        Err(error) => panic!("{error}"),
    }
}

fn change(n: u8) -> Waiting {
    Waiting {
        id: CommandId::new(NOW, [n; 10]),
        command: "cases.register".into(),
        payload: serde_json::json!({ "n": n }),
    }
}

#[tokio::test]
async fn what_was_kept_comes_back_after_the_process_is_gone_and_nothing_of_it_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let key = StoreKey::generate().unwrap();
    let store = ready(place(folder.path()).open(&key, NOW));
    store.save_draft(ANNA, draft(1)).await.unwrap();
    store.save_draft(ANNA, draft(2)).await.unwrap();
    // No clean close: the files are copied as a killed process leaves them.
    let after = tempfile::tempdir().unwrap();
    std::fs::create_dir(after.path().join("desk")).unwrap();
    for entry in std::fs::read_dir(folder.path().join("desk")).unwrap() {
        let entry = entry.unwrap();
        let bytes = std::fs::read(entry.path()).unwrap();
        let found = bytes.windows(7).any(|w| w == b"Kanarie" || w == b"811218-");
        assert!(!found, "readable in {:?}", entry.file_name());
        std::fs::write(after.path().join("desk").join(entry.file_name()), bytes).unwrap();
    }
    let again = ready(place(after.path()).open(&key, NOW));
    let (drafts, _) = again.drafts(ANNA).await.unwrap();
    assert_eq!(drafts, [draft(2), draft(1)], "newest first");
    again.discard_draft(ANNA, draft(2).id).await.unwrap();
    assert_eq!(again.drafts(ANNA).await.unwrap().0, [draft(1)]);
}

#[tokio::test]
async fn another_key_touches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let key = StoreKey::generate().unwrap();
    ready(place(folder.path()).open(&key, NOW)).save_draft(ANNA, draft(1)).await.unwrap();
    let other = StoreKey::generate().unwrap();
    assert!(matches!(place(folder.path()).open(&other, NOW), Err(OpenError::OtherKey)));
    let store = ready(place(folder.path()).open(&key, NOW));
    assert_eq!(store.drafts(ANNA).await.unwrap().0.len(), 1);
}

#[tokio::test]
async fn a_damaged_store_is_set_aside_and_its_readable_drafts_are_saved() {
    let folder = tempfile::tempdir().unwrap();
    let key = StoreKey::generate().unwrap();
    let place = place(folder.path());
    {
        let store = ready(place.open(&key, NOW));
        store.save_draft(ANNA, draft(1)).await.unwrap();
        store.put_unsent(ANNA, change(1), NOW).await.unwrap();
        for n in 0..200_u8 {
            let filler = "x".repeat(4000);
            store.keep(Box::leak(format!("filler-{n}").into_boxed_str()), &filler, NOW).await.unwrap();
        }
    }
    // The last third of the file is overwritten: the cache suffers, the drafts do not.
    let mut bytes = std::fs::read(place.file()).unwrap();
    let from = bytes.len() * 2 / 3;
    bytes[from..].fill(0xa5);
    std::fs::write(place.file(), bytes).unwrap();
    match place.open(&key, NOW) {
        Ok(Opened::Rebuilt { store, salvaged, set_aside }) => {
            assert_eq!((salvaged.drafts, salvaged.changes), (1, 1));
            assert_eq!(store.drafts(ANNA).await.unwrap().0, [draft(1)]);
            assert_eq!(next(&store, 0).await, Some(change(1)));
            assert!(place.folder.join(set_aside).exists());
        }
        Ok(Opened::Ready(_)) => panic!("the damage was not seen"),
        Err(error) => panic!("{error}"),
    }
    ready(place.open(&key, NOW));
}

#[tokio::test]
async fn a_file_that_is_no_store_is_set_aside_too() {
    let folder = tempfile::tempdir().unwrap();
    let key = StoreKey::generate().unwrap();
    let place = place(folder.path());
    drop(ready(place.open(&key, NOW)));
    std::fs::write(place.file(), vec![7; 9000]).unwrap();
    assert!(matches!(
        place.open(&key, NOW),
        Ok(Opened::Rebuilt { salvaged: Salvaged { drafts: 0, cut: true, .. }, .. })
    ));
}

#[tokio::test]
async fn a_full_disk_is_said_and_the_draft_kept_before_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = ready(place(folder.path()).open(&StoreKey::generate().unwrap(), NOW));
    store.save_draft(ANNA, draft(1)).await.unwrap();
    store
        .run(|db| {
            let pages: i64 = db.query_row("PRAGMA page_count", [], |r| r.get(0)).unwrap();
            db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    let mut large = draft(1);
    large.note = Personal::new("a".repeat(200_000));
    assert_eq!(store.save_draft(ANNA, large).await.unwrap_err().code, Code::DiskFull);
    assert_eq!(store.drafts(ANNA).await.unwrap().0, [draft(1)]);
}

#[tokio::test]
async fn the_outbox_keeps_its_order_and_takes_an_id_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = ready(place(folder.path()).open(&StoreKey::generate().unwrap(), NOW));
    for n in [1, 2, 1, 3] {
        store.put_unsent(ANNA, change(n), NOW).await.unwrap();
    }
    assert_eq!(store.unsent(ANNA).await.unwrap().len(), 3);
    let first = store.next_unsent(ANNA, 0).await.unwrap().unwrap();
    assert_eq!(first.change, Some(change(1)));
    assert_eq!(next(&store, first.position).await, Some(change(2)), "one that waits does not block the rest");
    store.forget_unsent(change(1).id).await.unwrap();
    assert_eq!(next(&store, 0).await, Some(change(2)));
}

async fn next(store: &Store, after: i64) -> Option<Waiting> {
    store.next_unsent(ANNA, after).await.unwrap().and_then(|next| next.change)
}

async fn sql(store: &Store, sql: &'static str) {
    let done = store.run(move |db| {
        db.execute_batch(sql).unwrap();
        Ok::<_, Error>(())
    });
    done.await.unwrap();
}

#[tokio::test]
async fn what_is_registered_is_no_draft_whatever_comes_late() {
    let folder = tempfile::tempdir().unwrap();
    let store = ready(place(folder.path()).open(&StoreKey::generate().unwrap(), NOW));
    store.save_draft(ANNA, draft(1)).await.unwrap();
    let payload = serde_json::json!({ "case_id": draft(1).case_id });
    let register = Waiting { payload, ..change(1) };
    store.put_unsent(ANNA, register.clone(), NOW).await.unwrap();
    assert!(store.drafts(ANNA).await.unwrap().0.is_empty());
    store.save_draft(ANNA, draft(1)).await.unwrap();
    assert!(store.drafts(ANNA).await.unwrap().0.is_empty(), "a save that came late");
    let spare = DraftId::new(NOW, [7; 10]);
    let kept = store.refuse_unsent(register, spare, NOW).await.unwrap();
    assert_eq!(kept, Refused::Kept, "not of the command's shape: it stays to be looked at");
    assert_eq!(store.unsent(ANNA).await.unwrap()[0].refused, Some(Code::Invalid));
    assert_eq!(next(&store, 0).await, None);
}

#[tokio::test]
async fn an_older_state_of_a_draft_does_not_take_the_place_of_a_newer() {
    let folder = tempfile::tempdir().unwrap();
    let store = ready(place(folder.path()).open(&StoreKey::generate().unwrap(), NOW));
    let newer = Draft { note: "hela meningen".into(), updated_at: Timestamp(NOW.0 + 9), ..draft(1) };
    store.save_draft(ANNA, newer.clone()).await.unwrap();
    store.save_draft(ANNA, draft(1)).await.unwrap();
    assert_eq!(store.drafts(ANNA).await.unwrap().0, [newer]);
}

#[tokio::test]
async fn one_draft_that_cannot_be_read_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let store = ready(place(folder.path()).open(&StoreKey::generate().unwrap(), NOW));
    store.save_draft(ANNA, draft(1)).await.unwrap();
    sql(&store, "INSERT INTO drafts (id, body, updated_at) VALUES ('x', '{\"future\":1}', 5)").await;
    sql(&store, "INSERT INTO outbox (id, command, payload, at) VALUES ('x', 'y', '{', 5)").await;
    store.put_unsent(ANNA, change(1), NOW).await.unwrap();
    assert_eq!(store.drafts(ANNA).await.unwrap(), (vec![draft(1)], 1));
    let bad = store.next_unsent(ANNA, 0).await.unwrap().unwrap();
    assert_eq!(bad.change, None);
    store.set_aside(bad.position).await.unwrap();
    assert_eq!(next(&store, 0).await, Some(change(1)));
    assert_eq!(store.unsent(ANNA).await.unwrap().len(), 1);
    let counts = store.counts(Some(ANNA)).await.unwrap();
    assert_eq!(counts, Counts { waiting: 1, refused: 1, of_others: 0 });
}

#[tokio::test]
async fn another_user_sees_nothing_and_takes_nothing_away() {
    let folder = tempfile::tempdir().unwrap();
    let store = ready(place(folder.path()).open(&StoreKey::generate().unwrap(), NOW));
    store.save_draft(ANNA, draft(1)).await.unwrap();
    store.put_unsent(ANNA, change(2), NOW).await.unwrap();
    let bo = "bo@practice";
    assert!(store.drafts(bo).await.unwrap().0.is_empty());
    assert_eq!(store.next_unsent(bo, 0).await.unwrap(), None);
    store.discard_draft(bo, draft(1).id).await.unwrap();
    store.save_draft(bo, Draft { updated_at: Timestamp(NOW.0 + 99), ..draft(1) }).await.unwrap();
    assert_eq!(store.drafts(ANNA).await.unwrap().0, [draft(1)]);
    let counts = store.counts(Some(bo)).await.unwrap();
    assert_eq!(counts, Counts { waiting: 0, refused: 0, of_others: 2 });
}

#[tokio::test]
async fn a_store_from_before_owners_is_taken_over_by_whoever_signs_in() {
    let folder = tempfile::tempdir().unwrap();
    let (key, place) = (StoreKey::generate().unwrap(), place(folder.path()));
    let store = ready(place.open(&key, NOW));
    store.save_draft(ANNA, draft(1)).await.unwrap();
    store.put_unsent(ANNA, change(2), NOW).await.unwrap();
    sql(
        &store,
        "DROP TABLE answers; DROP INDEX outbox_case;
         ALTER TABLE drafts DROP COLUMN owner; ALTER TABLE drafts DROP COLUMN case_id;
         ALTER TABLE outbox DROP COLUMN owner; ALTER TABLE outbox DROP COLUMN case_id;
         ALTER TABLE outbox DROP COLUMN draft; PRAGMA user_version = 1;",
    )
    .await;
    drop(store);
    let store = ready(place.open(&key, NOW));
    assert_eq!(store.drafts(ANNA).await.unwrap().0, [draft(1)]);
    assert_eq!(next(&store, 0).await, Some(change(2)));
    let payload = serde_json::json!({ "case_id": draft(1).case_id });
    store.put_unsent(ANNA, Waiting { payload, ..change(1) }, NOW).await.unwrap();
    assert!(store.drafts(ANNA).await.unwrap().0.is_empty(), "found by its case");
}

#[tokio::test]
async fn a_lost_name_of_the_key_is_found_by_the_key_and_never_by_damage() {
    let folder = tempfile::tempdir().unwrap();
    let (key, place) = (StoreKey::generate().unwrap(), place(folder.path()));
    drop(ready(place.open(&key, NOW)));
    // A power cut left it empty; the next time it is gone.
    for lost in [Some(""), None] {
        match lost {
            Some(text) => std::fs::write(place.key_id_file(), text).unwrap(),
            None => std::fs::remove_file(place.key_id_file()).unwrap(),
        }
        let other = StoreKey::generate().unwrap();
        assert!(matches!(place.open(&other, NOW), Err(OpenError::OtherKey)));
        assert_eq!(place.key_id(), None, "nothing was written for another key");
        drop(ready(place.open(&key, NOW)));
        assert_eq!(place.key_id(), Some(key.id()));
    }
}

#[tokio::test]
async fn changes_on_both_sides_of_the_damage_are_saved_and_the_gap_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (key, place) = (StoreKey::generate().unwrap(), place(folder.path()));
    {
        let store = ready(place.open(&key, NOW));
        for n in 0..200_u8 {
            let payload = serde_json::json!({ "n": n, "filler": "x".repeat(3_500) });
            store.put_unsent(ANNA, Waiting { payload, ..change(n) }, NOW).await.unwrap();
        }
    }
    let mut bytes = std::fs::read(place.file()).unwrap();
    let half = bytes.len() / 2;
    bytes[half..half + 8_192].fill(0xa5);
    std::fs::write(place.file(), bytes).unwrap();
    let Ok(Opened::Rebuilt { store, salvaged, .. }) = place.open(&key, NOW) else { panic!("not rebuilt") };
    assert!(salvaged.cut);
    assert!((150..200).contains(&salvaged.changes), "{salvaged:?}");
    let saved = store.unsent(ANNA).await.unwrap();
    assert_eq!(saved.len(), usize::try_from(salvaged.changes).unwrap());
    assert_eq!(saved.first().unwrap().id, change(0).id);
    assert_eq!(saved.last().unwrap().id, change(199).id, "what lies behind the damage too");
}

#[tokio::test]
async fn what_was_in_the_log_is_in_the_file_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let key = StoreKey::generate().unwrap();
    let place = place(folder.path());
    let store = ready(place.open(&key, NOW));
    store.save_draft(ANNA, draft(1)).await.unwrap();
    let log = place.folder.join("desk.db-wal");
    assert!(std::fs::metadata(&log).unwrap().len() > 0);
    // Killed: the log stays, and the next start takes it in.
    let copy = tempfile::tempdir().unwrap();
    let after = self::place(copy.path());
    std::fs::create_dir(&after.folder).unwrap();
    for entry in std::fs::read_dir(&place.folder).unwrap().flatten() {
        std::fs::copy(entry.path(), after.folder.join(entry.file_name())).unwrap();
    }
    let again = ready(after.open(&key, NOW));
    assert_eq!(std::fs::metadata(after.folder.join("desk.db-wal")).unwrap().len(), 0);
    assert_eq!(again.drafts(ANNA).await.unwrap().0, [draft(1)]);
}
