//! How times, dates and numbers are written: 14.30, 2026-11-20, i morgon 10.00, 070-174 06 05.

use crate::i18n::{K, t, tf};
use crate::state::structure::Structure;
use contract::domain::Timestamp;
use contract::domain::phone_number::PhoneNumber;
use contract::domain::service_hours::{CivilDate, WallClock, wall_clock};

/// `14.30`, on the wall clock of Europe/Stockholm.
pub fn time(at: Timestamp) -> String {
    wall_clock(at).map(|wall| minute(&wall)).unwrap_or_default()
}

fn minute(wall: &WallClock) -> String {
    format!("{:02}.{:02}", wall.minute / 60, wall.minute % 60)
}

/// `2026-11-20`.
pub fn date(at: Timestamp) -> String {
    wall_clock(at).map(|wall| wall.date.to_string()).unwrap_or_default()
}

/// `14.30` today, `i morgon 10.00`, `i går 16.05`, else `2026-11-20 10.00`.
pub fn when(at: Timestamp, now: Timestamp) -> String {
    let (Some(then), Some(today)) = (wall_clock(at), wall_clock(now)) else {
        return String::new();
    };
    let clock = minute(&then);
    match days_between(today.date, then.date) {
        0 => clock,
        1 => format!("{} {clock}", t(K::DayTomorrow)),
        -1 => format!("{} {clock}", t(K::DayYesterday)),
        _ => format!("{} {clock}", then.date),
    }
}

/// For a promise that is said aloud: `i dag 14.30`, `i morgon 10.00`, `tisdag 24 november 14.30`.
pub fn spoken(at: Timestamp, now: Timestamp) -> String {
    let (Some(then), Some(today)) = (wall_clock(at), wall_clock(now)) else {
        return String::new();
    };
    let day = match days_between(today.date, then.date) {
        0 => t(K::DayToday).to_owned(),
        1 => t(K::DayTomorrow).to_owned(),
        _ => day(then.date),
    };
    format!("{day} {}", minute(&then))
}

/// `tisdag 24 november`, with the year when it is not `now`'s.
pub fn day(date: CivilDate) -> String {
    format!("{} {} {}", weekday(date), date.0.day(), month(date))
}

fn weekday(date: CivilDate) -> &'static str {
    t(match date.0.weekday().to_monday_zero_offset() {
        0 => K::DayMonday,
        1 => K::DayTuesday,
        2 => K::DayWednesday,
        3 => K::DayThursday,
        4 => K::DayFriday,
        5 => K::DaySaturday,
        _ => K::DaySunday,
    })
}

fn month(date: CivilDate) -> &'static str {
    t(match date.0.month() {
        1 => K::Month1,
        2 => K::Month2,
        3 => K::Month3,
        4 => K::Month4,
        5 => K::Month5,
        6 => K::Month6,
        7 => K::Month7,
        8 => K::Month8,
        9 => K::Month9,
        10 => K::Month10,
        11 => K::Month11,
        _ => K::Month12,
    })
}

fn days_between(from: CivilDate, to: CivilDate) -> i64 {
    // A date's ordinal from its calendar: enough for "today", "tomorrow" and "yesterday".
    let ordinal = |d: CivilDate| {
        let (y, m, d) = (i64::from(d.0.year()), i64::from(d.0.month()), i64::from(d.0.day()));
        let (y, m) = if m <= 2 { (y - 1, m + 9) } else { (y, m - 3) };
        365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + d
    };
    ordinal(to) - ordinal(from)
}

/// A running time, `03:12` or `1:03:12`.
pub fn running(seconds: u32) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 {
        format!("{minutes:02}:{seconds:02}")
    } else {
        format!("{hours}:{minutes:02}:{seconds:02}")
    }
}

/// A length in words, `40 s`, `12 min`, `6 tim 30 min`.
pub fn length(seconds: u32) -> String {
    if seconds < 60 {
        return tf(K::UnitSeconds, &[("n", &seconds.to_string())]);
    }
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let (h, m) = (hours.to_string(), minutes.to_string());
    match (hours, minutes) {
        (0, _) => tf(K::UnitMinutes, &[("n", &m)]),
        (_, 0) => tf(K::UnitHours, &[("h", &h)]),
        _ => tf(K::UnitHoursMinutes, &[("h", &h), ("m", &m)]),
    }
}

