//! The wall clock in Sweden.

use super::CivilDate;
use crate::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Compiled in: two machines with different system zone files would count two deadlines.
static STOCKHOLM: TimeZone = jiff::tz::get!("Europe/Stockholm");

const MINUTE: i64 = 60_000;

/// What the clock on the wall shows in Europe/Stockholm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WallClock {
    /// The date.
    pub date: CivilDate,
    /// Minutes since midnight on the clock's face, 0–1439.
    pub minute: u16,
}

/// What the wall clock shows at a moment; `None` beyond the years −9999 to 9999.
#[must_use]
pub fn wall_clock(at: Timestamp) -> Option<WallClock> {
    let shown = STOCKHOLM.to_datetime(instant(at)?);
    let minute = u16::try_from(i32::from(shown.hour()) * 60 + i32::from(shown.minute())).ok()?;
    Some(WallClock { date: CivilDate(shown.date()), minute })
}

/// The moment at which the wall clock shows `minute` (0–1440) on `date`: the first of two in October,
/// the one an hour later where the hour is skipped in March.
#[must_use]
pub fn moment(date: CivilDate, minute: u16) -> Option<Timestamp> {
    let (date, minute) = if minute == 1440 { (date.0.tomorrow().ok()?, 0) } else { (date.0, minute) };
    let time =
        date.at(i8::try_from(minute / 60).ok().filter(|h| *h < 24)?, i8::try_from(minute % 60).ok()?, 0, 0);
    STOCKHOLM.to_timestamp(time).ok().map(|at| Timestamp(at.as_millisecond()))
}

fn instant(at: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_millisecond(at.0).ok()
}

/// A stretch of a day with one offset from UTC; a day has one, on a DST night two.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    /// First millisecond.
    pub from: i64,
    /// Millisecond after the last.
    pub to: i64,
    /// The moment at which the wall clock of this stretch would have shown midnight.
    midnight: i64,
}

impl Stretch {
    /// The moment at which this stretch's clock shows `minute`, whether or not it lies inside.
    pub(super) fn moment(self, minute: u16) -> i64 {
        self.midnight.saturating_add(i64::from(minute) * MINUTE)
    }
}

/// The stretches of a date, in order; `None` at the end of the calendar.
pub(super) fn stretches(date: Date) -> Option<Vec<Stretch>> {
    let start = STOCKHOLM.to_timestamp(date.at(0, 0, 0, 0)).ok()?;
    let end = STOCKHOLM.to_timestamp(date.tomorrow().ok()?.at(0, 0, 0, 0)).ok()?;
    let millis = |offset: jiff::tz::Offset| i64::from(offset.seconds()) * 1000;
    let offset = millis(STOCKHOLM.to_offset(start));
    let (start, end) = (start.as_millisecond(), end.as_millisecond());
    let mut stretch = Stretch { from: start, to: end, midnight: start };
    let mut all = Vec::with_capacity(2);
    let first = instant(Timestamp(start))?;
    for change in STOCKHOLM.following(first) {
        let at = change.timestamp().as_millisecond();
        if at >= end {
            break;
        }
        all.push(Stretch { to: at, ..stretch });
        stretch = Stretch { from: at, to: end, midnight: start + offset - millis(change.offset()) };
    }
    all.push(stretch);
    Some(all)
}
