//! Cases, receipts, lists.

use super::Place;
use super::given::{
    at, case_id, cases, left, more, number, receipt, recorded, register, registration, sent, sent_and,
    text_id, user_id,
};
use crate::{Commit, Committed, ListedCases, PageRequest, Store, StoreError};
use domain::CustomerId;
use domain::case::{Case, CaseEvent, CaseStatus};
use domain::phone_number::PhoneNumber;

pub(super) async fn events_give_the_case_back(place: &impl Place) {
    let store = place.open();
    register(&*store, 1, 1).await;
    store.commit(cases(vec![more(1, 1, vec![sent(1, "bygglov", 5, 900), left(1, 15)])])).await.unwrap();
    let events = store.case_events(case_id(1)).await.unwrap();
    assert_eq!(events.len(), 3);
    let case = store.case(case_id(1)).await.unwrap().unwrap();
    assert_eq!(case, Case::replay(case_id(1), &events).unwrap(), "derived and replayed are one");
    assert_eq!((case.version, case.status), (3, CaseStatus::HandedOver));
    let texts = store.texts(&[text_id(10), text_id(11), text_id(99)]).await.unwrap();
    assert_eq!(texts.len(), 2);
    assert_eq!(texts[&text_id(10)].expose(), "Altan");
    assert_eq!(store.case(case_id(2)).await.unwrap(), None);
}

pub(super) async fn what_was_read_must_be_current(place: &impl Place) {
    let store = place.open();
    register(&*store, 1, 1).await;
    let closed = || recorded(9, Some(1), CaseEvent::Closed);
    let outcome = store.commit(cases(vec![more(1, 2, vec![closed()])])).await;
    assert_eq!(outcome, Err(StoreError::Stale));
    assert_eq!(store.commit(cases(vec![registration(1, 1, number(2))])).await, Err(StoreError::Exists));
    assert_eq!(store.commit(cases(vec![more(7, 1, vec![closed()])])).await, Err(StoreError::NotFound));
    assert_eq!(store.case_events(case_id(1)).await.unwrap().len(), 1, "nothing changed");
    // Two at once with the same version: one is written.
    let (a, b) = tokio::join!(
        store.commit(cases(vec![more(1, 1, vec![closed()])])),
        store.commit(cases(vec![more(1, 1, vec![closed()])])),
    );
    assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1);
    assert!([a, b].contains(&Err(StoreError::Stale)));
}

pub(super) async fn events_that_do_not_follow_are_refused(place: &impl Place) {
    let store = place.open();
    register(&*store, 1, 1).await;
    let outcome = store.commit(cases(vec![more(1, 1, vec![left(5, 9)])])).await;
    assert_eq!(outcome, Err(StoreError::Broken));
    let outcome = store.commit(cases(vec![more(2, 0, vec![recorded(9, None, CaseEvent::Closed)])])).await;
    assert_eq!(outcome, Err(StoreError::Broken));
    assert_eq!(store.case(case_id(2)).await.unwrap(), None);
}

pub(super) async fn a_commit_is_whole_or_nothing(place: &impl Place) {
    let store = place.open();
    register(&*store, 1, 1).await;
    let head = *store.head().borrow();
    let bad = Commit {
        receipt: Some(receipt(1, 1, "{}")),
        cases: vec![registration(2, 1, number(2)), more(1, 9, vec![recorded(9, None, CaseEvent::Closed)])],
        ..Commit::default()
    };
    // Beside one that is right, in the same group.
    let (bad, good) =
        tokio::join!(store.commit(bad), store.commit(cases(vec![registration(3, 1, number(3))])));
    assert_eq!(bad, Err(StoreError::Stale));
    good.unwrap();
    assert_eq!(store.case(case_id(2)).await.unwrap(), None);
    assert!(store.texts(&[text_id(20)]).await.unwrap().is_empty());
    assert_eq!(store.receipt(receipt(1, 1, "").id).await.unwrap(), None);
    assert_eq!(store.changes_after(head, 100).await.unwrap().changes.len(), 1);
    assert!(store.case(case_id(3)).await.unwrap().is_some());
}

async fn register_numbered(store: &dyn Store, n: u32) -> Result<Committed, StoreError> {
    store.commit_numbered(2026, Box::new(move |number| Ok(cases(vec![registration(n, 1, number)])))).await
}

