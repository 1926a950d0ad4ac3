//! A group's service hours.

use super::{CivilDate, Interval};
use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

/// When a group works: hours per weekday, days that differ, and whether it works on public holidays.
///
/// Always valid: intervals of a day are sorted and do not overlap, a date has one exception.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Written", into = "Written")]
pub struct ServiceHours {
    week: Week,
    exceptions: Vec<Exception>,
    open_on_holidays: bool,
}

/// Hours per weekday; a day left out is closed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the names of the days say it")]
pub struct Week {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mon: Vec<Interval>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tue: Vec<Interval>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wed: Vec<Interval>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thu: Vec<Interval>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fri: Vec<Interval>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sat: Vec<Interval>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sun: Vec<Interval>,
}

/// A date with hours of its own: an eve, a shortened day, a planning day (rules.md 1.3). It goes before
/// weekday and public holiday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The date.
    pub date: CivilDate,
    /// Its hours; empty: closed.
    #[serde(default)]
    pub open: Vec<Interval>,
    /// Why, for those who read a deadline.
    pub reason: String,
}

/// Why hours cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadHours {
    /// Two intervals of a day share time.
    #[error("{day}: {first} and {second} overlap")]
    Overlap {
        /// `mon` … `sun`, or a date.
        day: String,
        /// The one.
        first: Interval,
        /// The other.
        second: Interval,
    },
    /// A date has two exceptions.
    #[error("{0} has two exceptions")]
    TwoExceptions(CivilDate),
}

/// The form in files and on the wire.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    week: Week,
    #[serde(default)]
    exceptions: Vec<Exception>,
    #[serde(default)]
    open_on_holidays: bool,
}

impl ServiceHours {
    /// Hours from their parts; intervals and exceptions may come in any order.
    ///
    /// # Errors
    /// [`BadHours`] for the first fault.
    pub fn new(
        mut week: Week,
        mut exceptions: Vec<Exception>,
        open_on_holidays: bool,
    ) -> Result<Self, BadHours> {
        for (name, day) in week.days_mut() {
            put_in_order(day, || name.to_owned())?;
        }
        exceptions.sort_by_key(|exception| exception.date);
        for exception in &mut exceptions {
            put_in_order(&mut exception.open, || exception.date.to_string())?;
        }
        for (one, next) in exceptions.iter().zip(exceptions.iter().skip(1)) {
            if one.date == next.date {
                return Err(BadHours::TwoExceptions(one.date));
            }
        }
        Ok(Self { week, exceptions, open_on_holidays })
    }

    /// Round the clock, every day.
    #[must_use]
    pub fn always() -> Self {
        let day = || vec![Interval::WHOLE_DAY];
        let week =
            Week { mon: day(), tue: day(), wed: day(), thu: day(), fri: day(), sat: day(), sun: day() };
        Self { week, exceptions: Vec::new(), open_on_holidays: true }
    }

    /// Hours per weekday.
    #[must_use]
    pub const fn week(&self) -> &Week {
        &self.week
    }

    /// Days that differ, by date.
    #[must_use]
    pub fn exceptions(&self) -> &[Exception] {
        &self.exceptions
    }

    /// The exception of a date.
    #[must_use]
    pub fn exception(&self, date: CivilDate) -> Option<&Exception> {
        self.exceptions.binary_search_by_key(&date, |e| e.date).ok().and_then(|at| self.exceptions.get(at))
    }

    /// Whether public holidays have their weekday's hours.
    #[must_use]
    pub const fn open_on_holidays(&self) -> bool {
        self.open_on_holidays
    }

    /// Whether no weekday and no exception has any hours.
    #[must_use]
    pub fn never_open(&self) -> bool {
        self.week.days().iter().all(|day| day.is_empty()) && self.exceptions.iter().all(|e| e.open.is_empty())
    }
}

fn put_in_order(day: &mut [Interval], name: impl Fn() -> String) -> Result<(), BadHours> {
    day.sort_unstable();
    match day.iter().zip(day.iter().skip(1)).find(|(one, next)| next.from() < one.to()) {
        Some((first, second)) => Err(BadHours::Overlap { day: name(), first: *first, second: *second }),
        None => Ok(()),
    }
}

impl Week {
    /// The hours of a weekday.
    #[must_use]
    pub fn of(&self, day: Weekday) -> &[Interval] {
        match day {
            Weekday::Monday => &self.mon,
            Weekday::Tuesday => &self.tue,
            Weekday::Wednesday => &self.wed,
            Weekday::Thursday => &self.thu,
            Weekday::Friday => &self.fri,
            Weekday::Saturday => &self.sat,
            Weekday::Sunday => &self.sun,
        }
    }

    /// Monday to Sunday.
    #[must_use]
    pub fn days(&self) -> [&[Interval]; 7] {
        [&self.mon, &self.tue, &self.wed, &self.thu, &self.fri, &self.sat, &self.sun]
    }

    fn days_mut(&mut self) -> [(&'static str, &mut Vec<Interval>); 7] {
        [
            ("mon", &mut self.mon),
            ("tue", &mut self.tue),
            ("wed", &mut self.wed),
            ("thu", &mut self.thu),
            ("fri", &mut self.fri),
            ("sat", &mut self.sat),
            ("sun", &mut self.sun),
        ]
    }
}

impl TryFrom<Written> for ServiceHours {
    type Error = BadHours;
    fn try_from(written: Written) -> Result<Self, BadHours> {
        Self::new(written.week, written.exceptions, written.open_on_holidays)
    }
}

impl From<ServiceHours> for Written {
    fn from(hours: ServiceHours) -> Self {
        let ServiceHours { week, exceptions, open_on_holidays } = hours;
        Self { week, exceptions, open_on_holidays }
    }
}
