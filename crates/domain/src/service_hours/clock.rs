//! Counting in service hours.

use super::day::{Day, Span, days_from};
use super::pause::Pauses;
use super::{Counted, Deadline, Pause, Paused, ServiceHours, ServiceTime, SkipReason, Skipped};
use crate::Timestamp;
use std::time::Duration;

/// How many days the clock searches for an opening or a deadline: ten years.
pub const HORIZON_DAYS: usize = 3_653;

/// How many days [`elapsed`] counts over: a hundred years.
const ELAPSED_DAYS: usize = 36_525;

/// Why hours give no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// The group never opens within the horizon.
    #[error("the service hours never open")]
    NeverOpen,
    /// The group opens, but too seldom for the time that was asked for.
    #[error("not reached within ten years")]
    BeyondHorizon,
    /// A pause still goes on: the moment is known when it has ended.
    #[error("the clock is paused")]
    StillPaused,
    /// Beyond the years −9999 to 9999.
    #[error("the moment is outside the calendar")]
    OutsideCalendar,
}

impl ServiceHours {
    /// Whether the group is open at a moment: [`is_open`].
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        is_open(self, at)
    }
}

/// Whether the group is open at a moment.
#[must_use]
pub fn is_open(hours: &ServiceHours, at: Timestamp) -> bool {
    days_from(hours, at)
        .and_then(|mut days| days.next())
        .is_some_and(|day| day.spans.iter().any(|span| span.from <= at.0 && at.0 < span.to))
}

/// The first open moment from `at` on; `at` itself when it is open.
///
/// # Errors
/// [`HoursError`] when there is none within the horizon.
pub fn next_open(hours: &ServiceHours, at: Timestamp) -> Result<Timestamp, HoursError> {
    let later = Span { from: at.0, to: i64::MAX };
    days(hours, at)?
        .find_map(|day| day.open_within(later).next())
        .map(|span| Timestamp(span.from))
        .ok_or(HoursError::NeverOpen)
}

/// Service time from `from` to `to`, pauses left out; none when `to` is not later.
///
/// # Errors
/// [`HoursError`] over more than a hundred years.
pub fn elapsed(
    hours: &ServiceHours,
    from: Timestamp,
    to: Timestamp,
    pauses: &[Pause],
) -> Result<Duration, HoursError> {
    let whole = Span { from: from.0, to: to.0 };
    let pauses = Pauses::new(pauses);
    let mut total: i64 = 0;
    for (index, day) in days_from(hours, from).ok_or(HoursError::OutsideCalendar)?.enumerate() {
        if day.start >= to.0 {
            return Ok(Duration::from_millis(u64::try_from(total).unwrap_or(0)));
        }
        if index == ELAPSED_DAYS {
            return Err(HoursError::BeyondHorizon);
        }
        let counted = day.open_within(whole).flat_map(|open| pauses.divide(open).0);
        total += counted.map(Span::length).sum::<i64>();
    }
    Err(HoursError::OutsideCalendar)
}

/// When `time` from `start` is due, and how it was counted.
///
/// # Errors
/// [`HoursError`] when it is never reached, or not before a pause that still goes on.
pub fn due(
    hours: &ServiceHours,
    start: Timestamp,
    time: ServiceTime,
    pauses: &[Pause],
) -> Result<Deadline, HoursError> {
    let lines = Deadline { due: start, counted: Vec::new(), paused: Vec::new(), skipped: Vec::new() };
    let mut count = Count { left: budget(hours, start, time)?, due: None, lines };
    let pauses = Pauses::new(pauses);
    for day in days(hours, start)? {
        count.day(day, start, &pauses)?;
        if let Some(due) = count.due {
            return Ok(Deadline { due, ..count.lines });
        }
    }
    Err(HoursError::BeyondHorizon)
}

