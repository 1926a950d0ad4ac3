//! The stream of changes, restart, backup.

use super::Place;
use super::given::{at, bytes, case_id, cases, number, register, registration, user, user_id};
use crate::{Change, Commit, Cursor, Store, StoreError};
use domain::ContactId;
use domain::calls::{CallEvent, RecordedCall};
use std::sync::Arc;
use tokio::sync::watch;

fn call(n: u32, seconds: i64, event: CallEvent) -> RecordedCall {
    RecordedCall { at: at(seconds), contact: ContactId::new(at(0), bytes(n)), event }
}

pub(super) async fn calls_come_in_order(place: &impl Place) {
    let store = place.open();
    let joined =
        CallEvent::Joined { entry: None, queue: "bygg".parse().unwrap(), menu: None, in_hours: true };
    let calls =
        vec![call(1, -100, CallEvent::Abandoned), call(1, 1, joined), call(1, 5, CallEvent::Abandoned)];
    store.commit(Commit { calls: calls.clone(), ..Commit::default() }).await.unwrap();
    let today = store.calls_after(0, at(0), 10).await.unwrap();
    let events: Vec<_> = today.iter().map(|c| c.recorded.clone()).collect();
    assert_eq!(events, calls[1..]);
    let rest = store.calls_after(today[0].position, at(0), 10).await.unwrap();
    assert_eq!(rest, today[1..]);
    let changes = store.changes_after(Cursor(0), 10).await.unwrap().changes;
    assert_eq!(changes[2].1, Change::Call { contact: calls[0].contact });
}

async fn write_many(store: Arc<dyn Store>, from: u32, count: u32) {
    for n in from..from + count {
        store.commit(cases(vec![registration(n, 1, number(n))])).await.unwrap();
    }
}

pub(super) async fn the_stream_misses_nothing_under_load(place: &impl Place) {
    let store = place.open();
    let writers: Vec<_> =
        (0..4).map(|w| tokio::spawn(write_many(Arc::clone(&store), w * 100 + 1, 50))).collect();
    let mut seen = Vec::new();
    let mut cursor = Cursor(0);
    let mut head = store.head();
    while seen.len() < 200 {
        let changes = store.changes_after(cursor, 16).await.unwrap();
        assert!(!changes.gap);
        match changes.changes.last() {
            Some((last, _)) => cursor = *last,
            None => head.wait_for(|h| *h > cursor).await.map(drop).unwrap(),
        }
        seen.extend(changes.changes.into_iter().map(|(_, change)| change));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    for n in (0..4).flat_map(|w| w * 100 + 1..=w * 100 + 50) {
        let change = Change::Case { case_id: case_id(n) };
        assert_eq!(seen.iter().filter(|c| **c == change).count(), 1);
    }
}

pub(super) async fn the_head_wakes_and_is_committed(place: &impl Place) {
    let store = place.open();
    let mut head = store.head();
    assert_eq!(*head.borrow_and_update(), Cursor(0));
    let cursor = register(&*store, 1, 1).await;
    head.wait_for(|h| *h >= cursor).await.map(drop).unwrap();
    assert_eq!(store.changes_after(Cursor(0), 9).await.unwrap().changes.len(), 1);
    store
        .commit(Commit { changes: vec![Change::Knowledge { version: 2 }], ..Commit::default() })
        .await
        .unwrap();
    let changes = store.changes_after(cursor, 9).await.unwrap().changes;
    assert_eq!(changes[0].1, Change::Knowledge { version: 2 });
}

pub(super) async fn a_forgotten_stretch_is_a_gap(place: &impl Place) {
    let store = place.open();
    let mut cursors = vec![Cursor(0)];
    for n in 1..=3 {
        cursors.push(register(&*store, n, 1).await);
    }
    store.forget_changes(cursors[1]).await.unwrap();
    assert!(store.changes_after(cursors[0], 9).await.unwrap().gap);
    let kept = store.changes_after(cursors[1], 9).await.unwrap();
    assert_eq!((kept.gap, kept.changes.len()), (false, 2));
    store.forget_changes(cursors[3]).await.unwrap();
    assert!(store.changes_after(cursors[2], 9).await.unwrap().gap);
    assert!(!store.changes_after(cursors[3], 9).await.unwrap().gap);
    assert!(store.changes_after(Cursor(cursors[3].0 + 1), 9).await.unwrap().gap, "from another store");
}

pub(super) async fn everything_is_there_after_a_restart(place: &impl Place) {
    let store = place.open();
    let cursor = register(&*store, 1, 1).await;
    store.put_user(user(1, "anna")).await.unwrap();
    store.close().await.unwrap();
    drop(store);
    let store = place.open();
    assert!(store.case(case_id(1)).await.unwrap().is_some());
    assert!(store.user(user_id(1)).await.unwrap().is_some());
    assert_eq!(*store.head().borrow(), cursor);
    assert!(register(&*store, 2, 1).await > cursor);
}

pub(super) async fn a_backup_under_load_opens_and_is_whole(place: &impl Place) {
    let store = place.open();
    write_many(Arc::clone(&store), 1, 20).await;
    let (written, mut count) = watch::channel(0);
    let load = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            // Until nobody counts any more.
            for n in 100.. {
                if written.is_closed() {
                    return n;
                }
                write_many(Arc::clone(&store), n, 1).await;
                written.send_replace(n);
            }
            0
        }
    });
    count.wait_for(|n| *n > 100).await.unwrap();
    let file = place.path("backup");
    let report = store.backup(&file).await.unwrap();
    assert!(report.bytes > 0);
    // It went on all the while.
    let then = *count.borrow_and_update();
    count.wait_for(|n| *n > then).await.unwrap();
    drop(count);
    let last = load.await.unwrap();
    assert_eq!(store.backup(&file).await, Err(StoreError::Exists), "none is overwritten");
    let copy = place.open_backup(&file);
    for n in 1..=20 {
        assert!(copy.case(case_id(n)).await.unwrap().is_some(), "{n}");
    }
    for n in 100..last {
        let events = copy.case_events(case_id(n)).await.unwrap();
        assert_eq!(copy.case(case_id(n)).await.unwrap().is_some(), !events.is_empty(), "one snapshot");
    }
    register(&*copy, 900, 1).await;
}

pub(super) async fn a_closed_store_says_so(place: &impl Place) {
    let store = place.open();
    store.close().await.unwrap();
    assert!(store.put_settings(&[("a", "b")]).await.is_err());
    assert!(store.case(case_id(1)).await.is_err());
}
