//! Cutting text into words.

/// Words that say nothing about the subject, folded and sorted.
const STOP_WORDS: &[&str] = &[
    "alla", "allt", "an", "andra", "annan", "att", "av", "bara", "behover", "bli", "blir", "blivit", "borde",
    "da", "dar", "de", "dem", "den", "denna", "deras", "dess", "dessa", "det", "detta", "dig", "din", "dina",
    "ditt", "dom", "du", "dar", "efter", "eftersom", "eller", "en", "er", "era", "ert", "ett", "finns",
    "for", "fran", "fa", "far", "fatt", "ga", "galler", "gar", "gor", "gora", "ha", "hade", "han", "hans",
    "har", "hej", "hen", "hennes", "hon", "honom", "hos", "hur", "i", "in", "inte", "ja", "jag", "kan",
    "kom", "kommer", "kunna", "man", "med", "mej", "mellan", "men", "mig", "min", "mina", "mitt", "mot",
    "mycket", "maste", "nar", "nej", "nu", "nagon", "nagot", "nagra", "och", "ocksa", "om", "oss", "pa",
    "ringer", "sa", "sade", "sager", "samt", "sej", "sen", "sig", "sin", "sina", "sitt", "ska", "skall",
    "skulle", "som", "till", "tror", "undrar", "upp", "ut", "utan", "vad", "var", "vara", "varfor", "varit",
    "vart", "vem", "vet", "vi", "vid", "vilja", "vilka", "vilken", "vilket", "vill", "ar", "at", "over",
];

/// True for a folded word that says nothing about the subject.
#[must_use]
pub fn is_stop_word(folded: &str) -> bool {
    STOP_WORDS.contains(&folded)
}

/// The words of `text` in order, as they stand: runs of letters and digits.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '\u{300}'..='\u{36f}'))
        .filter(|word| !word.is_empty())
}

/// True when the last word of `text` is still being typed: nothing follows it.
pub(crate) fn ends_within_word(text: &str) -> bool {
    text.chars().next_back().is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_parts_words() {
        let cut: Vec<_> = words("E-post? \"sop-hämtning\" 08-465 (nu)").collect();
        assert_eq!(cut, ["E", "post", "sop", "hämtning", "08", "465", "nu"]);
    }

    #[test]
    fn stop_words_are_known_folded() {
        assert!(is_stop_word("for") && is_stop_word("och"));
        assert!(!is_stop_word("bygglov"));
    }

    #[test]
    fn a_space_ends_the_word() {
        assert!(ends_within_word("bygga alt") && !ends_within_word("bygga ") && !ends_within_word(""));
    }
}
