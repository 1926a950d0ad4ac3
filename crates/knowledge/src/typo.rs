//! Spelling mistakes: an automaton that walks the vocabulary and stays near a word.

use fst::Automaton;

/// How many mistakes a word of this length may hold: one in four letters, two in eight.
#[must_use]
pub(crate) fn allowed(letters: usize) -> u8 {
    match letters {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// Accepts words within a number of edits: a letter too many, too few, another one, two in the wrong order.
///
/// The rows of the edit table are worked out as the walk goes. `fst`'s own automaton is built whole before
/// the first step, which for two edits of a long word costs more than a keystroke may.
/// Counts bytes: folded Swedish is ASCII.
pub(crate) struct Near {
    word: Vec<u8>,
    edits: u8,
}

/// The last two rows of the edit table and the byte that led to the newer one. Copied at every step of the
/// walk, so it allocates nothing.
#[derive(Clone, Copy)]
pub(crate) struct Rows {
    before: Row,
    row: Row,
    byte: u8,
}

/// Longest word, in bytes.
const LONGEST: usize = 32;

type Row = [u8; LONGEST + 1];

impl Near {
    /// Words within `edits` of `word`; cut at 32 bytes.
    pub(crate) fn new(word: &str, edits: u8) -> Self {
        Self { word: word.bytes().take(LONGEST).collect(), edits }
    }

    pub(crate) fn distance(&self, rows: &Rows) -> u8 {
        rows.row.get(self.word.len()).copied().unwrap_or(u8::MAX)
    }

    /// The next row, and its least cell.
    fn next(&self, rows: &Rows, byte: u8) -> (Rows, u8) {
        let mut row = [u8::MAX; LONGEST + 1];
        let mut left = rows.row.first().map_or(u8::MAX, |cell| cell.saturating_add(1));
        let mut smallest = left;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        let above = rows.row.iter().zip(rows.row.iter().skip(1));
        let mut earlier: Option<(u8, u8)> = None;
        for (((&letter, (&corner, &up)), cell), &before) in
            self.word.iter().zip(above).zip(row.iter_mut().skip(1)).zip(&rows.before)
        {
            let mut least = corner
                .saturating_add(u8::from(letter != byte))
                .min(up.saturating_add(1))
                .min(left.saturating_add(1));
            if let Some((previous, cell)) = earlier
                && letter == rows.byte
                && previous == byte
            {
                least = least.min(cell.saturating_add(1));
            }
            earlier = Some((letter, before));
            *cell = least;
            left = least;
            smallest = smallest.min(least);
        }
        (Rows { before: rows.row, row, byte }, smallest)
    }
}

impl Automaton for Near {
    type State = Option<Rows>;

    fn start(&self) -> Self::State {
        let mut row = [u8::MAX; LONGEST + 1];
        for (cell, place) in row.iter_mut().zip(0..) {
            *cell = place;
        }
        Some(Rows { before: [u8::MAX; LONGEST + 1], row, byte: 0 })
    }

    fn is_match(&self, state: &Self::State) -> bool {
        state.as_ref().is_some_and(|rows| self.distance(rows) <= self.edits)
    }

    fn can_match(&self, state: &Self::State) -> bool {
        state.is_some()
    }

    fn accept(&self, state: &Self::State, byte: u8) -> Self::State {
        let (rows, least) = self.next(state.as_ref()?, byte);
        // Two letters in the wrong order may lead back below the limit by one row.
        (least <= self.edits.saturating_add(u8::from(self.edits > 0))).then_some(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Vocabulary;
    use proptest::prelude::*;

    fn near(words: &[&str], word: &str, edits: u8) -> Vec<(String, u8)> {
        Vocabulary::new(words.iter().map(|word| ((*word).to_owned(), 1)), 1)
            .near(word, edits, 10)
            .into_iter()
            .map(|near| (near.word, near.edits))
            .collect()
    }

    #[test]
    fn one_edit_of_each_sort() {
        for wrong in ["altann", "alan", "alton", "alatn"] {
            assert_eq!(near(&["altan", "avgift"], wrong, 1), [("altan".to_owned(), 1)], "{wrong}");
        }
        assert!(near(&["altan"], "attan", 0).is_empty());
    }

    #[test]
    fn short_words_are_left_alone() {
        assert_eq!([allowed(3), allowed(4), allowed(7), allowed(8)], [0, 1, 1, 2]);
    }

    /// The whole table at once, for comparison.
    fn distance(one: &[u8], other: &[u8]) -> usize {
        let mut table = vec![vec![0; other.len() + 1]; one.len() + 1];
        for i in 0..=one.len() {
            for j in 0..=other.len() {
                table[i][j] = if i == 0 || j == 0 {
                    i + j
                } else {
                    let mut least = (table[i - 1][j - 1] + usize::from(one[i - 1] != other[j - 1]))
                        .min(table[i - 1][j] + 1)
                        .min(table[i][j - 1] + 1);
                    if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                        least = least.min(table[i - 2][j - 2] + 1);
                    }
                    least
                };
            }
        }
        table[one.len()][other.len()]
    }

    proptest! {
        #[test]
        fn finds_exactly_the_words_within_reach(words in proptest::collection::btree_set("[abc]{1,7}", 1..30), word in "[abc]{1,7}", edits in 0u8..3) {
            let vocabulary = Vocabulary::new(words.iter().map(|word| (word.clone(), 1)), 1);
            let found = vocabulary.near(&word, edits, 100);
            let least = words.iter().map(|known| distance(known.as_bytes(), word.as_bytes())).min().unwrap_or(99);
            let mut expected: Vec<_> = words.iter()
                .filter(|known| least <= usize::from(edits) && distance(known.as_bytes(), word.as_bytes()) == least)
                .cloned().collect();
            let mut got: Vec<_> = found.into_iter().map(|near| near.word).collect();
            expected.sort();
            got.sort();
            prop_assert_eq!(got, expected);
        }
    }
}
