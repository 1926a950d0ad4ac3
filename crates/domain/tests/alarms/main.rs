//! Alarms of a case: none missed, none twice, in order, and never to one who may not see it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod given;

use domain::alarm::{Alarm, AlarmKind as K, AlarmStep as S, Planned, Raised};
use domain::case::{Case, CaseEvent};
use domain::service_hours::AlarmHours;
use domain::structure::Structure;
use domain::{TextId, Timestamp};
use given::{
    HOUR, NOW, accepted, actors, answered, case, group_of, left, officer, owner, sent, shown, structure,
};
use proptest::prelude::*;

/// Raises at each of the moments what is due then, as a job does that looks at just those.
fn looks_at(case: &Case, structure: &Structure, moments: impl Iterator<Item = Timestamp>) -> Vec<Planned> {
    let (mut raised, mut all) = (Vec::<Raised>::new(), Vec::new());
    for now in moments {
        for plan in case.look_at_alarms(structure, &raised, now).raise {
            raised.push(Raised { alarm: plan.alarm, due: plan.due, at: now, acknowledged: None });
            all.push(plan);
        }
    }
    all
}

/// Raises what is due, looking again only when the look before said so.
fn steps_through(case: &Case, structure: &Structure) -> Vec<Planned> {
    let (mut raised, mut all, mut now) = (Vec::<Raised>::new(), Vec::new(), Some(NOW));
    while let Some(at) = now {
        let look = case.look_at_alarms(structure, &raised, at);
        let at = |plan: &Planned| Raised { alarm: plan.alarm, due: plan.due, at, acknowledged: None };
        raised.extend(look.raise.iter().map(at));
        all.extend(look.raise);
        now = look.next;
    }
    all
}

fn of(kind: K, all: &[Planned]) -> Vec<(S, String)> {
    all.iter().filter(|p| p.alarm.kind == kind).map(|p| (p.alarm.step, shown(p.at))).collect()
}

#[test]
fn a_group_is_warned_before_its_receipt_time_runs_out() {
    // Sent on Tuesday at 15, two hours to accept: 90 minutes that day, 30 the next. 75 percent is at closing.
    let case = case(&[sent(2 * HOUR, 4 * HOUR), left()], None);
    let receipt = of(K::Receipt, &steps_through(&case, &structure(AlarmHours::InHours)));
    assert_eq!(receipt, [(S::Soon, "2026-03-11 08:00".to_owned())], "at the next opening, in time yet");
    let receipt = of(K::Receipt, &steps_through(&case, &structure(AlarmHours::Always)));
    assert_eq!(receipt, [(S::Soon, "2026-03-10 16:30".to_owned())]);
}

