//! The notices that go out with the programs: every library in them, with its licence and its own text of it.
//!
//! cargo-about does this too. It is some minutes of compiling for every machine that packs, and asks a service for
//! what it does not find; the texts lie beside the sources that are compiled.

use crate::command::{self, Failure, Outcome};
use crate::places;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What is shipped, and what it is compiled for.
const SHIPPED: &[(&str, &[&str])] = &[
    ("x86_64-unknown-linux-gnu", &["svarsplats", "svarsplats-service"]),
    ("wasm32-unknown-unknown", &["ui"]),
];

/// A library's folder is looked through so deep: sources that it brings along have their licence beside them.
const DEPTH: usize = 3;

/// A library, as cargo knows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Library {
    name: String,
    version: String,
    licence: String,
    authors: String,
    folder: PathBuf,
}

/// Writes them; gives where.
pub fn write() -> Outcome<PathBuf> {
    let mut libraries = BTreeSet::new();
    for (target, roots) in SHIPPED {
        let mut cargo = command::cargo(&places::root());
        cargo.args(["metadata", "--locked", "--format-version=1", "--filter-platform", target]);
        libraries.extend(linked(&serde_json::from_str(&command::read(&mut cargo)?)?, roots));
    }
    let own = std::fs::read_to_string(places::root().join("THIRD-PARTY.md"))?;
    let font = std::fs::read_to_string(places::root().join("assets/fonts/source-sans-3-OFL.txt"))?;
    let texts: Vec<_> = libraries
        .into_iter()
        .map(|library| {
            let texts = texts(&library.folder, DEPTH);
            (library, texts)
        })
        .collect();
    let file = places::made()?.join("THIRD-PARTY.txt");
    std::fs::write(&file, compose(&own, &font, &texts)?)?;
    Ok(file)
}

/// The libraries of others that are linked into these programs.
fn linked(metadata: &Value, roots: &[&str]) -> Vec<Library> {
    let by_id = |at: &str| -> HashMap<&str, &Value> {
        let all = metadata.pointer(at).and_then(Value::as_array);
        all.into_iter().flatten().filter_map(|entry| Some((entry.get("id")?.as_str()?, entry))).collect()
    };
    let (packages, nodes) = (by_id("/packages"), by_id("/resolve/nodes"));
    let is_ours =
        |id: &str| packages.get(id).is_some_and(|package| package.get("source").is_some_and(Value::is_null));
    let named =
        |id: &str| packages.get(id).and_then(|package| package.get("name")?.as_str()).unwrap_or_default();
    let mut ahead: Vec<&str> =
        packages.keys().copied().filter(|id| is_ours(id) && roots.contains(&named(id))).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = ahead.pop() {
        if !seen.insert(id) {
            continue;
        }
        let dependencies = nodes.get(id).and_then(|node| node.get("deps")?.as_array()).into_iter().flatten();
        ahead.extend(
            dependencies.filter(|dependency| is_linked(dependency)).filter_map(|it| it.get("pkg")?.as_str()),
        );
    }
    seen.into_iter().filter(|id| !is_ours(id)).filter_map(|id| library(packages.get(id)?)).collect()
}

/// Not only for tests or for the build.
fn is_linked(dependency: &Value) -> bool {
    let kinds = dependency.get("dep_kinds").and_then(Value::as_array);
    kinds.into_iter().flatten().any(|kind| kind.get("kind").is_some_and(Value::is_null))
}

fn library(package: &Value) -> Option<Library> {
    let text = |key: &str| package.get(key).and_then(Value::as_str).map(str::to_owned);
    let authors =
        package.get("authors").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    Some(Library {
        name: text("name")?,
        version: text("version")?,
        licence: text("license").unwrap_or_default(),
        authors: authors.collect::<Vec<_>>().join(", "),
        folder: Path::new(&text("manifest_path")?).parent()?.to_owned(),
    })
}

/// The licences and notices that lie in a folder, in the order of their names.
fn texts(folder: &Path, depth: usize) -> Vec<String> {
    const NAMES: [&str; 6] = ["license", "licence", "unlicense", "copying", "copyright", "notice"];
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    let mut found = Vec::new();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let is_code = [".rs", ".c", ".h", ".py", ".html"].iter().any(|ending| name.ends_with(ending));
        if path.is_file() && !is_code && NAMES.iter().any(|begin| name.starts_with(begin)) {
            found.extend(std::fs::read(&path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()));
        } else if depth > 1 && path.is_dir() {
            found.extend(texts(&path, depth - 1));
        }
    }
    found
}

