//! The service-hours clock, rule by rule (rules.md 1).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use domain::Timestamp;
use domain::holidays::PublicHoliday;
use domain::service_hours::*;
use std::time::Duration;

/// `2026-03-02 10:00` on the Swedish wall clock.
fn at(text: &str) -> Timestamp {
    let (date, time) = text.split_once(' ').unwrap();
    let (hour, minute) = time.split_once(':').unwrap();
    let minute = hour.parse::<u16>().unwrap() * 60 + minute.parse::<u16>().unwrap();
    moment(date.parse().unwrap(), minute).unwrap()
}

/// The other way round.
fn shown(at: Timestamp) -> String {
    let clock = wall_clock(at).unwrap();
    format!("{} {:02}:{:02}", clock.date, clock.minute / 60, clock.minute % 60)
}

fn intervals(text: &str) -> Vec<Interval> {
    text.split_whitespace().map(|i| i.parse().unwrap()).collect()
}

/// The same hours Monday to Friday.
fn weekdays(day: &str, exceptions: Vec<Exception>) -> ServiceHours {
    let day = || intervals(day);
    let week = Week { mon: day(), tue: day(), wed: day(), thu: day(), fri: day(), ..Week::default() };
    ServiceHours::new(week, exceptions, false).unwrap()
}

fn office() -> ServiceHours {
    weekdays("08:00-12:00 13:00-16:30", vec![])
}

fn exception(date: &str, open: &str, reason: &str) -> Exception {
    Exception { date: date.parse().unwrap(), open: intervals(open), reason: reason.into() }
}

fn due_at(hours: &ServiceHours, start: &str, time: &str, pauses: &[Pause]) -> String {
    shown(due(hours, at(start), time.parse().unwrap(), pauses).unwrap().due)
}

fn hours(h: u64) -> Duration {
    Duration::from_secs(h * 3600)
}

#[test]
fn rule_1_1_nothing_is_lost_at_midnight() {
    let hours_a_day = ServiceHours::always();
    assert_eq!(due_at(&hours_a_day, "2026-03-02 23:59", "2m", &[]), "2026-03-03 00:01");
    assert_eq!(due_at(&hours_a_day, "2026-03-02 10:00", "24h", &[]), "2026-03-03 10:00");
    assert_eq!(due_at(&hours_a_day, "2026-03-02 00:00", "24h", &[]), "2026-03-03 00:00");
    let week = elapsed(&hours_a_day, at("2026-03-02 00:00"), at("2026-03-09 00:00"), &[]);
    assert_eq!(week, Ok(hours(7 * 24)));
    let last_minute = Timestamp(at("2026-03-03 00:00").0 - 1);
    assert!(is_open(&hours_a_day, last_minute));
    assert_eq!(next_open(&hours_a_day, last_minute), Ok(last_minute));
}

#[test]
fn rule_1_2_the_lunch_gap_does_not_count() {
    assert_eq!(due_at(&office(), "2026-03-02 11:30", "1h", &[]), "2026-03-02 13:30");
    assert_eq!(due_at(&office(), "2026-03-02 12:15", "1h", &[]), "2026-03-02 14:00");
    assert_eq!(due_at(&office(), "2026-03-02 11:30", "30m", &[]), "2026-03-02 12:00");
    assert!(!is_open(&office(), at("2026-03-02 12:00")));
    assert!(is_open(&office(), at("2026-03-02 13:00")));
}

#[test]
fn rule_1_3_exception_days_close_or_change_the_hours() {
    let hours = weekdays(
        "08:00-16:00",
        vec![
            exception("2026-12-23", "08:00-12:00", "Dag före julafton"),
            exception("2026-12-24", "", "Julafton"),
            exception("2026-12-26", "10:00-11:00", "Jour"),
        ],
    );
    assert_eq!(due_at(&hours, "2026-12-23 11:00", "1h", &[]), "2026-12-23 12:00");
    // The 24th is closed by exception, the 25th a holiday; the 26th, a holiday too, is opened by exception.
    assert_eq!(due_at(&hours, "2026-12-23 11:00", "90m", &[]), "2026-12-26 10:30");
    assert_eq!(due_at(&hours, "2026-12-23 11:00", "2h", &[]), "2026-12-26 11:00");
    assert_eq!(due_at(&hours, "2026-12-23 11:00", "121m", &[]), "2026-12-28 08:01");
}

