//! Telephone numbers, compared as E.164 (rules.md 5).

use serde::{Deserialize, Serialize};
use std::fmt;

/// A telephone number in E.164: `+` and 6–15 digits. A number about a person: `Debug` masks it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

/// What was written is not a telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a telephone number")]
pub struct NotAPhoneNumber;

impl PhoneNumber {
    /// Reads what people and exchanges write: `+46…`, `0046…`, `0…` (Swedish), with spaces, dashes,
    /// parentheses, and `tel:`/`sip:` forms. `+46701740605`, `0701740605` and `070-174 06 05` are equal.
    ///
    /// # Errors
    /// [`NotAPhoneNumber`] when it holds anything else, or too few or too many digits.
    pub fn parse(text: &str) -> Result<Self, NotAPhoneNumber> {
        let text = text.trim();
        let text = ["tel:", "sip:", "sips:"].iter().find_map(|p| text.strip_prefix(p)).unwrap_or(text);
        let text = text.split(['@', ';']).next().unwrap_or_default();
        let mut digits = String::new();
        let mut international = false;
        for (index, c) in text.chars().enumerate() {
            match c {
                '0'..='9' => digits.push(c),
                '+' if index == 0 => international = true,
                ' ' | '-' | '\u{2010}'..='\u{2013}' | '(' | ')' | '.' | '/' | '\u{a0}' => {}
                _ => return Err(NotAPhoneNumber),
            }
        }
        let country = if international { Some(digits.as_str()) } else { digits.strip_prefix("00") };
        let subscriber = if let Some(country) = country {
            // "+46 (0)70 …": the trunk zero is written though it is not dialled.
            match country.strip_prefix("460") {
                Some(rest) => format!("46{rest}"),
                None => country.to_owned(),
            }
        } else if let Some(rest) = digits.strip_prefix('0') {
            format!("46{rest}")
        } else if digits.starts_with("46") && (10..=12).contains(&digits.len()) {
            // As many SIP trunks send it.
            digits
        } else {
            return Err(NotAPhoneNumber);
        };
        if (6..=15).contains(&subscriber.len()) && !subscriber.starts_with('0') {
            Ok(Self(format!("+{subscriber}")))
        } else {
            Err(NotAPhoneNumber)
        }
    }

    /// `+46701740605`.
    #[must_use]
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// As Swedes write it: `070-174 06 05`, `08-465 004 00`; a foreign number as `+47 12345678` without grouping.
    #[must_use]
    pub fn readable(&self) -> String {
        let Some(national) = self.0.strip_prefix("+46") else {
            return self.0.clone();
        };
        let area = area_code_length(national);
        let (area, rest) = national.split_at_checked(area).unwrap_or((national, ""));
        format!("0{area}-{}", group(rest))
    }
}

/// Length of the area code without its trunk zero: 08 has one digit, mobile and the large cities two, others three.
fn area_code_length(national: &str) -> usize {
    const TWO: [&str; 26] = [
        "10", "11", "13", "16", "18", "19", "20", "21", "23", "26", "31", "33", "35", "36", "40", "42", "44",
        "46", "54", "60", "63", "70", "72", "73", "76", "79",
    ];
    if national.starts_with('8') {
        1
    } else if TWO.iter().any(|code| national.starts_with(code)) || national.starts_with("90") {
        2
    } else {
        3
    }
}

/// Groups of two from the right, with a group of three first when the count is odd; eight digits as 3 + 3 + 2.
fn group(digits: &str) -> String {
    let chars: Vec<char> = digits.chars().collect();
    let sizes: Vec<usize> = match chars.len() {
        8 => vec![3, 3, 2],
        n if n % 2 == 1 && n >= 3 => std::iter::once(3).chain(std::iter::repeat_n(2, (n - 3) / 2)).collect(),
        n => std::iter::repeat_n(2, n / 2).chain((n % 2 == 1).then_some(1)).collect(),
    };
    let mut rest = chars.into_iter();
    let parts: Vec<String> = sizes.into_iter().map(|n| rest.by_ref().take(n).collect()).collect();
    parts.join(" ")
}

impl TryFrom<String> for PhoneNumber {
    type Error = NotAPhoneNumber;
    fn try_from(text: String) -> Result<Self, NotAPhoneNumber> {
        Self::parse(&text)
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("+•••")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_caller_however_written() {
        let same = [
            "+46701740605",
            "0046701740605",
            "0701740605",
            "070-174 06 05",
            "+46 (0)70 174 06 05",
            "0046 (0)70 174 06 05",
            "46701740605",
            "tel:+46701740605",
            "sip:0701740605@10.0.0.1;user=phone",
        ];
        for text in same {
            assert_eq!(PhoneNumber::parse(text).unwrap().e164(), "+46701740605", "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "anonymous", "12345", "+", "+4670", "0701740605a", "00", "+460701740605123456"] {
            assert_eq!(PhoneNumber::parse(text), Err(NotAPhoneNumber), "{text}");
        }
    }

    #[test]
    fn written_as_swedes_write_it() {
        for (e164, readable) in [
            ("+46701740605", "070-174 06 05"),
            ("+46846500401", "08-465 004 01"),
            ("+46313900601", "031-390 06 01"),
            ("+4791234567", "+4791234567"),
        ] {
            assert_eq!(PhoneNumber::parse(e164).unwrap().readable(), readable);
        }
    }

    #[test]
    fn a_number_is_not_printed_by_accident() {
        assert_eq!(format!("{:?}", PhoneNumber::parse("0701740605").unwrap()), "+•••");
    }
}
