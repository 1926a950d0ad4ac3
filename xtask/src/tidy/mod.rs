//! What keeps the tree as ARCHITECTURE.md says it is.

mod directions;
mod documents;
mod files;
mod locales;

use crate::command::{self, Failure, Outcome};
use crate::places;
use serde_json::Value;
use std::path::Path;

/// Prints every breach; none is good.
pub fn task() -> Outcome {
    let breaches = breaches(&places::root())?;
    if breaches.is_empty() {
        return Ok(());
    }
    Err(Failure(breaches.join("\n")))
}

fn breaches(root: &Path) -> Outcome<Vec<String>> {
    let mut metadata = command::cargo(root);
    let metadata: Value = serde_json::from_str(&command::read(metadata.args([
        "metadata",
        "--format-version=1",
        "--no-deps",
        "--offline",
    ]))?)?;
    let mut breaches = directions::breaches(&metadata);
    breaches.extend(files::lints(&metadata));
    let listed = command::read(std::process::Command::new("git").current_dir(root).args([
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
    ]))?;
    let files: Vec<&str> = listed.lines().filter(|file| root.join(file).is_file()).collect();
    for file in files.iter().filter(|file| file.ends_with(".rs")) {
        let text = std::fs::read_to_string(root.join(file))?;
        breaches.extend(files::source(file, &text));
        breaches.extend(files::purity(file, &text));
    }
    if let Ok(architecture) = std::fs::read_to_string(root.join("ARCHITECTURE.md")) {
        breaches
            .extend(documents::missing("ARCHITECTURE.md", &architecture, |path| root.join(path).exists()));
    }
    breaches.extend(locales::breaches(&root.join("ui/locales")));
    Ok(breaches)
}
