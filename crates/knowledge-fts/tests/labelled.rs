//! How well residents' words find the demo municipality's articles: a labelled set, per kind of query.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may unwrap")]

#[path = "../../../tests/src/excuse.rs"]
mod excuse;
mod exempelkoping;

use exempelkoping::Labelled;
use knowledge::{Ask, Dictionary, Kind, suggest};
use knowledge_fts::FtsIndex;
use rusqlite::Connection;
use std::{collections::BTreeMap, sync::Arc};

fn open(dictionary: Option<Arc<Dictionary>>) -> (Connection, FtsIndex) {
    let connection = Connection::open_in_memory().unwrap();
    let mut index = FtsIndex::open(&connection, dictionary).unwrap();
    index.replace_all(&connection, &exempelkoping::documents()).unwrap();
    (connection, index)
}

/// Finds each query in the first five articles; prints per kind and what was missed; the share found.
fn measure(name: &str, labelled: &[Labelled], dictionary: Option<Arc<Dictionary>>) -> f64 {
    let (connection, index) = open(dictionary);
    let mut kinds = BTreeMap::<&str, (usize, usize)>::new();
    for query in labelled {
        let ask = Ask { typed: query.text.clone(), per_kind: 5, ..Ask::default() };
        let suggestions = suggest(&index.on(&connection), &ask).unwrap();
        let articles: Vec<&str> = suggestions
            .iter()
            .filter(|suggestion| suggestion.key.kind == Kind::Article)
            .map(|suggestion| suggestion.key.id.as_str())
            .collect();
        let found = query.expect.iter().any(|id| articles.contains(&id.as_str()));
        let count = kinds.entry(&query.kind).or_default();
        count.0 += usize::from(found);
        count.1 += 1;
        if !found {
            println!(
                "  missed {:>10}: {:<44} wants {:?}, got {articles:?}",
                query.kind, query.text, query.expect
            );
        }
    }
    let (found, all) = kinds.values().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    println!("{name}: {found} of {all} in the first five");
    for (kind, (found, all)) in kinds {
        println!("  {kind:<10} {found} of {all}");
    }
    f64::from(u32::try_from(found).unwrap()) / f64::from(u32::try_from(all).unwrap())
}

#[test]
fn nearly_all_are_found_in_the_first_five() {
    let labelled = exempelkoping::queries();
    assert!(labelled.len() >= 100, "the municipality's labelled set is missing");
    let learnt = measure("dictionary learnt from the texts", &labelled, None);
    if let Some(dictionary) = excuse::or_skip(exempelkoping::hunspell(), "no hunspell-sv on this machine") {
        let share = measure("precompiled dictionary", &labelled, Some(dictionary));
        assert!(share >= 0.97, "{share}");
    }
    assert!(learnt >= 0.97, "{learnt}");
}

#[test]
fn what_does_not_belong_to_a_question_stays_away() {
    let mut wrong = Vec::new();
    for dictionary in [None, exempelkoping::hunspell()] {
        let (connection, index) = open(dictionary);
        for query in exempelkoping::quiet() {
            let suggestions = suggest(&index.on(&connection), &query.ask).unwrap();
            assert!(!suggestions.is_empty(), "{:?} finds nothing", query.ask);
            let strays = suggestions.iter().filter(|found| query.never.contains(&found.key.id.as_str()));
            wrong.extend(
                strays.map(|found| format!("{}: {:?} {:.3}", query.ask.typed, found.key, found.score)),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