#[test]
fn rule_1_3_a_single_weekday_is_enough() {
    let week = Week { thu: intervals("15:00-18:00"), ..Week::default() };
    let thursdays = ServiceHours::new(week, vec![], false).unwrap();
    assert_eq!(due_at(&thursdays, "2026-03-02 10:00", "4h", &[]), "2026-03-12 16:00");
    // The 14th of May 2026 is Ascension Day, a Thursday.
    assert_eq!(due_at(&thursdays, "2026-05-08 10:00", "30m", &[]), "2026-05-21 15:30");
}

#[test]
fn rule_1_4_outside_hours_the_clock_starts_at_the_next_opening() {
    let friday_evening = at("2026-03-06 17:00");
    assert_eq!(shown(next_open(&office(), friday_evening).unwrap()), "2026-03-09 08:00");
    assert_eq!(due_at(&office(), "2026-03-06 17:00", "2h", &[]), "2026-03-09 10:00");
    let late = elapsed(&office(), friday_evening, at("2026-03-09 10:00"), &[]);
    assert_eq!(late, Ok(hours(2)), "time in hours after a start outside hours is not 0");
}

#[test]
fn rule_1_5_alarms_go_out_in_hours() {
    // 1h30m left on Friday, 30 minutes of Monday: due Monday 08:30, half of it Friday 16:00.
    let deadline = due(&office(), at("2026-03-06 15:00"), "2h".parse().unwrap(), &[]).unwrap();
    let alarms_at = alarms(&office(), &deadline, 50, AlarmHours::InHours);
    assert_eq!(
        (shown(alarms_at.warning), shown(alarms_at.overdue)),
        ("2026-03-06 16:00".into(), "2026-03-09 08:30".into())
    );
    // What falls due at closing on Friday is told on Monday, unless the group says otherwise.
    let deadline = due(&office(), at("2026-03-06 15:00"), "90m".parse().unwrap(), &[]).unwrap();
    assert_eq!(shown(deadline.due), "2026-03-06 16:30");
    assert_eq!(shown(alarms(&office(), &deadline, 75, AlarmHours::InHours).overdue), "2026-03-09 08:00");
    assert_eq!(alarms(&office(), &deadline, 75, AlarmHours::Always).overdue, deadline.due);
    assert_eq!(deadline.reached(100), deadline.due);
    assert_eq!(deadline.reached(0), at("2026-03-06 15:00"));
}

#[test]
fn rule_1_6_holidays_are_computed_visible_and_editable() {
    assert_eq!(due_at(&office(), "2026-04-02 16:00", "1h", &[]), "2026-04-07 08:30", "Easter 2026");
    let year = special_days(&office(), 2026);
    assert_eq!(year.len(), 13);
    assert!(year.iter().all(|day| day.open.is_empty()));
    assert_eq!(year[2].decided_by, Opening::Holiday { holiday: PublicHoliday::GoodFriday });

    let edited = weekdays(
        "08:00-16:30",
        vec![
            exception("2026-04-03", "10:00-12:00", "Påskjour"),
            exception("2026-06-19", "", "Midsommarafton"),
        ],
    );
    let year = special_days(&edited, 2026);
    assert_eq!(year.len(), 14);
    assert_eq!(year[2].open, intervals("10:00-12:00"));
    assert_eq!(
        year[2].holiday,
        Some(PublicHoliday::GoodFriday),
        "it is still told that the day is a holiday"
    );
    assert_eq!(due_at(&edited, "2026-04-02 16:00", "1h", &[]), "2026-04-03 10:30");

    let on_call = ServiceHours::new(office().week().clone(), vec![], true).unwrap();
    assert_eq!(due_at(&on_call, "2026-04-02 16:00", "1h", &[]), "2026-04-03 08:30");
}

