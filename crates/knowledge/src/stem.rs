//! Stems: what inflected forms have in common.

use rust_stemmers::{Algorithm, Stemmer};

/// The Snowball Swedish stem of a folded word.
///
/// Folding first changes few stems, since å, ä and ö are vowels like a and o; those of *-lös* it would split.
#[must_use]
pub fn stem(folded: &str) -> String {
    for ending in ["los", "losa", "lost"] {
        if let Some(head) = folded.strip_suffix(ending).filter(|head| head.len() >= 4) {
            return format!("{head}los");
        }
    }
    Stemmer::create(Algorithm::Swedish).stem(folded).into_owned()
}

/// The stem of a word in lower case with its å, ä and ö; `None` when it has none: then [`stem`] is it.
///
/// Kept beside the folded stem, so that *råtta* is told from *rätt*.
#[must_use]
pub fn marked_stem(lower: &str) -> Option<String> {
    let marked = lower.contains(['å', 'ä', 'ö']);
    marked.then(|| Stemmer::create(Algorithm::Swedish).stem(lower).into_owned())
}

/// The verb behind a noun, as a stem: *hämtning → hämt*, *parkering → parker*, *ansökan → ansök*.
///
/// Residents say what they do, titles say what it is called.
#[must_use]
pub fn derived(folded: &str) -> Option<String> {
    const ENDINGS: [(&str, usize); 8] = [
        ("ningarna", 4),
        ("ningar", 4),
        ("ningen", 4),
        ("ning", 4),
        ("eringen", 4),
        ("ering", 4),
        ("ande", 5),
        ("an", 4),
    ];
    for (ending, least) in ENDINGS {
        let Some(head) = folded.strip_suffix(ending) else { continue };
        let head = if ending.starts_with("ering") { format!("{head}er") } else { head.to_owned() };
        let verbal = ending != "an" || head.ends_with(['k', 'l', 'r', 'n']);
        if head.len() >= least && verbal {
            return Some(head);
        }
        return None;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflections_share_a_stem() {
        for (one, other) in [
            ("altan", "altaner"),
            ("altan", "altanen"),
            ("forskola", "forskolor"),
            ("bygga", "byggt"),
            ("bygga", "byggde"),
            ("avgift", "avgifterna"),
            ("hemtjanst", "hemtjansten"),
            ("arbetslos", "arbetslost"),
            ("arbetslos", "arbetslosa"),
        ] {
            assert_eq!(stem(one), stem(other), "{one} {other}");
        }
    }

    #[test]
    fn nouns_lead_to_their_verbs() {
        assert_eq!(derived("hamtning"), Some(stem("hamta")));
        assert_eq!(derived("parkering"), Some(stem("parkera")));
        assert_eq!(derived("ansokan"), Some(stem("ansoka")));
        assert_eq!(derived("altan"), None);
        assert_eq!(derived("tidning"), None);
    }
}
