//! How well residents' words find the demo municipality's articles: a labelled set, per kind of query.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may unwrap")]

mod exempelkoping;

use exempelkoping::Labelled;
use knowledge::{Ask, Dictionary, Kind, suggest};
use knowledge_fts::FtsIndex;
use rusqlite::Connection;
use std::{collections::BTreeMap, sync::Arc};

/// Queries of this suite's own, beside the municipality's set.
const OWN: &[(&str, &str, &str)] = &[
    ("plain", "bygga altan", "bygga-altan"),
    ("plain", "trygghetslarm", "trygghetslarm-skaffa"),
    ("plain", "godman", "god-man"),
    ("inflected", "altanerna", "bygga-altan"),
    ("inflected", "gatlyktor som slocknat", "gatubelysning-anmal"),
    ("inflected", "råttorna i källaren", "skadedjur"),
    ("inflected", "solpanelerna på taket", "solceller"),
    ("inflected", "plogade inte vår gata", "snorojning-ordning"),
    ("inflected", "grannens häckar", "klipp-hacken"),
    ("inflected", "böter för parkeringen", "parkeringsanmarkning"),
    ("inflected", "överklagat beslutet om bygglovet", "overklaga-bygglov"),
    ("compound", "altanbygge", "bygga-altan"),
    ("compound", "bygglovskostnad", "bygglov-avgift"),
    ("compound", "hemtjänstavgiften", "hemtjanst-avgift"),
    ("compound", "äldreboendekostnad", "aldreboende-avgift"),
    ("compound", "färdtjänstansökan", "fardtjanst-ansoka"),
    ("compound", "garagebygge", "carport-garage"),
    ("compound", "poolbygge", "pool"),
    ("compound", "socialbidragsansökan", "ekonomiskt-bistand-ansoka"),
    ("compound", "förskoleplats", "forskola-soka-plats"),
    ("compound", "gatuhål", "hal-i-gata-anmal"),
    ("compound", "trädfällning", "kommunens-trad"),
    ("compound", "restaurangklagomål", "klagomal-livsmedel"),
    ("compound", "skolskjutsansökan", "skolskjuts-ansoka"),
    ("compound", "parkeringsböter", "parkeringsanmarkning"),
    ("misspelt", "altann", "bygga-altan"),
    ("misspelt", "trygghetslarmm", "trygghetslarm-skaffa"),
    ("misspelt", "bygglåv", "ansoka-bygglov"),
    ("misspelt", "hemtjenst avgift", "hemtjanst-avgift"),
    ("misspelt", "parkeringstilstånd", "parkeringstillstand-ansok"),
    ("misspelt", "färtjänst", "fardtjanst-ansoka"),
    ("misspelt", "ekonomiskt bistond", "ekonomiskt-bistand-ansoka"),
    ("misspelt", "eldnigsförbud", "eldningsforbud"),
    ("misspelt", "skolsjuts", "skolskjuts-ansoka"),
    ("misspelt", "solseller", "solceller"),
    ("misspelt", "snö röjning", "snorojning-ordning"),
    ("misspelt", "gatubelysnig", "gatubelysning-anmal"),
    ("misspelt", "modersmol", "modersmal"),
    ("everyday", "lapplisan gav mig p-böter", "parkeringsanmarkning"),
    ("everyday", "socbidrag", "ekonomiskt-bistand-ansoka"),
    ("everyday", "dagis kö", "forskola-koplats"),
    ("everyday", "lampan utanför huset är trasig", "gatubelysning-anmal"),
    ("everyday", "min mamma har ramlat och behöver larm", "trygghetslarm-skaffa"),
    ("everyday", "grannen spelar musik hela natten", "buller-granne"),
    ("everyday", "vill sätta upp ett staket mot grannen", "plank-staket-mur"),
    ("everyday", "kan man få skjuts till skolan", "skolskjuts-ansoka"),
    ("everyday", "har ingenstans att bo", "bostadslos"),
    ("everyday", "bada i simhallen när har ni öppet", "simhall-tider"),
    ("everyday", "fick mat med råtta på restaurangen", "klagomal-livsmedel"),
];

fn own() -> Vec<Labelled> {
    OWN.iter()
        .map(|(kind, text, id)| Labelled {
            text: (*text).into(),
            expect: vec![(*id).into()],
            kind: (*kind).into(),
        })
        .collect()
}

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
fn nine_of_ten_are_found_in_the_first_five() {
    let mut labelled = exempelkoping::labelled();
    println!("{} labelled by the municipality, {} own", labelled.len(), OWN.len());
    labelled.extend(own());
    let learnt = measure("dictionary learnt from the texts", &labelled, None);
    if let Some(dictionary) = exempelkoping::hunspell() {
        let share = measure("precompiled dictionary", &labelled, Some(dictionary));
        assert!(share >= 0.9, "{share}");
    } else {
        println!("hunspell-sv is not installed: the precompiled dictionary is not measured");
    }
    assert!(learnt >= 0.9, "{learnt}");
}
