//! Opening intervals of a day.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Part of a day on the wall clock, `from` inclusive, `to` exclusive, in minutes from midnight;
/// `to` may be 24:00. Written `"08:00-12:00"`; an en dash is read too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Interval {
    from: u16,
    to: u16,
}

/// Why something is no interval.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadInterval {
    /// Not of the form.
    #[error("{0:?} is not an interval such as \"08:00-12:00\"")]
    Unreadable(String),
    /// It begins where it ends.
    #[error("{0} is empty: it ends when it begins")]
    Empty(String),
    /// It ends before it begins. Hours over midnight are two intervals on two days.
    #[error("{0} ends before it begins")]
    Reversed(String),
    /// After 24:00.
    #[error("{0} goes beyond 24:00")]
    BeyondMidnight(String),
}

const DAY: u16 = 24 * 60;

impl Interval {
    /// The whole day, 00:00–24:00.
    pub const WHOLE_DAY: Self = Self { from: 0, to: DAY };

    /// From minute to minute of the day.
    ///
    /// # Errors
    /// [`BadInterval`] unless `from < to <= 1440`.
    pub fn new(from: u16, to: u16) -> Result<Self, BadInterval> {
        let interval = Self { from, to };
        if from > DAY || to > DAY {
            Err(BadInterval::BeyondMidnight(interval.to_string()))
        } else if from == to {
            Err(BadInterval::Empty(interval.to_string()))
        } else if from > to {
            Err(BadInterval::Reversed(interval.to_string()))
        } else {
            Ok(interval)
        }
    }

    /// First minute of the day.
    #[must_use]
    pub const fn from(self) -> u16 {
        self.from
    }

    /// Minute after the last; 1440 is midnight.
    #[must_use]
    pub const fn to(self) -> u16 {
        self.to
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

impl std::str::FromStr for Interval {
    type Err = BadInterval;
    fn from_str(text: &str) -> Result<Self, BadInterval> {
        let unreadable = || BadInterval::Unreadable(text.to_owned());
        let (from, to) = text.split_once(['-', '–']).ok_or_else(unreadable)?;
        let from = minute_of_day(from.trim()).ok_or_else(unreadable)?;
        let to = minute_of_day(to.trim()).ok_or_else(unreadable)?;
        Self::new(from, to)
    }
}

/// `HH:MM` to minutes; hours above 24 are read, so that the error can say what is wrong.
fn minute_of_day(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if !(1..=2).contains(&hours.len()) || minutes.len() != 2 || !digits(hours) || !digits(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (minutes < 60).then_some(hours * 60 + minutes)
}

impl TryFrom<String> for Interval {
    type Error = BadInterval;
    fn try_from(text: String) -> Result<Self, BadInterval> {
        text.parse()
    }
}

impl From<Interval> for String {
    fn from(interval: Interval) -> Self {
        interval.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_as_written() {
        for text in ["00:00-24:00", "08:00-12:00", "13:00-16:30", "23:59-24:00"] {
            let interval: Interval = serde_json::from_value(text.into()).unwrap();
            assert_eq!(serde_json::to_value(interval).unwrap(), text);
        }
        assert_eq!("8:00 – 12:00".parse(), Interval::new(480, 720));
    }

    #[test]
    fn each_fault_has_its_name() {
        let fault = |text: &str| text.parse::<Interval>().unwrap_err();
        assert_eq!(fault("12:00-12:00"), BadInterval::Empty("12:00-12:00".into()));
        assert_eq!(fault("16:30-08:00"), BadInterval::Reversed("16:30-08:00".into()));
        assert_eq!(fault("22:00-24:01"), BadInterval::BeyondMidnight("22:00-24:01".into()));
        assert_eq!(fault("25:00-26:00"), BadInterval::BeyondMidnight("25:00-26:00".into()));
        for text in ["", "08:00", "8-12", "08:60-09:00", "+8:00-09:00", "08:00-09:00-10:00", "008:00-09:00"] {
            assert_eq!(fault(text), BadInterval::Unreadable(text.into()));
        }
    }
}
