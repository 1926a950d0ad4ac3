//! The demo municipality's texts as documents: a small reader of its files, for tests and benches.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "used by tests and the bench, each its part"
)]

pub mod enlarge;

use knowledge::{Ask, Dictionary, Document, Kind};
use std::{fs, path::PathBuf, sync::Arc};
use toml::{Table, Value};

/// A labelled query.
pub struct Labelled {
    pub text: String,
    pub expect: Vec<String>,
    pub kind: String,
}

fn root() -> PathBuf {
    // As it is now: one target folder may serve several working copies.
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../../assets/exempelkoping")
}

fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                let id = path.file_stem().unwrap().to_string_lossy().into_owned();
                found.push((id, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn list(table: &Table, name: &str) -> Vec<String> {
    let array = table.get(name).and_then(Value::as_array);
    array.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn text(table: &Table, name: &str) -> String {
    table.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn document(kind: Kind, id: String, head: &Table, body: &str) -> Document {
    Document {
        id,
        kind,
        title: text(head, "title"),
        question: text(head, "question"),
        body: body.to_owned(),
        keywords: list(head, "keywords"),
        case_types: list(head, "case_types"),
        queues: Vec::new(),
    }
}

fn with_front_matter(kind: Kind, folder: &str) -> Vec<Document> {
    files(folder, "md")
        .into_iter()
        .map(|(id, content)| {
            let rest = content.strip_prefix("+++\n").unwrap();
            let (head, body) = rest.split_once("\n+++").unwrap();
            document(kind, id, &head.parse().unwrap(), body)
        })
        .collect()
}

/// Articles, scripts, checklists and case types.
pub fn documents() -> Vec<Document> {
    let mut documents = with_front_matter(Kind::Article, "articles");
    documents.extend(with_front_matter(Kind::CallScript, "scripts"));
    for (id, content) in files("checklists", "toml") {
        let table: Table = content.parse().unwrap();
        let items = table.get("item").and_then(Value::as_array);
        let lines: Vec<String> =
            items.into_iter().flatten().map(|item| text(item.as_table().unwrap(), "text")).collect();
        documents.push(document(Kind::Checklist, id, &table, &lines.join("\n")));
    }
    for (_, content) in files("case-types", "toml") {
        let table: Table = content.parse().unwrap();
        for case_type in table.get("case_type").and_then(Value::as_array).into_iter().flatten() {
            let case_type = case_type.as_table().unwrap();
            let id = text(case_type, "id");
            let mut document =
                document(Kind::CaseType, id.clone(), case_type, &text(case_type, "kontaktcenter_does"));
            document.title = text(case_type, "name");
            document.case_types = vec![id];
            documents.push(document);
        }
    }
    documents
}

/// The labelled set.
pub fn labelled() -> Vec<Labelled> {
    let Ok(content) = fs::read_to_string(root().join("search-test.toml")) else { return Vec::new() };
    let table: Table = content.parse().unwrap();
    let queries = table.get("query").and_then(Value::as_array);
    queries
        .into_iter()
        .flatten()
        .map(|query| {
            let query = query.as_table().unwrap();
            Labelled { text: text(query, "text"), expect: list(query, "expect"), kind: text(query, "kind") }
        })
        .collect()
}

/// The dictionary of Debian's hunspell-sv, where it is installed.
pub fn hunspell() -> Option<Arc<Dictionary>> {
    let folder = PathBuf::from("/usr/share/hunspell");
    let aff = fs::read_to_string(folder.join("sv_SE.aff")).ok()?;
    let dic = fs::read_to_string(folder.join("sv_SE.dic")).ok()?;
    Some(Arc::new(Dictionary::from_bytes(knowledge::dictionary::compile(&aff, &dic)).unwrap()))
}

/// The municipality's labelled set and this suite's own.
pub fn queries() -> Vec<Labelled> {
    let mut queries = labelled();
    println!("{} queries labelled by the municipality, {} own", queries.len(), OWN.len());
    queries.extend(own());
    queries
}

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

/// Queries of this suite's own.
pub fn own() -> Vec<Labelled> {
    OWN.iter()
        .map(|(kind, text, id)| Labelled {
            text: (*text).into(),
            expect: vec![(*id).into()],
            kind: (*kind).into(),
        })
        .collect()
}

/// What is asked with what stands beside it, and what must not come up.
pub struct Quiet {
    pub ask: Ask,
    pub never: &'static [&'static str],
}

const STREET_LIGHT: &[&str] = &[
    "ladda-elbil",
    "konsumentradgivning",
    "byta-sopkarl",
    "trygghetslarm-trasigt",
    "hal-i-gata",
    "trad-och-park",
    "forskola",
    "forskola-plats",
    "skolskjuts",
    "skolplacering",
];

const QUIET: &[(&str, &str, Option<&str>, &[&str])] = &[
    ("gatlykta trasig", "", None, STREET_LIGHT),
    (
        "gatlykta trasig",
        "Lyktan vid busshållplatsen på Skolgatan 12 är släckt sedan i måndags.",
        Some("gatubelysning"),
        STREET_LIGHT,
    ),
    (
        "när får jag besked om bygglovet",
        "Lämnade in ritningarna i mars. Vill veta när beslutet kommer.",
        Some("bygglov-status"),
        &["snovall-infart"],
    ),
    ("bygga altan", "", None, &["forhandsbesked", "carport-garage", "buller", "grannes-bygge"]),
    (
        "vattenläcka på gatan",
        "",
        None,
        &["carport-garage", "ladda-elbil", "hal-i-gata-anmal", "gatubelysning"],
    ),
];

/// Queries that say what does not belong to them.
pub fn quiet() -> Vec<Quiet> {
    QUIET
        .iter()
        .map(|(typed, note, case_type, never)| Quiet {
            ask: Ask {
                typed: (*typed).into(),
                note: (*note).into(),
                case_type: case_type.map(str::to_owned),
                per_kind: 5,
                ..Ask::default()
            },
            never,
        })
        .collect()
}
