//! Handoffs that came back, counted and listed.

use super::Place;
use super::given::{at, bytes, cases, left, more, recorded, register, sent};
use domain::HandoffId;
use domain::case::CaseEvent;

pub(super) async fn what_came_back_is_counted_by_group_and_reason(place: &impl Place) {
    let store = place.open();
    for (n, group) in [(1, "bygglov"), (2, "bygglov"), (3, "skola"), (4, "bygglov"), (5, "bygglov")] {
        register(&*store, n, 1).await;
        store.commit(cases(vec![more(n, 1, vec![sent(n, group, 5, 500), left(n, 15)])])).await.unwrap();
    }
    let handoff = |n| HandoffId::new(at(0), bytes(n));
    let back = |n, why: Option<&str>| CaseEvent::Returned {
        handoff: handoff(n),
        reason: None,
        why: why.map(|why| why.parse().unwrap()),
    };
    let came_back = [
        (1, 100, back(1, Some("fel-grupp"))),
        (2, 300, back(2, Some("fel-grupp"))),
        (3, 200, CaseEvent::ReceiptExpired { handoff: handoff(3) }),
        (4, 20, back(4, None)),
    ];
    for (n, seconds, event) in came_back {
        store.commit(cases(vec![more(n, 3, vec![recorded(seconds, None, event)])])).await.unwrap();
    }
    // What becomes of the case changes nothing about that it came back.
    store.commit(cases(vec![more(1, 4, vec![recorded(400, Some(1), CaseEvent::Closed)])])).await.unwrap();
    let returns = store.returns(at(50), 2).await.unwrap();
    let counts: Vec<_> = returns
        .counts
        .iter()
        .map(|c| (c.group.as_str(), c.expired, c.why.as_ref().map(|why| why.as_str()), c.count))
        .collect();
    assert_eq!(counts, [("bygglov", false, Some("fel-grupp"), 2), ("skola", true, None, 1)]);
    let newest: Vec<_> = returns.newest.iter().map(|(case, id)| (case.number.serial, *id)).collect();
    assert_eq!(newest, [(2, handoff(2)), (3, handoff(3))]);
    assert_eq!(store.returns(at(0), 9).await.unwrap().newest.len(), 4, "also without a reason of the list");
}
