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
use desk::{OpenError, Opened, Place, Store, StoreKey, Waiting};
use std::path::Path;

const NOW: Timestamp = Timestamp(1_790_000_000_000);
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
    store.save_draft(draft(1)).await.unwrap();
    store.save_draft(draft(2)).await.unwrap();
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
    let drafts = again.drafts().await.unwrap();
    assert_eq!(drafts, [draft(2), draft(1)], "newest first");
    again.discard_draft(draft(2).id).await.unwrap();
    assert_eq!(again.drafts().await.unwrap(), [draft(1)]);
}

#[tokio::test]
async fn another_key_touches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let key = StoreKey::generate().unwrap();
    ready(place(folder.path()).open(&key, NOW)).save_draft(draft(1)).await.unwrap();
    let other = StoreKey::generate().unwrap();
    assert!(matches!(place(folder.path()).open(&other, NOW), Err(OpenError::OtherKey)));
    let store = ready(place(folder.path()).open(&key, NOW));
    assert_eq!(store.drafts().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_damaged_store_is_set_aside_and_its_readable_drafts_are_saved() {
    let folder = tempfile::tempdir().unwrap();
    let key = StoreKey::generate().unwrap();
    let place = place(folder.path());
    {
        let store = ready(place.open(&key, NOW));
        store.save_draft(draft(1)).await.unwrap();
        store.put_unsent(change(1), NOW).await.unwrap();
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
        Ok(Opened::Rebuilt { store, drafts_saved, set_aside }) => {
            assert_eq!(drafts_saved, 1);
            assert_eq!(store.drafts().await.unwrap(), [draft(1)]);
            assert_eq!(store.next_unsent().await.unwrap(), Some(change(1)));
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
    assert!(matches!(place.open(&key, NOW), Ok(Opened::Rebuilt { drafts_saved: 0, .. })));
}

#[tokio::test]
async fn a_full_disk_is_said_and_the_draft_kept_before_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = ready(place(folder.path()).open(&StoreKey::generate().unwrap(), NOW));
    store.save_draft(draft(1)).await.unwrap();
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
    assert_eq!(store.save_draft(large).await.unwrap_err().code, Code::DiskFull);
    assert_eq!(store.drafts().await.unwrap(), [draft(1)]);
}

#[tokio::test]
async fn the_outbox_keeps_its_order_and_takes_an_id_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = ready(place(folder.path()).open(&StoreKey::generate().unwrap(), NOW));
    for n in [1, 2, 1, 3] {
        store.put_unsent(change(n), NOW).await.unwrap();
    }
    assert_eq!(store.unsent().await.unwrap().len(), 3);
    store.refuse_unsent(change(1).id, Code::Forbidden).await.unwrap();
    assert_eq!(store.next_unsent().await.unwrap(), Some(change(2)), "a refused one does not block the rest");
    store.forget_unsent(change(2).id).await.unwrap();
    assert_eq!(store.next_unsent().await.unwrap(), Some(change(3)));
    assert_eq!(store.unsent().await.unwrap()[0].refused, Some(Code::Forbidden));
}