/// A number as people write it; what is no number stands as it came; empty: withheld.
pub fn number(remote: &str) -> String {
    if remote.trim().is_empty() || remote.contains("anonymous") {
        return t(K::PhoneWithheld).to_owned();
    }
    PhoneNumber::parse(remote).map_or_else(|_| remote.to_owned(), |number| number.readable())
}

/// A number to prefill: readable, or nothing when it is withheld.
pub fn number_to_keep(remote: &str) -> String {
    PhoneNumber::parse(remote).map(|number| number.readable()).unwrap_or_default()
}

/// The greeting with the agent's first name in it.
pub fn greeting(greeting: &str, name: &str) -> String {
    greeting.replace("{namn}", name.split_whitespace().next().unwrap_or_default())
}

/// Lower case with å ä ö kept: for comparing what is typed.
pub fn folded(text: &str) -> String {
    lower_case(text.trim())
}

/// Lower case. The browser's own: the tables of all scripts would weigh 15 KiB in the module.
pub fn lower_case(text: &str) -> String {
    #[cfg(target_arch = "wasm32")]
    return js_sys::JsString::from(text).to_lower_case().into();
    #[cfg(not(target_arch = "wasm32"))]
    text.to_lowercase()
}

/// Upper case, as [`lower_case`].
pub fn upper_case(text: &str) -> String {
    #[cfg(target_arch = "wasm32")]
    return js_sys::JsString::from(text).to_upper_case().into();
    #[cfg(not(target_arch = "wasm32"))]
    text.to_uppercase()
}

/// Sorts as Swedes do: a–z å ä ö, case apart.
pub fn sort_key(text: &str) -> String {
    lower_case(text)
        .chars()
        .map(|c| match c {
            'å' => '\u{f000}',
            'ä' | 'æ' => '\u{f001}',
            'ö' | 'ø' => '\u{f002}',
            'é' => 'e',
            other => other,
        })
        .collect()
}

/// In the order of their keys. One sort for all lists: each kind of its own would be in the module.
pub fn sorted<T>(items: Vec<T>, key: impl Fn(&T) -> String) -> Vec<T> {
    let keys: Vec<String> = items.iter().map(key).collect();
    let mut slots: Vec<Option<T>> = items.into_iter().map(Some).collect();
    order(&keys).into_iter().filter_map(|at| slots.get_mut(at)?.take()).collect()
}

fn order(keys: &[String]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by(|a, b| keys.get(*a).cmp(&keys.get(*b)));
    order
}

/// A group's name, else its id.
pub fn group_name(structure: &Structure, id: &contract::domain::ResponseGroupId) -> String {
    structure.group(id).map_or_else(|| id.to_string(), |group| group.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::{Locale, set_locale};

    fn at(date: &str, minute: u16) -> Timestamp {
        contract::domain::service_hours::moment(date.parse().unwrap(), minute).unwrap()
    }

    #[test]
    fn moments_are_written_as_swedes_do() {
        set_locale(Locale::Swedish);
        let now = at("2026-11-20", 9 * 60);
        assert_eq!(when(at("2026-11-20", 14 * 60 + 30), now), "14.30");
        assert_eq!(when(at("2026-11-21", 600), now), "i morgon 10.00");
        assert_eq!(when(at("2026-11-19", 965), now), "i går 16.05");
        assert_eq!(when(at("2026-12-01", 600), now), "2026-12-01 10.00");
        assert_eq!(spoken(at("2026-11-24", 14 * 60 + 30), now), "tisdag 24 november 14.30");
        assert_eq!(when(at("2027-01-01", 60), at("2026-12-31", 60)), "i morgon 01.00");
    }

    #[test]
    fn lengths_and_numbers() {
        set_locale(Locale::Swedish);
        assert_eq!(running(192), "03:12");
        assert_eq!(running(3792), "1:03:12");
        assert_eq!(length(40), "40 s");
        assert_eq!(length(6 * 3600 + 1800), "6 tim 30 min");
        assert_eq!(number("+46701740605"), "070-174 06 05");
        assert_eq!(number(""), "Hemligt nummer");
        assert_eq!(greeting("Du talar med {namn}.", "Karin Öberg"), "Du talar med Karin.");
    }

    #[test]
    fn swedish_order() {
        let names = sorted(vec!["Öppet", "Arv", "Ägo", "zon", "Åker"], |name| sort_key(name));
        assert_eq!(names, ["Arv", "zon", "Åker", "Ägo", "Öppet"]);
    }
}
