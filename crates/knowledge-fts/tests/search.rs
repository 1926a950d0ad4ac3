//! The index: what is found, what a write does, and that no text breaks it.
#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

use knowledge::{Ask, Document, Key, Kind, Reason, search, suggest};
use knowledge_fts::FtsIndex;
use proptest::prelude::*;
use rusqlite::Connection;

fn document(
    kind: Kind,
    id: &str,
    title: &str,
    question: &str,
    keywords: &[&str],
    case_types: &[&str],
) -> Document {
    let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
    Document {
        id: id.into(),
        kind,
        title: title.into(),
        question: question.into(),
        body: format!("Kommunen svarar på frågor om {}.", title.to_lowercase()),
        keywords: words(keywords),
        case_types: words(case_types),
        queues: if case_types.contains(&"bygglov-fraga") { vec!["bygg".into()] } else { vec![] },
    }
}

fn documents() -> Vec<Document> {
    use Kind::{Article, CallScript, CaseType, Checklist};
    let d = document;
    vec![
        d(
            Article,
            "bygga-altan",
            "Bygga altan",
            "Behöver jag bygglov för en altan?",
            &["trall", "uteplats"],
            &["bygglov-fraga"],
        ),
        d(Article, "carport", "Carport och garage", "Får jag bygga garage?", &["biltak"], &["bygglov-fraga"]),
        d(
            Article,
            "sophamtning",
            "Sophämtning som uteblivit",
            "Vad gör jag när soporna inte hämtats?",
            &["soptunna", "kärl"],
            &["sophamtning-utebliven"],
        ),
        d(
            Article,
            "forskola-avgift",
            "Avgift för förskola",
            "Vad kostar förskolan?",
            &["dagis", "maxtaxa"],
            &["forskola-avgift"],
        ),
        d(
            Article,
            "hemtjanst",
            "Ansöka om hemtjänst",
            "Hur får jag hjälp i hemmet?",
            &["hemhjälp"],
            &["ansokan-hemtjanst"],
        ),
        d(
            Article,
            "gatubelysning",
            "Trasig gatubelysning",
            "Lampan på gatan lyser inte",
            &["gatlykta", "lyktstolpe"],
            &["gatubelysning"],
        ),
        d(CallScript, "bygglov", "Bygglov", "", &[], &["bygglov-fraga"]),
        d(Checklist, "bygglov-fraga", "Fråga om bygglov", "", &[], &["bygglov-fraga"]),
        d(CaseType, "bygglov-fraga", "Fråga om bygglov", "", &["altan", "attefall"], &["bygglov-fraga"]),
        d(CaseType, "forskola-avgift", "Förskoleavgift", "", &["dagis"], &["forskola-avgift"]),
    ]
}

fn open() -> (Connection, FtsIndex) {
    let connection = Connection::open_in_memory().unwrap();
    let mut index = FtsIndex::open(&connection, None).unwrap();
    index.replace_all(&connection, &documents()).unwrap();
    (connection, index)
}

fn first(connection: &Connection, index: &FtsIndex, text: &str) -> Option<String> {
    let found = search(&index.on(connection), text, 5).unwrap();
    found.into_iter().find(|found| found.key.kind == Kind::Article).map(|found| found.key.id)
}