#[test]
fn rule_1_7_waiting_for_the_customer_pauses_the_clock() {
    let waiting = |from, to| Pause { from: at(from), to: Some(at(to)) };
    let tuesday = waiting("2026-03-03 00:00", "2026-03-04 00:00");
    assert_eq!(due_at(&office(), "2026-03-02 15:30", "2h", &[tuesday]), "2026-03-04 09:00");
    // Days too: Monday 10 + 2 days is Wednesday 10; all of Tuesday waited, so Thursday 10.
    assert_eq!(due_at(&office(), "2026-03-02 10:00", "2d", &[tuesday]), "2026-03-05 10:00");
    // An hour waited is an hour later; over lunch and night it takes nothing.
    let hour = waiting("2026-03-02 14:00", "2026-03-02 15:00");
    assert_eq!(due_at(&office(), "2026-03-02 10:00", "2d", &[hour]), "2026-03-04 11:00");
    let lunch = waiting("2026-03-02 12:00", "2026-03-02 13:00");
    let night = waiting("2026-03-02 16:30", "2026-03-03 08:00");
    assert_eq!(due_at(&office(), "2026-03-02 10:00", "2d", &[lunch, night]), "2026-03-04 10:00");
    // Overlapping pauses take their union, one after the deadline nothing.
    let overlapping = waiting("2026-03-02 14:30", "2026-03-02 15:00");
    let after = waiting("2026-03-06 08:00", "2026-03-06 16:00");
    assert_eq!(due_at(&office(), "2026-03-02 10:00", "2d", &[after, overlapping, hour]), "2026-03-04 11:00");
    let counted = elapsed(&office(), at("2026-03-02 13:00"), at("2026-03-02 16:00"), &[hour, overlapping]);
    assert_eq!(counted, Ok(hours(2)));
}

#[test]
fn rule_1_7_while_the_waiting_goes_on_there_is_no_deadline() {
    let since = |from| [Pause { from: at(from), to: None }];
    let two_hours = "2h".parse().unwrap();
    let start = at("2026-03-02 10:00");
    assert_eq!(due(&office(), start, two_hours, &since("2026-03-02 11:00")), Err(HoursError::StillPaused));
    assert_eq!(
        shown(due(&office(), start, two_hours, &since("2026-03-02 12:00")).unwrap().due),
        "2026-03-02 12:00"
    );
    let counted = elapsed(&office(), start, at("2026-03-05 10:00"), &since("2026-03-02 11:00"));
    assert_eq!(counted, Ok(hours(1)));
}

#[test]
fn rule_1_8_the_night_in_march_has_an_hour_less() {
    let hours_a_day = ServiceHours::always();
    assert_eq!(due_at(&hours_a_day, "2026-03-28 12:00", "24h", &[]), "2026-03-29 13:00");
    let night = elapsed(&hours_a_day, at("2026-03-29 00:00"), at("2026-03-30 00:00"), &[]);
    assert_eq!(night, Ok(hours(23)));
    // Hours within the skipped hour never come.
    let week = Week { sun: intervals("02:00-03:00"), ..Week::default() };
    let sundays = ServiceHours::new(week, vec![], true).unwrap();
    assert_eq!(shown(next_open(&sundays, at("2026-03-28 12:00")).unwrap()), "2026-04-05 02:00");
    assert_eq!(due_at(&sundays, "2026-03-28 12:00", "1d", &[]), "2026-04-05 03:00");
    // In UTC the offset has moved: 08:00 is 07:00Z on Friday and 06:00Z on Monday.
    assert_eq!(at("2026-03-30 08:00").0 - at("2026-03-27 08:00").0, 71 * 3_600_000);
    assert_eq!(due_at(&office(), "2026-03-27 16:00", "1h", &[]), "2026-03-30 08:30");
}

#[test]
fn rule_1_8_the_night_in_october_has_an_hour_more() {
    let hours_a_day = ServiceHours::always();
    assert_eq!(due_at(&hours_a_day, "2026-10-24 12:00", "24h", &[]), "2026-10-25 11:00");
    let night = elapsed(&hours_a_day, at("2026-10-25 00:00"), at("2026-10-26 00:00"), &[]);
    assert_eq!(night, Ok(hours(25)));
    // 02:30 comes twice: open both times, and both count.
    let week = Week { sun: intervals("02:30-02:45"), ..Week::default() };
    let sundays = ServiceHours::new(week, vec![], true).unwrap();
    let first = at("2026-10-25 02:30");
    assert!(is_open(&sundays, first) && is_open(&sundays, first.plus_seconds(3600)));
    assert!(!is_open(&sundays, first.plus_seconds(1800)));
    let deadline = due(&sundays, at("2026-10-24 12:00"), "20m".parse().unwrap(), &[]).unwrap();
    assert_eq!(deadline.due, first.plus_seconds(3600 + 300));
    assert_eq!(deadline.counted.len(), 2);
}