pub(super) async fn numbers_have_no_gap_and_no_double(place: &impl Place) {
    let store = place.open();
    let all = (1..=40).map(|n| {
        let store = &store;
        async move { register_numbered(&**store, n).await.unwrap() }
    });
    join_all(all).await;
    let mut serials = Vec::new();
    for n in 1..=40 {
        serials.push(store.case(case_id(n)).await.unwrap().unwrap().number.serial);
    }
    serials.sort_unstable();
    assert_eq!(serials, (1..=40).collect::<Vec<_>>());
    // Another year begins at one.
    let build = |number| Ok(cases(vec![registration(50, 1, number)]));
    store.commit_numbered(2027, Box::new(build)).await.unwrap();
    let number = store.case(case_id(50)).await.unwrap().unwrap().number;
    assert_eq!(number.to_string(), "2027-000001");
}

/// Drives futures together; the suite brings no crate for it.
async fn join_all<F: Future + Send>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.map(|f| (Box::pin(f), None)).collect();
    std::future::poll_fn(move |context| {
        for (future, output) in &mut futures {
            if output.is_none()
                && let std::task::Poll::Ready(ready) = future.as_mut().poll(context)
            {
                *output = Some(ready);
            }
        }
        if futures.iter().all(|(_, output)| output.is_some()) {
            std::task::Poll::Ready(futures.iter_mut().filter_map(|(_, output)| output.take()).collect())
        } else {
            std::task::Poll::Pending
        }
    })
    .await
}

pub(super) async fn a_refused_commit_draws_no_number(place: &impl Place) {
    let store = place.open();
    register_numbered(&*store, 1).await.unwrap();
    assert_eq!(register_numbered(&*store, 1).await, Err(StoreError::Exists));
    let refuse = store.commit_numbered(2026, Box::new(|_| Err(StoreError::Broken))).await;
    assert_eq!(refuse, Err(StoreError::Broken));
    register_numbered(&*store, 2).await.unwrap();
    assert_eq!(store.case(case_id(2)).await.unwrap().unwrap().number.serial, 2);
}

