//! A dictionary of the texts' own words, for when there is no other.

use super::{Forms, Role};
use crate::{fold, is_stop_word, stem};

/// Bytes of a dictionary learnt from `words` as they stand in the texts (any spelling, any order).
///
/// Finds a part of a compound only when some text uses it alone; the precompiled one knows more.
pub fn learn<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut forms = Forms::default();
    for word in words {
        let folded = fold(word);
        if !is_stop_word(&folded) {
            add_formed(&mut forms, &folded);
        }
    }
    forms.into_bytes()
}

/// The forms that a word of unknown kind can take in a compound.
pub(super) fn add_formed(forms: &mut Forms, folded: &str) {
    let base = stem(folded);
    forms.add(base.clone(), Role::LAST);
    forms.add(base.clone(), Role::FORMED);
    forms.add(folded.to_owned(), Role::FORMED);
    forms.add(format!("{base}s"), Role::FORMED);
    if folded.ends_with('a') {
        for link in ["e", "u", "o"] {
            forms.add(format!("{base}{link}"), Role::FORMED);
        }
    }
}
