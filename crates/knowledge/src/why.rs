//! Why something is suggested, so that it can be shown and highlighted.

use crate::{Head, fold, is_stop_word, query::Group, stem, words};
use serde::{Deserialize, Serialize};

/// One reason for a suggestion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", content = "of", rename_all = "snake_case")]
pub enum Reason {
    /// A word of the title, the question or the keywords, as it stands there: highlight it.
    Word(String),
    /// It belongs to the chosen case type, or to one that the text points to.
    CaseType(String),
    /// It is asked for most in this queue.
    Queue(String),
    /// So many articles that match belong to this case type.
    Articles(u32),
}

/// Most words that are named for one suggestion.
const MOST_WORDS: usize = 6;

/// The words of a document that the question met, in the order of the text, each once.
pub(crate) fn matched(head: &Head, groups: &[Group]) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    let texts = [head.title.as_str(), head.question.as_str()];
    for text in texts.into_iter().chain(head.keywords.iter().map(String::as_str)) {
        for word in words(text) {
            let folded = fold(word);
            if folded.len() < 3 || is_stop_word(&folded) {
                continue;
            }
            let stemmed = stem(&folded);
            if !groups.iter().any(|group| meets(&folded, &stemmed, group)) {
                continue;
            }
            let reason = Reason::Word(word.to_owned());
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
            if reasons.len() == MOST_WORDS {
                return reasons;
            }
        }
    }
    reasons
}

/// Whether the word is what was asked for, begins with it, or holds it as a part. Parts are looked for as
/// letters: taking every shown word apart would cost more than a keystroke may.
fn meets(folded: &str, stemmed: &str, group: &Group) -> bool {
    if group.beginning.as_deref().is_some_and(|beginning| folded.starts_with(beginning)) {
        return true;
    }
    group.stems.iter().any(|stem| {
        stem == stemmed
            || (stem.len() >= 4 && folded.contains(stem.as_str()))
            || (stem.len() == 3 && (folded.starts_with(stem.as_str()) || stemmed.ends_with(stem.as_str())))
    })
}