#[test]
fn plain_inflected_compound_misspelt_and_half_typed() {
    let (connection, index) = open();
    for (text, expected) in [
        ("altan", "bygga-altan"),
        ("altanerna ", "bygga-altan"),
        ("bygga en altann ", "bygga-altan"),
        ("garaget", "carport"),
        ("soporna hämtades inte ", "sophamtning"),
        ("hämta sopor", "sophamtning"),
        ("förskoleavgiften ", "forskola-avgift"),
        ("forskoleavgift", "forskola-avgift"),
        ("avgift förskola", "forskola-avgift"),
        ("förskoleavg", "forskola-avgift"),
        ("hemtjänsst", "hemtjanst"),
        ("hem tjänst ", "hemtjanst"),
        ("gatubelysningen ", "gatubelysning"),
        ("gatlyktan är trasig", "gatubelysning"),
        ("lyk", "gatubelysning"),
        ("ly", "gatubelysning"),
    ] {
        assert_eq!(first(&connection, &index, text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn nothing_is_found_for_nothing() {
    let (connection, index) = open();
    for text in ["", "   ", "\"*", "qqqqqqqq zzzzzzz"] {
        assert_eq!(first(&connection, &index, text), None, "{text}");
    }
}

#[test]
fn update_replaces_adds_and_removes() {
    let (connection, mut index) = open();
    let key = Key { kind: Kind::Article, id: "carport".into() };
    let changed = [
        document(Kind::Article, "bygga-altan", "Glasa in balkong", "", &[], &["bygglov-fraga"]),
        document(Kind::Article, "pool", "Gräva pool", "", &["bassäng"], &["bygglov-fraga"]),
    ];
    index.update(&connection, &changed, &[key]).unwrap();
    assert_eq!(index.documents(), 10);
    assert_eq!(first(&connection, &index, "garage"), None);
    assert_eq!(first(&connection, &index, "balkongen "), Some("bygga-altan".into()));
    assert_eq!(first(&connection, &index, "bassäng"), Some("pool".into()));
    let rows: i64 =
        connection.query_row("SELECT count(*) FROM knowledge_text", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 10);
}

#[test]
fn a_failed_write_changes_nothing() {
    let (connection, mut index) = open();
    connection
        .execute_batch(
            "CREATE TRIGGER stop BEFORE INSERT ON knowledge_queue BEGIN SELECT raise(ABORT, 'full'); END",
        )
        .unwrap();
    assert!(index.replace_all(&connection, &documents()).is_err());
    assert_eq!(first(&connection, &index, "garage"), Some("carport".into()));
    assert!(connection.is_autocommit());
}

#[test]
fn it_stands_within_the_callers_transaction_and_is_seen_by_others() {
    let folder = std::env::temp_dir().join(format!("knowledge-fts-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("index.sqlite");
    let mut writing = Connection::open(&path).unwrap();
    let mut index = FtsIndex::open(&writing, None).unwrap();
    let other = Connection::open(&path).unwrap();
    let mut reading = FtsIndex::open(&other, None).unwrap();
    let transaction = writing.transaction().unwrap();
    index.replace_all(&transaction, &documents()).unwrap();
    transaction.rollback().unwrap();
    index.refresh(&writing).unwrap();
    assert_eq!(index.documents(), 0);
    index.replace_all(&writing, &documents()).unwrap();
    reading.refresh(&other).unwrap();
    assert_eq!(first(&other, &reading, "förskoleavgiften "), Some("forskola-avgift".into()));
    assert!(!reading.is_outdated());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn another_dictionary_or_a_damaged_one_is_told() {
    let (connection, _) = open();
    let bytes = knowledge::dictionary::learn(["gata", "belysning"]);
    let dictionary = std::sync::Arc::new(knowledge::Dictionary::from_bytes(bytes).unwrap());
    let mut other = FtsIndex::open(&connection, Some(dictionary)).unwrap();
    assert!(other.is_outdated());
    assert_eq!(first(&connection, &other, "garage"), Some("carport".into()));
    other.replace_all(&connection, &documents()).unwrap();
    assert!(!other.is_outdated());

    let (connection, _) = open();
    connection.execute("UPDATE knowledge_about SET value = x'00ff' WHERE name = 'learnt'", []).unwrap();
    let mut damaged = FtsIndex::open(&connection, None).unwrap();
    assert!(damaged.is_outdated());
    damaged.replace_all(&connection, &documents()).unwrap();
    assert!(!damaged.is_outdated());
    assert_eq!(first(&connection, &damaged, "förskoleavgiften "), Some("forskola-avgift".into()));
}

fn ask(typed: &str) -> Ask {
    Ask { typed: typed.into(), per_kind: 5, ..Ask::default() }
}

#[test]
fn suggestions_bring_script_checklist_and_case_type_and_say_why() {
    let (connection, index) = open();
    let suggestions = suggest(&index.on(&connection), &ask("altanen")).unwrap();
    let kinds: Vec<Kind> = suggestions.iter().map(|suggestion| suggestion.key.kind).collect();
    for kind in Kind::ALL {
        assert!(kinds.contains(&kind), "{kind:?} among {kinds:?}");
    }
    let article = suggestions.iter().find(|suggestion| suggestion.key.id == "bygga-altan").unwrap();
    assert!(article.why.contains(&Reason::Word("altan".into())), "{:?}", article.why);
    let script = suggestions.iter().find(|suggestion| suggestion.key.kind == Kind::CallScript).unwrap();
    assert!(script.why.contains(&Reason::CaseType("bygglov-fraga".into())));
}

#[test]
fn case_type_queue_and_note_steer() {
    let (connection, index) = open();
    let reader = index.on(&connection);
    let chosen = Ask { case_type: Some("bygglov-fraga".into()), ..ask("") };
    let ids: Vec<Key> =
        suggest(&reader, &chosen).unwrap().into_iter().map(|suggestion| suggestion.key).collect();
    assert!(ids.contains(&Key { kind: Kind::CallScript, id: "bygglov".into() }));
    assert!(ids.iter().all(|key| key.kind != Kind::CaseType), "the chosen one is not suggested once more");

    let queue = Ask { queue: Some("bygg".into()), ..ask("") };
    let of_queue = suggest(&reader, &queue).unwrap();
    assert!(of_queue.iter().any(|suggestion| suggestion.key.id == "bygglov-fraga"));
    assert!(of_queue.iter().all(|suggestion| suggestion.why.contains(&Reason::Queue("bygg".into()))));

    let note = Ask { note: "Kunden ringer om att lampan på gatan utanför är trasig.".into(), ..ask("") };
    assert_eq!(suggest(&reader, &note).unwrap().first().unwrap().key.id, "gatubelysning");
    assert!(suggest(&reader, &ask("")).unwrap().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn no_text_is_an_error(text in any::<String>(), note in any::<String>(), queue in any::<String>()) {
        thread_local!(static OPEN: (Connection, FtsIndex) = open());
        OPEN.with(|(connection, index)| {
            let ask = Ask { typed: text.clone(), note, queue: Some(queue.clone()), case_type: Some(queue), per_kind: 5 };
            suggest(&index.on(connection), &ask).unwrap();
            search(&index.on(connection), &text, 5).unwrap();
        });
    }

    #[test]
    fn query_syntax_is_only_text(text in "[a-zåäö\"*:(){}^+ \\-\0ANDORTNEAR0-9]{0,60}") {
        thread_local!(static OPEN: (Connection, FtsIndex) = open());
        OPEN.with(|(connection, index)| {
            search(&index.on(connection), &text, 5).unwrap();
            suggest(&index.on(connection), &Ask { note: text, ..ask("") }).unwrap();
        });
    }
}
