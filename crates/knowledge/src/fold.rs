//! One spelling for what people write in several ways.

/// `text` in lower case without diacritics: å and ä become a, ö becomes o, é becomes e.
///
/// Who types without å, ä and ö finds the same; the exact spelling is kept beside it in the index.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            'å' | 'ä' | 'á' | 'à' | 'â' | 'ã' | 'æ' => folded.push('a'),
            'ö' | 'ø' | 'ó' | 'ò' | 'ô' | 'õ' => folded.push('o'),
            'é' | 'è' | 'ê' | 'ë' => folded.push('e'),
            'ü' | 'ú' | 'ù' | 'û' => folded.push('u'),
            'í' | 'ì' | 'î' | 'ï' => folded.push('i'),
            'ý' | 'ÿ' => folded.push('y'),
            'ç' => folded.push('c'),
            'ñ' => folded.push('n'),
            '\u{300}'..='\u{36f}' => {}
            other => folded.push(other),
        }
    }
    folded
}

/// Letters written as base and mark (as some systems hand them over) put together: å, ä, ö and é.
#[must_use]
pub fn compose(text: &str) -> String {
    if !text.chars().any(|letter| matches!(letter, '\u{300}'..='\u{36f}')) {
        return text.to_owned();
    }
    let mut composed = String::with_capacity(text.len());
    for letter in text.chars() {
        let whole = match (composed.chars().next_back(), letter) {
            (Some('a'), '\u{30a}') => 'å',
            (Some('A'), '\u{30a}') => 'Å',
            (Some('a'), '\u{308}') => 'ä',
            (Some('A'), '\u{308}') => 'Ä',
            (Some('o'), '\u{308}') => 'ö',
            (Some('O'), '\u{308}') => 'Ö',
            (Some('e'), '\u{301}') => 'é',
            (Some('E'), '\u{301}') => 'É',
            _ => {
                composed.push(letter);
                continue;
            }
        };
        composed.pop();
        composed.push(whole);
    }
    composed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swedish_letters_lose_their_marks() {
        assert_eq!(fold("Återvinning Älvsjö IDÉ"), "atervinning alvsjo ide");
        assert_eq!(fold("a\u{30a}ker"), "aker");
    }

    #[test]
    fn base_and_mark_become_one_letter() {
        assert_eq!(compose("fo\u{308}rskola"), "förskola");
        assert_eq!(compose("orörd"), "orörd");
    }
}
