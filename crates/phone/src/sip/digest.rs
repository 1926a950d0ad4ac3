//! Respelling of digest headers. The library writes `SHA256` where RFC 8760 says `SHA-256`, quotes `qop`,
//! and takes the first challenge whatever it asks for; between it and the wire this puts it right.

/// `algorithm=SHA-256` as the library spells it, for what comes in.
pub(super) fn inward(value: &str) -> String {
    replace_algorithm(value, |name| name.eq_ignore_ascii_case("SHA-256").then_some("SHA256"))
}

/// `algorithm=SHA256` and `qop="auth"` as the RFCs spell them, for what goes out.
pub(super) fn outward(value: &str) -> String {
    let value = replace_algorithm(value, |name| name.eq_ignore_ascii_case("SHA256").then_some("SHA-256"));
    value.replace("qop=\"auth\"", "qop=auth")
}

/// How much we would like to answer a challenge: none is MD5; the unknown is not answered at all.
pub(super) fn strength(value: &str) -> Option<u8> {
    match algorithm(value).map(|(_, name)| name.to_ascii_uppercase()).as_deref() {
        None | Some("MD5") => Some(1),
        Some("SHA-256" | "SHA256") => Some(2),
        Some(_) => None,
    }
}

/// Where the algorithm's name stands, and the name without quotes.
fn algorithm(value: &str) -> Option<(std::ops::Range<usize>, &str)> {
    let lower = value.to_ascii_lowercase();
    let mut from = 0;
    loop {
        let at = from + lower.get(from..)?.find("algorithm")?;
        let before = lower.get(..at)?.chars().next_back();
        let start = at + "algorithm".len();
        let rest = value.get(start..)?;
        let name = rest.trim_start().strip_prefix('=').map(str::trim_start);
        // Inside another word or a quoted value it is somebody else's.
        if let (Some(name), true) = (name, before.is_none_or(|c| c == ',' || c == ' ')) {
            let length = name.find([',', ' ']).unwrap_or(name.len());
            let name_start = value.len() - name.len();
            let range = name_start..name_start + length;
            return Some((range.clone(), value.get(range)?.trim_matches('"')));
        }
        from = start;
    }
}

fn replace_algorithm(value: &str, other: impl Fn(&str) -> Option<&'static str>) -> String {
    let mut value = value.to_owned();
    let change = algorithm(&value).and_then(|(range, name)| other(name).map(|name| (range, name)));
    if let Some((range, name)) = change {
        value.replace_range(range, name);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_algorithm_is_respelt_both_ways_and_nothing_else() {
        let challenge = r#"Digest realm="algorithm=SHA-256", nonce="a", algorithm="SHA-256", qop="auth""#;
        assert_eq!(
            inward(challenge),
            r#"Digest realm="algorithm=SHA-256", nonce="a", algorithm=SHA256, qop="auth""#
        );
        let answer = r#"Digest username="a", algorithm=SHA256, qop="auth", nc=00000001"#;
        assert_eq!(outward(answer), r#"Digest username="a", algorithm=SHA-256, qop=auth, nc=00000001"#);
        assert_eq!(inward("Digest realm=\"å\", algorithm=MD5"), "Digest realm=\"å\", algorithm=MD5");
    }

    #[test]
    fn known_algorithms_are_ranked_and_unknown_ones_left() {
        assert_eq!(strength("Digest realm=\"x\""), Some(1));
        assert_eq!(strength("Digest algorithm=md5, realm=\"x\""), Some(1));
        assert_eq!(strength("Digest algorithm=SHA-256"), Some(2));
        assert_eq!(strength("Digest algorithm=SHA-512-256"), None);
        assert_eq!(strength("Digest algorithm=MD5-sess"), None);
    }
}
