//! What can be dialled: a number or a SIP address, as typed or from a `tel:`/`sip:` link.

/// A number of digits (with `+`, `*`, `#`) or a SIP address, fit for an INVITE. Personal data.
#[derive(Clone, PartialEq, Eq)]
pub enum DialTarget {
    /// Digits as the exchange shall see them.
    Number(String),
    /// `sip:user@host…` without headers.
    Address(String),
}

impl std::fmt::Debug for DialTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DialTarget(…)")
    }
}

/// Neither a number nor a SIP address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither a number nor a SIP address")]
pub struct BadTarget;

const LONGEST_NUMBER: usize = 32;
const LONGEST_ADDRESS: usize = 256;

impl std::str::FromStr for DialTarget {
    type Err = BadTarget;

    /// Understands `08-465 004 00`, `+46 (0)8 465 004 00`, `tel:+46846500400;ext=1`, `sip:anna@example.org`.
    fn from_str(text: &str) -> Result<Self, BadTarget> {
        let text = text.trim();
        if let Some(rest) = strip_scheme(text, "tel:") {
            return number(rest.split(';').next().unwrap_or_default());
        }
        if strip_scheme(text, "sip:").or_else(|| strip_scheme(text, "sips:")).is_some() {
            return address(text);
        }
        number(text)
    }
}

fn strip_scheme<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let head = text.get(..scheme.len())?;
    head.eq_ignore_ascii_case(scheme).then(|| text.get(scheme.len()..)).flatten()
}

fn number(text: &str) -> Result<DialTarget, BadTarget> {
    // "(0)" after a country code is written but never dialled.
    let text = if text.trim_start().starts_with('+') { text.replace("(0)", "") } else { text.to_owned() };
    let mut digits = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' | '*' | '#' => digits.push(c),
            '+' if digits.is_empty() => digits.push(c),
            ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}' | '\u{2011}' | '\u{2013}' => {}
            _ => return Err(BadTarget),
        }
    }
    let dialled = digits.trim_start_matches('+');
    if dialled.is_empty() || digits.len() > LONGEST_NUMBER {
        return Err(BadTarget);
    }
    Ok(DialTarget::Number(digits))
}

fn address(text: &str) -> Result<DialTarget, BadTarget> {
    let text = text.split('?').next().unwrap_or_default();
    let clean = text.len() <= LONGEST_ADDRESS
        && text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | ','));
    let host = text.rsplit(['@', ':']).next().unwrap_or_default();
    if clean && !host.is_empty() { Ok(DialTarget::Address(text.to_owned())) } else { Err(BadTarget) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        for (text, digits) in [
            ("08-465 004 00", "0846500400"),
            ("+46 (0)8 465 004 00", "+46846500400"),
            ("tel:+46-8-46500400;ext=1", "+46846500400"),
            ("TEL:070-1740605", "0701740605"),
            ("*21#", "*21#"),
        ] {
            assert_eq!(text.parse(), Ok(DialTarget::Number(digits.into())), "{text}");
        }
    }

    #[test]
    fn addresses_lose_headers_and_refuse_brackets() {
        assert_eq!(
            "sip:anna@example.org?X=1".parse(),
            Ok(DialTarget::Address("sip:anna@example.org".into()))
        );
        for bad in ["", "+", "hej", "sip:", "sip:a@b>\r\nX: 1", "tel:", "12+3", "sip:a b@c"] {
            assert_eq!(bad.parse::<DialTarget>(), Err(BadTarget), "{bad:?}");
        }
    }
}
