//! Where an agent's phone asks us to put a caller through: the `Refer-To` header (RFC 3515 §2.1).

use percent_encoding::percent_decode_str;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Whoever has the number.
    Number(String),
    /// The other end of the call with this Call-ID, in the agent's place (RFC 3891).
    PlaceIn(String),
}

/// Reads the header's value; `None` when it names nobody.
pub(crate) fn wanted(refer_to: &str) -> Option<Wanted> {
    let address = match refer_to.split_once('<') {
        Some((_, rest)) => rest.split_once('>')?.0,
        None => refer_to.split(';').next()?,
    };
    let (address, headers) = address.split_once('?').unwrap_or((address, ""));
    let replaces = headers.split('&').find_map(|header| {
        let (name, value) = header.split_once('=')?;
        name.eq_ignore_ascii_case("replaces").then(|| percent_decode_str(value).decode_utf8_lossy())
    });
    if let Some(replaces) = replaces {
        let call_id = replaces.split(';').next()?.trim();
        return (!call_id.is_empty()).then(|| Wanted::PlaceIn(call_id.to_owned()));
    }
    let (_, rest) = address.trim().split_once(':')?;
    let user = rest.split(['@', ';']).next()?;
    let number = percent_decode_str(user).decode_utf8_lossy().into_owned();
    (!number.is_empty()).then_some(Wanted::Number(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_and_places_are_told_apart() {
        let number = |text: &str| Some(Wanted::Number(text.into()));
        assert_eq!(wanted("<sip:0846500420@127.0.0.1:5060>"), number("0846500420"));
        assert_eq!(wanted("\"Bygg\" <sip:*43@127.0.0.1;transport=udp>;x=y"), number("*43"));
        assert_eq!(wanted("sip:%2B46846500420@h;x=y"), number("+46846500420"));
        assert_eq!(wanted("<tel:+46846500420>"), number("+46846500420"));
        let place = "<sip:1@h?Replaces=a%401%3Bto-tag%3Db%3Bfrom-tag%3Dc&x=y>";
        assert_eq!(wanted(place), Some(Wanted::PlaceIn("a@1".into())));
        for nobody in ["", "<", "<sip:@h>", "sip", "<sip:1@h?Replaces=%3Bto-tag%3Db>"] {
            assert_eq!(wanted(nobody), None, "{nobody}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_taken(text in "\\PC{0,80}") {
            wanted(&text);
        }
    }
}
