//! Personnummer and samordningsnummer (rules.md 5).

/// Whether the text is a personnummer: 10 or 12 digits, `-` or `+` (100 years or more) before the last
/// four, a possible date (day + 60 for samordningsnummer) and a right check digit (Luhn).
#[must_use]
pub fn is_valid(text: &str) -> bool {
    let mut digits = Vec::with_capacity(12);
    let mut separator = None;
    for c in text.trim().chars() {
        match c {
            '0'..='9' => digits.push(c.to_digit(10).unwrap_or_default()),
            '-' | '+' if separator.is_none() => separator = Some(digits.len()),
            _ => return false,
        }
    }
    let count = digits.len();
    if !matches!(count, 10 | 12) || separator.is_some_and(|at| at + 4 != count) {
        return false;
    }
    let ten = digits.get(count - 10..).unwrap_or_default();
    let &[_, _, m1, m2, d1, d2, ..] = ten else { return false };
    let day = d1 * 10 + d2;
    let day = if day > 60 { day - 60 } else { day };
    (1..=12).contains(&(m1 * 10 + m2)) && (1..=31).contains(&day) && luhn(ten)
}

fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .zip([1, 2].into_iter().cycle())
        .map(|(digit, weight)| digit * weight)
        .map(|product| product / 10 + product % 10)
        .sum();
    sum.is_multiple_of(10)
}

/// Whether a personnummer stands somewhere in free text.
#[must_use]
pub fn occurs_in(text: &str) -> bool {
    text.split(|c: char| !(c.is_ascii_digit() || c == '-' || c == '+'))
        .map(|word| word.trim_matches(['-', '+']))
        .any(is_valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_valid_ones() {
        for text in
            ["811218-9876", "640823-3234", "701063-2391", "8112189876", "19811218-9876", "811218+9876"]
        {
            assert!(is_valid(text), "{text}");
        }
    }

    #[test]
    fn the_invalid_ones() {
        for text in
            ["811218-9875", "811318-9876", "81121-89876", "0701740605", "", "8112189876 1", "811218--9876"]
        {
            assert!(!is_valid(text), "{text}");
        }
    }

    #[test]
    fn found_in_free_text() {
        assert!(occurs_in("Ringer om sin mamma (640823-3234), Storgatan 3."));
        assert!(!occurs_in("Ärende 2026-000123, tel 070-174 06 05, 12 m²."));
    }
}
