//! The clock once more, as slowly and plainly as it can be said: look at every minute, read the wall
//! clock by hand, ask whether the group is open. Shares nothing with the code under test: time zone,
//! calendar and holidays are its own.

use std::collections::{BTreeMap, HashSet};

pub const MINUTE: i64 = 60_000;
const DAY: i64 = 1440;

/// From and to, minutes of the day.
pub type Open = Vec<(u16, u16)>;

#[derive(Debug, Clone)]
pub struct Oracle {
    /// Monday first.
    pub week: [Open; 7],
    /// By day number since 1970-01-01.
    pub exceptions: BTreeMap<i64, Open>,
    pub open_on_holidays: bool,
    /// In milliseconds, `to` exclusive.
    pub pauses: Vec<(i64, i64)>,
}

/// Public holidays of 2026 and 2027 (rules.md 1).
#[rustfmt::skip]
const HOLIDAYS: [(i64, [(i64, i64); 13]); 2] = [
    (
        2026,
        [
            (1, 1), (6, 1), (3, 4), (5, 4), (6, 4), (1, 5), (14, 5), (24, 5), (6, 6), (20, 6), (31, 10), (25, 12),
            (26, 12),
        ],
    ),
    (
        2027,
        [
            (1, 1), (6, 1), (26, 3), (28, 3), (29, 3), (1, 5), (6, 5), (16, 5), (6, 6), (26, 6), (6, 11), (25, 12),
            (26, 12),
        ],
    ),
];

/// Days from 1970-01-01, counted month by month.
pub fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let leap = |y: i64| (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    let years: i64 = (1970..year).map(|y| if leap(y) { 366 } else { 365 }).sum();
    let length = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let months: i64 = (1..month).map(|m| length[(m - 1) as usize]).sum();
    years + months + day - 1
}

/// 0 is Monday; the first of January 1970 was a Thursday.
pub fn weekday(day: i64) -> usize {
    ((day + 3) % 7) as usize
}

fn last_sunday(year: i64, month: i64) -> i64 {
    (25..=31).map(|d| day_number(year, month, d)).find(|d| weekday(*d) == 6).unwrap()
}

thread_local! {
    /// First and last minute of each summer time.
    static SUMMERS: Vec<(i64, i64)> = (2025..=2029)
        .map(|year| (last_sunday(year, 3) * DAY + 60, last_sunday(year, 10) * DAY + 60))
        .collect();
    static FREE: HashSet<i64> = HOLIDAYS
        .iter()
        .flat_map(|(year, days)| days.iter().map(|(day, month)| day_number(*year, *month, *day)))
        .collect();
}

/// Minutes to add to UTC: summer time between 01:00 UTC on the last Sundays of March and October.
fn offset(utc_minute: i64) -> i64 {
    let summer = SUMMERS.with(|all| all.iter().any(|(from, to)| *from <= utc_minute && utc_minute < *to));
    if summer { 120 } else { 60 }
}

/// The moment of a wall-clock time, the earlier of two, by searching for it.
pub fn wall(day: i64, minute: i64) -> i64 {
    let about = day * DAY + minute;
    (about - 120..=about).find(|utc| utc + offset(*utc) == about).unwrap_or(about - 60) * MINUTE
}

impl Oracle {
    fn hours_of(&self, day: i64) -> &[(u16, u16)] {
        if let Some(open) = self.exceptions.get(&day) {
            return open;
        }
        let holiday = FREE.with(|free| free.contains(&day));
        if holiday && !self.open_on_holidays { &[] } else { &self.week[weekday(day)] }
    }

    fn date_of(at: i64) -> i64 {
        let utc = at.div_euclid(MINUTE);
        (utc + offset(utc)).div_euclid(DAY)
    }

    pub fn open(&self, at: i64) -> bool {
        let utc = at.div_euclid(MINUTE);
        let local = utc + offset(utc);
        let minute = local.rem_euclid(DAY) as u16;
        self.hours_of(local.div_euclid(DAY)).iter().any(|(from, to)| (*from..*to).contains(&minute))
    }

    fn counts(&self, at: i64) -> bool {
        self.open(at) && !self.pauses.iter().any(|(from, to)| (*from..*to).contains(&at))
    }

    /// The first open step from `at`.
    pub fn next_open(&self, at: i64, step: i64, days: i64) -> Option<i64> {
        steps(at, step, days).find(|at| self.open(*at))
    }

    /// Counted milliseconds in `from..to`, which lie on steps.
    pub fn elapsed(&self, from: i64, to: i64, step: i64) -> i64 {
        steps(from, step, 0).take_while(|at| *at < to).filter(|at| self.counts(*at)).count() as i64 * step
    }

    /// When so many counted milliseconds have passed.
    pub fn due(&self, start: i64, millis: i64, step: i64, days: i64) -> Option<i64> {
        let mut left = millis;
        for at in steps(start, step, days) {
            if self.counts(at) {
                left -= step;
                if left == 0 {
                    return Some(at + step);
                }
            }
        }
        None
    }

    /// Open milliseconds from `start` to the same point in service time `n` open days after the first,
    /// at most to that day's closing.
    pub fn service_days(&self, start: i64, n: u32, step: i64, days: i64) -> Option<i64> {
        let first = self.next_open(start, step, days)?;
        let today = Self::date_of(first);
        let in_day = |from: i64, day: i64| -> i64 {
            steps(from, step, 3).filter(|at| Self::date_of(*at) == day && self.open(*at)).count() as i64
                * step
        };
        let midnight = wall(today, 0);
        let phase = (first - midnight).rem_euclid(step);
        let point =
            steps(midnight + phase, step, 3).take_while(|at| *at < first).filter(|at| self.open(*at)).count()
                as i64
                * step;
        let mut total = in_day(first, today);
        let mut left = n;
        for day in today + 1..today + days {
            let whole = in_day(wall(day, 0), day);
            if whole == 0 {
                continue;
            }
            left -= 1;
            if left == 0 {
                return Some(total + point.min(whole));
            }
            total += whole;
        }
        None
    }
}

fn steps(from: i64, step: i64, days: i64) -> impl Iterator<Item = i64> {
    let days = if days == 0 { 400 } else { days };
    (0..days * DAY * MINUTE / step).map(move |n| from + n * step)
}
