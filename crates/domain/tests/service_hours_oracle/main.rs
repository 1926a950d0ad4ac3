//! The service-hours clock against an oracle that looks at every minute.
//! `SVARSPLATS_LONG=1` tries many more weeks.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod oracle;

use domain::Timestamp;
use domain::service_hours::*;
use oracle::{MINUTE, Open, Oracle, day_number, wall, weekday};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Days that the oracle looks ahead.
const AHEAD: i64 = 45;

fn cases(usual: u32) -> ProptestConfig {
    let long = std::env::var_os("SVARSPLATS_LONG").is_some_and(|v| v == "1");
    ProptestConfig {
        cases: if long { usual * 30 } else { usual },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Up to four intervals, some adjoining, often touching midnight or the hours around the DST change.
fn open_day() -> impl Strategy<Value = Open> {
    let edge = prop_oneof![
        4 => 0u16..=1440,
        4 => (0u16..=96).prop_map(|quarter| quarter * 15),
        1 => Just(0),
        1 => Just(1440),
        2 => prop::sample::select(vec![90, 119, 120, 121, 150, 179, 180, 181, 210]),
    ];
    let intervals = prop::collection::btree_set(edge, 0..=8).prop_map(|edges| {
        let edges: Vec<u16> = edges.into_iter().collect();
        edges.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect::<Open>()
    });
    prop_oneof![
        6 => intervals,
        3 => Just(vec![(480, 720), (780, 990)]),
        2 => Just(vec![(0, 1440)]),
        1 => Just(vec![(0, 720), (720, 1440)]),
        2 => Just(vec![]),
    ]
}

/// A day of 2026 or 2027, often near a DST night or a row of holidays.
fn day() -> impl Strategy<Value = i64> {
    let near = vec![
        day_number(2026, 3, 29),
        day_number(2026, 10, 25),
        day_number(2027, 3, 28),
        day_number(2026, 4, 4),
        day_number(2026, 5, 14),
        day_number(2026, 6, 6),
        day_number(2026, 6, 20),
        day_number(2026, 12, 25),
        day_number(2027, 1, 4),
        day_number(2027, 5, 8),
    ];
    prop_oneof![
        3 => (prop::sample::select(near), -6i64..=2).prop_map(|(day, before)| day + before),
        1 => day_number(2026, 1, 2)..day_number(2027, 10, 1),
    ]
}

fn clock() -> impl Strategy<Value = (Oracle, i64)> {
    let exceptions = prop::collection::btree_map(-3i64..12, open_day(), 0..4);
    let pauses = prop::collection::vec((-600i64..12_000, 0i64..4_000), 0..4);
    (prop::array::uniform7(open_day()), exceptions, any::<bool>(), pauses, day(), 0i64..1440).prop_map(
        |(week, exceptions, open_on_holidays, pauses, day, minute)| {
            let start = wall(day, minute);
            let exceptions: BTreeMap<i64, Open> =
                exceptions.into_iter().map(|(after, open)| (day + after, open)).collect();
            let pauses = pauses
                .into_iter()
                .map(|(from, length)| (start + from * MINUTE, start + (from + length) * MINUTE))
                .collect();
            (Oracle { week, exceptions, open_on_holidays, pauses }, start)
        },
    )
}

/// The oracle's hours, for the code under test.
fn hours(oracle: &Oracle) -> ServiceHours {
    let open = |day: &Open| day.iter().map(|(from, to)| Interval::new(*from, *to).unwrap()).collect();
    let [mon, tue, wed, thu, fri, sat, sun] = oracle.week.each_ref().map(open);
    let date = |day: i64| wall_clock(Timestamp(wall(day, 720))).unwrap().date;
    let exceptions = oracle
        .exceptions
        .iter()
        .map(|(day, hours)| Exception { date: date(*day), open: open(hours), reason: "eget".into() })
        .collect();
    ServiceHours::new(Week { mon, tue, wed, thu, fri, sat, sun }, exceptions, oracle.open_on_holidays)
        .unwrap()
}

fn pauses(oracle: &Oracle) -> Vec<Pause> {
    oracle
        .pauses
        .iter()
        .map(|(from, to)| Pause { from: Timestamp(*from), to: Some(Timestamp(*to)) })
        .collect()
}

fn far(start: i64) -> i64 {
    start + AHEAD * 1440 * MINUTE
}

/// What the code says is what the oracle says; where the oracle saw nothing, it lies further off.
fn same(said: &Result<Deadline, HoursError>, seen: Option<i64>, start: i64) -> Result<(), TestCaseError> {
    match (said, seen) {
        (Ok(deadline), Some(due)) => prop_assert_eq!(deadline.due, Timestamp(due)),
        (Ok(deadline), None) => prop_assert!(deadline.due.0 > far(start)),
        (Err(error), None) => {
            prop_assert!(matches!(error, HoursError::NeverOpen | HoursError::BeyondHorizon))
        }
        (Err(error), Some(due)) => prop_assert!(false, "{error} but seen at {due}"),
    }
    Ok(())
}

/// The lines add up, lie in order within open time outside pauses, and end at the due moment.
fn explained(deadline: &Deadline, oracle: &Oracle, start: i64, step: i64) -> Result<(), TestCaseError> {
    let mut last = start;
    for line in &deadline.counted {
        prop_assert!(last <= line.from.0 && line.from < line.to);
        prop_assert_eq!(oracle.elapsed(line.from.0, line.to.0, step), line.to.0 - line.from.0);
        last = line.to.0;
    }
    prop_assert_eq!(last, deadline.due.0);
    let named: std::collections::BTreeSet<_> = deadline
        .counted
        .iter()
        .map(|line| line.date)
        .chain(deadline.skipped.iter().map(|s| s.date))
        .collect();
    let first = wall_clock(Timestamp(start)).unwrap().date;
    let last = wall_clock(Timestamp(deadline.due.0 - 1)).unwrap().date;
    let mut expected = first.0;
    for date in named {
        prop_assert_eq!(date.0, expected, "each day is counted or skipped");
        expected = expected.tomorrow().unwrap();
    }
    prop_assert_eq!(expected.yesterday().unwrap(), last.0);
    Ok(())
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn due_in_minutes((oracle, start) in clock(), minutes in 1u32..2_400) {
        let said = due(&hours(&oracle), Timestamp(start), ServiceTime::Minutes(minutes), &pauses(&oracle));
        same(&said, oracle.due(start, i64::from(minutes) * MINUTE, MINUTE, AHEAD), start)?;
        if let Ok(deadline) = said {
            prop_assert_eq!(deadline.service_millis(), i64::from(minutes) * MINUTE);
            if deadline.due.0 < far(start) {
                explained(&deadline, &oracle, start, MINUTE)?;
            }
        }
    }

    #[test]
    fn due_in_days((oracle, start) in clock(), days in 1u32..8) {
        let said = due(&hours(&oracle), Timestamp(start), ServiceTime::Days(days), &pauses(&oracle));
        let budget = oracle.service_days(start, days, MINUTE, AHEAD);
        let Some(budget) = budget else { return Ok(()) };
        same(&said, oracle.due(start, budget, MINUTE, AHEAD), start)?;
        if let Ok(deadline) = said {
            prop_assert_eq!(deadline.service_millis(), budget);
        }
    }

    #[test]
    fn time_elapsed((oracle, start) in clock(), minutes in -60i64..20_000) {
        let to = start + minutes * MINUTE;
        let said = elapsed(&hours(&oracle), Timestamp(start), Timestamp(to), &pauses(&oracle)).unwrap();
        prop_assert_eq!(said.as_millis() as i64, oracle.elapsed(start, to, MINUTE));
    }

    #[test]
    fn the_next_opening((oracle, start) in clock(), second in 0i64..60) {
        let at = start + second * 1000;
        let said = next_open(&hours(&oracle), Timestamp(at));
        // An opening is on a whole minute, unless it is now.
        let seen = if oracle.open(at) { Some(at) } else { oracle.next_open(start, MINUTE, AHEAD) };
        match (said, seen) {
            (Ok(said), Some(seen)) => prop_assert_eq!(said, Timestamp(seen)),
            (Ok(said), None) => prop_assert!(said.0 > far(start)),
            (Err(error), seen) => prop_assert!(error == HoursError::NeverOpen && seen.is_none()),
        }
        prop_assert_eq!(is_open(&hours(&oracle), Timestamp(at)), oracle.open(at));
    }

    #[test]
    fn the_end_of_a_due_time_is_when_it_has_elapsed((oracle, start) in clock(), minutes in 1u32..6_000) {
        let (hours, pauses) = (hours(&oracle), pauses(&oracle));
        if let Ok(deadline) = due(&hours, Timestamp(start), ServiceTime::Minutes(minutes), &pauses) {
            let by = |to| elapsed(&hours, Timestamp(start), Timestamp(to), &pauses).unwrap().as_millis() as i64;
            prop_assert_eq!(by(deadline.due.0), i64::from(minutes) * MINUTE);
            prop_assert_eq!(by(deadline.due.0 - 1), i64::from(minutes) * MINUTE - 1, "the earliest such moment");
        }
    }
}

proptest! {
    #![proptest_config(cases(20))]

    /// Starts and pauses in the middle of a minute.
    #[test]
    fn due_to_the_second((oracle, start) in clock(), seconds in 0i64..60, minutes in 1u32..300) {
        let (step, ahead) = (1000, 4);
        let start = start + seconds * 1000;
        let mut oracle = oracle;
        for (index, (from, to)) in oracle.pauses.iter_mut().enumerate() {
            *from += index as i64 * 7_000;
            *to += index as i64 * 11_000;
        }
        let said = due(&hours(&oracle), Timestamp(start), ServiceTime::Minutes(minutes), &pauses(&oracle));
        match oracle.due(start, i64::from(minutes) * MINUTE, step, ahead) {
            Some(seen) => {
                let deadline = said.unwrap();
                prop_assert_eq!(deadline.due, Timestamp(seen));
                explained(&deadline, &oracle, start, step)?;
            }
            None => prop_assert!(said.is_err() || said.unwrap().due.0 > start + ahead * 1440 * MINUTE),
        }
    }
}

#[test]
fn the_oracle_reads_the_calendar_right() {
    assert_eq!(day_number(2026, 11, 21), 20_778);
    assert_eq!(weekday(day_number(2026, 11, 21)), 5, "a Saturday");
    assert_eq!(wall(day_number(2026, 7, 1), 600), 1_782_892_800_000, "10:00 is 08:00Z in July");
    assert_eq!(wall(day_number(2026, 12, 1), 600), 1_796_115_600_000, "and 09:00Z in December");
}
