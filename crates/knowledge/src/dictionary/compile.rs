//! Reading a Hunspell dictionary of Swedish into compound parts.
//!
//! Only what compounds need is read: which words may begin and end one, and the suffixes that form first
//! parts. Everything else in the two files is passed over.

use super::{Forms, Role};
use crate::{fold, stem};
use std::collections::HashMap;

/// One way to form a first part: `strip` off, `add` on, when the word ends as `condition` says.
struct Formation {
    strip: String,
    add: String,
    condition: Vec<Class>,
}

/// One letter of a condition: these letters, or any but these.
struct Class {
    letters: String,
    negated: bool,
}

#[derive(Default)]
struct Affixes {
    begin: String,
    middle: String,
    end: String,
    only_in_compound: String,
    forbidden: String,
    formations: HashMap<char, Vec<Formation>>,
}

/// Bytes of a dictionary from the text of a Hunspell `.aff` and `.dic` file (Debian's hunspell-sv).
///
/// The result is a work derived from those files and keeps their licence: ship it as a file of its own.
#[must_use]
pub fn compile(aff: &str, dic: &str) -> Vec<u8> {
    let affixes = Affixes::read(aff);
    let mut forms = Forms::default();
    for line in dic.lines().skip(1) {
        let entry = line.split_whitespace().next().unwrap_or_default();
        let (word, flags) = entry.split_once('/').unwrap_or((entry, ""));
        if affixes.is_any(flags, &affixes.forbidden) || word.starts_with('-') {
            continue;
        }
        affixes.add_entry(&mut forms, word, flags);
    }
    forms.into_bytes()
}

impl Affixes {
    fn read(aff: &str) -> Self {
        let mut affixes = Self::default();
        let mut rules = Vec::new();
        for line in aff.lines() {
            let fields: Vec<&str> = line.split_whitespace().collect();
            match fields.as_slice() {
                ["COMPOUNDBEGIN", flag, ..] => affixes.begin = (*flag).to_owned(),
                ["COMPOUNDMIDDLE", flag, ..] => affixes.middle = (*flag).to_owned(),
                ["COMPOUNDEND", flag, ..] => affixes.end = (*flag).to_owned(),
                ["ONLYINCOMPOUND", flag, ..] => affixes.only_in_compound = (*flag).to_owned(),
                ["FORBIDDENWORD", flag, ..] => affixes.forbidden = (*flag).to_owned(),
                ["SFX", flag, strip, add, condition, ..] => {
                    rules.push((flag.chars().next(), *strip, *add, *condition));
                }
                _ => {}
            }
        }
        for (flag, strip, add, condition) in rules {
            let (add, continuation) = add.split_once('/').unwrap_or((add, ""));
            let begins =
                affixes.is_any(continuation, &affixes.begin) || affixes.is_any(continuation, &affixes.middle);
            if let (Some(flag), true) = (flag, begins) {
                affixes.formations.entry(flag).or_default().push(Formation {
                    strip: strip.trim_matches('0').to_owned(),
                    add: add.trim_matches('0').trim_end_matches('-').to_owned(),
                    condition: classes(condition),
                });
            }
        }
        affixes
    }

    #[expect(clippy::unused_self, reason = "reads as a question to the affixes")]
    fn is_any(&self, flags: &str, of: &str) -> bool {
        !of.is_empty() && flags.contains(of)
    }

    fn add_entry(&self, forms: &mut Forms, word: &str, flags: &str) {
        if let Some(head) = word.strip_suffix('-') {
            forms.add(fold(head), Role::FIRST);
            return;
        }
        let folded = fold(word);
        if self.is_any(flags, &self.begin) || self.is_any(flags, &self.middle) {
            forms.add(folded.clone(), Role::FIRST);
        }
        for flag in flags.chars() {
            for formation in self.formations.get(&flag).into_iter().flatten() {
                if let Some(form) = formation.apply(word) {
                    forms.add(fold(&form), Role::FIRST);
                }
            }
        }
        if self.is_any(flags, &self.only_in_compound) {
            return;
        }
        let name = word.chars().next().is_some_and(char::is_uppercase);
        if self.is_any(flags, &self.end) && !name {
            let base = stem(&folded);
            if base != folded && !folded.ends_with('a') {
                forms.add(folded.clone(), Role::LAST);
            }
            forms.add(base, Role::LAST);
            add_nominal(forms, &folded);
        }
    }
}

/// First parts that a noun forms by rule: *skola → skol, skole*; a compound or a long noun links with s.
fn add_nominal(forms: &mut Forms, folded: &str) {
    if folded.len() < 4 {
        return;
    }
    if let Some(head) = folded.strip_suffix('a') {
        forms.add(head.to_owned(), Role::FORMED);
        forms.add(format!("{head}e"), Role::FORMED);
        return;
    }
    forms.add(folded.to_owned(), Role::FORMED);
    if folded.len() >= 6 && !folded.ends_with('s') {
        forms.add(format!("{folded}s"), Role::FORMED);
    }
}

impl Formation {
    fn apply(&self, word: &str) -> Option<String> {
        let mut letters = word.chars().rev();
        for class in self.condition.iter().rev() {
            let letter = letters.next()?;
            if class.letters.contains(letter) == class.negated {
                return None;
            }
        }
        let head = word.strip_suffix(self.strip.as_str())?;
        Some(format!("{head}{}", self.add))
    }
}

/// A condition such as `[^ae]` or `um` as one class per letter; `.` asks for nothing.
fn classes(condition: &str) -> Vec<Class> {
    let mut classes = Vec::new();
    let mut letters = condition.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '.' => {}
            '[' => {
                let inside: String = letters.by_ref().take_while(|inner| *inner != ']').collect();
                let negated = inside.starts_with('^');
                classes.push(Class { letters: inside.trim_start_matches('^').to_owned(), negated });
            }
            other => classes.push(Class { letters: other.to_string(), negated: false }),
        }
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dictionary;

    const AFF: &str = "COMPOUNDBEGIN X\nCOMPOUNDMIDDLE U\nCOMPOUNDEND Y\nONLYINCOMPOUND Z\nFORBIDDENWORD %\n\
        SFX v N 2\nSFX v a s/WXZ a\nSFX v 0 s/WXZ [^a]\nSFX w N 2\nSFX w a u/WXZ a\nSFX w um i/WXZ um\nSFX A Y 1\nSFX A 0 s .\n";
    const DIC: &str = "7\ngata/AEGRwY\ntrygghet/ADfvY\nskola/AEGPY\nbygg/XZ\nfelord/%Y\nhuvudstads-\nlampa\n";

    #[test]
    fn roles_come_from_the_flags() {
        let dictionary = Dictionary::from_bytes(compile(AFF, DIC)).unwrap();
        assert!(dictionary.role("gatu").has(Role::FIRST) && dictionary.role("gatu").linking() == 1);
        assert!(dictionary.role("trygghets").has(Role::FIRST) && dictionary.role("trygghets").linking() == 1);
        assert!(dictionary.role("bygg").has(Role::FIRST) && !dictionary.role("bygg").has(Role::LAST));
        assert!(dictionary.role("huvudstads").has(Role::FIRST));
        assert_eq!(dictionary.role("felord"), Role::default());
        assert_eq!(dictionary.role("lamp"), Role::default());
    }

    #[test]
    fn skola_begins_as_skol_and_skole() {
        let dictionary = Dictionary::from_bytes(compile(AFF, DIC)).unwrap();
        assert!(dictionary.role("skol").has(Role::FORMED) && dictionary.role("skole").has(Role::FORMED));
        assert_eq!(dictionary.role("skole").linking(), 1);
    }
}
