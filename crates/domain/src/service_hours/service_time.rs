//! How long something may take, as an agreement says it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A length of service time: `"30m"`, `"4h"`, `"1h30m"`, or whole service days, `"2d"`.
/// What a service day is: see the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub enum ServiceTime {
    /// Minutes of open time.
    Minutes(#[cfg_attr(feature = "schema", schemars(skip))] u32),
    /// Open days.
    Days(#[cfg_attr(feature = "schema", schemars(skip))] u32),
}

/// Not a length of service time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadServiceTime {
    /// Not of the form.
    #[error("{0:?} is not a service time such as \"30m\", \"4h\" or \"2d\"")]
    Unreadable(String),
    /// A deadline of nothing.
    #[error("{0:?} is no time at all")]
    Zero(String),
}

impl std::str::FromStr for ServiceTime {
    type Err = BadServiceTime;
    fn from_str(text: &str) -> Result<Self, BadServiceTime> {
        match read(text) {
            None => Err(BadServiceTime::Unreadable(text.to_owned())),
            Some(Self::Minutes(0) | Self::Days(0)) => Err(BadServiceTime::Zero(text.to_owned())),
            Some(time) => Ok(time),
        }
    }
}

fn read(text: &str) -> Option<ServiceTime> {
    if let Some(days) = text.strip_suffix('d') {
        return number(days).map(ServiceTime::Days);
    }
    let (hours, rest) = match text.split_once('h') {
        Some((hours, rest)) => (number(hours)?, rest),
        None => (0, text),
    };
    let minutes = match rest.strip_suffix('m') {
        Some(minutes) => number(minutes)?,
        None if rest.is_empty() && !text.is_empty() => 0,
        None => return None,
    };
    hours.checked_mul(60)?.checked_add(minutes).map(ServiceTime::Minutes)
}

fn number(digits: &str) -> Option<u32> {
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

impl fmt::Display for ServiceTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Days(days) => write!(f, "{days}d"),
            Self::Minutes(minutes) if minutes < 60 => write!(f, "{minutes}m"),
            Self::Minutes(minutes) if minutes % 60 == 0 => write!(f, "{}h", minutes / 60),
            Self::Minutes(minutes) => write!(f, "{}h{}m", minutes / 60, minutes % 60),
        }
    }
}

impl TryFrom<String> for ServiceTime {
    type Error = BadServiceTime;
    fn try_from(text: String) -> Result<Self, BadServiceTime> {
        text.parse()
    }
}

impl From<ServiceTime> for String {
    fn from(time: ServiceTime) -> Self {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_and_written() {
        let same = [
            ("30m", ServiceTime::Minutes(30)),
            ("4h", ServiceTime::Minutes(240)),
            ("1h30m", ServiceTime::Minutes(90)),
            ("2d", ServiceTime::Days(2)),
        ];
        for (text, time) in same {
            assert_eq!(text.parse(), Ok(time));
            assert_eq!(serde_json::to_value(time).unwrap(), text);
        }
        assert_eq!("120m".parse::<ServiceTime>().unwrap().to_string(), "2h");
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "",
            "h",
            "m",
            "d",
            "4",
            "-4h",
            "+4h",
            "4 h",
            "2d4h",
            "1.5h",
            "30m1h",
            "99999999999m",
            "99999999h",
        ] {
            assert_eq!(text.parse::<ServiceTime>(), Err(BadServiceTime::Unreadable(text.into())));
        }
        for text in ["0m", "0h", "0h0m", "0d"] {
            assert_eq!(text.parse::<ServiceTime>(), Err(BadServiceTime::Zero(text.into())));
        }
    }
}