#[test]
fn a_deadline_that_is_past_goes_to_the_group_the_owner_and_the_lead() {
    let case = case(&[sent(2 * HOUR, 4 * HOUR), left(), accepted()], None);
    let all = steps_through(&case, &structure(AlarmHours::InHours));
    // Four hours from Tuesday at 15: 16.30, and 8–10.30.
    let expected = [
        (S::Soon, "2026-03-11 09:30"),
        (S::Overdue, "2026-03-11 10:30"),
        (S::Owner, "2026-03-11 11:30"),
        (S::Lead, "2026-03-11 12:30"),
    ];
    assert_eq!(of(K::Response, &all), expected.map(|(step, at)| (step, at.to_owned())));
    let concerned = |step| {
        let alarm = all.iter().find(|p| p.alarm.kind == K::Response && p.alarm.step == step).unwrap().alarm;
        let named = actors().into_iter().filter(|(_, actor)| case.alarm_concerns(&alarm, actor));
        named.map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(concerned(S::Soon), ["officer"]);
    assert_eq!(concerned(S::Overdue), ["officer"]);
    assert_eq!(concerned(S::Owner), ["owner"]);
    assert_eq!(concerned(S::Lead), ["lead"]);
}

#[test]
fn nothing_alarms_before_it_has_left_and_nothing_once_it_is_done() {
    assert!(!case(&[], None).may_alarm());
    assert!(!case(&[sent(2 * HOUR, 4 * HOUR)], None).may_alarm(), "it can be undone");
    let open = case(&[sent(2 * HOUR, 4 * HOUR), left(), accepted()], None);
    let kinds = |case: &Case| {
        let mut kinds: Vec<K> =
            steps_through(case, &structure(AlarmHours::InHours)).iter().map(|p| p.alarm.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    };
    assert_eq!(kinds(&open), [K::Response, K::Resolution], "the receipt was given");
    let events = [sent(2 * HOUR, 4 * HOUR), left(), accepted(), answered(false)];
    assert_eq!(kinds(&case(&events, None)), [K::Resolution]);
    let closed = case(&[&events[..], &[CaseEvent::Closed]].concat(), Some(HOUR));
    assert!(!closed.may_alarm() && kinds(&closed).is_empty());
}

#[test]
fn one_that_came_back_unaccepted_is_the_leads_when_its_owner_does_nothing() {
    let expired = CaseEvent::ReceiptExpired { handoff: given::handoff() };
    let back = case(&[sent(2 * HOUR, 4 * HOUR), left(), expired], None);
    let all = steps_through(&back, &structure(AlarmHours::InHours));
    // Due at 8.30 on Wednesday; an hour of service time later.
    assert_eq!(of(K::Receipt, &all), [(S::Lead, "2026-03-11 09:30".to_owned())]);
    assert_eq!(all.len(), 1);
    assert!(!back.alarm_concerns(&all[0].alarm, &officer()), "it is no longer theirs");
    let reason = TextId::new(NOW, [7; 10]);
    let returned = CaseEvent::Returned { handoff: given::handoff(), reason: Some(reason), why: None };
    assert!(!case(&[sent(2 * HOUR, 4 * HOUR), left(), returned], None).may_alarm());
}

#[test]
fn a_promise_is_its_owners_with_or_without_a_group() {
    let alone = case(&[], Some(2 * HOUR));
    let all = steps_through(&alone, &structure(AlarmHours::InHours));
    assert_eq!(all.iter().map(|p| p.alarm.step).collect::<Vec<_>>(), [S::Soon, S::Overdue, S::Lead]);
    assert!(
        alone.alarm_concerns(&all[0].alarm, &owner()) && !alone.alarm_concerns(&all[0].alarm, &officer())
    );
    let with_group = case(&[sent(2 * HOUR, 4 * HOUR), left()], Some(2 * HOUR));
    assert!(with_group.alarm_concerns(&all[0].alarm, &officer()));
    assert!(!case(&[answered(false)], Some(HOUR)).may_alarm(), "kept");
}

#[test]
fn hours_that_nobody_knows_delay_no_alarm() {
    let case = case(&[sent(2 * HOUR, 4 * HOUR), left()], Some(HOUR));
    let none = steps_through(&case, &Structure::default());
    for kind in [K::Receipt, K::Response, K::Resolution, K::Promise] {
        assert!(!of(kind, &none).is_empty(), "{kind:?}");
    }
    for plan in none.iter().filter(|plan| plan.alarm.step == S::Overdue) {
        assert_eq!(plan.at, plan.due);
    }
}

/// Some way that a case can have gone.
fn any_case() -> impl Strategy<Value = Case> {
    let promise = prop::option::of(-30 * 24 * HOUR..60 * 24 * HOUR);
    let times = (1..72 * HOUR, 1..40 * 24 * HOUR);
    (0usize..8, times, promise, any::<bool>()).prop_map(|(steps, (receipt, response), promise, confirm)| {
        let all = [
            sent(receipt, response),
            left(),
            accepted(),
            answered(confirm),
            if confirm { CaseEvent::Confirmed } else { CaseEvent::Closed },
        ];
        let expired =
            [all[0].clone(), all[1].clone(), CaseEvent::ReceiptExpired { handoff: given::handoff() }];
        match steps {
            0..=5 => case(&all[..steps], promise),
            6 => case(&expired, promise),
            _ => case(&[all[0].clone(), CaseEvent::HandoffUndone { handoff: given::handoff() }], promise),
        }
    })
}

fn any_structure() -> impl Strategy<Value = Structure> {
    prop_oneof![
        3 => Just(structure(AlarmHours::InHours)),
        2 => Just(structure(AlarmHours::Always)),
        1 => Just(Structure::default()),
    ]
}

/// Beyond every alarm of the cases above.
const END: Timestamp = Timestamp(NOW.0 + 400 * 24 * HOUR);

fn some() -> ProptestConfig {
    let long = std::env::var_os("SVARSPLATS_LONG").is_some_and(|v| v == "1");
    let cases = if long { 4_000 } else { 60 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(some())]

    #[test]
    fn none_is_missed_and_none_raised_twice(
        case in any_case(),
        structure in any_structure(),
        mut moments in prop::collection::vec(NOW.0..END.0, 0..30),
    ) {
        moments.sort_unstable();
        let whole = steps_through(&case, &structure);
        let seen = looks_at(&case, &structure, moments.into_iter().map(Timestamp).chain([END]));
        let ids = |all: &[Planned]| {
            let mut ids: Vec<Alarm> = all.iter().map(|p| p.alarm).filter(|a| a.step != S::Soon).collect();
            ids.sort_unstable();
            ids
        };
        prop_assert_eq!(ids(&seen), ids(&whole), "whoever looks seldom raises what was passed over");
        let mut unique: Vec<Alarm> = seen.iter().map(|p| p.alarm).collect();
        unique.sort_unstable();
        unique.dedup();
        prop_assert_eq!(unique.len(), seen.len());
        prop_assert_eq!(case.may_alarm(), !whole.is_empty());
    }

    #[test]
    fn a_warning_comes_before_and_an_alarm_never_early(case in any_case(), structure in any_structure()) {
        let whole = steps_through(&case, &structure);
        for plan in &whole {
            if plan.alarm.step != S::Soon {
                prop_assert!(plan.at >= plan.due);
                prop_assert!(case.look_at_alarms(&structure, &[], plan.due.plus_millis(-1))
                    .raise.iter().all(|p| p.alarm != plan.alarm));
            }
            let group = group_of(&structure);
            if let Some(group) = group.filter(|group| group.alarms == AlarmHours::InHours) {
                prop_assert!(group.hours.is_open(plan.at), "only in hours");
            }
        }
        for (earlier, later) in whole.iter().zip(whole.iter().skip(1)) {
            let one = |p: &Planned| (p.alarm.kind, p.alarm.handoff);
            if one(earlier) == one(later) {
                prop_assert!(earlier.alarm.step < later.alarm.step && earlier.at <= later.at);
            }
        }
    }

    #[test]
    fn nobody_hears_of_a_case_they_may_not_see(case in any_case(), structure in any_structure()) {
        for plan in steps_through(&case, &structure) {
            for (name, actor) in actors() {
                let concerned = case.alarm_concerns(&plan.alarm, &actor);
                prop_assert!(!concerned || case.visible_to(&actor), "{}", name);
                prop_assert!(!concerned || case.may_acknowledge(&actor), "{}", name);
            }
        }
    }
}

#[test]
fn the_third_return_and_each_after_it_is_the_leads_until_the_customer_is_answered() {
    let mut events = Vec::new();
    let mut raised = Vec::new();
    for n in 1..=4_u8 {
        let id = domain::HandoffId::new(NOW, [n; 10]);
        let mut again = sent(2 * HOUR, 4 * HOUR);
        if let CaseEvent::HandoffSent { handoff, .. } = &mut again {
            *handoff = id;
        }
        let back = if n == 2 {
            CaseEvent::ReceiptExpired { handoff: id }
        } else {
            CaseEvent::Returned { handoff: id, reason: None, why: None }
        };
        events.extend([again, CaseEvent::HandoffLeft { handoff: id, receipt_due: None }, back]);
        let now = case(&events, None);
        assert_eq!(now.returns(), usize::from(n));
        let all = steps_through(&now, &structure(AlarmHours::InHours));
        raised.push(of(K::Returned, &all).len());
        if let Some(alarm) = all.iter().find(|plan| plan.alarm.kind == K::Returned) {
            assert_eq!((alarm.alarm.step, alarm.alarm.handoff), (S::Lead, Some(id)), "each once");
            assert_eq!(alarm.at, NOW, "at once, in hours");
            let concerns = |who: &str| {
                let actor = actors().into_iter().find(|(name, _)| *name == who).unwrap().1;
                now.alarm_concerns(&alarm.alarm, &actor)
            };
            assert!(concerns("lead") && !concerns("owner") && !concerns("officer"));
        }
    }
    assert_eq!(raised, [0, 0, 1, 1]);
    events.push(answered(false));
    assert!(!case(&events, None).may_alarm(), "answered");
}
