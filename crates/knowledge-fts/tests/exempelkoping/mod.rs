//! The demo municipality's texts as documents: a small reader of its files, for tests and benches.
#![allow(dead_code, clippy::unwrap_used, reason = "used by tests and the bench, each its part")]

use knowledge::{Dictionary, Document, Kind};
use std::{fs, path::PathBuf, sync::Arc};
use toml::{Table, Value};

/// A labelled query.
pub struct Labelled {
    pub text: String,
    pub expect: Vec<String>,
    pub kind: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../assets/exempelkoping")
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
