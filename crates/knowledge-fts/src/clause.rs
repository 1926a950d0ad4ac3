//! A clause in the words of FTS5. Every term is quoted and holds letters and digits only.

use knowledge::{Clause, Place, Reach, Term};
use std::fmt::Write;

/// The MATCH text of a clause; `None` when it can match nothing.
pub(crate) fn text(clause: &Clause, reach: Reach) -> Option<String> {
    match clause {
        Clause::Term(term) => term_text(term, reach),
        Clause::All(clauses) => {
            let all: Option<Vec<String>> = clauses.iter().map(|clause| text(clause, reach)).collect();
            joined(all?, " AND ")
        }
        Clause::Any(clauses) => {
            joined(clauses.iter().filter_map(|clause| text(clause, reach)).collect(), " OR ")
        }
    }
}

fn joined(mut texts: Vec<String>, with: &str) -> Option<String> {
    match texts.len() {
        0 => None,
        1 => texts.pop(),
        _ => Some(format!("({})", texts.join(with))),
    }
}

fn term_text(term: &Term, reach: Reach) -> Option<String> {
    let columns = match (term.place, reach) {
        (Place::Heading, _) => "{title keywords} : ",
        (Place::Lead, _) | (Place::Text, Reach::Lead) => "{title question keywords} : ",
        (Place::Text, Reach::Whole) => "{title question answer keywords} : ",
        (Place::Parts, _) => "{parts} : ",
        (Place::Anywhere, Reach::Whole) => "{title question keywords parts} : ",
        // Every column: no filter costs least.
        (Place::Anywhere, Reach::Lead) | (Place::Everywhere, _) => "",
    };
    let word: String = term.text.chars().filter(|letter| letter.is_alphanumeric()).collect();
    if word.is_empty() {
        return None;
    }
    let mut text = format!("{columns}\"{word}\"");
    if term.prefix {
        // Writing to a string does not fail.
        let _ = write!(text, " *");
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(text: &str, prefix: bool) -> Clause {
        Clause::Term(Term { text: text.to_owned(), place: Place::Parts, prefix })
    }

    #[test]
    fn nested_clauses_are_bracketed() {
        let clause = Clause::All(vec![
            term("bygg", false),
            Clause::Any(vec![term("alt", true), term("trall", false)]),
        ]);
        assert_eq!(
            text(&clause, Reach::Lead).unwrap(),
            "({parts} : \"bygg\" AND ({parts} : \"alt\" * OR {parts} : \"trall\"))"
        );
    }

    #[test]
    fn nothing_asks_for_nothing() {
        assert_eq!(text(&Clause::Any(vec![]), Reach::Lead), None);
        assert_eq!(
            text(&Clause::All(vec![term("a", false), term("\" OR *", false)]), Reach::Lead),
            Some("({parts} : \"a\" AND {parts} : \"OR\")".to_owned())
        );
        assert_eq!(text(&Clause::All(vec![term("a", false), term("\"*", false)]), Reach::Lead), None);
    }
}