pub(super) async fn a_repeat_gives_the_stored_reply(place: &impl Place) {
    let store = place.open();
    let ask = |reply: &'static str| {
        let build = move |number| {
            let receipt = Some(receipt(1, 7, reply));
            Ok(Commit { receipt, ..cases(vec![registration(1, 1, number)]) })
        };
        store.commit_numbered(2026, Box::new(build))
    };
    assert!(matches!(ask(r#"{"n":1}"#).await.unwrap(), Committed::Done(_)));
    assert_eq!(ask(r#"{"n":2}"#).await.unwrap(), Committed::Repeated(r#"{"n":1}"#.into()));
    assert_eq!(store.case_events(case_id(1)).await.unwrap().len(), 1);
    let kept = store.receipt(receipt(1, 7, "").id).await.unwrap().unwrap();
    assert_eq!((kept.hash, kept.reply.expose().as_str()), ([7; 32], r#"{"n":1}"#));
    register_numbered(&*store, 2).await.unwrap();
    assert_eq!(store.case(case_id(2)).await.unwrap().unwrap().number.serial, 2, "a repeat draws none");
}

pub(super) async fn another_payload_conflicts(place: &impl Place) {
    let store = place.open();
    let commit = |n, hash| Commit {
        receipt: Some(receipt(1, hash, "{}")),
        ..cases(vec![registration(n, 1, number(n))])
    };
    store.commit(commit(1, 1)).await.unwrap();
    assert_eq!(store.commit(commit(2, 2)).await, Err(StoreError::Conflict));
    assert_eq!(store.case(case_id(2)).await.unwrap(), None);
}

pub(super) async fn repeats_at_once_are_done_once(place: &impl Place) {
    let store = place.open();
    let ask = || Commit { receipt: Some(receipt(1, 1, "{}")), ..cases(vec![registration(1, 1, number(1))]) };
    let outcomes = join_all((0..8).map(|_| store.commit(ask()))).await;
    let done = outcomes.iter().filter(|o| matches!(o, Ok(Committed::Done(_)))).count();
    let repeated = outcomes.iter().filter(|o| matches!(o, Ok(Committed::Repeated(_)))).count();
    assert_eq!((done, repeated), (1, 7));
}

pub(super) async fn receipts_are_forgotten_by_age(place: &impl Place) {
    let store = place.open();
    let kept = Commit { receipt: Some(receipt(1, 1, "{}")), ..Commit::default() };
    store.commit(kept).await.unwrap();
    assert_eq!(store.forget_receipts(at(0)).await.unwrap(), 0);
    assert_eq!(store.forget_receipts(at(1)).await.unwrap(), 1);
    assert_eq!(store.receipt(receipt(1, 1, "").id).await.unwrap(), None);
}

pub(super) async fn erased_texts_leave_the_replay_whole(place: &impl Place) {
    let store = place.open();
    register(&*store, 1, 1).await;
    store.erase_texts(&[text_id(10)]).await.unwrap();
    assert_eq!(store.texts(&[text_id(10), text_id(11)]).await.unwrap().len(), 1);
    let events = store.case_events(case_id(1)).await.unwrap();
    Case::replay(case_id(1), &events).unwrap();
}

async fn all_pages(store: &dyn Store, list: ListedCases, closed: bool, limit: u16) -> Vec<Case> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = store.list_cases(PageRequest { list: list.clone(), closed, after, limit }).await.unwrap();
        assert!(page.cases.len() <= usize::from(limit));
        all.extend(page.cases);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

pub(super) async fn lists_page_without_gap_or_double(place: &impl Place) {
    let store = place.open();
    for n in 1..=11 {
        register(&*store, n, n % 2).await;
    }
    store.commit(cases(vec![more(5, 1, vec![recorded(20, Some(1), CaseEvent::Closed)])])).await.unwrap();
    let ids = |cases: Vec<Case>| cases.iter().map(|c| c.number.serial).collect::<Vec<_>>();
    for limit in [1, 3, 100] {
        let mine = all_pages(&*store, ListedCases::OwnedBy(user_id(1)), false, limit).await;
        assert_eq!(ids(mine), [11, 9, 7, 3, 1], "newest first, closed left out");
        let all = all_pages(&*store, ListedCases::All, true, limit).await;
        assert_eq!(ids(all), (1..=11).rev().collect::<Vec<_>>());
    }
    // What comes while somebody pages does not move the next page.
    let request = |after| PageRequest { list: ListedCases::All, closed: true, after, limit: 4 };
    let first = store.list_cases(request(None)).await.unwrap();
    register(&*store, 12, 1).await;
    let second = store.list_cases(request(first.next)).await.unwrap();
    assert_eq!(ids(second.cases), [7, 6, 5, 4]);
}

pub(super) async fn the_inbox_shows_what_has_left(place: &impl Place) {
    let store = place.open();
    let group = || ListedCases::Inbox("bygglov".parse().unwrap());
    for (n, response) in [(1, 900), (2, 500), (3, 700), (4, 100)] {
        register(&*store, n, 1).await;
        store.commit(cases(vec![more(n, 1, vec![sent(n, "bygglov", 50, response)])])).await.unwrap();
    }
    assert!(all_pages(&*store, group(), true, 2).await.is_empty(), "nothing before it has left");
    for n in 1..=4 {
        store.commit(cases(vec![more(n, 2, vec![left(n, 60)])])).await.unwrap();
    }
    let accepted = recorded(70, Some(9), CaseEvent::Accepted { handoff: super::given::handoff_id(4) });
    store.commit(cases(vec![more(4, 3, vec![accepted])])).await.unwrap();
    for limit in [1, 2, 100] {
        let serials: Vec<_> =
            all_pages(&*store, group(), false, limit).await.iter().map(|c| c.number.serial).collect();
        assert_eq!(serials, [2, 3, 1, 4], "not accepted first, then by deadline");
    }
    assert!(all_pages(&*store, ListedCases::Inbox("skola".parse().unwrap()), true, 9).await.is_empty());
}

pub(super) async fn ones_own_list_leaves_out_what_is_closed_at_the_front(place: &impl Place) {
    use domain::structure::AfterHandoff as A;
    let store = place.open();
    for (n, after) in [(1, A::Close), (2, A::Keep), (3, A::Park)] {
        register(&*store, n, 1).await;
        store.commit(cases(vec![more(n, 1, vec![sent_and(after, n, "bygglov", 50, 900)])])).await.unwrap();
    }
    let mine = async |closed| {
        let cases = all_pages(&*store, ListedCases::OwnedBy(user_id(1)), closed, 2).await;
        cases.iter().map(|case| case.number.serial).collect::<Vec<_>>()
    };
    assert_eq!(mine(false).await, [3, 2, 1], "it can be undone");
    for n in 1..=3 {
        store.commit(cases(vec![more(n, 2, vec![left(n, 60)])])).await.unwrap();
    }
    assert_eq!((mine(false).await, mine(true).await), (vec![3, 2], vec![3, 2, 1]));
    assert_eq!(all_pages(&*store, ListedCases::All, false, 9).await.len(), 3, "the case itself is open");
    let expired = CaseEvent::ReceiptExpired { handoff: super::given::handoff_id(1) };
    store.commit(cases(vec![more(1, 3, vec![recorded(70, None, expired)])])).await.unwrap();
    assert_eq!(mine(false).await, [3, 2, 1], "it came back");
}

pub(super) async fn a_foreign_cursor_is_refused(place: &impl Place) {
    let store = place.open();
    for cursor in ["", "x", "1.2", "1.2.3", "' OR 1"] {
        let page =
            PageRequest { list: ListedCases::All, closed: false, after: Some(cursor.into()), limit: 5 };
        assert_eq!(store.list_cases(page).await, Err(StoreError::BadCursor), "{cursor:?}");
    }
}

pub(super) async fn the_clock_finds_what_is_due(place: &impl Place) {
    let store = place.open();
    assert_eq!(store.next_due(at(0)).await.unwrap(), None);
    for n in [1, 2] {
        register(&*store, n, 1).await;
        let sent = sent(n, "bygglov", 100 - i64::from(n), 900);
        store.commit(cases(vec![more(n, 1, vec![sent])])).await.unwrap();
    }
    assert_eq!(store.next_due(at(0)).await.unwrap(), Some(at(108)));
    assert!(store.due_cases(at(107), 10).await.unwrap().is_empty());
    let due: Vec<_> = store.due_cases(at(109), 10).await.unwrap().iter().map(|c| c.id).collect();
    assert_eq!(due, [case_id(2), case_id(1)], "earliest first");
    store.commit(cases(vec![more(2, 2, vec![left(2, 108)])])).await.unwrap();
    assert_eq!(store.due_cases(at(200), 10).await.unwrap().len(), 1);
    assert_eq!(store.due_cases(at(99 + 3600), 10).await.unwrap().len(), 2, "the receipt expires");
    register(&*store, 3, 1).await;
    let parked = recorded(50, Some(1), CaseEvent::Parked { until: at(9_000) });
    store.commit(cases(vec![more(3, 1, vec![parked])])).await.unwrap();
    assert_eq!(store.next_due(at(8_999)).await.unwrap(), Some(at(9_000)), "a rest is over");
    store.commit(cases(vec![more(3, 2, vec![recorded(9_000, None, CaseEvent::Unparked)])])).await.unwrap();
    assert_eq!(store.next_due(at(8_999)).await.unwrap(), None);
}

pub(super) async fn open_cases_are_found_by_number_and_customer(place: &impl Place) {
    let store = place.open();
    let phone = PhoneNumber::parse("070-174 06 05").unwrap();
    let customer = CustomerId::new(at(0), [5; 10]);
    let mut by_phone = registration(1, 1, number(1));
    by_phone.phone = Some(phone.clone());
    let mut by_customer = registration(2, 1, number(2));
    if let CaseEvent::Registered(registration) = &mut by_customer.events[0].event {
        registration.customer = Some(customer);
    }
    store.commit(cases(vec![by_phone, by_customer, registration(3, 1, number(3))])).await.unwrap();
    let found = async |phone: Option<&PhoneNumber>, customers: &[CustomerId]| {
        let open = store.open_cases(phone, customers, 9).await.unwrap();
        open.iter().map(|c| c.number.serial).collect::<Vec<_>>()
    };
    assert_eq!(found(Some(&phone), &[]).await, [1]);
    assert_eq!(found(None, &[customer]).await, [2]);
    assert_eq!(found(Some(&phone), &[customer]).await, [2, 1]);
    assert!(found(None, &[]).await.is_empty());
    store.commit(cases(vec![more(1, 1, vec![recorded(9, Some(1), CaseEvent::Closed)])])).await.unwrap();
    assert!(found(Some(&phone), &[]).await.is_empty());
}
