//! Dates as they are written and sent.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A date of the calendar, written `2026-12-23`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct CivilDate(#[cfg_attr(feature = "schema", schemars(with = "String"))] pub Date);

/// Not a date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a date such as 2026-12-23")]
pub struct BadDate(pub String);

impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl std::str::FromStr for CivilDate {
    type Err = BadDate;
    fn from_str(text: &str) -> Result<Self, BadDate> {
        written(text).map(Self).ok_or_else(|| BadDate(text.to_owned()))
    }
}

// One date is written in one way. The library reads more forms, and its reader is a tenth of the interface.
fn written(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let (year, month, day) =
        (number(parts.next()?, 4)?, number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    if parts.next().is_some() {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn number(text: &str, digits: usize) -> Option<i16> {
    let well_formed = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    if well_formed { text.parse().ok() } else { None }
}

impl TryFrom<String> for CivilDate {
    type Error = BadDate;
    fn try_from(text: String) -> Result<Self, BadDate> {
        text.parse()
    }
}

impl From<CivilDate> for String {
    fn from(date: CivilDate) -> Self {
        date.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_dates_in_one_form() {
        assert_eq!("2028-02-29".parse::<CivilDate>().unwrap().to_string(), "2028-02-29");
        for bad in [
            "",
            "2026-02-29",
            "20261223",
            "2026-12-23T10:00",
            "23/12",
            "2026-1-1",
            "2026-12-23-",
            "+026-12-23",
        ] {
            assert_eq!(bad.parse::<CivilDate>(), Err(BadDate(bad.into())));
        }
    }
}