#[test]
fn rule_1_9_the_groups_clock_starts_at_the_handoff_and_the_total_runs_on() {
    let front = weekdays("07:30-17:00", vec![]);
    let (first_contact, handoff) = (at("2026-03-02 08:00"), at("2026-03-02 15:00"));
    let group_due = due(&office(), handoff, "4h".parse().unwrap(), &[]).unwrap();
    assert_eq!(shown(group_due.due), "2026-03-03 10:30", "only from the handoff, only in the group's hours");
    let total = elapsed(&front, first_contact, group_due.due, &[]);
    assert_eq!(total, Ok(hours(12)), "from first contact, without a break at the handoff");
    let before = elapsed(&front, first_contact, handoff, &[]).unwrap();
    assert_eq!(before + elapsed(&front, handoff, group_due.due, &[]).unwrap(), total.unwrap());
}

#[test]
fn rule_1_10_a_deadline_explains_itself_line_by_line() {
    let hours =
        weekdays("08:00-12:00 13:00-16:30", vec![exception("2026-04-02", "08:00-12:00", "Skärtorsdag")]);
    let paused = Pause { from: at("2026-04-07 08:00"), to: Some(at("2026-04-07 09:00")) };
    let deadline = due(&hours, at("2026-04-01 17:00"), "6h".parse().unwrap(), &[paused]).unwrap();
    let lines: Vec<_> =
        deadline.counted.iter().map(|l| format!("{} {} {}", l.date, shown(l.from), shown(l.to))).collect();
    assert_eq!(
        lines,
        ["2026-04-02 2026-04-02 08:00 2026-04-02 12:00", "2026-04-07 2026-04-07 09:00 2026-04-07 11:00"]
    );
    assert_eq!(deadline.counted[0].reason, Opening::Exception { reason: "Skärtorsdag".into() });
    assert_eq!(deadline.counted[1].reason, Opening::Weekday);
    assert_eq!(deadline.service_millis(), 6 * 3_600_000);
    assert_eq!((deadline.paused.len(), shown(deadline.paused[0].to)), (1, "2026-04-07 09:00".into()));
    let skipped: Vec<_> = deadline.skipped.iter().map(|s| (s.date.to_string(), s.reason.clone())).collect();
    let holiday = |holiday| SkipReason::Holiday { holiday };
    assert_eq!(
        skipped,
        [
            ("2026-04-01".into(), SkipReason::AfterClosing),
            ("2026-04-03".into(), holiday(PublicHoliday::GoodFriday)),
            ("2026-04-04".into(), SkipReason::ClosedWeekday),
            ("2026-04-05".into(), holiday(PublicHoliday::EasterDay)),
            ("2026-04-06".into(), holiday(PublicHoliday::EasterMonday)),
        ]
    );
}

#[test]
fn service_days_end_at_the_same_point_of_a_later_open_day() {
    // An open day: the same point.
    assert_eq!(due_at(&office(), "2026-03-02 10:00", "2d", &[]), "2026-03-04 10:00");
    assert_eq!(due_at(&office(), "2026-03-05 10:00", "2d", &[]), "2026-03-09 10:00", "over the weekend");
    // Asked outside hours, the next open day is the first of them, and the last ends at closing.
    assert_eq!(due_at(&office(), "2026-03-07 10:00", "2d", &[]), "2026-03-10 16:30");
    assert_eq!(due_at(&office(), "2026-03-06 17:00", "1d", &[]), "2026-03-09 16:30");
    assert_eq!(due_at(&office(), "2026-03-02 08:00", "1d", &[]), "2026-03-02 16:30");
    // A shorter day: at closing.
    let short = weekdays("08:00-16:00", vec![exception("2026-03-04", "08:00-10:00", "Planeringsdag")]);
    assert_eq!(due_at(&short, "2026-03-02 14:00", "2d", &[]), "2026-03-04 10:00");
    // A day that opens later: the same service time into it.
    let late = weekdays("08:00-16:00", vec![exception("2026-03-04", "12:00-16:00", "Möte")]);
    assert_eq!(due_at(&late, "2026-03-02 10:00", "2d", &[]), "2026-03-04 14:00");
    // A closed day is no day.
    let closed = weekdays("08:00-16:00", vec![exception("2026-03-03", "", "Utbildning")]);
    assert_eq!(due_at(&closed, "2026-03-02 10:00", "1d", &[]), "2026-03-04 10:00");
}

