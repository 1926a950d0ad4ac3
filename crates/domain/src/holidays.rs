//! Swedish public holidays, computed and never fetched (rules.md 1.6).
//!
//! As the law has stood since 2005 (lagen om allmänna helgdagar, SFS 1989:253, with the National Day).
//! Sundays in general are days of the week here, not holidays; eves and shortened days are each
//! group's own exceptions.

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use serde::Serialize;

/// A public holiday. Sent as a code; its Swedish name belongs to the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PublicHoliday {
    /// Nyårsdagen, 1 January.
    NewYearsDay,
    /// Trettondedag jul, 6 January.
    Epiphany,
    /// Långfredagen, two days before Easter Day.
    GoodFriday,
    /// Påskdagen.
    EasterDay,
    /// Annandag påsk.
    EasterMonday,
    /// Första maj.
    FirstOfMay,
    /// Kristi himmelsfärdsdag, the sixth Thursday after Easter Day.
    AscensionDay,
    /// Pingstdagen, the seventh Sunday after Easter Day.
    Pentecost,
    /// Sveriges nationaldag, 6 June.
    NationalDay,
    /// Midsommardagen, the Saturday of 20–26 June.
    MidsummerDay,
    /// Alla helgons dag, the Saturday of 31 October–6 November.
    AllSaintsDay,
    /// Juldagen, 25 December.
    ChristmasDay,
    /// Annandag jul, 26 December.
    BoxingDay,
}

crate::read_by_name!(PublicHoliday {
    NewYearsDay: "new_years_day",
    Epiphany: "epiphany",
    GoodFriday: "good_friday",
    EasterDay: "easter_day",
    EasterMonday: "easter_monday",
    FirstOfMay: "first_of_may",
    AscensionDay: "ascension_day",
    Pentecost: "pentecost",
    NationalDay: "national_day",
    MidsummerDay: "midsummer_day",
    AllSaintsDay: "all_saints_day",
    ChristmasDay: "christmas_day",
    BoxingDay: "boxing_day",
});

impl PublicHoliday {
    /// All thirteen, in the order of a usual year.
    pub const ALL: [Self; 13] = [
        Self::NewYearsDay,
        Self::Epiphany,
        Self::GoodFriday,
        Self::EasterDay,
        Self::EasterMonday,
        Self::FirstOfMay,
        Self::AscensionDay,
        Self::Pentecost,
        Self::NationalDay,
        Self::MidsummerDay,
        Self::AllSaintsDay,
        Self::ChristmasDay,
        Self::BoxingDay,
    ];

    /// Its date in a year of the Gregorian calendar; `None` only where the calendar type ends.
    #[must_use]
    pub fn date_in(self, year: i16) -> Option<Date> {
        let after_easter = |days: i64| easter(year).and_then(|day| day.checked_add(days.days()).ok());
        match self {
            Self::NewYearsDay => day(year, 1, 1),
            Self::Epiphany => day(year, 1, 6),
            Self::GoodFriday => after_easter(-2),
            Self::EasterDay => easter(year),
            Self::EasterMonday => after_easter(1),
            Self::FirstOfMay => day(year, 5, 1),
            Self::AscensionDay => after_easter(39),
            Self::Pentecost => after_easter(49),
            Self::NationalDay => day(year, 6, 6),
            Self::MidsummerDay => saturday_from(year, 6, 20),
            Self::AllSaintsDay => saturday_from(year, 10, 31),
            Self::ChristmasDay => day(year, 12, 25),
            Self::BoxingDay => day(year, 12, 26),
        }
    }
}

/// The thirteen public holidays of a year, by date. Two may share a date (Ascension Day and the First
/// of May in 2008).
#[must_use]
pub fn public_holidays(year: i16) -> Vec<(Date, PublicHoliday)> {
    let mut all: Vec<_> =
        PublicHoliday::ALL.into_iter().filter_map(|h| h.date_in(year).map(|date| (date, h))).collect();
    all.sort_unstable();
    all
}

