//! Taking compounds apart. Compounds decide in Swedish: *trygghetslarmsavgift* is three words in a coat.

use crate::{
    derived,
    dictionary::{Dictionary, Role, SHORTEST_PART},
    stem,
};

/// Longest word that is taken apart, in bytes: what a keystroke costs is bounded.
const LONGEST: usize = 40;
/// A part this long may be a compound itself and is looked into once more.
const WORTH_LOOKING: usize = 7;

/// The cheapest way to a place in the word.
#[derive(Clone, Default)]
struct Way {
    cost: u32,
    shortest: usize,
    parts: Vec<String>,
}

/// The stems of the parts of a folded word, outer split first, then the parts of its parts.
///
/// Fewest parts win, then those that the dictionary is sure of, then the split whose shortest part is longest.
/// Empty when the word is no compound that the dictionary knows.
pub(crate) fn split(dictionary: &Dictionary, folded: &str) -> Vec<String> {
    if folded.len() > LONGEST || folded.len() < 2 * SHORTEST_PART {
        return Vec::new();
    }
    let Some(outer) = best(dictionary, folded) else { return Vec::new() };
    let mut parts = outer.clone();
    for part in outer.iter().filter(|part| part.len() >= WORTH_LOOKING) {
        for inner in best(dictionary, part).into_iter().flatten() {
            if !parts.contains(&inner) {
                parts.push(inner);
            }
        }
    }
    parts
}

/// The outermost split: the stems in order.
pub(crate) fn best(dictionary: &Dictionary, folded: &str) -> Option<Vec<String>> {
    let ways = ways(dictionary, folded);
    let mut best: Option<Way> = None;
    for (start, way) in ways.iter().enumerate().skip(SHORTEST_PART) {
        let (Some(way), Some(rest)) = (way, folded.get(start..)) else { continue };
        if rest.len() < SHORTEST_PART {
            continue;
        }
        if let Some((last, cost)) = last_part(dictionary, rest) {
            let candidate = way.and(last, cost, rest.len());
            if best.as_ref().is_none_or(|known| candidate.beats(known)) {
                best = Some(candidate);
            }
        }
    }
    best.map(|way| way.parts)
}

/// First parts of a word that is still being typed, and what is left: *bygglovsans → (bygglov, ans)*.
pub(crate) fn beginning<'a>(dictionary: &Dictionary, folded: &'a str) -> Option<(Vec<String>, &'a str)> {
    if folded.len() > LONGEST {
        return None;
    }
    let ways = ways(dictionary, folded);
    (SHORTEST_PART..folded.len()).rev().find_map(|start| {
        let way = ways.get(start)?.as_ref()?;
        let rest = folded.get(start..).filter(|rest| rest.len() >= SHORTEST_PART)?;
        Some((way.parts.clone(), rest))
    })
}

/// The cheapest chain of first parts up to each byte of the word.
fn ways(dictionary: &Dictionary, folded: &str) -> Vec<Option<Way>> {
    let mut ways: Vec<Option<Way>> = vec![None; folded.len() + 1];
    if let Some(first) = ways.first_mut() {
        *first = Some(Way { shortest: usize::MAX, ..Way::default() });
    }
    for start in 0..folded.len() {
        let (Some(Some(way)), Some(rest)) = (ways.get(start).cloned(), folded.get(start..)) else { continue };
        for (length, role) in dictionary.prefixes(rest) {
            let Some(form) = rest.get(..length) else { continue };
            let Some((cost, linking)) = first_part(role) else { continue };
            let bare = form.get(..length - linking).unwrap_or(form);
            offer(&mut ways, start + length, way.and(canonical(bare, form, linking), cost, length));
            // A linking s that the dictionary does not list: *kommuns-*, *besöks-*.
            if linking == 0 && length > SHORTEST_PART && rest.as_bytes().get(length) == Some(&b's') {
                offer(&mut ways, start + length + 1, way.and(stem(form), cost + 2, length + 1));
            }
        }
    }
    ways
}

/// The stem of a first part: *skol-e* and *gat-u* are stems once the vowel is off, *trygghet-s* is a word.
fn canonical(bare: &str, form: &str, linking: usize) -> String {
    if linking > 0 && !form.ends_with('s') { bare.to_owned() } else { stem(bare) }
}

fn first_part(role: Role) -> Option<(u32, usize)> {
    if role.has(Role::FIRST) {
        Some((10, role.linking()))
    } else if role.has(Role::FORMED) {
        Some((12, role.linking()))
    } else {
        None
    }
}

fn last_part(dictionary: &Dictionary, rest: &str) -> Option<(String, u32)> {
    let stemmed = stem(rest);
    if stemmed.len() >= SHORTEST_PART && dictionary.role(&stemmed).has(Role::LAST) {
        return Some((stemmed, 10));
    }
    // The plain form where the stem went too far (*bad-en*), then the verb's noun.
    if dictionary.role(rest).has(Role::LAST) {
        return Some((stemmed, 10));
    }
    let verb = derived(rest)?;
    dictionary.role(&verb).has(Role::LAST).then_some((stemmed, 12))
}

fn offer(ways: &mut [Option<Way>], place: usize, way: Way) {
    if let Some(known) = ways.get_mut(place)
        && known.as_ref().is_none_or(|known| way.beats(known))
    {
        *known = Some(way);
    }
}

impl Way {
    fn and(&self, part: String, cost: u32, length: usize) -> Self {
        let mut parts = self.parts.clone();
        parts.push(part);
        Self { cost: self.cost + cost, shortest: self.shortest.min(length), parts }
    }

    fn beats(&self, other: &Self) -> bool {
        (self.cost, other.shortest) < (other.cost, self.shortest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dictionary::learn;

    fn parts(words: &[&str], compound: &str) -> Vec<String> {
        split(&Dictionary::from_bytes(learn(words.iter().copied())).unwrap(), compound)
    }

    #[test]
    fn two_parts_and_linking_s() {
        assert_eq!(parts(&["bygga", "lov"], "bygglov"), ["bygg", "lov"]);
        assert!(parts(&["bygga", "ut"], "byggut").is_empty(), "a part has three letters");
        assert_eq!(parts(&["trygghet", "larm"], "trygghetslarm"), ["trygg", "larm"]);
        assert_eq!(parts(&["avgift", "hemtjanst"], "hemtjanstavgiften"), ["hemtjanst", "avgift"]);
    }

    #[test]
    fn first_part_forms() {
        assert_eq!(parts(&["gata", "belysning"], "gatubelysning"), ["gat", "belysning"]);
        assert_eq!(parts(&["forskola", "avgift"], "forskoleavgifter"), ["forskol", "avgift"]);
        assert_eq!(parts(&["skola", "skjuts"], "skolskjuts"), ["skol", "skjut"]);
    }

    #[test]
    fn fewest_parts_win_and_parts_are_looked_into() {
        let words = ["trygghet", "larm", "trygghetslarm", "avgift"];
        assert_eq!(parts(&words, "trygghetslarmsavgift"), ["trygghetslarm", "avgift", "trygg", "larm"]);
    }

    #[test]
    fn simple_words_stay_whole() {
        assert!(parts(&["gata", "belysning", "avgift"], "belysning").is_empty());
        assert!(parts(&["gata"], &"gata".repeat(20)).is_empty());
    }

    #[test]
    fn a_compound_half_typed() {
        let dictionary = Dictionary::from_bytes(learn(["bygglov", "ansokan"])).unwrap();
        assert_eq!(beginning(&dictionary, "bygglovsans"), Some((vec!["bygglov".to_owned()], "ans")));
    }
}