#[test]
fn hours_that_never_open_say_so() {
    let never = ServiceHours::default();
    let closed_by_exception = weekdays("", vec![exception("2026-03-04", "", "Stängt")]);
    let past = weekdays("", vec![exception("2026-03-01", "08:00-09:00", "Öppet hus")]);
    for hours in [never, closed_by_exception, past] {
        for time in ["1m", "1d"] {
            let none = due(&hours, at("2026-03-02 10:00"), time.parse().unwrap(), &[]);
            assert_eq!(none, Err(HoursError::NeverOpen));
        }
        assert_eq!(next_open(&hours, at("2026-03-02 10:00")), Err(HoursError::NeverOpen));
        assert_eq!(elapsed(&hours, at("2026-03-02 10:00"), at("2026-03-04 10:00"), &[]), Ok(Duration::ZERO));
    }
}

#[test]
fn the_search_ends() {
    let once = weekdays("", vec![exception("2026-03-04", "08:00-09:00", "Öppet hus")]);
    let start = at("2026-03-02 10:00");
    for time in ["61m", "2d", "4294967295m", "4294967295d"] {
        assert_eq!(due(&once, start, time.parse().unwrap(), &[]), Err(HoursError::BeyondHorizon));
        let long = due(&office(), start, "4294967295d".parse().unwrap(), &[]);
        assert_eq!(long, Err(HoursError::BeyondHorizon));
    }
    for beyond in [Timestamp(i64::MAX), Timestamp(i64::MIN)] {
        assert_eq!(due(&office(), beyond, ServiceTime::Days(1), &[]), Err(HoursError::OutsideCalendar));
        assert_eq!(next_open(&office(), beyond), Err(HoursError::OutsideCalendar));
        assert!(!is_open(&office(), beyond));
    }
    assert_eq!(elapsed(&office(), Timestamp(0), Timestamp(i64::MAX), &[]), Err(HoursError::BeyondHorizon));
    assert_eq!(elapsed(&office(), start, Timestamp(0), &[]), Ok(Duration::ZERO));
}

#[test]
fn hours_are_written_as_people_read_them() {
    let text = r#"{
        "week": { "mon": ["13:00-16:30", "08:00-12:00"], "sun": ["00:00-24:00"] },
        "exceptions": [{ "date": "2026-12-23", "open": ["08:00-12:00"], "reason": "Dag före julafton" }]
    }"#;
    let hours: ServiceHours = serde_json::from_str(text).unwrap();
    assert_eq!(
        serde_json::to_value(&hours).unwrap(),
        serde_json::json!({
            "week": { "mon": ["08:00-12:00", "13:00-16:30"], "sun": ["00:00-24:00"] },
            "exceptions": [{ "date": "2026-12-23", "open": ["08:00-12:00"], "reason": "Dag före julafton" }],
            "open_on_holidays": false
        })
    );
}

#[test]
fn hours_that_contradict_themselves_are_refused() {
    let fault =
        |json: serde_json::Value| serde_json::from_value::<ServiceHours>(json).unwrap_err().to_string();
    let day = |hours: serde_json::Value| serde_json::json!({ "week": { "tue": hours } });
    let says = |json, words: &str| assert!(fault(json).contains(words), "{words}");
    says(day(serde_json::json!(["12:00-13:00", "08:00-12:01"])), "tue: 08:00-12:01 and 12:00-13:00 overlap");
    says(day(serde_json::json!(["08:00-08:00"])), "empty");
    says(day(serde_json::json!(["12:00-08:00"])), "ends before it begins");
    says(day(serde_json::json!(["12:00-24:30"])), "beyond 24:00");
    says(serde_json::json!({ "week": { "måndag": [] } }), "unknown field");
    let exception = |date| serde_json::json!({ "date": date, "reason": "" });
    says(
        serde_json::json!({ "exceptions": [exception("2026-12-23"), exception("2026-12-23")] }),
        "two exceptions",
    );
    says(serde_json::json!({ "exceptions": [exception("2026-13-23")] }), "not a date");
    assert!(
        ServiceHours::new(
            Week { mon: intervals("08:00-12:00 12:00-16:00"), ..Week::default() },
            vec![],
            false
        )
        .is_ok()
    );
}
