//! Drafts of answers.

use super::Place;
use super::given::{at, case_id, registration, user_id};
use crate::{Commit, StoreError};
use domain::Personal;
use domain::case::CaseNumber;

fn text(text: &str) -> Option<Personal<String>> {
    Some(text.into())
}

pub(super) async fn a_draft_is_its_writers_alone(place: &impl Place) {
    let store = place.open();
    let (anna, bo, case) = (user_id(1), user_id(2), case_id(1));
    assert_eq!(store.answer_draft(anna, case).await.unwrap(), None);
    store.put_answer_draft(anna, case, text("Lov kr"), at(1)).await.unwrap();
    store.put_answer_draft(anna, case, text("Lov krävs"), at(2)).await.unwrap();
    store.put_answer_draft(bo, case, text("Ring mig"), at(3)).await.unwrap();
    assert_eq!(store.answer_draft(anna, case).await.unwrap(), text("Lov krävs"));
    assert_eq!(store.answer_draft(anna, case_id(2)).await.unwrap(), None);
    store.put_answer_draft(anna, case, None, at(4)).await.unwrap();
    assert_eq!(store.answer_draft(anna, case).await.unwrap(), None);
    assert_eq!(store.answer_draft(bo, case).await.unwrap(), text("Ring mig"));
    store.close().await.unwrap();
    assert_eq!(place.open().answer_draft(bo, case).await.unwrap(), text("Ring mig"), "on disk");
}

pub(super) async fn a_draft_goes_with_what_is_sent_and_no_sooner(place: &impl Place) {
    let store = place.open();
    let (anna, case) = (user_id(1), case_id(1));
    let number = CaseNumber { year: 2026, serial: 1 };
    let send = || Commit {
        cases: vec![registration(1, 1, number)],
        sent_drafts: vec![(anna, case)],
        ..Commit::default()
    };
    store.put_answer_draft(anna, case, text("Lov krävs"), at(1)).await.unwrap();
    store.put_answer_draft(anna, case_id(2), text("Nej"), at(1)).await.unwrap();
    store.commit(send()).await.unwrap();
    assert_eq!(store.answer_draft(anna, case).await.unwrap(), None);
    assert_eq!(store.answer_draft(anna, case_id(2)).await.unwrap(), text("Nej"));

    store.put_answer_draft(anna, case, text("En gång till"), at(2)).await.unwrap();
    assert_eq!(store.commit(send()).await, Err(StoreError::Exists));
    assert_eq!(store.answer_draft(anna, case).await.unwrap(), text("En gång till"), "it was not sent");
}

pub(super) async fn old_drafts_are_forgotten(place: &impl Place) {
    let store = place.open();
    for (n, seconds) in [(1, 1), (2, 5)] {
        store.put_answer_draft(user_id(1), case_id(n), text("Lov krävs"), at(seconds)).await.unwrap();
    }
    assert_eq!(store.forget_answer_drafts(at(5)).await.unwrap(), 1);
    assert_eq!(store.answer_draft(user_id(1), case_id(1)).await.unwrap(), None);
    assert!(store.answer_draft(user_id(1), case_id(2)).await.unwrap().is_some());
}
