//! What a keystroke costs at 10,000 articles, and what is found, beside plain FTS5 on the same data.
//!
//! `cargo run --release -p knowledge-fts --example bench_search -- [--json] [ARTICLES]`
//!
//! The articles are the demo municipality's own and synthetic ones: bodies of its sentences in new order,
//! headings whose words are mostly exchanged for invented ones. Both indexes lie in encrypted files. A result
//! counts as found when it is the expected article or one derived from it, among the first five.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench fails loudly")]
#![allow(clippy::disallowed_methods, reason = "a bench measures time")]

#[path = "../tests/exempelkoping/mod.rs"]
mod exempelkoping;

use exempelkoping::Labelled;
use knowledge::{Ask, Document, Kind, suggest};
use knowledge_fts::FtsIndex;
use rusqlite::{Connection, params};
use std::{
    path::Path,
    time::{Duration, Instant},
};

use cpu_time::ThreadTime;

const KEY: &str = "PRAGMA key = \"x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'\"";
const NOTE: &str =
    "Kunden ringer för tredje gången, har pratat med grannen om tomten och vill ha besked om avgiften.";

/// With `BENCH_SLOW` set, keystrokes that take longer are listed.
const SLOW: Duration = Duration::from_millis(4);

/// Every so many queries is typed letter by letter.
const TYPED: usize = 3;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let wanted = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(10_000);
    let folder = std::env::temp_dir().join(format!("bench-search-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let documents = exempelkoping::enlarge::enlarged(exempelkoping::documents(), wanted);
    let labelled = exempelkoping::queries();

    let ours = Ours::new(&folder.join("ours.sqlite"), &documents);
    let peer = Plain::new(&folder.join("plain.sqlite"), &documents);
    let own = measure(&labelled, |text| ours.ask(text, None));
    let with_note = measure(&labelled, |text| ours.ask(text, Some(NOTE)));
    let plain = measure(&labelled, |text| peer.ask(text));
    std::fs::remove_dir_all(&folder).unwrap();

    println!(
        "{} articles, {} queries; a keystroke is one suggestion for all that is typed so far",
        wanted,
        labelled.len()
    );
    println!(
        "{:<26}{:>9}{:>9}{:>13}{:>9}{:>9}{:>9}",
        "", "p50 ms", "p99 ms", "p50 CPU ms", "p99", "found", "index s"
    );
    for (name, figures, made) in [
        ("suggest", &own, ours.made),
        ("suggest with a note", &with_note, ours.made),
        ("plain FTS5, search only", &plain, peer.made),
    ] {
        let [p50, p99] = [0.5, 0.99].map(|share| percentile(&figures.keystrokes, share));
        let [cpu50, cpu99] = [0.5, 0.99].map(|share| percentile(&figures.cpu, share));
        let found = figures.found * 100.0;
        println!("{name:<26}{p50:>9.2}{p99:>9.2}{cpu50:>13.2}{cpu99:>9.2}{found:>8.0}%{made:>9.1}");
    }
    println!(
        "opening the index: {:.0} ms; whole queries p50 {:.2} ms",
        ours.opened,
        percentile(&own.queries, 0.5)
    );
    if json {
        println!("{}", line(&own, &plain));
    }
}

fn line(own: &Figures, plain: &Figures) -> String {
    let figure =
        |id: &str, value: f64, peer: f64| format!("\"{id}\": {{\"value\": {value:.3}, \"peer\": {peer:.3}}}");
    let figures = [
        figure("search_p50_ms", percentile(&own.keystrokes, 0.5), percentile(&plain.keystrokes, 0.5)),
        figure("search_p99_ms", percentile(&own.keystrokes, 0.99), percentile(&plain.keystrokes, 0.99)),
        figure("search_p50_cpu_ms", percentile(&own.cpu, 0.5), percentile(&plain.cpu, 0.5)),
        figure("search_recall_percent", own.found * 100.0, plain.found * 100.0),
    ];
    format!("{{\"bench\": \"search\", \"figures\": {{{}}}}}", figures.join(", "))
}

struct Figures {
    keystrokes: Vec<Duration>,
    /// Processor time alone, for a machine with other work.
    cpu: Vec<Duration>,
    queries: Vec<Duration>,
    found: f64,
}

/// Asks every query, and types some of them letter by letter.
fn measure(labelled: &[Labelled], ask: impl Fn(&str) -> Vec<String>) -> Figures {
    let (mut keystrokes, mut cpu, mut queries, mut found) = (Vec::new(), Vec::new(), Vec::new(), 0_u32);
    for (number, query) in labelled.iter().enumerate() {
        let mut typed = String::new();
        for letter in query.text.chars() {
            typed.push(letter);
            if number % TYPED != 0 && typed != query.text {
                continue;
            }
            let (start, busy) = (Instant::now(), ThreadTime::now());
            let ids = ask(&typed);
            let (took, busy) = (start.elapsed(), busy.elapsed());
            if busy > SLOW && std::env::var_os("BENCH_SLOW").is_some() {
                println!("  {:>7.1} ms  {typed}", busy.as_secs_f64() * 1000.0);
            }
            keystrokes.push(took);
            cpu.push(busy);
            if typed == query.text {
                queries.push(start.elapsed());
                found += u32::from(
                    ids.iter()
                        .any(|id| query.expect.iter().any(|wanted| id.split('~').next() == Some(wanted))),
                );
            }
        }
    }
    let found = f64::from(found) / f64::from(u32::try_from(labelled.len()).unwrap());
    Figures { keystrokes, cpu, queries, found }
}

fn percentile(times: &[Duration], share: f64) -> f64 {
    let mut times = times.to_vec();
    times.sort();
    let place = ((times.len() - 1) as f64 * share).round() as usize;
    times[place].as_secs_f64() * 1000.0
}

struct Ours {
    connection: Connection,
    index: FtsIndex,
    made: f64,
    opened: f64,
}

impl Ours {
    fn new(path: &Path, documents: &[Document]) -> Self {
        let connection = encrypted(path);
        let dictionary = exempelkoping::hunspell();
        let start = Instant::now();
        let mut index = FtsIndex::open(&connection, dictionary.clone()).unwrap();
        index.replace_all(&connection, documents).unwrap();
        let made = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let index = FtsIndex::open(&connection, dictionary).unwrap();
        let opened = start.elapsed().as_secs_f64() * 1000.0;
        Self { connection, index, made, opened }
    }

    fn ask(&self, text: &str, note: Option<&str>) -> Vec<String> {
        let ask = Ask {
            typed: text.to_owned(),
            note: note.unwrap_or_default().to_owned(),
            queue: Some("bygg".into()),
            case_type: note.map(|_| "bygglov-fraga".into()),
            per_kind: 5,
        };
        let suggestions = suggest(&self.index.on(&self.connection), &ask).unwrap();
        let articles = suggestions.into_iter().filter(|suggestion| suggestion.key.kind == Kind::Article);
        articles.map(|suggestion| suggestion.key.id).collect()
    }
}

/// FTS5 as it comes: unicode61 with prefixes; all words, else any, the last one as a beginning.
struct Plain {
    connection: Connection,
    made: f64,
}

impl Plain {
    fn new(path: &Path, documents: &[Document]) -> Self {
        let connection = encrypted(path);
        let start = Instant::now();
        connection
            .execute_batch(
                "CREATE VIRTUAL TABLE plain USING fts5(id UNINDEXED, title, question, answer, keywords, tokenize=unicode61, prefix='2 3'); BEGIN",
            )
            .unwrap();
        for document in documents.iter().filter(|document| document.kind == Kind::Article) {
            connection
                .prepare_cached("INSERT INTO plain VALUES (?1, ?2, ?3, ?4, ?5)")
                .unwrap()
                .execute(params![
                    document.id,
                    document.title,
                    document.question,
                    document.body,
                    document.keywords.join("\n")
                ])
                .unwrap();
        }
        connection.execute_batch("COMMIT; INSERT INTO plain(plain) VALUES ('optimize')").unwrap();
        Self { connection, made: start.elapsed().as_secs_f64() }
    }

    fn ask(&self, text: &str) -> Vec<String> {
        let words: Vec<String> = knowledge::words(text).map(|word| format!("\"{word}\"")).collect();
        let found = self.find(&words, " AND ");
        if found.is_empty() && words.len() > 1 { self.find(&words, " OR ") } else { found }
    }

    fn find(&self, words: &[String], with: &str) -> Vec<String> {
        if words.is_empty() {
            return Vec::new();
        }
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT id FROM plain WHERE plain MATCH ?1 ORDER BY bm25(plain, 0, 10, 5, 1, 8) LIMIT 5",
            )
            .unwrap();
        let ids = statement.query_map([format!("{} *", words.join(with))], |row| row.get(0)).unwrap();
        ids.map(Result::unwrap).collect()
    }
}

fn encrypted(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(&format!("{KEY}; PRAGMA journal_mode = WAL; PRAGMA cache_size = -64000;"))
        .unwrap();
    connection
}
