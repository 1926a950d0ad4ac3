//! Alarms: looked at in time, raised once, seen by name.

use super::Place;
use super::given::{at, case_id, cases, handoff_id, left, more, recorded, register, sent, user_id};
use crate::{Acknowledgement, AlarmLook, Change, Commit, Cursor, Store, StoreError};
use domain::alarm::{Alarm, AlarmKind, AlarmStep, Planned};
use domain::case::CaseEvent;

/// Case `n` with its group, at version 3.
async fn with_the_group(store: &dyn Store, n: u32) {
    register(store, n, 1).await;
    store.commit(cases(vec![more(n, 1, vec![sent(n, "bygglov", 50, 900), left(n, 60)])])).await.unwrap();
}

fn alarm(n: u32, step: AlarmStep) -> Alarm {
    Alarm { kind: AlarmKind::Response, handoff: Some(handoff_id(n)), step }
}

fn look(n: u32, version: u32, steps: &[AlarmStep], next: Option<i64>) -> AlarmLook {
    let planned = |step: &AlarmStep| Planned { alarm: alarm(n, *step), due: at(900), at: at(900) };
    let raise = steps.iter().map(planned).collect();
    AlarmLook { case_id: case_id(n), version, raise, next: next.map(at) }
}

async fn told(store: &dyn Store, after: Cursor) -> Vec<AlarmStep> {
    let changes = store.changes_after(after, 100).await.unwrap().changes;
    let step = |change| match change {
        Change::Alarm { case_id: case, kind: AlarmKind::Response, step } if case == case_id(1) => Some(step),
        _ => None,
    };
    changes.into_iter().filter_map(|(_, change)| step(change)).collect()
}

pub(super) async fn alarms_are_looked_at_in_time_and_after_every_change(place: &impl Place) {
    let store = place.open();
    let due = async |seconds| {
        let due = store.alarms_due(at(seconds), 10).await.unwrap();
        due.iter().map(|due| (due.case.number.serial, due.raised.len())).collect::<Vec<_>>()
    };
    register(&*store, 1, 1).await;
    store.commit(cases(vec![more(1, 1, vec![sent(1, "bygglov", 50, 900)])])).await.unwrap();
    assert_eq!(due(9_999).await, [], "nothing runs before it has left");
    store.commit(cases(vec![more(1, 2, vec![left(1, 60)])])).await.unwrap();
    with_the_group(&*store, 2).await;
    assert_eq!(due(60).await, [(1, 0), (2, 0)], "they have changed");
    assert_eq!(store.alarms_due(at(60), 1).await.unwrap().len(), 1);
    let looks = vec![look(1, 3, &[], Some(700)), look(2, 3, &[AlarmStep::Soon], Some(600))];
    store.keep_alarms(looks, at(60)).await.unwrap();
    assert_eq!(
        (due(599).await, due(600).await, due(700).await),
        (vec![], vec![(2, 1)], vec![(2, 1), (1, 0)])
    );
    assert_eq!(store.next_alarm(at(60)).await.unwrap(), Some(at(600)));
    assert_eq!(store.next_alarm(at(600)).await.unwrap(), Some(at(700)));
    let accepted = |n| recorded(80, Some(9), CaseEvent::Accepted { handoff: handoff_id(n) });
    store.commit(cases(vec![more(1, 3, vec![accepted(1)])])).await.unwrap();
    assert_eq!(due(80).await, [(1, 0)], "it changed");
    store.keep_alarms(vec![look(1, 4, &[], None), look(2, 3, &[], None)], at(80)).await.unwrap();
    assert_eq!((due(9_999).await, store.next_alarm(at(0)).await.unwrap()), (vec![], None));
    store.commit(cases(vec![more(2, 3, vec![accepted(2)])])).await.unwrap();
    store.keep_alarms(vec![look(2, 4, &[], Some(700))], at(80)).await.unwrap();
    store.look_at_alarms_again().await.unwrap();
    assert_eq!(due(81).await, [(2, 1)], "where any is ahead");
}

