//! Groups that are asked about a case, or told of it, and do not have it.

use super::Place;
use super::given::{at, bytes, cases, left, more, recorded, register, sent, text_id};
use crate::{ListedCases, PageRequest, Store};
use domain::QuestionId;
use domain::case::{Asked, CaseEvent};
use domain::handoff::Include;

fn asked(n: u32, group: &str, due: i64) -> CaseEvent {
    let of = Asked::Group { group: group.parse().unwrap(), include: Include::NONE, due: at(due) };
    CaseEvent::Asked { question: question(n), of, text: text_id(900 + n) }
}

fn question(n: u32) -> QuestionId {
    QuestionId::new(at(0), bytes(n))
}

async fn inbox(store: &dyn Store, group: &str, limit: u16) -> Vec<u32> {
    let (mut serials, mut after) = (Vec::new(), None);
    loop {
        let list = ListedCases::Inbox(group.parse().unwrap());
        let page = store.list_cases(PageRequest { list, closed: false, after, limit }).await.unwrap();
        serials.extend(page.cases.iter().map(|case| case.number.serial));
        after = page.next;
        if after.is_none() {
            return serials;
        }
    }
}

pub(super) async fn the_inbox_shows_what_a_group_is_asked_and_told(place: &impl Place) {
    let store = place.open();
    for n in 1..=4 {
        register(&*store, n, 1).await;
    }
    let one = |n, version, event| cases(vec![more(n, version, vec![recorded(60, Some(1), event)])]);
    store.commit(cases(vec![more(1, 1, vec![sent(1, "miljo", 5, 500), left(1, 15)])])).await.unwrap();
    store.commit(one(2, 1, asked(2, "miljo", 900))).await.unwrap();
    store.commit(one(3, 1, asked(3, "miljo", 100))).await.unwrap();
    let told = CaseEvent::Informed { group: "miljo".parse().unwrap(), include: Include::NONE };
    store.commit(one(4, 1, told.clone())).await.unwrap();
    // Asked and told of the same, it is there once; and told of what it has, it has it.
    store.commit(one(2, 2, told.clone())).await.unwrap();
    store.commit(one(1, 3, told)).await.unwrap();
    for limit in [1, 3, 100] {
        assert_eq!(inbox(&*store, "miljo", limit).await, [1, 3, 2, 4], "to accept, by time, for information");
    }
    assert!(inbox(&*store, "skola", 9).await.is_empty());
    let reply = CaseEvent::Replied { question: question(3), text: text_id(950), resolution_due: None };
    store.commit(one(3, 2, reply)).await.unwrap();
    store.commit(one(4, 2, CaseEvent::Closed)).await.unwrap();
    assert_eq!(inbox(&*store, "miljo", 9).await, [1, 2], "answered, and closed");
}
