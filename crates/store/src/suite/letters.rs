//! E-mail to groups outside the system.

use super::Place;
use super::given::{at, bytes, case_id, cases, handoff_id, more, recorded, register};
use crate::{Commit, Letter, LetterKind, LetterOutcome, StoreError};
use domain::LetterId;
use domain::case::CaseEvent;

fn letter(n: u32, seconds: i64) -> Letter {
    Letter {
        id: LetterId::new(at(0), bytes(n)),
        case_id: case_id(1),
        handoff: handoff_id(1),
        group: "renhallning".parse().unwrap(),
        kind: LetterKind::Arrived,
        at: at(seconds),
        expires_at: at(9_000),
    }
}

pub(super) async fn a_letter_is_taken_once_and_again_only_when_it_surely_did_not_go(place: &impl Place) {
    let store = place.open();
    let letters = vec![letter(2, 20), letter(1, 10)];
    store.commit(Commit { letters, ..Commit::default() }).await.unwrap();
    assert_eq!(store.next_letter(at(0)).await.unwrap(), Some(at(10)));
    assert_eq!(store.take_letter(at(9)).await.unwrap(), None);
    let (a, b) = tokio::join!(store.take_letter(at(30)), store.take_letter(at(30)));
    let mut taken = [a.unwrap().unwrap(), b.unwrap().unwrap()].map(|kept| kept.letter);
    taken.sort_by_key(|letter| letter.at);
    assert_eq!(taken, [letter(1, 10), letter(2, 20)], "each by one");
    assert_eq!(store.take_letter(at(99)).await.unwrap(), None);
    // One is heard nothing more of; the other surely did not go.
    store.letter_went(letter(2, 0).id, LetterOutcome::Again(at(60))).await.unwrap();
    store.close().await.unwrap();
    drop(store);
    let store = place.open();
    assert_eq!(store.take_letter(at(59)).await.unwrap(), None);
    assert_eq!(store.next_letter(at(59)).await.unwrap(), Some(at(60)));
    let again = store.take_letter(at(60)).await.unwrap().unwrap();
    assert_eq!((again.letter, again.tries), (letter(2, 20), 2));
    store.letter_went(letter(2, 0).id, LetterOutcome::Sent).await.unwrap();
    assert_eq!(
        store.letter_went(letter(2, 0).id, LetterOutcome::Again(at(61))).await,
        Err(StoreError::NotFound)
    );
    assert_eq!(
        (store.take_letter(at(999)).await.unwrap(), store.next_letter(at(0)).await.unwrap()),
        (None, None)
    );
}

pub(super) async fn a_link_is_used_once_and_with_what_it_does(place: &impl Place) {
    let store = place.open();
    register(&*store, 1, 1).await;
    store.commit(Commit { letters: vec![letter(1, 10)], ..Commit::default() }).await.unwrap();
    let closes = |version| Commit {
        used_letters: vec![(letter(1, 0).id, at(50))],
        ..cases(vec![more(1, version, vec![recorded(50, Some(1), CaseEvent::Closed)])])
    };
    // What is not written uses nothing.
    assert_eq!(store.commit(closes(7)).await, Err(StoreError::Stale));
    assert_eq!(store.letter(letter(1, 0).id).await.unwrap().unwrap().used_at, None);
    store.commit(closes(1)).await.unwrap();
    assert_eq!(store.letter(letter(1, 0).id).await.unwrap().unwrap().used_at, Some(at(50)));
    assert_eq!(store.commit(closes(2)).await, Err(StoreError::Stale));
    assert_eq!(store.case(case_id(1)).await.unwrap().unwrap().version, 2, "nothing was done by it");
    assert_eq!(store.letter(letter(9, 0).id).await.unwrap(), None);
}