pub(super) async fn an_alarm_is_raised_once_whoever_looks(place: &impl Place) {
    let store = place.open();
    with_the_group(&*store, 1).await;
    let before = *store.head().borrow();
    let ask = |seconds| store.keep_alarms(vec![look(1, 3, &[AlarmStep::Soon], Some(950))], at(seconds));
    let (a, b, c) = tokio::join!(ask(900), ask(900), ask(901));
    assert_eq!((a, b, c), (Ok(()), Ok(()), Ok(())));
    assert_eq!(told(&*store, before).await, [AlarmStep::Soon]);
    store.close().await.unwrap();
    let store = place.open();
    let both = look(1, 3, &[AlarmStep::Soon, AlarmStep::Overdue], None);
    store.keep_alarms(vec![both], at(950)).await.unwrap();
    assert_eq!(told(&*store, before).await, [AlarmStep::Soon, AlarmStep::Overdue]);
    let raised = store.alarms(&[case_id(1), case_id(7)]).await.unwrap();
    assert_eq!(raised.len(), 1);
    let mut of_case = raised[&case_id(1)].clone();
    of_case.sort_unstable_by_key(|raised| raised.alarm);
    assert_eq!(
        of_case.iter().map(|r| r.alarm.step).collect::<Vec<_>>(),
        [AlarmStep::Soon, AlarmStep::Overdue]
    );
    assert_eq!((of_case[1].due, of_case[1].at, of_case[1].acknowledged), (at(900), at(950), None));
    // Of the case itself too.
    let own = Alarm { kind: AlarmKind::Promise, handoff: None, step: AlarmStep::Soon };
    for seconds in [960, 970] {
        let raise = vec![Planned { alarm: own, due: at(900), at: at(900) }];
        let look = AlarmLook { case_id: case_id(1), version: 3, raise, next: None };
        store.keep_alarms(vec![look], at(seconds)).await.unwrap();
    }
    assert_eq!(store.alarms(&[case_id(1)]).await.unwrap()[&case_id(1)].len(), 3);
}

pub(super) async fn a_look_at_a_case_that_has_changed_keeps_nothing(place: &impl Place) {
    let store = place.open();
    with_the_group(&*store, 1).await;
    with_the_group(&*store, 2).await;
    let before = *store.head().borrow();
    let looks = vec![look(1, 2, &[AlarmStep::Soon], Some(950)), look(2, 3, &[AlarmStep::Soon], Some(950))];
    store.keep_alarms(looks, at(900)).await.unwrap();
    assert_eq!(told(&*store, before).await, []);
    let due = store.alarms_due(at(900), 9).await.unwrap();
    assert_eq!(due.iter().map(|due| due.case.id).collect::<Vec<_>>(), [case_id(1)], "looked at again");
    assert_eq!(store.alarms(&[case_id(1), case_id(2)]).await.unwrap().len(), 1, "the others are kept");
}

pub(super) async fn an_alarm_is_seen_by_the_first_who_says_so(place: &impl Place) {
    let store = place.open();
    with_the_group(&*store, 1).await;
    store.keep_alarms(vec![look(1, 3, &[AlarmStep::Soon], None)], at(900)).await.unwrap();
    let seen = |step, by, seconds| {
        let acknowledged = vec![Acknowledgement {
            case_id: case_id(1),
            alarm: alarm(1, step),
            by: user_id(by),
            at: at(seconds),
        }];
        store.commit(Commit { acknowledged, ..Commit::default() })
    };
    seen(AlarmStep::Soon, 1, 910).await.unwrap();
    seen(AlarmStep::Soon, 2, 920).await.unwrap();
    let raised = store.alarms(&[case_id(1)]).await.unwrap();
    assert_eq!(raised[&case_id(1)][0].acknowledged, Some((user_id(1), at(910))));
    assert_eq!(seen(AlarmStep::Lead, 1, 930).await, Err(StoreError::NotFound), "it was not raised");
}
