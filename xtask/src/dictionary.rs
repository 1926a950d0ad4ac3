//! Compiles Debian's Swedish dictionary to the file that the search maps into memory.
//!
//! The dictionary is LGPL-3: it is read from the system and written outside the tree, never committed and
//! never linked.

use crate::command::{self, Outcome};
use crate::places;
use std::path::{Path, PathBuf};
use std::process::Command;

const SOURCE: &str = "/usr/share/hunspell";
/// The program of the crate `knowledge` that does the compiling.
const COMPILER: &str = "compile_dictionary";

/// `cargo xtask dictionary`.
pub fn task() -> Outcome {
    match compile()? {
        Some(file) => println!("{}", file.display()),
        None => println!("no Swedish dictionary is installed (hunspell-sv)"),
    }
    Ok(())
}

/// The compiled dictionary; none where the system has no Swedish one.
pub fn compile() -> Outcome<Option<PathBuf>> {
    let (affixes, words) = (Path::new(SOURCE).join("sv_SE.aff"), Path::new(SOURCE).join("sv_SE.dic"));
    let root = places::root();
    let compiler = root.join("crates/knowledge/examples").join(format!("{COMPILER}.rs"));
    if !words.is_file() || !compiler.is_file() {
        return Ok(None);
    }
    let compiled = places::folder(places::target())?.join("sv.fst");
    if newer(&compiled, &[&words, &affixes, &compiler]) {
        return Ok(Some(compiled));
    }
    let mut build = command::cargo(&root);
    command::run(build.args(["build", "--package", "knowledge", "--example", COMPILER]))?;
    let program = places::target().join("debug/examples").join(COMPILER);
    command::run(Command::new(program).arg(&affixes).arg(&words).arg(&compiled))?;
    Ok(Some(compiled))
}

fn newer(made: &Path, sources: &[&Path]) -> bool {
    let changed = |path: &Path| std::fs::metadata(path).and_then(|about| about.modified()).ok();
    let Some(made) = changed(made) else { return false };
    sources.iter().all(|source| changed(source).is_some_and(|source| source <= made))
}