/// One file: what stands in the project's own notice, then each library, then each text once.
fn compose(own: &str, font: &str, libraries: &[(Library, Vec<String>)]) -> Outcome<String> {
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut bodies: Vec<&str> = Vec::new();
    let mut list = String::new();
    for text in libraries.iter().flat_map(|(_, texts)| texts) {
        numbers.entry(plain(text)).or_insert_with(|| {
            bodies.push(text);
            bodies.len()
        });
    }
    let numbers_of = |texts: &[String]| -> Vec<usize> {
        texts.iter().filter_map(|text| numbers.get(&plain(text)).copied()).collect()
    };
    let mut nameless = Vec::new();
    for (library, texts) in libraries {
        let Library { name, version, licence, authors, .. } = library;
        // A library without a text of its own takes that of another with the same licence; its authors stand here.
        let like = || {
            let like = libraries.iter().find(|(other, texts)| other.licence == *licence && !texts.is_empty());
            like.map(|(_, texts)| numbers_of(texts))
        };
        let texts = if texts.is_empty() { like() } else { Some(numbers_of(texts)) };
        let Some(texts) = texts else {
            nameless.push(format!("{name} {version}: no text of {licence}"));
            continue;
        };
        let texts: Vec<_> = texts.iter().map(|number| format!("[{number}]")).collect();
        let by = if authors.is_empty() { String::new() } else { format!("; {authors}") };
        let _ = writeln!(list, "{name} {version}: {licence}{by} {}", texts.join(" "));
    }
    if !nameless.is_empty() {
        return Err(Failure(nameless.join("\n")));
    }
    let mut whole = format!(
        "{own}\n# Source Sans 3\n\n{font}\n# Libraries\n\nThe numbers are of the texts below.\n\n{list}"
    );
    for (number, body) in (1..).zip(bodies) {
        let _ = write!(whole, "\n\n# [{number}]\n\n{}\n", body.trim_end());
    }
    Ok(whole)
}

/// The same text in other lines is the same text.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn library(name: &str, licence: &str) -> Library {
        let (version, authors) = ("1.0.0".into(), format!("Author of {name}"));
        Library { name: name.into(), version, licence: licence.into(), authors, folder: PathBuf::new() }
    }

    #[test]
    fn only_what_is_linked_is_named_however_deep() {
        let package = |name: &str, source: Option<&str>| {
            json!({ "id": name, "name": name, "version": "1.0.0", "license": "MIT", "authors": [],
                    "manifest_path": format!("/r/{name}/Cargo.toml"), "source": source })
        };
        let needs = |id: &str, of: &[(&str, Option<&str>)]| {
            let deps = of.iter().map(|(pkg, kind)| json!({ "pkg": pkg, "dep_kinds": [{ "kind": kind }] }));
            json!({ "id": id, "deps": deps.collect::<Vec<_>>() })
        };
        let there = Some("registry");
        let metadata = json!({
            "packages": [package("app", None), package("ours", None), package("a", there), package("b", there),
                         package("builds", there), package("tests", there), package("away", there)],
            "resolve": { "nodes": [
                needs("app", &[("ours", None), ("builds", Some("build")), ("tests", Some("dev"))]),
                needs("ours", &[("a", None)]), needs("a", &[("b", None)]), needs("b", &[]), needs("away", &[]),
            ] },
        });
        let names: Vec<_> = linked(&metadata, &["app"]).into_iter().map(|library| library.name).collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn each_text_stands_once_and_what_has_none_borrows_one_of_its_licence() {
        let text = || vec!["Permission is\n granted".to_owned()];
        let both = [
            (library("a", "MIT"), text()),
            (library("b", "MIT"), vec!["Permission is granted".to_owned()]),
            (library("c", "MIT"), vec![]),
        ];
        let whole = compose("own", "font", &both).unwrap();
        assert_eq!(whole.matches("Permission is").count(), 1);
        for name in ["a", "b", "c"] {
            assert!(whole.contains(&format!("{name} 1.0.0: MIT; Author of {name} [1]")), "{whole}");
        }
        let failure = compose("own", "font", &[(library("d", "ISC"), vec![])]).unwrap_err();
        assert!(failure.0.contains("d 1.0.0: no text of ISC"));
    }
}
