//! Which moments of a day are open, and why.

use super::wall::stretches;
use super::{CivilDate, Interval, ServiceHours, wall_clock};
use crate::Timestamp;
use crate::holidays::{PublicHoliday, public_holiday, public_holidays};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What decides a day's hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Opening {
    /// The hours of the weekday.
    Weekday,
    /// A public holiday: closed, or the weekday's hours where the group is open on holidays.
    Holiday {
        /// Which.
        holiday: PublicHoliday,
    },
    /// The group's own exception.
    Exception {
        /// Its reason, as the administrator wrote it.
        reason: String,
    },
}

/// A day that differs from its weekday, as an administrator sees it in the year's list (rules.md 1.6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SpecialDay {
    /// The date.
    pub date: CivilDate,
    /// The public holiday on it.
    pub holiday: Option<PublicHoliday>,
    /// What decides its hours.
    pub decided_by: Opening,
    /// Its hours; empty: closed.
    pub open: Vec<Interval>,
}

/// Public holidays and exceptions of a year, by date, with the hours that hold.
#[must_use]
pub fn special_days(hours: &ServiceHours, year: i16) -> Vec<SpecialDay> {
    let exceptions = hours.exceptions().iter().map(|e| e.date.0).filter(|date| date.year() == year);
    let mut dates: Vec<Date> =
        public_holidays(year).into_iter().map(|(date, _)| date).chain(exceptions).collect();
    dates.sort_unstable();
    dates.dedup();
    let special = |date| {
        let (decided_by, open) = hours_of(hours, date);
        SpecialDay { date: CivilDate(date), holiday: public_holiday(date), decided_by, open: open.to_vec() }
    };
    dates.into_iter().map(special).collect()
}

/// Hours of a date, by the order of precedence: exception, holiday, weekday.
fn hours_of(hours: &ServiceHours, date: Date) -> (Opening, &[Interval]) {
    if let Some(exception) = hours.exception(CivilDate(date)) {
        return (Opening::Exception { reason: exception.reason.clone() }, &exception.open);
    }
    let weekday = hours.week().of(date.weekday());
    match public_holiday(date) {
        Some(holiday) if hours.open_on_holidays() => (Opening::Holiday { holiday }, weekday),
        Some(holiday) => (Opening::Holiday { holiday }, &[]),
        None => (Opening::Weekday, weekday),
    }
}

/// Milliseconds from a moment to a later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// First millisecond.
    pub from: i64,
    /// Millisecond after the last.
    pub to: i64,
}

impl Span {
    /// Length in milliseconds.
    pub(super) const fn length(self) -> i64 {
        self.to.saturating_sub(self.from)
    }

    /// The part that both share, if any.
    pub(super) fn within(self, other: Self) -> Option<Self> {
        let shared = Self { from: self.from.max(other.from), to: self.to.min(other.to) };
        (shared.from < shared.to).then_some(shared)
    }
}

/// A date with its open spans.
pub(super) struct Day {
    pub date: CivilDate,
    pub opening: Opening,
    /// Its first moment.
    pub start: i64,
    /// Open spans in order of time, apart from each other or adjoining.
    pub spans: Vec<Span>,
}

impl Day {
    fn new(hours: &ServiceHours, date: Date) -> Option<Self> {
        let stretches = stretches(date)?;
        let (opening, intervals) = hours_of(hours, date);
        let start = stretches.first()?.from;
        let mut spans = Vec::with_capacity(intervals.len());
        for stretch in stretches {
            let whole = Span { from: stretch.from, to: stretch.to };
            let on_clock = |i: &Interval| Span { from: stretch.moment(i.from()), to: stretch.moment(i.to()) };
            spans.extend(intervals.iter().filter_map(|interval| on_clock(interval).within(whole)));
        }
        Some(Self { date: CivilDate(date), opening, start, spans })
    }

    /// The open spans within `span`.
    pub(super) fn open_within(&self, span: Span) -> impl Iterator<Item = Span> {
        self.spans.iter().filter_map(move |open| open.within(span))
    }

    /// All of the day's service time, milliseconds.
    pub(super) fn length(&self) -> i64 {
        self.spans.iter().map(|span| span.length()).sum()
    }
}

/// The days from the one of `at`, in order, until the calendar ends. `None` when `at` lies beyond it.
pub(super) fn days_from(hours: &ServiceHours, at: Timestamp) -> Option<impl Iterator<Item = Day>> {
    let first = wall_clock(at)?.date.0;
    let dates = std::iter::successors(Some(first), |date| date.tomorrow().ok());
    Some(dates.map_while(move |date| Day::new(hours, date)))
}