/// The holiday on a date, the first by [`PublicHoliday::ALL`] where two meet.
#[must_use]
pub fn public_holiday(date: Date) -> Option<PublicHoliday> {
    PublicHoliday::ALL.into_iter().find(|holiday| holiday.date_in(date.year()) == Some(date))
}

/// Easter Day by the Gregorian computus (the anonymous algorithm, Nature, 20 April 1876).
fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let golden = y.rem_euclid(19);
    let (century, rest) = (y.div_euclid(100), y.rem_euclid(100));
    let correction = (century + 8).div_euclid(25);
    let moon = (19 * golden + century - century.div_euclid(4) - (century - correction + 1).div_euclid(3)
        + 15)
        .rem_euclid(30);
    let weekday = (32 + 2 * century.rem_euclid(4) + 2 * (rest / 4) - moon - rest % 4).rem_euclid(7);
    let late = (golden + 11 * moon + 22 * weekday) / 451;
    let n = moon + weekday - 7 * late + 114;
    day(year, i8::try_from(n / 31).ok()?, i8::try_from(n % 31 + 1).ok()?)
}

fn day(year: i16, month: i8, day: i8) -> Option<Date> {
    Date::new(year, month, day).ok()
}

fn saturday_from(year: i16, month: i8, first: i8) -> Option<Date> {
    let first = day(year, month, first)?;
    let days = i64::from(first.weekday().until(Weekday::Saturday));
    first.checked_add(days.days()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(year: i16) -> String {
        let all: Vec<_> =
            public_holidays(year).iter().map(|(d, _)| format!("{}/{}", d.day(), d.month())).collect();
        all.join(" ")
    }

    #[test]
    fn the_holidays_of_2026_and_2027_are_those_of_the_almanac() {
        assert_eq!(dates(2026), "1/1 6/1 3/4 5/4 6/4 1/5 14/5 24/5 6/6 20/6 31/10 25/12 26/12");
        assert_eq!(dates(2027), "1/1 6/1 26/3 28/3 29/3 1/5 6/5 16/5 6/6 26/6 6/11 25/12 26/12");
    }

    #[test]
    fn easter_at_its_edges() {
        let known = [
            (1818, "1818-03-22"),
            (1954, "1954-04-18"),
            (1981, "1981-04-19"),
            (2000, "2000-04-23"),
            (2008, "2008-03-23"),
            (2011, "2011-04-24"),
            (2024, "2024-03-31"),
            (2025, "2025-04-20"),
            (2038, "2038-04-25"),
            (2049, "2049-04-18"),
            (2076, "2076-04-19"),
            (2285, "2285-03-22"),
        ];
        for (year, date) in known {
            assert_eq!(PublicHoliday::EasterDay.date_in(year).unwrap().to_string(), date);
        }
    }

    #[test]
    fn every_year_has_thirteen_on_their_weekdays() {
        for year in 1583..=4000 {
            let all = public_holidays(year);
            assert_eq!(all.len(), 13, "{year}");
            for (date, holiday) in all {
                let weekday = match holiday {
                    PublicHoliday::GoodFriday => Weekday::Friday,
                    PublicHoliday::EasterDay | PublicHoliday::Pentecost => Weekday::Sunday,
                    PublicHoliday::EasterMonday => Weekday::Monday,
                    PublicHoliday::AscensionDay => Weekday::Thursday,
                    PublicHoliday::MidsummerDay | PublicHoliday::AllSaintsDay => Weekday::Saturday,
                    _ => continue,
                };
                assert_eq!(date.weekday(), weekday, "{year} {holiday:?}");
            }
        }
    }

    #[test]
    fn two_holidays_may_meet() {
        let first_of_may = Date::new(2008, 5, 1).unwrap();
        assert_eq!(PublicHoliday::AscensionDay.date_in(2008), Some(first_of_may));
        assert_eq!(public_holiday(first_of_may), Some(PublicHoliday::FirstOfMay));
        assert_eq!(public_holiday(Date::new(2008, 5, 2).unwrap()), None);
    }
}