/// The service time from `from` to `to`, pauses left out, line by line, as a deadline that is due at `to` whatever
/// was counted.
///
/// # Errors
/// [`HoursError`] over more than a hundred years.
pub fn counted(
    hours: &ServiceHours,
    from: Timestamp,
    to: Timestamp,
    pauses: &[Pause],
) -> Result<Deadline, HoursError> {
    let whole = Span { from: from.0, to: to.0 };
    let mut lines = Deadline { due: to, counted: Vec::new(), paused: Vec::new(), skipped: Vec::new() };
    let pauses = Pauses::new(pauses);
    for (index, day) in days_from(hours, from).ok_or(HoursError::OutsideCalendar)?.enumerate() {
        if day.start >= to.0 {
            return Ok(lines);
        }
        if index == ELAPSED_DAYS {
            return Err(HoursError::BeyondHorizon);
        }
        for open in day.open_within(whole) {
            let (counted, paused) = pauses.divide(open);
            lines.counted.extend(counted.into_iter().map(|span| line(span, &day)));
            lines.paused.extend(paused.into_iter().map(|span| pause(span, &day)));
        }
    }
    Err(HoursError::OutsideCalendar)
}

fn days(hours: &ServiceHours, at: Timestamp) -> Result<impl Iterator<Item = Day>, HoursError> {
    if hours.never_open() {
        return Err(HoursError::NeverOpen);
    }
    days_from(hours, at).map(|days| days.take(HORIZON_DAYS)).ok_or(HoursError::OutsideCalendar)
}

/// The service time from `start` to the due moment when nothing pauses, milliseconds.
fn budget(hours: &ServiceHours, start: Timestamp, time: ServiceTime) -> Result<i64, HoursError> {
    let later = Span { from: next_open(hours, start)?.0, to: i64::MAX };
    let days_left = match time {
        ServiceTime::Minutes(minutes) => return Ok(i64::from(minutes) * 60_000),
        ServiceTime::Days(0) => return Ok(0),
        ServiceTime::Days(days) => days,
    };
    let mut open_days = days(hours, Timestamp(later.from))?.filter(|day| !day.spans.is_empty());
    let first = open_days.next().ok_or(HoursError::NeverOpen)?;
    let mut total: i64 = first.open_within(later).map(Span::length).sum();
    let point = first.length() - total;
    for _ in 1..days_left {
        total += open_days.next().ok_or(HoursError::BeyondHorizon)?.length();
    }
    if point > 0 {
        total += point.min(open_days.next().ok_or(HoursError::BeyondHorizon)?.length());
    }
    Ok(total)
}

/// A count under way.
struct Count {
    left: i64,
    due: Option<Timestamp>,
    lines: Deadline,
}

impl Count {
    fn day(&mut self, day: Day, start: Timestamp, pauses: &Pauses) -> Result<(), HoursError> {
        let lines_before = (self.lines.counted.len(), self.lines.paused.len());
        let open: Vec<Span> = day.open_within(Span { from: start.0, to: i64::MAX }).collect();
        for span in &open {
            self.span(*span, &day, pauses)?;
            if self.due.is_some() {
                return Ok(());
            }
        }
        let reason = if day.spans.is_empty() {
            day.opening.into()
        } else if open.is_empty() {
            SkipReason::AfterClosing
        } else if self.lines.counted.len() == lines_before.0 {
            SkipReason::Paused
        } else {
            return Ok(());
        };
        self.lines.skipped.push(Skipped { date: day.date, reason });
        Ok(())
    }

    fn span(&mut self, open: Span, day: &Day, pauses: &Pauses) -> Result<(), HoursError> {
        let (counted, paused) = pauses.divide(open);
        for span in counted {
            let taken = Span { from: span.from, to: span.to.min(span.from.saturating_add(self.left)) };
            self.left -= taken.length();
            if taken.length() > 0 {
                self.lines.counted.push(line(taken, day));
            }
            if self.left == 0 {
                self.due = Some(Timestamp(taken.to));
                break;
            }
        }
        let until = self.due.map_or(open.to, |due| due.0);
        let before = Span { from: open.from, to: until };
        let paused = paused.into_iter().filter_map(|span| span.within(before));
        self.lines.paused.extend(paused.map(|span| pause(span, day)));
        if self.due.is_none() && pauses.ongoing_before(open.to) {
            return Err(HoursError::StillPaused);
        }
        Ok(())
    }
}

fn line(span: Span, day: &Day) -> Counted {
    Counted {
        date: day.date,
        from: Timestamp(span.from),
        to: Timestamp(span.to),
        reason: day.opening.clone(),
    }
}

fn pause(span: Span, day: &Day) -> Paused {
    Paused { date: day.date, from: Timestamp(span.from), to: Timestamp(span.to) }
}
